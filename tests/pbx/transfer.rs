//! Calls that go on: held, transferred to a queue, an agent and outside, handed over in person,
//! taken back when an agent's line fails, and left by a key.

use serde_json::{Value, json};

use super::lab::{Ear, free_udp};
use super::site::{Site, text};
use super::{agent, wait_for};

/// Waits until a caller and this agent, and nobody else, are in a bridge.
fn together(site: &Site, with: &str, others: &[&str]) {
    wait_for(&format!("a call with {with}"), || {
        site.lab.channels(&format!("PJSIP/{with}")) == 1
            && others.iter().all(|other| site.lab.channels(&format!("PJSIP/{other}")) == 0)
            && site.lab.bridges() == [2]
    });
}

fn transfer(desk: &mut super::support::Talk, contact: &str, to: &Value, attended: bool) -> Value {
    let params = json!({"contact": contact, "to": to, "attended": attended});
    desk.ask("contact.transfer", params)
}

#[test]
fn a_call_is_held_transferred_and_handed_over() {
    let ports = [free_udp(), free_udp()];
    let agents = [agent("a1", 0, ports[0]), agent("a2", 7, ports[1])];
    let more = "outside_context = \"outside\"";
    let Some(mut site) = Site::start_with("pbx-on", &agents, false, more) else { return };
    let (ear, nobody) = (Ear::new(), Ear::new());
    let _phones = [
        site.lab.phones(ports[0], 50, 60_000, nobody.port),
        site.lab.phones(ports[1], 50, 60_000, nobody.port),
    ];
    let mut one = site.sign_in("a1");
    let mut caller = site.lab.callers("311", 1, 1, 60_000, ear.port);
    let ext = site.queued(1).remove(0);
    let connected = site.watcher.event("contact.connected");
    together(&site, "a1", &["a2"]);
    // On hold it hears music, and then the agent again.
    let contact = text(&connected, "contact");
    one.ask("contact.hold", json!({"contact": contact}));
    site.watcher.event("contact.held");
    let music = ear.music();
    wait_for("music on hold", || ear.music() > music + 10);
    one.ask("contact.unhold", json!({"contact": contact}));
    site.watcher.event("contact.unheld");
    together(&site, "a1", &["a2"]);
    // To a queue: it waits with music until somebody there is free.
    transfer(&mut one, &contact, &json!({"queue": "spanish"}), false);
    assert_eq!(text(&site.watcher.event("contact.transferred"), "to"), "queue:spanish");
    let music = ear.music();
    wait_for("music", || ear.music() > music + 10);
    let mut two = site.sign_in("a2");
    let connected = site.watcher.event("contact.connected");
    let told = (text(&connected, "agent"), text(&connected, "ext"));
    assert_eq!(told, ("a2".into(), ext.clone()));
    together(&site, "a2", &["a1"]);
    // In person: the other agent's device rings, and no offer is made.
    let contact = text(&connected, "contact");
    transfer(&mut two, &contact, &json!({"agent": "a1"}), true);
    let connected = site.watcher.event("contact.connected");
    assert_eq!(text(&connected, "dial"), "PJSIP/a1");
    assert!(connected.get("offer").is_none(), "{connected}");
    together(&site, "a1", &["a2"]);
    // To an agent, who is offered it.
    let contact = text(&connected, "contact");
    transfer(&mut one, &contact, &json!({"agent": "a2", "queue": "general"}), false);
    assert_eq!(text(&site.watcher.event("contact.offered"), "agent"), "a2");
    let connected = site.watcher.event("contact.connected");
    together(&site, "a2", &["a1"]);
    // Outside: the dialplan goes on.
    let contact = text(&connected, "contact");
    transfer(&mut two, &contact, &json!({"outside": "5551234"}), false);
    let went = site.watcher.event("contact.transferred");
    assert_eq!((text(&went, "to"), text(&went, "ext")), ("outside:5551234".into(), ext));
    site.quiet(&mut caller);
    assert!(site.lab.cli("dialplan show globals").contains("WENT=5551234"));
    let left = site.watcher.ask("snapshot", json!({"of": ["contacts"]}));
    assert_eq!(left["contacts"].as_array().unwrap().len(), 0);
}

