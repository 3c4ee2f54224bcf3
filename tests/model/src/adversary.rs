//! The worst that a centre can do to an engine: skills that one agent has, requirements by the
//! thousand, agents who are all different, and everybody doing the same thing at once.
//!
//! Unlike [`Generator`](crate::generate::Generator) it reads no state but learns from effects, so
//! that a million contacts can wait; most of its commands are accepted.

mod definitions;
mod large;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use acd_core::{
    AgentId, Channel, Command, ContactId, Effect, EndCause, FailCause, FrontEndId, Nanos, Need,
    OfferId, Party, QueueId, SkillId, Submit, Timestamp, WaitingOnClose,
};

use crate::lockstep::{Failure, Lockstep, TimedCommand};
use crate::random::Random;
use crate::side::Side;
pub use large::Large;

/// How large it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Agents, all different.
    pub agents: u32,
    /// Skills; some are one agent's alone.
    pub skills: u32,
    /// Queues; with their steps and what contacts need they make the distinct requirements.
    pub queues: u32,
    /// Contacts that wait at most.
    pub waiting: usize,
    /// Skills that contacts need, of which each needs at most so many, from level 1 to a level.
    pub needs: (u32, u64, u64),
    /// Channels that contacts come by, from the first on.
    pub channels: usize,
}

impl Size {
    /// Small enough to compare everything after every command.
    pub const SMALL: Self =
        Self { agents: 24, skills: 12, queues: 8, waiting: 30, needs: (12, 2, 3), channels: 6 };
    /// A million wait, with 3,960 distinct requirements, of which 2,000 or more at a time.
    pub const LARGE: Self = Self {
        agents: 10_000,
        skills: 400,
        queues: 220,
        waiting: 1_000_000,
        needs: (2, 1, 1),
        channels: 2,
    };
    /// More distinct requirements than matching keeps lists for.
    pub const UNLISTED: Self =
        Self { queues: 700, needs: (400, 2, 3), channels: 6, waiting: 100_000, ..Self::LARGE };
}

/// What everybody does at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Agents sign in and are ready, one after the other.
    Login,
    /// Contacts come, whatever they need.
    Flood,
    /// Contacts leave.
    Abandon,
    /// Time passes until contacts are satisfied with less, all of one instant at once.
    Relax,
    /// Skills come and go, for a time too.
    Skills,
    /// Offers are answered and refused; conversations end, break off and are wrapped up.
    Work,
    /// Agents are not ready, sign out or are lost.
    Logout,
    /// Contacts change their priority and queue.
    Reorder,
    /// Front ends are lost and come back; queues close and open.
    Doors,
    /// Everything is defined anew.
    Configure,
}

/// A source of the worst commands.
#[derive(Clone, Debug)]
pub struct Adversary {
    size: Size,
    random: Random,
    now: Timestamp,
    phase: Phase,
    /// Commands left of the phase.
    left: usize,
    next: VecDeque<Command>,
    agent: u32,
    /// How often each phase came.
    pub phases: BTreeMap<Phase, u64>,
    waiting: BTreeSet<ContactId>,
    offers: BTreeMap<OfferId, (ContactId, AgentId)>,
    connected: BTreeSet<ContactId>,
    wrap_ups: BTreeSet<(ContactId, AgentId)>,
}

const FRONT_ENDS: u32 = 3;

/// Holds two sides against each other, after every command, under the adversary's commands.
///
/// # Errors
/// The first difference or broken invariant, with everything that led to it.
pub fn run<A: Side, B: Side>(
    seed: u64,
    commands: usize,
    size: Size,
    (tested, model): (A, B),
) -> Result<(Adversary, Lockstep<A, B>), Box<Failure>> {
    let mut adversary = Adversary::new(seed, size);
    let mut lockstep = Lockstep::new(tested, model);
    let mut applied = Vec::new();
    for _ in 0..commands {
        let (now, command) = adversary.next(lockstep.model.next_deadline());
        applied.push((now, command.clone()));
        match lockstep.apply(now, &command) {
            Ok(Ok(effects)) => adversary.follow(&effects),
            Ok(Err(_refused)) => {}
            Err(what) => return Err(Box::new(Failure { seed, commands: applied, what })),
        }
    }
    Ok((adversary, lockstep))
}

impl Adversary {
    /// One of that size; the same for the same seed.
    pub fn new(seed: u64, size: Size) -> Self {
        let mut random = Random::new(seed);
        let definitions = definitions::of(&mut random, size);
        let mut next = VecDeque::from([Command::Configure(Box::new(definitions))]);
        next.extend((1..=FRONT_ENDS).map(|it| Command::FrontEndBack { front_end: FrontEndId(it) }));
        Self {
            size,
            random,
            now: Timestamp(0),
            phase: Phase::Flood,
            left: size.waiting,
            next,
            agent: 0,
            phases: BTreeMap::new(),
            waiting: BTreeSet::new(),
            offers: BTreeMap::new(),
            connected: BTreeSet::new(),
            wrap_ups: BTreeSet::new(),
        }
    }

