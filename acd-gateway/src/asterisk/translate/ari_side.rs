//! What Asterisk tells: callers come and leave, agents' legs ring, are answered and end.

use acd_proto::request::{
    ContactCause, ContactEnd, ContactNew, OfferFailed, OneContact, OneOffer, Request,
};

use super::call::{Call, Heard, Stage};
use super::{About, Id, Output, Translator, say};
use crate::asterisk::ari::{Channel, Command, Event, micros};
use crate::{ids, route};

/// A call that is younger is told of as it comes; an older one was held back, and brings its age.
const LATE_US: u64 = 1_000_000;

/// How the dialplan names a queue.
pub(super) const HOW: &str = "Stasis(acd,QUEUE)";

impl Translator {
    /// Takes an event; `now` is µs UTC.
    pub(super) fn ari_event(&mut self, now: u64, event: &Event, out: &mut Vec<Output>) {
        match event {
            Event::StasisStart { args, channel, timestamp, replace_channel } => {
                let replaced = replace_channel.as_deref();
                if replaced.is_some_and(|replaced| self.replaces(&channel.id, &replaced.id, out)) {
                    return;
                }
                if ids::parse(&channel.id).is_some() {
                    if !self.ear_answered(&channel.id, out) {
                        self.leg_answered(&channel.id, out);
                    }
                } else {
                    let since = micros(timestamp).unwrap_or(now).min(now);
                    self.caller_came(now, since, channel, args, out);
                }
            }
            Event::StasisEnd { channel } => {
                self.caller_left(&channel.id, out);
                self.passed_ended(&channel.id, out);
            }
            Event::ChannelStateChange { channel } if channel.state == "Ringing" => {
                self.leg_rings(&channel.id, out);
            }
            Event::ChannelHangupRequest { channel, cause }
            | Event::ChannelDestroyed { channel, cause } => {
                self.given_back.remove(channel.id.as_str());
                self.caller_left(&channel.id, out);
                self.leg_ended(&channel.id, *cause, out);
                self.ear_ended(&channel.id, out);
                self.passed_ended(&channel.id, out);
            }
            Event::ChannelDtmfReceived { channel, digit } => {
                let Some(ext) = self.on_line(&channel.id) else { return };
                if self.settings.exit_keys.contains(digit.as_str()) {
                    self.exit(&ext, digit, out);
                } else if let Some(callback) = &self.settings.callback
                    && callback.keys.contains(digit.as_str())
                {
                    self.wants_callback(&ext, out);
                }
            }
            Event::BridgeBlindTransfer { channel, exten, result } if result == "Success" => {
                self.passed_on(&channel.id, exten, out);
            }
            Event::BridgeAttendedTransfer {
                transferer_first_leg: one,
                transferer_second_leg: other,
                result,
            } if result == "Success" => self.joined(one, other, out),
            Event::PlaybackFinished { playback } => self.played(playback, out),
            Event::ChannelStateChange { .. }
            | Event::BridgeBlindTransfer { .. }
            | Event::BridgeAttendedTransfer { .. }
            | Event::ApplicationReplaced
            | Event::Other => {}
        }
    }

    /// A caller is in the application.
    fn caller_came(
        &mut self,
        now: u64,
        since: u64,
        channel: &Channel,
        args: &[String],
        out: &mut Vec<Output>,
    ) {
        let ext: Id = channel.id.as_str().into();
        let mut previous = None;
        if self.given_back.get(&ext).is_some_and(|(before, _)| since > *before) {
            previous = self.given_back.remove(&ext).and_then(|(_, contact)| contact);
            self.over.remove(&ext);
        }
        if self.is_known(&ext, out) {
            return;
        }
        match route::request(&self.settings.routes, &channel.as_caller(), args, HOW) {
            Ok(request) => {
                self.hold(&ext, out);
                let previous = previous.as_deref().map(str::to_owned);
                let request = ContactNew { previous, ..request };
                self.calls.insert(ext.clone(), Call::new(request, since));
                if self.epoch.is_some() {
                    self.submit(now, &ext, now.saturating_sub(since) >= LATE_US, out);
                }
            }
            Err(why) => {
                tracing::warn!(channel = %ext, exten = channel.dialplan.exten, "{why}");
                self.give_back(&ext, "BAD_ARGUMENTS", None, out);
            }
        }
    }

