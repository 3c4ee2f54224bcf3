//! `acd log`: look into the command log, check it, and give up what cannot be read.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use acd_core::{Command, Timestamp};
use acd_log::record::Record;
use acd_log::{
    Cut, Disk, Entry, Follower, LogError, Options, Recovery, Report, Storage, repair, verify,
};
use anyhow::Context;
use serde_json::{Value, json};

use crate::output::print;

/// How often a log that is followed is looked at.
const FOLLOW_EVERY: Duration = Duration::from_millis(100);
/// The form of the JSON.
const SCHEMA: &str = "acd.log/1";

/// Look into the command log, check it, repair it.
#[derive(clap::Subcommand)]
pub(crate) enum Log {
    Verify(Verify),
    Repair(Repair),
    Print(Print),
    Follow(Print),
}

/// Read every record and snapshot, and say what is damaged. Changes nothing.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd log verify --data /var/lib/acd
  acd log verify --data /var/lib/acd --json | jq '.segments[] | select(.problem)'
Exit codes: 0 every acknowledged record can be read, 1 damaged, 2 wrong usage.")]
pub(crate) struct Verify {
    /// The server's directory.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// One JSON object, for programs.
    #[arg(long)]
    json: bool,
}

/// Give up a record and everything after it, so that the server can start. The server must be
/// stopped. Files that held what is given up are kept beside, with `.damaged` behind their names.
///
/// A good copy of the damaged file, put in its place, is always better.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd log verify --data /var/lib/acd
  acd log repair --data /var/lib/acd --from 48213
Exit codes: 0 repaired, 1 refused or failed, 2 wrong usage.")]
pub(crate) struct Repair {
    /// The server's directory.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The first record that is given up, as `acd log verify` names it.
    #[arg(long, value_name = "RECORD", value_parser = clap::value_parser!(u64).range(1..))]
    from: u64,
}

/// Print records; `follow` goes on with those to come. Of what the server keeps beside a command,
/// callers' numbers among it, the bytes are counted unless it is asked for.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd log print --data /var/lib/acd | tail -20
  acd log print --data /var/lib/acd --from 48000 --to 48213 --json
  acd log print --data /var/lib/acd --contact c-12f --beside
  acd log print --data /var/lib/acd --kind configure --whole | less
  acd log follow --data /var/lib/acd --kind submit --kind abandon
Exit codes: 0 done, 1 damaged or failed, 2 wrong usage.")]
pub(crate) struct Print {
    /// The server's directory.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Records from this number on; `follow` begins at the end where this is left out.
    #[arg(long, value_name = "RECORD")]
    from: Option<u64>,
    /// Records up to this number.
    #[arg(long, value_name = "RECORD")]
    to: Option<u64>,
    /// Records from this instant on, in seconds of the server's clock.
    #[arg(long, value_name = "SECONDS")]
    since: Option<u64>,
    /// Records before this instant, in seconds of the server's clock.
    #[arg(long, value_name = "SECONDS")]
    until: Option<u64>,
    /// Only commands of this kind, such as submit; may be repeated.
    #[arg(long = "kind", value_name = "KIND")]
    kinds: Vec<String>,
    /// Only commands that name this contact; `acd trace` tells its whole life.
    #[arg(long, value_name = "CONTACT", value_parser = contact)]
    contact: Option<u64>,
    /// Show what the server keeps beside each command; callers' numbers, names and attributes
    /// masked.
    #[arg(long)]
    beside: bool,
    /// The same, with nothing masked: who calls, and about what.
    #[arg(long)]
    unmask: bool,
    /// Show definitions whole, over many lines.
    #[arg(long, conflicts_with = "json")]
    whole: bool,
    /// One JSON object a line, for programs.
    #[arg(long)]
    json: bool,
}

impl Log {
    /// Does it.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Verify(command) => command.run(),
            Self::Repair(command) => command.run(),
            Self::Print(command) => command.run(false),
            Self::Follow(command) => command.run(true),
        }
    }
}

/// The directory, only to be read.
fn open(data: &Path) -> anyhow::Result<Arc<dyn Storage>> {
    let disk = Disk::read_only(data).context("--data names no directory of a server")?;
    Ok(Arc::new(disk))
}

