//! Configuration: one TOML file, checked whole, becomes the engine's definitions and the server's
//! settings.

mod check;
mod directory;
mod dispositions;
mod file;
mod hours;
mod maxima;
mod open311;
mod places;
mod problem;
mod resolve;
mod returning;
mod scalar;
#[cfg(test)]
mod tests;
mod web;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use acd_core::Definitions;
use acd_proto::Address;
use serde::Deserialize;
use toml::de::{DeTable, Deserializer};

use crate::hours::{Hours, Timetable};
pub use directory::Entry;
pub use dispositions::Dispositions;
pub use open311::Open311;
use problem::Problems;
pub use problem::{ConfigError, Problem};
pub use returning::Returning;
pub(crate) use scalar::Name;
pub use web::Web;

/// Everything that the file says, checked: what is in here, the engine takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The city, as people see it.
    pub city: City,
    /// Starts the numbers of the engine's `random` strategy.
    pub seed: u64,
    /// Queues, agents, skills, sites, reasons, and the front ends' grace.
    pub definitions: Definitions,
    /// What people want to know of each queue, in the order of `definitions.queues`.
    pub queues: Vec<QueueDisplay>,
    /// What people want to know of each agent, in the order of `definitions.agents`.
    pub agents: Vec<AgentDisplay>,
    /// When queues are open, of those that are not always.
    pub hours: Hours,
    /// Timetables by name.
    pub(crate) timetables: BTreeMap<String, Timetable>,
    /// What may come of a contact.
    pub dispositions: Dispositions,
    /// Places that residents are sent to.
    pub directory: Vec<Entry>,
    /// Files of more such places: [`Config::load`] reads them.
    pub directory_files: Vec<PathBuf>,
    /// Where the city's requests are looked up, if anywhere.
    pub open311: Option<Open311>,
    /// Whom a resident who comes again is given to first; nobody where it is not said.
    pub returning: Option<Returning>,
    /// What residents may do over the web.
    pub web: Web,
    /// Where to listen; empty means the default Unix socket.
    pub listen: Vec<Address>,
    /// The file of tokens' hashes; none means `tokens::default_file`.
    pub tokens: Option<PathBuf>,
    /// How long the chats of a lost desktop keep their place there before they are requeued.
    pub desk_grace: Duration,
    /// How long the value of an `idem` member is remembered.
    pub idem_keep: Duration,
    /// The server's maxima. Those of the engine are in [`acd_core::limits`].
    pub limits: Limits,
}

/// The city, as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct City {
    /// Its name, for screens and logs.
    pub name: String,
    /// The IANA name of its time zone.
    pub time_zone: String,
}

/// What people want to know of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueDisplay {
    /// Its name, as in the definition.
    pub name: String,
    /// What people call it; the name where the file says nothing.
    pub title: String,
    /// What share of its contacts is to be answered within which time.
    pub service_level: ServiceLevel,
}

/// The goal of a queue: `target_percent` of its contacts answered within `threshold`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceLevel {
    /// The time.
    pub threshold: Duration,
    /// The share, 1..=100.
    pub target_percent: u8,
}

/// What people want to know of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentDisplay {
    /// Its identification, as in the definition: `4471`.
    pub id: String,
    /// The person's name; the identification where the file says nothing.
    pub name: String,
}

/// The server's maxima, each with a counter where it is enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once.
    pub connections: u32,
    /// Connections at once that have not said `hello`.
    pub connections_before_hello: u32,
    /// Connections at once from one TCP address that have not said `hello`.
    pub connections_before_hello_per_address: u32,
    /// How long a connection may be silent before `hello`.
    pub hello_deadline: Duration,
    /// Bytes that may wait to be written to one connection before it is too slow.
    pub out_queue_bytes: usize,
    /// Events kept in memory for resume.
    pub event_ring_entries: usize,
    /// Bytes of events kept in memory for resume.
    pub event_ring_bytes: usize,
}

/// The demo city, as a file: the configuration of a server that is given none.
pub const EMBEDDED: &str = include_str!("city.toml");

impl Config {
    /// Reads and checks a file. Its paths are relative to its directory.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.into(), source })?;
        let mut config = Self::parse(&text, &path.display().to_string())?;
        let tokens = config.tokens.unwrap_or_else(|| "tokens.toml".into());
        let folder = path.parent().unwrap_or(Path::new(""));
        config.tokens = Some(folder.join(tokens));
        for file in config.directory_files.clone() {
            let places = places::read(&folder.join(file), &config)?;
            config.directory.extend(places);
        }
        Ok(config)
    }

    /// Checks a text that came from `origin`, the name that errors give.
    ///
    /// Reports everything that is wrong: what is no TOML; else what has no place or the wrong
    /// form; else what does not fit together.
    pub fn parse(text: &str, origin: &str) -> Result<Self, ConfigError> {
        let mut problems = Problems::new(origin, text);
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            problems.add(error.span().unwrap_or(0..0), error.message());
        }
        if problems.is_empty() {
            check::check(schema(), &table, &mut problems);
        }
        if problems.is_empty() {
            match file::File::deserialize(Deserializer::from(table.clone())) {
                Ok(file) => {
                    let config = resolve::resolve(&file, &table, &mut problems);
                    if problems.is_empty() {
                        return Ok(config);
                    }
                }
                Err(error) => problems.add(error.span().unwrap_or(0..0), error.message()),
            }
        }
        Err(problems.finish().expect_err("a configuration without a problem was returned above"))
    }

    /// The demo city.
    pub fn embedded() -> Self {
        Self::parse(EMBEDDED, "the embedded city").expect("the tests read the embedded city")
    }
}

/// The file's form as a JSON Schema, for editors and for [`Config::parse`] itself.
pub fn schema() -> &'static serde_json::Value {
    static SCHEMA: OnceLock<serde_json::Value> = OnceLock::new();
    SCHEMA.get_or_init(|| schemars::schema_for!(file::File).to_value())
}
