//! The model: its state, and what happens to one command from refusal to matching.

mod agents;
mod contacts;
mod definitions;
mod estimates;
mod front_ends;
mod leaving;
mod matching;
mod offers;
mod overflow;
mod planted;
mod queues;
mod refusals;
mod requirements;
mod timers;
mod transfers;
mod verdicts;

pub use planted::Planted;

use acd_core::{
    AgentId, AgentRecord, Channel, Command, ContactId, ContactRecord, ContactState, Counters,
    Definitions, Effects, FrontEndId, Names, OfferId, OfferRecord, Presence, QueueDefinition,
    QueueId, QueueRecord, Rejection, State, Timestamp,
};

/// The rules in slow code.
#[derive(Clone, Debug)]
pub struct Model {
    state: State,
    planted: Option<Planted>,
}

/// A contact in one of an agent's slots (rule 4 b).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    contact: ContactId,
    channel: Channel,
    how: How,
}

/// How an agent holds a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Connected,
    Parked,
    WrapUp,
}

impl Model {
    /// A model without definitions.
    pub fn new(seed: u64) -> Self {
        let state = State {
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
        };
        Self { state, planted: None }
    }

    /// A model with one rule broken.
    pub fn with_planted(seed: u64, planted: Planted) -> Self {
        Self { planted: Some(planted), ..Self::new(seed) }
    }

    /// Applies one command: refuse, or let time pass, change, then match (rule 3).
    pub fn apply(
        &mut self,
        now: Timestamp,
        command: Command,
        effects: &mut Effects,
    ) -> Result<(), Rejection> {
        // Rule 2: of several reasons to refuse, the lowest number is given.
        if let Some(least) = self.refusals(now, &command).into_iter().min() {
            return Err(least);
        }
        // Rule 1: a Tick that fires nothing is not logged, so it changes nothing.
        if command == Command::Tick && !self.is_tick_due(now) {
            return Ok(());
        }
        self.pass_time(now);
        self.change(command, effects);
        self.judge_overflow(effects);
        self.match_all(effects);
        Ok(())
    }

    /// The logical content.
    pub fn state(&self) -> &State {
        &self.state
    }

    fn change(&mut self, command: Command, effects: &mut Effects) {
        match command {
            Command::Tick => self.tick(effects),
            Command::Submit(submit) => self.submit(&submit, effects),
            Command::Abandon { contact } => self.abandon(contact, effects),
            Command::End { contact, cause, by } => self.end_live(contact, cause, by, effects),
            Command::Requeue { contact } => self.requeue(contact, effects),
            Command::Hold { contact } => self.hold(contact, effects),
            Command::Unhold { contact } => self.unhold(contact, effects),
            Command::Transfer(transfer) => self.transfer(&transfer, effects),
            Command::Move { contact, queue } => self.move_live(contact, queue, effects),
            Command::Callback { contact, at } => self.callback(contact, at, effects),
            Command::CallbackFailed { contact } => self.callback_failed(contact, effects),
            Command::Prioritise { contact, prio } => self.prioritise(contact, prio, effects),
            Command::OfferTo { contact, agent } => self.offer(contact, agent, effects),
            Command::OfferRinging { offer } => self.offer_ringing(offer, effects),
            Command::Answer { offer } => self.answer(offer, effects),
            Command::OfferFailed { offer, cause } => self.offer_failed(offer, cause, effects),
            Command::SignIn { agent, capacity } => self.sign_in(agent, capacity, effects),
            Command::SignOut { agent } => self.sign_out(agent, effects),
            Command::Ready { agent } => self.ready(agent, effects),
            Command::NotReady { agent, reason } => self.not_ready(agent, reason, effects),
            Command::AgentLost { agent } => self.agent_lost(agent, effects),
            Command::SetSkills { agent, set, unset } => {
                self.set_skills(agent, &set, &unset, effects);
            }
            Command::SkillFor { agent, set, length } => {
                self.skill_for(agent, &set, length, effects);
            }
            Command::SetCapacity { agent, set } => self.set_capacity(agent, &set, effects),
            Command::WrapDone { contact, .. } => self.wrap_up_over(contact, effects),
            Command::WrapExtend { contact, by, .. } => self.wrap_extend(contact, by, effects),
            Command::OpenQueue { queue } => self.set_open(queue, true, effects),
            Command::CloseQueue { queue, waiting } => self.close_queue(queue, waiting, effects),
            Command::Configure(definitions) => self.configure(*definitions, effects),
            Command::FrontEndLost { front_end } => self.front_end_lost(front_end, effects),
            Command::FrontEndBack { front_end } => self.front_end_back(front_end, effects),
            Command::Resume => self.resume(effects),
            Command::Seed { seed } => self.state.counters.random = seed,
        }
    }

