//! A centre whose numbers are known: what comes, who answers, by which rules, and what is expected.

use super::law::Law;
use super::measure::Measure;

/// A published case.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Its name in its file.
    pub id: String,
    /// What it is, in words.
    pub model: String,
    /// The classes of contacts; the first is class 1.
    pub classes: Vec<Class>,
    /// Who answers.
    pub people: Vec<Person>,
    /// Who of the idle is offered a contact.
    pub agent_rule: AgentRule,
    /// Which of those who wait is offered to a freed agent.
    pub contact_rule: ContactRule,
    /// Contacts that have a place, those with agents included; all, where none is named.
    pub places: Option<u32>,
    /// What a replication is.
    pub span: Span,
    /// The time within which an answer counts for the service level.
    pub threshold: f64,
    /// Arrivals that its source thinks are needed for intervals of 1 %.
    pub arrivals: f64,
    /// What is known.
    pub expected: Vec<Expected>,
    /// Why the engine does not claim to be like it.
    pub not_claimed: Option<String>,
}

/// A class of contacts.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// Arrivals a unit of time, by slot of a day; one where they are steady.
    pub rates: Vec<f64>,
    /// How long a conversation takes.
    pub service: Law,
    /// How long a contact waits before it leaves; for ever, where none is named.
    pub patience: Option<Law>,
    /// The time within which it is to be answered.
    pub target: f64,
    /// Its place among classes: the smaller is served first.
    pub priority: u32,
}

/// Somebody who answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Class, level (1 is best) and the factor of conversations, by skill.
    pub skills: Vec<(usize, u32, f64)>,
}

/// Who of the idle is offered a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentRule {
    /// The longest idle.
    LongestIdle,
    /// The best level, then the longest idle.
    BestLevel,
    /// The fastest, then the longest idle.
    Fastest,
    /// The slowest, then the longest idle.
    Slowest,
}

/// Which of those who wait is offered to a freed agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactRule {
    /// The first to come.
    Fifo,
    /// The smallest priority, then the first to come.
    Priority,
    /// The smallest arrival + target.
    EarliestDue,
}

/// What a replication is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Span {
    /// A long time, of which the first twentieth is not counted.
    Steady,
    /// Days that begin empty, with slots of this length.
    Days {
        /// How long a slot lasts.
        slot: f64,
    },
}

/// A value that is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// As the file calls it.
    pub name: String,
    /// What it is.
    pub measure: Measure,
    /// Its value.
    pub value: f64,
    /// The 95 % half-width of a reference that was itself simulated; none where it is exact.
    pub reference_half_width: Option<f64>,
}

/// Why a file or a case cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The file cannot be read.
    #[error("{file}: {source}")]
    Read {
        /// Its name.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is not JSON.
    #[error("{file}: {source}")]
    Json {
        /// Its name.
        file: String,
        /// Why.
        source: serde_json::Error,
    },
    /// A value is not what it must be.
    #[error("{case}: {field} = {value}: expected {expected}")]
    Value {
        /// The case, or the file.
        case: String,
        /// Which value.
        field: String,
        /// What it says.
        value: String,
        /// What it may say.
        expected: String,
    },
}

impl Case {
    /// Arrivals a unit of time, of all classes in all slots on the average.
    pub fn rate(&self) -> f64 {
        let mean = |class: &Class| class.rates.iter().sum::<f64>() / slots(class);
        self.classes.iter().map(mean).sum()
    }

    /// How long a day lasts; none where arrivals are steady.
    pub fn day(&self) -> Option<f64> {
        match self.span {
            Span::Steady => None,
            Span::Days { slot } => self.classes.first().map(|class| slot * slots(class)),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "slots are few")]
const fn slots(class: &Class) -> f64 {
    class.rates.len() as f64
}
