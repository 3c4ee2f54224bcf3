//! One connection that sends without end does not starve another: it has its frames by turns.

mod support;

use std::process::Command;

use serde_json::{Value, json};
use support::{Server, Talk};

/// Requests of the flood; all lie in its socket before the server reads any.
const FLOOD: usize = 1_000;
/// Frames that one connection has in one turn.
const FRAMES_PER_TURN: usize = 64;

fn signal(server: &Server, name: &str) {
    let pid = server.child.id().to_string();
    assert!(Command::new("kill").args([name, &pid]).status().expect("kill runs").success());
}

/// An agent signed in by a front end of its own.
fn front_end(server: &Server, name: &str, agent: &str) -> Talk {
    let mut talk = server.hello("frontend", name);
    talk.ask("agent.login", json!({"agent": agent, "device": "PJSIP/1"}));
    talk
}

fn toggle(agent: &str, number: usize) -> String {
    let state = if number.is_multiple_of(2) { "ready" } else { "not_ready" };
    format!(
        "{}\n",
        json!({"id": 1, "method": "agent.state", "params": {"agent": agent, "state": state}})
    )
}

#[test]
fn a_flood_lets_another_client_in_after_one_turn() {
    let server = Server::start("fair", &[]);
    let mut flood = front_end(&server, "flood", "4432");
    let mut other = front_end(&server, "other", "4471");
    let mut watcher = server.hello("supervisor", "maria");
    watcher.ask("subscribe", json!({"topics": ["agent.*"]}));
    // While the server stands still everybody's requests get to their sockets.
    signal(&server, "-STOP");
    let lines: String = (0..FLOOD).map(|n| toggle("4432", n)).collect();
    flood.send(lines.as_bytes());
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
    // The flood may have been read first, and once more while others are woken.
    assert!(before <= 2 * FRAMES_PER_TURN, "{before} of the flood came first");
    assert!(other.line().expect("a reply").contains("\"ready\""));
    for _ in 0..FLOOD {
        assert!(flood.line().expect("a reply").contains("\"result\""));
    }
}
