//! Other ways through the door: letters and forms, a WebSocket, and one request at a time.

use serde_json::{Value, json};

use crate::door::{Resident, city, city_with, hear, post, ready, socket_at, token};
use crate::support::Talk;
use crate::support::http::ask;
use crate::support::open311::City;

/// What is said to an agent next; events stay to be read.
fn said(agent: &mut Talk) -> Value {
    loop {
        let found = agent.events.iter().position(|line| line["method"] == "message");
        if let Some(line) = found.and_then(|at| agent.events.remove(at)) {
            return line["params"]["text"].clone();
        }
        let line = agent.json().expect("what was said");
        agent.events.push_back(line);
    }
}

#[test]
fn a_letter_waits_for_its_turn_and_is_answered() {
    let (server, http) = city("web-letter");
    let without = json!({"queue": "chat", "channel": "email"});
    assert_eq!(post(&http, "/v1/inquiries", &[], &without).0, 400, "a letter says something");
    for channel in ["email", "web"] {
        let letter = json!({"queue": "chat", "channel": channel, "from": "kim@example.org",
            "reference": "SR-77", "text": "The hydrant leaks."});
        let (status, made) = post(&http, "/v1/inquiries", &[], &letter);
        assert_eq!((status, &made["state"]), (201, &json!("waiting")), "{made}");
    }
    let mut ana = ready(&server, "ana");
    for channel in ["email", "web"] {
        let offered = ana.event("contact.offered");
        assert_eq!(offered["channel"], channel);
        let row = ana.ask("snapshot", json!({"of": ["contacts"]}))["contacts"][0].clone();
        assert_eq!(row["reference"], "SR-77");
        let why = json!({"asks": [{}], "strategy": "best_skill", "step": [1, 1]});
        assert_eq!(row["why"], why, "the agent is told why it comes");
        ana.ask("offer.accept", json!({"offer": offered["offer"]}));
        let said = said(&mut ana);
        assert_eq!(said, "The hydrant leaks.");
        ana.ask("contact.end", json!({"contact": offered["contact"], "cause": "completed"}));
        ana.ask("agent.wrap_done", json!({"contact": offered["contact"]}));
    }
}

#[test]
fn a_resident_and_the_agent_see_how_an_earlier_request_stands() {
    let system = City::default();
    let open311 = format!("[open311]\nendpoint = \"http://{}/v2\"\n", system.open());
    let (server, http) = city_with("web-request", &open311);
    let body = json!({"queue": "chat", "reference": "SR-77", "language": "es"});
    let resident = Resident::comes(&http, &body);
    let mut stream = resident.listens("", &[&resident.bearer]);
    let told = stream.of("request");
    for (member, says) in [
        ("reference", "SR-77"),
        ("status", "open"),
        ("service", "Sidewalk and Curb Issues"),
        ("agency", "Water Department"),
        ("note", "Crew sent."),
        ("expected", "2010-04-15T06:37:38-08:00"),
    ] {
        assert_eq!(told[member], says, "{told}");
    }
    assert_eq!(told.get("language"), None, "what else the contact carries is not theirs");
    let (_, _, shown) = ask(&http, &format!("GET {}", resident.path("")), &[&resident.bearer], "");
    assert_eq!(shown["request"]["status"], "open");
    let mut ana = ready(&server, "ana");
    let offered = ana.event("contact.offered");
    let rows = ana.ask("snapshot", json!({"of": ["contacts"]}))["contacts"].clone();
    assert_eq!(rows[0]["attrs"]["request.note"], "Crew sent.");
    // Other news of the contact is no news of the request.
    let mut sue = server.hello("supervisor", "sue");
    let update = json!({"contact": offered["contact"], "attrs": {"ward": "4"}});
    sue.ask("contact.update", update);
    assert_eq!(ana.event("contact.updated")["attrs"]["ward"], "4");
    ana.ask("offer.accept", json!({"offer": offered["offer"]}));
    let mut next = stream.next();
    while next["type"] == "place" {
        next = stream.next();
    }
    assert_eq!(next["type"], "agent_joined");
    // One that the city does not know, and one who asks for none.
    let other = Resident::comes(&http, &json!({"queue": "chat", "reference": "GONE"}));
    let told = other.listens("", &[&other.bearer]).of("request");
    assert_eq!((&told["reference"], &told["status"]), (&json!("GONE"), &json!("unknown")));
}

