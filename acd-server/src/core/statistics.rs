//! Where events are counted: not on the core's thread, but where nothing else runs.
//!
//! A core that decides hands each event over to the [thread that counts](super::counting), and
//! has none of it itself. A core that only follows a log, or has just read one, counts in place.

use std::sync::Arc;

use acd_core::{Definitions, Nanos};
use acd_stats::{Ask, Brief};
use serde::{Deserialize, Serialize};

use super::counting::{Counter, Handed, Told, count_all, events};
use super::{nanos, plain};
use crate::config::Config;

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

/// Statistics, as the core has them.
#[derive(Debug)]
pub(crate) struct Statistics {
    /// The goals in force.
    goals: Vec<Goal>,
    counted: Counted,
    /// What is newest of what the thread told.
    brief: Arc<Brief>,
}

/// Where events are counted.
enum Counted {
    Here(Box<acd_stats::Statistics>),
    Elsewhere(Counter),
    /// Whoever reads a log wants the events themselves.
    Heard(Box<dyn FnMut(Told)>),
}

impl std::fmt::Debug for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Here(_) => "Here",
            Self::Elsewhere(_) => "Elsewhere",
            Self::Heard(_) => "Heard",
        })
    }
}

impl Statistics {
    /// Of a city in this time zone; UTC where the zone is not known.
    pub(crate) fn new(time_zone: &str) -> Self {
        let counted = Counted::Here(Box::new(acd_stats::Statistics::new(time_zone)));
        Self { goals: Vec::new(), counted, brief: Arc::default() }
    }

    /// From now on events are counted on a thread of their own.
    pub(crate) fn go_elsewhere(&mut self) -> std::io::Result<()> {
        if let Counted::Here(counted) = &mut self.counted {
            let counted = std::mem::replace(&mut **counted, acd_stats::Statistics::new("UTC"));
            self.counted = Counted::Elsewhere(Counter::start(counted)?);
        }
        Ok(())
    }

    /// From now on nothing is counted, and each event is heard instead.
    pub(crate) fn be_heard(&mut self, heard: Box<dyn FnMut(Told)>) {
        self.counted = Counted::Heard(heard);
    }

    /// Takes over goals, and where agents sit; what was counted stays.
    pub(crate) fn configure(&mut self, definitions: &Definitions, goals: Vec<Goal>) {
        self.goals = goals;
        let goal = |goal: &Goal| acd_stats::Goal {
            queue: goal.queue.as_ref().into(),
            threshold_us: goal.threshold.0 / 1_000,
            target_percent: goal.target_percent,
        };
        let goals = self.goals.iter().map(goal).collect();
        let sites = definitions
            .agents
            .iter()
            .filter_map(|agent| Some((agent.name.as_str().into(), agent.site.as_deref()?.into())));
        self.take(Told::Configured(goals, sites.collect()));
    }

    /// The goals in force.
    pub(crate) fn goals(&self) -> &[Goal] {
        &self.goals
    }

    /// The goal of a queue.
    pub(crate) fn goal(&self, queue: &str) -> Option<&Goal> {
        self.goals.iter().find(|goal| *goal.queue == *queue)
    }

    /// The frames of events, once.
    pub(crate) fn frames(&mut self, frames: &[u8]) {
        match &mut self.counted {
            Counted::Here(statistics) => count_all(frames, statistics),
            Counted::Elsewhere(counter) => counter.push(Handed::Frames(frames.into())),
            Counted::Heard(heard) => events(frames).for_each(|event| heard(Told::Event(event))),
        }
    }

    fn take(&mut self, told: Told) {
        match &mut self.counted {
            Counted::Here(statistics) => told.count(statistics),
            Counted::Elsewhere(counter) => counter.push(Handed::Told(told)),
            Counted::Heard(heard) => heard(told),
        }
    }

    /// The thread that counts, where there is one.
    pub(crate) fn counter(&self) -> Option<&Counter> {
        match &self.counted {
            Counted::Elsewhere(counter) => Some(counter),
            _ => None,
        }
    }

    /// What the thread has told.
    pub(crate) fn set_brief(&mut self, brief: Arc<Brief>) {
        self.brief = brief;
    }

    /// What a snapshot tells: what the thread has told, or what is counted here.
    pub(crate) fn brief(&mut self, now_us: u64) -> Arc<Brief> {
        match &mut self.counted {
            Counted::Here(statistics) => Arc::new(statistics.brief(now_us)),
            _ => Arc::clone(&self.brief),
        }
    }

    /// What is asked for, where it is counted here.
    pub(crate) fn told(&mut self, ask: Ask, now_us: u64) -> acd_proto::statistics::Statistics {
        match &mut self.counted {
            Counted::Here(statistics) => statistics.told(ask, now_us),
            _ => acd_proto::statistics::Statistics::default(),
        }
    }

    /// What must survive: of a core that counts in place. No other writes it down.
    pub(crate) fn kept(&self, to: &mut Vec<u8>) {
        let bytes = std::mem::take(to);
        *to = match &self.counted {
            Counted::Here(statistics) => postcard::to_extend(&statistics.kept(), bytes),
            _ => postcard::to_extend(&acd_stats::Statistics::new("UTC").kept(), bytes),
        }
        .expect("plain data, and memory is no IO");
    }

    /// What is counted here, where it is: to take over what was counted before a restart. Goals
    /// are configured after it.
    pub(crate) fn here(&mut self) -> Option<&mut acd_stats::Statistics> {
        match &mut self.counted {
            Counted::Here(statistics) => Some(statistics),
            _ => None,
        }
    }

    /// As [`here`](Self::here), from among other tables; what follows is left.
    pub(crate) fn count_on(&mut self, from: &mut &[u8]) -> Result<(), postcard::Error> {
        let mut reader = postcard::Deserializer::from_bytes(from);
        match &mut self.counted {
            Counted::Here(statistics) => statistics.take_over(&mut reader)?,
            _ => acd_stats::Statistics::new("UTC").take_over(&mut reader)?,
        }
        *from = reader.finalize()?;
        Ok(())
    }
}
