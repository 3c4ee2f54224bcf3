//! `acd demo`: a server and a city's day, to look at or to measure.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use acd_client::Options as Client;
use acd_client::address::{Address, default_address};
use acd_demo::{
    DemoError, Options, Progress, Report, SPEED, TimeOfDay, Watcher, join, lockstep, play,
};
use acd_proto::Role;
use acd_server::config::Config;
use acd_tui::theme::Palette;
use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::output::print;
use crate::top::may_colour;

/// Play a city's day on a server of its own, or on one that runs already.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd demo
  acd demo --storm --speed 30
  acd demo --headless --seconds 20 --speed 60 --seed 311 --json
  acd demo --lockstep --seconds 60 --speed 60 --json
  acd demo --data day && acd report --from day
On a server that runs already, whose city `acd config show` shows:
  acd serve --data /tmp/city &
  acd demo --connect --headless --speed 20 &
  acd top --ops
Signals: INT, TERM and HUP end the day, which is then reported.
Exit codes: 0 the day adds up, 1 it does not or could not be played, 2 wrong usage.")]
pub(crate) struct Demo {
    /// Show no dashboard; without a terminal there is none anyway.
    #[arg(long)]
    headless: bool,
    /// End after so many real seconds. Left out: when it is stopped, in lockstep after an hour of
    /// the city's time.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    seconds: Option<u64>,
    /// City seconds a real second. Left out: 20, or with --connect those of the server's clock.
    /// Where people are faster than that clock, its deadlines are as much further away to them.
    #[arg(long, value_name = "X", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    speed: Option<u32>,
    /// What decides everything left to chance.
    #[arg(long, value_name = "S", default_value_t = Options::default().seed)]
    seed: u64,
    /// When the city's day begins.
    #[arg(long, value_name = "HH:MM", default_value_t = TimeOfDay::BUSY_HOUR)]
    from: TimeOfDay,
    /// Multiply calls by 4.6 in the first hour.
    #[arg(long)]
    storm: bool,
    /// The city. Left out: the demo city (see `acd config show`).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Play it on a server that runs already and has this city: unix:PATH, or without a value
    /// `$ACD_SOCKET`, else `$XDG_RUNTIME_DIR/acd.sock`. Nobody has a token, so it is of this user.
    /// When that server is gone the day stands still; when it is back the day goes on.
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, value_parser = unix)]
    #[expect(clippy::option_option, reason = "it may be given without a value")]
    connect: Option<Option<Address>>,
    /// Keep the log of the demo's own server there, for `acd report`, `acd trace` and `acd replay`;
    /// a new directory. Left out: it goes with the demo.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["connect", "lockstep"])]
    data: Option<PathBuf>,
    /// Play in virtual time against the engine alone: the same seed, the same decisions.
    #[arg(long, conflicts_with = "connect")]
    lockstep: bool,
    /// Allow acts on the dashboard.
    #[arg(long, conflicts_with_all = ["headless", "lockstep", "json"])]
    ops: bool,
    /// End with one JSON line on stdout, and show no dashboard.
    #[arg(long)]
    json: bool,
}

impl Demo {
    /// Plays it.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let options = Options {
            seed: self.seed,
            speed: self.speed,
            from: self.from,
            length: self.seconds.map(Duration::from_secs),
            storm: self.storm,
            data: self.data,
        };
        let config = match &self.config {
            Some(file) => Config::load(file)?,
            None => Config::embedded(),
        };
        let address = match self.connect {
            Some(Some(address)) => Some(address),
            Some(None) => Some(default_address().context("no server named by --connect")?),
            None => None,
        };
        let speed = self.speed.or(address.is_none().then_some(SPEED));
        let day = Day { options, config, address };
        let report = if self.lockstep {
            lockstep(&day.options, &day.config)?
        } else {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .context("starting the runtime")?;
            let is_watched = !self.headless && !self.json && io::stdout().is_terminal();
            runtime.block_on(async {
                if is_watched && io::stdin().is_terminal() {
                    return day.watched(self.ops).await;
                }
                Ok(day.play(&mut Lines { speed }, stopped()?).await?)
            })?
        };
        if self.json {
            print(&(serde_json::to_string(&report)? + "\n"))?;
        } else {
            print(&summary(&report))?;
        }
        Ok(())
    }
}

/// What is played, and where; without an address on a server of its own.
struct Day {
    options: Options,
    config: Config,
    address: Option<Address>,
}

impl Day {
    async fn play(
        &self,
        watcher: &mut impl Watcher,
        stop: impl Future<Output = ()>,
    ) -> Result<Report, DemoError> {
        match &self.address {
            Some(address) => join(&self.options, &self.config, address, watcher, stop).await,
            None => play(&self.options, &self.config, watcher, stop).await,
        }
    }

