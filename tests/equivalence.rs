//! Engine and naive model do the same: a million random commands, everything compared after each.
//!
//! `ACD_WORLDS` and `ACD_COMMANDS` (a world's) make it longer, `ACD_SEED` starts elsewhere.

use std::fmt::Write;

use acd_core::{Command, Effects, Engine, FrontEndId, Rejection, Timestamp, Tuning, limits};
use acd_model::generate::Coverage;
use acd_model::lockstep::{self, Failure};
use acd_model::{Model, scenario};

/// Tests that share the worlds, so that every core has one to run.
const SHARES: u64 = 4;
const WORLDS: u64 = 1_000;
const COMMANDS: u64 = 1_000;
/// What a small world cannot meet.
const IMPOSSIBLE: &[&str] = &[
    // 2,097,152 live contacts are more than a scan of all contacts a command can bear.
    "Rejection::TooManyContacts",
    // `the_last_front_end_is_the_4096th` meets it.
    "Rejection::TooManyFrontEnds",
];

/// The model, and an engine: every second one as it comes, the others with sizes at which
/// matching goes the ways of large centres in a small one.
fn sides(seed: u64) -> (Engine, Model) {
    let usual = Tuning::default();
    let tuning = match seed / SHARES % 8 {
        0 => Tuning { signatures_max: 0, ..usual },
        1 => Tuning { signatures_max: 3, groups_max: 4, ..usual },
        2 => Tuning { classes_max: 0, ..usual },
        3 => Tuning { signatures_max: 2, classes_max: 4, ..usual },
        _ => usual,
    };
    (Engine::with_tuning(seed, tuning), Model::new(seed))
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// Every fourth world; all of them together are the million commands.
fn share(number: u64) {
    let (worlds, commands) = (setting("ACD_WORLDS", WORLDS), setting("ACD_COMMANDS", COMMANDS));
    let first = setting("ACD_SEED", 1);
    let mut coverage = Coverage::default();
    for seed in (first..first + worlds).filter(|seed| seed % SHARES == number) {
        match lockstep::run(seed, commands as usize, sides) {
            Ok(met) => coverage.merge(&met),
            Err(failure) => report(&failure),
        }
    }
    println!("seeds {first}..{}: {} commands", first + worlds, coverage.commands);
    for (name, count) in coverage.counts() {
        println!("{count:>10} {name}");
    }
    let missing = coverage.missing(IMPOSSIBLE);
    assert!(missing.is_empty(), "never met: {missing:?}");
}

/// Prints the shortest way to the difference as a scenario, to be kept, with a name and a first
/// sentence, under `tests/scenarios/regressions`. What it expects is what the model does.
fn report(failure: &Failure) -> ! {
    let short = lockstep::shrink(failure, sides);
    let text = scenario::print(short.seed, &short.commands);
    let text = scenario::bless(&text).unwrap_or(text);
    let (seed, count) = (failure.seed, failure.commands.len());
    panic!("seed {seed} after {count} commands: {}\n\n{text}\n{}", failure.what, short.what);
}

#[test]
fn engine_and_model_agree_first_share() {
    share(0);
}

#[test]
fn engine_and_model_agree_second_share() {
    share(1);
}

#[test]
fn engine_and_model_agree_third_share() {
    share(2);
}

#[test]
fn engine_and_model_agree_fourth_share() {
    share(3);
}

/// A limit that a random world does not reach.
#[test]
fn the_last_front_end_is_the_4096th() {
    let (mut engine, mut model) = sides(1);
    let mut effects = Effects::new();
    for number in 1..=limits::FRONT_ENDS_MAX as u32 {
        let command = Command::FrontEndBack { front_end: FrontEndId(number) };
        assert_eq!(engine.apply(Timestamp(0), command.clone(), &mut effects), Ok(()));
        assert_eq!(model.apply(Timestamp(0), command, &mut effects), Ok(()));
    }
    assert_eq!(engine.state(), *model.state());
    let command =
        Command::FrontEndBack { front_end: FrontEndId(limits::FRONT_ENDS_MAX as u32 + 1) };
    let refused = Err(Rejection::TooManyFrontEnds);
    assert_eq!(engine.apply(Timestamp(0), command.clone(), &mut effects), refused);
    assert_eq!(model.apply(Timestamp(0), command, &mut effects), refused);
}

/// From the 256th contact ahead on, the expected wait goes by blocks; small worlds end before.
#[test]
fn a_long_queue_is_estimated_alike() {
    let header = "queue roads expected_handle=7\nagent ana ready\nagent bo ready\n";
    let mut text = String::from(header);
    for number in 1..=800 {
        let _ = writeln!(text, "{number} contact c{number} submit email queue=roads -> ok");
        if number == 2 {
            text += "2 agent ana not_ready -> ok\n2 agent bo not_ready -> ok\n";
            text += "2 agent ana ready -> ok\n2 agent ana answer c1 -> ok\n";
            text += "2 agent ana answer c2 -> ok\n2 agent ana set_capacity email:2 -> ok\n";
        }
    }
    for number in [300, 301, 700] {
        let _ = writeln!(text, "800 contact c{number} abandon -> ok");
    }
    let lines = scenario::run(&text, Engine::new).expect("both sides agree").commands;
    let (mut engine, mut model) = sides(1);
    for (now, command) in lines {
        engine.apply(now, command.clone(), &mut Effects::new()).expect("it was accepted");
        model.apply(now, command, &mut Effects::new()).expect("it was accepted");
    }
    let waiting = model.state().contacts.iter().map(|contact| contact.contact);
    let waits: Vec<_> = waiting.map(|contact| model.expected_wait_us(contact)).collect();
    assert!(waits.iter().flatten().count() > 700, "hundreds wait and have an estimate");
    for (record, wait) in engine.contacts().zip(waits) {
        assert_eq!(engine.expected_wait_us(record.contact), wait, "{:?}", record.contact);
    }
}
