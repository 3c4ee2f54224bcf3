//! What the exchange tells: callers come and leave, agents' telephones ring, are answered and end.

use acd_proto::request::{
    ContactCause, ContactEnd, ContactNew, OfferFailed, OneContact, OneOffer, Request,
};

use super::call::{Call, Heard, Offer, Stage};
use super::{About, Board, Command, Ending};
use crate::{Id, ids};

/// A call that is younger is told of as it comes; an older one was held back, and brings its age.
const LATE_US: u64 = 1_000_000;

impl Board {
    /// A caller is held by the exchange. A second word of the same caller changes nothing.
    pub fn came(&mut self, now: u64, request: ContactNew, since: u64) {
        let ext: Id = request.ext.as_str().into();
        if self.calls.contains_key(&ext) || self.over.contains(&ext) {
            return;
        }
        let since = since.min(now);
        self.calls.insert(ext.clone(), Call::new(request, since));
        if self.epoch.is_some() {
            self.submit(now, &ext, now.saturating_sub(since) >= LATE_US);
        }
    }

    /// A caller of whom the exchange does not say what the server must know.
    pub fn unclear(&mut self, ext: &Id, why: &str) {
        if !self.calls.contains_key(ext) && !self.over.contains(ext) {
            tracing::warn!(%ext, "{why}");
            self.release(ext, "BAD_ARGUMENTS", None);
        }
    }

    /// Asks the server to take a call in, with the age it has where that counts.
    pub(super) fn submit(&mut self, now: u64, ext: &Id, aged: bool) {
        let Some(call) = self.calls.get_mut(ext) else { return };
        call.stage = Stage::New { asked: true };
        call.contact = None;
        let age_ms = aged.then(|| now.saturating_sub(call.since) / 1_000);
        let request = Request::ContactNew(ContactNew { age_ms, ..call.request.clone() });
        self.ask(request, About::New(ext.clone()));
    }

    /// The caller is gone, in whatever state.
    pub fn left(&mut self, ext: &Id) {
        self.over_for(ext, false);
    }

    /// The exchange has sent the caller elsewhere.
    pub fn gone_on(&mut self, ext: &Id) {
        self.over_for(ext, true);
    }

    fn over_for(&mut self, ext: &Id, elsewhere: bool) {
        let Some(call) = self.calls.get_mut(ext) else {
            self.over.insert(ext);
            return;
        };
        if call.stage == (Stage::New { asked: true }) {
            call.left = true;
            return;
        }
        let (leg, contact, answered) = (call.leg(), call.contact.clone(), call.is_answered());
        if let Some(contact) = contact.as_deref().map(str::to_owned) {
            let request = if answered || elsewhere {
                let by = Some(if elsewhere { "front_end" } else { "caller" }.to_owned());
                let cause = elsewhere.then(|| "timeout".to_owned());
                Request::ContactEnd(ContactEnd { contact, by, cause, disposition: None })
            } else {
                Request::ContactAbandon(OneContact { contact })
            };
            self.ask(request, About::Nothing);
        }
        if let Some(leg) = leg {
            self.drop_leg(&leg);
        }
        self.forget(ext);
    }

    /// An agent's telephone rings.
    pub fn rings(&mut self, leg: &str) {
        let Some(ext) = self.legs.get(leg) else { return };
        let Some(offer) = self.calls.get_mut(ext).and_then(Call::offer) else { return };
        if &*offer.leg == leg && offer.heard == Heard::Nothing {
            offer.heard = Heard::Ringing;
            let offer = offer.id.to_string();
            self.ask(Request::OfferRinging(OneOffer { offer }), About::Nothing);
        }
    }

    /// An agent has answered: the server says whether the offer is still theirs.
    pub fn answered(&mut self, leg: &Id) {
        let Some(ext) = self.legs.get(leg).cloned() else {
            self.answered_late(leg);
            return;
        };
        let told = self.epoch.is_some();
        let Some(offer) = self.calls.get_mut(&ext).and_then(Call::offer) else { return };
        if offer.leg != *leg || offer.heard == (Heard::Answered { told: true }) {
            return;
        }
        offer.heard = Heard::Answered { told };
        let offer = offer.id.clone();
        let request = Request::OfferAnswered(OneOffer { offer: offer.to_string() });
        self.ask(request, About::Answered { ext, offer });
    }

    /// Nobody waits for this leg: it was let go of just now, or an earlier run dialled it.
    fn answered_late(&mut self, leg: &Id) {
        let Some(said) = ids::parse(leg) else { return };
        if self.means.joins_by_itself {
            // They talk already, and nothing takes that back.
            let waits = self.calls.get(&said.ext).is_some_and(|call| !call.talks());
            if waits {
                self.legs.insert(leg.clone(), said.ext.clone());
                self.talks_unasked(&said.ext, leg);
            }
        } else if !self.over.contains(leg) {
            self.over.insert(leg);
            self.say(Command::Drop { ext: said.ext, leg: leg.clone() });
        }
    }

