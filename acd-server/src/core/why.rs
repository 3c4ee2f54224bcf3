//! What a desk is told besides rows: where a resident was, why they come, what there is to choose.

use std::collections::BTreeMap;

use acd_core::{AgentId, ContactId, ContactRecord, Strategy};
use acd_proto::snapshot::{Choices, StopRow, WhyRow};

use super::Core;
use crate::config::Dispositions;

impl Core {
    /// Where the resident of a contact was before.
    pub(super) fn path_rows(&self, contact: ContactId) -> Vec<StopRow> {
        let row = |stop: &super::contacts::Stop| StopRow {
            queue: stop.queue.as_ref().into(),
            agent: stop.agent.map(|agent| self.names.agent(agent).as_ref().into()),
        };
        self.contacts.path(contact).iter().map(row).collect()
    }

    /// What an agent's desk lets choose from.
    pub(super) fn choices(&self) -> Choices {
        let reasons = self.engine.definitions().reasons.iter().map(ToString::to_string).collect();
        let queues = self.config.queues.iter();
        let titles = queues.map(|queue| (queue.name.clone(), queue.title.clone())).collect();
        let Dispositions { of_city, of_queues } = self.config.dispositions.clone();
        Choices { reasons, titles, dispositions: of_city, queue_dispositions: of_queues }
    }

    /// What a contact asks of agents now, and how its queue chooses among them.
    pub(super) fn why(&self, record: &ContactRecord, agent: AgentId) -> Option<WhyRow> {
        let queue = self.names.queue(record.queue);
        let queues = &self.engine.definitions().queues;
        let policy = queues.iter().find(|policy| *policy.name == *queue)?;
        let step = policy.steps.get(usize::from(record.step))?;
        let needs = record.needs.iter().map(|need| (self.names.skill(need.skill), need.level));
        let needs: Vec<_> =
            needs.filter(|(name, _)| !step.drops.iter().any(|drop| **drop == **name)).collect();
        let alternative = |terms: &Vec<acd_core::Term>| {
            let own = terms.iter().map(|term| (term.skill.clone(), term.level));
            let needed = needs.iter().map(|(name, level)| (name.to_string(), *level));
            let mut all: BTreeMap<String, u8> = BTreeMap::new();
            for (skill, level) in own.chain(needed) {
                let least = all.entry(skill).or_default();
                *least = level.max(*least);
            }
            all
        };
        Some(WhyRow {
            preferred: record.prefer.contains(&agent),
            asks: step.alternatives.iter().map(alternative).collect(),
            strategy: strategy(policy.strategy).to_owned(),
            step: (record.step + 1, policy.steps.len() as u8),
        })
    }
}

/// The name that the configuration has for it.
const fn strategy(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::LongestIdle => "longest_idle",
        Strategy::BestSkill => "best_skill",
        Strategy::LeastOccupied => "least_occupied",
        Strategy::FewestContacts => "fewest_contacts",
        Strategy::RoundRobin => "round_robin",
        Strategy::Random => "random",
    }
}
