//! What a demo says when it is over: one JSON object, whose members are part of the command's
//! contract.

use std::collections::BTreeMap;

use acd_proto::snapshot::Quantiles;
use acd_server::config::Config;
use acd_sim::{QueueTally, Tally};
use serde::Serialize;

use crate::options::Options;

/// The numbers of a day, or of a part of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Everybody who turned to the city.
    pub contacts: Contacts,
    /// By queue, those whose last contact was in it.
    pub queues: BTreeMap<String, Queue>,
    /// Real time of one decision.
    pub decision_ns: Quantiles,
    /// Real time from a request read to its first event on the way. Without a socket there is none.
    pub request_to_event_us: Quantiles,
    /// Events made.
    pub events: u64,
    /// Agents employed.
    pub agents: usize,
    /// What decided everything left to chance.
    pub seed: u64,
    /// City seconds a real second.
    pub speed: u32,
    /// A hash of the sequence of decisions: contact, agent and time of each. In lockstep.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decisions: Option<String>,
}

/// Residents, each counted once, by their last contact, however often they were handed on or
/// called back: submitted = ended + abandoned + waiting + `in_progress` + refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Contacts {
    /// All.
    pub submitted: u64,
    /// Those who spoke to an agent, or do so now.
    pub answered: u64,
    /// Those whose contact is over, abandoned ones aside.
    pub ended: u64,
    /// Those who left before an answer.
    pub abandoned: u64,
    /// Those without an answer yet: waiting, scheduled or offered.
    pub waiting: u64,
    /// Those with an agent now.
    pub in_progress: u64,
    /// Those refused at entry.
    pub refused: u64,
    /// Times somebody was handed on.
    pub transfers: u64,
}

/// A queue's part of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Queue {
    /// All.
    pub submitted: u64,
    /// Those who spoke to an agent, or do so now.
    pub answered: u64,
    /// Those who left before an answer.
    pub abandoned: u64,
    /// Percent answered within the queue's threshold, of those answered and abandoned; none
    /// without any.
    pub service_level: Option<f64>,
    /// Waits of those answered.
    pub wait_ms: Waits,
}

/// A distribution of waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Waits {
    /// Median.
    pub p50: u64,
    /// 9 of 10.
    pub p90: u64,
    /// 99 of 100.
    pub p99: u64,
    /// The longest.
    pub max: u64,
}

/// What was measured of the server, or of the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Measured {
    pub(crate) decision_ns: Quantiles,
    pub(crate) request_to_event_us: Quantiles,
    pub(crate) events: u64,
    pub(crate) decisions: Option<u64>,
}

impl Report {
    pub(crate) fn new(
        options: &Options,
        config: &Config,
        tally: &Tally,
        measured: &Measured,
    ) -> Self {
        let queues = config.queues.iter().zip(&tally.queues).map(|(display, tally)| {
            let threshold = display.service_level.threshold.as_millis();
            (display.name.clone(), queue(tally, threshold.try_into().unwrap_or(u64::MAX)))
        });
        Self {
            contacts: contacts(tally),
            queues: queues.collect(),
            decision_ns: measured.decision_ns,
            request_to_event_us: measured.request_to_event_us,
            events: measured.events,
            agents: config.agents.len(),
            seed: options.seed,
            speed: options.speed(),
            decisions: measured.decisions.map(|hash| format!("{hash:016x}")),
        }
    }
}

/// Everybody in a tally.
pub(crate) fn contacts(tally: &Tally) -> Contacts {
    Contacts {
        submitted: tally.submitted,
        answered: tally.total(QueueTally::answered),
        ended: tally.total(|queue| queue.ended),
        abandoned: tally.total(|queue| queue.abandoned),
        waiting: tally.total(|queue| queue.waiting),
        in_progress: tally.total(|queue| queue.in_progress),
        refused: tally.total(|queue| queue.refused),
        transfers: tally.transfers,
    }
}

fn queue(tally: &QueueTally, threshold_ms: u64) -> Queue {
    let offered = tally.answered() + tally.abandoned;
    let in_time = tally.answered_within(threshold_ms);
    Queue {
        submitted: tally.submitted(),
        answered: tally.answered(),
        abandoned: tally.abandoned,
        service_level: (offered > 0).then(|| tenths_of_percent(in_time, offered)),
        wait_ms: waits(tally.waits_ms.clone()),
    }
}

fn tenths_of_percent(part: u64, whole: u64) -> f64 {
    let tenths = (part * 1_000 + whole / 2) / whole;
    f64::from(u32::try_from(tenths).expect("a part is at most the whole")) / 10.0
}

fn waits(mut all: Vec<u64>) -> Waits {
    all.sort_unstable();
    // The least value that so many of 100 do not exceed.
    let quantile = |percent: usize| {
        let rank = (all.len() * percent).div_ceil(100);
        all.get(rank.saturating_sub(1)).copied().unwrap_or(0)
    };
    Waits { p50: quantile(50), p90: quantile(90), p99: quantile(99), max: quantile(100) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_ranked_exactly() {
        assert_eq!(waits(Vec::new()), Waits::default());
        assert_eq!(waits(vec![7]), Waits { p50: 7, p90: 7, p99: 7, max: 7 });
        let all = waits((1..=200).rev().collect());
        assert_eq!(all, Waits { p50: 100, p90: 180, p99: 198, max: 200 });
    }

    #[test]
    fn service_level_counts_abandons_as_missed() {
        let tally = QueueTally {
            abandoned: 1,
            refused: 5,
            waits_ms: vec![0, 74_999, 75_000, 75_001],
            ended: 4,
            ..QueueTally::default()
        };
        let queue = queue(&tally, 75_000);
        assert_eq!(queue.service_level, Some(60.0));
        assert_eq!((queue.submitted, queue.answered, queue.abandoned), (10, 4, 1));
        assert_eq!(super::queue(&QueueTally::default(), 1).service_level, None);
    }
}
