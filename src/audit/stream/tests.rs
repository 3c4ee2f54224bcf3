//! A sound story, and the same with one thing wrong: the auditor names the rule and both sides.

use acd_proto::Event;
use acd_proto::snapshot::{AgentRow, ContactRow, Snapshot};
use serde_json::{Value, json};

use super::Stream;

/// A contact is offered, answered, ended and wrapped up; another one waits.
fn story() -> Vec<Value> {
    let of = |kind: &str, contact: &str, more: Value| {
        let mut event = json!({"type": kind, "contact": contact, "ext": "e", "queue": "roads"});
        event.as_object_mut().expect("an object").extend(more.as_object().expect("one").clone());
        event
    };
    let queued = json!({"channel": "voice", "prio": 5, "frontend": "pbx"});
    let ana = |more: Value| {
        let mut all = json!({"agent": "ana"});
        all.as_object_mut().expect("an object").extend(more.as_object().expect("one").clone());
        all
    };
    vec![
        json!({"type": "agent.state", "agent": "ana", "state": "ready"}),
        of("contact.queued", "c-1", queued.clone()),
        of(
            "contact.offered",
            "c-1",
            ana(json!({"offer": "o-1", "answer_by": "device",
            "deadline_ms": 20_000, "channel": "voice"})),
        ),
        of("contact.queued", "c-2", queued),
        of("contact.connected", "c-1", ana(json!({"offer": "o-1", "wait_ms": 3_000}))),
        json!({"type": "agent.state", "agent": "ana", "state": "busy"}),
        of(
            "contact.ended",
            "c-1",
            ana(json!({"cause": "hangup", "by": "caller", "talk_ms": 2_000,
            "wait_ms": 3_000})),
        ),
        of("contact.wrap_up", "c-1", ana(json!({"until": 90_000_000}))),
        of("contact.wrap_up_over", "c-1", ana(json!({"handle_ms": 3_000}))),
        of(
            "contact.offered",
            "c-2",
            ana(json!({"offer": "o-2", "answer_by": "device",
            "deadline_ms": 20_000, "channel": "voice"})),
        ),
    ]
}

/// Events a second apart.
fn told(events: &[Value]) -> Vec<Event> {
    let numbered = events.iter().zip(1_u64..).map(|(event, seq)| {
        let mut event = event.clone();
        event["seq"] = seq.into();
        event["ts"] = (seq * 1_000_000).into();
        serde_json::from_value(event).expect("an event")
    });
    numbered.collect()
}

fn heard(events: &[Event]) -> Result<Stream, String> {
    let mut stream = Stream::begin(&Snapshot::default());
    for event in events {
        stream.follow(event).map_err(|violation| violation.to_string())?;
    }
    Ok(stream)
}

#[test]
fn a_sound_story_is_sound() {
    let stream = heard(&told(&story())).expect("nothing is wrong");
    let row = ContactRow {
        contact: "c-2".into(),
        state: "offered".into(),
        agent: Some("ana".into()),
        ..ContactRow::default()
    };
    let contacts = Some(vec![row.clone()]);
    let there = Snapshot { seq: 10, contacts, ..Snapshot::default() };
    assert_eq!(stream.compare(&there), Ok(()));
    for (contacts, says) in [
        (vec![], "c-2 is not there\n  expected  it never ended"),
        (vec![ContactRow { contact: "c-1".into(), ..row.clone() }], "c-1 is offered with ana"),
        (vec![ContactRow { state: "queued".into(), ..row }], "c-2 is offered with ana"),
    ] {
        let there = Snapshot { seq: 10, contacts: Some(contacts), ..Snapshot::default() };
        let violation = stream.compare(&there).expect_err("something is gone").to_string();
        assert!(violation.contains("conservation") && violation.contains(says), "{violation}");
    }
}

#[test]
fn each_planted_violation_is_found_with_both_sides() {
    let story = story();
    let with = |at: usize, event: &Value| {
        let mut events = story.clone();
        events.insert(at, event.clone());
        told(&events)
    };
    let changed = |at: usize, key: &str, value: Value| {
        let mut events = story.clone();
        events[at][key] = value;
        told(&events)
    };
    let without = |at: usize| {
        let mut events = story.clone();
        events.remove(at);
        told(&events)
    };
    let mut gap = told(&story);
    gap.remove(4);
    let mut earlier = told(&story);
    earlier[4].ts = 3_000_000;
    for (events, rule, found, expected) in [
        (gap, "sequence", "event 6 comes after event 4", "event 5"),
        (earlier, "sequence", "its time is 3000000 µs", "not before 4000000 µs"),
        (with(3, &story[1]), "conservation", "c-1 enters after c-1", "never given"),
        (with(7, &story[6]), "conservation", "contact.ended of c-1", "nothing after its end"),
        (with(3, &story[2]), "single offer", "c-1 is offered to ana", "while ana is offered c-1"),
        (with(4, &story[9]), "single offer", "c-2 is offered to ana", "while ana is offered c-1"),
        (with(6, &story[9]), "order", "c-2 is offered to ana", "ana holds c-1"),
        (with(8, &story[9]), "order", "c-2 is offered to ana", "ana holds c-1"),
        (changed(0, "state", "not_ready".into()), "order", "offered to ana", "ana is not ready"),
        (changed(4, "agent", "bo".into()), "single offer", "\"bo\"", "c-1 is offered with ana"),
        (changed(4, "wait_ms", 1_000.into()), "age", "has waited 1000 ms", "3000 ms"),
        (without(4), "single offer", "contact.ended", "c-1 is offered with ana"),
        (without(1), "conservation", "contact.offered of c-1", "nothing after its end, or before"),
        (changed(8, "agent", "bo".into()), "conservation", "bo wraps up c-1", "ana does"),
    ] {
        let violation = heard(&events).err().unwrap_or_else(|| panic!("{rule}: {found}: not seen"));
        let sides: Vec<_> = violation.lines().collect();
        assert!(sides[0].contains(rule), "{rule}, {found}: {violation}");
        assert!(sides[1].contains(found) && sides[2].contains(expected), "{violation}");
    }
}

#[test]
fn what_a_snapshot_holds_is_known() {
    let held = acd_proto::snapshot::HeldRow {
        contact: "c-9".into(),
        channel: "voice".into(),
        state: "wrap_up".into(),
        since: 1,
    };
    let row = |agent: &str, state: &str| AgentRow {
        agent: agent.into(),
        state: state.into(),
        ..AgentRow::default()
    };
    let ana = AgentRow { held: vec![held], ..row("ana", "busy") };
    let waits =
        ContactRow { contact: "c-a".into(), state: "queued".into(), ..ContactRow::default() };
    let snapshot = Snapshot {
        seq: 7,
        contacts: Some(vec![waits]),
        agents: Some(vec![ana, row("bo", "signed_out")]),
        ..Snapshot::default()
    };
    for (agent, expected) in [("ana", "ana holds c-9"), ("bo", "bo is not ready")] {
        let offered = json!({"seq": 8, "ts": 2, "type": "contact.offered", "contact": "c-a",
            "ext": "e", "queue": "roads", "offer": "o-1", "agent": agent, "answer_by": "device",
            "deadline_ms": 1, "channel": "voice"});
        let offered: Event = serde_json::from_value(offered).expect("an event");
        let mut stream = Stream::begin(&snapshot);
        let violation = stream.follow(&offered).expect_err("it may not be").to_string();
        assert!(violation.contains(expected), "{violation}");
    }
}
