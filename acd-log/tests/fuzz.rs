//! Whatever bytes come: no panic, what decodes encodes to the same bytes, and a damaged state is
//! refused or works.

use acd_core::{Command, Effects, Engine, Nanos, State, Timestamp};
use acd_log::record::{Record, read_state, take_state, write_state};
use acd_model::Random;
use acd_model::generate::Generator;
use proptest::prelude::*;

fn record(now: Timestamp, command: &Command, side: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    acd_log::record::encode(now, Some(command), side, &mut out);
    out
}

fn written(state: &State) -> Vec<u8> {
    let mut out = Vec::new();
    write_state(state, &mut out).expect("a vector can be written to");
    out
}

/// What is read of any bytes is written as those bytes.
fn holds_for(bytes: &[u8]) -> bool {
    if let Ok(record) = Record::decode(bytes) {
        let mut again = Vec::new();
        record.encode(&mut again);
        assert_eq!(again, bytes);
        return true;
    }
    false
}

/// One to three bytes changed, taken out or put in.
fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..random.within(1, 3) {
        let at = random.below(bytes.len() as u64) as usize;
        match random.below(8) {
            0 => drop(bytes.remove(at)),
            1 => bytes.insert(at, random.draw() as u8),
            2 => bytes[at] = random.draw() as u8,
            3 => bytes[at] = random.below(4) as u8,
            4 => bytes[at] = bytes[at].wrapping_add(1),
            5 => bytes[at] = bytes[at].wrapping_sub(1),
            _ => bytes[at] ^= 1 << random.below(8),
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
}

/// Drives a random world; gives `each` the state and command before each command.
fn drive(seed: u64, commands: u64, mut each: impl FnMut(&State, Timestamp, &Command)) {
    let mut engine = Engine::new(seed);
    let mut generator = Generator::new(seed);
    let mut effects = Effects::new();
    for _ in 0..commands {
        let state = engine.state();
        let (now, command) = generator.next(&state, engine.next_deadline());
        each(&state, now, &command);
        effects.clear();
        let _refused = engine.apply(now, command, &mut effects);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn any_bytes_are_read_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        holds_for(&bytes);
        bytes.insert(0, 1);
        holds_for(&bytes);
        let _any = read_state(&mut bytes.as_slice());
        let _any = take_state(&mut bytes.as_slice());
    }

    #[test]
    fn any_side_comes_back(side in prop::collection::vec(any::<u8>(), 0..200), now: u64) {
        let now = Timestamp(now);
        let bytes = record(now, &Command::Resume, &side);
        let read = Record::decode(&bytes).expect("it was encoded");
        prop_assert_eq!(read, Record { now, command: Some(Command::Resume), side: &side });
    }
}

#[test]
fn commands_of_random_worlds_come_back_cut_or_damaged_they_do_not_panic() {
    let (mut count, mut read) = (0_u64, 0_u64);
    for seed in 1..=40 {
        let mut random = Random::new(seed);
        drive(seed, 400, |_, now, command| {
            let bytes = record(now, command, b"side");
            let back = Record::decode(&bytes).expect("it was encoded");
            assert_eq!(
                (back.now, back.command.as_ref(), back.side),
                (now, Some(command), &b"side"[..])
            );
            for end in 0..bytes.len() - 4 {
                assert!(Record::decode(&bytes[..end]).is_err(), "cut at {end}: {command:?}");
            }
            for _ in 0..20 {
                let mut bytes = bytes.clone();
                damage(&mut bytes, &mut random);
                count += 1;
                read += u64::from(holds_for(&bytes));
            }
        });
    }
    println!("{count} damaged records, {read} of them other records");
    assert!(read > 1000 && read < count, "damage is met in every way");
}

/// Lets an engine run for a while: time passes, and everybody who is offered a contact answers.
fn live_on(engine: &mut Engine, random: &mut Random) {
    let mut effects = Effects::new();
    for _ in 0..12 {
        let now = engine.next_deadline().unwrap_or(engine.now()).max(engine.now());
        let now = now.after(Nanos(random.below(1_000_000_000)));
        let state = engine.state();
        let offer = random.pick(&state.offers).map(|offer| Command::Answer { offer: offer.offer });
        let agent = random.pick(&state.agents).map(|agent| Command::Ready { agent: agent.agent });
        let ends = random.pick(&state.contacts).map(|c| Command::Requeue { contact: c.contact });
        for command in [Some(Command::Tick), offer, agent, ends].into_iter().flatten() {
            let _refused = engine.apply(now, command, &mut effects);
        }
    }
}

#[test]
fn states_come_back_and_damaged_they_are_refused_or_work() {
    let (mut decoded, mut restored, mut refused) = (0, 0, 0);
    for seed in 1..=60 {
        let mut random = Random::new(seed);
        drive(seed, 400, |state, _, _| {
            if !random.chance(10) {
                return;
            }
            let bytes = written(state);
            let mut rest = &bytes[..];
            assert_eq!(read_state(&mut rest).expect("it was written"), *state);
            let taken = take_state(&mut bytes.as_slice()).expect("it was written");
            assert_eq!(taken, bytes[..bytes.len() - rest.len()]);
            assert!(rest.is_empty(), "all of it is read");
            for _ in 0..40 {
                let mut bytes = bytes.clone();
                damage(&mut bytes, &mut random);
                let Ok(state) = read_state(&mut bytes.as_slice()) else { continue };
                decoded += 1;
                match Engine::restore(&state) {
                    Ok(mut engine) => {
                        assert_eq!(engine.state(), state);
                        restored += 1;
                        live_on(&mut engine, &mut random);
                    }
                    Err(_) => refused += 1,
                }
            }
        });
    }
    println!("{decoded} damaged states read, {restored} work, {refused} refused");
    assert!(restored > 1000 && refused > 1000, "damage is met in every way");
}

#[test]
fn a_state_cut_anywhere_is_refused() {
    let mut last = None;
    drive(11, 300, |state, _, _| last = Some(written(state)));
    let bytes = last.expect("the world has a state");
    assert!(bytes.len() > 1000, "a state of some size");
    for end in 0..bytes.len() {
        assert!(read_state(&mut &bytes[..end]).is_err(), "cut at {end}");
        assert!(take_state(&mut &bytes[..end]).is_err(), "cut at {end}");
    }
}
