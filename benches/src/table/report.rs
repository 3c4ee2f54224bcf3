//! The table as text, and as lines of JSON to be kept.

use std::fmt::Write;
use std::process::Command;

use super::measure::{Measured, Spread};
use super::targets::{TARGETS, Target, Unit};

/// Where and when figures were taken.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Machine {
    /// The processor, and how many of it.
    #[serde(rename = "machine")]
    pub processor: String,
    /// Day and time, UTC.
    pub date: String,
    /// The commit checked out, with `+` where files differ from it.
    pub commit: String,
    /// Processes that wanted a core, averaged over 1, 5 and 15 minutes.
    pub load: String,
}

/// The machine, now.
pub fn machine() -> Machine {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let names = cpus.lines().filter_map(|line| line.strip_prefix("model name"));
    let names: Vec<_> = names.map(|name| name.trim_start_matches(['\t', ' ', ':'])).collect();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let date = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M").to_string();
    let commit = said_by_git(&["rev-parse", "--short", "HEAD"]);
    let changed = !said_by_git(&["status", "--porcelain", "--untracked-files=no"]).is_empty();
    Machine {
        processor: format!("{} x {}", names.len(), names.first().unwrap_or(&"unknown processor")),
        date,
        commit: format!("{commit}{}", if changed { "+" } else { "" }),
        load: load.split(' ').take(3).collect::<Vec<_>>().join(" "),
    }
}

fn said_by_git(arguments: &[&str]) -> String {
    let output = Command::new("git").args(arguments).output();
    output.map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

/// What was measured, as it is shown.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// One for each line measured.
    pub lines: Vec<Measured>,
}

impl Report {
    /// The table: a line for each target of those rows, measured or not.
    pub fn table(&self, rows: &[&str]) -> String {
        let head = ["what", "goal", "stretch", "measured", "range", "peer", "ratio", "verdict"];
        let mut cells = vec![head.map(String::from)];
        for target in TARGETS.iter().filter(|target| rows.contains(&target.row)) {
            cells.push(self.cells(target));
        }
        let mut widths = [0; 8];
        for row in &cells {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let mut text = String::new();
        for row in &cells {
            let mut line = String::new();
            for (at, (cell, width)) in row.iter().zip(widths).enumerate() {
                let words = at == 0 || at == 7;
                let padding = " ".repeat(width - cell.chars().count());
                let (left, right) = if words { ("", &*padding) } else { (&*padding, "") };
                let _ = write!(line, "{left}{cell}{right}  ");
            }
            text += line.trim_end();
            text.push('\n');
        }
        text
    }

    fn cells(&self, target: &Target) -> [String; 8] {
        let bound = match target.better {
            super::Better::More => "≥",
            super::Better::Less => "≤",
        };
        let of = |figure: f64| format!("{bound} {}", in_unit(figure, target.unit));
        let stretch = target.stretch.map_or_else(|| "-".into(), of);
        let what = target.what.to_owned();
        let Some(line) = self.lines.iter().find(|line| line.target == target.id) else {
            let nothing = || "-".to_owned();
            let verdict = "not measured".to_owned();
            let [measured, range, peer, ratio] = std::array::from_fn(|_| nothing());
            return [what, of(target.goal), stretch, measured, range, peer, ratio, verdict];
        };
        let Spread { median, low, high, .. } = line.figure;
        let range = format!("{}–{}", in_unit(low, Unit::Count), in_unit(high, Unit::Count));
        let (peer, ratio) = match &line.peer {
            Some(peer) => (
                format!("{} {} {}", peer.name, in_unit(peer.figure.median, Unit::Count), peer.unit),
                peer.ratio.map_or_else(|| "-".into(), |it| in_unit(it.median, Unit::Times)),
            ),
            None => ("-".into(), "-".into()),
        };
        let verdict = target.verdict(median).to_string();
        [what, of(target.goal), stretch, in_unit(median, target.unit), range, peer, ratio, verdict]
    }

    /// What a reader should know of how each figure came about.
    pub fn notes(&self) -> String {
        let noted = self.lines.iter().filter(|line| !line.note.is_empty());
        let noted: Vec<_> = noted.map(|line| format!("{}: {}", line.target, line.note)).collect();
        noted.join("\n")
    }

    /// One line of JSON for each figure.
    pub fn json(&self, machine: &Machine, quick: bool) -> String {
        let lines = self.lines.iter().map(|line| {
            let target = TARGETS.iter().find(|target| target.id == line.target);
            let target = target.expect("a row measures lines of the table");
            let value = serde_json::json!({
                "date": machine.date, "machine": machine.processor, "commit": machine.commit,
                "load": machine.load, "quick": quick, "row": target.row, "target": target.id,
                "what": target.what, "unit": symbol(target.unit), "goal": target.goal,
                "stretch": target.stretch, "measured": line.figure, "peer": line.peer,
                "note": line.note, "verdict": target.verdict(line.figure.median).to_string(),
            });
            format!("{value}\n")
        });
        lines.collect()
    }
}

const fn symbol(unit: Unit) -> &'static str {
    match unit {
        Unit::Times => "x",
        Unit::Nanoseconds => " ns",
        Unit::Milliseconds => " ms",
        Unit::Instructions => " instr",
        Unit::Millions => " M/s",
        Unit::Bytes => " B",
        Unit::Count => "",
        Unit::Percent => " %",
    }
}

/// Three digits, more where a number is long anyway.
fn in_unit(figure: f64, unit: Unit) -> String {
    let size = figure.abs();
    let digits = match size {
        _ if size >= 100.0 || figure.fract() == 0.0 => 0,
        _ if size >= 10.0 => 1,
        _ if size >= 1.0 => 2,
        _ => 3,
    };
    format!("{figure:.digits$}{}", symbol(unit))
}
