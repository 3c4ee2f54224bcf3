//! The command log: what is written down so that nothing is lost, and how it is read again.
//!
//! * [`record`]: a command with its time, and a whole state, as bytes that are read for ever.

pub mod record;
