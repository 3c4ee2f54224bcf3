//! What the engine knows, and the one way to change a contact or an agent.
//!
//! *Invariant:* lists that follow from a record (matching, the queues' order, deadlines) are never
//! changed by a flow. [`World::contact_mut`] and [`World::agent_mut`] take the record out of the
//! lists and note it as touched; [`World::settle`] puts it back where it belongs by then, and
//! hands matching what may have found a partner.

use alloc::vec::Vec;

use crate::agent::Agent;
use crate::contact::{self, Contact};
use crate::deadline::{Timed, Timers};
use crate::definitions::Definitions;
use crate::flow::Overflows;
use crate::ids::{AgentId, ContactId, FrontEndId, OfferId, QueueId, SkillId};
use crate::matching::{Matcher, Others, Tuning};
use crate::names::NameTables;
use crate::numbered::Numbered;
use crate::queue::Queue;
use crate::ranked::Chunks;
use crate::state::{
    ContactRecord, ContactState, Counters, FrontEndRecord, Names, OfferRecord, WrapUpRecord,
};
use crate::time::Timestamp;

/// Everything the engine knows.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) counters: Counters,
    pub(crate) names: Names,
    pub(crate) tables: NameTables,
    pub(crate) definitions: Definitions,
    /// By number; front ends are never removed.
    pub(crate) front_ends: Vec<FrontEnd>,
    /// By number; none where the definition is gone.
    pub(crate) queues: Vec<Option<Queue>>,
    /// By number; none where the definition is gone.
    pub(crate) agents: Vec<Option<Agent>>,
    pub(crate) contacts: Numbered<ContactId, Contact>,
    pub(crate) offers: Numbered<OfferId, Timed<OfferRecord>>,
    pub(crate) wrap_ups: Numbered<ContactId, Timed<WrapUpRecord>>,
    pub(crate) timers: Timers,
    pub(crate) matcher: Matcher,
    pub(crate) overflows: Overflows,
    /// Contacts with a preference, by number, for each agent ever defined.
    pub(crate) preferring: Vec<Vec<ContactId>>,
    /// What the queues' orders are made of.
    pub(crate) chunks: Chunks,
    /// A contact that waits and is not in its queue's order yet: it is the only one matching has
    /// to look at, and mostly finds an agent at once.
    unranked: Option<ContactId>,
    touched_contacts: Vec<ContactId>,
    touched_agents: Vec<AgentId>,
}

/// A front end that has appeared.
#[derive(Debug)]
pub(crate) struct FrontEnd {
    pub(crate) record: FrontEndRecord,
    /// How many of its contacts live: where none does, nobody looks for them.
    pub(crate) live: usize,
}

impl From<FrontEndRecord> for FrontEnd {
    fn from(record: FrontEndRecord) -> Self {
        Self { record, live: 0 }
    }
}

impl World {
    /// A world without definitions.
    pub(crate) fn new(seed: u64, tuning: Tuning) -> Self {
        Self {
            now: Timestamp(0),
            counters: Counters { random: seed, ..Counters::default() },
            names: Names::default(),
            tables: NameTables::default(),
            definitions: Definitions::default(),
            front_ends: Vec::new(),
            queues: Vec::new(),
            agents: Vec::new(),
            contacts: Numbered::default(),
            offers: Numbered::default(),
            wrap_ups: Numbered::default(),
            timers: Timers::default(),
            matcher: Matcher::new(tuning),
            overflows: Overflows::default(),
            preferring: Vec::new(),
            chunks: Chunks::default(),
            unranked: None,
            touched_contacts: Vec::new(),
            touched_agents: Vec::new(),
        }
    }

    pub(crate) fn contact_if_live(&self, contact: ContactId) -> Option<&ContactRecord> {
        self.contacts.get(contact).map(|contact| &contact.record)
    }

    pub(crate) fn agent_if_defined(&self, agent: AgentId) -> Option<&Agent> {
        self.agents.get((agent.0 as usize).wrapping_sub(1))?.as_ref()
    }

    pub(crate) fn queue_if_defined(&self, queue: QueueId) -> Option<&Queue> {
        self.queues.get((queue.0 as usize).wrapping_sub(1))?.as_ref()
    }

