//! Why the log refuses, and why it stops: every error names the file and what to do.

use std::io;

use thiserror::Error;

/// Why a record was not taken. Nothing of it was written; the log goes on.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AppendError {
    /// Somebody with a higher epoch writes here now.
    #[error("fenced: epoch {epoch} is over, the log is in epoch {current}")]
    Fenced {
        /// The epoch of who asked.
        epoch: u32,
        /// The log's epoch.
        current: u32,
    },
    /// The log's next record has another number than its writer thinks.
    #[error("out of order: expected to write record {expected}, the log's next is {next}")]
    OutOfOrder {
        /// What the writer thinks.
        expected: u64,
        /// What is.
        next: u64,
    },
    /// An empty record, or one beyond the maximum.
    #[error("a record has 1 to {max} bytes, this one {bytes}")]
    Size {
        /// Its size.
        bytes: usize,
        /// The most it may have.
        max: usize,
    },
    /// As many records wait for the disk as there is room for: back-pressure.
    #[error("log behind: {waiting} bytes wait for the disk; try again")]
    Busy {
        /// Bytes that wait.
        waiting: u64,
    },
    /// There is no room for another segment: free some space. Nothing accepted is lost.
    #[error("disk full: {0}; free some space, the log goes on by itself")]
    DiskFull(LogError),
    /// The log has stopped for good.
    #[error("log stopped: {0}")]
    Stopped(LogError),
}

/// Why a log could not be opened, read or written.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LogError {
    /// The operating system refused.
    #[error("{action} {file}: {reason}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        file: String,
        /// Which kind of refusal.
        kind: io::ErrorKind,
        /// In its words.
        reason: String,
    },
    /// Syncing failed. Nobody knows what the disk holds now, so nothing is written after it.
    #[error(
        "fsync {file}: {reason}. What was written since the last sync may be lost, and a second \
         fsync would say otherwise, so the log stops. Look at the disk, then start again: recovery \
         keeps every acknowledged record"
    )]
    Sync {
        /// Of which file.
        file: String,
        /// In the system's words.
        reason: String,
    },
    /// Acknowledged records cannot be read.
    #[error("{0}")]
    Damaged(Box<Damage>),
    /// A file of a later version of this program.
    #[error(
        "{file} is of version {version}; this program reads version {known}. Start the program \
         that wrote it"
    )]
    UnknownVersion {
        /// Which file.
        file: String,
        /// Its version.
        version: u32,
        /// What is known.
        known: u32,
    },
    /// Another process writes here.
    #[error("{directory} is in use by another process; stop it, or name another directory")]
    Locked {
        /// The directory.
        directory: String,
    },
}

/// Where acknowledged records cannot be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "{file}, offset {offset}: {what}. Record {seq} and what follows cannot be trusted, and they \
     were acknowledged (watermark {watermark}). Nothing was changed. See the extent with `acd log \
     verify`; put back a good copy of the file, or give up what follows with `acd log repair \
     --from {seq}`"
)]
pub struct Damage {
    /// Which file.
    pub file: String,
    /// Where in it, in bytes.
    pub offset: u64,
    /// The first record that cannot be read.
    pub seq: u64,
    /// Up to which record durability was promised, as far as the files tell.
    pub watermark: u64,
    /// What is wrong there.
    pub what: String,
}

impl LogError {
    /// For `map_err` of an operation on a file.
    pub(crate) fn io(action: &'static str, file: &str) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_owned();
        move |error| Self::Io { action, file, kind: error.kind(), reason: error.to_string() }
    }

    /// For `map_err` of a sync.
    pub(crate) fn sync(file: &str) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_owned();
        move |error| Self::Sync { file, reason: error.to_string() }
    }

    /// Damage to acknowledged records.
    pub(crate) fn damaged(
        file: &str,
        offset: u64,
        seq: u64,
        watermark: u64,
        what: impl Into<String>,
    ) -> Self {
        let what = what.into();
        Self::Damaged(Box::new(Damage { file: file.to_owned(), offset, seq, watermark, what }))
    }
}
