//! `acd config hours`: when the queues of a file open and close.

use std::fmt::Write as _;
use std::path::PathBuf;

use acd_core::Timestamp;
use acd_server::config::Config;
use acd_server::hours::Timetable;
use anyhow::{Context as _, bail};
use jiff::civil::Date;
use serde_json::json;

/// What to print.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The file.
    file: PathBuf,
    /// Only this queue.
    #[arg(long, value_name = "NAME")]
    queue: Option<String>,
    /// The first day. Left out: today.
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<Date>,
    /// How many days.
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u16).range(1..=800))]
    days: u16,
    /// One JSON object a change.
    #[arg(long)]
    json: bool,
}

/// The lines to print.
pub(crate) fn run(options: &Options) -> anyhow::Result<String> {
    let config = Config::load(&options.file)?;
    let from = options.from.unwrap_or_else(|| jiff::ZonedDateTime::now().date());
    let until = from.saturating_add(std::time::Duration::from_hours(24 * u64::from(options.days)));
    let mut text = String::new();
    let mut found = false;
    for (name, hours) in &config.hours {
        if options.queue.as_ref().is_some_and(|wanted| wanted != name) {
            continue;
        }
        found = true;
        let of_queue = hours.of_queue.iter().map(|timetable| (None, timetable));
        let of_channels =
            hours.of_channels.iter().map(|(channel, timetable)| (Some(channel.name()), timetable));
        for (channel, timetable) in of_queue.chain(of_channels) {
            let days = (timetable.midnight(from), timetable.midnight(until));
            changes(&mut text, options.json, (name, channel), timetable, days)?;
        }
    }
    match &options.queue {
        Some(name) if !found && config.queues.iter().all(|queue| queue.name != *name) => {
            let known: Vec<_> = config.queues.iter().map(|queue| queue.name.as_str()).collect();
            bail!("{}: no queue `{name}`; it has {}", options.file.display(), known.join(", "))
        }
        Some(name) if !found => writeln!(text, "{name} is always open")?,
        None if !found => text.push_str("every queue is always open\n"),
        _ => {}
    }
    Ok(text)
}

fn changes(
    text: &mut String,
    json: bool,
    (queue, channel): (&str, Option<&str>),
    timetable: &Timetable,
    (from, until): (Timestamp, Timestamp),
) -> anyhow::Result<()> {
    let name = channel.map_or_else(|| queue.to_owned(), |channel| format!("{queue} ({channel})"));
    let word = |open| if open { "open" } else { "closed" };
    let mut line = |at: Timestamp, note: &str| {
        let (open, at) = (timetable.is_open(at), timetable.written(at));
        if json {
            let line = json!({"queue": queue, "channel": channel, "at": at, "open": open});
            writeln!(text, "{line}")
        } else {
            writeln!(text, "{at}  {:6}  {name}{note}", word(open))
        }
    };
    line(from, " (from before)").context("writing to memory")?;
    let mut at = from;
    while let Some(next) = timetable.next_change(at).filter(|next| *next < until) {
        line(next, "")?;
        at = next;
    }
    Ok(())
}