#[test]
fn a_failed_line_gives_the_caller_back_and_a_key_leaves_the_queue() {
    let port = free_udp();
    let agents = [agent("a1", 0, port)];
    let Some(mut site) = Site::start_with("pbx-back", &agents, false, "exit_keys = \"#\"") else {
        return;
    };
    let (ear, nobody) = (Ear::new(), Ear::new());
    let mut caller = site.lab.callers("311", 1, 1, 60_000, ear.port);
    let ext = site.queued(1).remove(0);
    let failing = site.lab.failing_phones(port, nobody.port);
    let mut desk = site.sign_in("a1");
    let connected = site.watcher.event("contact.connected");
    together(&site, "a1", &[]);
    // Not to be offered it again at once.
    desk.ask("agent.state", json!({"state": "not_ready"}));
    site.lab.press("PJSIP/a1");
    let back = site.watcher.event("contact.requeued");
    assert_eq!(text(&back, "cause"), "agent_leg_lost");
    assert_eq!(text(&back, "contact"), text(&connected, "contact"));
    wait_for("the end of the agent's leg", || site.lab.channels("PJSIP/a1") == 0);
    drop(failing);
    // The same call is served by the next one who is free.
    let _phones = site.lab.phones(port, 50, 300, nobody.port);
    desk.ask("agent.state", json!({"state": "ready"}));
    while text(&site.watcher.event("contact.ended"), "ext") != ext {}
    site.quiet(&mut caller);
    desk.ask("agent.logout", json!({}));
    // A key, while it waits.
    let mut caller = site.lab.keyed_caller("311", '#', ear.port);
    site.queued(1);
    let ended = site.watcher.event("contact.ended");
    assert_eq!((text(&ended, "by"), text(&ended, "cause")), ("caller".into(), "exit_key".into()));
    site.quiet(&mut caller);
    assert!(site.lab.cli("dialplan show globals").contains("LAST=EXIT_KEY"));
}

#[test]
fn an_agent_transfers_on_the_telephone() {
    let ports = [free_udp(), free_udp()];
    let agents = [agent("a1", 0, ports[0]), agent("a2", 7, ports[1])];
    let Some(mut site) = Site::start("pbx-refer", &agents, false) else { return };
    let ear = Ear::new();
    let mut caller = site.lab.callers("311", 1, 1, 60_000, ear.port);
    site.queued(1);
    // To another queue's extension: the dialplan brings the call back, as a new contact.
    let first = site.lab.transferring_phones(ports[0], ear.port);
    let mut one = site.sign_in("a1");
    let contact = text(&site.watcher.event("contact.connected"), "contact");
    together(&site, "a1", &["a2"]);
    site.lab.transfer("a1", "312");
    // Asterisk tells of the one and of the other, each in its time.
    let (mut queued, mut went) = (Value::Null, Value::Null);
    while queued.is_null() || went.is_null() {
        let event = site.watcher.json().expect("the server runs")["params"].take();
        match event["type"].as_str() {
            Some("contact.queued") => queued = event,
            Some("contact.transferred") => went = event,
            _ => {}
        }
    }
    assert_eq!(text(&queued, "queue"), "spanish");
    assert_eq!((text(&went, "contact"), text(&went, "to")), (contact, "outside:312".into()));
    one.ask("agent.state", json!({"state": "not_ready"}));
    let music = ear.music();
    wait_for("music", || ear.music() > music + 10);
    wait_for("the end of the agent's leg", || site.lab.channels("PJSIP/a1") == 0);
    drop(first);
    // And outside.
    let _second = site.lab.transferring_phones(ports[1], ear.port);
    let _two = site.sign_in("a2");
    site.watcher.event("contact.connected");
    wait_for("a second bridge", || site.lab.bridges() == [2, 2]);
    site.lab.transfer("a2", "5551234");
    assert_eq!(text(&site.watcher.event("contact.transferred"), "to"), "outside:5551234");
    wait_for("the end of the agent's leg", || site.lab.channels("PJSIP/a2") == 0);
    // Whoever was called there hangs up.
    assert_eq!((site.lab.channels("PJSIP/trunk"), site.lab.bridges()), (1, vec![2, 2]));
    site.lab.hang_up("Local/5551234");
    site.quiet(&mut caller);
    assert!(site.lab.cli("dialplan show globals").contains("WENT=5551234"));
    let left = site.watcher.ask("snapshot", json!({"of": ["contacts"]}));
    assert_eq!(left["contacts"].as_array().unwrap().len(), 0);
}

/// The calls of a snapshot: contact and state.
fn contacts(site: &mut Site) -> Vec<(String, String)> {
    let left = site.watcher.ask("snapshot", json!({"of": ["contacts"]}));
    let rows = left["contacts"].as_array().unwrap();
    rows.iter().map(|row| (text(row, "contact"), text(row, "state"))).collect()
}

