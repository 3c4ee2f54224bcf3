//! The server as a whole: accepts, keeps time, stops in order.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use acd_core::Rejection;
use acd_log::LogError;
use acd_log::snapshots::Retention;
use acd_proto::{Address, ErrorBody, Kind, encode};
use tokio::sync::Notify;
use tokio::task::{JoinSet, LocalSet};

use crate::clock::Clock;
use crate::config::Config;
use crate::core::{Answer, Leftovers, NEVER, Shared, Witness};
use crate::durability::Durability;
use crate::limits::FLUSH;
use crate::listen::{Listener, Listeners};
use crate::session::{Common, Gate, Place, Session};
use crate::store::{self, Opened, StoreError};
use crate::tokens::{TokenError, Tokens};

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A TCP listener, and nobody has a token.
    #[error(
        "TCP always wants a token, and there is none{}; make one first: \
         acd token new --role frontend --name asterisk-1", of_file(.0.as_deref())
    )]
    NoTokens(Option<PathBuf>),
    /// The file of tokens cannot be used.
    #[error(transparent)]
    Tokens(#[from] TokenError),
    /// The engine refuses the definitions.
    #[error("the engine refuses the definitions: {0:?}")]
    Definitions(Rejection),
    /// The definitions leave out something that is in use.
    #[error("the configuration leaves out what the log still holds: {0}")]
    InUse(String),
    /// The log cannot be taken up.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log has stopped while the server ran.
    #[error("the server has stopped, because its log has: {0}")]
    LogStopped(LogError),
    /// The core that decided and the one that followed its log are not in the same state.
    #[error(
        "stopped in order, but at record {} the core that decided has state {:016x} and event {}, \
         and the one that did its log again {:016x} and {}. The log is whole, and a restart does \
         what the log says; keep a copy of it, and report this", .decided.record, .decided.hash,
        .decided.events, .followed.hash, .followed.events
    )]
    Diverged {
        /// What the one has come to.
        decided: Witness,
        /// What the other has come to.
        followed: Witness,
    },
    /// The system starts no thread.
    #[error("the system starts no thread: {0}")]
    Thread(io::Error),
    /// The directory for state cannot be used.
    #[error("cannot keep state in {}: {}", .0.display(), .1)]
    Data(PathBuf, io::Error),
    /// The audit cannot be written.
    #[error("cannot write the audit {}: {}", .0.display(), .1)]
    Audit(PathBuf, io::Error),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(getrandom::Error),
}

fn of_file(path: Option<&Path>) -> String {
    path.map_or_else(String::new, |path| format!(" in {}", path.display()))
}

/// What a server runs with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The configuration.
    pub config: Config,
    /// The file it came from, read again at `config.reload`.
    pub source: Option<PathBuf>,
    /// Where state is kept.
    pub data: Option<PathBuf>,
    /// What a reply means. Left out: [`Durability::Fsync`] where state is kept, else none.
    pub durability: Option<Durability>,
    /// Records between two snapshots, where not as many as is good.
    pub snapshot_every: Option<u64>,
    /// Bytes of the log's segment files, where not as many as is good.
    pub segment_bytes: Option<u64>,
    /// What becomes of segments that no kept snapshot needs.
    pub retention: Retention,
    /// The city's clock.
    pub clock: Clock,
    /// Notified to read the configuration again, as `config.reload` does.
    pub reload: Arc<Notify>,
}

impl From<Config> for Setup {
    /// In real time, keeping nothing.
    fn from(config: Config) -> Self {
        Self {
            config,
            source: None,
            data: None,
            durability: None,
            snapshot_every: None,
            segment_bytes: None,
            retention: Retention::default(),
            clock: Clock::real(),
            reload: Arc::default(),
        }
    }
}

impl Setup {
    /// What a reply to a request that changes something will mean.
    pub fn durability(&self) -> Durability {
        let default = if self.data.is_some() { Durability::Fsync } else { Durability::None };
        self.durability.unwrap_or(default)
    }

