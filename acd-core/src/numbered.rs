//! Records by number, in slots that are used again: what is live stays together in memory however
//! high the numbers rise.
//!
//! Numbers rise and most records go soon, so that the live ones lie in few pages of 256 numbers.
//! A directory leads from a number to its page in one step. It covers the newest 2 million
//! numbers; a page that lives on when its place is needed moves to a tree beside it.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::ops::Index;

use crate::ids::{ContactId, OfferId};

/// Numbers of one page.
const PAGE: usize = 256;
/// Places of the largest directory.
const DIRECTORY_MAX: usize = 1 << 13;
/// Records of one chunk: a full store grows by one, and nothing is copied.
const CHUNK: usize = 256;
/// No slot.
const NONE: u32 = u32::MAX;

/// A number that counts from 1.
pub trait Number: Copy {
    /// As it is.
    fn number(self) -> u64;
    /// From what it is.
    fn from_number(number: u64) -> Self;
}

macro_rules! number {
    ($($name:ident),*) => {
        $(impl Number for $name {
            fn number(self) -> u64 {
                self.0
            }
            fn from_number(number: u64) -> Self {
                Self(number)
            }
        })*
    };
}

number!(ContactId, OfferId);

/// The slots of 256 numbers.
#[derive(Debug)]
struct Page {
    live: u32,
    slots: [u32; PAGE],
}

/// A place of the directory: which page, by number (0 where there is none), and where it is.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// The page's number and 1.
    tag: u64,
    page: u32,
}

/// Records by number.
#[derive(Debug)]
pub struct Numbered<K, T> {
    directory: Vec<Place>,
    /// Pages whose place a newer one has taken.
    old: BTreeMap<u64, u32>,
    #[allow(clippy::vec_box, reason = "to grow copies pointers, not pages")]
    pages: Vec<Box<Page>>,
    spare_pages: Vec<u32>,
    chunks: Vec<Box<[Option<T>; CHUNK]>>,
    spare_slots: Vec<u32>,
    len: usize,
    /// The number last looked for by who changes records, and its slot: a command that changes a
    /// record comes back to it several times.
    last: (u64, u32),
    key: PhantomData<K>,
}

impl<K: Number, T> Default for Numbered<K, T> {
    fn default() -> Self {
        Self {
            directory: alloc::vec![Place::default(); 16],
            old: BTreeMap::new(),
            pages: Vec::new(),
            spare_pages: Vec::new(),
            chunks: Vec::new(),
            spare_slots: Vec::new(),
            len: 0,
            last: (0, NONE),
            key: PhantomData,
        }
    }
}

impl<K: Number, T> Numbered<K, T> {
    /// How many records there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The record of a number.
    pub fn get(&self, key: K) -> Option<&T> {
        let slot = self.slot(key.number())?;
        self.chunks[slot as usize / CHUNK][slot as usize % CHUNK].as_ref()
    }

    /// The record of a number, to be changed.
    pub fn get_mut(&mut self, key: K) -> Option<&mut T> {
        let number = key.number();
        let slot = self.slot(number)?;
        self.last = (number, slot);
        self.chunks[slot as usize / CHUNK][slot as usize % CHUNK].as_mut()
    }

    /// Whether there is a record of that number.
    pub fn contains(&self, key: K) -> bool {
        self.slot(key.number()).is_some()
    }

    /// Adds the record of a number that has none.
    pub fn insert(&mut self, key: K, record: T) {
        let number = key.number();
        debug_assert!(self.slot(number).is_none(), "numbers are never reused");
        let page = self.page_for(number / PAGE as u64);
        let slot = self.store(record);
        let page = &mut self.pages[page as usize];
        page.slots[number as usize % PAGE] = slot;
        page.live += 1;
        self.len += 1;
        self.last = (number, slot);
    }

    /// Takes the record of a number out.
    pub fn remove(&mut self, key: K) -> Option<T> {
        let number = key.number();
        let at = self.page_of(number / PAGE as u64)?;
        let page = &mut self.pages[at as usize];
        let slot = core::mem::replace(&mut page.slots[number as usize % PAGE], NONE);
        if slot == NONE {
            return None;
        }
        page.live -= 1;
        if page.live == 0 {
            self.drop_page(number / PAGE as u64, at);
        }
        self.len -= 1;
        self.last = (number, NONE);
        self.spare_slots.push(slot);
        self.chunks[slot as usize / CHUNK][slot as usize % CHUNK].take()
    }

    /// All records, by number.
    pub fn iter(&self) -> impl Iterator<Item = (K, &T)> {
        self.slots().map(|(key, slot)| {
            let record = self.chunks[slot as usize / CHUNK][slot as usize % CHUNK].as_ref();
            (key, record.expect("a page leads to records"))
        })
    }

    /// All records' numbers, rising; the records are not looked at.
    pub fn keys(&self) -> impl Iterator<Item = K> {
        self.slots().map(|(key, _)| key)
    }

    /// Numbers, rising, and where their records are.
    fn slots(&self) -> impl Iterator<Item = (K, u32)> {
        let recent =
            self.directory.iter().filter_map(|place| Some((place.tag.checked_sub(1)?, place.page)));
        let mut pages: Vec<(u64, u32)> =
            recent.chain(self.old.iter().map(|(&n, &page)| (n, page))).collect();
        pages.sort_unstable();
        pages.into_iter().flat_map(move |(number, page)| {
            let slots = self.pages[page as usize].slots.iter().enumerate();
            slots
                .filter(|&(_, &slot)| slot != NONE)
                .map(move |(at, &slot)| (K::from_number(number * PAGE as u64 + at as u64), slot))
        })
    }

