//! A 3-1-1 city's day, played so that it can be watched and measured.
//!
//! [`play`] starts a server whose clock runs faster and plays front ends, residents and agents as
//! ordinary clients of its socket; [`join`] plays them on a server that runs already, and comes
//! back when that does; [`lockstep`] plays the same world against the engine alone, in virtual
//! time. All end with the same [`Report`].

mod clock;
mod close;
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
pub use options::{NoTimeOfDay, Options, SPEED, TimeOfDay};
pub use play::{Progress, Watcher, join, play};
pub use report::{Contacts, Queue, Report, Waits};

/// Why a demo failed.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The engine refused the city's definitions.
    #[error("the city's definitions are refused: {0:?}")]
    Definitions(acd_core::Rejection),
    /// The server has no place for its socket, or for its log.
    #[error("cannot use the directory {}: {}", .0.display(), .1)]
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
    /// The server takes a player in no more, or never did.
    #[error("{0} cannot come in: {1}")]
    Entry(String, acd_client::ClientError),
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

impl DemoError {
    /// Whether the server is gone, and the play can go on once it is back.
    fn may_pass(&self) -> bool {
        match self {
            Self::Entry(_, why) | Self::Lost(_, why) | Self::Client(why) => !why.is_final(),
            _ => false,
        }
    }
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
