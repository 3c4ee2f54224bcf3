//! The server's process in the simulation: the real core, log and snapshots, without threads and
//! sockets.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use acd_core::Timestamp;
use acd_log::snapshots::{Retention, SnapshotInfo};
use acd_log::{Committer, Follower, Log, LogError, Options, Recovery, SimDisk, Storage, Watermark};
use acd_proto::{Decoder, Request, decode, encode};
use serde_json::Value;

use super::super::StoreError;
use super::super::sink::LogSink;
use super::super::snapshots::Work;
use crate::clock::Clock;
use crate::config::Config;
use crate::core::{ConnectionId, Core, Identity};
use crate::durability::Durability;
use crate::run::{RunError, Setup};
use crate::session::Out;

/// A connection at the server's end.
#[derive(Debug, Default)]
struct End {
    decoder: Decoder,
    out: Rc<Out>,
    greeted: bool,
}

/// A running server.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) core: Core,
    committer: Committer,
    watermark: Watermark,
    disk: SimDisk,
    config: Config,
    ends: BTreeMap<u64, End>,
    last: u64,
}

/// What a recovery found, before the server goes on.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) core: Core,
    pub(super) recovered: acd_log::Recovered,
}

/// Reads the log on this disk, as the server does when it starts.
pub(super) fn find(
    config: &Config,
    disk: &SimDisk,
    options: &Options,
    at: Timestamp,
) -> Result<Found, RunError> {
    let mut setup = Setup::from(config.clone());
    setup.clock = Clock::standing(at);
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let recovery = Recovery::open(storage, options).map_err(StoreError::Log)?;
    let (core, recovered) = super::super::recover(&setup, Path::new("simulated"), recovery)?;
    Ok(Found { core, recovered })
}

/// The oldest state that can be had, and all records after it: must be what [`find`] gives.
pub(super) fn find_from_the_oldest(
    config: &Config,
    disk: &SimDisk,
    options: &Options,
    at: Timestamp,
) -> Result<Core, RunError> {
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let recovery = Recovery::open(storage, options).map_err(StoreError::Log)?;
    let mut core = super::super::follower(config, Clock::standing(at))?;
    let mut after = 0;
    if recovery.first_seq() > 1 {
        let oldest =
            recovery.snapshots().last().expect("what was deleted is in a snapshot").clone();
        super::super::take_over(&mut core, &recovery, &oldest)?;
        after = oldest.seq;
    }
    recovery.replay(after, |entry, _| {
        core.replay(entry.payload).map_err(|error| StoreError::Replay(entry.seq, error))
    })?;
    Ok(core)
}

impl Process {
    /// Goes on where the log ends.
    pub(super) fn start(found: Found, config: &Config, disk: &SimDisk) -> Result<Self, RunError> {
        let Found { mut core, recovered } = found;
        let (is_new, epoch) = (recovered.last_seq == 0, recovered.epoch);
        let writer = recovered.writer().map_err(StoreError::Log)?;
        let (log, committer) = Log::by_hand(writer, || {});
        let watermark = log.watch();
        core.keep_in(Box::new(LogSink::new(log, epoch)), Durability::Fsync);
        if is_new {
            core.begin()?;
        } else {
            core.go_on()?;
        }
        let (config, disk) = (config.clone(), disk.clone());
        Ok(Self { core, committer, watermark, disk, config, ends: BTreeMap::new(), last: 0 })
    }

    /// Up to which record everything is acknowledged.
    pub(super) fn acknowledged(&self) -> u64 {
        self.watermark.get()
    }

    /// It is now so late: does what is due.
    pub(super) fn pass(&mut self, at: Timestamp) {
        self.core.set_clock(Clock::standing(at));
        while self.core.on_timer().is_none() {}
    }

    /// The turn of the log's thread; what waited for the disk leaves.
    pub(super) fn commit(&mut self) -> Result<(), LogError> {
        self.core.publish();
        let done = self.committer.commit();
        if let Some(error) = self.core.log_moved() {
            return Err(error);
        }
        done
    }

    /// The turn of the thread that zeroes segments.
    pub(super) fn prepare(&mut self) {
        self.committer.prepare();
    }

