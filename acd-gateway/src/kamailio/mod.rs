//! Kamailio in front of the server, over EVAPI: it holds callers with "182 Queued", the server
//! picks the agent, and Kamailio sends the INVITE there.

mod check;
mod config;
mod driver;
pub mod lines;
mod netstring;
#[cfg(test)]
mod tests;
pub mod wire;

pub use check::check;
pub use config::{Config, Evapi};
pub use driver::run;
