//! Requests as frames, and back.

use acd_core::{ContactId, OfferId};

use super::wire::{Reader, Writer, missing, once};
use super::words::{
    AGENT_STATES, CHANNELS, END_CAUSES, ENDED_BY, OFFER_CAUSES, code, maybe_code, maybe_word, word,
};
use super::{Frame, Op};
use crate::call::{Call, Id, call, checked_idem, decode_object};
use crate::error::{ErrorBody, Kind};
use crate::id;
use crate::request::{
    AgentState, AgentWrapDone, ContactEnd, ContactNew, Empty, OfferFailed, OfferReject, OneContact,
    OneOffer, Request,
};

/// Appends a request: a hot one as its own operation where all its words have numbers, any other
/// as JSON.
pub fn request(out: &mut Vec<u8>, number: u64, request: &Request, idem: Option<&str>) {
    if hot(out, number, request, idem).is_none() {
        Writer::begin(out, Op::Json, number, 0, 0)
            .bytes(b"{\"method\":\"")
            .bytes(request.method().name().as_bytes())
            .bytes(b"\",\"params\":")
            .json(request)
            .bytes(if idem.is_some() { b",\"idem\":" } else { b"" })
            .bytes(
                &idem.map_or_else(Vec::new, |idem| {
                    serde_json::to_vec(idem).expect("a text is JSON")
                }),
            )
            .bytes(b"}")
            .end();
    }
}

/// Appends nothing, and gives none, where JSON is needed.
fn hot(out: &mut Vec<u8>, number: u64, request: &Request, idem: Option<&str>) -> Option<()> {
    let begin = once(|(op, about)| {
        let frame = Writer::begin(out, op, number, about, 0).flag(idem.is_some());
        if let Some(idem) = idem { frame.text(idem) } else { frame }
    });
    let contact = |text: &str| id::parse_contact(text).map(|contact| contact.0);
    let offer = |text: &str| id::parse_offer(text).map(|offer| offer.0);
    let frame = match request {
        Request::Ping(_) => begin((Op::Ping, 0)),
        Request::ContactNew(params) => return contact_new(begin, params),
        Request::ContactAbandon(one) => begin((Op::ContactAbandon, contact(&one.contact)?)),
        Request::ContactGet(one) => begin((Op::ContactGet, contact(&one.contact)?)),
        Request::ContactEnd(end) => {
            let by = maybe_code(ENDED_BY, end.by.as_deref())?;
            let cause = maybe_code(END_CAUSES, end.cause.as_deref())?;
            let frame = begin((Op::ContactEnd, contact(&end.contact)?));
            match (by, cause, end.disposition.as_deref()) {
                (0, 0, None) => frame,
                (by, cause, None) => frame.u8(by).u8(cause),
                (by, cause, disposition) => frame.u8(by).u8(cause).maybe(disposition),
            }
        }
        Request::OfferRinging(one) => begin((Op::OfferRinging, offer(&one.offer)?)),
        Request::OfferAnswered(one) => begin((Op::OfferAnswered, offer(&one.offer)?)),
        Request::OfferAccept(one) => begin((Op::OfferAccept, offer(&one.offer)?)),
        Request::OfferFailed(failed) => {
            let cause = code(OFFER_CAUSES, &failed.cause)?;
            begin((Op::OfferFailed, offer(&failed.offer)?)).u8(cause)
        }
        Request::OfferReject(reject) => {
            let frame = begin((Op::OfferReject, offer(&reject.offer)?));
            if let Some(reason) = &reject.reason { frame.text(reason) } else { frame }
        }
        Request::AgentState(state) => {
            let number = code(AGENT_STATES, &state.state)?;
            let frame = begin((Op::AgentState, 0)).u8(number);
            frame.maybe(state.agent.as_deref()).maybe(state.reason.as_deref())
        }
        Request::AgentWrapDone(done) => {
            let frame = begin((Op::AgentWrapDone, contact(&done.contact)?));
            match (done.agent.as_deref(), done.disposition.as_deref()) {
                (None, None) => frame,
                (agent, None) => frame.maybe(agent),
                (agent, disposition) => frame.maybe(agent).maybe(disposition),
            }
        }
        _ => return None,
    };
    frame.end();
    Some(())
}

fn contact_new<'a>(begin: impl FnOnce((Op, u64)) -> Writer<'a>, params: &ContactNew) -> Option<()> {
    let ContactNew { ext, channel, queue, prio, needs, from, .. } = params;
    let rest = ContactNew {
        ext: ext.clone(),
        channel: channel.clone(),
        queue: queue.clone(),
        prio: *prio,
        needs: needs.clone(),
        from: from.clone(),
        ..ContactNew::default()
    };
    let channel = code(CHANNELS, channel)?;
    // What has no field here, and 255, which means absent, go as JSON.
    let absent = *prio == Some(u8::MAX) || needs.values().any(|level| *level == u8::MAX);
    if rest != *params || absent || needs.len() >= usize::from(u8::MAX) {
        return None;
    }
    let frame = begin((Op::ContactNew, 0)).u8(channel).u8(prio.unwrap_or(u8::MAX));
    let mut frame = frame.text(ext).text(queue).maybe(from.as_deref()).u8(needs.len() as u8);
    for (skill, level) in needs {
        frame = frame.text(skill).u8(*level);
    }
    frame.end();
    Some(())
}

