//! Whom an event concerns: what subscriptions are matched with, and who hears of it unasked.

use std::sync::Arc;

use acd_core::{AgentId, FrontEndId};
use serde::{Deserialize, Serialize};

use super::plain;

/// Whom one event concerns.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Audience {
    /// What it is about.
    pub(crate) subject: Subject,
    /// The front end that hears of it unasked.
    #[serde(with = "plain")]
    pub(crate) front_end: Option<FrontEndId>,
    /// The widget that hears of it unasked.
    pub(crate) widget: Option<Arc<str>>,
    /// The agents whose desktops hear of it unasked.
    pub(crate) agents: Agents,
}

/// What an event is about.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Subject {
    /// A contact, in its queue.
    Contact {
        /// Its id.
        contact: Arc<str>,
        /// Its queue.
        queue: Arc<str>,
        /// The queue it left by this.
        former_queue: Option<Arc<str>>,
    },
    /// An agent.
    Agent(Arc<str>),
    /// A queue.
    Queue(Arc<str>),
    /// The definitions.
    Config,
    /// A front end.
    FrontEnd,
    /// What supervisors did and said.
    Supervision,
}

/// Agents that hear of an event unasked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Agents {
    /// Nobody.
    None,
    /// One.
    One(#[serde(with = "plain")] AgentId),
    /// Several.
    These(#[serde(with = "plain")] Arc<[AgentId]>),
    /// All.
    All,
}

impl Agents {
    /// Whether the agent is among them.
    pub(crate) fn contains(&self, agent: AgentId) -> bool {
        match self {
            Self::None => false,
            Self::One(one) => *one == agent,
            Self::These(these) => these.binary_search(&agent).is_ok(),
            Self::All => true,
        }
    }
}

impl From<Option<AgentId>> for Agents {
    fn from(agent: Option<AgentId>) -> Self {
        agent.map_or(Self::None, Self::One)
    }
}

impl Subject {
    /// Whether it belongs to one front end, or is among supervisors.
    pub(crate) const fn is_somebodys(&self) -> bool {
        matches!(self, Self::Contact { .. } | Self::Supervision)
    }

    /// Whether everybody may hear of it.
    pub(crate) const fn is_everybodys(&self) -> bool {
        matches!(self, Self::Queue(_) | Self::Config)
    }
}

impl Audience {
    /// Those who subscribed, and nobody unasked.
    pub(crate) const fn subscribers(subject: Subject) -> Self {
        Self { subject, front_end: None, widget: None, agents: Agents::None }
    }
}
