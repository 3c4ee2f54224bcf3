//! Every row of the table, small: both sides do the same, and no line is left out.

use std::process::Command;

use acd_bench::table::{ALL, Context, TARGETS};

/// Rows that count under valgrind.
const COUNTED: [&str; 2] = ["instructions", "memory"];
/// Rows that start the command `acd`: they run small among its own tests, which build it.
const STARTED: [&str; 5] = ["echo", "ping", "pipelined", "hand-off", "idle"];

#[test]
fn every_row_runs_small_and_measures_its_own_lines() {
    let counts = Command::new("valgrind").arg("--version").output().is_ok();
    if !counts {
        println!("skipped: {COUNTED:?} need valgrind");
    }
    for row in ALL.iter().copied().flatten() {
        if STARTED.contains(&row.name) || !counts && COUNTED.contains(&row.name) {
            continue;
        }
        let context = Context { quick: true, small: true };
        let measured = (row.measure)(context).expect(row.name);
        let measured: Vec<_> = measured.iter().map(|line| line.target).collect();
        let own = TARGETS.iter().filter(|target| target.row == row.name);
        let own: Vec<_> = own.map(|target| target.id).collect();
        assert_eq!(measured, own, "the lines of {}", row.name);
    }
}

#[test]
fn a_row_has_lines_and_one_name() {
    let mut names: Vec<_> = ALL.iter().copied().flatten().map(|row| row.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    for name in names {
        assert!(TARGETS.iter().any(|target| target.row == name), "{name} has no line");
    }
}
