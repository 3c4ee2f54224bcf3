//! The one command a user types, `acd`: each subcommand is a thin call into a crate.

mod audit;
mod bench;
mod check;
mod config;
mod ctl;
mod demo;
mod gateway;
mod install;
mod log;
mod options;
mod output;
mod past;
mod report;
mod serve;
mod sim;
mod token;
mod top;
mod web;

use std::process::ExitCode;

use clap::Parser;

/// An automatic call distributor: matches every contact to the right agent, at once.
///
/// `acd serve` is the server. Telephone exchanges come to it by `acd gateway`, residents by its
/// pages (`--http`), agents by their telephones and desks, supervisors by `acd top`; `acd ctl` asks
/// it anything. `acd demo` plays a city's day to look at. What was decided can be told and checked
/// later: `acd trace`, `acd report`, `acd audit`.
#[derive(Parser)]
#[command(version, after_help = EXIT_CODES)]
enum Acd {
    /// Run the server.
    Serve(serve::Serve),
    /// Play a city's day on a server of its own.
    Demo(demo::Demo),
    /// Check, describe or print a configuration.
    #[command(subcommand)]
    Config(config::Config),
    /// Call a method of the server and print what it answers.
    Ctl(ctl::Ctl),
    #[command(subcommand)]
    Gateway(gateway::Gateway),
    #[command(subcommand)]
    Log(log::Log),
    #[command(subcommand)]
    Sim(sim::Sim),
    /// Make, list or revoke the tokens that clients show over TCP.
    #[command(subcommand)]
    Token(token::Token),
    Trace(past::Trace),
    Replay(past::Replay),
    Audit(audit::Audit),
    Report(report::Report),
    Top(top::Top),
    Check(check::Check),
    #[command(subcommand)]
    Bench(bench::Bench),
    Web(web::Web),
    Completions(install::Completions),
    Man(install::Man),
}

/// Shown below `acd --help`.
const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 no server there,
4 connection lost.
Every command has --help with examples.";

fn main() -> ExitCode {
    let parsed = match Acd::try_parse() {
        Ok(parsed) => parsed,
        Err(error) => return wrong_usage(&error),
    };
    let done = match parsed {
        Acd::Serve(command) => command.run().map(|()| ExitCode::SUCCESS),
        Acd::Demo(command) => command.run().map(|()| ExitCode::SUCCESS),
        Acd::Config(command) => command.run().map(|()| ExitCode::SUCCESS),
        Acd::Token(command) => command.run().map(|()| ExitCode::SUCCESS),
        Acd::Completions(command) => command.run().map(|()| ExitCode::SUCCESS),
        Acd::Man(command) => command.run().map(|()| ExitCode::SUCCESS),
        Acd::Web(command) => command.run().map(|()| ExitCode::SUCCESS),
        Acd::Gateway(command) => command.run().map(|()| ExitCode::SUCCESS),
        Acd::Log(command) => command.run(),
        Acd::Sim(command) => command.run(),
        Acd::Ctl(command) => Ok(command.run()),
        Acd::Trace(command) => command.run().map(|()| ExitCode::SUCCESS),
        Acd::Replay(command) => command.run().map(|()| ExitCode::SUCCESS),
        Acd::Audit(command) => command.run(),
        Acd::Report(command) => command.run().map(|()| ExitCode::SUCCESS),
        Acd::Top(command) => command.run(),
        Acd::Check(command) => Ok(command.run()),
        Acd::Bench(command) => Ok(command.run()),
    };
    match done {
        Ok(code) => code,
        Err(error) => options::fail(&error),
    }
}

/// Says what is wrong with the arguments, or helps. 2 would mean critical to whom a check is for.
fn wrong_usage(error: &clap::Error) -> ExitCode {
    let is_check = std::env::args_os().nth(1).is_some_and(|command| command == "check");
    // There is nobody left to tell that nobody listens.
    let _ = error.print();
    match u8::try_from(error.exit_code()) {
        Ok(0) => ExitCode::SUCCESS,
        _ if is_check => check::UNKNOWN.into(),
        Ok(code) => code.into(),
        Err(_) => ExitCode::FAILURE,
    }
}
