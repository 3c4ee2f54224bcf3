//! Effects to events: keeps the server's tables in step with the engine, and tells what happened.

use std::collections::BTreeMap;

use acd_core::{
    AgentId, ContactId, Effect, EndCause, FrontEndId, Nanos, OfferId, Party, QueueId, RequeueCause,
    Timestamp,
};
use acd_proto::{ContactRef, EventBody, Word};

use super::audience::{Audience, Subject};
use super::contacts::{Contact, Newcomer, Of};
use super::timers::Timer;
use super::{Core, words};

impl Core {
    /// Takes over what a command has changed; its events are told, in order.
    pub(crate) fn fold(&mut self, effects: &[Effect]) {
        let (first, rest) = self.pass_over(effects);
        for effect in first {
            self.fold_one(effect);
        }
        self.ring.pass(effects.len() - first.len() - rest.len());
        for effect in rest {
            self.fold_one(effect);
        }
        self.after_command();
    }

    /// A restart suspends everybody who waits, while nobody is there to hear it. Of more than are
    /// kept the events are numbered, and not made: whoever was there before would miss some and
    /// has to ask for a snapshot. What comes before and after them.
    fn pass_over<'e>(&self, effects: &'e [Effect]) -> (&'e [Effect], &'e [Effect]) {
        let suspends = |one: &Effect| matches!(one, Effect::Suspended { .. });
        if !self.ring.overflows(effects.len()) || !self.connections.is_empty() {
            return (effects, &[]);
        }
        let before = effects.iter().take_while(|one| !suspends(one)).count();
        let (before, others) = effects.split_at(before);
        let suspended = others.iter().take_while(|one| suspends(one)).count();
        let passed = if self.ring.overflows(suspended) { suspended } else { 0 };
        (before, &others[passed..])
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
                self.tell_agent(agent, |agent| EventBody::AgentUpdated { agent });
            }
            Effect::QueueState { queue, open } => {
                self.tell_queue(queue, |queue| EventBody::QueueState { queue, open });
            }
            Effect::Overflow { queue, on } => {
                self.tell_queue(queue, |queue| EventBody::QueueOverflow { queue, on });
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
        make: impl for<'a> FnOnce(ContactRef<Word<'a>>) -> EventBody<Word<'a>>,
    ) {
        let (of, audience) = self.contacts.address(contact).expect("its entry was told first");
        self.ring.tell(self.now.0 / 1_000, make(of), audience, None);
    }

    /// As [`tell_of`](Self::tell_of), of a contact and an agent.
    pub(crate) fn tell_of_both(
        &mut self,
        contact: ContactId,
        agent: AgentId,
        make: impl for<'a> FnOnce(ContactRef<Word<'a>>, Word<'a>) -> EventBody<Word<'a>>,
    ) {
        let (of, audience) = self.contacts.address(contact).expect("its entry was told first");
        let agent = Word::Text(self.names.agent_text(agent));
        self.ring.tell(self.now.0 / 1_000, make(of, agent), audience, None);
    }

    pub(crate) fn known(&mut self, contact: ContactId) -> &mut Contact {
        self.contacts.get_mut(contact).expect("its entry was told first")
    }

    fn queued(&mut self, id: ContactId, queue: QueueId) {
        let newcomer = self.newcomer.take().expect("who submits or transfers says who comes");
        let Newcomer { ext, front_end, widget, channel, caller, previous, number, chat } = newcomer;
        let of = Of { contact: id, ext, queue: self.names.queue(queue), queue_id: queue };
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
        let body = EventBody::Queued {
            of: entry.of.told(),
            channel: Word::Text(channel.name()),
            prio: self.engine.contact(id).map_or(0, |record| record.prio),
            frontend: Word::Text(self.front_ends.text(front_end)),
            pos: self.engine.position(id),
            previous: entry.previous.as_deref().map(Word::Text),
            reference: entry.caller.reference.as_deref().map(Word::Text),
        };
        self.ring.tell(self.now.0 / 1_000, body, entry.audience(), None);
        self.contacts.insert(id, entry);
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
        if let Some(agent) = agent {
            self.touch_agent(agent);
        }
    }

    /// Whether an agent holds contacts may have changed.
    pub(super) fn touch_agent(&mut self, agent: AgentId) {
        if let Err(place) = self.touched_agents.binary_search(&agent) {
            self.touched_agents.insert(place, agent);
        }
    }

    fn moved(&mut self, id: ContactId, queue: QueueId) {
        let to = self.names.queue(queue);
        let pos = self.engine.position(id);
        self.contacts.goes_on(id, id);
        let now = self.now;
        let contact = self.contacts.get_mut(id).expect("its entry was told first");
        let former = std::mem::replace(&mut contact.of.queue, to);
        let left = std::mem::replace(&mut contact.of.queue_id, queue);
        let mut audience = contact.audience();
        if let Subject::Contact { former_queue, .. } = &mut audience.subject {
            *former_queue = Some(left);
        }
        let from_queue = Word::Text(&former);
        let body = EventBody::Moved { of: contact.of.told(), from_queue, pos };
        self.ring.tell(now.0 / 1_000, body, audience, None);
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
                ext: std::sync::Arc::clone(&contact.of.ext),
                front_end: contact.front_end,
                widget: contact.widget.clone(),
                channel: contact.channel,
                caller: contact.caller.clone(),
                previous: Some(acd_proto::id::contact(id).into()),
                number: contact.number.clone(),
                chat: std::mem::take(&mut contact.chat),
            };
            self.newcomer = Some(newcomer);
        }
        let (of, audience) = self.contacts.address(id).expect("its entry was told first");
        let (to, next) = (Word::Text(&to), next.map(Word::Contact));
        let body = EventBody::Transferred { of, to, next, hops };
        self.ring.tell(self.now.0 / 1_000, body, audience, None);
    }

    fn ended(&mut self, id: ContactId, cause: EndCause, by: Party) {
        let now = self.now;
        let contact = self.contacts.end(id, now).expect("its entry was told first");
        let wait = contact.wait(now);
        if let Some(agent) = contact.agent {
            self.touch_agent(agent);
            self.just_ended.push(id);
        }
        let agent = contact.agent.map(|agent| Word::Text(self.names.agent_text(agent)));
        let body = EventBody::Ended {
            of: contact.of.told(),
            cause: words::end_cause(cause).into(),
            by: words::party(by).into(),
            agent,
            talk_ms: contact.talk(now).as_millis(),
            wait_ms: wait.as_millis(),
            disposition: contact.disposition.as_deref().map(Word::Text),
        };
        self.ring.tell(now.0 / 1_000, body, contact.audience(), None);
    }

    fn wrap_up(&mut self, id: ContactId, agent: AgentId, until: Timestamp) {
        self.contacts.wraps_up(id);
        let until = until.0 / 1_000;
        self.tell_of_both(id, agent, |of, agent| EventBody::WrapUp { of, agent, until });
    }

    fn wrap_up_extended(&mut self, id: ContactId, until: Timestamp) {
        let ended = self.contacts.ended(id).expect("its wrap-up was told first");
        let (agent, until) = (ended.agent, until.0 / 1_000);
        self.tell_of_both(id, agent, |of, agent| EventBody::WrapUpExtended { of, agent, until });
    }

    fn wrap_up_over(&mut self, id: ContactId, agent: AgentId, handle: Nanos) {
        self.touch_agent(agent);
        let (of, audience) = self.contacts.address(id).expect("its wrap-up was told first");
        let ended = self.contacts.ended(id);
        let body = EventBody::WrapUpOver {
            of,
            agent: Word::Text(self.names.agent_text(agent)),
            handle_ms: handle.as_millis(),
            disposition: ended.and_then(|ended| ended.disposition.as_deref()).map(Word::Text),
        };
        self.ring.tell(self.now.0 / 1_000, body, audience, None);
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
        let name = Word::Text(self.front_ends.text(front_end));
        let body = EventBody::FrontEnd { frontend: name, present };
        let audience = Audience::subscribers(Subject::FrontEnd);
        self.ring.tell(self.now.0 / 1_000, body, audience, None);
    }

    /// What is settled only when the whole command is known.
    fn after_command(&mut self) {
        while let Some(id) = self.just_ended.pop() {
            if self.contacts.ended(id).is_some_and(|ended| !ended.wraps_up) {
                self.contacts.forget(id);
            }
        }
        let mut touched = std::mem::take(&mut self.touched_agents);
        for agent in touched.drain(..) {
            self.tell_agent_if_changed(agent);
        }
        self.touched_agents = touched;
    }
}

