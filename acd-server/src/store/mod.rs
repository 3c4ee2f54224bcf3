//! The log's files behind the core: read at the start, written while it runs.

#[cfg(test)]
mod proof;
mod sink;
mod snapshots;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use acd_log::{Disk, Follower, Log, LogError, Options, Recovered, Recovery, Storage};
use tokio::sync::Notify;

use self::sink::LogSink;
pub(crate) use self::snapshots::Snapshots;
use crate::clock::Clock;
use crate::config::Config;
use crate::core::counting::Told;
use crate::core::{Core, KeptError, ReplayError};
use crate::durability::Durability;
use crate::run::{RunError, Setup};
use crate::session::Past;

/// How often a long recovery says how far it is.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// Why a log cannot be taken up.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The files say no.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A record cannot be done again.
    #[error(
        "record {0} of the log: {1}. Nothing was changed. Start the version of the program that \
         wrote it; if that says the same, see `acd log verify`"
    )]
    Replay(u64, ReplayError),
    /// No snapshot can be used, and the records before the first segment are gone.
    #[error("{0}: {1}")]
    Snapshot(String, KeptError),
    /// Nothing shall be written, and something is there.
    #[error(
        "{0} holds a log, which would be left behind: start without `--durability none`, or name \
         another directory"
    )]
    LeftBehind(String),
}

/// A core with its log, and who writes its snapshots.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) core: Core,
    pub(crate) snapshots: Option<Snapshots>,
    pub(crate) past: Option<Past>,
}

/// The core of this directory: what was, or a new one. `moved` is notified when the watermark
/// moves, or the log stops.
pub(crate) fn open(setup: &Setup, moved: &Arc<Notify>) -> Result<Opened, RunError> {
    let durability = setup.durability();
    let Some(data) = setup.data.as_deref() else { return forgetful(setup) };
    let storage: Arc<dyn Storage> = Arc::new(Disk::open(data).map_err(StoreError::Log)?);
    let options = options(setup);
    let recovery = Recovery::open(Arc::clone(&storage), &options).map_err(StoreError::Log)?;
    if durability == Durability::None {
        if !recovery.is_empty() {
            return Err(StoreError::LeftBehind(data.display().to_string()).into());
        }
        return forgetful(setup);
    }
    let began = Instant::now();
    let (mut core, recovered) = recover(setup, data, recovery)?;
    let read_in = began.elapsed();
    let is_new = recovered.last_seq == 0;
    let (last, epoch) = (recovered.last_seq, recovered.epoch);
    let writer = recovered.writer().map_err(StoreError::Log)?;
    let moved = Arc::clone(moved);
    let log = Log::start(writer, move || moved.notify_one());
    let watermark = log.watch();
    core.keep_in(Box::new(LogSink::new(log, epoch)), durability);
    if is_new {
        core.begin()?;
    } else {
        core.go_on()?;
    }
    let past = Past::new(data.to_owned(), watermark.clone());
    let snapshots = Snapshots::start(setup, storage, watermark, last, read_in)?;
    Ok(Opened { core, snapshots: Some(snapshots), past: Some(past) })
}

fn options(setup: &Setup) -> Options {
    let durability = match setup.durability() {
        Durability::Fsync => acd_log::Durability::Fsync,
        Durability::Async => acd_log::Durability::Async,
        Durability::None => acd_log::Durability::None,
    };
    let default = Options::default();
    let segment_bytes = setup.segment_bytes.unwrap_or(default.segment_bytes);
    Options { durability, segment_bytes, ..default }
}

fn empty_core(setup: &Setup) -> Result<Core, RunError> {
    Core::new(setup.config.clone(), setup.clock, setup.data.as_deref())
}

/// A core that writes nothing down.
fn forgetful(setup: &Setup) -> Result<Opened, RunError> {
    let mut core = empty_core(setup)?;
    core.begin()?;
    Ok(Opened { core, snapshots: None, past: None })
}

