//! Every timer of the engine in one enum, and the set that orders them.

use alloc::collections::BTreeSet;

use crate::ids::{AgentId, ContactId, OfferId, SkillId};
use crate::time::Timestamp;

/// What is to happen at an instant.
///
/// The order of the variants is the order in which deadlines of one instant fire; inside a kind,
/// numbers decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deadline {
    /// When to take an offer as not answered.
    OfferExpiry(OfferId),
    /// When to end a wrap-up.
    WrapUpEnd(ContactId),
    /// When to offer contacts to a paused agent again.
    PauseEnd(AgentId),
    /// When to look beyond a contact's preferred agents.
    PreferenceEnd(ContactId),
    /// When to ask for what the queue's next step asks for.
    Step(ContactId),
    /// When to raise a contact by a band.
    Promotion(ContactId),
    /// When to end or move a contact that has waited too long.
    MaxWait(ContactId),
    /// When to match a scheduled callback.
    CallbackDue(ContactId),
    /// When to return an agent's skill to its former level.
    SkillReturn(AgentId, SkillId),
    /// When to call a suspended contact orphaned, or, once it is, to end it.
    Orphan(ContactId),
}

/// Armed deadlines by (due, kind, number).
///
/// Due times are signed: a contact's origin, from which some count, may lie before 0.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    armed: BTreeSet<(i64, Deadline)>,
}

impl Timers {
    /// Arms a deadline. Whoever arms it knows its due time, and disarms it by that.
    pub(crate) fn arm(&mut self, due: i64, deadline: Deadline) {
        let new = self.armed.insert((due, deadline));
        debug_assert!(new, "{deadline:?} is armed already");
    }

    /// Disarms a deadline armed for `due`.
    pub(crate) fn disarm(&mut self, due: i64, deadline: Deadline) {
        let armed = self.armed.remove(&(due, deadline));
        debug_assert!(armed, "{deadline:?} is not armed for {due}");
    }

    /// The first deadline that is due, if any.
    pub(crate) fn due(&self, now: Timestamp) -> Option<Deadline> {
        let &(due, deadline) = self.armed.first()?;
        (due <= now.signed()).then_some(deadline)
    }

    /// When the first deadline is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.armed.first().map(|&(due, _)| Timestamp(due.max(0).cast_unsigned()))
    }

    /// Whether a deadline is armed for `due`.
    pub(crate) fn is_armed(&self, due: i64, deadline: Deadline) -> bool {
        self.armed.contains(&(due, deadline))
    }

    /// How many deadlines are armed.
    pub(crate) fn len(&self) -> usize {
        self.armed.len()
    }
}
