//! One node of an ordered list: a few keys in order, each with a value or a child.

/// Entries of a node.
pub(super) const FANOUT: usize = 16;

/// Keys in order, each with a value. In a node that holds nodes the value is a child, and the key
/// a bound that no key below the child is under; that of the first child says nothing.
#[derive(Clone, Debug)]
pub(super) struct Node {
    keys: [u128; FANOUT],
    values: [u64; FANOUT],
    len: u8,
}

impl Node {
    pub(super) const EMPTY: Self = Self { keys: [0; FANOUT], values: [0; FANOUT], len: 0 };

    pub(super) const fn len(&self) -> usize {
        self.len as usize
    }

    pub(super) const fn entry(&self, at: usize) -> (u128, u64) {
        debug_assert!(at < self.len as usize, "an entry in use");
        (self.keys[at], self.values[at])
    }

    pub(super) const fn child(&self, at: usize) -> usize {
        self.entry(at).1 as usize
    }

    pub(super) fn values(&self) -> &[u64] {
        &self.values[..self.len()]
    }

    /// The first entry whose key is `key` or later.
    pub(super) fn place(&self, key: u128) -> usize {
        let keys = &self.keys[..self.len()];
        match keys.last() {
            Some(&last) if last < key => keys.len(),
            _ => keys.partition_point(|&other| other < key),
        }
    }

    /// The child below which a key is or would be.
    pub(super) fn child_for(&self, key: u128) -> usize {
        let bounds = &self.keys[1..self.len()];
        match bounds.last() {
            Some(&last) if last <= key => bounds.len(),
            _ => bounds.partition_point(|&bound| bound <= key),
        }
    }

    pub(super) const fn push(&mut self, key: u128, value: u64) {
        self.keys[self.len as usize] = key;
        self.values[self.len as usize] = value;
        self.len += 1;
    }

    pub(super) fn insert(&mut self, at: usize, key: u128, value: u64) {
        let len = self.len();
        self.keys.copy_within(at..len, at + 1);
        self.values.copy_within(at..len, at + 1);
        self.keys[at] = key;
        self.values[at] = value;
        self.len += 1;
    }

    pub(super) fn remove(&mut self, at: usize) -> u64 {
        let (len, value) = (self.len(), self.entry(at).1);
        self.keys.copy_within(at + 1..len, at);
        self.values.copy_within(at + 1..len, at);
        self.len -= 1;
        value
    }

    /// Takes off the entries from `at` on.
    pub(super) fn split_off(&mut self, at: usize) -> Self {
        let mut upper = Self::EMPTY;
        for at in at..self.len() {
            upper.push(self.keys[at], self.values[at]);
        }
        self.len = at as u8;
        upper
    }
}
