//! What supervisors and administrators do: every act, its reason, its trace.

mod common;

use common::{CITY, Client, Scratch, Server};
use serde_json::{Value, json};

/// An act with a reason.
fn act(client: &mut Client, act: &str, mut params: Value) -> Value {
    params["act"] = json!(act);
    params["reason"] = json!("storm");
    client.ask("supervise", params)
}

#[test]
fn contacts_are_prioritised_moved_offered_called_back_and_withdrawn() {
    let server = Server::start();
    let (mut pbx, mut maria) = (server.front_end(), server.client("supervisor", "maria"));
    let first = pbx.call_in("1");
    let second = pbx.call_in("2");
    let contact = |of: &Value| json!({"contact": of["contact"]});
    let prio = json!({"contact": second["contact"], "prio": 9});
    assert_eq!(act(&mut maria, "prioritise", prio)["state"], "queued");
    assert_eq!(pbx.ask("contact.get", contact(&second))["pos"], 1);
    act(&mut maria, "move", json!({"contact": second["contact"], "to": "water"}));
    let moved = pbx.event("contact.moved");
    assert_eq!((&moved["queue"], &moved["from_queue"]), (&json!("water"), &json!("roads")));
    let call = json!({"contact": first["contact"], "number": "+15125550177"});
    act(&mut maria, "callback", call);
    assert_eq!(pbx.event("contact.callback")["ext"], "1");
    assert_eq!(act(&mut maria, "withdraw", contact(&second))["state"], "ended");
    assert_eq!(pbx.event("contact.ended")["cause"], "withdrawn");
    let mut bo = server.client("agent", "bo");
    bo.ask("agent.login", json!({"capacity": {"voice": 1}}));
    let offer = json!({"contact": first["contact"], "agent": "bo"});
    let refused = json!({"act": "offer_to", "reason": "r", "contact": first["contact"],
        "agent": "bo"});
    assert_eq!(maria.refused("supervise", refused), "agent_not_free");
    assert_eq!(
        act(&mut maria, "force_state", json!({"agent": "bo", "state": "ready"}))["state"],
        "ready"
    );
    // Ready, the agent is offered what waits at once.
    assert_eq!(bo.event("contact.offered")["ext"], "1");
    let twice =
        json!({"act": "offer_to", "reason": "r", "contact": offer["contact"], "agent": "bo"});
    assert_eq!(maria.refused("supervise", twice), "wrong_state");
}

#[test]
fn queues_close_and_open_and_skills_are_lent() {
    let server = Server::start();
    let (mut pbx, mut maria) = (server.front_end(), server.client("admin", "root"));
    pbx.call_in("1");
    let close = json!({"queue": "roads", "waiting": "move", "to": "water"});
    assert_eq!(act(&mut maria, "close_queue", close)["state"], "closed");
    assert_eq!(pbx.event("contact.moved")["queue"], "water");
    let call = json!({"ext": "2", "channel": "voice", "queue": "roads"});
    assert_eq!(pbx.refused("contact.new", call), "queue_closed");
    assert_eq!(act(&mut maria, "open_queue", json!({"queue": "roads"}))["state"], "open");
    pbx.call_in("2");
    act(&mut maria, "skill_for", json!({"agent": "bo", "set": {"es": 7}, "ms": 60_000}));
    let rows = maria.ask("snapshot", json!({"of": ["agents"]}));
    assert_eq!(rows["agents"][1]["skills"], json!({"es": 7}));
}

#[test]
fn agents_hear_broadcasts_and_front_ends_are_asked_to_listen() {
    let server = Server::start();
    let (mut pbx, mut maria) = (server.front_end(), server.client("supervisor", "maria"));
    let mut ana = server.ready("ana");
    act(&mut maria, "broadcast", json!({"queue": "roads", "text": "ice on Queen Street"}));
    assert_eq!(ana.event("broadcast")["text"], "ice on Queen Street");
    let listen = json!({"act": "listen", "reason": "coaching", "agent": "ana", "mode": "whisper"});
    assert_eq!(maria.refused("supervise", listen.clone()), "wrong_state");
    let entered = pbx.call_in("1");
    ana.ask("offer.accept", json!({"offer": entered["offer"]}));
    maria.ask("supervise", listen);
    let told = pbx.event("supervise.listen");
    assert_eq!((&told["mode"], &told["who"]), (&json!("whisper"), &json!("maria")));
}

