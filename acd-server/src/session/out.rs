//! What waits to be written to one connection: bounded, and never waited for by the core.
//!
//! Messages lie one after another in a buffer that is used again once it is written, so that in
//! steady state nothing is allocated and one turn is one write. Behind [`HEAD_BYTES`] they wait as
//! pieces that slow connections share. Which of them may leave is a position in the stream: the
//! log's watermark moves it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use acd_proto::bin1;
use bytes::Bytes;

use super::buffers::Buffers;
use super::stream::Stream;
use crate::limits::{HEAD_BYTES, REPLY_BYTES_WAITING, WRITE_PIECES};

/// The queue between the core, which only appends, and the connection's task, which writes.
#[derive(Debug, Default)]
pub(crate) struct Out {
    inner: RefCell<Inner>,
    buffers: Rc<Buffers>,
}

#[derive(Debug, Default)]
struct Inner {
    /// The first messages, as far as they are not gone.
    head: Vec<u8>,
    /// Bytes of the head that are gone.
    head_gone: usize,
    /// What waits behind the head.
    tail: VecDeque<Bytes>,
    /// Bytes of the first piece of the tail that are gone.
    tail_gone: usize,
    /// Every message of head and tail, in order.
    messages: VecDeque<Message>,
    /// Bytes of the first message that are gone.
    begun: usize,
    /// Bytes that may leave now.
    free: usize,
    /// What follows them and may not leave yet, by the record that must be durable first.
    held: VecDeque<Held>,
    /// Of what may leave, and of what may not.
    reply_bytes: usize,
    held_reply_bytes: usize,
    /// Of what may leave.
    event_bytes: usize,
    /// Since when the socket has taken nothing of what may leave.
    stalled_since: Option<Instant>,
    /// Whether what is said unasked goes in binary frames.
    binary: bool,
    /// After what waits, the connection is closed.
    closing: bool,
    /// Whom to wake, and whether it sleeps.
    waker: Option<Waker>,
    asleep: bool,
}

/// One message that waits.
#[derive(Clone, Copy, Debug)]
struct Message {
    length: usize,
    is_event: bool,
}

/// Messages that wait for one record.
#[derive(Clone, Copy, Debug)]
struct Held {
    gate: u64,
    replies: usize,
    events: usize,
}

impl Out {
    /// An empty queue that shares its buffers with others.
    pub(crate) fn with_buffers(buffers: &Rc<Buffers>) -> Self {
        Self { inner: RefCell::default(), buffers: Rc::clone(buffers) }
    }

    /// Appends a reply that `write` writes, and that waits until a record of the log is durable.
    pub(crate) fn reply_after(&self, gate: Option<u64>, write: impl FnOnce(&mut Vec<u8>)) {
        let mut inner = self.inner.borrow_mut();
        if inner.closing {
            return;
        }
        let length = if inner.takes_into_head(&self.buffers) {
            let before = inner.head.len();
            write(&mut inner.head);
            inner.head.len() - before
        } else {
            let mut bytes = Vec::new();
            write(&mut bytes);
            let length = bytes.len();
            inner.tail.push_back(bytes.into());
            length
        };
        inner.waits(Message { length, is_event: false }, gate);
    }

    /// Appends a reply that may leave at once.
    pub(crate) fn reply(&self, write: impl FnOnce(&mut Vec<u8>)) {
        self.reply_after(None, write);
    }

    /// Appends something said unasked that waits until a record of the log is durable; returns how
    /// many bytes of that kind wait for the reader now, which cannot help a slow disk.
    ///
    /// `shared` is what other connections wait for that are as far behind.
    pub(crate) fn event_after(
        &self,
        bytes: &[u8],
        shared: &mut Option<Bytes>,
        gate: Option<u64>,
    ) -> usize {
        let mut inner = self.inner.borrow_mut();
        if inner.closing {
            return inner.event_bytes;
        }
        if inner.takes_into_head(&self.buffers) {
            inner.head.extend_from_slice(bytes);
        } else {
            let piece = shared.get_or_insert_with(|| Bytes::copy_from_slice(bytes));
            inner.tail.push_back(piece.clone());
        }
        inner.waits(Message { length: bytes.len(), is_event: true }, gate);
        inner.event_bytes
    }

