//! What was counted: windows, intervals, the day, and every service level, as rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Of `statistics`. Parts not asked for are absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// The log's id.
    pub epoch: String,
    /// The newest event it includes.
    pub seq: u64,
    /// The city's time, µs UTC.
    pub now: u64,
    /// Which interval a contact counts in: that in which it `ended` its wait, or `entered`.
    pub by: String,
    /// When the city's day began, µs UTC.
    pub day_from: u64,
    /// When it will be over, µs UTC.
    pub day_to: u64,
    /// Upper bounds, in ms, of the classes of `waits`; a last class has what is longer.
    pub wait_bounds_ms: Vec<u64>,
    /// Every defined queue, in the configuration's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queues: Option<Vec<QueueStatistics>>,
    /// Every agent of whom anything is known, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agents: Option<Vec<AgentStatistics>>,
    /// Agents together by where they sit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sites: Option<Vec<AgentStatistics>>,
    /// All queues together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<QueueStatistics>,
    /// All agents together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<AgentStatistics>,
}

/// What was counted of a queue, or of all together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QueueStatistics {
    /// Its name; absent of all together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// Threshold of its service level; absent of all together: each has its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold_ms: Option<u64>,
    /// Percent that it wants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
    /// Contacts that wait.
    pub waiting: u32,
    /// Of those, how many longer than the threshold.
    pub waiting_late: u32,
    /// Wait of the one that waits longest, since it entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_ms: Option<u64>,
    /// Contacts connected.
    pub connected: u32,
    /// How long the longest of those has been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_call_ms: Option<u64>,
    /// The last 5 minutes: the running one and the 4 before it.
    pub m5: Figures,
    /// The last 15.
    pub m15: Figures,
    /// The last 60.
    pub m60: Figures,
    /// Since midnight.
    pub today: Figures,
    /// Since midnight, by interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intervals: Option<Vec<Interval<Figures>>>,
    /// The last 60 minutes, one by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<Series>,
    /// Waits of the answered since midnight.
    pub waits: Distribution,
    /// Waits of the abandoned since midnight.
    pub abandon_waits: Distribution,
    /// Handle times since midnight: talk, hold and wrap-up.
    pub handle: Distribution,
    /// Offer made to answered, since midnight.
    pub hand_off: Distribution,
}

/// What happened in a length of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Contacts that entered.
    pub entered: u64,
    /// Answered.
    pub answered: u64,
    /// Answered within the threshold.
    pub answered_in_threshold: u64,
    /// Left before an answer.
    pub abandoned: u64,
    /// Left before an answer, within the threshold.
    pub abandoned_in_threshold: u64,
    /// Left within 5 s: nobody could have answered.
    pub abandoned_short: u64,
    /// Ended otherwise before an answer, or moved to another queue.
    pub flow_out: u64,
    /// Of those, within the threshold.
    pub flow_out_in_threshold: u64,
    /// Handle times that became final.
    pub handled: u64,
    /// Mean wait of the answered, ringing included.
    pub asa_ms: Option<u64>,
    /// Mean handle time.
    pub aht_ms: Option<u64>,
    /// Percent abandoned of those answered or abandoned.
    pub abandoned_percent: Option<f64>,
    /// Came by a transfer; among those entered.
    pub transfers_in: u64,
    /// Went on elsewhere by a transfer, once answered.
    pub transfers_out: u64,
    /// Waited again: an offer failed or was taken back, or an agent was lost.
    pub requeues: u64,
    /// Offers that nobody answered in time.
    pub no_answers: u64,
    /// Answered, by class of wait.
    pub waits: Vec<u32>,
    /// Percent by every formula's name; null where there is nothing to judge.
    pub service_level: BTreeMap<String, Option<f64>>,
}

/// A part of the day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval<F> {
    /// Its first instant, µs UTC.
    pub from: u64,
    /// The first instant after it, µs UTC.
    pub to: u64,
    /// What happened.
    #[serde(flatten)]
    pub figures: F,
}

/// Minute by minute, oldest first, the running minute last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Who waited at the end of each minute; the last number is of now.
    pub depth: Vec<u32>,
    /// Entered.
    pub entered: Vec<u64>,
    /// Answered.
    pub answered: Vec<u64>,
    /// Abandoned.
    pub abandoned: Vec<u64>,
}

/// Lengths in ms: quantiles within 1 %, the maximum exact. All 0 where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distribution {
    /// Median.
    pub p50_ms: u64,
    /// 90 of 100.
    pub p90_ms: u64,
    /// 99 of 100.
    pub p99_ms: u64,
    /// The longest.
    pub max_ms: u64,
    /// How many.
    pub count: u64,
}

/// What was counted of an agent, of a site, or of all agents.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AgentStatistics {
    /// The agent; absent of several together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Where it sits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// How many agents are in each state now: `ready`, `busy`, `wrap_up`, `not_ready`,
    /// `signed_out`. One in wrap-up only is not busy.
    pub now: BTreeMap<String, u32>,
    /// Those not ready, by reason; `none` where none was given.
    pub not_ready: BTreeMap<String, u32>,
    /// The last 5 minutes.
    pub m5: AgentFigures,
    /// The last 15.
    pub m15: AgentFigures,
    /// The last 60.
    pub m60: AgentFigures,
    /// Since midnight.
    pub today: AgentFigures,
    /// Since midnight, by interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intervals: Option<Vec<Interval<AgentFigures>>>,
}

/// What agents did in a length of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AgentFigures {
    /// Offers made.
    pub offers: u64,
    /// Contacts answered for the first time.
    pub answered: u64,
    /// Of those, within their queues' thresholds.
    pub answered_in_threshold: u64,
    /// Offers left unanswered.
    pub no_answers: u64,
    /// Offers refused.
    pub rejected: u64,
    /// Handle times that became final.
    pub handled: u64,
    /// Mean handle time.
    pub aht_ms: Option<u64>,
    /// Contacts sent elsewhere.
    pub transfers: u64,
    /// Contacts lost back to their queue.
    pub requeues: u64,
    /// Ready, holding nothing.
    pub ready_ms: u64,
    /// Holding a contact.
    pub busy_ms: u64,
    /// In wrap-up only.
    pub wrap_up_ms: u64,
    /// Signed in and not ready.
    pub not_ready_ms: u64,
    /// Percent busy or in wrap-up, of the time signed in and ready.
    pub occupancy: Option<f64>,
}
