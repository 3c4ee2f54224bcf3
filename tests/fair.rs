//! One connection that sends without end does not starve another: it has its frames by turns.

mod support;

use std::process::Command;

use acd_proto::request::AgentState;
use acd_proto::{Request, bin1};
use serde_json::{Value, json};
use support::{Server, Talk};

/// Requests of the flood; all lie in its socket before the server reads any.
const FLOOD: usize = 1_000;
/// Frames that one connection has in one turn.
const FRAMES_PER_TURN: usize = 64;
/// The same of common requests in binary frames.
const HOT_FRAMES_PER_TURN: usize = 256;

fn signal(server: &Server, name: &str) {
    let pid = server.child.id().to_string();
    assert!(Command::new("kill").args([name, &pid]).status().expect("kill runs").success());
}

/// An agent signed in by a front end of its own.
fn front_end(server: &Server, name: &str, agent: &str, enc: &str) -> Talk {
    let mut talk = server.connect();
    assert_eq!(talk.json().expect("a greeting")["method"], "greeting");
    let hello = json!({"proto": 1, "role": "frontend", "name": name, "enc": enc});
    talk.ask("hello", hello);
    talk.ask("agent.login", json!({"agent": agent, "device": "PJSIP/1"}));
    talk
}

const fn state(number: usize) -> &'static str {
    if number.is_multiple_of(2) { "ready" } else { "not_ready" }
}

fn toggle(agent: &str, number: usize) -> String {
    let params = json!({"agent": agent, "state": state(number)});
    format!("{}\n", json!({"id": 1, "method": "agent.state", "params": params}))
}

/// Has the server read a flood for agent 4432 and then, from another client, one request. Returns
/// how many of the flood came first, and who sent it: it may have been read first, and once more
/// while others were woken.
fn flooded(name: &str, enc: &str, requests: &[u8]) -> (usize, Talk) {
    let server = Server::start(name, &[]);
    let mut flood = front_end(&server, "flood", "4432", enc);
    let mut other = front_end(&server, "other", "4471", "json");
    let mut watcher = server.hello("supervisor", "maria");
    watcher.ask("subscribe", json!({"topics": ["agent.*"]}));
    // While the server stands still everybody's requests get to their sockets.
    signal(&server, "-STOP");
    flood.send(requests);
    other.send(toggle("4471", 0).as_bytes());
    signal(&server, "-CONT");
    let mut before = 0;
    loop {
        let line = watcher.line().expect("nobody cuts the watcher off");
        let event: Value = serde_json::from_str(&line).expect("JSON");
        if event["params"]["agent"] == "4471" {
            break;
        }
        before += 1;
    }
    assert!(other.line().expect("a reply").contains("\"ready\""));
    // The watcher is told of all the rest, so that none is lost.
    for _ in before + 1..=FLOOD {
        assert!(watcher.line().expect("an event").contains("4432"));
    }
    (before, flood)
}

#[test]
fn a_flood_lets_another_client_in_after_one_turn() {
    let lines: String = (0..FLOOD).map(|n| toggle("4432", n)).collect();
    let (before, mut flood) = flooded("fair", "json", lines.as_bytes());
    assert!(before <= 2 * FRAMES_PER_TURN, "{before} of the flood came first");
    for _ in 0..FLOOD {
        assert!(flood.line().expect("a reply").contains("\"result\""));
    }
}

#[test]
fn so_does_one_of_binary_frames() {
    let mut frames = Vec::new();
    for number in 0..FLOOD {
        let (agent, state) = (Some("4432".to_owned()), state(number).to_owned());
        let request = Request::AgentState(AgentState { agent, state, reason: None });
        bin1::request(&mut frames, number as u64, &request, None);
    }
    let (before, _flood) = flooded("fair-binary", "bin1", &frames);
    assert!(before <= 2 * HOT_FRAMES_PER_TURN, "{before} of the flood came first");
}
