//! The engine's centre has the numbers that are published: cases of fewer than 15 million arrivals.
//!
//! Without the engine's assertions, which would make a minute an hour: `cargo xtask test` runs it
//! in `release`. The rest, and other files, by `acd sim verify`.

#![cfg(not(debug_assertions))]

use std::path::Path;

use acd_sim::truth::{self, Case, Effort, Verdict};

/// Arrivals of a case that is too long for every day.
const ARRIVALS_MAX: f64 = 15e6;

fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/truth").join(file);
    truth::read(&path).expect("the file is one of ours")
}

fn effort() -> Effort {
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    Effort { seed: 311, jobs }
}

/// Plays the cases of a file, and says how many were.
fn check(file: &str) -> usize {
    let mut played = 0;
    for case in cases(file).iter().filter(|case| case.arrivals < ARRIVALS_MAX) {
        let begun = std::time::Instant::now();
        let outcome = truth::verify(case, effort(), |_, _| {});
        let said = truth::text(case, &outcome, begun.elapsed().as_secs_f64());
        println!("{said}");
        let claimed = case.not_claimed.is_none();
        let expected = if claimed { Verdict::Pass } else { Verdict::NotClaimed };
        assert_eq!(outcome.verdict, expected, "{said}");
        played += usize::from(claimed);
    }
    played
}

#[test]
fn closed_forms() {
    assert_eq!(check("theory.json"), 9);
}

#[test]
fn routing() {
    assert_eq!(check("routing.json"), 8);
}

#[test]
fn a_wrong_value_is_a_miss() {
    let mut case = cases("theory.json").remove(0);
    for expected in &mut case.expected {
        expected.value *= 1.04;
    }
    let outcome = truth::verify(&case, effort(), |_, _| {});
    assert_eq!(outcome.verdict, Verdict::Miss);
}

#[test]
fn the_same_whatever_runs_side_by_side() {
    let case = Case { arrivals: 60_000.0, ..cases("routing.json").remove(0) };
    let played = |jobs| {
        let outcome = truth::verify(&case, Effort { seed: 7, jobs }, |_, _| {});
        outcome.metrics.iter().map(|metric| metric.simulated.to_bits()).collect::<Vec<_>>()
    };
    assert_eq!(played(1), played(3));
}
