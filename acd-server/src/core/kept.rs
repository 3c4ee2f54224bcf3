//! The server's side of a snapshot: every table that must survive, as bytes, and back.

use std::sync::Arc;

use acd_core::{AgentId, ContactId, Engine, OfferId, Timestamp};
use acd_log::record::{SnapshotError, read_state, write_state};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Core;
use super::contacts::{Contact, Ended, Path};
use super::desks::{Desk, LiveOffer};
use super::plain::Plain as _;
use super::ring::Entry;
use super::statistics::Goal;
use super::timers::Timer;

/// The version that is written. 2 has no paths.
const VERSION: u8 = 3;

/// Why a snapshot cannot be taken over.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// It was written by another version of this program.
    #[error("the server's side has version {0}; this program reads version 2 to {VERSION}")]
    Version(u8),
    /// The engine's state cannot be read.
    #[error("{0}")]
    State(#[from] SnapshotError),
    /// No engine can be in that state.
    #[error("{0}")]
    Restore(#[from] acd_core::RestoreError),
    /// The state is not the one that was written.
    #[error("the state hash is {found:016x}, and {written:016x} was written")]
    Hash {
        /// Of what was read.
        found: u64,
        /// What the snapshot says.
        written: u64,
    },
    /// The bytes are none of ours.
    #[error("the server's side: {0}")]
    Bytes(#[from] postcard::Error),
}

/// What comes before the tables.
type Head = (Arc<str>, u64, u64, u64);
/// An event of the ring.
type Event = (Vec<u8>, Option<Vec<u8>>, super::audience::Audience, Option<u64>);
/// An idempotency key: since when, client, key, request, result.
type Key = (u64, Arc<str>, Box<str>, u64, Arc<str>);

fn put(to: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    let bytes = std::mem::take(to);
    *to = postcard::to_extend(value, bytes).expect("plain data, and memory is no IO");
}

fn take<T: DeserializeOwned>(from: &mut &[u8]) -> Result<T, KeptError> {
    let (value, rest) = postcard::take_from_bytes(from)?;
    *from = rest;
    Ok(value)
}

/// Takes a list, an entry at a time: a million contacts shall not be there twice.
fn each<T: DeserializeOwned>(from: &mut &[u8], mut entry: impl FnMut(T)) -> Result<(), KeptError> {
    for _ in 0..take::<usize>(from)? {
        entry(take(from)?);
    }
    Ok(())
}

impl Core {
    /// Everything that must survive: the engine's state, its hash, and the server's tables.
    pub(crate) fn kept(&self) -> Vec<u8> {
        let mut to = Vec::new();
        let state = self.engine.state();
        write_state(&state, &mut to).expect("a state's blocks are small, and memory is no IO");
        to.extend_from_slice(&self.engine.state_hash().to_le_bytes());
        to.push(VERSION);
        let head: Head =
            (Arc::clone(&self.epoch), self.now.0, self.ring.newest(), self.audit.last());
        put(&mut to, &head);
        put(&mut to, &self.front_ends.names().collect::<Vec<_>>());
        put(&mut to, &self.contacts.iter().map(|(id, one)| (id.0, one)).collect::<Vec<_>>());
        put(&mut to, &self.contacts.iter_ended().map(|(id, one)| (id.0, one)).collect::<Vec<_>>());
        put(&mut to, &self.desks.iter().map(|(id, desk)| (id.0, desk)).collect::<Vec<_>>());
        put(&mut to, &self.desks.offers().map(|(id, offer)| (id.0, offer)).collect::<Vec<_>>());
        put(&mut to, &self.statistics.goals());
        self.statistics.kept(&mut to);
        let keys = self.idem.iter().map(|(since, a, b, c, d)| (since.0, a, b, c, d));
        put(&mut to, &keys.collect::<Vec<_>>());
        put(&mut to, &self.timers.iter().map(|(due, timer)| (due.0, timer)).collect::<Vec<_>>());
        let event = |entry: &Entry| -> Event {
            let masked = entry.masked.as_ref().map(|frame| frame.to_vec());
            (entry.frame.to_vec(), masked, entry.audience.clone(), entry.offer.plain())
        };
        put(&mut to, &self.ring.iter().map(event).collect::<Vec<_>>());
        put(
            &mut to,
            &self.contacts.iter_paths().map(|(id, path)| (id.0, path)).collect::<Vec<_>>(),
        );
        to
    }

    /// Becomes what was kept. To be called on a core in which nothing has happened yet.
    pub(crate) fn take_over(&mut self, mut from: &[u8]) -> Result<(), KeptError> {
        let state = read_state(&mut from)?;
        let (written, rest) =
            from.split_first_chunk().ok_or(postcard::Error::DeserializeUnexpectedEnd)?;
        let (written, found) = (u64::from_le_bytes(*written), state.hash());
        if written != found {
            return Err(KeptError::Hash { found, written });
        }
        self.engine = Engine::restore(state)?;
        self.names.refresh(&self.engine);
        match rest.split_first() {
            Some((&version @ 2..=VERSION, tables)) => self.take_tables(version, tables),
            Some((&version, _)) => Err(KeptError::Version(version)),
            None => Err(postcard::Error::DeserializeUnexpectedEnd.into()),
        }
    }

    fn take_tables(&mut self, version: u8, mut from: &[u8]) -> Result<(), KeptError> {
        let from = &mut from;
        let (epoch, now, newest, acts): Head = take(from)?;
        self.epoch = epoch;
        self.now = Timestamp(now);
        self.audit.set_last(acts);
        for name in take::<Vec<Arc<str>>>(from)? {
            self.front_ends.appears(&name);
        }
        each(from, |(id, contact): (u64, Contact)| self.contacts.insert(ContactId(id), contact))?;
        for (id, ended) in take::<Vec<(u64, Ended)>>(from)? {
            self.contacts.insert_ended(ContactId(id), ended);
        }
        for (id, desk) in take::<Vec<(u32, Desk)>>(from)? {
            *self.desks.get_mut(AgentId(id)) = desk;
        }
        for (id, offer) in take::<Vec<(u64, LiveOffer)>>(from)? {
            self.desks.offer_made(OfferId(id), offer);
        }
        let goals = take::<Vec<Goal>>(from)?;
        self.statistics.take_over(goals, self.engine.definitions(), from)?;
        for (since, client, idem, digest, result) in take::<Vec<Key>>(from)? {
            self.idem.remember(&client, &idem, digest, result, Timestamp(since));
        }
        for (due, timer) in take::<Vec<(u64, Timer)>>(from)? {
            self.timers.set(Timestamp(due), timer);
        }
        let mut entries = Vec::new();
        for (frame, masked, audience, offer) in take::<Vec<Event>>(from)? {
            let offer = offer.map(OfferId);
            let entry = Entry::kept(frame, masked, audience, offer);
            entries.push(entry.ok_or(postcard::Error::DeserializeBadEncoding)?);
        }
        self.ring.take_over(newest, entries);
        if version >= 3 {
            for (id, path) in take::<Vec<(u64, Path)>>(from)? {
                self.contacts.insert_path(ContactId(id), path);
            }
        }
        if from.is_empty() { Ok(()) } else { Err(postcard::Error::DeserializeBadEncoding.into()) }
    }
}
