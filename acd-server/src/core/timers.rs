//! The server's own deadlines, in the city's time, beside the engine's.

use std::collections::BTreeSet;
use std::sync::Arc;

use acd_core::{AgentId, FrontEndId, Timestamp};

/// What is due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// When to requeue the chats of an agent whose desktop is gone.
    RequeueChats(AgentId),
    /// When to lose the agents that an absent front end signed in.
    LoseAgents(FrontEndId),
    /// When to give up on a resident whose window is gone.
    GiveUp(Arc<str>),
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

    /// When the first is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.0.first().map(|(due, _)| *due)
    }

    /// The first that is due, taken out.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Option<Timer> {
        if self.next()? > now {
            return None;
        }
        self.0.pop_first().map(|(_, timer)| timer)
    }
}
