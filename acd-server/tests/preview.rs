//! What an act would do is told, exactly, and nothing is done.

mod common;

use common::{Client, Server};
use serde_json::{Value, json};

/// What an act would do.
fn preview(client: &mut Client, act: &str, mut params: Value) -> Value {
    params["act"] = json!(act);
    params["preview"] = json!(true);
    client.ask("supervise", params)
}

/// The types of the events that would follow, each with whom it is about.
fn told(preview: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let about = |event: &Value| {
        let agent = text(&event["agent"]);
        if agent.is_empty() { text(&event["queue"]) } else { agent }
    };
    let events = preview["events"].as_array().expect("a list");
    events.iter().map(|event| (text(&event["type"]), about(event))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(kind, about)| ((*kind).into(), (*about).into())).collect()
}

#[test]
fn a_preview_says_what_follows_and_the_act_then_does_it() {
    let server = Server::start();
    let (mut pbx, mut maria) = (server.front_end(), server.client("supervisor", "maria"));
    let mut bo = server.client("agent", "bo");
    bo.ask("agent.login", json!({"capacity": {"voice": 1}}));
    let entered = pbx.call_in("1");
    let before = maria.ask("snapshot", json!({"of": ["queues", "contacts"]}));
    let force = json!({"agent": "bo", "state": "ready"});
    let seen = preview(&mut maria, "force_state", force.clone());
    assert_eq!((&seen["preview"], &seen["what"]), (&json!(true), &json!("force bo to ready")));
    assert_eq!((&seen["before"], &seen["state"]), (&json!("not_ready"), &json!("ready")));
    assert_eq!(told(&seen), pairs(&[("agent.state", "bo"), ("contact.offered", "bo")]));
    assert_eq!(seen["events"][1]["contact"], entered["contact"]);
    let after = maria.ask("snapshot", json!({"of": ["queues", "contacts"]}));
    assert_eq!(before["seq"], after["seq"], "nothing has happened");
    let mut params = force;
    params["act"] = json!("force_state");
    params["reason"] = json!("storm");
    let done = maria.ask("supervise", params);
    assert_eq!((&done["audit"], &done["state"]), (&json!(1), &seen["state"]));
    assert_eq!(bo.event("contact.offered")["contact"], entered["contact"]);
}

#[test]
fn a_state_that_waits_for_the_call_to_end_is_told_as_pending() {
    let server = Server::start();
    let (mut pbx, mut ana) = (server.front_end(), server.ready("ana"));
    let mut maria = server.client("supervisor", "maria");
    let entered = pbx.call_in("1");
    ana.ask("offer.accept", json!({"offer": entered["offer"]}));
    let away = json!({"agent": "ana", "state": "not_ready", "state_reason": "break"});
    let seen = preview(&mut maria, "force_state", away);
    assert_eq!((&seen["before"], &seen["state"]), (&json!("busy"), &json!("busy")));
    assert_eq!(seen["pending"], "not_ready");
    let waits = pbx.call_in("2");
    let withdraw = json!({"contact": entered["contact"]});
    let seen = preview(&mut maria, "withdraw", withdraw);
    assert_eq!(seen["state"], "ended");
    assert_eq!(told(&seen)[..1], pairs(&[("contact.ended", "ana")]));
    let offered = &seen["events"][1];
    assert_eq!(
        (&offered["type"], &offered["contact"]),
        (&json!("contact.offered"), &waits["contact"])
    );
}

#[test]
fn contacts_and_queues_are_foreseen_too() {
    let server = Server::start();
    let (mut pbx, mut maria) = (server.front_end(), server.client("supervisor", "maria"));
    let first = pbx.call_in("1");
    pbx.call_in("2");
    let close = json!({"queue": "roads", "waiting": "move", "to": "water"});
    let seen = preview(&mut maria, "close_queue", close);
    assert_eq!((&seen["before"], &seen["state"]), (&json!("open"), &json!("closed")));
    let water = ("contact.moved", "water");
    assert_eq!(told(&seen), pairs(&[("queue.state", "roads"), water, water]));
    let to = json!({"contact": first["contact"], "to": "water"});
    assert_eq!(told(&preview(&mut maria, "move", to)), pairs(&[water]));
    let prio = json!({"contact": first["contact"], "prio": 9});
    assert_eq!(
        told(&preview(&mut maria, "prioritise", prio)),
        pairs(&[("contact.updated", "roads")])
    );
    let call = json!({"contact": first["contact"], "number": "+15125550177"});
    let seen = preview(&mut maria, "callback", call);
    assert_eq!(
        (&seen["state"], told(&seen)),
        (&json!("queued"), pairs(&[("contact.callback", "roads")]))
    );
    let lend = json!({"agent": "bo", "set": {"es": 7}, "ms": 60_000});
    assert_eq!(told(&preview(&mut maria, "skill_for", lend)), pairs(&[("agent.updated", "bo")]));
}

#[test]
fn what_the_act_would_refuse_the_preview_refuses() {
    let server = Server::start();
    let (mut pbx, mut maria) = (server.front_end(), server.client("supervisor", "maria"));
    let first = pbx.call_in("1");
    let mut refused = |act: &str, mut params: Value| {
        params["act"] = json!(act);
        params["preview"] = json!(true);
        maria.refused("supervise", params)
    };
    let contact = &first["contact"];
    assert_eq!(refused("offer_to", json!({"contact": contact, "agent": "bo"})), "not_signed_in");
    assert_eq!(refused("callback", json!({"contact": contact})), "bad_params");
    assert_eq!(refused("listen", json!({"agent": "bo"})), "wrong_state");
    assert_eq!(refused("follow_hours", json!({"queue": "roads"})), "wrong_state");
    assert_eq!(refused("force_state", json!({"agent": "bo", "state": "ready"})), "not_signed_in");
}

#[test]
fn a_broadcast_says_how_many_would_hear_it() {
    let server = Server::start();
    let mut ana = server.ready("ana");
    let (mut maria, mut sue) =
        (server.client("supervisor", "maria"), server.client("supervisor", "sue"));
    sue.ask("subscribe", json!({"topics": ["*"]}));
    let seen = preview(&mut maria, "broadcast", json!({"text": "ice"}));
    assert_eq!((&seen["reaches"], &seen["events"]), (&json!(2), &json!([])));
    assert_eq!(seen["what"], "tell all agents: ice");
    assert!(!ana.types().contains(&"broadcast".into()), "nobody is told");
}
