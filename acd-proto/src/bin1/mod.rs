//! `bin1`: the same messages as fixed little-endian frames, for whom JSON is too slow.
//!
//! A frame is a header of 32 bytes and a body. The hot requests, replies and events have an
//! operation of their own; everything else is JSON in a frame. The tables of fields stand in
//! `docs/PROTOCOL.md`.
//!
//! ```text
//!  0      1      2   3      4           8     16                  24               32
//!  | 0xAC | 0x01 | op| flags| length u32| id  | contact or offer  | offer or time  | body …
//! ```
//!
//! **A body may end after any field: what is missing is absent, and so is what is all ones.** So
//! the requests about one contact or offer are 32 bytes.

mod event;
mod hot;
mod message;
mod reply;
mod request;
mod wire;
mod words;

pub use event::event;
pub use hot::{Hot, hot};
pub use message::{Message, Outcome, read, read_event};
pub use reply::{AgentFields, ContactFields, agent, contact, done, error, pong, result};
pub use request::{decode, request};

use wire::u64_at;

/// The first byte of every frame.
pub const FIRST: u8 = 0xac;
/// Bytes of the header.
pub const HEADER_BYTES: usize = 32;
/// The second byte: the version of the framing.
const VERSION: u8 = 1;
/// Of a request: it has an `idem`. Of a reply: it is an earlier one again.
const FLAG: u8 = 1;

/// How the line of an event begins.
const EVENT_HEAD: &[u8] = b"{\"method\":\"event\",\"params\":";

macro_rules! ops {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// What a frame is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Op {
            $($(#[$doc])* $name = $code,)*
        }

        impl Op {
            /// Every operation.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The operation of that code.
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
}

ops! {
    /// Any request; the body is the object of a JSON line, but for `id`.
    Json = 0x00;
    /// `ping`
    Ping = 0x01;
    /// `contact.new`
    ContactNew = 0x10;
    /// `contact.abandon`
    ContactAbandon = 0x11;
    /// `contact.end`
    ContactEnd = 0x12;
    /// `contact.get`
    ContactGet = 0x13;
    /// `offer.ringing`
    OfferRinging = 0x20;
    /// `offer.answered`
    OfferAnswered = 0x21;
    /// `offer.failed`
    OfferFailed = 0x22;
    /// `offer.accept`
    OfferAccept = 0x23;
    /// `offer.reject`
    OfferReject = 0x24;
    /// `agent.state`
    AgentState = 0x30;
    /// `agent.wrap_done`
    AgentWrapDone = 0x31;
    /// Any result; the body is its JSON.
    Result = 0x80;
    /// An error; the body is its JSON.
    Error = 0x81;
    /// `{"ok":true}`
    Done = 0x82;
    /// The result of `ping`.
    Pong = 0x83;
    /// A contact's result.
    Contact = 0x84;
    /// An agent's result.
    Agent = 0x85;
    /// Any event; the body is its `params` as JSON.
    Event = 0xc0;
    /// `bye`, `message`, …; the body is the whole object.
    Notice = 0xc1;
    /// `contact.queued`
    Queued = 0xd0;
    /// `contact.offered`
    Offered = 0xd1;
    /// `offer.ringing`
    Ringing = 0xd2;
    /// `contact.offer_revoked`
    OfferRevoked = 0xd3;
    /// `contact.connected`
    Connected = 0xd4;
    /// `contact.abandoned`
    Abandoned = 0xd5;
    /// `contact.ended`
    Ended = 0xd6;
    /// `contact.wrap_up`
    WrapUp = 0xd7;
    /// `contact.wrap_up_over`
    WrapUpOver = 0xd8;
    /// `agent.state`
    AgentChanged = 0xe0;
}

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The code of its [`Op`]; another where the sender knows more than this version.
    pub op: u8,
    /// `idem` is there, or `replayed`.
    pub flag: bool,
    /// The request's number; of an event its `seq`.
    pub id: u64,
    /// The contact, or of an `offer.` request the offer.
    pub a: u64,
    /// The offer, or the time.
    pub b: u64,
}

/// One frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its first 32 bytes.
    pub header: Header,
    /// The rest.
    pub body: &'a [u8],
}

/// Why bytes are no frame of this version; where the next one begins is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFrame {
    /// The first two bytes are others.
    #[error("a binary frame begins with 0xac 0x01")]
    Version,
    /// It is longer than may be.
    #[error("the binary frame is too large")]
    TooLarge,
}

/// The frame at the beginning of `bytes`, of at most `limit` bytes in all, and how many it has;
/// none while some are missing.
///
/// ```
/// use acd_proto::bin1;
///
/// let mut out = Vec::new();
/// bin1::done(&mut out, 7, false);
/// let (frame, length) = bin1::split(&out, 64 * 1024).expect("a frame").expect("whole");
/// assert_eq!((frame.header.id, length), (7, 32));
/// assert_eq!(bin1::split(&out[..31], 64 * 1024), Ok(None));
/// ```
#[inline]
pub fn split(bytes: &[u8], limit: usize) -> Result<Option<(Frame<'_>, usize)>, BadFrame> {
    let Some(head) = bytes.first_chunk::<HEADER_BYTES>() else {
        begins(bytes)?;
        return Ok(None);
    };
    let length = length(head)?;
    if length > limit {
        return Err(BadFrame::TooLarge);
    }
    let Some(body) = bytes.get(HEADER_BYTES..length) else { return Ok(None) };
    let header = Header {
        op: head[2],
        flag: head[3] & FLAG != 0,
        id: u64_at(head, 8),
        a: u64_at(head, 16),
        b: u64_at(head, 24),
    };
    Ok(Some((Frame { header, body }, length)))
}

/// How many bytes the frame with this header has in all.
#[inline]
pub fn length(header: &[u8]) -> Result<usize, BadFrame> {
    begins(header)?;
    let body = header.get(4..8).and_then(|bytes| bytes.first_chunk::<4>());
    let body = body.map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize);
    Ok(HEADER_BYTES.saturating_add(body))
}

/// Whether the first two bytes, as far as they are there, are those of a frame.
#[inline]
fn begins(bytes: &[u8]) -> Result<(), BadFrame> {
    match bytes {
        [FIRST] | [FIRST, VERSION, ..] | [] => Ok(()),
        _ => Err(BadFrame::Version),
    }
}

/// Appends something said unasked that has no event's place: the object of a JSON line.
pub fn notice(out: &mut Vec<u8>, line: &[u8]) {
    let frame = wire::Writer::begin(out, Op::Notice, 0, 0, 0);
    frame.bytes(line.trim_ascii_end()).end();
}

/// Appends the line of an event whose frame is JSON, op [`Op::Event`].
pub fn event_line(out: &mut Vec<u8>, frame: Frame<'_>) {
    out.extend_from_slice(EVENT_HEAD);
    out.extend_from_slice(frame.body);
    out.extend_from_slice(b"}\n");
}

/// Appends an event that is encoded as a JSON line already.
pub fn json_event(out: &mut Vec<u8>, seq: u64, line: &[u8]) {
    let params =
        line.trim_ascii_end().strip_prefix(EVENT_HEAD).and_then(|rest| rest.strip_suffix(b"}"));
    let params = params.expect("the line is one of `encode::event`");
    wire::Writer::begin(out, Op::Event, seq, 0, 0).bytes(params).end();
}
