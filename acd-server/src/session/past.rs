//! What the log tells, read on a thread of its own while the core decides on.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use acd_core::ContactId;
use acd_log::history::{History, HistoryError};
use acd_log::{Disk, Watermark};
use acd_proto::{ErrorBody, Kind, id};
use tokio::sync::Semaphore;

use crate::core::{Answer, Json, Reply};

/// How long a question waits for what was said just now to be in the log.
const PATIENCE: Duration = Duration::from_secs(2);
/// The longest answer; a connection's queue takes it.
const BYTES_MAX: usize = 4 << 20;

/// The log of the server that is running.
#[derive(Debug)]
pub(crate) struct Past {
    data: PathBuf,
    watermark: Watermark,
    /// One question at a time: the core shall have its processor.
    turn: Semaphore,
}

impl Past {
    /// The log in this directory, as far as it is written.
    pub(crate) fn new(data: PathBuf, watermark: Watermark) -> Self {
        Self { data, watermark, turn: Semaphore::new(1) }
    }

    /// A contact's life, where the log is written up to that record.
    pub(crate) async fn trace(&self, contact: ContactId, written: u64) -> Answer {
        let internal = |what: String| ErrorBody::new(Kind::Internal, what);
        let _turn = self.turn.acquire().await.map_err(|error| internal(error.to_string()))?;
        let (data, watermark) = (self.data.clone(), self.watermark.clone());
        let read = tokio::task::spawn_blocking(move || {
            if !watermark.wait(written, PATIENCE) {
                let message = "the disk is behind: the log does not hold it yet";
                return Err(ErrorBody::new(Kind::Overloaded, message));
            }
            trace(&data, contact)
        });
        read.await.map_err(|error| internal(error.to_string()))?
    }
}

fn trace(data: &Path, contact: ContactId) -> Answer {
    let disk = Disk::read_only(data).map_err(|error| refusal(&error.into()))?;
    let told = History::open(Arc::new(disk)).and_then(|history| history.trace(contact));
    let Some(trace) = told.map_err(|error| refusal(&error))? else {
        let unknown = ErrorBody::new(Kind::UnknownContact, "the log does not bring this contact");
        return Err(unknown.field("contact").got(&*id::contact(contact)));
    };
    let text = serde_json::to_string(&trace).expect("a trace has text keys");
    if text.len() > BYTES_MAX {
        let message = format!(
            "its trace takes {} bytes, the limit is {BYTES_MAX}: `acd trace --data` tells it",
            text.len()
        );
        return Err(ErrorBody::new(Kind::Limit, message));
    }
    Ok(Reply::Told(Json(text.into())))
}

fn refusal(error: &HistoryError) -> ErrorBody {
    if matches!(error, HistoryError::TooOld { .. }) {
        return ErrorBody::new(Kind::UnknownContact, error.to_string()).field("contact");
    }
    tracing::error!(%error, "the log cannot be told from");
    ErrorBody::new(Kind::Internal, format!("the log cannot be read: {error}"))
}
