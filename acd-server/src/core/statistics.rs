//! Statistics by queue: what the fold of effects feeds, and the city's midnight.

use std::collections::{BTreeMap, BTreeSet};

use acd_core::{Engine, Nanos, QueueId, Timestamp};
use jiff::tz::TimeZone;

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
    pub(crate) fn configure(&mut self, engine: &Engine, config: &Config, now: Timestamp) {
        let mut former = std::mem::take(&mut self.queues);
        for display in &config.queues {
            let Some(id) = engine.queue_named(&display.name) else { continue };
            let goal = display.service_level;
            let threshold = Nanos(u64::try_from(goal.threshold.as_nanos()).unwrap_or(u64::MAX));
            let mut stats =
                former.remove(&id).map_or_else(|| QueueStats::new(threshold), |queue| queue.stats);
            stats.set_threshold(threshold);
            self.queues.insert(id, Queue { goal, stats });
        }
        self.midnight = Timestamp(0);
        self.day(now);
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
