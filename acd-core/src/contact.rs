//! A live contact: its record, its key in the order of rule 6, and when its deadlines are due.

use crate::deadline::Deadline;
use crate::ids::AgentId;
use crate::limits;
use crate::queue::Policy;
use crate::state::{ContactRecord, ContactState};
use crate::time::Timestamp;

/// How many kinds of deadline a contact has.
pub(crate) const KINDS: usize = 6;

/// A contact's place in the order of rule 6; the smaller is first, over all queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// 9 − band.
    rank: u8,
    /// Origin + objective of its queue.
    deadline: i64,
    /// Entry number, which no two live contacts share.
    entry: u64,
}

impl Key {
    /// Not after any key.
    pub(crate) const FIRST: Self = Self { rank: 0, deadline: i64::MIN, entry: 0 };
}

/// A live contact as the world stores it.
#[derive(Debug)]
pub(crate) struct Contact {
    pub(crate) record: ContactRecord,
    /// The key under which it is listed; none unless it waits (or while a command changes it).
    pub(crate) listed: Option<Key>,
    /// When each kind of its deadlines is due, in the order of [`deadlines`].
    pub(crate) armed: [Option<i64>; KINDS],
    /// Whether the command under way has changed it.
    pub(crate) touched: bool,
}

impl Contact {
    pub(crate) const fn new(record: ContactRecord) -> Self {
        Self { record, listed: None, armed: [None; KINDS], touched: false }
    }
}

/// The key of a contact in a queue of that policy.
pub(crate) fn key(contact: &ContactRecord, policy: &Policy) -> Key {
    let band = contact.prio.saturating_add(contact.promotions).min(limits::PRIORITY_MAX);
    Key {
        rank: limits::PRIORITY_MAX - band,
        deadline: contact.origin + signed(policy.objective.0),
        entry: contact.entry,
    }
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
