//! What the server knows of contacts besides the engine: who they are, where they came from.

use std::collections::BTreeMap;
use std::sync::Arc;

use acd_core::{AgentId, Channel, ContactId, FrontEndId, Nanos, OfferId, Timestamp};
use acd_proto::ContactRef;
use serde::{Deserialize, Serialize};

use super::audience::{Audience, Subject};
use super::chat::Chat;
use super::plain;
use crate::limits::PATH_MAX;

/// A live contact, besides what the engine knows of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Contact {
    /// Its names on the wire.
    pub(crate) of: ContactRef,
    #[serde(with = "plain")]
    pub(crate) front_end: FrontEndId,
    /// The widget it came by.
    pub(crate) widget: Option<Arc<str>>,
    #[serde(with = "plain")]
    pub(crate) channel: Channel,
    pub(crate) caller: Caller,
    /// The earlier contact it continues.
    pub(crate) previous: Option<Arc<str>>,
    /// The number of a callback.
    pub(crate) number: Option<Arc<str>>,
    #[serde(with = "plain")]
    pub(crate) entered_at: Timestamp,
    /// Entry to first answer.
    #[serde(with = "plain")]
    pub(crate) answered_after: Option<Nanos>,
    /// Since when it is connected.
    #[serde(with = "plain")]
    pub(crate) connected_at: Option<Timestamp>,
    /// Talk and hold of former connections.
    #[serde(with = "plain")]
    pub(crate) talked: Nanos,
    /// The agent it is offered to or held by.
    #[serde(with = "plain")]
    pub(crate) agent: Option<AgentId>,
    #[serde(with = "plain")]
    pub(crate) offer: Option<OfferId>,
    pub(crate) disposition: Option<Arc<str>>,
    /// What was said is never written down.
    #[serde(skip)]
    pub(crate) chat: Chat,
}

/// Who a contact is from and what it is about, as its front end says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Caller {
    pub(crate) from: Option<Arc<str>>,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) reference: Option<Arc<str>>,
    pub(crate) attrs: BTreeMap<String, String>,
}

/// A contact that enters, before the engine has given it a number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Newcomer {
    pub(crate) ext: Arc<str>,
    #[serde(with = "plain")]
    pub(crate) front_end: FrontEndId,
    pub(crate) widget: Option<Arc<str>>,
    #[serde(with = "plain")]
    pub(crate) channel: Channel,
    pub(crate) caller: Caller,
    pub(crate) previous: Option<Arc<str>>,
    pub(crate) number: Option<Arc<str>>,
    /// What was said is never written down.
    #[serde(skip)]
    pub(crate) chat: Chat,
}

/// A contact that has ended while its agent wraps up.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) of: ContactRef,
    #[serde(with = "plain")]
    pub(crate) front_end: FrontEndId,
    pub(crate) widget: Option<Arc<str>>,
    #[serde(with = "plain")]
    pub(crate) agent: AgentId,
    #[serde(with = "plain")]
    pub(crate) since: Timestamp,
    /// What came of it, as the agent said in the wrap-up.
    pub(crate) disposition: Option<Arc<str>>,
    /// Whether the wrap-up has begun. Without, it is forgotten after the command.
    pub(crate) wraps_up: bool,
}

/// What tells a live contact from others of its front end: the widget it came by, and its `ext`.
type Ext = (FrontEndId, Option<Arc<str>>, Arc<str>);

/// Contacts by number, and live ones by their front ends' own ids.
#[derive(Debug, Default)]
pub(crate) struct Contacts {
    live: BTreeMap<ContactId, Contact>,
    ended: BTreeMap<ContactId, Ended>,
    by_ext: BTreeMap<Ext, ContactId>,
    /// Where residents were before, of those who were somewhere.
    paths: BTreeMap<ContactId, Path>,
}

/// Where a resident was before, the first place first.
pub(crate) type Path = Vec<Stop>;

/// A queue in which a resident was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stop {
    pub(crate) queue: Arc<str>,
    /// Who answered there.
    #[serde(with = "plain")]
    pub(crate) agent: Option<AgentId>,
}

impl Contact {
    /// Talk and hold so far.
    pub(crate) fn talk(&self, now: Timestamp) -> Nanos {
        let current = self.connected_at.map_or(Nanos(0), |since| now.since(since));
        Nanos(self.talked.0.saturating_add(current.0))
    }

    /// Wait from entry to the answer, or so far.
    pub(crate) fn wait(&self, now: Timestamp) -> Nanos {
        self.answered_after.unwrap_or_else(|| now.since(self.entered_at))
    }

    /// Its agent has let go of it.
    pub(crate) fn leaves_agent(&mut self, now: Timestamp) {
        self.talked = self.talk(now);
        self.connected_at = None;
        self.agent = None;
        self.offer = None;
    }

    fn key(&self) -> Ext {
        (self.front_end, self.widget.clone(), Arc::clone(&self.of.ext))
    }

    /// Whom its events concern.
    pub(crate) fn audience(&self) -> Audience {
        audience(&self.of, self.front_end, self.widget.as_ref(), self.agent)
    }
}

fn audience(
    of: &ContactRef,
    front_end: FrontEndId,
    widget: Option<&Arc<str>>,
    agent: Option<AgentId>,
) -> Audience {
    Audience {
        subject: Subject::Contact {
            contact: Arc::clone(&of.contact),
            queue: Arc::clone(&of.queue),
            former_queue: None,
        },
        front_end: Some(front_end),
        widget: widget.cloned(),
        agents: agent.into(),
    }
}

