//! What the server tells: offers are dialled, answers bridged, ends carried out.

use acd_proto::request::{ContactEnd, OfferFailed, OneContact, Request};
use acd_proto::{ContactRef, Event, EventBody, Kind};

use super::call::{Call, Heard, Offer, Stage};
use super::{About, Answer, First, Id, Output, Translator, say};
use crate::asterisk::ari::Command;
use crate::ids;

/// Asterisk gives up ringing so much later than the server, which decides.
const TIMEOUT_MARGIN_S: u64 = 5;

impl Translator {
    /// Takes an event.
    pub(super) fn acd_event(&mut self, event: &Event, out: &mut Vec<Output>) {
        if let EventBody::Listen { agent, mode, who } = &event.body {
            return self.listen((agent, mode, who), event.seq, out);
        }
        let Some(of) = event.body.contact() else { return };
        if let EventBody::Offered { offer, number: Some(number), .. } = &event.body
            && !self.calls.contains_key(&of.ext)
            && !self.promised(of, offer, number, out)
        {
            return;
        }
        let Some(call) = self.calls.get_mut(&of.ext) else { return };
        call.seq = call.seq.max(event.seq);
        let is_ours = call.contact.is_none() || call.contact.as_ref() == Some(&of.contact);
        match &event.body {
            EventBody::Queued { .. } => self.queued(of, out),
            _ if !is_ours || call.left => {}
            EventBody::Offered { offer, dial, deadline_ms, answer_by, agent, .. } => {
                call.agent = Some(agent.clone());
                if &**answer_by == "device" {
                    self.offered(of, offer, dial.as_deref(), *deadline_ms, out);
                } else {
                    tracing::warn!(contact = %of.contact, "offered to an agent without a device");
                }
            }
            EventBody::OfferRevoked { offer, .. }
                if call.offer().is_some_and(|live| live.id == *offer) =>
            {
                self.wait_on(&of.ext, out);
            }
            EventBody::Connected { offer: Some(offer), .. } => {
                self.connect(&of.ext, offer, out);
            }
            EventBody::Connected { offer: None, dial: Some(dial), agent, .. } => {
                call.agent = Some(agent.clone());
                self.handed_over(of, dial, out);
            }
            EventBody::Requeued { .. } => {
                if let Stage::Talking { .. } | Stage::Called { .. } | Stage::Dialling { .. } =
                    call.stage
                {
                    self.wait_on(&of.ext, out);
                }
            }
            EventBody::Transferred { to, next, .. } => {
                self.transferred(&of.ext, to, next.as_ref(), out);
            }
            EventBody::Callback { .. } => {
                self.wait_on(&of.ext, out);
                self.give_back(&of.ext, "CALLBACK", None, out);
            }
            EventBody::Ended { cause, .. } => self.ended(of, cause, out),
            EventBody::Held { .. } => self.held(&of.ext, true, out),
            EventBody::Unheld { .. } => self.held(&of.ext, false, out),
            _ => {}
        }
    }

    /// Takes an answer.
    pub(super) fn answered(&mut self, about: &About, answer: &Answer, out: &mut Vec<Output>) {
        match about {
            About::New(ext) => self.new_answered(ext, answer, out),
            About::Answered { ext, offer } => self.offer_answered(ext, offer, answer, out),
            About::Place(ext) => self.place_answered(ext, answer, out),
            About::Nothing => {
                if let Answer::Refused(error) = answer {
                    tracing::info!("the server refuses: {}", error.message);
                }
            }
        }
    }

    fn new_answered(&mut self, ext: &Id, answer: &Answer, out: &mut Vec<Output>) {
        let Some(call) = self.calls.get_mut(ext) else { return };
        if call.stage != (Stage::New { asked: true }) {
            return;
        }
        let contact = match answer {
            Answer::Done(result) => Some(result.contact.clone()),
            Answer::Refused(error) if error.data.kind == Kind::ExtInUse => {
                error.data.contact.clone()
            }
            Answer::Refused(error) => {
                tracing::warn!(channel = %ext, "the server refuses a caller: {}", error.message);
                let status = error.data.kind.name().to_owned();
                return if call.left {
                    self.forget(ext);
                } else {
                    self.give_back(ext, &status, None, out);
                };
            }
            Answer::Lost => {
                call.unasked();
                return;
            }
        };
        if let Some(contact) = contact {
            self.known(ext, &contact.into(), out);
        }
    }

