//! A real Asterisk with real SIP telephones: calls wait with music, are offered by skill, answered,
//! bridged, abandoned and left unanswered, and survive the gateway and the server.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../../benches/src/pbx/centre.rs"]
mod centre;
mod check;
mod document;
#[path = "../../benches/src/pbx/handoff.rs"]
mod handoff;
mod lab;
mod outbound;
mod promise;
mod site;
mod transfer;

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
    let _phones = site.lab.phones(port, 100, 60_000, agents_ear.port);
    let mut desk = site.sign_in("a1");
    let offered = site.watcher.event("contact.offered");
    assert_eq!((text(&offered, "ext"), text(&offered, "agent")), (ext.clone(), "a1".into()));
    site.watcher.event("offer.ringing");
    let connected = site.watcher.event("contact.connected");
    assert_eq!(text(&connected, "ext"), ext);
    wait_for("a bridge of two", || site.lab.bridges() == [2]);
    site.lab.press("PJSIP/a1");
    let ended = site.watcher.event("contact.ended");
    assert_eq!((text(&ended, "by"), text(&ended, "cause")), ("agent".into(), "hangup".into()));
    site.quiet(&mut callers);
    assert_eq!(desk.ask("agent.state", json!({"state": "ready"}))["state"], "ready");
}

#[test]
fn callers_hear_their_place_between_music() {
    let port = free_udp();
    let announce = "announce = { first_s = 1, every_s = 1 }";
    let agents = [agent("a1", 0, port)];
    let Some(mut site) = Site::start_with("pbx-place", &agents, false, announce) else { return };
    let (one, two) = (Ear::new(), Ear::new());
    let mut first = site.lab.callers("311", 1, 1, 60_000, one.port);
    site.queued(1);
    let mut second = site.lab.callers("311", 1, 1, 60_000, two.port);
    site.queued(1);
    for ear in [&one, &two] {
        wait_for("music", || ear.music() > 10);
        wait_for("an announcement", || ear.speech() > 20);
        let music = ear.music();
        wait_for("music again", || ear.music() > music + 10);
    }
    let said = site.transcript();
    assert!(said.contains("media=sound%3Aqueue-youarenext,sound%3Aqueue-thankyou"), "{said}");
    assert!(said.contains("media=sound%3Aqueue-thereare,number%3A2,sound%3Aqueue-thankyou"));
    // Whoever is told something then and there is connected at once all the same.
    let speech = one.speech();
    wait_for("the next announcement", || one.speech() > speech);
    let _phones = site.lab.phones(port, 50, 60_000, two.port);
    let _desk = site.sign_in("a1");
    for _ in [&first, &second] {
        site.watcher.event("contact.connected");
        wait_for("a bridge of two", || site.lab.bridges() == [2]);
        site.lab.press("PJSIP/a1");
        site.watcher.event("contact.ended");
    }
    site.quiet(&mut first);
    site.quiet(&mut second);
}

