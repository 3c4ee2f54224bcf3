//! Which names are known, and which of them are defined now.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// The names of one kind: numbers by name, kept for ever, and whether each is defined.
#[derive(Debug, Default)]
pub(crate) struct NameTable {
    numbers: BTreeMap<String, u32>,
    defined: Vec<bool>,
}

/// The tables of every kind.
#[derive(Debug, Default)]
pub(crate) struct NameTables {
    pub(crate) skills: NameTable,
    pub(crate) sites: NameTable,
    pub(crate) reasons: NameTable,
    pub(crate) queues: NameTable,
    pub(crate) agents: NameTable,
}

impl NameTable {
    /// The number of a defined name.
    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied().filter(|&number| self.is_defined(number))
    }

    /// Whether the thing of that number is defined.
    pub(crate) fn is_defined(&self, number: u32) -> bool {
        number > 0 && self.defined.get(number as usize - 1).is_some_and(|&defined| defined)
    }

    /// How many names would be known if these were defined too; no name comes twice.
    pub(crate) fn known_with<'n>(&self, names: impl Iterator<Item = &'n str>) -> usize {
        self.numbers.len() + names.filter(|name| !self.numbers.contains_key(*name)).count()
    }

    /// Defines exactly these names; a new one gets the next number, and a line in `list`.
    pub(crate) fn define<'n>(
        &mut self,
        list: &mut Vec<String>,
        names: impl Iterator<Item = &'n str>,
    ) {
        self.defined.fill(false);
        for name in names {
            if let Some(&number) = self.numbers.get(name) {
                self.defined[number as usize - 1] = true;
            } else {
                list.push(name.into());
                self.numbers.insert(name.into(), list.len() as u32);
                self.defined.push(true);
            }
        }
        debug_assert_eq!(self.defined.len(), list.len(), "every name has a number");
    }
}
