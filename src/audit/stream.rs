//! An auditor of events: books kept from what a server tells, and what must be true of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use acd_log::audit::Rule;
use acd_proto::snapshot::Snapshot;
use acd_proto::{ContactRef, Event, EventBody, id};
use serde::Serialize;

/// A rule that was broken, and both sides of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Violation {
    /// The event that broke it.
    seq: u64,
    rule: Rule,
    /// What was told.
    found: String,
    /// What should have been.
    expected: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "event {}: {} is violated", self.seq, self.rule.name())?;
        writeln!(f, "  found     {}", self.found)?;
        write!(f, "  expected  {}", self.expected)
    }
}

/// Why a rule is broken, before it is known by which event.
type Broken = (Rule, String, String);

fn broken<T>(rule: Rule, found: String, expected: impl Into<String>) -> Result<T, Broken> {
    Err((rule, found, expected.into()))
}

/// Where a contact is, as the snapshot calls it, and with whom.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    state: &'static str,
    agent: Option<Arc<str>>,
    offer: Option<Arc<str>>,
}

/// A live contact.
#[derive(Clone, Debug)]
struct Live {
    place: Place,
    blocks: bool,
    /// When it entered, where that was heard.
    entered: Option<u64>,
    answered: bool,
}

/// Books of a server's events.
#[derive(Debug)]
pub(super) struct Stream {
    last: u64,
    ts: u64,
    /// Whether the first event after the snapshot was heard.
    begun: bool,
    /// The highest number of a contact.
    newest: u64,
    live: BTreeMap<Arc<str>, Live>,
    /// Agents who are not there for contacts.
    away: BTreeSet<Arc<str>>,
    /// Agents by the contacts they wrap up, and whether these block others.
    wraps_up: BTreeMap<Arc<str>, (Arc<str>, bool)>,
    /// Whether contacts that end block others, until it is told who wraps them up.
    ending: BTreeMap<Arc<str>, bool>,
}

/// Whether one of a channel leaves its agent no room for another contact.
fn blocks(channel: &str) -> bool {
    matches!(channel, "voice" | "callback" | "kiosk")
}

const STATES: [&str; 5] = ["queued", "scheduled", "offered", "connected", "parked"];

impl Stream {
    /// Begins at a state that is taken as it is.
    pub(super) fn begin(snapshot: &Snapshot) -> Self {
        let (last, ts) = (snapshot.seq, snapshot.now);
        let mut stream = Self {
            last,
            ts,
            begun: false,
            newest: 0,
            live: BTreeMap::new(),
            away: BTreeSet::new(),
            wraps_up: BTreeMap::new(),
            ending: BTreeMap::new(),
        };
        for row in snapshot.contacts.iter().flatten() {
            stream.newest = stream.newest.max(number(&row.contact));
            let state = STATES.into_iter().find(|state| *state == row.state).unwrap_or("unknown");
            let text = |text: &Option<String>| text.as_deref().map(Arc::from);
            let place = Place { state, agent: text(&row.agent), offer: text(&row.offer) };
            let (entered, answered) = (None, false);
            let live = Live { place, blocks: blocks(&row.channel), entered, answered };
            stream.live.insert(row.contact.as_str().into(), live);
        }
        for row in snapshot.agents.iter().flatten() {
            if is_away(&row.state) {
                stream.away.insert(row.agent.as_str().into());
            }
            for held in row.held.iter().filter(|held| held.state == "wrap_up") {
                let by = (Arc::from(row.agent.as_str()), blocks(&held.channel));
                stream.wraps_up.insert(held.contact.as_str().into(), by);
            }
        }
        stream
    }

    /// The last event heard, or the snapshot's.
    pub(super) const fn last(&self) -> u64 {
        self.last
    }

    /// Enters an event.
    pub(super) fn follow(&mut self, event: &Event) -> Result<(), Violation> {
        // What came before the snapshot is in it.
        if !self.begun && event.seq <= self.last {
            return Ok(());
        }
        self.begun = true;
        let seq = event.seq;
        self.enter(event).map_err(|(rule, found, expected)| Violation {
            seq,
            rule,
            found,
            expected,
        })
    }

