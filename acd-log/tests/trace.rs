//! What a trace tells of a contact: a story word by word, and random worlds against what happened.

use std::collections::BTreeMap;
use std::convert::Infallible;

use acd_core::{
    AgentDefinition, AgentId, Channel, Command, ContactId, Definitions, Effect, Effects, Engine,
    FrontEndId, Nanos, OfferId, QueueDefinition, QueueId, State, Step, Submit, Term, Timestamp,
    WrapUpMode,
};
use acd_log::replay::{Logged, Replay};
use acd_log::trace::{Trace, text, trace};
use acd_model::generate::Generator;

/// A log in memory: where it begins, and its records.
struct Log {
    genesis: State,
    records: Vec<Logged>,
}

impl Log {
    fn trace(&self, contact: ContactId) -> Option<Trace> {
        let replay = Replay::from(&self.genesis, 0).expect("the state of an engine");
        let records = self.records.iter().cloned().map(Ok::<_, Infallible>);
        trace(replay, records, contact).expect("what was applied is applied again")
    }
}

/// Two agents, one of whom speaks Spanish, and a queue that asks for it at first.
fn story() -> Log {
    let term = |level| Term { skill: "spanish".into(), level };
    let mut roads = QueueDefinition::named("roads");
    roads.steps[0].alternatives = vec![vec![term(5)]];
    roads.steps.push(Step { after: Nanos::from_secs(60), ..Step::admits_all() });
    roads.wrap_up.mode = WrapUpMode::Manual;
    let agent = |name: &str, level| AgentDefinition {
        skills: vec![term(level)],
        ..AgentDefinition::named(name)
    };
    let definitions = Definitions {
        skills: vec!["spanish".into()],
        queues: vec![roads],
        agents: vec![agent("ana", 8), agent("bob", 3), agent("cleo", 9), agent("dora", 5)],
        ..Definitions::default()
    };
    let call = |prio| {
        Command::Submit(Submit {
            front_end: FrontEndId(1),
            channel: Channel::Voice,
            queue: QueueId(1),
            prio,
            needs: vec![],
            prefer: vec![],
            prefer_for: None,
            age: Nanos(0),
        })
    };
    let (ana, bob) = (AgentId(1), AgentId(2));
    let sign_in = |agent| Command::SignIn { agent, capacity: None };
    let commands = [
        (0, Command::Configure(Box::new(definitions))),
        (0, Command::FrontEndBack { front_end: FrontEndId(1) }),
        (0, sign_in(ana)),
        (0, sign_in(bob)),
        (0, sign_in(AgentId(4))),
        (0, Command::Ready { agent: ana }),
        (0, Command::Ready { agent: bob }),
        (1, call(5)),
        (2, Command::Answer { offer: OfferId(1) }),
        (3, call(5)),
        (4, call(6)),
        (5, call(5)),
        (
            6,
            Command::End {
                contact: ContactId(1),
                cause: acd_core::EndCause::Hangup,
                by: acd_core::Party::Caller,
            },
        ),
        (9, Command::WrapDone { agent: ana, contact: ContactId(1) }),
        (10, Command::OfferFailed { offer: OfferId(2), cause: acd_core::FailCause::Rejected }),
        (20, Command::Tick),
        (21, Command::Answer { offer: OfferId(3) }),
        (22, Command::Abandon { contact: ContactId(4) }),
        (63, Command::Tick),
    ];
    let mut engine = Engine::new(1);
    let genesis = engine.state();
    let mut records = Vec::new();
    for (seq, (second, command)) in (1..).zip(commands) {
        let now = Timestamp(1_764_000_000_000_000_000).after(Nanos::from_secs(second));
        let applied = engine.apply(now, command.clone(), &mut Effects::new());
        assert_eq!(applied, Ok(()), "{command:?}");
        records.push(Logged { seq, now, command: Some(command) });
    }
    Log { genesis, records }
}

#[test]
fn an_auditor_reads_why_this_agent_and_why_not_sooner() {
    let log = story();
    let text = text(&log.trace(ContactId(2)).expect("it came"));
    assert_eq!(text, include_str!("golden/trace.txt"), "\n{text}");
    assert_eq!(log.trace(ContactId(99)), None);
}

