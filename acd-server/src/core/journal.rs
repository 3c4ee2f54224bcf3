//! What the core writes down: one record a command, with what the server knows beside it.
//!
//! A record stays open until the next begins or the turn ends, so that what follows a command (its
//! idempotency key and reply) is in the command's own record: both are kept, or neither.

use acd_core::{Command, Timestamp};
use acd_log::{LogError, record};

use super::side::{self, Side};

/// Where records go. Behind it is a file and its thread, or a test's memory.
pub trait Sink: std::fmt::Debug {
    /// Takes a record; its number is one more than the last one's.
    fn append(&mut self, record: &[u8]);

    /// Number of the last record taken.
    fn last(&self) -> u64;

    /// Number of the last record that no crash takes back.
    fn durable(&self) -> u64;

    /// Why nothing can be taken that a client asks for. What the server does by itself is taken.
    fn refusal(&self) -> Option<String>;

    /// The turn is over: what was taken may be written.
    fn flush(&mut self);

    /// Why it has stopped for good, if it has.
    fn stopped(&self) -> Option<LogError>;

    /// Waits until everything taken is durable, and takes no more.
    fn close(&mut self) -> Result<(), LogError>;
}

/// The records of this run, and the one that is still open.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    sink: Option<Box<dyn Sink>>,
    open: Vec<u8>,
    /// Whether something is beside its command.
    has_side: bool,
    /// Whether what is said waits until what it tells of is durable.
    waits: bool,
}

impl Journal {
    /// Writes to this from now on.
    pub(crate) fn begin_with(&mut self, sink: Box<dyn Sink>, waits: bool) {
        self.sink = Some(sink);
        self.waits = waits;
    }

    /// Why a client's request cannot be written down.
    pub(crate) fn refusal(&self) -> Option<String> {
        self.sink.as_ref()?.refusal()
    }

    /// Why nothing is written any more, if that is so.
    pub(crate) fn stopped(&self) -> Option<LogError> {
        self.sink.as_ref()?.stopped()
    }

    /// The turn is over.
    pub(crate) fn flush(&mut self) {
        self.close();
        if let Some(sink) = &mut self.sink {
            sink.flush();
        }
    }

    /// Waits until everything is durable.
    pub(crate) fn end(&mut self) -> Result<(), LogError> {
        self.close();
        self.sink.as_mut().map_or(Ok(()), |sink| sink.close())
    }

    /// Opens a record for a command, which may still be refused.
    pub(crate) fn command(&mut self, now: Timestamp, command: &Command, beside: Option<&Side>) {
        if self.sink.is_none() {
            return;
        }
        self.close();
        record::encode(now, Some(command), &[], &mut self.open);
        if let Some(beside) = beside {
            self.side(beside);
        }
    }

    /// The command was refused: there is no record of it.
    pub(crate) fn abandon(&mut self) {
        self.open.clear();
        self.has_side = false;
    }

    /// Adds to the open record, or opens one without a command.
    pub(crate) fn beside(&mut self, now: Timestamp, what: &Side) {
        if self.sink.is_none() {
            return;
        }
        if self.open.is_empty() {
            record::encode(now, None, &[], &mut self.open);
        }
        self.side(what);
    }

    fn side(&mut self, what: &Side) {
        if !self.has_side {
            side::begin(&mut self.open);
            self.has_side = true;
        }
        side::encode(what, &mut self.open);
    }

    /// Hands the open record over.
    pub(crate) fn close(&mut self) {
        if let Some(sink) = self.sink.as_mut().filter(|_| !self.open.is_empty()) {
            sink.append(&self.open);
            self.open.clear();
            self.has_side = false;
        }
    }

    /// What must be durable before what is said now may leave; none where it may at once.
    pub(crate) fn gate(&self) -> Option<u64> {
        let sink = self.sink.as_ref().filter(|_| self.waits)?;
        let last = sink.last() + u64::from(!self.open.is_empty());
        (last > sink.durable()).then_some(last)
    }

    /// Number of the last record handed over; 0 where nothing is written.
    pub(crate) fn last(&self) -> u64 {
        self.sink.as_ref().map_or(0, |sink| sink.last())
    }

    /// Hands over what there is; the number of the last record.
    pub(crate) fn all(&mut self) -> u64 {
        self.flush();
        self.last()
    }

    /// Number of the last record that no crash takes back.
    pub(crate) fn durable(&self) -> u64 {
        self.sink.as_ref().map_or(u64::MAX, |sink| sink.durable())
    }
}
