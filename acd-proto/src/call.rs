//! A request as it came: frame to [`Call`], or to the error that answers it.

use std::borrow::Cow;
use std::io;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::bin1;
use crate::error::{ErrorBody, Kind};
use crate::fault::{bad_params, short};
use crate::frame::Frame;
use crate::method::Method;
use crate::near::nearest;
use crate::plain::Line;
use crate::request::Request;
use crate::{ID_BYTES_MAX, IDEM_BYTES_MAX};

/// The `id` of a request, echoed in its reply exactly as it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Id(Repr);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Repr {
    #[default]
    Null,
    /// What nearly every client sends; needs no allocation.
    Number(u64),
    /// Other JSON numbers, and strings, as they were written.
    Json(Box<str>),
    /// Of a binary frame: its reply is one too.
    Binary(u64),
}

impl Id {
    /// Of a request that gave none.
    pub const NULL: Self = Self(Repr::Null);

    /// A whole number.
    pub const fn number(number: u64) -> Self {
        Self(Repr::Number(number))
    }

    /// The number of a request that came as a binary frame, and is answered so.
    pub const fn binary(number: u64) -> Self {
        Self(Repr::Binary(number))
    }

    /// The number, where the reply is a binary frame.
    pub const fn as_binary(&self) -> Option<u64> {
        match self.0 {
            Repr::Binary(number) => Some(number),
            _ => None,
        }
    }

    /// Writes it as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        match &self.0 {
            Repr::Null => out.extend_from_slice(b"null"),
            Repr::Number(number) | Repr::Binary(number) => {
                serde_json::to_writer(out, number).expect("a number is JSON, and memory is no IO");
            }
            Repr::Json(text) => out.extend_from_slice(text.as_bytes()),
        }
    }

    /// From the JSON of a number, a string or null.
    fn from_json(text: &str) -> Result<Self, ErrorBody> {
        let scalar = matches!(text.as_bytes(), [b'"' | b'-' | b'0'..=b'9', ..]);
        if text == "null" {
            return Ok(Self::NULL);
        }
        if !scalar || text.len() > ID_BYTES_MAX {
            let error = ErrorBody::new(Kind::BadParams, "`id` cannot be echoed").field("id");
            let expected = format!("a number, a string or null of at most {ID_BYTES_MAX} bytes");
            return Err(error.got(short(text)).expected(expected));
        }
        // `007` is not JSON and does not come here; what parses is written the same again.
        Ok(Self(text.parse().map_or_else(|_| Repr::Json(text.into()), Repr::Number)))
    }

    /// From a plain line: a number where it is one in JSON, else a string.
    fn from_plain(text: &str) -> Result<Self, ErrorBody> {
        if serde_json::from_str::<serde_json::Number>(text).is_ok() {
            return Self::from_json(text);
        }
        Self::from_json(&serde_json::Value::from(text).to_string())
    }
}

/// A request with what belongs to its reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Echoed in the reply.
    pub id: Id,
    /// What is asked.
    pub request: Request,
    /// The idempotency key of a mutating request, at most [`IDEM_BYTES_MAX`] bytes.
    pub idem: Option<String>,
    /// With `idem`, a hash of method and parameters that is the same on every machine and in
    /// either framing: another value under the same key is `idem_mismatch`. Without, 0.
    pub digest: u64,
}

/// Reads a frame. The error goes back under the id beside it.
pub fn decode(frame: Frame<'_>) -> Result<Call, (Id, ErrorBody)> {
    match frame {
        Frame::Json(bytes) => decode_json(utf8(bytes)?),
        Frame::Plain(bytes) => decode_plain(utf8(bytes)?),
        Frame::Binary(frame) => bin1::decode(frame),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, (Id, ErrorBody)> {
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let message = format!("the frame is not UTF-8: byte {at}");
        let got = format!("byte 0x{:02x}", bytes[at]);
        (Id::NULL, ErrorBody::new(Kind::BadJson, message).got(got).expected("UTF-8"))
    })
}

/// The members of a request that are looked at; each is read on its own, so that a fault in one
/// is answered under the `id` of the other.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Option<&'a RawValue>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default)]
    idem: Option<&'a RawValue>,
}

/// The one member of `params` that belongs to no method.
#[derive(Default, Deserialize)]
struct Keyed<'a> {
    #[serde(borrow, default)]
    idem: Option<&'a RawValue>,
}

fn decode_json(text: &str) -> Result<Call, (Id, ErrorBody)> {
    let envelope: Envelope<'_> =
        serde_json::from_str(text).map_err(|error| (Id::NULL, bad_json(&error)))?;
    let id = match envelope.id {
        Some(raw) => Id::from_json(raw.get()).map_err(|error| (Id::NULL, error))?,
        None => Id::NULL,
    };
    match read_json(&envelope) {
        Ok((request, idem)) => Ok(call(id, request, idem)),
        Err(error) => Err((id, error)),
    }
}

/// Reads the object of a binary frame, whose header has the id.
pub(crate) fn decode_object(text: &str) -> Result<(Request, Option<String>), ErrorBody> {
    read_json(&serde_json::from_str(text).map_err(|error| bad_json(&error))?)
}

