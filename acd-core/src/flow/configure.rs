//! Definitions are replaced, all or none (rule 16).

use alloc::vec::Vec;

use crate::agent::Agent;
use crate::channel::Capacity;
use crate::checks::Checks;
use crate::definitions::{AgentDefinition, Definitions};
use crate::effect::{Effect, Effects};
use crate::ids::{AgentId, ContactId, QueueId, SiteId, SkillId};
use crate::queue::{Policy, Queue};
use crate::rejection::Rejection;
use crate::world::World;

impl World {
    pub(crate) fn configure(
        &mut self,
        mut checks: Checks,
        definitions: Definitions,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        self.check_definitions(&mut checks, &definitions);
        checks.finish()?;
        // Everything is taken out of the lists while the definitions they follow are in force.
        let unanswered = self.contacts.values().filter(|contact| contact.record.unanswered());
        let unanswered: Vec<ContactId> = unanswered.map(|contact| contact.record.contact).collect();
        for &contact in &unanswered {
            self.contact_mut(contact);
        }
        let agents: Vec<AgentId> = self.agents.iter().flatten().map(|a| a.record.agent).collect();
        for &agent in &agents {
            self.forget_all_temporary(agent);
        }
        self.define_names(&definitions);
        self.define_queues(&definitions);
        self.define_agents(&definitions);
        self.matcher.redefine(definitions.queues.iter().map(|queue| queue.strategy));
        self.definitions = definitions;
        for contact in unanswered {
            self.choose_stage(contact);
        }
        out.push(Effect::Configured);
        debug_assert_eq!(self.queues.iter().flatten().count(), self.definitions.queues.len());
        debug_assert_eq!(self.agents.iter().flatten().count(), self.definitions.agents.len());
        Ok(())
    }

    fn define_names(&mut self, definitions: &Definitions) {
        let (tables, names) = (&mut self.tables, &mut self.names);
        let text = alloc::string::String::as_str;
        tables.skills.define(&mut names.skills, definitions.skills.iter().map(text));
        tables.sites.define(&mut names.sites, definitions.sites.iter().map(text));
        tables.reasons.define(&mut names.reasons, definitions.reasons.iter().map(text));
        let queues = definitions.queues.iter().map(|queue| queue.name.as_str());
        tables.queues.define(&mut names.queues, queues);
        let agents = definitions.agents.iter().map(|agent| agent.name.as_str());
        tables.agents.define(&mut names.agents, agents);
    }

    fn define_queues(&mut self, definitions: &Definitions) {
        for queue in core::mem::take(&mut self.overflows.queues) {
            let timer = self.queue_mut(queue).overflow_timer.take();
            self.timers.stop(timer);
        }
        let mut before = core::mem::take(&mut self.queues);
        before.resize_with(self.names.queues.len(), || None);
        let mut after: Vec<Option<Queue>> = Vec::new();
        after.resize_with(self.names.queues.len(), || None);
        for definition in &definitions.queues {
            let number = self.tables.queues.number(&definition.name).expect("just defined");
            let at = number as usize - 1;
            after[at] = Some(match before[at].take() {
                Some(mut queue) => {
                    queue.policy = Policy::resolve(definition, &self.tables);
                    queue
                }
                None => Queue::new(QueueId(number), definition, &self.tables),
            });
        }
        debug_assert!(before.iter().flatten().all(|removed| removed.live == 0));
        self.queues = after;
        let queues = self.queues.iter().flatten();
        let judged = queues.filter(|q| q.policy.overflow.is_some() || q.record.overflowing);
        self.overflows.queues = judged.map(|queue| queue.record.queue).collect();
    }

    fn define_agents(&mut self, definitions: &Definitions) {
        let mut kept = alloc::vec![false; self.names.agents.len()];
        self.agents.resize_with(self.names.agents.len(), || None);
        self.preferring.resize_with(self.names.agents.len(), Vec::new);
        for definition in &definitions.agents {
            let number = self.tables.agents.number(&definition.name).expect("just defined");
            let at = number as usize - 1;
            kept[at] = true;
            let id = AgentId(number);
            self.agents[at].get_or_insert_with(|| Agent::new(id, definition.capacity));
            self.define_agent(id, definition);
        }
        for (slot, kept) in self.agents.iter_mut().zip(kept) {
            if !kept {
                *slot = None;
            }
        }
    }

    fn define_agent(&mut self, id: AgentId, definition: &AgentDefinition) {
        let tables = &self.tables;
        let site = definition.site.as_ref().map(|site| {
            SiteId(tables.sites.number(site).expect("the sites of agents are checked"))
        });
        let level = |term: &crate::Term| {
            let number = tables.skills.number(&term.skill);
            (SkillId(number.expect("the skills of agents are checked")), term.level)
        };
        let mut skills: Vec<_> = definition.skills.iter().map(level).collect();
        skills.sort_unstable();
        let signed_in = self.is_signed_in(id);
        let agent = self.agent_mut(id);
        agent.site = site;
        // Matching begins anew with the definitions.
        agent.served = Capacity([0; 6]);
        agent.record.skills = skills;
        agent.default_capacity = definition.capacity;
        if !signed_in {
            agent.record.capacity = definition.capacity;
        }
    }
}
