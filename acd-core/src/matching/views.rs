//! The orders in which strategies look at free agents (rule 7).

use crate::agent::Agent;
use crate::definitions::Strategy;
use crate::ids::AgentId;

/// How many orders there are.
pub(super) const VIEWS: usize = 5;

/// One order of the free agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// By idle order alone.
    Idle,
    /// By share of work.
    Occupancy,
    /// By contacts since sign-in.
    Contacts,
    /// By agent number.
    Number,
    /// By random number.
    Random,
}

impl View {
    pub(super) const ALL: [Self; VIEWS] =
        [Self::Idle, Self::Occupancy, Self::Contacts, Self::Number, Self::Random];

    /// The order of a strategy; levels aside.
    pub(super) const fn of(strategy: Strategy) -> Self {
        match strategy {
            Strategy::LongestIdle | Strategy::BestSkill => Self::Idle,
            Strategy::LeastOccupied => Self::Occupancy,
            Strategy::FewestContacts => Self::Contacts,
            Strategy::RoundRobin => Self::Number,
            Strategy::Random => Self::Random,
        }
    }

    /// An agent's place in the order; the smaller is chosen first. Idle order is the lower half:
    /// who held nothing first, then by idle number.
    pub(super) fn key(self, agent: &Agent) -> u128 {
        let record = &agent.record;
        let rank = match self {
            Self::Idle => 0,
            Self::Occupancy => u64::from(record.idle_occupancy),
            Self::Contacts => u64::from(record.idle_contacts),
            Self::Number => u64::from(record.agent.0),
            Self::Random => record.idle_random,
        };
        debug_assert!(record.idle_number < 1 << 63, "idle numbers count from 1");
        let idle = u64::from(!record.idle_holds_none) << 63 | record.idle_number;
        u128::from(rank) << 64 | u128::from(idle)
    }

    /// Where the search begins that ends at the front if it must: after the cursor of
    /// `round_robin`.
    pub(super) fn start(self, cursor: Option<AgentId>) -> u128 {
        match (self, cursor) {
            (Self::Number, Some(agent)) => (u128::from(agent.0) + 1) << 64,
            _ => 0,
        }
    }
}
