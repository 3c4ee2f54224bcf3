//! The bytes of every message. A change here is a change of the protocol.

use std::fmt::Debug;

use acd_proto::reply::{
    AgentResult, ContactResult, Done, Greeting, HelloResult, KeptContact, Pong, Reconciled,
    Reloaded, Subscribed, Supervised, TransferResult,
};
use acd_proto::snapshot::{
    AgentRow, ContactRow, Counts, EngineRow, HeldRow, Quantiles, QueueRow, Snapshot,
};
use acd_proto::{
    ErrorBody, Event, EventBody, Frame, Id, Incoming, Kind, Method, decode, encode, incoming,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

const REQUESTS: &str = include_str!("golden/requests.jsonl");
const EVENTS: &str = include_str!("golden/events.jsonl");

fn text(out: Vec<u8>) -> String {
    String::from_utf8(out).expect("messages are UTF-8")
}

#[test]
fn every_request_is_read_and_written_as_it_stands() {
    let mut seen = Vec::new();
    for line in REQUESTS.lines() {
        let call = decode(Frame::Json(line.as_bytes())).expect(line);
        let method = call.request.method();
        let mut id = Vec::new();
        call.id.write(&mut id);
        let id = text(id).parse().expect("a number");
        let mut out = Vec::new();
        encode::request(&mut out, id, method.name(), &call.request, call.idem.as_deref());
        assert_eq!(text(out), format!("{line}\n"));
        seen.push(method);
    }
    seen.dedup();
    seen.sort_unstable();
    let mut all = Method::ALL.to_vec();
    all.sort_unstable();
    assert_eq!(seen, all, "every method has its line");
}

#[test]
fn every_event_is_read_and_written_as_it_stands() {
    let mut seen = Vec::new();
    for line in EVENTS.lines() {
        let Ok(Incoming::Event(event)) = incoming::read(line.as_bytes()) else {
            panic!("an event: {line}")
        };
        let mut out = Vec::new();
        encode::event(&mut out, &event);
        assert_eq!(text(out), format!("{line}\n"));
        assert!(event.body.kind().starts_with("contact.") <= event.body.contact().is_some());
        seen.push(event.body.kind());
    }
    seen.dedup();
    assert_eq!(seen, EventBody::TYPES, "every type has its line");
}

#[test]
fn an_event_of_the_future_is_unknown_and_nothing_more() {
    let line = br#"{"method":"event","params":{"seq":7,"ts":2,"type":"contact.sang","song":"la"}}"#;
    let Ok(Incoming::Event(event)) = incoming::read(line) else { panic!("an event") };
    assert_eq!(*event, Event { seq: 7, ts: 2, body: EventBody::Unknown });
}

/// The result written under id 1 gives exactly this text, and the text gives the result again.
fn result<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, expected: &str) {
    let mut out = Vec::new();
    encode::reply(&mut out, &Id::number(1), value, false);
    let out = text(out);
    assert_eq!(out, format!("{{\"id\":1,\"result\":{expected}}}\n"));
    let Ok(Incoming::Reply { id: Some(1), result: Ok(raw), replayed: false }) =
        incoming::read(out.as_bytes())
    else {
        panic!("a reply: {out}")
    };
    assert_eq!(&serde_json::from_str::<T>(raw.get()).expect("the same shape"), value);
}

