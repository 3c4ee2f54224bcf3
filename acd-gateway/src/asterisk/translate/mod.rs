//! What Asterisk and the server tell each other: a state machine without IO and without a clock.
//!
//! **Everything may come twice, late, or not at all.** A word about a call that is over, an offer
//! that is another by now or a leg that nobody waits for changes nothing, and what was missed is
//! put right by [`Input::AriState`] and [`Input::ServerState`].

mod acd_side;
mod announce;
mod ari_side;
mod call;
mod callback;
#[cfg(test)]
mod disorder;
mod listen;
mod passed;
mod sync;
#[cfg(test)]
mod tests;
pub mod transcript;

use std::collections::{BTreeMap, BTreeSet};

use acd_proto::reply::ContactResult;
use acd_proto::snapshot::ContactRow;
use acd_proto::{ErrorBody, Event, Request};
use serde::{Deserialize, Serialize};

pub use self::announce::{Announce, Sounds};
use self::call::Call;
pub use self::callback::{Callback, First};
use self::listen::Ear;
use self::passed::Passed;
use super::ari::{self, Bridge, Channel, Command};
pub use crate::Id;
use crate::recent::Recent;
use crate::route::Route;

/// What the translation depends on, besides what happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The application's name in `Stasis(acd,…)`.
    pub app: String,
    /// The class of `musiconhold.conf` that callers hear.
    pub music: String,
    /// Which queue a call goes to.
    pub routes: Vec<Route>,
    /// The keys with which a waiting caller leaves for the dialplan's next line.
    pub exit_keys: String,
    /// The context where numbers outside are dialled.
    pub outside: Option<String>,
    /// What waiting callers are told, if anything.
    pub announce: Option<Announce>,
    /// How residents are called who were promised it.
    pub callback: Option<Callback>,
    /// A supervisor's telephone: `PJSIP/{who}`.
    pub listen: String,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// Asterisk tells something.
    Ari(ari::Event),
    /// What Asterisk has. The server's state is taken after that.
    AriState {
        /// `GET /channels`.
        channels: Vec<Channel>,
        /// `GET /bridges`.
        bridges: Vec<Bridge>,
    },
    /// Asterisk refuses to dial this leg.
    DialFailed(Id),
    /// The server tells something.
    Acd(Event),
    /// The server's answer.
    Answered {
        /// To what.
        about: About,
        /// It.
        answer: Answer,
    },
    /// What the server has of this front end: requests are made from here on.
    ServerState {
        /// Its sequence of events.
        epoch: Id,
        /// The newest event in it.
        seq: u64,
        /// Its contacts.
        contacts: Vec<ContactRow>,
    },
    /// The server is gone. What was asked and not answered may or may not be done.
    ServerLost,
    /// [`Translator::next_deadline`] is reached.
    Tick,
}

/// What must happen next.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Asterisk is asked. Commands of one call are carried out one after the other.
    Ari {
        /// The call.
        call: Id,
        /// What.
        command: Command,
    },
    /// The server is asked; requests are written in order.
    Ask {
        /// What.
        request: Box<Request>,
        /// Who wants the answer.
        about: About,
    },
}

/// Whose answer it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A new contact of this `ext`.
    New(Id),
    /// The answer of an offer to this `ext`.
    Answered {
        /// The call.
        ext: Id,
        /// The offer.
        offer: Id,
    },
    /// Where this `ext` stands, to be told.
    Place(Id),
    /// Nobody's: a refusal is logged.
    Nothing,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is done.
    Done(ContactResult),
    /// It is not.
    Refused(ErrorBody),
    /// Nobody knows: the connection was lost first.
    Lost,
}

/// All calls, and what both sides are known to know.
#[derive(Debug)]
pub struct Translator {
    settings: Settings,
    /// By the caller's channel, which is the contact's `ext`.
    calls: BTreeMap<Id, Call>,
    /// Agents' legs, with the caller each was dialled for.
    legs: BTreeMap<Id, Id>,
    /// Channels that are gone: what is told of them now is old.
    over: Recent,
    /// The server's sequence of events, once its state is known; requests are made only then.
    epoch: Option<Id>,
    /// Callers who are in the dialplan again, with when they came, µs UTC of Asterisk's clock: one
    /// who comes later than that comes back, and continues that contact.
    given_back: BTreeMap<Id, (u64, Option<Id>)>,
    /// The time of the newest input, µs UTC.
    now: u64,
    /// When which caller is told something.
    due: BTreeSet<(u64, Id)>,
    /// Supervisors' telephones.
    ears: BTreeMap<Id, Ear>,
    /// Callers, and whom agents have joined them with on their telephones.
    passed: BTreeMap<Id, Passed>,
}

