//! Ordered lists in one arena: trees of small nodes, optionally with masks of what is below.
//!
//! One structure serves every order that matching keeps: the contacts of a class by key, and free
//! agents by the keys of rule 7. Appending and taking the first, the usual case, touch one leaf;
//! everything else costs a logarithm, wherever in the order it happens. Nodes that run empty join
//! their neighbours as entries leave, so that nothing is ever rebuilt, and they are reused, so
//! that a list that has reached its size allocates nothing.
//!
//! With masks every node knows the union of the rows below it: the first entry whose row has a
//! bit is found by going down to the first child that has it. Who leaves one of the first leaves,
//! as most do, leaves its bits behind: those leaves will soon be gone. A search that finds nothing
//! below a bit takes it away.
//!
//! *Invariant:* a mask has all bits of the rows below, and none that the mask above has not. Bits
//! that it has besides were left in what was one of the first leaves, and in the nodes above. A
//! row stays the same while its entry is listed.

mod leave;
mod masks;
#[cfg(test)]
mod tests;

use alloc::vec::Vec;

use super::bits::{BitAt, Block};
use masks::Masks;
pub(crate) use masks::Rows;

/// Entries of a node.
const FANOUT: usize = 16;

type Node = crate::node::Node<FANOUT>;

/// No node.
const NONE: u32 = u32::MAX;
/// More levels than any list has: two neighbours together are more than two thirds full.
const LEVELS_MAX: usize = 12;
/// Two neighbours are joined when both fit one node and leave it some room.
const JOINED_MAX: usize = FANOUT * 3 / 4;

/// One ordered list; its nodes are in an arena.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    root: u32,
    /// The leaves at both ends, for who appends and who takes the first.
    first: u32,
    last: u32,
    /// The first of the nodes that hold leaves.
    front: u32,
    /// Levels above the leaves.
    height: u8,
}

/// The nodes of many lists.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    nodes: Vec<Node>,
    spare: Vec<u32>,
    masks: Masks,
    /// How often nodes were divided and joined.
    pub(super) divided: u64,
    pub(super) joined: u64,
}

/// The way from the root to a leaf: a node, and which of its children or entries.
struct Path {
    steps: [(u32, u8); LEVELS_MAX],
    len: usize,
}

impl Path {
    const fn new() -> Self {
        Self { steps: [(0, 0); LEVELS_MAX], len: 0 }
    }

    const fn push(&mut self, node: u32, at: usize) {
        self.steps[self.len] = (node, at as u8);
        self.len += 1;
    }

    /// Whether it leads to the first of the nodes that hold leaves.
    fn is_near_front(&self) -> bool {
        self.steps[..self.len.saturating_sub(2)].iter().all(|&(_, at)| at == 0)
    }

    /// The first `len` nodes, from below to the root.
    fn up_from(&self, len: usize) -> impl Iterator<Item = u32> + Clone + '_ {
        self.steps[..len].iter().rev().map(|&(node, _)| node)
    }
}

impl List {
    /// A list without entries.
    pub(crate) const EMPTY: Self =
        Self { root: NONE, first: NONE, last: NONE, front: NONE, height: 0 };

    /// Whether there is no entry.
    pub(super) const fn is_empty(self) -> bool {
        self.root == NONE
    }
}

impl Arena {
    /// The first entry.
    pub(crate) fn first(&self, list: List) -> Option<(u128, u64)> {
        if list.is_empty() {
            return None;
        }
        Some(self.nodes[list.first as usize].entry(0))
    }

    /// The first entry whose key is `from` or later.
    pub(crate) fn first_from(&self, list: List, from: u128) -> Option<(u128, u64)> {
        self.search(list, from, |_| true, |_| true)
    }

    /// The first entry whose row has the bit.
    pub(super) fn first_with(
        &mut self,
        list: List,
        bit: usize,
        rows: &impl Rows,
    ) -> Option<(u128, u64)> {
        let bit = BitAt::of(bit);
        if list.is_empty() || !self.masks.has(list.root, bit) {
            return None;
        }
        // Nodes above, each with the child to try next.
        let mut path = Path::new();
        let (mut number, mut at) = (list.root, 0);
        loop {
            let node = &self.nodes[number as usize];
            let left = &node.values()[at..];
            let leaf = path.len == usize::from(list.height);
            let found = if leaf {
                left.iter().position(|&value| rows.has(value, bit))
            } else {
                left.iter().position(|&child| self.masks.has(child as u32, bit))
            };
            match found {
                Some(found) if leaf => return Some(node.entry(found)),
                Some(found) => {
                    path.push(number, at + found + 1);
                    (number, at) = (node.child(at + found) as u32, 0);
                }
                // Nothing below has the bit.
                None => {
                    self.masks.take(number, bit);
                    path.len = path.len.checked_sub(1)?;
                    let (above, next) = path.steps[path.len];
                    (number, at) = (above, next.into());
                }
            }
        }
    }