    /// The turn of the thread that writes snapshots. Returns whether it wrote one.
    pub(super) fn snapshot(&mut self, at: Timestamp) -> Result<bool, String> {
        let storage: Arc<dyn Storage> = Arc::new(self.disk.clone());
        let work = Work {
            config: self.config.clone(),
            clock: Clock::standing(at),
            storage: Arc::clone(&storage),
            watermark: self.watermark.clone(),
            stops: Arc::default(),
            decided: Arc::new(self.core.witness().into()),
            every: 0,
            retention: Retention::default(),
            rests: std::time::Duration::ZERO,
        };
        let until = self.acknowledged();
        let (mut core, from) = match work.begin() {
            Ok(begun) => begun,
            Err(error) => return disk_failed(&error),
        };
        let mut follower = Follower::new(storage, from);
        let mut seen = None;
        while let Some(entry) = follower.next(until).map_err(|error| error.to_string())? {
            let replayed = core.replay(entry.payload);
            replayed.map_err(|error| format!("the follower, record {}: {error}", entry.seq))?;
            seen = Some((entry.seq, entry.epoch, entry.crc));
        }
        let Some((seq, epoch, record_crc)) = seen else { return Ok(false) };
        if seq != until {
            return Err(format!("the follower ends at {seq}, and {until} is the watermark"));
        }
        work.compare(&core, seq).map_err(|error| error.to_string())?;
        let info = SnapshotInfo { seq, epoch, record_crc, state_hash: core.state_hash() };
        match work.write(&core, &info) {
            Ok(()) => Ok(true),
            Err(error) => disk_failed(&error),
        }
    }

    /// Somebody connects.
    pub(super) fn connect(&mut self) -> u64 {
        self.last += 1;
        self.ends.insert(self.last, End::default());
        self.last
    }

    /// The connection is cut.
    pub(super) fn disconnect(&mut self, link: u64) {
        self.ends.remove(&link);
        self.core.closed(ConnectionId(link));
    }

    /// Bytes have come in.
    pub(super) fn receive(&mut self, link: u64, bytes: &[u8]) {
        let Some(end) = self.ends.get_mut(&link) else { return };
        end.decoder.push(bytes);
        while let Some(frame) = end.decoder.next() {
            let call = frame.map_err(|error| (acd_proto::call::Id::NULL, error)).and_then(decode);
            let refused = match call {
                Ok(call) => match call.request {
                    Request::Hello(ref params) if !end.greeted => {
                        let identity = Identity {
                            role: params.role.expect("the simulation names it"),
                            name: params.name.as_deref().expect("the simulation names it").into(),
                        };
                        let (id, resume) = (ConnectionId(link), params.resume.as_ref());
                        let done = self.core.hello(id, &call.id, &identity, resume, &end.out);
                        end.greeted = done.is_ok();
                        end.decoder.set_limit(acd_proto::FRAME_BYTES_MAX);
                        done.map_err(|error| (call.id, error))
                    }
                    _ => {
                        self.core.handle(ConnectionId(link), call, Instant::now());
                        Ok(())
                    }
                },
                Err(refused) => Err(refused),
            };
            if let Err((id, error)) = refused {
                end.out.reply(|out| encode::error(out, &id, &error));
            }
            while self.core.catch_up(ConnectionId(link)) {}
        }
    }

    /// What has left for this connection, at most so many lines.
    pub(super) fn take(&mut self, link: u64, most: usize) -> Vec<Value> {
        let Some(end) = self.ends.get(&link) else { return Vec::new() };
        let lines = std::iter::from_fn(|| end.out.take()).take(most);
        lines.map(|line| serde_json::from_slice(&line).expect("lines are JSON")).collect()
    }
}

/// A snapshot may fail with the disk, and for no other reason.
fn disk_failed(error: &RunError) -> Result<bool, String> {
    match error {
        RunError::Store(StoreError::Log(LogError::Io { .. } | LogError::Sync { .. })) => Ok(false),
        error => Err(format!("no snapshot can be written: {error}")),
    }
}