impl Translator {
    /// One that knows no call.
    pub fn new(settings: Settings) -> Self {
        let (calls, legs, due) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        let (over, ears, given_back) = (Recent::default(), BTreeMap::new(), BTreeMap::new());
        let passed = BTreeMap::new();
        Self { settings, calls, legs, over, epoch: None, given_back, now: 0, due, ears, passed }
    }

    /// How many callers are on the line.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Takes what happens, `now` in µs UTC, and appends what must happen next.
    pub fn take(&mut self, now: u64, input: &Input, out: &mut Vec<Output>) {
        self.now = now;
        match input {
            Input::Ari(event) => self.ari_event(now, event, out),
            Input::AriState { channels, bridges } => self.ari_state(channels, bridges, out),
            Input::DialFailed(leg) => self.leg_ended(leg, 0, out),
            Input::Acd(event) => self.acd_event(event, out),
            Input::Answered { about, answer } => self.answered(about, answer, out),
            Input::ServerState { epoch, seq, contacts } => {
                self.server_state(now, epoch, *seq, contacts, out);
            }
            Input::ServerLost => self.server_lost(),
            Input::Tick => self.tick(now, out),
        }
    }

    fn server_lost(&mut self) {
        self.epoch = None;
        // Another sequence may name its contacts anew.
        self.given_back.values_mut().for_each(|(_, contact)| *contact = None);
        for call in self.calls.values_mut() {
            call.unasked();
        }
        let left: Vec<Id> =
            self.calls.iter().filter(|(_, call)| call.left).map(|(ext, _)| ext.clone()).collect();
        for ext in left {
            self.forget(&ext);
        }
    }

    /// A call is over for us; what is told of it from now on is old.
    fn forget(&mut self, ext: &Id) {
        let call = self.calls.remove(ext);
        let line = call.as_ref().and_then(|call| call.line.as_ref());
        if let Some(line) = line.filter(|line| self.legs.remove(*line).is_some()) {
            self.over.insert(line);
        }
        // A promised call has the same `ext` at the next attempt.
        if call.is_none_or(|call| call.number.is_none()) {
            self.over.insert(ext);
        }
    }

    /// Asks the server, where its state is known. Otherwise the next look at both states says it.
    fn ask(&self, request: Request, about: About, out: &mut Vec<Output>) {
        if self.epoch.is_some() {
            out.push(Output::Ask { request: Box::new(request), about });
        }
    }

    /// Hangs up an agent's leg. It is nobody's from now on.
    fn drop_leg(&mut self, leg: &Id, out: &mut Vec<Output>) {
        self.deafen(leg, out);
        if self.legs.remove(leg).is_some() {
            self.over.insert(leg);
            say(leg, Command::Hangup { channel: leg.to_string() }, out);
        }
    }

    /// Ends the call with the resident, and forgets it.
    fn drop_line(&mut self, ext: &Id, out: &mut Vec<Output>) {
        let Some(call) = self.calls.get(ext) else { return };
        if let Some(line) = call.line.clone() {
            say(ext, Command::Hangup { channel: line.to_string() }, out);
        }
        self.forget(ext);
    }

    /// Asks Asterisk about the resident's channel, where there is one.
    fn to_line(&self, ext: &Id, command: impl FnOnce(String) -> Command, out: &mut Vec<Output>) {
        let line = match self.calls.get(ext) {
            Some(call) => call.line.clone(),
            None => Some(ext.clone()),
        };
        if let Some(line) = line {
            say(ext, command(line.to_string()), out);
        }
    }

    /// The caller goes on in the dialplan, which reads in `ACDSTATUS` why.
    fn give_back(
        &mut self,
        ext: &Id,
        status: &str,
        to: Option<(String, String)>,
        out: &mut Vec<Output>,
    ) {
        if self.calls.get(ext).is_some_and(|call| call.number.is_some()) {
            // A promised call has no dialplan to go back to.
            return self.drop_line(ext, out);
        }
        let line = self.calls.get(ext).and_then(|call| call.line.clone());
        let line = line.unwrap_or_else(|| ext.clone());
        let channel = line.to_string();
        let (name, value) = ("ACDSTATUS".into(), status.to_uppercase());
        self.quiet(ext, out);
        say(ext, Command::SetVariable { channel: channel.clone(), name, value }, out);
        say(ext, Command::Continue { channel, to }, out);
        if let Some(call) = self.calls.get(ext) {
            self.given_back.insert(line, (call.since, call.contact.clone()));
        }
        self.forget(ext);
    }
}

/// Asks Asterisk about a call.
fn say(call: &Id, command: Command, out: &mut Vec<Output>) {
    out.push(Output::Ari { call: call.clone(), command });
}
