//! The rows of one screen, for programs and spreadsheets: JSON, CSV, Markdown, or aligned text.
//!
//! Columns are added at the end, never renamed or taken away, while [`SCHEMA`] stays the same; the
//! constants below name them.

use serde_json::{Value, json};

use crate::model::Model;
use crate::rows;
use crate::screen::Screen;

/// The form of the JSON.
pub const SCHEMA: &str = "acd.top.rows/1";

/// Rows of values by column.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Names of the columns.
    pub columns: &'static [&'static str],
    /// Values, as many as columns.
    pub rows: Vec<Vec<Value>>,
}

/// What can be printed of a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Aligned columns, for people.
    Text,
    /// One object.
    Json,
    /// RFC 4180, with a heading.
    Csv,
    /// A table of Markdown.
    Markdown,
}

/// The rows of a screen; none of one that has no rows to show at once.
pub fn table(model: &Model, screen: Screen) -> Option<Table> {
    let (columns, rows): (&[&str], _) = match screen {
        Screen::Overview => (&QUEUES, queues(model)),
        Screen::Queue => (&CONTACTS, contacts(model)),
        Screen::Agents => (&AGENTS, agents(model)),
        Screen::Alerts => (&ALERTS, alerts(model)),
        Screen::Engine => (&ENGINE, engine(model)),
        Screen::Trace | Screen::Log => return None,
    };
    debug_assert!(rows.iter().all(|row| row.len() == columns.len()), "a value a column");
    Some(Table { columns, rows })
}

const QUEUES: [&str; 21] = [
    "queue",
    "open",
    "severity",
    "waiting",
    "longest_ms",
    "ewt_ms",
    "ready",
    "busy",
    "wrap_up",
    "not_ready",
    "threshold_ms",
    "target",
    "offered",
    "answered",
    "abandoned",
    "asa_ms",
    "service_level",
    "today_offered",
    "today_answered",
    "today_abandoned",
    "today_service_level",
];

fn queues(model: &Model) -> Vec<Vec<Value>> {
    let row = |line: rows::QueueLine| {
        vec![
            json!(line.raw),
            json!(line.open),
            json!(line.severity.name()),
            json!(line.waiting),
            json!(line.longest_ms),
            json!(line.ewt_ms),
            json!(line.ready),
            json!(line.busy),
            json!(line.wrap_up),
            json!(line.not_ready),
            json!(line.threshold_ms),
            json!(line.target),
            json!(line.interval.offered),
            json!(line.interval.answered),
            json!(line.interval.abandoned),
            json!(line.interval.asa_ms),
            json!(line.interval.service_level),
            json!(line.today.offered),
            json!(line.today.answered),
            json!(line.today.abandoned),
            json!(line.today.service_level),
        ]
    };
    rows::queues(model).into_iter().map(row).collect()
}

const CONTACTS: [&str; 10] = [
    "contact", "channel", "state", "wait_ms", "prio", "step", "needs", "from", "agent", "severity",
];

fn contacts(model: &Model) -> Vec<Vec<Value>> {
    let (waiting, held) = rows::contacts(model);
    let row = |line: rows::ContactLine| {
        vec![
            json!(line.raw),
            json!(line.channel),
            json!(line.state),
            json!(line.wait_ms),
            json!(line.prio),
            json!(line.step),
            json!(line.needs),
            json!(line.from),
            json!(line.raw_agent),
            json!(line.severity.name()),
        ]
    };
    waiting.into_iter().chain(held).map(row).collect()
}

const AGENTS: [&str; 14] = [
    "agent",
    "name",
    "site",
    "state",
    "reason",
    "for_ms",
    "pending",
    "severity",
    "voice",
    "chat",
    "mail",
    "occupancy",
    "handled",
    "skills",
];

fn agents(model: &Model) -> Vec<Vec<Value>> {
    let row = |line: rows::AgentLine| {
        let load = line.load.map(|(held, capacity)| format!("{held}/{capacity}"));
        vec![
            json!(line.raw),
            json!(line.name),
            json!(line.site),
            json!(line.doing.name()),
            json!(line.state),
            json!(line.for_ms),
            json!(line.pending),
            json!(line.severity.name()),
            json!(load[0]),
            json!(load[1]),
            json!(load[2]),
            json!(line.occupancy),
            json!(line.handled),
            json!(line.skills),
        ]
    };
    rows::people(model).into_iter().map(row).collect()
}

const ALERTS: [&str; 8] =
    ["severity", "rule", "subject", "what", "since", "for_ms", "note", "muted"];

fn alerts(model: &Model) -> Vec<Vec<Value>> {
    let row = |line: rows::AlertLine| {
        vec![
            json!(line.severity.name()),
            json!(line.about.0.name()),
            json!(line.about.1),
            json!(line.sentence),
            json!(line.since),
            json!(line.for_ms),
            json!(line.note),
            json!(line.muted),
        ]
    };
    rows::alerts(model).into_iter().map(row).collect()
}