    /// Rule 7: work is holding a connected or wrap-up contact, idle is ready and holding none.
    fn pass_time(&mut self, now: Timestamp) {
        let length = now.since(self.state.now).0;
        self.state.now = now;
        for agent in self.agent_ids() {
            let held = self.held(agent);
            let works = held.iter().any(|held| held.how != How::Parked);
            let record = self.agent_mut(agent);
            if works {
                record.work.0 += length;
            } else if record.presence == Presence::Ready && held.is_empty() {
                record.idle.0 += length;
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.state.now
    }

    fn planted(&self, planted: Planted) -> bool {
        self.planted == Some(planted)
    }

    fn find_contact(&self, contact: ContactId) -> Option<&ContactRecord> {
        self.state.contacts.iter().find(|record| record.contact == contact)
    }

    fn contact(&self, contact: ContactId) -> &ContactRecord {
        self.find_contact(contact).expect("the contact is live")
    }

    fn contact_mut(&mut self, contact: ContactId) -> &mut ContactRecord {
        let found = self.state.contacts.iter_mut().find(|record| record.contact == contact);
        found.expect("the contact is live")
    }

    fn contact_ids(&self) -> Vec<ContactId> {
        self.state.contacts.iter().map(|record| record.contact).collect()
    }

    fn find_agent(&self, agent: AgentId) -> Option<&AgentRecord> {
        self.state.agents.iter().find(|record| record.agent == agent)
    }

    fn agent(&self, agent: AgentId) -> &AgentRecord {
        self.find_agent(agent).expect("the agent is defined")
    }

    fn agent_mut(&mut self, agent: AgentId) -> &mut AgentRecord {
        let found = self.state.agents.iter_mut().find(|record| record.agent == agent);
        found.expect("the agent is defined")
    }

    fn agent_ids(&self) -> Vec<AgentId> {
        self.state.agents.iter().map(|record| record.agent).collect()
    }

    fn find_queue(&self, queue: QueueId) -> Option<&QueueRecord> {
        self.state.queues.iter().find(|record| record.queue == queue)
    }

    fn queue(&self, queue: QueueId) -> &QueueRecord {
        self.find_queue(queue).expect("the queue is defined")
    }

    fn queue_mut(&mut self, queue: QueueId) -> &mut QueueRecord {
        let found = self.state.queues.iter_mut().find(|record| record.queue == queue);
        found.expect("the queue is defined")
    }

    /// The definition of a queue, by way of its name.
    fn policy(&self, queue: QueueId) -> &QueueDefinition {
        let name = &self.state.names.queues[queue.0 as usize - 1];
        let found = self.state.definitions.queues.iter().find(|policy| policy.name == *name);
        found.expect("the queue is defined")
    }

    fn find_offer(&self, offer: OfferId) -> Option<&OfferRecord> {
        self.state.offers.iter().find(|record| record.offer == offer)
    }

    fn offer_of(&self, agent: AgentId) -> Option<OfferRecord> {
        self.state.offers.iter().copied().find(|record| record.agent == agent)
    }

    fn is_absent(&self, front_end: FrontEndId) -> bool {
        let found = self.state.front_ends.iter().find(|record| record.front_end == front_end);
        found.is_some_and(|record| record.lost_at.is_some())
    }

    /// Everything in the agent's slots: connected, parked and wrap-up, by number.
    fn held(&self, agent: AgentId) -> Vec<Held> {
        let mut all = Vec::new();
        for record in &self.state.contacts {
            let (contact, channel) = (record.contact, record.channel);
            match record.state {
                ContactState::Connected { agent: by, .. } if by == agent => {
                    all.push(Held { contact, channel, how: How::Connected });
                }
                ContactState::Parked { agent: by, .. } if by == agent => {
                    all.push(Held { contact, channel, how: How::Parked });
                }
                _ => {}
            }
        }
        for record in self.state.wrap_ups.iter().filter(|record| record.agent == agent) {
            let (contact, channel) = (record.contact, record.channel);
            all.push(Held { contact, channel, how: How::WrapUp });
        }
        all.sort_by_key(|held| held.contact);
        all
    }

    fn held_of_channel(&self, agent: AgentId, channel: Channel) -> usize {
        self.held(agent).iter().filter(|held| held.channel == channel).count()
    }
}
