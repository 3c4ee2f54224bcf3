//! What came of a contact is one of its queue's list, where the configuration has one.

use acd_core::Timestamp;
use acd_proto::Role;
use serde_json::{Value, json};

use super::World;
use crate::config::Config;
use crate::core::ConnectionId;

const CITY: &str = r#"
dispositions = ["resolved", "referred elsewhere"]
[city]
name = "Test"
time_zone = "UTC"
[[queues]]
name = "roads"
wrap_up = { mode = "manual" }
[[queues]]
name = "permits"
dispositions = ["licence issued"]
[[queues]]
name = "letters"
dispositions = []
[[agents]]
id = "ana"
"#;

fn world() -> (World, ConnectionId) {
    let config = Config::parse(CITY, "the test's city").expect("it is right");
    let mut w = World::of(config, Timestamp(1_732_412_483_000_000_000));
    let pbx = w.hello(Role::Frontend, "pbx");
    w.say(pbx, "agent.login agent=ana device=PJSIP/1");
    w.say(pbx, "agent.state agent=ana state=ready");
    (w, pbx)
}

fn reply(w: &mut World, id: ConnectionId, line: &str) -> Value {
    let lines = w.say(id, line);
    lines.into_iter().rfind(|line| line.get("method").is_none()).expect("a reply")
}

/// What a contact of that queue may not end with, with what is near it.
#[track_caller]
fn refused(w: &mut World, pbx: ConnectionId, line: &str, near: Option<&str>) {
    let error = reply(w, pbx, line)["error"]["data"].take();
    assert_eq!(error["kind"], "unknown_disposition", "{line}: {error}");
    assert_eq!((&error["field"], error["near"].as_str()), (&json!("disposition"), near));
    let expected = error["expected"].as_str().unwrap_or_default();
    assert!(near.is_none_or(|near| expected.split(", ").any(|name| name == near)), "{error}");
    assert!(!expected.is_empty(), "{error}");
}

#[test]
fn a_contact_ends_with_one_of_its_queues_list() {
    let (mut w, pbx) = world();
    for queue in ["roads", "permits", "letters"] {
        let ext = format!("ext={queue} channel=voice queue={queue}");
        w.say(pbx, &format!("contact.new {ext}"));
    }
    refused(&mut w, pbx, "contact.end contact=c-1 disposition=resolvd", Some("resolved"));
    refused(&mut w, pbx, "contact.end contact=c-1 \"disposition=resolved, twice\"", None);
    let still = reply(&mut w, pbx, "contact.get contact=c-1");
    assert_eq!(still["result"]["state"], "offered", "it has not ended");
    refused(&mut w, pbx, "contact.end contact=c-2 disposition=resolved", None);
    for (contact, said) in
        [(1, "referred elsewhere: a neighbour"), (2, "licence issued"), (3, "a long letter")]
    {
        let lines = w.say(pbx, &format!("contact.end contact=c-{contact} \"disposition={said}\""));
        let ended = lines.iter().find(|line| line["params"]["type"] == "contact.ended");
        assert_eq!(ended.expect("it ends")["params"]["disposition"], said);
    }
}

#[test]
fn a_wrap_up_ends_with_one_too_and_desks_are_told_which() {
    let (mut w, pbx) = world();
    w.say(pbx, "contact.new ext=1 channel=voice queue=roads");
    w.say(pbx, "offer.answered offer=o-1");
    w.say(pbx, "contact.end contact=c-1");
    let done = "agent.wrap_done agent=ana contact=c-1";
    refused(&mut w, pbx, &format!("{done} \"disposition=licence issued\""), None);
    let lines = w.say(pbx, &format!("{done} disposition=resolved"));
    let over = lines.iter().find(|line| line["params"]["type"] == "contact.wrap_up_over");
    assert_eq!(over.expect("it is over")["params"]["disposition"], "resolved");
    let again = reply(&mut w, pbx, &format!("{done} disposition=whatever"));
    assert_eq!(again["error"]["data"]["kind"], "not_wrapping_up", "what is over has no list");
    let ana = w.hello(Role::Agent, "ana");
    let choices = reply(&mut w, ana, "snapshot of=choices")["result"]["choices"].take();
    assert_eq!(choices["dispositions"], json!(["resolved", "referred elsewhere"]));
    let own = json!({"permits": ["licence issued"], "letters": []});
    assert_eq!(choices["queue_dispositions"], own);
}
