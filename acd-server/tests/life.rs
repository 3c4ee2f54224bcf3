//! The life of a contact, from entry to end, as its front end and its agent see it.

mod common;

use common::{CITY, Server};
use serde_json::json;

#[test]
fn a_contact_is_offered_answered_and_ended_at_a_desktop() {
    let server = Server::start();
    let (mut pbx, mut ana) = (server.front_end(), server.ready("ana"));
    let entered = pbx.call_in("1");
    assert_eq!(entered["state"], "offered");
    assert_eq!(entered["agent"], "ana");
    let offered = ana.event("contact.offered");
    assert_eq!(offered["answer_by"], "desktop");
    assert_eq!(offered["deadline_ms"], 20_000);
    assert_eq!(offered["offer"], entered["offer"]);
    assert_eq!(pbx.refused("offer.answered", json!({"offer": entered["offer"]})), "wrong_answerer");
    ana.ask("offer.accept", json!({"offer": entered["offer"]}));
    assert_eq!(pbx.event("contact.connected")["agent"], "ana");
    assert_eq!(ana.event("agent.state")["state"], "busy");
    assert_eq!(ana.refused("offer.accept", json!({"offer": entered["offer"]})), "offer_over");
    let ended = json!({"contact": entered["contact"], "disposition": "resolved"});
    pbx.ask("contact.end", ended);
    let ended = ana.event("contact.ended");
    assert_eq!((&ended["by"], &ended["disposition"]), (&json!("front_end"), &json!("resolved")));
    assert_eq!(ana.event("agent.state")["state"], "ready");
    let again = json!({"contact": entered["contact"]});
    assert_eq!(pbx.refused("contact.end", again), "contact_over");
}

#[test]
fn a_call_rings_at_the_device_and_its_front_end_answers() {
    let server = Server::start();
    let mut pbx = server.front_end();
    pbx.ask("agent.login", json!({"agent": "ana", "device": "PJSIP/ana"}));
    pbx.ask("agent.state", json!({"agent": "ana", "state": "ready"}));
    let entered = pbx.call_in("1");
    let offered = pbx.event("contact.offered");
    assert_eq!((&offered["answer_by"], &offered["dial"]), (&json!("device"), &json!("PJSIP/ana")));
    pbx.ask("offer.ringing", json!({"offer": entered["offer"]}));
    pbx.ask("offer.failed", json!({"offer": entered["offer"], "cause": "busy"}));
    assert_eq!(pbx.event("contact.offer_revoked")["cause"], "busy");
    assert_eq!(pbx.event("contact.requeued")["pos"], 1);
    // The pause after a busy device ends with the agent's own word.
    pbx.ask("agent.state", json!({"agent": "ana", "state": "ready"}));
    let offer = pbx.event("contact.offered")["offer"].clone();
    assert_ne!(offer, entered["offer"]);
    pbx.ask("offer.answered", json!({"offer": offer}));
    assert_eq!(pbx.event("contact.connected")["offer"], offer);
}

#[test]
fn a_reply_comes_before_its_events() {
    let server = Server::start();
    let (mut pbx, _ana) = (server.front_end(), server.ready("ana"));
    pbx.types();
    pbx.send(b"contact.new id=7 ext=1 channel=voice queue=roads\n");
    assert_eq!(pbx.read()["id"], 7);
    assert_eq!(pbx.read()["params"]["type"], "contact.queued");
    assert_eq!(pbx.read()["params"]["type"], "contact.offered");
}

#[test]
fn an_unanswered_offer_expires_in_the_citys_time() {
    let server = Server::fast(60);
    let (mut pbx, mut ana) = (server.front_end(), server.ready("ana"));
    ana.types();
    pbx.call_in("1");
    assert_eq!(pbx.event("contact.offer_revoked")["cause"], "no_answer");
    let state = ana.event("agent.state");
    assert_eq!((&state["state"], &state["reason"]), (&json!("not_ready"), &json!("rona")));
}

