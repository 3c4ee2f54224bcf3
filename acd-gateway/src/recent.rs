//! The newest ids that are over, up to a maximum.

use std::collections::{BTreeSet, VecDeque};

use crate::Id;

/// How many are remembered: the calls of minutes, where what is late is late by seconds.
const RECENT_MAX: usize = 16_384;

/// Ids, the oldest forgotten first.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    ids: BTreeSet<Id>,
    order: VecDeque<Id>,
}

impl Recent {
    pub(crate) fn insert(&mut self, id: &Id) {
        if self.ids.insert(id.clone()) {
            self.order.push_back(id.clone());
        }
        while self.order.len() > RECENT_MAX {
            if let Some(oldest) = self.order.pop_front() {
                self.ids.remove(&oldest);
            }
        }
    }

    pub(crate) fn remove(&mut self, id: &str) {
        self.ids.remove(id);
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        self.ids.contains(id)
    }
}
