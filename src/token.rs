//! `acd token`: make, list or revoke the tokens that clients show over TCP.

use std::path::PathBuf;

use acd_proto::Role;
use acd_server::config::Config;
use acd_server::tokens::{self, Entry, Tokens};
use anyhow::Context;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::output::print;

/// Make, list or revoke the tokens that clients show over TCP.
#[derive(clap::Subcommand)]
pub(crate) enum Token {
    /// Make a token, print it this once, and keep its hash.
    #[command(after_help = "\
Examples:
  acd token new --role frontend --name asterisk-1
  (umask 077; acd token new --role supervisor --name maria > maria.token)")]
    New {
        /// What its bearer may be.
        #[arg(long, value_parser = roles())]
        role: Role,
        /// Who its bearer is: a front end's name, an agent's id, a person.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// List id, role and name of every token.
    #[command(after_help = "\
Examples:
  acd token list
  acd token list --config city.toml")]
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Take away the token of that id, or all tokens of that name.
    #[command(after_help = "\
Examples:
  acd token revoke 3f9c2a17
  acd token revoke asterisk-1")]
    Revoke {
        /// The id, or the name.
        #[arg(value_name = "ID|NAME")]
        which: String,
        #[command(flatten)]
        place: Place,
    },
}

/// Which file keeps the hashes.
#[derive(clap::Args)]
pub(crate) struct Place {
    /// The file of hashes. Left out: `$XDG_CONFIG_HOME/acd/tokens.toml`.
    #[arg(long)]
    file: Option<PathBuf>,
    /// The server's configuration, which says where the file of hashes is.
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    config: Option<PathBuf>,
}

impl Place {
    fn file(self) -> anyhow::Result<PathBuf> {
        let named = match self.config {
            Some(config) => Config::load(&config)?.tokens,
            None => self.file,
        };
        match named {
            Some(file) => Ok(file),
            None => Ok(tokens::default_file()?),
        }
    }
}

impl Token {
    /// Does it.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::New { role, name, place } => {
                let file = place.file()?;
                let token = tokens::create(&file, role, &name)?;
                print(&(token + "\n"))?;
                eprintln!("Shown this once; {} keeps its hash.", file.display());
            }
            Self::List { place } => print(&table(Tokens::load(&place.file()?)?.list()))?,
            Self::Revoke { which, place } => {
                let revoked = tokens::revoke(&place.file()?, &which)?;
                print(&table(&revoked)).context("they are revoked, but cannot be listed")?;
            }
        }
        Ok(())
    }
}

fn roles() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.map(Role::name))
        .map(|name| Role::from_name(&name).expect("the possible values are the roles' names"))
}

fn table(entries: &[Entry]) -> String {
    let row = |entry: &Entry| format!("{:8}  {:10}  {}\n", entry.id, entry.role.name(), entry.name);
    entries.iter().map(row).collect()
}
