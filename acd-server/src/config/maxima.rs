//! The server's maxima, as the file has them.

use acd_core::Nanos;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scalar::Length;

/// The server's maxima.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Limits {
    /// Connections at once.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(super) connections: u32,
    /// Connections at once that have not said `hello`.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(super) connections_before_hello: u32,
    /// Connections at once from one TCP address that have not said `hello`.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(super) connections_before_hello_per_address: u32,
    /// How long a connection may be silent before `hello`.
    pub(super) hello_deadline: Length,
    /// Bytes that may wait to be written to one connection before it is too slow.
    #[schemars(range(min = 65_536, max = 1_073_741_824))]
    pub(super) out_queue_bytes: usize,
    /// Events kept in memory for resume.
    #[schemars(range(min = 1, max = 16_777_216))]
    pub(super) event_ring_entries: usize,
    /// Bytes of events kept in memory for resume.
    #[schemars(range(min = 65_536, max = 17_179_869_184_u64))]
    pub(super) event_ring_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 16_384,
            connections_before_hello: 1_024,
            connections_before_hello_per_address: 256,
            hello_deadline: Length(Nanos::from_secs(5)),
            out_queue_bytes: 8 << 20,
            event_ring_entries: 131_072,
            event_ring_bytes: 32 << 20,
        }
    }
}
