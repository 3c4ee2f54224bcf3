//! Metrics of a centre: what the files call them, and their value in what was counted.

use super::case::{Case, Person};
use super::centre::Tally;
use super::law::{Law, nanos, units};

/// A metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    pub(super) kind: Kind,
    /// Of one class, counted from 0; of all, where none is named.
    pub(super) class: Option<usize>,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// Turned away, of all who came.
    Blocked,
    /// Not answered at once, of those who had a place.
    Waited,
    /// Left, of those who had a place.
    Abandoned,
    /// Left, of those who waited.
    AbandonedOfWaited,
    /// Mean wait of those who had a place.
    MeanWait,
    /// Mean wait of those who waited.
    MeanWaitOfWaited,
    /// Mean wait of those who were answered.
    MeanWaitOfServed,
    /// Standard deviation of the wait of those who had a place.
    WaitDeviation,
    /// Answered within the case's threshold, of those who had a place.
    ServedInThreshold,
    /// The same, of those who were answered.
    ServedInThresholdOfServed,
    /// Answered within the class's target, of those who had a place.
    ServedInTarget,
    /// Answered within this time, of those who had a place.
    ServedIn(f64),
    /// Waited at most this long, of those who had a place.
    WaitAtMost(f64),
    /// As `WaitAtMost`, which must be this share: a percentile is checked so.
    Percentile { share: f64, at: Option<f64> },
    /// Contacts that wait, on the average of time.
    QueueLength,
    /// Agents with a contact, of all of a pool, on the average of time.
    Occupancy(Pool),
    /// Contacts in the centre at the end of a day's slot, counted from 0, on the average of days.
    InSystem(usize),
    /// Contacts that came, on the average of days.
    Arrivals,
}

/// Some of those who answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pool {
    All,
    /// Those of the smallest factor.
    Fast,
    /// Those of the greatest factor.
    Slow,
    /// Those with the most skills.
    Generalists,
    /// Those alike, in the order of their first.
    Nth(usize),
}

impl Measure {
    /// What names may be, in an error's words.
    pub const KNOWN: &'static str = "a metric known by name: p_wait, p_abandon, p_block, \
        mean_wait_*, asa, service_level_T, sl, wait_std, wait_pNN, P_wait_le_X, mean_queue_len, \
        occupancy_*, mean_in_system_end_slotN; of a class with _classN after it";

    /// The metric of a name; `value` is what is expected of it, which a percentile needs.
    pub fn named(name: &str, value: Option<f64>) -> Option<Self> {
        let (stem, class) = match name.rsplit_once("_class") {
            Some((stem, number)) => (stem, Some(number.parse::<usize>().ok()?.checked_sub(1)?)),
            None => (name, None),
        };
        Kind::named(stem, value).map(|kind| Self { kind, class })
    }

    /// Whether it is a probability, whose interval may be wider when it is small.
    pub(super) const fn is_share(&self) -> bool {
        matches!(
            self.kind,
            Kind::Blocked
                | Kind::Waited
                | Kind::Abandoned
                | Kind::AbandonedOfWaited
                | Kind::ServedInThreshold
                | Kind::ServedInThresholdOfServed
                | Kind::ServedInTarget
                | Kind::ServedIn(_)
                | Kind::WaitAtMost(_)
                | Kind::Percentile { .. }
                | Kind::Occupancy(_)
        )
    }

    /// Times of which is counted who waited at most, or was answered within them.
    pub(super) fn mark(&self, case: &Case) -> Option<u64> {
        let of = match self.kind {
            Kind::WaitAtMost(at) | Kind::ServedIn(at) => at,
            Kind::Percentile { at, .. } => at?,
            Kind::ServedInThreshold | Kind::ServedInThresholdOfServed => case.threshold,
            _ => return None,
        };
        Some(nanos(of).0)
    }

