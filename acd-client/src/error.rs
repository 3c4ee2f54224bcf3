//! What can go wrong between a client and the server.

use acd_proto::{Address, ErrorBody};

/// Why a request, or a connection, did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody answers at the address.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// Where.
        address: Address,
        /// Why.
        source: std::io::Error,
    },
    /// Somebody answers, but not as the server does.
    #[error("no acd server is there: {0}")]
    Stranger(String),
    /// The server said no.
    #[error("{}", .0.message)]
    Refused(ErrorBody),
    /// The connection ended before the reply; the request may or may not have been carried out.
    /// Asked again with the same `idem` it is not carried out twice.
    #[error("connection lost: {0}")]
    Lost(#[from] Lost),
    /// The reply has another shape than asked for.
    #[error("unexpected reply: {0}")]
    Reply(#[from] serde_json::Error),
}

impl ClientError {
    /// Whether another try could not do better: the server refused, and would again, or another
    /// connection took this one's name, and coming back would only take it away in turn.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Refused(error) => !error.data.retry,
            Self::Lost(Lost::Bye(reason)) => reason == "replaced",
            _ => false,
        }
    }
}

/// Why a connection ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// The server said `bye`, with its reason: `slow`, `replaced`, `shutdown`, …
    #[error("the server said bye ({0})")]
    Bye(String),
    /// The server closed it without a word.
    #[error("the server closed the connection")]
    Closed,
    /// Nothing came for a whole lease.
    #[error("the server is silent")]
    Silent,
    /// The network failed.
    #[error("{0}")]
    Io(String),
    /// The server said something that is not of the protocol.
    #[error("the server does not speak the protocol: {0}")]
    Garbled(String),
}
