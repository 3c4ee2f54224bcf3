//! Statistics of a queue: a fold over what happened to its contacts, outside the engine.
//!
//! Pure: no clock, no IO; `now` is an argument. Memory is bounded: one bucket a minute for the
//! sliding interval, one sum for the day, one histogram (13 KiB).
//!
//! ```text
//!  entered answered abandoned flow_out ──> minute buckets ──> counts_interval  15 minutes, sliding
//!                                     └──> the day's sum ───> counts_today     from midnight
//!                  answered ──────────────> histogram ──────> waits            from midnight
//!                     depth ──────────────> minute ends ────> depth_series     15 minutes and now
//! ```
//!
//! A contact counts in the interval in which it *ends* its wait, unless [`Attribution::Entry`]
//! is asked for: then in the one in which it entered.

mod facts;
mod window;

use acd_core::{Nanos, Timestamp};
use acd_proto::snapshot::Counts;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::core::plain::{self, Plain};
use window::{Depth, Window};

pub use facts::{
    FORMULAS, Facts, Formula, answered, formula, inclusive, late_abandons, live, no_short, offered,
    removed, with_flow_out,
};
pub use window::WINDOW_MINUTES;

/// An abandon within this time is short: nobody could have answered.
pub const SHORT_ABANDON: Nanos = Nanos::from_secs(5);

/// Significant digits of the histogram: a quantile is within 1 % of the wait it stands for.
const HISTOGRAM_DIGITS: u8 = 2;
/// Longer waits count as this long in the histogram (31 days); the maximum stays exact.
const HISTOGRAM_MS_MAX: u64 = 31 * 86_400_000;

/// Which interval a contact counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribution {
    /// The one in which it was answered, abandoned or flowed out.
    End,
    /// The one in which it entered, whenever it is known what became of it.
    Entry,
}

/// Waits of the answered since midnight, in milliseconds. All 0 when none was answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// Median.
    pub p50_ms: u64,
    /// 90 of 100.
    pub p90_ms: u64,
    /// 99 of 100.
    pub p99_ms: u64,
    /// The longest, exact.
    pub max_ms: u64,
    /// How many.
    pub count: u64,
}

/// What one queue's contacts did.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QueueStats {
    #[serde(with = "plain")]
    threshold: Nanos,
    #[serde(with = "plain")]
    midnight: Timestamp,
    by_end: Period,
    by_entry: Period,
    depth: Depth,
    #[serde(with = "plain")]
    waits: Histogram<u32>,
    wait_ms_max: u64,
}

/// A histogram of waits that is empty.
fn no_waits() -> Histogram<u32> {
    Histogram::new_with_bounds(1, HISTOGRAM_MS_MAX, HISTOGRAM_DIGITS)
        .expect("the bounds are constants that a histogram takes")
}

impl Plain for Histogram<u32> {
    /// Waits and how often.
    type As = Vec<(u64, u32)>;

    fn plain(&self) -> Self::As {
        self.iter_recorded().map(|at| (at.value_iterated_to(), at.count_at_value())).collect()
    }

    fn of(plain: Self::As) -> Option<Self> {
        let mut waits = no_waits();
        for (wait, count) in plain {
            waits.record_n(wait, count).ok()?;
        }
        Some(waits)
    }
}

/// The sliding interval and the day, under one attribution.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Period {
    window: Window,
    today: Facts,
}

impl Period {
    /// Counts something that belongs to `at`. What lies before midnight is not today's.
    fn count(&mut self, at: Timestamp, midnight: Timestamp, add: impl Fn(&mut Facts)) {
        if let Some(bucket) = self.window.bucket(at) {
            add(bucket);
        }
        if at >= midnight {
            add(&mut self.today);
        }
    }
}

impl QueueStats {
    /// Nothing has happened yet. Contacts answered within `threshold` meet the service level.
    pub fn new(threshold: Nanos) -> Self {
        let waits = no_waits();
        Self {
            threshold,
            midnight: Timestamp::default(),
            by_end: Period::default(),
            by_entry: Period::default(),
            depth: Depth::default(),
            waits,
            wait_ms_max: 0,
        }
    }

    /// Another threshold. What is counted already was judged by the former one.
    pub fn set_threshold(&mut self, threshold: Nanos) {
        self.threshold = threshold;
    }

    /// Says when the city's day began. Another midnight than before starts the day anew, so the
    /// caller may say it as often as it likes, at the latest before the day's first contact.
    pub fn day_began(&mut self, midnight: Timestamp) {
        if midnight != self.midnight {
            self.midnight = midnight;
            self.by_end.today = Facts::default();
            self.by_entry.today = Facts::default();
            self.waits.reset();
            self.wait_ms_max = 0;
        }
    }

