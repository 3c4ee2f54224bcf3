//! The append-only record of what supervisors did: who, why, before, after.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use acd_proto::{ErrorBody, Kind};
use serde::{Deserialize, Serialize};

use crate::limits::AUDIT_LINES_WAITING;
use crate::run::RunError;

/// The file under the data directory.
pub(crate) const FILE: &str = "audit.jsonl";

/// One act of a supervisor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Deed {
    /// Its number since the log began.
    pub(crate) audit: u64,
    /// Who acted.
    pub(crate) who: Arc<str>,
    /// In which role.
    pub(crate) role: Box<str>,
    /// What was done, in words.
    pub(crate) what: Arc<str>,
    /// Why.
    pub(crate) reason: Arc<str>,
    /// The state of what was acted on.
    pub(crate) before: Option<String>,
    /// Its state afterwards.
    pub(crate) after: Option<String>,
}

/// An act as a line of the file.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    /// The log's id.
    pub(crate) epoch: &'a str,
    /// City's time, µs UTC.
    pub(crate) ts: u64,
    /// What was done.
    #[serde(flatten)]
    pub(crate) act: &'a Deed,
}

/// Where acts are written down, on a thread of its own: a disk may be slow, the core may not.
#[derive(Debug)]
pub(crate) struct Audit {
    last: u64,
    writer: Option<Writer>,
}

#[derive(Debug)]
struct Writer {
    lines: SyncSender<Vec<u8>>,
    thread: JoinHandle<()>,
    waiting: Arc<std::sync::atomic::AtomicUsize>,
}

impl Audit {
    /// Appends to the file in `data`; without, acts are told as events and logged only.
    pub(crate) fn open(data: Option<&Path>) -> Result<Self, RunError> {
        let writer = data.map(|data| Writer::start(&data.join(FILE))).transpose()?;
        Ok(Self { last: 0, writer })
    }

    /// The number of the next line. Refuses, before anything is done, where the disk is behind.
    pub(crate) fn reserve(&mut self) -> Result<u64, ErrorBody> {
        let waiting = self.writer.as_ref().map_or(0, Writer::waiting);
        if waiting >= AUDIT_LINES_WAITING {
            let message = "the audit waits for the disk; nothing is done unrecorded";
            return Err(ErrorBody::new(Kind::Overloaded, message));
        }
        Ok(self.last + 1)
    }

    /// Number of the last act.
    pub(crate) const fn last(&self) -> u64 {
        self.last
    }

    /// So many acts were done.
    pub(crate) const fn set_last(&mut self, last: u64) {
        self.last = last;
    }

    /// Appends a line.
    pub(crate) fn append(&mut self, line: &Line<'_>) {
        if let Some(writer) = &self.writer {
            writer.write(line);
        }
    }

    /// Waits until everything is on the disk.
    pub(crate) fn close(&mut self) {
        if let Some(Writer { lines, thread, .. }) = self.writer.take() {
            drop(lines);
            if thread.join().is_err() {
                tracing::error!("the audit's writer has failed");
            }
        }
    }
}

impl Writer {
    fn start(path: &Path) -> Result<Self, RunError> {
        let failed = |error| RunError::Audit(path.to_owned(), error);
        let options = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
        let file = options.map_err(failed)?;
        let (lines, queue) = sync_channel(AUDIT_LINES_WAITING);
        let waiting = Arc::default();
        let counter = Arc::clone(&waiting);
        let thread = std::thread::Builder::new()
            .name("acd-audit".into())
            .spawn(move || write_all(file, &queue, &counter))
            .map_err(failed)?;
        Ok(Self { lines, thread, waiting })
    }

    fn waiting(&self) -> usize {
        self.waiting.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn write(&self, line: &Line<'_>) {
        let mut bytes = serde_json::to_vec(line).expect("a line is plain data");
        bytes.push(b'\n');
        self.waiting.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if self.lines.try_send(bytes).is_err() {
            tracing::error!("the audit's writer has failed: an act is in the log only");
        }
    }
}

fn write_all(mut file: File, queue: &Receiver<Vec<u8>>, waiting: &std::sync::atomic::AtomicUsize) {
    for line in queue {
        if let Err(error) = file.write_all(&line).and_then(|()| file.sync_data()) {
            tracing::error!(%error, "the audit could not be written");
        }
        waiting.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
    }
}
