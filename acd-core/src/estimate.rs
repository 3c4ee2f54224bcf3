//! Position, expected wait and staff: questions that change nothing (rule 19).

use alloc::vec::Vec;

use crate::agent::Agent;
use crate::channel::Channel;
use crate::engine::Staff;
use crate::ids::{ContactId, QueueId};
use crate::matching::{Wanted, each_once};
use crate::state::{ContactState, Presence, QueueRecord};
use crate::world::World;

/// From here on contacts ahead are summed in blocks.
const BLOCKS_FROM: u64 = 256;

impl World {
    /// Contacts of its queue waiting with smaller keys; none unless it waits.
    pub(crate) fn ahead_of(&self, contact: ContactId) -> Option<usize> {
        let stored = self.contacts.get(contact)?;
        let key = stored.listed?;
        Some(self.queue(stored.record.queue).waiting.rank(&self.chunks, key.0))
    }

    /// Expected wait in µs of a contact; none when it does not wait or nobody qualifies.
    pub(crate) fn expected_wait(&self, contact: ContactId) -> Option<u64> {
        let ahead = self.ahead_of(contact)?;
        let record = self.contact(contact);
        debug_assert_eq!(record.state, ContactState::Waiting, "who has a position waits");
        let queue = self.queue(record.queue);
        let serving = if record.prefer.is_empty() {
            self.matcher.serving(&Wanted::by(record, queue), record.queue, record.step)
        } else {
            let preferred = each_once(&record.prefer).filter_map(|id| self.agent_if_defined(id));
            let serves = |agent: &&Agent| agent.serves()[record.channel] > 0;
            preferred.filter(serves).count() as u32
        };
        expected_wait(ahead as u64, serving.into(), &queue.record)
    }

    /// Expected wait in µs of a voice contact without needs that would join the queue, last.
    pub(crate) fn expected_wait_of_next(&self, queue: QueueId) -> Option<u64> {
        let found = self.queue_if_defined(queue)?;
        let wanted = Wanted::of_class(Channel::Voice, found, 0, &[]);
        let serving = self.matcher.serving(&wanted, queue, 0);
        expected_wait(found.waiting.len() as u64, serving.into(), &found.record)
    }

    /// For each queue, agents by what they are doing, of those who satisfy its first step. All
    /// queues at once: which an agent satisfies is worked out once for all of its signature.
    pub(crate) fn staff(&self, queues: &[QueueId]) -> Vec<Staff> {
        let mut staff = alloc::vec![Staff::default(); queues.len()];
        let asks = |&queue: &QueueId| {
            let queue = self.queue_if_defined(queue)?;
            Some(Wanted::of_class(Channel::Voice, queue, 0, &[]))
        };
        let wanted: Vec<_> = queues.iter().map(asks).collect();
        let satisfied = |agent: &Agent| -> Vec<usize> {
            let good = |at: &usize| wanted[*at].is_some_and(|wanted| wanted.admits(agent));
            (0..wanted.len()).filter(good).collect()
        };
        let mut of_signatures: Vec<Option<Vec<usize>>> = Vec::new();
        for agent in self.agents.iter().flatten() {
            if agent.record.presence == Presence::SignedOut {
                continue;
            }
            let own;
            let queues = if let Some(at) = self.matcher.signature_of(agent.record.agent) {
                of_signatures.resize(of_signatures.len().max(at + 1), None);
                of_signatures[at].get_or_insert_with(|| satisfied(agent))
            } else {
                own = satisfied(agent);
                &own
            };
            let busy = agent.offer.is_some() || !agent.held.is_empty();
            let wrap_up = !busy && !agent.wrap_ups.is_empty();
            let ready = !busy && !wrap_up && agent.free();
            for &at in queues {
                let staff = &mut staff[at];
                staff.busy += u32::from(busy);
                staff.wrap_up += u32::from(wrap_up);
                staff.ready += u32::from(ready);
                if !(busy || wrap_up || ready) {
                    staff.absent.push(agent.record.agent);
                }
            }
        }
        staff
    }
}

/// The sum of rule 19 for `ahead` contacts before and `serving` agents, in µs.
fn expected_wait(ahead: u64, serving: u64, queue: &QueueRecord) -> Option<u64> {
    if serving == 0 {
        return None;
    }
    let (handle, serving) = (u128::from(queue.handle_us), u128::from(serving));
    let sum = if queue.abandons == 0 {
        (u128::from(ahead) + 1) * handle / serving
    } else {
        let patience = u128::from(queue.waits_us / u64::from(queue.abandons));
        let term = |ahead: u64| {
            let divisor = serving * patience + u128::from(ahead) * handle;
            (handle * patience).checked_div(divisor).unwrap_or(0)
        };
        let single: u128 = (0..=ahead.min(BLOCKS_FROM - 1)).map(term).sum();
        let mut blocks = 0;
        let mut first = BLOCKS_FROM;
        while first <= ahead {
            let length = first.min(ahead + 1 - first);
            blocks += u128::from(length) * term(first + length / 2);
            first *= 2;
        }
        single + blocks
    };
    Some(u64::try_from(sum).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::expected_wait;
    use crate::ids::QueueId;
    use crate::state::QueueRecord;

    fn queue(waits_us: u64, abandons: u32) -> QueueRecord {
        let queue = QueueId(1);
        QueueRecord {
            queue,
            open: true,
            cursor: None,
            handle_us: 300,
            waits_us,
            abandons,
            overflowing: false,
        }
    }

    #[test]
    fn nobody_serving_gives_no_estimate() {
        assert_eq!(expected_wait(0, 0, &queue(0, 0)), None);
    }

    #[test]
    fn without_abandons_it_is_a_share_of_handle_times() {
        assert_eq!(expected_wait(9, 7, &queue(0, 0)), Some(10 * 300 / 7));
    }

    #[test]
    fn abandons_shorten_it_term_by_term() {
        // H = 300, P = 1000 / 2 = 500, n = 2: 150000/1000 + 150000/1300 + 150000/1600.
        assert_eq!(expected_wait(2, 2, &queue(1000, 2)), Some(150 + 115 + 93));
    }

    #[test]
    fn no_patience_at_all_gives_zero() {
        assert_eq!(expected_wait(3, 2, &queue(0, 1)), Some(0));
    }

    #[test]
    fn beyond_256_contacts_are_summed_in_blocks() {
        let (handle, patience, serving) = (300_000_000_u64, 500_000_000_u64, 2);
        let record = QueueRecord { handle_us: handle, ..queue(patience, 1) };
        let term = |i: u64| handle * patience / (serving * patience + i * handle);
        let single: u64 = (0..256).map(term).sum();
        // 600 contacts ahead: blocks [256, 512) and [512, 601).
        let blocks = 256 * term(256 + 128) + 89 * term(512 + 44);
        assert_eq!(expected_wait(600, serving, &record), Some(single + blocks));
    }
}
