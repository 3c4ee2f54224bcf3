//! Transcripts that are cut off, reordered and doubled: no contact is lost and none is doubled.
//!
//! The requests go to a small server, which refuses as the real one does; at the end both sides
//! are looked at, as after any lost connection.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use acd_proto::reply::ContactResult;
use acd_proto::snapshot::ContactRow;
use acd_proto::{ContactRef, ErrorBody, Kind, Request};
use proptest::prelude::*;

use super::tests::{GOLDEN, settings};
use super::{About, Answer, First, Id, Input, Output, Translator, transcript};
use crate::asterisk::ari::{Channel, Command, Event};
use crate::ids;

/// A time after every transcript's.
const END: u64 = 2_000_000_000_000_000;

/// What the server would have.
#[derive(Default)]
struct Server {
    /// What the transcripts call the contact with which each `ext` comes.
    names: BTreeMap<String, String>,
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
                *self.entered.entry(new.ext.clone()).or_default() += 1;
                let contact = self.names.get(&new.ext).cloned().unwrap_or_else(|| new.ext.clone());
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
            Request::ContactTransfer(wish) if wish.to.outside.is_some() => self.end(&wish.contact),
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
    /// Hung up, or back in the dialplan.
    let_go: BTreeSet<String>,
}

impl World {
    fn new(first: First) -> Self {
        let translator = Translator::new(settings(first));
        let mut names = BTreeMap::new();
        for of in TOLD.iter().flatten().filter_map(|(_, input)| match input {
            Input::Acd(event) => event.body.contact(),
            _ => None,
        }) {
            names.entry(of.ext.to_string()).or_insert_with(|| of.contact.to_string());
        }
        let server = Server { names, ..Server::default() };
        let (bridged, let_go) = (BTreeSet::new(), BTreeSet::new());
        let mut world = Self { translator, server, dialled: BTreeMap::new(), bridged, let_go };
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
                Output::Ari {
                    command: Command::Hangup { channel } | Command::Continue { channel, .. },
                    ..
                } => {
                    self.let_go.insert(channel);
                }
                Output::Ari { .. } => {}
            }
        }
    }

    /// The legs that ring or are up, of these callers.
    fn legs(&self, callers: &BTreeMap<Id, Channel>, chosen: &[(u64, Input)]) -> Vec<Channel> {
        let answered = |leg: &str| {
            chosen.iter().find_map(|(_, input)| match input {
                Input::Ari(Event::StasisStart { channel, .. }) if channel.id == leg => {
                    Some(channel.clone())
                }
                _ => None,
            })
        };
        let of_theirs = |leg: &&String| {
            ids::parse(leg).is_some_and(|leg| callers.contains_key(&leg.ext))
                && !self.let_go.contains(*leg)
        };
        let legs = self.dialled.keys().filter(of_theirs);
        legs.map(|leg| {
            answered(leg).unwrap_or_else(|| Channel { id: leg.clone(), ..Channel::default() })
        })
        .collect()
    }
}

/// What Asterisk and the server tell in each transcript; answers come from the small server.
static TOLD: LazyLock<Vec<Vec<(u64, Input)>>> = LazyLock::new(|| {
    let told = |golden| {
        let inputs = of_one_server(golden).filter_map(|line| transcript::read(&line));
        inputs
            .filter(|(_, input)| matches!(input, Input::Ari(_) | Input::Acd(_) | Input::Tick))
            .collect()
    };
    GOLDEN.iter().map(|(_, golden, _)| told(golden)).collect()
});

/// A beginning of what was told, of which some is left out, told twice, or told later.
fn disordered(told: &[(u64, Input)], fates: &[u8]) -> Vec<(u64, Input)> {
    let (mut chosen, mut later) = (Vec::new(), Vec::new());
    for (word, fate) in told.iter().zip(fates) {
        match fate {
            0 => {}
            1 => chosen.extend([word.clone(), word.clone()]),
            2 => later.push(word.clone()),
            3 => {
                chosen.push(word.clone());
                chosen.append(&mut later);
            }
            _ => chosen.push(word.clone()),
        }
    }
    chosen
}

/// The lines of a transcript as if all were of one sequence of events, `e`: every one has its own,
/// and a contact `c-1` in it.
fn of_one_server(golden: &str) -> impl Iterator<Item = String> {
    let member = |line: &str, name: &str| {
        let rest = line.split_once(&format!("\"{name}\":\""))?.1;
        rest.split('"').next().map(str::to_owned)
    };
    let epoch = golden.lines().find_map(|line| member(line, "epoch")).expect("it has a server");
    golden.lines().map(move |line| {
        let line = line.replace(&epoch, "e");
        match member(&line, "ext") {
            Some(ext) => line.replace("\"c-", &format!("\"c-{ext}-")),
            None => line,
        }
    })
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
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn no_contact_is_lost_or_doubled(
        which in any::<prop::sample::Index>(),
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..200),
        fates in prop::collection::vec(0_u8..20, 0..200),
        shuffled in any::<bool>(),
        stays in any::<bool>(),
        agent_first in any::<bool>(),
    ) {
        let told = which.get(&TOLD);
        let first = if agent_first { First::Agent } else { First::Caller };
        let mut world = World::new(first);
        // Any choice of what was told, in any order, some of it twice; or a beginning almost in
        // order.
        let chosen: Vec<_> = if shuffled {
            places.iter().map(|place| place.get(told).clone()).collect()
        } else {
            disordered(told, &fates)
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
        // Whoever is off the line is so for the server too, unless that has said it.
        let told_so = |ext: &Id, contact: &str| chosen.iter().any(|(_, input)| match input {
            Input::Acd(event) => {
                let goes_on = |of: &ContactRef| of.ext == *ext && *of.contact != *contact;
                ends(input, ext) || event.body.contact().is_some_and(goes_on)
            }
            _ => false,
        });
        for (ext, row) in &world.server.live {
            let ext = Id::from(ext.as_str());
            let known = world.translator.calls.contains_key(&ext) || row.channel == "callback";
            prop_assert!(known || told_so(&ext, &row.contact), "{ext} is left with the server");
        }
        // Asterisk's truth at the end: every caller of whom no end was told is still there, or
        // nobody is.
        let over = |ext: &Id| chosen.iter().any(|(_, input)| ends(input, ext));
        let there: BTreeMap<Id, Channel> =
            callers(told).into_iter().filter(|(ext, _)| stays && !over(ext)).collect();
        world.take(END, &Input::ServerLost);
        let promised = world.server.live.clone().into_iter().filter(|(_, row)| row.channel == "callback");
        let promised: Vec<_> = promised.collect();
        let mut channels: Vec<_> = there.values().cloned().collect();
        channels.extend(world.legs(&there, &chosen));
        world.take(END, &Input::AriState { channels, bridges: Vec::new() });
        let state = world.server.state("e2");
        world.take(END, &state);
        let live: BTreeSet<&str> = world.server.live.iter().filter(|(_, row)| row.channel != "callback").map(|(ext, _)| ext.as_str()).collect();
        let expected: BTreeSet<&str> = there.keys().map(|ext| &**ext).collect();
        let talking: BTreeSet<&str> = world.bridged.iter().map(String::as_str).collect();
        for ext in &expected {
            prop_assert!(!world.let_go.contains(*ext), "{ext} is let go of");
        }
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
