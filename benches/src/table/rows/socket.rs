//! The socket: round trips beside a bare echo, redis and NATS; pipelines beside redis; the
//! hand-off; the idle server. Both ends are processes of their own.

use std::time::Duration;

use acd_load::{
    Exe, Handoff, Idle, IdleReport, Peer as Program, Ratios, RoundTrip, Summary, Trips, TripsReport,
};
use anyhow::{Context as _, Result};

use super::Row;
use crate::table::measure::{Context, Measured, Peer, Spread};

pub(super) const ROWS: &[Row] = &[
    Row { name: "echo", measure: echo },
    Row { name: "ping", measure: ping },
    Row { name: "pipelined", measure: pipelined },
    Row { name: "hand-off", measure: hand_off },
    Row { name: "idle", measure: idle },
];

/// Requests on their way at once.
const DEPTHS: [(&str, usize); 3] =
    [("pipelined-16", 16), ("pipelined-64", 64), ("pipelined-512", 512)];

fn trips(context: Context) -> Result<Trips> {
    let exe = Exe::beside()?;
    let (trips, turn) = if context.small { (50, 5) } else { (context.rounds(3_000), 200) };
    let turn = Duration::from_millis(turn);
    Ok(Trips { rounds: context.pairs(), trips, turn, ..Trips::new(exe) })
}

fn spread(ratios: Ratios, rounds: usize) -> Spread {
    Spread { median: ratios.median, low: ratios.least, high: ratios.most, samples: rounds }
}

/// The trip of the server over this socket with this request.
fn of<'a>(
    report: &'a TripsReport,
    (socket, request, encoding): (&str, &str, &str),
) -> Result<&'a RoundTrip> {
    let mut trips = report.trips.iter();
    let found = trips.find(|trip| {
        (trip.program, trip.socket, trip.request, trip.encoding)
            == ("acd", socket, request, encoding)
    });
    found.context("the server was not asked")
}

fn echo(context: Context) -> Result<Vec<Measured>> {
    let report = trips(context)?.run()?;
    let mut lines = Vec::new();
    for (encoding, min, p10) in
        [("bin1", "echo-binary-min", "echo-binary-p10"), ("json", "echo-json-min", "echo-json-p10")]
    {
        let ping = of(&report, ("unix", "ping", encoding))?;
        let command = of(&report, ("unix", "agent.state", encoding))?;
        let rounds = context.pairs();
        let note = |own: u64, ratio: Ratios| {
            format!("{:.1} µs; a command {:.2}x", own as f64 / 1e3, ratio.median)
        };
        let (ours, theirs) = (&ping.compared[0], &command.compared[0]);
        lines.push(
            Measured::alone(min, spread(ours.min, rounds)).noted(note(ping.min_ns, theirs.min)),
        );
        lines.push(
            Measured::alone(p10, spread(ours.p10, rounds)).noted(note(ping.p10_ns, theirs.p10)),
        );
    }
    Ok(lines)
}

fn ping(context: Context) -> Result<Vec<Measured>> {
    for peer in Program::ALL {
        peer.install()?;
    }
    let report = Trips { peers: Program::ALL.to_vec(), ..trips(context)? }.run()?;
    let ours = of(&report, ("tcp", "ping", "bin1"))?;
    let line = |target, with: &str| -> Result<Measured> {
        let found = ours.compared.iter().find(|other| other.with == with);
        let other = found.context("the peer was not asked")?;
        let note = format!("p10 {:.1} µs over TCP", ours.p10_ns as f64 / 1e3);
        Ok(Measured::alone(target, spread(other.p10, context.pairs())).noted(note))
    };
    Ok(vec![line("ping-redis", "redis")?, line("ping-nats", "nats")?])
}

