//! `cargo xtask soak`: the proofs of the tests, for as long as one likes.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use acd_core::Engine;
use acd_model::adversary::{Adversary, Large, Size};
use acd_model::generate::Coverage;
use acd_model::lockstep::{self, Failure};
use acd_model::{Model, scenario};

const USAGE: &str = "\
Runs the proofs longer than the tests do.

Usage: cargo xtask soak equivalence|adversary [--commands N] [--seed N] [--unlisted]

  equivalence  random commands on the engine and on the naive model of the rules: result,
               effects, whole state, deadlines compared after each, state hashes after each world;
               10,000,000 commands
  adversary    10,000 distinct agents, thousands of requirements, a million waiting, everybody
               doing the same at once; every so often all records are scanned for somebody who
               waits in spite of a free agent, or was offered out of order; 20,000,000 commands.
               With --unlisted there are more distinct requirements than the engine keeps lists
               for, and 100,000 wait

Examples:
  cargo xtask soak equivalence --commands 100000000
  cargo xtask soak adversary --seed 7

Exit code 0: nothing found; 1: something found, and how to see it again; 2: wrong usage.";

/// Commands of one random world.
const WORLD: u64 = 1_000;
/// Commands between two scans of all records.
const SCAN_EVERY: u64 = 200_000;
const PROGRESS_EVERY: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("soak: {error}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// Runs what is named; whether nothing was found.
fn run(arguments: &[String]) -> Result<bool, String> {
    let (name, options) = arguments.split_first().ok_or("say what to run")?;
    let (mut commands, mut seed, mut size) = (None, 1, Size::LARGE);
    let mut options = options.iter();
    while let Some(option) = options.next() {
        let mut number = || {
            let value = options.next().map_or("", String::as_str);
            let read = value.replace('_', "").parse::<u64>();
            read.map_err(|_| format!("{option} takes a number, not {value:?}"))
        };
        match (option.as_str(), name.as_str()) {
            ("--commands", _) => commands = Some(number()?),
            ("--seed", _) => seed = number()?,
            ("--unlisted", "adversary") => size = Size::UNLISTED,
            _ => return Err(format!("{name} does not know {option:?}")),
        }
    }
    match name.as_str() {
        "equivalence" => Ok(equivalence(commands.unwrap_or(10_000_000), seed)),
        "adversary" => Ok(adversary(commands.unwrap_or(20_000_000), seed, size)),
        _ => Err(format!("there is no soak {name:?}")),
    }
}

/// What one soak has done so far.
struct Progress {
    start: Instant,
    told: Instant,
    of: u64,
}

impl Progress {
    fn new(of: u64) -> Self {
        Self { start: Instant::now(), told: Instant::now(), of }
    }

    /// Says how far it is, every now and then.
    fn tell(&mut self, done: u64, more: impl FnOnce() -> String) {
        if self.told.elapsed() >= PROGRESS_EVERY {
            self.told = Instant::now();
            let seconds = self.start.elapsed().as_secs();
            eprintln!("{seconds:>6} s  {done} of {} commands{}", self.of, more());
        }
    }
}

fn sides(seed: u64) -> (Engine, Model) {
    (Engine::new(seed), Model::new(seed))
}

/// Random worlds on all cores until so many commands are done.
fn equivalence(commands: u64, seed: u64) -> bool {
    let worlds = commands.div_ceil(WORLD);
    let next = AtomicU64::new(0);
    let met = Mutex::new((Coverage::default(), Progress::new(worlds * WORLD), None));
    let worker = || {
        loop {
            let world = next.fetch_add(1, Ordering::Relaxed);
            if world >= worlds {
                return;
            }
            let result = lockstep::run(seed + world, WORLD as usize, sides);
            let mut met = met.lock().expect("no worker panics while it reports");
            let (coverage, progress, failure) = &mut *met;
            match result {
                Ok(one) => coverage.merge(&one),
                Err(found) => {
                    next.store(worlds, Ordering::Relaxed);
                    failure.get_or_insert(found);
                }
            }
            progress.tell(coverage.commands, String::new);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, std::num::NonZero::get) {
            scope.spawn(worker);
        }
    });
    let (coverage, progress, failure) = met.into_inner().expect("no worker panicked");
    if let Some(failure) = failure {
        report(&failure);
        return false;
    }
    for (name, count) in coverage.counts() {
        println!("{count:>12} {name}");
    }
    println!(
        "{} commands, seeds {seed}..{}, {:.0} s: engine and model agree, state hashes too",
        coverage.commands,
        seed + worlds,
        progress.start.elapsed().as_secs_f64()
    );
    true
}

/// The shortest way to a difference, as a scenario to be kept.
fn report(failure: &Failure) {
    let short = lockstep::shrink(failure, sides);
    let text = scenario::print(short.seed, &short.commands);
    let text = scenario::bless(&text).unwrap_or(text);
    println!("seed {} after {} commands: {}", failure.seed, failure.commands.len(), failure.what);
    println!("\n{text}\n{}", short.what);
}

/// One large engine under the adversary's commands.
fn adversary(commands: u64, seed: u64, size: Size) -> bool {
    let mut progress = Progress::new(commands);
    let mut large = Large::new(Engine::new(seed), Adversary::new(seed, size));
    for command in 0..commands {
        large.step();
        if (command + 1).is_multiple_of(SCAN_EVERY)
            && let Err(wrong) = large.scan()
        {
            println!("seed {seed}, after {} commands: {wrong}", command + 1);
            return false;
        }
        progress.tell(command + 1, || {
            format!(", {} wait, {:?}", large.adversary.waiting(), large.adversary.phase())
        });
    }
    println!("{:?}\n{:?}", large.adversary.phases, large.engine.matching());
    println!(
        "{} accepted, {} refused, {} waited at most, {} scans, {} decisions found first; \
         state hash {:#018x}; {:.0} s",
        large.accepted,
        large.refused,
        large.most_waiting,
        large.scans,
        large.firsts,
        large.engine.state_hash(),
        progress.start.elapsed().as_secs_f64()
    );
    true
}
