//! The one command a user types, `acd`: each subcommand is a thin call into a crate.

mod config;
mod ctl;
mod demo;
mod options;
mod output;
mod serve;
mod token;
mod top;

use std::process::ExitCode;

use clap::Parser;

/// An automatic call distributor: matches every contact to the right agent, at once.
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
    /// Make, list or revoke the tokens that clients show over TCP.
    #[command(subcommand)]
    Token(token::Token),
    Top(top::Top),
}

/// Shown below `acd --help`.
const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 no server there,
4 connection lost.
Every command has --help with examples.";

fn main() -> ExitCode {
    let done = match Acd::parse() {
        Acd::Serve(command) => command.run().map(|()| ExitCode::SUCCESS),
        Acd::Demo(command) => command.run().map(|()| ExitCode::SUCCESS),
        Acd::Config(command) => command.run().map(|()| ExitCode::SUCCESS),
        Acd::Token(command) => command.run().map(|()| ExitCode::SUCCESS),
        Acd::Ctl(command) => Ok(command.run()),
        Acd::Top(command) => command.run(),
    };
    match done {
        Ok(code) => code,
        Err(error) => options::fail(&error),
    }
}
