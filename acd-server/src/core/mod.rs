//! The core: the engine, what the server knows besides it, and who is connected. One thread owns
//! it; it never waits for anything.

mod acquaintances;
mod agent_requests;
mod audience;
mod audit;
mod beside;
mod chat;
mod chat_requests;
mod commit;
mod connection;
mod contact_requests;
mod contacts;
mod counted;
pub(crate) mod counting;
mod desks;
mod directory;
mod dispatch;
mod fanout;
mod fold;
mod fold_offer;
mod front_ends;
mod hello;
mod hold;
mod hot;
mod hours;
mod idem;
mod journal;
mod kept;
mod lost;
mod metrics;
mod names;
mod offer_requests;
pub(crate) mod plain;
mod preview;
mod query;
mod reconcile;
mod reload;
mod replay;
mod reply;
mod rerun;
mod ring;
mod side;
mod snapshot;
mod statistics;
mod subscribe;
mod supervise;
#[cfg(test)]
mod tests;
mod timers;
mod transfer;
mod why;
mod words;

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use acd_core::{AgentId, Command, ContactId, Effects, Engine, Nanos, Timestamp};
use acd_log::LogError;

use self::acquaintances::Acquaintances;
use self::contacts::{Contacts, Newcomer};
use self::desks::Desks;
use self::front_ends::{FrontEnds, WIDGETS};
use self::idem::Idempotency;
use self::journal::Journal;
use self::metrics::Metrics;
use self::names::Names;
use self::ring::Ring;
use self::side::Side;
use self::statistics::Statistics;
use self::timers::Timers;
use crate::clock::Clock;
use crate::config::Config;
use crate::durability::Durability;
use crate::run::RunError;

pub use self::beside::beside;
pub(crate) use self::connection::ConnectionId;
pub(crate) use self::fanout::{bye, notification};
pub(crate) use self::hello::Identity;
pub use self::journal::Sink;
pub use self::kept::KeptError;
pub use self::replay::ReplayError;
pub(crate) use self::reply::{Answer, Json, Reply};

/// When what never happens is due.
pub(crate) const NEVER: Timestamp = Timestamp(u64::MAX);

/// The core as the tasks of its thread share it. Never borrowed across an await.
pub(crate) type Shared = Rc<RefCell<Core>>;

/// Everything that decisions and their telling need.
#[derive(Debug)]
pub(crate) struct Core {
    engine: Engine,
    clock: Clock,
    /// The city's time of the command in hand; it never falls.
    now: Timestamp,
    config: Config,
    epoch: Arc<str>,

    names: Names,
    contacts: Contacts,
    desks: Desks,
    front_ends: FrontEnds,
    connections: connection::Connections,
    statistics: Statistics,
    idem: Idempotency,
    acquaintances: Acquaintances,
    timers: Timers,
    audit: audit::Audit,
    metrics: Metrics,
    ring: Ring,
    journal: Journal,
    durability: Durability,
    /// Who waits for the log.
    holding: hold::Holding,

    /// Effects of the command in hand; kept for its allocation.
    effects: Effects,
    /// Room for the lines of the event in hand.
    lines: fanout::Lines,
    /// Who enters by the command in hand.
    newcomer: Option<Newcomer>,
    /// Who entered last.
    entered: Option<ContactId>,
    /// Where the transfer in hand goes.
    transfer_to: Option<Arc<str>>,
    just_ended: Vec<ContactId>,
    just_connected: Vec<ContactId>,
    touched_agents: Vec<AgentId>,
    /// When the requests of the turn in hand were read.
    turn_read_at: Option<Instant>,
    /// How many of them there were before the one in hand.
    turn_requests: u32,
    /// Whether the command in hand is measured.
    is_measured: bool,
    /// When the clock was read last, until a decision counts from it.
    looked_at: Option<Instant>,
    /// When the last decision was made.
    decided_at: Option<Instant>,
    /// When the request in hand was read.
    read_at: Option<Instant>,
    /// The task that sleeps until the next deadline, and what it sleeps for.
    timer: Option<(Waker, Timestamp)>,
    /// The server stops: closed connections are no longer losses.
    stopping: bool,
}

/// Where a core stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Witness {
    /// After this record.
    pub record: u64,
    /// The hash of its engine's state.
    pub hash: u64,
    /// The number of its newest event.
    pub events: u64,
}

/// What a server leaves when it stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// Contacts before their answer: waiting, scheduled, offered.
    pub waiting: usize,
    /// Contacts connected or parked.
    pub connected: usize,
    /// Live offers.
    pub offers: usize,
}

