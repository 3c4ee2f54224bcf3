//! A telephone exchange, and a supervisor who hears of everything: what they were told stays true.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::PATIENCE;
use crate::wire::Wire;

/// Requests without a reply at any time.
const IN_FLIGHT: usize = 16;
/// The server's clock and the test's may differ by so much.
const CLOCKS_MS: u64 = 20;

/// What the client knows of a contact.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    contact: Option<String>,
    /// When the reply to its submission came.
    since: Option<Instant>,
    answered: bool,
    ended: bool,
}

/// A request without a reply yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    New(String),
    Answer(String, String),
    End(String),
}

/// The front end, and a supervisor who hears of everything.
pub(crate) struct Client {
    pbx: Wire,
    watcher: Wire,
    pub(crate) known: BTreeMap<String, Known>,
    asked: VecDeque<(u64, Asked)>,
    /// Offers that came and are to be answered: contact's `ext` and offer.
    ringing: Vec<(String, String)>,
    /// Every offer that was ever told of.
    pub(crate) offers: BTreeSet<String>,
    /// Those told of again since the last hello.
    again: BTreeSet<String>,
    next: u64,
    epoch: String,
    /// The last event that the watcher, and the front end, have seen.
    pub(crate) seq: u64,
    own_seq: u64,
    pub(crate) acknowledged: u64,
    /// Requests refused because there was no room.
    pub(crate) refused: u64,
    /// Live contacts at most; beyond it nobody new comes.
    pub(crate) most: usize,
    /// Said of every contact, to fill the log.
    pub(crate) note: String,
    /// Requests whose reply was lost: whether they were done is not known yet.
    unsure: BTreeSet<Asked>,
}

impl Client {
    pub(crate) fn new(socket: &Path) -> Self {
        let mut client = Self {
            pbx: Wire::connect(socket).expect("the server listens"),
            watcher: Wire::connect(socket).expect("the server listens"),
            known: BTreeMap::new(),
            asked: VecDeque::new(),
            ringing: Vec::new(),
            offers: BTreeSet::new(),
            again: BTreeSet::new(),
            next: 100,
            epoch: String::new(),
            seq: 0,
            own_seq: 0,
            acknowledged: 0,
            refused: 0,
            most: 150,
            note: String::new(),
            unsure: BTreeSet::new(),
        };
        client.greet().expect("the server runs");
        for agent in ["a1", "a2", "a3"] {
            let login = json!({"agent": agent, "device": format!("SIP/{agent}")});
            client.ask("agent.login", &login).expect("the server runs");
            let ready = json!({"agent": agent, "state": "ready"});
            client.ask("agent.state", &ready).expect("the server runs");
        }
        client
    }

    /// Asks over the front end's connection, and waits. None where the server is gone.
    fn ask(&mut self, method: &str, params: &Value) -> Option<Value> {
        self.converse(|client| &mut client.pbx, Self::heard, method, params)
    }

    /// Asks over the watcher's connection, and waits.
    fn watch(&mut self, method: &str, params: &Value) -> Option<Value> {
        self.converse(|client| &mut client.watcher, Self::watched, method, params)
    }

    /// Asks, and waits for the reply; what comes before it is heard.
    fn converse(
        &mut self,
        wire: fn(&mut Self) -> &mut Wire,
        hear: fn(&mut Self, &Value),
        method: &str,
        params: &Value,
    ) -> Option<Value> {
        wire(self).say(&json!({"id": 1, "method": method, "params": params}));
        loop {
            let Some(line) = wire(self).next() else {
                assert!(wire(self).is_over, "{method}: no reply");
                return None;
            };
            if line["id"] == 1 {
                assert!(line.get("error").is_none(), "{method}: {line}");
                return Some(line["result"].clone());
            }
            hear(self, &line);
        }
    }

