//! What the server tells: offers are dialled, answers joined, ends carried out.

use acd_proto::request::{OfferFailed, OneContact, Request};
use acd_proto::{ContactRef, Event, EventBody, Kind};

use super::call::{Call, Heard, Offer, Stage};
use super::{About, Answer, Board, Command};
use crate::{Id, ids};

/// The exchange gives up ringing so much later than the server, which decides.
const RING_MARGIN_MS: u64 = 5_000;

impl Board {
    /// Takes an event.
    pub(super) fn event(&mut self, event: &Event) {
        let Some(of) = event.body.contact() else { return };
        let Some(call) = self.calls.get_mut(&of.ext) else { return };
        call.seq = call.seq.max(event.seq);
        let is_ours = call.contact.is_none() || call.contact.as_ref() == Some(&of.contact);
        match &event.body {
            EventBody::Queued { pos, .. } => self.queued(of, pos.is_some()),
            _ if !is_ours || call.left => {}
            EventBody::Offered { offer, dial, deadline_ms, answer_by, .. } => {
                if &**answer_by == "device" {
                    self.offered(of, offer, dial.as_deref(), *deadline_ms);
                } else {
                    tracing::warn!(contact = %of.contact, "offered to an agent without a device");
                }
            }
            EventBody::OfferRevoked { offer, .. }
                if call.offer().is_some_and(|live| live.id == *offer) =>
            {
                self.wait_on(&of.ext);
            }
            EventBody::Connected { offer: Some(offer), .. } => self.connect(&of.ext, offer),
            EventBody::Requeued { .. } if call.talks() => {
                if self.means.takes_back {
                    self.wait_on(&of.ext);
                } else {
                    self.not_taken_back(of, &of.contact);
                }
            }
            EventBody::Transferred { to, next, .. } => self.transferred(of, to, next.as_ref()),
            EventBody::Callback { .. } => {
                self.wait_on(&of.ext);
                self.release(&of.ext, "CALLBACK", None);
            }
            EventBody::Ended { cause, .. } => self.ended(of, cause),
            EventBody::Held { .. } => self.held(&of.ext, true),
            EventBody::Unheld { .. } => self.held(&of.ext, false),
            _ => {}
        }
    }

    /// Takes an answer.
    pub(super) fn reply(&mut self, about: &About, answer: &Answer) {
        match about {
            About::New(ext) => self.new_answered(ext, answer),
            About::Answered { ext, offer } => self.offer_answered(ext, offer, answer),
            About::Nothing => {
                if let Answer::Refused(error) = answer {
                    tracing::info!("the server refuses: {}", error.message);
                }
            }
        }
    }

    fn new_answered(&mut self, ext: &Id, answer: &Answer) {
        let Some(call) = self.calls.get_mut(ext) else { return };
        if call.stage != (Stage::New { asked: true }) {
            return;
        }
        let contact = match answer {
            Answer::Done(result) => Some((result.contact.clone(), result.state != "offered")),
            Answer::Refused(error) if error.data.kind == Kind::ExtInUse => {
                error.data.contact.clone().map(|contact| (contact, true))
            }
            Answer::Refused(error) => {
                tracing::warn!(%ext, "the server refuses a caller: {}", error.message);
                let status = error.data.kind.name().to_owned();
                return if call.left {
                    self.forget(ext);
                } else {
                    self.release(ext, &status, None);
                };
            }
        };
        if let Some((contact, waits)) = contact {
            self.known(ext, &contact.into(), waits);
        }
    }

    /// The event may come before the answer.
    fn queued(&mut self, of: &ContactRef, waits: bool) {
        let Some(call) = self.calls.get_mut(&of.ext) else { return };
        match &call.contact {
            None => self.known(&of.ext, &of.contact, waits),
            Some(contact) if *contact == of.contact => {}
            // It goes on as another contact; a transfer says the rest.
            Some(_) => call.contact = Some(of.contact.clone()),
        }
    }

    /// The server has taken a call in. Where it need not wait, a telephone is dialled at once; that
    /// says more than a word of waiting.
    fn known(&mut self, ext: &Id, contact: &Id, waits: bool) {
        let Some(call) = self.calls.get_mut(ext) else { return };
        if call.talks() {
            return;
        }
        call.contact = Some(contact.clone());
        if let Stage::New { .. } = call.stage {
            call.stage = Stage::Waiting;
        }
        if call.left {
            let contact = contact.to_string();
            self.ask(Request::ContactAbandon(OneContact { contact }), About::Nothing);
            self.forget(ext);
        } else if waits {
            self.say(Command::Wait { ext: ext.clone() });
        }
    }