#[test]
fn wrap_up_belongs_to_the_agent() {
    let server = Server::start();
    let (mut pbx, mut ana) = (server.front_end(), server.ready("ana"));
    let call = json!({"ext": "1", "channel": "chat", "queue": "permits"});
    let entered = pbx.ask("contact.new", call);
    ana.ask("offer.accept", json!({"offer": entered["offer"]}));
    let pending = ana.ask("agent.state", json!({"state": "not_ready", "reason": "break"}));
    assert_eq!((&pending["state"], &pending["pending"]), (&json!("busy"), &json!("not_ready")));
    ana.ask("contact.end", json!({"contact": entered["contact"]}));
    assert_eq!(pbx.event("contact.wrap_up")["agent"], "ana");
    let extend = json!({"contact": entered["contact"], "ms": 60_000});
    assert_eq!(ana.ask("agent.wrap_extend", extend)["state"], "busy");
    let done = json!({"contact": entered["contact"], "disposition": "form sent"});
    let state = ana.ask("agent.wrap_done", done);
    assert_eq!((&state["state"], &state["reason"]), (&json!("not_ready"), &json!("break")));
    assert_eq!(pbx.event("contact.wrap_up_over")["disposition"], "form sent");
}

#[test]
fn a_transfer_goes_on_as_a_new_contact_with_the_same_ext() {
    let server = Server::start();
    let (mut pbx, mut ana) = (server.front_end(), server.ready("ana"));
    let entered = pbx.call_in("1");
    ana.ask("offer.accept", json!({"offer": entered["offer"]}));
    ana.ask("agent.state", json!({"state": "not_ready"}));
    let to = json!({"contact": entered["contact"], "to": {"queue": "water"}});
    let moved = ana.ask("contact.transfer", to);
    assert_eq!((&moved["hops"], &moved["next"]["pos"]), (&json!(1), &json!(1)));
    let told = pbx.event("contact.transferred");
    assert_eq!((&told["to"], &told["next"]), (&json!("queue:water"), &moved["next"]["contact"]));
    let queued = pbx.event("contact.queued");
    assert_eq!((&queued["ext"], &queued["previous"]), (&json!("1"), &entered["contact"]));
    assert_eq!(
        pbx.refused("contact.new", json!({"ext": "1", "channel": "voice", "queue": "roads"})),
        "ext_in_use"
    );
}

#[test]
fn a_callback_keeps_its_place_and_is_offered_with_its_number() {
    let server = Server::start();
    let mut pbx = server.front_end();
    let call = json!({"ext": "1", "channel": "voice", "queue": "roads", "from": "+15125550177"});
    let first = pbx.ask("contact.new", call);
    pbx.call_in("2");
    let back = pbx.ask("contact.callback", json!({"contact": first["contact"]}));
    assert_eq!((&back["state"], &back["pos"]), (&json!("queued"), &json!(1)));
    pbx.ask("agent.login", json!({"agent": "ana", "device": "PJSIP/ana"}));
    pbx.ask("agent.state", json!({"agent": "ana", "state": "ready"}));
    let offered = pbx.event("contact.offered");
    assert_eq!((&offered["ext"], &offered["number"]), (&json!("1"), &json!("+15125550177")));
    let mut nothing = server.client("frontend", "web");
    let without =
        nothing.ask("contact.new", json!({"ext": "9", "channel": "web", "queue": "water"}));
    let back = json!({"contact": without["contact"]});
    assert_eq!(nothing.refused("contact.callback", back), "bad_params");
}

#[test]
fn the_last_word_says_what_is_left() {
    let server = Server::with(CITY, |_| {});
    let (mut pbx, mut ana) = (server.front_end(), server.ready("ana"));
    let entered = pbx.call_in("1");
    ana.ask("offer.accept", json!({"offer": entered["offer"]}));
    pbx.call_in("2");
    let left = server.stop();
    assert_eq!((left.waiting, left.connected, left.offers), (1, 1, 0));
    assert_eq!(pbx.bye().as_deref(), Some("shutdown"));
    assert_eq!(ana.bye().as_deref(), Some("shutdown"));
}
