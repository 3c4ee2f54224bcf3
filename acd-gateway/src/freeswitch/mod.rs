//! FreeSWITCH in front of the server, over its event socket: it parks callers, the server picks the
//! agent, FreeSWITCH rings and bridges.

mod check;
mod config;
mod driver;
pub mod lines;
#[cfg(test)]
mod tests;
pub mod wire;

pub use check::check;
pub use config::{Config, Esl};
pub use driver::run;
