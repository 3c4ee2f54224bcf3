//! The world as plain data.

use crate::state::State;
use crate::world::World;

impl World {
    /// The whole logical content, sorted by number.
    pub(crate) fn state(&self) -> State {
        State {
            now: self.now,
            counters: self.counters,
            names: self.names.clone(),
            definitions: self.definitions.clone(),
            front_ends: self.front_ends.iter().map(|front_end| front_end.record).collect(),
            queues: self.queues.iter().flatten().map(|queue| queue.record).collect(),
            agents: self.agents.iter().flatten().map(|agent| agent.record_at(self.now)).collect(),
            contacts: self.contacts.values().map(|contact| contact.record.clone()).collect(),
            offers: self.offers.values().map(|offer| offer.record).collect(),
            wrap_ups: self.wrap_ups.values().map(|wrap_up| wrap_up.record).collect(),
        }
    }
}
