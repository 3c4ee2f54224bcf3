//! The same session by JSON and by `bin1`: the same replies, the same events.

mod support;

use std::fmt::Write as _;

use acd_client::{Client, Encoding, Message, Options};
use acd_proto::bin1::{self, Op};
use acd_proto::request::Place;
use acd_proto::{Address, Frame, Role, decode};
use serde_json::Value;
use support::{PATIENCE, Server};

/// What a front end says, as JSON lines would. Some is refused.
const SAID: &[&str] = &[
    r#"{"method":"ping"}"#,
    r#"{"method":"agent.login","params":{"agent":"4432","device":"PJSIP/4432"}}"#,
    r#"{"method":"agent.state","params":{"agent":"4432","state":"ready"}}"#,
    r#"{"method":"contact.new","params":{"ext":"1","channel":"voice","queue":"roads","prio":7,"from":"+1"},"idem":"k1"}"#,
    r#"{"method":"contact.new","params":{"ext":"1","channel":"voice","queue":"roads","prio":7,"from":"+1"},"idem":"k1"}"#,
    r#"{"method":"contact.new","params":{"ext":"1","channel":"voice","queue":"roads"},"idem":"k1"}"#,
    r#"{"method":"contact.new","params":{"ext":"2","channel":"voice","queue":"raods"}}"#,
    r#"{"method":"contact.new","params":{"ext":"2","channel":"voice","queue":"roads","needs":{"roads":1}}}"#,
    r#"{"method":"contact.new","params":{"ext":"3","channel":"voice","queue":"roads","reference":"SR-77"}}"#,
    r#"{"method":"offer.ringing","params":{"offer":"o-1"}}"#,
    r#"{"method":"offer.failed","params":{"offer":"o-1","cause":"busy"}}"#,
    r#"{"method":"agent.state","params":{"agent":"4432","state":"ready"}}"#,
    r#"{"method":"agent.state","params":{"agent":"4432","state":"asleep"}}"#,
    r#"{"method":"offer.answered","params":{"offer":"o-2"}}"#,
    r#"{"method":"offer.answered","params":{"offer":"o-99"}}"#,
    r#"{"method":"contact.hold","params":{"contact":"c-1"}}"#,
    r#"{"method":"contact.get","params":{"contact":"c-3"}}"#,
    r#"{"method":"contact.end","params":{"contact":"c-1","by":"caller","disposition":"resolved"}}"#,
    r#"{"method":"contact.get","params":{"contact":"c-1"}}"#,
    r#"{"method":"agent.wrap_done","params":{"agent":"4432","contact":"c-1","disposition":"request filed"}}"#,
    r#"{"method":"contact.abandon","params":{"contact":"c-2"}}"#,
    r#"{"method":"contact.end","params":{"contact":"c-2"}}"#,
    r#"{"method":"offer.accept","params":{"offer":"o-3"}}"#,
    r#"{"method":"agent.state","params":{"agent":"4432","state":"not_ready","reason":"lunch"}}"#,
    r#"{"method":"snapshot","params":{"of":["contacts"]}}"#,
    r#"{"method":"agent.logout","params":{"agent":"4432"}}"#,
];

/// What differs from run to run: times, and the id of the sequence of events.
const VARIES: &[&str] =
    &["ts", "now", "until", "wait_ms", "talk_ms", "handle_ms", "deadline_ms", "epoch", "since"];

fn levelled(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                let varies = VARIES.contains(&name.as_str());
                *member = if varies { Value::from("…") } else { levelled(member.take()) };
            }
        }
        Value::Array(members) => {
            for member in members {
                *member = levelled(member.take());
            }
        }
        _ => {}
    }
    value
}

/// Everything that is said back, one reply or event a line.
async fn session(encoding: Encoding) -> String {
    let server = Server::start(&format!("bin1-{}", encoding.name()), &[]);
    let address = Address::Unix(server.socket.clone());
    let options = Options { encoding, ..Options::new(Role::Frontend, "pbx") };
    let (client, mut events) = Client::connect(&address, &options).await.expect("connects");
    let mut heard = String::new();
    for line in SAID {
        let call = decode(Frame::Json(line.as_bytes())).expect(line);
        let reply = client.send::<Value>(&call.request, call.idem.as_deref()).await.expect("sent");
        let said = match reply.await {
            Ok(answer) => format!("{} {}", levelled(answer.result), answer.replayed),
            Err(refused) => format!("{refused:?}"),
        };
        writeln!(heard, "{said}").expect("memory");
    }
    let place = Place { epoch: client.hello().epoch.clone(), seq: client.hello().seq };
    drop(client);
    // Once more, all that was told: first as it happened, then again.
    let again = Options { resume: Some(place), ..options };
    let (client, mut told_again) = Client::connect(&address, &again).await.expect("connects");
    let count = client.hello().resumed.expect("resumed");
    let mut first = Vec::new();
    for events in [&mut events, &mut told_again] {
        for n in 0..count as usize {
            let next = tokio::time::timeout(PATIENCE, events.next()).await.expect("in time");
            let Ok(Message::Event(event)) = next else { panic!("an event: {next:?}") };
            let text = levelled(serde_json::to_value(&event).expect("JSON")).to_string();
            match first.get(n) {
                Some(known) => assert_eq!(&text, known, "told again as told"),
                None => first.push(text),
            }
        }
    }
    assert!(first.len() > 15, "{} events", first.len());
    heard + &first.join("\n")
}

#[tokio::test]
async fn a_session_is_the_same_in_either_encoding() {
    let (json, binary) = (session(Encoding::Json).await, session(Encoding::Bin1).await);
    assert_eq!(json, binary);
    for word in ["IdemMismatch", "UnknownQueue", "UnknownOffer", "NotAllowed", "contact.wrap_up"] {
        assert!(json.contains(word), "{word} occurs: {json}");
    }
}

#[test]
fn most_requests_have_a_frame_of_their_own() {
    let mut frames = Vec::new();
    for line in SAID {
        let call = decode(Frame::Json(line.as_bytes())).expect(line);
        let mut out = Vec::new();
        bin1::request(&mut out, 1, &call.request, None);
        frames.push(out[2]);
    }
    let hot = frames.iter().filter(|op| **op != Op::Json as u8).count();
    assert!(hot * 4 >= frames.len() * 3, "{hot} of {} are hot", frames.len());
}
