//! An engine restored from a state does what the engine that gave the state does.

use acd_core::{
    AgentId, Command, ContactId, ContactState, Effects, Engine, OfferId, State, Timestamp,
};
use acd_model::Random;
use acd_model::generate::Generator;

const WORLDS: u64 = 200;
const COMMANDS: u64 = 600;

/// Drives a random world; gives the engine after each command to `each`.
fn drive(seed: u64, commands: u64, mut each: impl FnMut(&Engine, Timestamp, &Command, &Effects)) {
    let mut engine = Engine::new(seed);
    let mut generator = Generator::new(seed);
    let mut effects = Effects::new();
    for _ in 0..commands {
        let (now, command) = generator.next(&engine.state(), engine.next_deadline());
        effects.clear();
        let _refused = engine.apply(now, command.clone(), &mut effects);
        each(&engine, now, &command, &effects);
    }
}

#[test]
fn a_restored_engine_goes_on_as_the_one_it_was_taken_from() {
    let (mut restored, mut waiting, mut offers, mut wrap_ups) = (0, 0, 0, 0);
    for seed in 1..=WORLDS {
        let mut random = Random::new(seed);
        let mut twin = Engine::restore(&Engine::new(seed).state()).expect("a new engine's state");
        drive(seed, COMMANDS, |engine, now, command, effects| {
            let mut by_twin = Effects::new();
            let _same_refusal = twin.apply(now, command.clone(), &mut by_twin);
            assert_eq!(by_twin, *effects, "seed {seed}: {command:?}");
            assert_eq!(twin.state_hash(), engine.state_hash(), "seed {seed}: {command:?}");
            assert_eq!(twin.next_deadline(), engine.next_deadline(), "seed {seed}: {command:?}");
            if random.chance(12) {
                let state = engine.state();
                restored += 1;
                waiting += state.contacts.len();
                offers += state.offers.len();
                wrap_ups += state.wrap_ups.len();
                twin = Engine::restore(&state).expect("the state of an engine");
                assert_eq!(twin.state(), state, "seed {seed}");
                assert_eq!(twin.next_deadline(), engine.next_deadline(), "seed {seed}");
                assert_eq!(twin.check_invariants(), Ok(()), "seed {seed}");
                for queue in &state.queues {
                    let queue = queue.queue;
                    assert_eq!(twin.waiting_in(queue), engine.waiting_in(queue), "seed {seed}");
                    assert_eq!(twin.oldest_origin(queue), engine.oldest_origin(queue));
                }
            }
        });
    }
    println!("{restored} states with {waiting} contacts, {offers} offers, {wrap_ups} wrap-ups");
    assert!(restored > 10_000 && waiting > restored && offers > 1000 && wrap_ups > 1000);
}

/// A state with everything in it: contacts that wait, are offered and connected, and wrap-ups.
fn rich() -> State {
    let mut found = None;
    for seed in 1..=WORLDS {
        drive(seed, COMMANDS, |engine, _, _, _| {
            let state = engine.state();
            let held = |contact: &&acd_core::ContactRecord| {
                matches!(contact.state, ContactState::Connected { .. })
            };
            if found.is_none()
                && state.offers.len() > 1
                && !state.wrap_ups.is_empty()
                && state.contacts.iter().find(held).is_some()
                && state.contacts.iter().any(|contact| !contact.needs.is_empty())
                && state.agents.iter().any(|agent| agent.paused_until.is_some())
                && state.agents.iter().filter(|agent| !agent.skills.is_empty()).count() > 1
            {
                found = Some(state);
            }
        });
        if let Some(state) = found {
            return state;
        }
    }
    panic!("no world has everything");
}

/// What makes a good state one that cannot be.
type Change = Box<dyn FnOnce(&mut State)>;

/// What each change of a good state must be refused for.
fn refusal(change: impl FnOnce(&mut State)) -> String {
    let mut state = rich();
    change(&mut state);
    Engine::restore(&state).expect_err("the state is none").to_string()
}

#[test]
fn a_state_that_cannot_be_is_refused_by_what_is_wrong() {
    let connected = |state: &mut State| {
        let held = |c: &acd_core::ContactRecord| matches!(c.state, ContactState::Connected { .. });
        state.contacts.iter().position(held).expect("one is connected")
    };
    let cases: Vec<(&str, Change)> = vec![
        ("never issued", Box::new(|state| state.counters.contacts = 0)),
        ("a counter stands", Box::new(|state| state.counters.entries = 1 << 60)),
        ("a counter stands", Box::new(|state| state.counters.offers = u64::MAX)),
        ("taken twice", Box::new(|state| state.contacts[0].entry = state.contacts[1].entry)),
        ("comes after", Box::new(|state| state.contacts.swap(0, 1))),
        ("is not there", Box::new(|state| state.offers[0].contact = ContactId(u64::MAX))),
        ("is not there", Box::new(|state| state.offers.truncate(0))),
        (
            "two offers",
            Box::new(|state| {
                state.offers[1].agent = state.offers[0].agent;
            }),
        ),
        ("is not defined", Box::new(|state| state.wrap_ups[0].agent = AgentId(u32::MAX))),
        (
            "its definitions are refused: BadSteps",
            Box::new(|state| {
                state.definitions.queues[0].steps.clear();
            }),
        ),
        ("definitions", Box::new(|state| drop(state.definitions.agents.pop()))),
        ("two numbers", Box::new(|state| state.names.skills[1] = state.names.skills[0].clone())),
        ("has no number", Box::new(|state| state.definitions.skills.push("juggling".into()))),
        (
            "waits past all time",
            Box::new(|state| {
                state.contacts[0].orphan_at = Some(Timestamp(u64::MAX));
                state.front_ends.iter_mut().for_each(|it| it.lost_at = Some(Timestamp(0)));
                state.contacts[0].state = ContactState::Waiting;
            }),
        ),
        (
            "is on hold with nobody",
            Box::new(move |state| {
                let at = connected(state);
                state.contacts[at].held = true;
                state.contacts[at].state = ContactState::Scheduled { until: Timestamp(1) };
            }),
        ),
        (
            "OfferId(1)",
            Box::new(move |state| {
                let at = connected(state);
                state.contacts[at].state = ContactState::Offered { offer: OfferId(1) };
            }),
        ),
        ("from the future", Box::new(|state| state.now = Timestamp(0))),
    ];
    for (expected, change) in cases {
        let says = refusal(change);
        println!("{says}");
        assert!(says.starts_with("inconsistent state: ") && says.contains(expected), "{says}");
    }
}

#[test]
fn whoever_could_be_offered_is_not_taken_for_waiting() {
    let says = refusal(|state| {
        // Anyone may take any contact, and those who were offered wait again.
        for queue in &mut state.definitions.queues {
            queue.steps = vec![acd_core::Step::admits_all()];
            queue.overflow = None;
        }
        state.queues.iter_mut().for_each(|queue| queue.overflowing = false);
        state.front_ends.iter_mut().for_each(|front_end| front_end.lost_at = None);
        let offers = std::mem::take(&mut state.offers);
        for contact in &mut state.contacts {
            contact.orphan_at = None;
            contact.orphaned = false;
            contact.step = 0;
            contact.needs.clear();
            contact.prefer.clear();
            contact.prefer_until = None;
            if offers.iter().any(|offer| offer.contact == contact.contact) {
                contact.state = ContactState::Waiting;
            }
        }
    });
    assert!(says.contains("waits while an agent is eligible"), "{says}");
}