    fn queued(&mut self, of: &ContactRef, out: &mut Vec<Output>) {
        let Some(call) = self.calls.get_mut(&of.ext) else { return };
        match &call.contact {
            None => self.known(&of.ext, &of.contact, out),
            Some(contact) if *contact == of.contact => {}
            // It goes on as another contact; a transfer says the rest.
            Some(_) => call.contact = Some(of.contact.clone()),
        }
    }

    /// The server has taken a call in.
    fn known(&mut self, ext: &Id, contact: &Id, out: &mut Vec<Output>) {
        let Some(call) = self.calls.get_mut(ext) else { return };
        call.contact = Some(contact.clone());
        if let Stage::New { .. } = call.stage {
            call.stage = Stage::Waiting;
            self.plan_announcement(ext);
        }
        let Some(call) = self.calls.get(ext) else { return };
        if call.left {
            let contact = contact.to_string();
            self.ask(Request::ContactAbandon(OneContact { contact }), About::Nothing, out);
            self.forget(ext);
        }
    }

    /// Dials the agent's device, once an offer.
    fn offered(
        &mut self,
        of: &ContactRef,
        offer: &Id,
        dial: Option<&str>,
        deadline_ms: u64,
        out: &mut Vec<Output>,
    ) {
        let Some(epoch) = self.epoch.clone() else { return };
        let leg = ids::leg(&of.ext, offer, &epoch);
        let Some(call) = self.calls.get_mut(&of.ext) else { return };
        let dialled = call.leg().as_ref() == Some(&leg) || self.legs.contains_key(&leg);
        if dialled || self.over.contains(&leg) {
            return;
        }
        call.contact = Some(of.contact.clone());
        if let Some(former) = call.leg() {
            self.wait_on(&of.ext, out);
            self.drop_leg(&former, out);
        }
        let Some(endpoint) = dial.map(str::to_owned) else {
            let failed = OfferFailed { offer: offer.to_string(), cause: "unreachable".into() };
            return self.ask(Request::OfferFailed(failed), About::Nothing, out);
        };
        let Some(call) = self.calls.get_mut(&of.ext) else { return };
        let first = self.settings.callback.as_ref().map(|callback| callback.first);
        if call.line.is_none() && first == Some(First::Caller) {
            call.dial = Some(endpoint);
            return self.resident_first(&of.ext, offer, &leg, out);
        }
        call.stage =
            Stage::Offered(Offer { id: offer.clone(), leg: leg.clone(), heard: Heard::Nothing });
        let timeout = deadline_ms.div_ceil(1_000) + TIMEOUT_MARGIN_S;
        self.originate(&of.ext, &leg, endpoint, timeout, out);
    }

    /// Dials an agent's device.
    pub(super) fn originate(
        &mut self,
        ext: &Id,
        leg: &Id,
        endpoint: String,
        timeout: u64,
        out: &mut Vec<Output>,
    ) {
        let Some(call) = self.calls.get(ext) else { return };
        self.legs.insert(leg.clone(), ext.clone());
        let command = Command::Originate {
            leg: leg.to_string(),
            endpoint,
            app: self.settings.app.clone(),
            caller: ext.to_string(),
            originator: call.line.as_deref().map(str::to_owned),
            caller_id: call.request.from.clone().unwrap_or_default(),
            timeout,
        };
        // Beside what goes on with the caller: nothing waits for a leg, and it for nothing.
        say(leg, command, out);
    }

    /// Another agent has taken it over in person: the call goes to that agent's device.
    fn handed_over(&mut self, of: &ContactRef, dial: &Id, out: &mut Vec<Output>) {
        let Some(epoch) = self.epoch.clone() else { return };
        let leg = ids::leg(&of.ext, &of.contact, &epoch);
        if self.legs.contains_key(&leg) || self.over.contains(&leg) {
            return;
        }
        self.wait_on(&of.ext, out);
        self.call_agent(&of.ext, &leg, dial.to_string(), out);
    }

    /// The caller waits on, with music; the leg is hung up.
    pub(super) fn wait_on(&mut self, ext: &Id, out: &mut Vec<Output>) {
        let Some(call) = self.calls.get_mut(ext) else { return };
        let leg = call.leg();
        let talked = matches!(call.stage, Stage::Talking { .. });
        call.stage = Stage::Waiting;
        if talked {
            say(ext, Command::DestroyBridge { bridge: ids::bridge(ext) }, out);
            self.music(ext, out);
        }
        self.plan_announcement(ext);
        if let Some(leg) = leg {
            self.drop_leg(&leg, out);
        }
    }

