//! Distributions in few numbers, and what the machine was doing meanwhile.

use std::fmt;
use std::time::Instant;

use hdrhistogram::Histogram;
use serde::Serialize;

/// A distribution of times, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many.
    pub count: u64,
    /// The least.
    pub min_ns: u64,
    /// 10 of 100.
    pub p10_ns: u64,
    /// The median.
    pub p50_ns: u64,
    /// 99 of 100.
    pub p99_ns: u64,
    /// 999 of 1,000.
    pub p999_ns: u64,
    /// The most.
    pub max_ns: u64,
}

impl Summary {
    pub(crate) fn of(times: &Histogram<u64>) -> Self {
        if times.is_empty() {
            return Self::default();
        }
        Self {
            count: times.len(),
            min_ns: times.min(),
            p10_ns: times.value_at_quantile(0.1),
            p50_ns: times.value_at_quantile(0.5),
            p99_ns: times.value_at_quantile(0.99),
            p999_ns: times.value_at_quantile(0.999),
            max_ns: times.max(),
        }
    }
}

/// A histogram of times from 1 ns to 100 s, to three digits.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 100_000_000_000, 3).expect("the bounds are in order")
}

/// A time as people read it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Time(pub(crate) u64);

impl fmt::Display for Time {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ns = self.0 as f64;
        let text = match self.0 {
            0..1_000 => format!("{ns} ns"),
            1_000..1_000_000 => format!("{:.1} µs", ns / 1e3),
            1_000_000..1_000_000_000 => format!("{:.2} ms", ns / 1e6),
            _ => format!("{:.2} s", ns / 1e9),
        };
        f.pad(&text)
    }
}

/// What else happened on the machine: without it no latency means anything.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// Processors.
    pub cores: usize,
    /// The load averages of 1, 5 and 15 minutes.
    pub load: String,
    /// Time from one look at the clock to the next in an empty loop: what the machine takes away.
    pub empty_loop: Summary,
}

impl Machine {
    /// As it is now; takes about 0.2 s.
    pub fn now() -> Self {
        let mut times = histogram();
        let begun = Instant::now();
        let mut last = begun;
        while last.duration_since(begun).as_millis() < 200 {
            let now = Instant::now();
            times.saturating_record(now.duration_since(last).as_nanos() as u64);
            last = now;
        }
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').take(3).collect::<Vec<_>>().join(" ");
        Self { cores: crate::cpu::cores(), load, empty_loop: Summary::of(&times) }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { p50_ns, p99_ns, p999_ns, max_ns, .. } = self.empty_loop;
        let (p50, p99, p999, max) = (Time(p50_ns), Time(p99_ns), Time(p999_ns), Time(max_ns));
        writeln!(
            f,
            "machine: {} cores, load {}; an empty loop: p50 {p50}, p99 {p99}, p99.9 {p999}, max {max}",
            self.cores, self.load
        )
    }
}
