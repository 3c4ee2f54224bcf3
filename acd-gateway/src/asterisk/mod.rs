//! Asterisk in front of the server, over ARI: the server picks the agent, Asterisk rings, plays
//! music and bridges.

pub mod ari;
mod check;
mod config;
mod driver;
mod http;
mod remote;
mod socket;
pub mod translate;

pub use check::check;
pub use config::{Ari, Config};
pub use driver::run;
pub use http::Place;
