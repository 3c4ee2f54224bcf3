//! The server of `acd`: time, threads, disk, sockets, configuration and tokens around the engine.
//!
//! **One thread owns the engine and every connection; nothing it does waits for a socket, a disk
//! or a hash.** [`run`] drives it: connections read, the core decides and appends to each
//! connection's bounded queue, connections write.

mod clock;
pub mod config;
mod core;
mod durability;
pub mod heard;
pub mod hours;
mod limits;
mod listen;
mod mask;
pub mod rerun;
mod run;
mod session;
mod store;
pub mod tokens;

pub use acd_log::snapshots::Retention;

pub use self::clock::Clock;
pub use self::core::{KeptError, Leftovers, ReplayError, Sink, Witness, beside};
pub use self::durability::Durability;
pub use self::listen::{ListenError, Listeners};
pub use self::mask::escape;
pub use self::run::{RunError, Setup, run, run_local};
pub use self::store::StoreError;

/// Name and version, as the greeting says them.
pub const SERVER: &str = concat!("acd/", env!("CARGO_PKG_VERSION"));