    fn offer_answered(&mut self, ext: &Id, offer: &Id, answer: &Answer, out: &mut Vec<Output>) {
        match answer {
            Answer::Done(_) => self.connect(ext, offer, out),
            Answer::Refused(error) => {
                tracing::info!(%offer, "answered too late: {}", error.message);
                let live = self.calls.get_mut(ext).and_then(Call::offer);
                if live.is_some_and(|live| live.id == *offer) {
                    self.wait_on(ext, out);
                }
            }
            Answer::Lost => {}
        }
    }

    /// Puts caller and agent together.
    pub(super) fn connect(&mut self, ext: &Id, offer: &Id, out: &mut Vec<Output>) {
        let Some(call) = self.calls.get_mut(ext) else { return };
        let answered = call
            .offer()
            .filter(|live| live.id == *offer && matches!(live.heard, Heard::Answered { .. }));
        let Some(leg) = answered.map(|live| live.leg.clone()) else { return };
        if call.number.is_some() && call.line.is_none() {
            return self.dial_resident(ext, &leg, out);
        }
        call.stage = Stage::Talking { leg: leg.clone() };
        self.join(ext, &leg, out);
    }

    fn transferred(&mut self, ext: &Id, to: &str, next: Option<&Id>, out: &mut Vec<Output>) {
        match to.strip_prefix("outside:") {
            None => {
                self.wait_on(ext, out);
                if let Some(call) = self.calls.get_mut(ext) {
                    call.contact = next.cloned();
                }
            }
            Some(number) => {
                self.wait_on(ext, out);
                let context = self.settings.outside.clone();
                let to = context.map(|context| (context, number.to_owned()));
                self.give_back(ext, "TRANSFERRED", to, out);
            }
        }
    }

    fn ended(&mut self, of: &ContactRef, cause: &str, out: &mut Vec<Output>) {
        let ext = &of.ext;
        let Some(call) = self.calls.get_mut(ext) else { return };
        match (&call.stage, cause) {
            // What it goes on as is told before or after.
            (_, "transferred") => call.contact = None,
            (Stage::New { .. }, _) => {}
            (Stage::Talking { leg } | Stage::Called { leg } | Stage::Dialling { leg, .. }, _) => {
                let leg = leg.clone();
                self.drop_line(ext, out);
                say(ext, Command::DestroyBridge { bridge: ids::bridge(ext) }, out);
                self.drop_leg(&leg, out);
            }
            (Stage::Waiting | Stage::Offered(_), _) => {
                self.wait_on(ext, out);
                self.give_back(ext, cause, None, out);
            }
        }
    }

    /// An agent's desktop puts the caller on hold, or takes it back.
    fn held(&mut self, ext: &Id, held: bool, out: &mut Vec<Output>) {
        let Some(Call { stage: Stage::Talking { leg }, .. }) = self.calls.get(ext) else { return };
        let leg = leg.clone();
        if held {
            say(ext, Command::DestroyBridge { bridge: ids::bridge(ext) }, out);
            self.music(ext, out);
        } else {
            self.join(ext, &leg, out);
        }
    }

    /// The caller pressed the key that leaves the queue.
    pub(super) fn exit(&mut self, ext: &Id, key: &str, out: &mut Vec<Output>) {
        let Some(call) = self.calls.get(ext) else { return };
        if let (Some(contact), Stage::Waiting | Stage::Offered(_)) = (&call.contact, &call.stage) {
            let (by, cause) = (Some("caller".into()), Some("exit_key".into()));
            let contact = contact.to_string();
            let end = ContactEnd { contact, by, cause, disposition: None };
            self.ask(Request::ContactEnd(end), About::Nothing, out);
            self.wait_on(ext, out);
            let (name, value) = ("ACDKEY".into(), key.to_owned());
            self.to_line(ext, |channel| Command::SetVariable { channel, name, value }, out);
            self.give_back(ext, "EXIT_KEY", None, out);
        }
    }

    /// The bridge of caller and agent.
    pub(super) fn join(&mut self, ext: &Id, leg: &Id, out: &mut Vec<Output>) {
        let bridge = ids::bridge(ext);
        let line = self.calls.get(ext).and_then(|call| call.line.clone());
        let channels = vec![line.unwrap_or_else(|| ext.clone()).to_string(), leg.to_string()];
        self.quiet(ext, out);
        say(ext, Command::CreateBridge { bridge: bridge.clone() }, out);
        say(ext, Command::AddToBridge { bridge, channels }, out);
    }
}
