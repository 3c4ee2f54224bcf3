//! The naive peer: a linear scan over agents, or over contacts that wait, for every decision.
//!
//! It decides by the same rules as the engine, as far as the benches go: one channel, one
//! contact an agent, the strategies `longest_idle` and `best_skill`, steps, no needs, preferences
//! or priorities. It is not slow on purpose: who fits what is worked out once, as one bit an agent
//! and requirement, and everything a scan reads lies in one array.

use std::collections::BTreeMap;

use acd_core::{
    AgentId, Command, ContactId, Definitions, Effect, Effects, OfferId, QueueId, Strategy,
    Timestamp, limits,
};

use crate::centre::Side;

/// An agent as a scan sees it.
#[derive(Clone, Copy, Debug, Default)]
struct Seat {
    /// 0 unless an offer may be made to it.
    idle_number: u64,
    not_ready: bool,
    busy: bool,
    /// Becomes not ready with the end of its contact.
    pending: bool,
}

/// A contact as a scan sees it.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    /// Deadline and entry number: the order of rule 6 where all have one priority.
    key: (u64, u64),
    /// What it asks for: its queue's requirement at its step.
    class: u32,
    step: u8,
    queue: QueueId,
    contact: ContactId,
    /// When it relaxes next.
    relaxes: Option<u64>,
}

/// What the scan needs of a queue.
#[derive(Debug)]
struct Policy {
    strategy: Strategy,
    objective: u64,
    wraps_up: bool,
    /// The class of the first step; those of later steps follow.
    class: u32,
    /// When each step begins.
    steps: Vec<u64>,
}

/// A requirement: alternatives of (skill, level).
type Class = Vec<Vec<(usize, u8)>>;

/// The naive peer.
#[derive(Debug, Default)]
pub struct Naive {
    seats: Vec<Seat>,
    /// How many seats may be made an offer.
    free: usize,
    /// One bit for each agent and class: whether the agent satisfies it.
    fits: Vec<u64>,
    /// Words of `fits` an agent.
    words: usize,
    /// Level of each agent in each skill.
    levels: Vec<u8>,
    skills: usize,
    classes: Vec<Class>,
    queues: Vec<Policy>,
    waiting: Vec<Waiting>,
    /// By contact: to whom it went, and its queue.
    takers: Vec<(AgentId, QueueId)>,
    idle_numbers: u64,
    contacts: u64,
    offers_made: u64,
    /// Not after the first relaxation due; none where no contact relaxes.
    next_relaxation: Option<u64>,
}

impl Side for Naive {
    fn apply(&mut self, now: Timestamp, command: Command, effects: &mut Effects) {
        match command {
            Command::Configure(definitions) => self.configure(&definitions),
            Command::Ready { agent } => {
                let seat = self.seat(agent);
                (seat.not_ready, seat.pending) = (false, false);
                self.free_again(agent, now, effects);
            }
            Command::NotReady { agent, .. } => {
                let seat = self.seat(agent);
                (seat.pending, seat.not_ready) = (seat.busy, !seat.busy);
                let was_free = std::mem::take(&mut seat.idle_number) > 0;
                self.free -= usize::from(was_free);
            }
            Command::Submit(submit) => self.submit(submit.queue, now, effects),
            Command::End { contact, .. } => {
                let (agent, queue) = self.takers[contact.0 as usize - 1];
                if !self.queues[queue.0 as usize - 1].wraps_up {
                    self.left(agent, now, effects);
                }
            }
            Command::WrapDone { agent, .. } => self.left(agent, now, effects),
            Command::Tick => self.relax(now, effects),
            Command::SignIn { agent, .. } => self.seat(agent).not_ready = true,
            Command::FrontEndBack { .. }
            | Command::OfferRinging { .. }
            | Command::Answer { .. } => {}
            other => unreachable!("no bench plays {other:?}"),
        }
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        self.next_relaxation.map(Timestamp)
    }
}

impl Naive {
    fn seat(&mut self, agent: AgentId) -> &mut Seat {
        &mut self.seats[agent.0 as usize - 1]
    }

    fn configure(&mut self, definitions: &Definitions) {
        let skills: BTreeMap<&str, usize> =
            definitions.skills.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
        self.skills = skills.len();
        for queue in &definitions.queues {
            let class = self.classes.len() as u32;
            for step in &queue.steps {
                let terms = step.alternatives.iter().map(|terms| {
                    terms.iter().map(|term| (skills[term.skill.as_str()], term.level)).collect()
                });
                self.classes.push(terms.collect());
            }
            self.queues.push(Policy {
                strategy: queue.strategy,
                objective: queue.objective.0,
                wraps_up: queue.wrap_up.mode != acd_core::WrapUpMode::None,
                class,
                steps: queue.steps.iter().map(|step| step.after.0).collect(),
            });
        }
        self.words = self.classes.len().div_ceil(64);
        self.seats = vec![Seat::default(); definitions.agents.len()];
        for agent in &definitions.agents {
            let mut levels = vec![0; self.skills];
            for term in &agent.skills {
                levels[skills[term.skill.as_str()]] = term.level;
            }
            let mut fits = vec![0; self.words];
            for (at, class) in self.classes.iter().enumerate() {
                let satisfies = class.iter().any(|terms| satisfied(&levels, terms));
                fits[at / 64] |= u64::from(satisfies) << (at % 64);
            }
            self.levels.extend(levels);
            self.fits.extend(fits);
        }
    }

    fn fits(&self, agent: usize, class: u32) -> bool {
        let word = self.fits[agent * self.words + class as usize / 64];
        word >> (class % 64) & 1 == 1
    }

