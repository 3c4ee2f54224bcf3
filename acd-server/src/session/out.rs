//! What waits to be written to one connection: bounded, and never waited for by the core.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use acd_proto::bin1;
use bytes::Bytes;

use super::stream::Stream;
use crate::limits::{REPLY_BYTES_WAITING, WRITE_PIECES};

/// The queue between the core, which only appends, and the connection's task, which writes.
#[derive(Debug, Default)]
pub(crate) struct Out(RefCell<Inner>);

#[derive(Debug, Default)]
struct Inner {
    pieces: VecDeque<Piece>,
    /// What comes after them and may not leave yet, by the record that must be durable first.
    held: VecDeque<(u64, Piece)>,
    /// Bytes of the first piece already written.
    written: usize,
    reply_bytes: usize,
    held_reply_bytes: usize,
    event_bytes: usize,
    /// Since when the socket has taken nothing; none while nothing waits.
    stalled_since: Option<Instant>,
    /// Whether what is said unasked goes in binary frames.
    binary: bool,
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
        self.reply_after(bytes, None);
    }

    /// Appends a reply that waits until a record of the log is durable.
    pub(crate) fn reply_after(&self, bytes: Bytes, gate: Option<u64>) {
        self.push(Piece { bytes, is_event: false }, gate);
    }

    /// Appends something said unasked that waits until a record of the log is durable; returns how
    /// many bytes of that kind wait for the reader now, which cannot help a slow disk.
    pub(crate) fn event_after(&self, bytes: Bytes, gate: Option<u64>) -> usize {
        self.push(Piece { bytes, is_event: true }, gate);
        self.0.borrow().event_bytes
    }

    /// Appends a line that is no event's; returns as [`event_after`](Self::event_after) does.
    pub(crate) fn notice_after(&self, line: Bytes, gate: Option<u64>) -> usize {
        if !self.is_binary() {
            return self.event_after(line, gate);
        }
        let mut frame = Vec::new();
        bin1::notice(&mut frame, &line);
        self.event_after(frame.into(), gate)
    }

    /// Whether what is said unasked goes in binary frames.
    pub(crate) fn is_binary(&self) -> bool {
        self.0.borrow().binary
    }

    /// From now on what is said unasked goes in binary frames, or in lines.
    pub(crate) fn set_binary(&self, binary: bool) {
        self.0.borrow_mut().binary = binary;
    }

    fn push(&self, piece: Piece, gate: Option<u64>) {
        let mut inner = self.0.borrow_mut();
        if inner.closing {
            return;
        }
        // Behind what is held everything is: lines keep their order.
        let gate = gate.or_else(|| inner.held.back().map(|(last, _)| *last));
        if let Some(gate) = gate {
            inner.held_reply_bytes += if piece.is_event { 0 } else { piece.bytes.len() };
            inner.held.push_back((gate, piece));
        } else {
            inner.let_go(piece);
            inner.wake();
        }
    }

    /// Lets go of what waited for the records up to this one.
    pub(crate) fn release(&self, durable: u64) {
        let mut inner = self.0.borrow_mut();
        while inner.held.front().is_some_and(|(gate, _)| *gate <= durable) {
            let (_, piece) = inner.held.pop_front().expect("it is the front");
            inner.held_reply_bytes -= if piece.is_event { 0 } else { piece.bytes.len() };
            inner.let_go(piece);
        }
        inner.wake();
    }

    /// Closes the connection after what waits and a last word. `at_once` drops what waits, but for
    /// a line begun: a reader too slow for it resumes instead.
    pub(crate) fn close(&self, last: Option<Bytes>, at_once: bool) {
        if at_once {
            let mut inner = self.0.borrow_mut();
            inner.held.clear();
            inner.held_reply_bytes = 0;
            let begun = usize::from(inner.written > 0);
            while inner.pieces.len() > begun {
                let piece = inner.pieces.pop_back().expect("there are more than begun");
                *inner.kind_bytes(piece.is_event) -= piece.bytes.len();
            }
        }
        if let Some(bytes) = last {
            self.notice_after(bytes, None);
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
        let inner = self.0.borrow();
        inner.pieces.is_empty() && inner.held.is_empty()
    }

    /// Whether so much waits that further requests must.
    pub(crate) fn is_full(&self) -> bool {
        let inner = self.0.borrow();
        inner.reply_bytes + inner.held_reply_bytes > REPLY_BYTES_WAITING
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

    /// The next line that may leave, for who reads without a socket.
    #[cfg(test)]
    pub(crate) fn take(&self) -> Option<Bytes> {
        let mut inner = self.0.borrow_mut();
        let rest = inner.pieces.front()?.bytes.clone();
        inner.took(rest.len());
        Some(rest)
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

    /// Puts a piece where the connection's task writes from.
    fn let_go(&mut self, piece: Piece) {
        *self.kind_bytes(piece.is_event) += piece.bytes.len();
        self.stalled_since.get_or_insert_with(Instant::now);
        self.pieces.push_back(piece);
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
