//! What must survive does: a real server on a real log, killed with -9 and started again.

mod support;

use serde_json::{Value, json};
use support::{Scratch, Server, Talk, acd};

const CITY: &str = r#"
reasons = ["lunch"]
[city]
name = "Restart"
time_zone = "UTC"
[server]
grace = "1s"
desk_grace = "5m"
[[queues]]
name = "roads"
strategy = "longest_idle"
wrap_up = { mode = "fixed", length = "1s" }
[[queues]]
name = "water"
wrap_up = { mode = "none" }
"#;

/// The city with so many agents, on a server that keeps a log; and its file.
fn start(name: &str, agents: usize) -> Server {
    let scratch = Scratch::new(name);
    let city = scratch.join("city.toml");
    std::fs::write(&city, city_of(agents)).expect("a file");
    // Small, so that a start zeroes little.
    let segments = ["--segment-bytes", "1048576"];
    let config = ["--config", city.to_str().expect("a path in UTF-8")];
    Server::start_with_log(scratch, &[config, segments].concat())
}

fn city_of(agents: usize) -> String {
    let agent = |at: usize| format!("[[agents]]\nid = \"a{at}\"\nname = \"A{at}\"\n");
    CITY.to_owned() + &(1..=agents).map(agent).collect::<String>()
}

fn again(server: &mut Server) {
    server.kill();
    server.start_again();
}

fn sign_in(pbx: &mut Talk, agent: &str) {
    pbx.ask("agent.login", json!({"agent": agent, "device": format!("SIP/{agent}")}));
    ready(pbx, agent);
}

fn ready(pbx: &mut Talk, agent: &str) {
    pbx.ask("agent.state", json!({"agent": agent, "state": "ready"}));
}

fn call(pbx: &mut Talk, ext: &str, queue: &str) -> Value {
    pbx.ask("contact.new", json!({"ext": ext, "channel": "voice", "queue": queue}))
}

/// A call that is offered at once, answered.
fn answered(pbx: &mut Talk, ext: &str, queue: &str) -> Value {
    let contact = call(pbx, ext, queue);
    pbx.ask("offer.answered", json!({"offer": contact["offer"]}));
    contact
}

/// Rows of a snapshot, by the name under this key.
fn row(watcher: &mut Talk, of: &str, key: &str, name: &str) -> Value {
    let snapshot = watcher.ask("snapshot", json!({"of": [of]}));
    let rows = snapshot[of].as_array().expect("rows");
    rows.iter().find(|row| row[key] == name).unwrap_or(&Value::Null).clone()
}

#[test]
fn a_pending_request_and_a_wrap_up_go_on_and_end() {
    let mut server = start("restart-agents", 2);
    let mut pbx = server.hello("frontend", "pbx");
    sign_in(&mut pbx, "a1");
    let first = answered(&mut pbx, "1", "water");
    pbx.ask("agent.state", json!({"agent": "a1", "state": "not_ready", "reason": "lunch"}));
    sign_in(&mut pbx, "a2");
    let second = answered(&mut pbx, "2", "roads");
    pbx.ask("contact.end", json!({"contact": second["contact"], "by": "caller"}));
    again(&mut server);
    let mut pbx = server.hello("frontend", "pbx");
    let mut watcher = server.hello("supervisor", "sue");
    watcher.ask("subscribe", json!({"topics": ["*"]}));
    let a1 = row(&mut watcher, "agents", "agent", "a1");
    assert_eq!((&a1["state"], &a1["pending"]), (&json!("busy"), &json!("not_ready")), "{a1}");
    let a2 = row(&mut watcher, "agents", "agent", "a2");
    let over = if a2["held"][0]["state"] == "wrap_up" {
        watcher.event("contact.wrap_up_over")["contact"].clone()
    } else {
        // The machine was slower than the wrap-up.
        second["contact"].clone()
    };
    assert_eq!(over, second["contact"]);
    let a2 = row(&mut watcher, "agents", "agent", "a2");
    assert_eq!((&a2["state"], &a2["held"]), (&json!("ready"), &json!([])), "{a2}");
    pbx.ask("contact.end", json!({"contact": first["contact"], "by": "caller"}));
    let a1 = row(&mut watcher, "agents", "agent", "a1");
    assert_eq!((&a1["state"], &a1["reason"]), (&json!("not_ready"), &json!("lunch")), "{a1}");
}