    /// Its value in what a replication counted; none where nothing was.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub(super) fn of(&self, case: &Case, tally: &Tally) -> Option<f64> {
        let sum = |count: fn(&super::centre::Counts) -> u64| -> f64 {
            let classes = tally.classes.iter().enumerate();
            let of = classes.filter(|(at, _)| self.class.is_none_or(|class| class == *at));
            of.map(|(_, counts)| count(counts)).sum::<u64>() as f64
        };
        let sum_f = |count: fn(&super::centre::Counts) -> f64| -> f64 {
            let classes = tally.classes.iter().enumerate();
            let of = classes.filter(|(at, _)| self.class.is_none_or(|class| class == *at));
            of.map(|(_, counts)| count(counts)).sum()
        };
        let arrived = sum(|c| c.arrived);
        let accepted = arrived - sum(|c| c.blocked);
        let marked = |served: bool| -> f64 {
            let Some(at) = self.mark(case).and_then(|m| tally.marks.binary_search(&m).ok()) else {
                return 0.0;
            };
            let classes = tally.classes.iter().enumerate();
            let of = classes.filter(|(n, _)| self.class.is_none_or(|class| class == *n));
            let count = |c: &super::centre::Counts| {
                if served { c.served_in[at] } else { c.waited_at_most[at] }
            };
            of.map(|(_, counts)| count(counts)).sum::<u64>() as f64
        };
        let ratio = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        match self.kind {
            Kind::Blocked => ratio(sum(|c| c.blocked) + self.impatient(case, tally), arrived),
            Kind::Waited => ratio(sum(|c| c.waited), accepted),
            Kind::Abandoned => ratio(sum(|c| c.abandoned), accepted),
            Kind::AbandonedOfWaited => ratio(sum(|c| c.abandoned), sum(|c| c.waited)),
            Kind::MeanWait => ratio(sum_f(|c| c.wait), accepted),
            Kind::MeanWaitOfWaited => ratio(sum_f(|c| c.wait), sum(|c| c.waited)),
            Kind::MeanWaitOfServed => ratio(sum_f(|c| c.served_wait), sum(|c| c.served)),
            Kind::WaitDeviation => {
                let mean = ratio(sum_f(|c| c.wait), accepted)?;
                let square = ratio(sum_f(|c| c.wait_squared), accepted)?;
                Some((square - mean * mean).max(0.0).sqrt())
            }
            Kind::ServedInThreshold | Kind::ServedIn(_) => ratio(marked(true), accepted),
            Kind::ServedInThresholdOfServed => ratio(marked(true), sum(|c| c.served)),
            Kind::ServedInTarget => ratio(sum(|c| c.served_in_target), accepted),
            Kind::WaitAtMost(_) | Kind::Percentile { .. } => ratio(marked(false), accepted),
            Kind::QueueLength => ratio(units(tally.queued), units(tally.span)),
            Kind::Occupancy(pool) => {
                let of = pool.members(&case.people);
                let busy: u64 = of.iter().map(|&agent| tally.busy[agent]).sum();
                ratio(units(busy), units(tally.span) * of.len() as f64)
            }
            Kind::InSystem(slot) => ratio(*tally.in_system.get(slot)? as f64, tally.days as f64),
            Kind::Arrivals => ratio(arrived, tally.days as f64),
        }
    }

    /// Who leaves in the very instant of waiting is turned away, whatever the model calls it.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    fn impatient(&self, case: &Case, tally: &Tally) -> f64 {
        let at_once = |law: Option<Law>| law.is_some_and(|law| law.mean() <= 1e-6);
        let classes = case.classes.iter().zip(&tally.classes).enumerate();
        let of = classes.filter(|(at, _)| self.class.is_none_or(|class| class == *at));
        let of = of.filter(|(_, (class, _))| at_once(class.patience));
        of.map(|(_, (_, counts))| counts.abandoned).sum::<u64>() as f64
    }
}

impl Kind {
    fn named(name: &str, value: Option<f64>) -> Option<Self> {
        let kind = match name {
            "p_block" => Self::Blocked,
            "p_wait" | "p_wait_given_accepted" => Self::Waited,
            "p_abandon" | "p_abandon_by_end" => Self::Abandoned,
            "p_abandon_given_wait" => Self::AbandonedOfWaited,
            "asa" | "mean_wait" | "mean_wait_all" | "mean_wait_accepted" => Self::MeanWait,
            "mean_wait_given_wait" => Self::MeanWaitOfWaited,
            "asa_served" | "mean_wait_served" => Self::MeanWaitOfServed,
            "wait_std" => Self::WaitDeviation,
            "service_level_T" | "service_level_T_accepted" => Self::ServedInThreshold,
            "served_within_T_of_served" => Self::ServedInThresholdOfServed,
            "sl" => Self::ServedInTarget,
            "mean_queue_len" => Self::QueueLength,
            "occupancy" => Self::Occupancy(Pool::All),
            "occupancy_fast" => Self::Occupancy(Pool::Fast),
            "occupancy_slow" => Self::Occupancy(Pool::Slow),
            "occupancy_generalists" => Self::Occupancy(Pool::Generalists),
            "expected_arrivals" => Self::Arrivals,
            _ => return Self::numbered(name, value),
        };
        Some(kind)
    }

    /// Names that hold a number.
    fn numbered(name: &str, value: Option<f64>) -> Option<Self> {
        let number = |text: &str| text.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
        let place = |text: &str| text.parse::<usize>().ok()?.checked_sub(1);
        if let Some(percent) = name.strip_prefix("wait_p") {
            let share = number(percent)? / 100.0;
            return Some(Self::Percentile { share, at: value });
        }
        if let Some(at) = name.strip_prefix("P_wait_le_") {
            return Some(Self::WaitAtMost(number(at)?));
        }
        if let Some(at) = name.strip_prefix("service_level_") {
            let digits = at.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            return Some(Self::ServedIn(number(digits)?));
        }
        if let Some(slot) = name.strip_prefix("mean_in_system_end_slot") {
            return Some(Self::InSystem(place(slot)?));
        }
        let pool = name.strip_prefix("occupancy_pool")?;
        Some(Self::Occupancy(Pool::Nth(place(pool)?)))
    }
}

impl Pool {
    /// The places of its members.
    fn members(self, people: &[Person]) -> Vec<usize> {
        let factor = |person: &Person| person.skills.iter().map(|skill| skill.2).sum::<f64>();
        let all = || people.iter().enumerate();
        let chosen = |choose: &dyn Fn(&Person) -> bool| -> Vec<usize> {
            all().filter(|(_, person)| choose(person)).map(|(at, _)| at).collect()
        };
        match self {
            Self::All => chosen(&|_| true),
            Self::Fast | Self::Slow => {
                let factors = people.iter().map(factor);
                let bound = if self == Self::Fast {
                    factors.fold(f64::INFINITY, f64::min)
                } else {
                    factors.fold(0.0, f64::max)
                };
                chosen(&|person| (factor(person) - bound).abs() < 1e-9)
            }
            Self::Generalists => {
                let most = people.iter().map(|person| person.skills.len()).max().unwrap_or(0);
                chosen(&|person| person.skills.len() == most)
            }
            Self::Nth(nth) => {
                let mut kinds: Vec<&Person> = Vec::new();
                for person in people {
                    if !kinds.contains(&person) {
                        kinds.push(person);
                    }
                }
                kinds.get(nth).map_or_else(Vec::new, |kind| chosen(&|person| person == *kind))
            }
        }
    }
}
