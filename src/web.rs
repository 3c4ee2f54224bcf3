//! `acd web`: HTTP at the edge; and the same beside `acd serve`, on a thread of its own.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::thread::JoinHandle;

use acd_client::address::{Address, read_token};
use acd_server::config::{Config, Open311};
use acd_web::{Front, Settings};
use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::options::Connect;

/// Answer HTTP beside a running server: metrics, health, residents' inquiries.
///
/// `acd serve --http ADDR:PORT` does the same in the server's process. On its own, it may run on
/// another machine, and be started and stopped while the server runs.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  acd web --listen 127.0.0.1:8311
  acd web --listen 127.0.0.1:8311 --config city.toml
  acd web --listen 0.0.0.0:8311 --connect tcp:10.0.0.5:4311 --token-file monitor.token
  curl -s http://127.0.0.1:8311/metrics
Paths: /metrics (OpenMetrics), /healthz (this process lives), /readyz (the server answers);
/v1/inquiries for residents (docs/WEB.md, /openapi.json), where the configuration has [web].
Exit codes: 0 stopped by a signal, 1 could not start, 2 wrong usage.")]
pub(crate) struct Web {
    #[command(flatten)]
    connect: Connect,
    /// The city's configuration, whose `[web]` opens the residents' door. Left out: it is closed.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A file of mode 0600 with the token of the front end `web`, for a server asked over TCP.
    #[arg(long, value_name = "FILE")]
    front_end_token_file: Option<PathBuf>,
    /// Where to answer HTTP.
    #[arg(long, value_name = "ADDR:PORT")]
    listen: SocketAddr,
}

impl Web {
    /// Answers until a signal.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        crate::serve::log(crate::serve::LogFormat::Text);
        let config = self.config.as_deref().map(Config::load).transpose()?;
        let token = self.front_end_token_file.as_deref().map(read_token).transpose();
        let settings = Settings {
            front: config.as_ref().and_then(front),
            front_end_token: token.context("reading the front end's token")?,
            monitor_token: self.connect.token()?,
            ..Settings::new(self.connect.address()?)
        };
        let edge = Edge::start(self.listen, settings)?;
        announce(edge.address());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut terminate = signal(SignalKind::terminate())?;
            let mut interrupt = signal(SignalKind::interrupt())?;
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            anyhow::Ok(())
        })?;
        edge.stop();
        Ok(())
    }
}

/// The edge on its thread.
pub(crate) struct Edge {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Edge {
    /// Listens there.
    pub(crate) fn start(address: SocketAddr, settings: Settings) -> anyhow::Result<Self> {
        let failed = || format!("cannot answer HTTP at {address}");
        let listener = TcpListener::bind(address).with_context(failed)?;
        listener.set_nonblocking(true).with_context(failed)?;
        let bound = listener.local_addr().with_context(failed)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("starting the edge's runtime")?;
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("acd-edge".to_owned()).spawn(move || {
            runtime.block_on(async move {
                match tokio::net::TcpListener::from_std(listener) {
                    Ok(listener) => {
                        let stopped = async { drop(stopped.await) };
                        acd_web::run(listener, settings, stopped).await;
                    }
                    Err(error) => tracing::error!(%error, "HTTP cannot be answered"),
                }
            });
        })?;
        Ok(Self { address: bound, stop, thread })
    }

    /// Where it answers.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets go of every connection.
    pub(crate) fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            tracing::error!("the edge ended badly");
        }
    }
}

/// The look-up of the city's requests, on a thread of its own.
pub(crate) struct Requests {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Requests {
    /// Looks up what contacts of the server at that address are about.
    pub(crate) fn start(core: Address, open311: &Open311) -> anyhow::Result<Self> {
        let settings = acd_web::open311::Settings {
            endpoint: open311.endpoint.clone(),
            jurisdiction: open311.jurisdiction.clone(),
            timeout: open311.timeout,
            keep: open311.keep,
            agencies: open311.agencies.clone(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("starting the runtime of the city's requests")?;
        let (stop, stopped) = oneshot::channel::<()>();
        let named = std::thread::Builder::new().name("acd-open311".to_owned());
        let thread = named.spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = acd_web::open311::run(core, None, settings) => {}
                    _ = stopped => {}
                }
            });
            // An answer that is still awaited concerns nobody any more.
            runtime.shutdown_background();
        })?;
        Ok(Self { stop, thread })
    }

    /// Looks up nothing more.
    pub(crate) fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            tracing::error!("the look-up of requests ended badly");
        }
    }
}

/// Says where HTTP is answered: who started it waits for this line.
pub(crate) fn announce(address: SocketAddr) {
    tracing::info!(%address, "answering HTTP");
    // A closed stdout is no reason to stop.
    let _ = writeln!(std::io::stdout(), "acd answers http at {address}");
}

/// What residents may do by this configuration; nothing where they may choose no queue.
pub(crate) fn front(config: &Config) -> Option<Front> {
    let title = |name: &String| {
        let known = config.queues.iter().find(|queue| queue.name == *name);
        (name.clone(), known.map_or_else(|| name.clone(), |queue| queue.title.clone()))
    };
    let web = &config.web;
    (!web.queues.is_empty()).then(|| Front {
        queues: web.queues.iter().map(title).collect(),
        origins: web.origins.clone(),
        inquiries_per_minute: web.inquiries_per_minute,
        behind_proxy: web.behind_proxy,
    })
}

/// The address at which the edge reaches the server that it is beside.
pub(crate) fn core_address(listening: &[Address]) -> anyhow::Result<Address> {
    let unix = listening.iter().find(|address| matches!(address, Address::Unix(_)));
    unix.cloned().context(
        "--http and [open311] want a Unix socket among the addresses listened at, over which they \
         ask; for HTTP, `acd web` does with a token",
    )
}
