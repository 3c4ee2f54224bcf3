//! Matching as a pure choice: who is offered to whom next (rule 3).
//!
//! The seam to the rest of the engine is [`Matcher`]: the world tells it which contacts wait and
//! which agents are free, and asks for the next pair until there is none. By the work-conserving
//! invariant no contact and agent it knew before the command fit each other, so a pair has at
//! least one side that was added since: it looks at nothing else.

mod eligible;
mod idle;
mod round;
mod waiting;

use alloc::vec::Vec;

pub(crate) use eligible::Wanted;

use crate::agent::Agent;
use crate::contact::Key;
use crate::definitions::Strategy;
use crate::ids::{AgentId, ContactId};
use crate::state::ContactRecord;
use crate::world::World;

/// Who waits, who is free, and what was added since the last round.
#[derive(Debug, Default)]
pub(crate) struct Matcher {
    waiting: waiting::Waiting,
    idle: idle::Idle,
    new_contacts: Vec<ContactId>,
    new_agents: Vec<AgentId>,
}

/// A contact and the agent it is to be offered to.
pub(crate) type Pair = (ContactId, AgentId);

pub(crate) use round::Round;

impl Matcher {
    /// A contact waits, not suspended.
    pub(crate) fn add_contact(&mut self, contact: &ContactRecord, key: Key) {
        self.waiting.insert(contact, key);
        self.new_contacts.push(contact.contact);
    }

    /// A contact added does not wait any more, or is about to change; its record is as it was.
    pub(crate) fn remove_contact(&mut self, contact: &ContactRecord, key: Key) {
        self.waiting.remove(contact, key);
    }

    /// An agent is free.
    pub(crate) fn add_agent(&mut self, agent: &Agent) {
        self.idle.insert(agent);
        self.new_agents.push(agent.record.agent);
    }

    /// An agent added is not free any more, or is about to change; its record is as it was.
    pub(crate) fn remove_agent(&mut self, agent: &Agent) {
        self.idle.remove(agent);
    }

    /// Strategies the queues use from now on. No agent is listed meanwhile.
    pub(crate) fn use_strategies(&mut self, strategies: impl Iterator<Item = Strategy>) {
        self.idle.use_strategies(strategies);
    }

    /// The first eligible agent by rule 7, if any.
    pub(crate) fn agent_for(&self, wanted: &Wanted<'_>, world: &World) -> Option<AgentId> {
        self.idle.first(wanted, &world.agents)
    }

    /// Starts a round with what was added since the last.
    pub(crate) fn start_round(&mut self) -> (Vec<ContactId>, Vec<AgentId>) {
        (core::mem::take(&mut self.new_contacts), core::mem::take(&mut self.new_agents))
    }

    /// Ends a round, and keeps the emptied lists for the next.
    pub(crate) fn end_round(&mut self, contacts: Vec<ContactId>, agents: Vec<AgentId>) {
        (self.new_contacts, self.new_agents) = (contacts, agents);
        self.new_contacts.clear();
        self.new_agents.clear();
    }
}
