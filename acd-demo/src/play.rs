//! The day played through the socket: front ends and agents as ordinary clients of a server.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Duration;

use acd_client::{Backoff, Client};
use acd_core::AgentId;
use acd_proto::{Address, Kind, Role};
use acd_server::config::Config;
use acd_sim::{Act, Actor, DeskFact, Move, Seen, Source, World};
use serde_json::Value;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

use crate::DemoError;
use crate::clock::CityClock;
use crate::lockstep::world;
use crate::options::Options;
use crate::player::{Heard, Player, Say};
use crate::report::{Contacts, Measured, Report, contacts};
use crate::server::Server;
use crate::wire::Wire;

/// What the players heard and the play has not taken in; they wait with more.
const HEARD_MAX: usize = 4_096;
/// Heard things taken in before the next moves are made.
const HEARD_AT_ONCE: usize = 256;
/// How often progress is told.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);
/// How long the play sleeps when nobody means to do anything.
const IDLE: Duration = Duration::from_secs(1);
/// How soon a lost server is looked for again.
const BACKOFF: Backoff =
    Backoff { first: Duration::from_millis(100), most: Duration::from_secs(1) };

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
    /// The server is gone; the city's time stands still until it is back.
    fn lost(&mut self, _why: &DemoError) {}
    /// It is back.
    fn back(&mut self) {}
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
    let mut day = Day::new(options, config, server.address());
    day.connect().await?;
    day.run(pin!(until(options.length, stop)), watcher).await?;
    let report = day.close().await?;
    server.stop()?;
    Ok(report)
}

/// Plays the day on a server that runs already and knows the city's queues and agents. Where the
/// server goes away the day stands still, and goes on when it is back: with everybody, where the
/// server has kept them; else those who were in its hands hang up. At the end everybody leaves.
pub async fn join(
    options: &Options,
    config: &Config,
    address: &Address,
    watcher: &mut impl Watcher,
    stop: impl Future<Output = ()>,
) -> Result<Report, DemoError> {
    let mut until = pin!(until(options.length, stop));
    let mut day = Day::new(options, config, address);
    day.connect().await?;
    watcher.ready(address);
    loop {
        match day.run(until.as_mut(), watcher).await {
            Ok(()) => break,
            Err(error) if error.may_pass() => watcher.lost(&error),
            Err(error) => return Err(error),
        }
        tokio::select! {
            () = &mut until => return day.report(&Measured::default()),
            back = day.come_back() => back?,
        }
        watcher.back();
    }
    let report = day.close().await?;
    day.leave().await?;
    Ok(report)
}

/// Ends after so long, or when `stop` does.
async fn until(length: Option<Duration>, stop: impl Future<Output = ()>) {
    let over = async {
        match length {
            Some(length) => sleep(length).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = stop => {}
        () = over => {}
    }
}

/// A day being played.
pub(crate) struct Day<'a> {
    pub(crate) options: Options,
    pub(crate) config: &'a Config,
    address: &'a Address,
    pub(crate) world: World,
    pub(crate) wire: Wire,
    pub(crate) clock: CityClock,
    pub(crate) players: BTreeMap<Actor, Player>,
    pub(crate) heard: mpsc::Receiver<Heard>,
    /// A move for which its player has no room yet; the world waits with it.
    pub(crate) held: Option<(mpsc::Sender<Say>, Say)>,
    pub(crate) supervisor: Option<Client>,
    /// Whether the server has been away.
    is_back: bool,
}

impl<'a> Day<'a> {
    /// Nobody has come yet.
    fn new(options: &Options, config: &'a Config, address: &'a Address) -> Self {
        let wire = Wire::new(&config.definitions);
        let front_ends = Source::ALL.map(Actor::FrontEnd);
        let agents = (1..).take(config.agents.len()).map(|n| Actor::Agent(AgentId(n)));
        let everybody = front_ends.into_iter().chain(agents);
        let players = everybody.map(|who| (who, Player::new(who, name(&wire, who))));
        Self {
            players: players.collect(),
            options: options.clone(),
            config,
            address,
            world: world(options, config),
            wire,
            clock: CityClock::standing(options.begins()),
            heard: mpsc::channel(1).1,
            held: None,
            supervisor: None,
            is_back: false,
        }
    }

    /// Connects everybody, and sets the clock on from where it stands.
    async fn connect(&mut self) -> Result<(), DemoError> {
        let watcher = acd_client::Options::new(Role::Supervisor, "demo");
        let (supervisor, _) = Client::connect(self.address, &watcher).await?;
        let hello = supervisor.hello();
        let speed = *self.options.speed.get_or_insert(hello.speed);
        self.clock = CityClock::set(self.clock.now(), hello, speed);
        let (to_day, heard) = mpsc::channel(HEARD_MAX);
        self.heard = heard;
        self.supervisor = Some(supervisor);
        let at = self.clock.now();
        for (who, player) in &mut self.players {
            let entry = |why| DemoError::Entry(name(&self.wire, *who).to_owned(), why);
            let (client, events, goes_on) = player.connect(self.address).await.map_err(entry)?;
            if !goes_on {
                match *who {
                    Actor::FrontEnd(source) => {
                        self.world.cut_off(source);
                        player.unanswered.retain(|next| matches!(next.act, Act::Submit(_)));
                    }
                    Actor::Agent(agent) => {
                        player.unanswered.clear();
                        // The answer tells how the server knows the agent.
                        if self.world.is_signed_in(agent) {
                            let sign_in = Move { at, by: *who, act: Act::SignIn };
                            player.unanswered.push_back(sign_in);
                        }
                    }
                }
            }
            let again = player.unanswered.iter();
            let again = again.map(|next| self.wire.request(&self.clock, next)).collect();
            player.begin((client, events), again, to_day.clone());
        }
        Ok(())
    }