    pub(crate) fn skill_defined(&self, skill: SkillId) -> bool {
        self.tables.skills.is_defined(skill.0)
    }

    /// A contact known to be live.
    pub(crate) fn contact(&self, contact: ContactId) -> &ContactRecord {
        self.contact_if_live(contact).expect("flows name live contacts")
    }

    /// An agent known to be defined.
    pub(crate) fn agent(&self, agent: AgentId) -> &Agent {
        self.agent_if_defined(agent).expect("flows name defined agents")
    }

    /// A queue known to be defined; every live contact's is.
    pub(crate) fn queue(&self, queue: QueueId) -> &Queue {
        self.queue_if_defined(queue).expect("flows name defined queues")
    }

    /// The queue of a live contact.
    pub(crate) fn queue_of(&self, contact: ContactId) -> &Queue {
        self.queue(self.contact(contact).queue)
    }

    /// Since when a front end is absent; none while it is there.
    pub(crate) fn lost_at(&self, front_end: FrontEndId) -> Option<Timestamp> {
        self.front_ends[front_end.0 as usize - 1].record.lost_at
    }

    /// A queue's changing part.
    pub(crate) fn queue_mut(&mut self, queue: QueueId) -> &mut Queue {
        queue_mut(&mut self.queues, queue)
    }

    /// A contact that is about to change.
    pub(crate) fn contact_mut(&mut self, id: ContactId) -> &mut ContactRecord {
        let contact = self.contacts.get_mut(id).expect("flows name live contacts");
        if let Some(key) = contact.listed.take() {
            if self.unranked == Some(id) {
                self.unranked = None;
            } else {
                let queue = queue_mut(&mut self.queues, contact.record.queue);
                queue.waiting.remove(&mut self.chunks, key.0);
            }
            if !contact.record.suspended() {
                self.matcher.remove_contact(&contact.record, key, contact.place);
            }
        }
        if !contact.touched {
            contact.touched = true;
            self.touched_contacts.push(id);
        }
        &mut contact.record
    }

    /// Suspends a contact that waits until that instant: matching lets go of it. Its place in its
    /// queue's order stays, so that this takes less than a change that may move it.
    pub(crate) fn suspend(&mut self, id: ContactId, orphan_at: Timestamp) {
        let contact = self.contacts.get_mut(id).expect("flows name live contacts");
        let record = &mut contact.record;
        debug_assert!(!contact.touched && !record.suspended(), "it is listed as who waits is");
        let key = contact.listed.expect("who waits has a key");
        self.matcher.remove_contact(record, key, contact.place);
        record.orphan_at = Some(orphan_at);
        let policy = &queue_mut(&mut self.queues, record.queue).policy;
        contact.timer = self.timers.set(contact.timer, contact::first_deadline(record, policy));
    }

    /// An agent that is about to change; its work and idle time are counted up to now.
    pub(crate) fn agent_mut(&mut self, id: AgentId) -> &mut Agent {
        let slot = self.agents.get_mut((id.0 as usize).wrapping_sub(1));
        let agent = slot.and_then(Option::as_mut).expect("flows name defined agents");
        if agent.listed {
            self.matcher.remove_agent(agent);
            agent.listed = false;
        }
        if !agent.touched {
            agent.touched = true;
            self.touched_agents.push(id);
        }
        if agent.accounted != self.now {
            agent.account(self.now);
        }
        agent
    }

    /// Adds a contact; its queue counts it until it is removed.
    pub(crate) fn insert_contact(&mut self, record: ContactRecord) {
        let id = record.contact;
        for agent in &record.prefer {
            let preferring = &mut self.preferring[agent.0 as usize - 1];
            if let Err(place) = preferring.binary_search(&id) {
                preferring.insert(place, id);
            }
        }
        self.queue_mut(record.queue).live += 1;
        self.front_ends[record.front_end.0 as usize - 1].live += 1;
        self.contacts.insert(id, Contact::new(record));
        self.contact_mut(id);
    }

