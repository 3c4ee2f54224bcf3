//! The idle side: free agents in the orders of every strategy in use.
//!
//! Two structures with the same answers: groups while signatures are few, trees with masks when
//! they are many. Agents enter the one that suits the number of signatures; when that changes,
//! those in the other move over a few at a time, so that no command pays for all. A search asks
//! both and takes the better.

use alloc::vec::Vec;

use super::Matching;
use super::bits::{BitAt, Block};
use super::classes::{ClassId, NONE};
use super::eligibility::Eligibility;
use super::groups::{GroupId, Groups};
use super::ordered::{Arena, List, Rows};
use super::views::{VIEWS, View};
use crate::agent::Agent;
use crate::definitions::Strategy;
use crate::ids::AgentId;
use crate::limits;

/// Agents who move to the other structure after each command that moved one anyway.
const MOVED_AT_ONCE: usize = 4;

/// Where an agent is listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Nowhere,
    Group,
    Tree,
}

/// What the idle side knows of an agent.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    signature: u32,
    /// The group it was in last.
    group: GroupId,
    /// Channels it has room on.
    channels: u8,
    place: Place,
    /// Whether the signature is that of its skills and site.
    signed: bool,
    /// Whether the signature counts it.
    counted: bool,
}

/// Free agents.
#[derive(Debug)]
pub(super) struct Idle {
    /// By agent.
    known: Vec<Known>,
    /// The orders in use.
    used: Vec<View>,
    groups: Groups,
    trees: Arena,
    tree_of: [List; VIEWS],
    /// Signatures up to which agents enter groups.
    signatures_max: usize,
    in_groups: usize,
    in_trees: usize,
    /// Agents who changed from groups to trees or back.
    moved: u64,
}

/// Bits of a tree's value below the signature, and below the channels.
const SIGNATURE_AT: u32 = 32;
const CHANNELS_AT: u32 = 56;

/// Rows of agents in a tree: bands. A value of the tree is an agent with its signature and
/// channels, so that a row is found without looking at the agent.
struct Bands<'a> {
    eligibility: &'a Eligibility,
}

impl Bands<'_> {
    fn value(agent: AgentId, signature: u32, channels: u8) -> u64 {
        debug_assert!(signature < 1 << (CHANNELS_AT - SIGNATURE_AT), "no more than agents");
        u64::from(agent.0)
            | u64::from(signature) << SIGNATURE_AT
            | u64::from(channels) << CHANNELS_AT
    }

    const fn key(value: u64) -> (u32, u8) {
        let signature = (value >> SIGNATURE_AT) as u32 & ((1 << (CHANNELS_AT - SIGNATURE_AT)) - 1);
        (signature, (value >> CHANNELS_AT) as u8)
    }
}

impl Rows for Bands<'_> {
    fn of(&self, value: u64) -> (&[Block], &[Block]) {
        let (signature, channels) = Self::key(value);
        self.eligibility.bands_row(signature, channels)
    }

    fn has(&self, value: u64, bit: BitAt) -> bool {
        let (signature, channels) = Self::key(value);
        self.eligibility.has_band(signature, channels, bit)
    }

    #[inline]
    fn take_from(&self, bits: &mut Block, value: u64, at: usize, kept: &Block) {
        self.eligibility.take_bands(bits, Self::key(value), at, kept);
    }
}

impl Idle {
    /// Agents enter groups up to so many signatures.
    pub(super) fn new(signatures_max: usize, groups_max: usize) -> Self {
        Self {
            known: Vec::new(),
            used: Vec::new(),
            groups: Groups::new(groups_max),
            trees: Arena::default(),
            tree_of: [List::EMPTY; VIEWS],
            signatures_max,
            in_groups: 0,
            in_trees: 0,
            moved: 0,
        }
    }

    /// Whether an agent is listed.
    pub(super) const fn anyone(&self) -> bool {
        self.in_groups + self.in_trees > 0
    }

    pub(super) fn told(&self) -> Matching {
        let (bytes, divided, joined) = self.groups.told();
        Matching {
            in_groups: self.in_groups,
            in_trees: self.in_trees,
            moved: self.moved,
            divided: divided + self.trees.divided,
            joined: joined + self.trees.joined,
            idle_bytes: bytes + self.trees.bytes() + self.known.len() * size_of::<Known>(),
            ..Matching::default()
        }
    }