const ENGINE: [&str; 2] = ["name", "value"];

/// Every member of the engine's row, those within others by `outer.inner`.
fn engine(model: &Model) -> Vec<Vec<Value>> {
    let (picture, _) = model.shown();
    let engine = picture.snapshot.as_ref().and_then(|snapshot| snapshot.engine.as_ref());
    let Some(Ok(Value::Object(members))) = engine.map(serde_json::to_value) else {
        return Vec::new();
    };
    let mut rows = Vec::new();
    for (name, value) in members {
        match value {
            Value::Object(inner) => rows.extend(
                inner.into_iter().map(|(key, value)| vec![json!(format!("{name}.{key}")), value]),
            ),
            value => rows.push(vec![json!(name), value]),
        }
    }
    rows
}

impl Table {
    /// The table in a form, its last line end included.
    pub fn print(&self, form: Form, screen: Screen, model: &Model) -> String {
        match form {
            Form::Text => self.text(),
            Form::Json => self.json(screen, model),
            Form::Csv => self.csv(),
            Form::Markdown => self.markdown(),
        }
    }

    fn json(&self, screen: Screen, model: &Model) -> String {
        let (picture, _) = model.shown();
        let now = picture.snapshot.as_ref().map_or(0, |snapshot| snapshot.now);
        let object = |row: &Vec<Value>| {
            let members = self.columns.iter().zip(row);
            members.map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<Value>()
        };
        let whole = json!({
            "schema": SCHEMA,
            "screen": screen.name(),
            "city": model.who.city,
            "time": crate::clock::Clock::rfc3339(now),
            "rows": self.rows.iter().map(object).collect::<Vec<_>>(),
        });
        format!("{whole}\n")
    }

    fn csv(&self) -> String {
        let line = |cells: Vec<String>| cells.join(",") + "\r\n";
        let mut text = line(self.columns.iter().map(|name| (*name).to_owned()).collect());
        for row in &self.rows {
            text += &line(row.iter().map(csv_cell).collect());
        }
        text
    }

    fn markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut text = line(self.columns.iter().map(|name| (*name).to_owned()).collect());
        let numeric =
            |at: usize| self.rows.iter().all(|row| row[at].is_number() || row[at].is_null());
        let rule = |at: usize| if numeric(at) && !self.rows.is_empty() { "---:" } else { "---" };
        text += &line((0..self.columns.len()).map(|at| rule(at).to_owned()).collect());
        for row in &self.rows {
            text += &line(row.iter().map(markdown_cell).collect());
        }
        text
    }

    fn text(&self) -> String {
        let cell = |value: &Value| match plain(value) {
            text if text.is_empty() => "-".to_owned(),
            text => crate::safe::text(&text),
        };
        let cells: Vec<Vec<String>> =
            self.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        let width = |at: usize| {
            let of = cells.iter().map(|row| crate::safe::width(&row[at]));
            of.max().unwrap_or(0).max(self.columns[at].len())
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let heading: Vec<String> = self.columns.iter().map(|name| name.to_uppercase()).collect();
        let mut text = String::new();
        for row in [heading].iter().chain(&cells) {
            let line: Vec<String> =
                row.iter().zip(&widths).map(|(cell, n)| crate::safe::left(cell, *n, "~")).collect();
            text += line.join("  ").trim_end();
            text.push('\n');
        }
        text
    }
}

/// A value as text; nothing for null.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// A cell of RFC 4180. What a caller named could begin a formula of a spreadsheet: such a text
/// gets an apostrophe before it.
fn csv_cell(value: &Value) -> String {
    let mut text = plain(value);
    if value.is_string() && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        text.insert(0, '\'');
    }
    if text.contains([',', '"', '\n', '\r']) {
        text = format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

fn markdown_cell(value: &Value) -> String {
    let safe = crate::safe::text(&plain(value));
    let escaped = safe.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;");
    if escaped.is_empty() { "-".into() } else { escaped }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stays_a_cell() {
        let cases = [
            (json!(null), "", "-"),
            (json!(12.5), "12.5", "12.5"),
            (json!("a,b"), "\"a,b\"", "a,b"),
            (json!("say \"x\""), "\"say \"\"x\"\"\"", "say \"x\""),
            (json!("=1+1"), "'=1+1", "=1+1"),
            (json!("+1512555..23"), "'+1512555..23", "+1512555..23"),
            (json!("a|b<i>"), "a|b<i>", "a\\|b&lt;i>"),
            (json!("a\nb"), "\"a\nb\"", "a^Jb"),
        ];
        for (value, csv, markdown) in cases {
            assert_eq!(
                (csv_cell(&value).as_str(), markdown_cell(&value).as_str()),
                (csv, markdown)
            );
        }
    }
}