    /// Whether a server may listen at these addresses, before any of them is bound.
    pub fn check(&self, addresses: &[Address]) -> Result<(), RunError> {
        let has_tcp = addresses.iter().any(|address| matches!(address, Address::Tcp(_)));
        load_tokens(self.config.tokens.as_deref(), has_tcp).map(|_| ())
    }
}

/// Serves until `shutdown`, then says what it leaves.
///
/// Everything runs on the calling thread, in a tokio runtime with time and IO: a `current_thread`
/// one is best, and [`run_local`] in a `LocalRuntime` better. The future is not `Send`.
///
/// ```no_run
/// use acd_server::{Listeners, config::Config, run};
///
/// # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
/// let listeners = Listeners::bind(&["unix:/tmp/acd.sock".parse()?]).await?;
/// let left = run(Config::embedded(), listeners, std::future::pending()).await?;
/// println!("{} waiting", left.waiting);
/// # Ok(())
/// # }
/// ```
pub async fn run(
    setup: impl Into<Setup>,
    listeners: Listeners,
    shutdown: impl Future<Output = ()> + 'static,
) -> Result<Leftovers, RunError> {
    LocalSet::new().run_until(Box::pin(run_local(setup, listeners, shutdown))).await
}

/// As [`run`], in a [`LocalRuntime`](tokio::runtime::LocalRuntime): there a request wakes the task
/// of its connection and no other. Panics elsewhere, but within a [`LocalSet`].
pub async fn run_local(
    setup: impl Into<Setup>,
    listeners: Listeners,
    shutdown: impl Future<Output = ()> + 'static,
) -> Result<Leftovers, RunError> {
    let setup = setup.into();
    let tokens = load_tokens(setup.config.tokens.as_deref(), listeners.has_tcp())?;
    if let Some(data) = &setup.data {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data);
        made.map_err(|error| RunError::Data(data.clone(), error))?;
    }
    let moved = Arc::new(Notify::new());
    let Opened { core, snapshots, past } = store::open(&setup, &moved)?;
    let mut core = core;
    core.count_elsewhere().map_err(RunError::Thread)?;
    let core: Shared = Rc::new(RefCell::new(core));
    let common = Rc::new(Common::new(Rc::clone(&core), Gate::new(tokens), setup.source, past));
    let decided = Rc::clone(&core);
    // A task as the others are: what runs until the end would be polled with every request.
    let served = serve(common, core, listeners, setup.reload, moved, shutdown);
    let left = match tokio::task::spawn_local(served).await {
        Ok(left) => left?,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    };
    if let Some(snapshots) = snapshots {
        snapshots.compare(decided.borrow().witness())?;
    }
    Ok(left)
}

async fn serve(
    common: Rc<Common>,
    core: Shared,
    listeners: Listeners,
    reload: Arc<Notify>,
    log_moved: Arc<Notify>,
    shutdown: impl Future<Output = ()>,
) -> Result<Leftovers, RunError> {
    let mut tasks = JoinSet::new();
    tasks.spawn_local(keep_time(Rc::clone(&core)));
    tasks.spawn_local(reload_when_asked(Rc::clone(&common), reload));
    for listener in listeners.into_iter() {
        tasks.spawn_local(accept(Rc::clone(&common), listener));
    }
    tokio::select! {
        () = shutdown => {}
        error = release_when_durable(&core, &log_moved) => return Err(RunError::LogStopped(error)),
    }
    tasks.shutdown().await;
    let left = core.borrow_mut().stop();
    core.borrow_mut().close_log().map_err(RunError::LogStopped)?;
    common.close_all();
    let quiet = async {
        while !common.is_quiet() {
            common.session_ended().await;
        }
    };
    if tokio::time::timeout(FLUSH + Duration::from_millis(500), quiet).await.is_err() {
        tracing::warn!("some clients did not take their last bytes");
    }
    core.borrow_mut().close_audit();
    tracing::info!(
        waiting = left.waiting,
        connected = left.connected,
        offers = left.offers,
        "stopped; this is left"
    );
    Ok(left)
}

/// Lets go of what waits for the log, as it moves on. Ends where the log does: what waits then is
/// never said, since nobody knows whether it is kept.
async fn release_when_durable(core: &Shared, moved: &Notify) -> LogError {
    loop {
        let stopped = core.borrow_mut().log_moved();
        if let Some(error) = stopped {
            return error;
        }
        moved.notified().await;
    }
}