fn read_json(envelope: &Envelope<'_>) -> Result<(Request, Option<String>), ErrorBody> {
    let name = envelope.method.ok_or_else(|| missing("method"))?.get();
    let name = string(name).ok_or_else(|| wrong("method", name, "text"))?;
    let method = method_of(&name)?;
    let params = envelope.params.map_or("{}", RawValue::get);
    if !params.starts_with('{') {
        return Err(wrong("params", params, "an object"));
    }
    let mut json = serde_json::Deserializer::from_str(params);
    // Where the fault is costs as much again to know: it is asked only of what has one.
    let request = match Request::read(method, &mut json) {
        Ok(request) => request,
        Err(_) => read_tracked(method, params)?,
    };
    let mut idem = None;
    if method.mutates() {
        let keyed = if may_name(params, "idem") {
            serde_json::from_str(params).map_err(|_| missing_or_twice("idem"))?
        } else {
            Keyed::default()
        };
        if let Some(raw) = keyed.idem.or(envelope.idem) {
            let text = string(raw.get()).ok_or_else(|| bad_idem(raw.get()))?;
            idem = Some(checked_idem(&text)?);
        }
    }
    Ok((request, idem))
}

/// Reads parameters and, where they cannot be read, says which member it is.
fn read_tracked(method: Method, params: &str) -> Result<Request, ErrorBody> {
    let mut track = serde_path_to_error::Track::new();
    let mut json = serde_json::Deserializer::from_str(params);
    let reader = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    Request::read(method, reader).map_err(|error| bad_params(&track.path(), &error.to_string()))
}

/// Whether the object may have a member of that name: it stands there, or letters are escaped.
fn may_name(json: &str, name: &str) -> bool {
    json.contains(name) || json.contains('\\')
}

fn decode_plain(text: &str) -> Result<Call, (Id, ErrorBody)> {
    let line = Line::parse(text).map_err(|error| (Id::NULL, error))?;
    decode_line(&line)
}

/// Reads a plain line already cut into words.
pub fn decode_line(line: &Line<'_>) -> Result<Call, (Id, ErrorBody)> {
    let id = match line.get("id") {
        Some(text) => Id::from_plain(text).map_err(|error| (Id::NULL, error))?,
        None => Id::NULL,
    };
    match read_plain(line) {
        Ok((request, idem)) => Ok(call(id, request, idem)),
        Err(error) => Err((id, error)),
    }
}

fn read_plain(line: &Line<'_>) -> Result<(Request, Option<String>), ErrorBody> {
    let method = method_of(&line.verb)?;
    let mut track = serde_path_to_error::Track::new();
    let reader = serde_path_to_error::Deserializer::new(line.params(), &mut track);
    let request = Request::read(method, reader)
        .map_err(|error| bad_params(&track.path(), &error.to_string()))?;
    let idem = line.get("idem").filter(|_| method.mutates()).map(checked_idem).transpose()?;
    Ok((request, idem))
}

pub(crate) fn call(id: Id, request: Request, idem: Option<String>) -> Call {
    let digest = if idem.is_some() { digest(&request) } else { 0 };
    Call { id, request, idem, digest }
}

fn method_of(name: &str) -> Result<Method, ErrorBody> {
    Method::from_name(name).ok_or_else(|| {
        let near = nearest(name, Method::ALL.iter().map(|method| method.name()));
        let near = near.map(str::to_owned);
        ErrorBody::new(Kind::UnknownMethod, "no method has this name").got(short(name)).near(near)
    })
}

pub(crate) fn checked_idem(text: &str) -> Result<String, ErrorBody> {
    if text.is_empty() || text.len() > IDEM_BYTES_MAX {
        return Err(bad_idem(text));
    }
    Ok(text.to_owned())
}

fn bad_idem(got: &str) -> ErrorBody {
    wrong("idem", got, format!("text of 1 to {IDEM_BYTES_MAX} bytes"))
}

fn wrong(field: &str, got: &str, expected: impl Into<String>) -> ErrorBody {
    let expected = expected.into();
    let message = format!("`{field}` is not {expected}");
    ErrorBody::new(Kind::BadParams, message).field(field).got(short(got)).expected(expected)
}

fn missing(field: &str) -> ErrorBody {
    ErrorBody::new(Kind::BadParams, format!("`{field}` is missing")).field(field)
}

fn missing_or_twice(field: &str) -> ErrorBody {
    ErrorBody::new(Kind::BadParams, format!("`{field}` is given twice")).field(field)
}

/// Faults of the frame itself; a member given twice is one of its contents.
fn bad_json(error: &serde_json::Error) -> ErrorBody {
    if error.is_data() {
        let sentence = error.to_string();
        let name = sentence.split('`').nth(1).unwrap_or("request");
        return missing_or_twice(name);
    }
    let sentence = error.to_string();
    let what = sentence.split(" at line ").next().unwrap_or(&sentence);
    ErrorBody::new(Kind::BadJson, format!("the frame is not JSON: {what}, byte {}", error.column()))
}

/// The text of a JSON string; none when it is something else.
fn string(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return serde_json::from_str(json).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}

fn digest(request: &Request) -> u64 {
    let mut hash = Fnv::default();
    hash.add(request.method().name().as_bytes());
    hash.add(b"\0");
    serde_json::to_writer(&mut hash, request).expect("requests are structs, and hashing is no IO");
    hash.0
}

/// FNV-1a, 64 bits: <http://www.isthe.com/chongo/tech/comp/fnv/>. Keys are compared per client,
/// so a client can only mistake its own requests for one another.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

impl io::Write for Fnv {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