impl Verify {
    fn run(&self) -> anyhow::Result<ExitCode> {
        let report = verify(&*open(&self.data)?)?;
        let text = if self.json { format!("{}\n", as_json(&report)) } else { as_text(&report)? };
        print(&text)?;
        Ok(if report.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn as_json(report: &Report) -> Value {
    let segments = report.segments.iter().map(|segment| {
        let problem = segment.problem.as_ref().map(ToString::to_string);
        json!({
            "file": segment.file, "first": segment.first_seq, "records": segment.records,
            "watermark": segment.watermark, "problem": problem,
        })
    });
    let snapshots = report.snapshots.iter().map(|(info, problem)| {
        let hash = format!("{:016x}", info.state_hash);
        json!({"record": info.seq, "state_hash": hash, "problem": problem})
    });
    let cut = report.cut.as_ref();
    let cut = cut.map(|cut| json!({"file": cut.file, "offset": cut.offset, "bytes": cut.bytes}));
    let (segments, snapshots): (Vec<_>, Vec<_>) = (segments.collect(), snapshots.collect());
    json!({
        "schema": SCHEMA, "whole": report.is_whole(), "segments": segments,
        "snapshots": snapshots, "cut": cut,
    })
}

fn as_text(report: &Report) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    for segment in &report.segments {
        let (file, first, records) = (&segment.file, segment.first_seq, segment.records);
        writeln!(text, "{file}  from record {first}, {records} records")?;
        if let Some(problem) = &segment.problem {
            writeln!(text, "  DAMAGED: {problem}")?;
        }
    }
    for (info, problem) in &report.snapshots {
        let problem = problem.as_deref().unwrap_or("whole");
        writeln!(text, "snapshot after record {}: {problem}", info.seq)?;
    }
    if let Some(Cut { file, offset, bytes }) = &report.cut {
        writeln!(
            text,
            "{file}, offset {offset}: {bytes} bytes were never acknowledged; the server"
        )?;
        writeln!(text, "  cuts them when it starts")?;
    }
    writeln!(text, "{}", if report.is_whole() { "whole" } else { "DAMAGED" })?;
    Ok(text)
}

impl Repair {
    fn run(&self) -> anyhow::Result<ExitCode> {
        open(&self.data)?;
        let repaired = repair(&Disk::open(&self.data)?, self.from)?;
        let mut text = format!("the log ends with record {} now\n", repaired.last_seq);
        for name in &repaired.set_aside {
            writeln!(text, "set aside: {name}")?;
        }
        print(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Print {
    fn run(&self, follows: bool) -> anyhow::Result<ExitCode> {
        let storage = open(&self.data)?;
        let first = match self.from {
            Some(from) => from.max(1),
            None if follows => last(&storage)? + 1,
            None => Recovery::open(Arc::clone(&storage), &Options::default())?.first_seq(),
        };
        let mut follower = Follower::new(storage, first - 1);
        let last = self.to.unwrap_or(u64::MAX);
        loop {
            let mut text = String::new();
            while let Some(entry) = follower.next(last)? {
                if let Some(line) = self.line(entry)? {
                    writeln!(text, "{line}")?;
                    if text.len() > 1 << 16 {
                        print(&text)?;
                        text.clear();
                    }
                }
            }
            print(&text)?;
            if !follows || follower.next_seq() > last {
                return Ok(ExitCode::SUCCESS);
            }
            std::thread::sleep(FOLLOW_EVERY);
        }
    }

    /// The record as a line, if it is wanted.
    fn line(&self, entry: Entry<'_>) -> anyhow::Result<Option<String>> {
        let seq = entry.seq;
        let record = Record::decode(entry.payload);
        let record = record.with_context(|| format!("record {seq} cannot be understood"))?;
        let seconds = |instant: Timestamp| instant.0 / 1_000_000_000;
        if self.since.is_some_and(|since| seconds(record.now) < since)
            || self.until.is_some_and(|until| seconds(record.now) >= until)
        {
            return Ok(None);
        }
        let command = record.command.as_ref().map(|command| format!("{command:?}"));
        let kind = command.as_deref().map_or_else(|| "beside".to_owned(), kind);
        if !self.kinds.is_empty() && !self.kinds.contains(&kind) {
            return Ok(None);
        }
        let command = command.unwrap_or_default();
        if self.contact.is_some_and(|contact| !names_contact(&command, contact)) {
            return Ok(None);
        }
        let (now, epoch, bytes) = (record.now.0, entry.epoch, record.side.len());
        let beside = if self.beside || self.unmask {
            acd_server::beside(record.side, self.unmask)
                .map_err(|error| anyhow::anyhow!("record {seq} cannot be understood: {error}"))?
        } else {
            Vec::new()
        };
        if self.json {
            let mut object = json!({
                "schema": SCHEMA, "record": seq, "epoch": epoch, "now_ns": now, "kind": kind,
                "command": command, "beside_bytes": bytes,
            });
            if self.beside || self.unmask {
                object["beside"] = beside.into();
            }
            return Ok(Some(object.to_string()));
        }
        let command = record.command.as_ref().map_or(command, |command| self.told(command));
        let (whole, rest) = (now / 1_000_000_000, now % 1_000_000_000 / 1_000_000);
        let mut line = format!("{seq}  {whole}.{rest:03}  {kind}  {command}  +{bytes}");
        for one in beside {
            // What callers have said must not drive the screen.
            write!(line, "\n    {}", acd_server::escape(&one.to_string()))?;
        }
        Ok(Some(line))
    }

    /// A command as text. Definitions fill a screen: they are counted, unless they are wanted.
    fn told(&self, command: &Command) -> String {
        match command {
            command if self.whole => format!("{command:#?}"),
            Command::Configure(new) => format!(
                "{} queues, {} agents, {} skills, {} sites, {} reasons (--whole shows them)",
                new.queues.len(),
                new.agents.len(),
                new.skills.len(),
                new.sites.len(),
                new.reasons.len()
            ),
            command => format!("{command:?}"),
        }
    }
}

/// The number of a contact written as events write it.
fn contact(text: &str) -> Result<u64, String> {
    let number = text.strip_prefix("c-").and_then(|hex| u64::from_str_radix(hex, 16).ok());
    number.ok_or_else(|| "a contact is written as in events: c-12f".to_owned())
}

/// The last record there is.
fn last(storage: &Arc<dyn Storage>) -> anyhow::Result<u64> {
    let recovery = Recovery::open(Arc::clone(storage), &Options::default())?;
    let after = recovery.first_seq() - 1;
    Ok(recovery.replay(after, |_, _| Ok::<_, LogError>(()))?.last_seq)
}

/// The kind of a command by its name in the debug form: `AgentReady { … }` is `agent_ready`.
fn kind(command: &str) -> String {
    let name = command.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
    let mut kind = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_uppercase() && at > 0 {
            kind.push('_');
        }
        kind.extend(letter.to_lowercase());
    }
    kind
}

/// Whether the debug form of a command has this contact's number.
fn names_contact(command: &str, contact: u64) -> bool {
    let id = format!("ContactId({contact})");
    command.contains(&id)
}
