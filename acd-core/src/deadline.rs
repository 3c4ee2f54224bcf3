//! Every timer of the engine in one enum, and the heap that orders them.

use alloc::vec::Vec;

use crate::ids::{AgentId, ContactId, OfferId, QueueId, SkillId};
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

/// Which timer: whoever sets it keeps this, and changes or stops it by this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimerId(u32);

/// A record that has a timer as long as it is there.
#[derive(Debug)]
pub(crate) struct Timed<R> {
    pub(crate) record: R,
    pub(crate) timer: TimerId,
}

/// A deadline in the heap.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// When it is due above what is to happen: the order of firing as one number.
    key: u128,
    timer: u32,
}

impl Entry {
    const fn new(due: i64, deadline: Deadline, timer: u32) -> Self {
        let rising = due.cast_unsigned() ^ (1 << 63);
        Self { key: (rising as u128) << 64 | deadline.pack() as u128, timer }
    }

    const fn due(&self) -> i64 {
        ((self.key >> 64) as u64 ^ (1 << 63)).cast_signed()
    }

    const fn before(&self, other: &Self) -> bool {
        self.key < other.key
    }
}

/// Children of a place in the heap; four lie in two lines of the cache.
const FAN_OUT: usize = 4;

/// Deadlines by (due, kind, number), the first on top of a heap.
///
/// A heap knows the first exactly, which the caller asks for after each command, and which a wheel
/// of slots would have to search for. A timer is mostly set to a time later than most others and
/// stopped where it was put, so that both move an entry or two.
///
/// Due times are signed: a contact's origin, from which some count, may lie before 0.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: Vec<Entry>,
    /// Where in the heap each timer is.
    places: Vec<u32>,
    spare: Vec<u32>,
}

impl Timers {
    /// Sets a timer, changes it or stops it; gives the timer that runs, if one does.
    pub(crate) fn set(
        &mut self,
        timer: Option<TimerId>,
        wanted: Option<(i64, Deadline)>,
    ) -> Option<TimerId> {
        match (timer, wanted) {
            (None, None) => None,
            (None, Some((due, deadline))) => Some(self.arm(due, deadline)),
            (Some(timer), None) => {
                self.disarm(timer);
                None
            }
            (Some(timer), Some((due, deadline))) => {
                let at = self.places[timer.0 as usize] as usize;
                let entry = Entry::new(due, deadline, timer.0);
                let before = self.heap[at];
                if before.key == entry.key {
                    return Some(timer);
                }
                self.heap[at] = entry;
                if entry.before(&before) {
                    self.rise(at);
                } else {
                    self.sink(at);
                }
                Some(timer)
            }
        }
    }

    /// Arms a deadline.
    pub(crate) fn arm(&mut self, due: i64, deadline: Deadline) -> TimerId {
        let timer = self.spare.pop().unwrap_or_else(|| {
            self.places.push(0);
            (self.places.len() - 1) as u32
        });
        self.heap.push(Entry::new(due, deadline, timer));
        self.rise(self.heap.len() - 1);
        TimerId(timer)
    }

    /// Stops a timer that runs.
    pub(crate) fn disarm(&mut self, timer: TimerId) {
        let at = self.places[timer.0 as usize] as usize;
        debug_assert_eq!(self.heap[at].timer, timer.0, "the timer runs");
        let stopped = self.heap.swap_remove(at);
        self.spare.push(timer.0);
        if let Some(moved) = self.heap.get(at) {
            if moved.before(&stopped) {
                self.rise(at);
            } else {
                self.sink(at);
            }
        }
    }

    /// The first deadline that is due, if any.
    pub(crate) fn due(&self, now: Timestamp) -> Option<Deadline> {
        let first = self.heap.first()?;
        (first.due() <= now.signed()).then(|| Deadline::unpack(first.key as u64))
    }

    /// When the first deadline is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.heap.first().map(|first| Timestamp(first.due().max(0).cast_unsigned()))
    }

    /// Whether a timer runs and is set to that.
    pub(crate) fn is_set(&self, timer: Option<TimerId>, wanted: Option<(i64, Deadline)>) -> bool {
        let entry = timer.and_then(|timer| {
            let at = self.places.get(timer.0 as usize)?;
            self.heap.get(*at as usize).filter(|entry| entry.timer == timer.0)
        });
        entry.map(|entry| entry.key) == wanted.map(|(due, what)| Entry::new(due, what, 0).key)
    }

    /// How many timers run.
    pub(crate) fn len(&self) -> usize {
        self.heap.len()
    }

    fn put(&mut self, at: usize, entry: Entry) {
        self.heap[at] = entry;
        self.places[entry.timer as usize] = at as u32;
    }

    fn rise(&mut self, mut at: usize) {
        let entry = self.heap[at];
        while at > 0 {
            let parent = (at - 1) / FAN_OUT;
            if !entry.before(&self.heap[parent]) {
                break;
            }
            self.put(at, self.heap[parent]);
            at = parent;
        }
        self.put(at, entry);
    }

    fn sink(&mut self, mut at: usize) {
        let entry = self.heap[at];
        loop {
            let from = at * FAN_OUT + 1;
            let children = self.heap.get(from..).unwrap_or_default();
            let children = children.first_chunk::<FAN_OUT>().map_or(children, |all| all);
            let (mut least, mut child) = (entry.key, FAN_OUT);
            for (number, entry) in children.iter().enumerate() {
                child = if entry.key < least { number } else { child };
                least = if entry.key < least { entry.key } else { least };
            }
            if child == FAN_OUT {
                break;
            }
            self.put(at, self.heap[from + child]);
            at = from + child;
        }
        self.put(at, entry);
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
            let deadline = Deadline::Step(ContactId(number));
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
                    assert_eq!(timers.set(Some(timer), Some((due, deadline))), Some(timer));
                    running[at] = (timer, due, deadline);
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