    /// The first entry from a key on whose row has the bit.
    pub(super) fn first_with_from(
        &self,
        list: List,
        from: u128,
        bit: usize,
        rows: &impl Rows,
    ) -> Option<(u128, u64)> {
        let bit = BitAt::of(bit);
        self.search(list, from, |node| self.masks.has(node, bit), |value| rows.has(value, bit))
    }

    /// The first entry from a key on that will do, below nodes that may hold such a one.
    fn search(
        &self,
        list: List,
        from: u128,
        may: impl Fn(u32) -> bool,
        will: impl Fn(u64) -> bool,
    ) -> Option<(u128, u64)> {
        if list.is_empty() || !may(list.root) {
            return None;
        }
        // Each step is a node and the child or entry to try next.
        let mut path = Path::new();
        path.push(list.root, self.start(list.root, from, list.height));
        while let Some(step) = path.len.checked_sub(1) {
            let (number, at) = path.steps[step];
            let node = &self.nodes[number as usize];
            let level = usize::from(list.height) - step;
            if usize::from(at) == node.len() {
                path.len -= 1;
                continue;
            }
            path.steps[step].1 += 1;
            let (key, value) = node.entry(usize::from(at));
            if level == 0 {
                if key >= from && will(value) {
                    return Some((key, value));
                }
            } else if may(value as u32) {
                let start = self.start(value as u32, from, level as u8 - 1);
                path.push(value as u32, start);
            }
        }
        None
    }

    /// Where in a node to begin to look for keys from `from` on.
    fn start(&self, node: u32, from: u128, level: u8) -> usize {
        let node = &self.nodes[node as usize];
        if level == 0 { node.place(from) } else { node.child_for(from) }
    }

    /// Adds an entry; no entry has its key.
    #[inline]
    pub(crate) fn insert(&mut self, list: &mut List, key: u128, value: u64, rows: &impl Rows) {
        if list.is_empty() {
            let leaf = self.new_node();
            *list = List { root: leaf, first: leaf, last: leaf, ..List::EMPTY };
        }
        if self.masks.width() == 0 {
            let leaf = &mut self.nodes[list.last as usize];
            let rises = leaf.keys().last().is_none_or(|&final_key| final_key < key);
            if rises && leaf.append(key, value) {
                return;
            }
        }
        self.insert_between(list, key, value, rows);
    }

    #[inline(never)]
    fn insert_between(&mut self, list: &mut List, key: u128, value: u64, rows: &impl Rows) {
        let mut path = Path::new();
        let leaf = &mut self.nodes[list.last as usize];
        let rises = leaf.keys().last().is_none_or(|&final_key| final_key < key);
        if rises && leaf.append(key, value) {
            self.path_to_last(*list, &mut path);
            self.masks.add(&path.up_from(path.len), value, rows);
            return;
        }
        self.path_to(*list, key, &mut path);
        let (leaf, at) = path.steps[path.len - 1];
        let Some(right) = self.add(leaf, usize::from(at), key, value) else {
            self.masks.add(&path.up_from(path.len), value, rows);
            return;
        };
        if list.last == leaf {
            list.last = right;
        }
        // Who stays full has lost nothing.
        let emptier = self.nodes[leaf as usize].len() < FANOUT;
        if emptier {
            self.masks.unite_leaf(leaf, &self.nodes[leaf as usize], rows);
        }
        self.masks.unite_leaf(right, &self.nodes[right as usize], rows);
        let whole = self.insert_node(list, &path, right, emptier);
        self.masks.add(&path.up_from(whole), value, rows);
    }

    /// Puts a node beside the one at the end of a path, and divides those above where they are
    /// full. The masks of those are made anew; says how many of the path were not divided.
    fn insert_node(
        &mut self,
        list: &mut List,
        path: &Path,
        mut right: u32,
        mut emptier: bool,
    ) -> usize {
        for step in (0..path.len - 1).rev() {
            let (number, at) = path.steps[step];
            let lowest = self.nodes[right as usize].entry(0).0;
            let Some(divided) = self.add(number, usize::from(at) + 1, lowest, u64::from(right))
            else {
                return step + 1;
            };
            right = divided;
            emptier |= self.nodes[number as usize].len() < FANOUT;
            if emptier {
                self.masks.unite(number, &self.nodes[number as usize]);
            }
            self.masks.unite(right, &self.nodes[right as usize]);
        }
        let root = self.new_node();
        for child in [list.root, right] {
            let lowest = self.nodes[child as usize].entry(0).0;
            self.nodes[root as usize].push(lowest, u64::from(child));
        }
        self.masks.unite(root, &self.nodes[root as usize]);
        if list.height == 0 {
            list.front = root;
        }
        list.root = root;
        list.height += 1;
        debug_assert!(usize::from(list.height) < LEVELS_MAX, "a list is never so high");
        0
    }

