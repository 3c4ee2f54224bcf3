//! Recomputes every number from a stream of events: slowly, from the definitions, and from the
//! JSON of the events alone. It shares nothing with what it checks.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "each test uses its part, a stream that cannot be read fails it, and counts are small"
)]

mod distributions;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use serde_json::{Value, json};

const MINUTE: u64 = 60_000_000;

/// How a visit to a queue ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Answered,
    Abandoned,
    FlowOut,
}

/// Something that is counted once: when it happened, and when its contact entered the queue.
#[derive(Clone, Debug)]
struct Fact {
    queue: String,
    at: u64,
    entered: u64,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Entered { by_transfer: bool },
    Left { how: How, wait: u64 },
    Handled { ms: u64 },
    HandedOff { ms: u64 },
    TransferredOut,
    Requeued,
    NoAnswer,
}

/// From when to when a contact waited in a queue; `u64::MAX` while it does.
#[derive(Clone, Debug)]
struct Waited {
    queue: String,
    since_entry: u64,
    from: u64,
    to: u64,
}

/// Everything a stream says, contact by contact.
#[derive(Debug, Default)]
pub struct Oracle {
    facts: Vec<Fact>,
    waited: Vec<Waited>,
    /// By agent: presence changes, and from when to when it held a contact, or wrapped up.
    presence: BTreeMap<String, Vec<(u64, String)>>,
    held: BTreeMap<String, Vec<(u64, u64)>>,
    wrapped: BTreeMap<String, Vec<(u64, u64)>>,
    thresholds: BTreeMap<String, u64>,
}

fn text(event: &Value, member: &str) -> String {
    event[member].as_str().unwrap_or_default().to_owned()
}

/// A contact's life as far as it has been read.
struct Reading {
    entered: u64,
    visit: u64,
    queue: String,
    waiting_since: Option<u64>,
    counted: bool,
    held: Option<(String, u64)>,
    offered: u64,
}

impl Oracle {
    /// Reads events, which are in order. Thresholds are in µs.
    pub fn new(events: &[Value], thresholds: &BTreeMap<String, u64>) -> Self {
        let mut oracle = Self { thresholds: thresholds.clone(), ..Self::default() };
        let mut by_contact: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for event in events {
            if event["contact"].is_string() {
                by_contact.entry(text(event, "contact")).or_default().push(event);
            } else if event["type"] == "agent.state" {
                let presence = oracle.presence.entry(text(event, "agent")).or_default();
                presence.push((event["ts"].as_u64().unwrap(), text(event, "state")));
            }
        }
        for life in by_contact.values().filter(|life| life[0]["type"] == "contact.queued") {
            oracle.life(life);
        }
        oracle
    }

    fn life(&mut self, life: &[&Value]) {
        let entered = life[0]["ts"].as_u64().unwrap();
        let queue = text(life[0], "queue");
        let (waiting_since, held) = (None, None);
        let mut so_far = Reading {
            entered,
            visit: entered,
            queue,
            waiting_since,
            counted: false,
            held,
            offered: 0,
        };
        for (index, event) in life.iter().enumerate() {
            self.waits(event, &mut so_far);
            self.holds(event, &life[index + 1..], &mut so_far);
            self.counts(event, &mut so_far);
        }
        if let Some(from) = so_far.waiting_since {
            let (queue, since_entry) = (so_far.queue, entered);
            self.waited.push(Waited { queue, since_entry, from, to: u64::MAX });
        }
        if let Some((agent, since)) = so_far.held {
            self.held.entry(agent).or_default().push((since, u64::MAX));
        }
    }