    /// Says hello on both connections, going on from the last events seen.
    fn greet(&mut self) -> Option<()> {
        let is_first = self.epoch.is_empty();
        self.again.clear();
        self.pbx.next()?;
        self.watcher.next()?;
        let mut params = json!({"role": "frontend", "name": "pbx"});
        if !is_first {
            params["resume"] = json!({"epoch": self.epoch, "seq": self.own_seq});
        }
        let hello = self.ask("hello", &params)?;
        assert_eq!(hello["durable"], "fsync");
        assert!(hello.get("gap").is_none(), "the front end resumes without a gap: {hello}");
        let epoch = hello["epoch"].as_str().expect("an epoch");
        assert!(is_first || epoch == self.epoch, "the epoch is the log's, and stays");
        epoch.clone_into(&mut self.epoch);
        self.watch("hello", &json!({"role": "supervisor", "name": "sue"}))?;
        let since = json!({"epoch": self.epoch, "seq": self.seq});
        let subscribed = self.watch("subscribe", &json!({"topics": ["*"], "since": since}))?;
        assert_eq!(subscribed["gap"], false, "the watcher resumes without a gap: {subscribed}");
        assert_eq!(subscribed["from"], self.seq + 1);
        Some(())
    }

    /// What the watcher hears: every event, once, in order.
    fn watched(&mut self, line: &Value) {
        if line["method"] == "event" {
            let seq = line["params"]["seq"].as_u64().expect("a number");
            assert_eq!(seq, self.seq + 1, "no gap and no repeat: {line}");
            self.seq = seq;
        }
    }

    /// What the front end hears.
    fn heard(&mut self, line: &Value) {
        let Some("event") = line["method"].as_str() else { return self.replied(line) };
        let event = &line["params"];
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let is_again = event["resent"] == true;
        let seq = event["seq"].as_u64().expect("a number");
        if !is_again {
            assert!(seq > self.own_seq, "an event came twice: {line}");
        }
        self.own_seq = self.own_seq.max(seq);
        if event["type"] == "contact.offered" {
            let offer = text("offer");
            let is_new = if is_again { self.again.insert(offer.clone()) } else { true };
            assert!(is_new, "told twice after one hello: {line}");
            assert!(self.offers.insert(offer.clone()) || is_again, "doubled: {line}");
            self.ringing.push((text("ext"), offer));
        }
    }

    /// A reply: from now on it is acknowledged.
    fn replied(&mut self, line: &Value) {
        let Some((id, asked)) = self.asked.pop_front() else { return };
        assert_eq!(line["id"], id, "replies come in order");
        if line["error"]["data"]["kind"] == "overloaded" {
            self.refused += 1;
            return;
        }
        assert!(line.get("error").is_none(), "{asked:?}: {line}");
        self.acknowledged += 1;
        match asked {
            Asked::New(ext) => {
                let known = self.known.entry(ext).or_default();
                let contact = line["result"]["contact"].as_str().expect("an id").to_owned();
                assert!(known.contact.as_ref().is_none_or(|c| *c == contact), "another: {line}");
                known.contact = Some(contact);
                known.since.get_or_insert_with(Instant::now);
            }
            Asked::Answer(ext, _) => self.known.entry(ext).or_default().answered = true,
            Asked::End(ext) => self.known.entry(ext).or_default().ended = true,
        }
    }

    fn send(&mut self, asked: Asked) {
        self.next += 1;
        let (method, params) = match &asked {
            Asked::New(ext) => {
                // Asked again in the same words: the queue follows from the name.
                let queue = if ext.ends_with(['1', '3', '5']) { "water" } else { "roads" };
                let attrs = json!({"note": self.note});
                let params = json!({"ext": ext, "channel": "voice", "queue": queue, "idem": ext,
                    "attrs": attrs});
                ("contact.new", params)
            }
            Asked::Answer(_, offer) => ("offer.answered", json!({"offer": offer})),
            Asked::End(ext) => {
                let contact = self.known[ext].contact.clone();
                ("contact.end", json!({"contact": contact, "by": "caller"}))
            }
        };
        self.pbx.say(&json!({"id": self.next, "method": method, "params": params}));
        self.asked.push_back((self.next, asked));
    }

    /// What is to be done next: answer what rings, end what is answered, bring somebody new.
    fn next_request(&mut self) -> Option<Asked> {
        let is_asked = |asked: &Asked| self.asked.iter().any(|(_, known)| known == asked);
        let live = |known: &&Known| known.contact.is_some() && !known.ended;
        if let Some((ext, offer)) = self.ringing.pop() {
            return Some(Asked::Answer(ext, offer));
        }
        let answered = self.known.iter().find(|(ext, known)| {
            known.answered && live(known) && !is_asked(&Asked::End((*ext).clone()))
        });
        if let Some((ext, _)) = answered {
            return Some(Asked::End(ext.clone()));
        }
        if self.known.values().filter(live).count() > self.most {
            return None;
        }
        Some(Asked::New(format!("call-{}", self.next)))
    }

