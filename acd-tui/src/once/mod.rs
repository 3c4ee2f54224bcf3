//! `acd top --once`: the same table as text, or as JSON for programs.
//!
//! The JSON is one object; members are added, never renamed or taken away, while `schema` stays
//! the same:
//!
//! ```text
//! schema       "acd.top/1"
//! city         the city's name                        time_zone   IANA name
//! time         the city's time, RFC 3339 in UTC       server      name and version, or null
//! epoch, seq   the log, and the newest event included
//! warn         queues and agents to be watched        critical    and to be acted on
//! queues       in the configuration's order, each:
//!   queue open severity("ok"|"warn"|"critical") waiting longest_ms ewt_ms ready busy wrap_up
//!   not_ready threshold_ms target interval{…} today{…} depth[16]
//! total        waiting interval{…} today{…}
//! agents       ready ringing busy wrap_up not_ready signed_out reasons{} occupancy long_calls
//!              longest_idle_ms
//! waiting      by age, email and web apart: [{from_ms to_ms waiting late very_late}]
//! engine       decision_ns{} request_to_event_us{} commands rejections connections{} slow …
//! ```
//!
//! `interval` (the last 15 minutes) and `today` hold `entered offered answered
//! answered_in_threshold abandoned flow_out asa_ms service_level`. What is not known is null.

mod table;

pub use table::{Form, SCHEMA as ROWS_SCHEMA, Table, table};

use std::collections::BTreeMap;
use std::fmt::Write;

use acd_client::ClientError;
use acd_proto::snapshot::{Counts, EngineRow};
use serde::Serialize;

use crate::clock::{Clock, Real};
use crate::message::Message;
use crate::model::Model;
use crate::record::{self, ReplayError};
use crate::rows::{self, AGE_LIMITS_MS, QueueLine};
use crate::run::Options;
use crate::screen::Screen;
use crate::source;
use crate::theme::{Palette, Theme};
use crate::update::update;
use crate::view::{Room, columns};

/// The form of the JSON.
pub const SCHEMA: &str = "acd.top/1";
/// Columns of the text, whatever the terminal is like.
const TEXT_COLUMNS: usize = 120;

/// What is to be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct What {
    /// In which form.
    pub form: Form,
    /// The rows of one screen; none: the table of queues as text, or the whole report as JSON.
    pub screen: Option<Screen>,
}

/// Why nothing can be printed.
#[derive(Debug, thiserror::Error)]
pub enum OnceError {
    /// The server could not be asked.
    #[error(transparent)]
    Server(#[from] ClientError),
    /// What is played instead of a server cannot be read.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The screen has no rows at one instant.
    #[error("--screen {0}: expected overview, queue, agents, engine or alerts with --once")]
    NoRows(&'static str),
}

/// Asks the server once, and prints; of what is played instead of one, the end.
pub async fn once(options: &Options, what: What) -> Result<String, OnceError> {
    let (hello, snapshot) = if let Some((tape, _)) = &options.replay {
        record::last(tape)?
    } else {
        let told = source::fetch(&options.address, &options.client, &source::EVERYTHING);
        let (hello, snapshot) = told.await?;
        (hello, Box::new(snapshot))
    };
    let mut model = options.model();
    update(&mut model, Real::ZERO, Message::Connected(Box::new(hello)));
    update(&mut model, Real::ZERO, Message::Snapshot(snapshot));
    print(&model, what, options.ascii)
}

/// What a model shows, in the form asked for.
pub fn print(model: &Model, what: What, ascii: bool) -> Result<String, OnceError> {
    let screen = match (what.screen, what.form) {
        (None, Form::Text) => return Ok(text(model, &Theme::new(Palette::Mono, ascii))),
        (None, Form::Json) => {
            let report = serde_json::to_string(&report(model)).map_err(ClientError::from)?;
            return Ok(report + "\n");
        }
        (screen, _) => screen.unwrap_or(Screen::Overview),
    };
    let name = || OnceError::NoRows(screen.name());
    Ok(table(model, screen).ok_or_else(name)?.print(what.form, screen, model))
}

/// The table of queues and a line on the agents.
pub fn text(model: &Model, theme: &Theme) -> String {
    let (picture, real) = model.shown();
    let lines = rows::queues(model);
    let agents = rows::agents(picture, real);
    let columns = columns::columns(Room::Wide, TEXT_COLUMNS - 2, model.window);
    let city = theme.text(&crate::safe::text(&model.who.city));
    let time = picture.clock.show(picture.clock.city_us(real), "%a %d %b %Y %H:%M:%S %Z");
    let (warn, critical) = picture.alerts.counts();
    let mut text = format!("{city}  {time}  {warn} warn, {critical} critical\n\n  ");
    for column in &columns {
        text.push_str(if column.divided { theme.glyphs.divider } else { "" });
        text.push_str(&column.heading(theme));
    }
    for line in lines.iter().chain([&rows::total(&lines, &agents)]) {
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
        text.push_str(theme.marker(line.severity));
        text.push(' ');
        for column in &columns {
            let cell = column.cell(line, theme);
            text.push_str(if column.divided { theme.glyphs.divider } else { "" });
            text.push_str(&cell.text);
            text.push_str(&cell.beside);
        }
    }
    text.truncate(text.trim_end_matches(' ').len());
    let occupancy = agents.occupancy.map_or_else(|| "-".into(), |percent| format!("{percent}%"));
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "\n\nagents: ready {}  ringing {}  busy {}  wrap {}  aux {}  signed out {}  occupancy {}\n",
        agents.ready,
        agents.ringing,
        agents.busy,
        agents.wrap_up,
        agents.not_ready,
        agents.signed_out,
        occupancy,
    );
    text
}

/// The JSON, as the head of this file describes it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    schema: &'static str,
    city: String,
    time_zone: String,
    time: String,
    server: Option<String>,
    epoch: String,
    seq: u64,
    warn: usize,
    critical: usize,
    queues: Vec<Queue>,
    total: Total,
    agents: Agents,
    waiting: Vec<Age>,
    engine: Option<EngineRow>,
}