#[test]
fn skill_busy_silence_and_leaving_are_told_on_both_sides() {
    let ports = [free_udp(), free_udp(), free_udp()];
    let agents = [agent("a1", 0, ports[0]), agent("a2", 7, ports[1]), agent("a3", 0, ports[2])];
    let Some(mut site) = Site::start("pbx-ways", &agents, false) else { return };
    let ear = Ear::new();
    // Spanish is asked for: only a2 has it, though a1 is ready longer. Its telephone is engaged.
    let _engaged = site.lab.busy_phones(ports[1]);
    let (mut one, mut two) = (site.sign_in("a1"), site.sign_in("a2"));
    let mut spanish = site.lab.callers("312", 1, 1, 60_000, ear.port);
    let ext = site.queued(1).remove(0);
    assert_eq!(text(&site.watcher.event("contact.offered"), "agent"), "a2");
    assert_eq!(text(&site.watcher.event("contact.offer_revoked"), "cause"), "busy");
    two.ask("agent.logout", json!({}));
    // The caller is still there; it leaves while it waits.
    assert_eq!(site.lab.channels("PJSIP/trunk"), 1);
    site.lab.hang_up("PJSIP/trunk");
    assert_eq!(text(&site.watcher.event("contact.abandoned"), "ext"), ext);
    spanish.over();
    // So does another, of itself.
    let mut leaves = site.lab.callers("312", 1, 1, 100, ear.port);
    site.watcher.event("contact.abandoned");
    assert!(leaves.finish());
    // Nobody answers a1's telephone: the server's deadline ends it. The caller leaves while a3's
    // rings.
    let _silent = site.lab.phones(ports[0], 50_000, 1_000, ear.port);
    let mut english = site.lab.callers("311", 1, 1, 60_000, ear.port);
    let ext = site.queued(1).remove(0);
    assert_eq!(text(&site.watcher.event("offer.ringing"), "agent"), "a1");
    let revoked = site.watcher.event("contact.offer_revoked");
    assert_eq!(text(&revoked, "cause"), "no_answer");
    wait_for("the end of the leg", || site.lab.channels("PJSIP/a1") == 0);
    let _rings = site.lab.phones(ports[2], 50_000, 1_000, ear.port);
    let _three = site.sign_in("a3");
    assert_eq!(text(&site.watcher.event("offer.ringing"), "agent"), "a3");
    site.lab.hang_up("PJSIP/trunk");
    assert_eq!(text(&site.watcher.event("contact.offer_revoked"), "cause"), "abandoned");
    assert_eq!(text(&site.watcher.event("contact.ended"), "ext"), ext);
    english.over();
    wait_for("silence", || site.lab.channels("PJSIP/") == 0);
    one.ask("agent.logout", json!({}));
    // A queue that there is not: the dialplan goes on, and knows why.
    let mut wrong = site.lab.callers("313", 1, 1, 60_000, ear.port);
    wrong.over();
    assert!(site.lab.cli("dialplan show globals").contains("LAST=UNKNOWN_QUEUE"));
}

#[test]
fn devices_that_refuse_or_are_not_there_are_left_alone_for_a_while() {
    let (port, elsewhere) = (free_udp(), free_udp());
    let agents = [agent("a1", 0, port), agent("a2", 0, elsewhere)];
    let Some(mut site) = Site::start("pbx-refuse", &agents, false) else { return };
    let ear = Ear::new();
    let mut caller = site.lab.callers("311", 1, 1, 60_000, ear.port);
    let ext = site.queued(1).remove(0);
    let refusing = site.lab.refusing_phones(port, "603 Decline");
    let _one = site.sign_in("a1");
    let revoked = site.watcher.event("contact.offer_revoked");
    assert_eq!(
        (text(&revoked, "agent"), text(&revoked, "cause")),
        ("a1".into(), "rejected".into())
    );
    assert!(site.watcher.event("agent.state")["paused_until"].is_u64(), "a1 is left alone");
    drop(refusing);
    // A device that Asterisk does not know: told at once, and not tried again and again.
    let mut two = site.server.hello("agent", "a2");
    two.ask("agent.login", json!({"device": "PJSIP/nobody"}));
    two.ask("agent.state", json!({"state": "ready"}));
    let revoked = site.watcher.event("contact.offer_revoked");
    let told = (text(&revoked, "agent"), text(&revoked, "cause"));
    assert_eq!(told, ("a2".into(), "unreachable".into()));
    assert!(site.watcher.event("agent.state")["paused_until"].is_u64(), "a2 is left alone");
    // A pause that is over, by the agent's own word: the caller still waits in its place.
    let _phones = site.lab.phones(elsewhere, 50, 60_000, ear.port);
    two.ask("agent.login", json!({"device": "PJSIP/a2"}));
    two.ask("agent.state", json!({"state": "ready"}));
    let connected = site.watcher.event("contact.connected");
    assert_eq!((text(&connected, "agent"), text(&connected, "ext")), ("a2".into(), ext));
    // The caller hangs up in the middle of the talk.
    wait_for("a bridge of two", || site.lab.bridges() == [2]);
    site.lab.hang_up("PJSIP/trunk");
    let ended = site.watcher.event("contact.ended");
    assert_eq!((text(&ended, "by"), text(&ended, "cause")), ("caller".into(), "hangup".into()));
    site.quiet(&mut caller);
}

