//! Whom to send a resident to: the configuration's directory, searched.

use acd_proto::reply::{Place, Places};
use acd_proto::request::FindPlace;

use super::Core;
use super::reply::Reply;
use crate::config::Entry;

/// Places in one answer.
const PLACES_MAX: usize = 50;

impl Core {
    /// Places in which every word is found.
    pub(super) fn directory(&self, params: &FindPlace) -> Reply {
        let words = params.find.as_deref().unwrap_or_default().to_lowercase();
        let words: Vec<&str> = words.split_whitespace().collect();
        let fits = |entry: &&Entry| words.iter().all(|word| entry.found_by.contains(word));
        let found: Vec<&Entry> = self.config().directory.iter().filter(fits).collect();
        let places = found.iter().take(PLACES_MAX).map(|entry| self.place(entry)).collect();
        Reply::Places(Places { places, more: found.len().saturating_sub(PLACES_MAX) })
    }

    /// A queue of this centre is as open as it is; elsewhere the hours say.
    fn place(&self, entry: &Entry) -> Place {
        let queue = entry.queue.as_deref().and_then(|queue| self.engine.queue_named(queue));
        let record = queue.and_then(|queue| self.engine.queue(queue));
        let in_hours = entry.hours.as_ref().is_none_or(|hours| hours.is_open(self.now));
        let change = entry
            .hours
            .as_ref()
            .and_then(|hours| hours.next_change(self.now).map(|change| hours.written(change)));
        Place {
            title: entry.title.clone(),
            queue: entry.queue.clone(),
            number: entry.number.clone(),
            open: in_hours && record.is_none_or(|record| record.open),
            changes: change,
            immediate: entry.immediate,
        }
    }
}
