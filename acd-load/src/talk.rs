//! A client of the server, in either encoding: blocking to set things up, or polled.

use std::io::{self, Read as _, Write as _};

use acd_proto::bin1::{self, Message, Outcome};
use acd_proto::request::Hello;
use acd_proto::{Address, Incoming, PROTOCOL_VERSION, Request, Role, encode, incoming};
use serde::de::DeserializeOwned;

use crate::LoadError;
use crate::socket::Socket;

/// Bytes of one read.
const READ_BYTES: usize = 64 * 1024;

/// How requests, replies and events are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// One JSON object a line.
    Json,
    /// Binary frames.
    #[default]
    Bin1,
}

impl Encoding {
    /// The name in `hello`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Bin1 => "bin1",
        }
    }

    /// Appends a request.
    pub(crate) fn write(self, out: &mut Vec<u8>, id: u64, request: &Request) {
        match self {
            Self::Json => encode::request(out, id, request.method().name(), request, None),
            Self::Bin1 => bin1::request(out, id, request, None),
        }
    }
}

/// Who connects.
#[derive(Clone, Debug)]
pub(crate) struct Who<'a> {
    pub(crate) role: Role,
    pub(crate) name: &'a str,
    pub(crate) token: Option<&'a str>,
    pub(crate) encoding: Encoding,
}

/// A connection that has said `hello`.
#[derive(Debug)]
pub(crate) struct Talk {
    pub(crate) socket: Socket,
    encoding: Encoding,
    last: u64,
    /// What was read; before `start` it is used up.
    buffer: Vec<u8>,
    start: usize,
    /// What could not be written yet.
    unsent: Vec<u8>,
}

fn lost(why: &impl ToString) -> LoadError {
    LoadError::Lost(why.to_string())
}

impl Talk {
    pub(crate) fn connect(address: &Address, who: &Who<'_>) -> Result<Self, LoadError> {
        let socket = Socket::connect(address)?;
        let (buffer, unsent) = (Vec::new(), Vec::new());
        // The greeting, `hello` and its reply are lines.
        let encoding = Encoding::Json;
        let mut talk = Self { socket, encoding, last: 0, buffer, start: 0, unsent };
        match talk.next()? {
            Message::Notice { method, .. } if method == "greeting" => {}
            _ => return Err(lost(&"its first line is no greeting")),
        }
        let hello = Request::Hello(Hello {
            proto: Some(PROTOCOL_VERSION),
            role: Some(who.role),
            name: Some(who.name.to_owned()),
            token: who.token.map(ToOwned::to_owned),
            enc: Some(who.encoding.name().to_owned()),
            ..Hello::default()
        });
        talk.ask::<serde::de::IgnoredAny>(&hello)?;
        talk.encoding = who.encoding;
        Ok(talk)
    }

    /// The number of the next request.
    pub(crate) fn next_id(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Asks, and waits for the reply; what is said unasked before it is passed over.
    pub(crate) fn ask<T: DeserializeOwned>(&mut self, request: &Request) -> Result<T, LoadError> {
        let mut bytes = Vec::new();
        let id = self.next_id();
        self.encoding.write(&mut bytes, id, request);
        self.socket.write_all(&bytes).map_err(|error| lost(&error))?;
        loop {
            if let Message::Reply { result, .. } = self.next()? {
                return result_of(request, result);
            }
        }
    }

    /// Asks many things at once, and waits for all replies.
    pub(crate) fn ask_all(&mut self, requests: &[Request]) -> Result<(), LoadError> {
        for some in requests.chunks(128) {
            let mut bytes = Vec::new();
            for request in some {
                let id = self.next_id();
                self.encoding.write(&mut bytes, id, request);
            }
            self.socket.write_all(&bytes).map_err(|error| lost(&error))?;
            for request in some {
                loop {
                    if let Message::Reply { result, .. } = self.next()? {
                        result_of::<serde::de::IgnoredAny>(request, result)?;
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes bytes that are requests already.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<(), LoadError> {
        self.socket.write_all(bytes).map_err(|error| lost(&error))
    }

    /// Writes as much as the socket takes; the rest goes first the next time.
    pub(crate) fn send_some(&mut self, bytes: &[u8]) -> Result<(), LoadError> {
        self.unsent.extend_from_slice(bytes);
        while !self.unsent.is_empty() {
            match self.socket.write(&self.unsent) {
                Ok(count) => drop(self.unsent.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(lost(&error)),
            }
        }
        Ok(())
    }

    /// Whether something waits for the socket.
    pub(crate) const fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// The next message, waited for.
    pub(crate) fn next(&mut self) -> Result<Message, LoadError> {
        loop {
            if let Some(message) = self.take()? {
                return Ok(message);
            }
            self.fill()?;
        }
    }

    /// Reads once. Whether anything came.
    pub(crate) fn fill(&mut self) -> Result<bool, LoadError> {
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
        } else if self.start > READ_BYTES {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let length = self.buffer.len();
        self.buffer.resize(length + READ_BYTES, 0);
        let read = self.socket.read(&mut self.buffer[length..]);
        self.buffer.truncate(length + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(0) => Err(lost(&"the server closed it")),
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(lost(&error)),
        }
    }

    /// The next message of what was read.
    pub(crate) fn take(&mut self) -> Result<Option<Message>, LoadError> {
        let rest = &self.buffer[self.start..];
        if rest.first() == Some(&bin1::FIRST) {
            let Some((frame, length)) = bin1::split(rest, usize::MAX).map_err(|e| lost(&e))? else {
                return Ok(None);
            };
            let message = bin1::read(frame).map_err(|error| lost(&error))?;
            self.start += length;
            return Ok(Some(message));
        }
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
        let line = incoming::read(&rest[..end]).map_err(|error| lost(&error))?;
        self.start += end + 1;
        Ok(Some(match line {
            Incoming::Event(event) => Message::Event(event),
            Incoming::Notice { method, params } => Message::Notice { method, params },
            Incoming::Reply { id, result, replayed } => Message::Reply {
                id: id.unwrap_or_default(),
                result: result.map(Outcome::Json),
                replayed,
            },
        }))
    }
}

fn result_of<T: DeserializeOwned>(
    request: &Request,
    result: Result<Outcome, acd_proto::ErrorBody>,
) -> Result<T, LoadError> {
    let refused = |why: String| LoadError::Refused(request.method().name(), why);
    let outcome = result.map_err(|error| refused(error.message))?;
    let json = outcome.into_json().map_err(|error| lost(&error))?;
    serde_json::from_str(json.get()).map_err(|error| lost(&error))
}
