//! Tables of bits: rows of one width, which grows by doubling.
//!
//! A row is made of blocks of one line of the cache, which the processor handles in a few steps.

use alloc::vec::Vec;

/// Words of a block.
const BLOCK_WORDS: usize = 8;
/// Bits of a block.
const BLOCK_BITS: usize = BLOCK_WORDS * 64;

/// 512 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Block(pub(super) [u64; BLOCK_WORDS]);

/// Where in a row a bit is: its block, the word in it, and the bit in that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BitAt {
    pub(super) block: usize,
    word: usize,
    mask: u64,
}

impl BitAt {
    #[inline]
    pub(super) const fn of(bit: usize) -> Self {
        let word = bit / 64 % BLOCK_WORDS;
        Self { block: bit / BLOCK_BITS, word, mask: 1 << (bit % 64) }
    }
}

// Loops over a block's words are unrolled and vectorised where they are inlined, and only there.
#[allow(clippy::inline_always, reason = "a call costs more than the loop")]
impl Block {
    pub(super) const EMPTY: Self = Self([0; BLOCK_WORDS]);

    #[inline(always)]
    pub(super) fn and(&self, other: &Self) -> Self {
        let mut both = *self;
        for (word, other) in both.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
        both
    }

    #[inline(always)]
    pub(super) fn add(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }

    /// Takes away the bits that the other has.
    #[inline(always)]
    pub(super) fn subtract(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= !other;
        }
    }

    /// Takes away the bits that both others have.
    #[inline(always)]
    pub(super) fn subtract_common(&mut self, one: &Self, other: &Self) {
        for (word, (one, other)) in self.0.iter_mut().zip(one.0.iter().zip(&other.0)) {
            *word &= !(one & other);
        }
    }

    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().fold(0, |all, word| all | word) == 0
    }

    #[inline(always)]
    pub(super) const fn has(&self, bit: BitAt) -> bool {
        self.0[bit.word % BLOCK_WORDS] & bit.mask != 0
    }

    pub(super) const fn take(&mut self, bit: BitAt) {
        self.0[bit.word] &= !bit.mask;
    }
}

/// Blocks that so many bits need.
pub(super) const fn blocks_for(bits: usize) -> usize {
    bits.div_ceil(BLOCK_BITS)
}

/// Rows of bits.
#[derive(Debug, Default)]
pub(super) struct Bits {
    blocks: Vec<Block>,
    /// Blocks of a row.
    width: usize,
    rows: usize,
}

impl Bits {
    pub(super) fn row(&self, row: usize) -> &[Block] {
        &self.blocks[row * self.width..(row + 1) * self.width]
    }

    /// A block of a row.
    #[inline]
    pub(super) fn block(&self, row: usize, at: usize) -> &Block {
        debug_assert!(at < self.width, "rows have so many blocks");
        &self.blocks[row * self.width + at]
    }

    pub(super) fn has(&self, row: usize, bit: usize) -> bool {
        let bit = BitAt::of(bit);
        bit.block < self.width && self.blocks[row * self.width + bit.block].has(bit)
    }

    /// Makes rows of at least so many bits, and at least so many rows.
    pub(super) fn grow(&mut self, rows: usize, bits: usize) {
        let width = blocks_for(bits).next_power_of_two();
        if width > self.width {
            let mut blocks = alloc::vec![Block::EMPTY; self.rows * width];
            if self.width > 0 {
                for (to, from) in blocks.chunks_mut(width).zip(self.blocks.chunks(self.width)) {
                    to[..self.width].copy_from_slice(from);
                }
            }
            self.blocks = blocks;
            self.width = width;
        }
        if rows > self.rows {
            self.rows = rows;
            self.blocks.resize(rows * self.width, Block::EMPTY);
        }
    }

    pub(super) fn set(&mut self, row: usize, bit: usize, value: bool) {
        let bit = BitAt::of(bit);
        let word = &mut self.blocks[row * self.width + bit.block].0[bit.word];
        *word = *word & !bit.mask | if value { bit.mask } else { 0 };
    }

    pub(super) fn clear_row(&mut self, row: usize) {
        self.blocks[row * self.width..(row + 1) * self.width].fill(Block::EMPTY);
    }
}

/// The numbers of the bits that are set.
pub(super) fn ones(words: impl Iterator<Item = u64>) -> impl Iterator<Item = usize> {
    words.enumerate().flat_map(|(at, word)| {
        let next = |&word: &u64| Some(word & (word - 1)).filter(|&rest| rest != 0);
        let words = core::iter::successors(Some(word).filter(|&word| word != 0), next);
        words.map(move |word| at * 64 + word.trailing_zeros() as usize)
    })
}
