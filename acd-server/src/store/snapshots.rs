//! Snapshots, written by a second core on a thread of its own that follows the log: the one that
//! decides never stops for them.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use acd_log::snapshots::{Retention, SnapshotInfo, SnapshotWriter, prune};
use acd_log::{Follower, LogError, Options, Recovery, Storage, Watermark};

use super::StoreError;
use crate::clock::Clock;
use crate::config::Config;
use crate::core::{Core, KeptError, Witness};
use crate::run::{RunError, Setup};

/// Records between two snapshots.
const EVERY_RECORDS: u64 = 250_000;
/// The longest between two, while anything happens.
const EVERY: Duration = Duration::from_mins(10);
/// How long the thread sleeps where nothing happens; then it looks whether the server stops.
const NAP: Duration = Duration::from_millis(100);

/// The thread that writes snapshots.
#[derive(Debug)]
pub(crate) struct Snapshots {
    stops: Arc<AtomicBool>,
    /// Where the core that decides has stopped: what the other must come to.
    decided: Arc<OnceLock<Witness>>,
    thread: Option<JoinHandle<Result<(), RunError>>>,
}

/// What the thread works with.
pub(super) struct Work {
    pub(super) config: Config,
    pub(super) clock: Clock,
    pub(super) storage: Arc<dyn Storage>,
    pub(super) watermark: Watermark,
    pub(super) stops: Arc<AtomicBool>,
    pub(super) decided: Arc<OnceLock<Witness>>,
    pub(super) every: u64,
    pub(super) retention: Retention,
    /// How long it waits before it begins.
    pub(super) rests: Duration,
}

impl Snapshots {
    /// Follows the log from its newest snapshot on, twice as long after it was read as that took.
    /// `last` is the last record of the run before.
    pub(super) fn start(
        setup: &Setup,
        storage: Arc<dyn Storage>,
        watermark: Watermark,
        last: u64,
        read_in: Duration,
    ) -> Result<Self, RunError> {
        let (stops, decided) = (Arc::default(), Arc::default());
        let work = Work {
            config: setup.config.clone(),
            clock: setup.clock,
            storage,
            watermark,
            stops: Arc::clone(&stops),
            decided: Arc::clone(&decided),
            every: setup.snapshot_every.unwrap_or(EVERY_RECORDS),
            retention: setup.retention,
            rests: read_in * 2,
        };
        let thread = std::thread::Builder::new().name("acd-snapshots".into());
        let run = move || {
            let done = work.run(last);
            if let Err(error) = &done {
                tracing::error!(%error, "no more snapshots are written; the log goes on");
            }
            done
        };
        let thread = thread.spawn(run).map_err(RunError::Thread)?;
        Ok(Self { stops, decided, thread: Some(thread) })
    }

    /// Ends the thread, once it has come to where the core that decides has stopped. Says when both
    /// are not in the same state there.
    pub(crate) fn compare(mut self, decided: Witness) -> Result<(), RunError> {
        // Set once, here.
        let _ = self.decided.set(decided);
        match self.stop() {
            Some(Err(error @ RunError::Diverged { .. })) => Err(error),
            // What else went wrong was said when it did, and no snapshot is no loss.
            _ => Ok(()),
        }
    }

    fn stop(&mut self) -> Option<Result<(), RunError>> {
        self.stops.store(true, Ordering::Release);
        let ended = self.thread.take()?.join();
        if ended.is_err() {
            tracing::error!("the thread of the snapshots has failed");
        }
        ended.ok()
    }
}

impl Drop for Snapshots {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Work {
    fn run(&self, last: u64) -> Result<(), RunError> {
        // Those who come back, and their first decisions, have the machine to themselves.
        let began = Instant::now();
        while began.elapsed() < self.rests && !self.stops.load(Ordering::Acquire) {
            std::thread::sleep(NAP.min(self.rests));
        }
        let (mut core, written) = self.begin()?;
        let mut follower = Follower::new(Arc::clone(&self.storage), written);
        let mut seen = None;
        let mut since = Instant::now();
        // The record that a snapshot was last tried at.
        let mut tried = written;
        tracing::debug!(from = written, until = last, "the snapshots' core follows the log");
        loop {
            let stops = self.stops.load(Ordering::Acquire);
            let watermark = self.watermark.get();
            if stops && (self.decided.get().is_none() || follower.next_seq() > watermark) {
                return self.compare(&core, follower.next_seq() - 1);
            }
            if let Some(entry) = follower.next(watermark).map_err(StoreError::Log)? {
                let replayed = core.replay(entry.payload);
                replayed.map_err(|error| StoreError::Replay(entry.seq, error))?;
                seen = Some((entry.seq, entry.epoch, entry.crc));
            } else {
                self.watermark.wait(watermark + 1, NAP);
                if self.watermark.stopped().is_some() {
                    return Ok(());
                }
            }
            let Some((seq, epoch, record_crc)) = seen else { continue };
            if seq - tried >= self.every || (seq > tried && since.elapsed() >= EVERY) {
                let info = SnapshotInfo { seq, epoch, record_crc, state_hash: core.state_hash() };
                if let Err(error) = self.write(&core, &info) {
                    tracing::error!(record = seq, %error, "a snapshot could not be written");
                }
                (tried, since) = (seq, Instant::now());
            }
        }
    }

    /// Whether this core, after that record, is where the one that decides has stopped.
    pub(super) fn compare(&self, core: &Core, record: u64) -> Result<(), RunError> {
        let Some(&decided) = self.decided.get().filter(|decided| decided.record == record) else {
            return Ok(());
        };
        let followed = Witness { record, ..core.witness() };
        if followed != decided {
            return Err(RunError::Diverged { decided, followed });
        }
        tracing::debug!(record, "the core that followed the log is where the one that decided is");
        Ok(())
    }

    /// The newest snapshot as a core, and the record it holds last.
    pub(super) fn begin(&self) -> Result<(Core, u64), RunError> {
        let recovery = Recovery::open(Arc::clone(&self.storage), &Options::default());
        let recovery = recovery.map_err(StoreError::Log)?;
        super::newest_snapshot(&recovery, || super::follower(&self.config, self.clock))
    }

    /// Writes a snapshot, once it was read back and is the same.
    pub(super) fn write(&self, core: &Core, info: &SnapshotInfo) -> Result<(), RunError> {
        let began = Instant::now();
        let bytes = core.kept();
        let mut again = super::follower(&self.config, self.clock)?;
        let named = |error| StoreError::Snapshot(format!("snapshot {}", info.seq), error);
        again.take_over(&mut bytes.as_slice()).map_err(named)?;
        // Whether it is what was read is checked at a restart; here, that it comes back whole.
        let (found, written) = (again.state_hash(), info.state_hash);
        if found != written {
            return Err(named(KeptError::Hash { found, written }).into());
        }
        drop(again);
        self.put(&bytes, info).map_err(StoreError::Log)?;
        let ms = began.elapsed().as_millis() as u64;
        tracing::info!(record = info.seq, bytes = bytes.len(), ms, "wrote a snapshot");
        Ok(())
    }

    fn put(&self, bytes: &[u8], info: &SnapshotInfo) -> Result<(), LogError> {
        let mut writer = SnapshotWriter::create(Arc::clone(&self.storage), info)?;
        writer.write_all(bytes).map_err(|error| LogError::Io {
            action: "write",
            file: format!("snapshot {}", info.seq),
            kind: error.kind(),
            reason: error.to_string(),
        })?;
        writer.finish()?;
        prune(&*self.storage, self.retention).map(|_| ())
    }
}
