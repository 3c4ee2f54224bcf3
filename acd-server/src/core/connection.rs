//! The connections that have said `hello`: who they are, and which events they want.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use acd_core::{AgentId, FrontEndId, QueueId};
use acd_proto::{ErrorBody, Kind, Role, id};

use super::audience::{Audience, Subject};
use super::names::Names;
use crate::limits::TOPICS_MAX;
use crate::session::Out;

/// A connection's number, in order of acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ConnectionId(pub(crate) u64);

/// Who a connection acts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Actor {
    /// A front end, and its number in the engine.
    FrontEnd(FrontEndId),
    /// One agent's desktop.
    Agent(AgentId),
    /// One resident's window.
    Widget,
    /// Somebody who sees everything.
    Watcher,
}

/// A connection after `hello`.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) role: Role,
    pub(crate) name: Arc<str>,
    pub(crate) actor: Actor,
    pub(crate) out: Rc<Out>,
    /// Its own events after this one come unasked.
    pub(crate) own_after: u64,
    pub(crate) subscriptions: Vec<Subscription>,
    /// Events still to be sent again; none when it hears of each as it happens.
    pub(crate) catch_up: Option<CatchUp>,
}

/// What one `subscribe` asked for.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) topics: Vec<Topic>,
    /// Events after this one are covered.
    pub(crate) after: u64,
}

/// Events sent again from the ring, as the connection reads them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CatchUp {
    /// The next event to look at.
    pub(crate) next: u64,
    /// Events up to here were missed; after it they are as others.
    pub(crate) missed_until: u64,
    /// Why they are sent.
    pub(crate) by: CatchUpBy,
}

/// Which missed events are sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CatchUpBy {
    /// The connection's own, after `hello` with `resume`.
    Resume,
    /// Those of the subscription of this index, unless they came before.
    Subscription(usize),
}

/// What a subscription names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    /// `*`
    All,
    /// `config`
    Config,
    /// `queue.*` or `queue.NAME`
    Queue(Option<Arc<str>>),
    /// `agent.*` or `agent.NAME`
    Agent(Option<Arc<str>>),
    /// `contact.*` or `contact.ID`
    Contact(Option<Arc<str>>),
}

impl Topic {
    /// Reads a topic.
    pub(crate) fn parse(text: &str) -> Result<Self, ErrorBody> {
        let one = |name: &str| (name != "*").then(|| Arc::from(name));
        match text.split_once('.') {
            None if text == "*" => Ok(Self::All),
            None if text == "config" => Ok(Self::Config),
            Some(("queue", name)) if !name.is_empty() => Ok(Self::Queue(one(name))),
            Some(("agent", name)) if !name.is_empty() => Ok(Self::Agent(one(name))),
            Some(("contact", name)) if !name.is_empty() => Ok(Self::Contact(one(name))),
            _ => Err(ErrorBody::new(Kind::BadParams, "no topic has this name")
                .field("topics")
                .got(text)
                .expected("queue.NAME, agent.NAME, contact.ID, each also with *; config; or *")),
        }
    }

    fn matches(&self, subject: Subject, names: &Names) -> bool {
        let is = |wanted: &Option<Arc<str>>, queue: QueueId| {
            wanted.as_deref().is_none_or(|wanted| wanted == names.queue_text(queue))
        };
        match (self, subject) {
            (Self::All, _) | (Self::Config, Subject::Config) => true,
            (Self::Contact(wanted), Subject::Contact { contact, .. }) => {
                wanted.as_deref().is_none_or(|wanted| id::parse_contact(wanted) == Some(contact))
            }
            (Self::Agent(wanted), Subject::Agent(agent)) => {
                wanted.as_deref().is_none_or(|wanted| wanted == names.agent_text(agent))
            }
            (Self::Queue(wanted), Subject::Queue(queue)) => is(wanted, queue),
            (Self::Queue(wanted), Subject::Contact { queue, former_queue, .. }) => {
                is(wanted, queue) || former_queue.is_some_and(|queue| is(wanted, queue))
            }
            _ => false,
        }
    }
}