#[test]
fn who_is_idle_longest_is_still_the_first() {
    let mut server = start("restart-idle", 4);
    let mut pbx = server.hello("frontend", "pbx");
    for agent in ["a3", "a1", "a4", "a2"] {
        sign_in(&mut pbx, agent);
    }
    // The first of them has talked since, and is the last.
    let talked = answered(&mut pbx, "0", "water");
    pbx.ask("contact.end", json!({"contact": talked["contact"], "by": "caller"}));
    again(&mut server);
    let mut pbx = server.hello("frontend", "pbx");
    let mut offered = Vec::new();
    for ext in ["1", "2", "3", "4"] {
        call(&mut pbx, ext, "roads");
        offered.push(pbx.event("contact.offered")["agent"].clone());
    }
    assert_eq!(offered, ["a1", "a4", "a2", "a3"]);
}

#[test]
fn places_keys_and_the_statistics_of_the_day_are_as_they_were() {
    let mut server = start("restart-tables", 1);
    let mut pbx = server.hello("frontend", "pbx");
    sign_in(&mut pbx, "a1");
    let call_one = answered(&mut pbx, "1", "water");
    pbx.ask("contact.end", json!({"contact": call_one["contact"], "by": "caller"}));
    let lost = json!({"ext": "2", "channel": "voice", "queue": "roads", "idem": "two"});
    answered(&mut pbx, "3", "water");
    let waits = pbx.ask("contact.new", lost.clone());
    let gone = call(&mut pbx, "4", "roads");
    pbx.ask("contact.abandon", json!({"contact": gone["contact"]}));
    let mut watcher = server.hello("supervisor", "sue");
    let today = |watcher: &mut Talk| {
        ["roads", "water"].map(|name| row(watcher, "queues", "queue", name)["today"].clone())
    };
    let before = today(&mut watcher);
    assert_eq!((&before[0]["abandoned"], &before[1]["answered"]), (&json!(1), &json!(2)));
    let placed = row(&mut watcher, "contacts", "ext", "2");
    again(&mut server);
    let mut watcher = server.hello("supervisor", "sue");
    assert_eq!(today(&mut watcher), before);
    let back = row(&mut watcher, "contacts", "ext", "2");
    assert_eq!((&back["contact"], &back["queue"]), (&placed["contact"], &placed["queue"]));
    assert!(back["wait_ms"].as_u64() >= placed["wait_ms"].as_u64(), "{back} was {placed}");
    // Asked again under its key: the same contact, and no second one.
    let mut pbx = server.hello("frontend", "pbx");
    let reply = pbx.call("contact.new", lost);
    assert_eq!((&reply["result"], &reply["replayed"]), (&waits, &json!(true)), "{reply}");
    let other = json!({"ext": "9", "channel": "voice", "queue": "roads", "idem": "two"});
    assert_eq!(pbx.refused("contact.new", other)["kind"], "idem_mismatch");
    assert_eq!(today(&mut watcher), before, "nothing was counted twice");
}

