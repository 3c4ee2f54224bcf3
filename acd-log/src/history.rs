//! A log as the past: any contact's life, any instant's state, and whether all of it was right.
//!
//! Reading changes nothing, and needs no lock: the server may be writing meanwhile. Each question
//! begins at the newest snapshot that is old enough, and reads the records from there.

use std::io::Read;
use std::sync::Arc;

use acd_core::{ContactId, Counters, Engine, Timestamp};
use serde::Serialize;
use thiserror::Error;

use crate::audit::{Audit, Violation};
use crate::error::LogError;
use crate::follow::Follower;
use crate::options::Options;
use crate::record::{DecodeError, Record, SnapshotError, read_state, read_summary};
use crate::recovery::Recovery;
use crate::replay::{Logged, Replay, ReplayError};
use crate::snapshots::SnapshotInfo;
use crate::storage::Storage;
use crate::trace::{Trace, trace};

/// Why the past cannot be told.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A snapshot cannot be read.
    #[error("the snapshot of record {seq}: {error}")]
    Snapshot {
        /// Its record.
        seq: u64,
        /// Why.
        error: SnapshotError,
    },
    /// A record is none.
    #[error("record {seq}: {error}")]
    Record {
        /// Its number.
        seq: u64,
        /// Why.
        error: DecodeError,
    },
    /// The engine and the log do not agree.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// What is asked for lies before everything that is kept.
    #[error("the log does not go back that far: what it tells begins with record {first}")]
    TooOld {
        /// The first record that can be told.
        first: u64,
    },
}

/// A log in a directory, read and never written.
#[derive(Debug)]
pub struct History {
    storage: Arc<dyn Storage>,
    snapshots: Vec<SnapshotInfo>,
    options: Options,
}

/// The records after a number, as far as they are written.
#[derive(Debug)]
pub struct Records(Follower);

/// How an audit went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Audited {
    /// The first record audited.
    pub from: u64,
    /// The last.
    pub to: u64,
    /// The first violation, if there is one.
    pub violation: Option<Violation>,
}

impl History {
    /// Opens a log.
    pub fn open(storage: Arc<dyn Storage>) -> Result<Self, HistoryError> {
        let options = Options::default();
        let snapshots = Recovery::open(Arc::clone(&storage), &options)?.snapshots().to_vec();
        Ok(Self { storage, snapshots, options })
    }

    /// One contact's life, with every decision explained; none where the log does not bring it.
    pub fn trace(&self, contact: ContactId) -> Result<Option<Trace>, HistoryError> {
        let replay = self.begin(|_, counters| counters.contacts < contact.0)?;
        let records = Records::after(self, replay.seq());
        Ok(trace(replay, records, contact)?)
    }

    /// The engine as it was after a record, or at an instant, whichever comes first.
    pub fn until(&self, seq: Option<u64>, now: Option<Timestamp>) -> Result<Replay, HistoryError> {
        let mut replay = self.begin_by(|info, at, _| {
            seq.is_none_or(|seq| info.is_none_or(|info| info.seq <= seq))
                && now.is_none_or(|now| at <= now)
        })?;
        let records = Records::after(self, replay.seq());
        replay.until(records, seq, now)?;
        Ok(replay)
    }

    /// Audits everything that is there, from the oldest state that can be rebuilt.
    pub fn audit(&self) -> Result<Audited, HistoryError> {
        let mut watch = self.watch()?;
        watch.catch_up()?;
        Ok(watch.audited())
    }

    /// Begins an audit that can be continued as the log grows.
    pub fn watch(&self) -> Result<Watch, HistoryError> {
        let replay = match self.oldest()? {
            Some(info) => self.restore(&info)?,
            None => Self::genesis()?,
        };
        let audit = Audit::begin(replay.engine(), replay.engine().now(), Some(replay.seq()));
        let records = Records::after(self, replay.seq());
        let from = replay.seq() + 1;
        Ok(Watch { replay, audit, records, from, violation: None })
    }

    /// The oldest snapshot, where the log does not go back to its first record.
    fn oldest(&self) -> Result<Option<SnapshotInfo>, HistoryError> {
        let mut records = Records::after(self, 0);
        match records.0.next(u64::MAX) {
            Ok(_) => Ok(None),
            Err(gone) => match self.snapshots.last() {
                Some(oldest) => Ok(Some(oldest.clone())),
                None => Err(gone.into()),
            },
        }
    }

    fn begin(&self, good: impl Fn(Timestamp, &Counters) -> bool) -> Result<Replay, HistoryError> {
        self.begin_by(|_, at, counters| good(at, counters))
    }

    /// Restores the newest snapshot that is old enough, or begins at the first record.
    fn begin_by(
        &self,
        good: impl Fn(Option<&SnapshotInfo>, Timestamp, &Counters) -> bool,
    ) -> Result<Replay, HistoryError> {
        for info in &self.snapshots {
            let summary = read_summary(&mut self.reader(info)?);
            let (at, counters) = summary.map_err(|error| broken(info, error))?;
            if good(Some(info), at, &counters) {
                return self.restore(info);
            }
        }
        match self.oldest()? {
            Some(oldest) => Err(HistoryError::TooOld { first: oldest.seq + 1 }),
            None => Self::genesis(),
        }
    }

    /// Before the first record; where a city has a seed, that record says so.
    fn genesis() -> Result<Replay, HistoryError> {
        Ok(Replay::from(&Engine::new(0).state(), 0)?)
    }

    fn reader(&self, info: &SnapshotInfo) -> Result<impl Read, HistoryError> {
        let recovery = Recovery::open(Arc::clone(&self.storage), &self.options)?;
        Ok(recovery.read(info)?)
    }

    fn restore(&self, info: &SnapshotInfo) -> Result<Replay, HistoryError> {
        let state = read_state(&mut self.reader(info)?).map_err(|error| broken(info, error))?;
        Ok(Replay::from(&state, info.seq)?)
    }
}

fn broken(info: &SnapshotInfo, error: SnapshotError) -> HistoryError {
    HistoryError::Snapshot { seq: info.seq, error }
}

impl Records {
    fn after(history: &History, seq: u64) -> Self {
        Self(Follower::new(Arc::clone(&history.storage), seq))
    }

    fn read(&mut self) -> Result<Option<Logged>, HistoryError> {
        let Some(entry) = self.0.next(u64::MAX)? else { return Ok(None) };
        let seq = entry.seq;
        let record = Record::decode(entry.payload);
        let Record { now, command, .. } =
            record.map_err(|error| HistoryError::Record { seq, error })?;
        Ok(Some(Logged { seq, now, command }))
    }
}

impl Iterator for Records {
    type Item = Result<Logged, HistoryError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// An audit under way.
#[derive(Debug)]
pub struct Watch {
    replay: Replay,
    audit: Audit,
    records: Records,
    from: u64,
    violation: Option<Violation>,
}

impl Watch {
    /// Audits what has been written since; stops at the first violation. Gives how many records.
    pub fn catch_up(&mut self) -> Result<u64, HistoryError> {
        let mut count = 0;
        while self.violation.is_none() {
            let Some(logged) = self.records.read()? else { break };
            let effects = self.replay.apply(&logged)?;
            count += 1;
            self.violation = self.audit.follow(&logged, &effects, self.replay.engine()).err();
        }
        if count > 0 && self.violation.is_none() {
            self.violation = self.audit.finish(self.replay.engine()).err();
        }
        Ok(count)
    }

    /// How it has gone so far.
    pub fn audited(&self) -> Audited {
        let violation = self.violation.clone();
        Audited { from: self.from, to: self.replay.seq(), violation }
    }
}
