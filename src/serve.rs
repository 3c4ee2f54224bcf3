//! `acd serve`: the server, until a signal stops it.

use std::io::Write as _;
use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;

use acd_client::address::{Address, default_address};
use acd_server::config::Config;
use acd_server::{Durability, Listeners, Retention, Setup, tokens};
use anyhow::Context;
use tokio::runtime::LocalOptions;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tracing_subscriber::EnvFilter;

use crate::web;

/// Records between two snapshots: a quarter of a second of reading, a day of a large centre.
const SNAPSHOT_EVERY: NonZeroU64 = NonZeroU64::new(250_000).expect("it is not 0");

/// Bytes of the log's files: as many, and within these limits.
const SEGMENT_BYTES: u64 = 64 << 20;
const SEGMENT_MIN: u64 = 1 << 20;
const SEGMENT_MAX: u64 = 1 << 30;

/// Run the server.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd serve
  acd serve --config city.toml --data /var/lib/acd
  acd serve --data /var/lib/acd --durability async
  acd serve --listen unix:/run/acd/acd.sock --listen tcp:127.0.0.1:4311
  acd serve --http 127.0.0.1:8311
Signals: TERM and INT stop it in order, HUP reads the configuration again.
Exit codes: 0 stopped by a signal, 1 could not start or the log failed, 2 wrong usage.
Durability: docs/DURABILITY.md.")]
pub(crate) struct Serve {
    /// Where to listen: unix:PATH or tcp:ADDR:PORT; may be given several times. Left out: where
    /// the configuration says, else `$ACD_SOCKET`, else `$XDG_RUNTIME_DIR/acd.sock`.
    #[arg(long, value_name = "ADDRESS")]
    listen: Vec<Address>,
    /// The configuration. Left out: the demo city (see `acd config show`).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the log is kept, from which everything comes back after a restart; it is made where
    /// it is missing. Left out: nothing survives.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// What a reply to a request that changes something means: fsync, it is on the disk; async, on
    /// its way there; none, in memory only. Left out: fsync with --data, else none.
    #[arg(long, value_name = "WHEN")]
    durability: Option<Durability>,
    /// A snapshot is written after so many records, and every ten minutes: what a restart reads
    /// besides.
    #[arg(long, value_name = "RECORDS", default_value_t = SNAPSHOT_EVERY, hide_short_help = true)]
    snapshot_every: NonZeroU64,
    /// The log's files have so many bytes each; two of them are always there. The least, a MiB,
    /// holds a configuration of some thousand agents.
    #[arg(long, value_name = "BYTES", default_value_t = SEGMENT_BYTES, hide_short_help = true,
        value_parser = clap::value_parser!(u64).range(SEGMENT_MIN..=SEGMENT_MAX))]
    segment_bytes: u64,
    /// What becomes of log files that no snapshot needs any more: delete them, or archive them, in
    /// the data's directory `archive`, where `acd trace` and `acd replay` find them.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = OldLog::Delete)]
    old_log: OldLog,
    /// Where to answer HTTP, on a thread of its own: /metrics, /healthz, /readyz, and the
    /// residents' door where the configuration has [web]. Left out: nowhere.
    #[arg(long, value_name = "ADDR:PORT")]
    http: Option<SocketAddr>,
    /// How the log is written to stderr; what of it, `$ACD_LOG` says: `info`, `acd_server=debug`.
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

/// What becomes of old log files.
#[derive(clap::ValueEnum, Clone, Copy)]
pub(crate) enum OldLog {
    /// They are deleted.
    Delete,
    /// They are kept aside.
    Archive,
}

impl From<OldLog> for Retention {
    fn from(old: OldLog) -> Self {
        match old {
            OldLog::Delete => Self::Delete,
            OldLog::Archive => Self::Archive,
        }
    }
}

