//! How rows measure: on the CPU's clock, both sides in turn in one run, and what they hand back.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use nix::time::{ClockId, clock_gettime};

/// How much a row may take.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// A tenth of the rounds: for a look, and for tests.
    pub quick: bool,
    /// Sizes a tenth to a thousandth of the row's: for tests, where figures mean nothing.
    pub small: bool,
}

/// A figure measured several times.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Spread {
    /// The middle one.
    pub median: f64,
    /// The least.
    pub low: f64,
    /// The greatest.
    pub high: f64,
    /// How many there were.
    pub samples: usize,
}

/// What a figure stands beside, measured in the same run.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Peer {
    /// Who.
    pub name: &'static str,
    /// Its figure, in the same unit unless `unit` says otherwise.
    pub figure: Spread,
    /// What its figure counts.
    pub unit: &'static str,
    /// How many times better we are; below 1 where worse.
    pub ratio: Option<Spread>,
}

/// One line of the table, measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The target's name.
    pub target: &'static str,
    /// The figure, in the target's unit.
    pub figure: Spread,
    /// What it stands beside.
    pub peer: Option<Peer>,
    /// What a reader should know of how it came about.
    pub note: String,
}

/// Two sides measured in turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Turns {
    /// The first side's figure.
    pub a: Spread,
    /// The second's.
    pub b: Spread,
    /// The second's divided by the first's, pair by pair.
    pub ratio: Spread,
}

impl Spread {
    /// Of figures, of which there is at least one.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let last = figures.len() - 1;
        let median = f64::midpoint(figures[last / 2], figures[last.div_ceil(2)]);
        Self { median, low: figures[0], high: figures[last], samples: figures.len() }
    }

    /// Each figure changed alike; falls stay falls.
    #[must_use]
    pub fn map(self, change: impl Fn(f64) -> f64) -> Self {
        let (a, b) = (change(self.low), change(self.high));
        Self { median: change(self.median), low: a.min(b), high: a.max(b), ..self }
    }
}

impl Measured {
    /// A figure without a peer.
    pub const fn alone(target: &'static str, figure: Spread) -> Self {
        Self { target, figure, peer: None, note: String::new() }
    }

    /// The same beside a peer.
    #[must_use]
    pub fn beside(self, peer: Peer) -> Self {
        Self { peer: Some(peer), ..self }
    }

    /// The same with a note.
    #[must_use]
    pub fn noted(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }
}

impl Context {
    /// How often both sides take their turn.
    pub const fn pairs(self) -> usize {
        if self.small { 3 } else { 7 }
    }

    /// `full` rounds, or fewer.
    pub const fn rounds(self, full: usize) -> usize {
        match self {
            Self { small: true, .. } => full.div_ceil(1_000),
            Self { quick: true, .. } => full.div_ceil(10),
            _ => full,
        }
    }

    /// A size of the row, or the small one.
    pub const fn size(self, full: u32, small: u32) -> u32 {
        if self.small { small } else { full }
    }

    /// Both sides in turn, A B A B. Each turn gives its figure.
    pub fn turns(self, mut a: impl FnMut() -> f64, mut b: impl FnMut() -> f64) -> Turns {
        let pairs: Vec<(f64, f64)> = (0..self.pairs()).map(|_| (a(), b())).collect();
        Turns {
            a: Spread::of(pairs.iter().map(|pair| pair.0)),
            b: Spread::of(pairs.iter().map(|pair| pair.1)),
            ratio: Spread::of(pairs.iter().map(|pair| pair.1 / pair.0)),
        }
    }
}

/// CPU time of this thread in nanoseconds: what other work on the machine takes does not count.
pub(super) fn cpu_ns() -> f64 {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("a thread has a CPU clock");
    time.tv_sec() as f64 * 1e9 + time.tv_nsec() as f64
}

/// CPU time that `work` takes, divided by `count`.
pub(super) fn cpu_ns_each(count: usize, work: impl FnOnce()) -> f64 {
    let start = cpu_ns();
    work();
    (cpu_ns() - start) / count as f64
}

/// Times single commands on the processor's own counter.
pub(super) struct Stopwatch {
    clock: quanta::Clock,
}

impl Stopwatch {
    pub(super) fn new() -> Self {
        Self { clock: quanta::Clock::new() }
    }

    /// How long `work` takes, in nanoseconds; what [`Self::empty`] shows is included.
    pub(super) fn time(&self, work: impl FnOnce()) -> u64 {
        let start = self.clock.raw();
        work();
        let end = self.clock.raw();
        self.clock.delta_as_nanos(start, end)
    }

    /// The times of doing nothing.
    pub(super) fn empty(&self, count: usize) -> Histogram<u64> {
        let mut times = histogram();
        for _ in 0..count {
            times.saturating_record(self.time(|| {}));
        }
        times
    }
}

/// For times up to ten seconds, to three digits.
pub(super) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 10_000_000_000, 3).expect("the bounds are in order")
}

/// The percentiles of several histograms, each as a spread over them.
pub(super) fn percentiles(
    histograms: &[Histogram<u64>],
    wanted: &[(&'static str, f64)],
) -> BTreeMap<&'static str, Spread> {
    let spread = |percentile: f64| {
        Spread::of(histograms.iter().map(|times| times.value_at_quantile(percentile) as f64))
    };
    wanted.iter().map(|&(name, percentile)| (name, spread(percentile))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_the_middle_and_the_ends() {
        let spread = Spread::of([3.0, 1.0, 10.0, 2.0]);
        assert_eq!(spread, Spread { median: 2.5, low: 1.0, high: 10.0, samples: 4 });
        let inverse = spread.map(|figure| 1.0 / figure);
        assert_eq!((inverse.low, inverse.high), (0.1, 1.0));
    }

    #[test]
    fn sides_take_turns() {
        let order = std::cell::RefCell::new(String::new());
        let context = Context { quick: true, small: true };
        let a = || {
            order.borrow_mut().push('a');
            2.0
        };
        let b = || {
            order.borrow_mut().push('b');
            6.0
        };
        let turns = context.turns(a, b);
        assert_eq!(turns.ratio, Spread { median: 3.0, low: 3.0, high: 3.0, samples: 3 });
        assert_eq!(*order.borrow(), "ababab");
    }
}
