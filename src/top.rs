//! `acd top`: the supervisor's terminal.

use std::process::ExitCode;

use acd_client::{ClientError, Options as Client};
use acd_proto::Role;
use acd_tui::{End, Options, TopError};
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::options::Connect;
use crate::output::print;

/// Watch the queues, the agents and what happens, live.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd top
  acd top --connect tcp:10.0.0.7:4311 --token-file maria.token
  acd top --once | head -20
  acd top --once --json | jq '.queues[] | select(.severity != \"ok\")'
Exit codes: 0 left by q, 1 refused or failed, 2 wrong usage, 3 no server there (with --once),
128 + n ended by signal n.")]
pub(crate) struct Top {
    /// Print the table of queues once, and end.
    #[arg(long)]
    once: bool,
    /// With --once: one JSON object, for programs.
    #[arg(long, requires = "once")]
    json: bool,
    /// Draw with ASCII characters only.
    #[arg(long)]
    ascii: bool,
    /// No colours; bold and the like stay. So does a non-empty `$NO_COLOR`.
    #[arg(long)]
    no_color: bool,
    /// Watch as: a monitor sees callers' numbers masked.
    #[arg(long, value_parser = roles(), default_value = "supervisor")]
    role: Role,
    /// Your name; left out: `$USER`.
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    connect: Connect,
}

impl Top {
    /// Does it.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let mut client = Client::new(self.role, self.name.clone().unwrap_or_else(user));
        client.token = self.connect.token()?;
        let options = Options {
            address: self.connect.address()?,
            client,
            colour: !self.no_color && may_colour(),
            ascii: self.ascii,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        if self.once {
            print(&runtime.block_on(acd_tui::once(&options, self.json))?)?;
            return Ok(ExitCode::SUCCESS);
        }
        match runtime.block_on(acd_tui::run(options)) {
            Ok(End::Quit) => Ok(ExitCode::SUCCESS),
            Ok(End::Signal(number)) => Ok(ExitCode::from(128 | u8::try_from(number).unwrap_or(0))),
            // Whole, so that its kind decides the exit code.
            Err(TopError::Server(why)) => Err(ClientError::into(why)),
            Err(why) => Err(why.into()),
        }
    }
}

fn roles() -> impl TypedValueParser<Value = Role> {
    let roles = [Role::Supervisor, Role::Monitor, Role::Admin];
    PossibleValuesParser::new(roles.map(Role::name))
        .map(|name| Role::from_name(&name).expect("the possible values are the roles' names"))
}

/// Whether the user wants colours anywhere (no-color.org).
pub(crate) fn may_colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Who watches, as the shell knows it.
fn user() -> String {
    std::env::var("USER").ok().filter(|user| !user.is_empty()).unwrap_or_else(|| "top".into())
}
