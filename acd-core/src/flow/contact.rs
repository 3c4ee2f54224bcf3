//! A contact's way in and out: submit, abandon, end, requeue, and what only marks or moves it.

use alloc::vec::Vec;

use crate::checks::Checks;
use crate::command::Submit;
use crate::contact::signed;
use crate::effect::{Effect, Effects, EndCause, Party, RequeueCause, RevokeCause};
use crate::ids::{AgentId, ContactId, Need, QueueId};
use crate::limits;
use crate::rejection::Rejection;
use crate::state::{ContactRecord, ContactState};
use crate::world::World;

impl World {
    pub(crate) fn submit(
        &mut self,
        mut checks: Checks,
        submit: Submit,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        self.check_submit(&mut checks, &submit);
        checks.finish()?;
        let record = self.entering(submit);
        let (contact, queue) = (record.contact, record.queue);
        let policy = &self.queue(queue).policy;
        let full = self.queue(queue).waiting.len() >= policy.max_waiting as usize;
        if full && !self.has_agent(&record) {
            return Err(Rejection::QueueFull);
        }
        if self.contacts.len() >= limits::CONTACTS_MAX {
            return Err(Rejection::TooManyContacts);
        }
        self.counters.contacts += 1;
        self.counters.entries += 1;
        self.insert_contact(record);
        out.push(Effect::Queued { contact, queue });
        debug_assert_eq!(self.contact(contact).state, ContactState::Waiting);
        Ok(())
    }

    fn check_submit(&self, checks: &mut Checks, submit: &Submit) {
        checks.refuse_if(submit.prio > limits::PRIORITY_MAX, Rejection::BadPriority);
        if let Some(length) = submit.prefer_for {
            checks.duration(length);
        }
        checks.refuse_if(submit.age > limits::AGE_MAX, Rejection::BadAge);
        checks.needs(self, &submit.needs);
        let preferred = submit.prefer.len();
        checks.refuse_if(preferred > limits::PREFERRED_MAX, Rejection::TooManyPreferred);
        for &agent in &submit.prefer {
            checks.agent(self, agent);
        }
        checks.open_queue(self, submit.queue);
        let front_end = (submit.front_end.0 as usize).checked_sub(1);
        let front_end = front_end.and_then(|at| self.front_ends.get(at)).map(|known| &known.record);
        checks.refuse_if(front_end.is_none(), Rejection::UnknownFrontEnd);
        let absent = front_end.is_some_and(|front_end| front_end.lost_at.is_some());
        checks.refuse_if(absent, Rejection::FrontEndAbsent);
    }

    /// The record of a contact that enters, with the next numbers.
    fn entering(&self, submit: Submit) -> ContactRecord {
        let policy = &self.queue(submit.queue).policy;
        let preference = submit.prefer_for.unwrap_or(policy.prefer_for);
        let prefers = self.any_signed_in(&submit.prefer);
        let contact = ContactId(self.counters.contacts + 1);
        let origin = self.now.signed() - signed(submit.age.0);
        ContactRecord {
            contact,
            front_end: submit.front_end,
            channel: submit.channel,
            queue: submit.queue,
            prio: submit.prio,
            needs: self.sorted_needs(submit.needs),
            prefer: if prefers { submit.prefer } else { Vec::new() },
            prefer_until: prefers.then(|| self.now.after(preference)),
            origin,
            entry: self.counters.entries + 1,
            entered_at: self.now,
            promotions: policy.promotions_at(origin, self.now),
            step: policy.step_at(origin, self.now),
            state: ContactState::Waiting,
            held: false,
            wait_counted: false,
            orphaned: false,
            orphan_at: None,
            first: contact,
            previous: None,
            hops: 0,
            attempts: 0,
        }
    }

    /// Needs in the order of their skills' names.
    pub(crate) fn sorted_needs(&self, mut needs: Vec<Need>) -> Vec<Need> {
        let name = |need: &Need| &self.names.skills[need.skill.0 as usize - 1];
        needs.sort_by(|a, b| name(a).cmp(name(b)));
        needs
    }

    /// Whether an agent is eligible for a contact that would begin to wait.
    ///
    /// Nobody who waits has an eligible agent, so that such an agent would be offered this one.
    fn has_agent(&mut self, contact: &ContactRecord) -> bool {
        let (matcher, others) = self.matching();
        matcher.agent_for(contact, &others).is_some()
    }

    pub(crate) fn abandon(
        &mut self,
        mut checks: Checks,
        contact: ContactId,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        let found = checks.contact(self, contact);
        let answered = found.is_some_and(|contact| contact.holder().is_some());
        checks.refuse_if(answered, Rejection::WrongState);
        checks.finish()?;
        self.revoke_if_offered(contact, RevokeCause::Abandoned, out);
        out.push(Effect::Abandoned { contact });
        let queue = self.contact(contact).queue;
        self.end_contact(contact, EndCause::Abandoned, Party::Caller, out);
        self.queue_mut(queue).learn_abandon();
        debug_assert!(self.contact_if_live(contact).is_none(), "who abandons is over");
        Ok(())
    }

