//! Queues open and close (rule 16).

use alloc::vec::Vec;

use crate::checks::Checks;
use crate::command::WaitingOnClose;
use crate::effect::{Effect, Effects, EndCause, Party};
use crate::ids::{ContactId, QueueId};
use crate::rejection::Rejection;
use crate::world::World;

impl World {
    pub(crate) fn open_queue(
        &mut self,
        mut checks: Checks,
        queue: QueueId,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        checks.queue(self, queue);
        checks.finish()?;
        self.set_open(queue, true, out);
        Ok(())
    }

    pub(crate) fn close_queue(
        &mut self,
        mut checks: Checks,
        queue: QueueId,
        waiting: WaitingOnClose,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        checks.queue(self, queue);
        if let WaitingOnClose::Move(target) = waiting {
            checks.open_queue(self, target);
            checks.refuse_if(target == queue, Rejection::WrongState);
        }
        checks.finish()?;
        self.set_open(queue, false, out);
        if waiting == WaitingOnClose::Keep {
            return Ok(());
        }
        for contact in self.waiting_by_number(queue) {
            match waiting {
                WaitingOnClose::Keep => {}
                WaitingOnClose::End => {
                    self.end_contact(contact, EndCause::QueueClosed, Party::System, out);
                }
                WaitingOnClose::Move(target) => self.move_waiting(contact, target, out),
            }
        }
        debug_assert_eq!(self.queue(queue).waiting.len(), 0, "nobody waits in it any more");
        Ok(())
    }

    fn set_open(&mut self, queue: QueueId, open: bool, out: &mut Effects) {
        let record = &mut self.queue_mut(queue).record;
        if record.open != open {
            record.open = open;
            out.push(Effect::QueueState { queue, open });
        }
    }

    fn waiting_by_number(&self, queue: QueueId) -> Vec<ContactId> {
        let waiting = self.queue(queue).waiting(&self.chunks);
        let mut contacts: Vec<_> = waiting.map(|(_, contact)| contact).collect();
        contacts.sort_unstable();
        contacts
    }
}
