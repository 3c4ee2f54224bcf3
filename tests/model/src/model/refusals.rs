//! What each command refuses: all reasons at once; the lowest number is given (rule 2).

mod definitions;

use acd_core::{
    AgentId, AgentRecord, Capacity, Channel, Command, ContactId, ContactRecord, ContactState,
    FrontEndId, Nanos, Need, OfferId, Presence, QueueId, Rejection, SkillId, Submit, Timestamp,
    Transfer, TransferTo, WaitingOnClose, limits,
};

use super::{How, Model};

impl Model {
    pub(super) fn refusals(&self, now: Timestamp, command: &Command) -> Vec<Rejection> {
        let mut refusals = Refusals { model: self, now, all: Vec::new() };
        refusals.when(now < self.state.now, Rejection::TimeBackwards);
        refusals.when(now.0 > limits::TIME_MAX, Rejection::TimeOutOfRange);
        let waits_for_tick = self.is_tick_due(now) && !Self::applies_while_due(command);
        refusals.when(waits_for_tick, Rejection::TickDue);
        refusals.of_command(command);
        refusals.all
    }
}

/// Collects the reasons to refuse one command.
struct Refusals<'a> {
    model: &'a Model,
    now: Timestamp,
    all: Vec<Rejection>,
}

impl<'a> Refusals<'a> {
    fn when(&mut self, applies: bool, reason: Rejection) {
        if applies {
            self.all.push(reason);
        }
    }

    fn of_command(&mut self, command: &Command) {
        match command {
            Command::Tick | Command::Resume | Command::Seed { .. } => {}
            Command::Submit(submit) => self.submit(submit),
            Command::Abandon { contact } => {
                self.contact_in(*contact, |state| is_queued(state) || is_scheduled(state));
            }
            Command::End { contact, .. } => {
                self.live(*contact);
            }
            Command::Requeue { contact } => self.contact_in(*contact, is_held),
            Command::Hold { contact } | Command::Unhold { contact } => {
                self.contact_in(*contact, is_connected);
            }
            Command::Transfer(transfer) => self.transfer(transfer),
            Command::Move { contact, queue } => {
                self.contact_in(*contact, is_queued);
                self.open_queue(*queue);
            }
            Command::Callback { contact, at } => {
                self.contact_in(*contact, is_queued);
                if let Some(at) = at {
                    self.when(at.0 > limits::TIME_MAX, Rejection::TimeOutOfRange);
                    let far = at.since(self.now) > limits::DURATION_MAX;
                    self.when(far, Rejection::BadDuration);
                }
            }
            Command::CallbackFailed { contact } => {
                if let Some(record) = self.live(*contact) {
                    let fits = is_connected(record.state) && record.channel == Channel::Callback;
                    self.when(!fits, Rejection::WrongState);
                }
            }
            Command::Prioritise { contact, prio } => {
                self.when(*prio > limits::PRIORITY_MAX, Rejection::BadPriority);
                self.live(*contact);
            }
            Command::OfferTo { contact, agent } => self.offer_to(*contact, *agent),
            Command::OfferRinging { offer }
            | Command::Answer { offer }
            | Command::OfferFailed { offer, .. } => self.live_offer(*offer),
            _ => self.of_staff_command(command),
        }
    }

    fn of_staff_command(&mut self, command: &Command) {
        match command {
            Command::SignIn { agent, capacity } => {
                self.agent(*agent);
                self.capacity(capacity.as_ref());
            }
            Command::SignOut { agent }
            | Command::Ready { agent }
            | Command::AgentLost { agent } => {
                self.signed_in(*agent);
            }
            Command::NotReady { agent, reason } => {
                self.signed_in(*agent);
                if let Some(reason) = reason {
                    let name = nth(&self.model.state.names.reasons, reason.0);
                    let reasons = &self.model.state.definitions.reasons;
                    let defined = name.is_some_and(|name| reasons.contains(name));
                    self.when(!defined, Rejection::UnknownReason);
                }
            }
            Command::SetSkills { agent, set, unset } => {
                self.agent(*agent);
                let skills: Vec<_> = set.iter().map(|need| need.skill).collect();
                self.skills(&[skills, unset.clone()].concat());
                self.levels(set);
            }
            Command::SkillFor { agent, set, length } => {
                self.agent(*agent);
                self.needs(set);
                self.length(*length);
            }
            Command::SetCapacity { agent, set } => {
                self.signed_in(*agent);
                let high = set.iter().any(|(_, count)| *count > limits::CAPACITY_MAX);
                self.when(high, Rejection::BadCapacity);
            }
            Command::WrapDone { agent, contact } => self.wrap_up(*agent, *contact, true),
            Command::WrapExtend { agent, contact, by } => {
                self.wrap_up(*agent, *contact, false);
                self.length(*by);
            }
            Command::OpenQueue { queue } => {
                self.queue(*queue);
            }
            Command::CloseQueue { queue, waiting } => {
                self.queue(*queue);
                if let WaitingOnClose::Move(target) = waiting {
                    self.open_queue(*target);
                    self.when(target == queue, Rejection::WrongState);
                }
            }
            Command::Configure(definitions) => self.configure(definitions),
            Command::FrontEndLost { front_end } => self.present(*front_end),
            Command::FrontEndBack { front_end } => self.front_end_back(*front_end),
            _ => unreachable!("every other command is listed above"),
        }
    }

