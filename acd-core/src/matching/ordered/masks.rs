//! The masks of an arena's nodes: for each the union of the rows below it.

use alloc::vec::Vec;

use super::node::{FANOUT, Node};

/// Where the rows of entries come from. A row is the intersection of two lists of words; beyond
/// their ends it has no bits.
pub(in crate::matching) trait Rows {
    /// The two lists of an entry with that value.
    fn of(&self, value: u64) -> (&[u64], &[u64]);

    /// Whether the row of an entry has the bit.
    fn has(&self, value: u64, bit: usize) -> bool {
        let (row, kept) = self.of(value);
        let word = |list: &[u64]| list.get(bit / 64).copied().unwrap_or(0);
        (word(row) & word(kept)) >> (bit % 64) & 1 == 1
    }
}

/// No rows: for lists without masks.
impl Rows for () {
    fn of(&self, _value: u64) -> (&[u64], &[u64]) {
        (&[], &[])
    }
}

/// One mask a node, all of the same number of words; none at all for lists without masks.
#[derive(Debug, Default)]
pub(super) struct Masks {
    bits: Vec<u64>,
    words: usize,
    /// Bits under way from a leaf towards the root: words that have any, with their places.
    carried: Vec<(usize, u64)>,
}

impl Masks {
    pub(super) const fn words(&self) -> usize {
        self.words
    }

    pub(super) fn has(&self, node: u32, bit: usize) -> bool {
        bit / 64 < self.words
            && self.bits[node as usize * self.words + bit / 64] >> (bit % 64) & 1 == 1
    }

    pub(super) fn set_word(&mut self, node: u32, word: usize, bits: u64) {
        self.mask_mut(node)[word] = bits;
    }

    /// Takes one bit; beyond the end there is none.
    pub(super) fn take(&mut self, node: u32, bit: usize) {
        if let Some(word) = self.mask_mut(node).get_mut(bit / 64) {
            *word &= !(1 << (bit % 64));
        }
    }

    pub(super) fn add_node(&mut self) {
        let len = self.bits.len() + self.words;
        self.bits.resize(len, 0);
    }

    pub(super) fn clear(&mut self, node: u32) {
        self.mask_mut(node).fill(0);
    }

    /// Makes every mask at least so many words wide; doubling, so that it happens seldom.
    pub(super) fn widen(&mut self, words: usize, nodes: usize) {
        if words <= self.words {
            return;
        }
        let words = words.next_power_of_two().max(4);
        let mut bits = alloc::vec![0; nodes * words];
        if self.words > 0 {
            for (to, from) in bits.chunks_mut(words).zip(self.bits.chunks(self.words)) {
                to[..self.words].copy_from_slice(from);
            }
        }
        self.bits = bits;
        self.words = words;
        self.carried.reserve(words);
    }

    /// Takes an entry's row under way.
    pub(super) fn carry(&mut self, value: u64, rows: &impl Rows) {
        if self.words > 0 {
            self.carried.clear();
            let (row, kept) = rows.of(value);
            let words = row.iter().zip(kept).map(|(row, kept)| row & kept).enumerate();
            self.carried.extend(words.filter(|&(_, word)| word != 0));
        }
    }

    /// Adds the bits under way to a node; what it has already goes no further. Says whether
    /// anything does.
    pub(super) fn add_carried(&mut self, node: u32) -> bool {
        let start = node as usize * self.words;
        let mask = &mut self.bits[start..start + self.words];
        keep(&mut self.carried, |at, bits| {
            let new = bits & !mask[at];
            mask[at] |= new;
            new
        })
    }

    /// Takes the bits under way from a leaf, except those of the entries it still has.
    pub(super) fn subtract_leaf(&mut self, leaf: u32, node: &Node, rows: &impl Rows) {
        if self.words == 0 {
            return;
        }
        let mut others = [(&[][..], &[][..]); FANOUT];
        for (other, &value) in others.iter_mut().zip(node.values()) {
            *other = rows.of(value);
        }
        let others = &others[..node.len()];
        let left = keep(&mut self.carried, |at, mut bits| {
            for (row, kept) in others {
                bits &= !(row[at] & kept[at]);
                if bits == 0 {
                    break;
                }
            }
            bits
        });
        if left {
            self.take_carried(leaf);
        }
    }

    /// Takes the bits under way from a node, except those its children have. Says whether any
    /// are left.
    pub(super) fn subtract(&mut self, number: u32, node: &Node) -> bool {
        let masks = &self.bits;
        let left = keep(&mut self.carried, |at, mut bits| {
            for &child in node.values() {
                bits &= !masks[child as usize * self.words + at];
                if bits == 0 {
                    break;
                }
            }
            bits
        });
        if left {
            self.take_carried(number);
        }
        left
    }

    fn take_carried(&mut self, node: u32) {
        let start = node as usize * self.words;
        let mask = &mut self.bits[start..start + self.words];
        for &(at, bits) in &self.carried {
            mask[at] &= !bits;
        }
    }

    /// Makes a leaf's mask anew.
    pub(super) fn unite_leaf(&mut self, leaf: u32, node: &Node, rows: &impl Rows) {
        if self.words == 0 {
            return;
        }
        self.clear(leaf);
        for &value in node.values() {
            let (row, kept) = rows.of(value);
            let mask = self.mask_mut(leaf);
            for ((mask, row), kept) in mask.iter_mut().zip(row).zip(kept) {
                *mask |= row & kept;
            }
        }
    }

    /// Makes the mask of a node that holds nodes anew.
    pub(super) fn unite(&mut self, number: u32, node: &Node) {
        self.clear(number);
        for &child in node.values() {
            self.join(number, child as u32);
        }
    }

    /// Adds a node's bits to another's.
    pub(super) fn join(&mut self, into: u32, from: u32) {
        for word in 0..self.words {
            let bits = self.bits[from as usize * self.words + word];
            self.bits[into as usize * self.words + word] |= bits;
        }
    }

    fn mask_mut(&mut self, node: u32) -> &mut [u64] {
        let start = node as usize * self.words;
        &mut self.bits[start..start + self.words]
    }
}

/// Keeps of the bits under way what is left of each word; says whether anything is.
fn keep(carried: &mut Vec<(usize, u64)>, mut left: impl FnMut(usize, u64) -> u64) -> bool {
    let mut kept = 0;
    for at in 0..carried.len() {
        let (word, bits) = carried[at];
        carried[kept] = (word, left(word, bits));
        kept += usize::from(carried[kept].1 != 0);
    }
    carried.truncate(kept);
    kept > 0
}