impl Contacts {
    /// Those that are read one after another, live, by number. Of very many, their front ends' ids
    /// are put in order at once.
    pub(crate) fn read<E>(
        count: usize,
        mut next: impl FnMut() -> Result<(ContactId, Contact), E>,
    ) -> Result<Self, E> {
        let mut contacts = Self::default();
        let mut by_ext = Vec::new();
        for _ in 0..count {
            let (id, contact) = next()?;
            by_ext.push((contact.key(), id));
            contacts.live.insert(id, contact);
        }
        contacts.by_ext = by_ext.into_iter().collect();
        Ok(contacts)
    }

    pub(crate) fn get(&self, id: ContactId) -> Option<&Contact> {
        self.live.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: ContactId) -> Option<&mut Contact> {
        self.live.get_mut(&id)
    }

    /// Live ones by number.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (ContactId, &Contact)> {
        self.live.iter().map(|(&id, contact)| (id, contact))
    }

    pub(crate) fn insert(&mut self, id: ContactId, contact: Contact) {
        self.by_ext.insert(contact.key(), id);
        self.live.insert(id, contact);
    }

    /// The live contact that its front end, or widget, calls `ext`.
    pub(crate) fn by_ext(
        &self,
        front_end: FrontEndId,
        widget: Option<&Arc<str>>,
        ext: &str,
    ) -> Option<ContactId> {
        self.by_ext.get(&(front_end, widget.cloned(), Arc::from(ext))).copied()
    }

    /// Where the resident of a contact was before.
    pub(crate) fn path(&self, id: ContactId) -> &[Stop] {
        self.paths.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The resident goes on from where a contact is, as another or the same one. Of a path that is
    /// longer than may be told, the first stop and the newest are.
    pub(crate) fn goes_on(&mut self, from: ContactId, as_contact: ContactId) {
        let Some(contact) = self.live.get(&from) else { return };
        let stop = Stop { queue: Arc::clone(&contact.of.queue), agent: contact.agent };
        let mut path = self.paths.get(&from).cloned().unwrap_or_default();
        if path.len() >= PATH_MAX {
            path.remove(1);
        }
        path.push(stop);
        self.paths.insert(as_contact, path);
    }

    /// Every path, by number.
    pub(crate) fn iter_paths(&self) -> impl Iterator<Item = (ContactId, &Path)> {
        self.paths.iter().map(|(&id, path)| (id, path))
    }

    /// Puts in a path.
    pub(crate) fn insert_path(&mut self, id: ContactId, path: Path) {
        self.paths.insert(id, path);
    }

    /// Live contacts of a widget.
    pub(crate) fn of_widget(&self, front_end: FrontEndId, name: &Arc<str>) -> Vec<ContactId> {
        let from = (front_end, Some(Arc::clone(name)), Arc::from(""));
        let own =
            |(key, _): &(&Ext, &ContactId)| key.0 == front_end && key.1.as_ref() == Some(name);
        self.by_ext.range(from..).take_while(own).map(|(_, &id)| id).collect()
    }

    /// A live contact is over; what is left while its agent wraps up stays.
    pub(crate) fn end(&mut self, id: ContactId, now: Timestamp) -> Option<Contact> {
        let contact = self.live.remove(&id)?;
        self.paths.remove(&id);
        let key = contact.key();
        if self.by_ext.get(&key) == Some(&id) {
            self.by_ext.remove(&key);
        }
        if let Some(agent) = contact.agent {
            let ended = Ended {
                of: contact.of.clone(),
                front_end: contact.front_end,
                widget: contact.widget.clone(),
                agent,
                since: now,
                disposition: None,
                wraps_up: false,
            };
            self.ended.insert(id, ended);
        }
        Some(contact)
    }

    /// Those whose agent wraps up, by number.
    pub(crate) fn iter_ended(&self) -> impl Iterator<Item = (ContactId, &Ended)> {
        self.ended.iter().map(|(&id, ended)| (id, ended))
    }

    /// Puts in one whose agent wraps up.
    pub(crate) fn insert_ended(&mut self, id: ContactId, ended: Ended) {
        self.ended.insert(id, ended);
    }

    /// A contact whose agent wraps up, or will by the end of the command.
    pub(crate) fn ended(&self, id: ContactId) -> Option<&Ended> {
        self.ended.get(&id)
    }

    /// The agent of an ended contact wraps up.
    pub(crate) fn wraps_up(&mut self, id: ContactId) {
        if let Some(ended) = self.ended.get_mut(&id) {
            ended.wraps_up = true;
        }
    }

    /// What came of a contact, said in its wrap-up by this agent. Returns what was said before;
    /// none where the agent does not wrap it up.
    #[expect(clippy::option_option, reason = "nothing may have been said before")]
    pub(crate) fn disposed(
        &mut self,
        id: ContactId,
        agent: AgentId,
        disposition: Option<Arc<str>>,
    ) -> Option<Option<Arc<str>>> {
        let ended = self.ended.get_mut(&id).filter(|ended| ended.agent == agent)?;
        Some(std::mem::replace(&mut ended.disposition, disposition))
    }

    /// The wrap-up is over, or there is none.
    pub(crate) fn forget(&mut self, id: ContactId) {
        self.ended.remove(&id);
    }

    /// Names and audience of a contact that is live or wrapped up.
    pub(crate) fn address(&self, id: ContactId) -> Option<(ContactRef, Audience)> {
        if let Some(contact) = self.live.get(&id) {
            return Some((contact.of.clone(), contact.audience()));
        }
        let ended = self.ended.get(&id)?;
        let whom = audience(&ended.of, ended.front_end, ended.widget.as_ref(), Some(ended.agent));
        Some((ended.of.clone(), whom))
    }
}
