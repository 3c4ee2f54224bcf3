//! The commonest requests, read as they lie in their frames: nothing is allocated for them.

use acd_core::{ContactId, OfferId};

use super::wire::Reader;
use super::words::{AGENT_STATES, CHANNELS, maybe_word};
use super::{Frame, Op};

/// A request that has no `idem`, and nothing wrong with its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hot<'a> {
    /// `ping`
    Ping,
    /// `contact.new` without needs.
    ContactNew {
        /// Its front end's id of it.
        ext: &'a str,
        /// How it comes.
        channel: &'static str,
        /// Where to.
        queue: &'a str,
        /// Its priority.
        prio: Option<u8>,
        /// Who calls.
        from: Option<&'a str>,
    },
    /// `contact.abandon`
    ContactAbandon(ContactId),
    /// `contact.end` without a word about why.
    ContactEnd(ContactId),
    /// `offer.ringing`
    OfferRinging(OfferId),
    /// `offer.answered`
    OfferAnswered(OfferId),
    /// `agent.state` without a reason.
    AgentState {
        /// ready or `not_ready`.
        state: &'static str,
        /// The agent; an agent's own where it is left out.
        agent: Option<&'a str>,
    },
    /// `agent.wrap_done` without a disposition.
    AgentWrapDone {
        /// The contact.
        contact: ContactId,
        /// The agent; an agent's own where it is left out.
        agent: Option<&'a str>,
    },
}

/// The request of a frame; none where it is another, or wants to be looked at more closely by
/// [`decode`](super::decode), which says the same of every one given here.
pub fn hot(frame: Frame<'_>) -> Option<Hot<'_>> {
    if frame.header.flag {
        return None;
    }
    let mut body = Reader(frame.body);
    let body = &mut body;
    let about = frame.header.a;
    let contact = || (about > 0).then_some(ContactId(about));
    let offer = || (about > 0).then_some(OfferId(about));
    match Op::from_code(frame.header.op)? {
        Op::Ping => Some(Hot::Ping),
        Op::ContactNew => contact_new(body),
        Op::ContactAbandon => contact().map(Hot::ContactAbandon),
        Op::ContactEnd => contact().filter(|_| frame.body.is_empty()).map(Hot::ContactEnd),
        Op::OfferRinging => offer().map(Hot::OfferRinging),
        Op::OfferAnswered => offer().map(Hot::OfferAnswered),
        Op::AgentState => {
            let state = maybe_word(AGENT_STATES, "state", body.u8().ok()?).ok()??;
            let agent = body.maybe().ok()?;
            body.maybe().ok()?.is_none().then_some(Hot::AgentState { state, agent })
        }
        Op::AgentWrapDone => {
            let agent = body.maybe().ok()?;
            let plain = body.maybe().ok()?.is_none();
            contact().filter(|_| plain).map(|contact| Hot::AgentWrapDone { contact, agent })
        }
        _ => None,
    }
}

fn contact_new<'a>(body: &mut Reader<'a>) -> Option<Hot<'a>> {
    let channel = maybe_word(CHANNELS, "channel", body.u8().ok()?).ok()??;
    let prio = body.u8().ok()?;
    let (ext, queue) = (body.maybe().ok()??, body.maybe().ok()??);
    let from = body.maybe().ok()?;
    let needs = body.u8().ok()?.unwrap_or(0);
    (needs == 0).then_some(Hot::ContactNew { ext, channel, queue, prio, from })
}
