//! Transcripts that are cut off, reordered and doubled: no contact is lost and none is doubled.
//!
//! The requests go to a small server, which refuses as the real one does; at the end both sides
//! are looked at, as after any lost connection.

use std::collections::{BTreeMap, BTreeSet};

use acd_proto::reply::ContactResult;
use acd_proto::snapshot::ContactRow;
use acd_proto::{ErrorBody, Kind, Request};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseError;

use super::{About, Answer, Exchange, Input, Output, Translator, transcript};
use crate::Id;

/// A time after every transcript's.
const END: u64 = 2_000_000_000_000_000;

/// An exchange of which there are transcripts.
pub(crate) trait Played: Exchange + Sized {
    /// One without calls.
    fn made() -> Self;
    /// The caller who comes with this word.
    fn comes(said: &Self::Said) -> Option<Id>;
    /// Whether this is part of an answer to the question who is there.
    fn lists(said: &Self::Said) -> bool;
    /// Whether with this word a caller, or its agent's leg after an answer, is gone.
    fn ends(said: &Self::Said, ext: &str) -> bool;
    /// The caller whom an agent has answered with this word.
    fn talks(said: &Self::Said) -> Option<Id>;
    /// The leg that is dialled with this word.
    fn dials(told: &Self::Told) -> Option<String>;
    /// What it says when it is asked who is there, after this was said and told.
    fn there(callers: &[Self::Said], said: &[Self::Said], told: &[Self::Told]) -> Vec<Self::Said>;
}

/// Every golden transcript is mapped as it was.
pub(crate) fn mapped_as_it_was<X: Played>(name: &str, golden: &str) {
    let mut translator = Translator::new(X::made());
    let (mut mapped, mut inputs) = (String::new(), 0);
    for line in golden.lines() {
        if let Some((now, input)) = transcript::read::<X::Said>(line) {
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

/// What the server would have.
#[derive(Default)]
struct Server {
    /// What the transcripts call the contact of each `ext`.
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

    fn state<S>(&self, epoch: &str) -> Input<S> {
        let contacts = self.live.values().cloned().collect();
        Input::ServerState { epoch: epoch.into(), seq: 0, contacts }
    }
}

/// The translation between the server and what the exchange was told.
struct World<X: Exchange> {
    translator: Translator<X>,
    server: Server,
    told: Vec<X::Told>,
}

impl<X: Played> World<X> {
    /// Takes an input and every answer that follows from it.
    fn take(&mut self, now: u64, input: &Input<X::Said>) {
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
                Output::Exchange(told) => self.told.push(told),
            }
        }
    }
}

/// Any choice of what was told in these transcripts, in any order, some of it twice, or a beginning
/// in order, each word twice: nobody is lost, entered twice or dialled twice.
pub(crate) fn plays_any<X: Played>(
    golden: &[&str],
    places: &[Index],
    shuffled: bool,
    stays: bool,
) -> Result<(), TestCaseError> {
    let lines = golden.iter().flat_map(|golden| golden.lines());
    let all: Vec<(u64, Input<X::Said>)> = lines.filter_map(transcript::read).collect();
    let is_told = |(_, input): &&(u64, Input<_>)| {
        matches!(input, Input::Exchange(said) if !X::lists(said)) || matches!(input, Input::Acd(_))
    };
    let told: Vec<_> = all.iter().filter(is_told).cloned().collect();
    let epoch = all.iter().find_map(|(_, input)| match input {
        Input::ServerState { epoch, .. } => Some(epoch.clone()),
        _ => None,
    });
    let names = all.iter().filter_map(|(_, input)| match input {
        Input::Acd(event) => {
            event.body.contact().map(|of| (of.ext.to_string(), of.contact.to_string()))
        }
        _ => None,
    });
    let server = Server { names: names.collect(), ..Server::default() };
    let translator = Translator::new(X::made());
    let mut world = World { translator, server, told: Vec::new() };
    world.take(0, &Input::Begin);
    for said in X::there(&[], &[], &[]) {
        world.take(0, &Input::Exchange(said));
    }
    world.take(0, &world.server.state(&epoch.unwrap_or_else(|| "e".into())));
    let chosen: Vec<_> = if shuffled {
        places.iter().map(|place| place.get(&told).clone()).collect()
    } else {
        told.iter().take(places.len()).flat_map(|told| [told.clone(), told.clone()]).collect()
    };
    for (now, input) in &chosen {
        world.take(*now, input);
        for (ext, count) in &world.server.entered {
            prop_assert!(*count <= 1, "{} entered {} times", ext, count);
        }
    }
    let mut legs: Vec<String> = world.told.iter().filter_map(X::dials).collect();
    let count = legs.len();
    legs.sort();
    legs.dedup();
    prop_assert_eq!(legs.len(), count, "a leg was dialled more than once");
    finish(world, &told, &chosen, stays)
}

/// The exchange's truth at the end: every caller of whom no end was told is still there, or nobody.
fn finish<X: Played>(
    mut world: World<X>,
    told: &[(u64, Input<X::Said>)],
    chosen: &[(u64, Input<X::Said>)],
    stays: bool,
) -> Result<(), TestCaseError> {
    let said: Vec<X::Said> =
        chosen.iter().filter_map(|(_, input)| of_exchange::<X>(input)).collect();
    let over = |ext: &Id| {
        let ended = chosen.iter().any(|(_, input)| match input {
            Input::Acd(event) => {
                event.body.kind() == "contact.ended"
                    && event.body.contact().is_some_and(|of| of.ext == *ext)
            }
            _ => false,
        });
        ended || said.iter().any(|said| X::ends(said, ext))
    };
    let comes = told.iter().filter_map(|(_, input)| {
        let said = of_exchange::<X>(input)?;
        Some((X::comes(&said)?, said))
    });
    let there: BTreeMap<Id, X::Said> = comes.filter(|(ext, _)| stays && !over(ext)).collect();
    let callers: Vec<X::Said> = there.values().cloned().collect();
    world.take(END, &Input::ServerLost);
    world.take(END, &Input::Begin);
    for said in X::there(&callers, &said, &world.told.clone()) {
        world.take(END, &Input::Exchange(said));
    }
    let state = world.server.state("e2");
    world.take(END, &state);
    let live: BTreeSet<&str> = world.server.live.keys().map(String::as_str).collect();
    let expected: BTreeSet<&str> = there.keys().map(|ext| &**ext).collect();
    let talking: Vec<Id> = said.iter().filter_map(X::talks).collect();
    prop_assert!(live.is_subset(&expected), "{:?} of {:?}", live, expected);
    for ext in expected.difference(&live) {
        prop_assert!(talking.iter().any(|talks| **talks == **ext), "{} is lost", ext);
    }
    prop_assert_eq!(world.translator.calls(), expected.len());
    Ok(())
}

fn of_exchange<X: Played>(input: &Input<X::Said>) -> Option<X::Said> {
    match input {
        Input::Exchange(said) => Some(said.clone()),
        _ => None,
    }
}