#[test]
fn an_agent_consults_on_the_telephone_and_joins_the_calls() {
    let ports = [free_udp(), free_udp()];
    let agents = [agent("a1", 0, ports[0]), agent("a2", 7, ports[1])];
    let Some(mut site) = Site::start("pbx-consult", &agents, false) else { return };
    let (ear, nobody) = (Ear::new(), Ear::new());
    let _phones = [
        site.lab.transferring_phones(ports[0], nobody.port),
        site.lab.transferring_phones(ports[1], nobody.port),
        site.lab.phones(site.resident_port, 50, 60_000, nobody.port),
    ];
    let mut caller = site.lab.callers("311", 1, 1, 60_000, ear.port);
    site.queued(1);
    let _one = site.sign_in("a1");
    let first = text(&site.watcher.event("contact.connected"), "contact");
    together(&site, "a1", &["a2"]);
    // A queue: whoever answers there talks to the agent first.
    let mut consults = site.lab.consults("a1", "312", nobody.port);
    let second = text(&site.watcher.event("contact.queued"), "contact");
    let _two = site.sign_in("a2");
    assert_eq!(text(&site.watcher.event("contact.connected"), "contact"), second);
    wait_for("two talks", || site.lab.bridges() == [2, 2]);
    site.lab.join("a1", "312");
    let went = site.watcher.event("contact.transferred");
    assert_eq!((text(&went, "contact"), text(&went, "to")), (first, "outside:312".into()));
    assert!(consults.finish(), "the telephone is told that its calls are over");
    wait_for("the end of both", || site.lab.channels("PJSIP/a1") == 0);
    assert_eq!(site.lab.bridges(), [2, 2]);
    // Whoever comes after the gateway finds them as they are.
    site.kill_gateway();
    site.start_gateway();
    assert_eq!(contacts(&mut site), [(second.clone(), "connected".into())]);
    assert_eq!(site.lab.bridges(), [2, 2]);
    // Somebody outside, who talks to the agent first.
    let mut consults = site.lab.consults("a2", "5561", nobody.port);
    wait_for("three talks", || site.lab.bridges() == [2, 2, 2]);
    site.lab.join("a2", "5561");
    let went = site.watcher.event("contact.transferred");
    assert_eq!((text(&went, "contact"), text(&went, "to")), (second, "outside:5561".into()));
    assert!(consults.finish());
    wait_for("the end of both", || site.lab.channels("PJSIP/a2") == 0);
    assert_eq!((contacts(&mut site), site.lab.bridges()), (vec![], vec![2, 2, 2]));
    site.lab.press("PJSIP/r1");
    site.quiet(&mut caller);
    assert!(site.lab.bridges().is_empty());
}

#[test]
fn an_agent_joins_the_calls_before_anybody_has_answered() {
    let ports = [free_udp(), free_udp()];
    let agents = [agent("a1", 0, ports[0]), agent("a2", 7, ports[1])];
    let Some(mut site) = Site::start("pbx-join", &agents, false) else { return };
    let (ear, nobody) = (Ear::new(), Ear::new());
    let _phones = [
        site.lab.transferring_phones(ports[0], nobody.port),
        site.lab.phones(ports[1], 50, 60_000, nobody.port),
        site.lab.phones(site.resident_port, 1_000, 60_000, nobody.port),
    ];
    let (_one, mut two) = (site.sign_in("a1"), site.sign_in("a2"));
    // A queue: the caller waits there in the agent's place.
    two.ask("agent.state", json!({"state": "not_ready"}));
    let mut caller = site.lab.callers("311", 1, 1, 60_000, ear.port);
    let first = text(&site.watcher.event("contact.connected"), "contact");
    together(&site, "a1", &["a2"]);
    let mut consults = site.lab.consults("a1", "312", nobody.port);
    let second = text(&site.watcher.event("contact.queued"), "contact");
    site.lab.join("a1", "312");
    assert_eq!(text(&site.watcher.event("contact.transferred"), "contact"), first);
    assert!(consults.finish());
    wait_for("the end of both", || site.lab.channels("PJSIP/a1") == 0);
    let music = ear.music();
    wait_for("music", || ear.music() > music + 10);
    assert_eq!(contacts(&mut site), [(second.clone(), "queued".into())]);
    // A gateway that comes back has only Asterisk's word: that somebody has waited there so long.
    site.kill_gateway();
    site.start_gateway();
    let again = text(&site.watcher.event("contact.queued"), "contact");
    assert_eq!(contacts(&mut site), [(again.clone(), "queued".into())]);
    two.ask("agent.state", json!({"state": "ready"}));
    assert_eq!(text(&site.watcher.event("contact.connected"), "contact"), again);
    wait_for("a talk", || site.lab.bridges() == [2, 2]);
    site.lab.hang_up("PJSIP/a2");
    while text(&site.watcher.event("contact.ended"), "contact") != again {}
    site.quiet(&mut caller);
    assert_eq!((contacts(&mut site), site.lab.bridges()), (vec![], vec![]));
    // Somebody outside whose telephone still rings.
    two.ask("agent.state", json!({"state": "not_ready"}));
    let mut caller = site.lab.callers("311", 1, 1, 60_000, ear.port);
    let first = text(&site.watcher.event("contact.connected"), "contact");
    together(&site, "a1", &["a2"]);
    let mut consults = site.lab.consults("a1", "5561", nobody.port);
    wait_for("a telephone that rings", || site.lab.channels("PJSIP/r1") == 1);
    site.lab.join("a1", "5561");
    assert_eq!(text(&site.watcher.event("contact.transferred"), "contact"), first);
    consults.over();
    wait_for("a talk", || site.lab.bridges() == [2, 2] && site.lab.channels("PJSIP/a1") == 0);
    assert_eq!(contacts(&mut site), []);
    site.lab.press("PJSIP/r1");
    site.quiet(&mut caller);
}
