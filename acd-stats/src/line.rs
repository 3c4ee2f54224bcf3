//! A line of time: sums by minute for the last hour, by quarter hour for the days kept.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::calendar::Span;
use crate::{MINUTE_US, QUARTER_US};

/// Minutes kept: the running one and the 59 before it.
pub(crate) const MINUTES: u64 = 60;
/// Quarter hours kept where not all are: a day of 25 hours, and the one before.
pub(crate) const QUARTERS: u64 = 2 * 100;

/// What was counted, by when it belongs to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Line<F> {
    minutes: BTreeMap<u64, F>,
    quarters: BTreeMap<u64, F>,
    /// The newest minute that anything was counted in.
    newest: u64,
    /// Whether quarter hours are kept for ever.
    keeps_all: bool,
}

impl<F: Copy + Default + AddAssign> Line<F> {
    /// Nothing is counted. `keeps_all` keeps every quarter hour, for a report of many days.
    pub(crate) fn new(keeps_all: bool) -> Self {
        Self { keeps_all, ..Self::default() }
    }

    /// Counts something that belongs to `at`; what is older than what is kept is left out.
    pub(crate) fn count(&mut self, at: u64, add: impl Fn(&mut F)) {
        let (minute, quarter) = (at / MINUTE_US, at / QUARTER_US);
        if minute > self.newest {
            self.newest = minute;
            self.forget();
        }
        if minute + MINUTES > self.newest {
            add(self.minutes.entry(minute).or_default());
        }
        if self.keeps_all || quarter + QUARTERS > self.newest * MINUTE_US / QUARTER_US {
            add(self.quarters.entry(quarter).or_default());
        }
    }

    fn forget(&mut self) {
        let oldest = (self.newest + 1).saturating_sub(MINUTES);
        if self.minutes.first_key_value().is_some_and(|(&minute, _)| minute < oldest) {
            self.minutes = self.minutes.split_off(&oldest);
        }
        let oldest = (self.newest * MINUTE_US / QUARTER_US + 1).saturating_sub(QUARTERS);
        let is_old = |(&quarter, _): (&u64, &F)| quarter < oldest;
        if !self.keeps_all && self.quarters.first_key_value().is_some_and(is_old) {
            self.quarters = self.quarters.split_off(&oldest);
        }
    }

    /// The last `length` minutes: the running one of `now` and those before it.
    pub(crate) fn window(&self, now: u64, length: u64) -> F {
        let newest = now / MINUTE_US;
        let mut sum = F::default();
        for (_, facts) in self.minutes.range((newest + 1).saturating_sub(length)..=newest) {
            sum += *facts;
        }
        sum
    }

    /// From one quarter hour to another.
    pub(crate) fn span(&self, span: Span) -> F {
        let mut sum = F::default();
        let (from, to) = (span.from / QUARTER_US, span.to.div_ceil(QUARTER_US));
        for (_, facts) in self.quarters.range(from..to) {
            sum += *facts;
        }
        sum
    }

    /// Each of the last `length` minutes, oldest first, the running one last.
    pub(crate) fn minutes(&self, now: u64, length: u64) -> impl Iterator<Item = F> {
        let newest = now / MINUTE_US;
        let of = |minute: u64| self.minutes.get(&minute).copied().unwrap_or_default();
        (0..length).rev().map(move |back| newest.checked_sub(back).map_or_else(F::default, of))
    }

    /// The first instant that anything was counted in.
    pub(crate) fn began(&self) -> Option<u64> {
        self.quarters.first_key_value().map(|(&quarter, _)| quarter * QUARTER_US)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Minute 29,000,000 from the epoch, a whole quarter hour but for 5 minutes, and `s` seconds.
    fn at(s: u64) -> u64 {
        29_000_000 * MINUTE_US + s * 1_000_000
    }

    #[test]
    fn a_minute_is_counted_for_as_long_as_the_window_is() {
        let mut line = Line::<u64>::new(false);
        line.count(at(59), |sum| *sum += 1);
        line.count(at(60), |sum| *sum += 10);
        assert_eq!(line.window(at(60), 15), 11);
        assert_eq!(line.window(at(14 * 60 + 59), 15), 11);
        assert_eq!(line.window(at(15 * 60), 15), 10);
        assert_eq!(line.window(at(15 * 60), 60), 11);
        assert_eq!(line.window(at(60), 1), 10);
        assert_eq!(line.minutes(at(60), 3).collect::<Vec<_>>(), [0, 1, 10]);
    }

    #[test]
    fn what_is_too_old_is_left_out_and_makes_no_room() {
        let mut line = Line::<u64>::new(false);
        line.count(at(3_600), |sum| *sum += 1);
        line.count(at(0), |sum| *sum += 10);
        assert_eq!(line.window(at(3_600), 60), 1, "an hour ago is no minute of the last hour");
        assert_eq!(line.span(Span { from: at(0), to: at(3_601) }), 11, "but one of the day");
    }

    #[test]
    fn quarter_hours_are_kept_for_two_days_or_for_ever() {
        for (keeps_all, expected) in [(false, 0), (true, 1)] {
            let mut line = Line::<u64>::new(keeps_all);
            line.count(at(0), |sum| *sum += 1);
            line.count(at(3 * 86_400), |sum| *sum += 10);
            assert_eq!(line.span(Span { from: at(0), to: at(900) }), expected);
        }
    }
}
