//! One contact's life as the method `trace` tells it: names as texts, to be printed or sent as
//! JSON.
//!
//! A reader takes what it does not find as empty: an older server may not tell everything.

use serde::{Deserialize, Serialize};

/// One contact's life.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trace {
    /// The contact.
    pub contact: String,
    /// How it came.
    pub channel: String,
    /// The contact it continues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// Where it is at the end of what was read, or how it ended.
    pub state: String,
    /// What happened to it, in order.
    pub timeline: Vec<Entry>,
    /// Every offer of it, explained.
    pub decisions: Vec<Decision>,
    /// Why it still waits, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<Wait>,
}

/// Something that happened to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// The record of the log.
    pub seq: u64,
    /// When, UTC, RFC 3339.
    pub at: String,
    /// Its age then: since its entry, with the credit it came with.
    pub age_ms: i64,
    /// What, as events call it.
    pub event: String,
    /// In words.
    pub text: String,
}

/// An offer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decision {
    /// The record that made it.
    pub seq: u64,
    /// When, UTC, RFC 3339.
    pub at: String,
    /// The contact's age then.
    pub age_ms: i64,
    /// The offer.
    pub offer: String,
    /// To whom.
    pub agent: String,
    /// `matching`, or `supervisor`, who named contact and agent.
    pub by: String,
    /// What was applied in that record.
    pub because: String,
    /// The contact's queue.
    pub queue: String,
    /// How the queue chooses.
    pub strategy: String,
    /// The contact's place in the order over all queues.
    pub place: String,
    /// What it asked for.
    pub asks: String,
    /// Contacts that waited before it, for whom nobody was eligible.
    pub ahead: u32,
    /// Every defined agent, and what it was to the contact.
    pub agents: Vec<Candidate>,
    /// Contacts that could have had the agent and come after.
    pub rivals: Vec<Rival>,
    /// Why the agent did not get it sooner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
    /// While it waited: agents it could have had, who went to another.
    pub passed: Vec<Passed>,
}

/// What an agent is to the contact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Candidate {
    /// The agent.
    pub agent: String,
    /// In one word.
    pub verdict: String,
    /// In words.
    pub text: String,
}

/// A contact that could have had the agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rival {
    /// The contact.
    pub contact: String,
    /// What puts it after.
    pub after_by: String,
}

/// What the agent was until the decision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Until {
    /// In one word.
    pub verdict: String,
    /// In words.
    pub text: String,
    /// Since when, UTC, RFC 3339; not before the contact waited.
    pub since: String,
}

/// An agent that another contact got.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Passed {
    /// The record of the log.
    pub seq: u64,
    /// When, UTC, RFC 3339.
    pub at: String,
    /// The agent.
    pub agent: String,
    /// The other contact.
    pub contact: String,
    /// What puts that before.
    pub by: String,
}

/// Why a contact waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wait {
    /// Its front end is absent.
    pub suspended: bool,
    /// Contacts that wait before it, over all queues.
    pub ahead: u32,
    /// What it asks for.
    pub asks: String,
    /// Every defined agent, and what it is to the contact.
    pub agents: Vec<Candidate>,
    /// While it has waited: agents it could have had, who went to another.
    pub passed: Vec<Passed>,
}
