//! `cargo xtask bench`: builds the benches as they must be built, and runs them.

use std::env;
use std::process::{Command, ExitCode};

/// Hands its arguments to `acd-bench`.
pub(crate) fn bench(arguments: &[String]) -> ExitCode {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let ran = Command::new(cargo)
        .args(["run", "--quiet", "--release", "--package=acd-bench", "--bin=acd-bench", "--"])
        .args(arguments)
        .status();
    match ran {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) if status.code() == Some(2) => ExitCode::from(2),
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cargo cannot be run: {error}");
            ExitCode::FAILURE
        }
    }
}
