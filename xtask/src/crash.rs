//! `cargo xtask crash`: kills a busy server again and again, and looks that nothing is lost.

use std::env;
use std::process::{Command, ExitCode};

/// How to use it.
pub(crate) const USAGE: &str = "\
  crash [--kills N] [--seed N]
         kill -9 a busy server at random, 200 times unless told; after each restart everything
         acknowledged must be there once, in its state, none younger, events without gap or repeat";

/// Runs the test of the same name for longer.
pub(crate) fn run(arguments: &[String]) -> Option<ExitCode> {
    let mut kills = "200".to_owned();
    let mut seed = "311".to_owned();
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return None };
        value.parse::<u64>().ok()?;
        match name.as_str() {
            "--kills" => kills.clone_from(value),
            "--seed" => seed.clone_from(value),
            _ => return None,
        }
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let done = Command::new(cargo)
        .args(["test", "--quiet", "--release", "--package=acd", "--test=crash", "--"])
        .args(["--nocapture", "whatever_was_acknowledged"])
        .env("ACD_CRASH_KILLS", kills)
        .env("ACD_CRASH_SEED", seed)
        .status();
    Some(match done {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            println!("cargo cannot be run: {error}");
            ExitCode::FAILURE
        }
    })
}