    /// Takes an entry out and gives its value; none when no entry has the key.
    #[inline]
    pub(crate) fn remove(&mut self, list: &mut List, key: u128, rows: &impl Rows) -> Option<u64> {
        if list.is_empty() {
            return None;
        }
        let leaf = &mut self.nodes[list.first as usize];
        if leaf.len() > 1 && leaf.entry(0).0 == key {
            return Some(leaf.pop_first());
        }
        self.remove_between(list, key, rows)
    }

    /// The first of the nodes that hold leaves, and the first leaf.
    fn front_of(&self, list: List) -> (u32, u32) {
        let (mut front, mut first) = (NONE, list.root);
        for _ in 0..list.height {
            (front, first) = (first, self.nodes[first as usize].child(0) as u32);
        }
        (front, first)
    }

    /// The last leaf.
    fn last_of(&self, list: List) -> u32 {
        let mut number = list.root;
        for _ in 0..list.height {
            let node = &self.nodes[number as usize];
            number = node.child(node.len() - 1) as u32;
        }
        number
    }

    /// Puts an entry into a node, which is divided if it is full; gives the new right part.
    fn add(&mut self, number: u32, at: usize, key: u128, value: u64) -> Option<u32> {
        if self.nodes[number as usize].len() < FANOUT {
            self.nodes[number as usize].insert(at, key, value);
            return None;
        }
        self.divided += 1;
        let right = self.new_node();
        if at == FANOUT {
            // Who appends will append again: nodes that rise in order stay full.
            self.nodes[right as usize].push(key, value);
            return Some(right);
        }
        let from = FANOUT / 2;
        let upper = self.nodes[number as usize].split_off(from);
        self.nodes[right as usize] = upper;
        let (into, at) = if at > from { (right, at - from) } else { (number, at) };
        self.nodes[into as usize].insert(at, key, value);
        Some(right)
    }

    /// The way to the leaf where a key is or would be.
    fn path_to(&self, list: List, key: u128, path: &mut Path) {
        let mut number = list.root;
        for _ in 0..list.height {
            let node = &self.nodes[number as usize];
            let at = node.child_for(key);
            path.push(number, at);
            number = node.child(at) as u32;
        }
        path.push(number, self.nodes[number as usize].place(key));
    }

    /// The way to the last leaf.
    fn path_to_last(&self, list: List, path: &mut Path) {
        let mut number = list.root;
        for _ in 0..list.height {
            let at = self.nodes[number as usize].len() - 1;
            path.push(number, at);
            number = self.nodes[number as usize].child(at) as u32;
        }
        debug_assert_eq!(number, list.last, "the last leaf is known");
        path.push(number, 0);
    }

    fn new_node(&mut self) -> u32 {
        let number = self.spare.pop().unwrap_or_else(|| {
            self.nodes.push(Node::EMPTY);
            self.masks.add_node();
            // So that freeing never allocates.
            self.spare.reserve(self.nodes.len());
            self.nodes.len() as u32 - 1
        });
        debug_assert_eq!(self.nodes[number as usize].len(), 0, "a spare node is empty");
        number
    }

    fn free(&mut self, number: u32) {
        self.nodes[number as usize].clear();
        self.masks.clear(number);
        self.spare.push(number);
    }

    /// Makes one block of the masks of a list anew: the rows of its entries have changed there.
    pub(super) fn learn(&mut self, list: List, block: usize, rows: &impl Rows) {
        if !list.is_empty() {
            self.learn_below(list.root, list.height, block, rows);
        }
    }

    fn learn_below(&mut self, number: u32, level: u8, block: usize, rows: &impl Rows) -> Block {
        let mut union = Block::EMPTY;
        for at in 0..self.nodes[number as usize].len() {
            let (_, value) = self.nodes[number as usize].entry(at);
            union.add(&if level == 0 {
                let (row, kept) = rows.of(value);
                row[block].and(&kept[block])
            } else {
                self.learn_below(value as u32, level - 1, block, rows)
            });
        }
        self.masks.set_block(number, block, union);
        union
    }

    /// Takes a bit from all masks: no row has it any more.
    pub(super) fn unlearn(&mut self, bit: usize) {
        for node in 0..self.nodes.len() {
            self.masks.take(node as u32, BitAt::of(bit));
        }
    }

    /// Makes masks wide enough for so many bits.
    pub(super) fn widen(&mut self, bits: usize) {
        self.masks.widen(bits, self.nodes.len());
    }

    /// Bytes in use.
    pub(super) fn bytes(&self) -> usize {
        (self.nodes.len() - self.spare.len()) * (size_of::<Node>() + self.masks.bytes())
    }
}