    /// When it waits.
    fn waits(&mut self, event: &Value, so_far: &mut Reading) {
        let at = event["ts"].as_u64().unwrap();
        let kind = event["type"].as_str().unwrap();
        let stops = [
            "contact.offered",
            "contact.connected",
            "contact.scheduled",
            "contact.moved",
            "contact.ended",
        ];
        if stops.contains(&kind)
            && let Some(from) = so_far.waiting_since.take()
        {
            let (queue, since_entry) = (so_far.queue.clone(), so_far.entered);
            self.waited.push(Waited { queue, since_entry, from, to: at });
        }
        let silently = ["moved", "callback"].contains(&&*text(event, "cause"));
        if ["contact.queued", "contact.requeued", "contact.moved"].contains(&kind)
            || kind == "contact.offer_revoked" && silently
        {
            so_far.waiting_since.get_or_insert(at);
        }
    }

    /// Which agent has it, or wraps it up.
    fn holds(&mut self, event: &Value, rest: &[&Value], so_far: &mut Reading) {
        let at = event["ts"].as_u64().unwrap();
        let kind = event["type"].as_str().unwrap();
        let later = |kind: &str| rest.iter().find(|event| event["type"] == kind);
        if ["contact.requeued", "contact.scheduled", "contact.ended"].contains(&kind)
            && let Some((agent, since)) = so_far.held.take()
        {
            let talked = kind == "contact.ended" && event["cause"] != "callback_failed";
            if talked && later("contact.wrap_up").is_none() {
                let what = What::Handled { ms: (at - since) / 1_000 };
                let (queue, entered) = (so_far.queue.clone(), so_far.visit);
                self.facts.push(Fact { queue, at, entered, what });
            }
            self.held.entry(agent).or_default().push((since, at));
        }
        if kind == "contact.connected" {
            so_far.held = Some((text(event, "agent"), at));
        }
        if kind == "contact.wrap_up" {
            let over = later("contact.wrap_up_over").map(|over| over["ts"].as_u64().unwrap());
            let span = (at, over.unwrap_or(u64::MAX));
            self.wrapped.entry(text(event, "agent")).or_default().push(span);
        }
    }

    /// What is counted of it.
    fn counts(&mut self, event: &Value, so_far: &mut Reading) {
        let at = event["ts"].as_u64().unwrap();
        let mut fact = |entered, queue: &str, what| {
            self.facts.push(Fact { queue: queue.to_owned(), at, entered, what });
        };
        let left = |how| What::Left { how, wait: at - so_far.entered };
        let (visit, queue) = (so_far.visit, so_far.queue.clone());
        match event["type"].as_str().unwrap() {
            "contact.queued" => {
                let by_transfer = event["previous"].is_string();
                fact(at, &queue, What::Entered { by_transfer });
            }
            "contact.offered" => so_far.offered = at,
            "contact.connected" => {
                fact(visit, &queue, What::HandedOff { ms: (at - so_far.offered) / 1_000 });
                if !so_far.counted {
                    fact(visit, &queue, left(How::Answered));
                    so_far.counted = true;
                }
            }
            "contact.abandoned" if !so_far.counted => {
                fact(visit, &queue, left(How::Abandoned));
                so_far.counted = true;
            }
            "contact.ended" if !so_far.counted => fact(visit, &queue, left(How::FlowOut)),
            "contact.requeued" if event["cause"] != "callback_due" => {
                fact(visit, &queue, What::Requeued);
            }
            "contact.offer_revoked" if event["cause"] == "no_answer" => {
                fact(visit, &queue, What::NoAnswer);
            }
            "contact.transferred" => fact(visit, &queue, What::TransferredOut),
            "contact.moved" => {
                let to = text(event, "queue");
                if !so_far.counted {
                    fact(visit, &queue, left(How::FlowOut));
                    fact(at, &to, What::Entered { by_transfer: false });
                }
                so_far.visit = at;
                so_far.queue = to;
            }
            "contact.wrap_up_over" => {
                let ms = event["handle_ms"].as_u64().unwrap();
                fact(visit, &queue, What::Handled { ms });
            }
            _ => {}
        }
    }

