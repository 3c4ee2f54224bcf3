//! What is counted of a queue in an interval, and the service-level formulas over it.

use std::ops::AddAssign;

use acd_proto::snapshot::Counts;
use serde::{Deserialize, Serialize};

use crate::SECOND_US;

/// An abandon within this time is short: nobody could have answered.
pub const SHORT_ABANDON_US: u64 = 5 * SECOND_US;

/// Upper bounds of the classes that answered waits are counted in, in seconds; a last class has
/// what is longer.
pub const WAIT_BOUNDS_S: [u64; 9] = [5, 10, 20, 30, 45, 60, 90, 120, 300];

/// What happened in an interval, as plain counts. Every formula is a function over these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Q: entered the queue.
    pub queued: u64,
    /// A: answered.
    pub answered: u64,
    /// `A_T`: answered within the threshold.
    pub answered_in_threshold: u64,
    /// Waits of the answered together, in milliseconds, ringing included.
    pub answered_wait_ms: u64,
    /// B: left before an answer.
    pub abandoned: u64,
    /// `B_T`: left before an answer, within the threshold.
    pub abandoned_in_threshold: u64,
    /// `B_s`: left so soon that nobody could have answered.
    pub abandoned_short: u64,
    /// F: ended otherwise before an answer, or went to another queue.
    pub flow_out: u64,
    /// Flow-outs within the threshold.
    pub flow_out_in_threshold: u64,
    /// Answered contacts whose handle time became final.
    pub handled: u64,
    /// Handle times of those together, in milliseconds: talk, hold and wrap-up.
    pub handle_ms: u64,
    /// Came here by a transfer; among the queued.
    pub transfers_in: u64,
    /// Left an agent for somewhere else by a transfer.
    pub transfers_out: u64,
    /// Waited again: an offer failed or was taken back, or an agent was lost.
    pub requeues: u64,
    /// Offers that nobody answered in time.
    pub no_answers: u64,
    /// Answered, by how long they waited: up to each of [`WAIT_BOUNDS_S`], and longer.
    pub waits: [u32; 10],
    /// Waiting now. Known only of the present: 0 in a past interval.
    pub waiting: u64,
    /// Of those, the ones older than the threshold.
    pub waiting_late: u64,
}

impl AddAssign for Facts {
    fn add_assign(&mut self, other: Self) {
        self.queued += other.queued;
        self.answered += other.answered;
        self.answered_in_threshold += other.answered_in_threshold;
        self.answered_wait_ms = self.answered_wait_ms.saturating_add(other.answered_wait_ms);
        self.abandoned += other.abandoned;
        self.abandoned_in_threshold += other.abandoned_in_threshold;
        self.abandoned_short += other.abandoned_short;
        self.flow_out += other.flow_out;
        self.flow_out_in_threshold += other.flow_out_in_threshold;
        self.handled += other.handled;
        self.handle_ms = self.handle_ms.saturating_add(other.handle_ms);
        self.transfers_in += other.transfers_in;
        self.transfers_out += other.transfers_out;
        self.requeues += other.requeues;
        self.no_answers += other.no_answers;
        for (sum, more) in self.waits.iter_mut().zip(other.waits) {
            *sum += more;
        }
        self.waiting += other.waiting;
        self.waiting_late += other.waiting_late;
    }
}

impl Facts {
    /// The facts with the present moment added: `waiting` contacts, `late` of them older than
    /// the threshold.
    #[must_use]
    pub const fn with_waiting(mut self, waiting: u64, late: u64) -> Self {
        self.waiting = waiting;
        self.waiting_late = late;
        self
    }

    /// ASA: mean wait of the answered in milliseconds; none when none was answered.
    pub const fn asa_ms(&self) -> Option<u64> {
        self.answered_wait_ms.checked_div(self.answered)
    }

    /// AHT: mean handle time in milliseconds; none when none is final.
    pub const fn aht_ms(&self) -> Option<u64> {
        self.handle_ms.checked_div(self.handled)
    }

    /// One that waited `wait_us` was answered.
    pub(crate) fn answer(&mut self, wait_us: u64, in_threshold: bool) {
        self.answered += 1;
        self.answered_in_threshold += u64::from(in_threshold);
        self.answered_wait_ms = self.answered_wait_ms.saturating_add(wait_us / 1_000);
        let class = WAIT_BOUNDS_S.partition_point(|bound| bound * SECOND_US < wait_us);
        self.waits[class] += 1;
    }

