//! A server that is killed with -9 again and again under a client as fast as it can be: what was
//! acknowledged is there, once, in its state and place, and events go on where they stopped.
//!
//! `cargo xtask crash --kills 200` runs it longer.

mod support;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use acd_model::Random;
use serde_json::{Value, json};
use support::{PATIENCE, Scratch, Server};

const CITY: &str = r#"
[city]
name = "Crash"
time_zone = "UTC"
[[queues]]
name = "roads"
wrap_up = { mode = "none" }
[[queues]]
name = "water"
wrap_up = { mode = "none" }
[[agents]]
id = "a1"
name = "A1"
[[agents]]
id = "a2"
name = "A2"
[[agents]]
id = "a3"
name = "A3"
"#;

/// Requests without a reply at any time.
const IN_FLIGHT: usize = 16;
/// The server's clock and the test's may differ by so much.
const CLOCKS_MS: u64 = 20;

/// Whether a run is long enough is the caller's wish: CI kills a few times.
fn kills() -> usize {
    std::env::var("ACD_CRASH_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(12)
}

/// A connection that may end at any moment.
struct Wire {
    read: BufReader<UnixStream>,
    write: UnixStream,
    line: Vec<u8>,
}

impl Wire {
    fn connect(socket: &Path) -> Self {
        let stream = UnixStream::connect(socket).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let write = stream.try_clone().expect("a second handle");
        Self { read: BufReader::new(stream), write, line: Vec::new() }
    }

    fn patience(&self, length: Duration) {
        self.write.set_read_timeout(Some(length)).expect("a timeout");
    }

    /// The next whole line; none where none came in time or the server is gone.
    fn next(&mut self) -> Option<Value> {
        match self.read.read_until(b'\n', &mut self.line) {
            Ok(_) if self.line.ends_with(b"\n") => {
                let value = serde_json::from_slice(&self.line).expect("lines are JSON");
                self.line.clear();
                Some(value)
            }
            Ok(_) => None,
            Err(error) => {
                let kinds =
                    [ErrorKind::WouldBlock, ErrorKind::TimedOut, ErrorKind::ConnectionReset];
                assert!(kinds.contains(&error.kind()), "reading: {error}");
                None
            }
        }
    }

    /// Says something; who is gone does not hear it.
    fn say(&mut self, request: &Value) {
        let _ = self.write.write_all(format!("{request}\n").as_bytes());
    }
}

/// What the client knows of a contact.
#[derive(Clone, Debug, Default)]
struct Known {
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
struct Client {
    pbx: Wire,
    watcher: Wire,
    known: BTreeMap<String, Known>,
    asked: VecDeque<(u64, Asked)>,
    /// Offers that came and are to be answered: contact's `ext` and offer.
    ringing: Vec<(String, String)>,
    /// Every offer that was ever told of.
    offers: BTreeSet<String>,
    /// Those told of again since the last hello.
    again: BTreeSet<String>,
    next: u64,
    epoch: String,
    /// The last event that the watcher, and the front end, have seen.
    seq: u64,
    own_seq: u64,
    acknowledged: u64,
}

impl Client {
    fn new(socket: &Path) -> Self {
        let mut client = Self {
            pbx: Wire::connect(socket),
            watcher: Wire::connect(socket),
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
        };
        client.greet();
        for agent in ["a1", "a2", "a3"] {
            let login = json!({"agent": agent, "device": format!("SIP/{agent}")});
            client.ask("agent.login", &login);
            client.ask("agent.state", &json!({"agent": agent, "state": "ready"}));
        }
        client
    }

    /// Asks over the front end's connection, and waits.
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.converse(|client| &mut client.pbx, Self::heard, method, params)
    }

    /// Asks over the watcher's connection, and waits.
    fn watch(&mut self, method: &str, params: &Value) -> Value {
        self.converse(|client| &mut client.watcher, Self::watched, method, params)
    }

    /// Asks, and waits for the reply; what comes before it is heard.
    fn converse(
        &mut self,
        wire: fn(&mut Self) -> &mut Wire,
        hear: fn(&mut Self, &Value),
        method: &str,
        params: &Value,
    ) -> Value {
        wire(self).say(&json!({"id": 1, "method": method, "params": params}));
        loop {
            let line = wire(self).next().expect("a reply");
            if line["id"] == 1 {
                assert!(line.get("error").is_none(), "{method}: {line}");
                return line["result"].clone();
            }
            hear(self, &line);
        }
    }

    /// Says hello on both connections, going on from the last events seen.
    fn greet(&mut self) {
        let is_first = self.epoch.is_empty();
        self.again.clear();
        self.pbx.next().expect("a greeting");
        self.watcher.next().expect("a greeting");
        let mut params = json!({"role": "frontend", "name": "pbx"});
        if !is_first {
            params["resume"] = json!({"epoch": self.epoch, "seq": self.own_seq});
        }
        let hello = self.ask("hello", &params);
        assert_eq!(hello["durable"], "fsync");
        assert!(hello.get("gap").is_none(), "the front end resumes without a gap: {hello}");
        let epoch = hello["epoch"].as_str().expect("an epoch");
        assert!(is_first || epoch == self.epoch, "the epoch is the log's, and stays");
        epoch.clone_into(&mut self.epoch);
        self.watch("hello", &json!({"role": "supervisor", "name": "sue"}));
        let since = json!({"epoch": self.epoch, "seq": self.seq});
        let subscribed = self.watch("subscribe", &json!({"topics": ["*"], "since": since}));
        assert_eq!(subscribed["gap"], false, "the watcher resumes without a gap: {subscribed}");
        assert_eq!(subscribed["from"], self.seq + 1);
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
                let params = json!({"ext": ext, "channel": "voice", "queue": queue, "idem": ext});
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
        if self.known.values().filter(live).count() > 150 {
            return None;
        }
        Some(Asked::New(format!("call-{}", self.next)))
    }

    /// As fast as it can, until then.
    fn drive(&mut self, until: Instant) {
        self.pbx.patience(Duration::from_millis(1));
        while Instant::now() < until {
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

    /// The server is dead: what it said until then was said.
    fn drain(&mut self) {
        while let Some(line) = self.pbx.next() {
            self.heard(&line);
        }
        while let Some(line) = self.watcher.next() {
            self.watched(&line);
        }
    }

    /// The server is there again: everything must be as it was acknowledged.
    fn come_back(&mut self, socket: &Path) {
        let unsure: BTreeSet<Asked> = self.asked.drain(..).map(|(_, asked)| asked).collect();
        self.ringing.clear();
        self.pbx = Wire::connect(socket);
        self.watcher = Wire::connect(socket);
        self.greet();
        // Everything it missed comes before this reply.
        self.ask("ping", &json!({}));
        let asked_at = Instant::now();
        let snapshot = self.watch("snapshot", &json!({"of": ["contacts"]}));
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

#[test]
fn whatever_was_acknowledged_survives_kill_9_at_any_moment() {
    let scratch = Scratch::new("crash");
    let city = scratch.join("city.toml");
    std::fs::write(&city, CITY).expect("a file");
    let seed = std::env::var("ACD_CRASH_SEED").ok().and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or(311);
    let mut random = Random::new(seed);
    let mut server =
        Server::start_with_log(scratch, &["--config", city.to_str().expect("a path in UTF-8")]);
    let mut client = Client::new(&server.socket);
    let kills = kills();
    for kill in 0..kills {
        let length = Duration::from_millis(5 + random.below(120));
        client.drive(Instant::now() + length);
        server.kill();
        client.drain();
        server.start_again();
        client.come_back(&server.socket);
        if kill % 20 == 19 {
            println!("{} kills, {} acknowledged", kill + 1, client.acknowledged);
        }
    }
    client.drive(Instant::now() + Duration::from_millis(100));
    println!(
        "killed {kills} times (seed {seed}): {} acknowledged requests, {} contacts, {} offers, \
         {} events; none lost, doubled or younger",
        client.acknowledged,
        client.known.len(),
        client.offers.len(),
        client.seq
    );
    assert!(client.acknowledged > kills as u64, "the client did something");
}
