//! What developers and CI run: `cargo xtask test`, `bench`, `soak`, `crash`, `sim`.
//!
//! Without dependencies, so that it is built in a second on a machine that has built nothing.

mod bench;
mod crash;
mod sim;
mod soak;

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

const USAGE: &str = "\
Usage: cargo xtask test|bench|soak|crash|sim

  test   format, lints, documentation, tests, published truth; stops at the first that fails
  bench  measures the engine against its targets: see cargo xtask bench --help
  soak   proofs that take longer than a test may: equivalence, adversary, truth, sim; each with --help";

/// One step of `cargo xtask test`.
struct Step {
    name: &'static str,
    /// The arguments of `cargo`.
    arguments: &'static [&'static str],
    /// What the tests are told by the environment.
    environment: &'static [(&'static str, &'static str)],
    /// What to do when it fails.
    advice: &'static str,
}

/// All use one profile: it alone decides whether lints, documentation and tests share what is
/// built for the host (procedural macros, build scripts). On a fresh machine that takes 9 % less
/// CPU than linting in `dev`, and 0.2 GB less of disk.
const STEPS: [Step; 5] = [
    Step {
        name: "format",
        arguments: &["fmt", "--all", "--check"],
        environment: &[],
        advice: "run `cargo fmt`",
    },
    Step {
        name: "lints",
        arguments: &[
            "clippy",
            "--quiet",
            "--profile=checked",
            "--workspace",
            "--all-targets",
            "--",
            "-Dwarnings",
        ],
        environment: &[],
        advice: "mend what clippy names; an `allow` says its reason",
    },
    Step {
        name: "documentation",
        arguments: &["doc", "--quiet", "--profile=checked", "--workspace", "--no-deps"],
        environment: &[],
        advice: "mend the links and sections that rustdoc names",
    },
    Step {
        name: "tests",
        arguments: &["test", "--profile=checked", "--workspace", "--no-fail-fast"],
        // A plain `cargo test` runs a few hundred.
        environment: &[("ACD_SIM_SCHEDULES", "10000")],
        advice: "run the failed test alone: cargo test --profile checked NAME",
    },
    // A hundred million contacts: with the engine's assertions that would take an hour.
    Step {
        name: "published truth",
        arguments: &["test", "--release", "--package=acd-sim", "--test=truth"],
        environment: &[],
        advice: "see which metric missed: cargo run --release -- sim verify tests/truth/*.json",
    },
];

/// Programs that whole-system tests drive, and the package that holds each.
const TOOLS: [(&str, &str); 8] = [
    ("nc", "netcat-openbsd"),
    ("strace", "strace"),
    ("tmux", "tmux"),
    ("valgrind", "valgrind"),
    ("kamailio", "kamailio kamailio-json-modules kamailio-extra-modules"),
    ("sipp", "sip-tester"),
    ("chromium", "chromium"),
    ("chromedriver", "chromium-driver"),
];

fn main() -> ExitCode {
    match env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [command] if command == "test" => test(),
        [command, arguments @ ..] if command == "bench" => bench::bench(arguments),
        [command, rest @ ..] if command == "crash" => crash::run(rest).unwrap_or_else(usage),
        [command, rest @ ..] if command == "sim" => sim::run(rest).unwrap_or_else(usage),
        [command, which, rest @ ..] if command == "soak" && which == "sim" => {
            sim::run(rest).unwrap_or_else(usage)
        }
        [command, rest @ ..] if command == "soak" => soak::soak(rest),
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("{USAGE}\n{}\n{}", crash::USAGE, sim::USAGE);
    ExitCode::from(2)
}

fn test() -> ExitCode {
    let start = Instant::now();
    if !tools() {
        return ExitCode::FAILURE;
    }
    let mut times = Vec::new();
    for step in &STEPS {
        let begin = Instant::now();
        println!("== {}: cargo {}", step.name, step.arguments.join(" "));
        let done = run(step);
        times.push(format!("{} {:.1} s", step.name, begin.elapsed().as_secs_f64()));
        match done {
            Ok(Outcome { success: true, passed: 0, .. }) => {}
            Ok(Outcome { success: true, passed, failed }) => {
                println!("== {}; all {:.1} s", times.join(", "), start.elapsed().as_secs_f64());
                println!("{passed} passed, {failed} failed");
            }
            Ok(Outcome { passed, failed, .. }) => {
                println!("== {} failed: {}", step.name, step.advice);
                if passed + failed > 0 {
                    println!("{passed} passed, {failed} failed");
                }
                return ExitCode::FAILURE;
            }
            Err(error) => {
                println!("== {} failed: cargo cannot be run: {error}", step.name);
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// Says which tools are missing. Only in CI are they required.
fn tools() -> bool {
    let missing = |tool: &str| {
        let path = env::var_os("PATH").unwrap_or_default();
        !env::split_paths(&path).any(|directory| directory.join(tool).is_file())
    };
    let in_ci = env::var("CI").is_ok_and(|ci| ci == "true");
    let mut all = true;
    for (tool, package) in TOOLS.into_iter().filter(|(tool, _)| missing(tool)) {
        all = false;
        println!("skipped: tests that drive `{tool}`: run `apt-get install {package}`");
    }
    all || !in_ci
}

/// How a step went.
struct Outcome {
    success: bool,
    passed: u64,
    failed: u64,
}

/// Runs cargo, shows what it says, and adds up the results of tests.
fn run(step: &Step) -> io::Result<Outcome> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut child = Command::new(cargo)
        .args(step.arguments)
        .envs(step.environment.iter().copied())
        .env("RUSTDOCFLAGS", "-Dwarnings")
        .stdout(Stdio::piped())
        .spawn()?;
    let (mut passed, mut failed) = (0, 0);
    let output = child.stdout.take().expect("standard output is a pipe");
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let mut out = io::stdout().lock();
        out.write_all(&line)?;
        out.write_all(b"\n")?;
        if let Some((p, f)) = results(&String::from_utf8_lossy(&line)) {
            passed += p;
            failed += f;
        }
    }
    Ok(Outcome { success: child.wait()?.success(), passed, failed })
}

/// The numbers of passed and failed tests in a line such as
/// `test result: ok. 18 passed; 0 failed; 0 ignored; …`.
fn results(line: &str) -> Option<(u64, u64)> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |word: &str| {
        let part = counts.split("; ").find_map(|part| part.strip_suffix(word))?;
        part.trim().parse().ok()
    };
    Some((count("passed")?, count("failed")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read_from_the_line_of_the_test_harness() {
        for (line, expected) in [
            ("test result: ok. 18 passed; 0 failed; 0 ignored; 0 measured", Some((18, 0))),
            ("test result: FAILED. 15 passed; 3 failed; 0 ignored", Some((15, 3))),
            ("test x ... ok", None),
        ] {
            assert_eq!(results(line), expected, "{line}");
        }
    }
}
