//! What each command does: one file a flow. Every flow checks, then changes, and never looks back.

mod agent;
mod callback;
mod configure;
mod contact;
mod definitions;
mod front_end;
mod offer;
mod overflow;
mod queue;
mod skills;
mod tick;
mod transfer;
mod waiting;
mod wrap_up;

pub(crate) use self::overflow::Overflows;
