//! Random runs: definitions and commands of every kind, the same for the same seed.
//!
//! A command's arguments are mostly drawn to be meaningful (a live contact in a fitting state), so
//! that a run gets deep; the rest are wrong in every way the engine can refuse. Every world has
//! its own weights, so that some transfer a lot, others lose their front ends, and so on.

mod contacts;
mod corrupt;
mod coverage;
mod staff;
mod worlds;

pub use coverage::Coverage;

use acd_core::{Command, FrontEndId, State, Timestamp, limits};

use crate::random::Random;

/// A source of commands for one world.
#[derive(Clone, Debug)]
pub struct Generator {
    random: Random,
    weights: Vec<(u64, Kind)>,
    /// What a world begins with: its definitions and front ends.
    opening: Vec<Command>,
    contacts_max: usize,
    /// In how many of 100 cases time passes before a command.
    pace: u64,
    /// How long things take in this world, mostly.
    lengths: worlds::Lengths,
    /// Whether contacts are handed on until their chains are as long as may be.
    relays: bool,
}

/// What to do next, before arguments are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Submit,
    Abandon,
    End,
    Requeue,
    Hold,
    Unhold,
    Transfer,
    Move,
    Callback,
    CallbackFailed,
    Prioritise,
    OfferTo,
    OfferRinging,
    Answer,
    OfferFailed,
    SignIn,
    SignOut,
    Ready,
    NotReady,
    AgentLost,
    SetSkills,
    SkillFor,
    SetCapacity,
    WrapDone,
    WrapExtend,
    OpenQueue,
    CloseQueue,
    Configure,
    FrontEndLost,
    FrontEndBack,
    Resume,
    Seed,
    Tick,
}

/// How often each kind is drawn in an ordinary world.
const WEIGHTS: [(u64, Kind); 33] = [
    (90, Kind::Submit),
    (12, Kind::Abandon),
    (40, Kind::End),
    (8, Kind::Requeue),
    (5, Kind::Hold),
    (5, Kind::Unhold),
    (24, Kind::Transfer),
    (8, Kind::Move),
    (10, Kind::Callback),
    (14, Kind::CallbackFailed),
    (8, Kind::Prioritise),
    (10, Kind::OfferTo),
    (6, Kind::OfferRinging),
    (90, Kind::Answer),
    (24, Kind::OfferFailed),
    (24, Kind::SignIn),
    (5, Kind::SignOut),
    (60, Kind::Ready),
    (8, Kind::NotReady),
    (4, Kind::AgentLost),
    (8, Kind::SetSkills),
    (6, Kind::SkillFor),
    (6, Kind::SetCapacity),
    (24, Kind::WrapDone),
    (8, Kind::WrapExtend),
    (10, Kind::OpenQueue),
    (4, Kind::CloseQueue),
    (6, Kind::Configure),
    (4, Kind::FrontEndLost),
    (10, Kind::FrontEndBack),
    (1, Kind::Resume),
    (1, Kind::Seed),
    (6, Kind::Tick),
];

impl Generator {
    /// A world of that seed.
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let lengths = worlds::Lengths::of(&mut random);
        let definitions = worlds::definitions(&mut random, lengths, &[], &[]);
        let mut opening = vec![Command::Configure(Box::new(definitions))];
        for number in 1..=random.within(1, 3) as u32 {
            opening.push(Command::FrontEndBack { front_end: FrontEndId(number) });
        }
        opening.reverse();
        let mut weights = WEIGHTS.to_vec();
        for (weight, kind) in &mut weights {
            // Without contacts and agents that take them there is no world.
            let vital = matches!(kind, Kind::Submit | Kind::Answer | Kind::SignIn | Kind::Ready);
            *weight *= random.within(if vital { 2 } else { 0 }, 4);
        }
        // And one kind of command is what this world does all day.
        let favourite = random.below(weights.len() as u64) as usize;
        weights[favourite].0 += 60;
        let relays = random.chance(8);
        if relays {
            weights.push((400, Kind::Transfer));
        }
        let contacts_max = random.within(4, 40) as usize;
        let pace = random.within(5, 45);
        Self { random, weights, opening, contacts_max, pace, lengths, relays }
    }

    /// The next command and its time, for a world in that state.
    pub fn next(&mut self, state: &State, deadline: Option<Timestamp>) -> (Timestamp, Command) {
        if let Some(command) = self.opening.pop() {
            return (Timestamp(0), command);
        }
        let now = self.time(state.now, deadline);
        if deadline.is_some_and(|due| due <= now) && self.random.chance(80) {
            return (now, Command::Tick);
        }
        if state.contacts.len() >= self.contacts_max {
            let kind = if self.random.chance(50) { Kind::End } else { Kind::Abandon };
            return (now, self.command(kind, state, now).unwrap_or(Command::Tick));
        }
        loop {
            let kind = self.kind();
            if let Some(command) = self.command(kind, state, now) {
                return (now, command);
            }
        }
    }

    /// Mostly this instant again, often exactly the deadline, sometimes beyond it or wrong.
    fn time(&mut self, now: Timestamp, deadline: Option<Timestamp>) -> Timestamp {
        let random = &mut self.random;
        if random.below(200) == 0 {
            let wrong = [
                now.0.saturating_sub(random.within(1, 2_000_000_000)),
                limits::TIME_MAX + random.within(1, 3),
            ];
            return Timestamp(*random.pick(&wrong).unwrap_or(&now.0));
        }
        if !random.chance(self.pace) {
            return now;
        }
        match random.below(100) {
            0..=2 => Timestamp(now.0 + random.within(20, 4_000) * 1_000_000_000),
            3..=9 => Timestamp(now.0 + random.within(1, 999)),
            10..=49 => Timestamp(now.0 + random.within(1, 4) * 1_000_000_000),
            _ => deadline.unwrap_or(now).max(now),
        }
    }

    fn kind(&mut self) -> Kind {
        let total: u64 = self.weights.iter().map(|(weight, _)| weight).sum();
        let mut drawn = self.random.below(total.max(1));
        for (weight, kind) in &self.weights {
            match drawn.checked_sub(*weight) {
                Some(left) => drawn = left,
                None => return *kind,
            }
        }
        Kind::Submit
    }

    /// A command of that kind; none when nothing in the state fits it.
    fn command(&mut self, kind: Kind, state: &State, now: Timestamp) -> Option<Command> {
        match kind {
            Kind::Tick => Some(Command::Tick),
            Kind::Resume => Some(Command::Resume),
            Kind::Seed => Some(Command::Seed { seed: self.random.below(u64::MAX) }),
            Kind::Submit
            | Kind::Abandon
            | Kind::End
            | Kind::Requeue
            | Kind::Hold
            | Kind::Unhold
            | Kind::Transfer
            | Kind::Move
            | Kind::Callback
            | Kind::CallbackFailed
            | Kind::Prioritise
            | Kind::OfferTo => self.contact_command(kind, state, now),
            _ => self.staff_command(kind, state),
        }
    }
}