    /// Appends a line that is no event's; returns as [`event_after`](Self::event_after) does.
    pub(crate) fn notice_after(&self, line: &Bytes, gate: Option<u64>) -> usize {
        if !self.is_binary() {
            return self.event_after(line, &mut Some(line.clone()), gate);
        }
        let mut frame = Vec::new();
        bin1::notice(&mut frame, line);
        self.event_after(&frame, &mut None, gate)
    }

    /// Whether what is said unasked goes in binary frames.
    pub(crate) fn is_binary(&self) -> bool {
        self.inner.borrow().binary
    }

    /// From now on what is said unasked goes in binary frames, or in lines.
    pub(crate) fn set_binary(&self, binary: bool) {
        self.inner.borrow_mut().binary = binary;
    }

    /// Lets go of what waited for the records up to this one.
    pub(crate) fn release(&self, durable: u64) {
        let mut inner = self.inner.borrow_mut();
        while let Some(held) = inner.held.pop_front_if(|held| held.gate <= durable) {
            inner.held_reply_bytes -= held.replies;
            inner.let_go(held.replies, held.events);
        }
        inner.wake();
    }

    /// Closes the connection after what waits and a last word. `at_once` drops what waits, but for
    /// a message begun: a reader too slow for it resumes instead.
    pub(crate) fn close(&self, last: Option<&Bytes>, at_once: bool) {
        if at_once {
            self.inner.borrow_mut().drop_what_is_not_begun();
        }
        if let Some(line) = last {
            self.notice_after(line, None);
        }
        let mut inner = self.inner.borrow_mut();
        inner.closing = true;
        inner.wake();
    }

    /// Whether the connection ends after what waits.
    pub(crate) fn is_closing(&self) -> bool {
        self.inner.borrow().closing
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.inner.borrow().messages.is_empty()
    }

    /// Whether something may leave now. What waits for the disk may not.
    pub(crate) fn may_write(&self) -> bool {
        self.inner.borrow().free > 0
    }

    /// Whether so much waits that further requests must.
    pub(crate) fn is_full(&self) -> bool {
        let inner = self.inner.borrow();
        inner.reply_bytes + inner.held_reply_bytes > REPLY_BYTES_WAITING
    }

    /// Whether something waits for the disk.
    pub(crate) fn is_held(&self) -> bool {
        !self.inner.borrow().held.is_empty()
    }

    /// Bytes of events that wait.
    pub(crate) fn event_bytes(&self) -> usize {
        self.inner.borrow().event_bytes
    }

    /// Since when the socket has taken nothing of what waits.
    pub(crate) fn stalled_since(&self) -> Option<Instant> {
        self.inner.borrow().stalled_since
    }

    /// From now on this is to be woken when something may leave.
    pub(crate) fn falls_asleep(&self, waker: &Waker) {
        let mut inner = self.inner.borrow_mut();
        inner.asleep = true;
        if !inner.waker.as_ref().is_some_and(|known| known.will_wake(waker)) {
            inner.waker = Some(waker.clone());
        }
    }

    /// Nobody sleeps any more: who appends now does so in the connection's own turn.
    pub(crate) fn wakes_up(&self) {
        self.inner.borrow_mut().asleep = false;
    }

    /// Takes what may leave as a socket does that is never full.
    #[cfg(test)]
    pub(crate) fn drain(&self) {
        let mut inner = self.inner.borrow_mut();
        let free = inner.free;
        inner.took(free);
        self.give_back(&mut inner);
    }

    /// The next message that may leave, for who reads without a socket.
    #[cfg(test)]
    pub(crate) fn take(&self) -> Option<Bytes> {
        let mut inner = self.inner.borrow_mut();
        let length = inner.messages.front()?.length;
        if inner.free < length {
            return None;
        }
        let mut bytes = Vec::new();
        for slice in inner.slices(&mut [IoSlice::new(&[]); WRITE_PIECES]) {
            bytes.extend_from_slice(slice);
        }
        bytes.truncate(length);
        inner.took(length);
        self.give_back(&mut inner);
        Some(bytes.into())
    }

