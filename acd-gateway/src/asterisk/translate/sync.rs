//! Both sides' whole state, at the start and whenever a connection was lost: what was missed is
//! put right.

use std::collections::{BTreeMap, BTreeSet};

use acd_proto::request::{ContactEnd, LiveContact, OneContact, OneOffer, Reconcile, Request};
use acd_proto::snapshot::ContactRow;

use super::ari_side::HOW;
use super::call::{Call, Heard, Offer, Stage};
use super::{About, Id, Output, Translator, say};
use crate::asterisk::ari::{Bridge, Channel, Command, micros};
use crate::{ids, route};

impl Translator {
    /// Takes what Asterisk has.
    pub(super) fn ari_state(
        &mut self,
        channels: &[Channel],
        bridges: &[Bridge],
        out: &mut Vec<Output>,
    ) {
        self.found_passed(channels, bridges, out);
        let present: BTreeSet<&str> = channels.iter().map(|channel| &*channel.id).collect();
        self.given_back.retain(|ext, _| present.contains(&**ext));
        let gone = |id: &&Id| !present.contains(&***id);
        let on_line = |(ext, call): &(&Id, &Call)| call.line.as_ref() == Some(*ext);
        let left: Vec<Id> =
            self.calls.iter().filter(on_line).map(|(ext, _)| ext).filter(gone).cloned().collect();
        for ext in left {
            self.caller_left(&ext, out);
        }
        let ended_legs: Vec<Id> = self.legs.keys().filter(gone).cloned().collect();
        for leg in ended_legs {
            self.leg_ended(&leg, 0, out);
        }
        let ears: Vec<Id> = self.ears.keys().filter(gone).cloned().collect();
        for ear in ears {
            self.ear_ended(&ear, out);
        }
        let passed: Vec<Id> = self.passed.keys().filter(gone).cloned().collect();
        for channel in passed {
            self.passed_ended(&channel, out);
        }
        let mut found = Vec::new();
        for channel in channels {
            found.extend(self.found_caller(channel, out));
        }
        for channel in channels {
            if let Some(leg) = ids::parse(&channel.id) {
                self.found_leg(channel, &leg, bridges, out);
            }
        }
        // Whether what was played has ended, nobody has told.
        let told: Vec<Id> = self
            .calls
            .iter()
            .filter(|(_, call)| call.playing.is_some())
            .map(|(ext, _)| ext.clone())
            .collect();
        for ext in told {
            self.quiet(&ext, out);
            self.music(&ext, out);
        }
        let waits = |call: &Call| !matches!(call.stage, Stage::Talking { .. });
        for ext in found.iter().filter(|ext| self.calls.get(*ext).is_some_and(waits)) {
            self.hold(ext, out);
        }
    }

    /// A caller that an earlier run held, or that came meanwhile.
    fn found_caller(&mut self, channel: &Channel, out: &mut Vec<Output>) -> Option<Id> {
        let ext: Id = channel.id.as_str().into();
        let mut args = channel.dialplan.app_data.split(',').map(str::to_owned);
        let is_ours = channel.dialplan.app_name == "Stasis"
            && args.next().as_ref() == Some(&self.settings.app)
            && ids::parse(&ext).is_none()
            && !self.passed.contains_key(&ext)
            && !self.legs.contains_key(&ext);
        if !is_ours || self.is_known(&ext, out) {
            return None;
        }
        let args: Vec<_> = args.collect();
        match route::request(&self.settings.routes, &channel.as_caller(), &args, HOW) {
            Ok(request) => {
                let since = micros(&channel.creationtime).unwrap_or(u64::MAX);
                self.calls.insert(ext.clone(), Call::new(request, since));
                Some(ext)
            }
            Err(why) => {
                tracing::warn!(channel = %ext, "{why}");
                self.give_back(&ext, "BAD_ARGUMENTS", None, out);
                None
            }
        }
    }

