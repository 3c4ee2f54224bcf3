//! Fires due deadlines, the first first, within a budget (rule 1).

use crate::checks::Checks;
use crate::deadline::Deadline;
use crate::effect::{Effect, Effects, EndCause, FailCause, Party, RequeueCause, RevokeCause};
use crate::ids::{AgentId, ContactId, OfferId};
use crate::limits;
use crate::rejection::Rejection;
use crate::world::World;

impl World {
    pub(crate) fn tick(&mut self, checks: Checks, out: &mut Effects) -> Result<(), Rejection> {
        checks.finish()?;
        for _ in 0..limits::TICK_BUDGET {
            let Some(deadline) = self.timers.due(self.now) else { break };
            self.fire(deadline, out);
            self.settle();
            // A deadline may have taken away the oldest contact, which another waits for.
            if !self.overflows.queues.is_empty() {
                self.arm_overflow();
            }
        }
        Ok(())
    }

    fn fire(&mut self, deadline: Deadline, out: &mut Effects) {
        match deadline {
            Deadline::OfferExpiry(offer) => self.expire_offer(offer, out),
            Deadline::WrapUpEnd(contact) => self.finish_wrap_up(contact, out),
            Deadline::PauseEnd(agent) => self.end_pause(agent, out),
            Deadline::PreferenceEnd(contact) => {
                self.clear_preference(contact);
                out.push(Effect::PreferenceEnded { contact });
            }
            Deadline::Step(contact) => {
                let record = self.contact_mut(contact);
                record.step += 1;
                let step = record.step;
                out.push(Effect::StepReached { contact, step });
            }
            Deadline::Promotion(contact) => {
                let record = self.contact_mut(contact);
                record.promotions += 1;
                let promotions = record.promotions;
                out.push(Effect::Promoted { contact, promotions });
            }
            Deadline::MaxWait(contact) => self.waited_too_long(contact, out),
            Deadline::CallbackDue(contact) => {
                self.return_to_waiting(contact, RequeueCause::CallbackDue, out);
            }
            Deadline::SkillReturn(agent, skill) => self.return_skill(agent, skill, out),
            Deadline::Orphan(contact) => self.orphan(contact, out),
            Deadline::Overflow(queue) => self.join_overflow(queue, out),
        }
    }

    /// Nobody answered; while the contact's front end is absent that is nobody's fault.
    fn expire_offer(&mut self, offer: OfferId, out: &mut Effects) {
        let contact = self.offers[offer].record.contact;
        if self.lost_at(self.contact(contact).front_end).is_some() {
            self.revoke_and_requeue(offer, RevokeCause::FrontEndAbsent, out);
        } else {
            self.fail_and_pause(offer, FailCause::NoAnswer, out);
        }
    }

    fn end_pause(&mut self, agent: AgentId, out: &mut Effects) {
        let standing = self.agent(agent).standing();
        self.set_pause(agent, None);
        self.tell_standing(agent, standing, out);
    }

    fn waited_too_long(&mut self, contact: ContactId, out: &mut Effects) {
        let max_wait = self.queue_of(contact).policy.max_wait;
        let move_to = max_wait.expect("the deadline comes from the policy").move_to;
        match move_to.filter(|&queue| self.queue(queue).record.open) {
            Some(queue) => self.move_waiting(contact, queue, out),
            None => {
                self.end_contact(contact, EndCause::Timeout, Party::System, out);
            }
        }
    }
}
