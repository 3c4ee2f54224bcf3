//! Every timer of the engine in one enum, and what orders them.

use core::num::NonZeroU128;

use crate::ids::{AgentId, ContactId, OfferId, QueueId, SkillId};
use crate::matching::{Arena, List};
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
    /// When a queue's oldest contact has waited long enough for it to overflow.
    Overflow(QueueId),
}

/// How many kinds there are.
const KINDS: usize = 11;
/// Bits of a packed deadline below its kind.
const NUMBER_BITS: u32 = 60;

impl Deadline {
    /// As one number, in the same order: the kind, then what it is about.
    const fn pack(self) -> u64 {
        let (kind, number) = match self {
            Self::OfferExpiry(offer) => (0, offer.0),
            Self::WrapUpEnd(contact) => (1, contact.0),
            Self::PauseEnd(agent) => (2, agent.0 as u64),
            Self::PreferenceEnd(contact) => (3, contact.0),
            Self::Step(contact) => (4, contact.0),
            Self::Promotion(contact) => (5, contact.0),
            Self::MaxWait(contact) => (6, contact.0),
            Self::CallbackDue(contact) => (7, contact.0),
            Self::SkillReturn(agent, skill) => (8, (agent.0 as u64) << SKILL_BITS | skill.0 as u64),
            Self::Orphan(contact) => (9, contact.0),
            Self::Overflow(queue) => (10, queue.0 as u64),
        };
        debug_assert!(number < 1 << NUMBER_BITS, "numbers count from 1");
        kind << NUMBER_BITS | number
    }

    fn unpack(packed: u64) -> Self {
        let number = packed & ((1 << NUMBER_BITS) - 1);
        let (contact, agent) = (ContactId(number), AgentId(number as u32));
        match packed >> NUMBER_BITS {
            0 => Self::OfferExpiry(OfferId(number)),
            1 => Self::WrapUpEnd(contact),
            2 => Self::PauseEnd(agent),
            3 => Self::PreferenceEnd(contact),
            4 => Self::Step(contact),
            5 => Self::Promotion(contact),
            6 => Self::MaxWait(contact),
            7 => Self::CallbackDue(contact),
            8 => {
                let skill = SkillId(number as u32 & ((1 << SKILL_BITS) - 1));
                Self::SkillReturn(AgentId((number >> SKILL_BITS) as u32), skill)
            }
            9 => Self::Orphan(contact),
            _ => Self::Overflow(QueueId(number as u32)),
        }
    }
}

/// Bits that hold a skill's number; `limits::SKILLS_MAX` is far below.
const SKILL_BITS: u32 = 16;

/// Which timer: whoever sets it keeps this, and changes or stops it by this. When it is due above
/// what is to happen: the order of firing as one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimerId(NonZeroU128);

impl TimerId {
    /// After all timers there can be.
    const NONE: Self = Self(NonZeroU128::MAX);

    const fn new(due: i64, deadline: Deadline) -> Self {
        let rising = due.cast_unsigned() ^ (1 << 63);
        let key = (rising as u128) << 64 | deadline.pack() as u128;
        Self(NonZeroU128::new(key).expect("numbers count from 1"))
    }

    const fn key(self) -> u128 {
        self.0.get()
    }

    const fn due(self) -> i64 {
        ((self.key() >> 64) as u64 ^ (1 << 63)).cast_signed()
    }

    const fn kind(self) -> usize {
        (self.key() as u64 >> NUMBER_BITS) as usize
    }
}

/// A record that has a timer as long as it is there.
#[derive(Debug)]
pub(crate) struct Timed<R> {
    pub(crate) record: R,
    pub(crate) timer: TimerId,
}

