//! The supervisor's terminal: what is burning, why, and who could help.
//!
//! **The screen is a function of the model, and the model changes only in [`update`].** The
//! server, the keyboard, the mouse and the clock send [`Message`](message::Message)s; [`view`]
//! draws what came of them; what is to be done outside the model [`ask`](ask::Ask)s for.
//!
//! ```text
//!  server ──> source ──┐
//!                      ├─ Message ──> update ──> Model ──> view ──> terminal
//!  keyboard ──> run ───┘                (pure)           (pure)
//! ```
//!
//! Everything a client may have named (queues, agents, callers) passes [`safe::text`] before it
//! is drawn.

pub mod acts;
pub mod alerts;
pub mod ask;
pub mod check;
pub mod clock;
pub mod config;
pub mod filter;
pub mod format;
pub mod judge;
pub mod keys;
pub mod log;
pub mod message;
pub mod model;
mod mouse;
pub mod once;
pub mod press;
pub mod record;
pub mod rows;
pub mod run;
pub mod safe;
pub mod screen;
pub mod source;
pub mod terminal;
pub mod theme;
pub mod trace;
pub mod update;
pub mod view;
pub mod window;
pub mod words;

pub use once::once;
pub use run::{End, Options, TopError, run};