impl Connection {
    /// Whether this happened to what is its own.
    pub(crate) fn owns(&self, audience: &Audience) -> bool {
        match &self.actor {
            Actor::FrontEnd(own) => audience.front_end == Some(*own),
            Actor::Agent(own) => audience.agents.contains(*own),
            Actor::Widget => audience.widget.as_ref() == Some(&self.name),
            Actor::Watcher => false,
        }
    }

    /// Whether it hears of an event at all, whatever it asked for.
    fn may_see(&self, audience: &Audience) -> bool {
        match self.actor {
            Actor::Watcher => true,
            Actor::FrontEnd(_) => !audience.subject.is_somebodys() || self.owns(audience),
            Actor::Agent(_) | Actor::Widget => {
                audience.subject.is_everybodys() || self.owns(audience)
            }
        }
    }

    /// Whether it hears of the event of this number as it happens.
    pub(crate) fn wants(&self, seq: u64, audience: &Audience, names: &Names) -> bool {
        (seq > self.own_after && self.owns(audience))
            || self.asked_for(seq, audience, names, usize::MAX)
    }

    /// Whether one of its first `count` subscriptions covers the event.
    fn asked_for(&self, seq: u64, audience: &Audience, names: &Names, count: usize) -> bool {
        let asked = |subscription: &Subscription| {
            seq > subscription.after
                && subscription.topics.iter().any(|topic| topic.matches(audience.subject, names))
        };
        self.subscriptions.iter().take(count).any(asked) && self.may_see(audience)
    }

    /// Whether a catch-up sends the event: what was missed, or has come since.
    pub(crate) fn wants_again(
        &self,
        catch_up: CatchUp,
        seq: u64,
        audience: &Audience,
        names: &Names,
    ) -> bool {
        if seq > catch_up.missed_until {
            return self.wants(seq, audience, names);
        }
        match catch_up.by {
            CatchUpBy::Resume => self.owns(audience),
            CatchUpBy::Subscription(index) => {
                let came_before = (seq > self.own_after && self.owns(audience))
                    || self.asked_for(seq, audience, names, index);
                !came_before && self.asked_for(seq, audience, names, index + 1)
            }
        }
    }

    /// Adds a subscription; refuses more topics than may be.
    pub(crate) fn subscribe(&mut self, topics: Vec<Topic>, after: u64) -> Result<(), ErrorBody> {
        let held: usize = self.subscriptions.iter().map(|known| known.topics.len()).sum();
        if held + topics.len() > TOPICS_MAX {
            let message = format!("a connection subscribes to at most {TOPICS_MAX} topics");
            return Err(ErrorBody::new(Kind::Limit, message).field("topics"));
        }
        self.subscriptions.push(Subscription { topics, after });
        Ok(())
    }
}

/// All connections that have said `hello`.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    all: BTreeMap<ConnectionId, Connection>,
    /// Those with a subscription.
    watching: Vec<ConnectionId>,
    /// Widgets by name.
    widgets: BTreeMap<Arc<str>, ConnectionId>,
}

impl Connections {
    /// Whether nobody is there.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(crate) fn get(&self, id: ConnectionId) -> Option<&Connection> {
        self.all.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.all.get_mut(&id)
    }

    pub(crate) fn insert(&mut self, id: ConnectionId, connection: Connection) {
        if connection.actor == Actor::Widget {
            self.widgets.insert(Arc::clone(&connection.name), id);
        }
        self.all.insert(id, connection);
    }

    pub(crate) fn remove(&mut self, id: ConnectionId) -> Option<Connection> {
        let connection = self.all.remove(&id)?;
        self.watching.retain(|&watching| watching != id);
        if self.widgets.get(&connection.name) == Some(&id) {
            self.widgets.remove(&connection.name);
        }
        Some(connection)
    }

    /// Remembers that it has a subscription now.
    pub(crate) fn watches(&mut self, id: ConnectionId) {
        if !self.watching.contains(&id) {
            self.watching.push(id);
        }
    }

    /// Those with a subscription.
    pub(crate) fn watching(&self) -> &[ConnectionId] {
        &self.watching
    }

    /// The open window of a widget.
    pub(crate) fn widget(&self, name: &Arc<str>) -> Option<ConnectionId> {
        self.widgets.get(name).copied()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (ConnectionId, &Connection)> {
        self.all.iter().map(|(&id, connection)| (id, connection))
    }
}
