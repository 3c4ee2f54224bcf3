//! What a trace tells, as data: names as texts, so that it can be printed or sent as JSON.

use acd_core::{ContactRecord, Engine};
use serde::{Deserialize, Serialize};

use super::words;

/// One contact's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The contact.
    pub contact: String,
    /// How it came.
    pub channel: String,
    /// The contact it continues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// Where it is at the end of what was read, or how it ended.
    pub state: String,
    /// What happened to it, in order.
    pub timeline: Vec<Entry>,
    /// Every offer of it, explained.
    pub decisions: Vec<Decision>,
    /// Why it still waits, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Wait>,
}

/// Something that happened to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The record.
    pub seq: u64,
    /// When, UTC.
    pub at: String,
    /// Its age then: since its entry, with the credit it came with.
    pub age_ms: i64,
    /// What, as events call it.
    pub event: String,
    /// In words.
    pub text: String,
}

/// An offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The record that made it.
    pub seq: u64,
    /// When, UTC.
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
    pub agents: Vec<Agent>,
    /// Contacts that could have had the agent and come after.
    pub rivals: Vec<Rival>,
    /// Why the agent did not get it sooner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
    /// While it waited: agents it could have had, who went to another.
    pub passed: Vec<Passed>,
}

/// What an agent is to the contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// The agent.
    pub agent: String,
    /// In one word.
    pub verdict: String,
    /// In words.
    pub text: String,
}

/// A contact that could have had the agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rival {
    /// The contact.
    pub contact: String,
    /// What puts it after.
    pub after_by: String,
}

/// What the agent was until the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Until {
    /// In one word.
    pub verdict: String,
    /// In words.
    pub text: String,
    /// Since when, UTC; not before the contact waited.
    pub since: String,
}

/// An agent that another contact got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// The record.
    pub seq: u64,
    /// When, UTC.
    pub at: String,
    /// The agent.
    pub agent: String,
    /// The other contact.
    pub contact: String,
    /// What puts that before.
    pub by: String,
}

/// Why a contact waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Its front end is absent.
    pub suspended: bool,
    /// Contacts that wait before it, over all queues.
    pub ahead: u32,
    /// What it asks for.
    pub asks: String,
    /// Every defined agent, and what it is to the contact.
    pub agents: Vec<Agent>,
    /// While it has waited: agents it could have had, who went to another.
    pub passed: Vec<Passed>,
}

/// A trace that has nothing to tell yet.
pub(super) fn new(record: &ContactRecord, engine: &Engine) -> Trace {
    Trace {
        contact: words::contact(record.contact),
        channel: record.channel.name().into(),
        previous: record.previous.map(words::contact),
        state: words::state(Some(record), engine).unwrap_or_default(),
        timeline: Vec::new(),
        decisions: Vec::new(),
        waits: None,
    }
}
