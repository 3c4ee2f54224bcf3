//! The command log: what is written down so that nothing is lost, and how it is read again.
//!
//! * [`audit`]: whether what was done is what should have been.
//! * [`record`]: a command with its time, and a whole state, as bytes that are read for ever.
//! * [`replay`]: the past again.
//! * [`trace`]: one contact's life, every decision explained.

pub mod audit;
pub mod record;
pub mod replay;
pub mod trace;
