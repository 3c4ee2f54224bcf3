//! One queue: its lines of time under both attributions, its depth, its distributions.

use serde::{Deserialize, Serialize};

use crate::MINUTE_US;
use crate::facts::Facts;
use crate::histogram::Histogram;
use crate::line::{Line, MINUTES};

/// Which interval a contact counts in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attribution {
    /// The one in which it was answered, abandoned or flowed out.
    #[default]
    Ended,
    /// The one in which it entered the queue, whenever it is known what became of it.
    Entered,
}

impl Attribution {
    /// Both, by name.
    pub const ALL: [(&'static str, Self); 2] = [("ended", Self::Ended), ("entered", Self::Entered)];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Entered => "entered",
        }
    }
}

/// Who leaves the queue, and when: what every count of a leave is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leave {
    /// Now.
    pub(crate) at: u64,
    /// When it entered this queue.
    pub(crate) entered: u64,
    /// How long it has waited, in this queue and others.
    pub(crate) wait_us: u64,
}

/// One queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Queue {
    /// Contacts answered within it meet the service level.
    pub(crate) threshold_us: u64,
    /// Percent that it wants.
    pub(crate) target_percent: u8,
    /// Its place in the configuration; none once it is removed, or never was there.
    pub(crate) place: Option<u32>,
    by_end: Line<Facts>,
    by_entry: Line<Facts>,
    pub(crate) depth: Depth,
    pub(crate) waits: Histogram,
    pub(crate) abandon_waits: Histogram,
    pub(crate) handle: Histogram,
    pub(crate) hand_off: Histogram,
}

impl Queue {
    /// Nothing has happened yet.
    pub(crate) fn new(threshold_us: u64, keeps_all: bool) -> Self {
        let (by_end, by_entry) = (Line::new(keeps_all), Line::new(keeps_all));
        Self { threshold_us, by_end, by_entry, ..Self::default() }
    }

    /// Under an attribution.
    pub(crate) const fn line(&self, by: Attribution) -> &Line<Facts> {
        match by {
            Attribution::Ended => &self.by_end,
            Attribution::Entered => &self.by_entry,
        }
    }

    /// The distributions are of the day: another begins.
    pub(crate) fn day_begins(&mut self) {
        let all = [&mut self.waits, &mut self.abandon_waits, &mut self.handle, &mut self.hand_off];
        for histogram in all {
            histogram.clear();
        }
    }

    /// A contact entered: new, by transfer, or moved here.
    pub(crate) fn entered(&mut self, at: u64, by_transfer: bool) {
        for line in [&mut self.by_end, &mut self.by_entry] {
            line.count(at, |facts| {
                facts.queued += 1;
                facts.transfers_in += u64::from(by_transfer);
            });
        }
    }

    /// It was answered for the first time. Says whether in time.
    pub(crate) fn answered(&mut self, leave: Leave) -> bool {
        let in_threshold = leave.wait_us <= self.threshold_us;
        self.count(leave, |facts| facts.answer(leave.wait_us, in_threshold));
        self.waits.record(leave.wait_us / 1_000);
        in_threshold
    }

    /// It left before an answer.
    pub(crate) fn abandoned(&mut self, leave: Leave) {
        let in_threshold = leave.wait_us <= self.threshold_us;
        self.count(leave, |facts| facts.abandon(leave.wait_us, in_threshold));
        self.abandon_waits.record(leave.wait_us / 1_000);
    }

    /// It ended otherwise before an answer, or was moved away.
    pub(crate) fn flowed_out(&mut self, leave: Leave) {
        let in_threshold = leave.wait_us <= self.threshold_us;
        self.count(leave, |facts| facts.flow_out(in_threshold));
    }

    /// Its handle time is final.
    pub(crate) fn handled(&mut self, at: u64, entered: u64, handle_ms: u64) {
        self.count(Leave { at, entered, wait_us: 0 }, |facts| {
            facts.handled += 1;
            facts.handle_ms = facts.handle_ms.saturating_add(handle_ms);
        });
        self.handle.record(handle_ms);
    }

