//! The server's side of a snapshot: every table that must survive, as bytes, and back.

use std::io::Read;
use std::sync::Arc;

use acd_core::{AgentId, ContactId, Engine, OfferId, Timestamp};
use acd_log::record::{SnapshotError, read_state, take_state, write_state};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Core;
use super::audience::Written;
use super::contacts::{Contact, Contacts, Ended, Path};
use super::desks::{Desk, LiveOffer};
use super::fanout::is_event;
use super::plain::Plain as _;
use super::ring::Entry;
use super::statistics::Goal;
use super::timers::Timer;

/// The version that is written. 2 has no paths, 3 no acquaintances; up to 4, what was counted
/// stands among the tables, and not before them.
const VERSION: u8 = 5;

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
type Event = (Vec<u8>, Option<Vec<u8>>, Written, Option<u64>);
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

/// The tables that come first, and the bytes of all, of which so many are read.
struct Begun {
    head: Head,
    front_ends: Vec<Arc<str>>,
    contacts: Contacts,
    bytes: Vec<u8>,
    read: usize,
}

/// Reads the tables up to that of the contacts, of which there may be very many.
fn begin_tables(from: &mut impl Read) -> Result<Begun, KeptError> {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).map_err(SnapshotError::from)?;
    let mut rest = bytes.as_slice();
    let (head, front_ends) = (take(&mut rest)?, take(&mut rest)?);
    let count = take::<usize>(&mut rest)?;
    let contacts = Contacts::read(count, || {
        let (id, contact): (u64, Contact) = take(&mut rest)?;
        Ok::<_, KeptError>((ContactId(id), contact))
    })?;
    let read = bytes.len() - rest.len();
    Ok(Begun { head, front_ends, contacts, bytes, read })
}

/// The bytes of what was counted. A length that lies costs no memory.
fn take_counted(from: &mut impl Read) -> Result<Vec<u8>, KeptError> {
    let mut length = [0; 8];
    from.read_exact(&mut length).map_err(SnapshotError::from)?;
    let length = u64::from_le_bytes(length);
    let mut counted = Vec::new();
    let read = from.by_ref().take(length).read_to_end(&mut counted).map_err(SnapshotError::from)?;
    if read as u64 == length {
        Ok(counted)
    } else {
        Err(SnapshotError::Io(std::io::ErrorKind::UnexpectedEof.into()).into())
    }
}

/// The engine of a state whose hash is as it was written.
fn rebuild(mut state: &[u8], written: u64) -> Result<Engine, KeptError> {
    let state = read_state(&mut state)?;
    let found = state.hash();
    if written != found {
        return Err(KeptError::Hash { found, written });
    }
    Ok(Engine::restore(state)?)
}

impl Core {
    /// Everything that must survive: the engine's state, its hash, and the server's tables.
    pub(crate) fn kept(&self) -> Vec<u8> {
        let mut to = Vec::new();
        let state = self.engine.state();
        write_state(&state, &mut to).expect("a state's blocks are small, and memory is no IO");
        to.extend_from_slice(&self.engine.state_hash().to_le_bytes());
        to.push(VERSION);
        let mut counted = Vec::new();
        self.statistics.kept(&mut counted);
        to.extend_from_slice(&(counted.len() as u64).to_le_bytes());
        to.append(&mut counted);
        let head: Head =
            (Arc::clone(&self.epoch), self.now.0, self.ring.newest(), self.audit.last());
        put(&mut to, &head);
        put(&mut to, &self.front_ends.names().collect::<Vec<_>>());
        put(&mut to, &self.contacts.iter().map(|(id, one)| (id.0, one)).collect::<Vec<_>>());
        put(&mut to, &self.contacts.iter_ended().map(|(id, one)| (id.0, one)).collect::<Vec<_>>());
        put(&mut to, &self.desks.iter().map(|(id, desk)| (id.0, desk)).collect::<Vec<_>>());
        put(&mut to, &self.desks.offers().map(|(id, offer)| (id.0, offer)).collect::<Vec<_>>());
        put(&mut to, &self.statistics.goals());
        let keys = self.idem.iter().map(|(since, a, b, c, d)| (since.0, a, b, c, d));
        put(&mut to, &keys.collect::<Vec<_>>());
        put(&mut to, &self.timers.iter().map(|(due, timer)| (due.0, timer)).collect::<Vec<_>>());
        let event = |entry: &Entry| -> Event {
            let masked = self.ring.masked(entry).map(<[u8]>::to_vec);
            let audience = entry.audience.written(&self.names);
            (self.ring.frame(entry).to_vec(), masked, audience, entry.offer.plain())
        };
        put(&mut to, &self.ring.iter().map(event).collect::<Vec<_>>());
        put(
            &mut to,
            &self.contacts.iter_paths().map(|(id, path)| (id.0, path)).collect::<Vec<_>>(),
        );
        let known = self.acquaintances.iter();
        put(&mut to, &known.map(|(met, agent, at)| (met, agent.0, at.0)).collect::<Vec<_>>());
        to
    }

