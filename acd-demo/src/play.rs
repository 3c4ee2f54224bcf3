//! The day played through the socket: front ends and agents as ordinary clients of a server.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use acd_client::Client;
use acd_core::{AgentId, Nanos, Timestamp};
use acd_proto::request::TakeSnapshot;
use acd_proto::snapshot::Snapshot;
use acd_proto::{Address, Kind, Request, Role, id};
use acd_server::config::Config;
use acd_sim::{Actor, Source, World};
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

use crate::DemoError;
use crate::lockstep::world;
use crate::options::Options;
use crate::player::{Heard, Say, connect};
use crate::report::{Contacts, Measured, Report, contacts};
use crate::server::Server;
use crate::wire::{Wire, ext};

/// What the players heard and the play has not taken in; they wait with more.
const HEARD_MAX: usize = 4_096;
/// Heard things taken in before the next moves are made.
const HEARD_AT_ONCE: usize = 256;
/// How long the server may take to answer everything when the day is over.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// How often progress is told.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);
/// How long the play sleeps when nobody means to do anything.
const IDLE: Duration = Duration::from_secs(1);

/// How far the day has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Seconds since midnight of the first day.
    pub seconds: u64,
    /// Everybody who turned to the city.
    pub contacts: Contacts,
}

/// Who watches a play.
pub trait Watcher {
    /// The server listens there; the day begins.
    fn ready(&mut self, address: &Address);
    /// Comes once a second.
    fn progress(&mut self, progress: &Progress);
}

/// Plays the day on a server of its own until `options.length` is over or `stop` is, whichever is
/// first. Ends with an error where what the clients know is not what the server knows.
pub async fn play(
    options: &Options,
    config: &Config,
    watcher: &mut impl Watcher,
    stop: impl Future<Output = ()>,
) -> Result<Report, DemoError> {
    let mut server = Server::start(options, config).await?;
    watcher.ready(server.address());
    let mut day = Day::open(options, config, &server).await?;
    day.run(options.length, watcher, stop).await?;
    let report = day.close(options, config).await?;
    server.stop()?;
    Ok(report)
}

/// A day being played.
struct Day {
    world: World,
    wire: Wire,
    clock: CityClock,
    players: BTreeMap<Actor, mpsc::Sender<Say>>,
    heard: mpsc::Receiver<Heard>,
    /// Requests without an answer.
    unanswered: usize,
    /// A move for which its player has no room yet; the world waits with it.
    held: Option<(mpsc::Sender<Say>, Say)>,
    supervisor: Client,
}

impl Day {
    /// Connects everybody.
    async fn open(options: &Options, config: &Config, server: &Server) -> Result<Self, DemoError> {
        let midnight = Timestamp(server.start_time().0.saturating_sub(options.begins().0));
        let wire = Wire::new(&config.definitions, midnight);
        let address = server.address();
        let watcher = acd_client::Options::new(Role::Supervisor, "demo");
        let (supervisor, _) = Client::connect(address, &watcher).await?;
        let then = Timestamp((supervisor.hello().now * 1_000).saturating_sub(midnight.0));
        let clock = CityClock { then, since: Instant::now(), speed: options.speed };
        let (to_day, heard) = mpsc::channel(HEARD_MAX);
        let front_ends = Source::ALL.map(Actor::FrontEnd);
        let agents = (1..).take(config.agents.len()).map(|n| Actor::Agent(AgentId(n)));
        let mut players = BTreeMap::new();
        for who in front_ends.into_iter().chain(agents) {
            let name = match who {
                Actor::FrontEnd(source) => source.name(),
                Actor::Agent(agent) => wire.agent(agent),
            };
            players.insert(who, connect(address, who, name, to_day.clone()).await?);
        }
        let world = world(options, config);
        Ok(Self { world, wire, clock, players, heard, unanswered: 0, held: None, supervisor })
    }

