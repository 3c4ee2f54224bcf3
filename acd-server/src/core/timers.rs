//! The server's own deadlines, in the city's time, beside the engine's.

use std::collections::BTreeSet;
use std::sync::Arc;

use acd_core::{AgentId, FrontEndId, Timestamp};
use serde::{Deserialize, Serialize};

use super::plain;

/// What is due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Timer {
    /// When to requeue the chats of an agent whose desktop is gone.
    RequeueChats(#[serde(with = "plain")] AgentId),
    /// When to lose the agents that an absent front end signed in.
    LoseAgents(#[serde(with = "plain")] FrontEndId),
    /// When to give up on a resident whose window is gone.
    GiveUp(Arc<str>),
    /// When to lose an agent whose desktop did not come back after a restart.
    LoseDesk(#[serde(with = "plain")] AgentId),
}

/// Deadlines in order, at most one of each kind and thing.
#[derive(Debug, Default)]
pub(crate) struct Timers(BTreeSet<(Timestamp, Timer)>);

impl Timers {
    /// Sets a timer, in place of one set before.
    pub(crate) fn set(&mut self, due: Timestamp, timer: Timer) {
        self.cancel(&timer);
        self.0.insert((due, timer));
    }

    pub(crate) fn cancel(&mut self, timer: &Timer) {
        self.0.retain(|(_, known)| known != timer);
    }

    /// Whether it is set.
    pub(crate) fn is_set(&self, timer: &Timer) -> bool {
        self.0.iter().any(|(_, known)| known == timer)
    }

    /// All of them, by time.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Timestamp, Timer)> {
        self.0.iter()
    }

    /// When the first is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.0.first().map(|(due, _)| *due)
    }

    /// The first that is due.
    pub(crate) fn due(&self, now: Timestamp) -> Option<&Timer> {
        self.0.first().filter(|(due, _)| *due <= now).map(|(_, timer)| timer)
    }
}