    /// A contact entered: new, by transfer, or moved here.
    pub fn entered(&mut self, now: Timestamp) {
        for period in [&mut self.by_end, &mut self.by_entry] {
            period.count(now, self.midnight, |facts| facts.queued += 1);
        }
    }

    /// A contact that entered `wait` ago was answered.
    pub fn answered(&mut self, now: Timestamp, wait: Nanos) {
        let wait_ms = wait.as_millis();
        let in_threshold = u64::from(wait <= self.threshold);
        self.leave(now, wait, |facts| {
            facts.answered += 1;
            facts.answered_in_threshold += in_threshold;
            facts.answered_wait_ms = facts.answered_wait_ms.saturating_add(wait_ms);
        });
        self.waits.saturating_record(wait_ms.min(HISTOGRAM_MS_MAX));
        self.wait_ms_max = self.wait_ms_max.max(wait_ms);
    }

    /// A contact that entered `wait` ago left before an answer.
    pub fn abandoned(&mut self, now: Timestamp, wait: Nanos) {
        let in_threshold = u64::from(wait <= self.threshold);
        let short = u64::from(wait <= SHORT_ABANDON);
        self.leave(now, wait, |facts| {
            facts.abandoned += 1;
            facts.abandoned_in_threshold += in_threshold;
            facts.abandoned_short += short;
        });
    }

    /// A contact that entered `wait` ago ended otherwise before an answer, or was moved away.
    pub fn flow_out(&mut self, now: Timestamp, wait: Nanos) {
        let in_threshold = u64::from(wait <= self.threshold);
        self.leave(now, wait, |facts| {
            facts.flow_out += 1;
            facts.flow_out_in_threshold += in_threshold;
        });
    }

    /// From `now` on so many wait.
    pub fn depth(&mut self, now: Timestamp, waiting: u32) {
        self.depth.set(now, waiting);
    }

    /// The last 15 minutes, sliding: the running minute and the 14 before it.
    pub fn counts_interval(&self, now: Timestamp) -> Counts {
        self.facts_interval(now, Attribution::End).counts()
    }

    /// Since the city's midnight.
    pub fn counts_today(&self) -> Counts {
        self.facts_today(Attribution::End).counts()
    }

    /// The facts of the last 15 minutes, for any formula.
    pub fn facts_interval(&self, now: Timestamp, by: Attribution) -> Facts {
        self.period(by).window.sum(now)
    }

    /// The facts since the city's midnight, for any formula.
    pub fn facts_today(&self, by: Attribution) -> Facts {
        self.period(by).today
    }

    /// Contacts waiting at the end of each of the last 15 minutes, oldest first, and now.
    pub fn depth_series(&self, now: Timestamp) -> Vec<u32> {
        self.depth.series(now)
    }

    /// How long those answered since midnight waited.
    pub fn waits(&self) -> Waits {
        let quantile = |q| self.waits.value_at_quantile(q).min(self.wait_ms_max);
        Waits {
            p50_ms: quantile(0.50),
            p90_ms: quantile(0.90),
            p99_ms: quantile(0.99),
            max_ms: self.wait_ms_max,
            count: self.waits.len(),
        }
    }

    /// Counts one that entered `wait` ago and leaves now, under both attributions.
    fn leave(&mut self, now: Timestamp, wait: Nanos, add: impl Fn(&mut Facts)) {
        let entered = Timestamp(now.0.saturating_sub(wait.0));
        self.by_end.count(now, self.midnight, &add);
        self.by_entry.count(entered, self.midnight, &add);
    }

