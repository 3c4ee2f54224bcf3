//! What may come of a contact: the city's list, and those of queues that have one of their own.

use std::collections::{BTreeMap, BTreeSet};

use super::resolve::At::{self, Index, Key};
use super::resolve::Resolver;
use super::scalar::Title;

/// Entries of one list.
pub(super) const DISPOSITIONS_MAX: u32 = 100;

/// What may come of a contact, as agents and front ends say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dispositions {
    /// Of every queue without a list of its own; empty admits any text.
    pub of_city: Vec<String>,
    /// Of queues that have a list of their own, by name; an empty one admits any text.
    pub of_queues: BTreeMap<String, Vec<String>>,
}

impl Dispositions {
    /// The list of a queue; an empty one admits any text.
    pub fn of(&self, queue: &str) -> &[String] {
        self.of_queues.get(queue).unwrap_or(&self.of_city)
    }

    /// Whether a contact of that queue may end so: an entry of its list, or one followed by `: `
    /// and a remark.
    pub fn admit(&self, queue: &str, text: &str) -> bool {
        let list = self.of(queue);
        let is = |entry: &String| {
            text.strip_prefix(entry.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
        };
        list.is_empty() || list.iter().any(is)
    }
}

impl Resolver<'_, '_, '_> {
    /// What the file says of them.
    pub(super) fn dispositions(&mut self) -> Dispositions {
        let file = self.file;
        let of_city = self.list(&[], &file.dispositions);
        let mut of_queues = BTreeMap::new();
        for (index, queue) in file.queues.iter().enumerate() {
            if let Some(own) = &queue.dispositions {
                let list = self.list(&[Key("queues"), Index(index)], own);
                of_queues.insert(queue.name.0.clone(), list);
            }
        }
        Dispositions { of_city, of_queues }
    }

    fn list(&mut self, of: &[At<'_>], titles: &[Title]) -> Vec<String> {
        let mut known = BTreeSet::new();
        for (index, Title(title)) in titles.iter().enumerate() {
            if !known.insert(title) {
                let path = [of, &[Key("dispositions"), Index(index)]].concat();
                self.problem(&path, format!("`{title}` stands in dispositions twice"));
            }
        }
        titles.iter().map(|title| title.0.clone()).collect()
    }
}