    /// Caller and agent talk although the server has given the offer up: for it the contact is
    /// over, since nobody waits any more.
    pub(super) fn talks_unasked(&mut self, ext: &Id, leg: &Id) {
        let Some(call) = self.calls.get_mut(ext) else { return };
        tracing::warn!(%ext, "answered too late, and they talk: the contact ends as completed");
        call.stage = Stage::Talking { leg: leg.clone() };
        if let Some(contact) = call.contact.take() {
            self.end_served(&contact);
        }
    }

    /// Tells the server that a contact is served, in whatever state it has it.
    pub(super) fn end_served(&mut self, contact: &Id) {
        let (by, cause) = (Some("front_end".into()), Some("completed".into()));
        let contact = contact.to_string();
        let end = ContactEnd { contact, by, cause, disposition: None };
        self.ask(Request::ContactEnd(end), About::Nothing);
    }

    /// An agent's leg has ended.
    pub fn leg_ended(&mut self, leg: &Id, ending: Ending) {
        let Some(ext) = self.legs.remove(leg) else { return };
        self.over.insert(leg);
        let Some(call) = self.calls.get_mut(&ext) else { return };
        if call.leg().as_ref() != Some(leg) {
            return;
        }
        let contact = call.contact.as_deref().map(str::to_owned);
        match std::mem::replace(&mut call.stage, Stage::Waiting) {
            Stage::Offered(offer) if offer.heard == (Heard::Answered { told: true }) => {
                self.after_answer(&ext, contact, "the agent's leg ended at once");
            }
            Stage::Offered(offer) => {
                let cause = match ending {
                    Ending::Normal(cause) => cause,
                    Ending::Broken => "unreachable",
                };
                let failed = OfferFailed { offer: offer.id.to_string(), cause: cause.into() };
                self.ask(Request::OfferFailed(failed), About::Nothing);
            }
            Stage::Talking { .. } if ending == Ending::Broken && self.means.takes_back => {
                self.after_answer(&ext, contact, "the agent's line failed");
            }
            Stage::Talking { .. } => {
                self.agent_ended(&ext, contact);
                self.say(Command::HangUp { ext, leg: leg.clone() });
            }
            Stage::New { .. } | Stage::Waiting => {}
        }
    }

    /// The agent's leg is lost after its answer: the caller waits again, where it can.
    fn after_answer(&mut self, ext: &Id, contact: Option<String>, why: &str) {
        if !self.means.takes_back {
            self.agent_ended(ext, contact);
            return;
        }
        self.say(Command::Wait { ext: ext.clone() });
        self.requeue(contact, why.into());
    }

    fn agent_ended(&mut self, ext: &Id, contact: Option<String>) {
        if let Some(contact) = contact {
            let by = Some("agent".into());
            let end = ContactEnd { contact, by, ..ContactEnd::default() };
            self.ask(Request::ContactEnd(end), About::Nothing);
        }
        self.forget(ext);
    }

    /// The agent's leg is lost, and the caller waits again.
    pub(super) fn requeue(&mut self, contact: Option<String>, cause: String) {
        if let Some(contact) = contact {
            let request = Request::ContactRequeue(ContactCause { contact, cause: Some(cause) });
            self.ask(request, About::Nothing);
        }
    }

    /// A leg that an earlier run dialled, or whose answer was missed. The caller was told of first.
    pub fn found_leg(&mut self, leg: &Id, answered: bool, joined: bool) {
        let Some(said) = ids::parse(leg) else { return };
        let known = self.legs.contains_key(leg);
        let Some(call) = self.calls.get_mut(&said.ext).filter(|_| !self.over.contains(leg)) else {
            if !known {
                self.over.insert(leg);
                self.say(Command::Drop { ext: said.ext, leg: leg.clone() });
            }
            return;
        };
        if known {
            if let Some(offer) = call.offer().filter(|offer| answered && offer.leg == *leg) {
                offer.heard = Heard::Answered { told: false };
            }
            return;
        }
        if let Some(other) = call.leg() {
            tracing::debug!(%leg, %other, "a second leg of one call");
            self.over.insert(leg);
            self.say(Command::Drop { ext: said.ext, leg: leg.clone() });
            return;
        }
        let heard = if answered { Heard::Answered { told: false } } else { Heard::Nothing };
        call.stage = if joined {
            Stage::Talking { leg: leg.clone() }
        } else {
            Stage::Offered(Offer { id: said.offer.clone(), leg: leg.clone(), heard })
        };
        self.legs.insert(leg.clone(), said.ext);
    }
}
