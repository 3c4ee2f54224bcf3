//! The socket protocol as types: bytes to requests, replies and events to bytes. No IO.
//!
//! A frame's first byte decides its framing ([`frame`]): `{` a JSON line, 0xAC a binary frame
//! ([`bin1`]), another printable byte a plain line. All become the same [`Request`]; a reply to a
//! binary frame is one too, others are JSON lines.

pub mod address;
pub mod bin1;
pub mod call;
pub mod encode;
pub mod error;
pub mod event;
mod fault;
pub mod fields;
pub mod frame;
pub mod id;
pub mod incoming;
pub mod method;
pub mod near;
pub mod plain;
pub mod reply;
pub mod request;
pub mod role;
pub mod snapshot;
pub mod statistics;
pub mod text;
pub mod trace;

pub use address::Address;
pub use call::{Call, Id, decode};
pub use error::{ErrorBody, ErrorData, Kind};
pub use event::{ContactRef, Event, EventBody};
pub use frame::{Decoder, Frame};
pub use incoming::Incoming;
pub use method::Method;
pub use request::Request;
pub use role::{Role, allows};
pub use text::{Text, Word};

/// The version of the protocol that `hello` names.
pub const PROTOCOL_VERSION: u32 = 1;
/// The largest frame in bytes, line end included: `bad_frame`.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;
/// The longest idempotency key in bytes: `bad_params`.
pub const IDEM_BYTES_MAX: usize = 64;
/// The longest request `id` in bytes of JSON: `bad_params`.
pub const ID_BYTES_MAX: usize = 256;
/// The most members of one plain line: `bad_params`.
pub const PLAIN_MEMBERS_MAX: usize = 256;
/// The most bytes thrown away in search of a line end; then the connection is cut.
pub const DISCARD_BYTES_MAX: usize = 16 * FRAME_BYTES_MAX;