    fn submit(&mut self, submit: &Submit) {
        self.when(submit.prio > limits::PRIORITY_MAX, Rejection::BadPriority);
        self.needs(&submit.needs);
        if let Some(length) = submit.prefer_for {
            self.length(length);
        }
        self.when(submit.age > limits::AGE_MAX, Rejection::BadAge);
        let many = submit.prefer.len() > limits::PREFERRED_MAX;
        self.when(many, Rejection::TooManyPreferred);
        for agent in &submit.prefer {
            self.agent(*agent);
        }
        self.open_queue(submit.queue);
        self.present(submit.front_end);
        let full = self.model.state.contacts.len() >= limits::CONTACTS_MAX;
        self.when(full, Rejection::TooManyContacts);
        if self.all.is_empty() {
            self.room_to_wait(submit);
        }
    }

    /// Rule 16: refused where it would wait; one that can be offered at once is not.
    fn room_to_wait(&mut self, submit: &Submit) {
        let model = self.model;
        let waiting = model.waiting_count(submit.queue);
        if waiting >= model.policy(submit.queue).max_waiting as usize {
            let contact = model.entering(submit, self.now);
            let would_wait = model.first_eligible(&contact).is_none();
            self.when(would_wait, Rejection::QueueFull);
        }
    }

    fn transfer(&mut self, transfer: &Transfer) {
        if let Some(needs) = &transfer.needs {
            self.needs(needs);
        }
        let record = self.live(transfer.contact);
        if let Some(record) = record {
            self.when(!is_held(record.state), Rejection::WrongState);
            self.when(record.hops >= limits::HOPS_MAX, Rejection::TooManyHops);
        }
        match transfer.to {
            TransferTo::Outside => {}
            TransferTo::Queue(queue) => self.open_queue(queue),
            TransferTo::Agent { agent, queue, attended } => {
                if let Some(queue) = queue.or(record.map(|record| record.queue)) {
                    self.open_queue(queue);
                }
                self.signed_in(agent);
                if let Some(record) = record
                    && attended
                    && self.model.find_agent(agent).is_some()
                {
                    let room = self.model.has_room(agent, record.channel);
                    self.when(!room, Rejection::AtCapacity);
                }
            }
        }
    }

    fn offer_to(&mut self, contact: ContactId, agent: AgentId) {
        let contact = self.live(contact);
        let agent = self.signed_in(agent);
        if let Some(contact) = contact {
            self.when(contact.state != ContactState::Waiting, Rejection::WrongState);
            let suspended = self.model.is_absent(contact.front_end);
            self.when(suspended, Rejection::FrontEndAbsent);
            if let Some(agent) = agent {
                let free = self.model.is_free_for(agent.agent, contact.channel);
                self.when(!free, Rejection::AgentNotFree);
            }
        }
    }

    fn live_offer(&mut self, offer: OfferId) {
        if offer.0 == 0 || offer.0 > self.model.state.counters.offers {
            self.all.push(Rejection::UnknownOffer);
        } else {
            self.when(self.model.find_offer(offer).is_none(), Rejection::OfferOver);
        }
    }

    fn wrap_up(&mut self, agent: AgentId, contact: ContactId, early: bool) {
        self.agent(agent);
        let known = contact.0 > 0 && contact.0 <= self.model.state.counters.contacts;
        self.when(!known, Rejection::UnknownContact);
        let held = self.model.held(agent);
        let wraps = held.iter().any(|held| held.contact == contact && held.how == How::WrapUp);
        self.when(!wraps, Rejection::NotWrappingUp);
        let found = self.model.state.wrap_ups.iter().find(|record| record.contact == contact);
        let mandatory = found.is_some_and(|record| record.mandatory);
        self.when(early && mandatory, Rejection::WrapUpMandatory);
    }

