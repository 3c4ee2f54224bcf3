//! What the server knows of contacts besides the engine: who they are, where they came from.

use std::collections::BTreeMap;
use std::hash::BuildHasher as _;
use std::sync::Arc;

use acd_core::{AgentId, Channel, ContactId, FrontEndId, Nanos, OfferId, Timestamp};
use acd_core::{Engine, Numbered, QueueId};
use acd_proto::{ContactRef, Word};
use hashbrown::{DefaultHashBuilder, HashTable};
use serde::{Deserialize, Serialize};

use super::audience::{Audience, Subject};
use super::chat::Chat;
use super::names::Names;
use super::plain;
use crate::limits::PATH_MAX;

/// A contact's names on the wire, and the numbers that stand for them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Of {
    #[serde(with = "contact_text")]
    pub(crate) contact: ContactId,
    /// Its front end's id of it.
    pub(crate) ext: Arc<str>,
    /// The name of its queue.
    pub(crate) queue: Arc<str>,
    /// The number of its queue.
    #[serde(skip, default = "no_queue")]
    pub(crate) queue_id: QueueId,
}

const fn no_queue() -> QueueId {
    QueueId(0)
}

/// A contact's number, written as the text that clients see.
mod contact_text {
    use acd_core::ContactId;
    use acd_proto::id;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a field so")]
    pub(super) fn serialize<S: Serializer>(id: &ContactId, to: S) -> Result<S::Ok, S::Error> {
        id::contact(*id).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<ContactId, D::Error> {
        let text = String::deserialize(from)?;
        id::parse_contact(&text).ok_or_else(|| de::Error::custom("no contact's id"))
    }
}

impl Of {
    /// Finds the queue's number again, which is not written down.
    pub(crate) fn find_queue(&mut self, engine: &Engine, names: &Names) {
        let defined = engine.queue_named(&self.queue);
        let number = defined.or_else(|| names.queue_once_named(&self.queue));
        self.queue_id = number.unwrap_or_else(no_queue);
    }

    /// As events carry it.
    pub(crate) fn told(&self) -> ContactRef<Word<'_>> {
        ContactRef {
            contact: Word::Contact(self.contact),
            ext: Word::Text(&self.ext),
            queue: Word::Text(&self.queue),
        }
    }
}

/// A live contact, besides what the engine knows of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Contact {
    /// Its names on the wire.
    pub(crate) of: Of,
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
    pub(crate) of: Of,
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

/// Contacts by number, and live ones by their front ends' own ids.
#[derive(Debug, Default)]
pub(crate) struct Contacts {
    live: Numbered<ContactId, Contact>,
    ended: Numbered<ContactId, Ended>,
    /// Numbers by front end, widget and `ext`. Never iterated: its order is chance.
    by_ext: HashTable<ContactId>,
    hasher: DefaultHashBuilder,
    /// Numbers of contacts that came by a widget.
    by_widget: BTreeMap<Arc<str>, Vec<ContactId>>,
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

    /// Whom its events concern.
    pub(crate) fn audience(&self) -> Audience {
        audience(&self.of, self.front_end, self.widget.as_ref(), self.agent)
    }
}

fn audience(
    of: &Of,
    front_end: FrontEndId,
    widget: Option<&Arc<str>>,
    agent: Option<AgentId>,
) -> Audience {
    Audience {
        subject: Subject::Contact { contact: of.contact, queue: of.queue_id, former_queue: None },
        front_end: Some(front_end),
        widget: widget.cloned(),
        agents: agent.into(),
    }
}

impl Contacts {
    /// So many that are read one after another, live, by number. Contacts of a queue share its
    /// name, of those that queues have or had, by number.
    pub(crate) fn read<E>(
        count: usize,
        queues: &[String],
        mut next: impl FnMut() -> Result<(ContactId, Box<Contact>), E>,
    ) -> Result<Self, E> {
        let mut contacts = Self::default();
        let names = queues.iter().map(|name| Arc::from(name.as_str()));
        let queues: BTreeMap<Arc<str>, QueueId> = names.zip((1..).map(QueueId)).collect();
        let mut hashes = Vec::new();
        for _ in 0..count {
            let (id, mut contact) = next()?;
            if let Some((name, &number)) = queues.get_key_value(&contact.of.queue) {
                (contact.of.queue, contact.of.queue_id) = (Arc::clone(name), number);
            }
            if let Some(widget) = &contact.widget {
                contacts.by_widget.entry(Arc::clone(widget)).or_default().push(id);
            }
            hashes.push((contacts.hasher.hash_one(key_of(&contact)), id));
            contacts.live.insert(id, *contact);
        }
        contacts.list(hashes);
        Ok(contacts)
    }

    /// Lists live contacts by the hash of what their front ends call them, in the order of the
    /// table's places: one after another, they are in few pages of memory at a time.
    fn list(&mut self, mut hashes: Vec<(u64, ContactId)>) {
        self.by_ext.reserve(hashes.len(), |_| unreachable!("nothing is listed yet"));
        let places = self.by_ext.capacity().next_power_of_two() as u64 - 1;
        hashes.sort_unstable_by_key(|&(hash, id)| (hash & places, id));
        for (hash, id) in hashes {
            self.list_one(hash, id);
        }
    }

