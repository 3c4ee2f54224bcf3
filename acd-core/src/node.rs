//! Keys in order, each with a value: the piece of which ordered lists are made.

/// Entries that are moved one by one.
const MOVED_BY_HAND: usize = 4;

/// At most `N` keys in order, each with a value. In a node that holds nodes the value is a child,
/// and the key a bound that no key below the child is under; that of the first child says nothing.
#[derive(Clone, Debug)]
pub(crate) struct Node<const N: usize> {
    keys: [u128; N],
    values: [u64; N],
    /// Entries are those from `start` on: taking the first moves nothing.
    start: u8,
    end: u8,
}

impl<const N: usize> Node<N> {
    pub(crate) const EMPTY: Self = Self { keys: [0; N], values: [0; N], start: 0, end: 0 };

    pub(crate) const fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    pub(crate) const fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    pub(crate) const fn entry(&self, at: usize) -> (u128, u64) {
        debug_assert!(at < self.len(), "an entry in use");
        let at = self.start as usize + at;
        (self.keys[at], self.values[at])
    }

    pub(crate) const fn child(&self, at: usize) -> usize {
        self.entry(at).1 as usize
    }

    pub(crate) fn values(&self) -> &[u64] {
        &self.values[usize::from(self.start)..usize::from(self.end)]
    }

    pub(crate) fn keys(&self) -> &[u128] {
        &self.keys[usize::from(self.start)..usize::from(self.end)]
    }

    /// The first entry whose key is `key` or later.
    pub(crate) fn place(&self, key: u128) -> usize {
        match self.keys() {
            [first, ..] if *first >= key => 0,
            [.., last] if *last < key => self.len(),
            keys => keys.partition_point(|&other| other < key),
        }
    }

    /// The child below which a key is or would be.
    pub(crate) fn child_for(&self, key: u128) -> usize {
        match &self.keys()[1..] {
            [first, ..] if *first > key => 0,
            [.., last] if *last <= key => self.len() - 1,
            bounds => bounds.partition_point(|&bound| bound <= key),
        }
    }

    /// Adds an entry after all others, if there is room behind them; says whether it did.
    pub(crate) fn append(&mut self, key: u128, value: u64) -> bool {
        let end = usize::from(self.end);
        if end == N {
            return false;
        }
        self.keys[end] = key;
        self.values[end] = value;
        self.end += 1;
        true
    }

    /// Adds an entry after all others; there is room somewhere.
    pub(crate) fn push(&mut self, key: u128, value: u64) {
        self.make_room_behind();
        let added = self.append(key, value);
        debug_assert!(added, "there is room");
    }

    /// Takes the first entry out.
    pub(crate) const fn pop_first(&mut self) -> u64 {
        let (_, value) = self.entry(0);
        self.start += 1;
        value
    }

    pub(crate) fn insert(&mut self, at: usize, key: u128, value: u64) {
        self.make_room_behind();
        let (at, end) = (usize::from(self.start) + at, usize::from(self.end));
        self.keys.copy_within(at..end, at + 1);
        self.values.copy_within(at..end, at + 1);
        self.keys[at] = key;
        self.values[at] = value;
        self.end += 1;
    }

    pub(crate) fn remove(&mut self, at: usize) -> u64 {
        if at == 0 {
            return self.pop_first();
        }
        let value = self.entry(at).1;
        if at <= MOVED_BY_HAND {
            // Close to the front, as most are who leave: those before it move up.
            let start = usize::from(self.start);
            for at in (start..start + at).rev() {
                self.keys[at + 1] = self.keys[at];
                self.values[at + 1] = self.values[at];
            }
            self.start += 1;
            return value;
        }
        let (at, end) = (usize::from(self.start) + at, usize::from(self.end));
        self.keys.copy_within(at + 1..end, at);
        self.values.copy_within(at + 1..end, at);
        self.end -= 1;
        value
    }

    /// Takes off the entries from `at` on.
    pub(crate) fn split_off(&mut self, at: usize) -> Self {
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
        if usize::from(self.end) == N {
            let range = usize::from(self.start)..N;
            self.keys.copy_within(range.clone(), 0);
            self.values.copy_within(range, 0);
            self.end -= self.start;
            self.start = 0;
        }
    }
}
