//! A log once more, as a supervisor would have watched it: every event, and pictures between them.

use std::path::Path;

use acd_core::{Nanos, Timestamp};
use acd_log::record::Record;
use acd_proto::snapshot::Snapshot;
use acd_proto::{Event, Role};

use crate::config::Config;
use crate::core::ReplayError;
use crate::run::RunError;
use crate::store::{self, StoreError};

/// What is told of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rerun {
    /// Who watches: a monitor gets callers' numbers masked.
    pub role: Role,
    /// The last instant, included; none is that of the last record.
    pub until: Option<Timestamp>,
    /// How far apart pictures are in the city's time; none are told but the last, and no events.
    pub every: Option<Nanos>,
}

/// Something that is told.
#[derive(Clone, Debug)]
pub enum Seen {
    /// The state, but for what the server measured of itself.
    Picture(Box<Snapshot>),
    /// Something happened.
    Event(Box<Event>),
}

impl Rerun {
    /// Reads the log in `data` from as far back as it goes, and gives what is to be told to `take`,
    /// with the city's time of each, until that says that it has enough. Changes nothing; the
    /// server may be writing meanwhile. The configuration names the city and its agents.
    pub fn of(
        &self,
        data: &Path,
        config: &Config,
        mut take: impl FnMut(Timestamp, Seen) -> bool,
    ) -> Result<(), RunError> {
        let (mut core, mut records) = store::oldest(data, config, |_| {})?;
        let mut told = core.newest();
        // The first picture shows what the first instant has left.
        let mut due = None;
        while let Some(entry) = records.next(u64::MAX).map_err(StoreError::Log)? {
            let failed = |error| StoreError::Replay(entry.seq, error);
            let now =
                Record::decode(entry.payload).map_err(|e| failed(ReplayError::Record(e)))?.now;
            if self.until.is_some_and(|until| now > until) {
                break;
            }
            if let Some(every) = self.every {
                let mut at = due.unwrap_or(now);
                while at < now {
                    if !take(at, Seen::Picture(core.picture(at, self.role))) {
                        return Ok(());
                    }
                    at = at.after(every);
                }
                due = Some(at);
            }
            core.replay(entry.payload).map_err(failed)?;
            while told < core.newest() {
                told += 1;
                if self.every.is_some()
                    && let Some(event) = core.event_for(told, self.role)
                    && !take(now, Seen::Event(Box::new(event)))
                {
                    return Ok(());
                }
            }
        }
        let end = self.until.unwrap_or(core.now());
        take(end, Seen::Picture(core.picture(end, self.role)));
        Ok(())
    }
}
