//! Random commands about offers, agents, queues, definitions and front ends.

use acd_core::{
    AgentRecord, Capacity, Channel, Command, FailCause, FrontEndId, OfferId, Presence, ReasonId,
    SkillId, State, WaitingOnClose, WrapUpRecord, limits,
};

use super::contacts::is_signed_in;
use super::{Generator, Kind, corrupt, worlds};

const FAIL_CAUSES: [FailCause; 4] =
    [FailCause::Rejected, FailCause::Busy, FailCause::Unreachable, FailCause::NoAnswer];

impl Generator {
    pub(super) fn staff_command(&mut self, kind: Kind, state: &State) -> Option<Command> {
        Some(match kind {
            Kind::OfferRinging => Command::OfferRinging { offer: self.offer(state)? },
            Kind::Answer => Command::Answer { offer: self.offer(state)? },
            Kind::OfferFailed => {
                let cause = *self.random.pick(&FAIL_CAUSES)?;
                Command::OfferFailed { offer: self.offer(state)?, cause }
            }
            Kind::SignIn => {
                let again = self.random.chance(10);
                let agent = self.agent(state, |agent| is_signed_in(agent) == again)?;
                Command::SignIn { agent, capacity: self.sign_in_capacity() }
            }
            Kind::SignOut => Command::SignOut { agent: self.agent(state, is_signed_in)? },
            Kind::Ready => {
                let fits = |agent: &AgentRecord| {
                    let free = agent.presence == Presence::Ready && agent.pending.is_none();
                    is_signed_in(agent) && (!free || agent.paused_until.is_some())
                };
                Command::Ready { agent: self.agent(state, fits)? }
            }
            Kind::NotReady => {
                let reasons = state.names.reasons.len() as u64;
                let reason = ReasonId(self.random.below(reasons + 2) as u32);
                let reason = self.random.chance(50).then_some(reason);
                Command::NotReady { agent: self.agent(state, is_signed_in)?, reason }
            }
            Kind::AgentLost => Command::AgentLost { agent: self.agent(state, is_signed_in)? },
            Kind::SetSkills => self.set_skills(state)?,
            Kind::SkillFor => Command::SkillFor {
                agent: self.agent(state, |_| true)?,
                set: self.needs(state),
                length: worlds::length_or_bad(&mut self.random, self.lengths),
            },
            Kind::SetCapacity => self.set_capacity(state)?,
            Kind::WrapDone => {
                let wrap_up = self.wrap_up(state)?;
                Command::WrapDone { agent: wrap_up.agent, contact: wrap_up.contact }
            }
            Kind::WrapExtend => {
                let wrap_up = self.wrap_up(state)?;
                let by = worlds::length_or_bad(&mut self.random, self.lengths);
                Command::WrapExtend { agent: wrap_up.agent, contact: wrap_up.contact, by }
            }
            _ => return self.admin_command(kind, state),
        })
    }

    fn admin_command(&mut self, kind: Kind, state: &State) -> Option<Command> {
        Some(match kind {
            Kind::OpenQueue => {
                let closed: Vec<_> = state.queues.iter().filter(|queue| !queue.open).collect();
                match self.random.pick(&closed) {
                    Some(queue) => Command::OpenQueue { queue: queue.queue },
                    None => Command::OpenQueue { queue: self.queue(state) },
                }
            }
            Kind::CloseQueue => {
                let waiting = match self.random.below(3) {
                    0 => WaitingOnClose::Keep,
                    1 => WaitingOnClose::End,
                    _ => WaitingOnClose::Move(self.queue(state)),
                };
                Command::CloseQueue { queue: self.queue(state), waiting }
            }
            Kind::Configure => Command::Configure(Box::new(self.new_definitions(state))),
            Kind::FrontEndLost => Command::FrontEndLost { front_end: self.front_end(state, true)? },
            Kind::FrontEndBack => {
                Command::FrontEndBack { front_end: self.front_end(state, false)? }
            }
            _ => return None,
        })
    }

