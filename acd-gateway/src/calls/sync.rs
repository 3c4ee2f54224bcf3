//! Both sides' whole state, at the start and whenever a connection was lost.

use std::collections::BTreeMap;

use acd_proto::request::{ContactEnd, LiveContact, OneContact, OneOffer, Reconcile, Request};
use acd_proto::snapshot::ContactRow;

use super::call::{Heard, Offer, Stage};
use super::{About, Board, Command};
use crate::{Id, ids};

impl Board {
    /// The server is gone. What was asked and not answered may or may not be done.
    pub(super) fn server_lost(&mut self) {
        self.epoch = None;
        for call in self.calls.values_mut() {
            call.unasked();
        }
        let left = self.calls.iter().filter(|(_, call)| call.left);
        for ext in left.map(|(ext, _)| ext.clone()).collect::<Vec<_>>() {
            self.forget(&ext);
        }
    }

    /// Takes what the server has of this front end; requests are made from here on. Of both sides
    /// the exchange is right about who is on the line, and the server about places.
    pub(super) fn server_state(&mut self, now: u64, epoch: &str, seq: u64, rows: &[ContactRow]) {
        self.epoch = Some(epoch.into());
        let is_call = |row: &&ContactRow| row.channel != "callback";
        let by_ext: BTreeMap<&str, &ContactRow> =
            rows.iter().filter(is_call).map(|row| (&*row.ext, row)).collect();
        let left: Vec<_> =
            by_ext.values().filter(|row| self.over.contains(&row.ext)).copied().collect();
        for row in left {
            self.left_meanwhile(row);
        }
        let mut order: Vec<(u64, Id)> =
            self.calls.iter().map(|(ext, call)| (call.since, ext.clone())).collect();
        order.sort();
        for (_, ext) in &order {
            if let Some(row) = by_ext.get(&**ext) {
                self.compare(ext, row, seq);
            }
        }
        // Ends what the server has and the exchange has not. A callback has no line while it waits.
        let callbacks = rows.iter().filter(|row| row.channel == "callback");
        let live = self.live().chain(callbacks.map(|row| live(&row.ext, "waiting"))).collect();
        self.ask(Request::Reconcile(Reconcile { live }), About::Nothing);
        for (_, ext) in &order {
            if !by_ext.contains_key(&**ext) {
                self.unknown_there(now, ext);
            }
        }
    }

    /// A caller has hung up while the server could not be told.
    fn left_meanwhile(&mut self, row: &ContactRow) {
        let contact = row.contact.clone();
        let request = match row.state.as_str() {
            "connected" | "parked" => {
                let by = Some("caller".into());
                Request::ContactEnd(ContactEnd { contact, by, ..ContactEnd::default() })
            }
            _ => Request::ContactAbandon(OneContact { contact }),
        };
        self.ask(request, About::Nothing);
    }

    /// Brings a call that both sides have to what the server says of it.
    fn compare(&mut self, ext: &Id, row: &ContactRow, seq: u64) {
        let epoch = self.epoch.clone().unwrap_or_default();
        let Some(call) = self.calls.get_mut(ext) else { return };
        if call.contact.is_some() && call.seq > seq {
            return; // Newer things were told of it.
        }
        let contact: Id = row.contact.as_str().into();
        call.contact = Some(contact.clone());
        let is_live = |leg: &Id, offer: &Id| {
            row.offer.as_deref() == Some(&**offer) && *leg == ids::leg(ext, offer, &epoch)
        };
        match (&mut call.stage, row.state.as_str()) {
            (Stage::Talking { .. }, "connected") => {}
            (Stage::Offered(Offer { leg, heard: Heard::Answered { .. }, .. }), "connected") => {
                let leg = leg.clone();
                call.stage = Stage::Talking { leg: leg.clone() };
                self.say(Command::Join { ext: ext.clone(), leg });
            }
            (Stage::Offered(Offer { leg, id, heard }), "offered") if is_live(leg, id) => {
                if let Heard::Answered { told: told @ false } = heard {
                    *told = true;
                    let offer = id.clone();
                    let request = Request::OfferAnswered(OneOffer { offer: offer.to_string() });
                    self.ask(request, About::Answered { ext: ext.clone(), offer });
                }
            }
            // They talk, and the server has not heard of it.
            (
                Stage::Talking { leg }
                | Stage::Offered(Offer { leg, heard: Heard::Answered { .. }, .. }),
                _,
            ) if self.means.joins_by_itself => {
                let leg = leg.clone();
                self.talks_unasked(ext, &leg);
            }
            (_, "connected" | "parked") => {
                self.wait_on(ext);
                self.say(Command::Wait { ext: ext.clone() });
                self.requeue(Some(row.contact.clone()), "the agent's leg is lost".into());
            }
            _ => {
                self.wait_on(ext);
                self.say(Command::Wait { ext: ext.clone() });
            }
        }
    }

    /// A caller that the server does not know: it enters with the age it has.
    fn unknown_there(&mut self, now: u64, ext: &Id) {
        let joins = self.means.joins_by_itself;
        let Some(call) = self.calls.get_mut(ext) else { return };
        match &call.stage {
            // They talk; nobody waits for anything.
            Stage::Talking { .. } => call.contact = None,
            Stage::Offered(Offer { leg, heard: Heard::Answered { .. }, .. }) if joins => {
                call.contact = None;
                call.stage = Stage::Talking { leg: leg.clone() };
            }
            Stage::New { asked: true } => {}
            Stage::New { .. } | Stage::Waiting | Stage::Offered(_) => {
                call.since = call.since.min(now);
                self.wait_on(ext);
                self.submit(now, ext, true);
            }
        }
    }

    /// Who is on the line, for `reconcile`.
    fn live(&self) -> impl Iterator<Item = LiveContact> {
        self.calls.iter().filter(|(_, call)| !call.left).map(|(ext, call)| {
            let state = match call.stage {
                Stage::New { .. } | Stage::Waiting => "waiting",
                Stage::Offered(_) => "ringing",
                Stage::Talking { .. } => "connected",
            };
            live(ext, state)
        })
    }
}

fn live(ext: &str, state: &str) -> LiveContact {
    LiveContact { ext: ext.into(), state: state.into() }
}
