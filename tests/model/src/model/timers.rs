//! Rule 1: what is due, in which order, and what each deadline does.

use acd_core::{
    AgentId, Command, ContactId, ContactRecord, ContactState, Effect, Effects, EndCause, FailCause,
    OfferId, Party, QueueId, RequeueCause, RevokeCause, SkillId, Timestamp, limits,
};

use super::{Model, Planted};

/// Every deadline there is, in the order of rule 1: by kind, then by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    OfferExpiry(OfferId),
    WrapUpEnd(ContactId),
    PauseEnd(AgentId),
    PreferenceEnd(ContactId),
    Step(ContactId),
    Promotion(ContactId),
    MaximumWait(ContactId),
    CallbackDue(ContactId),
    SkillReturn(AgentId, SkillId),
    Orphan(ContactId),
    Overflow(QueueId),
}

impl Model {
    /// When [`Command::Tick`] is due next. What was due before time began is due at its start.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let (due, _) = self.least_deadline()?;
        Some(Timestamp(due.max(0).cast_unsigned()))
    }

    /// Rule 1: a deadline is due when it is not after `now`.
    pub(super) fn is_tick_due(&self, now: Timestamp) -> bool {
        self.least_deadline().is_some_and(|(due, _)| due <= now.signed())
    }

    /// Rule 1: the least by (due, kind, number), fired at `now`, again and again.
    pub(super) fn tick(&mut self, effects: &mut Effects) {
        for _ in 0..limits::TICK_BUDGET {
            match self.least_deadline() {
                Some((due, timer)) if due <= self.now().signed() => self.fire(timer, effects),
                _ => break,
            }
        }
    }

    fn least_deadline(&self) -> Option<(i64, Timer)> {
        let mut all = Vec::new();
        for offer in &self.state.offers {
            all.push((offer.until.signed(), Timer::OfferExpiry(offer.offer)));
        }
        for wrap_up in &self.state.wrap_ups {
            all.push((wrap_up.until.signed(), Timer::WrapUpEnd(wrap_up.contact)));
        }
        for agent in &self.state.agents {
            if let Some(until) = agent.paused_until {
                all.push((until.signed(), Timer::PauseEnd(agent.agent)));
            }
            for skill in &agent.temporary {
                all.push((skill.until.signed(), Timer::SkillReturn(agent.agent, skill.skill)));
            }
        }
        for contact in &self.state.contacts {
            self.deadlines_of(contact, &mut all);
        }
        for queue in &self.state.queues {
            if let Some(due) = self.overflow_due(queue.queue) {
                all.push((due, Timer::Overflow(queue.queue)));
            }
        }
        all.into_iter().min()
    }

    /// Preference, step and promotion run while waiting or offered, maximum wait while waiting.
    fn deadlines_of(&self, contact: &ContactRecord, all: &mut Vec<(i64, Timer)>) {
        let id = contact.contact;
        let policy = self.policy(contact.queue);
        let waits = contact.state == ContactState::Waiting;
        if waits || matches!(contact.state, ContactState::Offered { .. }) {
            if let Some(until) = contact.prefer_until {
                all.push((until.signed(), Timer::PreferenceEnd(id)));
            }
            if let Some(step) = policy.steps.get(usize::from(contact.step) + 1) {
                all.push((contact.origin + step.after.0.cast_signed(), Timer::Step(id)));
            }
            if let Some(after) = policy.promote_after
                && contact.promotions < policy.promote_bands
            {
                let age = (u64::from(contact.promotions) + 1) * after.0;
                all.push((contact.origin + age.cast_signed(), Timer::Promotion(id)));
            }
        }
        if waits && let Some(max_wait) = &policy.max_wait {
            let due = contact.origin + max_wait.after.0.cast_signed();
            all.push((due, Timer::MaximumWait(id)));
        }
        if let ContactState::Scheduled { until } = contact.state {
            all.push((until.signed(), Timer::CallbackDue(id)));
        }
        if let Some(at) = contact.orphan_at {
            all.push((at.signed(), Timer::Orphan(id)));
        }
    }

    fn fire(&mut self, timer: Timer, effects: &mut Effects) {
        match timer {
            Timer::OfferExpiry(offer) => self.expire(offer, effects),
            Timer::WrapUpEnd(contact) => self.wrap_up_over(contact, effects),
            Timer::PauseEnd(agent) => {
                self.change_agent(agent, effects, |record| record.paused_until = None);
            }
            Timer::PreferenceEnd(contact) => self.end_preference(contact, effects),
            Timer::Step(contact) => {
                let record = self.contact_mut(contact);
                record.step += 1;
                effects.push(Effect::StepReached { contact, step: record.step });
            }
            Timer::Promotion(contact) => {
                let record = self.contact_mut(contact);
                record.promotions += 1;
                effects.push(Effect::Promoted { contact, promotions: record.promotions });
            }
            Timer::MaximumWait(contact) => self.maximum_wait(contact, effects),
            Timer::CallbackDue(contact) => {
                self.wait_again(contact, RequeueCause::CallbackDue, effects);
            }
            Timer::SkillReturn(agent, skill) => self.skill_returns(agent, skill, effects),
            Timer::Orphan(contact) => self.orphan(contact, effects),
            Timer::Overflow(queue) => self.join_overflow(queue, effects),
        }
    }

    /// Rule 9: an offer nobody answered; while the contact's front end is absent, a revocation.
    fn expire(&mut self, offer: OfferId, effects: &mut Effects) {
        let record = *self.find_offer(offer).expect("a timer's offer is live");
        if self.is_absent(self.contact(record.contact).front_end) {
            self.revoke(record, RevokeCause::FrontEndAbsent, effects);
            self.wait_again(record.contact, RequeueCause::OfferRevoked, effects);
        } else {
            self.offer_failed(offer, FailCause::NoAnswer, effects);
        }
    }

    /// Rule 17: orphaned after grace; lost an hour later.
    fn orphan(&mut self, contact: ContactId, effects: &mut Effects) {
        let record = self.contact(contact);
        if record.orphaned {
            self.end(contact, EndCause::Lost, Party::System, effects);
            return;
        }
        let begin = match record.orphan_at {
            Some(due) if self.planted(Planted::Rule17HourFromLoss) => due,
            _ => self.now(),
        };
        let ends = begin.after(self.state.definitions.orphan_end);
        let record = self.contact_mut(contact);
        record.orphaned = true;
        record.orphan_at = Some(ends);
        effects.push(Effect::Orphaned { contact });
    }

    /// Whether this command may be applied while a deadline is due (rule 1).
    pub(super) fn applies_while_due(command: &Command) -> bool {
        matches!(command, Command::Tick | Command::Resume)
    }
}
