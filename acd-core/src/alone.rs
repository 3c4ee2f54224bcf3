//! Matching without the rest of the engine: for who measures what a choice costs.
//!
//! An engine's commands check, record, time and tell; here contacts and agents only enter what
//! matching keeps, are paired by it, and leave. It is the engine's own matching, behind the same
//! seam, and it pairs alike.

use alloc::vec::Vec;

use crate::channel::Channel;
use crate::contact::{self, Key};
use crate::engine::Engine;
use crate::ids::{AgentId, ContactId, FrontEndId, QueueId};
use crate::matching::Place;
use crate::state::{ContactRecord, ContactState};
use crate::time::Timestamp;
use crate::world::World;

/// The matching of an engine whose definitions are in force, as yet without anybody.
///
/// Contacts come by voice, without needs or preference, and count from 1; agents hold one at most.
#[derive(Debug)]
pub struct MatchingAlone {
    world: World,
    /// The contact at hand: all are alike but for their numbers, time and queue.
    record: ContactRecord,
    /// Where each contact was listed.
    listed: Vec<(Key, Place)>,
}

/// A contact and the agent it goes to.
pub type Pair = (ContactId, AgentId);

impl Engine {
    /// Its matching alone. No agent may be signed in, and no contact live.
    pub fn into_matching(self) -> MatchingAlone {
        let world = self.into_world();
        assert_eq!(world.contacts.len(), 0, "nobody waits yet");
        let record = ContactRecord {
            contact: ContactId(0),
            front_end: FrontEndId(1),
            channel: Channel::Voice,
            queue: QueueId(1),
            prio: 5,
            needs: Vec::new(),
            prefer: Vec::new(),
            prefer_until: None,
            origin: 0,
            entry: 0,
            entered_at: Timestamp(0),
            promotions: 0,
            step: 0,
            state: ContactState::Waiting,
            held: false,
            wait_counted: false,
            orphaned: false,
            orphan_at: None,
            first: ContactId(0),
            previous: None,
            hops: 0,
            attempts: 0,
        };
        MatchingAlone { world, record, listed: Vec::new() }
    }
}

impl MatchingAlone {
    /// The next contact comes to a queue; gives the agent it goes to, if one is free for it.
    #[inline(never)]
    pub fn contact_comes(&mut self, now: Timestamp, queue: QueueId) -> Option<Pair> {
        let record = &mut self.record;
        record.entry = self.listed.len() as u64 + 1;
        (record.contact, record.queue, record.origin) =
            (ContactId(record.entry), queue, now.signed());
        let world = &mut self.world;
        let queue = world.queues[queue.0 as usize - 1].as_ref().expect("it is defined");
        let key = contact::key(record, &queue.policy);
        let place = world.matcher.add_contact(record, key, queue);
        self.listed.push((key, place));
        self.pair()
    }

    /// An agent is free, the last in idle order; gives the contact that goes to it.
    #[inline(never)]
    pub fn agent_is_free(&mut self, agent: AgentId) -> Option<Pair> {
        let world = &mut self.world;
        world.counters.idle_numbers += 1;
        let agent = world.agents[agent.0 as usize - 1].as_mut().expect("it is defined");
        agent.record.idle_number = world.counters.idle_numbers;
        agent.record.idle_holds_none = true;
        agent.listed = true;
        world.matcher.add_agent(agent);
        self.pair()
    }

    /// A free agent is not free any more.
    #[inline(never)]
    pub fn agent_goes(&mut self, agent: AgentId) {
        self.take_out(agent);
    }

    fn take_out(&mut self, agent: AgentId) {
        let agent = self.world.agents[agent.0 as usize - 1].as_mut().expect("it is defined");
        self.world.matcher.remove_agent(agent);
        agent.listed = false;
    }

    /// The pair of the one just added, both taken out.
    fn pair(&mut self) -> Option<Pair> {
        debug_assert!(self.world.matcher.only_one(), "one comes at a time");
        let (matcher, others) = self.world.matching();
        let pair = if matcher.anyone_free() { matcher.pair_of_one(&others) } else { None };
        if let Some((contact, agent)) = pair {
            let (key, place) = self.listed[contact.0 as usize - 1];
            self.record.contact = contact;
            self.world.matcher.remove_contact(&self.record, key, place);
            self.take_out(agent);
        }
        self.world.matcher.end_round(&self.world.agents);
        pair
    }
}
