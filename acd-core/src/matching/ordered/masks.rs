//! The masks of an arena's nodes: for each at least the union of the rows below it.

use alloc::vec::Vec;

use super::super::bits::{BitAt, Block, blocks_for};
use super::Node;

/// Nodes to look at before looking whether anything is left.
const LOOKED_AT: usize = 3;

/// Where the rows of entries come from. A row is the intersection of two lists of blocks of bits;
/// beyond their ends it has none.
pub(crate) trait Rows {
    /// The two lists of an entry with that value.
    fn of(&self, value: u64) -> (&[Block], &[Block]);

    /// Whether the row of an entry has the bit.
    fn has(&self, value: u64, bit: BitAt) -> bool {
        let (row, kept) = self.of(value);
        let has = |list: &[Block]| list.get(bit.block).is_some_and(|block| block.has(bit));
        has(row) && has(kept)
    }

    /// Takes one block of an entry's row from bits, all of which are in `kept`.
    #[inline]
    fn take_from(&self, bits: &mut Block, value: u64, at: usize, kept: &Block) {
        let (row, also) = self.of(value);
        debug_assert_eq!(bits.and(kept), *bits, "all are kept");
        bits.subtract_common(&row[at], &also[at]);
    }
}

/// No rows: for lists without masks.
impl Rows for () {
    fn of(&self, _value: u64) -> (&[Block], &[Block]) {
        (&[], &[])
    }
}

/// One mask a node, all of the same number of blocks; none at all for lists without masks.
#[derive(Debug, Default)]
pub(super) struct Masks {
    bits: Vec<Block>,
    /// Blocks of a mask.
    width: usize,
}

impl Masks {
    /// Blocks of a mask.
    pub(super) const fn width(&self) -> usize {
        self.width
    }

    /// Bytes of a mask.
    pub(super) const fn bytes(&self) -> usize {
        self.width * size_of::<Block>()
    }

    pub(super) fn has(&self, node: u32, bit: BitAt) -> bool {
        bit.block < self.width && self.bits[node as usize * self.width + bit.block].has(bit)
    }

    pub(super) fn set_block(&mut self, node: u32, at: usize, bits: Block) {
        self.mask_mut(node)[at] = bits;
    }

    /// Takes one bit; beyond the end there is none.
    pub(super) fn take(&mut self, node: u32, bit: BitAt) {
        if let Some(block) = self.mask_mut(node).get_mut(bit.block) {
            block.take(bit);
        }
    }

    pub(super) fn add_node(&mut self) {
        let len = self.bits.len() + self.width;
        self.bits.resize(len, Block::EMPTY);
    }

    pub(super) fn clear(&mut self, node: u32) {
        self.mask_mut(node).fill(Block::EMPTY);
    }

    /// Makes every mask wide enough for so many bits; doubling, so that it happens seldom.
    pub(super) fn widen(&mut self, bits: usize, nodes: usize) {
        if blocks_for(bits) <= self.width {
            return;
        }
        let width = blocks_for(bits).next_power_of_two();
        let mut wider = alloc::vec![Block::EMPTY; nodes * width];
        if self.width > 0 {
            for (to, from) in wider.chunks_mut(width).zip(self.bits.chunks(self.width)) {
                to[..self.width].copy_from_slice(from);
            }
        }
        self.bits = wider;
        self.width = width;
    }

    /// Adds an entry's row to nodes, from below to the root; what one has already, those above
    /// have too.
    pub(super) fn add(
        &mut self,
        nodes: &(impl Iterator<Item = u32> + Clone),
        value: u64,
        rows: &impl Rows,
    ) {
        if self.width == 0 {
            return;
        }
        let (row, kept) = rows.of(value);
        for (at, (row, kept)) in row.iter().zip(kept).enumerate() {
            let mut bits = row.and(kept);
            if bits.is_empty() {
                continue;
            }
            for node in nodes.clone() {
                let mask = &mut self.bits[node as usize * self.width + at];
                bits.subtract(mask);
                if bits.is_empty() {
                    break;
                }
                mask.add(&bits);
            }
        }
    }

    /// Takes the row of an entry that has left from its leaf and the nodes above, except what
    /// those beside it have; from a node where nothing is left to take, on to the next block.
    pub(super) fn subtract<'n>(
        &mut self,
        (number, leaf): (u32, &Node),
        above: &(impl Iterator<Item = (u32, &'n Node)> + Clone),
        value: u64,
        rows: &impl Rows,
    ) {
        if self.width == 0 {
            return;
        }
        let (row, kept) = rows.of(value);
        for (at, (row, kept)) in row.iter().zip(kept).enumerate() {
            let mut bits = row.and(kept);
            if bits.is_empty() {
                continue;
            }
            // Most leavers have a bit that nobody beside them has: nothing is gained by looking
            // whether any is left before all have been looked at.
            for &value in leaf.values() {
                rows.take_from(&mut bits, value, at, kept);
            }
            if bits.is_empty() {
                continue;
            }
            self.take_bits(number, at, &bits);
            for (number, node) in above.clone() {
                // A few nodes beside it have all of it, mostly.
                for children in node.values().chunks(LOOKED_AT) {
                    for &child in children {
                        bits.subtract(&self.bits[child as usize * self.width + at]);
                    }
                    if bits.is_empty() {
                        break;
                    }
                }
                if bits.is_empty() {
                    break;
                }
                self.take_bits(number, at, &bits);
            }
        }
    }

    fn take_bits(&mut self, node: u32, at: usize, bits: &Block) {
        let mask = &mut self.bits[node as usize * self.width + at];
        mask.subtract(bits);
    }

    /// Makes a leaf's mask anew.
    pub(super) fn unite_leaf(&mut self, leaf: u32, node: &Node, rows: &impl Rows) {
        if self.width == 0 {
            return;
        }
        self.clear(leaf);
        for &value in node.values() {
            let (row, kept) = rows.of(value);
            let mask = self.mask_mut(leaf);
            for ((mask, row), kept) in mask.iter_mut().zip(row).zip(kept) {
                mask.add(&row.and(kept));
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
        for at in 0..self.width {
            let bits = self.bits[from as usize * self.width + at];
            let into = &mut self.bits[into as usize * self.width + at];
            into.add(&bits);
        }
    }

    fn mask_mut(&mut self, node: u32) -> &mut [Block] {
        let start = node as usize * self.width;
        &mut self.bits[start..start + self.width]
    }
}
