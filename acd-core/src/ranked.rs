//! A sorted list that knows the rank of every entry: chunks short enough to shift, few enough to
//! count.
//!
//! Most entries come in at the end and leave at the front; both take one step. A chunk that is
//! empty is kept for the next that is needed, so that a steady queue allocates nothing.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// Entries of a chunk before it is split in two.
const CHUNK_MAX: usize = 256;
/// Two neighbours with no more entries than this each become one.
const CHUNK_SMALL: usize = CHUNK_MAX / 4;
/// Empty chunks kept for later.
const SPARE_MAX: usize = 2;

/// A sorted list without duplicates.
#[derive(Debug)]
pub(crate) struct Ranked<T> {
    /// Never an empty chunk; every entry of one is smaller than those of the next.
    chunks: VecDeque<VecDeque<T>>,
    spare: Vec<VecDeque<T>>,
    len: usize,
}

impl<T> Default for Ranked<T> {
    fn default() -> Self {
        Self { chunks: VecDeque::new(), spare: Vec::new(), len: 0 }
    }
}

impl<T: Ord> Ranked<T> {
    /// Puts an entry in its place.
    pub(crate) fn insert(&mut self, entry: T) {
        self.len += 1;
        let last = self.chunks.back_mut();
        if last.as_ref().and_then(|chunk| chunk.back()).is_none_or(|last| *last < entry) {
            if let Some(chunk) = last.filter(|chunk| chunk.len() < CHUNK_MAX) {
                chunk.push_back(entry);
            } else {
                let mut chunk = self.spare.pop().unwrap_or_default();
                chunk.push_back(entry);
                self.chunks.push_back(chunk);
            }
            return;
        }
        let at = self.chunk_of(&entry);
        let chunk = &mut self.chunks[at];
        let place = chunk.binary_search(&entry);
        debug_assert!(place.is_err(), "an entry is listed once");
        chunk.insert(place.unwrap_or_else(|place| place), entry);
        if chunk.len() > CHUNK_MAX {
            let mut upper = self.spare.pop().unwrap_or_default();
            upper.extend(chunk.drain(CHUNK_MAX / 2..));
            self.chunks.insert(at + 1, upper);
        }
    }

    /// Takes an entry out.
    pub(crate) fn remove(&mut self, entry: &T) {
        let at = self.chunk_of(entry);
        let place = self.chunks.get(at).and_then(|chunk| chunk.binary_search(entry).ok());
        debug_assert!(place.is_some(), "the entry is listed");
        let Some(place) = place else { return };
        self.len -= 1;
        self.chunks[at].remove(place);
        if self.chunks[at].is_empty() {
            self.drop_chunk(at);
        } else if at > 0 && self.chunks[at].len() <= CHUNK_SMALL {
            self.join(at);
        }
    }

    /// How many entries are smaller than this one.
    pub(crate) fn rank(&self, entry: &T) -> usize {
        let at = self.chunk_of(entry);
        let before: usize = self.chunks.iter().take(at).map(VecDeque::len).sum();
        let inside = self.chunks.get(at).map_or(0, |chunk| chunk.partition_point(|e| e < entry));
        before + inside
    }

    /// The first entry that is not smaller than this one.
    pub(crate) fn first_from(&self, entry: &T) -> Option<&T> {
        let chunk = self.chunks.get(self.chunk_of(entry))?;
        chunk.get(chunk.partition_point(|other| other < entry))
    }

    /// How many entries there are.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// All entries in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten()
    }

    /// The first chunk whose last entry is not smaller; the number of chunks when there is none.
    fn chunk_of(&self, entry: &T) -> usize {
        let before = |chunk: &VecDeque<T>| chunk.back().is_some_and(|last| last < entry);
        if self.chunks.front().is_none_or(|first| !before(first)) {
            return 0;
        }
        self.chunks.partition_point(before)
    }

    /// Joins a short chunk with the one before it, if that is short too.
    fn join(&mut self, at: usize) {
        if self.chunks[at - 1].len() <= CHUNK_SMALL {
            let mut short = core::mem::take(&mut self.chunks[at]);
            self.chunks[at - 1].append(&mut short);
            self.chunks[at] = short;
            self.drop_chunk(at);
        }
    }

    fn drop_chunk(&mut self, at: usize) {
        let empty = self.chunks.remove(at);
        if self.spare.len() < SPARE_MAX {
            self.spare.extend(empty);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CHUNK_MAX, Ranked};
    use alloc::collections::BTreeSet;
    use alloc::vec::Vec;

    #[test]
    fn stays_sorted_and_knows_ranks_through_splits_joins_and_emptied_chunks() {
        let mut ranked = Ranked::default();
        let mut plain = BTreeSet::new();
        let mut number: u64 = 1;
        for round in 0..6 * CHUNK_MAX as u64 {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // First entries come, then most of them go, so that short chunks are joined.
            let entry = (number >> 50) / (1 + round / (4 * CHUNK_MAX as u64)).min(8);
            if plain.insert(entry) {
                ranked.insert(entry);
            } else {
                plain.remove(&entry);
                ranked.remove(&entry);
            }
            let probe = round % (1 << 14);
            assert_eq!(ranked.rank(&probe), plain.range(..probe).count());
            assert_eq!(ranked.first_from(&probe), plain.range(probe..).next());
        }
        assert!(ranked.iter().eq(plain.iter()));
        assert_eq!(ranked.len(), plain.len());
        for entry in plain.iter().copied().collect::<Vec<_>>() {
            ranked.remove(&entry);
        }
        assert_eq!((ranked.len(), ranked.iter().count()), (0, 0));
    }
}
