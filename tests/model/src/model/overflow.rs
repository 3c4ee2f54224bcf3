//! Rule 18: queues that overflow, and what their contacts ask for then.

use acd_core::{ContactState, Effect, Effects, Overflow, QueueId};

use super::{Model, Planted};

impl Model {
    /// Every queue by number, after the change and before matching.
    pub(super) fn judge_overflow(&mut self, effects: &mut Effects) {
        let queues: Vec<QueueId> = self.state.queues.iter().map(|queue| queue.queue).collect();
        for queue in queues {
            let was = self.queue(queue).overflowing;
            let now = self.overflows(queue);
            if now && !was {
                self.join_overflow(queue, effects);
            } else if was && !now {
                self.queue_mut(queue).overflowing = false;
                effects.push(Effect::Overflow { queue, on: false });
            }
            if now {
                self.ask_for_less(queue, effects);
            }
        }
    }

    /// The queue overflows from now on, and its contacts ask for less.
    pub(super) fn join_overflow(&mut self, queue: QueueId, effects: &mut Effects) {
        self.queue_mut(queue).overflowing = true;
        effects.push(Effect::Overflow { queue, on: true });
        self.ask_for_less(queue, effects);
    }

    /// When the oldest of a queue that does not overflow will have waited for `join`.
    pub(super) fn overflow_due(&self, queue: QueueId) -> Option<i64> {
        let policy = self.policy(queue).overflow?;
        if self.queue(queue).overflowing {
            return None;
        }
        Some(self.oldest_origin(queue)? + policy.join.0.cast_signed())
    }

    fn overflows(&self, queue: QueueId) -> bool {
        let Some(Overflow { join, leave, .. }) = self.policy(queue).overflow else { return false };
        let Some(oldest) = self.oldest_origin(queue) else { return false };
        let was = self.queue(queue).overflowing;
        let limit = if was && !self.planted(Planted::Rule18LeavesAtJoin) { leave } else { join };
        let long = self.now().signed() - oldest >= limit.0.cast_signed();
        let expected = self.expected_wait_of_next_us(queue);
        long || expected.is_some_and(|expected| expected >= limit.0 / 1_000)
    }

    fn oldest_origin(&self, queue: QueueId) -> Option<i64> {
        let waits = |contact: &&acd_core::ContactRecord| {
            contact.queue == queue && contact.state == ContactState::Waiting
        };
        self.state.contacts.iter().filter(waits).map(|contact| contact.origin).min()
    }

    fn ask_for_less(&mut self, queue: QueueId, effects: &mut Effects) {
        let Some(Overflow { step, .. }) = self.policy(queue).overflow else { return };
        for contact in self.contact_ids() {
            let record = self.contact_mut(contact);
            let unanswered =
                matches!(record.state, ContactState::Waiting | ContactState::Offered { .. });
            if record.queue == queue && unanswered && record.step < step {
                record.step = step;
                effects.push(Effect::StepReached { contact, step });
            }
        }
    }
}
