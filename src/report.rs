//! `acd report`: what a log, or a recorded stream of events, gives as records and intervals.

mod sheet;
mod source;

use std::path::PathBuf;

use acd_proto::Event;
use acd_server::config::Config;
use acd_server::heard::Told;
use acd_stats::queue_log::QueueLog;
use acd_stats::records::Records;
use acd_stats::{Attribution, FORMULAS, Length, Statistics};
use anyhow::Context;

use self::sheet::{Format, Sheet};
use self::source::Source;
use crate::output::print;

/// Where a queue has no goal of its own.
const THRESHOLD_US: u64 = 20_000_000;

/// Report what happened: intervals, contact records, or a `queue_log`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd report --data /var/lib/acd                              # today's hours, and all days before
  acd report --data /var/lib/acd --interval 15m --per agent --format csv
  acd report --data /var/lib/acd --service-level offered:75s  # recomputed at another threshold
  acd report contacts --from events.ndjson --format json
  acd report queue-log --data /var/lib/acd > /var/log/asterisk/queue_log
Exit codes: 0 reported, 1 the log or the stream cannot be read, 2 wrong usage.
Every number is defined in docs/REPORTS.md.")]
pub(crate) struct Report {
    /// What to report.
    #[arg(value_enum, default_value_t = What::Intervals)]
    what: What,
    /// The directory of the log, as `acd serve --data` names it.
    #[arg(long = "data", value_name = "DIR", env = "ACD_DATA", required_unless_present = "from")]
    directory: Option<PathBuf>,
    /// A recorded stream of events instead: a JSON object a line, `-` for standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "directory")]
    from: Option<PathBuf>,
    /// The configuration that the server runs with: its time zone, and the goals of queues where
    /// a stream does not tell them. Left out: the demo city's.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How long intervals are, by the city's clock.
    #[arg(long, value_name = "LENGTH", default_value = "60m", value_parser = length)]
    interval: Length,
    /// Which interval a contact counts in: the one in which its wait ended, or it entered.
    #[arg(long, value_name = "WHICH", default_value = "ended", value_parser = attribution)]
    attribution: Attribution,
    /// One row an interval for each of these.
    #[arg(long, value_enum, default_value_t = Per::Queue)]
    per: Per,
    /// The formula of the service level, and the threshold where not each queue's own:
    /// `offered`, `inclusive:75s`.
    #[arg(long, value_name = "FORMULA[:THRESHOLD]", default_value = "offered", value_parser = level)]
    service_level: Level,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// What can be reported.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// Interval by interval.
    Intervals,
    /// One record a contact.
    Contacts,
    /// The file that report tools for Asterisk read.
    QueueLog,
}

/// What gets a row of its own.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Per {
    Queue,
    Agent,
    Site,
    Total,
}

/// A service level: by which formula, at which threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Level {
    formula: &'static str,
    threshold_us: Option<u64>,
}

fn length(name: &str) -> Result<Length, String> {
    let known = Length::ALL.map(|(name, _)| name).join(", ");
    Length::named(name).ok_or_else(|| format!("expected one of {known}"))
}

fn attribution(name: &str) -> Result<Attribution, String> {
    let found = Attribution::ALL.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, by)| by).ok_or_else(|| "expected ended or entered".into())
}

fn level(text: &str) -> Result<Level, String> {
    let (name, threshold) = text.split_once(':').map_or((text, None), |(a, b)| (a, Some(b)));
    let known = FORMULAS.iter().map(|(known, _)| *known);
    let formula = known.clone().find(|known| *known == name).ok_or_else(|| {
        format!(
            "no formula is called {name:?}; expected one of {}",
            known.collect::<Vec<_>>().join(", ")
        )
    })?;
    let threshold_us = threshold.map(threshold_us).transpose()?;
    Ok(Level { formula, threshold_us })
}

/// A threshold: `75s`, `500ms`, `2m`.
fn threshold_us(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no threshold; expected one like 75s, 500ms or 2m");
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).ok_or_else(wrong)?;
    let count: u64 = text[..digits].parse().map_err(|_| wrong())?;
    let unit_us = match &text[digits..] {
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" | "min" => 60_000_000,
        _ => return Err(wrong()),
    };
    count.checked_mul(unit_us).filter(|us| *us > 0).ok_or_else(wrong)
}

/// What is made of the events.
enum Made {
    Statistics(Box<Statistics>),
    Records(Box<Statistics>, Records),
    QueueLog(QueueLog),
}

impl Made {
    fn take(&mut self, told: Told, level: Level) {
        match (self, told) {
            (
                Self::Statistics(statistics) | Self::Records(statistics, _),
                told @ Told::Configured(..),
            ) => {
                at_level(told, level).count(statistics);
            }
            (Self::Statistics(statistics), Told::Event(event)) => statistics.fold(&event),
            (Self::Records(_, records), Told::Event(event)) => records.fold(&event),
            (Self::QueueLog(log), Told::Event(event)) => log.fold(&event),
            (Self::QueueLog(_), Told::Configured(..)) => {}
        }
    }
}

