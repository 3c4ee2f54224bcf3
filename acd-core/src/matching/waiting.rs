//! The waiting side: contacts that can be offered, by what they ask for.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::bits::Block;
use super::classes::{CLASSES_MAX, ClassId};
use super::eligibility::{ALL_CHANNELS, Eligibility};
use super::ordered::{Arena, List};
use crate::channel::Channel;
use crate::contact::Key;
use crate::ids::{AgentId, ContactId};

/// The key of a class that nobody waits of, and its mark.
const NOBODY: u128 = u128::MAX;
const NO_MARK: u64 = u64::MAX;
/// Classes whose least mark is kept.
const GROUP: usize = 8;
const CHANNELS: usize = Channel::ALL.len();

/// Contacts that can be offered.
#[derive(Debug)]
pub(super) struct Waiting {
    arena: Arena,
    /// By class: its contacts in the order of rule 6.
    lists: Vec<List>,
    /// By class: the first key.
    heads: Vec<u128>,
    /// By class: the upper half of its first key, which is all a search needs to see of most. A
    /// place for every class there may be, so that none is looked for beyond the end.
    marks: Box<[u64; CLASSES_MAX]>,
    /// The least mark of each group of classes.
    least: Vec<u64>,
    /// Classes somebody waits of, and how many they are.
    wanted: Vec<Block>,
    wanted_count: usize,
    /// By agent and channel: contacts that prefer it.
    preferring: Vec<List>,
    /// How many contacts prefer an agent.
    prefer: usize,
    /// Contacts without a class.
    loose: List,
    /// How many contacts came without a class.
    came_loose: u64,
}

impl Default for List {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Default for Waiting {
    fn default() -> Self {
        let marks = alloc::vec![NO_MARK; CLASSES_MAX].into_boxed_slice();
        Self {
            arena: Arena::default(),
            lists: Vec::new(),
            heads: Vec::new(),
            marks: marks.try_into().expect("it is as long as that"),
            least: Vec::new(),
            wanted: Vec::new(),
            wanted_count: 0,
            preferring: Vec::new(),
            prefer: 0,
            loose: List::EMPTY,
            came_loose: 0,
        }
    }
}

impl Waiting {
    /// Makes room for so many classes.
    pub(super) fn grow(&mut self, classes: usize) {
        let classes = classes.next_multiple_of(512);
        if classes > self.lists.len() {
            self.lists.resize(classes, List::EMPTY);
            self.heads.resize(classes, NOBODY);
            self.least.resize(classes / GROUP, NO_MARK);
            self.wanted.resize(classes / 512, Block::EMPTY);
        }
    }

    /// Bytes in use, nodes divided, nodes joined, contacts without a class.
    pub(super) fn told(&self) -> (usize, u64, u64, u64) {
        (self.arena.bytes(), self.arena.divided, self.arena.joined, self.came_loose)
    }

    /// Classes somebody waits of, as bits.
    pub(super) fn classes(&self) -> &[Block] {
        &self.wanted
    }

    /// The first contact of a class.
    pub(super) fn head(&self, class: ClassId) -> Option<(Key, ContactId)> {
        self.arena.first(self.lists[class.at()]).map(contact)
    }

    #[inline]
    pub(super) fn insert(&mut self, class: ClassId, key: Key, contact: ContactId) {
        let at = class.at();
        self.arena.insert(&mut self.lists[at], key.0, contact.0, &());
        if key.0 < self.heads[at] {
            self.wanted_count += usize::from(self.heads[at] == NOBODY);
            self.heads[at] = key.0;
            let mark = mark(key.0);
            self.marks[at] = mark;
            let least = &mut self.least[at / GROUP];
            *least = mark.min(*least);
            self.wanted[at / 512].0[at / 64 % 8] |= 1 << (at % 64);
        }
    }

    pub(super) fn remove(&mut self, class: ClassId, key: Key) {
        let at = class.at();
        let removed = self.arena.remove(&mut self.lists[at], key.0, &());
        debug_assert!(removed.is_some(), "a class holds what was put into it");
        if self.heads[at] != key.0 {
            return;
        }
        if let Some((head, _)) = self.arena.first(self.lists[at]) {
            self.heads[at] = head;
            self.marks[at] = mark(head);
        } else {
            self.wanted_count -= 1;
            self.heads[at] = NOBODY;
            self.marks[at] = NO_MARK;
            self.wanted[at / 512].0[at / 64 % 8] &= !(1 << (at % 64));
        }
        let group = at / GROUP * GROUP;
        if self.least[at / GROUP] == mark(key.0) {
            let marks = &self.marks[group..group + GROUP];
            self.least[at / GROUP] = marks.iter().copied().fold(NO_MARK, u64::min);
        }
    }

