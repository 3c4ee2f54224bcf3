//! Rule 14: a connected or parked contact ends here and goes on elsewhere.

use acd_core::{
    AgentId, ContactId, Effect, Effects, EndCause, Nanos, Party, QueueId, RequeueCause,
    RevokeCause, Submit, Transfer, TransferTo,
};

use super::{Model, Planted};

/// Rule 14: how long the agent of a transfer is preferred.
const TRANSFER_PREFERENCE: Nanos = Nanos::from_secs(30);

impl Model {
    pub(super) fn transfer(&mut self, transfer: &Transfer, effects: &mut Effects) {
        let old = self.contact(transfer.contact).clone();
        let next = ContactId(self.state.counters.contacts + 1);
        let next = (transfer.to != TransferTo::Outside).then_some(next);
        let (contact, hops) = (old.contact, old.hops + 1);
        effects.push(Effect::Transferred { contact, next, hops });
        // An attended transfer to its own agent leaves a pending request waiting.
        let back_to = match transfer.to {
            TransferTo::Agent { agent, attended: true, .. } => Some(agent),
            _ => None,
        };
        let settles = back_to.is_none() || back_to != self.holder(contact);
        self.end_and_wrap_up(contact, EndCause::Transferred, Party::Agent, settles, effects);

        let (queue, prefer) = match transfer.to {
            TransferTo::Outside => return,
            TransferTo::Queue(queue) => (queue, None),
            TransferTo::Agent { agent, queue, attended } => {
                (queue.unwrap_or(old.queue), (!attended).then_some(agent))
            }
        };
        let submit = Submit {
            front_end: old.front_end,
            channel: old.channel,
            queue,
            prio: old.prio,
            needs: transfer.needs.clone().unwrap_or(old.needs),
            prefer: prefer.into_iter().collect(),
            prefer_for: Some(TRANSFER_PREFERENCE),
            age: Nanos(0),
        };
        let mut record = self.entering(&submit, self.now());
        (record.first, record.previous, record.hops) = (old.first, Some(contact), hops);
        if transfer.keep_age {
            record.origin = old.origin;
        }
        if transfer.keep_age && !self.planted(Planted::Rule14NewEntry) {
            record.entry = old.entry;
        } else {
            self.state.counters.entries += 1;
        }
        self.state.counters.contacts += 1;
        let next = record.contact;
        self.state.contacts.push(record);
        self.choose_by_time(next);
        if let Some(agent) = back_to {
            self.hand_over(next, queue, agent, effects);
        } else {
            effects.push(Effect::Queued { contact: next, queue });
            self.suspend_if_absent(next, effects);
        }
    }

    /// Rule 14, `attended`: it connects at once.
    fn hand_over(
        &mut self,
        contact: ContactId,
        queue: QueueId,
        agent: AgentId,
        effects: &mut Effects,
    ) {
        if let Some(offer) = self.offer_of(agent) {
            self.revoke(offer, RevokeCause::Attended, effects);
            self.wait_again(offer.contact, RequeueCause::OfferRevoked, effects);
        }
        effects.push(Effect::Queued { contact, queue });
        self.connect(contact, agent, None, effects);
    }
}