    async fn run(
        &mut self,
        length: Option<Duration>,
        watcher: &mut impl Watcher,
        stop: impl Future<Output = ()>,
    ) -> Result<(), DemoError> {
        let mut stop = pin!(stop);
        let mut over = pin!(async {
            match length {
                Some(length) => tokio::time::sleep(length).await,
                None => std::future::pending().await,
            }
        });
        let mut progress = interval(PROGRESS_EVERY);
        progress.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            self.make_moves();
            let next = self.world.next_due().map(|due| self.clock.when(due));
            let next = next.unwrap_or_else(|| Instant::now() + IDLE);
            tokio::select! {
                biased;
                () = &mut stop => return Ok(()),
                () = &mut over => return Ok(()),
                _ = progress.tick() => watcher.progress(&self.progress()),
                heard = self.heard.recv() => self.take_in(heard)?,
                () = room(self.held.as_ref()), if self.held.is_some() => self.say_held(),
                () = sleep_until(next), if self.held.is_none() => {}
            }
        }
    }

    /// Makes every move that is due, as long as there is room for it.
    fn make_moves(&mut self) {
        let now = self.clock.now();
        while self.held.is_none()
            && let Some(next) = self.world.next_move(now)
        {
            let request = self.wire.request(now, &next);
            let player = self.players.get(&next.by).expect("everybody is connected");
            self.held = Some((player.clone(), Say::Move(Box::new(request), next.act)));
            self.unanswered += 1;
            self.say_held();
        }
    }

    /// Gives the move in hand to its player, if there is room for it.
    fn say_held(&mut self) {
        if let Some((player, say)) = self.held.take() {
            match player.try_send(say) {
                Err(TrySendError::Full(say)) => self.held = Some((player, say)),
                // A player that is gone has said why.
                Ok(()) | Err(TrySendError::Closed(_)) => {}
            }
        }
    }

    /// Takes in what was heard, and whatever else has been by now.
    fn take_in(&mut self, first: Option<Heard>) -> Result<(), DemoError> {
        let mut next = first;
        for _ in 0..HEARD_AT_ONCE {
            let Some(heard) = next else { break };
            self.hear(heard)?;
            next = self.heard.try_recv().ok();
        }
        if let Some(heard) = next { self.hear(heard) } else { Ok(()) }
    }

    fn hear(&mut self, heard: Heard) -> Result<(), DemoError> {
        match heard {
            Heard::Event(who, event) => {
                if let Some(seen) = self.wire.seen(who, &event) {
                    self.world.see(self.wire.at(&event), seen);
                }
            }
            Heard::Done => self.unanswered -= 1,
            Heard::Pong => {}
            Heard::Refused(act, kind) => {
                self.unanswered -= 1;
                if is_blunder(kind) {
                    return Err(DemoError::Refused(format!("{act:?}"), kind.name()));
                }
                self.world.refused(&act);
            }
            Heard::Lost(who, error) => return Err(DemoError::Lost(format!("{who:?}"), error)),
        }
        Ok(())
    }

    /// Waits until everything is answered, compares what the clients know with what the server
    /// knows, and reports.
    async fn close(mut self, options: &Options, config: &Config) -> Result<Report, DemoError> {
        let late = |_| DemoError::Mismatch("the server has not answered everything".into());
        timeout(ANSWERS_WITHIN, self.settle()).await.map_err(late)??;
        let snapshot = timeout(ANSWERS_WITHIN, self.listen_up_to_snapshot()).await;
        let snapshot = snapshot.map_err(late)??;
        let tally = self.world.tally();
        if !tally.adds_up() {
            return Err(DemoError::Mismatch("the counts do not add up".into()));
        }
        self.compare(&snapshot)?;
        let engine = snapshot.engine.unwrap_or_default();
        let measured = Measured {
            decision_ns: engine.decision_ns,
            request_to_event_us: engine.request_to_event_us,
            events: engine.events,
            decisions: None,
        };
        Ok(Report::new(options, config, &tally, &measured))
    }

    /// Waits until every request is answered.
    async fn settle(&mut self) -> Result<(), DemoError> {
        while self.unanswered > 0 {
            tokio::select! {
                heard = self.heard.recv() => self.take_in(heard)?,
                () = room(self.held.as_ref()), if self.held.is_some() => self.say_held(),
            }
        }
        Ok(())
    }

    /// Takes a snapshot, and hears every event that it includes and none after.
    async fn listen_up_to_snapshot(&mut self) -> Result<Snapshot, DemoError> {
        let request = TakeSnapshot { of: vec!["contacts".into(), "engine".into()] };
        let snapshot: Snapshot = self.supervisor.request(&Request::Snapshot(request)).await?;
        let players: Vec<_> = self.players.values().cloned().collect();
        let mut silent = players.len();
        let mut asked = players.into_iter();
        let mut next = asked.next();
        while silent > 0 {
            let heard = tokio::select! {
                heard = self.heard.recv() => heard,
                sent = ping(next.as_ref()), if next.is_some() => {
                    if sent {
                        next = asked.next();
                    }
                    continue;
                }
            };
            match heard {
                Some(Heard::Event(_, event)) if event.seq > snapshot.seq => {}
                Some(Heard::Pong) => silent -= 1,
                Some(heard) => self.hear(heard)?,
                None => return Err(DemoError::Died),
            }
        }
        Ok(snapshot)
    }

    /// Every contact that is not over is the same, in the same queue and state, on both sides.
    fn compare(&self, snapshot: &Snapshot) -> Result<(), DemoError> {
        let known = snapshot.contacts.iter().flatten().map(|row| {
            let what = format!("{} {} in {}", row.contact, row.state, row.queue);
            (row.ext.clone(), what)
        });
        let known: BTreeMap<_, _> = known.collect();
        let believed = self.world.live().map(|live| {
            let contact = live.contact.map_or_else(|| "unknown".into(), id::contact);
            let what =
                format!("{contact} {} in {}", live.phase.name(), self.wire.queue(live.queue));
            (ext(live.visit.visit), what)
        });
        let believed: BTreeMap<_, _> = believed.collect();
        let all = known.keys().chain(believed.keys());
        let differing = all.filter(|ext| known.get(*ext) != believed.get(*ext)).min();
        let Some(first) = differing else { return Ok(()) };
        let say = |what: Option<&String>| what.map_or_else(|| "nothing".into(), Clone::clone);
        let (server, clients) = (say(known.get(first)), say(believed.get(first)));
        Err(DemoError::Mismatch(format!(
            "{first}: the server knows {server}, its client {clients}"
        )))
    }

    fn progress(&self) -> Progress {
        let seconds = self.clock.now().0 / 1_000_000_000;
        Progress { seconds, contacts: contacts(&self.world.tally()) }
    }
}

