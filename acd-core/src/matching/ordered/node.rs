//! One node of an ordered list: a few keys in order, each with a value or a child.

/// Entries of a node.
pub(super) const FANOUT: usize = 16;

/// Keys in order, each with a value. In a node that holds nodes the value is a child, and the key
/// a bound that no key below the child is under; that of the first child says nothing.
#[derive(Clone, Debug)]
pub(super) struct Node {
    keys: [u128; FANOUT],
    values: [u64; FANOUT],
    /// Entries are those from `start` on: taking the first moves nothing.
    start: u8,
    end: u8,
}

impl Node {
    pub(super) const EMPTY: Self =
        Self { keys: [0; FANOUT], values: [0; FANOUT], start: 0, end: 0 };

    pub(super) const fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    pub(super) const fn entry(&self, at: usize) -> (u128, u64) {
        debug_assert!(at < self.len(), "an entry in use");
        let at = self.start as usize + at;
        (self.keys[at], self.values[at])
    }

    pub(super) const fn child(&self, at: usize) -> usize {
        self.entry(at).1 as usize
    }

    pub(super) fn values(&self) -> &[u64] {
        &self.values[usize::from(self.start)..usize::from(self.end)]
    }

    fn keys(&self) -> &[u128] {
        &self.keys[usize::from(self.start)..usize::from(self.end)]
    }

    /// The first entry whose key is `key` or later.
    pub(super) fn place(&self, key: u128) -> usize {
        let keys = self.keys();
        match keys.last() {
            Some(&last) if last < key => keys.len(),
            _ => keys.partition_point(|&other| other < key),
        }
    }

    /// The child below which a key is or would be.
    pub(super) fn child_for(&self, key: u128) -> usize {
        let bounds = &self.keys()[1..];
        match bounds.last() {
            Some(&last) if last <= key => bounds.len(),
            _ => bounds.partition_point(|&bound| bound <= key),
        }
    }

    /// Adds an entry after all others, if there is room behind them; says whether it did.
    pub(super) fn append(&mut self, key: u128, value: u64) -> bool {
        let end = usize::from(self.end);
        if end == FANOUT {
            return false;
        }
        self.keys[end] = key;
        self.values[end] = value;
        self.end += 1;
        true
    }

    /// Adds an entry after all others; there is room somewhere.
    pub(super) fn push(&mut self, key: u128, value: u64) {
        self.make_room_behind();
        let added = self.append(key, value);
        debug_assert!(added, "there is room");
    }

    /// Takes the first entry out.
    pub(super) const fn pop_first(&mut self) -> u64 {
        let (_, value) = self.entry(0);
        self.start += 1;
        value
    }

    pub(super) fn insert(&mut self, at: usize, key: u128, value: u64) {
        self.make_room_behind();
        let (at, end) = (usize::from(self.start) + at, usize::from(self.end));
        self.keys.copy_within(at..end, at + 1);
        self.values.copy_within(at..end, at + 1);
        self.keys[at] = key;
        self.values[at] = value;
        self.end += 1;
    }

    pub(super) fn remove(&mut self, at: usize) -> u64 {
        if at == 0 {
            return self.pop_first();
        }
        let value = self.entry(at).1;
        let (at, end) = (usize::from(self.start) + at, usize::from(self.end));
        self.keys.copy_within(at + 1..end, at);
        self.values.copy_within(at + 1..end, at);
        self.end -= 1;
        value
    }

    /// Takes off the entries from `at` on.
    pub(super) fn split_off(&mut self, at: usize) -> Self {
        let mut upper = Self::EMPTY;
        for at in at..self.len() {
            let (key, value) = self.entry(at);
            upper.push(key, value);
        }
        self.end = self.start + at as u8;
        upper
    }

    /// Moves the entries to the front if they reach the end.
    fn make_room_behind(&mut self) {
        if usize::from(self.end) == FANOUT {
            let range = usize::from(self.start)..FANOUT;
            self.keys.copy_within(range.clone(), 0);
            self.values.copy_within(range, 0);
            self.end -= self.start;
            self.start = 0;
        }
    }
}
