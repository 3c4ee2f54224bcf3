//! What a server says it counted is what its events say, recomputed from the definitions: over an
//! hour that comes twice, across intervals, and after a restart.

mod common;
#[path = "../../acd-stats/tests/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::path::Path;

use acd_core::Timestamp;
use acd_server::Clock;
use common::{CITY, Client, Scratch, Server};
use serde_json::{Value, json};
use support::{Oracle, check};

const ZONE: &str = "America/Toronto";
/// Seconds of the city in a real one.
const SPEED: u32 = 600;
/// Pings after which time must have passed: minutes, where it takes milliseconds.
const PINGS_MAX: u32 = 2_000_000;

/// Calls that come in, and what becomes of them: by what the digit says.
const CALLS: [u8; 24] = [0, 1, 2, 0, 3, 0, 4, 0, 1, 5, 0, 2, 0, 4, 3, 0, 0, 1, 5, 2, 0, 6, 0, 6];

/// A server of the test's own time, with who works there and who watches.
struct Centre {
    server: Server,
    pbx: Client,
    agents: Vec<Client>,
    maria: Client,
}

impl Centre {
    fn open(directory: &Path, at: u64, since: &Value) -> Self {
        let city = CITY.replace("\"UTC\"", &format!("{ZONE:?}"));
        let city = city.replace(
            "wrap_up = { mode = \"none\" }",
            "wrap_up = { mode = \"none\" }\noffer_timeout = \"1h\"",
        );
        let server = Server::with(&city, |setup| {
            setup.data = Some(directory.to_owned());
            setup.clock = Clock::scaled(Timestamp(at * 1_000), SPEED);
        });
        let mut maria = server.client("supervisor", "maria");
        let mut params = json!({"topics": ["*"]});
        let from =
            if since.is_null() { json!({"epoch": maria.epoch, "seq": 0}) } else { since.clone() };
        params["since"] = from;
        maria.seq = params["since"]["seq"].as_u64().expect("a number");
        assert_eq!(maria.ask("subscribe", params)["gap"], false);
        let pbx = server.front_end();
        let agents = ["ana", "bo"].map(|name| server.ready(name)).into();
        Self { server, pbx, agents, maria }
    }

    /// A call comes in, and something becomes of it.
    fn takes(&mut self, number: usize, fate: u8) {
        let queue = ["roads", "water"][number % 2];
        let ext = format!("{}-{number}", self.maria.seq);
        let new = json!({"ext": ext, "channel": "voice", "queue": queue});
        let entered = self.pbx.ask("contact.new", new);
        let contact = json!({"contact": entered["contact"]});
        match fate {
            1 => {
                self.pbx.call("contact.abandon", contact);
            }
            2 => {
                let key = json!({"contact": entered["contact"], "cause": "exit_key"});
                self.pbx.call("contact.end", key);
            }
            3 => {
                let to = ["water", "roads"][number % 2];
                let act = json!({"act": "move", "reason": "r", "contact": entered["contact"],
                    "to": to});
                self.maria.call("supervise", act);
            }
            // Left to wait.
            6 => {}
            _ => self.answers(&entered, fate),
        }
    }

    fn answers(&mut self, entered: &Value, fate: u8) {
        let Some(agent) = entered["agent"].as_str() else { return };
        let agent = &mut self.agents[usize::from(agent == "bo")];
        let offer = json!({"offer": entered["offer"]});
        if fate == 5 {
            agent.call("offer.reject", offer);
            return;
        }
        agent.call("offer.accept", offer);
        let contact = &entered["contact"];
        if fate == 4 {
            let to = json!({"contact": contact, "to": {"queue": "permits"}});
            agent.call("contact.transfer", to);
        } else {
            agent.call("contact.end", json!({"contact": contact}));
        }
    }

    /// Lets the city's time pass up to an instant.
    fn until(&mut self, at: u64) {
        for _ in 0..PINGS_MAX {
            if self.maria.ask("ping", json!({}))["now"].as_u64() >= Some(at) {
                return;
            }
        }
        panic!("time has not passed");
    }

    /// Every event told so far.
    fn events(&mut self, events: &mut Vec<Value>) {
        self.maria.ask("ping", json!({}));
        let told = std::mem::take(&mut self.maria.told);
        let is_event = |line: &Value| line["method"] == "event";
        events.extend(told.into_iter().filter(is_event).map(|line| line["params"].clone()));
    }

