//! `acd-bench`: measures the rows of the table of targets and prints it.

use std::path::PathBuf;
use std::process::ExitCode;

use acd_bench::table::{ALL, Context, Report, TARGETS, growth, machine};
use anyhow::{Context as _, Result, bail};
use clap::Parser;

const EXAMPLES: &str = "\
Examples:
  cargo xtask bench                    every row; takes minutes
  cargo xtask bench agents --quick     one row, a tenth of the rounds
  cargo xtask bench --json > now.jsonl one line of JSON for each figure
  cargo xtask bench --keep             also adds the figures to benches/results
  cargo xtask bench --plot docs/growth.svg   draws how time grows with agents and waiting

Throughput is CPU time of one thread. Both sides of a ratio take turns in one run; figures are
the median of seven turns, with the range. Exit code 0: measured, whatever the verdict; 1: a row
could not be measured, or both sides of it did not do the same.";

/// Measures the engine against its targets, beside a naive scan that decides the same.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", after_help = EXAMPLES)]
struct Arguments {
    /// Rows to measure; all, where none is named.
    #[arg(value_name = "ROW")]
    rows: Vec<String>,
    /// A tenth of the rounds: for a look.
    #[arg(long)]
    quick: bool,
    /// One line of JSON for each figure instead of the table.
    #[arg(long)]
    json: bool,
    /// Adds the lines of JSON to `benches/results`, one file a day.
    #[arg(long)]
    keep: bool,
    /// Measures no rows; draws how the time of a contact grows with the centre.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("acd-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode> {
    let rows = wanted(&arguments.rows)?;
    let context = Context { quick: arguments.quick, small: false };
    if let Some(file) = &arguments.plot {
        std::fs::write(file, growth(context)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let before = machine();
    let mut report = Report::default();
    let mut failed = false;
    for row in ALL.iter().copied().flatten().filter(|row| rows.contains(&row.name)) {
        eprintln!("measuring {} …", row.name);
        match (row.measure)(context) {
            Ok(lines) => report.lines.extend(lines),
            Err(error) => {
                eprintln!("acd-bench: {}: {error:#}", row.name);
                failed = true;
            }
        }
    }
    let json = report.json(&before, arguments.quick);
    if arguments.json {
        print!("{json}");
    } else {
        println!("{}, {}, commit {}", before.processor, before.date, before.commit);
        println!("load average {} before, {} after", before.load, machine().load);
        println!("\n{}\n{}", report.table(&rows), report.notes());
    }
    if arguments.keep {
        let day = before.date.split(' ').next().unwrap_or_default();
        let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("results");
        let file = directory.join(format!("{day}.jsonl"));
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        std::fs::create_dir_all(&directory)
            .and_then(|()| std::fs::write(&file, kept + &json))
            .with_context(|| format!("cannot write {}", file.display()))?;
        eprintln!("added to {}", file.display());
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Names of the rows to measure, in the table's order.
fn wanted(named: &[String]) -> Result<Vec<&'static str>> {
    let mut all: Vec<&str> = TARGETS.iter().map(|target| target.row).collect();
    all.dedup();
    for name in named {
        if !all.contains(&name.as_str()) {
            bail!("no row is named {name:?}; the rows are {}", all.join(", "));
        }
    }
    all.retain(|row| named.is_empty() || named.iter().any(|name| name == row));
    Ok(all)
}
