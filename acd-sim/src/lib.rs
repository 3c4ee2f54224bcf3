//! A city's day as a seeded world in virtual time: residents who call, write and give up, agents
//! who answer, rest and forget to.
//!
//! **One contract: [`World`] says what people do next ([`World::next_move`]) and is told what they
//! see ([`World::see`]); it knows neither clock nor socket.** [`Lockstep`] plays it against the
//! engine itself, as fast as the engine decides; others play it through a server.
//!
//! Draws are keyed ([`Seed`](rng::Seed)): a resident's patience or a conversation's length does not
//! depend on what others did. The same seed gives the same day, on every machine.

mod act;
mod agenda;
mod city;
pub mod day;
mod desks;
pub mod lockstep;
mod residents;
pub mod rng;
mod tally;
pub mod truth;
mod world;

pub use act::{Act, Actor, ContactFact, DeskFact, Move, Seen, Source};
pub use city::{City, HANDLE_MEAN, Visit, VisitId};
pub use lockstep::{Lockstep, Played};
pub use residents::{Live, Phase};
pub use tally::{QueueTally, Tally};
pub use world::World;
