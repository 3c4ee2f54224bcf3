//! A large centre over the real socket: memory, a client that does not read, and everybody else.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use serde_json::{Value, json};
use support::{PATIENCE, Scratch, Server, Talk};

const AGENTS: usize = 1_000;
const QUEUES: usize = 20;
const WAITING: usize = 10_000;

/// A centre of 1,000 agents who each know two of 20 departments.
fn large_centre() -> String {
    let mut text = String::from(
        "[city]\nname = \"Large\"\ntime_zone = \"UTC\"\n[limits]\nout_queue_bytes = 262144\n",
    );
    let _ = writeln!(text, "event_ring_entries = 200000\nevent_ring_bytes = 100000000");
    let skills: Vec<_> = (0..QUEUES).map(|n| format!("\"s{n}\"")).collect();
    let mut file = format!("skills = [{}]\n\n{text}", skills.join(", "));
    for n in 0..QUEUES {
        let _ = writeln!(file, "[[queues]]\nname = \"q{n}\"");
        let _ = writeln!(file, "steps = [{{ after = \"0s\", any_of = [\"s{n} >= 1\"] }}]");
    }
    for n in 0..AGENTS {
        let (first, second) = (n % QUEUES, (n / QUEUES + n + 1) % QUEUES);
        let _ = writeln!(file, "[[agents]]\nid = \"a{n}\"\nname = \"Agent {n}\"");
        if first == second {
            let _ = writeln!(file, "skills = {{ s{first} = 5 }}");
        } else {
            let _ = writeln!(file, "skills = {{ s{first} = 5, s{second} = 3 }}");
        }
    }
    file
}

/// Sends many requests without waiting for each reply, and counts what came back.
fn pipeline(talk: &mut Talk, requests: impl Iterator<Item = (&'static str, Value)>) -> Vec<Value> {
    let mut replies = Vec::new();
    let mut batch = Vec::new();
    for (method, params) in requests {
        batch.push((method, params));
        if batch.len() == 100 {
            replies.extend(talk.ask_all(&batch));
            batch.clear();
        }
    }
    replies.extend(talk.ask_all(&batch));
    replies
}

/// A watcher that reads by hand, so that it can stop.
struct Watcher {
    reader: BufReader<UnixStream>,
    epoch: Value,
    seen: Vec<u64>,
}

impl Watcher {
    fn connect(server: &Server, name: &str, since: Option<Value>) -> Self {
        let stream = UnixStream::connect(&server.socket).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).expect("a greeting");
        let hello = json!({"id": 1, "method": "hello",
            "params": {"proto": 1, "role": "supervisor", "name": name}});
        writeln!(reader.get_mut(), "{hello}").expect("it reads");
        let reply = next(&mut reader);
        let mut params = json!({"topics": ["contact.*"]});
        if let Some(since) = since {
            params["since"] = since;
        }
        let subscribe = json!({"id": 2, "method": "subscribe", "params": params});
        writeln!(reader.get_mut(), "{subscribe}").expect("it reads");
        let mut watcher =
            Self { reader, epoch: reply["result"]["epoch"].clone(), seen: Vec::new() };
        let subscribed = next(&mut watcher.reader);
        assert_eq!(subscribed["result"]["gap"], false, "{subscribed}");
        watcher
    }

    /// Reads until the server closes, or until the event with this number. Whether it said `bye`.
    fn read_until(&mut self, last: Option<u64>) -> bool {
        let mut line = String::new();
        let mut bye = false;
        loop {
            line.clear();
            match self.reader.read_line(&mut line) {
                Ok(0) => return bye,
                Ok(_) if !line.ends_with('\n') => return bye,
                Ok(_) => {}
                Err(error) if last.is_none() => {
                    assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "it was cut off");
                    return bye;
                }
                Err(error) => panic!("the watcher was cut off: {error}"),
            }
            let value: Value = serde_json::from_str(&line).expect("JSON");
            match value["method"].as_str() {
                Some("event") => {
                    self.seen.push(value["params"]["seq"].as_u64().expect("a number"));
                    if self.seen.last().copied() >= last && last.is_some() {
                        return bye;
                    }
                }
                Some("bye") => {
                    assert_eq!(value["params"]["reason"], "slow");
                    bye = true;
                }
                _ => {}
            }
        }
    }
}

