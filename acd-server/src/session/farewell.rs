//! How long a connection that is closed stays for its last bytes.

use std::time::Instant;

use crate::limits::{FLUSH, FLUSH_HELD};

/// The end of a connection, from when it is closed on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Farewell {
    /// Since when it is closed.
    closed: Option<Instant>,
    /// Since when nothing but its reader keeps the last bytes.
    free: Option<Instant>,
}

impl Farewell {
    /// It is closed; `held`: something of what it says last waits for the disk.
    pub(super) fn closes(&mut self, held: bool, now: Instant) {
        self.closed.get_or_insert(now);
        if !held {
            self.free.get_or_insert(now);
        }
    }

    /// Whether it has begun.
    pub(super) const fn has_begun(&self) -> bool {
        self.closed.is_some()
    }

    /// When the last bytes must be gone.
    pub(super) fn ends(&self) -> Option<Instant> {
        let held = self.closed.map(|since| since + FLUSH_HELD);
        self.free.map(|since| since + FLUSH).or(held)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_reader_has_its_time_from_when_the_disk_is_done() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let mut farewell = Farewell::default();
        assert_eq!((farewell.has_begun(), farewell.ends()), (false, None));
        farewell.closes(true, at(0));
        assert_eq!(farewell.ends(), Some(at(0) + FLUSH_HELD));
        farewell.closes(true, at(9));
        assert_eq!(farewell.ends(), Some(at(0) + FLUSH_HELD), "the disk's time begins once");
        farewell.closes(false, at(10));
        assert_eq!(farewell.ends(), Some(at(10) + FLUSH));
        farewell.closes(false, at(11));
        assert_eq!(farewell.ends(), Some(at(10) + FLUSH), "the reader's too");
    }

    #[test]
    fn without_a_disk_to_wait_for_only_the_reader_counts() {
        let begun = Instant::now();
        let mut farewell = Farewell::default();
        farewell.closes(false, begun);
        assert_eq!((farewell.has_begun(), farewell.ends()), (true, Some(begun + FLUSH)));
    }
}
