//! What keeping everything costs: records on the disk in groups beside one fsync each, and a
//! restart with very many waiting.

use std::sync::Arc;
use std::time::Duration;

use acd_load::{Exe, Ratios, Restart, Trips};
use acd_log::{Disk, measure};
use anyhow::Result;

use super::Row;
use crate::table::measure::{Context, Measured, Peer, Spread};

pub(super) const ROWS: &[Row] = &[
    Row { name: "durable", measure: durable },
    Row { name: "kept", measure: kept },
    Row { name: "restart", measure: restart },
];

/// The log alone, on the disk of temporary files: with as many records unacknowledged as make
/// 1,024 a commit, and with half as many.
fn durable(context: Context) -> Result<Vec<Measured>> {
    let length =
        Duration::from_millis(if context.small { 20 } else { context.rounds(2_000) as u64 });
    let directory = std::env::temp_dir().join(format!("acd-bench-{}", std::process::id()));
    let mut rows = Vec::new();
    for (id, depth) in [("durable", 2_048), ("durable-half", 1_024)] {
        let (mut grouped, mut single) = (Vec::new(), Vec::new());
        for turn in 0..context.pairs() {
            let disk = Arc::new(Disk::open(&directory.join(turn.to_string()))?);
            let rates = measure::rates(disk, depth, length);
            std::fs::remove_dir_all(&directory)?;
            let rates = rates?;
            grouped.push(rates.grouped);
            single.push(rates.single);
        }
        let ratios = grouped.iter().zip(&single).map(|(grouped, single)| grouped / single);
        let ratio = Spread::of(ratios);
        let per_second = Spread::of(grouped).median;
        let figure = Spread::of(single);
        let peer = Peer { name: "one fsync each", figure, unit: "/s", ratio: None };
        let note = format!("{per_second:.0} records of 64 bytes a second; the log alone");
        rows.push(Measured::alone(id, ratio).beside(peer).noted(note));
    }
    Ok(rows)
}

/// What a log adds to a round trip where nobody waits for it.
fn kept(context: Context) -> Result<Vec<Measured>> {
    let trips = if context.small { 200 } else { context.rounds(20_000) };
    let report =
        Trips { rounds: context.pairs(), trips, ..Trips::new(Exe::beside()?) }.run_kept()?;
    let Ratios { median, least, most } = report.p50;
    let spread = Spread { median, low: least, high: most, samples: 2 * context.pairs() };
    let us = |ns: u64| ns as f64 / 1e3;
    let note = format!(
        "{:.1} µs, {:.1} µs without; p10 {}; log thread on the same core",
        us(report.async_p50_ns),
        us(report.none_p50_ns),
        report.p10
    );
    Ok(vec![Measured::alone("kept", spread).noted(note)])
}

/// From the start of the process, its snapshot being there.
fn restart(context: Context) -> Result<Vec<Measured>> {
    let waiting = context.size(1_000_000, 1_000) as usize;
    let (turns, count) = if context.small { (1, 20) } else { (4, context.rounds(20_000)) };
    let report = Restart { waiting, turns, count, ..Restart::new(Exe::beside()?) }.run()?;
    let first = Measured::alone("restart", Spread::of([report.first_ms]));
    let added = Measured::alone("snapshot", Spread::of([report.added_ms()]));
    let p999 = |ns: u64| ns as f64 / 1e6;
    let note = format!(
        "{:.3} ms with, {:.3} ms without",
        p999(report.with.p999_ns),
        p999(report.without.p999_ns)
    );
    Ok(vec![first.noted(format!("answers after {:.0} ms", report.answers_ms)), added.noted(note)])
}