    /// All records, by number.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.iter().map(|(_, record)| record)
    }

    /// All records, to be changed, in the order of the slots.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.chunks.iter_mut().flat_map(|chunk| chunk.iter_mut().flatten())
    }

    fn slot(&self, number: u64) -> Option<u32> {
        if number == self.last.0 {
            return Some(self.last.1).filter(|&slot| slot != NONE);
        }
        let page = self.page_of(number / PAGE as u64)?;
        Some(self.pages[page as usize].slots[number as usize % PAGE]).filter(|&slot| slot != NONE)
    }

    const fn place(&self, page: u64) -> usize {
        page as usize & (self.directory.len() - 1)
    }

    fn page_of(&self, page: u64) -> Option<u32> {
        let place = self.directory[self.place(page)];
        if place.tag == page + 1 { Some(place.page) } else { self.old.get(&page).copied() }
    }

    /// The page of that number, a new one where there is none.
    fn page_for(&mut self, page: u64) -> u32 {
        if let Some(at) = self.page_of(page) {
            return at;
        }
        let at = self.spare_pages.pop().unwrap_or_else(|| {
            self.pages.push(Box::new(Page { live: 0, slots: [NONE; PAGE] }));
            (self.pages.len() - 1) as u32
        });
        while self.directory[self.place(page)].tag != 0 && self.directory.len() < DIRECTORY_MAX {
            self.widen();
        }
        let place = self.place(page);
        let before =
            core::mem::replace(&mut self.directory[place], Place { tag: page + 1, page: at });
        if let Some(number) = before.tag.checked_sub(1) {
            self.old.insert(number, before.page);
        }
        at
    }

    /// Doubles the directory; pages that had a place each have one each in the larger one.
    fn widen(&mut self) {
        let wider = alloc::vec![Place::default(); self.directory.len() * 2];
        for place in core::mem::replace(&mut self.directory, wider) {
            if let Some(page) = place.tag.checked_sub(1) {
                let at = self.place(page);
                self.directory[at] = place;
            }
        }
    }

    fn drop_page(&mut self, page: u64, at: u32) {
        let place = self.place(page);
        if self.directory[place].tag == page + 1 {
            self.directory[place] = Place::default();
        } else {
            self.old.remove(&page);
        }
        self.spare_pages.push(at);
    }

    fn store(&mut self, record: T) -> u32 {
        let slot = self.spare_slots.pop().unwrap_or_else(|| self.add_chunk());
        self.chunks[slot as usize / CHUNK][slot as usize % CHUNK] = Some(record);
        slot
    }

    /// Adds a chunk and gives its first slot; the others are spare.
    fn add_chunk(&mut self) -> u32 {
        let first = (self.chunks.len() * CHUNK) as u32;
        let chunk: Vec<Option<T>> = core::iter::repeat_with(|| None).take(CHUNK).collect();
        let chunk = chunk.into_boxed_slice().try_into().ok();
        self.chunks.push(chunk.expect("a chunk is as long as that"));
        self.spare_slots.reserve(self.chunks.len() * CHUNK - self.spare_slots.len());
        self.spare_slots.extend((first + 1..first + CHUNK as u32).rev());
        first
    }
}

impl<K: Number, T> Index<K> for Numbered<K, T> {
    type Output = T;
    fn index(&self, key: K) -> &T {
        self.get(key).expect("a record of that number is live")
    }
}

#[cfg(test)]
mod tests {
    use super::{DIRECTORY_MAX, Numbered, PAGE};
    use crate::ids::ContactId;
    use alloc::collections::BTreeMap;

    #[test]
    fn keeps_what_a_map_keeps_while_numbers_rise_and_old_ones_live_on() {
        let (mut numbered, mut plain) = (Numbered::default(), BTreeMap::new());
        let mut random: u64 = 1;
        let mut next = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            random >> 33
        };
        let mut number = 0;
        for round in 0..30_000_u64 {
            // Now and then the numbers leap, so that old pages lose their place.
            number += if next() % 500 == 0 { (PAGE * DIRECTORY_MAX) as u64 / 3 } else { 1 };
            numbered.insert(ContactId(number), round);
            plain.insert(number, round);
            let goes = plain.range(number.saturating_sub(next() % 400)..).next().map(|(&n, _)| n);
            if let Some(goes) = goes.filter(|_| next() % 100 < 97) {
                assert_eq!(numbered.remove(ContactId(goes)), plain.remove(&goes));
                assert_eq!(numbered.remove(ContactId(goes)), None);
            }
            let probe = number - next() % 1_000.min(number);
            assert_eq!(numbered.get(ContactId(probe)), plain.get(&probe));
        }
        assert!(!numbered.old.is_empty(), "some pages have lost their place");
        assert_eq!(numbered.len(), plain.len());
        assert!(numbered.iter().map(|(key, &value)| (key.0, value)).eq(plain.clone()));
        for number in plain.into_keys() {
            assert!(numbered.remove(ContactId(number)).is_some());
        }
        assert_eq!((numbered.len(), numbered.iter().count(), numbered.old.len()), (0, 0, 0));
        assert_eq!(numbered.spare_pages.len(), numbered.pages.len(), "every page is free again");
    }
}
