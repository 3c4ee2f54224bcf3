//! One asynchronous client of the server: connect, say hello, ask, follow events, come back.
//!
//! **Requests and events share one connection, and a client that does not take its events stops
//! reading replies too.** So take events in one task and ask in another, or ask only while no
//! more events than [`Options::events`] can be on their way.
//!
//! ```no_run
//! use acd_client::{Client, Options};
//! use acd_proto::reply::ContactResult;
//! use acd_proto::request::{ContactNew, Request};
//! use acd_proto::Role;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let address = "unix:/run/acd.sock".parse()?;
//! let (client, mut events) =
//!     Client::connect(&address, &Options::new(Role::Frontend, "asterisk-1")).await?;
//! tokio::spawn(async move {
//!     while let Ok(message) = events.next().await {
//!         println!("{message:?}");
//!     }
//! });
//! let contact = ContactNew {
//!     ext: "1732412.889".into(),
//!     channel: "voice".into(),
//!     queue: "roads".into(),
//!     ..ContactNew::default()
//! };
//! let place: ContactResult = client.request(&Request::ContactNew(contact)).await?;
//! println!("{} is at {:?}", place.contact, place.pos);
//! # Ok(())
//! # }
//! ```

pub mod address;
mod client;
mod driver;
mod error;
mod events;
mod reconnect;

pub use client::{Answer, Client, Encoding, Options, Reply};
pub use error::{ClientError, Lost};
pub use events::{Events, Message};
pub use reconnect::{Backoff, Continued, Update, Watch, watch};

/// The longest line, or frame, of the server that is read: a snapshot of the largest centre fits.
pub const LINE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Requests sent and not answered; the next one waits.
pub const PENDING_MAX: usize = 4096;
