//! Transcripts that are cut off, reordered and doubled: no contact is lost and none is doubled.
//!
//! The requests go to a small server, which refuses as the real one does; at the end both sides
//! are looked at, as after any lost connection.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use acd_proto::reply::ContactResult;
use acd_proto::snapshot::ContactRow;
use acd_proto::{ErrorBody, Kind, Request};
use proptest::prelude::*;

use super::tests::{GOLDEN, settings};
use super::{About, Answer, First, Id, Input, Output, Translator, transcript};
use crate::asterisk::ari::{Channel, Command, Event};

/// A time after every transcript's.
const END: u64 = 2_000_000_000_000_000;

/// What the server would have.
#[derive(Default)]
struct Server {
    entered: BTreeMap<String, u32>,
    live: BTreeMap<String, ContactRow>,
}

impl Server {
    fn ask(&mut self, request: &Request) -> Answer {
        match request {
            Request::ContactNew(new) if self.live.contains_key(&new.ext) => {
                let mut error = ErrorBody::new(Kind::ExtInUse, "a live contact has this `ext`");
                error.data.contact = Some(self.live[&new.ext].contact.clone());
                Answer::Refused(error)
            }
            Request::ContactNew(new) => {
                let count = self.entered.entry(new.ext.clone()).or_default();
                *count += 1;
                let contact = format!("c-{}-{count}", new.ext);
                let (ext, state) = (new.ext.clone(), "queued".to_owned());
                let row = ContactRow { contact, ext, state, ..ContactRow::default() };
                self.live.insert(new.ext.clone(), row.clone());
                Answer::Done(ContactResult { contact: row.contact, ..ContactResult::default() })
            }
            Request::ContactCallback(wish) => {
                for row in self.live.values_mut().filter(|row| row.contact == wish.contact) {
                    row.channel = "callback".into();
                }
                Answer::Done(ContactResult::default())
            }
            Request::ContactAbandon(one) => self.end(&one.contact),
            Request::ContactEnd(end) => self.end(&end.contact),
            Request::Reconcile(all) => {
                let live: BTreeSet<&str> = all.live.iter().map(|live| &*live.ext).collect();
                self.live.retain(|ext, _| live.contains(&**ext));
                Answer::Done(ContactResult::default())
            }
            _ => Answer::Done(ContactResult::default()),
        }
    }

    fn end(&mut self, contact: &str) -> Answer {
        let before = self.live.len();
        self.live.retain(|_, row| row.contact != contact);
        match self.live.len() {
            after if after < before => Answer::Done(ContactResult::default()),
            _ => Answer::Refused(ErrorBody::new(Kind::ContactOver, "the contact has ended")),
        }
    }

    fn state(&self, epoch: &str) -> Input {
        let contacts = self.live.values().cloned().collect();
        Input::ServerState { epoch: epoch.into(), seq: 0, contacts }
    }
}

/// The translation between the server and what Asterisk was told.
struct World {
    translator: Translator,
    server: Server,
    dialled: BTreeMap<String, u32>,
    bridged: BTreeSet<String>,
}

impl World {
    fn new(first: First) -> Self {
        let translator = Translator::new(settings(first));
        let (dialled, bridged) = (BTreeMap::new(), BTreeSet::new());
        let mut world = Self { translator, server: Server::default(), dialled, bridged };
        world.take(0, &Input::AriState { channels: Vec::new(), bridges: Vec::new() });
        world.take(0, &world.server.state("e"));
        world
    }

    /// Takes an input and every answer that follows from it.
    fn take(&mut self, now: u64, input: &Input) {
        let mut outputs = Vec::new();
        self.translator.take(now, input, &mut outputs);
        for output in outputs {
            match output {
                Output::Ask { request, about } => {
                    let answer = self.server.ask(&request);
                    if about != About::Nothing {
                        self.take(now, &Input::Answered { about, answer });
                    }
                }
                Output::Ari { command: Command::Originate { leg, .. }, .. } => {
                    *self.dialled.entry(leg).or_default() += 1;
                }
                Output::Ari { command: Command::AddToBridge { channels, .. }, .. } => {
                    self.bridged.extend(channels);
                }
                Output::Ari { .. } => {}
            }
        }
    }
}

/// What Asterisk and the server tell in the transcripts; answers come from the small server.
static TOLD: LazyLock<Vec<(u64, Input)>> = LazyLock::new(|| {
    let lines = GOLDEN.iter().flat_map(|(_, golden, _)| golden.lines());
    lines
        .map(renamed)
        .filter_map(|line| transcript::read(&line))
        .filter(|(_, input)| matches!(input, Input::Ari(_) | Input::Acd(_) | Input::Tick))
        .collect()
});