    /// The buffer of a head that is gone serves another connection.
    fn give_back(&self, inner: &mut Inner) {
        if inner.head.is_empty() && inner.head.capacity() > 0 {
            self.buffers.give(std::mem::take(&mut inner.head));
        }
    }

    /// Writes what may leave. Ready when all of it is written; pending when the socket takes no
    /// more.
    pub(crate) fn poll_write(
        &self,
        stream: &mut Stream,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let mut inner = self.inner.borrow_mut();
        while inner.free > 0 {
            let written = if inner.tail.is_empty() {
                stream.poll_write(cx, &inner.head[inner.head_gone..][..inner.free])
            } else {
                let mut slices = [IoSlice::new(&[]); WRITE_PIECES];
                stream.poll_write_pieces(cx, inner.slices(&mut slices))
            };
            match written {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(bytes)) => {
                    inner.took(bytes);
                    self.give_back(&mut inner);
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    inner.stalled_since.get_or_insert_with(Instant::now);
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Inner {
    /// Whether the next message goes into the head, which then has a buffer.
    fn takes_into_head(&mut self, buffers: &Buffers) -> bool {
        let takes = self.tail.is_empty() && self.head.len() < HEAD_BYTES;
        if takes && self.head.capacity() == 0 {
            self.head = buffers.take();
        }
        takes
    }

    /// A message was appended.
    fn waits(&mut self, message: Message, gate: Option<u64>) {
        let Message { length, is_event } = message;
        self.messages.push_back(message);
        let (replies, events) = if is_event { (0, length) } else { (length, 0) };
        // Behind what is held everything is: messages keep their order.
        let Some(gate) = gate.or_else(|| self.held.back().map(|held| held.gate)) else {
            self.let_go(replies, events);
            return self.wake();
        };
        self.held_reply_bytes += replies;
        match self.held.back_mut() {
            Some(held) if held.gate == gate => {
                held.replies += replies;
                held.events += events;
            }
            _ => self.held.push_back(Held { gate, replies, events }),
        }
    }

    const fn let_go(&mut self, replies: usize, events: usize) {
        self.reply_bytes += replies;
        self.event_bytes += events;
        self.free += replies + events;
    }

    fn wake(&mut self) {
        if std::mem::take(&mut self.asleep)
            && let Some(waker) = &self.waker
        {
            waker.wake_by_ref();
        }
    }

    /// What may leave now, as far as there is room in `slices`.
    fn slices<'a, 'b>(&'a self, slices: &'b mut [IoSlice<'a>]) -> &'b [IoSlice<'a>] {
        let mut left = self.free;
        let head = std::iter::once(&self.head[self.head_gone..]);
        let tail = self.tail.iter().enumerate().map(|(index, piece)| {
            let gone = if index == 0 { self.tail_gone } else { 0 };
            &piece[gone..]
        });
        let mut count = 0;
        let pieces = head.chain(tail).filter(|piece| !piece.is_empty());
        for (slice, piece) in slices.iter_mut().zip(pieces) {
            let some = &piece[..piece.len().min(left)];
            if some.is_empty() {
                break;
            }
            left -= some.len();
            *slice = IoSlice::new(some);
            count += 1;
        }
        &slices[..count]
    }

    /// So many bytes are gone.
    fn took(&mut self, bytes: usize) {
        self.stalled_since = None;
        self.free -= bytes;
        let of_head = bytes.min(self.head.len() - self.head_gone);
        self.head_gone += of_head;
        if self.head_gone == self.head.len() {
            self.head.clear();
            self.head_gone = 0;
        }
        self.tail_gone += bytes - of_head;
        while let Some(piece) = self.tail.pop_front_if(|piece| piece.len() <= self.tail_gone) {
            self.tail_gone -= piece.len();
        }
        self.begun += bytes;
        while let Some(done) = self.messages.pop_front_if(|first| first.length <= self.begun) {
            self.begun -= done.length;
            *self.kind_bytes(done.is_event) -= done.length;
        }
    }

    const fn kind_bytes(&mut self, is_event: bool) -> &mut usize {
        if is_event { &mut self.event_bytes } else { &mut self.reply_bytes }
    }

    /// Leaves only the rest of a message of which something is gone already.
    fn drop_what_is_not_begun(&mut self) {
        self.held.clear();
        self.held_reply_bytes = 0;
        self.messages.truncate(usize::from(self.begun > 0));
        let first = self.messages.front().copied();
        let rest = first.map_or(0, |first| first.length - self.begun);
        (self.reply_bytes, self.event_bytes) = (0, 0);
        if let Some(first) = first {
            *self.kind_bytes(first.is_event) = first.length;
        }
        self.free = rest;
        // A message lies in the head or in the tail.
        let in_head = rest.min(self.head.len() - self.head_gone);
        self.head.truncate(self.head_gone + in_head);
        self.tail.truncate(usize::from(rest > in_head));
        if self.tail.is_empty() {
            self.tail_gone = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(out: &Out) -> Vec<String> {
        std::iter::from_fn(|| out.take())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .collect()
    }

    fn says(out: &Out, text: &str, gate: Option<u64>) {
        out.reply_after(gate, |buffer| buffer.extend_from_slice(text.as_bytes()));
    }

    #[test]
    fn messages_leave_in_order_and_not_before_their_record() {
        let out = Out::default();
        says(&out, "one", None);
        out.event_after(b"two", &mut None, Some(7));
        says(&out, "three", Some(7));
        says(&out, "four", Some(9));
        says(&out, "five", None);
        assert_eq!((all(&out), out.event_bytes()), (vec!["one".into()], 0));
        out.release(6);
        assert!(all(&out).is_empty());
        out.release(8);
        assert_eq!(out.event_bytes(), 3);
        assert_eq!(all(&out), ["two", "three"]);
        out.release(9);
        assert_eq!(all(&out), ["four", "five"]);
        assert!(out.is_empty());
    }

    #[test]
    fn what_does_not_fit_the_head_is_shared() {
        let out = Out::default();
        let piece = Bytes::from(vec![b'x'; 1_000]);
        for _ in 0..200 {
            out.event_after(&piece, &mut Some(piece.clone()), None);
        }
        says(&out, "last", None);
        let inner = out.inner.borrow();
        assert!(inner.head.len() < HEAD_BYTES + piece.len());
        assert!(inner.tail.iter().rev().skip(1).all(|one| one.as_ptr() == piece.as_ptr()));
        drop(inner);
        assert_eq!(out.event_bytes(), 200_000);
        let said = all(&out);
        assert_eq!((said.len(), said[200].as_str()), (201, "last"));
        assert!(out.is_empty() && out.event_bytes() == 0);
        assert_eq!(out.inner.borrow().head.capacity(), 0);
        assert_eq!(out.buffers.spare(), 1);
    }

    #[test]
    fn a_message_begun_is_finished_before_the_last_word() {
        for before in [0, 100] {
            let out = Out::default();
            // With many before it, the message begun lies in the tail.
            for _ in 0..before {
                out.event_after(&[b'x'; 1_000], &mut None, None);
            }
            out.event_after(b"begun", &mut None, None);
            says(&out, "dropped", None);
            says(&out, "held", Some(3));
            out.inner.borrow_mut().took(before * 1_000 + 2);
            out.close(Some(&Bytes::from_static(b"bye")), true);
            says(&out, "too late", None);
            let inner = out.inner.borrow();
            let mut slices = [IoSlice::new(&[]); WRITE_PIECES];
            let rest: Vec<u8> =
                inner.slices(&mut slices).iter().flat_map(|slice| slice.to_vec()).collect();
            assert_eq!(String::from_utf8_lossy(&rest), "gunbye");
            assert_eq!((inner.free, inner.messages.len()), (6, 2));
            drop(inner);
            out.inner.borrow_mut().took(6);
            assert!(out.is_empty() && out.event_bytes() == 0);
        }
    }
}
