//! `cargo xtask crash`: kills a busy server again and again, and looks that nothing is lost.

use std::env;
use std::process::{Command, ExitCode};

/// How to use it.
pub(crate) const USAGE: &str = "\
  crash [--kills N] [--seed N]
         kill -9 a busy server at random, 200 times unless told; after each restart everything
         acknowledged must be there once, in its state, none younger, events without gap or repeat
  crash --calls all
         the same at every system call that changes a file: killed with -9 there, and failing with
         EIO, one after the other; and a full disk";

/// Runs the test of the same name for longer.
pub(crate) fn run(arguments: &[String]) -> Option<ExitCode> {
    let mut kills = "200".to_owned();
    let mut seed = "311".to_owned();
    let mut calls = None;
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return None };
        match (name.as_str(), value.parse::<u64>()) {
            ("--kills", Ok(_)) => kills.clone_from(value),
            ("--seed", Ok(_)) => seed.clone_from(value),
            ("--calls", _) if value == "all" => calls = Some(value),
            _ => return None,
        }
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["test", "--quiet", "--release", "--package=acd", "--test=crash", "--"]);
    command.env("ACD_CRASH_KILLS", kills).env("ACD_CRASH_SEED", seed);
    match calls {
        Some(calls) => command.args(["--nocapture", "injected"]).env("ACD_CRASH_CALLS", calls),
        None => command.args(["--nocapture", "whatever_was_acknowledged"]),
    };
    Some(match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            println!("cargo cannot be run: {error}");
            ExitCode::FAILURE
        }
    })
}
