//! Rows and columns, as a table, CSV or JSON.

use std::fmt::Write as _;

use acd_proto::statistics::{AgentFigures, Figures};
use acd_stats::records::Record;
use acd_stats::report::Row;
use acd_stats::{FORMULAS, Statistics};
use unicode_width::UnicodeWidthStr;

/// How a report is written.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Columns for people.
    Table,
    /// Comma-separated values (RFC 4180), with a head.
    Csv,
    /// A list of objects.
    Json,
}

/// What is to be written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sheet {
    head: Vec<&'static str>,
    /// How many of the columns a table has; CSV has all.
    wide: usize,
    rows: Vec<Vec<Cell>>,
    json: Option<String>,
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Text(String),
    Number(String),
    None,
}

impl<T: Into<u64>> From<T> for Cell {
    fn from(number: T) -> Self {
        Self::Number(number.into().to_string())
    }
}

fn some(number: Option<u64>) -> Cell {
    number.map_or(Cell::None, Cell::from)
}

fn percent(level: Option<f64>) -> Cell {
    level.map_or(Cell::None, |level| Cell::Number(format!("{level:.1}")))
}

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

fn may(text: Option<&String>) -> Cell {
    text.map_or(Cell::None, |text| Cell::Text(text.clone()))
}

const QUEUE_HEAD: [&str; 24] = [
    "from",
    "of",
    "entered",
    "answered",
    "abandoned",
    "flow_out",
    "service_level",
    "asa_ms",
    "aht_ms",
    "abandoned_percent",
    "requeues",
    "no_answers",
    "to",
    "answered_in_threshold",
    "abandoned_in_threshold",
    "abandoned_short",
    "flow_out_in_threshold",
    "handled",
    "transfers_in",
    "transfers_out",
    "sl_answered",
    "sl_inclusive",
    "sl_offered",
    "sl_no_short",
];
/// The formulas that follow the four in [`QUEUE_HEAD`].
const QUEUE_HEAD_MORE: [&str; 3] = ["sl_late_abandons", "sl_with_flow_out", "sl_removed"];

/// Intervals of queues. The service level is by that formula; CSV has every other too.
pub(super) fn queues(rows: &[Row<Figures>], formula: &str) -> Sheet {
    let row = |row: &Row<Figures>| {
        let figures = &row.figures;
        let level = |name: &str| percent(figures.service_level.get(name).copied().flatten());
        let mut cells = vec![
            text(&row.from),
            text(&row.of),
            figures.entered.into(),
            figures.answered.into(),
            figures.abandoned.into(),
            figures.flow_out.into(),
            level(formula),
            some(figures.asa_ms),
            some(figures.aht_ms),
            percent(figures.abandoned_percent),
            figures.requeues.into(),
            figures.no_answers.into(),
            text(&row.to),
            figures.answered_in_threshold.into(),
            figures.abandoned_in_threshold.into(),
            figures.abandoned_short.into(),
            figures.flow_out_in_threshold.into(),
            figures.handled.into(),
            figures.transfers_in.into(),
            figures.transfers_out.into(),
        ];
        // The present is no part of a report.
        let told = FORMULAS.iter().filter(|(name, _)| *name != "live");
        cells.extend(told.map(|(name, _)| level(name)));
        cells
    };
    let head = QUEUE_HEAD.into_iter().chain(QUEUE_HEAD_MORE).collect();
    Sheet { head, wide: 12, rows: rows.iter().map(row).collect(), json: None }
}

const AGENT_HEAD: [&str; 16] = [
    "from",
    "of",
    "offers",
    "answered",
    "no_answers",
    "handled",
    "aht_ms",
    "occupancy",
    "ready_ms",
    "busy_ms",
    "wrap_up_ms",
    "not_ready_ms",
    "to",
    "answered_in_threshold",
    "rejected",
    "transfers",
];

/// Intervals of agents, or of sites.
pub(super) fn agents(rows: &[Row<AgentFigures>]) -> Sheet {
    let row = |row: &Row<AgentFigures>| {
        let figures = &row.figures;
        vec![
            text(&row.from),
            text(&row.of),
            figures.offers.into(),
            figures.answered.into(),
            figures.no_answers.into(),
            figures.handled.into(),
            some(figures.aht_ms),
            percent(figures.occupancy),
            figures.ready_ms.into(),
            figures.busy_ms.into(),
            figures.wrap_up_ms.into(),
            figures.not_ready_ms.into(),
            text(&row.to),
            figures.answered_in_threshold.into(),
            figures.rejected.into(),
            figures.transfers.into(),
        ]
    };
    let rows = rows.iter().map(row).collect();
    Sheet { head: AGENT_HEAD.into(), wide: 12, rows, json: None }
}

const CONTACT_HEAD: [&str; 20] = [
    "entered",
    "contact",
    "channel",
    "queue",
    "agent",
    "wait_ms",
    "talk_ms",
    "wrap_up_ms",
    "cause",
    "by",
    "answered",
    "ended",
    "ext",
    "frontend",
    "entered_queue",
    "previous",
    "offers",
    "requeues",
    "transferred_to",
    "disposition",
];

