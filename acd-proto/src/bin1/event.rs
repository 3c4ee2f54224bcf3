//! Events as frames, and back.

use std::sync::Arc;

use acd_core::{ContactId, OfferId};

use super::wire::{Reader, Writer, missing, once};
use super::words::{
    AGENT_STATES, ANSWERERS, CHANNELS, END_CAUSES, ENDED_BY, OFFER_CAUSES, code, word,
};
use super::{Header, Op};
use crate::error::ErrorBody;
use crate::event::{ContactRef, Event, EventBody};
use crate::id;

/// Appends an event: a hot one as its own operation where all its words have numbers, any other
/// as JSON.
pub fn event(out: &mut Vec<u8>, event: &Event) {
    let start = out.len();
    let done = match &event.body {
        EventBody::AgentState { .. } => agent_state(out, event),
        body => body.contact().and_then(|of| hot(out, event, of)),
    };
    if done.is_none() {
        out.truncate(start);
        Writer::begin(out, Op::Event, event.seq, 0, event.ts).json(event).end();
    }
}

/// Where this gives none, what it appended is to be taken back.
fn hot(out: &mut Vec<u8>, event: &Event, of: &ContactRef) -> Option<()> {
    use EventBody as E;
    let about = id::parse_contact(&of.contact)?.0;
    let begin =
        once(|op| Writer::begin(out, op, event.seq, about, event.ts).text(&of.ext).text(&of.queue));
    match &event.body {
        E::Queued { channel, prio, frontend, pos, previous, reference, .. } => {
            let frame = begin(Op::Queued)
                .u8(code(CHANNELS, channel)?)
                .u8(*prio)
                .u32(pos.unwrap_or(u32::MAX))
                .text(frontend)
                .maybe(previous.as_deref());
            match reference {
                Some(reference) => frame.text(reference),
                None => frame,
            }
        }
        E::Offered {
            offer, agent, answer_by, dial, deadline_ms, channel, number, resent, ..
        } => begin(Op::Offered)
            .u64(id::parse_offer(offer)?.0)
            .u64(*deadline_ms)
            .u8(code(ANSWERERS, answer_by)?)
            .u8(code(CHANNELS, channel)?)
            .u8(u8::from(*resent))
            .text(agent)
            .maybe(dial.as_deref())
            .maybe(number.as_deref()),
        E::OfferRinging { offer, agent, .. } => {
            begin(Op::Ringing).u64(id::parse_offer(offer)?.0).text(agent)
        }
        E::OfferRevoked { offer, agent, cause, .. } => begin(Op::OfferRevoked)
            .u64(id::parse_offer(offer)?.0)
            .u8(code(OFFER_CAUSES, cause)?)
            .text(agent),
        E::Connected { agent, offer, wait_ms, dial, .. } => {
            let body = begin(Op::Connected)
                .u64(offer.as_ref().map_or(Some(0), |offer| Some(id::parse_offer(offer)?.0))?)
                .u64(*wait_ms)
                .text(agent);
            match dial {
                Some(dial) => body.text(dial),
                None => body,
            }
        }
        E::Abandoned { wait_ms, .. } => begin(Op::Abandoned).u64(*wait_ms),
        E::Ended { cause, by, agent, talk_ms, wait_ms, disposition, .. } => begin(Op::Ended)
            .u64(*talk_ms)
            .u64(*wait_ms)
            .u8(code(END_CAUSES, cause)?)
            .u8(code(ENDED_BY, by)?)
            .maybe(agent.as_deref())
            .maybe(disposition.as_deref()),
        E::WrapUp { agent, until, .. } => begin(Op::WrapUp).u64(*until).text(agent),
        E::WrapUpOver { agent, handle_ms, disposition, .. } => {
            begin(Op::WrapUpOver).u64(*handle_ms).text(agent).maybe(disposition.as_deref())
        }
        _ => return None,
    }
    .end();
    Some(())
}

fn agent_state(out: &mut Vec<u8>, event: &Event) -> Option<()> {
    let EventBody::AgentState { agent, state, reason, pending, paused_until } = &event.body else {
        return None;
    };
    Writer::begin(out, Op::AgentChanged, event.seq, 0, event.ts)
        .u8(code(AGENT_STATES, state)?)
        .u64(paused_until.unwrap_or(u64::MAX))
        .text(agent)
        .maybe(reason.as_deref())
        .maybe(pending.as_deref())
        .end();
    Some(())
}

