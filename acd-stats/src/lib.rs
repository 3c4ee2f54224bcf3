//! The numbers of a contact centre: a fold over what happened, and nothing else.
//!
//! **[`Statistics::fold`] takes the protocol's events in order; everything that can be asked is
//! answered from them.** No clock, no IO: the time is that of the events, or an argument. A server
//! folds as it runs, a report folds a log or a recorded stream, and both get the same numbers.
//!
//! ```text
//!  event ──> book ──┬──> queue:  minutes, quarter hours ──> windows, intervals, the day
//!                   │            by end and by entry        histograms, series, depth
//!                   └──> agent:  minutes, quarter hours ──> windows, intervals, the day; by site
//! ```
//!
//! Lengths are sums over whole minutes or quarter hours, so memory is bounded by the day, and an
//! interval begins where the city's clock shows a whole quarter, half or hour.

mod agent;
mod book;
mod calendar;
mod facts;
mod histogram;
mod line;
mod live;
mod queue;
pub mod queue_log;
pub mod records;
pub mod report;
mod rows;

pub use agent::AgentFacts;
pub use book::{Goal, Statistics};
pub use calendar::{Length, Span};
pub use facts::{
    FORMULAS, Facts, Formula, SHORT_ABANDON_US, WAIT_BOUNDS_S, answered, formula, inclusive,
    late_abandons, live, no_short, offered, removed, with_flow_out,
};
pub use queue::Attribution;
pub use rows::{Ask, Brief, QueueBrief};

/// A second, in the µs of events.
pub(crate) const SECOND_US: u64 = 1_000_000;
/// A minute, in the µs of events.
pub(crate) const MINUTE_US: u64 = 60 * SECOND_US;
/// A quarter of an hour, in the µs of events.
pub(crate) const QUARTER_US: u64 = 15 * MINUTE_US;
