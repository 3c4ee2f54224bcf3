//! `acd check`: queues against limits, as monitoring systems want to hear it.
//!
//! One line of text, a bar, and the values measured, as Nagios and its kin define for plugins:
//!
//! ```text
//! ACD WARNING - water: longest wait 1:37 > 1:00 | 'water longest'=97s;60;120;0 ...
//! ```
//!
//! Values a falling number is judged by are written `80:`, which means alarm below. The JSON is one
//! object; members are added, never renamed or taken away, while `schema` stays the same:
//!
//! ```text
//! schema     "acd.check/1"
//! state      "OK" | "WARNING" | "CRITICAL"
//! time       the city's time, RFC 3339 in UTC
//! checks     each: queue rule value warn critical state; unit by rule: longest_wait s,
//!            waiting contacts, service_level percent, ready agents
//! ```

use std::fmt::Write;

use acd_client::ClientError;
use acd_proto::snapshot::{QueueRow, Snapshot};
use serde::Serialize;

use crate::alerts::{Limits, Rule, SERVICE_LEVEL_OFFERED_MIN, Thresholds};
use crate::clock::Clock;
use crate::judge::Severity;
use crate::run::Options;
use crate::{safe, source};

/// The form of the JSON.
pub const SCHEMA: &str = "acd.check/1";

/// What to check.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// Queues by name; none: every queue.
    pub queues: Vec<String>,
    /// What by which limits; none: the queue's own goals.
    pub limits: Vec<(Rule, Limits)>,
}

/// Why nothing could be checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The server could not be asked.
    #[error(transparent)]
    Server(#[from] ClientError),
    /// No such queue.
    #[error("there is no queue {name}; defined: {defined}")]
    NoQueue {
        /// As asked for.
        name: String,
        /// Those there are.
        defined: String,
    },
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    schema: &'static str,
    state: &'static str,
    time: String,
    checks: Vec<Check>,
    #[serde(skip)]
    severity: Severity,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Check {
    queue: String,
    rule: &'static str,
    /// Null where too few contacts were offered to judge.
    value: Option<f64>,
    warn: Option<f64>,
    critical: Option<f64>,
    state: &'static str,
    #[serde(skip)]
    severity: Severity,
    /// What is wrong, in words.
    #[serde(skip)]
    sentence: String,
    #[serde(skip)]
    perfdata: String,
}

/// Asks the server once.
pub async fn check(options: &Options, ask: &Ask) -> Result<Verdict, CheckError> {
    let (_, snapshot) = source::fetch(&options.address, &options.client, &["queues"]).await?;
    judge(&snapshot, ask)
}

/// Checks a snapshot.
pub fn judge(snapshot: &Snapshot, ask: &Ask) -> Result<Verdict, CheckError> {
    let rows = snapshot.queues.as_deref().unwrap_or_default();
    if let Some(name) = ask.queues.iter().find(|name| rows.iter().all(|row| row.queue != **name)) {
        let defined: Vec<_> = rows.iter().map(|row| row.queue.as_str()).collect();
        return Err(CheckError::NoQueue { name: name.clone(), defined: defined.join(", ") });
    }
    let asked = |row: &&QueueRow| ask.queues.is_empty() || ask.queues.contains(&row.queue);
    let own = Thresholds::default();
    let mut checks = Vec::new();
    for row in rows.iter().filter(asked) {
        if ask.limits.is_empty() {
            for rule in [Rule::LongestWait, Rule::ServiceLevel] {
                checks.push(Check::new(row, rule, own.of_queue(rule, row)));
            }
        }
        checks.extend(ask.limits.iter().map(|(rule, limits)| Check::new(row, *rule, *limits)));
    }
    let severity = checks.iter().map(|check| check.severity).max().unwrap_or_default();
    let time = Clock::rfc3339(snapshot.now);
    Ok(Verdict { schema: SCHEMA, state: state(severity), time, checks, severity })
}

impl Verdict {
    /// 0, 1 or 2, as Nagios and its kin count.
    pub const fn exit_code(&self) -> u8 {
        self.severity as u8
    }

    /// The line for a monitoring system, its end included.
    pub fn text(&self) -> String {
        let mut bad: Vec<_> = self.checks.iter().filter(|c| c.severity > Severity::Calm).collect();
        bad.sort_by_key(|check| std::cmp::Reverse(check.severity));
        let mut text = format!("ACD {} - ", self.state);
        if bad.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(text, "{} values within their limits", self.checks.len());
        }
        for (at, check) in bad.iter().enumerate() {
            let _ = write!(text, "{}{}", if at > 0 { "; " } else { "" }, check.sentence);
        }
        text.push_str(" |");
        for check in &self.checks {
            let _ = write!(text, " {}", check.perfdata);
        }
        text.push('\n');
        text
    }
}

