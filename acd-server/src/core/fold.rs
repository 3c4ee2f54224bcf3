//! Effects to events: keeps the server's tables in step with the engine, and tells what happened.

use std::collections::BTreeMap;
use std::sync::Arc;

use acd_core::{
    AgentId, ContactId, Effect, EndCause, FrontEndId, Nanos, OfferId, Party, QueueId, RequeueCause,
    Timestamp,
};
use acd_proto::{ContactRef, EventBody, id};

use super::audience::{Audience, Subject};
use super::contacts::{Contact, Newcomer};
use super::timers::Timer;
use super::{Core, words};

impl Core {
    /// Takes over what a command has changed; its events go to the outbox, in order.
    pub(crate) fn fold(&mut self, effects: &[Effect]) {
        for effect in self.pass_over(effects) {
            self.fold_one(effect);
        }
        self.after_command();
    }

    /// A restart suspends everybody who waits, while nobody is there to hear it: of very many, only
    /// the last events stay to be told again. The others are numbered, and not made. What is left.
    fn pass_over<'e>(&mut self, effects: &'e [Effect]) -> &'e [Effect] {
        if self.ring.overflow(effects.len()) == 0
            || !self.outbox.is_empty()
            || !self.connections.is_empty()
        {
            return effects;
        }
        let suspended = effects.iter().take_while(|one| matches!(one, Effect::Suspended { .. }));
        let (passed, rest) = effects.split_at(self.ring.overflow(suspended.count()));
        for _ in passed {
            self.ring.pass();
        }
        rest
    }

    fn fold_one(&mut self, effect: &Effect) {
        use EventBody as E;
        match *effect {
            Effect::Queued { contact, queue } => self.queued(contact, queue),
            Effect::Offered { contact, offer, agent, until } => {
                self.offered(contact, offer, agent, until);
            }
            Effect::OfferRinging { offer } => self.offer_ringing(offer),
            Effect::OfferFailed { contact, offer, agent, cause } => {
                self.offer_over(contact, offer, agent, words::fail_cause(cause));
            }
            Effect::OfferRevoked { contact, offer, agent, cause } => {
                self.offer_over(contact, offer, agent, words::revoke_cause(cause));
            }
            Effect::OfferExtended { offer, until } => self.offer_extended(offer, until),
            Effect::Connected { contact, agent, offer } => self.connected(contact, agent, offer),
            Effect::Requeued { contact, cause } => self.requeued(contact, cause),
            Effect::TurnedCallback { contact } => self.turned_callback(contact),
            Effect::Scheduled { contact, until } => self.scheduled(contact, until),
            Effect::Moved { contact, queue } => self.moved(contact, queue),
            Effect::Reprioritised { contact, prio } => {
                self.tell_of(contact, |of| E::Updated { of, prio, attrs: BTreeMap::new() });
            }
            Effect::Promoted { contact, promotions } => {
                self.tell_of(contact, |of| E::Promoted { of, promotions });
            }
            Effect::StepReached { contact, step } => {
                self.tell_of(contact, |of| E::StepReached { of, step });
            }
            Effect::PreferenceEnded { contact } => {
                self.tell_of(contact, |of| E::PreferenceEnded { of });
            }
            Effect::Parked { contact } => self.tell_of(contact, |of| E::Parked { of }),
            Effect::Resumed { contact } => self.tell_of(contact, |of| E::Resumed { of }),
            Effect::Held { contact } => self.tell_of(contact, |of| E::Held { of }),
            Effect::Unheld { contact } => self.tell_of(contact, |of| E::Unheld { of }),
            Effect::Suspended { contact } => self.tell_of(contact, |of| E::Suspended { of }),
            Effect::Unsuspended { contact } => self.tell_of(contact, |of| E::Unsuspended { of }),
            Effect::Orphaned { contact } => self.tell_of(contact, |of| E::Orphaned { of }),
            Effect::Abandoned { contact } => self.abandoned(contact),
            Effect::Transferred { contact, next, hops } => self.transferred(contact, next, hops),
            Effect::Ended { contact, cause, by, .. } => self.ended(contact, cause, by),
            ref other => self.fold_other(other),
        }
    }

    /// What is not about a live contact.
    fn fold_other(&mut self, effect: &Effect) {
        match *effect {
            Effect::WrapUp { contact, agent, until } => self.wrap_up(contact, agent, until),
            Effect::WrapUpExtended { contact, until } => self.wrap_up_extended(contact, until),
            Effect::WrapUpOver { contact, agent, handle } => {
                self.wrap_up_over(contact, agent, handle);
            }
            Effect::AgentState { agent, presence, pending, paused_until } => {
                self.agent_changed(agent, presence, pending, paused_until);
            }
            Effect::AgentSkills { agent } | Effect::AgentCapacity { agent } => {
                let name = self.names.agent(agent);
                self.tell_agent(agent, EventBody::AgentUpdated { agent: name });
            }
            Effect::QueueState { queue, open } => {
                let name = self.names.queue(queue);
                let audience = Audience::subscribers(Subject::Queue(Arc::clone(&name)));
                self.tell(EventBody::QueueState { queue: name, open }, audience);
            }
            Effect::Overflow { queue, on } => {
                let name = self.names.queue(queue);
                let audience = Audience::subscribers(Subject::Queue(Arc::clone(&name)));
                self.tell(EventBody::QueueOverflow { queue: name, on }, audience);
            }
            Effect::Configured => self.configured(),
            Effect::FrontEnd { front_end, present } => self.front_end_changed(front_end, present),
            _ => debug_assert!(false, "every effect of a contact is folded before: {effect:?}"),
        }
    }

    /// An event of a contact that is live or wrapped up.
    pub(crate) fn tell_of(
        &mut self,
        contact: ContactId,
        make: impl FnOnce(ContactRef) -> EventBody,
    ) {
        let (of, audience) = self.contacts.address(contact).expect("its entry was told first");
        self.tell(make(of), audience);
    }

    pub(crate) fn known(&mut self, contact: ContactId) -> &mut Contact {
        self.contacts.get_mut(contact).expect("its entry was told first")
    }

    fn queued(&mut self, id: ContactId, queue: QueueId) {
        let newcomer = self.newcomer.take().expect("who submits or transfers says who comes");
        let Newcomer { ext, front_end, widget, channel, caller, previous, number, chat } = newcomer;
        let of =
            ContactRef { contact: id::contact(id).into(), ext, queue: self.names.queue(queue) };
        let entry = Contact {
            of,
            front_end,
            widget,
            channel,
            caller,
            previous,
            number,
            entered_at: self.now,
            answered_after: None,
            connected_at: None,
            talked: Nanos(0),
            agent: None,
            offer: None,
            disposition: None,
            chat,
        };
        let (previous, reference) = (entry.previous.clone(), entry.caller.reference.clone());
        self.contacts.insert(id, entry);
        let frontend = self.front_ends.name(front_end);
        let prio = self.engine.contact(id).map_or(0, |record| record.prio);
        let pos = self.engine.position(id);
        self.tell_of(id, |of| EventBody::Queued {
            of,
            channel: channel.name().into(),
            prio,
            frontend,
            pos,
            previous,
            reference,
        });
        self.entered = Some(id);
    }

    fn requeued(&mut self, id: ContactId, cause: RequeueCause) {
        let pos = self.engine.position(id);
        self.tell_of(id, |of| EventBody::Requeued {
            of,
            cause: words::requeue_cause(cause).into(),
            pos,
        });
        self.leaves_agent(id);
    }

    fn turned_callback(&mut self, id: ContactId) {
        self.known(id).channel = acd_core::Channel::Callback;
        self.tell_of(id, |of| EventBody::Callback { of });
    }

    fn scheduled(&mut self, id: ContactId, until: Timestamp) {
        self.tell_of(id, |of| EventBody::Scheduled { of, until: until.0 / 1_000 });
        self.leaves_agent(id);
    }

    fn leaves_agent(&mut self, id: ContactId) {
        let now = self.now;
        let contact = self.known(id);
        let agent = contact.agent;
        contact.leaves_agent(now);
        self.touched_agents.extend(agent);
    }

    fn moved(&mut self, id: ContactId, queue: QueueId) {
        let to = self.names.queue(queue);
        let pos = self.engine.position(id);
        self.contacts.goes_on(id, id);
        let contact = self.known(id);
        let former = std::mem::replace(&mut contact.of.queue, to);
        let (of, mut audience) = (contact.of.clone(), contact.audience());
        if let Subject::Contact { former_queue, .. } = &mut audience.subject {
            *former_queue = Some(Arc::clone(&former));
        }
        self.tell(EventBody::Moved { of, from_queue: former, pos }, audience);
    }

    fn abandoned(&mut self, id: ContactId) {
        let now = self.now;
        let wait = self.known(id).wait(now);
        self.tell_of(id, |of| EventBody::Abandoned { of, wait_ms: wait.as_millis() });
    }

    fn transferred(&mut self, id: ContactId, next: Option<ContactId>, hops: u8) {
        let to = self.transfer_to.take().expect("who transfers says where to");
        if let Some(next) = next {
            self.contacts.goes_on(id, next);
        }
        let contact = self.known(id);
        if next.is_some() {
            let newcomer = Newcomer {
                ext: Arc::clone(&contact.of.ext),
                front_end: contact.front_end,
                widget: contact.widget.clone(),
                channel: contact.channel,
                caller: contact.caller.clone(),
                previous: Some(Arc::clone(&contact.of.contact)),
                number: contact.number.clone(),
                chat: std::mem::take(&mut contact.chat),
            };
            self.newcomer = Some(newcomer);
        }
        let next = next.map(|next| Arc::from(id::contact(next)));
        self.tell_of(id, |of| EventBody::Transferred { of, to, next, hops });
    }

    fn ended(&mut self, id: ContactId, cause: EndCause, by: Party) {
        let now = self.now;
        let contact = self.contacts.end(id, now).expect("its entry was told first");
        let wait = contact.wait(now);
        self.touched_agents.extend(contact.agent);
        if contact.agent.is_some() {
            self.just_ended.push(id);
        }
        let body = EventBody::Ended {
            of: contact.of.clone(),
            cause: words::end_cause(cause).into(),
            by: words::party(by).into(),
            agent: contact.agent.map(|agent| self.names.agent(agent)),
            talk_ms: contact.talk(now).as_millis(),
            wait_ms: wait.as_millis(),
            disposition: contact.disposition.clone(),
        };
        let audience = contact.audience();
        self.tell(body, audience);
    }

    fn wrap_up(&mut self, id: ContactId, agent: AgentId, until: Timestamp) {
        self.contacts.wraps_up(id);
        let agent = self.names.agent(agent);
        self.tell_of(id, |of| EventBody::WrapUp { of, agent, until: until.0 / 1_000 });
    }

    fn wrap_up_extended(&mut self, id: ContactId, until: Timestamp) {
        let ended = self.contacts.ended(id).expect("its wrap-up was told first");
        let agent = self.names.agent(ended.agent);
        self.tell_of(id, |of| EventBody::WrapUpExtended { of, agent, until: until.0 / 1_000 });
    }

    fn wrap_up_over(&mut self, id: ContactId, agent: AgentId, handle: Nanos) {
        self.touched_agents.insert(agent);
        let agent = self.names.agent(agent);
        let handle_ms = handle.as_millis();
        let disposition = self.contacts.ended(id).and_then(|ended| ended.disposition.clone());
        self.tell_of(id, |of| EventBody::WrapUpOver { of, agent, handle_ms, disposition });
        self.contacts.forget(id);
    }

    fn configured(&mut self) {
        self.names.refresh(&self.engine);
        let definitions = self.engine.definitions();
        let body = EventBody::Config {
            queues: definitions.queues.len(),
            agents: definitions.agents.len(),
        };
        self.tell(body, Audience::subscribers(Subject::Config));
    }

    fn front_end_changed(&mut self, front_end: FrontEndId, present: bool) {
        let agents_wait = Timer::LoseAgents(front_end);
        if present {
            self.timers.cancel(&agents_wait);
        } else {
            self.timers.set(self.now.after(self.engine.definitions().grace), agents_wait);
        }
        let body = EventBody::FrontEnd { frontend: self.front_ends.name(front_end), present };
        self.tell(body, Audience::subscribers(Subject::FrontEnd));
    }

    /// What is settled only when the whole command is known.
    fn after_command(&mut self) {
        for id in std::mem::take(&mut self.just_ended) {
            if self.contacts.ended(id).is_some_and(|ended| !ended.wraps_up) {
                self.contacts.forget(id);
            }
        }
        for agent in std::mem::take(&mut self.touched_agents) {
            self.tell_agent_if_changed(agent);
        }
    }
}

impl Core {
    /// An event, for the outbox.
    pub(crate) fn tell(&mut self, body: EventBody, audience: Audience) {
        self.outbox.push((body, audience));
    }

    /// The offer's contact, for events that name only the offer.
    pub(crate) fn tell_of_offer(
        &mut self,
        offer: OfferId,
        make: impl FnOnce(ContactRef, Arc<str>) -> EventBody,
    ) {
        let live = self.desks.offer(offer).expect("the offer was told first");
        let agent = self.names.agent(live.agent);
        self.tell_of(live.contact, |of| make(of, agent));
    }

    /// An event of an agent, for its desktop and who watches.
    pub(crate) fn tell_agent(&mut self, agent: AgentId, body: EventBody) {
        let subject = Subject::Agent(self.names.agent(agent));
        let audience = Audience { agents: Some(agent).into(), ..Audience::subscribers(subject) };
        self.tell(body, audience);
    }
}
