//! `acd top`: the supervisor's terminal.

use std::path::PathBuf;
use std::process::ExitCode;

use acd_client::{ClientError, Options as Client};
use acd_proto::{Address, Role};
use acd_tui::config::{self, File};
use acd_tui::once::{Form, OnceError, What};
use acd_tui::screen::Screen;
use acd_tui::theme::Palette;
use acd_tui::{End, Options, TopError};
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::options::Connect;
use crate::output::print;

/// Watch the queues, the agents and what happens, live.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd top
  acd top --ops                                 # act too: x shows what can be done
  acd top --connect tcp:10.0.0.7:4311 --token-file maria.token
  acd top --once | head -20
  acd top --once --json | jq '.queues[] | select(.severity != \"ok\")'
  acd top --once --screen agents --csv > agents.csv
  acd top --record day.ndjson; acd top --replay day.ndjson --speed 10
Exit codes: 0 left by q, 1 refused or failed, 2 wrong usage, 3 no server there (with --once),
128 + n ended by signal n.")]
pub(crate) struct Top {
    /// Print the table of queues once, and end.
    #[arg(long, conflicts_with_all = ["record", "replay", "ops", "mouse"])]
    once: bool,
    /// With --once: one JSON object, for programs.
    #[arg(long, requires = "once", conflicts_with_all = ["csv", "md"])]
    json: bool,
    /// With --once: comma-separated values, for spreadsheets.
    #[arg(long, requires = "once", conflicts_with = "md")]
    csv: bool,
    /// With --once: a table of Markdown.
    #[arg(long, requires = "once")]
    md: bool,
    /// The screen shown first, or printed with --once.
    #[arg(long, value_parser = screens())]
    screen: Option<Screen>,
    /// The queue of the queue screen. Left out: the most urgent one.
    #[arg(long, value_name = "NAME")]
    queue: Option<String>,
    /// Allow acts: force an agent's state, move a contact, close a queue, ...
    #[arg(long)]
    ops: bool,
    /// Keep what the server says in a new file.
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    record: Option<PathBuf>,
    /// Play a recording instead of watching a server.
    #[arg(long, value_name = "FILE", conflicts_with = "ops")]
    replay: Option<PathBuf>,
    /// Play it so many times as fast.
    #[arg(
        long,
        value_name = "X",
        requires = "replay",
        default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=1_000)
    )]
    speed: u32,
    /// Draw with ASCII characters only.
    #[arg(long)]
    ascii: bool,
    /// No colours; bold and the like stay. So does a non-empty `$NO_COLOR`.
    #[arg(long)]
    no_color: bool,
    /// The colours.
    #[arg(long, value_parser = themes())]
    theme: Option<Palette>,
    /// Take the mouse: click on tabs and rows, the wheel moves the cursor.
    #[arg(long)]
    mouse: bool,
    /// Ring when something becomes critical.
    #[arg(long)]
    bell: bool,
    /// Theme, keys and limits of alerts. Left out: `$XDG_CONFIG_HOME/acd/top.toml`, if there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
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
        let options = self.options()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        if self.once {
            let form = match (self.json, self.csv, self.md) {
                (true, ..) => Form::Json,
                (_, true, _) => Form::Csv,
                (.., true) => Form::Markdown,
                _ => Form::Text,
            };
            let what = What { form, screen: self.screen };
            return match runtime.block_on(acd_tui::once(&options, what)) {
                Ok(text) => {
                    print(&text)?;
                    Ok(ExitCode::SUCCESS)
                }
                // Whole, so that its kind decides the exit code.
                Err(OnceError::Server(why)) => Err(ClientError::into(why)),
                Err(why) => Err(why.into()),
            };
        }
        match runtime.block_on(acd_tui::run(options)) {
            Ok(End::Quit) => Ok(ExitCode::SUCCESS),
            Ok(End::Signal(number)) => Ok(ExitCode::from(128 | u8::try_from(number).unwrap_or(0))),
            Err(TopError::Server(why)) => Err(ClientError::into(why)),
            Err(why) => Err(why.into()),
        }
    }

    /// What the arguments say, and the file where they say nothing.
    fn options(&self) -> anyhow::Result<Options> {
        let file = match self.config.clone().or_else(config::default_file) {
            Some(file) => File::load(&file)?,
            None => File::default(),
        };
        let mut client = Client::new(self.role, self.name.clone().unwrap_or_else(user));
        client.token = self.connect.token()?;
        let address = match (&self.replay, self.connect.is_named()) {
            // A recording needs no server.
            (Some(_), false) => Address::Unix(PathBuf::new()),
            _ => self.connect.address()?,
        };
        let may_colour = !self.no_color && may_colour();
        let palette = self.theme.map_or_else(|| file.palette(), Ok)?;
        Ok(Options {
            palette: if may_colour { palette } else { Palette::Mono },
            may_colour,
            ascii: self.ascii || file.ascii,
            mouse: self.mouse || file.mouse,
            bell: self.bell || file.bell,
            ops: self.ops,
            screen: self.screen.unwrap_or(Screen::Overview),
            queue: self.queue.clone(),
            keys: file.keys()?,
            thresholds: file.alerts,
            record: self.record.clone(),
            replay: self.replay.clone().map(|file| (file, self.speed)),
            ..Options::new(address, client)
        })
    }
}

fn themes() -> impl TypedValueParser<Value = Palette> {
    PossibleValuesParser::new(Palette::ALL.map(Palette::name))
        .map(|name| Palette::of_name(&name).expect("the possible values are the themes' names"))
}

fn screens() -> impl TypedValueParser<Value = Screen> {
    PossibleValuesParser::new(Screen::ALL.map(Screen::name))
        .map(|name| Screen::of_name(&name).expect("the possible values are the screens' names"))
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
