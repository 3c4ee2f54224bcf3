//! The engine beside the naive scan: one trace, one result, how many times faster; and how the
//! time of a command grows with the size of the centre.
//!
//! The scan only chooses, and so does the engine's matching alone: those two are compared like
//! with like. The whole engine, which also checks, records, times and tells what it does, is
//! beside the same scan on a line of its own.

use acd_core::Engine;
use anyhow::{Result, ensure};

use super::Row;
use crate::table::measure::{Context, Measured, Peer, Spread, cpu_ns_each};
use crate::{Alone, Centre, Naive, Scene, Side};

pub(super) const ROWS: &[Row] = &[
    Row { name: "agents", measure: agents },
    Row { name: "waiting", measure: waiting },
    Row { name: "growth", measure: growth },
    Row { name: "fits", measure: fits },
];

pub(super) const SCAN: &str = "naive scan";

fn agents(context: Context) -> Result<Vec<Measured>> {
    let scene = |full, small| Scene { agents: context.size(full, small), ..Scene::CITY };
    let few = faster(context, ["agents-10k", "agents-10k-whole"], scene(10_000, 100))?;
    let many = faster(context, ["agents-100k", "agents-100k-whole"], scene(100_000, 200))?;
    Ok([few, many].concat())
}

fn waiting(context: Context) -> Result<Vec<Measured>> {
    let city = Scene { agents: context.size(10_000, 100), ..Scene::CITY };
    let scene = |full, small| Scene { waiting: context.size(full, small), ..city };
    let few = faster(context, ["waiting-100k", "waiting-100k-whole"], scene(100_000, 300))?;
    let many = faster(context, ["waiting-1m", "waiting-1m-whole"], scene(1_000_000, 600))?;
    Ok([few, many].concat())
}

/// How many times faster matching alone and the whole engine are than the scan, on one trace.
fn faster(context: Context, targets: [&'static str; 2], scene: Scene) -> Result<Vec<Measured>> {
    let turns = in_turn(context, scene)?;
    let scan = Spread::of(turns.iter().map(|turn| turn.scan));
    let line = |(side, target): (usize, &'static str)| {
        let ratio = Spread::of(turns.iter().map(|turn| turn.scan / turn.ours[side]));
        let ours = Spread::of(turns.iter().map(|turn| turn.ours[side]));
        let peer = Peer { name: SCAN, figure: scan, unit: "ns a contact", ratio: None };
        let who = ["matching alone", "the whole engine"][side];
        let note = format!("{who} {:.0} ns a contact", ours.median);
        Measured::alone(target, ratio).beside(peer).noted(note)
    };
    Ok(targets.into_iter().enumerate().map(line).collect())
}

/// CPU time a contact in one turn of each side, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(in crate::table) struct Turn {
    pub(in crate::table) scan: f64,
    /// Matching alone, and the whole engine.
    pub(in crate::table) ours: [f64; 2],
}

/// Every side in turn. Each contact is matched once on every side, and ends. The scan plays fewer
/// of them, so that it ends today; the others' checksum after as many must be the scan's.
pub(in crate::table) fn in_turn(context: Context, scene: Scene) -> Result<Vec<Turn>> {
    let mut alone = Centre::new(scene, Alone::default());
    let mut whole = Centre::new(scene, Engine::new(1));
    let mut naive = Centre::new(scene, Naive::default());
    let fewer = scanned(context, scene);
    let more = context.rounds(100_000).max(fewer);
    alone.remember(2 * fewer * context.pairs());
    whole.remember(2 * fewer * context.pairs());
    let mut turns = Vec::new();
    for _ in 0..context.pairs() {
        let by_alone = cpu_ns_each(more, || cycles(&mut alone, more));
        let scan = cpu_ns_each(fewer, || cycles(&mut naive, fewer));
        let by_whole = cpu_ns_each(more, || cycles(&mut whole, more));
        turns.push(Turn { scan, ours: [by_alone, by_whole] });
    }
    same_sums(&alone, &naive)?;
    same_sums(&whole, &naive)?;
    Ok(turns)
}

/// Contacts that the scan plays a turn: about an eighth of a second of scanning.
pub(super) fn scanned(context: Context, scene: Scene) -> usize {
    let count = 80_000_000 / (scene.agents + scene.waiting).max(1) as usize;
    context.rounds(count.clamp(40, 4_000)).max(4)
}

fn cycles<S: Side>(centre: &mut Centre<S>, count: usize) {
    for _ in 0..count {
        centre.cycle();
    }
}

/// Fails unless both sides matched alike, as far as the naive one got.
pub(super) fn same_sums<S: Side>(engine: &Centre<S>, naive: &Centre<Naive>) -> Result<()> {
    ensure!(
        engine.sum_after(naive.matches) == Some(naive.sum),
        "engine and scan matched differently: checksum {:x?} against {:x} after {} matches",
        engine.sum_after(naive.matches),
        naive.sum,
        naive.matches,
    );
    Ok(())
}

fn growth(context: Context) -> Result<Vec<Measured>> {
    let size = |full, small| context.size(full, small);
    let few = Scene { agents: size(1_000, 100), ..Scene::CITY };
    let many = Scene { agents: size(100_000, 200), ..few };
    let city = Scene { agents: size(10_000, 100), ..Scene::CITY };
    let short = Scene { waiting: size(1_000, 200), ..city };
    let long = Scene { waiting: size(1_000_000, 400), ..city };
    Ok(vec![
        compared(context, "growth-agents", few, many)?,
        compared(context, "growth-waiting", short, long)?,
    ])
}

fn fits(context: Context) -> Result<Vec<Measured>> {
    let agents = context.size(10_000, 100);
    let few = Scene { agents, fits: 40, ..Scene::CITY };
    let many = Scene { fits: 400, ..few };
    let waiting = context.size(100_000, 300);
    let overload = (Scene { waiting, ..few }, Scene { waiting, ..many });
    Ok(vec![
        compared(context, "fits-underload", few, many)?,
        compared(context, "fits-overload", overload.0, overload.1)?,
    ])
}

/// What the time of a contact grows by from one scene to the other: the engine's, all turns of
/// both scenes in one run, beside the scan's.
fn compared(context: Context, target: &'static str, from: Scene, to: Scene) -> Result<Measured> {
    let mut engines = [from, to].map(|scene| Centre::new(scene, Engine::new(1)));
    let mut scans = [from, to].map(|scene| Centre::new(scene, Naive::default()));
    let [fewer, fewer_still] = [from, to].map(|scene| scanned(context, scene));
    for (engine, fewer) in engines.iter_mut().zip([fewer, fewer_still]) {
        engine.remember(2 * fewer * context.pairs());
    }
    let count = context.rounds(100_000).max(fewer).max(fewer_still);
    let ([engine, large_engine], [scan, large_scan]) = (&mut engines, &mut scans);
    let turns = context.turns(
        || cpu_ns_each(count, || cycles(engine, count)),
        || cpu_ns_each(count, || cycles(large_engine, count)),
    );
    let by_scan = context.turns(
        || cpu_ns_each(fewer, || cycles(scan, fewer)),
        || cpu_ns_each(fewer_still, || cycles(large_scan, fewer_still)),
    );
    same_sums(engine, scan)?;
    same_sums(large_engine, large_scan)?;
    let peer = Peer { name: SCAN, figure: by_scan.ratio, unit: "x", ratio: None };
    let note = format!("{:.0} → {:.0} ns a contact", turns.a.median, turns.b.median);
    Ok(Measured::alone(target, turns.ratio).beside(peer).noted(note))
}
