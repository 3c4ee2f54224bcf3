//! The directory of the city: whom to send a resident to, and by which number.

use std::collections::BTreeMap;

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

impl Entry {
    /// A place, found by its title, its number and these words.
    pub(super) fn new(
        title: String,
        words: &[&str],
        queue: Option<String>,
        number: Option<String>,
        hours: Option<Timetable>,
        immediate: bool,
    ) -> Self {
        let all = [&[title.as_str()][..], words, &[number.as_deref().unwrap_or_default()]];
        let found_by = all.concat().join(" ").to_lowercase();
        Self { title, found_by, queue, number, hours, immediate }
    }
}

impl Resolver<'_, '_, '_> {
    /// The directory, in the file's order.
    pub(super) fn directory(&mut self, tables: &BTreeMap<String, Timetable>) -> Vec<Entry> {
        let file = self.file;
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
                let hours = entry.hours.as_ref().and_then(|hours| tables.get(&hours.0).cloned());
                let words: Vec<&str> = entry.words.iter().map(String::as_str).collect();
                let title = entry.title.0.clone();
                Entry::new(title, &words, queue, number, hours, entry.immediate)
            })
            .collect()
    }
}
