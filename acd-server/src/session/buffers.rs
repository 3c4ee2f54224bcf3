//! Buffers to write from, which the connections of a server share.

use std::cell::RefCell;

use crate::limits::{HEAD_BYTES, SPARE_BUFFERS_MAX};

/// Buffers that no connection uses now: one that has nothing to write holds none.
#[derive(Debug, Default)]
pub(crate) struct Buffers(RefCell<Vec<Vec<u8>>>);

impl Buffers {
    /// An empty buffer, with room where there is one that was used before.
    pub(super) fn take(&self) -> Vec<u8> {
        self.0.borrow_mut().pop().unwrap_or_default()
    }

    /// Keeps a buffer for the next, unless there are enough, or it is larger than most.
    pub(super) fn give(&self, mut buffer: Vec<u8>) {
        let mut kept = self.0.borrow_mut();
        if kept.len() < SPARE_BUFFERS_MAX && buffer.capacity() <= 2 * HEAD_BYTES {
            buffer.clear();
            kept.push(buffer);
        }
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn spare(&self) -> usize {
        self.0.borrow().len()
    }
}
