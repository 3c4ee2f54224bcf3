//! `cargo xtask bench`: builds the benches as they must be built, and runs them.

use std::env;
use std::io;
use std::process::{Command, ExitCode, ExitStatus};

/// `--gate` counts and compares with the baseline; `pbx` drives a real Asterisk; everything else
/// is for `acd-bench`.
pub(crate) fn bench(arguments: &[String]) -> ExitCode {
    install_valgrind();
    let done = match arguments.iter().position(|argument| argument == "--gate") {
        Some(at) => {
            let mut others = arguments.to_vec();
            others[at] = "gate".into();
            others.swap(0, at);
            let build = ["--no-default-features", "--bin=acd-bench-count"];
            cargo("run", &build, &others)
        }
        None if arguments.first().is_some_and(|row| row == "pbx") => {
            match cargo("build", &["--bin=acd", "--package=acd", "--bin=acd-bench-pbx"], &[]) {
                Ok(built) if built.success() => {
                    cargo("run", &["--bin=acd-bench-pbx"], &arguments[1..])
                }
                failed => failed,
            }
        }
        // The rows that count run the counter, which lies beside the table's program.
        // So does the command, which the rows of the socket start.
        None => match cargo("build", &["--bins", "--package=acd"], &[]) {
            Ok(built) if built.success() => cargo("run", &["--bin=acd-bench"], arguments),
            failed => failed,
        },
    };
    match done {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) if status.code() == Some(2) => ExitCode::from(2),
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cargo cannot be run: {error}");
            ExitCode::FAILURE
        }
    }
}

fn cargo(command: &str, how: &[&str], arguments: &[String]) -> io::Result<ExitStatus> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut started = Command::new(cargo);
    started.args([command, "--quiet", "--release", "--package=acd-bench"]).args(how);
    if !arguments.is_empty() {
        started.arg("--").args(arguments);
    }
    started.status()
}

/// Instructions are counted under valgrind; root may install it.
fn install_valgrind() {
    if Command::new("valgrind").arg("--version").output().is_ok() {
        return;
    }
    eprintln!("valgrind is missing: apt-get install valgrind");
    let install = "apt-get update -qq && apt-get install -y -qq --no-install-recommends valgrind";
    if let Err(error) = Command::new("sh").args(["-c", install]).status() {
        eprintln!("it cannot be installed: {error}");
    }
}
