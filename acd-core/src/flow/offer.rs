//! Offers: made, ringing, answered, failed, revoked (rules 8, 9 and 11).

use crate::agent::{insert_sorted, remove_sorted};
use crate::channel::Channel;
use crate::checks::Checks;
use crate::deadline::{Deadline, Timed};
use crate::effect::{Effect, Effects, FailCause, RequeueCause, RevokeCause};
use crate::ids::{AgentId, ContactId, OfferId};
use crate::rejection::Rejection;
use crate::state::{ContactRecord, ContactState, NotReadyReason, OfferRecord, Presence};
use crate::world::World;

impl World {
    pub(crate) fn offer_to(
        &mut self,
        mut checks: Checks,
        contact: ContactId,
        agent: AgentId,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        let found = checks.contact(self, contact);
        let waits = |contact: &ContactRecord| contact.state == ContactState::Waiting;
        checks.refuse_if(found.is_some_and(|found| !waits(found)), Rejection::WrongState);
        checks.refuse_if(found.is_some_and(ContactRecord::suspended), Rejection::FrontEndAbsent);
        checks.signed_in(self, agent);
        if let (Some(contact), Some(agent)) = (found, self.agent_if_defined(agent)) {
            checks.refuse_if(!agent.free_for(contact.channel), Rejection::AgentNotFree);
        }
        checks.finish()?;
        self.make_offer(contact, agent, out);
        Ok(())
    }

    /// Offers a waiting contact to an agent who is free for its channel.
    pub(crate) fn make_offer(&mut self, contact: ContactId, agent: AgentId, out: &mut Effects) {
        debug_assert_eq!(
            self.contact(contact).state,
            ContactState::Waiting,
            "who waits is offered"
        );
        debug_assert!(!self.contact(contact).suspended(), "its front end is there");
        debug_assert!(self.agent(agent).free_for(self.contact(contact).channel), "rule 4 a–c");
        self.counters.offers += 1;
        let offer = OfferId(self.counters.offers);
        let queue = self.contact(contact).queue;
        let until = self.now.after(self.queue(queue).policy.offer_timeout);
        let record = OfferRecord { offer, contact, agent, until, ringing: false };
        let timer = self.timers.arm(until.signed(), Deadline::OfferExpiry(offer));
        self.offers.insert(offer, Timed { record, timer });
        self.contact_mut(contact).state = ContactState::Offered { offer };
        self.agent_mut(agent).offer = Some(offer);
        self.queue_mut(queue).record.cursor = Some(agent);
        out.push(Effect::Offered { contact, offer, agent, until });
    }

    pub(crate) fn offer_ringing(
        &mut self,
        mut checks: Checks,
        offer: OfferId,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        checks.offer(self, offer);
        checks.finish()?;
        let record = &mut self.offers.get_mut(offer).expect("the offer is live").record;
        if !record.ringing {
            record.ringing = true;
            out.push(Effect::OfferRinging { offer });
        }
        debug_assert!(self.offers[offer].record.ringing);
        Ok(())
    }

    pub(crate) fn answer(
        &mut self,
        mut checks: Checks,
        offer: OfferId,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        checks.offer(self, offer);
        checks.finish()?;
        let taken = self.close_offer(offer);
        self.connect(taken.contact, taken.agent, Some(offer), out);
        debug_assert_eq!(self.contact(taken.contact).holder(), Some(taken.agent));
        Ok(())
    }

    /// Brings contact and agent together; those it interrupts are parked.
    pub(crate) fn connect(
        &mut self,
        contact: ContactId,
        agent: AgentId,
        offer: Option<OfferId>,
        out: &mut Effects,
    ) {
        debug_assert!(self.agent(agent).offer.is_none(), "the agent's offer is over");
        self.clear_preference(contact);
        self.count_wait(contact);
        let since = self.now;
        let connected = self.contact_mut(contact);
        connected.state = ContactState::Connected { agent, since };
        let channel = connected.channel;
        let taker = self.agent_mut(agent);
        insert_sorted(&mut taker.held, contact);
        taker.slots[channel as usize] += 1;
        taker.record.connected += 1;
        taker.record.no_answers = 0;
        out.push(Effect::Connected { contact, agent, offer });
        if channel.interrupts() {
            self.park_interruptible(agent, out);
        }
        self.renew_idle_number(agent);
        debug_assert!(self.agent(agent).holds_any(), "it holds what it took");
    }

