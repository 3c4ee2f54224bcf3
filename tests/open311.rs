//! An update on a previous request: a city's system that answers, is slow, is down, and lies; and a
//! server whose routing never waits for it.

mod support;

use std::net::TcpListener;

use serde_json::{Value, json};
use support::open311::City;
use support::{Scratch, Server, Talk};

/// A server that asks there, and its front end and supervisor.
fn server(name: &str, endpoint: &str, timeout: &str) -> (Server, Talk, Talk) {
    let scratch = Scratch::new(name);
    let file = scratch.join("city.toml");
    let config = format!(
        r#"
[city]
name = "Test"
time_zone = "UTC"
[open311]
endpoint = "http://{endpoint}/v2/"
jurisdiction = "city.example"
timeout = "{timeout}"
[open311.agencies]
"Water Department" = "water"
[[queues]]
name = "general"
[[queues]]
name = "water"
[[agents]]
id = "ana"
"#
    );
    std::fs::write(&file, config).expect("a file for the test");
    let file = file.display().to_string();
    let server = Server::start_in(scratch, &["--config", &file]);
    let pbx = server.hello("frontend", "pbx");
    let mut sue = server.hello("supervisor", "sue");
    sue.ask("subscribe", json!({"topics": ["*"]}));
    (server, pbx, sue)
}

fn contact(talk: &mut Talk, ext: &str, reference: &str) -> Value {
    let params = json!({
        "ext": ext, "channel": "voice", "queue": "general", "reference": reference,
    });
    talk.ask("contact.new", params)
}

/// What is known of a contact, once something of its request is.
fn known(talk: &mut Talk, contact: &Value) -> Value {
    loop {
        let mut updated = talk.event("contact.updated");
        if updated["contact"] == contact["contact"] {
            return updated["attrs"].take();
        }
    }
}

#[test]
fn the_status_is_put_beside_the_contact_and_its_department_gets_it() {
    let city = City::default();
    let (_server, mut pbx, mut sue) = server("open311", &city.open(), "20s");
    let came = contact(&mut pbx, "1", "SR-77");
    assert_eq!((&came["state"], &came["pos"]), (&json!("queued"), &json!(1)));
    let attrs = known(&mut sue, &came);
    assert_eq!(attrs["request.status"], "open");
    assert_eq!(attrs["request.note"], "Crew sent.");
    assert_eq!(attrs["request.agency"], "Water Department");
    let moved = sue.event("contact.moved");
    assert_eq!((&moved["queue"], &moved["from_queue"]), (&json!("water"), &json!("general")));
    let audit = sue.event("audit");
    assert_eq!(audit["who"], "open311");
    assert_eq!(audit["reason"], "its request is with Water Department");
    assert_eq!(city.asked(), ["/v2/requests/SR-77.json?jurisdiction_id=city.example"]);
    // Who is spoken with already stays there, and an answer is kept for a minute.
    pbx.ask("agent.login", json!({"agent": "ana", "device": "PJSIP/1"}));
    pbx.ask("contact.abandon", json!({"contact": came["contact"]}));
    pbx.ask("agent.state", json!({"agent": "ana", "state": "ready"}));
    let offered = contact(&mut pbx, "2", "SR-77");
    assert_eq!(offered["state"], "offered");
    assert_eq!(known(&mut sue, &offered)["request.status"], "open");
    let rows = sue.ask("snapshot", json!({"of": ["contacts"]}));
    let row = &rows["contacts"][0];
    assert_eq!((&row["queue"], &row["reference"]), (&json!("general"), &json!("SR-77")));
    assert_eq!(row["attrs"]["request.service"], "Sidewalk and Curb Issues");
    assert_eq!(city.asked().len(), 1);
    // An agency without a queue here moves nobody.
    let far = contact(&mut pbx, "3", "FAR");
    assert_eq!(known(&mut sue, &far)["request.agency"], "Elsewhere");
    let place = pbx.ask("contact.get", json!({"contact": far["contact"]}));
    assert_eq!(place["state"], "queued");
}

#[test]
fn a_slow_city_holds_nobody_up() {
    let city = City::default();
    let (_server, mut pbx, mut sue) = server("open311-slow", &city.open(), "1h");
    pbx.ask("agent.login", json!({"agent": "ana", "device": "PJSIP/1"}));
    pbx.ask("agent.state", json!({"agent": "ana", "state": "ready"}));
    let slow = contact(&mut pbx, "1", "SLOW");
    assert_eq!((&slow["state"], &slow["agent"]), (&json!("offered"), &json!("ana")));
    pbx.ask("offer.answered", json!({"offer": slow["offer"]}));
    pbx.ask("contact.end", json!({"contact": slow["contact"]}));
    loop {
        let event = sue.json().expect("an event");
        assert_ne!(event["params"]["type"], "contact.updated", "nothing is known yet");
        if event["params"]["type"] == "contact.ended" {
            break;
        }
    }
}

#[test]
fn what_is_not_known_is_said() {
    let city = City::default();
    let (_server, mut pbx, mut sue) = server("open311-unknown", &city.open(), "300ms");
    let slow = contact(&mut pbx, "1", "SLOW");
    assert_eq!(known(&mut sue, &slow)["request.status"], "unreachable");
    let odd = contact(&mut pbx, "2", "../../etc");
    assert_eq!(known(&mut sue, &odd), json!({"request.status": "unknown"}));
    assert!(city.asked().iter().all(|path| path.starts_with("/v2/requests/SLOW")));
}

#[test]
fn a_city_that_lies_is_not_believed() {
    let city = City::default();
    let (_server, mut pbx, mut sue) = server("open311-lies", &city.open(), "20s");
    let gone = contact(&mut pbx, "0", "GONE");
    assert_eq!(known(&mut sue, &gone), json!({"request.status": "unknown"}));
    let evil = contact(&mut pbx, "1", "EVIL");
    let attrs = known(&mut sue, &evil);
    assert_eq!(attrs["request.note"], "]0;owned <b> x", "no control characters");
    for (n, reference) in ["HTML", "OTHER", "HUGE", "MOVED"].into_iter().enumerate() {
        let lied = contact(&mut pbx, &format!("l{n}"), reference);
        let attrs = known(&mut sue, &lied);
        assert_eq!(attrs, json!({"request.status": "unreachable"}), "{reference}");
        let place = pbx.ask("contact.get", json!({"contact": lied["contact"]}));
        assert_eq!(place["state"], "queued", "{reference}");
    }
}

#[test]
fn a_city_that_is_down_costs_a_word_only() {
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = nobody.local_addr().expect("it is bound").to_string();
    drop(nobody);
    let (_server, mut pbx, mut sue) = server("open311-down", &address, "20s");
    for n in 0..20 {
        let came = contact(&mut pbx, &format!("{n}"), &format!("SR-{n}"));
        assert_eq!(came["state"], "queued");
        assert_eq!(known(&mut sue, &came), json!({"request.status": "unreachable"}));
    }
}