/// Deadlines by (due, kind, number): an ordered list for each kind.
///
/// Deadlines of one kind are mostly set in the order in which they are due, so that to set one
/// appends, and the one that fires is the first: each touches one leaf, however many run. A heap of
/// all took 1,178 instructions to stop the first of 100,000 and set another after all, and 922 to
/// set one that fires to a later time. A hierarchical wheel took 480 and 1,241; it must bring all
/// of one instant in order before the first of them fires, which no Tick may pay for at once.
///
/// Due times are signed: a contact's origin, from which some count, may lie before 0.
#[derive(Debug)]
pub(crate) struct Timers {
    arena: Arena,
    lists: [List; KINDS],
    /// The first of each kind, and of all.
    firsts: [TimerId; KINDS],
    first: TimerId,
    /// Kinds of which some run, as bits.
    running: u16,
    len: usize,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            arena: Arena::default(),
            lists: [List::EMPTY; KINDS],
            firsts: [TimerId::NONE; KINDS],
            first: TimerId::NONE,
            running: 0,
            len: 0,
        }
    }
}

impl Timers {
    /// Sets a timer, changes it or stops it; gives the timer that runs, if one does.
    #[must_use]
    pub(crate) fn set(
        &mut self,
        timer: Option<TimerId>,
        wanted: Option<(i64, Deadline)>,
    ) -> Option<TimerId> {
        let wanted = wanted.map(|(due, deadline)| TimerId::new(due, deadline));
        if timer != wanted {
            if let Some(timer) = timer {
                self.disarm(timer);
            }
            if let Some(wanted) = wanted {
                self.insert(wanted);
            }
        }
        wanted
    }

    /// Changes a timer that runs.
    #[must_use]
    pub(crate) fn change(&mut self, timer: TimerId, (due, deadline): (i64, Deadline)) -> TimerId {
        self.disarm(timer);
        self.arm(due, deadline)
    }

    /// Arms a deadline; no timer runs for what it is about.
    pub(crate) fn arm(&mut self, due: i64, deadline: Deadline) -> TimerId {
        let timer = TimerId::new(due, deadline);
        self.insert(timer);
        timer
    }

    fn insert(&mut self, timer: TimerId) {
        let kind = timer.kind();
        self.arena.insert(&mut self.lists[kind], timer.key(), 0, &());
        self.firsts[kind] = timer.min(self.firsts[kind]);
        self.first = timer.min(self.first);
        self.running |= 1 << kind;
        self.len += 1;
    }

    /// Stops a timer, if one runs.
    pub(crate) fn stop(&mut self, timer: Option<TimerId>) {
        if let Some(timer) = timer {
            self.disarm(timer);
        }
    }

    /// Stops a timer that runs.
    pub(crate) fn disarm(&mut self, timer: TimerId) {
        let kind = timer.kind();
        let removed = self.arena.remove(&mut self.lists[kind], timer.key(), &());
        debug_assert!(removed.is_some(), "the timer runs");
        self.len -= 1;
        if self.firsts[kind] == timer {
            self.firsts[kind] = self.first_of(kind);
            if self.first == timer {
                self.first = self.first_of_all();
            }
        }
    }

    fn first_of(&mut self, kind: usize) -> TimerId {
        let first = self.arena.first(self.lists[kind]);
        let first = first.and_then(|(key, _)| NonZeroU128::new(key));
        self.running &= !(u16::from(first.is_none()) << kind);
        first.map_or(TimerId::NONE, TimerId)
    }

    fn first_of_all(&self) -> TimerId {
        let (mut left, mut first) = (self.running, TimerId::NONE);
        while left != 0 {
            first = first.min(self.firsts[left.trailing_zeros() as usize]);
            left &= left - 1;
        }
        first
    }

    /// The first deadline that is due, if any.
    pub(crate) fn due(&self, now: Timestamp) -> Option<Deadline> {
        let due = self.first != TimerId::NONE && self.first.due() <= now.signed();
        due.then(|| Deadline::unpack(self.first.key() as u64))
    }

