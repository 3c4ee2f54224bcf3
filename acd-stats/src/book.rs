//! The fold: every event of a contact or an agent, once, into what it changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use acd_proto::{Event, EventBody, Text};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::SECOND_US;
use crate::agent::{Agent, Presence};
use crate::calendar::{self, Span};
use crate::live::{self, Live, Over};
use crate::queue::Queue;

/// The threshold of a queue of which nobody says one.
const THRESHOLD_US: u64 = 20 * SECOND_US;

/// What a queue wants: so many percent answered within so long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// The queue.
    pub queue: Arc<str>,
    /// Within how long, in µs.
    pub threshold_us: u64,
    /// Percent; 0 where it has no target.
    pub target_percent: u8,
}

/// Everything that is counted.
#[derive(Clone, Debug)]
pub struct Statistics {
    pub(crate) zone: TimeZone,
    pub(crate) book: Book,
    /// Where agents sit, as the configuration says.
    pub(crate) sites: BTreeMap<Arc<str>, Arc<str>>,
    /// The threshold of queues without a goal.
    threshold_us: u64,
    keeps_all: bool,
}

/// What is written down, and comes back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Book {
    pub(crate) queues: BTreeMap<Arc<str>, Queue>,
    pub(crate) agents: BTreeMap<Arc<str>, Agent>,
    #[serde(deserialize_with = "live::read")]
    pub(crate) live: BTreeMap<u64, Live>,
    pub(crate) over: BTreeMap<u64, Over>,
    /// Contacts that ended by the newest command; whether their agents wrap up comes next.
    pub(crate) just_ended: Vec<u64>,
    /// The city's day that the distributions are of: from, to.
    day: (u64, u64),
    /// Time and number of the newest event.
    pub(crate) newest: (u64, u64),
}

impl Statistics {
    /// Of a city in this time zone: UTC where it is not known.
    pub fn new(time_zone: &str) -> Self {
        let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
        Self {
            zone,
            book: Book::default(),
            sites: BTreeMap::new(),
            threshold_us: THRESHOLD_US,
            keeps_all: false,
        }
    }

    /// As [`new`](Self::new), for a report: keeps every quarter hour, and queues without a goal
    /// have this threshold.
    pub fn for_report(time_zone: &str, threshold_us: u64) -> Self {
        Self { threshold_us, keeps_all: true, ..Self::new(time_zone) }
    }

    /// Queues with these goals are the ones configured, in this order; what was counted stays.
    /// What is counted already was judged by the former thresholds.
    pub fn configure(&mut self, goals: &[Goal]) {
        for queue in self.book.queues.values_mut() {
            queue.place = None;
        }
        for (place, goal) in goals.iter().enumerate() {
            let queue = self.queue(&goal.queue);
            queue.threshold_us = goal.threshold_us;
            queue.target_percent = goal.target_percent;
            queue.place = u32::try_from(place).ok();
        }
    }

    /// Whether these are the goals in force.
    pub fn has(&self, goals: &[Goal]) -> bool {
        let in_force = self.book.queues.values().filter(|queue| queue.place.is_some()).count();
        in_force == goals.len()
            && goals.iter().enumerate().all(|(place, goal)| {
                self.book.queues.get(&goal.queue).is_some_and(|queue| {
                    queue.place == u32::try_from(place).ok()
                        && queue.threshold_us == goal.threshold_us
                        && queue.target_percent == goal.target_percent
                })
            })
    }

    /// Where agents sit.
    pub fn sit(&mut self, sites: impl IntoIterator<Item = (Arc<str>, Arc<str>)>) {
        self.sites = sites.into_iter().collect();
    }

    /// Number of the newest event folded.
    pub const fn seq(&self) -> u64 {
        self.book.newest.1
    }

    /// Time of the newest event folded, µs UTC.
    pub const fn newest_us(&self) -> u64 {
        self.book.newest.0
    }

    /// What must survive a restart, as plain data.
    pub fn kept(&self) -> impl Serialize + '_ {
        &self.book
    }

    /// Takes over what was counted before a restart.
    pub fn take_over<'de, D: serde::Deserializer<'de>>(&mut self, kept: D) -> Result<(), D::Error> {
        self.book = Book::deserialize(kept)?;
        Ok(())
    }

    /// The city's day of an instant.
    pub(crate) fn day_of(&self, at: u64) -> Span {
        calendar::day_of(at, &self.zone)
    }

    /// Takes an event. Those of one server, in order; each once.
    pub fn fold<T: Text>(&mut self, event: &Event<T>) {
        let now = event.ts.max(self.book.newest.0);
        self.until(now);
        self.book.newest = (now, event.seq);
        if let Some(of) = event.body.contact() {
            if let Some(number) = of.contact.contact() {
                self.contact(now, number.0, of, &event.body);
            }
        } else if let EventBody::AgentState { agent, state, reason, .. } = &event.body {
            let presence = state.with(|state| match state {
                "signed_out" => Presence::SignedOut,
                "not_ready" => Presence::NotReady,
                _ => Presence::Ready,
            });
            let reason = reason.as_ref().map(|reason| reason.with(|text| text.into()));
            agent.with(|agent| self.agent(agent).present(now, presence, reason));
        }
    }

    /// Time passes: a day begins at midnight, and who did not wrap up at once never will.
    pub(crate) fn until(&mut self, now: u64) {
        if now > self.book.newest.0 {
            self.settle();
        }
        if now >= self.book.day.1 {
            let day = self.day_of(now);
            self.book.day = (day.from, day.to);
            for queue in self.book.queues.values_mut() {
                queue.day_begins();
            }
        }
    }

    /// Handle times of contacts that ended without a wrap-up are final.
    pub(crate) fn settle(&mut self) {
        for number in std::mem::take(&mut self.book.just_ended) {
            if self.book.over.get(&number).is_some_and(|over| !over.wraps_up)
                && let Some(over) = self.book.over.remove(&number)
            {
                self.handled(over.at, &over, over.talk_us / 1_000);
            }
        }
    }

    pub(crate) fn queue(&mut self, name: &str) -> &mut Queue {
        if !self.book.queues.contains_key(name) {
            let queue = Queue::new(self.threshold_us, self.keeps_all);
            self.book.queues.insert(name.into(), queue);
        }
        self.book.queues.get_mut(name).expect("it is there, or was put there")
    }

    pub(crate) fn agent(&mut self, name: &str) -> &mut Agent {
        if !self.book.agents.contains_key(name) {
            self.book.agents.insert(name.into(), Agent::new(self.keeps_all));
        }
        self.book.agents.get_mut(name).expect("it is there, or was put there")
    }

    /// The name of a queue as everything counted of it shares it.
    pub(crate) fn queue_name(&self, name: &str) -> Arc<str> {
        shared(&self.book.queues, name)
    }

    /// The name of an agent, likewise.
    pub(crate) fn agent_name(&self, name: &str) -> Arc<str> {
        shared(&self.book.agents, name)
    }
}

fn shared<V>(all: &BTreeMap<Arc<str>, V>, name: &str) -> Arc<str> {
    all.get_key_value(name).map_or_else(|| name.into(), |(known, _)| Arc::clone(known))
}
