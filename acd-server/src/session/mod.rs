//! One connection: reads, has its requests handled, writes. Each turn one read and one write.

mod buffers;
mod elsewhere;
mod farewell;
mod hello;
mod out;
mod past;
mod stream;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future as _, poll_fn};
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use acd_proto::call::{Call, Id};
use acd_proto::reply::Greeting;
use acd_proto::{Decoder, ErrorBody, Frame, Kind, Method, Request, bin1, decode, encode};
use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::Sleep;

use self::buffers::Buffers;
use self::elsewhere::waits;
use self::farewell::Farewell;
pub(crate) use self::hello::{Gate, Place};
pub(crate) use self::out::Out;
pub(crate) use self::past::Past;
pub(crate) use self::stream::{Peer, Stream};
use crate::core::{ConnectionId, Shared, bye, notification};
use crate::limits::{
    FRAME_BYTES_BEFORE_HELLO, FRAMES_PER_TURN, HELLO_DEADLINE_NEAR, HOT_FRAMES_PER_TURN,
    READ_BYTES, WRITE_STALL,
};

/// What the connections of one server share.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) core: Shared,
    pub(crate) gate: Gate,
    /// Where every connection reads into; never across an await.
    pub(crate) scratch: RefCell<Vec<u8>>,
    /// What connections write from, while they have something to write.
    buffers: Rc<Buffers>,
    /// The configuration's file, to be read again.
    pub(crate) source: Option<PathBuf>,
    /// The log, where one is kept.
    past: Option<Past>,
    /// Every connection's queue, from its acceptance on.
    open: RefCell<BTreeMap<ConnectionId, Rc<Out>>>,
    last: Cell<u64>,
    ended: Notify,
}

impl Common {
    pub(crate) fn new(
        core: Shared,
        gate: Gate,
        source: Option<PathBuf>,
        past: Option<Past>,
    ) -> Self {
        Self {
            core,
            gate,
            scratch: RefCell::new(vec![0; READ_BYTES]),
            buffers: Rc::default(),
            source,
            past,
            open: RefCell::default(),
            last: Cell::new(0),
            ended: Notify::new(),
        }
    }

    /// Says goodbye to everybody.
    pub(crate) fn close_all(&self) {
        for out in self.open.borrow().values() {
            out.close(Some(&bye("shutdown")), false);
        }
    }

    /// Whether no connection is left.
    pub(crate) fn is_quiet(&self) -> bool {
        self.open.borrow().is_empty()
    }

    /// Waits until a connection ends.
    pub(crate) async fn session_ended(&self) {
        self.ended.notified().await;
    }
}

/// The first line of every connection.
pub(crate) fn greeting() -> Bytes {
    notification(
        "greeting",
        &Greeting {
            server: crate::SERVER.into(),
            proto: vec![acd_proto::PROTOCOL_VERSION],
            enc: vec!["json".into(), "bin1".into()],
        },
    )
}

/// A connection, as its task drives it.
pub(crate) struct Session {
    common: Rc<Common>,
    id: ConnectionId,
    stream: Stream,
    peer: Peer,
    place: Place,
    out: Rc<Out>,
    decoder: Decoder,
    /// When its last frame came.
    heard_at: Instant,
    /// When `hello` was said.
    greeted: bool,
    lease: Option<Duration>,
    /// The other side sends nothing more.
    ended: bool,
    /// Frames are left of the last read.
    has_more: bool,
    /// There is something to catch up with.
    behind: bool,
    /// Until its next deadline; the runtime has no timer of a connection that has none.
    sleep: Option<Pin<Box<Sleep>>>,
    farewell: Farewell,
}

/// Why a turn begins.
enum Wake {
    Ready,
    Failed(io::Error),
    Deadline,
}

impl Session {
    pub(crate) fn new(common: &Rc<Common>, stream: Stream, peer: Peer, place: Place) -> Self {
        let id = ConnectionId(common.last.get() + 1);
        common.last.set(id.0);
        Self {
            common: Rc::clone(common),
            id,
            stream,
            peer,
            place,
            out: Rc::new(Out::with_buffers(&common.buffers)),
            decoder: Decoder::with_limit(FRAME_BYTES_BEFORE_HELLO),
            heard_at: Instant::now(),
            greeted: false,
            lease: None,
            ended: false,
            has_more: false,
            behind: false,
            sleep: None,
            farewell: Farewell::default(),
        }
    }