/// Tokens of the file; there must be some where strangers can connect.
fn load_tokens(path: Option<&Path>, has_tcp: bool) -> Result<Tokens, RunError> {
    let tokens = match path {
        Some(path) if has_tcp || path.exists() => match Tokens::load(path) {
            Err(TokenError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Err(RunError::NoTokens(Some(path.to_owned())));
            }
            loaded => loaded?,
        },
        _ => Tokens::default(),
    };
    if has_tcp && tokens.list().is_empty() {
        return Err(RunError::NoTokens(path.map(Path::to_owned)));
    }
    Ok(tokens)
}

/// Ticks when a deadline is due, and sleeps until the next.
async fn keep_time(core: Shared) {
    let clock = core.borrow().clock();
    loop {
        let next = core.borrow_mut().on_timer();
        let Some(due) = next else {
            tokio::task::yield_now().await;
            continue;
        };
        // Timers far ahead would overflow the runtime's; waking once an hour costs nothing.
        let most = Duration::from_hours(1);
        let mut sleep = pin!(tokio::time::sleep(clock.real_until(due).min(most)));
        let mut asleep = false;
        poll_fn(|cx| {
            let mut core = core.borrow_mut();
            // An earlier deadline has come up: the core has let go of the waker.
            if asleep && !core.is_timer_asleep() {
                return Poll::Ready(());
            }
            asleep = true;
            core.sleep_until(due, cx.waker().clone());
            drop(core);
            // While nothing is due the runtime has no timer to look at.
            if due == NEVER { Poll::Pending } else { sleep.as_mut().poll(cx) }
        })
        .await;
    }
}

/// Takes connections in, one task each.
async fn accept(common: Rc<Common>, listener: Listener) {
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, mostly: what is open must close first.
                tracing::error!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        match Place::take(&common, peer) {
            Ok(place) => {
                let session = Session::new(&common, stream, peer, place);
                tokio::task::spawn_local(session.run());
            }
            Err(error) => {
                tracing::warn!(
                    ?peer,
                    kind = error.data.kind.name(),
                    "a connection was turned away"
                );
                turn_away(stream, &error);
            }
        }
    }
}

/// Says why there is no place, as far as the socket takes it at once.
fn turn_away(mut stream: crate::session::Stream, error: &ErrorBody) {
    let mut line = Vec::from(crate::session::greeting());
    encode::error(&mut line, &acd_proto::call::Id::NULL, error);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let _ = stream.poll_write(&mut cx, &line);
}

async fn reload_when_asked(common: Rc<Common>, asked: Arc<Notify>) {
    loop {
        asked.notified().await;
        if let Err(error) = reload(&common).await {
            tracing::error!(kind = error.data.kind.name(), error.message, "nothing was reloaded");
        }
        common.core.borrow_mut().publish();
    }
}

/// Reads configuration and tokens again, off the core's thread, and applies them.
pub(crate) async fn reload(common: &Common) -> Answer {
    let Some(source) = common.source.clone() else {
        let message = "the server runs the embedded city: there is no file to read again";
        return Err(ErrorBody::new(Kind::WrongState, message));
    };
    let tokens = common.core.borrow().config().tokens.clone();
    let read = move || {
        let config = Config::load(&source).map_err(|error| error.to_string())?;
        let tokens = tokens.filter(|path| path.exists()).map(|path| Tokens::load(&path));
        let tokens = tokens.transpose().map_err(|error| error.to_string())?;
        Ok::<_, String>((config, tokens))
    };
    let read = tokio::task::spawn_blocking(read).await;
    let (config, tokens) = match read {
        Ok(Ok(read)) => read,
        Ok(Err(wrong)) => return Err(ErrorBody::new(Kind::BadParams, wrong)),
        Err(_) => return Err(ErrorBody::new(Kind::Internal, "the file could not be read")),
    };
    let reply = common.core.borrow_mut().reload(config)?;
    if let Some(tokens) = tokens {
        common.gate.set_tokens(tokens);
    }
    Ok(reply)
}