#[test]
fn fifty_callers_outlive_the_gateway_and_the_server() {
    survives("pbx-forget", false);
}

#[test]
fn fifty_callers_outlive_a_server_that_keeps_a_log() {
    survives("pbx-keep", true);
}

/// Kills the gateway, then the server, while 50 wait; all are served afterwards in their old order.
fn survives(name: &str, with_log: bool) {
    const CALLERS: usize = 50;
    let port = free_udp();
    let agents: Vec<_> = (1..=5).map(|number| agent(&format!("a{number}"), 0, port)).collect();
    let Some(mut site) = Site::start(name, &agents, with_log) else { return };
    let ear = Ear::new();
    let mut callers = site.lab.callers("311", CALLERS as u32, 50, 120_000, ear.port);
    let mut order = site.queued(CALLERS);
    site.kill_gateway();
    site.watcher.event("contact.suspended");
    assert_eq!(site.lab.channels("PJSIP/trunk"), CALLERS, "they are held");
    site.start_gateway();
    for _ in 0..CALLERS {
        // The first came while the front end was gone, the rest with it.
        site.watcher.event("contact.unsuspended");
    }
    site.restart_server();
    wait_for("fifty who wait", || {
        let waiting = site.watcher.ask("snapshot", json!({"of": ["contacts"]}));
        let rows = waiting["contacts"].as_array().unwrap();
        rows.len() == CALLERS && rows.iter().all(|row| row.get("suspended").is_none())
    });
    let heard = ear.heard();
    wait_for("music", || ear.heard() > heard + 100);
    let _phones = site.lab.phones(port, 50, 100, ear.port);
    let _desks: Vec<_> = agents.iter().map(|agent| site.sign_in(&agent.name)).collect();
    let mut served: Vec<String> = Vec::new();
    while served.len() < CALLERS {
        // A telephone that was too slow is tried again; what counts is who comes first.
        let ext = text(&site.watcher.event("contact.offered"), "ext");
        if !served.contains(&ext) {
            served.push(ext);
        }
    }
    if !with_log {
        // All that is left is when Asterisk made the channels, which it numbers.
        order
            .sort_by_key(|ext| ext.split('.').nth(1).and_then(|number| number.parse::<u32>().ok()));
    }
    assert_eq!(served, order);
    wait_for("an end of all", || {
        let left = site.watcher.ask("snapshot", json!({"of": ["contacts"]}));
        left["contacts"].as_array().unwrap().is_empty()
    });
    site.quiet(&mut callers);
}

/// `cargo xtask bench pbx`, small: both sides call the freed agents again.
#[test]
fn a_freed_agents_telephone_is_called_again() {
    let seconds = std::time::Duration::from_secs;
    let (warm_up, length) = (seconds(3), seconds(8));
    let size = handoff::Size { members: 6, agents: 4, waiting: 4, warm_up, length };
    let acd = std::path::Path::new(env!("CARGO_BIN_EXE_acd"));
    let Some(ours) = handoff::turn(handoff::Side::Acd, &size, acd) else { return };
    let theirs = handoff::turn(handoff::Side::AppQueue, &size, acd).expect("it is installed");
    assert!(ours.calls() > 0 && theirs.calls() > 0, "{ours:?} {theirs:?}");
    assert_eq!(ours.lost(), 0, "{ours:?}");
}

/// Waits for something to be so.
fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !is_so() {
        assert!(start.elapsed() < lab::PATIENCE, "{what} did not come");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
