//! Replies as frames.

use acd_core::{ContactId, OfferId};
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
#[inline]
pub fn done(out: &mut Vec<u8>, number: u64, replayed: bool) {
    Writer::begin(out, Op::Done, number, 0, 0).flag(replayed).end();
}

/// Appends the result of `ping`.
#[inline]
pub fn pong(out: &mut Vec<u8>, number: u64, pong: &Pong) {
    Writer::begin(out, Op::Pong, number, 0, pong.now).end();
}

/// What is told of a contact, as its frame has it.
#[derive(Clone, Copy, Debug)]
pub struct ContactFields<'a> {
    /// The contact.
    pub contact: ContactId,
    /// As in [`ContactResult`].
    pub state: &'a str,
    /// As in [`ContactResult`].
    pub pos: Option<u32>,
    /// As in [`ContactResult`].
    pub ewt_ms: Option<u64>,
    /// As in [`ContactResult`].
    pub wait_ms: Option<u64>,
    /// The live offer.
    pub offer: Option<OfferId>,
    /// As in [`ContactResult`].
    pub agent: Option<&'a str>,
}

impl ContactFields<'_> {
    /// Appends the result; `None`, and nothing appended, where the frame has no word for the state.
    #[inline]
    pub fn write(&self, out: &mut Vec<u8>, number: u64, replayed: bool) -> Option<()> {
        let state = code(CONTACT_STATES, self.state)?;
        let offer = self.offer.map_or(0, |offer| offer.0);
        Writer::begin(out, Op::Contact, number, self.contact.0, offer)
            .flag(replayed)
            .u8(state)
            .u32(self.pos.unwrap_or(u32::MAX))
            .u64(self.ewt_ms.unwrap_or(u64::MAX))
            .u64(self.wait_ms.unwrap_or(u64::MAX))
            .maybe(self.agent)
            .end();
        Some(())
    }
}

/// What is told of an agent, as its frame has it.
#[derive(Clone, Copy, Debug)]
pub struct AgentFields<'a> {
    /// As in [`AgentResult`].
    pub agent: &'a str,
    /// As in [`AgentResult`].
    pub state: &'a str,
    /// As in [`AgentResult`].
    pub reason: Option<&'a str>,
    /// As in [`AgentResult`].
    pub pending: Option<&'a str>,
}

impl AgentFields<'_> {
    /// Appends the result; `None`, and nothing appended, where the frame has no word for the state.
    #[inline]
    pub fn write(&self, out: &mut Vec<u8>, number: u64, replayed: bool) -> Option<()> {
        let state = code(AGENT_STATES, self.state)?;
        Writer::begin(out, Op::Agent, number, 0, 0)
            .flag(replayed)
            .u8(state)
            .text(self.agent)
            .maybe(self.reason)
            .maybe(self.pending)
            .end();
        Some(())
    }
}

/// Appends a contact's result.
pub fn contact(out: &mut Vec<u8>, number: u64, of: &ContactResult, replayed: bool) {
    let ContactResult { pos, ewt_ms, wait_ms, .. } = *of;
    let offer = of.offer.as_deref().map(id::parse_offer);
    let known = id::parse_contact(&of.contact).filter(|_| offer != Some(None));
    let fields = known.map(|contact| {
        let (state, agent) = (of.state.as_str(), of.agent.as_deref());
        ContactFields { contact, state, pos, ewt_ms, wait_ms, offer: offer.flatten(), agent }
    });
    if fields.and_then(|fields| fields.write(out, number, replayed)).is_none() {
        result(out, number, of, replayed);
    }
}

/// Appends an agent's result.
pub fn agent(out: &mut Vec<u8>, number: u64, of: &AgentResult, replayed: bool) {
    let AgentResult { agent, state, .. } = of;
    let (reason, pending) = (of.reason.as_deref(), of.pending.as_deref());
    if (AgentFields { agent, state, reason, pending }).write(out, number, replayed).is_none() {
        result(out, number, of, replayed);
    }
}
