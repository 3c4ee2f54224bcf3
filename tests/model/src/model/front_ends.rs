//! Rule 17: front ends that go and come back, and the restart.

use acd_core::{ContactId, ContactState, Effect, Effects, FrontEndId, FrontEndRecord};

use super::Model;

impl Model {
    /// A contact that begins to wait while its front end is absent is suspended.
    pub(super) fn suspend_if_absent(&mut self, contact: ContactId, effects: &mut Effects) {
        let front_end = self.contact(contact).front_end;
        let found = self.state.front_ends.iter().find(|record| record.front_end == front_end);
        if let Some(lost_at) = found.and_then(|record| record.lost_at) {
            let grace = self.state.definitions.grace;
            self.contact_mut(contact).orphan_at = Some(lost_at.after(grace));
            effects.push(Effect::Suspended { contact });
        }
    }

    pub(super) fn front_end_lost(&mut self, front_end: FrontEndId, effects: &mut Effects) {
        let now = self.now();
        self.front_end_mut(front_end).lost_at = Some(now);
        effects.push(Effect::FrontEnd { front_end, present: false });
        for contact in self.contacts_that_wait() {
            if self.contact(contact).front_end == front_end {
                self.suspend_if_absent(contact, effects);
            }
        }
    }

    pub(super) fn front_end_back(&mut self, front_end: FrontEndId, effects: &mut Effects) {
        if front_end.0 as usize == self.state.front_ends.len() + 1 {
            self.state.front_ends.push(FrontEndRecord { front_end, lost_at: None });
            effects.push(Effect::FrontEnd { front_end, present: true });
            return;
        }
        if self.front_end_mut(front_end).lost_at.take().is_none() {
            return;
        }
        effects.push(Effect::FrontEnd { front_end, present: true });
        for contact in self.contacts_that_wait() {
            let record = self.contact_mut(contact);
            if record.front_end == front_end {
                record.orphaned = false;
                record.orphan_at = None;
                effects.push(Effect::Unsuspended { contact });
            }
        }
    }

    /// After a restart all front ends are lost; no offer or wrap-up ends before now + grace.
    pub(super) fn resume(&mut self, effects: &mut Effects) {
        let now = self.now();
        let graced = now.after(self.state.definitions.grace);
        let suspended: Vec<_> = self.contacts_that_wait();
        let suspended: Vec<_> = suspended
            .into_iter()
            .filter(|contact| self.is_absent(self.contact(*contact).front_end))
            .collect();
        for record in &mut self.state.front_ends {
            if record.lost_at.replace(now).is_none() {
                effects.push(Effect::FrontEnd { front_end: record.front_end, present: false });
            }
        }
        for contact in self.contacts_that_wait() {
            let record = self.contact_mut(contact);
            if !record.orphaned {
                record.orphan_at = Some(graced);
            }
            if !suspended.contains(&contact) {
                effects.push(Effect::Suspended { contact });
            }
        }
        for record in self.state.offers.iter_mut().filter(|record| record.until < graced) {
            record.until = graced;
            effects.push(Effect::OfferExtended { offer: record.offer, until: graced });
        }
        for record in self.state.wrap_ups.iter_mut().filter(|record| record.until < graced) {
            record.until = graced;
            effects.push(Effect::WrapUpExtended { contact: record.contact, until: graced });
        }
    }

    fn contacts_that_wait(&self) -> Vec<ContactId> {
        let waiting = self.state.contacts.iter();
        let waiting = waiting.filter(|contact| contact.state == ContactState::Waiting);
        waiting.map(|contact| contact.contact).collect()
    }

    fn front_end_mut(&mut self, front_end: FrontEndId) -> &mut FrontEndRecord {
        let found = self.state.front_ends.iter_mut().find(|record| record.front_end == front_end);
        found.expect("the front end has appeared")
    }
}
