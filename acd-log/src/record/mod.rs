//! Commands and states as bytes: compact, versioned, and the same for ever.
//!
//! **Version 1 is read for ever.** A layout is written down by hand, field by field and tag by
//! tag, in `command`, `definitions` and `state`; `tests/golden` holds bytes of every variant.
//! A core type that gains a field does not compile here until somebody has decided what version 1
//! says about it, and what version 2 writes. An unknown version or variant is refused by name.
//!
//! There is one encoding of a value and one value of an encoding: what decodes, encodes to the
//! same bytes. Numbers are LEB128 in their shortest form (signed ones zigzag), lists and texts
//! begin with their length, options with 0 or 1, enums with their tag. No input panics, and none
//! allocates more than a small multiple of its own length.

mod command;
mod definitions;
mod snapshot;
mod state;
mod wire;

use acd_core::{Command, Timestamp};

pub use snapshot::{SnapshotError, read_names, read_state, read_summary, take_state, write_state};
pub use wire::{Cause, DecodeError};

use wire::{Input, Wire};

/// The version that is written.
pub const VERSION: u8 = 1;

/// What happened at an instant: a command as applied, and what the server keeps beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'b> {
    /// When.
    pub now: Timestamp,
    /// What was applied; none where only the server's side changed.
    pub command: Option<Command>,
    /// What the server keeps with it, by a layout and version of its own.
    pub side: &'b [u8],
}

impl<'b> Record<'b> {
    /// Appends the record's bytes: version, time, command (0 where there is none), then the
    /// server's side up to the end.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode(self.now, self.command.as_ref(), self.side, out);
    }

    /// The record of these bytes.
    pub fn decode(bytes: &'b [u8]) -> Result<Self, DecodeError> {
        let mut input = Input::new(bytes);
        wire::version(&mut input, "record", VERSION)?;
        let now = Timestamp::take(&mut input)?;
        let command = if input.peek() == Some(0) {
            u8::take(&mut input)?;
            None
        } else {
            Some(Command::take(&mut input)?)
        };
        Ok(Self { now, command, side: input.rest() })
    }
}

/// Appends a record's bytes, as [`Record::encode`], without a copy of the command.
pub fn encode(now: Timestamp, command: Option<&Command>, side: &[u8], out: &mut Vec<u8>) {
    out.push(VERSION);
    now.put(out);
    match command {
        None => out.push(0),
        Some(command) => command.put(out),
    }
    out.extend_from_slice(side);
}
