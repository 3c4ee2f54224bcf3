//! Rules 8, 9 and 11: an offer from its making to its end.

use acd_core::{
    AgentId, ContactId, ContactState, Effect, Effects, FailCause, NotReadyReason, OfferId,
    OfferRecord, Presence, RequeueCause, RevokeCause,
};

use super::contacts::forget_preference;
use super::{How, Model, Planted};

impl Model {
    /// Rule 8: reserved until now + the queue's `offer_timeout`; rule 7: the cursor follows.
    pub(super) fn offer(&mut self, contact: ContactId, agent: AgentId, effects: &mut Effects) {
        self.state.counters.offers += 1;
        let offer = OfferId(self.state.counters.offers);
        let queue = self.contact(contact).queue;
        let until = self.now().after(self.policy(queue).offer_timeout);
        self.contact_mut(contact).state = ContactState::Offered { offer };
        self.queue_mut(queue).cursor = Some(agent);
        self.state.offers.push(OfferRecord { offer, contact, agent, until, ringing: false });
        effects.push(Effect::Offered { contact, offer, agent, until });
    }

    pub(super) fn offer_ringing(&mut self, offer: OfferId, effects: &mut Effects) {
        let found = self.state.offers.iter_mut().find(|record| record.offer == offer);
        let record = found.expect("the offer is live");
        if !std::mem::replace(&mut record.ringing, true) {
            effects.push(Effect::OfferRinging { offer });
        }
    }

    fn take_offer(&mut self, offer: OfferId) -> OfferRecord {
        let found = self.state.offers.iter().position(|record| record.offer == offer);
        self.state.offers.remove(found.expect("the offer is live"))
    }

    pub(super) fn answer(&mut self, offer: OfferId, effects: &mut Effects) {
        let record = self.take_offer(offer);
        self.connect(record.contact, record.agent, Some(offer), effects);
    }

    /// Contact and agent are together: by an answer, or by an attended transfer.
    pub(super) fn connect(
        &mut self,
        contact: ContactId,
        agent: AgentId,
        offer: Option<OfferId>,
        effects: &mut Effects,
    ) {
        self.count_wait(contact);
        let since = self.now();
        let record = self.contact_mut(contact);
        forget_preference(record);
        record.state = ContactState::Connected { agent, since };
        let interrupts = record.channel.interrupts();
        effects.push(Effect::Connected { contact, agent, offer });
        if interrupts {
            self.park_interruptible(agent, effects);
        }
        let record = self.agent_mut(agent);
        record.no_answers = 0;
        record.connected += 1;
        self.new_idle_number(agent);
    }

    /// Rule 11: connected contacts on interruptible channels are parked, by number.
    fn park_interruptible(&mut self, agent: AgentId, effects: &mut Effects) {
        for held in self.held(agent) {
            if held.how == How::Connected && held.channel.interruptible() {
                let record = self.contact_mut(held.contact);
                if let ContactState::Connected { agent, since } = record.state {
                    record.state = ContactState::Parked { agent, since };
                    effects.push(Effect::Parked { contact: held.contact });
                }
            }
        }
    }

    /// Rule 9, with its blame: a pause, or not ready after `rona_limit` unanswered in a row.
    pub(super) fn offer_failed(&mut self, offer: OfferId, cause: FailCause, effects: &mut Effects) {
        let record = *self.find_offer(offer).expect("the offer is live");
        let queue = self.contact(record.contact).queue;
        self.fail_offer(offer, cause, effects);

        let policy = self.policy(queue);
        let (pause, rona_limit) = match cause {
            FailCause::Rejected => (policy.pause_rejected, 0),
            FailCause::Busy => (policy.pause_busy, 0),
            FailCause::Unreachable => (policy.pause_unreachable, 0),
            FailCause::NoAnswer => (policy.pause_no_answer, policy.rona_limit),
        };
        let until = self.now().after(pause);
        let forgives =
            cause == FailCause::Rejected && self.planted(Planted::Rule9RejectionForgives);
        let agent = self.agent_mut(record.agent);
        if forgives {
            agent.no_answers = 0;
        }
        if cause == FailCause::NoAnswer {
            agent.no_answers = agent.no_answers.saturating_add(1);
        }
        let rona = rona_limit > 0 && agent.no_answers >= rona_limit;
        self.change_agent(record.agent, effects, |agent| {
            if rona {
                agent.presence = Presence::NotReady(NotReadyReason::Rona);
            } else {
                agent.paused_until = agent.paused_until.max(Some(until));
            }
        });
    }

    /// The offer is over by the agent's doing; the contact waits again with its key.
    pub(super) fn fail_offer(&mut self, offer: OfferId, cause: FailCause, effects: &mut Effects) {
        let record = self.take_offer(offer);
        let (contact, agent) = (record.contact, record.agent);
        effects.push(Effect::OfferFailed { contact, offer, agent, cause });
        self.wait_again(contact, RequeueCause::OfferFailed, effects);
        self.new_idle_number(agent);
    }

    /// Rule 8: taken back without blame. What becomes of the contact is the caller's.
    pub(super) fn revoke(
        &mut self,
        record: OfferRecord,
        cause: RevokeCause,
        effects: &mut Effects,
    ) {
        let OfferRecord { offer, contact, agent, .. } = self.take_offer(record.offer);
        effects.push(Effect::OfferRevoked { contact, offer, agent, cause });
        self.begin_to_wait(contact);
        if self.planted(Planted::Rule8RevocationBlames) {
            self.new_idle_number(agent);
        }
    }

    /// Revokes the contact's offer, if it has one; then it waits.
    pub(super) fn revoke_offer_of(
        &mut self,
        contact: ContactId,
        cause: RevokeCause,
        effects: &mut Effects,
    ) -> bool {
        let offer = self.state.offers.iter().copied().find(|record| record.contact == contact);
        if let Some(record) = offer {
            self.revoke(record, cause, effects);
        }
        offer.is_some()
    }
}