    /// The caller is answered and hears music.
    pub(super) fn hold(&self, ext: &Id, out: &mut Vec<Output>) {
        say(ext, Command::Answer { channel: ext.to_string() }, out);
        self.music(ext, out);
    }

    /// The caller hears music.
    pub(super) fn music(&self, ext: &Id, out: &mut Vec<Output>) {
        let class = self.settings.music.clone();
        self.to_line(ext, |channel| Command::StartMusic { channel, class }, out);
    }

    /// Asks the server to take a call in, with the age it has where that counts.
    pub(super) fn submit(&mut self, now: u64, ext: &Id, aged: bool, out: &mut Vec<Output>) {
        let Some(call) = self.calls.get_mut(ext) else { return };
        call.stage = Stage::New { asked: true };
        call.contact = None;
        let age_ms = aged.then(|| now.saturating_sub(call.since) / 1_000);
        let request = Request::ContactNew(ContactNew { age_ms, ..call.request.clone() });
        self.ask(request, About::New(ext.clone()), out);
    }

    /// The caller is gone, in whatever state.
    pub(super) fn caller_left(&mut self, channel: &str, out: &mut Vec<Output>) {
        if ids::parse(channel).is_some() {
            return; // A resident whom we have called: the end of that leg says why.
        }
        match self.on_line(channel) {
            Some(ext) => self.caller_gone(&ext, out),
            None => self.over.insert(&channel.into()),
        }
    }

    pub(super) fn caller_gone(&mut self, ext: &Id, out: &mut Vec<Output>) {
        let Some(call) = self.calls.get_mut(ext) else { return };
        if call.stage == (Stage::New { asked: true }) {
            call.left = true;
            return;
        }
        let (leg, contact) = (call.leg(), call.contact.clone());
        let answered = match &call.stage {
            Stage::Talking { .. } | Stage::Called { .. } | Stage::Dialling { .. } => true,
            Stage::Offered(offer) => offer.heard == Heard::Answered { told: true },
            _ => false,
        };
        if let Some(contact) = contact.as_deref().map(str::to_owned) {
            let request = if answered {
                let by = Some("caller".into());
                Request::ContactEnd(ContactEnd { contact, by, ..ContactEnd::default() })
            } else {
                Request::ContactAbandon(OneContact { contact })
            };
            self.ask(request, About::Nothing, out);
        }
        if matches!(self.calls.get(ext), Some(Call { stage: Stage::Talking { .. }, .. })) {
            say(ext, Command::DestroyBridge { bridge: ids::bridge(ext) }, out);
        }
        if let Some(leg) = leg {
            self.drop_leg(&leg, out);
        }
        self.forget(ext);
    }

    /// An agent's device rings.
    fn leg_rings(&mut self, leg: &str, out: &mut Vec<Output>) {
        let Some(ext) = self.legs.get(leg) else { return };
        let Some(offer) = self.calls.get_mut(ext).and_then(Call::offer) else { return };
        if &*offer.leg == leg && offer.heard == Heard::Nothing {
            offer.heard = Heard::Ringing;
            let offer = offer.id.to_string();
            self.ask(Request::OfferRinging(OneOffer { offer }), About::Nothing, out);
        }
    }

