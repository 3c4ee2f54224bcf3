//! Recorded transcripts are mapped as they were.

use super::{Announce, Settings, Translator, transcript};

/// Recorded by `acd gateway asterisk --record` in front of a real Asterisk.
pub(super) const GOLDEN: [(&str, &str); 1] = [("answered", include_str!("../golden/answered.txt"))];

pub(super) fn settings() -> Settings {
    Settings {
        app: "acd".into(),
        music: "default".into(),
        routes: Vec::new(),
        exit_keys: "#".into(),
        outside: None,
        callback: None,
        listen: "PJSIP/{who}".into(),
        announce: Some(Announce { first_s: 2, every_s: 4, ..Announce::default() }),
    }
}

#[test]
fn every_golden_transcript_is_mapped_as_it_was() {
    for (name, golden) in GOLDEN {
        let mut translator = Translator::new(settings());
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
