//! A defined agent: its record, what it holds, and what follows from both.

use alloc::vec::Vec;

use crate::channel::{Capacity, Channel};
use crate::deadline::TimerId;
use crate::ids::{AgentId, ContactId, OfferId, SiteId, SkillId};
use crate::state::{AgentRecord, Pending, Presence};
use crate::time::{Nanos, Timestamp};

/// A defined agent as the world stores it.
#[derive(Debug)]
pub(crate) struct Agent {
    pub(crate) record: AgentRecord,
    pub(crate) site: Option<SiteId>,
    /// What its definition lets it hold.
    pub(crate) default_capacity: Capacity,
    pub(crate) offer: Option<OfferId>,
    /// Set to the end of its pause.
    pub(crate) pause: Option<TimerId>,
    /// Set to the return of each temporary skill, in their order.
    pub(crate) returns: Vec<TimerId>,
    /// Contacts connected or parked, by number.
    pub(crate) held: Vec<ContactId>,
    /// Ended contacts in wrap-up, by number.
    pub(crate) wrap_ups: Vec<ContactId>,
    /// Connected, parked and wrap-up contacts by channel.
    pub(crate) slots: [u8; 6],
    /// How many of them are parked.
    pub(crate) parked: u16,
    /// Up to when work and idle time are counted.
    pub(crate) accounted: Timestamp,
    /// What matching counts it as serving.
    pub(crate) served: Capacity,
    /// Whether matching knows it as free.
    pub(crate) listed: bool,
    /// Whether the command under way has changed it.
    pub(crate) touched: bool,
}

/// Contacts that an agent has room for from the first: of those who hold no more none allocates
/// while it works.
const HELD_USUALLY: usize = 4;

/// The highest bit of every byte.
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
const _: () = assert!(crate::limits::CAPACITY_MAX < 128);

/// What `Effect::AgentState` tells of an agent.
pub(crate) type Standing = (Presence, Option<Pending>, Option<Timestamp>);

impl Agent {
    /// An agent just defined: signed out, without skills or site.
    pub(crate) fn new(agent: AgentId, capacity: Capacity) -> Self {
        let record = AgentRecord {
            agent,
            presence: Presence::SignedOut,
            pending: None,
            paused_until: None,
            capacity,
            skills: Vec::new(),
            temporary: Vec::new(),
            idle_number: 0,
            idle_holds_none: false,
            idle_occupancy: 0,
            idle_contacts: 0,
            idle_random: 0,
            connected: 0,
            no_answers: 0,
            work: Nanos(0),
            idle: Nanos(0),
        };
        Self {
            record,
            site: None,
            default_capacity: capacity,
            offer: None,
            pause: None,
            returns: Vec::new(),
            held: Vec::with_capacity(HELD_USUALLY),
            wrap_ups: Vec::with_capacity(HELD_USUALLY),
            slots: [0; 6],
            parked: 0,
            accounted: Timestamp(0),
            served: Capacity([0; 6]),
            listed: false,
            touched: false,
        }
    }

    /// Its level of a skill, 0 when it has none.
    pub(crate) fn level(&self, skill: SkillId) -> u8 {
        let skills = &self.record.skills;
        skills.binary_search_by_key(&skill, |&(skill, _)| skill).map_or(0, |at| skills[at].1)
    }

    /// Whether it holds a contact: connected, parked or in wrap-up.
    pub(crate) fn holds_any(&self) -> bool {
        !(self.held.is_empty() && self.wrap_ups.is_empty())
    }

    /// Whether it holds, wrap-up included, a contact that parks others and keeps new ones away.
    ///
    /// Channels block exactly when they interrupt, and such contacts are never parked.
    pub(crate) fn interrupted(&self) -> bool {
        Channel::ALL.into_iter().any(|channel| channel.blocks() && self.slots[channel as usize] > 0)
    }

    /// Whether it holds fewer contacts of the channel than it may (rule 4 b).
    pub(crate) const fn has_room(&self, channel: Channel) -> bool {
        self.slots[channel as usize] < self.record.capacity.0[channel as usize]
    }

    /// The channels it has room on, as bits.
    pub(crate) const fn channels_with_room(&self) -> u8 {
        let (slots, may) = (self.slots, self.record.capacity.0);
        // Bytes are below 128: the highest bit of each says whether `slots >= may` there.
        let full = (bytes(slots) | HIGH_BITS) - bytes(may);
        channels_of(!full)
    }

    /// What of each channel it serves (rule 19): while it is ready or holds some contact, what it
    /// may hold.
    pub(crate) fn serves(&self) -> Capacity {
        let serves = self.record.presence == Presence::Ready || self.holds_any();
        if serves { self.record.capacity } else { Capacity([0; 6]) }
    }

