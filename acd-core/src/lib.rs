//! The engine of `acd`: commands in, effects out, the same every time.
//!
//! **One contract: [`Engine::apply`] is the only way in, and everything that must happen next is
//! in the effects it appends.** There is no clock, no IO, no thread, no float and no randomness
//! in this crate; `now` is an argument, and timers are commands too: when
//! [`Engine::next_deadline`] is due, the caller applies [`Command::Tick`].
//!
//! The canonical loop stamps commands, ticks first when a deadline is due, and obeys effects:
//!
//! ```
//! use acd_core::{
//!     AgentDefinition, AgentId, Channel, Command, Definitions, Effect, Engine, FrontEndId, Nanos,
//!     QueueDefinition, QueueId, Submit, Timestamp,
//! };
//!
//! let mut engine = Engine::new(311);
//! let mut effects = Vec::new();
//! let mut apply = |at: u64, command: Command| {
//!     let now = Timestamp(at);
//!     effects.clear();
//!     while engine.next_deadline().is_some_and(|due| due <= now) {
//!         engine.apply(now, Command::Tick, &mut effects)?;
//!     }
//!     engine.apply(now, command, &mut effects)?;
//!     Ok::<_, acd_core::Rejection>(effects.clone()) // to be written to sockets and the log
//! };
//!
//! let definitions = Definitions {
//!     queues: vec![QueueDefinition::named("roads")],
//!     agents: vec![AgentDefinition::named("ana")],
//!     ..Definitions::default()
//! };
//! let (roads, ana, pbx) = (QueueId(1), AgentId(1), FrontEndId(1));
//! apply(0, Command::Configure(Box::new(definitions)))?;
//! apply(0, Command::FrontEndBack { front_end: pbx })?;
//! apply(0, Command::SignIn { agent: ana, capacity: None })?;
//! apply(0, Command::Ready { agent: ana })?;
//!
//! let call = Submit {
//!     front_end: pbx,
//!     channel: Channel::Voice,
//!     queue: roads,
//!     prio: 5,
//!     needs: vec![],
//!     prefer: vec![],
//!     prefer_for: None,
//!     age: Nanos(0),
//! };
//! let effects = apply(1_000_000, Command::Submit(call))?;
//! let [Effect::Queued { contact, .. }, Effect::Offered { offer, agent, .. }] = effects[..] else {
//!     panic!("a contact with an idle agent is offered at once");
//! };
//! assert_eq!(agent, ana);
//!
//! let effects = apply(2_000_000, Command::Answer { offer })?;
//! assert_eq!(effects, [Effect::Connected { contact, agent: ana, offer: Some(offer) }]);
//! # Ok::<(), acd_core::Rejection>(())
//! ```
//!
//! [`State`] is the engine's whole logical content as plain data: what tests compare, what a
//! snapshot stores, and what [`Engine::state_hash`] covers.
#![no_std]

extern crate alloc;

mod agent;
#[cfg(feature = "alone")]
pub mod alone;
mod channel;
mod checks;
mod command;
mod contact;
mod deadline;
mod definitions;
mod effect;
mod engine;
mod estimate;
pub mod explain;
mod flow;
mod hash;
mod ids;
mod invariants;
pub mod limits;
mod matching;
mod names;
mod node;
mod numbered;
mod queue;
mod ranked;
mod rejection;
mod restore;
mod snapshot;
mod state;
mod time;
mod world;

pub use channel::{Capacity, Channel};
pub use command::{Command, Submit, Transfer, TransferTo, WaitingOnClose};
pub use definitions::{
    AgentDefinition, Definitions, MaxWait, MaxWaitAction, Overflow, QueueDefinition, Step,
    Strategy, Term, WrapUpMode, WrapUpPolicy,
};
pub use effect::{Effect, Effects, EndCause, FailCause, Party, RequeueCause, RevokeCause};
pub use engine::{Engine, Staff};
pub use ids::{AgentId, ContactId, FrontEndId, Need, OfferId, QueueId, ReasonId, SiteId, SkillId};
pub use matching::{Matching, Tuning};
pub use numbered::{Number, Numbered};
pub use rejection::Rejection;
pub use restore::RestoreError;
pub use state::{
    AgentRecord, ContactRecord, ContactState, Counters, FrontEndRecord, Names, NotReadyReason,
    OfferRecord, Pending, Presence, QueueRecord, State, TemporarySkill, WrapUpRecord,
};
pub use time::{Nanos, Timestamp};
