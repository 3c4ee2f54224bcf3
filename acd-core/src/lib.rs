//! The engine of `acd`: commands in, effects out, the same every time.
//!
//! **One contract: [`Engine::apply`] is the only way in, and everything that must happen next is
//! in the effects it appends.** There is no clock, no IO, no thread, no float and no randomness
//! in this crate; `now` is an argument, and timers are commands too: when
//! [`Engine::next_deadline`] is due, the caller applies [`Command::Tick`].
//!
//! [`State`] is the engine's whole logical content as plain data: what tests compare, what a
//! snapshot stores, and what [`Engine::state_hash`] covers.
#![no_std]

extern crate alloc;

mod agent;
mod channel;
mod checks;
mod command;
mod contact;
mod deadline;
mod definitions;
mod effect;
mod engine;
mod estimate;
mod flow;
mod hash;
mod ids;
mod invariants;
pub mod limits;
mod matching;
mod names;
mod queue;
mod ranked;
mod rejection;
mod snapshot;
mod state;
mod time;
mod world;

pub use channel::{Capacity, Channel};
pub use command::{Command, Submit, Transfer, TransferTo, WaitingOnClose};
pub use definitions::{
    AgentDefinition, Definitions, MaxWait, MaxWaitAction, QueueDefinition, Step, Strategy, Term,
    WrapUpMode, WrapUpPolicy,
};
pub use effect::{Effect, Effects, EndCause, FailCause, Party, RequeueCause, RevokeCause};
pub use engine::{Engine, Staff};
pub use ids::{AgentId, ContactId, FrontEndId, Need, OfferId, QueueId, ReasonId, SiteId, SkillId};
pub use rejection::Rejection;
pub use state::{
    AgentRecord, ContactRecord, ContactState, Counters, FrontEndRecord, Names, NotReadyReason,
    OfferRecord, Pending, Presence, QueueRecord, State, TemporarySkill, WrapUpRecord,
};
pub use time::{Nanos, Timestamp};