    pub(crate) fn end(
        &mut self,
        mut checks: Checks,
        contact: ContactId,
        (cause, by): (EndCause, Party),
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        checks.contact(self, contact);
        checks.finish()?;
        self.revoke_if_offered(contact, RevokeCause::Ended, out);
        let ended = self.end_contact(contact, cause, by, out);
        self.release_from_agent(&ended, false, out);
        debug_assert!(self.contact_if_live(contact).is_none(), "what ends is over");
        Ok(())
    }

    /// Ends a contact that is not offered; who held it still has its slot.
    pub(crate) fn end_contact(
        &mut self,
        contact: ContactId,
        cause: EndCause,
        by: Party,
        out: &mut Effects,
    ) -> ContactRecord {
        self.count_wait(contact);
        let ended = self.remove_contact(contact);
        debug_assert!(!matches!(ended.state, ContactState::Offered { .. }), "its offer is over");
        out.push(Effect::Ended { contact, agent: ended.holder(), cause, by });
        ended
    }

    pub(crate) fn requeue(
        &mut self,
        mut checks: Checks,
        contact: ContactId,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        let found = checks.contact(self, contact);
        let unheld = found.is_some_and(|contact| contact.holder().is_none());
        checks.refuse_if(unheld, Rejection::WrongState);
        checks.finish()?;
        let before = self.contact(contact);
        let (state, channel, origin) = (before.state, before.channel, before.origin);
        let holder = before.holder().expect("it is held");
        self.return_to_waiting(contact, RequeueCause::AgentLegLost, out);
        self.let_go(contact, channel, state);
        self.leave(holder, false, out);
        debug_assert_eq!(self.contact(contact).origin, origin, "its age is never lost");
        Ok(())
    }

    pub(crate) fn hold(
        &mut self,
        mut checks: Checks,
        contact: ContactId,
        held: bool,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        let found = checks.contact(self, contact);
        let connected =
            |contact: &ContactRecord| matches!(contact.state, ContactState::Connected { .. });
        checks.refuse_if(found.is_some_and(|found| !connected(found)), Rejection::WrongState);
        checks.finish()?;
        if self.contact(contact).held != held {
            self.contact_mut(contact).held = held;
            out.push(if held { Effect::Held { contact } } else { Effect::Unheld { contact } });
        }
        debug_assert_eq!(self.contact(contact).held, held);
        Ok(())
    }

    pub(crate) fn prioritise(
        &mut self,
        mut checks: Checks,
        contact: ContactId,
        prio: u8,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        checks.refuse_if(prio > limits::PRIORITY_MAX, Rejection::BadPriority);
        checks.contact(self, contact);
        checks.finish()?;
        if self.contact(contact).prio != prio {
            self.contact_mut(contact).prio = prio;
            out.push(Effect::Reprioritised { contact, prio });
        }
        debug_assert_eq!(self.contact(contact).prio, prio);
        Ok(())
    }

    pub(crate) fn move_by_command(
        &mut self,
        mut checks: Checks,
        contact: ContactId,
        queue: QueueId,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        let found = checks.contact(self, contact);
        let answered = found.is_some_and(|contact| !contact.unanswered());
        checks.refuse_if(answered, Rejection::WrongState);
        checks.open_queue(self, queue);
        checks.finish()?;
        let unchanged = self.contact(contact).queue == queue
            && self.contact(contact).state == ContactState::Waiting;
        if unchanged {
            return Ok(());
        }
        let offered = self.revoke_if_offered(contact, RevokeCause::Moved, out);
        self.move_waiting(contact, queue, out);
        if offered {
            self.suspend_if_absent(contact, out);
        }
        Ok(())
    }

    /// Moves a contact that is not offered: same origin and entry number, stage by the new queue.
    pub(crate) fn move_waiting(&mut self, contact: ContactId, queue: QueueId, out: &mut Effects) {
        let moved = self.contact_mut(contact);
        let origin = moved.origin;
        let before = core::mem::replace(&mut moved.queue, queue);
        self.queue_mut(before).live -= 1;
        self.queue_mut(queue).live += 1;
        self.choose_stage(contact);
        out.push(Effect::Moved { contact, queue });
        debug_assert_eq!(self.contact(contact).origin, origin, "a move keeps the age");
    }

    /// Revokes the contact's offer, if it has one; says whether it had. It begins to wait.
    pub(crate) fn revoke_if_offered(
        &mut self,
        contact: ContactId,
        cause: RevokeCause,
        out: &mut Effects,
    ) -> bool {
        let ContactState::Offered { offer } = self.contact(contact).state else { return false };
        self.revoke_offer(offer, cause, out);
        self.begin_to_wait(contact);
        true
    }

    /// Whether an agent is defined and signed in.
    pub(crate) fn is_signed_in(&self, agent: AgentId) -> bool {
        use crate::state::Presence;
        let agent = self.agent_if_defined(agent);
        agent.is_some_and(|agent| agent.record.presence != Presence::SignedOut)
    }
}
