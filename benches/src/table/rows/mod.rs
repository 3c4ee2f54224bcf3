//! The rows of the table: one file for each group of them.
//!
//! To add a row: write its lines into `targets.rs`; write a file here with
//! `pub(super) const ROWS: &[Row]`, each row's function measuring all lines of that row; name the
//! file in [`ALL`]. A test then runs every row small and fails when a row leaves out a line of its
//! own or measures one of another.

mod counted;
mod durable;
mod latency;
mod life;
mod naive;
mod socket;
mod tick;

use anyhow::Result;

use super::measure::{Context, Measured};
pub(super) use naive::in_turn;

/// What measures some lines of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The row's name, as the command line takes it.
    pub name: &'static str,
    /// Measures the row's lines. Fails when both sides did not do the same.
    pub measure: fn(Context) -> Result<Vec<Measured>>,
}

/// Every row that can be measured.
pub const ALL: &[&[Row]] = &[
    naive::ROWS,
    latency::ROWS,
    life::ROWS,
    counted::ROWS,
    tick::ROWS,
    socket::ROWS,
    durable::ROWS,
];
