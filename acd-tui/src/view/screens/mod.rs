//! What lies between tabs and footer, one file a screen.

pub(super) mod agents;
pub(super) mod alerts;
pub(super) mod counted;
pub(super) mod engine;
pub(super) mod log;
pub(super) mod overview;
pub(super) mod queue;
pub(super) mod trace;
