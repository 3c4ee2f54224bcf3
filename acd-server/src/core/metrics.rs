//! What the server measures of itself, in real time.

use std::time::Duration;

use acd_proto::snapshot::Quantiles;
use hdrhistogram::Histogram;

/// The longest value the histograms tell apart: 60 s.
const LONGEST_NS: u64 = 60_000_000_000;

/// Counters and distributions since the start.
#[derive(Debug)]
pub(crate) struct Metrics {
    decision_ns: Histogram<u64>,
    request_to_event_us: Histogram<u64>,
    pub(crate) commands: u64,
    pub(crate) rejections: u64,
    pub(crate) slow: u64,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let histogram = |longest| {
            Histogram::new_with_bounds(1, longest, 2).expect("1 and two digits are in bounds")
        };
        Self {
            decision_ns: histogram(LONGEST_NS),
            request_to_event_us: histogram(LONGEST_NS / 1_000),
            commands: 0,
            rejections: 0,
            slow: 0,
        }
    }

    /// A command took so long in the engine.
    pub(crate) fn decision(&mut self, took: Duration) {
        self.decision_ns.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }

    /// A command went through the engine.
    pub(crate) const fn command(&mut self, accepted: bool) {
        if accepted {
            self.commands += 1;
        } else {
            self.rejections += 1;
        }
    }

    /// A request's first event is on its way.
    pub(crate) fn request_to_event(&mut self, took: Duration) {
        self.request_to_event_us
            .saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    pub(crate) fn decision_ns(&self) -> Quantiles {
        quantiles(&self.decision_ns)
    }

    /// How many took how long, the shortest first.
    pub(crate) fn decisions(&self) -> Vec<(u64, u64)> {
        let recorded = self.decision_ns.iter_recorded();
        recorded.map(|at| (at.value_iterated_to(), at.count_at_value())).collect()
    }

    pub(crate) fn request_to_event_us(&self) -> Quantiles {
        quantiles(&self.request_to_event_us)
    }
}

fn quantiles(histogram: &Histogram<u64>) -> Quantiles {
    if histogram.is_empty() {
        return Quantiles::default();
    }
    Quantiles {
        p50: histogram.value_at_quantile(0.5),
        p99: histogram.value_at_quantile(0.99),
        p999: histogram.value_at_quantile(0.999),
        max: histogram.max(),
        count: histogram.len(),
    }
}