    /// One that waited `wait_us` left before an answer.
    pub(crate) fn abandon(&mut self, wait_us: u64, in_threshold: bool) {
        self.abandoned += 1;
        self.abandoned_in_threshold += u64::from(in_threshold);
        self.abandoned_short += u64::from(wait_us <= SHORT_ABANDON_US);
    }

    /// One ended otherwise before an answer, or was moved away.
    pub(crate) fn flow_out(&mut self, in_threshold: bool) {
        self.flow_out += 1;
        self.flow_out_in_threshold += u64::from(in_threshold);
    }

    /// As clients see it. The service level is that of [`offered`].
    pub fn counts(&self) -> Counts {
        Counts {
            entered: self.queued,
            offered: self.answered + self.abandoned,
            answered: self.answered,
            answered_in_threshold: self.answered_in_threshold,
            abandoned: self.abandoned,
            flow_out: self.flow_out,
            asa_ms: self.asa_ms(),
            service_level: offered(self),
        }
    }
}

/// A service level in percent; none when nothing happened that it could judge.
pub type Formula = fn(&Facts) -> Option<f64>;

/// Every formula by the name users choose it with.
pub const FORMULAS: [(&str, Formula); 8] = [
    ("answered", answered),
    ("inclusive", inclusive),
    ("offered", offered),
    ("no_short", no_short),
    ("late_abandons", late_abandons),
    ("with_flow_out", with_flow_out),
    ("removed", removed),
    ("live", live),
];

/// The formula of that name.
pub fn formula(name: &str) -> Option<Formula> {
    FORMULAS.iter().find(|(known, _)| *known == name).map(|(_, formula)| *formula)
}

/// `A_T / A`: of those answered, how many in time. Blind to abandons.
pub fn answered(facts: &Facts) -> Option<f64> {
    percent(facts.answered_in_threshold, facts.answered)
}

/// `(A_T + B_T) / (A + B)`: an abandon within the threshold is nobody's fault, and counts as met.
pub fn inclusive(facts: &Facts) -> Option<f64> {
    percent(
        facts.answered_in_threshold + facts.abandoned_in_threshold,
        facts.answered + facts.abandoned,
    )
}

/// `A_T / (A + B)`: every abandon counts as missed. The default.
pub fn offered(facts: &Facts) -> Option<f64> {
    percent(facts.answered_in_threshold, facts.answered + facts.abandoned)
}

/// `A_T / (A + B − B_s)`: abandons too short for anybody to answer are left out.
pub fn no_short(facts: &Facts) -> Option<f64> {
    percent(
        facts.answered_in_threshold,
        facts.answered + facts.abandoned.saturating_sub(facts.abandoned_short),
    )
}

/// `A_T / (A + B − B_T)`: only abandons after the threshold count, as missed.
pub fn late_abandons(facts: &Facts) -> Option<f64> {
    percent(
        facts.answered_in_threshold,
        facts.answered + facts.abandoned.saturating_sub(facts.abandoned_in_threshold),
    )
}

/// `A_T / (A + B + F)`: those sent elsewhere count as missed too.
pub fn with_flow_out(facts: &Facts) -> Option<f64> {
    percent(facts.answered_in_threshold, facts.answered + facts.abandoned + facts.flow_out)
}

/// `(left the queue within T) / Q`, however they left. Counted by end, an interval may remove
/// contacts that entered before it, so only by entry does it stay within 100 %.
pub fn removed(facts: &Facts) -> Option<f64> {
    percent(
        facts.answered_in_threshold + facts.abandoned_in_threshold + facts.flow_out_in_threshold,
        facts.queued,
    )
}

/// `(waiting − late) / waiting`: of those waiting this moment, how many are still in time.
pub fn live(facts: &Facts) -> Option<f64> {
    percent(facts.waiting.saturating_sub(facts.waiting_late), facts.waiting)
}

