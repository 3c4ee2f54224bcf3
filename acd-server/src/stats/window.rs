//! The last 15 minutes in one bucket a minute, and the depth at each minute's end.

use acd_core::{Nanos, Timestamp};
use serde::{Deserialize, Serialize};

use super::facts::Facts;

/// Minutes that the sliding interval covers, the running one included.
pub const WINDOW_MINUTES: usize = 15;

const MINUTE: Nanos = Nanos::from_secs(60);

/// The minute an instant lies in, counted from the epoch.
const fn minute_of(at: Timestamp) -> u64 {
    at.0 / MINUTE.0
}

const fn slot_of(minute: u64) -> usize {
    (minute % WINDOW_MINUTES as u64) as usize
}

/// Facts of the last [`WINDOW_MINUTES`]: the running minute and the 14 before it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Window {
    /// By minute modulo their number; each knows its minute, so that an old one is not read.
    buckets: [(u64, Facts); WINDOW_MINUTES],
}

impl Window {
    /// Where to count what belongs to `at`; none when its minute has left the window.
    pub(super) fn bucket(&mut self, at: Timestamp) -> Option<&mut Facts> {
        let minute = minute_of(at);
        let (holds, facts) = &mut self.buckets[slot_of(minute)];
        if *holds > minute {
            return None;
        }
        if *holds < minute {
            *holds = minute;
            *facts = Facts::default();
        }
        Some(facts)
    }

    /// The sum over the window that ends with the minute of `now`.
    pub(super) fn sum(&self, now: Timestamp) -> Facts {
        let newest = minute_of(now);
        let oldest = (newest + 1).saturating_sub(WINDOW_MINUTES as u64);
        let mut sum = Facts::default();
        for (minute, facts) in &self.buckets {
            if (oldest..=newest).contains(minute) {
                sum += *facts;
            }
        }
        sum
    }
}

/// How many waited at the end of each of the last [`WINDOW_MINUTES`], and how many wait now.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Depth {
    /// At the end of a minute, by minute modulo their number.
    ends: [u32; WINDOW_MINUTES],
    /// The minute of the newest change; `ends` is complete before it.
    changed: u64,
    /// How many wait since then.
    waiting: u32,
}

impl Depth {
    /// From `now` on so many wait.
    pub(super) fn set(&mut self, now: Timestamp, waiting: u32) {
        let minute = minute_of(now);
        if minute > self.changed {
            let first = self.changed.max(minute.saturating_sub(WINDOW_MINUTES as u64));
            for ended in first..minute {
                self.ends[slot_of(ended)] = self.waiting;
            }
            self.changed = minute;
        }
        self.waiting = waiting;
    }

    /// The minutes' ends, oldest first, and now: one number more than [`WINDOW_MINUTES`].
    pub(super) fn series(&self, now: Timestamp) -> Vec<u32> {
        let minute = minute_of(now);
        let at_end = |back: usize| match minute.checked_sub(back as u64) {
            Some(ended) if ended >= self.changed => self.waiting,
            Some(ended) => self.ends[slot_of(ended)],
            None => 0,
        };
        (1..=WINDOW_MINUTES).rev().map(at_end).chain([self.waiting]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Minute 29,000,000 from the epoch and `s` seconds.
    fn at(s: u64) -> Timestamp {
        Timestamp::default().after(Nanos::from_secs(29_000_000 * 60 + s))
    }

    #[test]
    fn a_minute_is_counted_for_fifteen_minutes() {
        let mut window = Window::default();
        window.bucket(at(59)).expect("the running minute").queued += 1;
        window.bucket(at(60)).expect("the next").queued += 10;
        assert_eq!(window.sum(at(60)).queued, 11);
        assert_eq!(window.sum(at(14 * 60 + 59)).queued, 11);
        assert_eq!(window.sum(at(15 * 60)).queued, 10);
        assert_eq!(window.sum(at(16 * 60)).queued, 0);
    }

    #[test]
    fn a_slot_taken_by_a_newer_minute_is_not_given_to_an_older() {
        let mut window = Window::default();
        window.bucket(at(15 * 60)).expect("the running minute").queued += 1;
        assert!(window.bucket(at(0)).is_none());
        assert_eq!(window.sum(at(15 * 60)).queued, 1);
    }

    #[test]
    fn depth_is_that_of_each_minutes_end() {
        let mut depth = Depth::default();
        depth.set(at(0), 3);
        depth.set(at(30), 5);
        depth.set(at(150), 2);
        let series = depth.series(at(180));
        assert_eq!(series.len(), WINDOW_MINUTES + 1);
        assert_eq!(series[WINDOW_MINUTES - 3..], [5, 5, 2, 2]);
        assert!(series[..WINDOW_MINUTES - 3].iter().all(|end| *end == 0));
    }

    #[test]
    fn a_quiet_hour_keeps_the_depth() {
        let mut depth = Depth::default();
        depth.set(at(0), 4);
        assert_eq!(depth.series(at(3600)), vec![4; WINDOW_MINUTES + 1]);
        depth.set(at(3600), 0);
        let mut expected = vec![4; WINDOW_MINUTES];
        expected.push(0);
        assert_eq!(depth.series(at(3600)), expected);
    }

    #[test]
    fn near_the_epoch_nothing_underflows() {
        let mut depth = Depth::default();
        depth.set(Timestamp(0), 1);
        assert_eq!(depth.series(Timestamp(0)).iter().sum::<u32>(), 1);
        assert_eq!(Window::default().sum(Timestamp(0)), Facts::default());
    }
}