    /// An agent has answered: the server says whether the offer is still theirs.
    fn leg_answered(&mut self, leg: &str, out: &mut Vec<Output>) {
        let Some(ext) = self.legs.get(leg).cloned() else {
            // Nobody waits for it: it was hung up already, or an earlier run dialled it.
            if !self.over.contains(leg) {
                self.over.insert(&leg.into());
                say(&leg.into(), Command::Hangup { channel: leg.into() }, out);
            }
            return;
        };
        let Some(call) = self.calls.get_mut(&ext) else { return };
        if call.line.as_deref() == Some(leg) {
            return self.resident_answered(&ext, out);
        }
        if let Stage::Called { leg: called } = &call.stage
            && &**called == leg
        {
            call.stage = Stage::Talking { leg: leg.into() };
            return self.join(&ext, &leg.into(), out);
        }
        let Some(offer) = call.offer() else { return };
        if &*offer.leg != leg || offer.heard == (Heard::Answered { told: true }) {
            return;
        }
        offer.heard = Heard::Answered { told: self.epoch.is_some() };
        let offer = offer.id.clone();
        let request = Request::OfferAnswered(OneOffer { offer: offer.to_string() });
        self.ask(request, About::Answered { ext, offer }, out);
    }

    /// An agent's leg has ended.
    pub(super) fn leg_ended(&mut self, leg: &str, cause: u16, out: &mut Vec<Output>) {
        let Some(ext) = self.legs.remove(leg) else { return };
        self.over.insert(&leg.into());
        self.deafen(&leg.into(), out);
        let Some(call) = self.calls.get_mut(&ext) else { return };
        if call.line.as_deref() == Some(leg) {
            return match call.stage {
                Stage::Dialling { .. } => self.resident_failed(&ext, cause, out),
                _ => self.caller_gone(&ext, out),
            };
        }
        if call.leg().as_deref() != Some(leg) {
            return;
        }
        let contact = call.contact.as_deref().map(str::to_owned);
        match std::mem::replace(&mut call.stage, Stage::Waiting) {
            Stage::Offered(offer) if offer.heard == (Heard::Answered { told: true }) => {
                // The answer and the end have crossed: the caller never heard the agent.
                self.requeue(contact, "the agent's leg ended at once".into(), out);
            }
            Stage::Offered(offer) => {
                let failed = OfferFailed { offer: offer.id.to_string(), cause: why(cause).into() };
                self.ask(Request::OfferFailed(failed), About::Nothing, out);
            }
            Stage::Called { .. } => {
                self.requeue(contact, format!("Q.850 cause {cause}"), out);
            }
            Stage::Dialling { .. } => {
                self.requeue(contact, format!("Q.850 cause {cause}"), out);
                self.drop_line(&ext, out);
            }
            Stage::Talking { .. } if is_failure(cause) => {
                self.requeue(contact, format!("Q.850 cause {cause}"), out);
                say(&ext, Command::DestroyBridge { bridge: ids::bridge(&ext) }, out);
                self.music(&ext, out);
            }
            Stage::Talking { .. } => {
                if let Some(contact) = contact {
                    let by = Some("agent".into());
                    let end = ContactEnd { contact, by, ..ContactEnd::default() };
                    self.ask(Request::ContactEnd(end), About::Nothing, out);
                }
                self.drop_line(&ext, out);
                say(&ext, Command::DestroyBridge { bridge: ids::bridge(&ext) }, out);
            }
            Stage::New { .. } | Stage::Waiting => {}
        }
    }

    /// The agent's leg is lost, and the caller waits again.
    pub(super) fn requeue(&self, contact: Option<String>, cause: String, out: &mut Vec<Output>) {
        if let Some(contact) = contact {
            let request = Request::ContactRequeue(ContactCause { contact, cause: Some(cause) });
            self.ask(request, About::Nothing, out);
        }
    }
}

/// Why a device was not answered, from a cause of ITU-T Q.850.
fn why(cause: u16) -> &'static str {
    match cause {
        17 => "busy",
        21 => "rejected",
        16 | 18 | 19 | 31 => "no_answer",
        _ => "unreachable",
    }
}

/// Whether a cause of ITU-T Q.850 says that the line failed, and nobody hung up.
fn is_failure(cause: u16) -> bool {
    matches!(cause, 27 | 34 | 38 | 41 | 42 | 44 | 47 | 102 | 111)
}
