//! Load for a server, and measurements of its socket beside others': an open-loop generator,
//! round trips and pipelines against a bare echo, redis and nats, the hand-off, the idle server.
//!
//! Every measurement starts what it measures as a process of its own and talks to it over a
//! socket, as any client does. Where two programs are compared, the same client code asks both,
//! in turns, within one run, with both ends on one core.

mod child;
mod city;
mod cpu;
pub mod echo;
mod handoff;
mod idle;
mod kept;
mod load;
mod pairs;
mod probe;
mod residents;
mod restart;
mod socket;
mod summary;
mod talk;
mod trips;

pub use child::{Exe, Peer};
pub use handoff::{Handoff, HandoffReport};
pub use idle::{Idle, IdleReport};
pub use kept::KeptReport;
pub use load::{Load, LoadReport, Mix, MixError, Progress};
pub use pairs::Paired;
pub use residents::{Residents, ResidentsReport};
pub use restart::{Restart, RestartReport};
pub use summary::{Machine, Summary};
pub use talk::Encoding;
pub use trips::{Comparison, Pipelined, Ratios, RoundTrip, Trips, TripsReport};

use acd_proto::Address;

/// Why a measurement could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A program could not be started.
    #[error("cannot start {program}: {source}")]
    Start {
        /// Which.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// A program was started, and did not listen in time.
    #[error("{0} does not listen; it said: {1}")]
    Silent(String, String),
    /// The command is not where it is looked for.
    #[error("no `acd` lies beside {0}; build it first: cargo build --bin acd, in this profile")]
    NotBuilt(String),
    /// A program to compare with is not installed.
    #[error("{0} is not installed; as root: apt-get install {0}")]
    NotInstalled(&'static str),
    /// Nobody answers at the address.
    #[error("cannot connect to {0}: {1}")]
    Connect(Address, std::io::Error),
    /// The server refused what the measurement needs.
    #[error("the server refused {0}: {1}")]
    Refused(&'static str, String),
    /// The connection ended, or gave something that is not of the protocol.
    #[error("the connection was lost: {0}")]
    Lost(String),
    /// A file or the system failed.
    #[error("{0}: {1}")]
    System(&'static str, std::io::Error),
    /// What is asked for cannot be measured.
    #[error("{0}")]
    Wrong(String),
}