/// A core that only reads what another writes: it keeps no audit.
pub(crate) fn follower(config: &Config, clock: Clock) -> Result<Core, RunError> {
    Core::new(config.clone(), clock, None)
}

/// Reads a log from as far back as it goes, changing nothing; a core hears it happen again.
pub(crate) fn hear(
    data: &Path,
    config: &Config,
    heard: Box<dyn FnMut(Told)>,
) -> Result<(), RunError> {
    let (mut core, mut records) = oldest(data, config, |core| core.be_heard(heard))?;
    while let Some(entry) = records.next(u64::MAX).map_err(StoreError::Log)? {
        core.replay(entry.payload).map_err(|error| StoreError::Replay(entry.seq, error))?;
    }
    Ok(())
}

/// A core as it was at the oldest that can be read of a log, `prepared` before that, and the
/// records after it. Changes nothing.
pub(crate) fn oldest(
    data: &Path,
    config: &Config,
    prepare: impl FnOnce(&mut Core),
) -> Result<(Core, Follower), RunError> {
    let storage: Arc<dyn Storage> = Arc::new(Disk::read_only(data).map_err(StoreError::Log)?);
    let recovery = Recovery::open(Arc::clone(&storage), &Options::default());
    let recovery = recovery.map_err(StoreError::Log)?;
    let mut core = follower(config, Clock::real())?;
    prepare(&mut core);
    let mut after = 0;
    if let Err(gone) = Follower::new(Arc::clone(&storage), 0).next(u64::MAX) {
        let oldest = recovery.snapshots().last().ok_or(StoreError::Log(gone))?;
        take_over(&mut core, &recovery, oldest)?;
        after = oldest.seq;
    }
    Ok((core, Follower::new(storage, after)))
}

/// The newest snapshot that can be used, and every record after it.
fn recover(setup: &Setup, data: &Path, recovery: Recovery) -> Result<(Core, Recovered), RunError> {
    let began = Instant::now();
    let (mut core, after) = newest_snapshot(&recovery, || empty_core(setup))?;
    let mut told = Instant::now();
    let recovered = recovery.replay(after, |entry, progress| {
        if told.elapsed() >= TOLD_EVERY {
            told = Instant::now();
            let percent = progress.bytes * 100 / progress.bytes_total.max(1);
            tracing::info!(record = entry.seq, percent, "reading the log");
        }
        core.replay(entry.payload).map_err(|error| StoreError::Replay(entry.seq, error))
    })?;
    if let Some(cut) = &recovered.cut {
        let (file, offset, bytes) = (&cut.file, cut.offset, cut.bytes);
        tracing::warn!(%file, offset, bytes, "cut a tail that was never acknowledged");
    }
    if recovered.last_seq > 0 {
        tracing::info!(
            data = %data.display(),
            snapshot = after,
            records = recovered.records,
            last = recovered.last_seq,
            ms = began.elapsed().as_millis() as u64,
            "recovered"
        );
    }
    Ok((core, recovered))
}

/// The state to read on from, in an empty core, and the record it holds last.
fn newest_snapshot(
    recovery: &Recovery,
    empty: impl Fn() -> Result<Core, RunError>,
) -> Result<(Core, u64), RunError> {
    for info in recovery.snapshots() {
        let mut core = empty()?;
        match take_over(&mut core, recovery, info) {
            Ok(()) => return Ok((core, info.seq)),
            Err(error) => {
                tracing::warn!(snapshot = info.seq, %error, "a snapshot cannot be used, trying older");
            }
        }
    }
    Ok((empty()?, 0))
}

fn take_over(
    core: &mut Core,
    recovery: &Recovery,
    info: &acd_log::snapshots::SnapshotInfo,
) -> Result<(), StoreError> {
    let named = |error| StoreError::Snapshot(format!("snapshot {}", info.seq), error);
    core.take_over(&mut recovery.read(info)?).map_err(named)
}
