//! The naive model of the engine, random worlds to compare the two in, and the scenario language.
//!
//! **The model is the rules as slow code that can be read against their text.** It scans every
//! contact and every agent, sorts, and takes the first; it keeps nothing but [`acd_core::State`].
//! It shares the contract's types with the engine (commands, effects, records) and none of its
//! logic, so that a difference between the two is a fault of one of them.
//!
//! * [`Model`]: the rules. [`Planted`] breaks one of them on purpose.
//! * [`Side`]: what the model and the engine have in common, as far as a comparison goes.
//! * [`adversary`]: the worst that a centre can do, from a handful to a million contacts.
//! * [`audit`]: invariants, told from effects and state alone.
//! * [`generate`]: random definitions and commands, the same for the same seed.
//! * [`lockstep`]: both sides side by side, and a failing run cut down to a scenario.
//! * [`scenario`]: the language of `tests/scenarios`.

pub mod adversary;
pub mod audit;
pub mod generate;
pub mod lockstep;
mod model;
mod random;
pub mod scenario;
mod side;

pub use model::{Model, Planted};
pub use random::Random;
pub use side::Side;
