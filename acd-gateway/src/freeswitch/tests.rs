//! Transcripts, mapped as they were, and in any disorder.

use proptest::prelude::*;

use super::config::Config;
use super::lines::FreeSwitch;
use super::wire::{Channel, Said, Told};
use crate::Id;
use crate::calls::disorder::{self, Played};
use crate::ids;

/// Recorded by `acd gateway freeswitch --record` in front of a scripted peer, which says what a
/// FreeSWITCH 1.11 was seen to say.
const GOLDEN: [(&str, &str); 1] = [("ways", include_str!("golden/ways.txt"))];

impl Played for FreeSwitch {
    fn made() -> Self {
        let config = Config::read("esl = { password = \"ClueCon\" }").unwrap();
        Self::new(config.settings())
    }

    fn comes(said: &Said) -> Option<Id> {
        match said {
            Said::Park(channel) if ids::parse(&channel.uuid).is_none() => {
                Some(channel.uuid.clone())
            }
            _ => None,
        }
    }

    fn lists(said: &Said) -> bool {
        matches!(said, Said::Channels(_) | Said::Dump(_) | Said::Listed | Said::Reply { .. })
    }

    fn ends(said: &Said, ext: &str) -> bool {
        let leg_of = |uuid: &str| ids::parse(uuid).is_some_and(|leg| *leg.ext == *ext);
        matches!(said, Said::Hangup { uuid, .. } if **uuid == *ext || leg_of(uuid))
    }

    fn talks(said: &Said) -> Option<Id> {
        match said {
            Said::Answer(uuid) => ids::parse(uuid).map(|leg| leg.ext),
            _ => None,
        }
    }

    fn dials(told: &Told) -> Option<String> {
        match told {
            Told::Originate { leg, .. } => Some(leg.to_string()),
            _ => None,
        }
    }

    fn there(callers: &[Said], _: &[Said], told: &[Told]) -> Vec<Said> {
        let joined = |channel: &Channel| {
            let begin = format!("uuid_bridge {} ", channel.uuid);
            told.iter().rev().find_map(|told| match told {
                Told::Api(line) => line.strip_prefix(&begin).map(Id::from),
                _ => None,
            })
        };
        let channels: Vec<Channel> = callers
            .iter()
            .filter_map(|said| match said {
                Said::Park(channel) => Some(channel.clone()),
                _ => None,
            })
            .collect();
        let legs = channels.iter().filter_map(|channel| {
            let (uuid, bridged) = (joined(channel)?, Some(channel.uuid.clone()));
            Some(Channel { uuid, bridged, answered: true, ..Channel::default() })
        });
        let all: Vec<Channel> = channels.iter().cloned().chain(legs).collect();
        let uuids = all.iter().map(|channel| channel.uuid.clone()).collect();
        let dumps = all.into_iter().map(|channel| Said::Dump(Some(channel)));
        [Said::Channels(uuids)].into_iter().chain(dumps).chain([Said::Listed]).collect()
    }
}

#[test]
fn every_golden_transcript_is_mapped_as_it_was() {
    for (name, golden) in GOLDEN {
        disorder::mapped_as_it_was::<FreeSwitch>(name, golden);
    }
}

proptest! {
    #[test]
    fn no_contact_is_lost_or_doubled(
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..160),
        shuffled in any::<bool>(),
        stays in any::<bool>(),
    ) {
        let golden = GOLDEN.map(|(_, golden)| golden);
        disorder::plays_any::<FreeSwitch>(&golden, &places, shuffled, stays)?;
    }
}
