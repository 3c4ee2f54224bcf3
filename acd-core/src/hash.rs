//! The state hash: a hash of content in canonical order, the same on every machine.
//!
//! Every record is taken apart by name, so that a new field does not compile until it is hashed.

use alloc::string::String;
use alloc::vec::Vec;

use crate::channel::{Capacity, Channel};
use crate::definitions::{
    AgentDefinition, Definitions, MaxWait, MaxWaitAction, Overflow, QueueDefinition, Step, Term,
    WrapUpMode, WrapUpPolicy,
};
use crate::ids::{AgentId, ContactId, FrontEndId, Need, OfferId, QueueId, SiteId, SkillId};
use crate::state::{
    AgentRecord, ContactRecord, ContactState, Counters, FrontEndRecord, Names, NotReadyReason,
    OfferRecord, Pending, Presence, QueueRecord, State, TemporarySkill, WrapUpRecord,
};
use crate::time::{Nanos, Timestamp};

/// The hash of a state.
pub(crate) fn of(state: &State) -> u64 {
    let mut hash = Hash(0x5EED_AC0D_5EED_AC0D);
    state.feed(&mut hash);
    hash.finish()
}

/// A running hash. Each word changes it by a bijection, so that nothing before is forgotten.
struct Hash(u64);

impl Hash {
    const fn word(&mut self, word: u64) {
        let mixed = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ (mixed >> 32);
    }

    const fn finish(&self) -> u64 {
        let mixed = self.0.wrapping_mul(0xD6E8_FEB8_6659_FD93);
        mixed ^ (mixed >> 29)
    }
}

/// What can be hashed.
trait Feed {
    fn feed(&self, hash: &mut Hash);
}

macro_rules! feed_numbers {
    ($($name:ty),*) => {
        $(impl Feed for $name {
            fn feed(&self, hash: &mut Hash) {
                self.0.feed(hash);
            }
        })*
    };
}

macro_rules! feed_words {
    ($($name:ty),*) => {
        $(impl Feed for $name {
            fn feed(&self, hash: &mut Hash) {
                hash.word(u64::from(*self));
            }
        })*
    };
}

/// Takes a record apart completely and hashes its fields in the order given.
macro_rules! feed_records {
    ($($name:ident { $($field:ident),* $(,)? })*) => {
        $(impl Feed for $name {
            fn feed(&self, hash: &mut Hash) {
                let Self { $($field),* } = self;
                $($field.feed(hash);)*
            }
        })*
    };
}

feed_words!(bool, u8, u16, u32, u64);
feed_numbers!(Timestamp, Nanos, AgentId, ContactId, FrontEndId, OfferId, QueueId, SiteId, SkillId);

feed_records! {
    State {
        now, counters, names, definitions, front_ends, queues, agents, contacts, offers, wrap_ups,
    }
    Counters { contacts, offers, entries, idle_numbers, random }
    Names { skills, sites, reasons, queues, agents }
    FrontEndRecord { front_end, lost_at }
    AgentRecord {
        agent, presence, pending, paused_until, capacity, skills, temporary, idle_number,
        idle_holds_none, idle_occupancy, idle_contacts, idle_random, connected, no_answers, work,
        idle,
    }
    TemporarySkill { skill, former, until }
    ContactRecord {
        contact, front_end, channel, queue, prio, needs, prefer, prefer_until, origin, entry,
        entered_at, promotions, step, state, held, wait_counted, orphaned, orphan_at, first,
        previous, hops, attempts,
    }
    OfferRecord { offer, contact, agent, until, ringing }
    WrapUpRecord { contact, agent, channel, queue, connected_at, until, latest, mandatory }
    Need { skill, level }
    Definitions { skills, sites, reasons, queues, agents, grace, orphan_end }
    Overflow { join, leave, step }
    Step { after, alternatives, sites, drops }
    Term { skill, level }
    WrapUpPolicy { mode, maximum }
    MaxWait { after, action }
    AgentDefinition { name, site, skills, capacity }
}

/// What came after the first logs were written adds nothing where it is not used, so that their
/// hashes stay.
impl Feed for QueueRecord {
    fn feed(&self, hash: &mut Hash) {
        let Self { queue, open, cursor, handle_us, waits_us, abandons, overflowing } = self;
        queue.feed(hash);
        open.feed(hash);
        cursor.feed(hash);
        (*handle_us, *waits_us).feed(hash);
        abandons.feed(hash);
        if *overflowing {
            hash.word(1);
        }
    }
}