/// The city's time from midnight, as a client knows it.
#[derive(Clone, Copy, Debug)]
struct CityClock {
    then: Timestamp,
    since: Instant,
    speed: u32,
}

impl CityClock {
    fn now(&self) -> Timestamp {
        let real = self.since.elapsed().as_nanos().saturating_mul(self.speed.into());
        self.then.after(Nanos(u64::try_from(real).unwrap_or(u64::MAX)))
    }

    /// When it will be this time.
    fn when(&self, time: Timestamp) -> Instant {
        let real = time.since(self.then).0.div_ceil(u64::from(self.speed.max(1)));
        self.since + Duration::from_nanos(real)
    }
}

/// Waits until a player has room for what is held.
async fn room(held: Option<&(mpsc::Sender<Say>, Say)>) {
    if let Some((player, _)) = held {
        // Where the player is gone there is nothing to wait for.
        drop(player.reserve().await);
    }
}

/// Asks a player whether it has heard everything; true once it is asked.
async fn ping(player: Option<&mpsc::Sender<Say>>) -> bool {
    match player {
        Some(player) => player.send(Say::Ping).await.is_ok(),
        None => false,
    }
}

/// Whether a refusal means that a player does not know the protocol, rather than that something
/// else happened first.
const fn is_blunder(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::BadFrame
            | Kind::BadJson
            | Kind::BadParams
            | Kind::UnknownMethod
            | Kind::UnknownContact
            | Kind::UnknownOffer
            | Kind::UnknownAgent
            | Kind::UnknownQueue
            | Kind::UnknownSkill
            | Kind::UnknownReason
            | Kind::UnknownDisposition
            | Kind::WrongAnswerer
            | Kind::ExtInUse
            | Kind::WrapUpMandatory
            | Kind::BadToken
            | Kind::HelloFirst
            | Kind::Internal
    )
}