    /// An agent's leg that an earlier run dialled, or whose answer was missed.
    fn found_leg(
        &mut self,
        channel: &Channel,
        said: &ids::Leg,
        bridges: &[Bridge],
        out: &mut Vec<Output>,
    ) {
        let leg: Id = channel.id.as_str().into();
        if !said.is_agents() {
            // A resident's or a supervisor's, whom only this run can know.
            let known = self.legs.contains_key(&leg) || self.knows_ear(&leg);
            if !known && !self.over.contains(&leg) {
                say(&leg, Command::Hangup { channel: leg.to_string() }, out);
            }
            return;
        }
        let is_up = channel.state == "Up" && channel.dialplan.app_name == "Stasis";
        let known = self.legs.contains_key(&leg);
        let Some(call) = self.calls.get_mut(&said.ext).filter(|_| !self.over.contains(&leg)) else {
            if !known {
                say(&leg, Command::Hangup { channel: leg.to_string() }, out);
            }
            return;
        };
        if known {
            if let Some(offer) = call.offer().filter(|offer| is_up && offer.leg == leg) {
                offer.heard = Heard::Answered { told: false };
            }
            return;
        }
        let bridge = ids::bridge(&said.ext);
        let together = bridges.iter().any(|found| {
            found.id == bridge && found.channels.iter().any(|member| **member == *leg)
        });
        let heard = if is_up { Heard::Answered { told: false } } else { Heard::Nothing };
        if call.leg().is_none() {
            let id = said.offer.clone();
            call.stage = if together {
                Stage::Talking { leg: leg.clone() }
            } else {
                Stage::Offered(Offer { id, leg: leg.clone(), heard })
            };
        }
        self.legs.insert(leg, said.ext.clone());
    }

    /// Takes what the server has of this front end; requests are made from here on. Of both sides
    /// Asterisk is right about who is on the line, and the server about places.
    pub(super) fn server_state(
        &mut self,
        now: u64,
        epoch: &str,
        seq: u64,
        rows: &[ContactRow],
        out: &mut Vec<Output>,
    ) {
        self.epoch = Some(epoch.into());
        let kept: BTreeSet<&str> =
            rows.iter().filter(|row| row.channel != "callback").map(|row| &*row.ext).collect();
        let promised = self.calls.iter().filter(|(_, call)| call.number.is_some());
        let broken: Vec<Id> =
            promised.map(|(ext, _)| ext.clone()).filter(|ext| kept.contains(&**ext)).collect();
        for ext in broken {
            self.break_promise(&ext, out);
        }
        let dialled = |row: &ContactRow| self.calls.contains_key(&*row.ext);
        let (here, promised): (Vec<_>, Vec<_>) =
            rows.iter().partition(|row| row.channel != "callback" || dialled(row));
        let by_ext: BTreeMap<&str, &ContactRow> =
            here.into_iter().map(|row| (&*row.ext, row)).collect();
        for row in by_ext.values().filter(|row| self.over.contains(&row.ext) && !dialled(row)) {
            self.left_meanwhile(row, out);
        }
        let mut order: Vec<(u64, Id)> =
            self.calls.iter().map(|(ext, call)| (call.since, ext.clone())).collect();
        order.sort_by_key(|(since, ext)| (*since, numbers(ext)));
        for (_, ext) in &order {
            if let Some(row) = by_ext.get(&**ext) {
                self.compare(ext, row, seq, out);
            }
        }
        // Ends what the server has and Asterisk has not. Callbacks have no channel while they wait.
        let waiting = promised.iter().map(|row| live(&row.ext, "waiting"));
        let live = self.live().chain(waiting).collect();
        self.ask(Request::Reconcile(Reconcile { live }), About::Nothing, out);
        for row in promised.iter().filter(|row| row.state == "connected") {
            self.requeue(Some(row.contact.clone()), "the agent's leg is lost".into(), out);
        }
        for (_, ext) in &order {
            if !by_ext.contains_key(&**ext) {
                self.unknown_there(now, ext, out);
            }
        }
    }

