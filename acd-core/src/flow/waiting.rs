//! How a contact begins to wait, and how waiting contacts meet free agents.

use crate::effect::{Effect, Effects, RequeueCause};
use crate::ids::ContactId;
use crate::state::ContactState;
use crate::world::World;

impl World {
    /// Makes the contact wait in its queue: step and promotions by time, a preference already
    /// past over. Says nothing.
    pub(crate) fn begin_to_wait(&mut self, id: ContactId) {
        let now = self.now;
        let contact = self.contact_mut(id);
        contact.state = ContactState::Waiting;
        contact.held = false;
        let past = contact.prefer_until.is_some_and(|until| until <= now);
        if past {
            self.clear_preference(id);
        }
        self.choose_stage(id);
    }

    /// Chooses step and promotions of a contact by time and its queue's policy.
    pub(crate) fn choose_stage(&mut self, id: ContactId) {
        let policy = &self.queue_of(id).policy;
        let origin = self.contact(id).origin;
        let step = policy.step_at(origin, self.now);
        let promotions = policy.promotions_at(origin, self.now);
        let contact = self.contact_mut(id);
        contact.step = step;
        contact.promotions = promotions;
    }

    /// Suspends a contact that has just begun to wait, if its front end is absent.
    pub(crate) fn suspend_if_absent(&mut self, id: ContactId, out: &mut Effects) {
        let contact = self.contact(id);
        debug_assert_eq!(contact.state, ContactState::Waiting, "only who waits is suspended");
        debug_assert!(contact.orphan_at.is_none(), "it has just begun to wait");
        if let Some(lost_at) = self.lost_at(contact.front_end) {
            let grace = self.definitions.grace;
            self.contact_mut(id).orphan_at = Some(lost_at.after(grace));
            out.push(Effect::Suspended { contact: id });
        }
    }

    /// The contact waits again, with its key.
    pub(crate) fn return_to_waiting(
        &mut self,
        id: ContactId,
        cause: RequeueCause,
        out: &mut Effects,
    ) {
        self.begin_to_wait(id);
        out.push(Effect::Requeued { contact: id, cause });
        self.suspend_if_absent(id, out);
    }

    /// Ends the preference of contacts whose preferred agents are all signed out, among those who
    /// prefer this one.
    pub(crate) fn end_preferences_for(&mut self, agent: crate::AgentId, out: &mut Effects) {
        let preferring = &self.preferring[agent.0 as usize - 1];
        let alone: alloc::vec::Vec<_> = preferring
            .iter()
            .copied()
            .filter(|&contact| !self.any_signed_in(&self.contact(contact).prefer))
            .collect();
        for contact in alone {
            self.clear_preference(contact);
            out.push(Effect::PreferenceEnded { contact });
        }
    }

    /// Whether one of the agents is signed in.
    pub(crate) fn any_signed_in(&self, agents: &[crate::AgentId]) -> bool {
        agents.iter().any(|&agent| self.is_signed_in(agent))
    }

    /// Offers while some waiting contact has an eligible agent (rule 3).
    pub(crate) fn match_waiting(&mut self, out: &mut Effects) {
        debug_assert!(self.settled(), "matching looks at settled lists");
        if self.matcher.quiet() {
            debug_assert!(self.ranked(), "who is not in its queue's order is held back");
            return;
        }
        if !self.matcher.anyone_free() {
            // Who was added waits.
        } else if self.matcher.only_one() {
            let (matcher, others) = self.matching();
            if let Some((contact, agent)) = matcher.pair_of_one(&others) {
                self.make_offer(contact, agent, out);
                self.settle();
            }
        } else {
            let mut round = self.matcher.start_round(&self.agents);
            round.prepare(&self.matcher);
            loop {
                let (matcher, others) = self.matching();
                let Some((contact, agent)) = round.next(matcher, &others) else { break };
                self.make_offer(contact, agent, out);
            }
            self.matcher.keep(round);
            self.settle();
        }
        self.matcher.end_round(&self.agents);
        self.rank();
    }

    /// Counts the contact's wait in the estimate of its queue, once in its life.
    pub(crate) fn count_wait(&mut self, id: ContactId) {
        let wait = self.now.since(self.contact(id).entered_at);
        let contact = self.contact_mut(id);
        if !contact.wait_counted {
            contact.wait_counted = true;
            let queue = contact.queue;
            self.queue_mut(queue).learn_wait(wait);
        }
    }
}
