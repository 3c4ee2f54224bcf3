//! The adversary at small size: everything compared with the model, every invariant checked,
//! after every command; and with every way that matching has to keep its lists.

use std::collections::BTreeMap;

use acd_core::{Engine, Matching, Tuning};
use acd_model::Model;
use acd_model::adversary::{self, Phase, Size};
use acd_model::generate::Coverage;

const SEEDS: u64 = 12;
const COMMANDS: usize = 4_000;

#[test]
fn the_adversary_finds_no_difference_and_no_broken_invariant() {
    // As it is; a tree from the first agent on; few groups; few classes.
    let few = |signatures_max, groups_max, classes_max| Tuning {
        signatures_max,
        groups_max,
        classes_max,
    };
    let tunings = [Tuning::default(), few(0, 0, 4_096), few(8, 4, 4_096), few(256, 512, 6)];
    let mut phases: BTreeMap<Phase, u64> = BTreeMap::new();
    let mut coverage = Coverage::default();
    let mut did = Matching::default();
    for seed in 1..=SEEDS {
        let tuning = tunings[seed as usize % tunings.len()];
        let sides = (Engine::with_tuning(seed, tuning), Model::new(seed));
        let done = adversary::run(seed, COMMANDS, Size::SMALL, sides);
        let (done, lockstep) = done.unwrap_or_else(|failure| {
            panic!("seed {seed}, {tuning:?}, command {}: {}", failure.commands.len(), failure.what)
        });
        for (phase, count) in done.phases {
            *phases.entry(phase).or_default() += count;
        }
        coverage.merge(&lockstep.coverage);
        let now = lockstep.tested.matching();
        did.forgotten += now.forgotten;
        did.loose += now.loose;
        did.moved += now.moved;
        did.divided += now.divided;
        did.joined += now.joined;
    }
    println!("{phases:?}\n{did:?}\n{:?}", coverage.counts());
    assert_eq!(phases.len(), 10, "every phase came: {phases:?}");
    assert!(did.loose > 0 && did.forgotten > 0 && did.moved > 0, "{did:?}");
    for effect in ["Offered", "Connected", "OfferFailed", "StepReached", "Promoted", "Abandoned"] {
        let count = coverage.counts().get(&*format!("Effect::{effect}")).copied();
        assert!(count.unwrap_or(0) > 200, "{effect}: {count:?}");
    }
}