/// How log lines look.
#[derive(clap::ValueEnum, Clone, Copy)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Serve {
    /// Serves until a signal.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        log(self.log_format);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build_local(LocalOptions::default())
            .context("starting the runtime")?;
        let done = runtime.block_on(self.serve());
        // A hash still being verified need not be waited for.
        runtime.shutdown_background();
        done
    }

    async fn serve(self) -> anyhow::Result<()> {
        let mut config = match &self.config {
            Some(file) => Config::load(file)?,
            None => Config::embedded(),
        };
        if config.tokens.is_none() {
            config.tokens = tokens::default_file().ok();
        }
        let addresses = self.addresses(&config)?;
        let (front, open311) = (web::front(&config), config.open311.clone());
        let reload = Arc::new(Notify::new());
        let setup = Setup {
            source: self.config,
            data: self.data,
            durability: self.durability,
            snapshot_every: Some(self.snapshot_every.get()),
            segment_bytes: Some(self.segment_bytes),
            retention: self.old_log.into(),
            reload: Arc::clone(&reload),
            ..Setup::from(config)
        };
        setup.check(&addresses)?;
        let durable = setup.durability();
        anyhow::ensure!(
            durable == Durability::None || setup.data.is_some(),
            "--durability {durable} needs --data DIR: there is nowhere to keep anything"
        );
        if durable == Durability::None {
            tracing::warn!(
                "nothing is kept: what is accepted is lost when this stops (see --data)"
            );
        }
        let listeners = Listeners::bind(&addresses).await?;
        let shutdown = signals(reload)?;
        let listening = listeners.addresses();
        let edge = match self.http {
            Some(http) => {
                let core = web::core_address(&listening)?;
                let settings = acd_web::Settings { front, ..acd_web::Settings::new(core) };
                Some(web::Edge::start(http, settings)?)
            }
            None => None,
        };
        let requests = match &open311 {
            Some(open311) => Some(web::Requests::start(web::core_address(&listening)?, open311)?),
            None => None,
        };
        // Polled from when the log is read, and clients are answered.
        let http = edge.as_ref().map(web::Edge::address);
        let until_stopped = async move {
            for address in &listening {
                tracing::info!(%address, "listening");
                // Who started it waits for this line; a closed stdout is no reason to stop.
                let _ = writeln!(std::io::stdout(), "acd listens at {address}");
            }
            if let Some(http) = http {
                web::announce(http);
            }
            ready();
            shutdown.await;
        };
        let done = acd_server::run_local(setup, listeners, until_stopped).await;
        if let Some(requests) = requests {
            requests.stop();
        }
        if let Some(edge) = edge {
            edge.stop();
        }
        done?;
        Ok(())
    }

    fn addresses(&self, config: &Config) -> anyhow::Result<Vec<Address>> {
        if !self.listen.is_empty() {
            return Ok(self.listen.clone());
        }
        if !config.listen.is_empty() {
            return Ok(config.listen.clone());
        }
        Ok(vec![default_address().context("no address named by --listen")?])
    }
}

/// Tells systemd, where it started this (`Type=notify`), that clients may come: they are answered
/// once the log is read.
fn ready() {
    if let Err(error) = sd_notify::notify(true, &[sd_notify::NotifyState::Ready]) {
        tracing::warn!(%error, "systemd could not be told");
    }
}

/// Writes the log of this process to stderr.
pub(crate) fn log(format: LogFormat) {
    let asked = EnvFilter::try_from_env("ACD_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let what = VERBATIM.into_iter().filter_map(|target| format!("{target}=info").parse().ok());
    let what = what.fold(asked, EnvFilter::add_directive);
    let log = tracing_subscriber::fmt().with_env_filter(what).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.with_ansi(false).init(),
        LogFormat::Json => log.json().init(),
    }
}

/// Libraries that log what they carry, word by word, when asked for every detail: what people say
/// and tokens are in it.
const VERBATIM: [&str; 4] = ["tungstenite", "tokio_tungstenite", "hyper", "hyper_util"];

/// Ends when the server shall stop; passes on each wish to read the configuration again.
fn signals(reload: Arc<Notify>) -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => break tracing::info!("stopping: SIGTERM"),
                _ = interrupt.recv() => break tracing::info!("stopping: SIGINT"),
                _ = hang_up.recv() => reload.notify_one(),
            }
        }
    })
}
