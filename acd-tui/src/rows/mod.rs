//! Rows to draw, made of a snapshot: queues judged, filtered and sorted; agents counted; ages.

mod agents;
mod ages;
mod alerts;
mod contacts;
mod events;
mod people;
mod queues;

pub use agents::{Agents, Doing, LONG_CALL_MS, agents, doing};
pub use ages::{AGE_LIMITS_MS, AgeRange, Ages, ages};
pub use alerts::{AlertLine, AlertSort, alerts};
pub use contacts::{ContactLine, ContactSort, contacts, queue_shown};
pub use events::{log_line, log_lines};
pub use people::{AgentLine, AgentSort, people};
pub use queues::{QueueLine, Sort, all_queues, queues, queues_in, sort, total};

/// Channels whose contacts nobody sits waiting on.
const DEFERRED: [&str; 2] = ["email", "web"];

/// Whether nobody sits waiting on contacts of the channel.
pub fn is_deferred(channel: &str) -> bool {
    DEFERRED.contains(&channel)
}