/// Contact records; instants as people of the city write them.
pub(super) fn contacts(statistics: &Statistics, records: &[Record]) -> Sheet {
    let at = |at: Option<u64>| at.map_or(Cell::None, |at| text(statistics.written(at)));
    let row = |record: &Record| {
        vec![
            at(Some(record.entered)),
            text(&record.contact),
            text(&record.channel),
            text(&record.queue),
            may(record.agent.as_ref()),
            some(record.wait_ms),
            some(record.talk_ms),
            some(record.wrap_up_ms),
            may(record.cause.as_ref()),
            may(record.by.as_ref()),
            at(record.answered),
            at(record.ended),
            text(&record.ext),
            text(&record.frontend),
            text(&record.entered_queue),
            may(record.previous.as_ref()),
            record.offers.into(),
            record.requeues.into(),
            may(record.transferred_to.as_ref()),
            may(record.disposition.as_ref()),
        ]
    };
    let rows = records.iter().map(row).collect();
    Sheet { head: CONTACT_HEAD.into(), wide: 10, rows, json: None }
}

impl Sheet {
    /// Rows that are objects already.
    pub(super) fn json(rows: &impl serde::Serialize) -> serde_json::Result<Self> {
        let json = Some(serde_json::to_string_pretty(rows)? + "\n");
        Ok(Self { json, ..Self::default() })
    }

    /// As it is printed.
    pub(super) fn written(&self, format: Format) -> String {
        match (format, &self.json) {
            (_, Some(json)) => json.clone(),
            (Format::Table, None) => self.table(),
            (Format::Csv | Format::Json, None) => self.csv(),
        }
    }

    fn csv(&self) -> String {
        let mut out = self.head.join(",") + "\r\n";
        for row in &self.rows {
            let fields: Vec<String> = row.iter().map(Cell::csv).collect();
            out += &(fields.join(",") + "\r\n");
        }
        out
    }

    fn table(&self) -> String {
        let head = self.head.iter().take(self.wide).map(|name| (*name).to_owned());
        let mut lines: Vec<Vec<String>> = vec![head.collect()];
        let shown = |row: &Vec<Cell>| row.iter().take(self.wide).map(Cell::shown).collect();
        lines.extend(self.rows.iter().map(shown));
        let width = |column: usize| lines.iter().map(|line| line[column].width()).max();
        let widths: Vec<usize> = (0..self.wide).map(|column| width(column).unwrap_or(0)).collect();
        let mut out = String::new();
        for (number, line) in lines.iter().enumerate() {
            let mut shown = String::new();
            for (column, field) in line.iter().enumerate() {
                let pad = widths[column] - field.width();
                let is_number = self.rows.iter().any(|row| matches!(row[column], Cell::Number(_)));
                let (before, after) = if is_number { (pad, 0) } else { (0, pad) };
                let _ = write!(shown, "{:before$}{field}{:after$}  ", "", "");
            }
            out += shown.trim_end();
            out.push('\n');
            if number == 0 && self.rows.is_empty() {
                out += "nothing was counted\n";
            }
        }
        out
    }
}

impl Cell {
    /// As a field of CSV. What a spreadsheet would take for a formula is made a text.
    fn csv(&self) -> String {
        let text = match self {
            Self::None => return String::new(),
            Self::Number(number) => return number.clone(),
            Self::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
                format!("'{text}")
            }
            Self::Text(text) => text.clone(),
        };
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    }

    /// As a field of a table, which no text can leave.
    fn shown(&self) -> String {
        match self {
            Self::None => "-".into(),
            Self::Number(number) => number.clone(),
            Self::Text(text) => {
                text.chars().map(|letter| if letter.is_control() { '·' } else { letter }).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_csv_is_no_formula_and_no_other_field() {
        let csv = |text: &str| Cell::Text(text.into()).csv();
        assert_eq!(csv("plain"), "plain");
        assert_eq!(csv("a,b"), "\"a,b\"");
        assert_eq!(csv("say \"hi\"\n"), "\"say \"\"hi\"\"\n\"");
        assert_eq!(csv("=1+1"), "'=1+1");
        assert_eq!(Cell::None.csv(), "");
    }

    #[test]
    fn a_table_is_aligned_and_keeps_to_its_line() {
        let rows = vec![
            vec![Cell::Text("roads\u{1b}[2J".into()), Cell::from(7_u64)],
            vec![Cell::Text("x".into()), Cell::None],
        ];
        let sheet = Sheet { head: vec!["of", "answered"], wide: 2, rows, json: None };
        assert_eq!(
            sheet.written(Format::Table),
            "of         answered\nroads·[2J         7\nx                 -\n"
        );
        assert_eq!(
            Sheet { rows: vec![], ..sheet }.written(Format::Table),
            "of  answered\nnothing was counted\n"
        );
    }
}
