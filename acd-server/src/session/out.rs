//! What waits to be written to one connection: bounded, and never waited for by the core.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::Bytes;

use super::stream::Stream;
use crate::limits::{REPLY_BYTES_WAITING, WRITE_PIECES};

/// The queue between the core, which only appends, and the connection's task, which writes.
#[derive(Debug, Default)]
pub(crate) struct Out(RefCell<Inner>);

#[derive(Debug, Default)]
struct Inner {
    pieces: VecDeque<Piece>,
    /// Bytes of the first piece already written.
    written: usize,
    reply_bytes: usize,
    event_bytes: usize,
    /// Since when the socket has taken nothing; none while nothing waits.
    stalled_since: Option<Instant>,
    /// After what waits, the connection is closed.
    closing: bool,
    waker: Option<Waker>,
}

#[derive(Debug)]
struct Piece {
    bytes: Bytes,
    is_event: bool,
}

impl Out {
    /// Appends the reply to a request.
    pub(crate) fn reply(&self, bytes: Bytes) {
        self.push(Piece { bytes, is_event: false });
    }

    /// Appends something said unasked; returns how many bytes of that kind wait now.
    pub(crate) fn event(&self, bytes: Bytes) -> usize {
        self.push(Piece { bytes, is_event: true });
        self.0.borrow().event_bytes
    }

    fn push(&self, piece: Piece) {
        let mut inner = self.0.borrow_mut();
        if inner.closing {
            return;
        }
        *inner.kind_bytes(piece.is_event) += piece.bytes.len();
        inner.stalled_since.get_or_insert_with(Instant::now);
        inner.pieces.push_back(piece);
        inner.wake();
    }

    /// Closes the connection after what waits and a last word. `at_once` drops what waits, but for
    /// a line begun: a reader too slow for it resumes instead.
    pub(crate) fn close(&self, last: Option<Bytes>, at_once: bool) {
        if at_once {
            let mut inner = self.0.borrow_mut();
            let begun = usize::from(inner.written > 0);
            while inner.pieces.len() > begun {
                let piece = inner.pieces.pop_back().expect("there are more than begun");
                *inner.kind_bytes(piece.is_event) -= piece.bytes.len();
            }
        }
        if let Some(bytes) = last {
            self.event(bytes);
        }
        let mut inner = self.0.borrow_mut();
        inner.closing = true;
        inner.wake();
    }

    /// Whether the connection ends after what waits.
    pub(crate) fn is_closing(&self) -> bool {
        self.0.borrow().closing
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().pieces.is_empty()
    }

    /// Whether so much waits that further requests must.
    pub(crate) fn is_full(&self) -> bool {
        let inner = self.0.borrow();
        inner.reply_bytes > REPLY_BYTES_WAITING
    }

    /// Bytes of events that wait.
    pub(crate) fn event_bytes(&self) -> usize {
        self.0.borrow().event_bytes
    }

    /// Since when the socket has taken nothing of what waits.
    pub(crate) fn stalled_since(&self) -> Option<Instant> {
        self.0.borrow().stalled_since
    }

    /// Whom to wake when something is appended.
    pub(crate) fn register(&self, waker: &Waker) {
        let mut inner = self.0.borrow_mut();
        if !inner.waker.as_ref().is_some_and(|known| known.will_wake(waker)) {
            inner.waker = Some(waker.clone());
        }
    }

    /// Writes what waits. Ready when all is written; pending when the socket takes no more.
    pub(crate) fn poll_write(
        &self,
        stream: &mut Stream,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let mut inner = self.0.borrow_mut();
        while !inner.pieces.is_empty() {
            let mut slices = [IoSlice::new(&[]); WRITE_PIECES];
            let mut count = 0;
            for (slice, piece) in slices.iter_mut().zip(&inner.pieces) {
                let from = if count == 0 { inner.written } else { 0 };
                *slice = IoSlice::new(&piece.bytes[from..]);
                count += 1;
            }
            match stream.poll_write(cx, &slices[..count]) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(bytes)) => inner.took(bytes),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Inner {
    const fn kind_bytes(&mut self, is_event: bool) -> &mut usize {
        if is_event { &mut self.event_bytes } else { &mut self.reply_bytes }
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn took(&mut self, mut bytes: usize) {
        while bytes > 0 {
            let first = self.pieces.front().expect("no more was written than was waiting");
            let rest = first.bytes.len() - self.written;
            if bytes < rest {
                self.written += bytes;
                break;
            }
            bytes -= rest;
            self.written = 0;
            let done = self.pieces.pop_front().expect("it was the front");
            *self.kind_bytes(done.is_event) -= done.bytes.len();
        }
        self.stalled_since = (!self.pieces.is_empty()).then(Instant::now);
    }
}