    /// When the first deadline is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        let next = Timestamp(self.first.due().max(0).cast_unsigned());
        (self.first != TimerId::NONE).then_some(next)
    }

    /// Whether a timer runs and is set to that.
    pub(crate) fn is_set(&self, timer: Option<TimerId>, wanted: Option<(i64, Deadline)>) -> bool {
        let runs = |timer: TimerId| {
            let found = self.arena.first_from(self.lists[timer.kind()], timer.key());
            found.is_some_and(|(key, _)| key == timer.key())
        };
        timer == wanted.map(|(due, what)| TimerId::new(due, what)) && timer.is_none_or(runs)
    }

    /// How many timers run.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }
}

#[cfg(test)]
mod tests {
    use super::{Deadline, Timers};
    use crate::ids::{AgentId, ContactId, OfferId, SkillId};
    use crate::time::Timestamp;
    use alloc::collections::BTreeSet;
    use alloc::vec::Vec;

    #[test]
    fn a_packed_deadline_keeps_order_and_content() {
        let (high, agent) = (u64::MAX >> 5, AgentId(100_000));
        let rising = [
            Deadline::OfferExpiry(OfferId(1)),
            Deadline::OfferExpiry(OfferId(high)),
            Deadline::WrapUpEnd(ContactId(1)),
            Deadline::WrapUpEnd(ContactId(high)),
            Deadline::PauseEnd(agent),
            Deadline::PreferenceEnd(ContactId(7)),
            Deadline::Step(ContactId(7)),
            Deadline::Promotion(ContactId(7)),
            Deadline::MaxWait(ContactId(7)),
            Deadline::CallbackDue(ContactId(7)),
            Deadline::SkillReturn(AgentId(1), SkillId(4_096)),
            Deadline::SkillReturn(AgentId(2), SkillId(1)),
            Deadline::SkillReturn(agent, SkillId(4_096)),
            Deadline::Orphan(ContactId(1)),
        ];
        assert!(rising.is_sorted_by(|a, b| a < b && a.pack() < b.pack()));
        assert!(rising.into_iter().all(|deadline| Deadline::unpack(deadline.pack()) == deadline));
    }

    #[test]
    fn timers_fire_in_the_order_of_a_sorted_map() {
        let (mut timers, mut plain) = (Timers::default(), BTreeSet::new());
        let mut running = Vec::new();
        let mut random: u64 = 1;
        let mut next = |end: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) % end
        };
        for number in 1..20_000 {
            let due = next(5_000).cast_signed() - 100;
            let deadline = match next(3) {
                0 => Deadline::OfferExpiry(OfferId(number)),
                1 => Deadline::Step(ContactId(number)),
                _ => Deadline::SkillReturn(AgentId(number as u32), SkillId(7)),
            };
            match next(4) {
                0 | 1 => running.push((timers.arm(due, deadline), due, deadline)),
                2 if !running.is_empty() => {
                    let at = next(running.len() as u64) as usize;
                    let (timer, due, deadline) = running.swap_remove(at);
                    assert!(timers.is_set(Some(timer), Some((due, deadline))));
                    assert_eq!(timers.set(Some(timer), None), None);
                    plain.remove(&(due, deadline));
                    continue;
                }
                _ if !running.is_empty() => {
                    let at = next(running.len() as u64) as usize;
                    let (timer, before, was) = running[at];
                    plain.remove(&(before, was));
                    let after = timers.set(Some(timer), Some((due, deadline)));
                    running[at] = (after.expect("it runs"), due, deadline);
                }
                _ => continue,
            }
            plain.insert((due, deadline));
            let first = plain.first().map(|&(due, _): &(i64, Deadline)| due.max(0).cast_unsigned());
            assert_eq!((timers.next(), timers.len()), (first.map(Timestamp), plain.len()));
        }
        let now = Timestamp(10_000);
        while let Some(deadline) = timers.due(now) {
            let (_, first) = plain.pop_first().expect("both hold as many");
            assert_eq!(deadline, first);
            let at = running.iter().position(|running| running.2 == deadline);
            timers.disarm(running.swap_remove(at.expect("it runs")).0);
        }
        assert!(plain.is_empty() && running.is_empty());
    }
}
