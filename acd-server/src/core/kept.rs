//! The server's side of a snapshot: every table that must survive, as bytes, and back.

use std::io::Read;
use std::ops::Range;
use std::sync::Arc;
use std::thread::ScopedJoinHandle;

use acd_core::{AgentId, ContactId, Engine, OfferId, Timestamp};
use acd_log::record::{SnapshotError, read_names, read_state, take_state, write_state};
use serde::{Deserialize, Serialize};

use super::Core;
use super::audience::Written;
use super::contacts::{Contact, Contacts, Ended, Path};
use super::desks::{Desk, LiveOffer};
use super::fanout::is_event;
use super::names::Names;
use super::plain::Plain as _;
use super::ring::{Entry, Ring};
use super::statistics::{Goal, Statistics};
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
/// An event of the ring, as it is written.
type Event<'r> = (&'r [u8], Option<&'r [u8]>, Written, Option<u64>);
/// An idempotency key: since when, client, key, request, result.
type Key = (u64, Arc<str>, Box<str>, u64, Arc<str>);

fn put(to: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    let bytes = std::mem::take(to);
    *to = postcard::to_extend(value, bytes).expect("plain data, and memory is no IO");
}

fn take<'b, T: Deserialize<'b>>(from: &mut &'b [u8]) -> Result<T, KeptError> {
    let (value, rest) = postcard::take_from_bytes(from)?;
    *from = rest;
    Ok(value)
}

/// The tables as they were written, but for those that lead from one to another.
struct Tables {
    head: Head,
    front_ends: Vec<Arc<str>>,
    contacts: Contacts,
    ended: Vec<(u64, Ended)>,
    desks: Vec<(u32, Desk)>,
    offers: Vec<(u64, LiveOffer)>,
    goals: Vec<Goal>,
    /// Where in `bytes` lies what was counted; nowhere where it came before.
    counted: Range<usize>,
    keys: Vec<Key>,
    timers: Vec<(u64, Timer)>,
    events: Vec<Lying>,
    paths: Vec<(u64, Path)>,
    known: Vec<(u64, u32, u64)>,
    bytes: Vec<u8>,
}

/// Reads the tables.
fn read_tables(version: u8, queues: &[String], from: &mut impl Read) -> Result<Tables, KeptError> {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).map_err(SnapshotError::from)?;
    let mut rest = bytes.as_slice();
    let (head, front_ends) = (take(&mut rest)?, take(&mut rest)?);
    let count = take::<usize>(&mut rest)?;
    let contacts = Contacts::read(count, queues, || {
        // In a box: it is moved several times on its way.
        let (id, contact): (u64, Box<Contact>) = take(&mut rest)?;
        Ok::<_, KeptError>((ContactId(id), contact))
    })?;
    let (ended, desks, offers) = (take(&mut rest)?, take(&mut rest)?, take(&mut rest)?);
    let goals = take(&mut rest)?;
    let counted = bytes.len() - rest.len();
    if version < 5 {
        Statistics::new("UTC").count_on(&mut rest)?;
    }
    let counted = counted..bytes.len() - rest.len();
    let (keys, timers) = (take(&mut rest)?, take(&mut rest)?);
    let events = read_events(&bytes, &mut rest)?;
    let paths = if version >= 3 { take(&mut rest)? } else { Vec::new() };
    let known = if version >= 4 { take(&mut rest)? } else { Vec::new() };
    if !rest.is_empty() {
        return Err(postcard::Error::DeserializeBadEncoding.into());
    }
    Ok(Tables {
        head,
        front_ends,
        contacts,
        ended,
        desks,
        offers,
        goals,
        counted,
        keys,
        timers,
        events,
        paths,
        known,
        bytes,
    })
}

/// An event as it is written.
fn written<'r>(entry: &Entry, ring: &'r Ring, names: &Names) -> Event<'r> {
    let audience = entry.audience.written(names);
    (ring.frame(entry), ring.masked(entry), audience, entry.offer.plain())
}

/// An event as it is read: where in the bytes its frame lies, and the masked one; the rest.
type Lying = (Range<usize>, Option<Range<usize>>, Written, Option<u64>);