    /// Mostly a live offer, sometimes one that is over or never was.
    fn offer(&mut self, state: &State) -> Option<OfferId> {
        let issued = state.counters.offers;
        if state.offers.is_empty() && self.random.chance(97) {
            return None;
        }
        match self.random.below(50) {
            0 => Some(OfferId(issued + 1)),
            1 => Some(OfferId(0)),
            2..=4 => Some(OfferId(self.random.within(issued.saturating_sub(10), issued))),
            _ => self.random.pick(&state.offers).map(|offer| offer.offer),
        }
    }

    fn sign_in_capacity(&mut self) -> Option<Capacity> {
        match self.random.below(40) {
            0 => Some(Capacity([limits::CAPACITY_MAX + 1; 6])),
            1..=6 => Some(worlds::capacity(&mut self.random)),
            _ => None,
        }
    }

    fn set_skills(&mut self, state: &State) -> Option<Command> {
        let set = self.needs(state);
        let mut unset = Vec::new();
        if self.random.chance(40) {
            let skills = Self::defined_skills(state);
            unset.extend(self.random.pick(&skills).copied());
        }
        if self.random.chance(3) {
            unset.push(SkillId(state.names.skills.len() as u32 + 1));
        }
        if self.random.chance(70) {
            unset.retain(|skill| !set.iter().any(|need| need.skill == *skill));
        }
        Some(Command::SetSkills { agent: self.agent(state, |_| true)?, set, unset })
    }

    fn set_capacity(&mut self, state: &State) -> Option<Command> {
        let mut set = Vec::new();
        for _ in 0..self.random.within(0, 3) {
            let channel = *self.random.pick(&Channel::ALL).unwrap_or(&Channel::Chat);
            let count = if self.random.chance(3) { 101 } else { self.random.below(4) as u8 };
            set.push((channel, count));
        }
        Some(Command::SetCapacity { agent: self.agent(state, is_signed_in)?, set })
    }

    /// Mostly a running wrap-up; now and then with another agent or contact.
    fn wrap_up(&mut self, state: &State) -> Option<WrapUpRecord> {
        let mut wrap_up = *self.random.pick(&state.wrap_ups)?;
        if self.random.chance(3) {
            wrap_up.agent = self.agent(state, |_| true)?;
        }
        if self.random.chance(4) {
            wrap_up.contact = self.contact(state, |_| true)?;
        }
        Some(wrap_up)
    }

    /// Mostly a front end that is there, or is not; now and then any number near those known.
    fn front_end(&mut self, state: &State, present: bool) -> Option<FrontEndId> {
        let fitting = state.front_ends.iter();
        let fitting: Vec<_> =
            fitting.filter(|front_end| front_end.lost_at.is_none() == present).collect();
        if fitting.is_empty() && self.random.chance(95) {
            return None;
        }
        let known = state.front_ends.len() as u64;
        match self.random.pick(&fitting) {
            Some(front_end) if self.random.chance(95) => Some(front_end.front_end),
            _ => Some(FrontEndId(self.random.below(known + 3) as u32)),
        }
    }

    /// Definitions like those in force, some of them new, sometimes wrong in one place.
    fn new_definitions(&mut self, state: &State) -> acd_core::Definitions {
        let (mut queues, mut agents) = (Vec::new(), Vec::new());
        for contact in &state.contacts {
            queues.push(state.names.queues[contact.queue.0 as usize - 1].clone());
        }
        for agent in &state.agents {
            if agent.presence != Presence::SignedOut {
                agents.push(state.names.agents[agent.agent.0 as usize - 1].clone());
            }
        }
        if self.random.chance(8) {
            queues.clear();
        }
        if self.random.chance(8) {
            agents.clear();
        }
        let mut definitions = worlds::definitions(&mut self.random, self.lengths, &queues, &agents);
        if self.random.chance(30) {
            corrupt::one_place(&mut self.random, &mut definitions);
        }
        definitions
    }
}
