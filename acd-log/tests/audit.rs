//! The auditor finds nothing wrong with the engine, and every kind of fault where one is planted.

use acd_core::explain::View;
use acd_core::{
    Command, ContactId, ContactState, Effect, Effects, EndCause, Engine, OfferId, Party, State,
    Timestamp,
};
use acd_log::audit::{Audit, Rule, Violation};
use acd_log::replay::Logged;
use acd_model::generate::Generator;
use acd_model::{Model, Planted, Side};

const WORLDS: u64 = 40;
const COMMANDS: u64 = 500;

/// Drives a random world and has it audited; `change` may alter what the auditor is told.
fn audited<S: Side>(
    seed: u64,
    mut side: S,
    mut change: impl FnMut(&mut Logged, &mut Effects, &mut State),
) -> Result<(), Violation> {
    let mut generator = Generator::new(seed);
    let mut audit = Audit::begin(&side.state(), Timestamp(0), Some(0));
    let mut seq = 0;
    let mut last = side.state();
    for _ in 0..COMMANDS {
        let (now, command) = generator.next(&side.state(), side.next_deadline());
        let mut effects = Effects::new();
        if side.apply(now, command.clone(), &mut effects).is_err() {
            continue;
        }
        if command == Command::Tick && side.state().now < now {
            continue; // It fired nothing, and so is not logged.
        }
        seq += 1;
        let mut logged = Logged { seq, now, command: Some(command) };
        last = side.state();
        change(&mut logged, &mut effects, &mut last);
        audit.follow(&logged, &effects, &last)?;
    }
    audit.finish(&last)
}

#[test]
fn the_engine_is_found_sound() {
    for seed in 1..=WORLDS {
        let found = audited(seed, Engine::new(seed), |_, _, _| {});
        assert_eq!(found, Ok(()), "seed {seed}");
    }
}

/// The first violation in any world.
fn planted(planted: Planted) -> Violation {
    let found = (1..=WORLDS)
        .find_map(|seed| audited(seed, Model::with_planted(seed, planted), |_, _, _| {}).err());
    found.unwrap_or_else(|| panic!("{planted:?} is not found"))
}

#[test]
fn a_broken_rule_of_the_model_is_found() {
    for (fault, rule) in [
        (Planted::Rule3StopsEarly, Rule::Liveness),
        (Planted::Rule6ContactNumber, Rule::Order),
        (Planted::Rule4WrapUpDoesNotBlock, Rule::Order),
        (Planted::Rule5NeedsDoNotRaise, Rule::Order),
    ] {
        let found = planted(fault);
        println!("{fault:?}:\n{found}\n");
        assert_eq!(found.rule, rule, "{found}");
        assert!(found.seq > 0 && !found.found.is_empty() && found.found != found.expected);
    }
}

/// The first violation in any world whose auditor is told something else, once.
fn told(mut change: impl FnMut(&mut Logged, &mut Effects, &mut State) -> bool) -> Violation {
    for seed in 1..=WORLDS {
        let mut done = false;
        let audit = audited(seed, Engine::new(seed), |logged, effects, state| {
            if !done && logged.seq > 40 {
                done = change(logged, effects, state);
            }
        });
        if let Err(found) = audit {
            println!("{found}\n");
            return found;
        }
    }
    panic!("nothing was found");
}

fn first_offered(effects: &[Effect]) -> Option<usize> {
    effects.iter().position(|effect| matches!(effect, Effect::Offered { .. }))
}

#[test]
fn a_gap_a_repeat_and_time_gone_back_are_found() {
    let gap = told(|logged, _, _| {
        logged.seq += 1;
        true
    });
    assert_eq!((gap.rule, &*gap.expected), (Rule::Sequence, "record 41"));
    let repeat = told(|logged, _, _| {
        logged.seq -= 1;
        true
    });
    assert_eq!(repeat.rule, Rule::Sequence);
    let back = told(|logged, _, _| {
        let late = logged.now > Timestamp(0);
        if late {
            logged.now = Timestamp(0);
        }
        late
    });
    assert_eq!(back.rule, Rule::Sequence);
    assert!(back.expected.starts_with("not before "));
}

#[test]
fn a_contact_lost_or_ended_twice_is_found() {
    let twice = told(|_, effects, _| {
        let end = effects.iter().find(|effect| matches!(effect, Effect::Ended { .. })).cloned();
        effects.extend(end.clone());
        end.is_some()
    });
    assert_eq!(twice.rule, Rule::Conservation);
    let unsaid = told(|_, effects, _| {
        let before = effects.len();
        effects.retain(|effect| !matches!(effect, Effect::Ended { .. }));
        before > effects.len()
    });
    assert_eq!(unsaid.rule, Rule::Conservation);
    assert!(unsaid.found.contains("was never said to end"), "{unsaid}");
    let ghost = told(|_, effects, _| {
        let (contact, agent) = (ContactId(9_999), None);
        effects.push(Effect::Ended { contact, agent, cause: EndCause::Lost, by: Party::System });
        true
    });
    assert_eq!(ghost.rule, Rule::Conservation);
}

#[test]
fn a_contact_made_younger_is_found() {
    let younger = audited(3, Engine::new(3), |logged, _, state| {
        if logged.seq > 40
            && let Some(contact) = state.contacts.first_mut()
        {
            contact.origin += 1_000_000_000;
        }
    });
    let found = younger.expect_err("its age is changed");
    println!("{found}");
    assert_eq!(found.rule, Rule::Age);
}

#[test]
fn two_offers_and_an_offer_out_of_turn_are_found() {
    let two = told(|_, effects, _| {
        let Some(at) = first_offered(effects) else { return false };
        let mut again = effects[at].clone();
        if let Effect::Offered { offer, .. } = &mut again {
            *offer = OfferId(offer.0 + 100);
        }
        effects.retain(|effect| !matches!(effect, Effect::Offered { .. }));
        let original = again.clone();
        effects.extend([original, again]);
        true
    });
    assert_eq!(two.rule, Rule::Order, "{two}");
    let kept = told(|_, effects, _| {
        let before = effects.len();
        effects.retain(|effect| !matches!(effect, Effect::Connected { .. }));
        before > effects.len()
    });
    assert_eq!(kept.rule, Rule::SingleOffer, "{kept}");
    let other = told(|logged, effects, state| {
        let Some(at) = first_offered(effects) else { return false };
        let Effect::Offered { contact, agent, .. } = &mut effects[at] else { return false };
        let of = state.contact(*contact).expect("it is live");
        let other = state
            .contacts
            .iter()
            .find(|other| other.state == ContactState::Waiting && other.contact != of.contact);
        let Some(other) = other else { return false };
        let named = matches!(logged.command, Some(Command::OfferTo { .. }));
        (*contact, *agent) = (other.contact, *agent);
        !named
    });
    assert_eq!(other.rule, Rule::Order, "{other}");
}
