//! Events as frames, and back.

use acd_core::{ContactId, OfferId};

use super::wire::{Reader, Writer, missing, once};
use super::words::{
    AGENT_STATES, ANSWERERS, CHANNELS, END_CAUSES, ENDED_BY, OFFER_CAUSES, code, word,
};
use super::{Header, Op};
use crate::error::ErrorBody;
use crate::event::{ContactRef, Event, EventBody};
use crate::text::{FromFrame, Text};

/// Appends an event: a hot one as its own operation where all its words have numbers, any other
/// as JSON.
pub fn event<T: Text>(out: &mut Vec<u8>, event: &Event<T>) {
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
fn hot<T: Text>(out: &mut Vec<u8>, event: &Event<T>, of: &ContactRef<T>) -> Option<()> {
    use EventBody as E;
    let about = of.contact.contact()?.0;
    let begin = once(|op| {
        Writer::begin(out, op, event.seq, about, event.ts).text_of(&of.ext).text_of(&of.queue)
    });
    match &event.body {
        E::Queued { channel, prio, frontend, pos, previous, reference, .. } => {
            let frame = begin(Op::Queued)
                .u8(channel.with(|word| code(CHANNELS, word))?)
                .u8(*prio)
                .u32(pos.unwrap_or(u32::MAX))
                .text_of(frontend)
                .maybe_of(previous.as_ref());
            match reference {
                Some(reference) => frame.text_of(reference),
                None => frame,
            }
        }
        E::Offered {
            offer, agent, answer_by, dial, deadline_ms, channel, number, resent, ..
        } => begin(Op::Offered)
            .u64(offer.offer()?.0)
            .u64(*deadline_ms)
            .u8(answer_by.with(|word| code(ANSWERERS, word))?)
            .u8(channel.with(|word| code(CHANNELS, word))?)
            .u8(u8::from(*resent))
            .text_of(agent)
            .maybe_of(dial.as_ref())
            .maybe_of(number.as_ref()),
        E::OfferRinging { offer, agent, .. } => {
            begin(Op::Ringing).u64(offer.offer()?.0).text_of(agent)
        }
        E::OfferRevoked { offer, agent, cause, .. } => begin(Op::OfferRevoked)
            .u64(offer.offer()?.0)
            .u8(cause.with(|word| code(OFFER_CAUSES, word))?)
            .text_of(agent),
        E::Connected { agent, offer, wait_ms, dial, .. } => {
            let body = begin(Op::Connected)
                .u64(offer.as_ref().map_or(Some(0), |offer| Some(offer.offer()?.0))?)
                .u64(*wait_ms)
                .text_of(agent);
            match dial {
                Some(dial) => body.text_of(dial),
                None => body,
            }
        }
        E::Abandoned { wait_ms, .. } => begin(Op::Abandoned).u64(*wait_ms),
        E::Ended { cause, by, agent, talk_ms, wait_ms, disposition, .. } => begin(Op::Ended)
            .u64(*talk_ms)
            .u64(*wait_ms)
            .u8(cause.with(|word| code(END_CAUSES, word))?)
            .u8(by.with(|word| code(ENDED_BY, word))?)
            .maybe_of(agent.as_ref())
            .maybe_of(disposition.as_ref()),
        E::WrapUp { agent, until, .. } => begin(Op::WrapUp).u64(*until).text_of(agent),
        E::WrapUpOver { agent, handle_ms, disposition, .. } => {
            begin(Op::WrapUpOver).u64(*handle_ms).text_of(agent).maybe_of(disposition.as_ref())
        }
        _ => return None,
    }
    .end();
    Some(())
}

fn agent_state<T: Text>(out: &mut Vec<u8>, event: &Event<T>) -> Option<()> {
    let EventBody::AgentState { agent, state, reason, pending, paused_until } = &event.body else {
        return None;
    };
    Writer::begin(out, Op::AgentChanged, event.seq, 0, event.ts)
        .u8(state.with(|word| code(AGENT_STATES, word))?)
        .u64(paused_until.unwrap_or(u64::MAX))
        .text_of(agent)
        .maybe_of(reason.as_ref())
        .maybe_of(pending.as_ref())
        .end();
    Some(())
}

/// Reads the body of a hot event.
pub(super) fn read<'a, T: FromFrame<'a>>(
    op: Op,
    header: Header,
    body: &'a [u8],
) -> Result<EventBody<T>, ErrorBody> {
    use EventBody as E;
    let body = &mut Reader(body);
    if op == Op::AgentChanged {
        return agent_changed(body);
    }
    let of = ContactRef {
        contact: T::of_contact(ContactId(header.a)),
        ext: text(body, "ext")?,
        queue: text(body, "queue")?,
    };
    Ok(match op {
        Op::Queued => E::Queued {
            of,
            channel: listed(body, CHANNELS, "channel")?,
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
            answer_by: listed(body, ANSWERERS, "answer_by")?,
            channel: listed(body, CHANNELS, "channel")?,
            resent: body.u8()?.is_some_and(|resent| resent != 0),
            agent: text(body, "agent")?,
            dial: maybe(body)?,
            number: maybe(body)?,
        },
        Op::Ringing => E::OfferRinging { of, offer: offer(body)?, agent: text(body, "agent")? },
        Op::OfferRevoked => E::OfferRevoked {
            of,
            offer: offer(body)?,
            cause: listed(body, OFFER_CAUSES, "cause")?,
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
            cause: listed(body, END_CAUSES, "cause")?,
            by: listed(body, ENDED_BY, "by")?,
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

fn agent_changed<'a, T: FromFrame<'a>>(body: &mut Reader<'a>) -> Result<EventBody<T>, ErrorBody> {
    Ok(EventBody::AgentState {
        state: listed(body, AGENT_STATES, "state")?,
        paused_until: body.u64()?,
        agent: text(body, "agent")?,
        reason: maybe(body)?,
        pending: maybe(body)?,
    })
}

/// 0 stands for none.
fn maybe_offer<'a, T: FromFrame<'a>>(body: &mut Reader<'a>) -> Result<Option<T>, ErrorBody> {
    let offer = number(body, "offer")?;
    Ok((offer > 0).then(|| T::of_offer(OfferId(offer))))
}

fn text<'a, T: FromFrame<'a>>(body: &mut Reader<'a>, field: &str) -> Result<T, ErrorBody> {
    body.text(field).map(T::of_text)
}

fn maybe<'a, T: FromFrame<'a>>(body: &mut Reader<'a>) -> Result<Option<T>, ErrorBody> {
    Ok(body.maybe()?.map(T::of_text))
}

fn listed<'a, T: FromFrame<'a>>(
    body: &mut Reader<'a>,
    words: &[&'static str],
    field: &str,
) -> Result<T, ErrorBody> {
    word(words, field, body.u8()?).map(T::of_text)
}

fn number(body: &mut Reader<'_>, field: &str) -> Result<u64, ErrorBody> {
    body.u64()?.ok_or_else(|| missing(field))
}

fn offer<'a, T: FromFrame<'a>>(body: &mut Reader<'a>) -> Result<T, ErrorBody> {
    number(body, "offer").map(|number| T::of_offer(OfferId(number)))
}
