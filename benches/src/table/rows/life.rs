//! Commands a second, every one counted, through whole lives of contacts.

use acd_core::{Engine, Nanos, Strategy};
use anyhow::Result;

use super::Row;
use super::naive::{SCAN, same_sums, scanned};
use crate::table::measure::{Context, Measured, Peer, cpu_ns};
use crate::{Centre, Naive, Scene, Side, Signatures};

pub(super) const ROWS: &[Row] =
    &[Row { name: "life", measure: life }, Row { name: "distinct", measure: distinct }];

/// Comes, is offered, rings, is answered, ends, is wrapped up; agents by level.
fn life(context: Context) -> Result<Vec<Measured>> {
    let scene = Scene {
        agents: context.size(10_000, 100),
        signatures: Signatures::Shared(context.size(200, 5)),
        strategy: Strategy::BestSkill,
        whole_life: true,
        ..Scene::CITY
    };
    Ok(vec![commands(context, "life", scene)?])
}

/// The same where agents are all different, 100,000 wait, and each is satisfied with less after a
/// third and two thirds of its wait.
fn distinct(context: Context) -> Result<Vec<Measured>> {
    let waiting = context.size(100_000, 300);
    let pace = Nanos::from_millis(1);
    let scene = Scene {
        agents: context.size(10_000, 100),
        waiting,
        strategy: Strategy::BestSkill,
        whole_life: true,
        // A contact waits for as long as all before it take, five commands each.
        relax_after: Nanos(pace.0 * 5 * u64::from(waiting) / 3),
        pace,
        ..Scene::CITY
    };
    Ok(vec![commands(context, "distinct", scene)?])
}

/// Millions of commands a second of CPU time, the engine's beside the scan's.
fn commands(context: Context, target: &'static str, scene: Scene) -> Result<Measured> {
    let mut engine = Centre::new(scene, Engine::new(1));
    let mut naive = Centre::new(scene, Naive::default());
    let fewer = scanned(context, scene);
    let more = context.rounds(100_000).max(fewer);
    engine.remember(2 * fewer * context.pairs());
    let turns =
        context.turns(|| ns_a_command(&mut engine, more), || ns_a_command(&mut naive, fewer));
    same_sums(&engine, &naive)?;
    let millions = |ns: f64| 1_000.0 / ns;
    let peer =
        Peer { name: SCAN, figure: turns.b.map(millions), unit: "M/s", ratio: Some(turns.ratio) };
    let note = format!("{:.0} ns a command", turns.a.median);
    Ok(Measured::alone(target, turns.a.map(millions)).beside(peer).noted(note))
}

fn ns_a_command<S: Side>(centre: &mut Centre<S>, contacts: usize) -> f64 {
    let (commands, start) = (centre.commands, cpu_ns());
    for _ in 0..contacts {
        centre.cycle();
    }
    (cpu_ns() - start) / (centre.commands - commands) as f64
}