/// Reads the events of the ring, each of which must be one.
fn read_events(bytes: &[u8], rest: &mut &[u8]) -> Result<Vec<Lying>, KeptError> {
    let count = take::<usize>(rest)?;
    // Each has several bytes, so that a count that lies costs no memory.
    let mut events = Vec::with_capacity(count.min(rest.len() / 4));
    for _ in 0..count {
        let frame = |rest: &mut &[u8]| {
            let frame: &[u8] = take(rest)?;
            let end = bytes.len() - rest.len();
            let good = is_event(frame).then_some(end - frame.len()..end);
            good.ok_or(KeptError::Bytes(postcard::Error::DeserializeBadEncoding))
        };
        let whole = frame(rest)?;
        let masked = if take(rest)? { Some(frame(rest)?) } else { None };
        events.push((whole, masked, take(rest)?, take(rest)?));
    }
    Ok(events)
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
    let (engine, found) = std::thread::scope(|scope| {
        let found = scope.spawn(|| state.hash());
        (Engine::restore(&state), joined(found))
    });
    if written == found { Ok(engine?) } else { Err(KeptError::Hash { found, written }) }
}

fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
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
        let event = |entry| written(entry, &self.ring, &self.names);
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
    /// The engine is rebuilt while other threads verify its hash, read who its contacts are, and
    /// what was counted: of a million, that is half a second each on two cores.
    pub(crate) fn take_over(&mut self, from: &mut (impl Read + Send)) -> Result<(), KeptError> {
        let state = take_state(from)?;
        let names = read_names(&mut state.as_slice())?;
        let (mut hash, mut version) = ([0; 8], [0]);
        from.read_exact(&mut hash).map_err(SnapshotError::from)?;
        from.read_exact(&mut version).map_err(SnapshotError::from)?;
        let [version] = version;
        if !(2..=VERSION).contains(&version) {
            return Err(KeptError::Version(version));
        }
        let counted = if version >= 5 { Some(take_counted(from)?) } else { None };
        let statistics = self.statistics.here();
        let (engine, tables, counted) = std::thread::scope(|scope| {
            let tables = scope.spawn(|| read_tables(version, &names.queues, from));
            let counted = scope.spawn(|| match (statistics, counted) {
                (Some(statistics), Some(counted)) => {
                    statistics.take_over(&mut postcard::Deserializer::from_bytes(&counted))
                }
                _ => Ok(()),
            });
            let engine = rebuild(&state, u64::from_le_bytes(hash));
            (engine, joined(tables), joined(counted))
        });
        counted?;
        self.engine = engine?;
        self.names.refresh(&self.engine);
        self.take_tables(tables?)
    }

    fn take_tables(&mut self, tables: Tables) -> Result<(), KeptError> {
        let (epoch, now, newest, acts) = tables.head;
        self.epoch = epoch;
        self.now = Timestamp(now);
        self.audit.set_last(acts);
        for name in tables.front_ends {
            self.front_ends.appears(&name);
        }
        self.contacts = tables.contacts;
        for (id, mut ended) in tables.ended {
            ended.of.find_queue(&self.engine, &self.names);
            self.contacts.insert_ended(ContactId(id), ended);
        }
        for (id, desk) in tables.desks {
            *self.desks.get_mut(AgentId(id)) = desk;
        }
        for (id, offer) in tables.offers {
            self.desks.offer_made(OfferId(id), offer);
        }
        let mut counted = &tables.bytes[tables.counted];
        if !counted.is_empty() {
            self.statistics.count_on(&mut counted)?;
        }
        self.statistics.configure(self.engine.definitions(), tables.goals);
        for (since, client, idem, digest, result) in tables.keys {
            self.idem.remember(&client, &idem, digest, result, Timestamp(since));
        }
        for (due, timer) in tables.timers {
            self.timers.set(Timestamp(due), timer);
        }
        for (frame, masked, audience, offer) in tables.events {
            let audience = audience.read(&self.engine, &self.names);
            let audience = audience.ok_or(postcard::Error::DeserializeBadEncoding)?;
            let masked = masked.map(|masked| &tables.bytes[masked]);
            self.ring.put_back(&tables.bytes[frame], masked, audience, offer.map(OfferId));
        }
        self.ring.number_from(newest);
        for (id, path) in tables.paths {
            self.contacts.insert_path(ContactId(id), path);
        }
        for (met, agent, at) in tables.known {
            self.acquaintances.met(met, AgentId(agent), Timestamp(at));
        }
        Ok(())
    }
}