/// Percent; exact as long as the counts stay below 2^53.
#[expect(clippy::cast_precision_loss, reason = "a day's counts stay far below 2^53")]
fn percent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 * 100.0 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 entered; 60 answered, 48 in time; 20 abandoned, 10 in time, 4 of them short;
    /// 10 sent elsewhere, 2 in time; 10 wait, 3 of them late.
    const BUSY: Facts = Facts {
        queued: 100,
        answered: 60,
        answered_in_threshold: 48,
        answered_wait_ms: 900_000,
        abandoned: 20,
        abandoned_in_threshold: 10,
        abandoned_short: 4,
        flow_out: 10,
        flow_out_in_threshold: 2,
        handled: 50,
        handle_ms: 15_000_000,
        transfers_in: 3,
        transfers_out: 2,
        requeues: 4,
        no_answers: 1,
        waits: [20, 10, 18, 6, 6, 0, 0, 0, 0, 0],
        waiting: 10,
        waiting_late: 3,
    };

    #[track_caller]
    fn check(facts: Facts, expected: [Option<f64>; 8]) {
        for ((name, formula), expected) in FORMULAS.into_iter().zip(expected) {
            match (formula(&facts), expected) {
                (Some(got), Some(expected)) => {
                    assert!((got - expected).abs() < 1e-9, "{name}: {got}, expected {expected}");
                }
                (got, expected) => assert_eq!(got, expected, "{name}"),
            }
        }
    }

    #[test]
    fn a_busy_interval_by_hand() {
        check(
            BUSY,
            [
                Some(80.0),           // 48 / 60
                Some(72.5),           // 58 / 80
                Some(60.0),           // 48 / 80
                Some(4_800.0 / 76.0), // 48 / (60 + 20 − 4)
                Some(4_800.0 / 70.0), // 48 / (60 + 20 − 10)
                Some(4_800.0 / 90.0), // 48 / (60 + 20 + 10)
                Some(60.0),           // (48 + 10 + 2) / 100
                Some(70.0),           // (10 − 3) / 10
            ],
        );
    }

    #[test]
    fn nothing_happened_gives_no_level() {
        check(Facts::default(), [None; 8]);
    }

    #[test]
    fn only_short_abandons() {
        let facts = Facts {
            queued: 3,
            abandoned: 3,
            abandoned_in_threshold: 3,
            abandoned_short: 3,
            ..Facts::default()
        };
        let met = Some(100.0);
        check(facts, [None, met, Some(0.0), None, None, Some(0.0), met, None]);
    }

    #[test]
    fn everybody_in_time() {
        let facts = Facts {
            queued: 7,
            answered: 7,
            answered_in_threshold: 7,
            waiting: 2,
            ..Facts::default()
        };
        check(facts, [Some(100.0); 8]);
    }

    #[test]
    fn a_formula_is_found_by_name() {
        let by_name = formula("with_flow_out").expect("a name of the table");
        assert_eq!(by_name(&BUSY), with_flow_out(&BUSY));
        assert!(formula("abandoned").is_none());
    }

    #[test]
    fn counts_say_what_the_facts_say() {
        let counts = BUSY.counts();
        assert_eq!((counts.entered, counts.offered, counts.answered), (100, 80, 60));
        assert_eq!((counts.abandoned, counts.flow_out), (20, 10));
        assert_eq!(counts.asa_ms, Some(15_000));
        assert_eq!(BUSY.aht_ms(), Some(300_000));
        assert_eq!(counts.service_level, Some(60.0));
        assert_eq!(Facts::default().counts(), Counts::default());
    }

    #[test]
    fn totals_add_up() {
        let mut total = BUSY;
        total += BUSY;
        assert_eq!((total.queued, total.answered_wait_ms, total.waiting_late), (200, 1_800_000, 6));
        assert_eq!((total.handled, total.no_answers, total.waits[2]), (100, 2, 36));
        assert_eq!(offered(&total), offered(&BUSY));
    }

    #[test]
    fn a_wait_of_exactly_a_bound_is_in_its_class() {
        let mut facts = Facts::default();
        for wait_us in [0, 5 * SECOND_US, 5 * SECOND_US + 1, 300 * SECOND_US, 301 * SECOND_US] {
            facts.answer(wait_us, true);
        }
        assert_eq!(facts.waits, [2, 1, 0, 0, 0, 0, 0, 0, 1, 1]);
    }
}