    /// Drives the connection to its end.
    pub(crate) async fn run(mut self) {
        self.common.open.borrow_mut().insert(self.id, Rc::clone(&self.out));
        self.out.reply(|out| out.extend_from_slice(&greeting()));
        loop {
            self.take_frames().await;
            if self.behind {
                self.behind = self.common.core.borrow_mut().catch_up(self.id);
            }
            if self.is_over() {
                break;
            }
            match self.turn().await {
                Wake::Ready => {}
                Wake::Deadline => self.deadline(),
                Wake::Failed(error) => {
                    tracing::debug!(connection = self.id.0, %error, "connection failed");
                    break;
                }
            }
        }
        self.common.core.borrow_mut().closed(self.id);
        self.drain();
        self.common.open.borrow_mut().remove(&self.id);
        self.common.ended.notify_one();
    }

    /// Takes what is still there to be read: a socket closed over unread bytes would take the last
    /// words from its reader.
    fn drain(&mut self) {
        let mut cx = Context::from_waker(Waker::noop());
        let mut scratch = self.common.scratch.borrow_mut();
        for _ in 0..FRAMES_PER_TURN {
            let Poll::Ready(Ok(1..)) = self.stream.poll_read(&mut cx, &mut scratch) else { break };
        }
    }

    /// Whether nothing more is to be said.
    fn is_over(&mut self) -> bool {
        if self.ended && !self.has_more && !self.behind && !self.out.is_closing() {
            self.out.close(None, false);
        }
        if !self.out.is_closing() {
            return false;
        }
        let now = Instant::now();
        self.farewell.closes(self.out.is_held(), now);
        self.out.is_empty() || self.farewell.ends().is_some_and(|end| now >= end)
    }

    /// Whether requests are taken: not while replies wait for a reader, nor while it catches up.
    fn takes_requests(&self) -> bool {
        !self.ended && !self.out.is_closing() && !self.out.is_full() && !self.behind
    }

    /// Whether there is something to do without waiting.
    fn is_eager(&self) -> bool {
        (self.has_more && self.takes_requests()) || (self.behind && self.out.is_empty())
    }

    /// Has what was read handled, a bounded number of frames at a time.
    async fn take_frames(&mut self) {
        self.take_some().await;
        self.common.core.borrow_mut().hand_over();
    }

    async fn take_some(&mut self) {
        self.has_more = true;
        let mut read_at = Instant::now();
        let mut left = HOT_FRAMES_PER_TURN;
        while left > 0 {
            if self.out.is_closing() || self.out.is_full() || self.behind {
                return;
            }
            let call = match self.decoder.next() {
                None => {
                    self.has_more = false;
                    // A refused line that never ends.
                    if self.decoder.must_cut() {
                        self.out.close(None, false);
                    }
                    return;
                }
                Some(Ok(Frame::Binary(frame))) if self.greeted => match bin1::hot(frame) {
                    Some(hot) => {
                        self.heard_at = read_at;
                        let number = frame.header.id;
                        left -= 1;
                        self.common.core.borrow_mut().handle_hot(self.id, number, hot, read_at);
                        continue;
                    }
                    None => bin1::decode(frame),
                },
                Some(Ok(frame)) => decode(frame),
                Some(Err(error)) => Err((Id::NULL, error)),
            };
            self.heard_at = read_at;
            left = left.saturating_sub(HOT_FRAMES_PER_TURN / FRAMES_PER_TURN);
            self.common.core.borrow_mut().hand_over();
            match call {
                Ok(call) if waits(&call.request) => {
                    self.wait_for(call).await;
                    read_at = Instant::now();
                }
                Ok(call) => self.take(call, read_at),
                Err((id, error)) => self.refuse(&id, &error),
            }
            if self.decoder.must_cut() {
                self.out.close(None, false);
            }
        }
    }

    fn take(&mut self, call: Call, read_at: Instant) {
        match call.request {
            Request::Ping(_) if !self.greeted => {
                let now = self.common.core.borrow().clock().now().0 / 1_000;
                let pong = acd_proto::reply::Pong { now };
                self.out.reply(|out| encode::reply(out, &call.id, &pong, false));
            }
            Request::Via(ref params) if !self.greeted => self.speaks_for(&call.id, &params.address),
            _ if !self.greeted => self.refuse_before_hello(&call.id),
            ref request => {
                let method = request.method();
                self.common.core.borrow_mut().handle(self.id, call, read_at);
                self.behind |= method == Method::Subscribe;
                if method == Method::Bye {
                    self.out.close(None, false);
                }
            }
        }
    }

    fn refuse_before_hello(&self, id: &Id) {
        let error = ErrorBody::new(Kind::HelloFirst, "say `hello` first");
        self.refuse(id, &error.expected("hello, or ping"));
    }

