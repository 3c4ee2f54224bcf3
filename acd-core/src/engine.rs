//! The engine: dispatches each command to its flow, and answers queries. Nothing else.

use alloc::string::String;
use alloc::vec::Vec;

use crate::checks::Checks;
use crate::command::Command;
use crate::definitions::Definitions;
use crate::effect::Effects;
use crate::ids::{AgentId, ContactId, OfferId, QueueId, ReasonId, SiteId, SkillId};
use crate::matching::{Matching, Tuning};
use crate::rejection::Rejection;
use crate::restore::{self, RestoreError};
use crate::state::{
    AgentRecord, ContactRecord, Counters, Names, OfferRecord, QueueRecord, State, WrapUpRecord,
};
use crate::time::Timestamp;
use crate::world::World;

/// Matches contacts to agents. Deterministic: the same commands at the same times give the same
/// effects and the same state hash, on every machine.
#[derive(Debug)]
pub struct Engine {
    world: World,
}

/// The agents of one queue by what they are doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Staff {
    /// Ready, holding nothing, no offer, no pause, nothing pending.
    pub ready: u32,
    /// Offered, connected or parked.
    pub busy: u32,
    /// In wrap-up only.
    pub wrap_up: u32,
    /// Signed in otherwise, by number: not ready, paused or pending, holding nothing.
    pub absent: Vec<AgentId>,
}

impl Engine {
    /// An engine without definitions. `seed` starts the numbers of `Strategy::Random`.
    pub fn new(seed: u64) -> Self {
        Self::with_tuning(seed, Tuning::default())
    }

    /// An engine whose matching changes its ways at other sizes: for tests and measurements.
    pub fn with_tuning(seed: u64, tuning: Tuning) -> Self {
        Self { world: World::new(seed, tuning) }
    }

    #[cfg(feature = "alone")]
    pub(crate) fn into_world(self) -> World {
        self.world
    }

    /// An engine in that state: it does from now on what the one that gave the state does.
    ///
    /// A state that no engine can be in is refused; the error names what is wrong with it.
    pub fn restore(state: &State) -> Result<Self, RestoreError> {
        restore::world(state).map(|world| Self { world })
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
        #[cfg(feature = "planted-slowdown")]
        drop(core::hint::black_box(alloc::boxed::Box::new(now)));
        let world = &mut self.world;
        let checks = Checks::begin(world, now, &command)?;
        if command == Command::Tick && world.timers.next().is_none_or(|due| due > now) {
            return Ok(());
        }
        let before = (core::mem::replace(&mut world.now, now), effects.len());
        let result = dispatch(world, checks, command, effects);
        if result.is_ok() {
            world.settle();
            if !world.overflows.queues.is_empty() {
                world.judge_overflow(effects);
            }
            world.match_waiting(effects);
            if !world.overflows.queues.is_empty() {
                world.arm_overflow();
            }
        } else {
            world.now = before.0;
            debug_assert_eq!(effects.len(), before.1, "a refused command has no effects");
        }
        debug_assert!(world.settled(), "nothing changes between commands");
        debug_assert_eq!(world.check_if_small(), Ok(()));
        result
    }

