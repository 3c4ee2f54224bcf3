//! What the model and the engine have in common, so that a test can hold one against the other.

use acd_core::{Command, ContactId, Effects, Engine, QueueId, Rejection, State, Timestamp};

use crate::model::Model;

/// One of the two sides of a comparison.
pub trait Side {
    /// Applies one command; see [`Engine::apply`].
    fn apply(
        &mut self,
        now: Timestamp,
        command: Command,
        effects: &mut Effects,
    ) -> Result<(), Rejection>;
    /// The whole logical content.
    fn state(&self) -> State;
    /// When a Tick is due next.
    fn next_deadline(&self) -> Option<Timestamp>;
    /// A waiting contact's place in its queue, from 1.
    fn position(&self, contact: ContactId) -> Option<u32>;
    /// A waiting contact's expected wait in µs.
    fn expected_wait_us(&self, contact: ContactId) -> Option<u64>;
    /// The expected wait in µs of one that would join the queue now.
    fn expected_wait_of_next_us(&self, queue: QueueId) -> Option<u64>;
    /// Contacts that wait in a queue, in order.
    fn waiting_in(&self, queue: QueueId) -> Vec<ContactId>;
    /// What the side itself finds broken.
    fn check(&self) -> Result<(), String>;
    /// The hash of its state.
    ///
    /// # Errors
    /// Says why its state has none.
    fn state_hash(&self) -> Result<u64, String>;
}

impl Side for Model {
    fn apply(
        &mut self,
        now: Timestamp,
        command: Command,
        effects: &mut Effects,
    ) -> Result<(), Rejection> {
        Self::apply(self, now, command, effects)
    }

    fn state(&self) -> State {
        Self::state(self).clone()
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        Self::next_deadline(self)
    }

    fn position(&self, contact: ContactId) -> Option<u32> {
        Self::position(self, contact)
    }

    fn expected_wait_us(&self, contact: ContactId) -> Option<u64> {
        Self::expected_wait_us(self, contact)
    }

    fn expected_wait_of_next_us(&self, queue: QueueId) -> Option<u64> {
        Self::expected_wait_of_next_us(self, queue)
    }

    fn waiting_in(&self, queue: QueueId) -> Vec<ContactId> {
        Self::waiting_in(self, queue)
    }

    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// The contract defines one hash of a state; whoever holds the state has it.
    fn state_hash(&self) -> Result<u64, String> {
        let restored = Engine::restore(Self::state(self));
        restored.map(|engine| engine.state_hash()).map_err(|error| error.to_string())
    }
}

impl Side for Engine {
    fn apply(
        &mut self,
        now: Timestamp,
        command: Command,
        effects: &mut Effects,
    ) -> Result<(), Rejection> {
        Self::apply(self, now, command, effects)
    }

    fn state(&self) -> State {
        Self::state(self)
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        Self::next_deadline(self)
    }

    fn position(&self, contact: ContactId) -> Option<u32> {
        Self::position(self, contact)
    }

    fn expected_wait_us(&self, contact: ContactId) -> Option<u64> {
        Self::expected_wait_us(self, contact)
    }

    fn expected_wait_of_next_us(&self, queue: QueueId) -> Option<u64> {
        Self::expected_wait_of_next_us(self, queue)
    }

    fn waiting_in(&self, queue: QueueId) -> Vec<ContactId> {
        Self::waiting_in(self, queue)
    }

    fn check(&self) -> Result<(), String> {
        self.check_invariants()
    }

    fn state_hash(&self) -> Result<u64, String> {
        Ok(Self::state_hash(self))
    }
}