#[derive(Clone, Debug, Serialize)]
struct Queue {
    #[serde(rename = "queue")]
    name: String,
    open: bool,
    severity: &'static str,
    waiting: u32,
    longest_ms: Option<u64>,
    ewt_ms: Option<u64>,
    ready: u32,
    busy: u32,
    wrap_up: u32,
    not_ready: u32,
    threshold_ms: u64,
    target: Option<f64>,
    interval: Counts,
    today: Counts,
    depth: Vec<u32>,
}

#[derive(Clone, Debug, Serialize)]
struct Total {
    waiting: u32,
    interval: Counts,
    today: Counts,
}

#[derive(Clone, Debug, Serialize)]
struct Agents {
    ready: u32,
    ringing: u32,
    busy: u32,
    wrap_up: u32,
    not_ready: u32,
    signed_out: u32,
    reasons: BTreeMap<String, u32>,
    occupancy: Option<u32>,
    long_calls: u32,
    longest_idle_ms: Option<u64>,
}

#[derive(Clone, Debug, Serialize)]
struct Age {
    from_ms: u64,
    to_ms: Option<u64>,
    waiting: u32,
    late: u32,
    very_late: u32,
}

/// The model's snapshot as JSON tells it.
pub fn report(model: &Model) -> Report {
    let (picture, real) = model.shown();
    let lines = rows::all_queues(picture, real);
    let agents = rows::agents(picture, real);
    let total = rows::total(&lines, &agents);
    let (warn, critical) = picture.alerts.counts();
    let snapshot = picture.snapshot.clone().unwrap_or_default();
    let ages = rows::ages(picture, real, &lines).ranges;
    Report {
        schema: SCHEMA,
        city: model.who.city.clone(),
        time_zone: picture.clock.zone_name().to_owned(),
        time: Clock::rfc3339(snapshot.now),
        server: snapshot.engine.as_ref().map(|engine| engine.server.clone()),
        epoch: snapshot.epoch,
        seq: snapshot.seq,
        warn,
        critical,
        queues: lines.into_iter().map(Queue::from).collect(),
        total: Total { waiting: total.waiting, interval: total.interval, today: total.today },
        waiting: (0..ages.len())
            .map(|at| Age {
                from_ms: at.checked_sub(1).map_or(0, |before| AGE_LIMITS_MS[before]),
                to_ms: AGE_LIMITS_MS.get(at).copied(),
                waiting: ages[at].waiting,
                late: ages[at].late,
                very_late: ages[at].very_late,
            })
            .collect(),
        agents: Agents {
            ready: agents.ready,
            ringing: agents.ringing,
            busy: agents.busy,
            wrap_up: agents.wrap_up,
            not_ready: agents.not_ready,
            signed_out: agents.signed_out,
            reasons: agents.reasons.into_iter().collect(),
            occupancy: agents.occupancy,
            long_calls: agents.long_calls,
            longest_idle_ms: agents.longest_idle.map(|(_, ms)| ms),
        },
        engine: snapshot.engine,
    }
}

impl From<QueueLine> for Queue {
    fn from(line: QueueLine) -> Self {
        Self {
            name: line.raw,
            open: line.open,
            severity: line.severity.name(),
            waiting: line.waiting,
            longest_ms: line.longest_ms,
            ewt_ms: line.ewt_ms,
            ready: line.ready,
            busy: line.busy,
            wrap_up: line.wrap_up,
            not_ready: line.not_ready,
            threshold_ms: line.threshold_ms,
            target: line.target,
            interval: line.interval,
            today: line.today,
            depth: line.depth,
        }
    }
}
