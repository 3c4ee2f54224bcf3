//! What is aimed at: every line of the table, with its goal and its stretch.

/// Which way a figure gets better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    More,
    /// Less is better.
    Less,
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A ratio of two figures of one run.
    Times,
    /// Nanoseconds.
    Nanoseconds,
    /// Milliseconds.
    Milliseconds,
    /// Instructions of one command.
    Instructions,
    /// Millions a second, on one core.
    Millions,
    /// Bytes.
    Bytes,
    /// A plain number.
    Count,
    /// Hundredths.
    Percent,
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// Its name, by which a measurement says which line it belongs to.
    pub id: &'static str,
    /// The row that measures it.
    pub row: &'static str,
    /// What is measured.
    pub what: &'static str,
    /// What the figure counts.
    pub unit: Unit,
    /// Which way it gets better.
    pub better: Better,
    /// What it must reach.
    pub goal: f64,
    /// What it would be proud to reach, where there is more to reach.
    pub stretch: Option<f64>,
}

/// How a figure compares with its target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// At the stretch or better.
    Stretch,
    /// At the goal or better.
    Met,
    /// Worse than the goal by so many percent of it.
    Short(f64),
}

impl Target {
    /// How a figure compares with this target.
    pub fn verdict(&self, figure: f64) -> Verdict {
        let reaches = |bound: f64| match self.better {
            More => figure >= bound,
            Less => figure <= bound,
        };
        if self.stretch.is_some_and(reaches) {
            Verdict::Stretch
        } else if reaches(self.goal) {
            Verdict::Met
        } else {
            // Where the goal is none at all, whatever is measured is wholly too much.
            let by = if self.goal == 0.0 { 1.0 } else { (figure - self.goal).abs() / self.goal };
            Verdict::Short(100.0 * by)
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stretch => write!(f, "stretch"),
            Self::Met => write!(f, "met"),
            Self::Short(by) => write!(f, "short by {by:.0} %"),
        }
    }
}

const fn target(
    (row, id): (&'static str, &'static str),
    what: &'static str,
    (better, unit): (Better, Unit),
    goal: f64,
    stretch: Option<f64>,
) -> Target {
    Target { id, row, what, unit, better, goal, stretch }
}

use Better::{Less, More};
use Unit::{Bytes, Count, Instructions, Millions, Milliseconds, Nanoseconds, Percent, Times};

