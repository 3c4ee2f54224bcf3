//! The engine: dispatches each command to its flow, and answers queries. Nothing else.

use alloc::vec::Vec;

use crate::command::Command;
use crate::definitions::Definitions;
use crate::effect::Effects;
use crate::ids::{AgentId, ContactId, OfferId, QueueId, ReasonId, SiteId, SkillId};
use crate::rejection::Rejection;
use crate::state::{
    AgentRecord, ContactRecord, Counters, Names, OfferRecord, QueueRecord, State, WrapUpRecord,
};
use crate::time::Timestamp;

/// Matches contacts to agents. Deterministic: the same commands at the same times give the same
/// effects and the same state hash, on every machine.
#[derive(Debug)]
pub struct Engine {
    state: State,
}

/// An agent's numbers by what they are doing, for one queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Staff {
    /// Ready, holding nothing, no offer, no pause, nothing pending.
    pub ready: u32,
    /// Offered, connected or parked.
    pub busy: u32,
    /// In wrap-up only.
    pub wrap_up: u32,
    /// Signed in otherwise: not ready, paused or pending, holding nothing.
    pub not_ready: u32,
}

impl Engine {
    /// An engine without definitions. `seed` starts the numbers of `Strategy::Random`.
    pub fn new(seed: u64) -> Self {
        Self {
            state: State {
                now: Timestamp(0),
                counters: Counters { random: seed, ..Counters::default() },
                names: Names::default(),
                definitions: Definitions::default(),
                front_ends: Vec::new(),
                queues: Vec::new(),
                agents: Vec::new(),
                contacts: Vec::new(),
                offers: Vec::new(),
                wrap_ups: Vec::new(),
            },
        }
    }

    /// Applies one command and appends what must happen next to `effects`.
    ///
    /// `now` must not go backwards. A refused command changes nothing and appends nothing.
    pub fn apply(
        &mut self,
        now: Timestamp,
        command: Command,
        effects: &mut Effects,
    ) -> Result<(), Rejection> {
        let _ = (command, effects);
        self.state.now = now;
        Ok(())
    }

    /// When [`Command::Tick`] is due next; it is due while this is not after `now`.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        None
    }

    /// Time of the last applied command.
    pub fn now(&self) -> Timestamp {
        self.state.now
    }

    /// The whole logical content.
    pub fn state(&self) -> State {
        self.state.clone()
    }

    /// A hash of [`Engine::state`]: depends on content, not on layout.
    pub fn state_hash(&self) -> u64 {
        0
    }

    /// Checks every invariant; says which one is broken.
    pub fn check_invariants(&self) -> Result<(), alloc::string::String> {
        Ok(())
    }

    /// The definitions in force.
    pub fn definitions(&self) -> &Definitions {
        &self.state.definitions
    }

    /// Every name ever defined, by number.
    pub fn names(&self) -> &Names {
        &self.state.names
    }

    /// The last numbers issued.
    pub fn counters(&self) -> Counters {
        self.state.counters
    }

    /// The defined queue of that name.
    pub fn queue_named(&self, name: &str) -> Option<QueueId> {
        let _ = name;
        None
    }

    /// The defined agent of that name.
    pub fn agent_named(&self, name: &str) -> Option<AgentId> {
        let _ = name;
        None
    }

    /// The defined skill of that name.
    pub fn skill_named(&self, name: &str) -> Option<SkillId> {
        let _ = name;
        None
    }

    /// The defined site of that name.
    pub fn site_named(&self, name: &str) -> Option<SiteId> {
        let _ = name;
        None
    }

    /// The defined not-ready reason of that name.
    pub fn reason_named(&self, name: &str) -> Option<ReasonId> {
        let _ = name;
        None
    }

    /// A live contact.
    pub fn contact(&self, contact: ContactId) -> Option<ContactRecord> {
        let _ = contact;
        None
    }

    /// Live contacts by number.
    pub fn contacts(&self) -> impl Iterator<Item = ContactRecord> + '_ {
        self.state.contacts.iter().cloned()
    }

    /// A live offer.
    pub fn offer(&self, offer: OfferId) -> Option<OfferRecord> {
        let _ = offer;
        None
    }

    /// An agent's live offer.
    pub fn offer_of(&self, agent: AgentId) -> Option<OfferRecord> {
        let _ = agent;
        None
    }

    /// A defined agent.
    pub fn agent(&self, agent: AgentId) -> Option<AgentRecord> {
        let _ = agent;
        None
    }

    /// Defined agents by number.
    pub fn agents(&self) -> impl Iterator<Item = AgentRecord> + '_ {
        self.state.agents.iter().cloned()
    }

    /// Contacts an agent holds, connected or parked, by number.
    pub fn held(&self, agent: AgentId) -> Vec<ContactId> {
        let _ = agent;
        Vec::new()
    }

    /// Wrap-ups of an agent, by contact number.
    pub fn wrap_ups_of(&self, agent: AgentId) -> Vec<WrapUpRecord> {
        let _ = agent;
        Vec::new()
    }

    /// A defined queue.
    pub fn queue(&self, queue: QueueId) -> Option<QueueRecord> {
        let _ = queue;
        None
    }

    /// How many contacts wait in a queue, suspended ones too.
    pub fn waiting_count(&self, queue: QueueId) -> u32 {
        let _ = queue;
        0
    }

    /// The least origin of the contacts that wait in a queue, in ns.
    pub fn oldest_origin(&self, queue: QueueId) -> Option<i64> {
        let _ = queue;
        None
    }

    /// Contacts that wait in a queue, in the order of rule 6.
    pub fn waiting_in(&self, queue: QueueId) -> Vec<ContactId> {
        let _ = queue;
        Vec::new()
    }

    /// Signed-in agents who satisfy the queue's first step.
    pub fn staff(&self, queue: QueueId) -> Staff {
        let _ = queue;
        Staff::default()
    }

    /// 1 + contacts of its queue waiting with smaller keys; none unless it waits.
    pub fn position(&self, contact: ContactId) -> Option<u32> {
        let _ = contact;
        None
    }

    /// Expected wait in µs by rule 19; none when it does not wait or nobody qualifies.
    pub fn expected_wait_us(&self, contact: ContactId) -> Option<u64> {
        let _ = contact;
        None
    }

    /// Expected wait in µs of a voice contact without needs that would join the queue now, last.
    pub fn expected_wait_of_next_us(&self, queue: QueueId) -> Option<u64> {
        let _ = queue;
        None
    }
}
