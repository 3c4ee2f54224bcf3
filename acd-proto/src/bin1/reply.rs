//! Replies as frames.

use serde::Serialize;

use super::Op;
use super::wire::Writer;
use super::words::{AGENT_STATES, CONTACT_STATES, code};
use crate::error::ErrorBody;
use crate::id;
use crate::reply::{AgentResult, ContactResult, Pong};

/// Appends any result.
pub fn result(out: &mut Vec<u8>, number: u64, result: &impl Serialize, replayed: bool) {
    Writer::begin(out, Op::Result, number, 0, 0).flag(replayed).json(result).end();
}

/// Appends an error.
pub fn error(out: &mut Vec<u8>, number: u64, error: &ErrorBody) {
    Writer::begin(out, Op::Error, number, 0, 0).json(error).end();
}

/// Appends the result of a request that has nothing more to say.
pub fn done(out: &mut Vec<u8>, number: u64, replayed: bool) {
    Writer::begin(out, Op::Done, number, 0, 0).flag(replayed).end();
}

/// Appends the result of `ping`.
pub fn pong(out: &mut Vec<u8>, number: u64, pong: &Pong) {
    Writer::begin(out, Op::Pong, number, 0, pong.now).end();
}

/// Appends a contact's result.
pub fn contact(out: &mut Vec<u8>, number: u64, of: &ContactResult, replayed: bool) {
    let ids = id::parse_contact(&of.contact).zip(match &of.offer {
        Some(offer) => id::parse_offer(offer).map(|offer| offer.0),
        None => Some(0),
    });
    let (Some((contact, offer)), Some(state)) = (ids, code(CONTACT_STATES, &of.state)) else {
        return result(out, number, of, replayed);
    };
    Writer::begin(out, Op::Contact, number, contact.0, offer)
        .flag(replayed)
        .u8(state)
        .u32(of.pos.unwrap_or(u32::MAX))
        .u64(of.ewt_ms.unwrap_or(u64::MAX))
        .u64(of.wait_ms.unwrap_or(u64::MAX))
        .maybe(of.agent.as_deref())
        .end();
}

/// Appends an agent's result.
pub fn agent(out: &mut Vec<u8>, number: u64, of: &AgentResult, replayed: bool) {
    let Some(state) = code(AGENT_STATES, &of.state) else {
        return result(out, number, of, replayed);
    };
    Writer::begin(out, Op::Agent, number, 0, 0)
        .flag(replayed)
        .u8(state)
        .text(&of.agent)
        .maybe(of.reason.as_deref())
        .maybe(of.pending.as_deref())
        .end();
}