#[test]
fn a_conversation_over_a_socket_goes_on_where_it_broke() {
    let (server, http) = city("web-resident-socket");
    let own = format!("http://{http}");
    let resident = Resident::new(&http, "chat");
    let path = resident.path(&format!("/socket?ticket={}", resident.ticket));
    assert_eq!(socket_at(&http, &path, "https://evil.example").err(), Some(403));
    let mut socket =
        socket_at(&http, &path, &own).expect("a ticket opens it, the refused page used none");
    assert_eq!(socket_at(&http, &path, &own).err(), Some(404), "once");
    let of = |socket: &mut _, kind: &str| -> Value {
        loop {
            let heard = hear(socket);
            if heard["type"] == kind {
                return heard;
            }
        }
    };
    of(&mut socket, "place");
    let said = json!({"type": "message", "text": "My street floods.", "id": "m1"}).to_string();
    socket.send(said.clone().into()).expect("it reads");
    assert_eq!(of(&mut socket, "accepted")["message_id"], "m1");
    socket.send(said.into()).expect("it reads");
    assert_eq!(of(&mut socket, "accepted")["message_id"], "m1", "twice is once");
    socket.send(r#"{"type":"shout"}"#.into()).expect("it reads");
    assert_eq!(of(&mut socket, "refused")["error"]["kind"], "bad_request");
    let mut ana = ready(&server, "ana");
    let offered = ana.event("contact.offered");
    ana.ask("offer.accept", json!({"offer": offered["offer"]}));
    let joined = of(&mut socket, "agent_joined");
    socket.send(r#"{"type":"typing"}"#.into()).expect("it reads");
    of(&mut socket, "accepted");
    let mut lines = Vec::new();
    while lines.last() != Some(&Value::Null) {
        let line = ana.events.pop_front().or_else(|| ana.json()).expect("what the resident says");
        if line["method"] == "message" {
            lines.push(line["params"]["text"].clone());
        }
    }
    assert_eq!(lines, [json!("My street floods."), Value::Null], "once, and that they write");
    ana.ask("contact.typing", json!({"contact": offered["contact"]}));
    of(&mut socket, "typing");
    drop(socket);
    ana.ask("contact.message", json!({"contact": offered["contact"], "text": "Which one?"}));
    let (_, made) = post(&http, &resident.path("/tickets"), &[&resident.bearer], &json!({}));
    let (ticket, last) = (made["ticket"].as_str().expect("a ticket"), &joined["id"]);
    let path = resident.path(&format!("/socket?ticket={ticket}&last={last}"));
    let mut socket = socket_at(&http, &path, &own).expect("another ticket");
    assert_eq!(of(&mut socket, "message")["text"], "Which one?");
    socket.send(r#"{"type":"leave"}"#.into()).expect("it reads");
    of(&mut socket, "ended");
    ana.event("contact.ended");
}

#[test]
fn one_request_of_the_protocol_wants_a_token_and_a_role_that_watches() {
    let (server, http) = city("web-rpc");
    let body = r#"{"id":7,"method":"snapshot","params":{"of":["queues"]}}"#;
    let rpc = |query: &str, headers: &[&str], body: &str| {
        ask(&http, &format!("POST /rpc{query}"), headers, body)
    };
    assert_eq!(rpc("", &[], body).0, 401);
    assert_eq!(rpc("", &["Authorization: Bearer acd_wrong"], body).0, 403);
    let token = token(&server, "monitor", "wall");
    let shown = format!("Authorization: Bearer {token}");
    let (status, _, reply) = rpc("?name=wall", &[&shown], body);
    assert_eq!((status, &reply["id"]), (200, &json!(7)), "{reply}");
    assert_eq!(reply["result"]["queues"][0]["queue"], "chat");
    let reload = r#"{"id":8,"method":"config.reload"}"#;
    let (_, _, reply) = rpc("?name=wall", &[&shown], reload);
    assert_eq!(reply["error"]["data"]["kind"], "not_allowed", "a monitor only looks");
    assert_eq!(rpc("?role=admin&name=wall", &[&shown], body).0, 403, "a token of another role");
    assert_eq!(rpc("?role=agent&name=ana", &[&shown], body).0, 400, "an agent is there, or not");
    assert_eq!(rpc("?name=wall", &[&shown, "Origin: https://evil.example"], body).0, 403);
    assert_eq!(rpc("?name=wall", &[&shown], "[]").0, 400);
    assert_eq!(rpc("?name=wall", &[&shown], &"x".repeat(100_000)).0, 413);
}
