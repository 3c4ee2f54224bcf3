//! Rules 2 and 16: all definitions replaced at once; names keep their numbers for ever.

use acd_core::{
    AgentId, AgentRecord, ContactState, Definitions, Effect, Effects, Nanos, Presence, QueueId,
    QueueRecord, SkillId, Term,
};

use super::Model;

impl Model {
    pub(super) fn configure(&mut self, definitions: Definitions, effects: &mut Effects) {
        let names = &mut self.state.names;
        let queues: Vec<_> = definitions.queues.iter().map(|queue| queue.name.clone()).collect();
        let agents: Vec<_> = definitions.agents.iter().map(|agent| agent.name.clone()).collect();
        add_names(&mut names.skills, &definitions.skills);
        add_names(&mut names.sites, &definitions.sites);
        add_names(&mut names.reasons, &definitions.reasons);
        add_names(&mut names.queues, &queues);
        add_names(&mut names.agents, &agents);
        self.state.definitions = definitions;
        self.renew_queues();
        self.renew_agents();
        for contact in self.contact_ids() {
            let state = self.contact(contact).state;
            if matches!(state, ContactState::Waiting | ContactState::Offered { .. }) {
                self.choose_by_time(contact);
            }
        }
        effects.push(Effect::Configured);
    }

    /// A queue keeps whether it is open, its cursor and estimates; a new one is open.
    fn renew_queues(&mut self) {
        let mut renewed = Vec::new();
        for policy in &self.state.definitions.queues {
            let queue = QueueId(number(&self.state.names.queues, &policy.name));
            renewed.push(self.find_queue(queue).copied().unwrap_or(QueueRecord {
                queue,
                open: true,
                cursor: None,
                handle_us: policy.expected_handle.as_micros(),
                waits_us: 0,
                abandons: 0,
                overflowing: false,
            }));
        }
        renewed.sort_by_key(|record| record.queue);
        self.state.queues = renewed;
    }

    /// An agent gets the skills of its definition; while signed in it keeps its capacity.
    fn renew_agents(&mut self) {
        let mut renewed = Vec::new();
        for defined in &self.state.definitions.agents {
            let agent = AgentId(number(&self.state.names.agents, &defined.name));
            let known = self.find_agent(agent).cloned();
            let mut record = known.unwrap_or_else(|| signed_out(agent));
            record.skills = self.numbered_skills(&defined.skills);
            record.temporary.clear();
            if record.presence == Presence::SignedOut {
                record.capacity = defined.capacity;
            }
            renewed.push(record);
        }
        renewed.sort_by_key(|record| record.agent);
        self.state.agents = renewed;
    }

    fn numbered_skills(&self, terms: &[Term]) -> Vec<(SkillId, u8)> {
        let mut skills: Vec<_> = Vec::new();
        for term in terms {
            skills.push((self.skill_number(&term.skill), term.level));
        }
        skills.sort_unstable();
        skills
    }
}

/// An agent as it is first defined.
fn signed_out(agent: AgentId) -> AgentRecord {
    AgentRecord {
        agent,
        presence: Presence::SignedOut,
        pending: None,
        paused_until: None,
        capacity: acd_core::Capacity::default(),
        skills: Vec::new(),
        temporary: Vec::new(),
        idle_number: 0,
        idle_holds_none: false,
        idle_occupancy: 0,
        idle_contacts: 0,
        idle_random: 0,
        connected: 0,
        no_answers: 0,
        work: Nanos(0),
        idle: Nanos(0),
    }
}

/// Rule 2: in order of first definition, never reused.
fn add_names(known: &mut Vec<String>, defined: &[String]) {
    for name in defined {
        if !known.contains(name) {
            known.push(name.clone());
        }
    }
}

fn number(names: &[String], name: &str) -> u32 {
    let index = names.iter().position(|known| known == name);
    index.expect("every defined name has a number") as u32 + 1
}
