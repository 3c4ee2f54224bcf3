//! Recorded transcripts, mapped as they were, and in any disorder.

use proptest::prelude::*;

use super::lines::Kamailio;
use super::wire::{Said, Told, ext};
use crate::Id;
use crate::calls::disorder::{self, Played};

/// Recorded by `acd gateway kamailio --record` in front of a real Kamailio.
const GOLDEN: [(&str, &str); 1] = [("ways", include_str!("golden/ways.txt"))];

/// When the Kamailio of the transcripts started.
const BOOT: u64 = 0;

impl Played for Kamailio {
    fn made() -> Self {
        Self::new(Vec::new())
    }

    fn comes(said: &Said) -> Option<Id> {
        match said {
            Said::Call(call) => Some(call.ext()),
            _ => None,
        }
    }

    fn lists(said: &Said) -> bool {
        matches!(said, Said::Has { .. } | Said::Listed { .. } | Said::Pong)
    }

    fn ends(said: &Said, of: &str) -> bool {
        match said {
            Said::Cancelled { callid, cseq } | Said::Fallback { callid, cseq } => {
                *ext(callid, cseq) == *of
            }
            Said::Bye { callid, .. } | Said::Gone { callid, .. } => *ext(callid, "1") == *of,
            _ => false,
        }
    }

    fn talks(said: &Said) -> Option<Id> {
        match said {
            Said::Answered { callid, .. } => Some(ext(callid, "1")),
            _ => None,
        }
    }

    fn dials(told: &Told) -> Option<String> {
        match told {
            Told::Dial { callid, leg, .. } => Some(format!("{callid} {leg}")),
            _ => None,
        }
    }

    fn there(callers: &[Said], said: &[Said], _: &[Told]) -> Vec<Said> {
        let has = callers.iter().filter_map(|caller| {
            let Said::Call(call) = caller else { return None };
            let answered = said.iter().find_map(|said| match said {
                Said::Answered { callid, leg } if *callid == call.callid => Some(leg),
                _ => None,
            });
            let state = answered.map_or("held".into(), |leg| format!("answered {leg}"));
            Some(Said::Has { state, call: call.clone() })
        });
        has.chain([Said::Listed { boot: BOOT }]).collect()
    }
}

#[test]
fn every_golden_transcript_is_mapped_as_it_was() {
    for (name, golden) in GOLDEN {
        disorder::mapped_as_it_was::<Kamailio>(name, golden);
    }
}

proptest! {
    #[test]
    fn no_contact_is_lost_or_doubled(
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..160),
        shuffled in any::<bool>(),
        stays in any::<bool>(),
    ) {
        disorder::plays_any::<Kamailio>(&GOLDEN.map(|(_, golden)| golden), &places, shuffled, stays)?;
    }
}
