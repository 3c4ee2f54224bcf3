//! The waiting side: contacts that can be offered, by what they ask for.

use alloc::vec::Vec;

use super::classes::ClassId;
use super::eligibility::Eligibility;
use super::ordered::{Arena, List};
use crate::channel::Channel;
use crate::contact::Key;
use crate::ids::{AgentId, ContactId};

/// The key of a class that nobody waits of.
const NOBODY: u128 = u128::MAX;
/// Classes whose least head is kept.
const BLOCK: usize = 8;
const CHANNELS: usize = Channel::ALL.len();

/// Contacts that can be offered.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    arena: Arena,
    /// By class: its contacts in the order of rule 6.
    lists: Vec<List>,
    /// By class: the first key.
    heads: Vec<u128>,
    /// The least head of each block of classes.
    blocks: Vec<u128>,
    /// Classes somebody waits of.
    wanted: Vec<u64>,
    /// By agent and channel: contacts that prefer it.
    preferring: Vec<List>,
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

impl Waiting {
    /// Makes room for so many classes.
    pub(super) fn grow(&mut self, classes: usize) {
        let classes = classes.next_multiple_of(u64::BITS as usize);
        if classes > self.lists.len() {
            self.lists.resize(classes, List::EMPTY);
            self.heads.resize(classes, NOBODY);
            self.blocks.resize(classes / BLOCK, NOBODY);
            self.wanted.resize(classes / u64::BITS as usize, 0);
        }
    }

    /// Bytes in use, nodes divided, nodes joined, contacts without a class.
    pub(super) fn told(&self) -> (usize, u64, u64, u64) {
        (self.arena.bytes(), self.arena.divided, self.arena.joined, self.came_loose)
    }

    /// Classes somebody waits of, as bits.
    pub(super) fn classes(&self) -> &[u64] {
        &self.wanted
    }

    /// The first contact of a class.
    pub(super) fn head(&self, class: ClassId) -> Option<(Key, ContactId)> {
        self.arena.first(self.lists[class.at()]).map(contact)
    }

    pub(super) fn insert(&mut self, class: ClassId, key: Key, contact: ContactId) {
        self.arena.insert(&mut self.lists[class.at()], key.0, contact.0, &());
        if key.0 < self.heads[class.at()] {
            self.heads[class.at()] = key.0;
            let block = &mut self.blocks[class.at() / BLOCK];
            *block = key.0.min(*block);
            self.wanted[class.at() / 64] |= 1 << (class.at() % 64);
        }
    }

    pub(super) fn remove(&mut self, class: ClassId, key: Key) {
        let removed = self.arena.remove(&mut self.lists[class.at()], key.0, &());
        debug_assert!(removed.is_some(), "a class holds what was put into it");
        if self.heads[class.at()] != key.0 {
            return;
        }
        let head = self.arena.first(self.lists[class.at()]);
        self.heads[class.at()] = head.map_or(NOBODY, |(key, _)| key);
        if head.is_none() {
            self.wanted[class.at() / 64] &= !(1 << (class.at() % 64));
        }
        let block = class.at() / BLOCK;
        if self.blocks[block] == key.0 {
            let heads = &self.heads[block * BLOCK..(block + 1) * BLOCK];
            self.blocks[block] = heads.iter().copied().fold(NOBODY, u128::min);
        }
    }

    /// The first contact with a class that an agent is eligible for.
    pub(super) fn first_for(
        &self,
        signature: u32,
        channels: u8,
        eligibility: &Eligibility,
    ) -> Option<(Key, ContactId)> {
        let class = match eligibility.listed(signature) {
            Some((list, range)) => {
                let parts = (0..CHANNELS).filter(|channel| channels >> channel & 1 == 1);
                self.first_of_list(parts.map(|channel| &list[range(channel)]))
            }
            None => self.first_of_many(eligibility.classes_row(signature, channels)),
        };
        self.head(ClassId(class? as u16))
    }

    /// The class with the least head in some lists.
    fn first_of_list<'l>(&self, parts: impl Iterator<Item = &'l [u16]>) -> Option<usize> {
        let (mut best, mut first) = (NOBODY, 0);
        for &class in parts.flatten() {
            let head = self.heads[usize::from(class)];
            (best, first) = if head < best { (head, class) } else { (best, first) };
        }
        (best != NOBODY).then_some(usize::from(first))
    }

    /// The class with the least head among many: blocks whose least head is later are skipped.
    fn first_of_many(&self, (row, of): (&[u64], &[u64])) -> Option<usize> {
        let (mut best, mut first) = (NOBODY, 0);
        for (word, ((row, of), wanted)) in row.iter().zip(of).zip(&self.wanted).enumerate() {
            let mut left = row & of & wanted;
            while left != 0 {
                let bit = left.trailing_zeros() as usize;
                let class = word * 64 + bit;
                if self.blocks[class / BLOCK] < best {
                    let head = self.heads[class];
                    (best, first) = if head < best { (head, class) } else { (best, first) };
                    left &= left - 1;
                } else {
                    // The rest of the block is not before the best either.
                    left &= !(0xFF << (bit / BLOCK * BLOCK));
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

    pub(super) fn insert_preferring(
        &mut self,
        agents: &[AgentId],
        channel: Channel,
        (key, contact): (Key, ContactId),
    ) {
        for agent in each_once(agents) {
            let place = preferring_place(agent, channel);
            if self.preferring.len() <= place {
                self.preferring.resize(place + 1, List::EMPTY);
            }
            self.arena.insert(&mut self.preferring[place], key.0, contact.0, &());
        }
    }

    pub(super) fn remove_preferring(&mut self, agents: &[AgentId], channel: Channel, key: Key) {
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
fn each_once(agents: &[AgentId]) -> impl Iterator<Item = AgentId> {
    let once = |&(at, agent): &(usize, &AgentId)| !agents[..at].contains(agent);
    agents.iter().enumerate().filter(once).map(|(_, &agent)| agent)
}

fn preferring_place(agent: AgentId, channel: Channel) -> usize {
    (agent.0 as usize - 1) * CHANNELS + channel as usize
}

const fn contact((key, contact): (u128, u64)) -> (Key, ContactId) {
    (Key(key), ContactId(contact))
}