    fn enter(&mut self, event: &Event) -> Result<(), Broken> {
        let (expected, before) = (self.last + 1, self.ts);
        (self.last, self.ts) = (event.seq, event.ts);
        if event.seq != expected {
            let found = format!("event {} comes after event {}", event.seq, expected - 1);
            return broken(Rule::Sequence, found, format!("event {expected}"));
        }
        if event.ts < before {
            let found = format!("its time is {} µs", event.ts);
            return broken(Rule::Sequence, found, format!("not before {before} µs"));
        }
        match &event.body {
            EventBody::Queued { of, channel, .. } => self.queued(of, channel, event.ts),
            EventBody::AgentState { agent, state, .. } => {
                if is_away(state) {
                    self.away.insert(Arc::clone(agent));
                } else {
                    self.away.remove(agent);
                }
                Ok(())
            }
            EventBody::WrapUp { of, agent, .. } => {
                let blocks = self.ending.remove(&of.contact).unwrap_or(false);
                self.wraps_up.insert(Arc::clone(&of.contact), (Arc::clone(agent), blocks));
                Ok(())
            }
            EventBody::WrapUpExtended { of, agent, .. } => self.wraps_up(of, agent),
            EventBody::WrapUpOver { of, agent, .. } => {
                self.ending.remove(&of.contact);
                // One without a wrap-up is over at once.
                if self.wraps_up.contains_key(&of.contact) {
                    self.wraps_up(of, agent)?;
                    self.wraps_up.remove(&of.contact);
                }
                Ok(())
            }
            body => match body.contact() {
                Some(of) => self.changed(of, body, event.ts),
                None => Ok(()),
            },
        }
    }

    fn queued(&mut self, of: &ContactRef, channel: &str, ts: u64) -> Result<(), Broken> {
        let number = number(&of.contact);
        if number <= self.newest {
            let found = format!("{} enters after c-{:x}", of.contact, self.newest);
            return broken(Rule::Conservation, found, "a number that was never given");
        }
        self.newest = number;
        let place = Place { state: "queued", agent: None, offer: None };
        let live = Live { place, blocks: blocks(channel), entered: Some(ts), answered: false };
        self.live.insert(Arc::clone(&of.contact), live);
        Ok(())
    }

    fn wraps_up(&self, of: &ContactRef, agent: &Arc<str>) -> Result<(), Broken> {
        match self.wraps_up.get(&of.contact) {
            Some((by, _)) if by == agent => Ok(()),
            by => {
                let found = format!("{agent} wraps up {}", of.contact);
                let by = by.map_or("nobody does".to_owned(), |(by, _)| format!("{by} does"));
                broken(Rule::Conservation, found, by)
            }
        }
    }

    /// Something that is said of a live contact.
    fn changed(&mut self, of: &ContactRef, body: &EventBody, ts: u64) -> Result<(), Broken> {
        use EventBody as E;
        let Some(live) = self.live.get(&of.contact) else {
            let found = format!("{} of {}, which is not live", body.kind(), of.contact);
            return broken(Rule::Conservation, found, "nothing after its end, or before");
        };
        let live = live.clone();
        if let E::Offered { agent, .. } = body {
            self.may_be_offered(of, agent)?;
        }
        let next = next(of, &live.place, body)?;
        if let E::Abandoned { wait_ms, .. }
        | E::Connected { wait_ms, .. }
        | E::Ended { wait_ms, .. } = body
        {
            not_younger(of, &live, *wait_ms, ts)?;
        }
        if matches!(body, E::Ended { .. }) {
            self.live.remove(&of.contact);
            self.ending.insert(Arc::clone(&of.contact), live.blocks);
            return Ok(());
        }
        let live = self.live.get_mut(&of.contact).expect("it was found above");
        live.answered |= matches!(body, E::Connected { .. });
        live.blocks |= matches!(body, E::Callback { .. });
        live.place = next;
        Ok(())
    }

    /// An agent is there, has no other offer, and holds nothing that leaves no room.
    fn may_be_offered(&self, of: &ContactRef, agent: &Arc<str>) -> Result<(), Broken> {
        let found = || format!("{} is offered to {agent}", of.contact);
        if self.away.contains(agent) {
            return broken(Rule::Order, found(), format!("no offer: {agent} is not ready"));
        }
        let theirs = |live: &&Live| live.place.agent.as_ref() == Some(agent);
        let mut held = self.live.iter().filter(|(_, live)| theirs(live));
        if let Some((other, _)) = held.clone().find(|(_, live)| live.place.state == "offered") {
            let expected = format!("no offer while {agent} is offered {other}");
            return broken(Rule::SingleOffer, found(), expected);
        }
        let busy = |live: &Live| live.place.state == "connected" && live.blocks;
        let wraps = self.wraps_up.iter().find(|(_, (by, blocks))| by == agent && *blocks);
        let other = held.find(|(_, live)| busy(live)).map(|(other, _)| other);
        match other.or(wraps.map(|(other, _)| other)) {
            Some(other) => broken(Rule::Order, found(), format!("no offer: {agent} holds {other}")),
            None => Ok(()),
        }
    }

