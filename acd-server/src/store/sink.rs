//! Records from the core to the log's thread; what finds no room is kept until there is some.

use std::collections::VecDeque;

use acd_log::{Log, LogError};

use crate::core::Sink;

/// Bytes that must be free before a client's request is taken on.
const ROOM: usize = 64 << 10;

/// The log, and the server's own records that found it full: those of deadlines and of closed
/// connections, which nobody can be refused.
#[derive(Debug)]
pub(super) struct LogSink {
    log: Option<Log>,
    epoch: u32,
    /// Number of the last record taken, in the log or waiting for it.
    last: u64,
    waiting: VecDeque<Vec<u8>>,
    durable: u64,
    has_new: bool,
}

impl LogSink {
    pub(super) fn new(log: Log, epoch: u32) -> Self {
        let (last, durable) = (log.next_seq() - 1, log.watermark());
        let waiting = VecDeque::new();
        Self { log: Some(log), epoch, last, waiting, durable, has_new: false }
    }

    /// Hands over what waits, as far as there is room.
    fn hand_over(&mut self) {
        let Some(log) = &mut self.log else { return };
        while let Some(record) = self.waiting.front() {
            if log.append(self.epoch, log.next_seq(), record).is_err() {
                break;
            }
            self.waiting.pop_front();
            self.has_new = true;
        }
    }
}

impl Sink for LogSink {
    fn append(&mut self, record: &[u8]) {
        self.last += 1;
        self.has_new = true;
        if let Some(log) = self.log.as_mut().filter(|_| self.waiting.is_empty()) {
            match log.append(self.epoch, log.next_seq(), record) {
                Ok(_) => return,
                Err(error) => tracing::debug!(%error, "a record waits"),
            }
        }
        self.waiting.push_back(record.to_vec());
    }

    fn last(&self) -> u64 {
        self.last
    }

    fn durable(&self) -> u64 {
        self.log.as_ref().map_or(self.durable, Log::watermark)
    }

    fn refusal(&self) -> Option<String> {
        if !self.waiting.is_empty() {
            return Some("records of the server's own wait for the disk".into());
        }
        self.log.as_ref()?.has_room(ROOM).err().map(|error| error.to_string())
    }

    fn flush(&mut self) {
        self.hand_over();
        if let Some(log) = self.log.as_ref().filter(|_| std::mem::take(&mut self.has_new)) {
            log.flush();
        }
    }

    fn stopped(&self) -> Option<LogError> {
        self.log.as_ref()?.stopped().cloned()
    }

    fn close(&mut self) -> Result<(), LogError> {
        self.hand_over();
        let Some(log) = self.log.take() else { return Ok(()) };
        let watermark = log.watch();
        let closed = log.close();
        self.durable = watermark.get();
        closed
    }
}
