//! One round of matching: pairs in the order of rule 3, until there is none.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::ops::Bound;

use super::waiting::Class;
use super::{Pair, Wanted};
use crate::channel::Channel;
use crate::contact::Key;
use crate::ids::{AgentId, ContactId};
use crate::world::World;

/// What one round of matching has still to look at.
///
/// During a round contacts and agents only go. What has found no partner finds none later in the
/// round, so that nothing is looked at twice without an offer in between.
#[derive(Debug)]
pub(crate) struct Round {
    /// Contacts to look at each on its own: new ones, and those who prefer a new agent.
    fresh: BTreeMap<Key, ContactId>,
    /// Classes of fresh contacts for which nobody is left.
    exhausted: BTreeSet<Class>,
    /// New agents who are still free.
    free: Vec<AgentId>,
    /// Lanes that begin before here fit none of the new agents.
    cursor: Bound<Key>,
    /// Agents preferred by the contact offered last, for whom the next is to be looked at.
    bereft: Vec<AgentId>,
}

impl Round {
    /// A round that looks at these new contacts and agents.
    pub(crate) fn new(world: &World, contacts: &[ContactId], agents: &[AgentId]) -> Self {
        let listed = |&id: &ContactId| {
            let contact = world.contacts.get(&id)?;
            contact.listed.filter(|_| !contact.record.suspended()).map(|key| (key, id))
        };
        let mut round = Self {
            fresh: contacts.iter().filter_map(listed).collect(),
            exhausted: BTreeSet::new(),
            free: agents.to_vec(),
            cursor: Bound::Unbounded,
            bereft: Vec::new(),
        };
        round.free.sort_unstable();
        round.free.dedup();
        round.free.retain(|&agent| is_free(world, agent));
        for at in 0..round.free.len() {
            round.add_preferring(world, round.free[at]);
        }
        round
    }

    /// The first contact, over all queues, that has an eligible agent, and the first such agent.
    ///
    /// The caller offers the one to the other before it asks again.
    pub(crate) fn next(&mut self, world: &World) -> Option<Pair> {
        self.free.retain(|&agent| is_free(world, agent));
        for agent in core::mem::take(&mut self.bereft) {
            if self.free.contains(&agent) {
                self.add_preferring(world, agent);
            }
        }
        let (key, contact, agent) = match (self.next_fresh(world), self.next_lane(world)) {
            (Some(fresh), Some((key, _))) if fresh.0 <= key => fresh,
            (Some(fresh), None) => fresh,
            (_, Some((key, contact))) => {
                (key, contact, agent_for(world, contact).expect("a free agent fits the lane"))
            }
            (None, None) => return None,
        };
        self.fresh.remove(&key);
        self.bereft.clone_from(&world.contact(contact).prefer);
        Some((contact, agent))
    }

    /// The first fresh contact with an eligible agent, and that agent.
    fn next_fresh(&mut self, world: &World) -> Option<(Key, ContactId, AgentId)> {
        while let Some((&key, &id)) = self.fresh.first_key_value() {
            let contact = world.contact(id);
            let skip = !self.exhausted.is_empty()
                && contact.prefer.is_empty()
                && self.exhausted.contains(&Class::of(contact));
            if !skip {
                if let Some(agent) = agent_for(world, id) {
                    return Some((key, id, agent));
                }
                if contact.prefer.is_empty() && self.fresh.len() > 1 {
                    self.exhausted.insert(Class::of(contact));
                }
            }
            self.fresh.remove(&key);
        }
        None
    }

    /// The first contact without preference that a new agent is eligible for.
    fn next_lane(&mut self, world: &World) -> Option<(Key, ContactId)> {
        while !self.free.is_empty() {
            let (key, class, contact) = world.matcher.waiting.head_from(self.cursor)?;
            let queue = world.queue(class.queue);
            let wanted = Wanted::of_class(class.channel, queue, class.step, &class.needs);
            let fits = |&agent: &AgentId| {
                let agent = world.agent(agent);
                agent.has_room(class.channel) && wanted.admits(agent)
            };
            if self.free.iter().any(fits) {
                return Some((key, contact));
            }
            self.cursor = Bound::Excluded(key);
        }
        None
    }

    /// Adds the first contacts that prefer a free agent, one a channel it has room for: more it
    /// cannot take.
    fn add_preferring(&mut self, world: &World, agent: AgentId) {
        for channel in Channel::ALL {
            if world.agent(agent).has_room(channel)
                && let Some((key, contact)) = world.matcher.waiting.first_preferring(agent, channel)
            {
                self.fresh.insert(key, contact);
            }
        }
    }
}

fn is_free(world: &World, agent: AgentId) -> bool {
    world.agent_if_defined(agent).is_some_and(|agent| agent.listed)
}

fn agent_for(world: &World, contact: ContactId) -> Option<AgentId> {
    let wanted = Wanted::by(world.contact(contact), world.queue_of(contact));
    world.matcher.agent_for(&wanted, world)
}
