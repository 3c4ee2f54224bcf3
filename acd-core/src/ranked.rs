//! Sorted lists that know the rank of every entry: chunks short enough to shift, few enough to
//! count.
//!
//! Most entries come in at the end and leave at the front; both take one step. All lists take
//! their chunks from one store and give them back, so that lists which grow and shrink by turns
//! allocate nothing.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::node::Node;

/// Entries of a chunk.
const CHUNK_MAX: usize = 64;
/// Two neighbours with no more entries than this each become one.
const CHUNK_SMALL: usize = CHUNK_MAX / 4;

type Chunk = Node<CHUNK_MAX>;

/// The chunks of many lists.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    list: Vec<Chunk>,
    spare: Vec<u32>,
}

/// A sorted list of keys without duplicates, each with a value. Its chunks are in a store.
#[derive(Debug, Default)]
pub(crate) struct Ranked {
    parts: VecDeque<Part>,
    len: usize,
}

/// A chunk that is not empty, in its list.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// No key of the chunk is later, and all keys of the next chunk are.
    bound: u128,
    chunk: u32,
    len: u32,
}

impl Chunks {
    fn take(&mut self) -> u32 {
        self.spare.pop().unwrap_or_else(|| {
            self.list.push(Chunk::EMPTY);
            // So that giving back never allocates.
            self.spare.reserve(self.list.len());
            self.list.len() as u32 - 1
        })
    }

    fn give_back(&mut self, chunk: u32) {
        self.list[chunk as usize].clear();
        self.spare.push(chunk);
    }
}

impl Ranked {
    /// Puts a key in its place.
    pub(crate) fn insert(&mut self, chunks: &mut Chunks, key: u128, value: u64) {
        self.len += 1;
        let at = match self.parts.back_mut() {
            Some(last) if last.bound < key => {
                let chunk = &mut chunks.list[last.chunk as usize];
                if chunk.append(key, value) {
                    (last.bound, last.len) = (key, last.len + 1);
                    return;
                }
                self.parts.len()
            }
            Some(_) => self.part_of(key),
            None => 0,
        };
        if at == self.parts.len() {
            self.push(chunks, key, value);
        } else {
            self.insert_into(chunks, at, key, value);
        }
    }

    /// Adds a key later than all others, where the last chunk has no room behind them.
    fn push(&mut self, chunks: &mut Chunks, key: u128, value: u64) {
        if let Some(last) = self.parts.back_mut().filter(|last| last.len < CHUNK_MAX as u32 / 2) {
            chunks.list[last.chunk as usize].push(key, value);
            (last.bound, last.len) = (key, last.len + 1);
            return;
        }
        let chunk = chunks.take();
        chunks.list[chunk as usize].push(key, value);
        self.parts.push_back(Part { bound: key, chunk, len: 1 });
    }

    fn insert_into(&mut self, chunks: &mut Chunks, at: usize, key: u128, value: u64) {
        let mut into = at;
        if self.parts[at].len as usize == CHUNK_MAX {
            let right = chunks.take();
            let left = &mut chunks.list[self.parts[at].chunk as usize];
            let upper = left.split_off(CHUNK_MAX / 2);
            let bound = left.entry(left.len() - 1).0;
            let part = Part { chunk: right, len: upper.len() as u32, ..self.parts[at] };
            chunks.list[right as usize] = upper;
            let lower = &mut self.parts[at];
            (lower.bound, lower.len) = (bound, lower.len - part.len);
            self.parts.insert(at + 1, part);
            into += usize::from(key > bound);
        }
        let part = &mut self.parts[into];
        let chunk = &mut chunks.list[part.chunk as usize];
        let place = chunk.place(key);
        debug_assert_ne!(chunk.keys().get(place), Some(&key), "an entry is listed once");
        chunk.insert(place, key, value);
        part.len += 1;
    }

    /// Takes a key out.
    pub(crate) fn remove(&mut self, chunks: &mut Chunks, key: u128) {
        let at = self.part_of(key);
        let Some(part) = self.parts.get_mut(at) else {
            debug_assert!(false, "the entry is listed");
            return;
        };
        let chunk = &mut chunks.list[part.chunk as usize];
        let place = chunk.place(key);
        debug_assert_eq!(chunk.keys().get(place), Some(&key), "the entry is listed");
        chunk.remove(place);
        part.len -= 1;
        self.len -= 1;
        if part.len == 0 {
            chunks.give_back(part.chunk);
            self.parts.remove(at);
        } else if at > 0 && part.len as usize <= CHUNK_SMALL {
            self.join(chunks, at);
        }
    }