    /// Keeps the orders of these strategies only; nobody is listed meanwhile.
    pub(super) fn use_strategies(&mut self, strategies: impl Iterator<Item = Strategy>) {
        debug_assert_eq!(self.in_groups + self.in_trees, 0, "agents are listed by those in use");
        let mut used = [false; VIEWS];
        strategies.for_each(|strategy| used[View::of(strategy) as usize] = true);
        self.used = View::ALL.into_iter().filter(|&view| used[view as usize]).collect();
    }

    /// A class has been added.
    pub(super) fn add_class(&mut self, class: ClassId, eligibility: &Eligibility) {
        self.groups.add_class(class, eligibility);
        self.trees.widen(eligibility.bands());
        let mut learnt = None;
        for band in eligibility.classes.get(class).bands() {
            let block = BitAt::of(band.into()).block;
            if learnt.replace(block) != Some(block) {
                for tree in self.tree_of {
                    self.trees.learn(tree, block, &Bands { eligibility });
                }
            }
        }
    }

    /// A class is over, and so are these bands.
    pub(super) fn remove_bands(&mut self, bands: impl Iterator<Item = u16>) {
        for band in bands {
            self.trees.unlearn(usize::from(band));
        }
    }

    /// An agent's skills or site have changed. It is not listed. Gives the signature it had.
    pub(super) fn change_profile(&mut self, agent: AgentId) -> Option<u32> {
        let known = self.known.get_mut(agent.0 as usize - 1)?;
        debug_assert_eq!(known.place, Place::Nowhere, "who changes is not listed");
        known.signed = false;
        Some(known.signature)
    }

    /// An agent's signature, and the channels it has room on.
    pub(super) fn look_at(&mut self, agent: &Agent, eligibility: &mut Eligibility) -> (u32, u8) {
        let known = self.sign(agent, eligibility);
        known.channels = agent.channels_with_room();
        (known.signature, known.channels)
    }

    /// The signature of an agent's skills and site.
    pub(super) fn signature(&mut self, agent: &Agent, eligibility: &mut Eligibility) -> u32 {
        self.sign(agent, eligibility).signature
    }

    /// What is known of an agent, its signature being that of its skills and site.
    #[inline]
    fn sign(&mut self, agent: &Agent, eligibility: &mut Eligibility) -> &mut Known {
        let at = agent.record.agent.0 as usize - 1;
        if self.known.len() <= at {
            self.known.resize(at + 1, Known::default());
        }
        if !self.known[at].signed {
            let before = self.known[at];
            self.known[at].signature = eligibility.sign(agent);
            self.known[at].signed = true;
            self.known[at].counted = true;
            if before.counted && eligibility.release(before.signature) {
                self.groups.forget(before.signature);
            }
            self.trees.widen(eligibility.bands());
        }
        &mut self.known[at]
    }

    /// The signature of an agent's skills and site, where it is known.
    pub(super) fn signed(&self, agent: AgentId) -> Option<u32> {
        let known = self.known.get(agent.0 as usize - 1)?;
        known.signed.then_some(known.signature)
    }

    /// Signature and channels of an agent looked at, while it is listed.
    pub(super) fn listed(&self, agent: AgentId) -> Option<(u32, u8)> {
        let known = self.known.get(agent.0 as usize - 1)?;
        (known.place != Place::Nowhere).then_some((known.signature, known.channels))
    }

    /// Lists an agent that has been looked at.
    pub(super) fn insert(&mut self, agent: &Agent, eligibility: &Eligibility) {
        let id = agent.record.agent;
        let known = &mut self.known[id.0 as usize - 1];
        debug_assert_eq!(known.place, Place::Nowhere, "an agent is listed once");
        let (signature, channels) = (known.signature, known.channels);
        if channels == 0 {
            return;
        }
        let few = eligibility.signatures() <= self.signatures_max;
        let group = if few && self.groups.is(known.group, signature, channels) {
            Some(known.group)
        } else if few {
            self.groups.find(signature, channels, eligibility)
        } else {
            None
        };
        if let Some(group) = group {
            known.group = group;
            known.place = Place::Group;
            self.in_groups += 1;
            for &view in &self.used {
                self.groups.insert(group, view, view.key(agent), id);
            }
        } else {
            known.place = Place::Tree;
            self.in_trees += 1;
            let value = Bands::value(id, signature, channels);
            for &view in &self.used {
                let tree = &mut self.tree_of[view as usize];
                self.trees.insert(tree, view.key(agent), value, &Bands { eligibility });
            }
        }
    }

