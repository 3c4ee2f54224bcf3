//! Recorded transcripts are mapped as they were.

use super::{Announce, Callback, First, Settings, Translator, transcript};

/// Recorded in front of a real Asterisk: `ACD_PBX_RECORD=DIR cargo test --test pbx`. With each,
/// whom it dials first when it calls back.
pub(super) const GOLDEN: [(&str, &str, First); 13] = [
    ("answered", include_str!("../golden/answered.txt"), First::Agent),
    ("ways", include_str!("../golden/ways.txt"), First::Agent),
    ("refused", include_str!("../golden/refused.txt"), First::Agent),
    ("announced", include_str!("../golden/announced.txt"), First::Agent),
    ("transferred", include_str!("../golden/transferred.txt"), First::Agent),
    ("sent_on", include_str!("../golden/sent_on.txt"), First::Agent),
    ("consulted", include_str!("../golden/consulted.txt"), First::Agent),
    ("joined_before", include_str!("../golden/joined_before.txt"), First::Agent),
    ("requeued", include_str!("../golden/requeued.txt"), First::Agent),
    ("callback_agent_first", include_str!("../golden/callback_agent_first.txt"), First::Agent),
    ("callback_caller_first", include_str!("../golden/callback_caller_first.txt"), First::Caller),
    ("callback_failed", include_str!("../golden/callback_failed.txt"), First::Agent),
    ("listened", include_str!("../golden/listened.txt"), First::Agent),
];

/// Everything that a configuration can ask for.
pub(super) fn settings(first: First) -> Settings {
    let endpoint = "PJSIP/{number}@r1".into();
    Settings {
        app: "acd".into(),
        music: "default".into(),
        routes: Vec::new(),
        exit_keys: "#".into(),
        outside: Some("outside".into()),
        callback: Some(Callback { endpoint, first, ring_s: 30, keys: "1".into() }),
        listen: "PJSIP/{who}".into(),
        announce: Some(Announce { first_s: 1, every_s: 1, ..Announce::default() }),
    }
}

#[test]
fn whom_the_dialplan_sends_back_waits_again() {
    let mut translator = Translator::new(settings(First::Agent));
    let mut entered = 0;
    let mut take = |input: &str| {
        let (now, input) = transcript::read(&format!("1000.000000 <- {input}")).unwrap();
        let mut outputs = Vec::new();
        translator.take(now, &input, &mut outputs);
        entered += transcript::outputs(&outputs).matches("acd contact.new").count();
        entered
    };
    let start = |second: u32| {
        let time = format!("1970-01-01T00:00:{second:02}.000+0000");
        let channel = r#"{"id":"1.1","name":"PJSIP/trunk-1"}"#;
        format!(
            r#"{{"ari":{{"type":"StasisStart","args":["roads"],"channel":{channel},"timestamp":"{time}"}}}}"#
        )
    };
    take(r#"{"server_state":{"epoch":"e","seq":1,"contacts":[]}}"#);
    assert_eq!(take(&start(1)), 1);
    let done = r#"{"done":{"contact":"c-1","state":"queued","ewt_ms":null}}"#;
    take(&format!(r#"{{"answered":{{"about":{{"new":"1.1"}},"answer":{done}}}}}"#));
    take(r##"{"ari":{"type":"ChannelDtmfReceived","channel":{"id":"1.1"},"digit":"#"}}"##);
    assert_eq!(take(&start(1)), 1, "told twice");
    assert_eq!(take(&start(9)), 2, "it is back");
}

#[test]
fn whom_an_agent_sends_on_while_nobody_tells_is_not_hung_up() {
    let (_, golden, first) = GOLDEN.into_iter().find(|(name, ..)| *name == "sent_on").unwrap();
    let mut translator = Translator::new(settings(first));
    let talks = golden.lines().take_while(|line| !line.contains("Local/312@phones"));
    for (now, input) in talks.filter_map(transcript::read) {
        translator.take(now, &input, &mut Vec::new());
    }
    let caller = golden.split("\"ext\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let state = format!(
        r#"{{"ari_state":{{"channels":[{{"id":"{caller}"}},{{"id":"2.1","dialplan":{{"exten":"312"}}}}],
        "bridges":[{{"id":"acd~{caller}","channels":["2.1","{caller}"]}}]}}}}"#
    );
    let (now, state) = transcript::read(&format!("1800000000.000000 <- {state}")).unwrap();
    let mut outputs = Vec::new();
    translator.take(now, &state, &mut outputs);
    let said = transcript::outputs(&outputs);
    let went = r#"acd contact.transfer {"contact":"c-1","to":{"outside":"312"}}"#;
    assert!(
        said.contains(went) && !said.contains(&format!("DELETE channels/{caller}\n")),
        "{said}"
    );
    assert_eq!(translator.calls(), 0);
}

#[test]
fn every_golden_transcript_is_mapped_as_it_was() {
    for (name, golden, first) in GOLDEN {
        let mut translator = Translator::new(settings(first));
        let (mut mapped, mut inputs) = (String::new(), 0);
        for line in golden.lines() {
            if let Some((now, input)) = transcript::read(line) {
                let mut outputs = Vec::new();
                translator.take(now, &input, &mut outputs);
                assert_eq!(transcript::input(now, &input), line, "{name}: an input is read whole");
                mapped.extend([line, "\n", &transcript::outputs(&outputs)]);
                inputs += 1;
            }
        }
        assert!(inputs > 10, "{name} is a transcript");
        assert_eq!(mapped, golden, "{name}");
        assert_eq!(translator.calls(), 0, "{name}: all are served");
    }
}
