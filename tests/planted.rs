//! A fault planted in each of many rules is found: the comparison with the model is not hollow.

use acd_core::Engine;
use acd_model::lockstep::{self, Failure};
use acd_model::{Model, Planted};

/// Within so many commands every planted fault has to show.
const COMMANDS_MAX: usize = 100_000;
const WORLD: usize = 500;

/// How many commands it takes until engine and broken model differ.
fn commands_until_found(planted: Planted) -> Option<(usize, Box<Failure>)> {
    for world in 0..COMMANDS_MAX / WORLD {
        let sides = |seed| (Engine::new(seed), Model::with_planted(seed, planted));
        if let Err(failure) = lockstep::run(world as u64 + 1, WORLD, sides) {
            return Some((world * WORLD + failure.commands.len(), failure));
        }
    }
    None
}

fn check(planted: Planted) {
    match commands_until_found(planted) {
        Some((count, failure)) => {
            println!("{planted:?}: found after {count} commands, seed {}", failure.seed);
        }
        None => panic!("{planted:?} was not found in {COMMANDS_MAX} commands"),
    }
}

macro_rules! planted {
    ($($name:ident: $planted:ident),+ $(,)?) => {
        $(#[test]
        fn $name() {
            check(Planted::$planted);
        })+

        #[test]
        fn every_planted_fault_has_a_test() {
            assert_eq!(Planted::ALL, [$(Planted::$planted),+]);
        }
    };
}

planted! {
    rule_3_is_guarded: Rule3StopsEarly,
    rule_4_is_guarded: Rule4WrapUpDoesNotBlock,
    rule_5_is_guarded: Rule5NeedsDoNotRaise,
    rule_6_is_guarded: Rule6ContactNumber,
    rule_7_is_guarded: Rule7OccupancyDrifts,
    rule_8_is_guarded: Rule8RevocationBlames,
    rule_9_is_guarded: Rule9RejectionForgives,
    rule_10_is_guarded: Rule10ReadyKeepsPause,
    rule_11_is_guarded: Rule11ResumesInWrapUp,
    rule_12_is_guarded: Rule12ExtendsForEver,
    rule_13_is_guarded: Rule13RequeueForgetsEntry,
    rule_14_is_guarded: Rule14NewEntry,
    rule_15_is_guarded: Rule15OneAttemptMore,
    rule_16_is_guarded: Rule16CountsOffered,
    rule_17_is_guarded: Rule17HourFromLoss,
    rule_18_is_guarded: Rule18LeavesAtJoin,
}
