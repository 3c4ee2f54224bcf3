//! The waiting side: contacts that can be offered, by what they ask for.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::ops::Bound;

use crate::channel::Channel;
use crate::contact::Key;
use crate::ids::{AgentId, ContactId, Need, QueueId};
use crate::state::ContactRecord;

/// Contacts without preference that any agent either satisfies all of or none of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Class {
    pub(super) queue: QueueId,
    pub(super) step: u8,
    pub(super) channel: Channel,
    pub(super) needs: Vec<Need>,
}

/// Contacts that can be offered.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// The contacts of each class in the order of rule 6; no class is empty.
    lanes: BTreeMap<Class, BTreeMap<Key, ContactId>>,
    /// The first key of each lane.
    heads: BTreeMap<Key, Class>,
    /// Contacts with a preference, once for each agent they prefer.
    personal: BTreeMap<(AgentId, Channel, Key), ContactId>,
}

impl Class {
    /// The class of a contact without preference.
    pub(super) fn of(contact: &ContactRecord) -> Self {
        Self {
            queue: contact.queue,
            step: contact.step,
            channel: contact.channel,
            needs: contact.needs.clone(),
        }
    }
}

impl Waiting {
    pub(super) fn insert(&mut self, contact: &ContactRecord, key: Key) {
        if !contact.prefer.is_empty() {
            for &agent in &contact.prefer {
                self.personal.insert((agent, contact.channel, key), contact.contact);
            }
            return;
        }
        let class = Class::of(contact);
        let lane = self.lanes.entry(class.clone()).or_default();
        let head = lane.first_key_value().map(|(&head, _)| head);
        lane.insert(key, contact.contact);
        if head.is_none_or(|head| key < head) {
            if let Some(head) = head {
                self.heads.remove(&head);
            }
            self.heads.insert(key, class);
        }
    }

    pub(super) fn remove(&mut self, contact: &ContactRecord, key: Key) {
        if !contact.prefer.is_empty() {
            for &agent in &contact.prefer {
                self.personal.remove(&(agent, contact.channel, key));
            }
            return;
        }
        let class = Class::of(contact);
        let lane = self.lanes.get_mut(&class).expect("a contact's lane is there");
        let removed = lane.remove(&key);
        debug_assert_eq!(removed, Some(contact.contact), "a lane holds what was put into it");
        let next = lane.first_key_value().map(|(&next, _)| next);
        if next.is_none() {
            self.lanes.remove(&class);
        }
        if self.heads.remove(&key).is_some()
            && let Some(next) = next
        {
            self.heads.insert(next, class);
        }
    }

    /// The first lane whose first key is `from` or later.
    pub(super) fn head_from(&self, from: Bound<Key>) -> Option<(Key, &Class, ContactId)> {
        let (&key, class) = self.heads.range((from, Bound::Unbounded)).next()?;
        let contact = self.lanes.get(class).and_then(|lane| lane.get(&key));
        Some((key, class, *contact.expect("a head leads to its lane")))
    }

    /// The first contact of the channel that prefers the agent.
    pub(super) fn first_preferring(
        &self,
        agent: AgentId,
        channel: Channel,
    ) -> Option<(Key, ContactId)> {
        let from = (agent, channel, Key::FIRST);
        let (&(of, on, key), &contact) = self.personal.range(from..).next()?;
        (of == agent && on == channel).then_some((key, contact))
    }
}