    /// Becomes what was kept. To be called on a core in which nothing has happened yet.
    ///
    /// The engine is rebuilt, and its hash verified, while another thread reads who its contacts
    /// are: of a million, each takes about as long.
    pub(crate) fn take_over(&mut self, from: &mut (impl Read + Send)) -> Result<(), KeptError> {
        let state = take_state(from)?;
        let (mut hash, mut version) = ([0; 8], [0]);
        from.read_exact(&mut hash).map_err(SnapshotError::from)?;
        from.read_exact(&mut version).map_err(SnapshotError::from)?;
        let [version] = version;
        if !(2..=VERSION).contains(&version) {
            return Err(KeptError::Version(version));
        }
        let counted = if version >= 5 { Some(take_counted(from)?) } else { None };
        let statistics = &mut self.statistics;
        let (engine, tables) = std::thread::scope(|scope| {
            let tables = scope.spawn(|| begin_tables(from));
            let engine = rebuild(&state, u64::from_le_bytes(hash)).and_then(|engine| {
                if let Some(counted) = counted {
                    statistics.count_on(&mut counted.as_slice())?;
                }
                Ok(engine)
            });
            (engine, tables.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        self.engine = engine?;
        self.names.refresh(&self.engine);
        self.take_tables(version, tables?)
    }

    fn take_tables(&mut self, version: u8, begun: Begun) -> Result<(), KeptError> {
        let Begun { head: (epoch, now, newest, acts), front_ends, contacts, bytes, read } = begun;
        let from = &mut &bytes[read..];
        self.epoch = epoch;
        self.now = Timestamp(now);
        self.audit.set_last(acts);
        for name in front_ends {
            self.front_ends.appears(&name);
        }
        self.contacts = contacts;
        self.contacts.find_queues(&self.engine, &self.names);
        for (id, mut ended) in take::<Vec<(u64, Ended)>>(from)? {
            ended.of.find_queue(&self.engine, &self.names);
            self.contacts.insert_ended(ContactId(id), ended);
        }
        for (id, desk) in take::<Vec<(u32, Desk)>>(from)? {
            *self.desks.get_mut(AgentId(id)) = desk;
        }
        for (id, offer) in take::<Vec<(u64, LiveOffer)>>(from)? {
            self.desks.offer_made(OfferId(id), offer);
        }
        let goals = take::<Vec<Goal>>(from)?;
        if version < 5 {
            self.statistics.count_on(from)?;
        }
        self.statistics.configure(self.engine.definitions(), goals);
        for (since, client, idem, digest, result) in take::<Vec<Key>>(from)? {
            self.idem.remember(&client, &idem, digest, result, Timestamp(since));
        }
        for (due, timer) in take::<Vec<(u64, Timer)>>(from)? {
            self.timers.set(Timestamp(due), timer);
        }
        for (frame, masked, audience, offer) in take::<Vec<Event>>(from)? {
            let readable = is_event(&frame) && masked.as_deref().is_none_or(is_event);
            let audience = audience.read(&self.engine, &self.names).filter(|_| readable);
            let audience = audience.ok_or(postcard::Error::DeserializeBadEncoding)?;
            self.ring.put_back(&frame, masked.as_deref(), audience, offer.map(OfferId));
        }
        self.ring.number_from(newest);
        if version >= 3 {
            for (id, path) in take::<Vec<(u64, Path)>>(from)? {
                self.contacts.insert_path(ContactId(id), path);
            }
        }
        if version >= 4 {
            for (met, agent, at) in take::<Vec<(u64, u32, u64)>>(from)? {
                self.acquaintances.met(met, AgentId(agent), Timestamp(at));
            }
        }
        if from.is_empty() { Ok(()) } else { Err(postcard::Error::DeserializeBadEncoding.into()) }
    }
}