    /// The figures of a queue, or of all, for what belongs to `from..to`; `now` where the present
    /// is part of it.
    pub fn figures(
        &self,
        queue: Option<&str>,
        by_entry: bool,
        (from, to): (u64, u64),
        now: Option<u64>,
    ) -> Value {
        let mut n: BTreeMap<&str, u64> = BTreeMap::new();
        let mut classes = vec![0; 10];
        for fact in &self.facts {
            let belongs_to = if by_entry { fact.entered } else { fact.at };
            let is_asked = queue.is_none_or(|queue| queue == fact.queue);
            if is_asked && (from..to).contains(&belongs_to) {
                add(&mut n, &mut classes, fact.what, self.thresholds[&fact.queue]);
            }
        }
        let (waiting, late) = now.map_or((0, 0), |now| self.waiting(queue, now));
        told(&n, &classes, waiting, late)
    }

    /// Who waits at an instant, and how many of them for longer than the threshold.
    pub fn waiting(&self, queue: Option<&str>, now: u64) -> (u64, u64) {
        let here = |waited: &&Waited| {
            let is_asked = queue.is_none_or(|queue| queue == waited.queue);
            is_asked && waited.from <= now && now < waited.to
        };
        let late = |waited: &&Waited| now - waited.since_entry > self.thresholds[&waited.queue];
        let all = self.waited.iter().filter(here);
        (all.clone().count() as u64, all.filter(late).count() as u64)
    }

    /// Who waited at the end of each of the last 60 minutes, and now.
    pub fn depth(&self, queue: Option<&str>, now: u64) -> Vec<u64> {
        let minute = now / MINUTE * MINUTE;
        let ends = (0..60).rev().map(|back| minute - back * MINUTE - 1);
        let mut depth: Vec<u64> = ends.map(|end| self.waiting(queue, end).0).collect();
        depth.push(self.waiting(queue, now).0);
        depth
    }

    /// Ready, busy, wrap-up and not ready of an agent, in ms, within `from..to`.
    pub fn times(&self, agent: &str, (from, to): (u64, u64)) -> [u64; 4] {
        let of = |map: &BTreeMap<String, Vec<(u64, u64)>>| map.get(agent).cloned();
        let (held, wrapped) =
            (of(&self.held).unwrap_or_default(), of(&self.wrapped).unwrap_or_default());
        let presence = self.presence.get(agent).cloned().unwrap_or_default();
        let mut edges: Vec<u64> = presence.iter().map(|(at, _)| *at).collect();
        edges.extend(held.iter().chain(&wrapped).flat_map(|(from, to)| [*from, *to]));
        edges.extend([from, to]);
        edges.retain(|edge| (from..=to).contains(edge));
        edges.sort_unstable();
        let mut us = [0; 4];
        for pair in edges.windows(2) {
            let during = |spans: &[(u64, u64)]| {
                spans.iter().any(|(from, to)| *from <= pair[0] && pair[0] < *to)
            };
            let state = presence.iter().rev().find(|(at, _)| *at <= pair[0]);
            let which = match state.map(|(_, state)| state.as_str()) {
                None | Some("signed_out") => continue,
                Some("not_ready") => 3,
                Some(_) if during(&held) => 1,
                Some(_) if during(&wrapped) => 2,
                Some(_) => 0,
            };
            us[which] += pair[1] - pair[0];
        }
        us.map(|us| us / 1_000)
    }

    /// Every agent of whom the stream tells a state.
    pub fn agents(&self) -> impl Iterator<Item = &String> {
        self.presence.keys()
    }
}

