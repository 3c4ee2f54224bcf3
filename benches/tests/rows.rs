//! Every row of the table, small: both sides do the same, and no line is left out.

use std::process::Command;

use acd_bench::table::{ALL, Context, TARGETS};
use acd_load::{Exe, Peer};

/// Rows that count under valgrind.
const COUNTED: [&str; 2] = ["instructions", "memory"];
/// Rows that start the command `acd`, and those among them that need other programs.
const STARTED: [&str; 4] = ["echo", "ping", "pipelined", "idle"];
const BESIDE_PEERS: [&str; 2] = ["ping", "pipelined"];

#[test]
fn every_row_runs_small_and_measures_its_own_lines() {
    let counts = Command::new("valgrind").arg("--version").output().is_ok();
    if !counts {
        println!("skipped: {COUNTED:?} need valgrind");
    }
    let starts = Exe::beside().is_ok();
    if !starts {
        println!("skipped: {STARTED:?} need the command: cargo build --bin acd");
    }
    let peers = Peer::ALL.into_iter().all(Peer::is_installed);
    if !peers {
        println!("skipped: {BESIDE_PEERS:?} need redis-server and nats-server");
    }
    for row in ALL.iter().copied().flatten() {
        let lacks = |able: bool, rows: &[&str]| !able && rows.contains(&row.name);
        if lacks(counts, &COUNTED) || lacks(starts, &STARTED) || lacks(peers, &BESIDE_PEERS) {
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
