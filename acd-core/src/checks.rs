//! Collects reasons to refuse a command and gives the lowest; the checks many commands share.

use crate::command::Command;
use crate::ids::{AgentId, ContactId, Need, OfferId, QueueId, SkillId};
use crate::limits;
use crate::rejection::Rejection;
use crate::state::{ContactRecord, OfferRecord, Presence};
use crate::time::{Nanos, Timestamp};
use crate::world::World;

/// The lowest reason found so far to refuse a command.
#[derive(Debug)]
pub(crate) struct Checks {
    lowest: Option<Rejection>,
}

impl Checks {
    /// Starts with what holds for every command: time, and deadlines that go first.
    pub(crate) fn begin(
        world: &World,
        now: Timestamp,
        command: &Command,
    ) -> Result<Self, Rejection> {
        if now < world.now {
            return Err(Rejection::TimeBackwards);
        }
        if now.0 > limits::TIME_MAX {
            return Err(Rejection::TimeOutOfRange);
        }
        let first = matches!(command, Command::Tick | Command::Resume);
        let due = !first && world.timers.due(now).is_some();
        Ok(Self { lowest: due.then_some(Rejection::TickDue) })
    }

    /// Notes a reason, if it applies.
    pub(crate) fn refuse_if(&mut self, applies: bool, reason: Rejection) {
        if applies && self.lowest.is_none_or(|lowest| reason < lowest) {
            self.lowest = Some(reason);
        }
    }

    /// Notes a reason when something is missing.
    pub(crate) fn require<T>(&mut self, found: Option<T>, reason: Rejection) -> Option<T> {
        self.refuse_if(found.is_none(), reason);
        found
    }

    /// Whether nothing speaks against the command.
    pub(crate) fn finish(self) -> Result<(), Rejection> {
        self.lowest.map_or(Ok(()), Err)
    }

    /// A length of time that a definition or command names.
    pub(crate) fn duration(&mut self, length: Nanos) {
        let good = (limits::DURATION_MIN..=limits::DURATION_MAX).contains(&length);
        self.refuse_if(!good, Rejection::BadDuration);
    }

    /// The level of a skill.
    pub(crate) fn level(&mut self, level: u8) {
        self.refuse_if(!(1..=limits::LEVEL_MAX).contains(&level), Rejection::BadLevel);
    }

    /// A list of needs, however many may be named.
    pub(crate) fn needs(&mut self, world: &World, needs: &[Need]) {
        self.refuse_if(needs.len() > limits::TERMS_MAX, Rejection::TooManyTerms);
        for need in needs {
            self.level(need.level);
        }
        self.skills(world, needs.iter().map(|need| need.skill));
    }

    /// Skills that must be defined, none twice.
    pub(crate) fn skills(&mut self, world: &World, skills: impl Iterator<Item = SkillId> + Clone) {
        let mut rest = skills;
        while let Some(skill) = rest.next() {
            self.refuse_if(rest.clone().any(|other| other == skill), Rejection::DuplicateSkill);
            self.refuse_if(!world.skill_defined(skill), Rejection::UnknownSkill);
        }
    }

    /// A live contact.
    pub(crate) fn contact<'w>(
        &mut self,
        world: &'w World,
        contact: ContactId,
    ) -> Option<&'w ContactRecord> {
        let issued = (1..=world.counters.contacts).contains(&contact.0);
        self.refuse_if(!issued, Rejection::UnknownContact);
        self.require(world.contact_if_live(contact), Rejection::ContactOver)
    }

    /// A live offer.
    pub(crate) fn offer(&mut self, world: &World, offer: OfferId) -> Option<OfferRecord> {
        let issued = (1..=world.counters.offers).contains(&offer.0);
        self.refuse_if(!issued, Rejection::UnknownOffer);
        self.require(world.offers.get(offer).map(|offer| offer.record), Rejection::OfferOver)
    }

    /// A defined agent.
    pub(crate) fn agent(&mut self, world: &World, agent: AgentId) {
        self.refuse_if(world.agent_if_defined(agent).is_none(), Rejection::UnknownAgent);
    }

    /// A defined agent who is signed in.
    pub(crate) fn signed_in(&mut self, world: &World, agent: AgentId) {
        self.agent(world, agent);
        let record = world.agent_if_defined(agent).map(|agent| &agent.record);
        let out = record.is_some_and(|agent| agent.presence == Presence::SignedOut);
        self.refuse_if(out, Rejection::NotSignedIn);
    }

    /// A defined queue.
    pub(crate) fn queue(&mut self, world: &World, queue: QueueId) {
        self.refuse_if(world.queue_if_defined(queue).is_none(), Rejection::UnknownQueue);
    }

    /// A defined queue that accepts contacts.
    pub(crate) fn open_queue(&mut self, world: &World, queue: QueueId) {
        self.queue(world, queue);
        let closed = world.queue_if_defined(queue).is_some_and(|queue| !queue.record.open);
        self.refuse_if(closed, Rejection::QueueClosed);
    }
}