#[test]
fn the_numbers_of_events_go_on_without_a_gap() {
    let mut server = start("restart-events", 1);
    let mut pbx = server.hello("frontend", "pbx");
    let mut watcher = server.connect();
    let epoch = watcher.hello("supervisor", "sue")["epoch"].clone();
    watcher.ask("subscribe", json!({"topics": ["*"]}));
    call(&mut pbx, "1", "roads");
    let seen = watcher.event("contact.queued")["seq"].as_u64().expect("a number");
    call(&mut pbx, "2", "roads");
    again(&mut server);
    let mut pbx = server.hello("frontend", "pbx");
    let mut watcher = server.connect();
    assert_eq!(watcher.hello("supervisor", "sue")["epoch"], epoch);
    let since = json!({"topics": ["*"], "since": {"epoch": epoch, "seq": seen}});
    let subscribed = watcher.ask("subscribe", since);
    assert_eq!((&subscribed["gap"], &subscribed["from"]), (&json!(false), &json!(seen + 1)));
    call(&mut pbx, "3", "roads");
    let mut numbers = Vec::new();
    let last = loop {
        let mut line = watcher.events.pop_front().or_else(|| watcher.json()).expect("an event");
        let event = line["params"].take();
        numbers.push(event["seq"].as_u64().expect("a number"));
        if event["ext"] == "3" {
            break event;
        }
    };
    assert_eq!(last["type"], "contact.queued");
    assert!((seen + 1..).zip(&numbers).all(|(expected, seq)| expected == *seq), "{numbers:?}");
}

#[test]
fn what_was_configured_is_in_force_and_what_changed_meanwhile_is_taken_on() {
    let mut server = start("restart-configured", 1);
    let city = server.scratch.join("city.toml");
    let mut root = server.hello("admin", "root");
    std::fs::write(&city, city_of(3)).expect("a file");
    root.ask("config.reload", json!({}));
    let mut pbx = server.connect();
    let epoch = pbx.hello("frontend", "pbx")["epoch"].clone();
    sign_in(&mut pbx, "a3");
    call(&mut pbx, "1", "water");
    let offered = pbx.event("contact.offered");
    again(&mut server);
    let mut root = server.hello("admin", "root");
    let a3 = row(&mut root, "agents", "agent", "a3");
    assert_eq!(a3["held"][0]["state"], "offered", "{a3}");
    let mut pbx = server.connect();
    assert_eq!(pbx.json().expect("a greeting")["method"], "greeting");
    let resume = json!({"epoch": epoch, "seq": offered["seq"]});
    pbx.ask("hello", json!({"proto": 1, "role": "frontend", "name": "pbx", "resume": resume}));
    let back = pbx.event("contact.offered");
    assert_eq!((&back["offer"], &back["resent"]), (&offered["offer"], &json!(true)));
    server.kill();
    std::fs::write(&city, city_of(5)).expect("a file");
    server.start_again();
    let mut root = server.hello("admin", "root");
    let agents = root.ask("snapshot", json!({"of": ["agents"]}))["agents"].clone();
    assert_eq!(agents.as_array().map(Vec::len), Some(5));
    assert_eq!(row(&mut root, "agents", "agent", "a3")["held"][0]["state"], "offered");
    // And a file that leaves out who is in use does not start, and says so.
    server.kill();
    std::fs::write(&city, city_of(2)).expect("a file");
    let refused = server.start_again_by(&["env"]).expect_err("a3 has an offer");
    assert!(refused.contains("a3"), "{refused}");
}