/// The whole table, in the order it is printed.
#[rustfmt::skip] // One line a line of the table.
pub const TARGETS: &[Target] = &[
    target(("agents", "agents-10k"), "matching to a naive scan, 10k agents, nobody waits", (More, Times), 50.0, Some(100.0)),
    target(("agents", "agents-10k-whole"), "the whole engine to the scan, 10k agents", (More, Times), 50.0, Some(100.0)),
    target(("agents", "agents-100k"), "matching to a naive scan, 100k agents", (More, Times), 400.0, Some(1_000.0)),
    target(("agents", "agents-100k-whole"), "the whole engine to the scan, 100k agents", (More, Times), 400.0, Some(1_000.0)),
    target(("waiting", "waiting-100k"), "matching to a naive scan, 10k agents, 100k waiting", (More, Times), 400.0, Some(1_000.0)),
    target(("waiting", "waiting-100k-whole"), "the whole engine to the scan, 100k waiting", (More, Times), 400.0, Some(1_000.0)),
    target(("waiting", "waiting-1m"), "matching to a naive scan, 10k agents, 1M waiting", (More, Times), 3_500.0, Some(6_000.0)),
    target(("waiting", "waiting-1m-whole"), "the whole engine to the scan, 1M waiting", (More, Times), 3_500.0, Some(6_000.0)),
    target(("growth", "growth-agents"), "time per command, 100k agents to 1k", (Less, Times), 2.5, Some(2.0)),
    target(("growth", "growth-waiting"), "time per command, 1M waiting to 1k", (Less, Times), 1.5, Some(1.3)),
    target(("fits", "fits-underload"), "an agent fits 400 classes instead of 40, nobody waits", (Less, Times), 1.2, Some(1.05)),
    target(("fits", "fits-overload"), "the same, 100k waiting", (Less, Times), 2.0, Some(1.3)),
    target(("available", "available-p50"), "agent available → match, 100k waiting, p50", (Less, Nanoseconds), 100.0, Some(60.0)),
    target(("available", "available-p99"), "the same, p99", (Less, Nanoseconds), 500.0, Some(300.0)),
    target(("available", "available-p999"), "the same, p99.9", (Less, Nanoseconds), 750.0, Some(600.0)),
    target(("available", "available-whole-p50"), "the whole command, p50", (Less, Nanoseconds), 100.0, Some(60.0)),
    target(("available", "available-whole-p99"), "the same, p99", (Less, Nanoseconds), 500.0, Some(300.0)),
    target(("available", "available-whole-p999"), "the same, p99.9", (Less, Nanoseconds), 750.0, Some(600.0)),
    target(("arrives", "arrives-p50"), "contact arrives → offer, 200 signatures, p50", (Less, Nanoseconds), 130.0, Some(80.0)),
    target(("arrives", "arrives-p99"), "the same, p99", (Less, Nanoseconds), 300.0, Some(200.0)),
    target(("arrives", "arrives-p999"), "the same, p99.9", (Less, Nanoseconds), 500.0, Some(400.0)),
    target(("arrives", "arrives-whole-p50"), "the whole command, p50", (Less, Nanoseconds), 130.0, Some(80.0)),
    target(("arrives", "arrives-whole-p99"), "the same, p99", (Less, Nanoseconds), 300.0, Some(200.0)),
    target(("arrives", "arrives-whole-p999"), "the same, p99.9", (Less, Nanoseconds), 500.0, Some(400.0)),
    target(("instructions", "instructions-wait"), "matching: a contact waits, 38 classes an agent", (Less, Instructions), 100.0, Some(80.0)),
    target(("instructions", "instructions-available"), "an agent is available and gets a contact", (Less, Instructions), 400.0, Some(300.0)),
    target(("instructions", "instructions-match"), "a contact comes and gets an agent", (Less, Instructions), 1_000.0, Some(700.0)),
    target(("instructions", "instructions-idle"), "an agent is available and nobody waits", (Less, Instructions), 350.0, Some(250.0)),
    target(("instructions", "instructions-whole-wait"), "the whole command: a contact waits", (Less, Instructions), 100.0, Some(80.0)),
    target(("instructions", "instructions-whole-available"), "an agent is available and gets a contact", (Less, Instructions), 400.0, Some(300.0)),
    target(("instructions", "instructions-whole-match"), "a contact comes and gets an agent", (Less, Instructions), 1_000.0, Some(700.0)),
    target(("instructions", "instructions-whole-idle"), "an agent is available and nobody waits", (Less, Instructions), 350.0, Some(250.0)),
    target(("life", "life"), "whole life of a contact, 200 signatures, commands/s", (More, Millions), 10.0, Some(15.0)),
    target(("distinct", "distinct"), "10k distinct agents, 100k waiting, relaxing, commands/s", (More, Millions), 2.0, Some(4.0)),
    target(("memory", "contact-bytes"), "a waiting contact in what matching touches", (Less, Bytes), 32.0, Some(24.0)),
    target(("memory", "allocations"), "allocations of a command in steady state", (Less, Count), 0.0, Some(0.0)),
    target(("memory", "agent-bytes-shared"), "an agent in the idle index, 200 signatures", (Less, Bytes), 64.0, Some(32.0)),
    target(("memory", "agent-bytes-distinct"), "the same, 10k distinct agents", (Less, Bytes), 160.0, Some(107.0)),
    target(("tick", "tick"), "longest Tick, 100k contacts relax in one instant", (Less, Milliseconds), 0.1, Some(0.05)),
    target(("echo", "echo-binary-min"), "round trip to that of a bare echo, binary, min", (Less, Times), 1.06, Some(1.04)),
    target(("echo", "echo-binary-p10"), "the same, p10", (Less, Times), 1.06, Some(1.04)),
    target(("echo", "echo-json-min"), "round trip to that of a bare echo, JSON, min", (Less, Times), 1.10, Some(1.08)),
    target(("echo", "echo-json-p10"), "the same, p10", (Less, Times), 1.10, Some(1.08)),
    target(("ping", "ping-redis"), "round trip to redis PING, same client, one core", (Less, Times), 0.95, Some(0.9)),
    target(("ping", "ping-nats"), "round trip to NATS PING, same client, one core", (Less, Times), 0.7, Some(0.6)),
    target(("pipelined", "pipelined-16"), "decisions to redis SETs a second, one core, depth 16", (More, Times), 1.5, Some(2.5)),
    target(("pipelined", "pipelined-64"), "the same, depth 64", (More, Times), 1.8, Some(2.5)),
    target(("pipelined", "pipelined-512"), "the same, depth 512", (More, Times), 2.0, Some(2.5)),
    target(("durable", "durable"), "logged records to single fsyncs a second, depth 2,048: 1,024 a commit", (More, Times), 500.0, Some(900.0)),
    target(("durable", "durable-half"), "the same, depth 1,024: 512 a commit", (More, Times), 500.0, Some(900.0)),
    target(("kept", "kept"), "a command logged without waiting to one that is not, round trip", (Less, Times), 1.05, None),
    target(("hand-off", "hand-off-none-p50"), "freed agent → next offer read, no log, p50", (Less, Milliseconds), 0.0411, Some(0.02055)),
    target(("hand-off", "hand-off-none-p99"), "the same, p99", (Less, Milliseconds), 0.11, Some(0.055)),
    target(("hand-off", "hand-off-async-p50"), "the same, logged without waiting, p50", (Less, Milliseconds), 0.411, None),
    target(("hand-off", "hand-off-async-p99"), "the same, p99", (Less, Milliseconds), 1.1, None),
    target(("hand-off", "hand-off-fsync-p50"), "the same, on disk before it is told, p50", (Less, Milliseconds), 0.411, None),
    target(("hand-off", "hand-off-fsync-p99"), "the same, p99", (Less, Milliseconds), 1.1, None),
    target(("idle", "idle"), "idle server, 10k agents signed in, of a core", (Less, Percent), 0.5, None),
    target(("idle", "top"), "the core thread with acd top at 10 Hz, of a core", (Less, Percent), 2.0, None),
    target(("restart", "restart"), "restart with 1M waiting → first decision", (Less, Milliseconds), 1_000.0, None),
    target(("restart", "snapshot"), "what a snapshot of 1M adds to a decision's p99.9", (Less, Milliseconds), 1.0, None),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_judged_by_its_target() {
        let less = Target { goal: 100.0, stretch: Some(60.0), better: Less, ..TARGETS[0] };
        let more = Target { goal: 50.0, stretch: None, better: More, ..TARGETS[0] };
        let none = Target { goal: 0.0, stretch: Some(0.0), better: Less, ..TARGETS[0] };
        for (target, figure, expected) in [
            (less, 60.0, "stretch"),
            (less, 61.0, "met"),
            (less, 150.0, "short by 50 %"),
            (more, 500.0, "met"),
            (more, 40.0, "short by 20 %"),
            (none, 0.0, "stretch"),
            (none, 3.0, "short by 100 %"),
        ] {
            assert_eq!(target.verdict(figure).to_string(), expected, "{figure} of {target:?}");
        }
    }
}
