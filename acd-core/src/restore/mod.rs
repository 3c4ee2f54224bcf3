//! From plain data back to a working engine.
//!
//! *Invariant:* `Engine::restore(&engine.state())` does from then on exactly what `engine` does.
//! What a state may be is checked first, on the data alone; building then cannot go wrong.

mod check;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::agent::insert_sorted;
use crate::checks::Checks;
use crate::command::Command;
use crate::deadline::{Deadline, Timed};
use crate::effect::Effects;
use crate::ids::AgentId;
use crate::matching::Tuning;
use crate::names::NameTable;
use crate::state::{AgentRecord, ContactRecord, ContactState, OfferRecord, State, WrapUpRecord};
use crate::world::World;

/// Why a state is none that an engine can be in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreError(String);

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "inconsistent state: {}", self.0)
    }
}

impl core::error::Error for RestoreError {}

/// Says what is wrong unless the condition holds.
macro_rules! ensure {
    ($holds:expr, $($says:tt)*) => {
        if !$holds {
            return Err(crate::restore::RestoreError(alloc::format!($($says)*)));
        }
    };
}
use ensure;

/// The world of a state, or what is wrong with the state.
pub(crate) fn world(state: &State) -> Result<World, RestoreError> {
    check::check(state)?;
    let mut world = World::new(0, Tuning::default());
    world.now = state.now;
    world.counters = state.counters;
    world.define(state)?;
    world.front_ends = state.front_ends.iter().copied().map(Into::into).collect();
    for record in &state.queues {
        let defined = world.queue_if_defined(record.queue).is_some();
        ensure!(defined, "{:?} has a record and no definition", record.queue);
        let may = world.queue(record.queue).policy.overflow.is_some();
        ensure!(may || !record.overflowing, "{:?} overflows, and may not", record.queue);
        world.queue_mut(record.queue).record = *record;
    }
    for record in &state.agents {
        let defined = world.agent_if_defined(record.agent).is_some();
        ensure!(defined, "{:?} has a record and no definition", record.agent);
        world.restore_agent(record.clone());
    }
    for record in &state.contacts {
        world.restore_contact(record.clone())?;
    }
    for &record in &state.offers {
        world.restore_offer(record);
    }
    for &record in &state.wrap_ups {
        world.restore_wrap_up(record);
    }
    world.settle();
    let mut offers = Effects::new();
    world.match_waiting(&mut offers);
    ensure!(offers.is_empty(), "a contact waits while an agent is eligible: {:?}", offers[0]);
    world.overflows.below.clear();
    world.arm_overflow();
    world.check_if_small().map_err(RestoreError)?;
    Ok(world)
}

/// Gives the names of one kind their numbers.
fn number(
    table: &mut NameTable,
    list: &mut Vec<String>,
    known: &[String],
    what: &str,
) -> Result<(), RestoreError> {
    table.define(list, known.iter().map(String::as_str));
    ensure!(list == known, "the name of a {what} has two numbers");
    Ok(())
}

impl World {
    /// Gives every name its number, and puts the definitions in force.
    fn define(&mut self, state: &State) -> Result<(), RestoreError> {
        let (tables, names, known) = (&mut self.tables, &mut self.names, &state.names);
        number(&mut tables.skills, &mut names.skills, &known.skills, "skill")?;
        number(&mut tables.sites, &mut names.sites, &known.sites, "site")?;
        number(&mut tables.reasons, &mut names.reasons, &known.reasons, "reason")?;
        number(&mut tables.queues, &mut names.queues, &known.queues, "queue")?;
        number(&mut tables.agents, &mut names.agents, &known.agents, "agent")?;
        let refused = |reason| RestoreError(format!("its definitions are refused: {reason:?}"));
        let checks = Checks::begin(self, state.now, &Command::Resume).map_err(refused)?;
        let definitions = state.definitions.clone();
        self.configure(checks, definitions, &mut Effects::new()).map_err(refused)?;
        ensure!(self.names == state.names, "a definition has no number");
        let queues = (state.queues.len(), state.definitions.queues.len());
        ensure!(queues.0 == queues.1, "{} queue records, {} definitions", queues.0, queues.1);
        let agents = (state.agents.len(), state.definitions.agents.len());
        ensure!(agents.0 == agents.1, "{} agent records, {} definitions", agents.0, agents.1);
        Ok(())
    }

    /// Gives a defined agent its record; what it holds follows from other records.
    fn restore_agent(&mut self, record: AgentRecord) {
        let id = record.agent;
        let timers = &mut self.timers;
        let pause = record.paused_until;
        let pause = pause.map(|until| timers.arm(until.signed(), Deadline::PauseEnd(id)));
        let returns = record.temporary.iter().map(|temporary| {
            let deadline = Deadline::SkillReturn(id, temporary.skill);
            timers.arm(temporary.until.signed(), deadline)
        });
        let returns = returns.collect();
        let agent = self.agent_mut(id);
        (agent.pause, agent.returns) = (pause, returns);
        agent.record = record;
    }

    fn restore_contact(&mut self, record: ContactRecord) -> Result<(), RestoreError> {
        let (id, channel, state) = (record.contact, record.channel, record.state);
        let queue = self.queue_if_defined(record.queue);
        ensure!(queue.is_some(), "{id:?} is in {:?}, which is not defined", record.queue);
        let steps = queue.map_or(0, |queue| queue.policy.steps.len());
        let beyond = record.unanswered() && usize::from(record.step) >= steps;
        ensure!(!beyond, "{id:?} is beyond the last step of its queue");
        if let Some(agent) = record.holder() {
            let holder = self.holder(agent, channel);
            insert_sorted(&mut holder.held, id);
            holder.parked += u16::from(matches!(state, ContactState::Parked { .. }));
        }
        self.insert_contact(record);
        // One by one, while each is at hand.
        self.settle_contacts();
        Ok(())
    }

    fn restore_offer(&mut self, record: OfferRecord) {
        self.agent_mut(record.agent).offer = Some(record.offer);
        let (due, offer) = (record.until.signed(), record.offer);
        let timer = self.timers.arm(due, Deadline::OfferExpiry(offer));
        self.offers.insert(offer, Timed { record, timer });
    }

    fn restore_wrap_up(&mut self, record: WrapUpRecord) {
        let holder = self.holder(record.agent, record.channel);
        insert_sorted(&mut holder.wrap_ups, record.contact);
        let (due, contact) = (record.until.signed(), record.contact);
        let timer = self.timers.arm(due, Deadline::WrapUpEnd(contact));
        self.wrap_ups.insert(contact, Timed { record, timer });
    }

    /// An agent, one more slot of the channel taken.
    fn holder(&mut self, agent: AgentId, channel: crate::Channel) -> &mut crate::agent::Agent {
        let holder = self.agent_mut(agent);
        holder.slots[channel as usize] += 1;
        holder
    }
}