    /// A live contact; else unknown, or over once its number was issued.
    fn live(&mut self, contact: ContactId) -> Option<&'a ContactRecord> {
        let found = self.model.find_contact(contact);
        let issued = contact.0 > 0 && contact.0 <= self.model.state.counters.contacts;
        if found.is_none() {
            self.all.push(if issued { Rejection::ContactOver } else { Rejection::UnknownContact });
        }
        found
    }

    fn contact_in(&mut self, contact: ContactId, fits: impl Fn(ContactState) -> bool) {
        if let Some(record) = self.live(contact) {
            self.when(!fits(record.state), Rejection::WrongState);
        }
    }

    fn agent(&mut self, agent: AgentId) -> Option<&'a AgentRecord> {
        let found = self.model.find_agent(agent);
        self.when(found.is_none(), Rejection::UnknownAgent);
        found
    }

    fn signed_in(&mut self, agent: AgentId) -> Option<&'a AgentRecord> {
        let record = self.agent(agent)?;
        self.when(record.presence == Presence::SignedOut, Rejection::NotSignedIn);
        Some(record).filter(|record| record.presence != Presence::SignedOut)
    }

    fn queue(&mut self, queue: QueueId) {
        self.when(self.model.find_queue(queue).is_none(), Rejection::UnknownQueue);
    }

    fn open_queue(&mut self, queue: QueueId) {
        self.queue(queue);
        let closed = self.model.find_queue(queue).is_some_and(|record| !record.open);
        self.when(closed, Rejection::QueueClosed);
    }

    fn present(&mut self, front_end: FrontEndId) {
        let number = front_end.0 as usize;
        let known = number > 0 && number <= self.model.state.front_ends.len();
        self.when(!known, Rejection::UnknownFrontEnd);
        self.when(self.model.is_absent(front_end), Rejection::FrontEndAbsent);
    }

    fn front_end_back(&mut self, front_end: FrontEndId) {
        let (number, known) = (front_end.0 as usize, self.model.state.front_ends.len());
        self.when(number == 0 || number > known + 1, Rejection::UnknownFrontEnd);
        self.when(number > limits::FRONT_ENDS_MAX, Rejection::TooManyFrontEnds);
    }

    fn needs(&mut self, needs: &[Need]) {
        let skills: Vec<_> = needs.iter().map(|need| need.skill).collect();
        self.skills(&skills);
        self.levels(needs);
    }

    fn levels(&mut self, needs: &[Need]) {
        let bad = needs.iter().any(|need| !(1..=limits::LEVEL_MAX).contains(&need.level));
        self.when(bad, Rejection::BadLevel);
    }

    fn skills(&mut self, skills: &[SkillId]) {
        self.when(skills.len() > limits::TERMS_MAX, Rejection::TooManyTerms);
        let twice =
            skills.iter().any(|skill| skills.iter().filter(|other| *other == skill).count() > 1);
        self.when(twice, Rejection::DuplicateSkill);
        let defined = &self.model.state.definitions.skills;
        let unknown = skills.iter().any(|skill| {
            let name = nth(&self.model.state.names.skills, skill.0);
            !name.is_some_and(|name| defined.contains(name))
        });
        self.when(unknown, Rejection::UnknownSkill);
    }

    fn length(&mut self, length: Nanos) {
        let fits = (limits::DURATION_MIN..=limits::DURATION_MAX).contains(&length);
        self.when(!fits, Rejection::BadDuration);
    }

    fn capacity(&mut self, capacity: Option<&Capacity>) {
        let high = capacity
            .is_some_and(|Capacity(counts)| counts.iter().any(|n| *n > limits::CAPACITY_MAX));
        self.when(high, Rejection::BadCapacity);
    }
}

fn is_queued(state: ContactState) -> bool {
    matches!(state, ContactState::Waiting | ContactState::Offered { .. })
}

fn is_scheduled(state: ContactState) -> bool {
    matches!(state, ContactState::Scheduled { .. })
}

fn is_connected(state: ContactState) -> bool {
    matches!(state, ContactState::Connected { .. })
}

fn is_held(state: ContactState) -> bool {
    is_connected(state) || matches!(state, ContactState::Parked { .. })
}

/// The name of a number; numbers count from 1.
fn nth(names: &[String], number: u32) -> Option<&String> {
    names.get((number as usize).checked_sub(1)?)
}