    fn period(&self, by: Attribution) -> &Period {
        match by {
            Attribution::End => &self.by_end,
            Attribution::Entry => &self.by_entry,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THRESHOLD: Nanos = Nanos::from_secs(20);

    /// Seconds after a midnight that is also a whole minute.
    fn at(s: u64) -> Timestamp {
        Timestamp::default().after(Nanos::from_secs(20_000 * 86_400 + s))
    }

    fn stats() -> QueueStats {
        let mut stats = QueueStats::new(THRESHOLD);
        stats.day_began(at(0));
        stats
    }

    #[test]
    fn a_quarter_hour_by_hand() {
        let mut queue = stats();
        for s in [0, 1, 2, 3, 4] {
            queue.entered(at(600 + s));
        }
        queue.answered(at(610), Nanos::from_secs(10));
        queue.answered(at(621), THRESHOLD);
        queue.answered(at(632), Nanos::from_secs(30));
        queue.abandoned(at(607), Nanos::from_secs(4));
        queue.flow_out(at(700), Nanos::from_secs(96));
        let counts = queue.counts_interval(at(700));
        assert_eq!((counts.entered, counts.offered, counts.answered), (5, 4, 3));
        assert_eq!((counts.answered_in_threshold, counts.abandoned, counts.flow_out), (2, 1, 1));
        assert_eq!(counts.asa_ms, Some(20_000));
        assert_eq!(counts.service_level, Some(50.0));
        assert_eq!(queue.counts_today(), counts);
        assert_eq!(no_short(&queue.facts_today(Attribution::End)), Some(200.0 / 3.0));
    }

    #[test]
    fn the_interval_slides_and_the_day_stays() {
        let mut queue = stats();
        queue.entered(at(0));
        queue.answered(at(5), Nanos::from_secs(5));
        assert_eq!(queue.counts_interval(at(14 * 60)).answered, 1);
        assert_eq!(queue.counts_interval(at(15 * 60)), Counts::default());
        assert_eq!(queue.counts_today().answered, 1);
    }

    #[test]
    fn a_new_midnight_starts_the_day_anew_and_leaves_the_interval() {
        let mut queue = stats();
        queue.answered(at(86_390), Nanos::from_secs(40));
        queue.day_began(at(0));
        assert_eq!(queue.counts_today().answered, 1, "the same midnight changes nothing");
        queue.day_began(at(86_400));
        queue.answered(at(86_410), Nanos::from_secs(15));
        assert_eq!(queue.counts_today().answered, 1);
        assert_eq!(queue.counts_today().asa_ms, Some(15_000));
        assert_eq!(queue.counts_interval(at(86_410)).answered, 2);
        assert_eq!(queue.waits().max_ms, 15_000);
    }

    #[test]
    fn both_attributions_differ_across_a_boundary() {
        let mut queue = stats();
        queue.entered(at(86_399));
        queue.day_began(at(86_400));
        queue.answered(at(86_401), Nanos::from_secs(2));
        assert_eq!(queue.facts_today(Attribution::End).answered, 1);
        assert_eq!(queue.facts_today(Attribution::Entry).answered, 0);
        let entry = queue.facts_interval(at(86_401), Attribution::Entry);
        assert_eq!((entry.queued, entry.answered), (1, 1));
        // 15 minutes after the entry, but not yet after the answer.
        let later = at(86_399 + 14 * 60 + 1);
        assert_eq!(queue.facts_interval(later, Attribution::Entry).answered, 0);
        assert_eq!(queue.facts_interval(later, Attribution::End).answered, 1);
    }

    #[test]
    fn one_who_entered_before_the_window_counts_by_end_only() {
        let mut queue = stats();
        queue.abandoned(at(4_000), Nanos::from_secs(3_000));
        assert_eq!(queue.facts_interval(at(4_000), Attribution::End).abandoned, 1);
        assert_eq!(queue.facts_interval(at(4_000), Attribution::Entry).abandoned, 0);
        assert_eq!(queue.facts_today(Attribution::Entry).abandoned, 1);
    }

    #[test]
    fn another_threshold_judges_what_comes_after() {
        let mut queue = stats();
        queue.answered(at(30), Nanos::from_secs(25));
        queue.set_threshold(Nanos::from_secs(30));
        queue.answered(at(60), Nanos::from_secs(25));
        assert_eq!(queue.counts_today().answered_in_threshold, 1);
    }

    #[test]
    fn quantiles_are_within_one_percent_and_the_maximum_exact() {
        let mut queue = stats();
        for s in 1..=1_000 {
            queue.answered(at(s), Nanos::from_secs(s));
        }
        let waits = queue.waits();
        assert_eq!((waits.count, waits.max_ms), (1_000, 1_000_000));
        for (got, exact) in
            [(waits.p50_ms, 500_000), (waits.p90_ms, 900_000), (waits.p99_ms, 990_000)]
        {
            assert!(got.abs_diff(exact) <= exact / 100, "{got} is not within 1 % of {exact}");
        }
    }

    #[test]
    fn absurd_waits_do_not_panic() {
        let mut queue = stats();
        queue.answered(at(0), Nanos(u64::MAX));
        queue.answered(at(0), Nanos(0));
        assert_eq!(queue.waits().max_ms, u64::MAX / 1_000_000);
        assert_eq!(queue.counts_today().answered_in_threshold, 1);
    }

    #[test]
    fn depth_follows_the_queue() {
        let mut queue = stats();
        queue.depth(at(0), 2);
        queue.depth(at(61), 7);
        assert_eq!(queue.depth_series(at(61))[WINDOW_MINUTES - 1..], [2, 7]);
    }
}
