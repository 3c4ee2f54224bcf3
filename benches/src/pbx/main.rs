//! `acd-bench-pbx`: on a real Asterisk, how soon a freed agent's telephone is called again, with
//! `acd` and with Asterisk's own `app_queue`, both in turns.

mod centre;
mod handoff;
#[path = "../../../tests/pbx/lab.rs"]
mod lab;

use std::fmt::Write;
use std::fs;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use handoff::{Side, Size, Turn};

const EXAMPLES: &str = "\
Examples:
  cargo xtask bench pbx                     50 agents, then 1,000; takes about 8 minutes
  cargo xtask bench pbx --members 50 --rounds 1 --seconds 20

Needs root on Debian: Asterisk is installed in a chroot, once, with telephones played by sipp.
Exit code 0: measured, whatever the ratio; 1: it could not be measured.";

/// Measures the hand-off of a freed agent on a real Asterisk: with `acd`, and with `app_queue`.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench pbx", after_help = EXAMPLES)]
struct Arguments {
    /// Members of the queue; those above --agents are signed in and take no calls.
    #[arg(long, value_delimiter = ',', default_values_t = [50, 1_000])]
    members: Vec<usize>,
    /// Agents who take calls.
    #[arg(long, default_value_t = 50)]
    agents: usize,
    /// Callers who wait.
    #[arg(long, default_value_t = 100)]
    waiting: usize,
    /// How long each turn is measured.
    #[arg(long, default_value_t = 40)]
    seconds: u64,
    /// Turns of each side, one after the other.
    #[arg(long, default_value_t = 2)]
    rounds: usize,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("acd-bench-pbx: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let acd = std::env::current_exe()?.with_file_name("acd");
    if !acd.is_file() {
        bail!("no `acd` lies beside this program; say cargo xtask bench pbx");
    }
    let load = || fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load average before: {}", load().trim());
    for &members in &arguments.members {
        let size = Size {
            members,
            agents: arguments.agents,
            waiting: arguments.waiting,
            warm_up: Duration::from_secs(12),
            length: Duration::from_secs(arguments.seconds),
        };
        let (mut ours, mut theirs) = (Turn::default(), Turn::default());
        for _ in 0..arguments.rounds {
            ours.add(handoff::turn(Side::Acd, &size, &acd).context("no Asterisk")?);
            theirs.add(handoff::turn(Side::AppQueue, &size, &acd).context("no Asterisk")?);
        }
        println!("\n{} members, {} take calls, {} wait", members, size.agents, size.waiting);
        print!("{}", table(&ours, &theirs));
    }
    println!("\nload average after: {}", load().trim());
    Ok(())
}

/// One figure of a side.
type Figure = fn(&Turn) -> f64;

/// Both sides beside each other.
fn table(ours: &Turn, theirs: &Turn) -> String {
    let rows: [(&str, Figure); 6] = [
        ("BYE → the agent's next INVITE, ms, p50", |turn| turn.percentile_ms(50)),
        ("the same, p99", |turn| turn.percentile_ms(99)),
        ("the same, longest", |turn| turn.percentile_ms(100)),
        ("agents called again", |turn| f64::from(u32::try_from(turn.calls()).unwrap_or(u32::MAX))),
        ("CPU a call, all programs, ms", Turn::cpu_ms_a_call),
        ("memory a waiting caller, all programs, KiB", Turn::kib_a_caller),
    ];
    let mut text = format!("{:<44}{:>12}{:>12}{:>8}\n", "", "acd", "app_queue", "ratio");
    for (what, figure) in rows {
        let (ours, theirs) = (figure(ours), figure(theirs));
        let ratio = theirs / ours;
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{what:<44}{ours:>12.2}{theirs:>12.2}{ratio:>7.1}x");
    }
    let (own_cpu, own_kib) = (ours.own_cpu_ms_a_call(), ours.own_kib_a_caller());
    let lost = (ours.lost(), theirs.lost());
    let _ = writeln!(
        text,
        "of `acd` and its gateway alone: {own_cpu:.2} ms of CPU a call, {own_kib:.1} KiB a waiting \
         caller; not called again in time: {} and {}",
        lost.0, lost.1
    );
    text
}
