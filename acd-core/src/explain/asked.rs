//! What a contact asks of an agent at its step, term by term, and how its queue ranks those who
//! satisfy it.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Later, Verdict, View};
use crate::channel::Channel;
use crate::definitions::{QueueDefinition, Step, Strategy};
use crate::ids::{AgentId, QueueId, SkillId};
use crate::state::{AgentRecord, ContactRecord};

/// What a contact asks for at one moment.
#[derive(Debug)]
pub(super) struct Asked<'e> {
    view: &'e dyn View,
    channel: Channel,
    strategy: Strategy,
    cursor: Option<AgentId>,
    prefer: Vec<AgentId>,
    sites: &'e [String],
    /// Each alternative with the contact's own needs.
    alternatives: Vec<Vec<(SkillId, u8)>>,
}

/// An eligible agent's place in the order of rule 7; the smallest is first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    /// By the strategy.
    own: u64,
    held: bool,
    idle_number: u64,
}

/// The definition of a queue that is defined.
pub(super) fn definition(view: &dyn View, queue: QueueId) -> Option<&QueueDefinition> {
    let name = view.names().queues.get((queue.0 as usize).checked_sub(1)?)?;
    view.definitions().queues.iter().find(|defined| defined.name == *name)
}

impl<'e> Asked<'e> {
    pub(super) fn by(
        view: &'e dyn View,
        contact: &ContactRecord,
        cursor: Option<AgentId>,
    ) -> Option<Self> {
        let policy = definition(view, contact.queue)?;
        let step = policy.steps.get(usize::from(contact.step))?;
        Some(Self {
            view,
            channel: contact.channel,
            strategy: policy.strategy,
            cursor,
            prefer: contact.prefer.clone(),
            sites: &step.sites,
            alternatives: alternatives(view, step, contact),
        })
    }

    pub(super) const fn channel(&self) -> Channel {
        self.channel
    }

    pub(super) const fn strategy(&self) -> Strategy {
        self.strategy
    }

    /// What of the requirement an agent does not satisfy, or nothing (rules 4 d and 5).
    pub(super) fn unsatisfied(&self, agent: &AgentRecord) -> Option<Verdict> {
        if self.prefer.is_empty() {
            if !self.seats(agent) {
                return Some(Verdict::WrongSite);
            }
            if let Some((skill, asked)) = self.lacking(agent) {
                return Some(Verdict::LacksSkill { skill, asked, has: level(agent, skill) });
            }
        } else if !self.prefer.contains(&agent.agent) {
            return Some(Verdict::NotPreferred);
        }
        (agent.capacity[self.channel] == 0).then_some(Verdict::TakesNone)
    }

    fn seats(&self, agent: &AgentRecord) -> bool {
        if self.sites.is_empty() {
            return true;
        }
        let name = &self.view.names().agents[agent.agent.0 as usize - 1];
        let defined = self.view.definitions().agents.iter().find(|agent| agent.name == *name);
        let site = defined.and_then(|agent| agent.site.as_ref());
        site.is_some_and(|site| self.sites.contains(site))
    }

    /// The first term that fails in the alternative where the fewest do; none where one holds.
    fn lacking(&self, agent: &AgentRecord) -> Option<(SkillId, u8)> {
        let failing = |terms: &Vec<(SkillId, u8)>| -> Vec<(SkillId, u8)> {
            terms.iter().copied().filter(|&(skill, asked)| level(agent, skill) < asked).collect()
        };
        let nearest = self.alternatives.iter().map(failing).min_by_key(Vec::len);
        nearest.and_then(|failing| failing.first().copied())
    }

    /// Where an agent who satisfies the requirement stands by the queue's strategy (rule 7).
    pub(super) fn rank(&self, agent: &AgentRecord) -> Rank {
        let own = match self.strategy {
            Strategy::LongestIdle => 0,
            Strategy::BestSkill => u64::from(u8::MAX - self.level(agent)),
            Strategy::LeastOccupied => u64::from(agent.idle_occupancy),
            Strategy::FewestContacts => u64::from(agent.idle_contacts),
            Strategy::RoundRobin => {
                let passed = Some(agent.agent) <= self.cursor;
                u64::from(passed) << 32 | u64::from(agent.agent.0)
            }
            Strategy::Random => agent.idle_random,
        };
        Rank { own, held: !agent.idle_holds_none, idle_number: agent.idle_number }
    }

    /// The best, over the alternatives it satisfies, of its levels in the first term.
    fn level(&self, agent: &AgentRecord) -> u8 {
        if !self.prefer.is_empty() {
            return 0;
        }
        let all =
            |terms: &&Vec<_>| terms.iter().all(|&(skill, least)| level(agent, skill) >= least);
        let first = |terms: &Vec<(SkillId, u8)>| Some(level(agent, terms.first()?.0));
        let satisfied = self.alternatives.iter().filter(all);
        satisfied.filter_map(first).max().unwrap_or(0)
    }
}

impl Rank {
    /// What puts this after the best.
    pub(super) const fn later_than(&self, best: &Self, strategy: Strategy) -> Later {
        if self.own == best.own {
            if self.held != best.held {
                return Later::HeldContact;
            }
            return Later::LessIdle;
        }
        match strategy {
            Strategy::BestSkill => Later::LowerLevel {
                level: u8::MAX - self.own as u8,
                best: u8::MAX - best.own as u8,
            },
            Strategy::LeastOccupied => {
                Later::Busier { share: self.own as u16, least: best.own as u16 }
            }
            Strategy::FewestContacts => {
                Later::MoreContacts { contacts: self.own as u32, fewest: best.own as u32 }
            }
            Strategy::RoundRobin => Later::LaterTurn,
            Strategy::Random => Later::LargerNumber,
            Strategy::LongestIdle => Later::LessIdle,
        }
    }
}

/// Every alternative of a step, with those of the contact's needs that the step does not drop.
fn alternatives(view: &dyn View, step: &Step, contact: &ContactRecord) -> Vec<Vec<(SkillId, u8)>> {
    let names = &view.names().skills;
    let dropped = |skill: SkillId| {
        let name = names.get((skill.0 as usize).wrapping_sub(1));
        name.is_some_and(|name| step.drops.contains(name))
    };
    let needs = contact.needs.iter().filter(|need| !dropped(need.skill));
    let needs: Vec<_> = needs.map(|need| (need.skill, need.level)).collect();
    let with_needs = |terms: &Vec<crate::Term>| {
        let mut all: Vec<(SkillId, u8)> = Vec::new();
        let own =
            terms.iter().filter_map(|term| Some((view.skill_named(&term.skill)?, term.level)));
        for (skill, asked) in own.chain(needs.iter().copied()) {
            match all.iter_mut().find(|(named, _)| *named == skill) {
                Some((_, least)) => *least = asked.max(*least),
                None => all.push((skill, asked)),
            }
        }
        all
    };
    step.alternatives.iter().map(with_needs).collect()
}

fn level(agent: &AgentRecord, skill: SkillId) -> u8 {
    let found = agent.skills.iter().find(|(named, _)| *named == skill);
    found.map_or(0, |&(_, level)| level)
}