fn add(n: &mut BTreeMap<&str, u64>, classes: &mut [u64], what: What, threshold: u64) {
    let mut add = |name, more| *n.entry(name).or_default() += more;
    match what {
        What::Entered { by_transfer } => {
            add("entered", 1);
            add("transfers_in", u64::from(by_transfer));
        }
        What::Left { how, wait } => {
            let in_time = u64::from(wait <= threshold);
            match how {
                How::Answered => {
                    add("answered", 1);
                    add("answered_in_threshold", in_time);
                    add("wait_ms", wait / 1_000);
                    let bounds = [5, 10, 20, 30, 45, 60, 90, 120, 300];
                    let passed = bounds.iter().filter(|bound| wait > **bound * 1_000_000);
                    classes[passed.count()] += 1;
                }
                How::Abandoned => {
                    add("abandoned", 1);
                    add("abandoned_in_threshold", in_time);
                    add("abandoned_short", u64::from(wait <= 5_000_000));
                }
                How::FlowOut => {
                    add("flow_out", 1);
                    add("flow_out_in_threshold", in_time);
                }
            }
        }
        What::Handled { ms } => {
            add("handled", 1);
            add("handle_ms", ms);
        }
        What::TransferredOut => add("transfers_out", 1),
        What::Requeued => add("requeues", 1),
        What::NoAnswer => add("no_answers", 1),
        // In distributions only.
        What::HandedOff { .. } => {}
    }
}

/// Counts as the rows tell them, with the formulas as they are defined.
fn told(n: &BTreeMap<&str, u64>, classes: &[u64], waiting: u64, late: u64) -> Value {
    let of = |name: &str| n.get(name).copied().unwrap_or(0);
    let percent = |part: u64, whole: u64| (whole > 0).then(|| part as f64 * 100.0 / whole as f64);
    let mean = |sum: u64, count: u64| (count > 0).then(|| sum / count);
    let (a, a_t) = (of("answered"), of("answered_in_threshold"));
    let (b, b_t, b_s) = (of("abandoned"), of("abandoned_in_threshold"), of("abandoned_short"));
    let (flow, flow_t, entered) = (of("flow_out"), of("flow_out_in_threshold"), of("entered"));
    json!({
        "entered": entered, "answered": a, "answered_in_threshold": a_t,
        "abandoned": b, "abandoned_in_threshold": b_t, "abandoned_short": b_s,
        "flow_out": flow, "flow_out_in_threshold": flow_t,
        "handled": of("handled"),
        "asa_ms": mean(of("wait_ms"), a),
        "aht_ms": mean(of("handle_ms"), of("handled")),
        "abandoned_percent": percent(b, a + b),
        "transfers_in": of("transfers_in"), "transfers_out": of("transfers_out"),
        "requeues": of("requeues"), "no_answers": of("no_answers"),
        "waits": classes,
        "service_level": {
            "answered": percent(a_t, a),
            "inclusive": percent(a_t + b_t, a + b),
            "offered": percent(a_t, a + b),
            "no_short": percent(a_t, a + b - b_s),
            "late_abandons": percent(a_t, a + b - b_t),
            "with_flow_out": percent(a_t, a + b + flow),
            "removed": percent(a_t + b_t + flow_t, entered),
            "live": percent(waiting - late, waiting),
        },
    })
}

/// The window of so many minutes that ends with the running one.
pub fn window(now: u64, minutes: u64) -> (u64, u64) {
    let end = (now / MINUTE + 1) * MINUTE;
    (end - minutes * MINUTE, end)
}

/// The intervals of the city's day of `now`, up to the one of `now`: minute by minute, wherever
/// the clock shows another quarter, half, hour or date.
pub fn intervals(zone: &str, now: u64, length: &str) -> Vec<(u64, u64)> {
    let zone = TimeZone::get(zone).unwrap();
    let minutes = match length {
        "15m" => 15,
        "30m" => 30,
        "60m" => 60,
        _ => 24 * 60,
    };
    let label = |at: u64| {
        let at = Timestamp::from_microsecond(i64::try_from(at).unwrap()).unwrap();
        let shown = ZonedDateTime::new(at, zone.clone());
        let of_day = i64::from(shown.hour()) * 60 + i64::from(shown.minute());
        let offset = if length == "day" { String::new() } else { shown.strftime("%z").to_string() };
        (shown.strftime("%Y-%m-%d").to_string(), of_day / minutes, offset)
    };
    let today = label(now).0;
    let mut first = now / MINUTE * MINUTE;
    while label(first - MINUTE).0 == today {
        first -= MINUTE;
    }
    let mut spans: Vec<((u64, u64), _)> = Vec::new();
    let mut at = first;
    while label(at).0 == today {
        let shown = label(at);
        match spans.last_mut() {
            Some(((_, to), of)) if *of == shown => *to = at + MINUTE,
            _ => spans.push(((at, at + MINUTE), shown)),
        }
        at += MINUTE;
    }
    spans.into_iter().map(|(span, _)| span).filter(|(from, _)| *from <= now).collect()
}

