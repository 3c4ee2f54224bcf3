//! Front ends come and go, and the engine resumes after a restart (rule 17).

use alloc::vec::Vec;

use crate::checks::Checks;
use crate::deadline::{Deadline, Timed};
use crate::effect::{Effect, Effects, EndCause, Party};
use crate::ids::{ContactId, FrontEndId, OfferId};
use crate::limits;
use crate::rejection::Rejection;
use crate::state::{ContactState, FrontEndRecord};
use crate::world::{FrontEnd, World};

impl World {
    pub(crate) fn front_end_lost(
        &mut self,
        mut checks: Checks,
        front_end: FrontEndId,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        let record = (front_end.0 as usize).checked_sub(1).and_then(|at| self.front_ends.get(at));
        checks.refuse_if(record.is_none(), Rejection::UnknownFrontEnd);
        let absent = record.is_some_and(|known| known.record.lost_at.is_some());
        checks.refuse_if(absent, Rejection::FrontEndAbsent);
        checks.finish()?;
        self.front_ends[front_end.0 as usize - 1].record.lost_at = Some(self.now);
        out.push(Effect::FrontEnd { front_end, present: false });
        let orphan_at = self.now.after(self.definitions.grace);
        for contact in self.waiting_of(front_end) {
            self.suspend(contact, orphan_at);
            out.push(Effect::Suspended { contact });
        }
        Ok(())
    }

    pub(crate) fn front_end_back(
        &mut self,
        mut checks: Checks,
        front_end: FrontEndId,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        let known = self.front_ends.len();
        let number = front_end.0 as usize;
        checks.refuse_if(number == 0 || number > known + 1, Rejection::UnknownFrontEnd);
        let full = number > known && known >= limits::FRONT_ENDS_MAX;
        checks.refuse_if(full, Rejection::TooManyFrontEnds);
        checks.finish()?;
        if number > known {
            self.front_ends.push(FrontEndRecord { front_end, lost_at: None }.into());
        } else if self.front_ends[number - 1].record.lost_at.take().is_none() {
            return Ok(());
        }
        out.push(Effect::FrontEnd { front_end, present: true });
        for contact in self.waiting_of(front_end) {
            let record = self.contact_mut(contact);
            record.orphaned = false;
            record.orphan_at = None;
            out.push(Effect::Unsuspended { contact });
        }
        debug_assert!(self.lost_at(front_end).is_none());
        Ok(())
    }

    pub(crate) fn resume(&mut self, checks: Checks, out: &mut Effects) -> Result<(), Rejection> {
        checks.finish()?;
        let (now, earliest) = (self.now, self.now.after(self.definitions.grace));
        for FrontEnd { record, .. } in &mut self.front_ends {
            if record.lost_at.replace(now).is_none() {
                out.push(Effect::FrontEnd { front_end: record.front_end, present: false });
            }
        }
        // Their records are looked at once each, as they are changed: there may be very many.
        let live: Vec<ContactId> = self.contacts.keys().collect();
        for contact in live {
            let record = self.contact(contact);
            if record.state != ContactState::Waiting {
                continue;
            }
            if !record.suspended() {
                self.suspend(contact, earliest);
                out.push(Effect::Suspended { contact });
            } else if !record.orphaned {
                self.contact_mut(contact).orphan_at = Some(earliest);
            }
        }
        let offers: Vec<OfferId> = self.offers.keys().collect();
        for offer in offers {
            let Timed { record, timer } = self.offers.get_mut(offer).expect("the offer is live");
            if record.until < earliest {
                record.until = earliest;
                let expiry = (earliest.signed(), Deadline::OfferExpiry(offer));
                *timer = self.timers.change(*timer, expiry);
                out.push(Effect::OfferExtended { offer, until: earliest });
            }
        }
        let wrap_ups: Vec<ContactId> = self.wrap_ups.keys().collect();
        for contact in wrap_ups {
            self.extend_wrap_up(contact, earliest, out);
        }
        Ok(())
    }

    /// A suspended contact's front end stayed away: longer than grace, or for good.
    pub(crate) fn orphan(&mut self, contact: ContactId, out: &mut Effects) {
        debug_assert!(self.contact(contact).suspended(), "only suspended contacts are orphaned");
        let end = self.now.after(self.definitions.orphan_end);
        if self.contact(contact).orphaned {
            self.end_contact(contact, EndCause::Lost, Party::System, out);
        } else {
            let record = self.contact_mut(contact);
            record.orphaned = true;
            record.orphan_at = Some(end);
            out.push(Effect::Orphaned { contact });
        }
    }

    /// Contacts of one front end that wait, by number.
    ///
    /// Where it has any that live, this looks at all who do: front ends are lost seldom, contacts
    /// begin to wait often.
    fn waiting_of(&self, front_end: FrontEndId) -> Vec<ContactId> {
        if self.front_ends[front_end.0 as usize - 1].live == 0 {
            return Vec::new();
        }
        let records = self.contacts.values().map(|contact| &contact.record);
        let waiting = records.filter(|record| record.state == ContactState::Waiting);
        waiting.filter(|one| one.front_end == front_end).map(|one| one.contact).collect()
    }
}
