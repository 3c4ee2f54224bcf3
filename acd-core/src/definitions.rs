//! What a centre is made of: queues, agents, skills, sites. Named, so that a log can be read.

use alloc::string::String;
use alloc::vec::Vec;

use crate::channel::Capacity;
use crate::time::Nanos;

/// All definitions at once. A change replaces all or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definitions {
    /// Names of skills, each once.
    pub skills: Vec<String>,
    /// Names of sites, each once.
    pub sites: Vec<String>,
    /// Names of reasons for being not ready, each once.
    pub reasons: Vec<String>,
    /// The queues.
    pub queues: Vec<QueueDefinition>,
    /// The agents.
    pub agents: Vec<AgentDefinition>,
    /// How long a front end may be away before its waiting contacts are orphaned. 30 s.
    pub grace: Nanos,
    /// How long an orphaned contact waits before it ends as lost. 1 h.
    pub orphan_end: Nanos,
}

impl Default for Definitions {
    fn default() -> Self {
        Self {
            skills: Vec::new(),
            sites: Vec::new(),
            reasons: Vec::new(),
            queues: Vec::new(),
            agents: Vec::new(),
            grace: Nanos::from_secs(30),
            orphan_end: Nanos::from_secs(3600),
        }
    }
}

/// A routing entry with one policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueDefinition {
    /// Its name.
    pub name: String,
    /// How an agent is chosen.
    pub strategy: Strategy,
    /// The time within which contacts want an answer. 60 s.
    pub objective: Nanos,
    /// Requirements over time, 1..=10. One that admits all.
    pub steps: Vec<Step>,
    /// How long an agent may take to answer. 20 s.
    pub offer_timeout: Nanos,
    /// How long preferred agents are the only ones. 10 s.
    pub prefer_for: Nanos,
    /// Pause after a refused offer. 10 s.
    pub pause_rejected: Nanos,
    /// Pause after a busy device. 60 s.
    pub pause_busy: Nanos,
    /// Pause after an unreachable device. 30 s.
    pub pause_unreachable: Nanos,
    /// Pause after an unanswered offer. 10 s.
    pub pause_no_answer: Nanos,
    /// Unanswered offers in a row after which the agent is not ready; 0 means never. 1.
    pub rona_limit: u8,
    /// What happens after a contact.
    pub wrap_up: WrapUpPolicy,
    /// Age at which a contact rises a band, and again each such age. None.
    pub promote_after: Option<Nanos>,
    /// Bands a contact may rise. 1.
    pub promote_bands: u8,
    /// The longest wait from origin. None.
    pub max_wait: Option<MaxWait>,
    /// Contacts that may wait. 100,000.
    pub max_waiting: u32,
    /// Handle time assumed before one has been measured. 300 s.
    pub expected_handle: Nanos,
    /// Time from a failed callback to the next attempt. 15 min.
    pub callback_retry: Nanos,
    /// Failed callbacks after which the contact ends, 1..=9. 3.
    pub callback_attempts: u8,
    /// When its contacts ask for less because too many wait. None.
    pub overflow: Option<Overflow>,
}

impl QueueDefinition {
    /// A queue of that name with every default.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            strategy: Strategy::BestSkill,
            objective: Nanos::from_secs(60),
            steps: alloc::vec![Step::admits_all()],
            offer_timeout: Nanos::from_secs(20),
            prefer_for: Nanos::from_secs(10),
            pause_rejected: Nanos::from_secs(10),
            pause_busy: Nanos::from_secs(60),
            pause_unreachable: Nanos::from_secs(30),
            pause_no_answer: Nanos::from_secs(10),
            rona_limit: 1,
            wrap_up: WrapUpPolicy::default(),
            promote_after: None,
            promote_bands: 1,
            max_wait: None,
            max_waiting: 100_000,
            expected_handle: Nanos::from_secs(300),
            callback_retry: Nanos::from_secs(900),
            callback_attempts: 3,
            overflow: None,
        }
    }
}

/// How a queue chooses among eligible agents. Ties go to idle order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strategy {
    /// Agents that hold nothing first, then the longest idle.
    LongestIdle,
    /// The highest level of the requirement's first term.
    BestSkill,
    /// The lowest share of work since sign-in.
    LeastOccupied,
    /// The fewest contacts since sign-in.
    FewestContacts,
    /// The next agent number after the last one offered.
    RoundRobin,
    /// By a number drawn with the idle number.
    Random,
}

/// One stage of a queue's requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Age from origin at which it holds. The first is 0; they rise.
    pub after: Nanos,
    /// The agent must satisfy all terms of some alternative. An empty one admits all.
    pub alternatives: Vec<Vec<Term>>,
    /// The agent must sit at one of these; empty means anywhere.
    pub sites: Vec<String>,
    /// Skills that a contact's own needs no longer ask for.
    pub drops: Vec<String>,
}

impl Step {
    /// The step that holds from entry and admits every agent.
    #[must_use]
    pub fn admits_all() -> Self {
        Self {
            after: Nanos(0),
            alternatives: alloc::vec![Vec::new()],
            sites: Vec::new(),
            drops: Vec::new(),
        }
    }
}

/// `skill >= level`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The skill's name.
    pub skill: String,
    /// The least level, 1..=10.
    pub level: u8,
}

/// When an agent is free of an ended contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrapUpPolicy {
    /// Which way it ends.
    pub mode: WrapUpMode,
    /// The longest it may last, extensions included. 10 min.
    pub maximum: Nanos,
}

impl Default for WrapUpPolicy {
    fn default() -> Self {
        Self {
            mode: WrapUpMode::Fixed { length: Nanos::from_secs(30), mandatory: false },
            maximum: Nanos::from_secs(600),
        }
    }
}

/// The ways a wrap-up ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrapUpMode {
    /// There is none.
    None,
    /// After a length (at most the maximum); the agent may end it early unless mandatory.
    Fixed {
        /// How long.
        length: Nanos,
        /// Whether the agent must sit it out.
        mandatory: bool,
    },
    /// When the agent says, at the latest at the maximum.
    Manual,
}

/// When a queue overflows, and what its contacts ask for then (rule 18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow {
    /// The expected or the oldest wait from which on it overflows.
    pub join: Nanos,
    /// What both must be below for it to end; at most `join`.
    pub leave: Nanos,
    /// The step at which its contacts stand at least, counted from 0; not the first.
    pub step: u8,
}

/// The longest a contact waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaxWait {
    /// Age from origin.
    pub after: Nanos,
    /// What happens then.
    pub action: MaxWaitAction,
}

/// What happens to a contact that waited too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MaxWaitAction {
    /// It ends (timeout).
    End,
    /// It moves to the named queue, or ends when that is closed.
    Move(String),
}

/// Somebody who answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentDefinition {
    /// Its name, as front ends say it.
    pub name: String,
    /// Where it sits.
    pub site: Option<String>,
    /// Its skills.
    pub skills: Vec<Term>,
    /// What it may hold when it signs in without saying.
    pub capacity: Capacity,
}

impl AgentDefinition {
    /// An agent of that name without skills or site.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { name: name.into(), site: None, skills: Vec::new(), capacity: Capacity::default() }
    }
}
