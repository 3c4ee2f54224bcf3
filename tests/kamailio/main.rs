//! A real Kamailio with real SIP telephones: callers are held with 182, offered, answered, refused,
//! left unanswered and sent to the fallback, and survive the gateway and the server.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod lab;
mod rate;

use lab::{Lab, free_udp, text, wait_for};
use serde_json::json;

#[test]
fn a_busy_and_a_silent_telephone_are_followed_by_the_next_and_either_side_ends() {
    let Some(mut lab) = Lab::start("kamailio-ways", 4, false) else { return };
    let (engaged, silent, quick, talking) = (free_udp(), free_udp(), free_udp(), free_udp());
    let _phones = [
        lab.busy_phones(engaged),
        lab.phones(silent, 60_000, 1_000),
        lab.phones(quick, 100, 3_000),
        lab.phones(talking, 100, 60_000),
    ];
    let mut caller = lab.callers(1, 1, 60_000);
    let queued = lab.watcher.event("contact.queued");
    let ext = text(&queued, "ext");
    assert_eq!(
        (text(&queued, "queue"), text(&queued, "frontend")),
        ("general".into(), "kamailio-1".into())
    );
    let mut one = lab.sign_in("a1", engaged);
    assert_eq!(text(&lab.watcher.event("contact.offered"), "agent"), "a1");
    assert_eq!(text(&lab.watcher.event("contact.offer_revoked"), "cause"), "busy");
    one.ask("agent.logout", json!({}));
    // It rings until the server's deadline, and the telephone is let go of.
    let mut two = lab.sign_in("a2", silent);
    assert_eq!(text(&lab.watcher.event("offer.ringing"), "agent"), "a2");
    assert_eq!(text(&lab.watcher.event("contact.offer_revoked"), "cause"), "no_answer");
    two.ask("agent.logout", json!({}));
    let mut three = lab.sign_in("a3", quick);
    assert_eq!(text(&lab.watcher.event("contact.connected"), "agent"), "a3");
    let ended = lab.watcher.event("contact.ended");
    assert_eq!((text(&ended, "ext"), text(&ended, "by")), (ext, "agent".into()));
    assert!(caller.finish(), "the caller was told 182, answered, and heard the BYE");
    three.ask("agent.logout", json!({}));
    // The caller hangs up.
    let mut desk = lab.sign_in("a4", talking);
    let mut caller = lab.callers(1, 1, 100);
    let ended = lab.watcher.event("contact.ended");
    assert_eq!((text(&ended, "agent"), text(&ended, "by")), ("a4".into(), "caller".into()));
    assert!(caller.finish());
    // The agent's desktop ends the call: both telephones are told.
    let mut caller = lab.callers(1, 1, 60_000);
    let connected = lab.watcher.event("contact.connected");
    desk.ask("contact.end", json!({"contact": text(&connected, "contact")}));
    assert!(caller.finish(), "Kamailio says BYE");
    // Somebody gives up while it waits.
    desk.ask("agent.logout", json!({}));
    let mut leaver = lab.leaver(100);
    lab.watcher.event("contact.abandoned");
    assert!(leaver.finish(), "487 at once");
    // A device that Kamailio cannot dial.
    let _waits = lab.leaver(60_000);
    lab.watcher.event("contact.queued");
    let mut wrong = lab.server.hello("agent", "a1");
    wrong.ask("agent.login", json!({"device": "PJSIP/a1"}));
    wrong.ask("agent.state", json!({"state": "ready"}));
    assert_eq!(text(&lab.watcher.event("contact.offer_revoked"), "cause"), "unreachable");
    let waiting = lab.contacts();
    assert_eq!((waiting.len(), text(&waiting[0], "state")), (1, "queued".into()));
}

#[test]
fn fifty_callers_outlive_the_gateway_and_the_server_and_without_them_there_is_the_fallback() {
    const CALLERS: usize = 50;
    let Some(mut lab) = Lab::start("kamailio-survives", 5, true) else { return };
    let mut callers = lab.callers(CALLERS as u32, 50, 120_000);
    let queued = |lab: &mut Lab| text(&lab.watcher.event("contact.queued"), "ext");
    let order: Vec<String> = (0..CALLERS).map(|_| queued(&mut lab)).collect();
    wait_for("a word to each that it waits", || {
        lab.transcript().matches(r#"pbx {"do":"hold""#).count() >= CALLERS
    });
    lab.kill_gateway();
    // Nobody is there: the fallback serves a new caller, after three seconds.
    let fallback = lab.phones(lab.fallback, 50, 200);
    assert!(lab.callers(1, 1, 60_000).finish());
    wait_for("the fallback's call", || fallback.successful() == 1);
    lab.start_gateway();
    lab.restart_server();
    let mut waiting = Vec::new();
    wait_for("fifty who wait", || {
        waiting = lab.contacts();
        waiting.len() == CALLERS && waiting.iter().all(|row| row.get("suspended").is_none())
    });
    let port = free_udp();
    let _phones = lab.phones(port, 50, 100);
    let _desks: Vec<_> = (1..=5).map(|n| lab.sign_in(&format!("a{n}"), port)).collect();
    let mut served: Vec<String> = Vec::new();
    while served.len() < CALLERS {
        let ext = text(&lab.watcher.event("contact.offered"), "ext");
        if !served.contains(&ext) {
            served.push(ext);
        }
    }
    assert_eq!(served, order, "in their old order");
    assert!(callers.finish());
    wait_for("an end of all", || lab.contacts().is_empty());
    assert_eq!(fallback.successful(), 1, "only the one that came meanwhile");
}

#[test]
fn a_check_says_what_kamailio_lacks_in_its_own_terms() {
    let Some(lab) = Lab::start("kamailio-check", 1, false) else { return };
    let check = |config: &std::path::Path, more: &[&str]| {
        let mut command = support::acd();
        command.args(["gateway", "check", "kamailio", "--config"]).arg(config).args(more);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let config = lab.server.scratch.join("kamailio.toml");
    let more = ["--number", "312", "--device", "sip:a1@127.0.0.1:5070"];
    let (code, said) = check(&config, &more);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("ok       route[QUEUES] gives 312 to general,need=es:5\n"), "{said}");
    let (code, said) = check(&config, &["--number", "999", "--device", "PJSIP/a1"]);
    assert_eq!(code, Some(1), "{said}");
    let missing = "missing  route[QUEUES] does not give 999 to acd: case \"999\": ";
    assert!(said.contains(missing) && said.contains("missing  PJSIP/a1: "), "{said}");
    let nobody = lab.server.scratch.join("nobody.toml");
    std::fs::write(&nobody, format!("[evapi]\naddress = \"127.0.0.1:{}\"\n", lab::free_tcp()))
        .unwrap();
    let (code, said) = check(&nobody, &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with("missing  nothing listens at 127.0.0.1:"), "{said}");
    assert!(said.contains("modparam(\"evapi\", \"bind_addr\", \"127.0.0.1:"), "{said}");
}