    /// Dials the agent's telephone, once an offer.
    fn offered(&mut self, of: &ContactRef, offer: &Id, dial: Option<&str>, deadline_ms: u64) {
        let Some(epoch) = self.epoch.clone() else { return };
        let leg = ids::leg(&of.ext, offer, &epoch);
        let Some(call) = self.calls.get_mut(&of.ext) else { return };
        if call.talks() || call.leg().as_ref() == Some(&leg) || self.over.contains(&leg) {
            return;
        }
        call.contact = Some(of.contact.clone());
        if call.leg().is_some() {
            self.wait_on(&of.ext);
        }
        let Some(device) = dial.map(str::to_owned) else {
            let failed = OfferFailed { offer: offer.to_string(), cause: "unreachable".into() };
            return self.ask(Request::OfferFailed(failed), About::Nothing);
        };
        let Some(call) = self.calls.get_mut(&of.ext) else { return };
        let from = call.request.from.clone().unwrap_or_default();
        call.stage =
            Stage::Offered(Offer { id: offer.clone(), leg: leg.clone(), heard: Heard::Nothing });
        self.legs.insert(leg.clone(), of.ext.clone());
        let ring_ms = deadline_ms.saturating_add(RING_MARGIN_MS);
        self.say(Command::Dial { ext: of.ext.clone(), leg, device, from, ring_ms });
    }

    /// The caller waits on; the leg is let go of.
    pub(super) fn wait_on(&mut self, ext: &Id) {
        let Some(call) = self.calls.get_mut(ext) else { return };
        let (leg, talked) = (call.leg(), call.talks());
        call.stage = Stage::Waiting;
        if let (Some(leg), true) = (&leg, talked) {
            self.say(Command::Part { ext: ext.clone(), leg: leg.clone() });
        }
        if let Some(leg) = leg {
            self.drop_leg(&leg);
        }
    }

    fn offer_answered(&mut self, ext: &Id, offer: &Id, answer: &Answer) {
        match answer {
            Answer::Done(_) => self.connect(ext, offer),
            Answer::Refused(error) => {
                tracing::info!(%offer, "answered too late: {}", error.message);
                let live = self.calls.get_mut(ext).and_then(Call::offer);
                let Some(leg) = live.filter(|live| live.id == *offer).map(|live| live.leg.clone())
                else {
                    return;
                };
                if self.means.joins_by_itself {
                    self.talks_unasked(ext, &leg);
                } else {
                    self.wait_on(ext);
                }
            }
        }
    }

    /// Puts caller and agent together.
    fn connect(&mut self, ext: &Id, offer: &Id) {
        let Some(call) = self.calls.get_mut(ext) else { return };
        let answered = call
            .offer()
            .filter(|live| live.id == *offer && matches!(live.heard, Heard::Answered { .. }));
        let Some(leg) = answered.map(|live| live.leg.clone()) else { return };
        call.stage = Stage::Talking { leg: leg.clone() };
        self.say(Command::Join { ext: ext.clone(), leg });
    }

    fn transferred(&mut self, of: &ContactRef, to: &str, next: Option<&Id>) {
        let Some(call) = self.calls.get_mut(&of.ext) else { return };
        if call.talks() && !self.means.takes_back {
            if let Some(next) = next {
                self.not_taken_back(of, next);
            }
            return;
        }
        self.wait_on(&of.ext);
        match to.strip_prefix("outside:") {
            None => {
                if let Some(call) = self.calls.get_mut(&of.ext) {
                    call.contact = next.cloned();
                }
            }
            Some(number) => self.release(&of.ext, "TRANSFERRED", Some(number.to_owned())),
        }
    }

    /// The exchange cannot make a caller who talks wait again: for the server it is served.
    fn not_taken_back(&mut self, of: &ContactRef, contact: &Id) {
        tracing::warn!(ext = %of.ext, "this exchange cannot make a caller who talks wait again");
        if let Some(call) = self.calls.get_mut(&of.ext) {
            call.contact = None;
        }
        self.end_served(contact);
    }

    fn ended(&mut self, of: &ContactRef, cause: &str) {
        let ext = &of.ext;
        let Some(call) = self.calls.get_mut(ext) else { return };
        match (&call.stage, cause) {
            // What it goes on as is told before or after.
            (_, "transferred") => call.contact = None,
            (Stage::New { .. }, _) => {}
            // They talk as another contact, or as none that the server knows.
            (Stage::Talking { .. }, _) if call.contact.is_none() => {}
            (Stage::Talking { leg }, _) => {
                let leg = leg.clone();
                self.legs.remove(&leg);
                self.over.insert(&leg);
                self.say(Command::HangUp { ext: ext.clone(), leg });
                self.forget(ext);
            }
            (Stage::Waiting | Stage::Offered(_), _) => {
                self.wait_on(ext);
                self.release(ext, cause, None);
            }
        }
    }

    /// An agent's desktop puts the caller on hold, or takes it back.
    fn held(&mut self, ext: &Id, held: bool) {
        let Some(Call { stage: Stage::Talking { leg }, .. }) = self.calls.get(ext) else { return };
        let (ext, leg) = (ext.clone(), leg.clone());
        self.say(if held { Command::Part { ext, leg } } else { Command::Join { ext, leg } });
    }
}