#[test]
fn a_waiting_contact_is_told_what_everybody_is_to_it() {
    let log = story();
    let records = &log.records[..11];
    let log = Log { genesis: log.genesis, records: records.to_vec() };
    let told = log.trace(ContactId(2)).expect("it came");
    let waits = told.waits.expect("it waits");
    let said: Vec<_> = waits.agents.iter().map(|a| (&*a.agent, &*a.text)).collect();
    let expected = [
        ("ana", "busy with c-1"),
        ("bob", "has spanish 3, 5 asked for"),
        ("cleo", "signed out"),
        ("dora", "not ready (just signed in)"),
    ];
    assert_eq!(said, expected);
    assert_eq!((waits.ahead, told.decisions.len()), (1, 0));
}

#[test]
fn json_has_the_same() {
    let told = story().trace(ContactId(2)).expect("it came");
    let json = serde_json::to_value(&told).expect("a trace is plain data");
    assert_eq!(json["contact"], "c-2");
    assert_eq!(json["decisions"][0]["agents"][1]["verdict"], "chosen");
    assert_eq!(json["decisions"][0]["until"]["verdict"], "lacks_skill");
    assert_eq!(json["timeline"][0]["event"], "contact.queued");
}

/// A random world's log, and what was offered to whom.
fn random_world(seed: u64) -> (Log, BTreeMap<ContactId, Vec<(u64, AgentId)>>) {
    let mut engine = Engine::new(seed);
    let mut generator = Generator::new(seed);
    let genesis = engine.state();
    let (mut records, mut offers) = (Vec::new(), BTreeMap::<_, Vec<_>>::new());
    for _ in 0..500 {
        let (now, command) = generator.next(&engine.state(), engine.next_deadline());
        let mut effects = Effects::new();
        if engine.apply(now, command.clone(), &mut effects).is_err() {
            continue;
        }
        let seq = records.len() as u64 + 1;
        records.push(Logged { seq, now, command: Some(command) });
        for effect in effects {
            if let Effect::Offered { contact, agent, .. } = effect {
                offers.entry(contact).or_default().push((seq, agent));
            }
        }
    }
    (Log { genesis, records }, offers)
}

#[test]
fn every_offer_of_random_worlds_is_told_and_explained() {
    let (mut traces, mut decisions, mut passed) = (0, 0, 0);
    for seed in 1..=30 {
        let (log, offers) = random_world(seed);
        let engine = Replay::from(&log.genesis, 0).expect("a state");
        assert!(!engine.knows(ContactId(1)));
        let mut engine = engine;
        let all = log.records.iter().cloned().map(Ok::<_, Infallible>);
        engine.until(all, None, None).expect("what was applied is applied again");
        for number in 1..=engine.engine().counters().contacts {
            let contact = ContactId(number);
            let told = log.trace(contact).expect("every contact is found");
            traces += 1;
            let seqs: Vec<_> = told.decisions.iter().map(|d| d.seq).collect();
            let happened = offers.get(&contact).cloned().unwrap_or_default();
            let expected: Vec<_> = happened.iter().map(|&(seq, _)| seq).collect();
            assert_eq!(seqs, expected, "seed {seed}: {contact:?}");
            for decision in &told.decisions {
                decisions += 1;
                passed += decision.passed.len();
                let all_good = decision.passed.iter().all(|p| !p.by.contains("should not"));
                assert!(all_good, "seed {seed}: {contact:?} {decision:?}");
                let chosen = decision.agents.iter().find(|agent| agent.verdict == "chosen");
                if decision.by == "matching" {
                    assert_eq!(chosen.map(|agent| &agent.agent), Some(&decision.agent));
                }
            }
            let text = text(&told);
            let widest = text.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(100), "{text}");
            assert_eq!(
                told.waits.is_some(),
                engine
                    .engine()
                    .contact(contact)
                    .is_some_and(|record| record.state == acd_core::ContactState::Waiting)
            );
        }
    }
    println!("{traces} traces, {decisions} decisions, passed over {passed} times");
    assert!(traces > 1_000 && decisions > 1_000 && passed > 100);
}
