//! A frame of the server as its client reads it.

use acd_core::{ContactId, OfferId};
use serde_json::value::RawValue;

use super::wire::Reader;
use super::words::{AGENT_STATES, CONTACT_STATES, word};
use super::{Frame, Header, Op, event};
use crate::error::ErrorBody;
use crate::event::Event;
use crate::id;
use crate::incoming::{self, Incoming};
use crate::reply::{AgentResult, ContactResult, Done, Pong};
use crate::text::Word;

/// What a frame of the server is.
#[derive(Clone, Debug)]
pub enum Message {
    /// The answer to a request.
    Reply {
        /// The request's number.
        id: u64,
        /// What it gives, or why not.
        result: Result<Outcome, ErrorBody>,
        /// Whether it is the answer to an earlier request with the same `idem`.
        replayed: bool,
    },
    /// Something happened.
    Event(Box<Event>),
    /// Something else said unasked.
    Notice {
        /// Its name: `bye`, `message`, …
        method: String,
        /// Its parameters as JSON.
        params: Option<Box<RawValue>>,
    },
}

/// What a request gives.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Nothing more to say.
    Done(Done),
    /// Of `ping`.
    Pong(Pong),
    /// About a contact.
    Contact(ContactResult),
    /// About an agent.
    Agent(AgentResult),
    /// Any other, still as JSON.
    Json(Box<RawValue>),
}

impl Outcome {
    /// As JSON, whatever it came as.
    pub fn into_json(self) -> Result<Box<RawValue>, serde_json::Error> {
        use serde_json::value::to_raw_value as json;
        match self {
            Self::Done(done) => json(&done),
            Self::Pong(pong) => json(&pong),
            Self::Contact(contact) => json(&contact),
            Self::Agent(agent) => json(&agent),
            Self::Json(raw) => Ok(raw),
        }
    }
}

/// Why a frame of the server cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Garbled {
    /// Its fields.
    #[error("{}", .0.message)]
    Fields(ErrorBody),
    /// The JSON in it.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It is no frame of a server.
    #[error("operation 0x{0:02x} is not a server's")]
    Op(u8),
}

impl From<ErrorBody> for Garbled {
    fn from(error: ErrorBody) -> Self {
        Self::Fields(error)
    }
}

/// Reads a frame of the server.
pub fn read(frame: Frame<'_>) -> Result<Message, Garbled> {
    let Frame { header, body } = frame;
    let op = Op::from_code(header.op).ok_or(Garbled::Op(header.op))?;
    let reply =
        |outcome| Message::Reply { id: header.id, result: Ok(outcome), replayed: header.flag };
    Ok(match op {
        Op::Result => reply(Outcome::Json(serde_json::from_slice(body)?)),
        Op::Done => reply(Outcome::Done(Done { ok: true })),
        Op::Pong => reply(Outcome::Pong(Pong { now: header.b })),
        Op::Contact => reply(Outcome::Contact(contact(header, body)?)),
        Op::Agent => reply(Outcome::Agent(agent(body)?)),
        Op::Error => {
            let error = serde_json::from_slice(body)?;
            Message::Reply { id: header.id, result: Err(error), replayed: false }
        }
        Op::Event => Message::Event(serde_json::from_slice(body)?),
        Op::Notice => match incoming::read(body)? {
            Incoming::Notice { method, params } => Message::Notice { method, params },
            Incoming::Event(_) | Incoming::Reply { .. } => return Err(Garbled::Op(header.op)),
        },
        op if op >= Op::Queued => {
            let body = event::read(op, header, body)?;
            Message::Event(Box::new(Event { seq: header.id, ts: header.b, body }))
        }
        _ => return Err(Garbled::Op(header.op)),
    })
}

/// Reads an event of this program's own without allocating for it; none where the frame is no
/// event, or one as JSON.
pub fn read_event(frame: Frame<'_>) -> Option<Event<Word<'_>>> {
    let Frame { header, body } = frame;
    let op = Op::from_code(header.op).filter(|op| *op >= Op::Queued)?;
    let body = event::read(op, header, body).ok()?;
    Some(Event { seq: header.id, ts: header.b, body })
}

fn contact(header: Header, body: &[u8]) -> Result<ContactResult, ErrorBody> {
    let mut body = Reader(body);
    Ok(ContactResult {
        contact: id::contact(ContactId(header.a)),
        state: word(CONTACT_STATES, "state", body.u8()?)?.into(),
        pos: body.u32()?,
        ewt_ms: body.u64()?,
        wait_ms: body.u64()?,
        offer: (header.b > 0).then(|| id::offer(OfferId(header.b))),
        agent: body.maybe()?.map(Into::into),
    })
}

fn agent(body: &[u8]) -> Result<AgentResult, ErrorBody> {
    let mut body = Reader(body);
    Ok(AgentResult {
        state: word(AGENT_STATES, "state", body.u8()?)?.into(),
        agent: body.text("agent")?.into(),
        reason: body.maybe()?.map(Into::into),
        pending: body.maybe()?.map(Into::into),
    })
}
