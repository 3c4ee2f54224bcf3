//! A real Asterisk with real SIP telephones: calls wait with music, are offered by skill, answered,
//! bridged, abandoned and left unanswered, and survive the gateway and the server.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod lab;
mod site;

use lab::{Ear, free_udp};
use serde_json::json;
use site::{Agent, Site, text};

fn agent(name: &str, spanish: u8, port: u16) -> Agent {
    Agent { name: name.into(), spanish, port }
}

#[test]
fn a_caller_waits_with_music_is_offered_answered_and_bridged() {
    let port = free_udp();
    let Some(mut site) = Site::start("pbx-call", &[agent("a1", 0, port)], false) else { return };
    let (ear, agents_ear) = (Ear::new(), Ear::new());
    let mut callers = site.lab.callers("311", 1, 1, 60_000, ear.port);
    let ext = site.queued(1).remove(0);
    wait_for("music", || ear.heard() > 10);
    let _phones = site.lab.phones(port, 100, 700, agents_ear.port);
    let mut desk = site.sign_in("a1");
    let offered = site.watcher.event("contact.offered");
    assert_eq!((text(&offered, "ext"), text(&offered, "agent")), (ext.clone(), "a1".into()));
    site.watcher.event("offer.ringing");
    let connected = site.watcher.event("contact.connected");
    assert_eq!(text(&connected, "ext"), ext);
    wait_for("a bridge of two", || site.lab.cli("bridge show all").contains("    2"));
    let ended = site.watcher.event("contact.ended");
    assert_eq!((text(&ended, "by"), text(&ended, "cause")), ("agent".into(), "hangup".into()));
    site.quiet(&mut callers);
    assert_eq!(desk.ask("agent.state", json!({"state": "ready"}))["state"], "ready");
}

/// Waits for something to be so.
fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !is_so() {
        assert!(start.elapsed() < lab::PATIENCE, "{what} did not come");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