    /// Lists a live contact; one that its front end calls the same is listed no more.
    fn list_one(&mut self, hash: u64, id: ContactId) {
        let Self { live, by_ext, hasher, .. } = self;
        // Neither contact is looked at but where the hashes look alike.
        let key = |id: ContactId| live.get(id).map(key_of);
        let same = |&known: &ContactId| key(known) == key(id);
        if let Some(known) = by_ext.find_mut(hash, same) {
            *known = id;
        } else {
            let hash_of = |&known: &ContactId| {
                hasher.hash_one(key_of(live.get(known).expect("what is listed is live")))
            };
            by_ext.insert_unique(hash, id, hash_of);
        }
    }

    pub(crate) fn get(&self, id: ContactId) -> Option<&Contact> {
        self.live.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: ContactId) -> Option<&mut Contact> {
        self.live.get_mut(id)
    }

    /// How many live.
    pub(crate) const fn len(&self) -> usize {
        self.live.len()
    }

    /// Live ones by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ContactId, &Contact)> {
        self.live.iter()
    }

    pub(crate) fn insert(&mut self, id: ContactId, contact: Contact) {
        if let Some(widget) = &contact.widget {
            self.by_widget.entry(Arc::clone(widget)).or_default().push(id);
        }
        let hash = self.hasher.hash_one(key_of(&contact));
        self.live.insert(id, contact);
        self.list_one(hash, id);
    }

    /// The live contact that its front end, or widget, calls `ext`.
    pub(crate) fn by_ext(
        &self,
        front_end: FrontEndId,
        widget: Option<&Arc<str>>,
        ext: &str,
    ) -> Option<ContactId> {
        let key: Key<'_> = (front_end, widget.map(AsRef::as_ref), ext);
        let same =
            |&known: &ContactId| self.live.get(known).is_some_and(|known| key_of(known) == key);
        self.by_ext.find(self.hasher.hash_one(key), same).copied()
    }

    /// Where the resident of a contact was before.
    pub(crate) fn path(&self, id: ContactId) -> &[Stop] {
        self.paths.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The resident goes on from where a contact is, as another or the same one. Of a path that is
    /// longer than may be told, the first stop and the newest are.
    pub(crate) fn goes_on(&mut self, from: ContactId, as_contact: ContactId) {
        let Some(contact) = self.live.get(from) else { return };
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

    /// Widgets by which live contacts came.
    pub(crate) fn widgets(&self) -> impl Iterator<Item = &Arc<str>> {
        self.by_widget.keys()
    }

    /// Live contacts of a widget.
    pub(crate) fn of_widget(&self, name: &Arc<str>) -> Vec<ContactId> {
        self.by_widget.get(name).cloned().unwrap_or_default()
    }

    /// A live contact is over; what is left while its agent wraps up stays.
    pub(crate) fn end(&mut self, id: ContactId, now: Timestamp) -> Option<Contact> {
        self.unlist(id);
        self.paths.remove(&id);
        let contact = self.live.remove(id)?;
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

    /// From now on its `ext` and widget are free. A later contact of the same `ext` keeps it.
    fn unlist(&mut self, id: ContactId) {
        let Some(contact) = self.live.get(id) else { return };
        let hash = self.hasher.hash_one(key_of(contact));
        if let Ok(listed) = self.by_ext.find_entry(hash, |&known| known == id) {
            listed.remove();
        }
        let Some(widget) = &contact.widget else { return };
        if let Some(own) = self.by_widget.get_mut(widget) {
            own.retain(|&known| known != id);
            if own.is_empty() {
                self.by_widget.remove(widget);
            }
        }
    }

    /// Those whose agent wraps up, by number.
    pub(crate) fn iter_ended(&self) -> impl Iterator<Item = (ContactId, &Ended)> {
        self.ended.iter()
    }

    /// Puts in one whose agent wraps up.
    pub(crate) fn insert_ended(&mut self, id: ContactId, ended: Ended) {
        self.ended.insert(id, ended);
    }

    /// A contact whose agent wraps up, or will by the end of the command.
    pub(crate) fn ended(&self, id: ContactId) -> Option<&Ended> {
        self.ended.get(id)
    }

    /// The agent of an ended contact wraps up.
    pub(crate) fn wraps_up(&mut self, id: ContactId) {
        if let Some(ended) = self.ended.get_mut(id) {
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
        let ended = self.ended.get_mut(id).filter(|ended| ended.agent == agent)?;
        Some(std::mem::replace(&mut ended.disposition, disposition))
    }

    /// The wrap-up is over, or there is none.
    pub(crate) fn forget(&mut self, id: ContactId) {
        self.ended.remove(id);
    }

    /// Names and audience of a contact that is live or wrapped up.
    pub(crate) fn address(&self, id: ContactId) -> Option<(ContactRef<Word<'_>>, Audience)> {
        if let Some(contact) = self.live.get(id) {
            return Some((contact.of.told(), contact.audience()));
        }
        let ended = self.ended.get(id)?;
        let whom = audience(&ended.of, ended.front_end, ended.widget.as_ref(), Some(ended.agent));
        Some((ended.of.told(), whom))
    }
}

/// What tells a live contact from others of its front end: the widget it came by, and its `ext`.
type Key<'a> = (FrontEndId, Option<&'a str>, &'a str);

fn key_of(contact: &Contact) -> Key<'_> {
    (contact.front_end, contact.widget.as_deref(), &contact.of.ext)
}
