//! Asterisk in front of the server, over ARI: the server picks the agent, Asterisk rings, plays
//! music and bridges.

pub mod ari;
mod config;
mod driver;
mod http;
mod socket;
pub mod translate;

pub use config::{Ari, Config};
pub use driver::run;
pub use http::Place;