    /// Compares all that the server says with what its events give.
    fn compare(&mut self, events: &mut Vec<Value>) {
        for by in ["ended", "entered"] {
            for length in ["15m", "30m", "60m", "day"] {
                let asked = json!({"by": by, "interval": length, "series": true});
                let told = self.maria.ask("statistics", asked);
                self.events(events);
                let seq = told["seq"].as_u64().expect("a number");
                let newest = |event: &&Value| event["seq"].as_u64() <= Some(seq);
                let known: Vec<Value> = events.iter().filter(newest).cloned().collect();
                assert_eq!(known.last().map(|last| last["seq"].clone()), Some(json!(seq)));
                let oracle = Oracle::new(&known, &thresholds(&told));
                check(&told, &oracle, ZONE, length);
            }
        }
    }
}

/// Thresholds in µs, as the rows tell them.
fn thresholds(told: &Value) -> BTreeMap<String, u64> {
    let rows = told["queues"].as_array().expect("a list").iter();
    rows.map(|row| {
        let name = row["queue"].as_str().expect("a name").to_owned();
        (name, row["threshold_ms"].as_u64().expect("a number") * 1_000)
    })
    .collect()
}

fn us(text: &str) -> u64 {
    let at: jiff::Timestamp = text.parse().expect("an instant");
    at.as_microsecond().unsigned_abs()
}

#[test]
fn numbers_are_those_of_the_events_over_a_change_of_clocks_and_a_restart() {
    let scratch = Scratch::new();
    let directory = scratch.file("data");
    let mut events = Vec::new();
    let mut centre = Centre::open(&directory, us("2026-11-01T05:20:00Z"), &Value::Null);
    for (number, &fate) in CALLS.iter().enumerate() {
        centre.takes(number, fate);
    }
    centre.compare(&mut events);
    // At 2 o'clock it is 1 o'clock again.
    centre.until(us("2026-11-01T06:03:00Z"));
    for (number, &fate) in CALLS.iter().enumerate() {
        centre.takes(number, fate);
    }
    centre.compare(&mut events);
    let now = centre.maria.ask("ping", json!({}))["now"].as_u64().expect("a time");
    centre.events(&mut events);
    let since = centre.maria.place();
    drop(centre.pbx);
    drop(centre.agents);
    centre.server.stop();

    let mut centre = Centre::open(&directory, now + 60_000_000, &since);
    centre.compare(&mut events);
    for (number, &fate) in CALLS.iter().enumerate() {
        centre.takes(number, fate);
    }
    centre.until(us("2026-11-01T06:31:00Z"));
    centre.compare(&mut events);
    let told = centre.maria.ask("statistics", json!({"of": ["total"], "interval": "60m"}));
    let hours = told["total"]["intervals"].as_array().expect("a list");
    // Midnight, one o'clock, one o'clock again, and what a slow machine has come to.
    assert!(hours.len() >= 3, "{hours:?}");
    let entered = |hour: &Value| hour["entered"].as_u64();
    assert!(entered(&hours[1]) > Some(0) && entered(&hours[2]) > Some(0), "{hours:?}");
    assert!(told["queues"].is_null() && told["agents"].is_null());
    centre.server.stop();
}

#[test]
fn who_may_ask_and_what() {
    let server = Server::start();
    let (mut pbx, mut maria) = (server.front_end(), server.client("supervisor", "maria"));
    assert_eq!(pbx.refused("statistics", json!({})), "not_allowed");
    assert_eq!(maria.refused("statistics", json!({"by": "end"})), "bad_params");
    assert_eq!(maria.refused("statistics", json!({"interval": "20m"})), "bad_params");
    assert_eq!(maria.refused("statistics", json!({"of": ["queue"]})), "bad_params");
    let mut ana = server.ready("ana");
    let entered = pbx.call_in("1");
    ana.ask("offer.accept", json!({"offer": entered["offer"]}));
    let told = maria.ask("statistics", json!({"of": ["agents", "queues"]}));
    assert!(told["total"].is_null() && told["queues"][0]["intervals"].is_null());
    assert_eq!(told["agents"][0]["now"], json!({"busy": 1}));
    assert_eq!(told["queues"][0]["today"]["service_level"]["offered"], 100.0);
    assert_eq!(told["queues"][0]["hand_off"]["count"], 1);
    let rows = maria.ask("snapshot", json!({"of": ["queues"]}));
    assert!(rows["queues"][0]["longest_call_ms"].is_u64(), "{rows}");
}
