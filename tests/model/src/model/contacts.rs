//! Rules 5, 6, 13 and 15: how a contact enters, waits, waits again and changes.

use acd_core::{
    Channel, ContactId, ContactRecord, ContactState, Effect, Effects, EndCause, Party, QueueId,
    RequeueCause, RevokeCause, Submit, Timestamp,
};

use super::{Model, Planted};

impl Model {
    pub(super) fn submit(&mut self, submit: &Submit, effects: &mut Effects) {
        let record = self.entering(submit, self.now());
        self.state.counters.contacts += 1;
        self.state.counters.entries += 1;
        effects.push(Effect::Queued { contact: record.contact, queue: record.queue });
        self.state.contacts.push(record);
    }

    /// The contact that a submission makes; also asked before, for `QueueFull` (rule 16).
    pub(super) fn entering(&self, submit: &Submit, now: Timestamp) -> ContactRecord {
        let number = ContactId(self.state.counters.contacts + 1);
        let policy = self.policy(submit.queue);
        let mut record = ContactRecord {
            contact: number,
            front_end: submit.front_end,
            channel: submit.channel,
            queue: submit.queue,
            prio: submit.prio,
            needs: submit.needs.clone(),
            prefer: Vec::new(),
            prefer_until: None,
            origin: now.signed() - submit.age.0.cast_signed(),
            entry: self.state.counters.entries + 1,
            entered_at: now,
            promotions: 0,
            step: 0,
            state: ContactState::Waiting,
            held: false,
            wait_counted: false,
            orphaned: false,
            orphan_at: None,
            first: number,
            previous: None,
            hops: 0,
            attempts: 0,
        };
        // Rule 5: a preference none of whose agents is signed in ends at entry, for good.
        if submit.prefer.iter().any(|agent| self.is_signed_in(*agent)) {
            record.prefer.clone_from(&submit.prefer);
            record.prefer_until = Some(now.after(submit.prefer_for.unwrap_or(policy.prefer_for)));
        }
        record.needs.sort_by_key(|need| &self.state.names.skills[need.skill.0 as usize - 1]);
        record.step = self.step_by_time(&record, now);
        record.promotions = self.promotions_by_time(&record, now);
        record
    }

    /// Rule 5: step k holds from origin + `after_k`.
    fn step_by_time(&self, contact: &ContactRecord, now: Timestamp) -> u8 {
        let steps = &self.policy(contact.queue).steps;
        let begun = steps
            .iter()
            .rposition(|step| contact.origin + step.after.0.cast_signed() <= now.signed());
        begun.unwrap_or(0) as u8
    }

    /// Rule 6: a band at origin + k·`promote_after`, k = 1..=`promote_bands`.
    fn promotions_by_time(&self, contact: &ContactRecord, now: Timestamp) -> u8 {
        let policy = self.policy(contact.queue);
        let Some(after) = policy.promote_after else { return 0 };
        let past = (1..=policy.promote_bands)
            .filter(|k| contact.origin + (u64::from(*k) * after.0).cast_signed() <= now.signed());
        past.count() as u8
    }

    /// Step and promotions anew, by time and the queue in force.
    pub(super) fn choose_by_time(&mut self, contact: ContactId) {
        let record = self.contact(contact);
        let step = self.step_by_time(record, self.now());
        let promotions = self.promotions_by_time(record, self.now());
        let record = self.contact_mut(contact);
        (record.step, record.promotions) = (step, promotions);
    }

    /// The contact waits again and says why.
    pub(super) fn wait_again(
        &mut self,
        contact: ContactId,
        cause: RequeueCause,
        effects: &mut Effects,
    ) {
        self.begin_to_wait(contact);
        effects.push(Effect::Requeued { contact, cause });
        self.suspend_if_absent(contact, effects);
    }

    /// What is past of step, promotions and preference applies silently.
    pub(super) fn begin_to_wait(&mut self, contact: ContactId) {
        let now = self.now();
        let record = self.contact_mut(contact);
        record.state = ContactState::Waiting;
        record.held = false;
        if record.prefer_until.is_some_and(|until| until <= now) {
            forget_preference(record);
        }
        self.choose_by_time(contact);
    }

    pub(super) fn end_preference(&mut self, contact: ContactId, effects: &mut Effects) {
        forget_preference(self.contact_mut(contact));
        effects.push(Effect::PreferenceEnded { contact });
    }

    /// Rule 5: a preference ends for good when none of its agents is signed in.
    pub(super) fn end_void_preferences(&mut self, effects: &mut Effects) {
        for contact in self.contact_ids() {
            let record = self.contact(contact);
            let void = !record.prefer.iter().any(|agent| self.is_signed_in(*agent));
            if record.prefer_until.is_some() && void {
                self.end_preference(contact, effects);
            }
        }
    }

    pub(super) fn requeue(&mut self, contact: ContactId, effects: &mut Effects) {
        let agent = self.holder(contact).expect("refused unless connected or parked");
        self.wait_again(contact, RequeueCause::AgentLegLost, effects);
        if self.planted(Planted::Rule13RequeueForgetsEntry) {
            self.state.counters.entries += 1;
            self.contact_mut(contact).entry = self.state.counters.entries;
        }
        self.leave(agent, true, effects);
    }

