//! Published truth: centres whose numbers are known exactly, played against the engine itself.
//!
//! **One contract: [`verify()`] plays a [`Case`] until its intervals are narrow, and says of each
//! metric whether the engine's centre has the published value.** Nothing is told to the engine but
//! commands; what the theory calls a waiting room is kept by the simulator, before it submits.
//!
//! ```text
//!  file ──> Case ──> Centre (one replication: engine, clock, callers) ──> Tally
//!                     × many, each with its own seed                        │
//!                    Verdict per metric <── mean and interval <── measure ──┘
//! ```

mod case;
mod centre;
mod configuration;
mod file;
mod law;
mod measure;
mod report;
mod routing_file;
mod statistics;
mod theory_file;
mod verify;

pub use case::{AgentRule, Case, CaseError, Class, ContactRule, Expected, Person, Span};
pub use centre::{Centre, Tally};
pub use file::read;
pub use law::Law;
pub use measure::Measure;
pub use report::{json, text};
pub use verify::{Effort, MetricResult, Outcome, Verdict, verify};
