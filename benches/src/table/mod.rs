//! The table of targets: what is measured, beside which peer, and whether it is good enough.

#![allow(clippy::cast_precision_loss, reason = "figures have three digits, a float sixteen")]

mod measure;
mod plot;
mod report;
mod rows;
mod targets;

pub use measure::{Context, Measured, Peer, Spread};
pub use plot::growth;
pub use report::{Report, machine};
pub use rows::{ALL, Row};
pub use targets::{Better, TARGETS, Target, Unit, Verdict};