    /// A caller has hung up while the server could not be told.
    fn left_meanwhile(&self, row: &ContactRow, out: &mut Vec<Output>) {
        let contact = row.contact.clone();
        let request = match row.state.as_str() {
            "connected" | "parked" => {
                let by = Some("caller".into());
                Request::ContactEnd(ContactEnd { contact, by, ..ContactEnd::default() })
            }
            _ => Request::ContactAbandon(OneContact { contact }),
        };
        self.ask(request, About::Nothing, out);
    }

    /// Brings a call that both sides have to what the server says of it.
    fn compare(&mut self, ext: &Id, row: &ContactRow, seq: u64, out: &mut Vec<Output>) {
        let epoch = self.epoch.clone().unwrap_or_default();
        let Some(call) = self.calls.get_mut(ext) else { return };
        if call.contact.is_some() && call.seq > seq {
            return; // Newer things were told of it.
        }
        call.contact = Some(row.contact.as_str().into());
        let is_live = |leg: &Id, offer: &Id| {
            row.offer.as_deref() == Some(&**offer) && *leg == ids::leg(ext, offer, &epoch)
        };
        match (&mut call.stage, row.state.as_str()) {
            (
                Stage::Talking { .. } | Stage::Called { .. } | Stage::Dialling { .. },
                "connected",
            ) => {}
            (Stage::Offered(Offer { leg, heard: Heard::Answered { .. }, .. }), "connected") => {
                let leg = leg.clone();
                call.stage = Stage::Talking { leg: leg.clone() };
                self.join(ext, &leg, out);
            }
            (_, "connected" | "parked") => {
                self.wait_on(ext, out);
                self.requeue(Some(row.contact.clone()), "the agent's leg is lost".into(), out);
            }
            (Stage::Offered(Offer { leg, id, heard }), "offered") if is_live(leg, id) => {
                if let Heard::Answered { told: told @ false } = heard {
                    *told = true;
                    let offer = id.clone();
                    let request = Request::OfferAnswered(OneOffer { offer: offer.to_string() });
                    self.ask(request, About::Answered { ext: ext.clone(), offer }, out);
                }
            }
            _ => self.wait_on(ext, out),
        }
    }

    /// A caller that the server does not know: it enters with the age it has.
    fn unknown_there(&mut self, now: u64, ext: &Id, out: &mut Vec<Output>) {
        let Some(call) = self.calls.get_mut(ext) else { return };
        match call.stage {
            // They talk; nobody waits for anything.
            Stage::Talking { .. } => call.contact = None,
            // What was promised is not known any more.
            _ if call.number.is_some() => self.break_promise(ext, out),
            Stage::New { asked: true } => {}
            Stage::New { .. }
            | Stage::Waiting
            | Stage::Offered(_)
            | Stage::Called { .. }
            | Stage::Dialling { .. } => {
                call.since = call.since.min(now);
                self.wait_on(ext, out);
                self.submit(now, ext, true, out);
            }
        }
    }

    /// Who is on the line, for `reconcile`.
    fn live(&self) -> impl Iterator<Item = LiveContact> {
        self.calls.iter().filter(|(_, call)| !call.left).map(|(ext, call)| {
            let state = match call.stage {
                Stage::New { .. } | Stage::Waiting => "waiting",
                Stage::Offered(_) => "ringing",
                Stage::Talking { .. } | Stage::Called { .. } | Stage::Dialling { .. } => {
                    "connected"
                }
            };
            live(ext, state)
        })
    }
}

fn live(ext: &str, state: &str) -> LiveContact {
    LiveContact { ext: ext.into(), state: state.into() }
}

/// The numbers in a channel's id, which order channels of one millisecond: `1732412.889`.
fn numbers(id: &str) -> Vec<u64> {
    id.split(|letter: char| !letter.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}
