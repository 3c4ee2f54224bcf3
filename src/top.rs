//! `acd top`: the supervisor's terminal.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use acd_client::{ClientError, Options as Client};
use acd_core::{Nanos, Timestamp};
use acd_proto::{Address, Role, id};
use acd_server::config::Config;
use acd_server::rerun::{Rerun, Seen};
use acd_tui::config::{self, File};
use acd_tui::once::{Form, OnceError, What};
use acd_tui::record::{Hello, Line, Log, Said, Tape, Want};
use acd_tui::screen::Screen;
use acd_tui::theme::Palette;
use acd_tui::trace::Trace;
use acd_tui::{End, Options, TopError};
use anyhow::Context;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::options::{Connect, reasons};
use crate::output::print;
use crate::past::Data;

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
  acd top --replay /var/lib/acd --speed 60      # what a server's log holds
  acd top --replay /var/lib/acd --until 2026-11-24T09:00:00Z --once
Exit codes: 0 left by q, 1 refused or failed, 2 wrong usage, 3 no server there (with --once),
128 + n ended by signal n.")]
pub(crate) struct Top {
    /// Print the table of queues once, and end.
    #[arg(long, conflicts_with_all = ["record", "ops", "mouse"])]
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
    /// Play a recording instead of watching a server, or the log in a directory, as `acd serve
    /// --data` names it; with --once its end.
    #[arg(long, value_name = "FILE|DIR", conflicts_with = "ops")]
    replay: Option<PathBuf>,
    /// Play a log up to an instant (UTC, RFC 3339), included.
    #[arg(long, value_name = "TIME", requires = "replay")]
    until: Option<jiff::Timestamp>,
    /// The configuration of the server whose log is played. Left out: the demo city.
    #[arg(long, value_name = "FILE", requires = "replay")]
    city: Option<PathBuf>,
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
            replay: self.tape()?.map(|tape| (tape, self.speed)),
            ..Options::new(address, client)
        })
    }
}

impl Top {
    /// What is played instead of a server.
    fn tape(&self) -> anyhow::Result<Option<Tape>> {
        let Some(path) = self.replay.clone() else { return Ok(None) };
        if !path.is_dir() {
            let of_a_log = self.until.is_none() && self.city.is_none();
            anyhow::ensure!(of_a_log, "{}: --until and --city are of a log", path.display());
            return Ok(Some(Tape::File(path)));
        }
        let config = match &self.city {
            Some(file) => Config::load(file)?,
            None => Config::embedded(),
        };
        let until = self.until.map(last_of).transpose()?;
        let (role, data) = (self.role, path.clone());
        let name = self.name.clone().unwrap_or_else(user);
        let tell = move |want, take: &mut dyn FnMut(Line) -> bool| {
            let every = match want {
                Want::Everything(ms) => Some(Nanos::from_millis(ms)),
                Want::Last => None,
            };
            let mut begun = None;
            let told = Rerun { role, until, every }.of(&data, &config, |now, seen| {
                if begun.is_none() {
                    let hello = Hello {
                        city: config.city.name.clone(),
                        role: role.name().into(),
                        name: name.clone(),
                        time_zone: config.city.time_zone.clone(),
                        speed: 1,
                        now: now.0 / 1_000,
                        ..Hello::default()
                    };
                    take(Line { at_ms: 0, said: Said::Hello(hello) });
                }
                let at_ms = now.since(*begun.get_or_insert(now)).as_millis();
                let said = match seen {
                    Seen::Picture(picture) => Said::Snapshot(picture),
                    Seen::Event(event) => Said::Event(event),
                };
                take(Line { at_ms, said })
            });
            told.map_err(|error| error.to_string())
        };
        let directory = path.clone();
        let trace = move |contact: &str| life(&directory, contact).map_err(|why| reasons(&why));
        let (tell, trace) = (Arc::new(tell), Arc::new(trace));
        Ok(Some(Tape::Log(Log { directory: path, tell, trace })))
    }
}

/// A contact's whole life, from a log.
fn life(directory: &Path, contact: &str) -> anyhow::Result<Box<Trace>> {
    let id =
        id::parse_contact(contact).context("expected a contact as events call it, like c-9a02")?;
    let told = Data { directory: directory.to_owned() }.open()?.trace(id)?;
    let told = told.with_context(|| format!("{contact} is not in this log"))?;
    Ok(Box::new(serde_json::from_value(serde_json::to_value(told)?)?))
}

/// The last nanosecond of an instant that is written with less.
fn last_of(instant: jiff::Timestamp) -> anyhow::Result<Timestamp> {
    let nanos = u64::try_from(instant.as_nanosecond()).context("--until: a time before 1970")?;
    Ok(Timestamp(if nanos.is_multiple_of(1_000) { nanos + 999 } else { nanos }))
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