    /// Sets the agent's connected interruptible contacts aside, by number.
    fn park_interruptible(&mut self, agent: AgentId, out: &mut Effects) {
        for at in 0..self.agent(agent).held.len() {
            let contact = self.agent(agent).held[at];
            let record = self.contact(contact);
            if let ContactState::Connected { since, .. } = record.state
                && record.channel.interruptible()
            {
                self.contact_mut(contact).state = ContactState::Parked { agent, since };
                self.agent_mut(agent).parked += 1;
                out.push(Effect::Parked { contact });
            }
        }
    }

    /// Lets the agent take up what it set aside, by number.
    pub(crate) fn resume_parked(&mut self, agent: AgentId, out: &mut Effects) {
        debug_assert!(!self.agent(agent).interrupted(), "nothing interrupts any more");
        if self.agent(agent).parked == 0 {
            return;
        }
        for at in 0..self.agent(agent).held.len() {
            let contact = self.agent(agent).held[at];
            if let ContactState::Parked { since, .. } = self.contact(contact).state {
                self.contact_mut(contact).state = ContactState::Connected { agent, since };
                self.agent_mut(agent).parked -= 1;
                out.push(Effect::Resumed { contact });
            }
        }
        debug_assert_eq!(self.agent(agent).parked, 0);
    }

    /// Takes a contact out of its holder's hands and slot; `state` is that while it was held.
    pub(crate) fn let_go(&mut self, contact: ContactId, channel: Channel, state: ContactState) {
        let (ContactState::Connected { agent, .. } | ContactState::Parked { agent, .. }) = state
        else {
            unreachable!("an agent holds it");
        };
        let agent = self.agent_mut(agent);
        remove_sorted(&mut agent.held, contact);
        agent.slots[channel as usize] -= 1;
        agent.parked -= u16::from(matches!(state, ContactState::Parked { .. }));
    }

    pub(crate) fn offer_failed(
        &mut self,
        mut checks: Checks,
        offer: OfferId,
        cause: FailCause,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        checks.offer(self, offer);
        checks.finish()?;
        self.fail_and_pause(offer, cause, out);
        Ok(())
    }

    /// An offer fails by the agent's side, who is paused, or not ready after too many unanswered.
    pub(crate) fn fail_and_pause(&mut self, offer: OfferId, cause: FailCause, out: &mut Effects) {
        let OfferRecord { contact, agent, .. } = self.offers[offer].record;
        let standing = self.agent(agent).standing();
        self.fail_offer(offer, cause, out);
        let policy = &self.queue_of(contact).policy;
        let (pause, rona_limit) = (policy.pause(cause), policy.rona_limit);
        let until = self.now.after(pause);
        let record = &mut self.agent_mut(agent).record;
        if cause == FailCause::NoAnswer {
            record.no_answers = record.no_answers.saturating_add(1);
        }
        let enough = rona_limit > 0 && record.no_answers >= rona_limit;
        if cause == FailCause::NoAnswer && enough {
            record.presence = Presence::NotReady(NotReadyReason::Rona);
        } else {
            let until = record.paused_until.map_or(until, |before| before.max(until));
            self.set_pause(agent, Some(until));
        }
        self.tell_standing(agent, standing, out);
        debug_assert!(!self.agent(agent).free(), "who failed an offer rests");
    }

    /// An offer fails by the agent's side: the contact waits again, the agent goes to the end.
    pub(crate) fn fail_offer(&mut self, offer: OfferId, cause: FailCause, out: &mut Effects) {
        let OfferRecord { contact, agent, .. } = self.close_offer(offer);
        out.push(Effect::OfferFailed { contact, offer, agent, cause });
        self.return_to_waiting(contact, RequeueCause::OfferFailed, out);
        self.renew_idle_number(agent);
    }

    /// An offer is taken back without blame; its contact is the caller's to place.
    pub(crate) fn revoke_offer(&mut self, offer: OfferId, cause: RevokeCause, out: &mut Effects) {
        let OfferRecord { contact, agent, .. } = self.close_offer(offer);
        out.push(Effect::OfferRevoked { contact, offer, agent, cause });
    }

    /// An offer is taken back without blame, and its contact waits again.
    pub(crate) fn revoke_and_requeue(
        &mut self,
        offer: OfferId,
        cause: RevokeCause,
        out: &mut Effects,
    ) {
        let contact = self.offers[offer].record.contact;
        self.revoke_offer(offer, cause, out);
        self.return_to_waiting(contact, RequeueCause::OfferRevoked, out);
    }

    /// Removes a live offer; its contact is still marked as offered.
    fn close_offer(&mut self, offer: OfferId) -> OfferRecord {
        let Timed { record, timer } = self.offers.remove(offer).expect("the offer is live");
        self.timers.disarm(timer);
        let before = self.agent_mut(record.agent).offer.take();
        debug_assert_eq!(before, Some(offer), "an agent knows its offer");
        record
    }
}