/// With percentages to nine digits: reading a number from JSON may be off by its last bit.
fn rounded(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            json!(format!("{:.9}", number.as_f64().unwrap()))
        }
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), rounded(value))).collect()
        }
        other => other.clone(),
    }
}

/// Compares everything a server, or a fold, tells with what the stream gives.
pub fn check(told: &Value, oracle: &Oracle, zone: &str, length: &str) {
    let now = told["now"].as_u64().unwrap();
    let by_entry = told["by"] == "entered";
    let day = intervals(zone, now, "day")[0];
    assert_eq!((told["day_from"].as_u64(), told["day_to"].as_u64()), (Some(day.0), Some(day.1)));
    let of_day = intervals(zone, now, length);
    for row in told["queues"].as_array().unwrap().iter().chain([&told["total"]]) {
        let queue = row["queue"].as_str();
        let says = |span, now| oracle.figures(queue, by_entry, span, now);
        for (name, minutes) in [("m5", 5), ("m15", 15), ("m60", 60)] {
            let expected = says(window(now, minutes), Some(now));
            assert_eq!(rounded(&row[name]), rounded(&expected), "{queue:?} {name} at {now}");
        }
        let today = says(day, Some(now));
        assert_eq!(rounded(&row["today"]), rounded(&today), "{queue:?} today at {now}");
        let intervals = row["intervals"].as_array().unwrap();
        assert_eq!(intervals.len(), of_day.len(), "{queue:?} {length} at {now}");
        for (interval, span) in intervals.iter().zip(&of_day) {
            let mut expected = says(*span, None);
            expected["from"] = json!(span.0);
            expected["to"] = json!(span.1);
            let (got, expected) = (rounded(interval), rounded(&expected));
            assert_eq!(got, expected, "{queue:?} {length} of {span:?} at {now}");
        }
        let (waiting, late) = oracle.waiting(queue, now);
        assert_eq!((&row["waiting"], &row["waiting_late"]), (&json!(waiting), &json!(late)));
        check_series(&row["series"], oracle, (queue, by_entry), now);
        distributions::check(row, oracle, day);
    }
    check_agents(told, oracle, (now, day));
}

fn check_series(
    series: &Value,
    oracle: &Oracle,
    (queue, by_entry): (Option<&str>, bool),
    now: u64,
) {
    assert_eq!(series["depth"], json!(oracle.depth(queue, now)), "{queue:?} depth at {now}");
    let minutes = (0..60).rev().map(|back| window(now - back * MINUTE, 1));
    let figures: Vec<Value> =
        minutes.map(|span| oracle.figures(queue, by_entry, span, None)).collect();
    for member in ["entered", "answered", "abandoned"] {
        let each = figures.iter().map(|figures| figures[member].clone()).collect();
        assert_eq!(series[member], Value::Array(each), "{queue:?} {member} at {now}");
    }
}

fn check_agents(told: &Value, oracle: &Oracle, (now, day): (u64, (u64, u64))) {
    let rows = told["agents"].as_array().unwrap();
    for agent in oracle.agents() {
        let row = rows.iter().find(|row| row["agent"] == agent.as_str()).unwrap();
        let spans = [("m5", window(now, 5)), ("m60", window(now, 60)), ("today", day)];
        for (name, (from, to)) in spans {
            let expected = oracle.times(agent, (from, to.min(now)));
            let members = ["ready_ms", "busy_ms", "wrap_up_ms", "not_ready_ms"];
            let got = members.map(|member| row[name][member].as_u64().unwrap());
            assert_eq!(got, expected, "{agent} {name} at {now}");
        }
    }
}