/// Reads a request. The error goes back under the id beside it.
pub fn decode(frame: Frame<'_>) -> Result<Call, (Id, ErrorBody)> {
    let id = Id::binary(frame.header.id);
    match fields(frame) {
        Ok((request, idem)) => Ok(call(id, request, idem)),
        Err(error) => Err((id, error)),
    }
}

type Keyed = (Request, Option<String>);

fn fields(frame: Frame<'_>) -> Result<Keyed, ErrorBody> {
    let unknown = || {
        ErrorBody::new(Kind::UnknownMethod, "no request has this operation")
            .got(format!("0x{:02x}", frame.header.op))
    };
    let op = Op::from_code(frame.header.op).ok_or_else(unknown)?;
    if op == Op::Json {
        let text = std::str::from_utf8(frame.body)
            .map_err(|_| ErrorBody::new(Kind::BadJson, "the frame is not UTF-8"))?;
        return decode_object(text);
    }
    let mut body = Reader(frame.body);
    let flagged = frame.header.flag;
    let idem = if flagged { Some(checked_idem(body.text("idem")?)?) } else { None };
    let about = frame.header.a;
    let one = || Ok(OneContact { contact: contact(about)? });
    let one_offer = || Ok(OneOffer { offer: offer(about)? });
    let request = match op {
        Op::Ping => Request::Ping(Empty {}),
        Op::ContactNew => Request::ContactNew(read_contact_new(&mut body)?),
        Op::ContactAbandon => Request::ContactAbandon(one()?),
        Op::ContactGet => Request::ContactGet(one()?),
        Op::ContactEnd => Request::ContactEnd(ContactEnd {
            contact: contact(about)?,
            by: maybe_word(ENDED_BY, "by", body.u8()?)?.map(Into::into),
            cause: maybe_word(END_CAUSES, "cause", body.u8()?)?.map(Into::into),
            disposition: body.maybe()?.map(Into::into),
        }),
        Op::OfferRinging => Request::OfferRinging(one_offer()?),
        Op::OfferAnswered => Request::OfferAnswered(one_offer()?),
        Op::OfferAccept => Request::OfferAccept(one_offer()?),
        Op::OfferFailed => Request::OfferFailed(OfferFailed {
            offer: offer(about)?,
            cause: word(OFFER_CAUSES, "cause", body.u8()?)?.into(),
        }),
        Op::OfferReject => Request::OfferReject(OfferReject {
            offer: offer(about)?,
            reason: body.maybe()?.map(Into::into),
        }),
        Op::AgentState => Request::AgentState(AgentState {
            state: word(AGENT_STATES, "state", body.u8()?)?.into(),
            agent: body.maybe()?.map(Into::into),
            reason: body.maybe()?.map(Into::into),
        }),
        Op::AgentWrapDone => Request::AgentWrapDone(AgentWrapDone {
            contact: contact(about)?,
            agent: body.maybe()?.map(Into::into),
            disposition: body.maybe()?.map(Into::into),
        }),
        _ => return Err(unknown()),
    };
    let mutates = request.method().mutates();
    Ok((request, idem.filter(|_| mutates)))
}

fn read_contact_new(body: &mut Reader<'_>) -> Result<ContactNew, ErrorBody> {
    let channel = word(CHANNELS, "channel", body.u8()?)?.into();
    let prio = body.u8()?;
    let mut params = ContactNew {
        channel,
        prio,
        ext: body.text("ext")?.into(),
        queue: body.text("queue")?.into(),
        from: body.maybe()?.map(Into::into),
        ..ContactNew::default()
    };
    for _ in 0..body.u8()?.unwrap_or(0) {
        let skill = body.text("needs")?;
        let level = body.u8()?.ok_or_else(|| missing(&format!("needs.{skill}")))?;
        params.needs.insert(skill.into(), level);
    }
    Ok(params)
}

/// 0 is no contact's number; it is told apart from one that is unknown.
fn contact(number: u64) -> Result<String, ErrorBody> {
    if number == 0 {
        return Err(missing("contact"));
    }
    Ok(id::contact(ContactId(number)))
}

fn offer(number: u64) -> Result<String, ErrorBody> {
    if number == 0 {
        return Err(missing("offer"));
    }
    Ok(id::offer(OfferId(number)))
}
