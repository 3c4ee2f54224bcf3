//! Calls that residents were promised: whoever is first, the agent or the resident, hears music or
//! ringing until the other is there.

use acd_proto::request::{ContactCallback, ContactCause, ContactNew, OneOffer, Request};
use acd_proto::{ContactRef, request::ContactEnd};
use serde::Deserialize;

use super::call::{Call, Heard, Offer, Stage};
use super::{About, Id, Output, Translator, say};
use crate::asterisk::ari::Command;
use crate::ids;

/// `[callback]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Callback {
    /// What is dialled to reach a resident: `PJSIP/{number}@trunk`.
    pub endpoint: String,
    /// Whom to dial first.
    #[serde(default)]
    pub first: First,
    /// Seconds until a resident's telephone has rung long enough.
    #[serde(default = "ring_s")]
    pub ring_s: u64,
    /// The keys with which a waiting caller asks for it; none unless set.
    #[serde(default)]
    pub keys: String,
}

fn ring_s() -> u64 {
    30
}

/// Whom to dial first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum First {
    /// The agent; then the resident is never without one.
    #[default]
    Agent,
    /// The resident; then the agent does not hear it ring.
    Caller,
}

impl Translator {
    /// A waiting caller pressed the key: the place is kept, and the call ends for now.
    pub(super) fn wants_callback(&mut self, ext: &Id, out: &mut Vec<Output>) {
        let Some(call) = self.calls.get(ext).filter(|call| call.number.is_none()) else { return };
        if let (Some(contact), Stage::Waiting | Stage::Offered(_)) = (&call.contact, &call.stage) {
            let contact = contact.to_string();
            let request =
                Request::ContactCallback(ContactCallback { contact, ..ContactCallback::default() });
            self.ask(request, About::Nothing, out);
        }
    }

    /// Whether a caller's channel was seen before. Whoever was promised a call and is on the line
    /// again by themselves is nobody's resident any more.
    pub(super) fn is_known(&mut self, ext: &Id, out: &mut Vec<Output>) -> bool {
        if self.over.contains(ext) {
            return true;
        }
        let Some(call) = self.calls.get(ext) else { return false };
        if call.number.is_none() {
            return true;
        }
        self.break_promise(ext, out);
        false
    }

    /// Ends a promised call on our side; the server is right about what it is.
    pub(super) fn break_promise(&mut self, ext: &Id, out: &mut Vec<Output>) {
        if let Some(leg) = self.calls.get(ext).and_then(Call::leg) {
            self.drop_leg(&leg, out);
        }
        self.drop_line(ext, out);
    }

    /// A promised call is offered to an agent, and not on its way. Whether it is now.
    pub(super) fn promised(
        &mut self,
        of: &ContactRef,
        offer: &Id,
        number: &Id,
        out: &mut Vec<Output>,
    ) -> bool {
        let Some(epoch) = self.epoch.clone() else { return false };
        let leg = ids::leg(&of.ext, offer, &epoch);
        if self.over.contains(&leg) || self.over.contains(&ids::resident(&leg)) {
            return false;
        }
        if self.settings.callback.is_none() {
            self.no_callbacks(of, out);
            return false;
        }
        let request = ContactNew {
            ext: of.ext.to_string(),
            channel: "callback".into(),
            queue: of.queue.to_string(),
            from: Some(number.to_string()),
            ..ContactNew::default()
        };
        let mut call = Call::new(request, self.now);
        (call.line, call.number) = (None, Some(number.clone()));
        (call.contact, call.stage) = (Some(of.contact.clone()), Stage::Waiting);
        self.calls.insert(of.ext.clone(), call);
        true
    }

    /// The resident comes first: the agent is kept by an answer, and not dialled yet.
    pub(super) fn resident_first(&mut self, ext: &Id, offer: &Id, leg: &Id, out: &mut Vec<Output>) {
        let Some(call) = self.calls.get_mut(ext) else { return };
        let heard = Heard::Answered { told: self.epoch.is_some() };
        call.stage = Stage::Offered(Offer { id: offer.clone(), leg: leg.clone(), heard });
        let request = Request::OfferAnswered(OneOffer { offer: offer.to_string() });
        let about = About::Answered { ext: ext.clone(), offer: offer.clone() };
        self.ask(request, about, out);
    }