/// A line with its contact named as the small server names it: every transcript has a `c-1`.
fn renamed(line: &str) -> String {
    let named = line.split_once("\"contact\":\"c-").and_then(|(before, rest)| {
        let (number, rest) = rest.split_once("\",\"ext\":\"")?;
        let ext = rest.split('"').next()?;
        Some(format!("{before}\"contact\":\"c-{ext}-{number}\",\"ext\":\"{rest}"))
    });
    named.unwrap_or_else(|| line.to_owned())
}

/// Every caller there was, as Asterisk tells of it first.
fn callers(told: &[(u64, Input)]) -> BTreeMap<Id, Channel> {
    let starts = told.iter().filter_map(|(_, input)| match input {
        Input::Ari(Event::StasisStart { channel, replace_channel: None, .. })
            if !channel.id.starts_with("acd~") =>
        {
            Some((Id::from(channel.id.as_str()), channel.clone()))
        }
        _ => None,
    });
    starts.collect()
}

proptest! {
    #[test]
    fn no_contact_is_lost_or_doubled(
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..400),
        shuffled in any::<bool>(),
        stays in any::<bool>(),
        agent_first in any::<bool>(),
    ) {
        let told = &*TOLD;
        let first = if agent_first { First::Agent } else { First::Caller };
        let mut world = World::new(first);
        // Any choice of what was told, in any order, some of it twice; or a beginning in order.
        let chosen: Vec<_> = if shuffled {
            places.iter().map(|place| place.get(told).clone()).collect()
        } else {
            told.iter().take(places.len()).flat_map(|told| [told.clone(), told.clone()]).collect()
        };
        for (now, input) in &chosen {
            world.take(*now, input);
            for (ext, count) in &world.server.entered {
                prop_assert!(*count <= 1, "{ext} entered {count} times");
            }
        }
        for (leg, count) in &world.dialled {
            prop_assert_eq!(*count, 1, "{} was dialled more than once", leg);
        }
        // Asterisk's truth at the end: every caller of whom no end was told is still there, or
        // nobody is.
        let over = |ext: &Id| chosen.iter().any(|(_, input)| ends(input, ext));
        let there: BTreeMap<Id, Channel> =
            callers(told).into_iter().filter(|(ext, _)| stays && !over(ext)).collect();
        world.take(END, &Input::ServerLost);
        let promised = world.server.live.clone().into_iter().filter(|(_, row)| row.channel == "callback");
        let promised: Vec<_> = promised.collect();
        let channels = there.values().cloned().collect();
        world.take(END, &Input::AriState { channels, bridges: Vec::new() });
        let state = world.server.state("e2");
        world.take(END, &state);
        let live: BTreeSet<&str> = world.server.live.iter().filter(|(_, row)| row.channel != "callback").map(|(ext, _)| ext.as_str()).collect();
        let expected: BTreeSet<&str> = there.keys().map(|ext| &**ext).collect();
        let talking: BTreeSet<&str> = world.bridged.iter().map(String::as_str).collect();
        // Whoever talks is served; the small server has ended nobody else.
        prop_assert!(live.is_subset(&expected), "{live:?} of {expected:?}");
        for ext in expected.difference(&live) {
            prop_assert!(talking.contains(ext), "{ext} is lost");
        }
        let calls = world.translator.calls.values().filter(|call| call.number.is_none());
        prop_assert_eq!(calls.count(), expected.len());
        // Whoever was promised a call is still owed it: nobody has served them but on the line.
        for (ext, _) in promised {
            prop_assert!(world.server.live.contains_key(&ext), "{ext} is forgotten");
        }
    }
}

/// Whether something tells that a caller, or its contact, is over.
fn ends(input: &Input, ext: &Id) -> bool {
    match input {
        Input::Ari(
            Event::StasisEnd { channel }
            | Event::ChannelHangupRequest { channel, .. }
            | Event::ChannelDestroyed { channel, .. },
        ) => channel.id == **ext || channel.id.starts_with(&format!("acd~{ext}~")),
        Input::Acd(event) => {
            ["contact.ended", "contact.callback", "contact.transferred"]
                .contains(&event.body.kind())
                && event.body.contact().is_some_and(|of| of.ext == *ext)
        }
        Input::Ari(Event::BridgeBlindTransfer { channel, .. }) => {
            channel.id.starts_with(&format!("acd~{ext}~"))
        }
        Input::Ari(Event::BridgeAttendedTransfer {
            transferer_first_leg: one,
            transferer_second_leg: other,
            ..
        }) => [one, other].iter().any(|leg| leg.id.starts_with(&format!("acd~{ext}~"))),
        Input::Ari(Event::StasisStart { replace_channel: Some(replaced), .. }) => {
            replaced.id == **ext
        }
        Input::Ari(Event::ChannelDtmfReceived { channel, .. }) => channel.id == **ext,
        _ => false,
    }
}