    /// Removes a contact that ends.
    pub(crate) fn remove_contact(&mut self, id: ContactId) -> ContactRecord {
        self.contact_mut(id);
        self.clear_preference(id);
        let contact = self.contacts.remove(id).expect("flows name live contacts");
        self.timers.stop(contact.timer);
        self.queue_mut(contact.record.queue).live -= 1;
        self.front_ends[contact.record.front_end.0 as usize - 1].live -= 1;
        contact.record
    }

    /// Ends a contact's preference, if it has one; says whether it had.
    pub(crate) fn clear_preference(&mut self, id: ContactId) -> bool {
        if self.contact(id).prefer.is_empty() {
            return false;
        }
        let contact = self.contact_mut(id);
        contact.prefer_until = None;
        for agent in core::mem::take(&mut contact.prefer) {
            let preferring = &mut self.preferring[agent.0 as usize - 1];
            if let Ok(place) = preferring.binary_search(&id) {
                preferring.remove(place);
            }
        }
        true
    }

    /// Puts what the command has touched where it belongs now.
    pub(crate) fn settle(&mut self) {
        self.settle_contacts();
        for at in 0..self.touched_agents.len() {
            let id = self.touched_agents[at];
            if let Some(agent) = &mut self.agents[id.0 as usize - 1] {
                agent.touched = false;
                if agent.served != agent.serves() {
                    self.matcher.note_serving(agent);
                }
                if agent.free() {
                    agent.listed = true;
                    self.matcher.add_agent(agent);
                }
            }
        }
        self.touched_agents.clear();
    }

    /// Matching, and what it looks at.
    pub(crate) fn matching(&mut self) -> (&mut Matcher, Others<'_>) {
        let Self { matcher, agents, contacts, queues, .. } = self;
        (matcher, Others { agents, contacts, queues })
    }

    /// Puts contacts that were touched where they belong now.
    pub(crate) fn settle_contacts(&mut self) {
        for at in 0..self.touched_contacts.len() {
            self.settle_contact(self.touched_contacts[at]);
        }
        self.touched_contacts.clear();
    }

    /// Whether nothing is touched and unsettled.
    pub(crate) const fn settled(&self) -> bool {
        self.touched_contacts.is_empty() && self.touched_agents.is_empty()
    }

    /// Whether every contact that waits is in its queue's order.
    pub(crate) const fn ranked(&self) -> bool {
        self.unranked.is_none()
    }

    fn settle_contact(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get_mut(id) else { return };
        contact.touched = false;
        let record = &contact.record;
        let queue = queue_mut(&mut self.queues, record.queue);
        let first = contact::first_deadline(record, &queue.policy);
        if contact.timer.is_some() || first.is_some() {
            contact.timer = self.timers.set(contact.timer, first);
        }
        if let Some(overflow) = queue.policy.overflow
            && record.unanswered()
            && record.step < overflow.step
        {
            self.overflows.below.push(id);
        }
        if record.state == ContactState::Waiting && contact.listed.is_none() {
            let key = contact::key(record, &queue.policy);
            if !record.suspended() {
                contact.place = self.matcher.add_contact(record, key, queue);
            }
            contact.listed = Some(key);
            // Overflow is judged by those in a queue's order, before matching.
            if self.matcher.holds_back(id) && self.overflows.queues.is_empty() {
                self.unranked = Some(id);
            } else {
                queue.waiting.insert(&mut self.chunks, key.0, id.0);
            }
        }
    }

    /// Puts a contact that has found no agent into its queue's order.
    pub(crate) fn rank(&mut self) {
        let Some(id) = self.unranked.take() else { return };
        let contact = &self.contacts[id];
        let key = contact.listed.expect("it waits");
        let queue = queue_mut(&mut self.queues, contact.record.queue);
        queue.waiting.insert(&mut self.chunks, key.0, id.0);
    }
}

/// A queue's changing part, while other parts of the world are borrowed.
fn queue_mut(queues: &mut [Option<Queue>], queue: QueueId) -> &mut Queue {
    let slot = queues.get_mut((queue.0 as usize).wrapping_sub(1));
    slot.and_then(Option::as_mut).expect("flows name defined queues")
}