    /// Plays it behind a dashboard, until that is left or the day is over.
    async fn watched(&self, ops: bool) -> anyhow::Result<Report> {
        let (ready, listens) = oneshot::channel();
        let (left, is_left) = oneshot::channel::<()>();
        let stopped = stopped()?;
        let stop = async {
            tokio::select! {
                _ = is_left => {}
                () = stopped => {}
            }
        };
        let mut watcher = Dashboard { ready: Some(ready) };
        let mut day = pin!(self.play(&mut watcher, stop));
        let screen = async {
            let Ok(address) = listens.await else { return std::future::pending().await };
            let client = Client::new(Role::Supervisor, "dashboard");
            let may_colour = may_colour();
            let palette = if may_colour { Palette::Default } else { Palette::Mono };
            let options = acd_tui::Options::new(address, client);
            acd_tui::run(acd_tui::Options { palette, may_colour, ops, ..options }).await
        };
        let seen = tokio::select! {
            report = &mut day => return Ok(report?),
            seen = screen => seen,
        };
        // Dropped, it says as much.
        drop(left);
        let report = day.await?;
        seen?;
        Ok(report)
    }
}

/// The address of a Unix socket.
fn unix(text: &str) -> Result<Address, String> {
    match text.parse::<Address>() {
        Ok(address @ Address::Unix(_)) => Ok(address),
        Ok(Address::Tcp(_)) => Err("over TCP everybody needs a token: unix:PATH is wanted".into()),
        Err(error) => Err(error.to_string()),
    }
}

/// Opens the dashboard once there is something to see.
struct Dashboard {
    ready: Option<oneshot::Sender<Address>>,
}

impl Watcher for Dashboard {
    fn ready(&mut self, address: &Address) {
        eprintln!("acd demo: watch it from another terminal too: acd top --connect {address}");
        if let Some(ready) = self.ready.take() {
            // Nobody waits where the dashboard is gone already.
            let _ = ready.send(address.clone());
        }
    }

    fn progress(&mut self, _: &Progress) {}
}

/// Ends when a signal wants the day to end.
fn stopped() -> anyhow::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
}

/// Tells on stderr how the day goes.
struct Lines {
    /// City seconds a real second; none are those of the server that is joined.
    speed: Option<u32>,
}

impl Watcher for Lines {
    fn ready(&mut self, address: &Address) {
        if let Some(speed) = self.speed {
            eprintln!("acd demo: the city's day at {speed} times its speed");
        }
        eprintln!("acd demo: watch it from another terminal: acd top --connect {address}");
    }

    fn progress(&mut self, progress: &Progress) {
        let (minutes, contacts) = (progress.seconds / 60, progress.contacts);
        eprintln!(
            "{:02}:{:02}  {:5} came {:5} answered {:4} waiting {:4} in conversation {:4} gave up",
            minutes / 60 % 24,
            minutes % 60,
            contacts.submitted,
            contacts.answered,
            contacts.waiting,
            contacts.in_progress,
            contacts.abandoned
        );
    }

    fn lost(&mut self, why: &DemoError) {
        eprintln!("acd demo: {why}; the day stands still");
    }

    fn back(&mut self) {
        eprintln!("acd demo: the server is back, and the day goes on");
    }
}

/// The report for people.
fn summary(report: &Report) -> String {
    let contacts = report.contacts;
    let mut text = format!(
        "{} contacts: {} ended, {} abandoned, {} waiting, {} in progress, {} refused; \
         {} answered, {} transfers\n{:<20}{:>9}{:>9}{:>10}{:>8}{:>12}{:>12}\n",
        contacts.submitted,
        contacts.ended,
        contacts.abandoned,
        contacts.waiting,
        contacts.in_progress,
        contacts.refused,
        contacts.answered,
        contacts.transfers,
        "queue",
        "came",
        "answered",
        "abandoned",
        "level",
        "median wait",
        "99 of 100"
    );
    for (name, queue) in &report.queues {
        let level = queue.service_level.map_or_else(|| "-".into(), |level| format!("{level} %"));
        let line = format!(
            "{name:<20}{:>9}{:>9}{:>10}{level:>8}{:>10} s{:>10} s\n",
            queue.submitted,
            queue.answered,
            queue.abandoned,
            queue.wait_ms.p50 / 1_000,
            queue.wait_ms.p99 / 1_000
        );
        text.push_str(&line);
    }
    let decision = report.decision_ns;
    let measured = format!(
        "decision: median {} ns, 99 of 100 within {} ns, longest {} ns; {} events\n",
        decision.p50, decision.p99, decision.max, report.events
    );
    text.push_str(&measured);
    if let Some(decisions) = &report.decisions {
        text.extend(["decisions: ", decisions, "\n"]);
    }
    text
}
