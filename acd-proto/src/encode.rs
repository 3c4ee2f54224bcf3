//! Replies, errors, events and notices to bytes: one JSON object a line, or a frame of `bin1`.

use serde::Serialize;

use crate::bin1;
use crate::call::Id;
use crate::error::ErrorBody;
use crate::event::Event;
use crate::text::Text;

/// Appends the reply to a request that succeeded, in the request's framing; `replayed` when the
/// same `idem` was answered before and this is that answer again.
///
/// ```
/// use acd_proto::{call::Id, encode, reply::Pong};
///
/// let mut out = Vec::new();
/// encode::reply(&mut out, &Id::number(7), &Pong { now: 5 }, false);
/// assert_eq!(out, b"{\"id\":7,\"result\":{\"now\":5}}\n");
/// ```
pub fn reply(out: &mut Vec<u8>, id: &Id, result: &impl Serialize, replayed: bool) {
    if let Some(number) = id.as_binary() {
        return bin1::result(out, number, result, replayed);
    }
    begin(out, id);
    out.extend_from_slice(b",\"result\":");
    json(out, result);
    out.extend_from_slice(if replayed { b",\"replayed\":true}\n" } else { b"}\n" });
}

/// Appends the reply to a request that failed, in the request's framing.
pub fn error(out: &mut Vec<u8>, id: &Id, error: &ErrorBody) {
    if let Some(number) = id.as_binary() {
        return bin1::error(out, number, error);
    }
    begin(out, id);
    out.extend_from_slice(b",\"error\":");
    json(out, error);
    out.extend_from_slice(b"}\n");
}

/// Appends an event.
pub fn event<T: Text>(out: &mut Vec<u8>, event: &Event<T>) {
    notification(out, "event", event);
}

/// Appends what the server says unasked: `greeting`, `bye`, `message`, `gap`.
pub fn notification(out: &mut Vec<u8>, method: &str, params: &impl Serialize) {
    out.extend_from_slice(b"{\"method\":");
    json(out, method);
    out.extend_from_slice(b",\"params\":");
    json(out, params);
    out.extend_from_slice(b"}\n");
}

/// Appends a request, as a client sends it.
pub fn request(
    out: &mut Vec<u8>,
    id: u64,
    method: &str,
    params: &impl Serialize,
    idem: Option<&str>,
) {
    begin(out, &Id::number(id));
    out.extend_from_slice(b",\"method\":");
    json(out, method);
    out.extend_from_slice(b",\"params\":");
    json(out, params);
    if let Some(idem) = idem {
        out.extend_from_slice(b",\"idem\":");
        json(out, idem);
    }
    out.extend_from_slice(b"}\n");
}

fn begin(out: &mut Vec<u8>, id: &Id) {
    out.extend_from_slice(b"{\"id\":");
    id.write(out);
}

fn json<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value).expect("messages have text keys, and memory is no IO");
}
