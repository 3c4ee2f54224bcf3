//! The directory of the city: whom to send a resident to, and by which number.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::resolve::At::{Index, Key};
use super::resolve::Resolver;
use super::scalar::{Name, Title};
use crate::hours::Timetable;

/// A place that residents are sent to.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EntryText {
    /// What people call it.
    title: Title,
    /// Other words it is looked for by.
    #[serde(default)]
    #[schemars(length(max = 100))]
    words: Vec<String>,
    /// The queue of this centre that a contact is transferred to.
    queue: Option<Name>,
    /// The number that a call is transferred to outside: "9-1-1", "+1 416 555 0100".
    number: Option<Title>,
    /// When somebody answers there: one of the timetables.
    hours: Option<Name>,
    /// Whether a resident goes there at once, before anything is asked.
    #[serde(default)]
    immediate: bool,
}

/// A place that residents are sent to.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What people call it.
    pub title: String,
    /// Everything it is found by, in small letters.
    pub found_by: String,
    /// The queue of this centre.
    pub queue: Option<String>,
    /// The number outside.
    pub number: Option<String>,
    /// When somebody answers there; always where nothing is said.
    pub hours: Option<Timetable>,
    /// Whether a resident goes there at once.
    pub immediate: bool,
}

impl Resolver<'_, '_, '_> {
    /// The directory, in the file's order.
    pub(super) fn directory(&mut self) -> Vec<Entry> {
        let file = self.file;
        let tables = self.timetables();
        let entries = file.directory.iter().enumerate();
        entries
            .map(|(index, entry)| {
                let path = |key| [Key("directory"), Index(index), Key(key)];
                if let Some(Name(queue)) = &entry.queue {
                    self.known(&path("queue"), "queue", queue);
                }
                if let Some(Name(hours)) = &entry.hours {
                    self.known(&path("hours"), "timetable", hours);
                }
                if entry.queue.is_none() && entry.number.is_none() {
                    let message = "neither `queue` nor `number`: nobody could be sent there";
                    self.problem(&path("title"), message);
                }
                let number = entry.number.as_ref().map(|number| number.0.clone());
                let queue = entry.queue.as_ref().map(|queue| queue.0.clone());
                let all = [&[entry.title.0.clone()][..], &entry.words].concat();
                let found_by = [all.join(" "), number.clone().unwrap_or_default()].join(" ");
                let hours = entry.hours.as_ref().and_then(|hours| tables.get(&hours.0).cloned());
                Entry {
                    title: entry.title.0.clone(),
                    found_by: found_by.to_lowercase(),
                    queue,
                    number,
                    hours,
                    immediate: entry.immediate,
                }
            })
            .collect()
    }
}
