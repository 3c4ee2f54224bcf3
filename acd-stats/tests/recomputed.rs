//! Every number is what the events say, recomputed from the definitions: by every formula, window
//! and interval, under both attributions, over days on which the clocks change, and restarts.
#![allow(clippy::unwrap_used, reason = "a stream that cannot be made fails the test")]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use acd_proto::Event;
use acd_stats::{Ask, Attribution, Goal, Length, Statistics};
use serde_json::{Value, json};
use support::{Oracle, check};

const SECOND: u64 = 1_000_000;
const ZONE: &str = "America/Toronto";
const QUEUES: [(&str, u64); 3] = [("roads", 20), ("water", 75), ("chat", 300)];
const AGENTS: [&str; 4] = ["ana", "bo", "cy", "dee"];

/// A generator of numbers: xorshift64*, which no number here depends on.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % bound
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    /// Mostly short, sometimes very long, in µs.
    fn length(&mut self) -> u64 {
        let seconds = self.one_of(&[4, 20, 75, 400, 2_000]);
        self.below(seconds * SECOND) + 1
    }
}

/// A contact whose life is being made.
struct Life {
    at: u64,
    entered: u64,
    contact: String,
    queue: String,
    hops: u8,
}

/// Makes streams of events as a server would: each contact a life, agents their days.
struct Stream {
    random: Random,
    last_contact: u64,
    events: Vec<Value>,
}

impl Stream {
    /// So many contacts between two instants.
    fn of(seed: u64, contacts: u64, from: u64, to: u64) -> Vec<Value> {
        let random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut stream = Self { random, last_contact: 0, events: Vec::new() };
        for agent in AGENTS {
            stream.works(agent, from, to);
        }
        for _ in 0..contacts {
            let at = from + stream.random.below(to - from);
            stream.enters(at, None, 0);
        }
        stream.events.sort_by_key(|event| event["ts"].as_u64());
        for (seq, event) in stream.events.iter_mut().enumerate() {
            event["seq"] = json!(seq + 1);
        }
        stream.events
    }

    fn works(&mut self, agent: &str, from: u64, to: u64) {
        let mut at = from + self.random.length();
        while at < to {
            let state = self.random.one_of(&["ready", "ready", "busy", "not_ready", "signed_out"]);
            let mut event =
                json!({"ts": at, "type": "agent.state", "agent": agent, "state": state});
            if state == "not_ready" {
                event["reason"] = json!(self.random.one_of(&["lunch", "rona"]));
            }
            self.events.push(event);
            at += self.random.length() * 3;
        }
    }

    fn says(&mut self, life: &Life, kind: &str, mut event: Value) {
        event["ts"] = json!(life.at);
        event["type"] = json!(kind);
        event["contact"] = json!(life.contact);
        event["ext"] = json!(life.contact);
        event["queue"] = json!(life.queue);
        self.events.push(event);
    }

    fn enters(&mut self, at: u64, previous: Option<&str>, hops: u8) {
        self.last_contact += 1;
        let contact = format!("c-{:x}", self.last_contact);
        let queue = self.random.one_of(&QUEUES).0.to_owned();
        let mut life = Life { at, entered: at, contact, queue, hops };
        let mut members = json!({"channel": "voice", "prio": 5, "frontend": "pbx"});
        if let Some(previous) = previous {
            members["previous"] = json!(previous);
        }
        self.says(&life, "contact.queued", members);
        while self.waits(&mut life) {}
    }

    /// What becomes of one that waits. Says whether it goes on.
    fn waits(&mut self, life: &mut Life) -> bool {
        life.at += self.random.length();
        match self.random.below(12) {
            0 => {
                let wait_ms = (life.at - life.entered) / 1_000;
                self.says(life, "contact.abandoned", json!({"wait_ms": wait_ms}));
                self.ends(life, "abandoned");
                false
            }
            1 => {
                self.ends(life, "exit_key");
                false
            }
            2 => {
                let to = self.random.one_of(&QUEUES).0.to_owned();
                let former = std::mem::replace(&mut life.queue, to);
                self.says(life, "contact.moved", json!({"from_queue": former}));
                true
            }
            3 => {
                self.says(life, "contact.callback", json!({}));
                let until = life.at + 60 * SECOND;
                self.says(life, "contact.scheduled", json!({"until": until}));
                life.at = until;
                self.says(life, "contact.requeued", json!({"cause": "callback_due"}));
                true
            }
            _ => self.is_offered(life),
        }
    }

