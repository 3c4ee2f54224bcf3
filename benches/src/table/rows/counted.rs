//! What does not depend on the clock: instructions, allocations and bytes, as
//! `acd-bench-count` counts them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::Row;
use crate::table::measure::{Context, Measured, Spread};

pub(super) const ROWS: &[Row] =
    &[Row { name: "instructions", measure: instructions }, Row { name: "memory", measure: memory }];

fn instructions(context: Context) -> Result<Vec<Measured>> {
    let counts = counts(context)?;
    let kinds = [
        ("instructions-wait", "matching.wait"),
        ("instructions-available", "matching.available"),
        ("instructions-match", "matching.match"),
        ("instructions-idle", "matching.idle"),
        ("instructions-whole-wait", "instructions.wait"),
        ("instructions-whole-available", "instructions.available"),
        ("instructions-whole-match", "instructions.match"),
        ("instructions-whole-idle", "instructions.idle"),
    ];
    let line =
        |(target, name): (&'static str, &str)| Ok(Measured::alone(target, counts.figure(name)?));
    kinds.into_iter().map(line).collect()
}

fn memory(context: Context) -> Result<Vec<Measured>> {
    let counts = counts(context)?;
    let names: Vec<&String> =
        counts.0.keys().filter(|name| name.starts_with("allocations.")).collect();
    let mut worst = (0.0, "every kind");
    for name in names {
        let median = counts.figure(name)?.median;
        if median > worst.0 {
            worst = (median, name.trim_start_matches("allocations."));
        }
    }
    let heap = counts.figure("heap.contact")?.median;
    let contact = Measured::alone("contact-bytes", counts.figure("bytes.contact")?);
    Ok(vec![
        contact.noted(format!("{heap:.0} B of heap in all, with its record, key and deadlines")),
        Measured::alone("allocations", Spread::of([worst.0]))
            .noted(format!("the worst kind of command: {}", worst.1)),
        Measured::alone("agent-bytes-shared", counts.figure("bytes.agent-shared")?),
        Measured::alone("agent-bytes-distinct", counts.figure("bytes.agent-distinct")?),
    ])
}

/// Counts by name.
struct Counts(BTreeMap<String, f64>);

impl Counts {
    fn figure(&self, name: &str) -> Result<Spread> {
        let count = self.0.get(name).with_context(|| format!("{name} was not counted"))?;
        Ok(Spread::of([*count]))
    }
}

/// Runs the counter, which is built beside this program.
fn counts(context: Context) -> Result<Counts> {
    let counter = counter()?;
    let size: &[&str] = if context.small { &["counts"] } else { &["counts", "--city"] };
    let output = Command::new(&counter).args(size).output();
    let output = output.with_context(|| {
        format!("{} cannot be run: cargo build --release -p acd-bench --bins", counter.display())
    })?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let text = String::from_utf8(output.stdout).context("the counter tells text")?;
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
    let counts = pairs.filter(|(name, _)| !name.starts_with("checksum."));
    let counts = counts.map(|(name, count)| Ok((name.to_owned(), count.parse()?)));
    Ok(Counts(counts.collect::<Result<_>>()?))
}

fn counter() -> Result<PathBuf> {
    let own = std::env::current_exe().context("this program cannot find itself")?;
    let directory = own.parent().context("a program is in a directory")?;
    // Tests are built one directory further down.
    let above = directory.parent().filter(|_| directory.ends_with("deps"));
    Ok(above.unwrap_or(directory).join("acd-bench-count"))
}