    /// Contacts that wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// What everybody does now.
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// The next command and its time.
    pub fn next(&mut self, deadline: Option<Timestamp>) -> TimedCommand {
        if deadline.is_some_and(|due| due <= self.now) {
            return (self.now, Command::Tick);
        }
        if let Some(command) = self.next.pop_front() {
            return (self.now, command);
        }
        loop {
            if self.left == 0 {
                self.turn();
            }
            self.left -= 1;
            if self.phase == Phase::Relax {
                // Exactly when the first is due, and all of its instant.
                self.now = deadline.unwrap_or(self.now).max(self.now);
                return (self.now, Command::Tick);
            }
            if self.random.chance(10) {
                let later = self.now.after(Nanos(self.random.below(3) * 500_000));
                self.now = deadline.map_or(later, |due| later.min(due));
                if deadline == Some(self.now) {
                    return (self.now, Command::Tick);
                }
            }
            match self.command() {
                Some(command) => return (self.now, command),
                None => self.left = 0,
            }
        }
    }

    /// Learns what an accepted command did.
    pub fn follow(&mut self, effects: &[Effect]) {
        for effect in effects {
            match *effect {
                Effect::Queued { contact, .. } | Effect::Requeued { contact, .. } => {
                    self.connected.remove(&contact);
                    self.waiting.insert(contact);
                }
                Effect::Offered { contact, offer, agent, .. } => {
                    self.waiting.remove(&contact);
                    self.offers.insert(offer, (contact, agent));
                }
                Effect::OfferFailed { offer, .. } => {
                    self.offers.remove(&offer);
                }
                Effect::OfferRevoked { offer, contact, .. } => {
                    self.offers.remove(&offer);
                    self.waiting.insert(contact);
                }
                Effect::Connected { contact, offer, .. } => {
                    self.waiting.remove(&contact);
                    self.connected.insert(contact);
                    if let Some(offer) = offer {
                        self.offers.remove(&offer);
                    }
                }
                Effect::Ended { contact, .. } => {
                    self.waiting.remove(&contact);
                    self.connected.remove(&contact);
                }
                Effect::WrapUp { contact, agent, .. } => {
                    self.wrap_ups.insert((contact, agent));
                }
                Effect::WrapUpOver { contact, agent, .. } => {
                    self.wrap_ups.remove(&(contact, agent));
                }
                _ => {}
            }
        }
    }

    /// Begins another phase.
    fn turn(&mut self) {
        const PHASES: [Phase; 12] = [
            Phase::Login,
            Phase::Login,
            Phase::Flood,
            Phase::Flood,
            Phase::Abandon,
            Phase::Relax,
            Phase::Skills,
            Phase::Work,
            Phase::Work,
            Phase::Logout,
            Phase::Reorder,
            Phase::Doors,
        ];
        let agents = self.size.agents as usize;
        let rare = self.random.below(40) == 0;
        let drawn = *self.random.pick(&PHASES).expect("there are phases");
        self.phase = if rare { Phase::Configure } else { drawn };
        *self.phases.entry(self.phase).or_default() += 1;
        let most = match self.phase {
            Phase::Login | Phase::Work | Phase::Logout | Phase::Skills => agents,
            Phase::Flood => self.size.waiting.saturating_sub(self.waiting.len()),
            Phase::Abandon => self.waiting.len() / 2,
            Phase::Reorder => self.waiting.len() / 8,
            Phase::Relax => self.size.waiting / 64,
            Phase::Doors => 4,
            Phase::Configure => 1,
        };
        self.left = self.random.within(1, most.max(1) as u64) as usize;
    }

    fn command(&mut self) -> Option<Command> {
        match self.phase {
            Phase::Login => {
                let agent = self.next_agent();
                self.next.push_back(Command::Ready { agent });
                Some(Command::SignIn { agent, capacity: None })
            }
            Phase::Flood if self.waiting.len() >= self.size.waiting => None,
            Phase::Flood => Some(Command::Submit(self.submission())),
            Phase::Abandon => Some(Command::Abandon { contact: self.some_waiting()? }),
            Phase::Relax => Some(Command::Tick),
            Phase::Skills => Some(self.skills()),
            Phase::Work => self.work(),
            Phase::Logout => {
                let agent = self.next_agent();
                Some(match self.random.below(4) {
                    0 => Command::SignOut { agent },
                    1 => Command::AgentLost { agent },
                    _ => Command::NotReady { agent, reason: None },
                })
            }
            Phase::Reorder => {
                let contact = self.some_waiting()?;
                Some(match self.random.below(2) {
                    0 => Command::Prioritise { contact, prio: self.random.below(10) as u8 },
                    _ => Command::Move { contact, queue: self.queue() },
                })
            }
            Phase::Doors => Some(self.door()),
            Phase::Configure => {
                let definitions = definitions::of(&mut self.random, self.size);
                Some(Command::Configure(Box::new(definitions)))
            }
        }
    }