    /// The first contact with a class that an agent is eligible for.
    #[inline]
    pub(super) fn first_for(
        &self,
        signature: u32,
        channels: u8,
        eligibility: &Eligibility,
    ) -> Option<(Key, ContactId)> {
        if self.wanted_count == 0 {
            return None;
        }
        // A class of the list is looked at in half the time that one found among bits takes.
        let few = self.wanted_count * 2 < eligibility.classes.in_use_count();
        let class = match eligibility.listed(signature) {
            Some((list, _)) if !few && channels == ALL_CHANNELS => self.first_of_list(list),
            Some((list, range)) if !few => {
                let parts = (0..CHANNELS).filter(|channel| channels >> channel & 1 == 1);
                let firsts = parts.filter_map(|channel| self.first_of_list(&list[range(channel)]));
                firsts.min_by_key(|&class| self.heads[class])
            }
            _ => self.first_of_many(eligibility.classes_row(signature, channels)),
        };
        self.head(ClassId(class? as u16))
    }

    /// The class with the least head in a list.
    ///
    /// The first and the final one of those with the least mark are one class, mostly.
    fn first_of_list(&self, list: &[u16]) -> Option<usize> {
        let (mut best, mut first, mut final_) = (NO_MARK, 0, 0);
        for &class in list {
            let mark = self.marks[usize::from(class) % CLASSES_MAX];
            first = if mark < best { class } else { first };
            final_ = if mark <= best { class } else { final_ };
            best = if mark < best { mark } else { best };
        }
        if best == NO_MARK {
            return None;
        }
        if first == final_ {
            return Some(first.into());
        }
        let classes = list.iter().map(|&class| usize::from(class));
        classes.filter(|&class| self.marks[class] == best).min_by_key(|&class| self.heads[class])
    }

    /// The class with the least head among many: groups whose least mark is later are skipped.
    #[inline(never)]
    fn first_of_many(&self, (row, of): (&[Block], &[Block])) -> Option<usize> {
        let (mut best, mut first) = (NOBODY, 0);
        for (at, ((row, of), wanted)) in row.iter().zip(of).zip(&self.wanted).enumerate() {
            for (word, mut left) in row.and(of).and(wanted).0.into_iter().enumerate() {
                while left != 0 {
                    let bit = left.trailing_zeros() as usize;
                    let class = at * 512 + word * 64 + bit;
                    if self.least[class / GROUP] <= mark(best) {
                        let head = self.heads[class];
                        (best, first) = if head < best { (head, class) } else { (best, first) };
                        left &= left - 1;
                    } else {
                        // The rest of the group is not before the best either.
                        left &= !(0xFF << (bit / GROUP * GROUP));
                    }
                }
            }
        }
        (best != NOBODY).then_some(first)
    }

    pub(super) fn insert_loose(&mut self, key: Key, contact: ContactId) {
        self.arena.insert(&mut self.loose, key.0, contact.0, &());
        self.came_loose += 1;
    }

    pub(super) fn remove_loose(&mut self, key: Key) {
        let removed = self.arena.remove(&mut self.loose, key.0, &());
        debug_assert!(removed.is_some(), "it was listed");
    }

    /// Contacts without a class, by key.
    pub(super) fn loose(&self) -> impl Iterator<Item = (Key, ContactId)> {
        let first = self.arena.first(self.loose);
        let next = |&(key, _): &(u128, u64)| self.arena.first_from(self.loose, key + 1);
        core::iter::successors(first, next).map(contact)
    }

    /// Whether no contact waits without a class.
    pub(super) const fn nobody_loose(&self) -> bool {
        self.loose.is_empty()
    }

    /// Whether no contact waits that prefers an agent.
    pub(super) const fn nobody_prefers(&self) -> bool {
        self.prefer == 0
    }

    pub(super) fn insert_preferring(
        &mut self,
        agents: &[AgentId],
        channel: Channel,
        (key, contact): (Key, ContactId),
    ) {
        self.prefer += 1;
        for agent in each_once(agents) {
            let place = preferring_place(agent, channel);
            if self.preferring.len() <= place {
                self.preferring.resize(place + 1, List::EMPTY);
            }
            self.arena.insert(&mut self.preferring[place], key.0, contact.0, &());
        }
    }

    pub(super) fn remove_preferring(&mut self, agents: &[AgentId], channel: Channel, key: Key) {
        self.prefer -= 1;
        for agent in each_once(agents) {
            let list = &mut self.preferring[preferring_place(agent, channel)];
            let removed = self.arena.remove(list, key.0, &());
            debug_assert!(removed.is_some(), "it was listed");
        }
    }

    /// The first contact of the channel that prefers the agent.
    pub(super) fn first_preferring(
        &self,
        agent: AgentId,
        channel: usize,
    ) -> Option<(Key, ContactId)> {
        let list = self.preferring.get((agent.0 as usize - 1) * CHANNELS + channel)?;
        self.arena.first(*list).map(contact)
    }
}

/// A contact may name an agent twice.
pub(crate) fn each_once(agents: &[AgentId]) -> impl Iterator<Item = AgentId> {
    let once = |&(at, agent): &(usize, &AgentId)| !agents[..at].contains(agent);
    agents.iter().enumerate().filter(once).map(|(_, &agent)| agent)
}

fn preferring_place(agent: AgentId, channel: Channel) -> usize {
    (agent.0 as usize - 1) * CHANNELS + channel as usize
}

/// The upper half of a key: of two keys with different marks, the one with the less is first.
const fn mark(key: u128) -> u64 {
    (key >> 64) as u64
}

const fn contact((key, contact): (u128, u64)) -> (Key, ContactId) {
    (Key(key), ContactId(contact))
}
