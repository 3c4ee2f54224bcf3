//! The next segment, zeroed while there is time.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, PoisonError};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use super::Shared;
use crate::storage::Storage;
use crate::writer::{Writer, prepare_spare};

/// How long until the disk is asked again whether it has room for a segment.
const SPARE_RETRY: Duration = Duration::from_secs(1);

/// Zeroes the next segment on a thread of its own, again and again while the disk is full.
pub(super) struct SpareKeeper {
    wants: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl SpareKeeper {
    pub(super) fn start(writer: &Writer, shared: &Arc<Shared>) -> Self {
        let (wants, wanted) = sync_channel(1);
        let (storage, bytes) = (writer.storage(), writer.options().segment_bytes);
        let (shared, log) = (Arc::clone(shared), thread::current());
        let keep = move || keep_spare(&*storage, bytes, &shared, &log, &wanted);
        let thread = thread::Builder::new().name("acd-log-spare".to_owned());
        let thread = thread.spawn(keep).expect("the system starts another thread");
        let keeper = Self { wants: Some(wants), thread: Some(thread) };
        if !writer.has_spare() {
            keeper.want();
        }
        keeper
    }

    pub(super) fn want(&self) {
        if let Some(wants) = &self.wants {
            // Full means that it is wanted already.
            let _ = wants.try_send(());
        }
    }
}

impl Drop for SpareKeeper {
    fn drop(&mut self) {
        self.wants = None;
        if let Some(thread) = self.thread.take() {
            // Nothing depends on a spare any more.
            let _ = thread.join();
        }
    }
}

fn keep_spare(
    storage: &dyn Storage,
    bytes: u64,
    shared: &Shared,
    log: &Thread,
    wanted: &Receiver<()>,
) {
    while wanted.recv().is_ok() {
        loop {
            let done = prepare_spare(storage, bytes);
            let is_done = done.is_ok();
            *shared.no_spare.lock().unwrap_or_else(PoisonError::into_inner) = done.err();
            if is_done {
                shared.has_new_spare.store(true, Ordering::Release);
                log.unpark();
                break;
            }
            if wanted.recv_timeout(SPARE_RETRY) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
        }
    }
}
