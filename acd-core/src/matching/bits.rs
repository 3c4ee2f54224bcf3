//! Tables of bits: rows of one width, which grows by doubling.

use alloc::vec::Vec;

/// Rows of bits.
#[derive(Debug, Default)]
pub(super) struct Bits {
    words: Vec<u64>,
    width: usize,
    rows: usize,
}

impl Bits {
    pub(super) fn row(&self, row: usize) -> &[u64] {
        &self.words[row * self.width..(row + 1) * self.width]
    }

    pub(super) fn has(&self, row: usize, bit: usize) -> bool {
        bit / 64 < self.width && self.words[row * self.width + bit / 64] >> (bit % 64) & 1 == 1
    }

    /// Makes rows of at least so many bits, and at least so many rows.
    pub(super) fn grow(&mut self, rows: usize, bits: usize) {
        let width = bits.div_ceil(64).next_power_of_two();
        if width > self.width {
            let mut words = alloc::vec![0; self.rows * width];
            if self.width > 0 {
                for (to, from) in words.chunks_mut(width).zip(self.words.chunks(self.width)) {
                    to[..self.width].copy_from_slice(from);
                }
            }
            self.words = words;
            self.width = width;
        }
        if rows > self.rows {
            self.rows = rows;
            self.words.resize(rows * self.width, 0);
        }
    }

    pub(super) fn set(&mut self, row: usize, bit: usize, value: bool) {
        let word = &mut self.words[row * self.width + bit / 64];
        *word = *word & !(1 << (bit % 64)) | u64::from(value) << (bit % 64);
    }

    pub(super) fn clear_row(&mut self, row: usize) {
        self.words[row * self.width..(row + 1) * self.width].fill(0);
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