    /// Something else of one that entered then.
    pub(crate) fn note(&mut self, at: u64, entered: u64, add: impl Fn(&mut Facts)) {
        self.count(Leave { at, entered, wait_us: 0 }, add);
    }

    fn count(&mut self, leave: Leave, add: impl Fn(&mut Facts)) {
        self.by_end.count(leave.at, &add);
        self.by_entry.count(leave.entered, &add);
    }
}

/// How many waited at the end of each of the last minutes, and how many wait now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Depth {
    /// At the end of a minute, by minute modulo their number.
    ends: Vec<u32>,
    /// The minute of the newest change; `ends` is complete before it.
    changed: u64,
    /// How many wait since then.
    waiting: u32,
}

const fn slot_of(minute: u64) -> usize {
    (minute % MINUTES) as usize
}

impl Depth {
    /// How many wait.
    #[cfg(test)]
    pub(crate) const fn waiting(&self) -> u32 {
        self.waiting
    }

    /// From `now` on one more, or one fewer, waits.
    pub(crate) fn change(&mut self, now: u64, more: bool) {
        let minute = now / MINUTE_US;
        if self.ends.is_empty() {
            self.ends = vec![0; MINUTES as usize];
        }
        if minute > self.changed {
            for ended in self.changed.max(minute.saturating_sub(MINUTES))..minute {
                self.ends[slot_of(ended)] = self.waiting;
            }
            self.changed = minute;
        }
        self.waiting = if more { self.waiting + 1 } else { self.waiting.saturating_sub(1) };
    }

    /// The last `length` minutes' ends, oldest first, and now.
    pub(crate) fn series(&self, now: u64, length: u64) -> Vec<u32> {
        let minute = now / MINUTE_US;
        let at_end = |back: u64| match minute.checked_sub(back) {
            Some(ended) if ended >= self.changed => self.waiting,
            Some(ended) => self.ends.get(slot_of(ended)).copied().unwrap_or(0),
            None => 0,
        };
        (1..=length.min(MINUTES)).rev().map(at_end).chain([self.waiting]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SECOND_US;

    fn at(s: u64) -> u64 {
        29_000_000 * MINUTE_US + s * SECOND_US
    }

    fn set(depth: &mut Depth, now: u64, waiting: u32) {
        while depth.waiting() != waiting {
            depth.change(now, depth.waiting() < waiting);
        }
    }

    #[test]
    fn depth_is_that_of_each_minutes_end() {
        let mut depth = Depth::default();
        set(&mut depth, at(0), 3);
        set(&mut depth, at(30), 5);
        set(&mut depth, at(150), 2);
        let series = depth.series(at(180), 15);
        assert_eq!(series.len(), 16);
        assert_eq!(series[12..], [5, 5, 2, 2]);
        assert!(series[..12].iter().all(|end| *end == 0));
    }

    #[test]
    fn a_quiet_hour_keeps_the_depth() {
        let mut depth = Depth::default();
        set(&mut depth, at(0), 4);
        assert_eq!(depth.series(at(3_600), 60), vec![4; 61]);
        set(&mut depth, at(3_600), 0);
        let mut expected = vec![4; 60];
        expected.push(0);
        assert_eq!(depth.series(at(3_600), 60), expected);
        assert_eq!(Depth::default().series(0, 60).iter().sum::<u32>(), 0);
    }

    #[test]
    fn both_attributions_differ_across_a_boundary() {
        let mut queue = Queue::new(20 * SECOND_US, false);
        queue.entered(at(59), false);
        let leave = Leave { at: at(61), entered: at(59), wait_us: 2 * SECOND_US };
        assert!(queue.answered(leave));
        let (end, entry) = (queue.line(Attribution::Ended), queue.line(Attribution::Entered));
        assert_eq!((end.window(at(61), 1).answered, entry.window(at(61), 1).answered), (1, 0));
        assert_eq!((end.window(at(61), 2).answered, entry.window(at(61), 2).answered), (1, 1));
        assert_eq!(queue.waits.told().max_ms, 2_000);
        queue.day_begins();
        assert_eq!(queue.waits.told().count, 0);
    }
}
