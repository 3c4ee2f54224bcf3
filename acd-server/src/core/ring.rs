//! The newest events, kept for `resume` and `since`: bounded by entries and by bytes.

use std::cell::OnceCell;
use std::collections::VecDeque;

use acd_core::OfferId;
use bytes::Bytes;

use super::audience::Audience;

/// One event as it was sent.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The binary frame: small, and the line can be made of it again.
    pub(crate) frame: Bytes,
    /// The frame for those who may not see numbers, where it differs.
    pub(crate) masked: Option<Bytes>,
    /// The line, once somebody has wanted it.
    pub(crate) line: OnceCell<Bytes>,
    /// Whom it concerns.
    pub(crate) audience: Audience,
    /// The offer it makes.
    pub(crate) offer: Option<OfferId>,
}

impl Entry {
    fn bytes(&self) -> usize {
        let length = |bytes: Option<&Bytes>| bytes.map_or(0, Bytes::len);
        let line = length(self.line.get());
        size_of::<Self>() + self.frame.len() + length(self.masked.as_ref()) + line
    }
}

/// The newest events, without a gap.
#[derive(Debug)]
pub(crate) struct Ring {
    entries: VecDeque<Entry>,
    bytes: usize,
    /// Number of the newest event; 0 before the first.
    newest: u64,
    entries_max: usize,
    bytes_max: usize,
}

impl Ring {
    pub(crate) const fn new(entries_max: usize, bytes_max: usize) -> Self {
        Self { entries: VecDeque::new(), bytes: 0, newest: 0, entries_max, bytes_max }
    }

    /// Number of the newest event; 0 before the first.
    pub(crate) const fn newest(&self) -> u64 {
        self.newest
    }

    /// Number of the oldest event still here; one more than the newest when none is.
    pub(crate) fn oldest(&self) -> u64 {
        self.newest + 1 - self.entries.len() as u64
    }

    /// How many of so many new events will not stay, whatever they are.
    pub(crate) const fn overflow(&self, coming: usize) -> usize {
        coming.saturating_sub(self.entries_max)
    }

    /// Leaves out an event that more events will follow than are kept; its number.
    pub(crate) fn pass(&mut self) -> u64 {
        self.entries.clear();
        self.bytes = 0;
        self.newest += 1;
        self.newest
    }

    /// Appends the event after the newest; the oldest go where a maximum is passed.
    pub(crate) fn push(&mut self, entry: Entry) {
        self.newest += 1;
        self.bytes += entry.bytes();
        self.entries.push_back(entry);
        while self.entries.len() > self.entries_max || self.bytes > self.bytes_max {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.bytes();
        }
    }

    /// What is here, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Holds these, of which the last has that number.
    pub(crate) fn take_over(&mut self, newest: u64, entries: Vec<Entry>) {
        self.newest = newest - entries.len() as u64;
        for entry in entries {
            self.push(entry);
        }
    }

    /// The event of that number.
    pub(crate) fn get(&self, seq: u64) -> Option<&Entry> {
        let index = seq.checked_sub(self.oldest())?;
        self.entries.get(usize::try_from(index).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::audience::Subject;
    use super::*;

    fn entry(length: usize) -> Entry {
        let audience = Audience::subscribers(Subject::Config);
        let frame = Bytes::from(vec![b'x'; length]);
        Entry { frame, masked: None, line: OnceCell::new(), audience, offer: None }
    }

    #[test]
    fn the_oldest_go_first_and_numbers_stay() {
        let mut ring = Ring::new(3, 1 << 20);
        assert_eq!((ring.oldest(), ring.newest()), (1, 0));
        for length in 1..=5 {
            ring.push(entry(length));
        }
        assert_eq!((ring.oldest(), ring.newest()), (3, 5));
        assert!(ring.get(2).is_none());
        assert_eq!(ring.get(3).map(|entry| entry.frame.len()), Some(3));
        assert_eq!(ring.get(5).map(|entry| entry.frame.len()), Some(5));
        assert!(ring.get(6).is_none());
    }

    #[test]
    fn bytes_are_bounded_too() {
        let mut ring = Ring::new(1_000, 3 * size_of::<Entry>() + 300);
        for _ in 0..10 {
            ring.push(entry(100));
        }
        assert_eq!((ring.oldest(), ring.newest()), (8, 10));
        ring.push(entry(10_000));
        assert_eq!((ring.oldest(), ring.newest()), (12, 11));
    }
}
