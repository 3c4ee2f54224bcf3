//! The residents' door of a running server: an inquiry, a conversation, a broken line, and those
//! who try what they may not.

mod attacks;
mod door;
mod letters;
#[path = "../support/mod.rs"]
mod support;

use std::time::Instant;

use door::{Resident, Stream, city, hear, most, post, ready, socket, token};
use serde_json::json;
use support::http::ask;

#[test]
fn a_conversation_with_a_broken_line_a_transfer_and_an_end() {
    let (server, http) = city("web-talk");
    let resident = Resident::new(&http, "chat");
    let mut stream = resident.listens(&format!("?ticket={}", resident.ticket), &[]);
    let place = stream.of("place");
    assert_eq!(place["position"], 1);
    assert_eq!(resident.says("My street floods 555-0177."), 202);
    assert_eq!(stream.of("message")["by"], "resident");
    let mut ana = ready(&server, "ana");
    let offered = ana.event("contact.offered");
    ana.ask("offer.accept", json!({"offer": offered["offer"]}));
    let contact = offered["contact"].clone();
    let joined = stream.of("agent_joined");
    ana.ask("contact.message", json!({"contact": contact, "text": "Which one?"}));
    let first = stream.of("message");
    assert_eq!((&first["by"], &first["text"]), (&json!("agent"), &json!("Which one?")));
    assert!(first["id"].as_u64() > joined["id"].as_u64());
    drop(stream);
    // Nobody listens while the agent speaks; the resident comes back and has missed nothing.
    for text in ["Elm Street?", "Oak Street?"] {
        ana.ask("contact.message", json!({"contact": contact, "text": text}));
    }
    let last = format!("Last-Event-ID: {}", first["id"]);
    let mut stream = resident.listens("", &[&resident.bearer, &last]);
    assert_eq!(stream.next()["text"], "Elm Street?");
    assert_eq!(stream.next()["text"], "Oak Street?");
    // Another department: the same conversation goes on, with its age.
    let mut sue = server.hello("supervisor", "sue");
    ana.ask("agent.state", json!({"state": "not_ready"}));
    ana.ask("contact.transfer", json!({"contact": contact, "to": {"queue": "permits"}}));
    assert_eq!(stream.of("waiting")["queue"], "permits");
    let rows = sue.ask("snapshot", json!({"of": ["contacts"]}))["contacts"].clone();
    assert_eq!(rows.as_array().map(Vec::len), Some(1));
    let mut bo = ready(&server, "bo");
    let offered = bo.event("contact.offered");
    bo.ask("offer.accept", json!({"offer": offered["offer"]}));
    stream.of("agent_joined");
    assert_eq!(resident.says("Oak Street."), 202);
    bo.ask("contact.end", json!({"contact": offered["contact"], "cause": "completed"}));
    assert_eq!(stream.of("ended")["cause"], "completed");
    assert_eq!(resident.says("Thanks."), 410, "it is over");
    let data = server.scratch.join("data");
    for file in std::fs::read_dir(data).expect("the log").flatten() {
        let bytes = std::fs::read(file.path()).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        for secret in ["555-0177", "Elm Street", &resident.bearer[22..], &resident.ticket] {
            assert!(!text.contains(secret), "{secret} in {}", file.path().display());
        }
    }
}

#[test]
fn a_ticket_is_for_one_use_and_a_secret_for_one_inquiry() {
    let (_server, http) = city("web-secrets");
    let (one, two) = (Resident::new(&http, "chat"), Resident::new(&http, "chat"));
    let opened = one.listens(&format!("?ticket={}", one.ticket), &[]);
    let again = |of: &Resident, query: &str, headers: &[&str]| {
        let line = format!("GET {}", of.path(&format!("/events{query}")));
        Stream::open(&http, &line, headers).err()
    };
    assert_eq!(again(&one, &format!("?ticket={}", one.ticket), &[]), Some(404), "used");
    assert_eq!(again(&one, &format!("?ticket={}", two.ticket), &[]), Some(404), "another's");
    assert_eq!(again(&two, &format!("?ticket={}", two.ticket), &[]), Some(404), "taken away");
    assert_eq!(again(&one, "", &[&two.bearer]), Some(404), "another's secret");
    assert_eq!(again(&one, "", &[]), Some(404), "none");
    let (status, made) = post(&http, &one.path("/tickets"), &[&one.bearer], &json!({}));
    assert_eq!(status, 200);
    let ticket = made["ticket"].as_str().expect("a ticket");
    drop(one.listens(&format!("?ticket={ticket}"), &[]));
    drop(opened);
    let (status, _, _) = ask(&http, &format!("DELETE {}", two.path("")), &[&one.bearer], "");
    assert_eq!(status, 404, "nobody ends another's inquiry");
    let (status, _, _) = ask(&http, &format!("DELETE {}", two.path("")), &[&two.bearer], "");
    assert_eq!(status, 204);
}