    fn submission(&mut self) -> Submit {
        let random = &mut self.random;
        let mut needs: Vec<Need> = Vec::new();
        let (skills, count, level) = self.size.needs;
        for _ in 0..random.within(0, count) {
            let skill = SkillId(random.within(1, u64::from(skills)) as u32);
            if needs.iter().all(|need| need.skill != skill) {
                needs.push(Need { skill, level: random.within(1, level) as u8 });
            }
        }
        let mut prefer: Vec<AgentId> = Vec::new();
        if random.chance(5) {
            prefer.push(AgentId(random.within(1, u64::from(self.size.agents)) as u32));
        }
        // Voice, chat, callback, and so on: the first two are of different kinds.
        let mut channels = Channel::ALL;
        channels.swap(1, 3);
        let channel = *random.pick(&channels[..self.size.channels]).expect("there are channels");
        Submit {
            front_end: FrontEndId(random.within(1, u64::from(FRONT_ENDS)) as u32),
            channel: if random.chance(60) { Channel::Voice } else { channel },
            queue: QueueId(random.within(1, u64::from(self.size.queues)) as u32),
            prio: if random.chance(80) { 5 } else { random.below(10) as u8 },
            needs,
            prefer,
            prefer_for: None,
            age: Nanos(if random.chance(20) { random.below(90) * 1_000_000_000 } else { 0 }),
        }
    }

    fn skills(&mut self) -> Command {
        let agent = self.next_agent();
        let random = &mut self.random;
        let skill = SkillId(random.within(1, u64::from(self.size.skills)) as u32);
        let set = vec![Need { skill, level: random.within(1, 10) as u8 }];
        match random.below(4) {
            0 => Command::SkillFor { agent, set, length: Nanos::from_secs(1) },
            1 => Command::SetSkills { agent, set: Vec::new(), unset: vec![skill] },
            2 => {
                let set = vec![(Channel::ALL[random.below(6) as usize], random.below(4) as u8)];
                Command::SetCapacity { agent, set }
            }
            _ => Command::SetSkills { agent, set, unset: Vec::new() },
        }
    }

    fn work(&mut self) -> Option<Command> {
        let first = self.random.below(4);
        (0..4).find_map(|turn| match (first + turn) % 4 {
            0 => {
                let (&offer, _) = self.offers.first_key_value()?;
                Some(if self.random.chance(70) {
                    Command::Answer { offer }
                } else {
                    let causes = [FailCause::Rejected, FailCause::Busy, FailCause::NoAnswer];
                    let cause = *self.random.pick(&causes).expect("there are causes");
                    Command::OfferFailed { offer, cause }
                })
            }
            1 => {
                let contact = *self.connected.first()?;
                Some(Command::End { contact, cause: EndCause::Hangup, by: Party::Caller })
            }
            2 => Some(Command::Requeue { contact: *self.connected.last()? }),
            _ => {
                let &(contact, agent) = self.wrap_ups.first()?;
                Some(Command::WrapDone { agent, contact })
            }
        })
    }

    fn door(&mut self) -> Command {
        let front_end = FrontEndId(self.random.within(1, u64::from(FRONT_ENDS)) as u32);
        let queue = self.queue();
        match self.random.below(6) {
            0 => Command::FrontEndLost { front_end },
            1 | 2 => Command::FrontEndBack { front_end },
            3 => Command::CloseQueue { queue, waiting: WaitingOnClose::Keep },
            _ => Command::OpenQueue { queue },
        }
    }

    fn queue(&mut self) -> QueueId {
        QueueId(self.random.within(1, u64::from(self.size.queues)) as u32)
    }

    fn next_agent(&mut self) -> AgentId {
        self.agent = self.agent % self.size.agents + 1;
        AgentId(self.agent)
    }

    /// Any contact that waits.
    fn some_waiting(&mut self) -> Option<ContactId> {
        let (first, last) = (self.waiting.first()?.0, self.waiting.last()?.0);
        let from = ContactId(self.random.within(first, last));
        self.waiting.range(from..).next().copied()
    }
}
