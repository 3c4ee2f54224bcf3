//! A sorted list that knows the rank of every entry: chunks short enough to shift, few enough to
//! count.

use alloc::vec::Vec;

/// Entries of a chunk before it is split in two.
const CHUNK_MAX: usize = 512;

/// A sorted list without duplicates.
#[derive(Debug)]
pub(crate) struct Ranked<T> {
    /// Never an empty chunk; every entry of one is smaller than those of the next.
    chunks: Vec<Vec<T>>,
    len: usize,
}

impl<T> Default for Ranked<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }
}

impl<T: Ord> Ranked<T> {
    /// Puts an entry in its place.
    pub(crate) fn insert(&mut self, entry: T) {
        let at = self.chunk_of(&entry).min(self.chunks.len().saturating_sub(1));
        self.len += 1;
        let Some(chunk) = self.chunks.get_mut(at) else {
            self.chunks.push(alloc::vec![entry]);
            return;
        };
        let place = chunk.binary_search(&entry);
        debug_assert!(place.is_err(), "an entry is listed once");
        chunk.insert(place.unwrap_or_else(|place| place), entry);
        if chunk.len() > CHUNK_MAX {
            let upper = chunk.split_off(CHUNK_MAX / 2);
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
            self.chunks.remove(at);
        }
    }

    /// How many entries are smaller than this one.
    pub(crate) fn rank(&self, entry: &T) -> usize {
        let at = self.chunk_of(entry);
        let before: usize = self.chunks[..at].iter().map(Vec::len).sum();
        let inside = self.chunks.get(at).map_or(0, |chunk| chunk.partition_point(|e| e < entry));
        before + inside
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
        self.chunks.partition_point(|chunk| chunk.last().is_some_and(|last| last < entry))
    }
}

#[cfg(test)]
mod tests {
    use super::{CHUNK_MAX, Ranked};
    use alloc::collections::BTreeSet;
    use alloc::vec::Vec;

    #[test]
    fn stays_sorted_and_knows_ranks_through_splits_and_emptied_chunks() {
        let mut ranked = Ranked::default();
        let mut plain = BTreeSet::new();
        let mut number: u64 = 1;
        for round in 0..6 * CHUNK_MAX as u64 {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let entry = number >> 50;
            if plain.insert(entry) {
                ranked.insert(entry);
            } else {
                plain.remove(&entry);
                ranked.remove(&entry);
            }
            let probe = round % (1 << 14);
            assert_eq!(ranked.rank(&probe), plain.range(..probe).count());
        }
        assert!(ranked.iter().eq(plain.iter()));
        assert_eq!(ranked.len(), plain.len());
        for entry in plain.iter().copied().collect::<Vec<_>>() {
            ranked.remove(&entry);
        }
        assert_eq!((ranked.len(), ranked.iter().count()), (0, 0));
    }
}
