//! The idle side: free agents in the order of every strategy in use.

use alloc::collections::BTreeSet;
use core::ops::Bound;

use super::eligible::Wanted;
use crate::agent::{Agent, IdleOrder};
use crate::definitions::Strategy;
use crate::ids::{AgentId, SkillId};
use crate::limits;

/// One order of the free agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum View {
    /// By idle order alone.
    Idle,
    /// Those who have the skill, the highest level first.
    Skill(SkillId),
    /// By share of work.
    Occupancy,
    /// By contacts since sign-in.
    Contacts,
    /// By agent number.
    Number,
    /// By random number.
    Random,
}

/// An agent's place in one order; the smaller is chosen first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    view: View,
    rank: u64,
    order: IdleOrder,
    agent: AgentId,
}

/// Free agents, each once in every order in use.
#[derive(Debug, Default)]
pub(super) struct Idle {
    entries: BTreeSet<Entry>,
    used: BTreeSet<Strategy>,
}

impl View {
    const fn of(strategy: Strategy) -> Self {
        match strategy {
            Strategy::LongestIdle | Strategy::BestSkill => Self::Idle,
            Strategy::LeastOccupied => Self::Occupancy,
            Strategy::FewestContacts => Self::Contacts,
            Strategy::RoundRobin => Self::Number,
            Strategy::Random => Self::Random,
        }
    }

    fn entry(self, agent: &Agent) -> Entry {
        let record = &agent.record;
        let rank = match self {
            Self::Idle => 0,
            Self::Skill(skill) => u64::from(limits::LEVEL_MAX - agent.level(skill)),
            Self::Occupancy => u64::from(record.idle_occupancy),
            Self::Contacts => u64::from(record.idle_contacts),
            Self::Number => u64::from(record.agent.0),
            Self::Random => record.idle_random,
        };
        Entry { view: self, rank, order: agent.idle_order(), agent: record.agent }
    }
}

impl Idle {
    /// Keeps the orders of these strategies only; nobody is listed meanwhile.
    pub(super) fn use_strategies(&mut self, strategies: impl Iterator<Item = Strategy>) {
        debug_assert!(self.entries.is_empty(), "agents are listed by the strategies in use");
        self.used = strategies.collect();
    }

    pub(super) fn insert(&mut self, agent: &Agent) {
        for view in Self::views(&self.used, agent) {
            let new = self.entries.insert(view.entry(agent));
            debug_assert!(new, "an agent is listed once");
        }
    }

    pub(super) fn remove(&mut self, agent: &Agent) {
        for view in Self::views(&self.used, agent) {
            let listed = self.entries.remove(&view.entry(agent));
            debug_assert!(listed, "an agent stays as it was listed");
        }
    }

    fn views(used: &BTreeSet<Strategy>, agent: &Agent) -> impl Iterator<Item = View> {
        let by_skill = used.contains(&Strategy::BestSkill);
        let skills = agent.record.skills.iter().filter(move |_| by_skill);
        let others = used.iter().map(|&strategy| View::of(strategy));
        let others = others.filter(|&view| view != View::Idle);
        core::iter::once(View::Idle).chain(others).chain(skills.map(|&(s, _)| View::Skill(s)))
    }

    /// The first eligible agent by rule 7.
    pub(super) fn first(&self, wanted: &Wanted<'_>, agents: &[Option<Agent>]) -> Option<AgentId> {
        if !wanted.prefer.is_empty() {
            return first_preferred(wanted, agents);
        }
        let fits = |agent: AgentId| {
            let agent = listed(agents, agent);
            agent.has_room(wanted.channel) && wanted.admits(agent)
        };
        match wanted.strategy {
            Strategy::BestSkill => self.first_by_level(wanted, agents),
            Strategy::RoundRobin => {
                let after = u64::from(wanted.cursor.map_or(0, |agent| agent.0)) + 1;
                let mut later = self.from(View::Number, after).map(|entry| entry.agent);
                let mut all = self.from(View::Number, 0).map(|entry| entry.agent);
                later.find(|&agent| fits(agent)).or_else(|| all.find(|&agent| fits(agent)))
            }
            strategy => {
                let mut all = self.from(View::of(strategy), 0).map(|entry| entry.agent);
                all.find(|&agent| fits(agent))
            }
        }
    }

    /// The highest level, over the alternatives an agent satisfies, then idle order.
    ///
    /// The first of each alternative's own order is the best by that alternative, and the best of
    /// these is the best of all.
    fn first_by_level(&self, wanted: &Wanted<'_>, agents: &[Option<Agent>]) -> Option<AgentId> {
        let best = wanted.step.alternatives.iter().filter_map(|terms| {
            let (view, unranked) = match wanted.first_skill(terms) {
                Some(skill) => (View::Skill(skill), 0),
                None => (View::Idle, u64::from(limits::LEVEL_MAX)),
            };
            let first = self.from(view, 0).find(|entry| {
                let agent = listed(agents, entry.agent);
                agent.has_room(wanted.channel) && wanted.admits_by(agent, terms)
            })?;
            Some((first.rank + unranked, first.order, first.agent))
        });
        best.min().map(|(_, _, agent)| agent)
    }

    /// The agents of an order from a rank on.
    fn from(&self, view: View, rank: u64) -> impl Iterator<Item = &Entry> {
        let from = Entry { view, rank, order: (false, 0), agent: AgentId(0) };
        let range = (Bound::Included(from), Bound::Unbounded);
        self.entries.range(range).take_while(move |entry| entry.view == view)
    }
}

/// The first of the preferred agents, all at level 0.
fn first_preferred(wanted: &Wanted<'_>, agents: &[Option<Agent>]) -> Option<AgentId> {
    let free = wanted.prefer.iter().filter_map(|agent| {
        let agent = agents.get(agent.0 as usize - 1)?.as_ref()?;
        (agent.listed && agent.has_room(wanted.channel)).then_some(agent)
    });
    let first = free.min_by_key(|agent| {
        let entry = View::of(wanted.strategy).entry(agent);
        let later = Some(entry.agent) > wanted.cursor;
        (wanted.strategy == Strategy::RoundRobin && !later, entry)
    });
    first.map(|agent| agent.record.agent)
}

fn listed(agents: &[Option<Agent>], agent: AgentId) -> &Agent {
    let slot = agents.get(agent.0 as usize - 1).and_then(Option::as_ref);
    slot.expect("agents leave the idle side before their definition goes")
}
