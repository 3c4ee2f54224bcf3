//! Telephone exchanges as front ends of the server: what they say is translated, and nothing else.
//!
//! Each adapter is two parts. `translate` is pure: what the exchange and the server tell goes in,
//! commands and requests come out, and a recorded transcript is its test. `driver` has the sockets
//! and the clock. To the server an adapter is an ordinary client.

pub mod asterisk;
pub mod calls;
pub mod check;
mod config;
pub mod freeswitch;
mod ids;
pub mod kamailio;
mod link;
mod recent;
pub mod route;
mod unread;

pub use config::ConfigError;
pub use link::{GatewayError, ToServer};

/// An id of either side.
pub type Id = std::sync::Arc<str>;
