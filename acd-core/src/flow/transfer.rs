//! Transfers: a contact ends and goes on as another, in a queue, with an agent, or outside
//! (rule 14).

use alloc::vec::Vec;

use crate::checks::Checks;
use crate::command::{Transfer, TransferTo};
use crate::effect::{Effect, Effects, EndCause, Party, RevokeCause};
use crate::ids::{AgentId, ContactId, QueueId};
use crate::limits;
use crate::rejection::Rejection;
use crate::state::{ContactRecord, ContactState};
use crate::time::Nanos;
use crate::world::World;

/// For how long the agent a contact is transferred to is the only one eligible.
const PREFERENCE: Nanos = Nanos::from_secs(30);

impl World {
    pub(crate) fn transfer(
        &mut self,
        mut checks: Checks,
        transfer: Transfer,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        self.check_transfer(&mut checks, &transfer);
        checks.finish()?;
        let old = self.contact(transfer.contact);
        let (contact, hops) = (old.contact, old.hops + 1);
        let taker = match transfer.to {
            TransferTo::Agent { agent, attended: true, .. } => Some(agent),
            _ => None,
        };
        let staying = old.holder() == taker;
        let queue = target_queue(old, transfer.to);
        let next = queue.map(|_| ContactId(self.counters.contacts + 1));
        self.counters.contacts += u64::from(next.is_some());
        out.push(Effect::Transferred { contact, next, hops });
        let ended = self.end_contact(contact, EndCause::Transferred, Party::Agent, out);
        self.release_from_agent(&ended, staying, out);
        let (Some(next), Some(queue)) = (next, queue) else { return Ok(()) };
        let record = self.continuing(ended, next, queue, transfer);
        debug_assert_eq!((record.previous, record.hops), (Some(contact), hops));
        self.insert_contact(record);
        if let Some(agent) = taker {
            self.hand_over(next, queue, agent, out);
        } else {
            out.push(Effect::Queued { contact: next, queue });
            self.suspend_if_absent(next, out);
        }
        Ok(())
    }

    fn check_transfer(&self, checks: &mut Checks, transfer: &Transfer) {
        if let Some(needs) = &transfer.needs {
            checks.needs(self, needs);
        }
        let old = checks.contact(self, transfer.contact);
        checks.refuse_if(old.is_some_and(|old| old.holder().is_none()), Rejection::WrongState);
        checks
            .refuse_if(old.is_some_and(|old| old.hops >= limits::HOPS_MAX), Rejection::TooManyHops);
        if let TransferTo::Agent { agent, attended, .. } = transfer.to {
            checks.signed_in(self, agent);
            if let (Some(old), Some(agent), true) = (old, self.agent_if_defined(agent), attended) {
                checks.refuse_if(!agent.has_room(old.channel), Rejection::AtCapacity);
            }
        }
        match (transfer.to, old) {
            (TransferTo::Queue(queue) | TransferTo::Agent { queue: Some(queue), .. }, _) => {
                checks.open_queue(self, queue);
            }
            (TransferTo::Agent { queue: None, .. }, Some(old)) => {
                checks.open_queue(self, old.queue);
            }
            _ => {}
        }
    }

    /// The record of the contact that goes on.
    fn continuing(
        &mut self,
        old: ContactRecord,
        next: ContactId,
        queue: QueueId,
        transfer: Transfer,
    ) -> ContactRecord {
        let (origin, entry) = if transfer.keep_age {
            (old.origin, old.entry)
        } else {
            self.counters.entries += 1;
            (self.now.signed(), self.counters.entries)
        };
        let needs = match transfer.needs {
            Some(needs) => self.sorted_needs(needs),
            None => old.needs,
        };
        let prefer = match transfer.to {
            TransferTo::Agent { agent, attended: false, .. } if self.is_signed_in(agent) => {
                alloc::vec![agent]
            }
            _ => Vec::new(),
        };
        let policy = &self.queue(queue).policy;
        ContactRecord {
            contact: next,
            front_end: old.front_end,
            channel: old.channel,
            queue,
            prio: old.prio,
            needs,
            prefer_until: (!prefer.is_empty()).then(|| self.now.after(PREFERENCE)),
            prefer,
            origin,
            entry,
            entered_at: self.now,
            promotions: policy.promotions_at(origin, self.now),
            step: policy.step_at(origin, self.now),
            state: ContactState::Waiting,
            held: false,
            wait_counted: false,
            orphaned: false,
            orphan_at: None,
            first: old.first,
            previous: Some(old.contact),
            hops: old.hops + 1,
            attempts: 0,
        }
    }

    /// Connects the new contact with the agent who has taken it over in person.
    fn hand_over(&mut self, contact: ContactId, queue: QueueId, agent: AgentId, out: &mut Effects) {
        if let Some(offer) = self.agent(agent).offer {
            self.revoke_and_requeue(offer, RevokeCause::Attended, out);
        }
        out.push(Effect::Queued { contact, queue });
        self.connect(contact, agent, None, out);
    }
}

/// The queue of the contact that goes on; none when it goes outside.
const fn target_queue(old: &ContactRecord, to: TransferTo) -> Option<QueueId> {
    match to {
        TransferTo::Queue(queue) | TransferTo::Agent { queue: Some(queue), .. } => Some(queue),
        TransferTo::Agent { queue: None, .. } => Some(old.queue),
        TransferTo::Outside => None,
    }
}
