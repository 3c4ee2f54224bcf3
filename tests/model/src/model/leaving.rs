//! Rules 11, 12, 13 and 19: how a contact ends, and what its agent does then.

use acd_core::{
    AgentId, ContactId, ContactState, Effect, Effects, EndCause, Nanos, Party, QueueId,
    RevokeCause, Timestamp, WrapUpMode, WrapUpRecord, limits,
};

use super::{How, Model, Planted};

impl Model {
    /// Who holds a connected or parked contact.
    pub(super) fn holder(&self, contact: ContactId) -> Option<AgentId> {
        match self.contact(contact).state {
            ContactState::Connected { agent, .. } | ContactState::Parked { agent, .. } => {
                Some(agent)
            }
            _ => None,
        }
    }

    /// Rule 13: the resident leaves before the answer.
    pub(super) fn abandon(&mut self, contact: ContactId, effects: &mut Effects) {
        self.revoke_offer_of(contact, RevokeCause::Abandoned, effects);
        effects.push(Effect::Abandoned { contact });
        let queue = self.contact(contact).queue;
        self.remove(contact, EndCause::Abandoned, Party::Caller, effects);
        // Rule 19: W and B are halved when B reaches 64, after W was added to.
        let record = self.queue_mut(queue);
        record.abandons += 1;
        if record.abandons == limits::ABANDONS_BEFORE_HALVING {
            record.abandons /= 2;
            record.waits_us /= 2;
        }
    }

    /// Rule 13: `end`, in every state.
    pub(super) fn end_live(
        &mut self,
        contact: ContactId,
        cause: EndCause,
        by: Party,
        effects: &mut Effects,
    ) {
        self.revoke_offer_of(contact, RevokeCause::Ended, effects);
        self.end(contact, cause, by, effects);
    }

    /// Ended, and from connected or parked wrap-up or leave.
    pub(super) fn end(
        &mut self,
        contact: ContactId,
        cause: EndCause,
        by: Party,
        effects: &mut Effects,
    ) {
        self.end_and_wrap_up(contact, cause, by, true, effects);
    }

    /// `settles`: whether a pending request takes effect when the agent then holds nothing.
    pub(super) fn end_and_wrap_up(
        &mut self,
        contact: ContactId,
        cause: EndCause,
        by: Party,
        settles: bool,
        effects: &mut Effects,
    ) {
        let record = self.contact(contact).clone();
        self.remove(contact, cause, by, effects);
        let (ContactState::Connected { agent, since } | ContactState::Parked { agent, since }) =
            record.state
        else {
            return;
        };
        let policy = self.policy(record.queue).wrap_up;
        let latest = self.now().after(policy.maximum);
        let (until, mandatory) = match policy.mode {
            WrapUpMode::None => {
                self.measure_handle_time(record.queue, since);
                self.leave(agent, settles, effects);
                return;
            }
            WrapUpMode::Fixed { length, mandatory } => (self.now().after(length), mandatory),
            WrapUpMode::Manual => (latest, false),
        };
        self.state.wrap_ups.push(WrapUpRecord {
            contact,
            agent,
            channel: record.channel,
            queue: record.queue,
            connected_at: since,
            until,
            latest,
            mandatory,
        });
        self.state.wrap_ups.sort_by_key(|wrap_up| wrap_up.contact);
        effects.push(Effect::WrapUp { contact, agent, until });
    }

    /// The contact is no longer live.
    pub(super) fn remove(
        &mut self,
        contact: ContactId,
        cause: EndCause,
        by: Party,
        effects: &mut Effects,
    ) {
        self.count_wait(contact);
        let agent = self.holder(contact);
        self.state.contacts.retain(|record| record.contact != contact);
        effects.push(Effect::Ended { contact, agent, cause, by });
    }

    /// Rule 19: W counts each wait since entry once, in whole µs.
    pub(super) fn count_wait(&mut self, contact: ContactId) {
        let now = self.now();
        let record = self.contact_mut(contact);
        if !std::mem::replace(&mut record.wait_counted, true) {
            let (queue, wait) = (record.queue, now.since(record.entered_at));
            self.queue_mut(queue).waits_us += wait.as_micros();
        }
    }

    /// Rule 19: H += (x − H) / 16, rounded to zero.
    fn measure_handle_time(&mut self, queue: QueueId, since: Timestamp) -> Nanos {
        let handle = self.now().since(since);
        // A queue may have been removed while the agent was in wrap-up.
        if self.find_queue(queue).is_some() {
            let record = self.queue_mut(queue);
            let before = i128::from(record.handle_us);
            let after = before + (i128::from(handle.as_micros()) - before) / 16;
            record.handle_us = u64::try_from(after).expect("an average of positive lengths");
        }
        handle
    }

    /// Rule 12: the agent is free of the ended contact.
    pub(super) fn wrap_up_over(&mut self, contact: ContactId, effects: &mut Effects) {
        let found = self.state.wrap_ups.iter().position(|record| record.contact == contact);
        let record = self.state.wrap_ups.remove(found.expect("the wrap-up runs"));
        let handle = self.measure_handle_time(record.queue, record.connected_at);
        effects.push(Effect::WrapUpOver { contact, agent: record.agent, handle });
        self.leave(record.agent, true, effects);
    }

    /// Rule 12: until = min(until + ms, start + maximum); the end never moves back.
    pub(super) fn wrap_extend(&mut self, contact: ContactId, by: Nanos, effects: &mut Effects) {
        let unlimited = self.planted(Planted::Rule12ExtendsForEver);
        let found = self.state.wrap_ups.iter_mut().find(|record| record.contact == contact);
        let record = found.expect("the wrap-up runs");
        let longer = record.until.after(by);
        let until = if unlimited { longer } else { longer.min(record.latest).max(record.until) };
        if until != record.until {
            record.until = until;
            effects.push(Effect::WrapUpExtended { contact, until });
        }
    }

    /// What happens when a contact leaves its agent.
    pub(super) fn leave(&mut self, agent: AgentId, settles: bool, effects: &mut Effects) {
        self.new_idle_number(agent);
        self.resume_parked(agent, effects);
        if let Some(pending) = self.agent(agent).pending
            && settles
            && self.held(agent).is_empty()
        {
            self.take_effect(agent, pending, effects);
        }
    }

    /// Rule 11: parked contacts resume when no interrupting one is held, wrap-up included.
    fn resume_parked(&mut self, agent: AgentId, effects: &mut Effects) {
        let held = self.held(agent);
        let forgets_wrap_up = self.planted(Planted::Rule11ResumesInWrapUp);
        let interrupted = held
            .iter()
            .any(|held| held.channel.interrupts() && !(forgets_wrap_up && held.how == How::WrapUp));
        if interrupted {
            return;
        }
        for held in held.iter().filter(|held| held.how == How::Parked) {
            let record = self.contact_mut(held.contact);
            if let ContactState::Parked { agent, since } = record.state {
                record.state = ContactState::Connected { agent, since };
                effects.push(Effect::Resumed { contact: held.contact });
            }
        }
    }
}