#[test]
fn results_of_a_connection() {
    let hello = HelloResult {
        session: "s-7f".into(),
        epoch: "01940f5e".into(),
        seq: 88_100,
        now: 5,
        durable: "none".into(),
        role: "frontend".into(),
        name: "asterisk-1".into(),
        city: "Riverton".into(),
        time_zone: "America/Chicago".into(),
        speed: 1,
        resumed: None,
        gap: None,
    };
    let common = r#"{"session":"s-7f","epoch":"01940f5e","seq":88100,"now":5,"durable":"none","role":"frontend","name":"asterisk-1","city":"Riverton","time_zone":"America/Chicago","speed":1"#;
    result(&hello, &format!("{common}}}"));
    let resumed = HelloResult { resumed: Some(22), gap: Some(false), ..hello };
    result(&resumed, &format!(r#"{common},"resumed":22,"gap":false}}"#));
    result(&Pong { now: 5 }, r#"{"now":5}"#);
    result(&Done { ok: true }, r#"{"ok":true}"#);
    result(
        &Subscribed { sub: "u1".into(), from: 88_101, replayed: 22, gap: false },
        r#"{"sub":"u1","from":88101,"replayed":22,"gap":false}"#,
    );
    result(
        &Reloaded { queues: 8, agents: 42, at_restart: vec!["listen".into()] },
        r#"{"queues":8,"agents":42,"at_restart":["listen"]}"#,
    );
}

#[test]
fn results_about_contacts_and_agents() {
    let waiting = ContactResult {
        contact: "c-9a02".into(),
        state: "queued".into(),
        pos: Some(5),
        ewt_ms: Some(41_000),
        ..ContactResult::default()
    };
    let waits = r#"{"contact":"c-9a02","state":"queued","pos":5,"ewt_ms":41000}"#;
    result(&waiting, waits);
    result(
        &ContactResult {
            contact: "c-9a02".into(),
            state: "offered".into(),
            offer: Some("o-771".into()),
            agent: Some("4471".into()),
            wait_ms: Some(0),
            ..ContactResult::default()
        },
        r#"{"contact":"c-9a02","state":"offered","ewt_ms":null,"offer":"o-771","agent":"4471","wait_ms":0}"#,
    );
    result(&TransferResult { next: None, hops: 1 }, r#"{"hops":1}"#);
    result(
        &TransferResult { next: Some(waiting), hops: 2 },
        &format!(r#"{{"next":{waits},"hops":2}}"#),
    );
    result(
        &AgentResult {
            agent: "4471".into(),
            state: "busy".into(),
            reason: None,
            pending: Some("not_ready".into()),
        },
        r#"{"agent":"4471","state":"busy","pending":"not_ready"}"#,
    );
    result(
        &Reconciled {
            kept: vec![KeptContact {
                ext: "1.2".into(),
                contact: "c-1".into(),
                state: "queued".into(),
            }],
            ended: vec!["1.3".into()],
            unknown: vec!["1.4".into()],
        },
        r#"{"kept":[{"ext":"1.2","contact":"c-1","state":"queued"}],"ended":["1.3"],"unknown":["1.4"]}"#,
    );
    result(
        &Supervised {
            act: "force_state".into(),
            audit: 7,
            state: Some("busy".into()),
            pending: Some("not_ready".into()),
        },
        r#"{"act":"force_state","audit":7,"state":"busy","pending":"not_ready"}"#,
    );
}

#[test]
fn a_snapshot_has_a_row_for_each_thing() {
    let skills = [("water".to_owned(), 3)].into();
    let counts = Counts { entered: 9, offered: 8, answered: 7, ..Counts::default() };
    let counted = r#"{"entered":9,"offered":8,"answered":7,"answered_in_threshold":0,"abandoned":0,"flow_out":0,"asa_ms":null,"service_level":null}"#;
    let queue = QueueRow {
        queue: "water".into(),
        open: true,
        waiting: 7,
        longest_ms: Some(134_000),
        threshold_ms: 20_000,
        target: 80.0,
        interval: counts,
        today: counts,
        depth: vec![3, 7],
        ..QueueRow::default()
    };
    let held =
        HeldRow { contact: "c-1".into(), channel: "chat".into(), state: "parked".into(), since: 4 };
    let agent = AgentRow {
        agent: "4471".into(),
        name: "Ana".into(),
        state: "busy".into(),
        skills,
        held: vec![held],
        since: 3,
        ..AgentRow::default()
    };
    let contact = ContactRow {
        contact: "c-1".into(),
        ext: "1.2".into(),
        frontend: "asterisk-1".into(),
        channel: "voice".into(),
        queue: "water".into(),
        state: "queued".into(),
        prio: 5,
        wait_ms: 100,
        ..ContactRow::default()
    };
    let engine = EngineRow {
        server: "acd/0.1.0".into(),
        decision_ns: Quantiles { p50: 900, p99: 2000, p999: 3000, max: 4000, count: 5 },
        ..EngineRow::default()
    };
    let snapshot = Snapshot {
        epoch: "e1".into(),
        seq: 9,
        now: 5,
        queues: Some(vec![queue]),
        agents: Some(vec![agent]),
        contacts: Some(vec![contact]),
        engine: Some(engine),
        decisions: None,
        choices: None,
    };
    result(
        &snapshot,
        &[
            r#"{"epoch":"e1","seq":9,"now":5,"queues":[{"queue":"water","open":true,"waiting":7,"longest_ms":134000,"ewt_ms":null,"ready":0,"busy":0,"wrap_up":0,"not_ready":0,"threshold_ms":20000,"target":80.0,"interval":"#,
            counted,
            r#","today":"#,
            counted,
            r#","depth":[3,7]}],"agents":[{"agent":"4471","name":"Ana","state":"busy","skills":{"water":3},"capacity":{},"held":[{"contact":"c-1","channel":"chat","state":"parked","since":4}],"since":3,"connected":0,"occupancy":null}],"contacts":[{"contact":"c-1","ext":"1.2","frontend":"asterisk-1","channel":"voice","queue":"water","state":"queued","prio":5,"wait_ms":100,"step":0}],"engine":{"server":"acd/0.1.0","uptime_ms":0,"decision_ns":{"p50":900,"p99":2000,"p999":3000,"max":4000,"count":5},"request_to_event_us":{"p50":0,"p99":0,"p999":0,"max":0,"count":0},"commands":0,"rejections":0,"events":0,"connections":{},"slow":0,"rss":0}}"#,
        ]
        .concat(),
    );
}

#[test]
fn errors_carry_what_a_program_needs() {
    let mut out = Vec::new();
    encode::error(&mut out, &Id::number(9), &ErrorBody::new(Kind::OfferOver, "offer is over"));
    let full = ErrorBody::new(Kind::UnknownQueue, "no queue has this name")
        .field("queue")
        .got("raods")
        .expected("a queue of the configuration")
        .near(Some("roads".into()));
    encode::error(&mut out, &Id::NULL, &full);
    let out = text(out);
    let mut lines = out.lines();
    assert_eq!(
        lines.next(),
        Some(
            r#"{"id":9,"error":{"code":-32010,"message":"offer is over","data":{"kind":"offer_over","retry":false}}}"#
        )
    );
    let second = lines.next().expect("a second error");
    assert_eq!(
        second,
        r#"{"id":null,"error":{"code":-32020,"message":"no queue has this name","data":{"kind":"unknown_queue","field":"queue","got":"raods","expected":"a queue of the configuration","near":"roads","retry":false}}}"#
    );
    let Ok(Incoming::Reply { id: None, result: Err(read), .. }) = incoming::read(second.as_bytes())
    else {
        panic!("an error")
    };
    assert_eq!(read, full);
    assert_eq!(lines.next(), None);
}

#[test]
fn a_kind_has_one_name_and_its_code() {
    for &kind in Kind::ALL {
        let name = serde_json::to_string(&kind).expect("a string");
        assert_eq!(name, format!("\"{}\"", kind.name()));
        assert_eq!(serde_json::from_str::<Kind>(&name).expect("known"), kind);
    }
    assert_eq!(serde_json::from_str::<Kind>("\"not_leader\"").expect("open"), Kind::Other);
}

#[test]
fn notices_and_replays() {
    let mut out = Vec::new();
    let greeting =
        Greeting { server: "acd/0.1.0".into(), proto: vec![1], enc: vec!["json".into()] };
    encode::notification(&mut out, "greeting", &greeting);
    encode::reply(&mut out, &Id::number(2), &Done { ok: true }, true);
    assert_eq!(
        text(out),
        "{\"method\":\"greeting\",\"params\":{\"server\":\"acd/0.1.0\",\"proto\":[1],\"enc\":[\"json\"]}}\n\
         {\"id\":2,\"result\":{\"ok\":true},\"replayed\":true}\n"
    );
}