    fn is_offered(&mut self, life: &mut Life) -> bool {
        let agent = self.random.one_of(&AGENTS);
        let offer = json!({"offer": "o-1", "agent": agent, "answer_by": "device",
            "deadline_ms": 20_000, "channel": "voice"});
        self.says(life, "contact.offered", offer);
        life.at += self.random.below(20 * SECOND);
        if self.random.below(4) == 0 {
            let cause = self.random.one_of(&["no_answer", "rejected", "callback"]);
            let over = json!({"offer": "o-1", "agent": agent, "cause": cause});
            self.says(life, "contact.offer_revoked", over);
            if cause != "callback" {
                self.says(life, "contact.requeued", json!({"cause": "offer_failed"}));
            }
            return true;
        }
        let wait_ms = (life.at - life.entered) / 1_000;
        let met = json!({"agent": agent, "offer": "o-1", "wait_ms": wait_ms});
        self.says(life, "contact.connected", met);
        let since = life.at;
        life.at += self.random.length();
        match self.random.below(6) {
            0 => {
                self.says(life, "contact.requeued", json!({"cause": "agent_leg_lost"}));
                true
            }
            1 if life.hops < 3 => {
                let to = json!({"to": "queue:roads", "hops": life.hops + 1});
                self.says(life, "contact.transferred", to);
                let (at, contact) = (life.at, life.contact.clone());
                self.talk_ends(life, since, "transferred", agent);
                self.enters(at, Some(&contact), life.hops + 1);
                false
            }
            _ => {
                self.talk_ends(life, since, "hangup", agent);
                false
            }
        }
    }

    fn ends(&mut self, life: &Life, cause: &str) {
        let end = json!({"cause": cause, "by": "caller", "talk_ms": 0, "wait_ms": 0});
        self.says(life, "contact.ended", end);
    }

    fn talk_ends(&mut self, life: &mut Life, since: u64, cause: &str, agent: &str) {
        self.ends(life, cause);
        if self.random.below(3) > 0 {
            let until = life.at + 30 * SECOND;
            self.says(life, "contact.wrap_up", json!({"agent": agent, "until": until}));
            life.at += self.random.length();
            let handle = json!({"agent": agent, "handle_ms": (life.at - since) / 1_000});
            self.says(life, "contact.wrap_up_over", handle);
        }
    }
}

fn us(text: &str) -> u64 {
    let at: jiff::Timestamp = text.parse().unwrap();
    at.as_microsecond().unsigned_abs()
}

fn goals() -> Vec<Goal> {
    let goal = |(queue, s): (&str, u64)| Goal {
        queue: Arc::from(queue),
        threshold_us: s * SECOND,
        target_percent: 80,
    };
    QUEUES.map(goal).into()
}

/// As after a restart: written down, and read back by another.
fn restarted(statistics: &Statistics) -> Statistics {
    let kept = serde_json::to_string(&statistics.kept()).unwrap();
    let mut again = Statistics::new(ZONE);
    again.take_over(&mut serde_json::Deserializer::from_str(&kept)).unwrap();
    assert!(again.has(&goals()));
    assert_eq!(serde_json::to_string(&again.kept()).unwrap(), kept, "nothing is lost on the way");
    again
}

/// Folds a stream and compares at so many moments, restarting on the way.
fn follow(seed: u64, from: &str, hours: u64, moments: u64) {
    let from = us(from);
    let to = from + hours * 3_600 * SECOND;
    let events = Stream::of(seed, 60 * hours, from, to);
    let thresholds: BTreeMap<String, u64> =
        QUEUES.iter().map(|(queue, s)| ((*queue).to_owned(), s * SECOND)).collect();
    let mut statistics = Statistics::new(ZONE);
    statistics.configure(&goals());
    let mut random = Random(seed | 1);
    let mut folded = 0;
    for moment in 1..=moments {
        let now = from + (to - from) * moment / moments + random.below(SECOND);
        while let Some(event) = events.get(folded).filter(|e| e["ts"].as_u64() <= Some(now)) {
            let event: Event = serde_json::from_value(event.clone()).unwrap();
            statistics.fold(&event);
            folded += 1;
        }
        statistics = restarted(&statistics);
        let oracle = Oracle::new(&events[..folded], &thresholds);
        for by in [Attribution::Ended, Attribution::Entered] {
            let (name, length) = Length::ALL[(moment % 4) as usize];
            let (length, parts) = (Some(length), true);
            let ask = Ask {
                queues: parts,
                agents: parts,
                sites: parts,
                total: parts,
                by,
                length,
                series: true,
            };
            let told = serde_json::to_value(statistics.told(ask, now)).unwrap();
            check(&told, &oracle, ZONE, name);
        }
    }
    assert!(folded > 1_000, "only {folded} events came");
}

#[test]
fn a_common_day() {
    follow(1, "2026-11-23T13:00:00Z", 5, 12);
}

#[test]
fn over_midnight() {
    follow(2, "2026-11-24T03:30:00Z", 4, 12);
}

#[test]
fn when_an_hour_comes_twice() {
    follow(3, "2026-11-01T03:30:00Z", 6, 16);
}

#[test]
fn when_an_hour_does_not_come() {
    follow(4, "2026-03-08T04:30:00Z", 6, 16);
}
