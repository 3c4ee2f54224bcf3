//! Proof of the whole in virtual time: the real core and its log on a simulated disk, telephone
//! exchanges, a desktop and a watcher over a network that cuts, loses and repeats. Thousands of
//! seeded schedules of crashes and faults; after each restart everything acknowledged must be
//! there, once, in its state, none younger, and the events go on without gap or repeat.
//!
//! `cargo xtask sim` runs as many as one likes, and a seed again.

mod clients;
mod mirror;
mod process;
mod restart;
mod run;
mod world;

/// A row of numbers from a seed (splitmix64, Steele et al. 2014).
#[derive(Clone, Debug)]
struct Draws(u64);

impl Draws {
    fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) % below
    }

    /// True once in so many times.
    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let length = from.len() as u64;
        if length == 0 { None } else { from.get(self.below(length) as usize) }
    }
}
