//! `acd config`: check, describe or print a configuration.

mod hours;

use std::path::PathBuf;

use acd_server::config::{self, Config as Loaded, ConfigError};
use anyhow::bail;

use crate::output::print;

/// Check, describe or print a configuration.
#[derive(clap::Subcommand)]
pub(crate) enum Config {
    /// Say everything that is wrong with a file, with line, column and what was expected.
    #[command(after_help = "\
Examples:
  acd config show > city.toml
  acd config check city.toml
Exit codes: 0 nothing is wrong, 1 something is, 2 wrong usage.")]
    Check {
        /// The file.
        file: PathBuf,
    },
    /// Print when queues open and close, day by day.
    #[command(after_help = "\
Examples:
  acd config hours city.toml
  acd config hours city.toml --queue permits --from 2026-12-20 --days 14
  acd config hours city.toml --json
Exit codes: 0 printed, 1 the file is wrong or has no such queue, 2 wrong usage.")]
    Hours(hours::Options),
    /// Print the file's form as a JSON Schema, which editors complete and check by.
    #[command(after_help = "\
Examples:
  acd config schema > acd.schema.json")]
    Schema,
    /// Print the configuration of a server that is given none: the demo city.
    #[command(after_help = "\
Examples:
  acd config show > city.toml")]
    Show,
}

impl Config {
    /// Does it.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Check { file } => print(&check(&file)?)?,
            Self::Hours(options) => print(&hours::run(&options)?)?,
            Self::Schema => print(&(serde_json::to_string_pretty(config::schema())? + "\n"))?,
            Self::Show => print(config::EMBEDDED)?,
        }
        Ok(())
    }
}

/// What a good file holds, in one line; everything that is wrong with a bad one.
fn check(file: &std::path::Path) -> anyhow::Result<String> {
    match Loaded::load(file) {
        Ok(loaded) => {
            let definitions = loaded.definitions;
            Ok(format!(
                "{}: nothing is wrong ({} queues, {} agents, {} skills, {} sites)\n",
                file.display(),
                definitions.queues.len(),
                definitions.agents.len(),
                definitions.skills.len(),
                definitions.sites.len(),
            ))
        }
        Err(ConfigError::Invalid(problems)) => {
            for problem in &problems {
                eprintln!("{problem}");
            }
            let s = if problems.len() == 1 { "" } else { "s" };
            bail!("{} problem{s} in {}", problems.len(), file.display())
        }
        Err(error) => Err(error.into()),
    }
}