    /// The agent has the contact: the resident is dialled.
    pub(super) fn dial_resident(&mut self, ext: &Id, leg: &Id, out: &mut Vec<Output>) {
        let Some(callback) = &self.settings.callback else { return };
        let (timeout, first) = (callback.ring_s, callback.first);
        let Some(call) = self.calls.get_mut(ext) else { return };
        let number = call.number.as_deref().unwrap_or_default();
        // A number is digits; whatever else it holds is no part of what is dialled.
        let plain = |letter: &char| letter.is_ascii_alphanumeric() || "+*#-_.".contains(*letter);
        let number: String = number.chars().filter(plain).collect();
        let line = ids::resident(leg);
        call.line = Some(line.clone());
        let agent_is_there = first == First::Agent;
        call.stage = Stage::Dialling { leg: leg.clone(), agent_is_there };
        let endpoint = callback.endpoint.replace("{number}", &number);
        self.legs.insert(line.clone(), ext.clone());
        if agent_is_there {
            say(leg, Command::Ring { channel: leg.to_string() }, out);
        }
        let command = Command::Originate {
            leg: line.to_string(),
            endpoint,
            app: self.settings.app.clone(),
            caller: ext.to_string(),
            originator: agent_is_there.then(|| leg.to_string()),
            caller_id: String::new(),
            timeout,
        };
        say(&line, command, out);
    }

    /// The resident has answered: together with the agent, or music until the agent is there.
    pub(super) fn resident_answered(&mut self, ext: &Id, out: &mut Vec<Output>) {
        let Some(call) = self.calls.get_mut(ext) else { return };
        let Stage::Dialling { leg, agent_is_there } = &call.stage else {
            // The agent is lost meanwhile: the resident waits for another.
            return self.music(ext, out);
        };
        let (leg, agent_is_there, dial) = (leg.clone(), *agent_is_there, call.dial.take());
        if agent_is_there {
            call.stage = Stage::Talking { leg: leg.clone() };
            self.join(ext, &leg, out);
        } else if let Some(dial) = dial {
            self.music(ext, out);
            self.call_agent(ext, &leg, dial, out);
        }
    }

    /// The resident does not answer: the server tries again later.
    pub(super) fn resident_failed(&mut self, ext: &Id, cause: u16, out: &mut Vec<Output>) {
        let Some(call) = self.calls.get(ext) else { return };
        let contact = call.contact.as_deref().map(str::to_owned);
        if let Some(contact) = contact {
            let cause = Some(format!("Q.850 cause {cause}"));
            let request = Request::ContactCallbackFailed(ContactCause { contact, cause });
            self.ask(request, About::Nothing, out);
        }
        if let Some(leg) = call.leg() {
            self.drop_leg(&leg, out);
        }
        self.calls.remove(ext);
    }

    /// Nobody has said how residents are reached.
    fn no_callbacks(&mut self, of: &ContactRef, out: &mut Vec<Output>) {
        tracing::warn!(contact = %of.contact, "a callback, and no [callback] in the configuration");
        let contact = of.contact.to_string();
        let end = ContactEnd { contact, by: Some("front_end".into()), ..ContactEnd::default() };
        self.ask(Request::ContactEnd(end), About::Nothing, out);
    }

    /// The agent has the contact, and nobody has dialled the device: it is, while the caller hears
    /// music.
    pub(super) fn call_agent(
        &mut self,
        ext: &Id,
        leg: &Id,
        endpoint: String,
        out: &mut Vec<Output>,
    ) {
        let Some(call) = self.calls.get_mut(ext) else { return };
        call.stage = Stage::Called { leg: leg.clone() };
        self.originate(ext, leg, endpoint, RING_S, out);
    }
}

/// Seconds for which the device of an agent who has the contact already rings.
const RING_S: u64 = 30;