    /// Tries until everybody is connected again.
    async fn come_back(&mut self) -> Result<(), DemoError> {
        self.clock = CityClock::standing(self.clock.now());
        self.held = None;
        self.is_back = true;
        for tries in 1.. {
            self.players.values_mut().for_each(Player::leave);
            match self.connect().await {
                Ok(()) => break,
                Err(error) if error.may_pass() => sleep(BACKOFF.before(tries, 0)).await,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn run(
        &mut self,
        mut until: Pin<&mut impl Future<Output = ()>>,
        watcher: &mut impl Watcher,
    ) -> Result<(), DemoError> {
        let mut progress = interval(PROGRESS_EVERY);
        progress.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            self.make_moves();
            let next = self.world.next_due().map(|due| self.clock.when(due));
            let next = next.unwrap_or_else(|| Instant::now() + IDLE);
            tokio::select! {
                biased;
                () = &mut until => return Ok(()),
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
            self.say(next);
        }
    }

    /// Gives a move to its player; where that has no room it is held.
    pub(crate) fn say(&mut self, next: Move) {
        let request = self.wire.request(&self.clock, &next);
        let player = self.players.get_mut(&next.by).expect("everybody is known");
        player.unanswered.push_back(next);
        // A player that is gone has said why, and says it when it is back.
        self.held = player.to_say().map(|to| (to.clone(), Say::Move(Box::new(request))));
        self.say_held();
    }

    /// Gives the move in hand to its player, if there is room for it.
    pub(crate) fn say_held(&mut self) {
        if let Some((player, say)) = self.held.take() {
            match player.try_send(say) {
                Err(TrySendError::Full(say)) => self.held = Some((player, say)),
                Ok(()) | Err(TrySendError::Closed(_)) => {}
            }
        }
    }

    /// Takes in what was heard, and whatever else has been by now.
    pub(crate) fn take_in(&mut self, first: Option<Heard>) -> Result<(), DemoError> {
        let mut next = first;
        for _ in 0..HEARD_AT_ONCE {
            let Some(heard) = next else { break };
            self.hear(heard)?;
            next = self.heard.try_recv().ok();
        }
        if let Some(heard) = next { self.hear(heard) } else { Ok(()) }
    }

    pub(crate) fn hear(&mut self, heard: Heard) -> Result<(), DemoError> {
        match heard {
            Heard::Event(who, event) => {
                if let Some(player) = self.players.get_mut(&who) {
                    player.has_heard(&event);
                }
                if let Some(seen) = self.wire.seen(&self.clock, who, &event) {
                    self.world.see(self.clock.of_server(event.ts), seen);
                }
            }
            Heard::Done(who, result) => {
                let done = self.answered(who);
                if let (Actor::Agent(agent), Act::SignIn) = (who, done.act) {
                    self.see_presence(agent, &result);
                }
            }
            Heard::Pong => {}
            Heard::Refused(who, kind) => {
                let refused = self.answered(who);
                // What is said again after the server was away it may have heard before.
                if self.is_back && kind == Kind::ExtInUse {
                    return Ok(());
                }
                if is_blunder(kind) && !self.is_back {
                    return Err(DemoError::Refused(format!("{:?}", refused.act), kind.name()));
                }
                self.world.refused(&refused.act);
            }
            Heard::Lost(who, error) => {
                return Err(DemoError::Lost(name(&self.wire, who).to_owned(), error));
            }
        }
        Ok(())
    }

    /// The move that an answer is to.
    fn answered(&mut self, who: Actor) -> Move {
        let player = self.players.get_mut(&who).expect("everybody is known");
        player.unanswered.pop_front().expect("an answer is to a move")
    }

    /// Whoever signs in may be signed in already, and is told of nothing new.
    fn see_presence(&mut self, agent: AgentId, result: &Value) {
        if let Some(state) = result["state"].as_str() {
            let presence = self.wire.parse_presence(state, result["reason"].as_str());
            self.world.see(self.clock.now(), Seen::Desk(agent, DeskFact::Presence(presence)));
        }
    }

    fn progress(&self) -> Progress {
        let seconds = self.clock.now().0 / 1_000_000_000;
        Progress { seconds, contacts: contacts(&self.world.tally()) }
    }
}

/// Its name in `hello`.
fn name(wire: &Wire, who: Actor) -> &str {
    match who {
        Actor::FrontEnd(source) => source.name(),
        Actor::Agent(agent) => wire.agent(agent),
    }
}

/// Waits until a player has room for what is held.
pub(crate) async fn room(held: Option<&(mpsc::Sender<Say>, Say)>) {
    if let Some((player, _)) = held {
        // Where the player is gone there is nothing to wait for.
        drop(player.reserve().await);
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