    /// When [`Command::Tick`] is due next; it is due while this is not after `now`.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.world.timers.next()
    }

    /// Time of the last applied command.
    pub fn now(&self) -> Timestamp {
        self.world.now
    }

    /// The whole logical content.
    pub fn state(&self) -> State {
        self.world.state()
    }

    /// A hash of [`Engine::state`]: depends on content, not on layout.
    pub fn state_hash(&self) -> u64 {
        crate::hash::of(&self.world.state())
    }

    /// Checks every invariant; says which one is broken.
    pub fn check_invariants(&self) -> Result<(), String> {
        self.world.check_invariants()
    }

    /// What matching keeps, and what it has done to keep it in order.
    pub fn matching(&self) -> Matching {
        self.world.matcher.told()
    }

    /// The definitions in force.
    pub fn definitions(&self) -> &Definitions {
        &self.world.definitions
    }

    /// Every name ever defined, by number.
    pub fn names(&self) -> &Names {
        &self.world.names
    }

    /// The last numbers issued.
    pub fn counters(&self) -> Counters {
        self.world.counters
    }

    /// The defined queue of that name.
    pub fn queue_named(&self, name: &str) -> Option<QueueId> {
        self.world.tables.queues.number(name).map(QueueId)
    }

    /// The defined agent of that name.
    pub fn agent_named(&self, name: &str) -> Option<AgentId> {
        self.world.tables.agents.number(name).map(AgentId)
    }

    /// The defined skill of that name.
    pub fn skill_named(&self, name: &str) -> Option<SkillId> {
        self.world.tables.skills.number(name).map(SkillId)
    }

    /// The defined site of that name.
    pub fn site_named(&self, name: &str) -> Option<SiteId> {
        self.world.tables.sites.number(name).map(SiteId)
    }

    /// The defined not-ready reason of that name.
    pub fn reason_named(&self, name: &str) -> Option<ReasonId> {
        self.world.tables.reasons.number(name).map(ReasonId)
    }

    /// A live contact.
    pub fn contact(&self, contact: ContactId) -> Option<ContactRecord> {
        self.world.contact_if_live(contact).cloned()
    }

    /// Live contacts by number.
    pub fn contacts(&self) -> impl Iterator<Item = ContactRecord> + '_ {
        self.world.contacts.values().map(|contact| contact.record.clone())
    }

    /// A live offer.
    pub fn offer(&self, offer: OfferId) -> Option<OfferRecord> {
        self.world.offers.get(offer).map(|offer| offer.record)
    }

    /// An agent's live offer.
    pub fn offer_of(&self, agent: AgentId) -> Option<OfferRecord> {
        self.offer(self.world.agent_if_defined(agent)?.offer?)
    }

    /// A defined agent.
    pub fn agent(&self, agent: AgentId) -> Option<AgentRecord> {
        self.world.agent_if_defined(agent).map(|agent| agent.record_at(self.world.now))
    }

    /// Defined agents by number.
    pub fn agents(&self) -> impl Iterator<Item = AgentRecord> + '_ {
        self.world.agents.iter().flatten().map(|agent| agent.record_at(self.world.now))
    }

    /// Contacts an agent holds, connected or parked, by number.
    pub fn held(&self, agent: AgentId) -> Vec<ContactId> {
        self.world.agent_if_defined(agent).map_or_else(Vec::new, |agent| agent.held.clone())
    }

    /// Whether an agent holds a contact, connected or parked, or wraps one up.
    pub fn holds_any(&self, agent: AgentId) -> bool {
        let agent = self.world.agent_if_defined(agent);
        agent.is_some_and(|agent| !agent.held.is_empty() || !agent.wrap_ups.is_empty())
    }

    /// Wrap-ups of an agent, by contact number.
    pub fn wrap_ups_of(&self, agent: AgentId) -> Vec<WrapUpRecord> {
        let agent = self.world.agent_if_defined(agent);
        let contacts = agent.map_or(&[][..], |agent| &agent.wrap_ups);
        contacts.iter().map(|&contact| self.world.wrap_ups[contact].record).collect()
    }

    /// A defined queue.
    pub fn queue(&self, queue: QueueId) -> Option<QueueRecord> {
        self.world.queue_if_defined(queue).map(|queue| queue.record)
    }

    /// How many contacts wait in a queue, suspended ones too.
    pub fn waiting_count(&self, queue: QueueId) -> u32 {
        self.world.queue_if_defined(queue).map_or(0, |queue| queue.waiting.len() as u32)
    }

    /// The least origin of the contacts that wait in a queue, in ns.
    pub fn oldest_origin(&self, queue: QueueId) -> Option<i64> {
        self.world.queue_if_defined(queue)?.oldest_origin(&self.world.chunks)
    }

    /// Contacts that wait in a queue, in the order of rule 6.
    pub fn waiting_in(&self, queue: QueueId) -> Vec<ContactId> {
        let queue = self.world.queue_if_defined(queue);
        let waiting = queue.into_iter().flat_map(|queue| queue.waiting(&self.world.chunks));
        waiting.map(|(_, contact)| contact).collect()
    }

    /// For each of these queues, the signed-in agents who satisfy its first step.
    pub fn staff(&self, queues: &[QueueId]) -> Vec<Staff> {
        self.world.staff(queues)
    }

    /// 1 + contacts of its queue waiting with smaller keys; none unless it waits.
    pub fn position(&self, contact: ContactId) -> Option<u32> {
        self.world.ahead_of(contact).map(|ahead| ahead as u32 + 1)
    }

    /// Expected wait in µs by rule 19; none when it does not wait or nobody qualifies.
    pub fn expected_wait_us(&self, contact: ContactId) -> Option<u64> {
        self.world.expected_wait(contact)
    }

    /// Expected wait in µs of a voice contact without needs that would join the queue now, last.
    pub fn expected_wait_of_next_us(&self, queue: QueueId) -> Option<u64> {
        self.world.expected_wait_of_next(queue)
    }
}