impl Check {
    fn new(row: &QueueRow, rule: Rule, limits: Limits) -> Self {
        let (value, scale, unit, label) = match rule {
            Rule::LongestWait => (row.longest_ms.or(Some(0)), 1_000.0, "s", "longest"),
            Rule::ServiceLevel => (level(row), 100.0, "%", "sl"),
            Rule::Ready => (Some(row.ready.into()), 1.0, "", "ready"),
            _ => (Some(row.waiting.into()), 1.0, "", "waiting"),
        };
        let severity = value.map_or(Severity::Calm, |v| rule.judge(v, limits, Severity::Calm));
        #[expect(clippy::cast_precision_loss, reason = "waits and counts stay far below 2^53")]
        let scaled = |value: u64| value as f64 / scale;
        let [shown, warn, critical] = [value, limits.warn, limits.critical].map(|v| v.map(scaled));
        let name = safe::text(&row.queue);
        let limit = limits.of(severity).unwrap_or(0);
        let colon = if rule.is_bad_below() { ":" } else { "" };
        let range = |limit: Option<f64>| limit.map_or_else(String::new, |l| format!("{l}{colon}"));
        // A quote in a label is written twice; `=` would end it.
        let label = format!("{} {label}", name.replace('\'', "''").replace('=', " "));
        let most = if rule == Rule::ServiceLevel { ";100" } else { "" };
        let perfdata = match shown {
            Some(value) => {
                format!("'{label}'={value}{unit};{};{};0{most}", range(warn), range(critical))
            }
            None => format!("'{label}'=U;{};{};0{most}", range(warn), range(critical)),
        };
        Self {
            sentence: format!("{name}: {}", rule.sentence(value.unwrap_or(0), limit)),
            queue: row.queue.clone(),
            rule: rule.name(),
            value: shown,
            warn,
            critical,
            state: state(severity),
            severity,
            perfdata,
        }
    }
}

/// In hundredths of a percent, where enough contacts were offered.
#[expect(clippy::cast_sign_loss, reason = "percentages")]
fn level(row: &QueueRow) -> Option<u64> {
    let judged = row.interval.offered >= SERVICE_LEVEL_OFFERED_MIN;
    row.interval.service_level.filter(|_| judged).map(|percent| (percent * 100.0) as u64)
}

const fn state(severity: Severity) -> &'static str {
    match severity {
        Severity::Calm => "OK",
        Severity::Warn => "WARNING",
        Severity::Critical => "CRITICAL",
    }
}

#[cfg(test)]
mod tests {
    use acd_proto::snapshot::Counts;

    use super::*;

    fn snapshot() -> Snapshot {
        let row = |queue: &str, longest_s: u64, offered, level| QueueRow {
            queue: queue.into(),
            waiting: 3,
            longest_ms: Some(longest_s * 1_000),
            threshold_ms: 60_000,
            target: 80.0,
            interval: Counts { offered, service_level: Some(level), ..Counts::default() },
            ..QueueRow::default()
        };
        let queues = vec![row("water", 97, 44, 84.2), row("parks", 5, 3, 33.3)];
        Snapshot { now: 1_795_484_527_000_000, queues: Some(queues), ..Snapshot::default() }
    }

    fn text(ask: &Ask) -> (u8, String) {
        let verdict = judge(&snapshot(), ask).expect("the queues are there");
        (verdict.exit_code(), verdict.text())
    }

    #[test]
    fn a_queues_own_goals_are_the_limits_where_none_are_named() {
        let (code, line) = text(&Ask::default());
        assert_eq!(
            (code, line.as_str()),
            (
                1,
                "ACD WARNING - water: longest wait 1:37 > 1:00 | \
                 'water longest'=97s;60;120;0 'water sl'=84.2%;80:;65:;0;100 \
                 'parks longest'=5s;60;120;0 'parks sl'=U;80:;65:;0;100\n"
            ),
            "and three contacts say nothing of a service level"
        );
    }

    #[test]
    fn the_worst_is_the_state_and_comes_first() {
        let limits = vec![
            (Rule::Waiting, Limits::new(2, 10)),
            (Rule::LongestWait, Limits::new(30_000, 90_000)),
            (Rule::Ready, Limits::new(1, 0)),
        ];
        let (code, line) = text(&Ask { queues: vec!["water".into()], limits });
        assert_eq!(code, 2);
        let said = "ACD CRITICAL - water: longest wait 1:37 > 1:30; water: waiting 3 > 2; \
                    water: agents ready 0 < 1 |";
        assert!(line.starts_with(said), "{line}");
    }

    #[test]
    fn all_is_well() {
        let limits = vec![(Rule::Waiting, Limits::new(10, 20))];
        let (code, line) = text(&Ask { queues: vec!["parks".into()], limits });
        let said = "ACD OK - 1 values within their limits | 'parks waiting'=3;10;20;0\n";
        assert_eq!((code, line.as_str()), (0, said));
    }

    #[test]
    fn a_queue_that_is_not_there_is_named() {
        let ask = Ask { queues: vec!["wter".into()], ..Ask::default() };
        let error = judge(&snapshot(), &ask).expect_err("no such queue");
        assert_eq!(error.to_string(), "there is no queue wter; defined: water, parks");
    }

    #[test]
    fn the_json_has_its_members() {
        let verdict = judge(&snapshot(), &Ask::default()).expect("the queues are there");
        let json = serde_json::to_value(verdict).expect("it is plain data");
        assert_eq!(json["schema"], "acd.check/1");
        assert_eq!(json["state"], "WARNING");
        assert_eq!(json["checks"][0]["value"], 97.0);
        assert_eq!(json["checks"][3]["value"], serde_json::Value::Null);
    }
}
