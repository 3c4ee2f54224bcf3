//! Free agents by signature and channels: the fast way while signatures are few.
//!
//! Agents of one signature who have room on the same channels are a *group*: a contact's class
//! suits all of it or none, at one level. A group is a list for each order in use; the first keys
//! of all groups lie side by side, and a class knows which groups suit it.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::bits::ones;
use super::classes::ClassId;
use super::eligibility::Eligibility;
use super::ordered::{Arena, List};
use super::views::{VIEWS, View};
use crate::definitions::Strategy;
use crate::ids::AgentId;
use crate::limits;

/// Groups at one time; agents beyond go to the tree.
pub(super) const GROUPS_MAX: usize = 512;
const WORDS: usize = GROUPS_MAX / 64;
/// The key of a group without agents.
const NOBODY: u128 = u128::MAX;

/// A group's number.
pub(super) type GroupId = u16;

#[derive(Debug)]
struct Group {
    signature: u32,
    channels: u8,
    lists: [List; VIEWS],
}

/// What a class knows of the groups.
#[derive(Clone, Debug)]
struct Column {
    suits: [u64; WORDS],
    /// By group: how many levels below the highest; empty where levels do not count.
    below: Vec<u8>,
}

/// Free agents by group.
#[derive(Debug)]
pub(super) struct Groups {
    arena: Arena,
    list: Vec<Option<Group>>,
    index: BTreeMap<(u32, u8), GroupId>,
    maximum: usize,
    /// By order and group: the first key.
    heads: [Vec<u128>; VIEWS],
    /// Groups with agents.
    filled: [u64; WORDS],
    /// By class.
    columns: Vec<Column>,
}

impl Groups {
    pub(super) fn new(maximum: usize) -> Self {
        Self {
            arena: Arena::default(),
            list: Vec::new(),
            index: BTreeMap::new(),
            maximum: maximum.min(GROUPS_MAX),
            heads: Default::default(),
            filled: [0; WORDS],
            columns: Vec::new(),
        }
    }

    /// Whether a group is that of a signature and channels.
    pub(super) fn is(&self, id: GroupId, signature: u32, channels: u8) -> bool {
        let group = self.list.get(usize::from(id)).and_then(Option::as_ref);
        group.is_some_and(|group| group.signature == signature && group.channels == channels)
    }

    /// The group of a signature and channels; none when there are too many.
    pub(super) fn find(
        &mut self,
        signature: u32,
        channels: u8,
        eligibility: &Eligibility,
    ) -> Option<GroupId> {
        if let Some(&id) = self.index.get(&(signature, channels)) {
            return Some(id);
        }
        if self.index.len() >= self.maximum {
            return None;
        }
        let spare = self.list.iter().position(Option::is_none);
        let id = spare.unwrap_or_else(|| {
            self.list.push(None);
            self.heads.iter_mut().for_each(|heads| heads.push(NOBODY));
            self.list.len() - 1
        });
        self.list[id] = Some(Group { signature, channels, lists: [List::EMPTY; VIEWS] });
        self.index.insert((signature, channels), id as GroupId);
        for class in 0..self.columns.len() {
            self.relate(id, ClassId(class as u16), eligibility);
        }
        Some(id as GroupId)
    }

    /// Works out what a new class knows of the groups.
    pub(super) fn add_class(&mut self, class: ClassId, eligibility: &Eligibility) {
        let none = Column { suits: [0; WORDS], below: Vec::new() };
        self.columns.resize(self.columns.len().max(class.at() + 1), none.clone());
        self.columns[class.at()] = none;
        for id in 0..self.list.len() {
            self.relate(id, class, eligibility);
        }
    }

    fn relate(&mut self, id: usize, class: ClassId, eligibility: &Eligibility) {
        let (Some(group), Some(found)) = (&self.list[id], eligibility.classes.in_use(class)) else {
            return;
        };
        let column = &mut self.columns[class.at()];
        let room = group.channels >> found.channel as usize & 1 == 1;
        column.suits[id / 64] &= !(1 << (id % 64));
        let Some(level) = eligibility.level(group.signature, class).filter(|_| room) else {
            return;
        };
        column.suits[id / 64] |= 1 << (id % 64);
        if found.strategy == Strategy::BestSkill {
            column.below.resize(column.below.len().max(id + 1), 0);
            column.below[id] = limits::LEVEL_MAX - level;
        }
    }

