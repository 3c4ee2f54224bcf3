//! `acd bench`: load for a server, and what its socket costs beside others'.

use std::fs::File;
use std::io::{BufWriter, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use acd_client::address::{self, Address};
use acd_load::{
    Encoding, Exe, Handoff, Idle, Load, LoadError, Mix, Peer, Progress, Residents, Restart, Trips,
};
use anyhow::Context as _;
use serde::Serialize;

use crate::options::fail;
use crate::output::print;

/// Put load on a server, or measure what its socket costs beside others'.
#[derive(clap::Subcommand)]
pub(crate) enum Bench {
    /// Send requests at a planned rate, whether or not they are answered; latency counts from
    /// the planned time.
    Load(LoadArgs),
    /// Round trips and pipelines of a server beside a bare echo, on one core.
    Echo(EchoArgs),
    /// Round trips of a server that logs without waiting beside one that does not log, on one core.
    Kept(KeptArgs),
    /// From an agent's last word with one contact to the offer of the next.
    Handoff(HandoffArgs),
    /// What a server costs with many agents signed in and nothing to do.
    Idle(IdleArgs),
    /// A server killed with very many waiting: how soon it decides again, and what writing
    /// snapshots of them costs.
    Restart(RestartArgs),
    /// What residents' open pages cost the core and the edge.
    Residents(ResidentsArgs),
    /// The bare echo that `acd bench echo` starts.
    #[command(hide = true)]
    EchoServer {
        /// Where to listen: unix:PATH or tcp:ADDR:PORT.
        #[arg(long)]
        listen: Address,
    },
}

/// How requests are written.
#[derive(clap::ValueEnum, Clone, Copy)]
enum Written {
    /// One JSON object a line.
    Json,
    /// Binary frames.
    Bin1,
}

impl From<Written> for Encoding {
    fn from(written: Written) -> Self {
        match written {
            Written::Json => Self::Json,
            Written::Bin1 => Self::Bin1,
        }
    }
}

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd bench load
  acd bench load --rate 20000 --clients 16 --agents 500 --seconds 30
  acd bench load --mix ping=1 --rate 50000 --encoding json --json
  acd bench load --socket /run/acd/acd.sock --rate 100 --hdr load.hdr
Without --socket or --address a server is started for the run, and stopped after it.
Exit codes: 0 all was answered, 1 something was refused or not answered, 2 wrong usage,
3 no server there, 4 connection lost.")]
pub(crate) struct LoadArgs {
    /// Requests that begin something, a second, all clients together.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// Front ends that connect.
    #[arg(long, default_value_t = 4)]
    clients: usize,
    /// Agents that sign in, and are ready.
    #[arg(long, default_value_t = 100)]
    agents: usize,
    /// What is begun, by weight: call (offered, answered, ended), abandon, ping.
    #[arg(long, default_value_t = Mix::default())]
    mix: Mix,
    /// How long requests are sent.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// How long a call talks.
    #[arg(long, value_name = "MS", default_value_t = 20)]
    talk_ms: u64,
    /// How requests are written.
    #[arg(long, value_enum, default_value = "bin1")]
    encoding: Written,
    /// The Unix socket of a server that runs.
    #[arg(long, value_name = "PATH", conflicts_with = "address")]
    socket: Option<PathBuf>,
    /// The address of a server that runs: unix:PATH or tcp:ADDR:PORT.
    #[arg(long)]
    address: Option<Address>,
    /// A file of mode 0600 with the token of the front end `load-0`; TCP takes one client then.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Write the latencies as a log that hdrhistogram's tools read.
    #[arg(long, value_name = "FILE")]
    hdr: Option<PathBuf>,
    /// End with one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd bench echo
  acd bench echo --depth 16,64,512 --peers
  acd bench echo --rounds 15 --json
The server, the echo, the peers and the asking client run on one core, and take turns.
Exit codes: 0 measured, 1 could not be, 2 wrong usage.")]
pub(crate) struct EchoArgs {
    /// Rounds in which everybody has a turn.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Round trips of one turn.
    #[arg(long, default_value_t = 2_000)]
    trips: usize,
    /// Requests on their way at once, in pipelines.
    #[arg(long, value_delimiter = ',')]
    depth: Vec<usize>,
    /// Also redis-server and nats-server; as root they are installed where they are missing.
    #[arg(long)]
    peers: bool,
    /// The core that everything runs on; left out: the last.
    #[arg(long)]
    core: Option<usize>,
    /// End with one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd bench kept
  acd bench kept --rounds 15 --json
Exit codes: 0 measured, 1 could not be, 2 wrong usage.")]
pub(crate) struct KeptArgs {
    /// Rounds, in each of which both have two turns.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Round trips of one turn.
    #[arg(long, default_value_t = 5_000)]
    trips: usize,
    /// End with one JSON object.
    #[arg(long)]
    json: bool,
}

impl KeptArgs {
    fn run(self) -> anyhow::Result<ExitCode> {
        let (rounds, trips) = (self.rounds, self.trips);
        let trips = Trips { rounds, trips, ..Trips::new(Exe::own()?) };
        show(self.json, &trips.run_kept()?)?;
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd bench handoff
  acd bench handoff --durability none,async,fsync --count 5000 --json
Exit codes: 0 measured, 1 could not be, 2 wrong usage.")]
pub(crate) struct HandoffArgs {
    /// Agents, all of them busy.
    #[arg(long, default_value_t = 50)]
    agents: usize,
    /// Contacts that wait.
    #[arg(long, default_value_t = 100)]
    waiting: usize,
    /// Hand-offs measured, in each mode and way.
    #[arg(long, default_value_t = 2_000)]
    count: usize,
    /// What the server is started with, one server each.
    #[arg(long, value_delimiter = ',', value_name = "MODE")]
    durability: Vec<String>,
    /// How requests are written.
    #[arg(long, value_enum, default_value = "bin1")]
    encoding: Written,
    /// End with one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd bench idle
  acd bench idle --watch-hz 10
Exit codes: 0 measured, 1 could not be, 2 wrong usage.")]
pub(crate) struct IdleArgs {
    /// Agents signed in and ready.
    #[arg(long, default_value_t = 10_000)]
    agents: usize,
    /// How long is looked.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Snapshots a second of one who watches as `acd top` does.
    #[arg(long, default_value_t = 0)]
    watch_hz: u32,
    /// End with one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd bench restart
  acd bench restart --waiting 100000 --json
Exit codes: 0 measured, 1 could not be, 2 wrong usage.")]
pub(crate) struct RestartArgs {
    /// Contacts that wait.
    #[arg(long, default_value_t = 1_000_000)]
    waiting: usize,
    /// Hand-offs of a turn, of which there are four each way.
    #[arg(long, default_value_t = 5_000)]
    count: usize,
    /// End with one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd bench residents
  acd bench residents --widgets 1000 --turns 10 --json
A server with the widgets and one without take turns, two turns a pair; the other stands still
meanwhile. Each widget takes two descriptors (ulimit -n).
Exit codes: 0 measured, 1 could not be, 2 wrong usage.")]
pub(crate) struct ResidentsArgs {
    /// Chats that wait, their widgets open or not.
    #[arg(long, default_value_t = 10_000)]
    widgets: usize,
    /// Turns without widgets, and as many with them.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    turns: u16,
    /// Hand-offs of a turn.
    #[arg(long, default_value_t = 2_000)]
    count: usize,
    /// Another build of the command, for the server; the edge is always this one.
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,
    /// End with one JSON object.
    #[arg(long)]
    json: bool,
}

impl ResidentsArgs {
    fn run(self) -> anyhow::Result<ExitCode> {
        let mut residents = Residents::new(Exe::own()?);
        residents.widgets = self.widgets;
        residents.turns = self.turns.into();
        residents.count = self.count;
        if let Some(path) = self.server {
            residents.exe = Exe::at(path);
        }
        show(self.json, &residents.run()?)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl RestartArgs {
    fn run(self) -> anyhow::Result<ExitCode> {
        let restart =
            Restart { waiting: self.waiting, count: self.count, ..Restart::new(Exe::own()?) };
        show(self.json, &restart.run()?)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Bench {
    /// Does it.
    pub(crate) fn run(self) -> ExitCode {
        let done = match self {
            Self::Load(load) => load.run(),
            Self::Echo(echo) => echo.run(),
            Self::Kept(kept) => kept.run(),
            Self::Handoff(handoff) => handoff.run(),
            Self::Idle(idle) => idle.run(),
            Self::Restart(restart) => restart.run(),
            Self::Residents(residents) => residents.run(),
            Self::EchoServer { listen } => echo_server(&listen),
        };
        match done {
            Ok(code) => code,
            Err(error) => match error.downcast_ref::<LoadError>() {
                Some(LoadError::Connect(..)) => with_code(&error, 3),
                Some(LoadError::Lost(_)) => with_code(&error, 4),
                Some(LoadError::Wrong(_)) => with_code(&error, 2),
                _ => fail(&error),
            },
        }
    }
}

fn with_code(error: &anyhow::Error, code: u8) -> ExitCode {
    fail(error);
    code.into()
}

/// As one JSON object, or for people.
fn show(json: bool, report: &(impl Serialize + std::fmt::Display)) -> anyhow::Result<()> {
    let text = if json { serde_json::to_string(report)? + "\n" } else { report.to_string() };
    Ok(print(&text)?)
}

impl LoadArgs {
    fn run(self) -> anyhow::Result<ExitCode> {
        let token = self
            .token_file
            .as_ref()
            .map(|file| address::read_token(file).with_context(|| file.display().to_string()));
        let load = Load {
            address: self.address.or(self.socket.map(Address::Unix)),
            token: token.transpose()?,
            clients: self.clients,
            agents: self.agents,
            rate: self.rate,
            mix: self.mix,
            talk: Duration::from_millis(self.talk_ms),
            length: Duration::from_secs(self.seconds),
            encoding: self.encoding.into(),
            ..Load::new(Exe::own()?)
        };
        let shows = std::io::stderr().is_terminal();
        let report = load.run(|Progress { elapsed, sent, on_their_way }| {
            if shows {
                let seconds = elapsed.as_secs();
                eprint!("\r{seconds:4} s  {sent} begun, {on_their_way} on their way  ");
            }
        })?;
        if shows {
            eprintln!();
        }
        if let Some(file) = &self.hdr {
            let written = File::create(file).and_then(|file| {
                let mut out = BufWriter::new(file);
                report.write_log(&mut out)?;
                out.flush()
            });
            written.with_context(|| file.display().to_string())?;
        }
        show(self.json, &report)?;
        Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl EchoArgs {
    fn run(self) -> anyhow::Result<ExitCode> {
        let peers = if self.peers { Peer::ALL.to_vec() } else { Vec::new() };
        for peer in &peers {
            peer.install()?;
        }
        let trips = Trips {
            rounds: self.rounds,
            trips: self.trips,
            depths: self.depth,
            peers,
            core: self.core,
            ..Trips::new(Exe::own()?)
        };
        show(self.json, &trips.run()?)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl HandoffArgs {
    fn run(self) -> anyhow::Result<ExitCode> {
        let handoff = Handoff {
            agents: self.agents,
            waiting: self.waiting,
            count: self.count,
            durabilities: self.durability,
            encoding: self.encoding.into(),
            ..Handoff::new(Exe::own()?)
        };
        show(self.json, &handoff.run()?)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl IdleArgs {
    fn run(self) -> anyhow::Result<ExitCode> {
        let idle = Idle {
            agents: self.agents,
            length: Duration::from_secs(self.seconds),
            watch_hz: self.watch_hz,
            ..Idle::new(Exe::own()?)
        };
        show(self.json, &idle.run()?)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn echo_server(listen: &Address) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let said = |at: Address| {
        // Who started it waits for this line.
        let _ = writeln!(std::io::stdout(), "echo listens at {at}");
    };
    runtime.block_on(acd_load::echo::serve(listen, said))?;
    Ok(ExitCode::SUCCESS)
}