impl Feed for QueueDefinition {
    fn feed(&self, hash: &mut Hash) {
        let Self {
            name,
            strategy,
            objective,
            steps,
            offer_timeout,
            prefer_for,
            pause_rejected,
            pause_busy,
            pause_unreachable,
            pause_no_answer,
            rona_limit,
            wrap_up,
            promote_after,
            promote_bands,
            max_wait,
            max_waiting,
            expected_handle,
            callback_retry,
            callback_attempts,
            overflow,
        } = self;
        name.feed(hash);
        strategy.feed(hash);
        objective.feed(hash);
        steps.feed(hash);
        for length in [offer_timeout, prefer_for, pause_rejected, pause_busy, pause_unreachable] {
            length.feed(hash);
        }
        pause_no_answer.feed(hash);
        rona_limit.feed(hash);
        wrap_up.feed(hash);
        promote_after.feed(hash);
        promote_bands.feed(hash);
        max_wait.feed(hash);
        max_waiting.feed(hash);
        expected_handle.feed(hash);
        callback_retry.feed(hash);
        callback_attempts.feed(hash);
        if let Some(overflow) = overflow {
            overflow.feed(hash);
        }
    }
}

impl Feed for i64 {
    fn feed(&self, hash: &mut Hash) {
        hash.word(self.cast_unsigned());
    }
}

impl Feed for String {
    fn feed(&self, hash: &mut Hash) {
        hash.word(self.len() as u64);
        for chunk in self.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            hash.word(u64::from_le_bytes(word));
        }
    }
}

impl<T: Feed> Feed for Vec<T> {
    fn feed(&self, hash: &mut Hash) {
        hash.word(self.len() as u64);
        for element in self {
            element.feed(hash);
        }
    }
}

impl<T: Feed> Feed for Option<T> {
    fn feed(&self, hash: &mut Hash) {
        hash.word(u64::from(self.is_some()));
        if let Some(inside) = self {
            inside.feed(hash);
        }
    }
}

impl<A: Feed, B: Feed> Feed for (A, B) {
    fn feed(&self, hash: &mut Hash) {
        self.0.feed(hash);
        self.1.feed(hash);
    }
}

impl Feed for Channel {
    fn feed(&self, hash: &mut Hash) {
        hash.word(*self as u64);
    }
}

impl Feed for crate::definitions::Strategy {
    fn feed(&self, hash: &mut Hash) {
        hash.word(*self as u64);
    }
}

impl Feed for Capacity {
    fn feed(&self, hash: &mut Hash) {
        hash.word(self.0.iter().fold(0, |word, &may| word << 8 | u64::from(may)));
    }
}

impl Feed for WrapUpMode {
    fn feed(&self, hash: &mut Hash) {
        match self {
            Self::None => hash.word(0),
            Self::Fixed { length, mandatory } => {
                hash.word(1);
                (*length, *mandatory).feed(hash);
            }
            Self::Manual => hash.word(2),
        }
    }
}

impl Feed for MaxWaitAction {
    fn feed(&self, hash: &mut Hash) {
        match self {
            Self::End => hash.word(0),
            Self::Move(queue) => {
                hash.word(1);
                queue.feed(hash);
            }
        }
    }
}

impl Feed for NotReadyReason {
    fn feed(&self, hash: &mut Hash) {
        hash.word(match self {
            Self::SignedIn => 0,
            Self::Unspecified => 1,
            Self::Rona => 2,
            Self::Lost => 3,
            Self::Given(reason) => 4 + u64::from(reason.0),
        });
    }
}

impl Feed for Presence {
    fn feed(&self, hash: &mut Hash) {
        match self {
            Self::SignedOut => hash.word(0),
            Self::Ready => hash.word(1),
            Self::NotReady(reason) => {
                hash.word(2);
                reason.feed(hash);
            }
        }
    }
}

impl Feed for Pending {
    fn feed(&self, hash: &mut Hash) {
        match self {
            Self::SignOut => hash.word(0),
            Self::NotReady(reason) => {
                hash.word(1);
                reason.feed(hash);
            }
        }
    }
}

impl Feed for ContactState {
    fn feed(&self, hash: &mut Hash) {
        match *self {
            Self::Waiting => hash.word(0),
            Self::Scheduled { until } => {
                hash.word(1);
                until.feed(hash);
            }
            Self::Offered { offer } => {
                hash.word(2);
                offer.feed(hash);
            }
            Self::Connected { agent, since } => {
                hash.word(3);
                (agent, since).feed(hash);
            }
            Self::Parked { agent, since } => {
                hash.word(4);
                (agent, since).feed(hash);
            }
        }
    }
}
