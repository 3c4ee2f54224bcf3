//! `cargo xtask sim`: schedules of faults around the whole, in virtual time.

use std::env;
use std::process::{Command, ExitCode};

/// How to use it.
pub(crate) const USAGE: &str = "\
  sim [--schedules N] [--seed N] [--steps N]
         simulates exchanges, a desktop, network and disk with faults around the real core and log:
         10,000 schedules from seed 0 on unless told; one that fails is told with its shortest
         failing beginning, and runs again with --seed and --steps";

/// Runs the simulation of the server's tests for longer.
pub(crate) fn run(arguments: &[String]) -> Option<ExitCode> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["test", "--quiet", "--profile=checked", "--package=acd-server", "--lib", "--"]);
    command.args(["--nocapture", "no_schedule_loses"]).env("ACD_SIM_SCHEDULES", "10000");
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return None };
        value.parse::<u64>().ok()?;
        let variable = match name.as_str() {
            "--schedules" => "ACD_SIM_SCHEDULES",
            "--seed" => "ACD_SIM_SEED",
            "--steps" => "ACD_SIM_STEPS",
            _ => return None,
        };
        command.env(variable, value);
    }
    Some(match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            println!("cargo cannot be run: {error}");
            ExitCode::FAILURE
        }
    })
}