    pub(super) fn hold(&mut self, contact: ContactId, effects: &mut Effects) {
        if !std::mem::replace(&mut self.contact_mut(contact).held, true) {
            effects.push(Effect::Held { contact });
        }
    }

    pub(super) fn unhold(&mut self, contact: ContactId, effects: &mut Effects) {
        if std::mem::replace(&mut self.contact_mut(contact).held, false) {
            effects.push(Effect::Unheld { contact });
        }
    }

    pub(super) fn prioritise(&mut self, contact: ContactId, prio: u8, effects: &mut Effects) {
        if std::mem::replace(&mut self.contact_mut(contact).prio, prio) != prio {
            effects.push(Effect::Reprioritised { contact, prio });
        }
    }

    /// Rule 14, last sentence: a supervisor's move of a waiting or offered contact.
    pub(super) fn move_live(&mut self, contact: ContactId, queue: QueueId, effects: &mut Effects) {
        let record = self.contact(contact);
        if record.state == ContactState::Waiting && record.queue == queue {
            return;
        }
        let was_offered = self.revoke_offer_of(contact, RevokeCause::Moved, effects);
        self.move_waiting(contact, queue, effects);
        if was_offered {
            self.suspend_if_absent(contact, effects);
        }
    }

    /// Same contact, origin and entry number; step, promotions and deadline by the new queue.
    pub(super) fn move_waiting(
        &mut self,
        contact: ContactId,
        queue: QueueId,
        effects: &mut Effects,
    ) {
        self.contact_mut(contact).queue = queue;
        self.choose_by_time(contact);
        effects.push(Effect::Moved { contact, queue });
    }

    /// Rule 15: waiting or offered → a callback that keeps its place, or is scheduled.
    pub(super) fn callback(
        &mut self,
        contact: ContactId,
        at: Option<Timestamp>,
        effects: &mut Effects,
    ) {
        let was_offered = self.revoke_offer_of(contact, RevokeCause::Callback, effects);
        let record = self.contact_mut(contact);
        if record.channel != Channel::Callback {
            record.channel = Channel::Callback;
            effects.push(Effect::TurnedCallback { contact });
        }
        match at {
            Some(until) if until > self.now() => {
                forget_preference(self.contact_mut(contact));
                self.schedule(contact, until, effects);
            }
            _ if was_offered => self.suspend_if_absent(contact, effects),
            _ => {}
        }
    }

    /// Rule 15: scheduled for the next attempt, or over after the last.
    pub(super) fn callback_failed(&mut self, contact: ContactId, effects: &mut Effects) {
        let agent = self.holder(contact).expect("refused unless connected");
        let policy = self.policy(self.contact(contact).queue);
        let mut attempts = policy.callback_attempts;
        if self.planted(Planted::Rule15OneAttemptMore) {
            attempts += 1;
        }
        let until = self.now().after(policy.callback_retry);
        self.contact_mut(contact).attempts += 1;
        if self.contact(contact).attempts >= attempts {
            self.remove(contact, EndCause::CallbackFailed, Party::System, effects);
        } else {
            self.schedule(contact, until, effects);
        }
        self.leave(agent, true, effects);
    }

    /// A contact that stops waiting is neither suspended nor orphaned any more.
    fn schedule(&mut self, contact: ContactId, until: Timestamp, effects: &mut Effects) {
        let record = self.contact_mut(contact);
        record.state = ContactState::Scheduled { until };
        record.held = false;
        record.orphaned = false;
        record.orphan_at = None;
        effects.push(Effect::Scheduled { contact, until });
    }

    /// How many wait in a queue, suspended ones too.
    pub(super) fn waiting_count(&self, queue: QueueId) -> usize {
        let counts_offered = self.planted(Planted::Rule16CountsOffered);
        let waiting = self.state.contacts.iter().filter(|contact| {
            let offered = matches!(contact.state, ContactState::Offered { .. });
            contact.queue == queue
                && (contact.state == ContactState::Waiting || counts_offered && offered)
        });
        waiting.count()
    }

    /// Rule 13: a queue's maximum wait ends or moves a waiting contact.
    pub(super) fn maximum_wait(&mut self, contact: ContactId, effects: &mut Effects) {
        let policy = self.policy(self.contact(contact).queue);
        let max_wait = policy.max_wait.as_ref().expect("a timer's queue has a maximum wait");
        match &max_wait.action {
            acd_core::MaxWaitAction::Move(name) => {
                let queue = self.queue_number(name);
                if self.queue(queue).open {
                    self.move_waiting(contact, queue, effects);
                } else {
                    self.end(contact, EndCause::Timeout, Party::System, effects);
                }
            }
            acd_core::MaxWaitAction::End => {
                self.end(contact, EndCause::Timeout, Party::System, effects);
            }
        }
    }

    fn queue_number(&self, name: &str) -> QueueId {
        let index = self.state.names.queues.iter().position(|queue| queue == name);
        QueueId(index.expect("a definition names defined queues") as u32 + 1)
    }
}

/// The preference is over.
pub(super) fn forget_preference(contact: &mut ContactRecord) {
    contact.prefer.clear();
    contact.prefer_until = None;
}
