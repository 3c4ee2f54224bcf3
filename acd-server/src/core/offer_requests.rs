//! Words about offers: by the front end for a device, by the agent at its desktop.

use acd_core::{Command, ContactId, FailCause, OfferId};
use acd_proto::request::{OfferFailed, OfferReject, OneOffer};
use acd_proto::{ErrorBody, Kind, id};

use super::connection::Actor;
use super::contact_requests::text;
use super::desks::LiveOffer;
use super::dispatch::Caller;
use super::names::short;
use super::query::not_yours;
use super::reply::{Answer, Reply};
use super::{Core, words};

impl Core {
    pub(crate) fn offer_rings(&mut self, caller: &Caller, params: &OneOffer) -> Answer {
        let offer = self.device_offer(caller, &params.offer)?;
        self.submit(Command::OfferRinging { offer })?;
        Ok(Reply::done())
    }

    pub(crate) fn offer_answered(&mut self, caller: &Caller, params: &OneOffer) -> Answer {
        let offer = self.device_offer(caller, &params.offer)?;
        self.answer_offer(offer)
    }

    pub(crate) fn offer_failed(&mut self, caller: &Caller, params: &OfferFailed) -> Answer {
        let offer = self.device_offer(caller, &params.offer)?;
        let cause = words::one_of(
            "cause",
            &params.cause,
            &[
                ("no_answer", FailCause::NoAnswer),
                ("busy", FailCause::Busy),
                ("unreachable", FailCause::Unreachable),
                ("rejected", FailCause::Rejected),
            ],
        )?;
        self.submit(Command::OfferFailed { offer, cause })?;
        Ok(Reply::done())
    }

    pub(crate) fn offer_accept(&mut self, caller: &Caller, params: &OneOffer) -> Answer {
        let (offer, live) = self.agents_offer(caller, &params.offer)?;
        if live.by_device {
            let message = "this offer is answered at the agent's device, by the front end";
            return Err(ErrorBody::new(Kind::WrongAnswerer, message).field("offer"));
        }
        self.answer_offer(offer)
    }

    pub(crate) fn offer_reject(&mut self, caller: &Caller, params: &OfferReject) -> Answer {
        text("reason", params.reason.clone())?;
        let (offer, _) = self.agents_offer(caller, &params.offer)?;
        self.submit(Command::OfferFailed { offer, cause: FailCause::Rejected })?;
        Ok(Reply::done())
    }

    fn answer_offer(&mut self, offer: OfferId) -> Answer {
        self.connect(offer).map(|contact| Reply::Contact(self.contact_result(contact)))
    }

    /// The offer is answered: its contact.
    pub(super) fn connect(&mut self, offer: OfferId) -> Result<ContactId, ErrorBody> {
        let contact = self.desks.offer(offer).map(|live| live.contact);
        self.submit(Command::Answer { offer })?;
        Ok(contact.expect("an offer that is answered was live"))
    }

    /// A live offer of the caller's contact that rings at a device.
    fn device_offer(&self, caller: &Caller, text: &str) -> Result<OfferId, ErrorBody> {
        self.own_device_offer(caller, self.live_offer(text)?)
    }

    /// As [`device_offer`](Self::device_offer), by number.
    pub(super) fn device_offer_numbered(
        &self,
        caller: &Caller,
        offer: OfferId,
    ) -> Result<OfferId, ErrorBody> {
        match self.desks.offer(offer) {
            Some(live) => self.own_device_offer(caller, (offer, live)),
            None => self.device_offer(caller, &id::offer(offer)),
        }
    }

    fn own_device_offer(
        &self,
        caller: &Caller,
        (offer, live): (OfferId, LiveOffer),
    ) -> Result<OfferId, ErrorBody> {
        let own = self.contacts.get(live.contact).map(|contact| contact.front_end);
        match &caller.actor {
            Actor::FrontEnd(front_end) if own == Some(*front_end) => {}
            _ => return Err(not_yours("offer")),
        }
        if !live.by_device {
            let message = "this offer is answered at the agent's desktop";
            return Err(ErrorBody::new(Kind::WrongAnswerer, message).field("offer"));
        }
        Ok(offer)
    }

    /// A live offer to the agent that says it.
    fn agents_offer(&self, caller: &Caller, text: &str) -> Result<(OfferId, LiveOffer), ErrorBody> {
        let (offer, live) = self.live_offer(text)?;
        match &caller.actor {
            Actor::Agent(own) if live.agent == *own => Ok((offer, live)),
            _ => Err(not_yours("offer")),
        }
    }

    fn live_offer(&self, text: &str) -> Result<(OfferId, LiveOffer), ErrorBody> {
        let issued = self.engine.counters().offers;
        let Some(offer) = id::parse_offer(text).filter(|offer| offer.0 <= issued) else {
            let unknown = ErrorBody::new(Kind::UnknownOffer, "no offer has this id");
            return Err(unknown.field("offer").got(short(text)));
        };
        let over = || {
            let error = ErrorBody::new(Kind::OfferOver, "offer is over");
            error.field("offer").got(short(text))
        };
        Ok((offer, self.desks.offer(offer).ok_or_else(over)?))
    }
}
