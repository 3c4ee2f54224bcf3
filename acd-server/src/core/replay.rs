//! Reading back what was written down: the same lines as when it happened, with nobody listening.

use acd_core::{Command, Rejection, Timestamp};
use acd_log::record::{DecodeError, Record};

use super::side::{self, Side, SideError};
use super::timers::Timer;
use super::{Core, WIDGETS};
use crate::run::RunError;

/// Why a record cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// Its bytes are no record.
    #[error("{0}")]
    Record(#[from] DecodeError),
    /// Its server's side is none of ours.
    #[error("{0}")]
    Side(String),
    /// It is older than the record before.
    #[error("its time {0} ns is before that of the record before, {1} ns")]
    Backwards(u64, u64),
    /// The engine refuses what it accepted before.
    #[error("the engine refuses what it once accepted: {0:?}")]
    Refused(Rejection),
}

impl From<SideError> for ReplayError {
    fn from(error: SideError) -> Self {
        Self::Side(error.to_string())
    }
}

impl Core {
    /// Does a record again: engine, tables, events and their numbers become what they were.
    pub(crate) fn replay(&mut self, bytes: &[u8]) -> Result<(), ReplayError> {
        let Record { now, command, side } = Record::decode(bytes)?;
        if now < self.now {
            return Err(ReplayError::Backwards(now.0, self.now.0));
        }
        self.now = now;
        let mut sides = side::decode(side)?.into_iter().peekable();
        if let Some(command) = command {
            let first = sides.next_if(Side::comes_first);
            self.enact(command, first).map_err(ReplayError::Refused)?;
        }
        for side in sides {
            if side.comes_first() {
                return Err(ReplayError::Side("what goes before a command has none".into()));
            }
            self.after(side);
        }
        self.publish();
        Ok(())
    }

    /// Goes on after a restart: everybody is gone, and nothing ends before they can be back.
    pub(crate) fn go_on(&mut self) -> Result<(), RunError> {
        // The machine's date may have been set back: deadlines run on from where they were.
        self.clock = self.clock.not_before(self.now);
        self.now = self.now.max(self.clock.now());
        self.measure_anew();
        // The first command, before any Tick: what fell due meanwhile gets its grace.
        self.apply(Command::Resume, Some(Side::Restarted)).map_err(RunError::Definitions)?;
        self.widgets_appear()?;
        // Queues that would have opened or closed meanwhile, in the order in which they would.
        self.fire_timers();
        self.configure_if_changed()?;
        self.follow_hours();
        self.publish();
        Ok(())
    }

    /// Connections are gone with the process. Desktops and windows have the time to come back
    /// that front ends have.
    pub(super) fn restarted(&mut self) {
        let earliest = self.now.after(self.engine.definitions().grace);
        let overdue = |(due, timer): &&(Timestamp, Timer)| *due < earliest && timer.gives_grace();
        let mut timers: Vec<Timer> =
            self.timers.iter().filter(overdue).map(|(_, timer)| timer.clone()).collect();
        let at_a_desk = |record: &acd_core::AgentRecord| {
            let desk = self.desks.get(record.agent);
            record.presence != acd_core::Presence::SignedOut
                && desk.is_none_or(|desk| desk.by_front_end.is_none())
        };
        let agents = self.engine.agents().filter(at_a_desk);
        timers.extend(agents.map(|record| Timer::LoseDesk(record.agent)));
        timers.extend(self.contacts.widgets().cloned().map(Timer::GiveUp));
        for timer in timers {
            self.timers.set(earliest, timer);
        }
    }

    /// All widgets are contacts of one front end, which is there from the start.
    pub(super) fn widgets_appear(&mut self) -> Result<(), RunError> {
        let front_end = self.front_ends.number(WIDGETS);
        let beside = Some(Side::FrontEnd(WIDGETS.into()));
        self.commit_with(Command::FrontEndBack { front_end }, beside).map_err(RunError::Definitions)
    }
}