#[test]
fn without_reconcile_nothing_ends_and_with_it_each_side_learns_what_the_other_has() {
    let mut server = start("restart-reconcile", 1);
    let mut pbx = server.hello("frontend", "pbx");
    let kept = call(&mut pbx, "kept", "roads");
    call(&mut pbx, "gone", "roads");
    pbx.ask("contact.new", json!({"ext": "letter", "channel": "email", "queue": "roads"}));
    again(&mut server);
    let mut watcher = server.hello("supervisor", "sue");
    watcher.ask("subscribe", json!({"topics": ["*"]}));
    let there = |watcher: &mut Talk| {
        let snapshot = watcher.ask("snapshot", json!({"of": ["contacts"]}));
        let rows = snapshot["contacts"].as_array().expect("rows").clone();
        rows.iter().map(|row| row["ext"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(there(&mut watcher), ["kept", "gone", "letter"]);
    // Nobody comes back, and grace is over: they are orphans, and there.
    assert_eq!(watcher.event("contact.orphaned")["ext"], "kept");
    assert_eq!(there(&mut watcher), ["kept", "gone", "letter"]);
    let mut pbx = server.hello("frontend", "pbx");
    let live = json!({"live": [
        {"ext": "kept", "state": "waiting"}, {"ext": "new", "state": "waiting"}]});
    let result = pbx.ask("reconcile", live);
    assert_eq!(result["kept"][0]["contact"], kept["contact"]);
    assert_eq!((&result["ended"], &result["unknown"]), (&json!(["gone"]), &json!(["new"])));
    let ended = watcher.event("contact.ended");
    assert_eq!((&ended["ext"], &ended["cause"]), (&json!("gone"), &json!("lost_by_front_end")));
    // The front end brings what the log does not know, as old as it is.
    let new = json!({"ext": "new", "channel": "voice", "queue": "roads", "age_ms": 90_000});
    pbx.ask("contact.new", new);
    let new = row(&mut watcher, "contacts", "ext", "new");
    assert!(new["wait_ms"].as_u64() >= Some(90_000), "{new}");
    assert_eq!(there(&mut watcher), ["kept", "letter", "new"]);
}

#[test]
fn the_log_shows_callers_to_who_asks_and_old_files_are_kept_where_told() {
    let scratch = Scratch::new("restart-log");
    let data = scratch.join("data");
    let often = ["--segment-bytes", "1048576", "--snapshot-every", "500", "--old-log", "archive"];
    let mut server = Server::start_with_log(scratch, &often);
    let mut pbx = server.hello("frontend", "pbx");
    let note = "x".repeat(4_000);
    let caller = json!({"ext": "first", "channel": "voice", "queue": "general",
        "from": "+15125550177", "name": "Jane Doe", "attrs": {"note": "12 Elm"}});
    let first = pbx.ask("contact.new", caller);
    let archive = data.join("archive");
    let mut count = 0;
    while !std::fs::read_dir(&archive).is_ok_and(|files| files.count() > 0) {
        assert!(count < 20_000, "nothing is ever put away");
        let contacts = (0..50).map(|at| {
            let ext = format!("{}", count + at);
            (
                "contact.new",
                json!({"ext": ext, "channel": "voice", "queue": "general",
                "attrs": {"note": note}}),
            )
        });
        let contacts: Vec<_> = contacts.collect();
        let ends = pbx
            .ask_all(&contacts)
            .into_iter()
            .map(|new| ("contact.abandon", json!({"contact": new["contact"]})));
        let ends: Vec<_> = ends.collect();
        pbx.ask_all(&ends);
        count += 50;
    }
    server.kill();
    let told = |arguments: &[&str]| {
        let output = acd().args(arguments).arg("--data").arg(&data).output().expect("acd runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    // Record 1 is in the archive, and with it the whole past.
    let contact = first["contact"].as_str().expect("an id");
    assert!(told(&["trace", contact]).contains("enters"), "{}", told(&["trace", contact]));
    let shown = ["log", "print", "--to", "20", "--beside"];
    let masked = told(&shown);
    assert!(masked.contains("+1********77") && masked.contains("first"), "{masked}");
    assert!(!masked.contains("5550177") && !masked.contains("Jane") && !masked.contains("Elm"));
    assert!(masked.contains("(--whole shows them)"), "{masked}");
    assert!(masked.lines().all(|line| line.len() < 2_000), "lines are short enough to read");
    let unmasked = told(&["log", "print", "--to", "20", "--unmask"]);
    assert!(unmasked.contains("+15125550177") && unmasked.contains("Jane Doe"), "{unmasked}");
    assert!(
        told(&["log", "print", "--to", "20", "--kind", "configure", "--whole"]).lines().count()
            > 50
    );
    assert!(told(&["log", "verify"]).ends_with("whole\n"));
    server.start_again();
    server.hello("frontend", "pbx").ask("contact.get", json!({"contact": contact}));
}
