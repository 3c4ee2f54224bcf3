//! `acd check`: queues against limits, for monitoring systems.

use std::process::ExitCode;

use acd_client::Options as Client;
use acd_proto::Role;
use acd_tui::Options;
use acd_tui::alerts::{Limits, Rule};
use acd_tui::check::{Ask, check};

use crate::options::{Connect, reasons};
use crate::output::print;

/// What Nagios and its kin call a check that could not be made.
pub(crate) const UNKNOWN: u8 = 3;

/// Check queues against limits, as Nagios and its kin want it.
#[derive(clap::Args)]
#[command(after_help = "\
Limits are WARN,CRITICAL; a wait or a number of contacts is bad above them, a service level or a
number of agents below. Without any, longest wait and service level by each queue's own goals.

Examples:
  acd check
  acd check --queue water --longest 60,120 --sl 80,60
  acd check --queue water --queue roads --ready 2,1 --json
Exit codes: 0 ok, 1 warning, 2 critical, 3 unknown (no server, no such queue, wrong usage).")]
pub(crate) struct Check {
    /// A queue to check; may be repeated. Left out: every queue.
    #[arg(long = "queue", value_name = "NAME")]
    queues: Vec<String>,
    /// Longest wait, in seconds.
    #[arg(long, value_name = "WARN,CRIT", value_parser = above)]
    longest: Option<Pair>,
    /// Contacts that wait.
    #[arg(long, value_name = "WARN,CRIT", value_parser = above)]
    waiting: Option<Pair>,
    /// Service level of the last 15 minutes, in percent.
    #[arg(long, value_name = "WARN,CRIT", value_parser = percent)]
    sl: Option<Pair>,
    /// Agents ready.
    #[arg(long, value_name = "WARN,CRIT", value_parser = below)]
    ready: Option<Pair>,
    /// One JSON object instead of the line.
    #[arg(long)]
    json: bool,
    /// Your name; left out: `acd-check`.
    #[arg(long, default_value = "acd-check")]
    name: String,
    #[command(flatten)]
    connect: Connect,
}

/// Warn and critical, as typed.
type Pair = (u64, u64);

impl Check {
    /// Does it.
    pub(crate) fn run(self) -> ExitCode {
        match self.verdict() {
            Ok(code) => code,
            Err(error) => {
                // A monitoring system shows what stands on standard output.
                let _ = print(&format!("ACD UNKNOWN - {}\n", reasons(&error)));
                UNKNOWN.into()
            }
        }
    }

    fn verdict(self) -> anyhow::Result<ExitCode> {
        let mut client = Client::new(Role::Monitor, self.name);
        client.token = self.connect.token()?;
        let address = self.connect.address()?;
        let options = Options::new(address, client);
        let of = |pair: Option<Pair>, rule, unit: u64| {
            let times = |value: u64| value.saturating_mul(unit);
            pair.map(|(warn, critical)| (rule, Limits::new(times(warn), times(critical))))
        };
        let limits = [
            of(self.longest, Rule::LongestWait, 1_000),
            of(self.waiting, Rule::Waiting, 1),
            of(self.sl, Rule::ServiceLevel, 100),
            of(self.ready, Rule::Ready, 1),
        ];
        let ask = Ask { queues: self.queues, limits: limits.into_iter().flatten().collect() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let verdict = runtime.block_on(check(&options, &ask))?;
        if self.json {
            print(&(serde_json::to_string(&verdict)? + "\n"))?;
        } else {
            print(&verdict.text())?;
        }
        Ok(verdict.exit_code().into())
    }
}

fn pair(text: &str) -> Result<Pair, String> {
    let (warn, critical) = text.split_once(',').ok_or("expected WARN,CRIT, such as 60,120")?;
    let number = |text: &str| {
        text.trim().parse().map_err(|_| format!("{text:?} is no whole number, such as 60"))
    };
    Ok((number(warn)?, number(critical)?))
}

/// Limits of what is bad above them.
fn above(text: &str) -> Result<Pair, String> {
    let (warn, critical) = pair(text)?;
    if critical < warn {
        return Err(format!("{critical} is below {warn}: critical must be the greater one"));
    }
    Ok((warn, critical))
}

/// Limits of what is bad below them.
fn below(text: &str) -> Result<Pair, String> {
    let (warn, critical) = pair(text)?;
    if critical > warn {
        return Err(format!("{critical} is above {warn}: critical must be the smaller one"));
    }
    Ok((warn, critical))
}

fn percent(text: &str) -> Result<Pair, String> {
    let (warn, critical) = below(text)?;
    if warn > 100 {
        return Err(format!("{warn} is above 100: expected percentages"));
    }
    Ok((warn, critical))
}
