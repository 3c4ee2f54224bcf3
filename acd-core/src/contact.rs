//! A live contact: its record, its key in the order of rule 6, and when its deadlines are due.

use crate::deadline::{Deadline, TimerId};
use crate::ids::AgentId;
use crate::limits;
use crate::matching::Place;
use crate::queue::Policy;
use crate::state::{ContactRecord, ContactState};

/// A contact's place in the order of rule 6; the smaller is first, over all queues.
///
/// From the top: 9 − band (4 bits), origin + objective of its queue (64), and the entry number,
/// which no two live contacts share (60).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(pub(crate) u128);

/// Bits of a key that hold the entry number: a thousand million entries a second for 36 years.
const ENTRY_BITS: u32 = 60;

/// Where in a key its band begins.
const RANK_AT: u32 = ENTRY_BITS + 64;

impl Key {
    /// Not after any key whose band is 9 less `rank`.
    pub(crate) const fn first_of(rank: u8) -> Self {
        Self((rank as u128) << RANK_AT)
    }

    /// 9 less its band.
    pub(crate) const fn rank(self) -> u8 {
        (self.0 >> RANK_AT) as u8
    }

    /// Origin and objective together.
    pub(crate) const fn deadline(self) -> i64 {
        ((self.0 >> ENTRY_BITS) as u64 ^ (1 << 63)).cast_signed()
    }

    fn new(band: u8, deadline: i64, entry: u64) -> Self {
        debug_assert!(band <= limits::PRIORITY_MAX, "bands end at the highest priority");
        debug_assert!(entry < 1 << ENTRY_BITS, "entry numbers count from 1");
        let rank = u128::from(limits::PRIORITY_MAX - band);
        let rising = deadline.cast_unsigned() ^ (1 << 63);
        Self(rank << RANK_AT | u128::from(rising) << ENTRY_BITS | u128::from(entry))
    }
}

/// A live contact as the world stores it.
#[derive(Debug)]
pub(crate) struct Contact {
    pub(crate) record: ContactRecord,
    /// The key under which it is listed; none unless it waits (or while a command changes it).
    pub(crate) listed: Option<Key>,
    /// Where matching lists it, while it can be offered.
    pub(crate) place: Place,
    /// Set to the first of its deadlines.
    pub(crate) timer: Option<TimerId>,
    /// Whether the command under way has changed it.
    pub(crate) touched: bool,
}

impl Contact {
    pub(crate) const fn new(record: ContactRecord) -> Self {
        Self { record, listed: None, place: Place::Loose, timer: None, touched: false }
    }
}

/// The key of a contact in a queue of that policy.
pub(crate) fn key(contact: &ContactRecord, policy: &Policy) -> Key {
    let band = contact.prio.saturating_add(contact.promotions).min(limits::PRIORITY_MAX);
    Key::new(band, contact.origin + signed(policy.objective.0), contact.entry)
}

/// The first of a contact's deadlines by (due, kind), if it has any.
pub(crate) fn first_deadline(record: &ContactRecord, policy: &Policy) -> Option<(i64, Deadline)> {
    let contact = record.contact;
    let from_origin = |after: u64| record.origin + signed(after);
    let waits = record.state == ContactState::Waiting;
    let mut first = None;
    let mut note = |due: i64, deadline: Deadline| {
        if first.is_none_or(|first| (due, deadline) < first) {
            first = Some((due, deadline));
        }
    };
    if record.unanswered() {
        if let Some(until) = record.prefer_until {
            note(until.signed(), Deadline::PreferenceEnd(contact));
        }
        if let Some(step) = policy.steps.get(usize::from(record.step) + 1) {
            note(from_origin(step.after.0), Deadline::Step(contact));
        }
        if let Some(after) = policy.promote_after
            && record.promotions < policy.promote_bands
        {
            let due = from_origin(after.0 * (u64::from(record.promotions) + 1));
            note(due, Deadline::Promotion(contact));
        }
    }
    if let Some(wait) = policy.max_wait.filter(|_| waits) {
        note(from_origin(wait.after.0), Deadline::MaxWait(contact));
    }
    if let ContactState::Scheduled { until } = record.state {
        note(until.signed(), Deadline::CallbackDue(contact));
    }
    if let Some(at) = record.orphan_at {
        note(at.signed(), Deadline::Orphan(contact));
    }
    first
}

/// A length of time as a signed number; `limits::DURATION_MAX` makes it lossless.
pub(crate) const fn signed(nanos: u64) -> i64 {
    nanos.cast_signed()
}

impl ContactRecord {
    /// Whether it waits and its front end is absent.
    pub(crate) fn suspended(&self) -> bool {
        self.state == ContactState::Waiting && self.orphan_at.is_some()
    }

    /// Whether an agent holds it, and which.
    pub(crate) const fn holder(&self) -> Option<AgentId> {
        match self.state {
            ContactState::Connected { agent, .. } | ContactState::Parked { agent, .. } => {
                Some(agent)
            }
            _ => None,
        }
    }

    /// Whether it waits or is offered.
    pub(crate) const fn unanswered(&self) -> bool {
        matches!(self.state, ContactState::Waiting | ContactState::Offered { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn keys_order_by_band_then_deadline_then_entry() {
        let rising = [
            Key(0),
            Key::new(9, i64::MIN, 1),
            Key::new(9, i64::MAX, 7),
            Key::new(5, -4, 9),
            Key::new(5, -3, 1),
            Key::new(5, 0, 1),
            Key::new(5, 0, 2),
            Key::new(5, 1, 1),
            Key::new(5, i64::MAX, (1 << 60) - 1),
            Key::new(0, i64::MIN, 1),
        ];
        assert!(rising.is_sorted_by(|a, b| a < b), "{rising:?}");
        let parts = |key: Key| (key.rank(), key.deadline());
        assert_eq!(parts(Key::new(9, i64::MIN, 1)), (0, i64::MIN));
        assert_eq!(parts(Key::new(5, -4, (1 << 60) - 1)), (4, -4));
        assert!(Key::first_of(4) < Key::new(5, i64::MIN, 1));
        assert!(Key::first_of(4) > Key::new(6, i64::MAX, (1 << 60) - 1));
    }
}
