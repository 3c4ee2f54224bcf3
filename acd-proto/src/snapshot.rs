//! The present state as rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Of `snapshot`. Parts not asked for are absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The log's id.
    pub epoch: String,
    /// The newest event it includes.
    pub seq: u64,
    /// The city's time, µs UTC.
    pub now: u64,
    /// Every defined queue, in the configuration's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queues: Option<Vec<QueueRow>>,
    /// Every defined agent, signed out too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agents: Option<Vec<AgentRow>>,
    /// Every contact not ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<ContactRow>>,
    /// The server itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineRow>,
    /// How many commands took how long in the engine since the start: nanoseconds, and a count,
    /// the shortest first; only where it is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decisions: Option<Vec<(u64, u64)>>,
    /// What an agent's desk lets choose from; only where it is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choices: Option<Choices>,
}

/// What an agent's desk lets choose from, as the configuration has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// Reasons for being not ready.
    pub reasons: Vec<String>,
    /// What people call the queues, by name.
    pub titles: BTreeMap<String, String>,
    /// What may come of a contact; empty admits any text.
    #[serde(default)]
    pub dispositions: Vec<String>,
    /// The same of queues that have a list of their own, by name.
    #[serde(default)]
    pub queue_dispositions: BTreeMap<String, Vec<String>>,
}

/// A queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QueueRow {
    /// Its name.
    pub queue: String,
    /// Whether it accepts contacts.
    pub open: bool,
    /// Contacts that wait.
    pub waiting: u32,
    /// Age of the oldest of them.
    pub longest_ms: Option<u64>,
    /// Expected wait of a contact that would join now: 0 when an agent is ready and nobody waits;
    /// null when nobody signed in qualifies.
    pub ewt_ms: Option<u64>,
    /// Qualified agents ready for a contact.
    pub ready: u32,
    /// Qualified agents with an offer or a contact.
    pub busy: u32,
    /// Qualified agents in wrap-up.
    pub wrap_up: u32,
    /// Qualified agents signed in and not available.
    pub not_ready: u32,
    /// Those by the reason: one of the configuration's, or `unspecified`, `paused`, `pending`, ….
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub not_ready_by: BTreeMap<String, u32>,
    /// Threshold of its service level.
    pub threshold_ms: u64,
    /// Its target, percent of those offered.
    pub target: f64,
    /// The last 15 minutes.
    pub interval: Counts,
    /// Since midnight.
    pub today: Counts,
    /// Contacts waiting at the end of each of the last 15 minutes, oldest first, and now.
    pub depth: Vec<u32>,
    /// Offers that nobody answered in the last 15 minutes.
    #[serde(default, skip_serializing_if = "is_none")]
    pub no_answers: u64,
    /// How long the longest conversation has been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_call_ms: Option<u64>,
}

/// What is left out where there is none.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}

/// What happened in an interval. A contact counts when it is answered, abandons or flows out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// Contacts that entered.
    pub entered: u64,
    /// Answered + abandoned.
    pub offered: u64,
    /// Answered.
    pub answered: u64,
    /// Answered within the threshold.
    pub answered_in_threshold: u64,
    /// Left before an answer.
    pub abandoned: u64,
    /// Ended otherwise before an answer.
    pub flow_out: u64,
    /// Mean wait of the answered.
    pub asa_ms: Option<u64>,
    /// Percent answered within the threshold, of those offered.
    pub service_level: Option<f64>,
}

/// An agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AgentRow {
    /// As front ends say it.
    pub agent: String,
    /// As people say it.
    pub name: String,
    /// Where it sits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// `signed_out`, `not_ready`, ready, or busy while it holds contacts.
    pub state: String,
    /// Why not ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What waits for the last contact to leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<String>,
    /// Until when it gets no offers, µs UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<u64>,
    /// What the front end dials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Level by skill.
    pub skills: BTreeMap<String, u8>,
    /// Capacity by channel.
    pub capacity: BTreeMap<String, u8>,
    /// What it holds: offered, connected, parked and wrap-up.
    pub held: Vec<HeldRow>,
    /// Since when it is in this state, µs UTC.
    pub since: u64,
    /// Contacts since sign-in.
    pub connected: u32,
    /// Work in percent of work and idle time since sign-in.
    pub occupancy: Option<u32>,
    /// Offers it has left unanswered since midnight.
    #[serde(default, skip_serializing_if = "is_none")]
    pub no_answers: u64,
}

/// A contact in an agent's hands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HeldRow {
    /// The contact.
    pub contact: String,
    /// How it came.
    pub channel: String,
    /// offered, connected, parked or `wrap_up`.
    pub state: String,
    /// Since when, µs UTC.
    pub since: u64,
}

/// A contact not ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContactRow {
    /// Its id.
    pub contact: String,
    /// Its front end's id of it.
    pub ext: String,
    /// Its front end.
    pub frontend: String,
    /// How it came.
    pub channel: String,
    /// Its queue.
    pub queue: String,
    /// queued, scheduled, offered, connected or parked.
    pub state: String,
    /// Its priority.
    pub prio: u8,
    /// Wait so far, age credit included, or until the answer.
    pub wait_ms: u64,
    /// The step that holds, counted from 0.
    pub step: u8,
    /// The agent offered, or held by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The live offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    /// Whether its front end is absent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspended: bool,
    /// The caller's number or address, masked for monitors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The caller's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A city request it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What its front end wants carried along; not for monitors.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attrs: BTreeMap<String, String>,
    /// Least level by skill.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub needs: BTreeMap<String, u8>,
    /// Where the resident was before, the first place first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<StopRow>,
    /// Why it may come to the agent that asks; told to agents only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<WhyRow>,
}

/// A queue in which a resident was, and who spoke with them there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopRow {
    /// The queue.
    pub queue: String,
    /// Who answered there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

/// What a contact asks of an agent, and how its queue chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyRow {
    /// Whether it asks for this agent by name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub preferred: bool,
    /// Least level by skill, of which one alternative must be met; an empty one admits anybody.
    pub asks: Vec<BTreeMap<String, u8>>,
    /// How the queue chooses among those who meet it.
    pub strategy: String,
    /// The step that holds, counted from 1, and how many there are.
    pub step: (u8, u8),
}

/// The server itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EngineRow {
    /// Name and version.
    pub server: String,
    /// Real milliseconds since start.
    pub uptime_ms: u64,
    /// One decision: a command through the engine.
    pub decision_ns: Quantiles,
    /// From a request read to its first event queued for the socket.
    pub request_to_event_us: Quantiles,
    /// Commands applied.
    pub commands: u64,
    /// Commands refused.
    pub rejections: u64,
    /// Events made.
    pub events: u64,
    /// Connections by role.
    pub connections: BTreeMap<String, u32>,
    /// Connections cut off for reading too slowly.
    pub slow: u64,
    /// Resident memory in bytes.
    pub rss: u64,
}

/// A distribution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantiles {
    /// Median.
    pub p50: u64,
    /// 99 of 100.
    pub p99: u64,
    /// 999 of 1,000.
    pub p999: u64,
    /// The largest.
    pub max: u64,
    /// How many.
    pub count: u64,
}
