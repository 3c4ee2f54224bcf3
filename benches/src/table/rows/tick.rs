//! The longest single Tick when very many contacts are satisfied with less in one instant: CPU
//! time, so that a Tick during which others had the core is not longer for it. By the wall clock
//! it is in the note.

use acd_core::{Command, Engine, Nanos};
use anyhow::{Result, ensure};

use super::Row;
use super::naive::SCAN;
use crate::table::measure::{Context, Measured, Peer, Spread, Stopwatch, cpu_ns, histogram};
use crate::{Centre, Naive, Scene, Side};

pub(super) const ROWS: &[Row] = &[Row { name: "tick", measure: tick }];

fn tick(context: Context) -> Result<Vec<Measured>> {
    let scene = Scene {
        agents: context.size(10_000, 100),
        waiting: context.size(100_000, 600),
        // All come in one instant, and relax in one.
        pace: Nanos(0),
        relax_after: Nanos::from_secs(3_600),
        ..Scene::CITY
    };
    let (mut by_engine, mut by_scan) = (Vec::new(), Vec::new());
    let (mut middle, mut by_wall) = (Vec::new(), Vec::new());
    let watch = Stopwatch::new();
    let pairs = if context.quick { 3 } else { context.pairs() };
    for pair in 0..pairs {
        let mut engine = Centre::new(scene, Engine::new(1));
        let ours = longest(&mut engine, &watch);
        by_engine.push(ours.0);
        middle.push(ours.1);
        by_wall.push(ours.2);
        if pair < 3 {
            let mut naive = Centre::new(scene, Naive::default());
            by_scan.push(longest(&mut naive, &watch).0);
            ensure!(engine.sum == naive.sum, "engine and scan matched differently");
            let ticks = (engine.commands, naive.commands);
            ensure!(ticks.0 == ticks.1, "engine and scan ticked differently: {ticks:?}");
        }
    }
    let figure = Spread::of(by_engine);
    let scan = Spread::of(by_scan);
    let ratio = Some(figure.map(|ms| scan.median / ms));
    let peer = Peer { name: SCAN, figure: scan, unit: "ms", ratio };
    let (middle, wall) = (Spread::of(middle).median, Spread::of(by_wall).median);
    let note =
        format!("the middle Tick {middle:.3} ms; by the wall clock the longest {wall:.3} ms");
    Ok(vec![Measured::alone("tick", figure).beside(peer).noted(note)])
}

/// The longest Tick and the middle one, and the longest by the wall clock, in milliseconds.
fn longest<S: Side>(centre: &mut Centre<S>, watch: &Stopwatch) -> (f64, f64, f64) {
    centre.wait(Nanos::from_secs(3_600));
    let (mut times, mut by_wall) = (histogram(), 0);
    while centre.tick_is_due() {
        let start = cpu_ns();
        by_wall = by_wall.max(watch.time(|| centre.apply_now(Command::Tick)));
        let spent = cpu_ns() - start;
        #[expect(clippy::cast_sign_loss, reason = "a clock does not go back")]
        times.saturating_record(spent as u64);
    }
    let ms = |ns: u64| ns as f64 / 1e6;
    (ms(times.max()), ms(times.value_at_quantile(0.5)), ms(by_wall))
}