impl Core {
    /// An event that names nothing that another table would have to be asked for.
    pub(crate) fn tell(&mut self, body: EventBody<Word<'_>>, audience: Audience) {
        self.ring.tell(self.now.0 / 1_000, body, audience, None);
    }

    /// The offer's contact and agent, for events that name only the offer.
    pub(crate) fn tell_of_offer(
        &mut self,
        offer: OfferId,
        make: impl for<'a> FnOnce(ContactRef<Word<'a>>, Word<'a>) -> EventBody<Word<'a>>,
    ) {
        let live = self.desks.offer(offer).expect("the offer was told first");
        self.tell_of_both(live.contact, live.agent, make);
    }

    /// An event of an agent, for its desktop and who watches.
    pub(crate) fn tell_agent(
        &mut self,
        agent: AgentId,
        make: impl for<'a> FnOnce(Word<'a>) -> EventBody<Word<'a>>,
    ) {
        let body = make(Word::Text(self.names.agent_text(agent)));
        self.ring.tell(self.now.0 / 1_000, body, Audience::of_agent(agent), None);
    }

    fn tell_queue(
        &mut self,
        queue: QueueId,
        make: impl for<'a> FnOnce(Word<'a>) -> EventBody<Word<'a>>,
    ) {
        let body = make(Word::Text(self.names.queue_text(queue)));
        let audience = Audience::subscribers(Subject::Queue(queue));
        self.ring.tell(self.now.0 / 1_000, body, audience, None);
    }
}
