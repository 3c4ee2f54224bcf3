//! `cargo xtask soak`: proofs that take longer than a test may, each by the program that has it.

use std::env;
use std::process::{Command, ExitCode};

/// A soak: its name, and the arguments of `cargo` that run it, before its own.
///
/// To add one: a line here, and a program that takes `--help`, tells how far it is, and ends with
/// 0 when nothing was found.
const SOAKS: [(&str, &[&str]); 3] = [
    // With the engine's assertions on.
    (
        "equivalence",
        &["run", "-q", "--profile=checked", "-p=acd-model", "--bin=soak", "--", "equivalence"],
    ),
    ("adversary", &["run", "-q", "--release", "-p=acd-model", "--bin=soak", "--", "adversary"]),
    // The cases that `cargo xtask test` leaves out.
    (
        "truth",
        &[
            "run",
            "-q",
            "--release",
            "--bin=acd",
            "--",
            "sim",
            "verify",
            "tests/truth/theory.json",
            "tests/truth/routing.json",
            "--min-arrivals=15000000",
        ],
    ),
];

/// Runs one soak with its own arguments.
pub(crate) fn soak(arguments: &[String]) -> ExitCode {
    let named = arguments.first().and_then(|name| SOAKS.iter().find(|soak| soak.0 == name));
    let Some((_, run)) = named else {
        let known: Vec<&str> = SOAKS.iter().map(|soak| soak.0).collect();
        eprintln!("Usage: cargo xtask soak {} [--help]", known.join("|"));
        return ExitCode::from(2);
    };
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    match Command::new(cargo).current_dir(root).args(*run).args(&arguments[1..]).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) if status.code() == Some(2) => ExitCode::from(2),
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cargo cannot be run: {error}");
            ExitCode::FAILURE
        }
    }
}
