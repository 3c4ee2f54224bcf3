//! Queues that overflow: their contacts ask for less while too many wait too long (rule 18).

use alloc::vec::Vec;

use crate::deadline::Deadline;
use crate::effect::{Effect, Effects};
use crate::ids::{ContactId, QueueId};
use crate::time::Nanos;
use crate::world::World;

/// What the world keeps of overflow; nothing where no queue has any.
#[derive(Debug, Default)]
pub(crate) struct Overflows {
    /// Queues to judge, by number: those that may overflow, and those that still do.
    pub(crate) queues: Vec<QueueId>,
    /// Contacts that the command under way has changed and that ask for more than in overflow.
    pub(crate) below: Vec<ContactId>,
}

impl World {
    /// Lets queues join and leave overflow, after the change and before matching.
    pub(crate) fn judge_overflow(&mut self, out: &mut Effects) {
        let mut below = core::mem::take(&mut self.overflows.below);
        below.sort_unstable();
        below.dedup();
        for index in 0..self.overflows.queues.len() {
            let id = self.overflows.queues[index];
            let was = self.queue(id).record.overflowing;
            match (was, self.overflows(id)) {
                (false, true) => self.join_overflow(id, out),
                (true, true) => self.widen(id, &below, out),
                (true, false) => {
                    self.queue_mut(id).record.overflowing = false;
                    out.push(Effect::Overflow { queue: id, on: false });
                }
                (false, false) => {}
            }
        }
        below.clear();
        self.overflows.below = below;
        self.settle();
        self.overflows.below.clear();
    }

    /// Sets when the oldest of each queue's contacts will have waited long enough to join.
    pub(crate) fn arm_overflow(&mut self) {
        for index in 0..self.overflows.queues.len() {
            let id = self.overflows.queues[index];
            let queue = self.queue(id);
            let policy = queue.policy.overflow.filter(|_| !queue.record.overflowing);
            let wanted = policy.and_then(|policy| {
                let due = queue.oldest_origin(&self.chunks)? + policy.join.0.cast_signed();
                Some((due, Deadline::Overflow(id)))
            });
            let timer = self.timers.set(queue.overflow_timer, wanted);
            self.queue_mut(id).overflow_timer = timer;
        }
    }

    /// The queue overflows from now on, and all of its contacts ask for less.
    pub(crate) fn join_overflow(&mut self, id: QueueId, out: &mut Effects) {
        let timer = self.queue_mut(id).overflow_timer.take();
        self.timers.stop(timer);
        let queue = self.queue_mut(id);
        debug_assert!(!queue.record.overflowing, "it joins once");
        queue.record.overflowing = true;
        out.push(Effect::Overflow { queue: id, on: true });
        let offered = self.offers.values().map(|offer| offer.record.contact);
        let offered = offered.filter(|&contact| self.contact(contact).queue == id);
        let waiting = self.queue(id).waiting(&self.chunks).map(|(_, contact)| contact);
        let mut contacts: Vec<ContactId> = waiting.chain(offered).collect();
        contacts.sort_unstable();
        self.widen(id, &contacts, out);
    }

    /// Has those of the contacts that are this queue's, and not answered, ask for less.
    fn widen(&mut self, id: QueueId, contacts: &[ContactId], out: &mut Effects) {
        let policy = self.queue(id).policy.overflow;
        let step = policy.expect("only a queue that may overflow does").step;
        for &contact in contacts {
            let asks_more = self.contact_if_live(contact).is_some_and(|record| {
                record.queue == id && record.unanswered() && record.step < step
            });
            if asks_more {
                self.contact_mut(contact).step = step;
                out.push(Effect::StepReached { contact, step });
            }
        }
    }

    /// Whether the queue overflows by its waits now and by whether it did before.
    fn overflows(&self, id: QueueId) -> bool {
        let queue = self.queue(id);
        let oldest = queue.oldest_origin(&self.chunks);
        let (Some(policy), Some(oldest)) = (queue.policy.overflow, oldest) else {
            return false;
        };
        let limit = if queue.record.overflowing { policy.leave } else { policy.join };
        let age = (self.now.signed() - oldest).cast_unsigned();
        // Counting the agents takes longer than looking at the clock.
        Nanos(age) >= limit
            || self.expected_wait_of_next(id).is_some_and(|wait| wait >= limit.as_micros())
    }
}