    /// Forgets the groups of a signature that nobody has any more.
    pub(super) fn forget(&mut self, signature: u32) {
        while let Some((&of, &id)) = self.index.range((signature, 0)..=(signature, u8::MAX)).next()
        {
            let at = usize::from(id);
            debug_assert_eq!(self.filled[at / 64] >> (at % 64) & 1, 0, "nobody is in it");
            self.index.remove(&of);
            self.list[at] = None;
        }
    }

    pub(super) fn insert(&mut self, id: GroupId, view: View, key: u128, agent: AgentId) {
        let at = usize::from(id);
        let group = self.list[at].as_mut().expect("agents are in groups in use");
        self.arena.insert(&mut group.lists[view as usize], key, agent.0.into(), &());
        let head = &mut self.heads[view as usize][at];
        *head = key.min(*head);
        self.filled[at / 64] |= 1 << (at % 64);
    }

    pub(super) fn remove(&mut self, id: GroupId, view: View, key: u128) {
        let at = usize::from(id);
        let group = self.list[at].as_mut().expect("agents are in groups in use");
        let list = &mut group.lists[view as usize];
        let removed = self.arena.remove(list, key, &());
        debug_assert!(removed.is_some(), "an agent stays as it was listed");
        let head = &mut self.heads[view as usize][at];
        if *head == key {
            *head = self.arena.first(*list).map_or(NOBODY, |(key, _)| key);
            if list.is_empty() {
                self.filled[at / 64] &= !(1 << (at % 64));
            }
        }
    }

    /// An agent of some group, if there is any.
    pub(super) fn any(&self, view: View) -> Option<AgentId> {
        let id = ones(self.filled.iter().copied()).next()?;
        let group = self.list[id].as_ref().expect("who is free is in a group in use");
        let (_, agent) = self.arena.first(group.lists[view as usize])?;
        Some(AgentId(agent as u32))
    }

    /// The first agent eligible for a class, and its key: the level, where it counts, above the
    /// order's own.
    pub(super) fn first(&self, class: ClassId, view: View, from: u128) -> Option<(u128, AgentId)> {
        let column = &self.columns[class.at()];
        let suits = || column.suits.iter().zip(&self.filled).map(|(suits, filled)| suits & filled);
        if from > 0 {
            return ones(suits()).filter_map(|id| self.next(id, view, from)).min();
        }
        let heads = &self.heads[view as usize][..];
        let below = &column.below[..];
        let (mut best, mut first) = (NOBODY, 0);
        for (word, mut left) in suits().enumerate() {
            while left != 0 {
                let id = word * 64 + left.trailing_zeros() as usize;
                left &= left - 1;
                // Empty where levels do not count.
                let below = below.get(id).copied().unwrap_or_default();
                let key = heads[id] | u128::from(below) << 64;
                (best, first) = if key < best { (key, id) } else { (best, first) };
            }
        }
        if best == NOBODY {
            return None;
        }
        Some((best, self.next(first, view, 0)?.1))
    }

    fn next(&self, id: usize, view: View, from: u128) -> Option<(u128, AgentId)> {
        let group = self.list[id].as_ref().expect("a group that suits is in use");
        let list = group.lists[view as usize];
        let found =
            if from > 0 { self.arena.first_from(list, from) } else { self.arena.first(list) };
        found.map(|(key, agent)| (key, AgentId(agent as u32)))
    }

    /// Bytes in use, nodes divided, nodes joined.
    pub(super) fn told(&self) -> (usize, u64, u64) {
        let groups = self.list.len() * (size_of::<Option<Group>>() + VIEWS * size_of::<u128>());
        (self.arena.bytes() + groups, self.arena.divided, self.arena.joined)
    }
}
