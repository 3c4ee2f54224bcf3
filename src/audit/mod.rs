//! `acd audit`: whether everything done was right, by a log's records or by a server's events.

mod live;
mod stream;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use acd_log::history::{Audited, Watch};

use crate::options::Connect;
use crate::output::print;
use crate::past::{Data, json};

/// Check that everything done was right: order, liveness, single offer, conservation, age.
#[derive(clap::Args)]
#[command(after_help = "\
With --data the auditor reads the log's records. It keeps books of its own, and works out from the
records alone who was to be offered to whom: all rules are checked. Without, it asks the server that
runs here for its events and follows them until Ctrl-C: that none is missing or doubled, every
contact enters and ends once and is never younger, one offer a contact and an agent, none to who is
busy or away; and compares its books with the server's snapshot now and then.
It stops at the first violation and shows both sides of it. While all is well, --follow says so
every ten seconds, on stderr.

Examples:
  acd audit --data /var/lib/acd
  acd audit --data /var/lib/acd --follow      # while the server runs, until Ctrl-C
  acd audit                                   # the events of the server that runs here
  acd audit --events 10000 --json
Exit codes: 0 sound, 1 a violation or the log cannot be read, 2 wrong usage, 3 no server there,
4 connection lost.")]
pub(crate) struct Audit {
    /// The directory of the log, as `acd serve --data` names it. Left out: a server's events.
    #[arg(long = "data", value_name = "DIR", env = "ACD_DATA", conflicts_with = "address")]
    directory: Option<PathBuf>,
    #[command(flatten)]
    connect: Connect,
    /// Go on as the log grows. Events are always followed.
    #[arg(long)]
    follow: bool,
    /// Stop after so many events.
    #[arg(long, value_name = "COUNT", conflicts_with = "directory")]
    events: Option<u64>,
    /// One JSON object, at the end.
    #[arg(long)]
    json: bool,
}

/// How often a log is looked at for new records.
const LOOK: Duration = Duration::from_millis(200);
/// How often it is said that all is well.
const TOLD_EVERY: Duration = Duration::from_secs(10);

impl Audit {
    /// Does it.
    pub(crate) fn run(&self) -> anyhow::Result<ExitCode> {
        let directory = self.directory.clone().filter(|_| !self.connect.is_named());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let Some(directory) = directory else { return runtime.block_on(self.live()) };
        let mut watch = Data { directory }.open()?.watch()?;
        watch.catch_up()?;
        if self.follow {
            runtime.block_on(self.go_on(&mut watch))?;
        }
        self.tell(&watch.audited())
    }

    /// Goes on until a violation, or Ctrl-C.
    async fn go_on(&self, watch: &mut Watch) -> anyhow::Result<()> {
        let mut told = Instant::now();
        while watch.audited().violation.is_none() {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => break,
                () = tokio::time::sleep(LOOK) => {}
            }
            watch.catch_up()?;
            if told.elapsed() >= TOLD_EVERY {
                told = Instant::now();
                let Audited { from, to, violation } = watch.audited();
                if violation.is_none() {
                    eprintln!("records {from} to {to}: sound so far");
                }
            }
        }
        Ok(())
    }

    fn tell(&self, audited: &Audited) -> anyhow::Result<ExitCode> {
        let Audited { from, to, violation } = audited;
        let sound = violation.is_none();
        if self.json {
            print(&json(audited)?)?;
        } else if let Some(violation) = violation {
            print(&format!("{violation}\n"))?;
        } else if to < from {
            print("no records to audit\n")?;
        } else {
            print(&format!("records {from} to {to}: sound\n"))?;
        }
        Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
