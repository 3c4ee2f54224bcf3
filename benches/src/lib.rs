//! Benches of the engine, each beside a naive scan that decides the same.
//!
//! A [`Scene`] says how large a centre is and what its agents can do. A [`Centre`] plays contacts
//! through it on one [`Side`]: the engine, its matching [`Alone`], or the [`Naive`] scan, which has
//! as little beside its choices as matching alone. All sides see the same
//! commands as long as they decide the same; a checksum over every match says whether they did.
//!
//! With the feature `table` (the default) come the rows of the table of targets, and how they are
//! measured and printed. `acd-bench-count` does without: it plays
//! one kind of command for callgrind, and counts allocations and bytes.

mod alone;
mod centre;
pub mod counted;
mod naive;
mod random;
mod scene;

#[cfg(feature = "table")]
pub mod table;

pub use alone::Alone;
pub use centre::{Centre, Side};
pub use naive::Naive;
pub use random::Random;
pub use scene::{Scene, Signatures};