#[test]
fn every_act_is_written_down_with_before_and_after() {
    let data = Scratch::new();
    let directory = data.file("state");
    let server = Server::with(CITY, |setup| setup.data = Some(directory.clone()));
    let mut maria = server.client("supervisor", "maria");
    maria.ask("subscribe", json!({"topics": ["*"]}));
    for reason in [json!(""), json!("  ")] {
        let params = json!({"act": "open_queue", "queue": "roads", "reason": reason});
        assert_eq!(maria.refused("supervise", params), "bad_params");
    }
    assert_eq!(act(&mut maria, "close_queue", json!({"queue": "roads"}))["audit"], 1);
    let told = maria.event("audit");
    assert_eq!((&told["who"], &told["reason"]), (&json!("maria"), &json!("storm")));
    server.stop();
    let text = std::fs::read_to_string(directory.join("audit.jsonl")).expect("it is there");
    let line: Value = serde_json::from_str(text.trim_end()).expect("one line, of JSON");
    assert_eq!(line["what"], "close roads, keep who waits");
    assert_eq!((&line["before"], &line["after"]), (&json!("open"), &json!("closed")));
}

#[test]
fn a_changed_file_is_applied_whole_or_not_at_all() {
    let directory = Scratch::new();
    let file = directory.file("city.toml");
    std::fs::write(&file, CITY).expect("a file");
    let server = Server::with(CITY, |setup| setup.source = Some(file.clone()));
    let (mut pbx, mut root) = (server.front_end(), server.client("admin", "root"));
    root.ask("subscribe", json!({"topics": ["config"]}));
    let first = pbx.call_in("1");
    pbx.call_in("2");
    std::fs::write(&file, CITY.replace("\"roads\"", "\"streets\"")).expect("a file");
    let refused = root.call("config.reload", json!({}));
    assert_eq!(refused["error"]["data"]["kind"], "definition_in_use");
    let message = refused["error"]["message"].as_str().expect("a sentence");
    assert!(message.contains("`roads`"), "{message}");
    let more = format!("{CITY}\n[[agents]]\nid = \"dee\"\nname = \"Dee\"\n");
    std::fs::write(&file, more).expect("a file");
    assert_eq!(root.ask("config.reload", json!({}))["agents"], 4);
    assert_eq!(root.event("config")["agents"], 4);
    let place = pbx.ask("contact.get", json!({"contact": first["contact"]}));
    assert_eq!(place["pos"], 1, "who waits keeps its place");
    std::fs::write(&file, "[city").expect("a file");
    assert_eq!(root.refused("config.reload", json!({})), "bad_params");
    std::fs::write(&file, CITY).expect("a file");
    server.reload.notify_one();
    assert_eq!(root.event("config")["agents"], 3);
    assert_eq!(pbx.refused("config.reload", json!({})), "not_allowed");
}

#[test]
fn the_snapshot_counts_what_happened() {
    let server = Server::start();
    let (mut pbx, mut ana) = (server.front_end(), server.ready("ana"));
    let mut maria = server.client("supervisor", "maria");
    let entered = pbx.call_in("1");
    ana.ask("offer.accept", json!({"offer": entered["offer"]}));
    let left = pbx.call_in("2");
    pbx.ask("contact.abandon", json!({"contact": left["contact"]}));
    pbx.call_in("3");
    let all = maria.ask("snapshot", json!({}));
    let roads = &all["queues"][0];
    assert_eq!(roads["queue"], "roads");
    assert_eq!((&roads["waiting"], &roads["busy"]), (&json!(1), &json!(1)));
    let today = &roads["today"];
    assert_eq!(
        (&today["entered"], &today["answered"], &today["abandoned"]),
        (&json!(3), &json!(1), &json!(1))
    );
    assert_eq!(roads["depth"].as_array().and_then(|depth| depth.last()), Some(&json!(1)));
    assert_eq!(all["agents"][0]["state"], "busy");
    assert_eq!(all["agents"][0]["held"][0]["state"], "connected");
    assert_eq!(all["contacts"].as_array().map(Vec::len), Some(2));
    assert!(all["engine"]["decision_ns"]["count"].as_u64() > Some(5));
}
