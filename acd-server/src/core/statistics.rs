//! Statistics by queue: what the fold of effects feeds, and the city's midnight.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use acd_core::{Engine, Nanos, QueueId, Timestamp};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{nanos, plain};
use crate::config::{Config, ServiceLevel};
use crate::stats::QueueStats;

/// Statistics of every queue.
#[derive(Debug)]
pub(crate) struct Statistics {
    zone: TimeZone,
    queues: BTreeMap<QueueId, Queue>,
    touched: BTreeSet<QueueId>,
    /// The next midnight of the city.
    midnight: Timestamp,
}

/// The goal of a queue, as it is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Goal {
    pub(crate) queue: Box<str>,
    #[serde(with = "plain")]
    pub(crate) threshold: Nanos,
    pub(crate) target_percent: u8,
}

/// The goals of a configuration.
pub(crate) fn goals(config: &Config) -> Vec<Goal> {
    let goal = |display: &crate::config::QueueDisplay| Goal {
        queue: display.name.as_str().into(),
        threshold: nanos(display.service_level.threshold),
        target_percent: display.service_level.target_percent,
    };
    config.queues.iter().map(goal).collect()
}

#[derive(Debug)]
struct Queue {
    goal: ServiceLevel,
    stats: QueueStats,
}

impl Statistics {
    /// Of a city in this time zone; UTC where the zone is not known.
    pub(crate) fn new(time_zone: &str) -> Self {
        let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
        Self { zone, queues: BTreeMap::new(), touched: BTreeSet::new(), midnight: Timestamp(0) }
    }

    /// Takes over queues and thresholds of a new configuration; what was counted stays.
    pub(crate) fn configure(&mut self, engine: &Engine, goals: &[Goal], now: Timestamp) {
        let mut former = std::mem::take(&mut self.queues);
        for &Goal { ref queue, threshold, target_percent } in goals {
            let Some(id) = engine.queue_named(queue) else { continue };
            let goal =
                ServiceLevel { threshold: Duration::from_nanos(threshold.0), target_percent };
            let mut stats =
                former.remove(&id).map_or_else(|| QueueStats::new(threshold), |queue| queue.stats);
            stats.set_threshold(threshold);
            self.queues.insert(id, Queue { goal, stats });
        }
        self.midnight = Timestamp(0);
        self.day(now);
    }

    /// Whether these are the goals in force.
    pub(crate) fn has(&self, engine: &Engine, goals: &[Goal]) -> bool {
        goals.len() == self.queues.len()
            && goals.iter().all(|goal| {
                let queue = engine.queue_named(&goal.queue).and_then(|id| self.queues.get(&id));
                queue.is_some_and(|queue| {
                    nanos(queue.goal.threshold) == goal.threshold
                        && queue.goal.target_percent == goal.target_percent
                })
            })
    }

    /// The day begins anew at the city's midnight. To be called before anything is counted.
    pub(crate) fn day(&mut self, now: Timestamp) {
        if now < self.midnight {
            return;
        }
        let (began, next) = self.day_of(now);
        self.midnight = next;
        for queue in self.queues.values_mut() {
            queue.stats.day_began(began);
        }
    }

    /// First instant of the city's day, and of the next.
    fn day_of(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let nanos = |zoned: &jiff::ZonedDateTime| {
            Timestamp(u64::try_from(zoned.timestamp().as_nanosecond()).unwrap_or(0))
        };
        let days = || -> Result<_, jiff::Error> {
            let at = jiff::Timestamp::from_nanosecond(i128::from(now.0))?;
            let zoned = jiff::ZonedDateTime::new(at, self.zone.clone());
            let began = zoned.start_of_day()?;
            let next = zoned.tomorrow()?.start_of_day()?;
            Ok((nanos(&began), nanos(&next)))
        };
        let a_day = Nanos::from_secs(86_400);
        days().unwrap_or((now, now.after(a_day)))
    }

    /// What is counted of each queue, under which goal. Ordered by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (QueueId, Goal, &QueueStats)> {
        self.queues.iter().map(|(&id, queue)| {
            let threshold = nanos(queue.goal.threshold);
            let target_percent = queue.goal.target_percent;
            (id, Goal { queue: "".into(), threshold, target_percent }, &queue.stats)
        })
    }

    /// Takes over what was counted before a restart.
    pub(crate) fn take_over(
        &mut self,
        queues: impl Iterator<Item = (QueueId, Goal, QueueStats)>,
        now: Timestamp,
    ) {
        for (id, Goal { threshold, target_percent, .. }, stats) in queues {
            let goal =
                ServiceLevel { threshold: Duration::from_nanos(threshold.0), target_percent };
            self.queues.insert(id, Queue { goal, stats });
        }
        self.day(now);
    }

    /// What is counted of a queue, and its goal.
    pub(crate) fn get(&self, queue: QueueId) -> Option<(&QueueStats, ServiceLevel)> {
        self.queues.get(&queue).map(|queue| (&queue.stats, queue.goal))
    }

    pub(crate) fn entered(&mut self, queue: QueueId, now: Timestamp) {
        self.count(queue, |stats| stats.entered(now));
    }

    pub(crate) fn answered(&mut self, queue: QueueId, now: Timestamp, wait: Nanos) {
        self.count(queue, |stats| stats.answered(now, wait));
    }

    pub(crate) fn abandoned(&mut self, queue: QueueId, now: Timestamp, wait: Nanos) {
        self.count(queue, |stats| stats.abandoned(now, wait));
    }

    pub(crate) fn flow_out(&mut self, queue: QueueId, now: Timestamp, wait: Nanos) {
        self.count(queue, |stats| stats.flow_out(now, wait));
    }

    fn count(&mut self, queue: QueueId, what: impl FnOnce(&mut QueueStats)) {
        self.touched.insert(queue);
        if let Some(queue) = self.queues.get_mut(&queue) {
            what(&mut queue.stats);
        }
    }

    /// How many wait there may have changed.
    pub(crate) fn touch(&mut self, queue: QueueId) {
        self.touched.insert(queue);
    }

    /// Notes how many wait where that may have changed.
    pub(crate) fn depths(&mut self, engine: &Engine, now: Timestamp) {
        while let Some(id) = self.touched.pop_first() {
            if let Some(queue) = self.queues.get_mut(&id) {
                queue.stats.depth(now, engine.waiting_count(id));
            }
        }
    }
}
