//! One kind of command many times, in a function that callgrind can tell from the rest.
//!
//! Every kind first brings a centre into the state it needs; only `region` is counted.

use acd_core::{AgentId, Command, Engine, Nanos, Strategy};

use crate::Alone;
use crate::centre::{Centre, Side};
use crate::scene::{Scene, Signatures};

/// The function whose instructions callgrind collects, as `--toggle-collect` takes it.
pub const REGION: &str = "*counted*region*";
/// Those of matching alone: everything that a bench asks of it.
pub const MATCHING: [&str; 3] = [
    "*MatchingAlone::contact_comes*",
    "*MatchingAlone::agent_is_free*",
    "*MatchingAlone::agent_goes*",
];

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A contact comes and must wait.
    Wait,
    /// An agent becomes available and gets the best contact.
    Available,
    /// A contact comes and gets the best agent.
    Match,
    /// An agent becomes available and nobody waits.
    Idle,
    /// As `Match`, with few sets of skills among the agents, by level.
    MatchShared,
    /// The whole life of a contact, with few sets of skills.
    Life,
    /// Contacts that wait are satisfied with less, many in one instant.
    Relax,
}

/// How large the centre is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Small enough for a test.
    Small,
    /// The table's: 10,000 agents who each fit 38 of 500 queues.
    City,
}

impl Kind {
    /// Every kind, in the order in which they are told.
    pub const ALL: [Self; 7] = [
        Self::Wait,
        Self::Available,
        Self::Match,
        Self::Idle,
        Self::MatchShared,
        Self::Life,
        Self::Relax,
    ];

    /// Kinds whose matching alone is counted too.
    pub const MATCHED: [Self; 4] = [Self::Wait, Self::Available, Self::Match, Self::Idle];

    /// Its name on the command line and in the baseline.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Available => "available",
            Self::Match => "match",
            Self::Idle => "idle",
            Self::MatchShared => "match-shared",
            Self::Life => "life",
            Self::Relax => "relax",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    fn scene(self, size: Size) -> Scene {
        let scene = match size {
            Size::Small => Scene { agents: 400, classes: 100, fits: 20, ..Scene::CITY },
            Size::City => Scene::CITY,
        };
        let waiting = if size == Size::Small { 1_000 } else { 20_000 };
        let shared = Signatures::Shared(if size == Size::Small { 20 } else { 200 });
        let by_level = Scene { signatures: shared, strategy: Strategy::BestSkill, ..scene };
        match self {
            Self::Wait | Self::Available => Scene { waiting, ..scene },
            Self::Match | Self::Idle => scene,
            Self::MatchShared => by_level,
            Self::Life => Scene { whole_life: true, ..by_level },
            Self::Relax => {
                Scene { waiting, relax_after: Nanos::from_secs(3_600), pace: Nanos(0), ..scene }
            }
        }
    }
}

/// What is played while it is counted.
#[derive(Debug)]
enum Play {
    Commands(Vec<Command>),
    Cycles(usize),
    Ticks,
}

/// A centre in which one kind of command is about to be played.
#[derive(Debug)]
pub struct Prepared<S> {
    /// The centre.
    pub centre: Centre<S>,
    play: Play,
}

impl Prepared<Engine> {
    /// Brings a centre into the state that the kind needs, and one that it has been in before.
    pub fn new(kind: Kind, size: Size) -> Self {
        Self::on(kind, size, Engine::new(1), |centre, many| rehearse(kind, centre, many))
    }
}

impl Prepared<Alone> {
    /// Brings matching alone into the state that the kind needs.
    pub fn alone(kind: Kind, size: Size) -> Self {
        Self::on(kind, size, Alone::default(), |_, _| {})
    }
}

impl<S: Side> Prepared<S> {
    fn on(kind: Kind, size: Size, of: S, before: impl FnOnce(&mut Centre<S>, usize)) -> Self {
        let scene = kind.scene(size);
        let mut centre = Centre::new(scene, of);
        let many = scene.agents as usize / 4;
        for _ in 0..4 * many {
            centre.cycle();
        }
        before(&mut centre, many);
        let play = match kind {
            Kind::Wait => Play::Commands((0..many).map(|_| centre.submission()).collect()),
            Kind::Match | Kind::MatchShared => {
                Play::Commands((0..many).map(|_| centre.submission()).collect())
            }
            Kind::Available => Play::Commands(not_ready(&mut centre, many)),
            Kind::Idle => {
                for _ in centre.talking()..many {
                    centre.submit();
                    centre.answer_all();
                }
                Play::Commands(not_ready(&mut centre, many))
            }
            Kind::Life => Play::Cycles(many),
            Kind::Relax => {
                centre.wait(Nanos::from_secs(3_600));
                Play::Ticks
            }
        };
        Self { centre, play }
    }

    /// Plays the commands; says how many there were. For relaxation, how many contacts there were.
    pub fn run(mut self) -> (u64, Centre<S>) {
        let before = self.centre.commands;
        let relaxes = matches!(self.play, Play::Ticks);
        let waiting = self.centre.waiting();
        region(&mut self.centre, self.play);
        let commands = self.centre.commands - before;
        (if relaxes { waiting } else { commands }, self.centre)
    }
}

/// Lets as many contacts wait, offers be open and agents be free as there will be when it is
/// counted, and goes back: whatever grows with the size of a centre has grown then, and what is
/// counted is a centre that has been as busy before.
fn rehearse(kind: Kind, centre: &mut Centre<Engine>, many: usize) {
    match kind {
        Kind::Wait => {
            for _ in 0..many {
                centre.submit();
            }
            centre.abandon_last(many as u64);
        }
        Kind::Match | Kind::MatchShared => {
            for _ in 0..many {
                centre.submit();
            }
            centre.answer_all();
            for _ in 0..many {
                centre.end_oldest();
            }
        }
        Kind::Available => {
            for command in not_ready(centre, many) {
                centre.apply(command);
            }
            centre.answer_all();
        }
        Kind::Relax => {
            centre.wait(Nanos::from_secs(3_600));
            centre.tick_all();
        }
        Kind::Idle | Kind::Life => {}
    }
}

/// Commands that make as many agents ready, who are not.
fn not_ready<S: Side>(centre: &mut Centre<S>, count: usize) -> Vec<Command> {
    let agents: Vec<AgentId> = (0..count).map_while(|_| centre.end_oldest_not_ready()).collect();
    assert_eq!(agents.len(), count, "so many talked");
    agents.into_iter().map(|agent| Command::Ready { agent }).collect()
}

/// What is counted: nothing but this.
#[inline(never)]
fn region<S: Side>(centre: &mut Centre<S>, play: Play) {
    match play {
        Play::Commands(commands) => {
            for command in commands {
                centre.apply(command);
            }
        }
        Play::Cycles(count) => {
            for _ in 0..count {
                centre.cycle();
            }
        }
        Play::Ticks => centre.tick_all(),
    }
}