/// Goals with the threshold that was asked for.
fn at_level(told: Told, level: Level) -> Told {
    match (told, level.threshold_us) {
        (Told::Configured(mut goals, sites), Some(threshold_us)) => {
            for goal in &mut goals {
                goal.threshold_us = threshold_us;
            }
            Told::Configured(goals, sites)
        }
        (told, _) => told,
    }
}

impl Report {
    /// Does it.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let config = match &self.config {
            Some(path) => Config::load(path).context("--config")?,
            None => Config::embedded(),
        };
        let source = match (&self.from, &self.directory) {
            (Some(file), _) => Source::stream(file, &config, self.config.is_some())?,
            (None, Some(directory)) => Source::Log(directory.clone()),
            (None, None) => anyhow::bail!("name a log by --data or a stream by --from"),
        };
        let threshold = self.service_level.threshold_us.unwrap_or(THRESHOLD_US);
        let statistics = Box::new(Statistics::for_report(source.zone(&config), threshold));
        let mut made = match self.what {
            What::Intervals => Made::Statistics(statistics),
            What::Contacts => Made::Records(statistics, Records::default()),
            What::QueueLog => Made::QueueLog(QueueLog::default()),
        };
        let level = self.service_level;
        made = source.each(&config, made, move |made, told| made.take(told, level))?;
        print(&self.written(made)?)?;
        Ok(())
    }

    fn written(&self, made: Made) -> anyhow::Result<String> {
        let sheet = match made {
            Made::QueueLog(log) => {
                return Ok(log.lines().iter().fold(String::new(), |text, line| text + line + "\n"));
            }
            Made::Records(statistics, records) => {
                if self.format == Format::Json {
                    return Ok(serde_json::to_string_pretty(records.all())? + "\n");
                }
                sheet::contacts(&statistics, records.all())
            }
            Made::Statistics(mut statistics) => self.intervals(&mut statistics)?,
        };
        Ok(sheet.written(self.format))
    }

    fn intervals(&self, statistics: &mut Statistics) -> anyhow::Result<Sheet> {
        let (length, by) = (self.interval, self.attribution);
        let formula = self.service_level.formula;
        let json = self.format == Format::Json;
        Ok(match self.per {
            Per::Queue | Per::Total => {
                let rows = statistics.queue_rows(length, by, self.per == Per::Total);
                if json { Sheet::json(&rows)? } else { sheet::queues(&rows, formula) }
            }
            Per::Agent | Per::Site => {
                let rows = statistics.agent_rows(length, self.per == Per::Site);
                if json { Sheet::json(&rows)? } else { sheet::agents(&rows) }
            }
        })
    }
}

/// An event of a recorded line, whichever way it was recorded.
fn event_of(line: &serde_json::Value) -> Option<Event> {
    let event = match line {
        framed if framed["method"] == "event" => &framed["params"],
        recorded if recorded["event"].is_object() => &recorded["event"],
        bare => bare,
    };
    serde_json::from_value(event.clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_level_is_a_formula_and_maybe_a_threshold() {
        let offered = level("offered:75s").expect("both");
        assert_eq!((offered.formula, offered.threshold_us), ("offered", Some(75_000_000)));
        assert_eq!(level("no_short").expect("a formula").threshold_us, None);
        assert_eq!(level("removed:2m").expect("both").threshold_us, Some(120_000_000));
        assert!(level("ofered").expect_err("a typo").contains("offered"));
        for wrong in
            ["offered:", "offered:75", "offered:0s", "offered:s", "offered:99999999999999m"]
        {
            assert!(level(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_event_is_found_however_it_was_recorded() {
        let event = r#"{"seq":7,"ts":9,"type":"config","queues":1,"agents":2}"#;
        let framed = format!(r#"{{"method":"event","params":{event}}}"#);
        let recorded = format!(r#"{{"at_ms":5,"event":{event}}}"#);
        for line in [event, &framed, &recorded] {
            let line = serde_json::from_str(line).expect("JSON");
            assert_eq!(event_of(&line).map(|event| event.seq), Some(7), "{line}");
        }
        let reply = serde_json::json!({"id": 1, "result": {"seq": 7}});
        assert!(event_of(&reply).is_none());
    }

    #[test]
    fn lengths_and_attributions_are_named() {
        assert_eq!(length("15m"), Ok(Length::Quarter));
        assert_eq!(length("day"), Ok(Length::Day));
        assert!(length("20m").is_err() && attribution("end").is_err());
    }
}
