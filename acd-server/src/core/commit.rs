//! The one place where the engine is changed: clock, ticks, apply, effects.
//!
//! **Every command goes through [`Core::commit`], in the order in which replies and events leave.**
//! Here the log is appended to. What is said because of it leaves once the log's watermark has
//! passed it: each line goes to its connection's queue with the number of the newest record.

use std::time::Instant;

use acd_core::{Command, Rejection, Timestamp};
use acd_proto::ErrorBody;
use acd_proto::error::of_rejection;

use super::side::{Side, Undo};
use super::{Core, NEVER};
use crate::limits::TICKS_PER_TURN;

/// Of requests that were read at once, and are handled faster than the clock is read, one of so
/// many looks at it.
const REQUESTS_PER_LOOK: u32 = 8;

impl Core {
    /// Applies a command at the city's time; its events wait to be published.
    ///
    /// What is due goes first (rule 1): the command before may have made something due at once.
    pub(crate) fn commit(&mut self, command: Command) -> Result<(), Rejection> {
        self.commit_with(command, None)
    }

    /// As [`commit`](Self::commit), with what the server knows beside the command.
    pub(crate) fn commit_with(
        &mut self,
        command: Command,
        beside: Option<Side>,
    ) -> Result<(), Rejection> {
        if !matches!(command, Command::Tick) {
            self.tick_while_due();
        }
        self.apply(command, beside)
    }

    /// Writes a command down and does it; what is refused leaves no trace.
    pub(super) fn apply(
        &mut self,
        command: Command,
        beside: Option<Side>,
    ) -> Result<(), Rejection> {
        self.journal.command(self.now, &command, beside.as_ref());
        let result = self.enact(command, beside);
        if result.is_err() {
            self.journal.abandon();
        }
        result
    }

    /// Does a command that is written down, now or when it is read again.
    pub(super) fn enact(
        &mut self,
        command: Command,
        beside: Option<Side>,
    ) -> Result<(), Rejection> {
        let (undo, later) = match beside {
            Some(first) if first.comes_first() => (self.before(first), None),
            later => (Undo::Nothing, later),
        };
        let result = self.decide(command);
        if result.is_err() {
            self.undo(undo);
        } else if let Some(later) = later {
            self.after(later);
        }
        result
    }

    /// Changes something of the server's own, and writes it down.
    pub(crate) fn note(&mut self, side: Side) {
        debug_assert!(!side.comes_first(), "such goes with its command");
        self.journal.beside(self.now, &side);
        self.after(side);
    }

    /// Has the engine apply a command, and folds its effects.
    fn decide(&mut self, command: Command) -> Result<(), Rejection> {
        let now = self.now;
        debug_assert!(self.effects.is_empty(), "effects are folded where they are made");
        let looked_at = self.looked_at.take();
        let begun = self.is_measured.then(|| looked_at.unwrap_or_else(Instant::now));
        let mut effects = std::mem::take(&mut self.effects);
        let result = self.engine.apply(now, command, &mut effects);
        self.metrics.command(result.is_ok());
        if let Some(begun) = begun {
            let decided_at = Instant::now();
            self.metrics.decision(decided_at.duration_since(begun));
            self.decided_at = Some(decided_at);
        }
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

    /// As [`commit_with`](Self::commit_with), with the refusal as a client sees it.
    pub(crate) fn submit_with(&mut self, command: Command, beside: Side) -> Result<(), ErrorBody> {
        self.commit_with(command, Some(beside)).map_err(refusal)
    }

    /// Lets the city's time catch up with the clock: does what is due, tells what happened, and
    /// leaves nothing due, so that the next command is not refused for it.
    pub(crate) fn advance(&mut self) {
        self.advance_to(Instant::now());
        self.hand_over();
    }

    /// As [`advance`](Self::advance), for a request that was read at this instant: the first of
    /// its turn, or one of those behind it.
    pub(super) fn advance_for(&mut self, read_at: Instant) {
        let is_first = self.turn_read_at.replace(read_at) != Some(read_at);
        self.advance_to(if is_first { read_at } else { Instant::now() });
    }

    /// As [`advance_for`](Self::advance_for), for the commonest requests: what is between two that
    /// look at the clock is as late as the first of them, and is not measured.
    pub(super) fn advance_in_turn(&mut self, read_at: Instant) {
        let is_first = self.turn_read_at.replace(read_at) != Some(read_at);
        self.turn_requests = if is_first { 0 } else { self.turn_requests + 1 };
        self.is_measured = self.turn_requests.is_multiple_of(REQUESTS_PER_LOOK);
        if self.is_measured {
            self.advance_to(if is_first { read_at } else { Instant::now() });
        }
    }

    fn advance_to(&mut self, instant: Instant) {
        self.look_at_clock(instant);
        self.tick_while_due();
        // A queue that closes now takes nobody in any more.
        self.fire_timers();
        self.send();
    }

    /// As [`advance`](Self::advance), but for a bounded number of ticks. Returns when it wants to
    /// be called next: none means at once.
    pub(crate) fn on_timer(&mut self) -> Option<Timestamp> {
        self.look_at_clock(Instant::now());
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

    /// The clock is read once for a request; its first decision counts from here, with the checks
    /// before it.
    fn look_at_clock(&mut self, looked_at: Instant) {
        self.now = self.now.max(self.clock.at(looked_at));
        self.looked_at = Some(looked_at);
    }

    /// When something is due next, of the engine's or the server's own; [`NEVER`] when nothing
    /// is.
    pub(crate) fn next_deadline(&self) -> Timestamp {
        let engine = self.engine.next_deadline().unwrap_or(NEVER);
        engine.min(self.timers.next().unwrap_or(NEVER))
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
        self.apply(Command::Tick, None).expect("a Tick is refused only for its time");
    }
}

/// The engine's refusal as a client sees it.
pub(crate) fn refusal(rejection: Rejection) -> ErrorBody {
    let (kind, sentence) = of_rejection(rejection);
    ErrorBody::new(kind, sentence)
}
