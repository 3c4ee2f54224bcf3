//! Many schedules, on as many threads as there are cores; the shortest prefix of one that fails.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use acd_log::Planted;

use super::world::{Seen, World};

/// Commands of a schedule.
const COMMANDS: u64 = 240;
/// Schedules that pass in each run of the tests.
const SCHEDULES: u64 = 300;
/// Schedules within which a planted fault must be found.
const FOUND_WITHIN: u64 = 100;

/// A schedule that went wrong.
#[derive(Debug)]
struct Failure {
    seed: u64,
    error: String,
}

fn schedule(seed: u64, steps: u64, planted: Planted) -> Result<Seen, String> {
    let mut world = World::new(seed, planted);
    world.run(COMMANDS, steps)?;
    world.seen.schedules = 1;
    Ok(world.seen)
}

/// Runs these schedules; the failing one with the smallest seed ends it.
fn run(first: u64, count: u64, planted: Planted) -> Result<Seen, Failure> {
    let next = AtomicU64::new(first);
    let end = AtomicU64::new(first.saturating_add(count));
    let all = Mutex::new((Seen::default(), None::<Failure>));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end.load(Ordering::Relaxed) {
                        return;
                    }
                    let done = schedule(seed, u64::MAX, planted);
                    let mut all = all.lock().expect("nothing panics while it is held");
                    match done {
                        Ok(went) => all.0.add(&went),
                        Err(error) => {
                            end.fetch_min(seed, Ordering::Relaxed);
                            if all.1.as_ref().is_none_or(|known| seed < known.seed) {
                                all.1 = Some(Failure { seed, error });
                            }
                        }
                    }
                    if all.0.schedules.is_multiple_of(10_000) && all.0.schedules > 0 {
                        println!("{} schedules, seed {seed}", all.0.schedules);
                    }
                }
            });
        }
    });
    let (seen, failure) = all.into_inner().expect("nothing panics while it is held");
    failure.map_or(Ok(seen), Err)
}

/// The fewest steps after which this schedule fails.
fn shortest(seed: u64, planted: Planted) -> Option<(u64, String)> {
    (0..10_000).find_map(|steps| Some((steps, schedule(seed, steps, planted).err()?)))
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

#[test]
fn no_schedule_loses_doubles_or_rejuvenates_anybody() {
    let (first, count) = (number("ACD_SIM_SEED"), number("ACD_SIM_SCHEDULES"));
    let (first, count) = (first.unwrap_or(0), count.unwrap_or(SCHEDULES));
    if let Some(steps) = number("ACD_SIM_STEPS") {
        schedule(first, steps, Planted::default()).unwrap_or_else(|error| panic!("{error}"));
        return;
    }
    let begun = Instant::now();
    match run(first, count, Planted::default()) {
        Ok(seen) => {
            let seconds = begun.elapsed().as_secs_f64();
            println!("seeds {first} to {}: {seen:?}, {seconds:.1} s", first + count - 1);
            assert!(count < 1_000 || seen.is_rich(), "too rare: {seen:?}");
        }
        Err(Failure { seed, error }) => {
            println!("seed {seed}: {error}");
            let (steps, error) = shortest(seed, Planted::default()).expect("it failed before");
            panic!(
                "seed {seed} fails after {steps} steps: {error}\n\
                 again: cargo xtask sim --seed {seed} --steps {steps}"
            );
        }
    }
}

impl Seen {
    fn counts(&mut self) -> [&mut u64; 16] {
        [
            &mut self.schedules,
            &mut self.commands,
            &mut self.acknowledged,
            &mut self.contacts,
            &mut self.events,
            &mut self.crashes,
            &mut self.kills,
            &mut self.stops,
            &mut self.snapshots,
            &mut self.cuts,
            &mut self.flips_refused,
            &mut self.flips_harmless,
            &mut self.connections_cut,
            &mut self.doubled,
            &mut self.lost,
            &mut self.set_back,
        ]
    }

    fn add(&mut self, other: &Self) {
        let mut other = *other;
        for (sum, more) in self.counts().into_iter().zip(other.counts()) {
            *sum += *more;
        }
    }

    /// Whether everything that may occur has.
    fn is_rich(&self) -> bool {
        let mut seen = *self;
        let least = self.schedules / 100;
        seen.counts().into_iter().all(|count| *count > least)
    }
}

/// The first seed that finds a planted fault.
fn found(planted: Planted) -> u64 {
    let found = run(0, FOUND_WITHIN, planted).expect_err("the planted fault is found");
    println!("{planted:?}: found by schedule {}: {}", found.seed, found.error);
    found.seed
}

#[test]
fn a_reply_before_the_sync_is_found() {
    found(Planted { ack_before_fsync: true, ..Planted::default() });
}

#[test]
fn a_directory_that_is_not_synced_is_found() {
    found(Planted { forget_directory_fsync: true, ..Planted::default() });
}
