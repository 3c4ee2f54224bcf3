//! `acd trace` and `acd replay`: a log asked what happened, and why. They read; the server may be
//! writing meanwhile.

use std::path::PathBuf;
use std::sync::Arc;

use acd_client::{Client, Options};
use acd_core::Timestamp;
use acd_log::Disk;
use acd_log::history::History;
use acd_log::past::Past;
use acd_proto::request::OneContact;
use acd_proto::{Method, Role, id};
use anyhow::Context;

use crate::options::Connect;
use crate::output::print;

/// Which log.
#[derive(clap::Args, Debug)]
pub(crate) struct Data {
    /// The directory of the log, as `acd serve --data` names it.
    #[arg(long = "data", value_name = "DIR", env = "ACD_DATA")]
    pub(crate) directory: PathBuf,
}

impl Data {
    pub(crate) fn open(&self) -> anyhow::Result<History> {
        let shown = || format!("--data {}", self.directory.display());
        let disk = Disk::read_only(&self.directory).with_context(shown)?;
        History::open(Arc::new(disk)).with_context(shown)
    }
}

/// Tell one contact's life, and why each agent was chosen.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd trace c-9a02                                  # asks the server that runs here
  acd trace c-9a02 --data /var/lib/acd              # reads the log, no server needed
  acd trace c-9a02 --json | jq '.decisions[0].agents'
Exit codes: 0 told, 1 no such contact or the log cannot be read, 2 wrong usage, 3 no server there,
4 connection lost.")]
pub(crate) struct Trace {
    /// The contact, as events call it.
    contact: String,
    /// The directory of the log, as `acd serve --data` names it. Left out: a server is asked.
    #[arg(long = "data", value_name = "DIR", env = "ACD_DATA", conflicts_with = "address")]
    directory: Option<PathBuf>,
    #[command(flatten)]
    connect: Connect,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

impl Trace {
    /// Does it.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let Some(contact) = id::parse_contact(&self.contact) else {
            anyhow::bail!(
                "{:?} is no contact; expected one as events call it, like c-9a02",
                self.contact
            );
        };
        let trace = match self.directory.clone().filter(|_| !self.connect.is_named()) {
            Some(directory) => Data { directory }.open()?.trace(contact)?.with_context(|| {
                let contact = &self.contact;
                format!("{contact} is not in this log; a contact is told once it was accepted")
            })?,
            None => self.ask()?,
        };
        if self.json {
            Ok(print(&json(&trace)?)?)
        } else {
            Ok(print(&acd_log::trace::text(&trace))?)
        }
    }
}

impl Trace {
    /// The same from a server that runs.
    fn ask(&self) -> anyhow::Result<acd_log::trace::Trace> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let options = Options::new(Role::Supervisor, "acd-trace");
            let options = Options { token: self.connect.token()?, ..options };
            let (client, _events) = Client::connect(&self.connect.address()?, &options).await?;
            let params = OneContact { contact: self.contact.clone() };
            let answer = client.call_raw(Method::Trace.name(), &params).await?;
            client.close().await?;
            Ok(answer.result)
        })
    }
}

/// Rebuild what there was at an instant, or after a record.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd replay --data /var/lib/acd --until 2026-11-24T09:00:00Z
  acd replay --data /var/lib/acd --until 120000 --json | jq '.contacts | length'
Exit codes: 0 told, 1 the log cannot be read, 2 wrong usage.")]
pub(crate) struct Replay {
    #[command(flatten)]
    data: Data,
    /// An instant (UTC, RFC 3339) or the number of a record, included. Left out: the end.
    #[arg(long, value_name = "TIME|SEQ", value_parser = until)]
    until: Option<Until>,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug)]
enum Until {
    Record(u64),
    Instant(Timestamp),
}

fn until(text: &str) -> Result<Until, String> {
    if let Ok(seq) = text.parse() {
        return Ok(Until::Record(seq));
    }
    let time: jiff::Timestamp = text.parse().map_err(|error| {
        format!("{error}; expected a record's number, or a time like 2026-11-24T09:00:00Z")
    })?;
    let nanos = u64::try_from(time.as_nanosecond()).map_err(|_| "a time before 1970".to_owned())?;
    Ok(Until::Instant(Timestamp(nanos)))
}

impl Replay {
    /// Does it.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let (seq, now) = match self.until {
            None => (None, None),
            Some(Until::Record(seq)) => (Some(seq), None),
            Some(Until::Instant(now)) => (None, Some(now)),
        };
        let past = Past::of(&self.data.open()?.until(seq, now)?);
        if self.json { Ok(print(&json(&past)?)?) } else { Ok(print(&past.text())?) }
    }
}

pub(crate) fn json(value: &impl serde::Serialize) -> serde_json::Result<String> {
    serde_json::to_string(value).map(|text| text + "\n")
}