    /// Takes an agent out that is as it was listed.
    pub(super) fn remove(&mut self, agent: &Agent, eligibility: &Eligibility) {
        let at = agent.record.agent.0 as usize - 1;
        let known = self.known[at];
        match known.place {
            Place::Nowhere => {}
            Place::Group => {
                self.in_groups -= 1;
                for &view in &self.used {
                    self.groups.remove(known.group, view, view.key(agent));
                }
            }
            Place::Tree => {
                self.in_trees -= 1;
                for &view in &self.used {
                    let tree = &mut self.tree_of[view as usize];
                    let rows = Bands { eligibility };
                    let removed = self.trees.remove(tree, view.key(agent), &rows);
                    debug_assert!(removed.is_some(), "an agent stays as it was listed");
                }
            }
        }
        self.known[at].place = Place::Nowhere;
    }

    /// Moves a few agents to where they would be listed now.
    pub(super) fn move_some(&mut self, agents: &[Option<Agent>], eligibility: &Eligibility) {
        let few = eligibility.signatures() <= self.signatures_max;
        let Some(&view) = self.used.first() else { return };
        for _ in 0..MOVED_AT_ONCE {
            let next = if few {
                let tree = self.tree_of[view as usize];
                self.trees.first(tree).map(|(_, agent)| AgentId(agent as u32))
            } else {
                self.groups.any(view)
            };
            let Some(id) = next else { return };
            let agent = agents[id.0 as usize - 1].as_ref().expect("who is listed is defined");
            let before = self.known[id.0 as usize - 1].place;
            self.remove(agent, eligibility);
            self.insert(agent, eligibility);
            if self.known[id.0 as usize - 1].place == before {
                return;
            }
            self.moved += 1;
        }
    }

    /// Whether some agents are not where they would be listed now.
    pub(super) fn wants_to_move(&self, eligibility: &Eligibility) -> bool {
        let few = eligibility.signatures() <= self.signatures_max;
        if few { self.in_trees > 0 } else { self.in_groups > 0 }
    }

    /// The first agent eligible for a class.
    pub(super) fn first(
        &mut self,
        class: ClassId,
        cursor: Option<AgentId>,
        eligibility: &Eligibility,
    ) -> Option<AgentId> {
        let view = View::of(eligibility.classes.get(class).strategy);
        let from = view.start(cursor);
        let found = self.first_from(class, view, from, eligibility);
        let found = found
            .or_else(|| if from > 0 { self.first_from(class, view, 0, eligibility) } else { None });
        found.map(|(_, agent)| agent)
    }

    fn first_from(
        &mut self,
        class: ClassId,
        view: View,
        from: u128,
        eligibility: &Eligibility,
    ) -> Option<(u128, AgentId)> {
        if self.in_groups == 0 {
            return self.first_of_tree(class, view, from, eligibility);
        }
        let in_group = self.groups.first(class, view, from);
        if self.in_trees == 0 {
            return in_group;
        }
        let in_tree = self.first_of_tree(class, view, from, eligibility);
        in_group.into_iter().chain(in_tree).min()
    }

    fn first_of_tree(
        &mut self,
        class: ClassId,
        view: View,
        from: u128,
        eligibility: &Eligibility,
    ) -> Option<(u128, AgentId)> {
        let rows = Bands { eligibility };
        let tree = self.tree_of[view as usize];
        let class = eligibility.classes.get(class);
        // Where levels do not count all are alike.
        let by_level = class.strategy == Strategy::BestSkill;
        let highest = if by_level { limits::LEVEL_MAX } else { 0 };
        for level in (0..=highest).rev() {
            let band = class.bands[usize::from(level)];
            if band == NONE {
                continue;
            }
            let found = if from > 0 {
                self.trees.first_with_from(tree, from, band.into(), &rows)
            } else {
                self.trees.first_with(tree, band.into(), &rows)
            };
            if let Some((key, agent)) = found {
                let below = if by_level { limits::LEVEL_MAX - level } else { 0 };
                return Some((key | u128::from(below) << 64, AgentId(agent as u32)));
            }
        }
        None
    }
}