impl Core {
    /// A core with this configuration, in which nothing has happened yet. `data` is where the
    /// audit is kept, if anywhere.
    pub(crate) fn new(config: Config, clock: Clock, data: Option<&Path>) -> Result<Self, RunError> {
        let audit = audit::Audit::open(data)?;
        Ok(Self {
            engine: Engine::new(0),
            clock,
            now: Timestamp(0),
            epoch: "".into(),
            names: Names::default(),
            contacts: Contacts::default(),
            desks: Desks::default(),
            front_ends: FrontEnds::default(),
            connections: connection::Connections::default(),
            statistics: Statistics::new(&config.city.time_zone),
            idem: Idempotency::new(nanos(config.idem_keep)),
            acquaintances: Acquaintances::default(),
            timers: Timers::default(),
            audit,
            metrics: Metrics::new(),
            ring: Ring::new(config.limits.event_ring_entries, config.limits.event_ring_bytes),
            journal: Journal::default(),
            durability: Durability::None,
            holding: hold::Holding::default(),
            effects: Effects::new(),
            lines: fanout::Lines::default(),
            newcomer: None,
            entered: None,
            transfer_to: None,
            just_ended: Vec::new(),
            just_connected: Vec::new(),
            touched_agents: Vec::new(),
            turn_read_at: None,
            turn_requests: 0,
            is_measured: true,
            looked_at: None,
            decided_at: None,
            read_at: None,
            timer: None,
            stopping: false,
            config,
        })
    }

    /// Writes down from now on what happens.
    pub(crate) fn keep_in(&mut self, sink: Box<dyn Sink>, durability: Durability) {
        self.journal.begin_with(sink, durability == Durability::Fsync);
        self.durability = durability;
    }

    /// The beginning of a log, or of a run without one.
    pub(crate) fn begin(&mut self) -> Result<(), RunError> {
        self.now = self.clock.now();
        let (seed, began) = (self.config.seed, Side::Began { epoch: new_epoch()? });
        self.apply(Command::Seed { seed }, Some(began)).map_err(RunError::Definitions)?;
        self.configure_if_changed()?;
        self.widgets_appear()?;
        self.follow_hours();
        self.publish();
        Ok(())
    }

    /// The configuration in force.
    pub(crate) const fn config(&self) -> &Config {
        &self.config
    }

    /// The city's clock.
    pub(crate) const fn clock(&self) -> Clock {
        self.clock
    }

    /// From now on it is as late as this clock says.
    #[cfg(test)]
    pub(crate) const fn set_clock(&mut self, clock: Clock) {
        self.clock = clock;
    }

    /// What would be left if the server stopped now.
    fn leftovers(&self) -> Leftovers {
        let mut left = Leftovers { offers: self.desks.offers().count(), ..Leftovers::default() };
        for (_, contact) in self.contacts.iter() {
            if contact.connected_at.is_some() {
                left.connected += 1;
            } else {
                left.waiting += 1;
            }
        }
        left
    }

    /// Closed connections are no losses any more; what is left.
    pub(crate) fn stop(&mut self) -> Leftovers {
        self.advance();
        self.stopping = true;
        self.leftovers()
    }

    /// Waits until everything is on the disk, and lets go of what waited for that.
    pub(crate) fn close_log(&mut self) -> Result<(), LogError> {
        let closed = self.journal.end();
        self.release();
        closed
    }

    /// Waits until the audit is on the disk.
    pub(crate) fn close_audit(&mut self) {
        self.audit.close();
    }

    /// The log's watermark has moved, or the log has stopped: why.
    pub(crate) fn log_moved(&mut self) -> Option<LogError> {
        self.journal.flush();
        self.release();
        self.journal.stopped()
    }

    /// What whoever follows the log must come to. It costs as much as a snapshot.
    pub(crate) fn witness(&self) -> Witness {
        Witness { record: self.journal.last(), hash: self.state_hash(), events: self.ring.newest() }
    }

    /// The hash of the engine's state.
    pub(crate) fn state_hash(&self) -> u64 {
        self.engine.state_hash()
    }

    /// Measures from now on.
    pub(crate) fn measure_anew(&mut self) {
        self.metrics = Metrics::new();
    }

    /// Whether the timer sleeps, and nothing has come up before it would wake.
    pub(crate) const fn is_timer_asleep(&self) -> bool {
        self.timer.is_some()
    }

    /// Sets whom to wake when a deadline comes earlier than `due`.
    pub(crate) fn sleep_until(&mut self, due: Timestamp, waker: Waker) {
        self.timer = Some((waker, due));
    }

    /// Wakes the timer where something is due before it would wake.
    fn wake_timer(&mut self) {
        let next = self.next_deadline();
        if let Some((waker, _)) = self.timer.take_if(|(_, due)| next < *due) {
            waker.wake();
        }
    }
}

/// The id of a new log, sorted by time.
fn new_epoch() -> Result<Arc<str>, RunError> {
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(RunError::Random)?;
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let ms = since.unwrap_or_default().as_millis() as u64 & 0xffff_ffff_ffff;
    let tail = u64::from_be_bytes([
        0, 0, random[4], random[5], random[6], random[7], random[8], random[9],
    ]);
    // A UUID of version 7 (RFC 9562): 48 bits of time, then chance.
    Ok(format!(
        "{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}",
        ms >> 16,
        ms & 0xffff,
        u16::from_be_bytes([random[0], random[1]]) & 0xfff,
        u16::from_be_bytes([random[2], random[3]]) & 0x3fff | 0x8000,
        tail,
    )
    .into())
}

/// A length of time as the engine counts it.
fn nanos(length: Duration) -> Nanos {
    Nanos(u64::try_from(length.as_nanos()).unwrap_or(u64::MAX))
}
