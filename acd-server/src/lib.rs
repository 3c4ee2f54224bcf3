//! The server of `acd`: time, threads, disk, sockets, configuration and tokens around the engine.

pub mod config;
pub mod stats;
pub mod tokens;
