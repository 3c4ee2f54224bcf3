//! What people intend to do, and when: a heap by time, first come first served.

use core::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use acd_core::{AgentId, ContactId, EndCause, FailCause, Nanos, OfferId, Party, Timestamp};

use crate::city::{Visit, VisitId};

/// Something that somebody means to do, if it still makes sense then.
#[derive(Clone, Debug)]
pub(crate) enum Intent {
    /// The residents of a quarter of an hour make up their minds.
    Quarter(u64),
    /// The agents' next hour is planned.
    Shift(u64),
    /// A resident arrives; of a conversation that began before the day, this much is left.
    Arrive(Visit, Option<Nanos>),
    /// A resident, or the agent who holds the contact, does something, unless the visit's turn has
    /// changed.
    Visit(VisitId, u32, VisitIntent),
    /// A device does something about an offer of the visit, unless its front end saw it end.
    Offer(VisitId, OfferId, AgentId, OfferIntent),
    /// An agent does something about an offer at the desktop, unless it no longer shows.
    DeskOffer(AgentId, OfferId, OfferIntent),
    /// An agent comes, goes or rests, unless its turn has changed.
    Desk(AgentId, u32, DeskIntent),
    /// An agent is done with a wrap-up.
    WrapDone(AgentId, ContactId),
    /// An agent needs longer for a wrap-up.
    WrapExtend(AgentId, ContactId, Nanos),
}

/// What becomes of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VisitIntent {
    Abandon,
    ExitQueue,
    Callback(Option<Nanos>),
    CallbackFails,
    End(EndCause, Party),
    Transfer,
    Hold,
    Unhold,
    LoseLeg,
}

/// What becomes of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OfferIntent {
    Ring,
    Answer,
    Reject,
    Fail(FailCause),
}

/// What an agent does about the day's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeskIntent {
    Come,
    Go,
    Ready,
    Rest,
}

/// Everything intended, by time.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    entries: BinaryHeap<Reverse<Entry>>,
    /// Entries made so far.
    made: u64,
}

#[derive(Debug)]
struct Entry {
    at: Timestamp,
    number: u64,
    intent: Intent,
}

impl Agenda {
    pub(crate) fn add(&mut self, at: Timestamp, intent: Intent) {
        self.made += 1;
        self.entries.push(Reverse(Entry { at, number: self.made, intent }));
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.entries.peek().map(|entry| entry.0.at)
    }

    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<(Timestamp, Intent)> {
        if self.next_due()? > now {
            return None;
        }
        self.entries.pop().map(|Reverse(entry)| (entry.at, entry.intent))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}
