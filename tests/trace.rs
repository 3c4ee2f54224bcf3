//! A contact's life asked from the server that runs, and from its log beside: the same words.

mod support;

use serde_json::{Value, json};
use support::{Scratch, Server, acd};

fn told(arguments: &[&str]) -> (Option<i32>, String, String) {
    let done = acd().arg("trace").args(arguments).output().expect("acd runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (done.status.code(), text(done.stdout), text(done.stderr))
}

/// An agent takes a contact, and another waits.
fn day(server: &Server) -> (String, String) {
    let mut pbx = server.hello("frontend", "pbx");
    let mut call = |ext| {
        let new = json!({"ext": ext, "queue": "roads", "channel": "voice"});
        let result = pbx.ask("contact.new", new);
        result["contact"].as_str().expect("an id").to_owned()
    };
    let contacts = (call("1"), call("2"));
    pbx.ask("agent.login", json!({"agent": "4471", "device": "PJSIP/4471"}));
    pbx.ask("agent.state", json!({"agent": "4471", "state": "ready"}));
    let offer = pbx.event("contact.offered");
    pbx.ask("offer.answered", json!({"offer": offer["offer"]}));
    // The front end stays: without it both would be suspended.
    std::mem::forget(pbx);
    contacts
}

#[test]
fn the_server_tells_what_its_log_tells() {
    for durability in ["fsync", "async"] {
        let scratch = Scratch::new(&format!("trace-{durability}"));
        let server = Server::start_with_log(scratch, &["--durability", durability]);
        let (data, at) = (server.scratch.join("data"), format!("unix:{}", server.socket.display()));
        let data = data.to_str().expect("text");
        let (taken, waits) = day(&server);
        let mut sue = server.hello("supervisor", "sue");
        let trace = sue.ask("trace", json!({"contact": taken}));
        assert_eq!(trace["decisions"][0]["agent"], "4471", "{trace}");
        let (code, json, _) = told(&[&taken, "--data", data, "--json"]);
        let beside: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!((code, &beside), (Some(0), &trace));
        let waiting = sue.ask("trace", json!({"contact": waits}));
        assert!(waiting["waits"]["agents"].is_array(), "{waiting}");
        let (code, asked, error) = told(&[&taken, "--connect", &at]);
        assert_eq!((code, error.as_str()), (Some(0), ""));
        assert_eq!(asked, told(&[&taken, "--data", data]).1);

        let mut eye = server.hello("monitor", "eye");
        assert_eq!(eye.ask("trace", json!({"contact": taken})), trace);
        let unknown = eye.refused("trace", json!({"contact": "c-9999"}));
        assert_eq!(
            (&unknown["kind"], &unknown["got"]),
            (&"unknown_contact".into(), &"c-9999".into())
        );
        let mut pbx = server.hello("frontend", "other");
        assert_eq!(pbx.refused("trace", json!({"contact": taken}))["kind"], "not_allowed");
    }
}

#[test]
fn many_ask_at_once_and_decisions_go_on() {
    let server = Server::start_with_log(Scratch::new("trace-many"), &[]);
    let (taken, _) = day(&server);
    let mut askers: Vec<_> = (0..20).map(|_| server.hello("supervisor", "sue")).collect();
    for (number, sue) in (0..).zip(&mut askers) {
        let ask = json!({"id": number, "method": "trace", "params": {"contact": taken}});
        sue.send(format!("{ask}\n").as_bytes());
    }
    let mut pbx = server.hello("frontend", "other");
    for ext in 0..100 {
        pbx.ask(
            "contact.new",
            json!({"ext": format!("x{ext}"), "queue": "roads", "channel": "voice"}),
        );
    }
    for (number, mut sue) in (0..).zip(askers) {
        let reply = sue.json().expect("a reply");
        assert_eq!((&reply["id"], &reply["result"]["contact"]), (&json!(number), &json!(taken)));
    }
}

#[test]
fn a_server_without_a_log_says_so() {
    let server = Server::start("trace-none", &[]);
    let (taken, _) = day(&server);
    let mut sue = server.hello("supervisor", "sue");
    let refused = sue.refused("trace", json!({"contact": taken}));
    assert_eq!(refused["kind"], "wrong_state");
    assert_eq!(refused["expected"], "a server started with --data");
    let (code, _, error) = told(&[&taken, "--connect", "unix:/nowhere/acd.sock"]);
    assert_eq!(code, Some(3), "{error}");
}
