//! The server's own deadlines, in the city's time, beside the engine's.

use std::collections::BTreeSet;
use std::sync::Arc;

use acd_core::{AgentId, FrontEndId, QueueId, Timestamp};
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
    /// When a queue opens or closes by its hours.
    Hours(#[serde(with = "plain")] QueueId),
    /// When a queue that a supervisor closed goes by its hours again.
    Reopen(#[serde(with = "plain")] QueueId),
}

impl Timer {
    /// Whether it waits for somebody who may come back after a restart; the others are overdue.
    pub(crate) const fn gives_grace(&self) -> bool {
        !matches!(self, Self::Hours(_) | Self::Reopen(_))
    }
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
        self.due_of(timer).is_some()
    }

    /// When it is due, if it is set.
    pub(crate) fn due_of(&self, timer: &Timer) -> Option<Timestamp> {
        self.0.iter().find(|(_, known)| known == timer).map(|(due, _)| *due)
    }

    /// All of them, by time.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Timestamp, Timer)> {
        self.0.iter()
    }

    /// When the first is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.0.first().map(|(due, _)| *due)
    }

    /// The first that is due, and since when.
    pub(crate) fn due(&self, now: Timestamp) -> Option<&(Timestamp, Timer)> {
        self.0.first().filter(|(due, _)| *due <= now)
    }
}
