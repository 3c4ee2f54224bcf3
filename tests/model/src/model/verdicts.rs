//! What each agent is to a waiting contact, by the model's own eligibility and order: what
//! explanations are held against.

use acd_core::{
    AgentId, AgentRecord, ContactId, ContactRecord, ContactState, Presence, State, Strategy,
};

use super::Model;

impl Model {
    /// A model in that state.
    pub fn at(state: State) -> Self {
        Self { state, planted: None }
    }

    /// Every defined agent by number, and what it is to a contact that waits: `first`, `later`
    /// with what puts it there, or why it is not eligible.
    pub fn verdicts(&self, contact: ContactId) -> Vec<(AgentId, &'static str)> {
        let contact = self.contact(contact);
        let first = self.first_eligible(contact).map(|first| self.agent(first));
        let agents = self.state.agents.iter();
        agents.map(|agent| (agent.agent, self.verdict(agent, contact, first))).collect()
    }

    /// Contacts that wait, not suspended, in the order of rule 6.
    pub fn in_order(&self) -> Vec<ContactId> {
        let waits = |contact: &&ContactRecord| {
            contact.state == ContactState::Waiting && !self.is_absent(contact.front_end)
        };
        let mut waiting: Vec<&ContactRecord> = self.state.contacts.iter().filter(waits).collect();
        waiting.sort_by_key(|contact| self.key(contact));
        waiting.into_iter().map(|contact| contact.contact).collect()
    }

    /// Rule 4 for an agent and a contact that waits.
    pub fn is_eligible(&self, contact: ContactId, agent: AgentId) -> bool {
        let contact = self.contact(contact);
        self.is_free_for(agent, contact.channel) && self.satisfies(agent, contact)
    }

    fn verdict(
        &self,
        agent: &AgentRecord,
        contact: &ContactRecord,
        first: Option<&AgentRecord>,
    ) -> &'static str {
        let id = agent.agent;
        if agent.presence == Presence::SignedOut {
            return "signed out";
        }
        if !self.satisfies(id, contact) {
            let anywhere = |step: &acd_core::Step| acd_core::Step { sites: vec![], ..step.clone() };
            let step = &self.policy(contact.queue).steps[usize::from(contact.step)];
            let here = acd_core::Step { alternatives: vec![vec![]], ..step.clone() };
            return if contact.prefer_until.is_some() {
                "not preferred"
            } else if !self.satisfies_step(id, &here, &[]) {
                "wrong site"
            } else {
                assert!(!self.satisfies_step(id, &anywhere(step), &contact.needs));
                "lacks skill"
            };
        }
        if agent.capacity[contact.channel] == 0 {
            "takes none"
        } else if agent.presence != Presence::Ready {
            "not ready"
        } else if agent.pending.is_some() {
            "pending"
        } else if agent.paused_until.is_some() {
            "paused"
        } else if self.offer_of(id).is_some() {
            "offered"
        } else if !self.is_free_for(id, contact.channel) {
            if self.has_room(id, contact.channel) || self.is_blocked(id) {
                "blocked"
            } else {
                "full"
            }
        } else {
            first.map_or("", |first| self.order(agent, first, contact))
        }
    }

    /// What rule 7 says of an eligible agent and the first.
    fn order(
        &self,
        agent: &AgentRecord,
        first: &AgentRecord,
        contact: &ContactRecord,
    ) -> &'static str {
        let (own, holds, _) = self.agent_key(agent, contact);
        let (best, first_holds, _) = self.agent_key(first, contact);
        if agent.agent == first.agent {
            "first"
        } else if own > best {
            match self.policy(contact.queue).strategy {
                Strategy::BestSkill => "lower level",
                Strategy::LeastOccupied => "busier",
                Strategy::FewestContacts => "more contacts",
                Strategy::RoundRobin => "later turn",
                Strategy::Random => "larger number",
                Strategy::LongestIdle => unreachable!("it has no key of its own"),
            }
        } else if holds && !first_holds {
            "held contact"
        } else {
            "less idle"
        }
    }
}
