//! What an explanation reads: an engine, or plain data that anybody may have written.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::definitions::Definitions;
use crate::engine::Engine;
use crate::ids::{AgentId, ContactId, QueueId, SkillId};
use crate::state::{
    AgentRecord, ContactRecord, ContactState, Names, OfferRecord, QueueRecord, State, WrapUpRecord,
};

/// Records and definitions, however they are kept.
pub trait View: core::fmt::Debug {
    /// Every name ever defined, by number.
    fn names(&self) -> &Names;
    /// The definitions in force.
    fn definitions(&self) -> &Definitions;
    /// The defined skill of that name.
    fn skill_named(&self, name: &str) -> Option<SkillId>;
    /// A defined queue.
    fn queue(&self, queue: QueueId) -> Option<QueueRecord>;
    /// A defined agent.
    fn agent(&self, agent: AgentId) -> Option<AgentRecord>;
    /// Defined agents by number.
    fn agents(&self) -> Box<dyn Iterator<Item = AgentRecord> + '_>;
    /// A live contact.
    fn contact(&self, contact: ContactId) -> Option<ContactRecord>;
    /// Live contacts by number.
    fn contacts(&self) -> Box<dyn Iterator<Item = ContactRecord> + '_>;
    /// An agent's live offer.
    fn offer_of(&self, agent: AgentId) -> Option<OfferRecord>;
    /// Contacts an agent holds, connected or parked, by number.
    fn held(&self, agent: AgentId) -> Vec<ContactId>;
    /// Wrap-ups of an agent, by contact number.
    fn wrap_ups_of(&self, agent: AgentId) -> Vec<WrapUpRecord>;
}

/// Forwards to the engine's own queries.
impl View for Engine {
    fn names(&self) -> &Names {
        Self::names(self)
    }

    fn definitions(&self) -> &Definitions {
        Self::definitions(self)
    }

    fn skill_named(&self, name: &str) -> Option<SkillId> {
        Self::skill_named(self, name)
    }

    fn queue(&self, queue: QueueId) -> Option<QueueRecord> {
        Self::queue(self, queue)
    }

    fn agent(&self, agent: AgentId) -> Option<AgentRecord> {
        Self::agent(self, agent)
    }

    fn agents(&self) -> Box<dyn Iterator<Item = AgentRecord> + '_> {
        Box::new(Self::agents(self))
    }

    fn contact(&self, contact: ContactId) -> Option<ContactRecord> {
        Self::contact(self, contact)
    }

    fn contacts(&self) -> Box<dyn Iterator<Item = ContactRecord> + '_> {
        Box::new(Self::contacts(self))
    }

    fn offer_of(&self, agent: AgentId) -> Option<OfferRecord> {
        Self::offer_of(self, agent)
    }

    fn held(&self, agent: AgentId) -> Vec<ContactId> {
        Self::held(self, agent)
    }

    fn wrap_ups_of(&self, agent: AgentId) -> Vec<WrapUpRecord> {
        Self::wrap_ups_of(self, agent)
    }
}

/// Looks everything up in the lists, one by one.
impl View for State {
    fn names(&self) -> &Names {
        &self.names
    }

    fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    fn skill_named(&self, name: &str) -> Option<SkillId> {
        let defined = self.definitions.skills.iter().any(|defined| defined == name);
        let at = self.names.skills.iter().position(|known| known == name);
        at.filter(|_| defined).map(|at| SkillId(at as u32 + 1))
    }

    fn queue(&self, queue: QueueId) -> Option<QueueRecord> {
        self.queues.iter().find(|record| record.queue == queue).copied()
    }

    fn agent(&self, agent: AgentId) -> Option<AgentRecord> {
        self.agents.iter().find(|record| record.agent == agent).cloned()
    }

    fn agents(&self) -> Box<dyn Iterator<Item = AgentRecord> + '_> {
        Box::new(self.agents.iter().cloned())
    }

    fn contact(&self, contact: ContactId) -> Option<ContactRecord> {
        self.contacts.iter().find(|record| record.contact == contact).cloned()
    }

    fn contacts(&self) -> Box<dyn Iterator<Item = ContactRecord> + '_> {
        Box::new(self.contacts.iter().cloned())
    }

    fn offer_of(&self, agent: AgentId) -> Option<OfferRecord> {
        self.offers.iter().find(|record| record.agent == agent).copied()
    }

    fn held(&self, agent: AgentId) -> Vec<ContactId> {
        let held = self.contacts.iter().filter(|contact| match contact.state {
            ContactState::Connected { agent: by, .. } | ContactState::Parked { agent: by, .. } => {
                by == agent
            }
            _ => false,
        });
        held.map(|contact| contact.contact).collect()
    }

    fn wrap_ups_of(&self, agent: AgentId) -> Vec<WrapUpRecord> {
        self.wrap_ups.iter().filter(|record| record.agent == agent).copied().collect()
    }
}
