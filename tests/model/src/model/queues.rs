//! Rule 16: queues open and close.

use acd_core::{
    ContactId, ContactState, Effect, Effects, EndCause, Party, QueueId, WaitingOnClose,
};

use super::Model;

impl Model {
    pub(super) fn set_open(&mut self, queue: QueueId, open: bool, effects: &mut Effects) {
        if std::mem::replace(&mut self.queue_mut(queue).open, open) != open {
            effects.push(Effect::QueueState { queue, open });
        }
    }

    /// Those that wait, suspended ones too, stay, end or move, by number.
    pub(super) fn close_queue(
        &mut self,
        queue: QueueId,
        waiting: WaitingOnClose,
        effects: &mut Effects,
    ) {
        self.set_open(queue, false, effects);
        for contact in self.waiting_of(queue) {
            match waiting {
                WaitingOnClose::Keep => {}
                WaitingOnClose::End => {
                    self.end(contact, EndCause::QueueClosed, Party::System, effects);
                }
                WaitingOnClose::Move(target) => self.move_waiting(contact, target, effects),
            }
        }
    }

    /// Contacts that wait in a queue, by number.
    pub(super) fn waiting_of(&self, queue: QueueId) -> Vec<ContactId> {
        let mut all: Vec<_> = self.state.contacts.iter().collect();
        all.retain(|contact| contact.queue == queue && contact.state == ContactState::Waiting);
        all.into_iter().map(|contact| contact.contact).collect()
    }
}
