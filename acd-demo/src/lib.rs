//! A 3-1-1 city's day, played so that it can be watched and measured.
//!
//! [`play`] starts a server whose clock runs faster and plays front ends, residents and agents as
//! ordinary clients of its socket; [`lockstep`] plays the same world against the engine alone, in
//! virtual time. Both end with the same [`Report`].

mod lockstep;
mod options;
mod play;
mod player;
mod report;
mod server;
mod wire;

use acd_proto::snapshot::Quantiles;
use hdrhistogram::Histogram;

pub use lockstep::lockstep;
pub use options::{NoTimeOfDay, Options, TimeOfDay};
pub use play::{Progress, Watcher, play};
pub use report::{Contacts, Queue, Report, Waits};

/// Why a demo failed.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The engine refused the city's definitions.
    #[error("the city's definitions are refused: {0:?}")]
    Definitions(acd_core::Rejection),
    /// The server has no place for its socket.
    #[error("cannot make the directory {0}: {1}")]
    Directory(std::path::PathBuf, std::io::Error),
    /// The system gives no thread, or no runtime.
    #[error("cannot start the server: {0}")]
    Io(#[from] std::io::Error),
    /// The server cannot listen.
    #[error(transparent)]
    Listen(#[from] acd_server::ListenError),
    /// The server does not start.
    #[error(transparent)]
    Run(#[from] acd_server::RunError),
    /// The server ended before it was told to.
    #[error("the demo's server died")]
    Died,
    /// A request failed.
    #[error(transparent)]
    Client(#[from] acd_client::ClientError),
    /// A player's connection is lost.
    #[error("{0} is cut off: {1}")]
    Lost(String, acd_client::ClientError),
    /// A player said what nobody should say.
    #[error("{0} was refused: {1}")]
    Refused(String, &'static str),
    /// What the clients know is not what the server knows.
    #[error("the numbers do not add up: {0}")]
    Mismatch(String),
}

fn quantiles(histogram: &Histogram<u64>) -> Quantiles {
    Quantiles {
        p50: histogram.value_at_quantile(0.5),
        p99: histogram.value_at_quantile(0.99),
        p999: histogram.value_at_quantile(0.999),
        max: histogram.max(),
        count: histogram.len(),
    }
}