    /// How many keys are smaller than this one.
    pub(crate) fn rank(&self, chunks: &Chunks, key: u128) -> usize {
        let at = self.part_of(key);
        let before: usize = self.parts.iter().take(at).map(|part| part.len as usize).sum();
        let part = self.parts.get(at);
        before + part.map_or(0, |part| chunks.list[part.chunk as usize].place(key))
    }

    /// The first entry whose key is not smaller than this one.
    pub(crate) fn first_from(&self, chunks: &Chunks, key: u128) -> Option<(u128, u64)> {
        for part in self.parts.range(self.part_of(key)..) {
            let chunk = &chunks.list[part.chunk as usize];
            let place = chunk.place(key);
            if place < chunk.len() {
                return Some(chunk.entry(place));
            }
        }
        None
    }

    /// How many entries there are.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// All entries in order.
    pub(crate) fn iter<'c>(&'c self, chunks: &'c Chunks) -> impl Iterator<Item = (u128, u64)> + 'c {
        self.parts.iter().flat_map(|part| {
            let chunk = &chunks.list[part.chunk as usize];
            (0..chunk.len()).map(|at| chunk.entry(at))
        })
    }

    /// The first chunk whose keys may be as late as this one; their number when there is none.
    fn part_of(&self, key: u128) -> usize {
        if self.parts.front().is_none_or(|first| first.bound >= key) {
            return 0;
        }
        self.parts.partition_point(|part| part.bound < key)
    }

    /// Joins a short chunk with the one before it, if that is short too.
    fn join(&mut self, chunks: &mut Chunks, at: usize) {
        let (left, right) = (self.parts[at - 1], self.parts[at]);
        if left.len as usize > CHUNK_SMALL {
            return;
        }
        for place in 0..right.len as usize {
            let (key, value) = chunks.list[right.chunk as usize].entry(place);
            chunks.list[left.chunk as usize].push(key, value);
        }
        chunks.give_back(right.chunk);
        self.parts.remove(at);
        let joined = &mut self.parts[at - 1];
        (joined.bound, joined.len) = (right.bound, left.len + right.len);
    }
}

#[cfg(test)]
mod tests {
    use super::{CHUNK_MAX, Chunks, Ranked};
    use alloc::collections::BTreeSet;
    use alloc::vec::Vec;

    #[test]
    fn stays_sorted_and_knows_ranks_through_splits_joins_and_emptied_chunks() {
        let mut chunks = Chunks::default();
        // The other list comes and goes between, so that both take chunks from the store.
        let (mut ranked, mut other) = (Ranked::default(), Ranked::default());
        let mut plain = BTreeSet::new();
        let mut number: u64 = 1;
        for round in 0..24 * CHUNK_MAX as u64 {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // First entries come, then most of them go, so that short chunks are joined.
            let entry = (number >> 50) / (1 + round / (16 * CHUNK_MAX as u64)).min(8);
            if plain.insert(entry) {
                ranked.insert(&mut chunks, entry.into(), entry + 7);
                other.insert(&mut chunks, round.into(), round);
            } else {
                plain.remove(&entry);
                ranked.remove(&mut chunks, entry.into());
                if let Some((first, _)) = other.first_from(&chunks, 0) {
                    other.remove(&mut chunks, first);
                }
            }
            let probe = round % (1 << 14);
            let (rank, next) = (plain.range(..probe).count(), plain.range(probe..).next());
            assert_eq!(ranked.rank(&chunks, probe.into()), rank);
            let next = next.map(|&entry| (entry.into(), entry + 7));
            assert_eq!(ranked.first_from(&chunks, probe.into()), next);
        }
        let entries = plain.iter().map(|&entry| (entry.into(), entry + 7));
        assert!(ranked.iter(&chunks).eq(entries));
        assert_eq!(ranked.len(), plain.len());
        for entry in plain.iter().copied().collect::<Vec<_>>() {
            ranked.remove(&mut chunks, entry.into());
        }
        while let Some((first, _)) = other.first_from(&chunks, 0) {
            other.remove(&mut chunks, first);
        }
        assert_eq!((ranked.len(), ranked.iter(&chunks).count()), (0, 0));
        assert_eq!(chunks.spare.len(), chunks.list.len(), "every chunk is given back");
    }

    #[test]
    fn a_line_that_moves_on_reuses_its_chunks() {
        let (mut chunks, mut ranked) = (Chunks::default(), Ranked::default());
        for key in 0..100 {
            ranked.insert(&mut chunks, key, 0);
        }
        let before = chunks.list.len();
        for key in 100..10_000 {
            ranked.insert(&mut chunks, key, 0);
            ranked.remove(&mut chunks, key - 100);
            assert_eq!(ranked.rank(&chunks, key), 99);
        }
        assert!(chunks.list.len() <= before + 2, "{} chunks", chunks.list.len());
    }
}