    /// As fast as it can, until then.
    pub(crate) fn drive(&mut self, until: Instant) {
        self.work(|_| Instant::now() < until);
    }

    /// Until so many more requests were answered, or the server is gone.
    pub(crate) fn drive_requests(&mut self, count: u64) {
        let until = self.acknowledged + self.refused + count;
        self.work(|client| client.acknowledged + client.refused < until);
    }

    /// As fast as it can, as long as it shall and the server is there.
    pub(crate) fn work(&mut self, shall: impl Fn(&Self) -> bool) {
        self.pbx.patience(Duration::from_millis(1));
        while !self.pbx.is_over && shall(self) {
            while self.asked.len() < IN_FLIGHT
                && let Some(request) = self.next_request()
            {
                self.send(request);
            }
            if let Some(line) = self.pbx.next() {
                self.heard(&line);
            }
        }
        self.pbx.patience(PATIENCE);
    }

    /// Whether the server is gone.
    pub(crate) fn is_cut(&self) -> bool {
        self.pbx.is_over
    }

    /// The server is dead: what it said until then was said.
    pub(crate) fn drain(&mut self) {
        while let Some(line) = self.pbx.next() {
            self.heard(&line);
        }
        while let Some(line) = self.watcher.next() {
            self.watched(&line);
        }
    }

    /// The server is there again: everything must be as it was acknowledged. None where it is gone
    /// before that is known.
    pub(crate) fn come_back(&mut self, socket: &Path) -> Option<()> {
        self.unsure.extend(self.asked.drain(..).map(|(_, asked)| asked));
        self.ringing.clear();
        self.pbx = Wire::connect(socket)?;
        self.watcher = Wire::connect(socket)?;
        self.greet()?;
        // Everything it missed comes before this reply.
        self.ask("ping", &json!({}))?;
        let asked_at = Instant::now();
        let snapshot = self.watch("snapshot", &json!({"of": ["contacts"]}))?;
        let unsure = std::mem::take(&mut self.unsure);
        let rows = snapshot["contacts"].as_array().expect("rows");
        let mut there = BTreeMap::new();
        for row in rows {
            let ext = row["ext"].as_str().expect("an ext").to_owned();
            assert!(there.insert(ext, row).is_none(), "twice: {row}");
        }
        for ext in there.keys() {
            let was_asked =
                self.known.contains_key(ext) || unsure.contains(&Asked::New(ext.clone()));
            assert!(was_asked, "nobody brought {ext}");
        }
        for (ext, known) in &mut self.known {
            check(ext, known, there.get(ext).copied(), &unsure, asked_at);
        }
        for asked in unsure {
            if matches!(asked, Asked::New(_)) {
                self.send(asked);
            }
        }
        Some(())
    }
}

/// Whether a contact is as it was acknowledged; what was unsure is known now.
fn check(
    ext: &str,
    known: &mut Known,
    row: Option<&Value>,
    unsure: &BTreeSet<Asked>,
    asked_at: Instant,
) {
    if known.ended || known.contact.is_none() {
        assert!(!known.ended || row.is_none(), "ended, and there again: {row:?}");
        return;
    }
    let Some(row) = row else {
        assert!(unsure.contains(&Asked::End(ext.to_owned())), "{ext} is lost: {known:?}");
        known.ended = true;
        return;
    };
    assert_eq!(row["contact"].as_str(), known.contact.as_deref(), "{row}");
    let state = row["state"].as_str().expect("a state");
    let is_asked = |asked: &Asked| matches!(asked, Asked::Answer(of, _) if of == ext);
    let may_be_answered = known.answered || unsure.iter().any(is_asked);
    let fits = match state {
        "connected" => may_be_answered,
        "queued" | "offered" => !known.answered,
        _ => false,
    };
    assert!(fits, "{ext} is {state}, and was {known:?}");
    known.answered = state == "connected";
    let waited = row["wait_ms"].as_u64().expect("a wait") + CLOCKS_MS;
    let since = known.since.expect("it was acknowledged");
    let at_least = asked_at.saturating_duration_since(since).as_millis() as u64;
    assert!(state == "connected" || waited >= at_least, "{ext} is younger than {at_least}: {row}");
}