#[test]
fn who_asks_for_what_may_not_be_is_told_so() {
    let (_server, http) = city("web-refusals");
    for (body, status, kind) in [
        ("{", 400, "bad_request"),
        ("[]", 400, "bad_request"),
        (r#"{"queue":"inside"}"#, 400, "bad_request"),
        (r#"{"queue":"chat","channel":"voice"}"#, 400, "bad_request"),
        (r#"{"queue":"chat","prio":9}"#, 400, "bad_request"),
        (r#"{"queue":"chat","name":"a\u0000b"}"#, 400, "bad_request"),
        (r#"{"queue":"shut"}"#, 409, "queue_closed"),
    ] {
        let (found, _, answer) = ask(&http, "POST /v1/inquiries", &[], body);
        assert_eq!((found, answer["error"]["kind"].as_str()), (status, Some(kind)), "{body}");
    }
    let (status, ..) = ask(&http, "POST /v1/inquiries", &[], &"x".repeat(20_000));
    assert_eq!(status, 413, "a body of more than 16 KiB");
    let resident = Resident::new(&http, "chat");
    assert_eq!(resident.says(&"x".repeat(5_000)), 400);
    let (status, head, _) =
        ask(&http, "OPTIONS /v1/inquiries", &["Origin: https://www.city.example"], "");
    assert_eq!(status, 204);
    assert!(head.contains("access-control-allow-origin: https://www.city.example"), "{head}");
    let (status, head, answer) =
        ask(&http, "POST /v1/inquiries", &["Origin: https://evil.example"], r#"{"queue":"chat"}"#);
    assert_eq!((status, answer["error"]["kind"].as_str()), (403, Some("unknown_origin")));
    assert!(!head.contains("access-control-allow-origin"), "{head}");
}

#[test]
fn the_same_key_is_the_same_inquiry_and_too_many_are_too_many() {
    let (server, http) = city("web-often");
    let begun = Instant::now();
    let key = ["Idempotency-Key: k1"];
    let body = json!({"queue": "chat"});
    let (status, first) = post(&http, "/v1/inquiries", &key, &body);
    assert_eq!(status, 201);
    let (status, again) = post(&http, "/v1/inquiries", &key, &body);
    assert_eq!((status, &again["inquiry"]), (200, &first["inquiry"]));
    let (status, other) = post(&http, "/v1/inquiries", &key, &json!({"queue": "permits"}));
    assert_eq!((status, other["error"]["kind"].as_str()), (409, Some("key_mismatch")));
    // Ten times as many as may come in a minute.
    let statuses: Vec<u16> = (0..300).map(|_| post(&http, "/v1/inquiries", &[], &body).0).collect();
    let let_in = statuses.iter().filter(|status| **status == 201).count();
    assert!((29..=most(30, begun)).contains(&let_in), "{let_in} were let in");
    assert!(statuses.iter().all(|status| [201, 429].contains(status)));
    let mut sue = server.hello("supervisor", "sue");
    let rows = sue.ask("snapshot", json!({"of": ["contacts"]}))["contacts"].clone();
    assert_eq!(rows.as_array().map(Vec::len), Some(let_in + 1));
}

#[test]
fn a_resident_who_does_not_read_delays_nobody() {
    let (server, http) = city("web-slow");
    let (slow, quick) = (Resident::new(&http, "chat"), Resident::new(&http, "chat"));
    let unread = slow.listens("", &[&slow.bearer]);
    let mut stream = quick.listens("", &[&quick.bearer]);
    let mut ana = ready(&server, "ana");
    let mut contacts = Vec::new();
    for _ in 0..2 {
        let offered = ana.event("contact.offered");
        ana.ask("offer.accept", json!({"offer": offered["offer"]}));
        contacts.push(offered["contact"].clone());
    }
    stream.of("agent_joined");
    let long = "x".repeat(10_000);
    for round in 0..400 {
        ana.ask("contact.message", json!({"contact": contacts[0], "text": long}));
        if round % 100 == 0 {
            ana.ask("contact.message", json!({"contact": contacts[1], "text": "still there"}));
            assert_eq!(stream.of("message")["text"], "still there");
        }
    }
    drop(unread);
}

#[test]
fn a_browser_speaks_the_protocol_and_needs_a_token() {
    let (server, http) = city("web-socket");
    let own = format!("http://{http}");
    assert_eq!(socket(&http, "https://evil.example").err(), Some(403));
    let mut desk = socket(&http, &own).expect("a page of its own may");
    assert_eq!(hear(&mut desk)["method"], "greeting");
    // Over the Unix socket this would do; through the edge it does not.
    let hello = r#"{"id":1,"method":"hello","params":{"role":"admin"}}"#;
    desk.send(hello.into()).expect("it reads");
    assert_eq!(hear(&mut desk)["error"]["data"]["kind"], "bad_token");
    let mut desk = socket(&http, &own).expect("again");
    hear(&mut desk);
    let two = "{\"id\":1,\"method\":\"via\",\"params\":{\"address\":\"127.0.0.1\"}}\n\
               {\"id\":2,\"method\":\"hello\",\"params\":{\"role\":\"admin\"}}";
    desk.send(two.into()).expect("it reads");
    assert_eq!(hear(&mut desk)["error"]["data"]["kind"], "bad_json", "one message is one frame");
    desk.send(r#"{"id":3,"method":"via","params":{"address":"::1"}}"#.into()).expect("it reads");
    assert_eq!(hear(&mut desk)["error"]["data"]["kind"], "not_allowed");
    let token = token(&server, "agent", "ana");
    let mut desk = socket(&http, &own).expect("again");
    hear(&mut desk);
    let hello = json!({"id": 1, "method": "hello",
        "params": {"role": "agent", "name": "ana", "token": token}});
    desk.send(hello.to_string().into()).expect("it reads");
    assert_eq!(hear(&mut desk)["result"]["role"], "agent");
    desk.send(r#"{"id":2,"method":"agent.login"}"#.into()).expect("it reads");
    assert_eq!(hear(&mut desk)["result"]["state"], "not_ready");
}
