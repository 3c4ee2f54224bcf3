//! What the model wants of the world outside: said here, done by whoever runs it.

use acd_proto::request::Supervise;

/// Wishes kept until somebody does them; beyond that the oldest is forgotten.
pub const ASKS_MAX: usize = 16;

/// One wish.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// A contact's life.
    Trace(String),
    /// What was counted.
    Statistics,
    /// What an act would do.
    Preview {
        /// What.
        request: Box<Supervise>,
        /// Of which form.
        idem: String,
    },
    /// An act of the supervisor.
    Act {
        /// What.
        request: Box<Supervise>,
        /// Asked again under it, nothing is done twice.
        idem: String,
    },
    /// Text for the clipboard of the terminal.
    Copy(String),
    /// A file in the working directory.
    Save {
        /// Its name.
        name: String,
        /// What it holds.
        text: String,
    },
    /// Ring.
    Bell,
}
