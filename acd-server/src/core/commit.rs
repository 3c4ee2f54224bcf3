//! The one place where the engine is changed: clock, ticks, apply, effects.
//!
//! **Every command goes through [`Core::commit`], in the order in which replies and events leave.**
//! Here a log is appended to; then replies and events wait for its watermark in
//! [`Core::publish`](super::Core::publish), through which all of them leave.

use std::time::Instant;

use acd_core::{Command, Rejection, Timestamp};
use acd_proto::ErrorBody;
use acd_proto::error::of_rejection;

use super::Core;
use crate::limits::TICKS_PER_TURN;

impl Core {
    /// Applies a command at the city's time; its events wait in the outbox.
    ///
    /// What is due goes first (rule 1): the command before may have made something due at once.
    pub(crate) fn commit(&mut self, command: Command) -> Result<(), Rejection> {
        if !matches!(command, Command::Tick) {
            self.tick_while_due();
        }
        self.apply(command)
    }

    fn apply(&mut self, command: Command) -> Result<(), Rejection> {
        let now = self.now;
        debug_assert!(self.effects.is_empty(), "effects are folded where they are made");
        let begun = Instant::now();
        let mut effects = std::mem::take(&mut self.effects);
        let result = self.engine.apply(now, command, &mut effects);
        self.metrics.decision(begun.elapsed(), result.is_ok());
        debug_assert!(result.is_ok() || effects.is_empty(), "a refused command changes nothing");
        self.fold(&effects);
        effects.clear();
        self.effects = effects;
        result
    }

    /// As [`commit`](Self::commit), with the refusal as a client sees it.
    pub(crate) fn submit(&mut self, command: Command) -> Result<(), ErrorBody> {
        self.commit(command).map_err(refusal)
    }

    /// Lets the city's time catch up with the clock: ticks while a deadline is due, tells what
    /// happened, and leaves nothing due, so that the next command is not refused for it.
    pub(crate) fn advance(&mut self) {
        self.now = self.now.max(self.clock.now());
        self.statistics.day(self.now);
        self.tick_while_due();
        self.publish();
    }

    /// As [`advance`](Self::advance), but for a bounded number of ticks. Returns when it wants to
    /// be called next: none means at once.
    pub(crate) fn on_timer(&mut self) -> Option<Timestamp> {
        self.now = self.now.max(self.clock.now());
        self.statistics.day(self.now);
        for _ in 0..TICKS_PER_TURN {
            if !self.is_due() {
                break;
            }
            self.tick();
        }
        if !self.is_due() {
            self.fire_timers();
        }
        self.publish();
        if self.is_due() { None } else { Some(self.next_deadline()) }
    }

    /// When something is due next, of the engine's or the server's own; `Timestamp(u64::MAX)`
    /// when nothing is.
    pub(crate) fn next_deadline(&self) -> Timestamp {
        let engine = self.engine.next_deadline().unwrap_or(Timestamp(u64::MAX));
        engine.min(self.timers.next().unwrap_or(Timestamp(u64::MAX)))
    }

    fn is_due(&self) -> bool {
        self.engine.next_deadline().is_some_and(|due| due <= self.now)
    }

    fn tick_while_due(&mut self) {
        while self.is_due() {
            self.tick();
        }
    }

    fn tick(&mut self) {
        self.apply(Command::Tick).expect("a Tick is refused only for its time");
    }
}

/// The engine's refusal as a client sees it.
pub(crate) fn refusal(rejection: Rejection) -> ErrorBody {
    let (kind, sentence) = of_rejection(rejection);
    ErrorBody::new(kind, sentence)
}