/// Hands a command to its flow.
fn dispatch(
    world: &mut World,
    no: Checks,
    command: Command,
    out: &mut Effects,
) -> Result<(), Rejection> {
    use Command as C;
    match command {
        C::Tick => world.tick(no, out),
        C::Submit(submit) => world.submit(no, submit, out),
        C::Abandon { contact } => world.abandon(no, contact, out),
        C::End { contact, cause, by } => world.end(no, contact, (cause, by), out),
        C::Requeue { contact } => world.requeue(no, contact, out),
        C::Hold { contact } => world.hold(no, contact, true, out),
        C::Unhold { contact } => world.hold(no, contact, false, out),
        C::Transfer(transfer) => world.transfer(no, transfer, out),
        C::Move { contact, queue } => world.move_by_command(no, contact, queue, out),
        C::Callback { contact, at } => world.callback(no, contact, at, out),
        C::CallbackFailed { contact } => world.callback_failed(no, contact, out),
        C::Prioritise { contact, prio } => world.prioritise(no, contact, prio, out),
        C::OfferTo { contact, agent } => world.offer_to(no, contact, agent, out),
        C::OfferRinging { offer } => world.offer_ringing(no, offer, out),
        C::Answer { offer } => world.answer(no, offer, out),
        C::OfferFailed { offer, cause } => world.offer_failed(no, offer, cause, out),
        C::SignIn { agent, capacity } => world.sign_in(no, agent, capacity, out),
        C::SignOut { agent } => world.sign_out(no, agent, out),
        C::Ready { agent } => world.ready(no, agent, out),
        C::NotReady { agent, reason } => world.not_ready(no, agent, reason, out),
        C::AgentLost { agent } => world.agent_lost(no, agent, out),
        C::SetSkills { agent, set, unset } => world.set_skills(no, agent, (&set, &unset), out),
        C::SkillFor { agent, set, length } => world.skill_for(no, agent, (&set, length), out),
        C::SetCapacity { agent, set } => world.set_capacity(no, agent, &set, out),
        C::WrapDone { agent, contact } => world.wrap_done(no, (agent, contact), out),
        C::WrapExtend { agent, contact, by } => world.wrap_extend(no, (agent, contact), by, out),
        C::OpenQueue { queue } => world.open_queue(no, queue, out),
        C::CloseQueue { queue, waiting } => world.close_queue(no, queue, waiting, out),
        C::Configure(definitions) => world.configure(no, *definitions, out),
        C::FrontEndLost { front_end } => world.front_end_lost(no, front_end, out),
        C::FrontEndBack { front_end } => world.front_end_back(no, front_end, out),
        C::Resume => world.resume(no, out),
        C::Seed { seed } => world.seed(no, seed),
    }
}