    /// The contact has left; the agent takes the next unless it is to be not ready.
    fn left(&mut self, agent: AgentId, now: Timestamp, effects: &mut Effects) {
        let seat = self.seat(agent);
        seat.busy = false;
        seat.not_ready |= std::mem::take(&mut seat.pending);
        self.free_again(agent, now, effects);
    }

    /// The agent may be made an offer: the first contact by rule 6 that it fits.
    fn free_again(&mut self, agent: AgentId, now: Timestamp, effects: &mut Effects) {
        let at = agent.0 as usize - 1;
        if self.seats[at].busy || self.seats[at].not_ready {
            return;
        }
        self.idle_numbers += 1;
        self.seats[at].idle_number = self.idle_numbers;
        self.free += 1;
        let mut first: Option<usize> = None;
        for (place, contact) in self.waiting.iter().enumerate() {
            let before = first.is_none_or(|first| contact.key < self.waiting[first].key);
            if before && self.fits(at, contact.class) {
                first = Some(place);
            }
        }
        if let Some(place) = first {
            let contact = self.waiting.swap_remove(place);
            self.offer(&contact, agent, now, effects);
        }
    }

    fn submit(&mut self, queue: QueueId, now: Timestamp, effects: &mut Effects) {
        self.contacts += 1;
        self.takers.push((AgentId(0), queue));
        let policy = &self.queues[queue.0 as usize - 1];
        let contact = Waiting {
            key: (now.0 + policy.objective, self.contacts),
            class: policy.class,
            step: 0,
            queue,
            contact: ContactId(self.contacts),
            relaxes: policy.steps.get(1).map(|after| now.0 + after),
        };
        if let Some(agent) = self.agent_for(&contact) {
            self.offer(&contact, agent, now, effects);
        } else {
            self.next_relaxation = earlier(self.next_relaxation, contact.relaxes);
            self.waiting.push(contact);
        }
    }

    /// The first eligible agent by rule 7: the least (levels below the best, idle number).
    fn agent_for(&self, contact: &Waiting) -> Option<AgentId> {
        if self.free == 0 {
            return None;
        }
        let by_level = self.queues[contact.queue.0 as usize - 1].strategy == Strategy::BestSkill;
        let mut first: Option<((u8, u64), usize)> = None;
        for (at, seat) in self.seats.iter().enumerate() {
            if seat.idle_number == 0 || !self.fits(at, contact.class) {
                continue;
            }
            let level = if by_level { self.level(at, contact.class) } else { 0 };
            let key = (limits::LEVEL_MAX - level, seat.idle_number);
            if first.is_none_or(|(first, _)| key < first) {
                first = Some((key, at));
            }
        }
        first.map(|(_, at)| AgentId(at as u32 + 1))
    }

    /// Over the alternatives satisfied, the best level in the first term.
    fn level(&self, agent: usize, class: u32) -> u8 {
        let levels = &self.levels[agent * self.skills..][..self.skills];
        let satisfied =
            self.classes[class as usize].iter().filter(|terms| satisfied(levels, terms));
        satisfied.filter_map(|terms| terms.first()).map(|term| levels[term.0]).max().unwrap_or(0)
    }

    fn offer(&mut self, contact: &Waiting, to: AgentId, now: Timestamp, effects: &mut Effects) {
        self.free -= 1;
        self.offers_made += 1;
        let (offer, id) = (OfferId(self.offers_made), contact.contact);
        let seat = self.seat(to);
        (seat.idle_number, seat.busy) = (0, true);
        self.takers[id.0 as usize - 1] = (to, contact.queue);
        effects.push(Effect::Offered { contact: id, offer, agent: to, until: now });
    }

    /// Moves due contacts on to their next step, at most as many as a Tick may fire, the earliest
    /// first; then offers those, in the order of rule 6, that somebody fits now.
    fn relax(&mut self, now: Timestamp, effects: &mut Effects) {
        let mut due: Vec<(u64, ContactId)> = Vec::new();
        for contact in &self.waiting {
            due.extend(contact.relaxes.filter(|&at| at <= now.0).map(|at| (at, contact.contact)));
        }
        due.sort_unstable();
        let last = due.get(limits::TICK_BUDGET - 1).or(due.last()).copied();
        let fires = |at: u64, contact| at <= now.0 && Some((at, contact)) <= last;
        let mut changed = Vec::new();
        self.next_relaxation = None;
        for contact in &mut self.waiting {
            if let Some(at) = contact.relaxes.filter(|&at| fires(at, contact.contact)) {
                let policy = &self.queues[contact.queue.0 as usize - 1];
                let origin = at - policy.steps[usize::from(contact.step) + 1];
                contact.step += 1;
                contact.class += 1;
                let next = policy.steps.get(usize::from(contact.step) + 1);
                contact.relaxes = next.map(|after| origin + after);
                changed.push((contact.key, contact.contact));
            }
            self.next_relaxation = earlier(self.next_relaxation, contact.relaxes);
        }
        changed.sort_unstable();
        for (_, contact) in changed {
            if self.free == 0 {
                break;
            }
            let place = self.waiting.iter().position(|waiting| waiting.contact == contact);
            let place = place.expect("it waits");
            if let Some(agent) = self.agent_for(&self.waiting[place]) {
                let contact = self.waiting.swap_remove(place);
                self.offer(&contact, agent, now, effects);
            }
        }
    }
}

/// The earlier of two instants that may not come.
fn earlier(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    a.into_iter().chain(b).min()
}

fn satisfied(levels: &[u8], terms: &[(usize, u8)]) -> bool {
    terms.iter().all(|&(skill, level)| levels[skill] >= level)
}