fn pipelined(context: Context) -> Result<Vec<Measured>> {
    Program::Redis.install()?;
    let depths = DEPTHS.map(|(_, depth)| depth).to_vec();
    let report =
        Trips { peers: vec![Program::Redis], depths, ..trips(context)? }.run_pipelines()?;
    let line = |(target, depth)| -> Result<Measured> {
        let at = || report.pipelined.iter().filter(move |lane| lane.depth == depth);
        let calls =
            at().find(|lane| lane.what.starts_with("contact.new") && lane.encoding == "bin1");
        let redis = at().find(|lane| lane.encoding == "resp").context("redis was not asked")?;
        let calls = calls.context("the server was not asked")?;
        let ratio = calls.against_redis.context("there is nothing to compare with")?;
        let rate = |per_second: u64| Spread::of([per_second as f64 / 1e6]);
        let peer =
            Peer { name: "redis SET", figure: rate(redis.per_second), unit: "M/s", ratio: None };
        let ours = calls.per_second as f64 / 1e6;
        let frames = calls.frames_per_second as f64 / calls.per_second.max(1) as f64;
        let by_frames = calls.frames_against_redis.unwrap_or_default().median;
        let one_reply =
            at().find(|lane| lane.what == "agent.state").and_then(|it| it.against_redis);
        let one_reply = one_reply.unwrap_or_default().median;
        let note = format!(
            "{ours:.2} M/s: contacts matched, and abandoned; {frames:.1} frames each where redis has \
             2.0, {by_frames:.2}x by frames; agent.state, with one reply as a SET has, {one_reply:.2}x"
        );
        Ok(Measured::alone(target, spread(ratio, context.pairs())).beside(peer).noted(note))
    };
    DEPTHS.into_iter().map(line).collect()
}

/// Both ways to become free: the slower one counts.
fn hand_off(context: Context) -> Result<Vec<Measured>> {
    let exe = Exe::beside()?;
    let modes = [
        ("none", "hand-off-none-p50", "hand-off-none-p99"),
        ("async", "hand-off-async-p50", "hand-off-async-p99"),
        ("fsync", "hand-off-fsync-p50", "hand-off-fsync-p99"),
    ];
    let durabilities = modes.iter().map(|(mode, ..)| (*mode).to_owned()).collect();
    let count = if context.small { 20 } else { context.rounds(2_000) };
    let report = Handoff { durabilities, count, ..Handoff::new(exe) }.run()?;
    let mut lines = Vec::new();
    for (mode, p50, p99) in modes {
        let ways = || report.rows.iter().filter(|row| row.durable == mode);
        let spread =
            |ns: fn(&Summary) -> u64| Spread::of(ways().map(|row| ns(&row.times) as f64 / 1e6));
        let line = |target, found: Spread, asterisk: f64| {
            let slower = Spread { median: found.high, ..found };
            let figure = Spread::of([asterisk]);
            let ratio = Some(slower.map(|ms| asterisk / ms));
            let peer = Peer { name: "app_queue, measured apart", figure, unit: "ms", ratio };
            let note = "the slower of contact.end and agent.wrap_done";
            Measured::alone(target, slower).beside(peer).noted(note)
        };
        lines.push(line(p50, spread(|times| times.p50_ns), 411.0));
        lines.push(line(p99, spread(|times| times.p99_ns), 1_100.0));
    }
    Ok(lines)
}

fn idle(context: Context) -> Result<Vec<Measured>> {
    let exe = Exe::beside()?;
    let length = Duration::from_secs(if context.small { 1 } else { context.rounds(20) as u64 });
    let agents = context.size(10_000, 100) as usize;
    let unwatched = Idle { agents, length, ..Idle::new(exe) };
    let watched = Idle { watch_hz: 10, ..unwatched.clone() };
    let line = |target, of: fn(&IdleReport) -> f64, idle: Idle| -> Result<Measured> {
        let report = idle.run()?;
        let ran_ms = report.ran_ns as f64 / 1e6;
        let note = format!("{ran_ms:.2} ms of all threads in {:.0} s", report.seconds);
        Ok(Measured::alone(target, Spread::of([of(&report)])).noted(note))
    };
    Ok(vec![
        line("idle", |report| report.percent, unwatched)?,
        line("top", |report| report.core_percent, watched)?,
    ])
}
