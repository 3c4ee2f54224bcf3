//! A live contact: its record, its key in the order of rule 6, and when its deadlines are due.

use crate::deadline::Deadline;
use crate::ids::AgentId;
use crate::limits;
use crate::matching::Place;
use crate::queue::Policy;
use crate::state::{ContactRecord, ContactState};
use crate::time::Timestamp;

/// How many kinds of deadline a contact has.
pub(crate) const KINDS: usize = 6;

/// A contact's place in the order of rule 6; the smaller is first, over all queues.
///
/// From the top: 9 − band (4 bits), origin + objective of its queue (64), and the entry number,
/// which no two live contacts share (60).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(pub(crate) u128);

/// Bits of a key that hold the entry number: a thousand million entries a second for 36 years.
const ENTRY_BITS: u32 = 60;

impl Key {
    fn new(band: u8, deadline: i64, entry: u64) -> Self {
        debug_assert!(band <= limits::PRIORITY_MAX, "bands end at the highest priority");
        debug_assert!(entry < 1 << ENTRY_BITS, "entry numbers count from 1");
        let rank = u128::from(limits::PRIORITY_MAX - band);
        let rising = deadline.cast_unsigned() ^ (1 << 63);
        Self(rank << (ENTRY_BITS + 64) | u128::from(rising) << ENTRY_BITS | u128::from(entry))
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
    /// When each kind of its deadlines is due, in the order of [`deadlines`].
    pub(crate) armed: [Option<i64>; KINDS],
    /// Whether the command under way has changed it.
    pub(crate) touched: bool,
}

impl Contact {
    pub(crate) const fn new(record: ContactRecord) -> Self {
        Self { record, listed: None, place: Place::Loose, armed: [None; KINDS], touched: false }
    }
}

/// The key of a contact in a queue of that policy.
pub(crate) fn key(contact: &ContactRecord, policy: &Policy) -> Key {
    let band = contact.prio.saturating_add(contact.promotions).min(limits::PRIORITY_MAX);
    Key::new(band, contact.origin + signed(policy.objective.0), contact.entry)
}

/// When a contact's deadlines are due, by kind.
pub(crate) fn deadlines(contact: &ContactRecord, policy: &Policy) -> [Option<i64>; KINDS] {
    let from_origin = |after: u64| contact.origin + signed(after);
    let waits = contact.state == ContactState::Waiting;
    let unanswered = waits || matches!(contact.state, ContactState::Offered { .. });
    let if_unanswered = |due: Option<i64>| due.filter(|_| unanswered);
    let promotion = policy
        .promote_after
        .filter(|_| contact.promotions < policy.promote_bands)
        .map(|after| from_origin(after.0 * (u64::from(contact.promotions) + 1)));
    let step = policy.steps.get(usize::from(contact.step) + 1);
    let due = match contact.state {
        ContactState::Scheduled { until } => Some(until.signed()),
        _ => None,
    };
    [
        if_unanswered(contact.prefer_until.map(Timestamp::signed)),
        if_unanswered(step.map(|step| from_origin(step.after.0))),
        if_unanswered(promotion),
        policy.max_wait.filter(|_| waits).map(|wait| from_origin(wait.after.0)),
        due,
        contact.orphan_at.map(Timestamp::signed),
    ]
}

/// The deadlines of a contact, in the order of [`deadlines`].
pub(crate) const fn kinds(contact: &ContactRecord) -> [Deadline; KINDS] {
    let contact = contact.contact;
    [
        Deadline::PreferenceEnd(contact),
        Deadline::Step(contact),
        Deadline::Promotion(contact),
        Deadline::MaxWait(contact),
        Deadline::CallbackDue(contact),
        Deadline::Orphan(contact),
    ]
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
    }
}