    /// Whether it can be offered a contact of some channel it has room for (rule 4 a, c).
    pub(crate) fn free(&self) -> bool {
        let record = &self.record;
        record.presence == Presence::Ready
            && record.pending.is_none()
            && record.paused_until.is_none()
            && self.offer.is_none()
            && !self.interrupted()
    }

    /// Whether it can be offered a contact of the channel (rule 4 a–c).
    pub(crate) fn free_for(&self, channel: Channel) -> bool {
        self.free() && self.has_room(channel)
    }

    /// What `Effect::AgentState` tells of it.
    pub(crate) const fn standing(&self) -> Standing {
        (self.record.presence, self.record.pending, self.record.paused_until)
    }

    /// Work and idle time since sign-in, up to `now`.
    pub(crate) fn worked(&self, now: Timestamp) -> (Nanos, Nanos) {
        let (work, idle) = (self.record.work, self.record.idle);
        let since = now.since(self.accounted);
        if self.slots.iter().map(|&slots| u16::from(slots)).sum::<u16>() > self.parked {
            (Nanos(work.0 + since.0), idle)
        } else if self.record.presence == Presence::Ready && !self.holds_any() {
            (work, Nanos(idle.0 + since.0))
        } else {
            (work, idle)
        }
    }

    /// Counts work and idle time up to `now`, before something changes what it is.
    pub(crate) fn account(&mut self, now: Timestamp) {
        (self.record.work, self.record.idle) = self.worked(now);
        self.accounted = now;
    }

    /// Its record with work and idle time up to `now`.
    pub(crate) fn record_at(&self, now: Timestamp) -> AgentRecord {
        let mut record = self.record.clone();
        (record.work, record.idle) = self.worked(now);
        record
    }

    /// Work × 1000 / (work + idle), as counted.
    pub(crate) fn occupancy(&self) -> u16 {
        let (work, idle) = (u128::from(self.record.work.0), u128::from(self.record.idle.0));
        (work * 1000).checked_div(work + idle).unwrap_or(0) as u16
    }
}

/// The channels of which a capacity has any, as bits.
pub(crate) const fn channels_in(capacity: Capacity) -> u8 {
    // The highest bit of a byte stays where nothing is taken away.
    channels_of(!(HIGH_BITS - bytes(capacity.0)))
}

/// One byte a channel, as one number.
const fn bytes(of: [u8; 6]) -> u64 {
    u64::from_le_bytes([of[0], of[1], of[2], of[3], of[4], of[5], 0, 0])
}

/// The channels whose byte has its highest bit.
const fn channels_of(bytes: u64) -> u8 {
    // Moves the lowest bit of byte n to bit n of the highest byte.
    let lowest = bytes >> 7 & 0x0000_0101_0101_0101;
    (lowest.wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8
}

/// Puts a number into a sorted list.
pub(crate) fn insert_sorted(list: &mut Vec<ContactId>, contact: ContactId) {
    let place = list.partition_point(|&other| other < contact);
    debug_assert_ne!(list.get(place), Some(&contact), "a contact is held once");
    list.insert(place, contact);
}

/// Takes a number out of a sorted list.
pub(crate) fn remove_sorted(list: &mut Vec<ContactId>, contact: ContactId) {
    let place = list.binary_search(&contact).expect("what leaves an agent was held by it");
    list.remove(place);
}

#[cfg(test)]
mod tests {
    use super::{Agent, channels_in};
    use crate::channel::{Capacity, Channel};
    use crate::ids::AgentId;
    use crate::state::Presence;

    #[test]
    fn channels_with_room_are_those_that_have_room_each_for_itself() {
        let mut agent = Agent::new(AgentId(1), Capacity::default());
        let mut random: u64 = 1;
        for _ in 0..10_000 {
            for at in 0..6 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                // Mostly close to each other, and as high as they get now and then.
                let near = if random >> 60 == 0 { 101 } else { 4 };
                agent.slots[at] = ((random >> 33) % near) as u8;
                agent.record.capacity.0[at] = ((random >> 45) % near) as u8;
            }
            let bit = |channel: Channel| u8::from(agent.has_room(channel)) << channel as usize;
            let one_by_one = Channel::ALL.into_iter().map(bit).sum::<u8>();
            assert_eq!(agent.channels_with_room(), one_by_one, "{:?}", agent.slots);
            assert_eq!(channels_in(agent.serves()), 0, "it is not there");
            agent.record.presence = Presence::Ready;
            let capacity = agent.record.capacity;
            let may = |channel: Channel| u8::from(capacity[channel] > 0) << channel as usize;
            assert_eq!(channels_in(agent.serves()), Channel::ALL.into_iter().map(may).sum::<u8>());
            agent.record.presence = Presence::SignedOut;
        }
    }
}
