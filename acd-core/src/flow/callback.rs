//! Callbacks: turned into, scheduled, failed, due (rule 15).

use crate::channel::Channel;
use crate::checks::Checks;
use crate::effect::{Effect, Effects, EndCause, Party, RevokeCause};
use crate::ids::ContactId;
use crate::limits;
use crate::rejection::Rejection;
use crate::state::{ContactRecord, ContactState};
use crate::time::Timestamp;
use crate::world::World;

impl World {
    pub(crate) fn callback(
        &mut self,
        mut checks: Checks,
        contact: ContactId,
        at: Option<Timestamp>,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        let at = at.filter(|&at| at > self.now);
        checks.refuse_if(at.is_some_and(|at| at.0 > limits::TIME_MAX), Rejection::TimeOutOfRange);
        let far = at.is_some_and(|at| at.since(self.now) > limits::DURATION_MAX);
        checks.refuse_if(far, Rejection::BadDuration);
        let found = checks.contact(self, contact);
        checks.refuse_if(found.is_some_and(|found| !found.unanswered()), Rejection::WrongState);
        checks.finish()?;
        let offered = self.revoke_if_offered(contact, RevokeCause::Callback, out);
        if self.contact(contact).channel != Channel::Callback {
            self.contact_mut(contact).channel = Channel::Callback;
            out.push(Effect::TurnedCallback { contact });
        }
        if let Some(until) = at {
            self.clear_preference(contact);
            self.schedule(contact, until, out);
        } else if offered {
            self.suspend_if_absent(contact, out);
        }
        debug_assert_eq!(self.contact(contact).channel, Channel::Callback);
        Ok(())
    }

    /// The contact is not matched until an instant.
    fn schedule(&mut self, contact: ContactId, until: Timestamp, out: &mut Effects) {
        let record = self.contact_mut(contact);
        record.state = ContactState::Scheduled { until };
        record.held = false;
        record.orphaned = false;
        record.orphan_at = None;
        out.push(Effect::Scheduled { contact, until });
    }

    pub(crate) fn callback_failed(
        &mut self,
        mut checks: Checks,
        contact: ContactId,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        let found = checks.contact(self, contact);
        let called = |contact: &ContactRecord| {
            contact.channel == Channel::Callback
                && matches!(contact.state, ContactState::Connected { .. })
        };
        checks.refuse_if(found.is_some_and(|found| !called(found)), Rejection::WrongState);
        checks.finish()?;
        let before = self.contact(contact);
        let (state, channel) = (before.state, before.channel);
        let holder = before.holder().expect("it is connected");
        let policy = &self.queue(before.queue).policy;
        let (retry, attempts) = (policy.callback_retry, policy.callback_attempts);
        let failed = before.attempts + 1;
        if failed < attempts {
            self.contact_mut(contact).attempts = failed;
            self.schedule(contact, self.now.after(retry), out);
        } else {
            self.end_contact(contact, EndCause::CallbackFailed, Party::System, out);
        }
        self.let_go(contact, channel, state);
        self.leave(holder, false, out);
        Ok(())
    }
}
