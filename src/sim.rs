//! `acd sim`: the engine in virtual time, against what is known.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use acd_sim::truth::{self, Case, Effort, Verdict};
use anyhow::bail;
use serde_json::json;

use crate::output::print;

/// The form of the JSON.
const SCHEMA: &str = "acd.sim.verify/1";

/// Play the engine in virtual time.
#[derive(clap::Subcommand)]
pub(crate) enum Sim {
    Verify(Verify),
}

/// Compare the engine's centre with published cases.
///
/// Plays each case until every metric's 95 % interval is at most 1 % of it wide on each side, and
/// compares with the file's value: exact ones within 1.5 half-widths, simulated ones within 1.5
/// times both. Files are of the formats acd-theory-cases-1 and acd-sbr-cases-1.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd sim verify tests/truth/theory.json tests/truth/routing.json
  acd sim verify tests/truth/theory.json --case ErlA-10-10 --seed 7
  acd sim verify tests/truth/*.json --max-arrivals 15000000 --json | jq .missed
Exit codes: 0 every claimed case passes, 1 a miss, 2 a file or an argument is wrong.")]
pub(crate) struct Verify {
    /// Files of cases.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Only the case of this name; may be repeated.
    #[arg(long = "case", value_name = "ID")]
    cases: Vec<String>,
    /// Where every draw comes from: the same seed gives the same numbers.
    #[arg(long, default_value_t = 311)]
    seed: u64,
    /// Replications side by side; left out: as many as the machine has processors. The numbers do
    /// not depend on it.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Only cases that need fewer arrivals.
    #[arg(long, value_name = "N")]
    max_arrivals: Option<f64>,
    /// Only cases that need at least so many.
    #[arg(long, value_name = "N")]
    min_arrivals: Option<f64>,
    /// One JSON object instead of tables.
    #[arg(long)]
    json: bool,
}

impl Sim {
    /// Does it.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Verify(command) => match command.chosen() {
                Ok(cases) => command.verify(&cases),
                Err(error) => {
                    eprintln!("acd: {error:#}");
                    Ok(ExitCode::from(2))
                }
            },
        }
    }
}

impl Verify {
    fn chosen(&self) -> anyhow::Result<Vec<Case>> {
        let mut all = Vec::new();
        for file in &self.files {
            all.extend(truth::read(file)?);
        }
        if let Some(id) = self.cases.iter().find(|id| all.iter().all(|case| case.id != **id)) {
            let known: Vec<_> = all.iter().map(|case| case.id.as_str()).collect();
            bail!("--case {id}: expected one of {}", known.join(", "));
        }
        all.retain(|case| {
            (self.cases.is_empty() || self.cases.contains(&case.id))
                && self.max_arrivals.is_none_or(|most| case.arrivals < most)
                && self.min_arrivals.is_none_or(|least| case.arrivals >= least)
        });
        Ok(all)
    }

    fn verify(&self, cases: &[Case]) -> anyhow::Result<ExitCode> {
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        let effort =
            Effort { seed: self.seed, jobs: self.jobs.map_or_else(processors, usize::from) };
        let shows = std::io::stderr().is_terminal() && !self.json;
        let begun = Instant::now();
        let mut told = Vec::new();
        let (mut passed, mut missed, mut not_claimed, mut arrivals) = (0, 0, 0, 0);
        for case in cases {
            let begun = Instant::now();
            let outcome = truth::verify(case, effort, |played, of| {
                if shows {
                    eprint!(
                        "\r{}: {:.0} % of {:.1} M contacts ",
                        case.id,
                        percent(played, of),
                        of / 1e6
                    );
                }
            });
            if shows {
                eprint!("\r{:78}\r", "");
            }
            match outcome.verdict {
                Verdict::Pass => passed += 1,
                Verdict::NotClaimed => not_claimed += 1,
                Verdict::Imprecise | Verdict::Miss => missed += 1,
            }
            arrivals += outcome.arrivals;
            let seconds = begun.elapsed().as_secs_f64();
            if self.json {
                told.push(truth::json(case, &outcome, seconds));
            } else {
                print(&(truth::text(case, &outcome, seconds) + "\n"))?;
            }
        }
        let seconds = begun.elapsed().as_secs_f64();
        if self.json {
            let report = json!({
                "schema": SCHEMA, "seed": self.seed, "passed": passed, "missed": missed,
                "not_claimed": not_claimed, "arrivals": arrivals, "seconds": seconds, "cases": told,
            });
            print(&format!("{report}\n"))?;
        } else {
            print(&format!(
                "{passed} passed, {missed} missed, {not_claimed} not claimed; {:.1} M contacts in \
                 {seconds:.1} s, {} side by side\n",
                percent(arrivals, 1e8),
                effort.jobs
            ))?;
        }
        Ok(if missed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

#[expect(clippy::cast_precision_loss, reason = "it is shown rounded")]
fn percent(part: u64, whole: f64) -> f64 {
    part as f64 * 100.0 / whole
}
