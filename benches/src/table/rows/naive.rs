//! The engine beside the naive scan: one trace, one result, how many times faster; and how the
//! time of a command grows with the size of the centre.

use acd_core::Engine;
use anyhow::{Result, ensure};

use super::Row;
use crate::table::measure::{Context, Measured, Peer, Turns, cpu_ns_each};
use crate::{Centre, Naive, Scene, Side};

pub(super) const ROWS: &[Row] = &[
    Row { name: "agents", measure: agents },
    Row { name: "waiting", measure: waiting },
    Row { name: "growth", measure: growth },
    Row { name: "fits", measure: fits },
];

pub(super) const SCAN: &str = "naive scan";

fn agents(context: Context) -> Result<Vec<Measured>> {
    let sizes = [("agents-10k", 10_000, 100), ("agents-100k", 100_000, 200)];
    let scenes = sizes.map(|(target, full, small)| {
        (target, Scene { agents: context.size(full, small), ..Scene::CITY })
    });
    scenes.into_iter().map(|(target, scene)| faster(context, target, scene)).collect()
}

fn waiting(context: Context) -> Result<Vec<Measured>> {
    let sizes = [("waiting-100k", 100_000, 300), ("waiting-1m", 1_000_000, 600)];
    let agents = context.size(10_000, 100);
    let scenes = sizes.map(|(target, full, small)| {
        (target, Scene { agents, waiting: context.size(full, small), ..Scene::CITY })
    });
    scenes.into_iter().map(|(target, scene)| faster(context, target, scene)).collect()
}

/// How many times faster the engine is than the scan, on one trace.
fn faster(context: Context, target: &'static str, scene: Scene) -> Result<Measured> {
    let turns = beside_scan(context, scene)?;
    let peer = Peer { name: SCAN, figure: turns.b, unit: "ns a contact", ratio: None };
    let note = format!("engine {:.0} ns a contact", turns.a.median);
    Ok(Measured::alone(target, turns.ratio).beside(peer).noted(note))
}

/// CPU time a contact, every command counted, of the engine (a) and the scan (b) in turn.
///
/// Each contact is matched once on either side, and ends. The scan plays fewer of them, so that
/// it ends today; the engine's checksum after as many must be the scan's.
pub(crate) fn beside_scan(context: Context, scene: Scene) -> Result<Turns> {
    let mut engine = Centre::new(scene, Engine::new(1));
    let mut naive = Centre::new(scene, Naive::default());
    let fewer = scanned(context, scene);
    let more = context.rounds(100_000).max(fewer);
    engine.remember(2 * fewer * context.pairs());
    let turns = context.turns(
        || cpu_ns_each(more, || cycles(&mut engine, more)),
        || cpu_ns_each(fewer, || cycles(&mut naive, fewer)),
    );
    same_sums(&engine, &naive)?;
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
pub(super) fn same_sums(engine: &Centre<Engine>, naive: &Centre<Naive>) -> Result<()> {
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
