//! Rule 19: position and expected wait, in u128 as written.

use acd_core::{AgentId, Channel, ContactId, ContactRecord, ContactState, Presence, QueueId};

use super::Model;

impl Model {
    /// 1 + contacts of its queue waiting with smaller keys; none unless it waits.
    pub fn position(&self, contact: ContactId) -> Option<u32> {
        let record = self.find_contact(contact)?;
        if record.state != ContactState::Waiting {
            return None;
        }
        let key = self.key(record);
        let ahead = self.waiting_of(record.queue).into_iter();
        let ahead = ahead.filter(|other| self.key(self.contact(*other)) < key);
        Some(ahead.count() as u32 + 1)
    }

    /// Expected wait in µs; none when it does not wait or nobody qualifies.
    pub fn expected_wait_us(&self, contact: ContactId) -> Option<u64> {
        let ahead = self.position(contact)? - 1;
        let record = self.contact(contact);
        let agents = self.count_agents(record.channel, |agent| self.satisfies(agent, record));
        self.expected_wait(record.queue, ahead.into(), agents)
    }

    /// Expected wait in µs of a voice contact without needs that would join the queue now, last.
    pub fn expected_wait_of_next_us(&self, queue: QueueId) -> Option<u64> {
        self.find_queue(queue)?;
        let step = &self.policy(queue).steps[0];
        let agents =
            self.count_agents(Channel::Voice, |agent| self.satisfies_step(agent, step, &[]));
        self.expected_wait(queue, self.waiting_of(queue).len() as u128, agents)
    }

    /// Contacts that wait in a queue, in the order of rule 6.
    pub fn waiting_in(&self, queue: QueueId) -> Vec<ContactId> {
        let mut waiting: Vec<&ContactRecord> = self.state.contacts.iter().collect();
        waiting.retain(|contact| contact.queue == queue && contact.state == ContactState::Waiting);
        waiting.sort_by_key(|contact| self.key(contact));
        waiting.into_iter().map(|contact| contact.contact).collect()
    }

    /// n: agents ready or holding a contact who satisfy the step and could hold the channel.
    fn count_agents(&self, channel: Channel, satisfies: impl Fn(AgentId) -> bool) -> u128 {
        let agents = self.state.agents.iter().filter(|agent| {
            let counts = agent.presence == Presence::Ready || !self.held(agent.agent).is_empty();
            counts && agent.capacity[channel] > 0 && satisfies(agent.agent)
        });
        agents.count() as u128
    }

    fn expected_wait(&self, queue: QueueId, ahead: u128, agents: u128) -> Option<u64> {
        if agents == 0 {
            return None;
        }
        let record = self.queue(queue);
        let handle = u128::from(record.handle_us);
        if record.abandons == 0 {
            return Some(((ahead + 1) * handle / agents) as u64);
        }
        let patience = u128::from(record.waits_us) / u128::from(record.abandons);
        let term = |i: u128| {
            let divisor = agents * patience + i * handle;
            (handle * patience).checked_div(divisor).unwrap_or(0)
        };
        let mut sum: u128 = (0..=ahead.min(255)).map(term).sum();
        let mut first = 256;
        while first <= ahead {
            let length = (first * 2).min(ahead + 1) - first;
            sum += length * term(first + length / 2);
            first *= 2;
        }
        Some(sum as u64)
    }
}
