//! The past again: an engine that is given what was logged does what it did then.

use acd_core::explain::Cursors;
use acd_core::{
    Command, ContactId, Effect, Effects, Engine, Rejection, RestoreError, State, Timestamp,
};
use thiserror::Error;

/// A command as it was logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Its number in the log.
    pub seq: u64,
    /// When it was applied.
    pub now: Timestamp,
    /// What was applied; none where only the server's side changed.
    pub command: Option<Command>,
}

/// Why the past could not be rebuilt.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// The snapshot that it starts from is damaged.
    #[error("the snapshot cannot be used: {0}")]
    Snapshot(#[from] RestoreError),
    /// The engine refuses what was applied once.
    #[error(
        "record {seq}: the engine refuses what was applied ({rejection:?}); the log was written by another engine, or the snapshot is not of this log"
    )]
    Refused {
        /// The record.
        seq: u64,
        /// Why.
        rejection: Rejection,
    },
    /// Reading failed.
    #[error(transparent)]
    Read(#[from] Box<dyn std::error::Error + Send + Sync>),
}

/// An engine on its way through a log.
#[derive(Debug)]
pub struct Replay {
    engine: Engine,
    cursors: Cursors,
    seq: u64,
}

impl Replay {
    /// Begins at a snapshot: the state after record `seq`.
    pub fn from(state: &State, seq: u64) -> Result<Self, ReplayError> {
        let engine = Engine::restore(state)?;
        Ok(Self { cursors: Cursors::of(&engine), engine, seq })
    }

    /// Applies the next record; gives its effects. Records up to the snapshot are passed over.
    pub fn apply(&mut self, logged: &Logged) -> Result<Effects, ReplayError> {
        let mut effects = Effects::new();
        if logged.seq <= self.seq {
            return Ok(effects);
        }
        let seq = logged.seq;
        if let Some(command) = logged.command.clone() {
            let applied = self.engine.apply(logged.now, command, &mut effects);
            applied.map_err(|rejection| ReplayError::Refused { seq, rejection })?;
        }
        self.seq = seq;
        Ok(effects)
    }

    /// Applies records up to a number or an instant, whichever comes first, both included.
    pub fn until<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        &mut self,
        records: impl Iterator<Item = Result<Logged, E>>,
        seq: Option<u64>,
        now: Option<Timestamp>,
    ) -> Result<(), ReplayError> {
        for logged in records {
            let logged = logged.map_err(|error| ReplayError::Read(error.into()))?;
            let past =
                seq.is_some_and(|seq| logged.seq > seq) || now.is_some_and(|now| logged.now > now);
            if past {
                break;
            }
            for effect in self.apply(&logged)? {
                self.follow(&effect);
            }
        }
        Ok(())
    }

    /// The engine after the last record.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The last record's number.
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// Where the queues' cursors stood after the effects followed so far.
    pub(crate) const fn cursors(&self) -> &Cursors {
        &self.cursors
    }

    /// Follows one effect of the last record, in their order.
    pub(crate) fn follow(&mut self, effect: &Effect) {
        self.cursors.follow(&self.engine, effect);
    }

    /// Whether a contact entered before the replay began.
    pub fn knows(&self, contact: ContactId) -> bool {
        contact.0 <= self.engine.counters().contacts
    }
}