    /// Compares the books with what there is after the same event.
    pub(super) fn compare(&self, snapshot: &Snapshot) -> Result<(), Violation> {
        let wrong = |found: String, expected: String| {
            Err(Violation { seq: snapshot.seq, rule: Rule::Conservation, found, expected })
        };
        if snapshot.seq != self.last {
            return Ok(());
        }
        let mut there = BTreeSet::new();
        for row in snapshot.contacts.iter().flatten() {
            let say = |state: &str, agent: Option<&str>| {
                let with = agent.map_or(String::new(), |agent| format!(" with {agent}"));
                format!("{} is {state}{with}", row.contact)
            };
            there.insert(row.contact.as_str());
            let found = say(&row.state, row.agent.as_deref());
            match self.live.get(row.contact.as_str()).map(|live| &live.place) {
                None => return wrong(found, "it never entered, or has ended".into()),
                Some(place)
                    if place.state != row.state
                        || place.agent.as_deref() != row.agent.as_deref() =>
                {
                    return wrong(found, say(place.state, place.agent.as_deref()));
                }
                Some(_) => {}
            }
        }
        match self.live.keys().find(|contact| !there.contains(&***contact)) {
            Some(lost) => wrong(format!("{lost} is not there"), "it never ended".into()),
            None => Ok(()),
        }
    }
}

fn is_away(state: &str) -> bool {
    matches!(state, "signed_out" | "not_ready")
}

fn number(contact: &str) -> u64 {
    id::parse_contact(contact).map_or(0, |contact| contact.0)
}

/// What is told of a contact's wait before its first answer is no less than what was seen of it.
fn not_younger(of: &ContactRef, live: &Live, wait_ms: u64, ts: u64) -> Result<(), Broken> {
    let Some(entered) = live.entered.filter(|_| !live.answered) else { return Ok(()) };
    let waited = (ts - entered) / 1_000;
    if wait_ms + 1 < waited {
        let found = format!("{} has waited {wait_ms} ms", of.contact);
        return broken(Rule::Age, found, format!("{waited} ms since it entered"));
    }
    Ok(())
}

/// Where the contact is after this; who tells it must be where that can happen.
fn next(of: &ContactRef, now: &Place, body: &EventBody) -> Result<Place, Broken> {
    use EventBody as E;
    let stays = || now.clone();
    let waits = || Place { state: "queued", agent: None, offer: None };
    let holds =
        |state, agent: &Arc<str>| Place { state, agent: Some(Arc::clone(agent)), offer: None };
    let ours = |offer: &Arc<str>, agent: &Arc<str>| {
        now.state == "offered"
            && now.offer.as_ref() == Some(offer)
            && now.agent.as_ref() == Some(agent)
    };
    let (may, place, rule) = match body {
        E::Offered { offer, agent, .. } => {
            let offer = Some(Arc::clone(offer));
            (now.state == "queued", Place { offer, ..holds("offered", agent) }, Rule::SingleOffer)
        }
        E::OfferRinging { offer, agent, .. } | E::OfferExtended { offer, agent, .. } => {
            (ours(offer, agent), stays(), Rule::SingleOffer)
        }
        E::OfferRevoked { offer, agent, .. } => (ours(offer, agent), waits(), Rule::SingleOffer),
        E::Connected { offer: Some(offer), agent, .. } => {
            (ours(offer, agent), holds("connected", agent), Rule::SingleOffer)
        }
        E::Connected { agent, .. } => {
            (now.state == "queued", holds("connected", agent), Rule::Conservation)
        }
        E::Requeued { .. } => (now.state != "offered", waits(), Rule::Conservation),
        E::Scheduled { .. } => {
            let place = Place { state: "scheduled", ..waits() };
            (now.state != "offered", place, Rule::Conservation)
        }
        E::Parked { .. } => {
            (now.state == "connected", Place { state: "parked", ..stays() }, Rule::Conservation)
        }
        E::Resumed { .. } => {
            (now.state == "parked", Place { state: "connected", ..stays() }, Rule::Conservation)
        }
        E::Ended { .. } => (now.state != "offered", stays(), Rule::SingleOffer),
        _ => (true, stays(), Rule::Conservation),
    };
    if may {
        return Ok(place);
    }
    let with = now.agent.as_ref().map_or(String::new(), |agent| format!(" with {agent}"));
    let told = serde_json::to_string(body).unwrap_or_else(|_| body.kind().to_owned());
    broken(rule, format!("told {told}"), format!("{} is {}{with}", of.contact, now.state))
}

#[cfg(test)]
mod tests;
