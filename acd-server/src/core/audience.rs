//! Whom an event concerns: what subscriptions are matched with, and who hears of it unasked.

use std::sync::Arc;

use acd_core::{AgentId, ContactId, Engine, FrontEndId, QueueId};
use acd_proto::id;
use serde::{Deserialize, Serialize};

use super::names::Names;
use super::plain;

/// Whom one event concerns.
#[derive(Clone, Debug)]
pub(crate) struct Audience {
    /// What it is about.
    pub(crate) subject: Subject,
    /// The front end that hears of it unasked.
    pub(crate) front_end: Option<FrontEndId>,
    /// The widget that hears of it unasked.
    pub(crate) widget: Option<Arc<str>>,
    /// The agents whose desktops hear of it unasked.
    pub(crate) agents: Agents,
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A contact, in its queue.
    Contact {
        /// Its number.
        contact: ContactId,
        /// Its queue.
        queue: QueueId,
        /// The queue it left by this.
        former_queue: Option<QueueId>,
    },
    /// An agent.
    Agent(AgentId),
    /// A queue.
    Queue(QueueId),
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

    /// An agent's desktop, and who watches it.
    pub(crate) fn of_agent(agent: AgentId) -> Self {
        let agents = Agents::One(agent);
        Self { agents, ..Self::subscribers(Subject::Agent(agent)) }
    }

    /// As it is written down.
    pub(crate) fn written(&self, names: &Names) -> Written {
        let subject = match self.subject {
            Subject::Contact { contact, queue, former_queue } => WrittenSubject::Contact {
                contact: id::contact(contact).into(),
                queue: names.queue(queue),
                former_queue: former_queue.map(|queue| names.queue(queue)),
            },
            Subject::Agent(agent) => WrittenSubject::Agent(names.agent(agent)),
            Subject::Queue(queue) => WrittenSubject::Queue(names.queue(queue)),
            Subject::Config => WrittenSubject::Config,
            Subject::FrontEnd => WrittenSubject::FrontEnd,
            Subject::Supervision => WrittenSubject::Supervision,
        };
        let (front_end, widget) = (self.front_end, self.widget.clone());
        Written { subject, front_end, widget, agents: self.agents.clone() }
    }
}

/// An audience in the log and in snapshots, where names stand for numbers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Written {
    subject: WrittenSubject,
    #[serde(with = "plain")]
    front_end: Option<FrontEndId>,
    widget: Option<Arc<str>>,
    agents: Agents,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum WrittenSubject {
    Contact { contact: Arc<str>, queue: Arc<str>, former_queue: Option<Arc<str>> },
    Agent(Arc<str>),
    Queue(Arc<str>),
    Config,
    FrontEnd,
    Supervision,
}

impl Written {
    /// The audience; none where it names what there never was.
    pub(crate) fn read(self, engine: &Engine, names: &Names) -> Option<Audience> {
        use WrittenSubject as W;
        let queue_named =
            |name: &str| engine.queue_named(name).or_else(|| names.queue_once_named(name));
        let agent_named =
            |name: &str| engine.agent_named(name).or_else(|| names.agent_once_named(name));
        let subject = match self.subject {
            W::Contact { contact, queue, former_queue } => Subject::Contact {
                contact: id::parse_contact(&contact)?,
                queue: queue_named(&queue)?,
                former_queue: match former_queue {
                    Some(former) => Some(queue_named(&former)?),
                    None => None,
                },
            },
            W::Agent(name) => Subject::Agent(agent_named(&name)?),
            W::Queue(name) => Subject::Queue(queue_named(&name)?),
            W::Config => Subject::Config,
            W::FrontEnd => Subject::FrontEnd,
            W::Supervision => Subject::Supervision,
        };
        let Self { front_end, widget, agents, .. } = self;
        Some(Audience { subject, front_end, widget, agents })
    }
}
