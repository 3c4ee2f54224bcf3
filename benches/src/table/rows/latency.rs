//! Times of single commands: an agent becomes available, a contact comes. Of matching alone and of
//! the whole engine, each beside the scan.

use acd_core::{Command, Engine, Strategy};
use anyhow::Result;
use hdrhistogram::Histogram;

use super::Row;
use super::naive::same_sums;
use crate::table::measure::{Context, Measured, Peer, Spread, Stopwatch, histogram, percentiles};
use crate::{Alone, Centre, Naive, Scene, Side, Signatures};

pub(super) const ROWS: &[Row] =
    &[Row { name: "available", measure: available }, Row { name: "arrives", measure: arrives }];

/// A round that times one command.
type Round<S> = fn(&mut Centre<S>, &Stopwatch) -> u64;

fn available(context: Context) -> Result<Vec<Measured>> {
    let agents = context.size(10_000, 100);
    let scene = Scene { agents, waiting: context.size(100_000, 300), ..Scene::CITY };
    let alone = ["available-p50", "available-p99", "available-p999"];
    let whole = ["available-whole-p50", "available-whole-p99", "available-whole-p999"];
    latencies(context, scene, [alone, whole], (ready, ready, ready))
}

fn arrives(context: Context) -> Result<Vec<Measured>> {
    let scene = Scene {
        agents: context.size(10_000, 100),
        signatures: Signatures::Shared(context.size(200, 5)),
        strategy: Strategy::BestSkill,
        ..Scene::CITY
    };
    let alone = ["arrives-p50", "arrives-p99", "arrives-p999"];
    let whole = ["arrives-whole-p50", "arrives-whole-p99", "arrives-whole-p999"];
    latencies(context, scene, [alone, whole], (arrive, arrive, arrive))
}

/// An agent who was not ready is: the best of those who wait is offered to it. Another comes.
fn ready<S: Side>(centre: &mut Centre<S>, watch: &Stopwatch) -> u64 {
    let agent = centre.end_oldest_not_ready().expect("somebody talks");
    let time = watch.time(|| centre.apply(Command::Ready { agent }));
    centre.answer_all();
    centre.submit();
    centre.answer_all();
    time
}

/// A contact comes and is offered. Another ends.
fn arrive<S: Side>(centre: &mut Centre<S>, watch: &Stopwatch) -> u64 {
    let command = centre.submission();
    let time = watch.time(|| centre.apply(command));
    centre.answer_all();
    centre.end_oldest();
    centre.answer_all();
    time
}

/// p50, p99 and p99.9 of commands beside the scan's and an empty loop's, in turn.
fn latencies(
    context: Context,
    scene: Scene,
    targets: [[&'static str; 3]; 2],
    rounds: (Round<Alone>, Round<Engine>, Round<Naive>),
) -> Result<Vec<Measured>> {
    let watch = Stopwatch::new();
    let mut alone = Centre::new(scene, Alone::default());
    let mut engine = Centre::new(scene, Engine::new(1));
    let mut naive = Centre::new(scene, Naive::default());
    let more = context.rounds(100_000);
    let fewer = context.rounds(2_000).min(more);
    alone.remember(2 * fewer * context.pairs());
    engine.remember(2 * fewer * context.pairs());
    let mut times = [const { Vec::new() }; 4];
    for _ in 0..context.pairs() {
        times[0].push(timed(more, || rounds.0(&mut alone, &watch)));
        times[1].push(timed(more, || rounds.1(&mut engine, &watch)));
        times[2].push(timed(fewer, || rounds.2(&mut naive, &watch)));
        times[3].push(watch.empty(more));
    }
    same_sums(&alone, &naive)?;
    same_sums(&engine, &naive)?;
    let wanted = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)];
    let [alone, whole, scans, nothing] = times.map(|it| percentiles(&it, &wanted));
    let mut lines = Vec::new();
    for (targets, ours) in targets.into_iter().zip([alone, whole]) {
        for (target, (name, _)) in targets.into_iter().zip(wanted) {
            let (ours, scan, nothing) = (ours[name], scans[name], nothing[name]);
            let ratio = Some(Spread { samples: ours.samples, ..ours.map(|ns| scan.median / ns) });
            let peer = Peer { name: "naive scan", figure: scan, unit: "ns", ratio };
            let note = format!("empty loop {:.0} ns", nothing.median);
            lines.push(Measured::alone(target, ours).beside(peer).noted(note));
        }
    }
    Ok(lines)
}

fn timed(count: usize, mut round: impl FnMut() -> u64) -> Histogram<u64> {
    let mut times = histogram();
    for _ in 0..count {
        times.saturating_record(round());
    }
    times
}
