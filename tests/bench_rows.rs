//! The rows of the table of targets that start the command: small, and no line is left out.

use acd_bench::table::{ALL, Context, TARGETS};
use acd_load::Peer;

/// Rows that start the command, and whether they need redis and nats too.
const ROWS: [(&str, bool); 7] = [
    ("echo", false),
    ("ping", true),
    ("pipelined", true),
    ("hand-off", false),
    ("idle", false),
    ("kept", false),
    ("restart", false),
];

#[test]
fn rows_that_start_the_command_run_small_and_measure_their_own_lines() {
    let peers = Peer::ALL.into_iter().all(Peer::is_installed);
    if !peers {
        println!("skipped: rows that need redis-server and nats-server");
    }
    for (name, beside_peers) in ROWS {
        if beside_peers && !peers {
            continue;
        }
        let row = ALL.iter().copied().flatten().find(|row| row.name == name).expect(name);
        let measured = (row.measure)(Context { quick: true, small: true }).expect(name);
        let measured: Vec<_> = measured.iter().map(|line| line.target).collect();
        let own = TARGETS.iter().filter(|target| target.row == name);
        let own: Vec<_> = own.map(|target| target.id).collect();
        assert_eq!(measured, own, "the lines of {name}");
    }
}