/// Reads the body of a hot event.
pub(super) fn read(op: Op, header: Header, body: &[u8]) -> Result<EventBody, ErrorBody> {
    use EventBody as E;
    let mut body = Reader(body);
    if op == Op::AgentChanged {
        return agent_changed(&mut body);
    }
    let of = ContactRef {
        contact: id::contact(ContactId(header.a)).into(),
        ext: text(&mut body, "ext")?,
        queue: text(&mut body, "queue")?,
    };
    let body = &mut body;
    Ok(match op {
        Op::Queued => E::Queued {
            of,
            channel: word(CHANNELS, "channel", body.u8()?)?.into(),
            prio: body.u8()?.ok_or_else(|| missing("prio"))?,
            pos: body.u32()?,
            frontend: text(body, "frontend")?,
            previous: maybe(body)?,
            reference: maybe(body)?,
        },
        Op::Offered => E::Offered {
            of,
            offer: offer(body)?,
            deadline_ms: number(body, "deadline_ms")?,
            answer_by: word(ANSWERERS, "answer_by", body.u8()?)?.into(),
            channel: word(CHANNELS, "channel", body.u8()?)?.into(),
            resent: body.u8()?.is_some_and(|resent| resent != 0),
            agent: text(body, "agent")?,
            dial: maybe(body)?,
            number: maybe(body)?,
        },
        Op::Ringing => E::OfferRinging { of, offer: offer(body)?, agent: text(body, "agent")? },
        Op::OfferRevoked => E::OfferRevoked {
            of,
            offer: offer(body)?,
            cause: word(OFFER_CAUSES, "cause", body.u8()?)?.into(),
            agent: text(body, "agent")?,
        },
        Op::Connected => E::Connected {
            of,
            offer: maybe_offer(body)?,
            wait_ms: number(body, "wait_ms")?,
            agent: text(body, "agent")?,
            dial: maybe(body)?,
        },
        Op::Abandoned => E::Abandoned { of, wait_ms: number(body, "wait_ms")? },
        Op::Ended => E::Ended {
            of,
            talk_ms: number(body, "talk_ms")?,
            wait_ms: number(body, "wait_ms")?,
            cause: word(END_CAUSES, "cause", body.u8()?)?.into(),
            by: word(ENDED_BY, "by", body.u8()?)?.into(),
            agent: maybe(body)?,
            disposition: maybe(body)?,
        },
        Op::WrapUp => E::WrapUp { of, until: number(body, "until")?, agent: text(body, "agent")? },
        Op::WrapUpOver => E::WrapUpOver {
            of,
            handle_ms: number(body, "handle_ms")?,
            agent: text(body, "agent")?,
            disposition: maybe(body)?,
        },
        _ => E::Unknown,
    })
}

fn agent_changed(body: &mut Reader<'_>) -> Result<EventBody, ErrorBody> {
    Ok(EventBody::AgentState {
        state: word(AGENT_STATES, "state", body.u8()?)?.into(),
        paused_until: body.u64()?,
        agent: text(body, "agent")?,
        reason: maybe(body)?,
        pending: maybe(body)?,
    })
}

/// 0 stands for none.
fn maybe_offer(body: &mut Reader<'_>) -> Result<Option<Arc<str>>, ErrorBody> {
    let offer = number(body, "offer")?;
    Ok((offer > 0).then(|| id::offer(OfferId(offer)).into()))
}

fn text(body: &mut Reader<'_>, field: &str) -> Result<Arc<str>, ErrorBody> {
    body.text(field).map(Into::into)
}

fn maybe(body: &mut Reader<'_>) -> Result<Option<Arc<str>>, ErrorBody> {
    Ok(body.maybe()?.map(Into::into))
}

fn number(body: &mut Reader<'_>, field: &str) -> Result<u64, ErrorBody> {
    body.u64()?.ok_or_else(|| missing(field))
}

fn offer(body: &mut Reader<'_>) -> Result<Arc<str>, ErrorBody> {
    let number = number(body, "offer")?;
    Ok(id::offer(OfferId(number)).into())
}