fn next(reader: &mut BufReader<UnixStream>) -> Value {
    let mut line = String::new();
    reader.read_line(&mut line).expect("a line");
    serde_json::from_str(&line).expect("JSON")
}

#[test]
fn a_thousand_agents_and_ten_thousand_waiting_with_a_watcher_that_stops_reading() {
    let scratch = Scratch::new("load");
    let file = scratch.join("centre.toml");
    std::fs::write(&file, large_centre()).expect("a file");
    let server = Server::start_in(scratch, &["--config", file.to_str().expect("text")]);
    let mut good = Watcher::connect(&server, "good", None);
    let mut slow = Watcher::connect(&server, "slow", None);
    // A reader that was cut off has a moment to hear why: it reads again once that is counted.
    let mut other = server.hello("monitor", "other");
    let reading_again = std::thread::spawn(move || {
        while other.ask("snapshot", json!({"of": ["engine"]}))["engine"]["slow"] != 1 {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let told = slow.read_until(None);
        (slow, told)
    });
    let reading = std::thread::spawn(move || {
        // The last event is that of the contact submitted last, seen by its `ext`.
        let mut line = String::new();
        loop {
            line.clear();
            good.reader.read_line(&mut line).expect("nobody cuts a good reader off");
            let value: Value = serde_json::from_str(&line).expect("JSON");
            assert_eq!(value["method"], "event", "{value}");
            good.seen.push(value["params"]["seq"].as_u64().expect("a number"));
            if value["params"]["ext"] == "last" {
                return good;
            }
        }
    });

    let mut front_end = server.hello("frontend", "pbx-1");
    let agents = (0..AGENTS).flat_map(|n| {
        let agent = format!("a{n}");
        let device = format!("PJSIP/{n}");
        [
            ("agent.login", json!({"agent": agent, "device": device})),
            ("agent.state", json!({"agent": agent, "state": "ready"})),
        ]
    });
    pipeline(&mut front_end, agents);
    let call = |n: usize| {
        let ext = if n == AGENTS + WAITING { "last".into() } else { n.to_string() };
        json!({"ext": ext, "channel": "voice", "queue": format!("q{}", n % QUEUES),
            "attrs": {"dnis": "311"}, "from": format!("+1416555{n:05}")})
    };
    let first = pipeline(&mut front_end, (0..AGENTS).map(|n| ("contact.new", call(n))));
    let offered = first.iter().filter(|reply| reply["state"] == "offered");
    let answers: Vec<_> =
        offered.map(|reply| ("offer.answered", json!({"offer": reply["offer"]}))).collect();
    assert!(answers.len() > AGENTS * 9 / 10, "{} offered at once", answers.len());
    pipeline(&mut front_end, answers.into_iter());
    let more = (AGENTS..=AGENTS + WAITING).map(|n| ("contact.new", call(n)));
    pipeline(&mut front_end, more);

    let good = reading.join().expect("the good reader got everything");
    assert!(good.seen.is_sorted_by(|a, b| a < b), "every event once, in order");
    let last = *good.seen.last().expect("events came");

    let (slow, told) = reading_again.join().expect("the slow reader reads in the end");
    assert!(told, "it is told why");
    let cut_at = slow.seen.last().copied().expect("some came before");
    assert!(cut_at < last, "the slow reader was cut off before the end");
    let since = json!({"epoch": slow.epoch, "seq": cut_at});
    let mut resumed = Watcher::connect(&server, "slow", Some(since));
    resumed.read_until(Some(last));
    let mut both = slow.seen.clone();
    both.extend(&resumed.seen);
    assert_eq!(both, good.seen, "nothing lost, nothing doubled");

    let resident = server.resident();
    println!("{} MiB resident with {WAITING} waiting, {AGENTS} agents", resident >> 20);
    assert!(resident < 256 << 20, "{resident} bytes resident");
    let snapshot = front_end_view(&server);
    assert!(snapshot >= WAITING as u64, "{snapshot} waiting");
}

/// How many contacts a supervisor sees waiting.
fn front_end_view(server: &Server) -> u64 {
    let mut supervisor = server.hello("supervisor", "maria");
    let snapshot = supervisor.ask("snapshot", json!({"of": ["queues"]}));
    let rows = snapshot["queues"].as_array().expect("queues");
    let waiting: BTreeMap<_, _> =
        rows.iter().map(|row| (row["queue"].to_string(), row["waiting"].as_u64())).collect();
    waiting.values().flatten().sum()
}