    /// From here on the peer is a stranger at that address, who needs a token.
    fn speaks_for(&mut self, id: &Id, address: &str) {
        let Ok(address) = address.parse() else {
            let error = ErrorBody::new(Kind::BadParams, "`address` is no IP address");
            return self.refuse(id, &error.field("address"));
        };
        if !self.peer.is_trusted() {
            let message = "only a peer that needs no token may speak for others";
            return self.refuse(id, &ErrorBody::new(Kind::NotAllowed, message));
        }
        self.peer = Peer::Address(address);
        self.out.reply(|out| encode::reply(out, id, &acd_proto::reply::Done { ok: true }, false));
    }

    fn refuse(&self, id: &Id, error: &ErrorBody) {
        self.out.reply(|out| encode::error(out, id, error));
    }

    /// Waits until there is something to do: reads once, writes once.
    async fn turn(&mut self) -> Wake {
        if self.is_eager() {
            // Others first; what is read already needs no waiting for.
            tokio::task::yield_now().await;
        }
        poll_fn(|cx| {
            let turn = self.poll_turn(cx);
            if turn.is_ready() {
                self.out.wakes_up();
            }
            turn
        })
        .await
    }

    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<Wake> {
        self.out.falls_asleep(cx.waker());
        // What only waits for the disk is no reason for a turn: the log wakes this one, and
        // turns without an end would keep that from being heard.
        let waited = self.out.may_write();
        let written = match self.out.poll_write(&mut self.stream, cx) {
            Poll::Ready(Err(error)) => return Poll::Ready(Wake::Failed(error)),
            Poll::Ready(Ok(())) => waited,
            Poll::Pending => false,
        };
        let read = self.poll_read(cx);
        if read.is_ready() {
            return read;
        }
        let goes_on = self.out.is_closing() || self.behind || self.has_more;
        let begins_to_close = self.out.is_closing() && !self.farewell.has_begun();
        if written && goes_on || begins_to_close || self.is_eager() {
            return Poll::Ready(Wake::Ready);
        }
        self.poll_deadline(cx)
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<Wake> {
        let Some(at) = self.next_deadline() else {
            self.sleep = None;
            return Poll::Pending;
        };
        let at = tokio::time::Instant::from_std(at);
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)));
        // A later one is set when the former wakes: most frames only put deadlines off.
        if sleep.is_elapsed() || at < sleep.deadline() {
            sleep.as_mut().reset(at);
        }
        sleep.as_mut().poll(cx).map(|()| Wake::Deadline)
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Wake> {
        if !self.takes_requests() || self.has_more {
            return Poll::Pending;
        }
        let mut scratch = self.common.scratch.borrow_mut();
        let most = if self.greeted { scratch.len() } else { FRAME_BYTES_BEFORE_HELLO };
        match self.stream.poll_read(cx, &mut scratch[..most]) {
            Poll::Ready(Ok(0)) => {
                self.ended = true;
                Poll::Ready(Wake::Ready)
            }
            Poll::Ready(Ok(bytes)) => {
                self.decoder.push(&scratch[..bytes]);
                self.has_more = true;
                Poll::Ready(Wake::Ready)
            }
            Poll::Ready(Err(error)) => Poll::Ready(Wake::Failed(error)),
            Poll::Pending => Poll::Pending,
        }
    }

    /// When silence, or standing still, has a consequence.
    fn next_deadline(&self) -> Option<Instant> {
        if self.farewell.has_begun() {
            return self.farewell.ends();
        }
        let stalled = self.out.stalled_since().map(|since| since + WRITE_STALL);
        let silent = if self.greeted {
            self.lease.map(|lease| self.heard_at + lease)
        } else {
            Some(self.heard_at + self.hello_within())
        };
        [stalled, silent].into_iter().flatten().min()
    }

    fn hello_within(&self) -> Duration {
        if self.peer.is_near() {
            return HELLO_DEADLINE_NEAR;
        }
        self.common.core.borrow().config().limits.hello_deadline
    }

    fn deadline(&mut self) {
        let now = Instant::now();
        if self.out.stalled_since().is_some_and(|since| since + WRITE_STALL <= now) {
            self.common.core.borrow_mut().cut_off_slow(self.id);
            self.out.close(None, true);
        } else if !self.greeted && self.heard_at + self.hello_within() <= now {
            let within = self.hello_within().as_secs();
            let error = ErrorBody::new(Kind::HelloFirst, "`hello` did not come in time");
            self.refuse(&Id::NULL, &error.expected(format!("hello within {within} s")));
            self.out.close(None, false);
        } else if self.lease.is_some_and(|lease| self.heard_at + lease <= now) {
            self.out.close(Some(&bye("lease")), false);
        }
    }
}
