//! Random commands about contacts.

use acd_core::{
    AgentId, AgentRecord, Channel, Command, ContactId, ContactRecord, ContactState, EndCause,
    FrontEndId, Nanos, Need, Party, Presence, QueueId, SkillId, State, Submit, Timestamp, Transfer,
    TransferTo, limits,
};

use super::{Generator, Kind, worlds};

const END_CAUSES: [EndCause; 5] = [
    EndCause::Hangup,
    EndCause::Completed,
    EndCause::ExitKey,
    EndCause::Withdrawn,
    EndCause::LostByFrontEnd,
];
const PARTIES: [Party; 4] = [Party::Caller, Party::Agent, Party::Supervisor, Party::FrontEnd];

impl Generator {
    pub(super) fn contact_command(
        &mut self,
        kind: Kind,
        state: &State,
        now: Timestamp,
    ) -> Option<Command> {
        let waits = |contact: &ContactRecord| contact.state == ContactState::Waiting;
        let offered =
            |contact: &ContactRecord| matches!(contact.state, ContactState::Offered { .. });
        let connected =
            |contact: &ContactRecord| matches!(contact.state, ContactState::Connected { .. });
        let parked = |contact: &ContactRecord| matches!(contact.state, ContactState::Parked { .. });
        let any = |_: &ContactRecord| true;
        let before_answer = |contact: &ContactRecord| !connected(contact) && !parked(contact);
        Some(match kind {
            Kind::Submit => Command::Submit(self.submit(state)),
            Kind::Abandon => Command::Abandon { contact: self.contact(state, before_answer)? },
            Kind::End => {
                let contact = if self.random.chance(70) {
                    self.contact(state, |contact| connected(contact) || parked(contact))?
                } else {
                    self.contact(state, any)?
                };
                let cause = *self.random.pick(&END_CAUSES)?;
                Command::End { contact, cause, by: *self.random.pick(&PARTIES)? }
            }
            Kind::Requeue => {
                let held = |contact: &ContactRecord| connected(contact) || parked(contact);
                Command::Requeue { contact: self.contact(state, held)? }
            }
            Kind::Hold => Command::Hold { contact: self.contact(state, connected)? },
            Kind::Unhold => Command::Unhold {
                contact: self.contact(state, |contact| connected(contact) && contact.held)?,
            },
            Kind::Transfer => Command::Transfer(self.transfer(state)?),
            Kind::Move => {
                let contact = self.contact(state, |contact| waits(contact) || offered(contact))?;
                Command::Move { contact, queue: self.queue(state) }
            }
            Kind::Callback => {
                let contact = self.contact(state, |contact| waits(contact) || offered(contact))?;
                Command::Callback { contact, at: self.callback_time(now) }
            }
            Kind::CallbackFailed => {
                let fits = |contact: &ContactRecord| {
                    connected(contact) && contact.channel == Channel::Callback
                };
                Command::CallbackFailed { contact: self.contact(state, fits)? }
            }
            Kind::Prioritise => {
                let prio = if self.random.chance(3) { 10 } else { self.random.below(10) as u8 };
                Command::Prioritise { contact: self.contact(state, any)?, prio }
            }
            _ => Command::OfferTo {
                contact: self.contact(state, waits)?,
                agent: self.free_agent(state)?,
            },
        })
    }

    /// Mostly a live contact that fits, now and then any number; none when nothing fits.
    pub(super) fn contact(
        &mut self,
        state: &State,
        fits: impl Fn(&ContactRecord) -> bool,
    ) -> Option<ContactId> {
        let fitting: Vec<_> = state.contacts.iter().filter(|contact| fits(contact)).collect();
        let issued = state.counters.contacts;
        if fitting.is_empty() && self.random.chance(95) {
            return None;
        }
        match self.random.below(100) {
            0 => Some(ContactId(self.random.within(issued + 1, issued + 2))),
            1 => Some(ContactId(0)),
            2..=3 => Some(ContactId(self.random.within(issued.saturating_sub(20), issued + 1))),
            4..=5 => self.random.pick(&state.contacts).map(|contact| contact.contact),
            _ => self.random.pick(&fitting).map(|contact| contact.contact),
        }
    }

    fn submit(&mut self, state: &State) -> Submit {
        let channels = Channel::ALL;
        let known = state.front_ends.len() as u64;
        let present: Vec<_> =
            state.front_ends.iter().filter(|front_end| front_end.lost_at.is_none()).collect();
        let front_end = match self.random.pick(&present) {
            Some(front_end) if self.random.chance(95) => front_end.front_end,
            _ if self.random.chance(10) => FrontEndId(self.random.below(known + 2) as u32),
            _ => FrontEndId(self.random.within(1, known.max(1)) as u32),
        };
        let channel = if self.random.chance(40) {
            Channel::Voice
        } else {
            *self.random.pick(&channels).unwrap_or(&Channel::Voice)
        };
        let preferred = match self.random.below(40) {
            0 => limits::PREFERRED_MAX as u64 + 1,
            1..=8 => self.random.within(1, 3),
            _ => 0,
        };
        Submit {
            front_end,
            channel,
            queue: self.queue(state),
            prio: match self.random.below(40) {
                0 => 10,
                1..=8 => self.random.below(10) as u8,
                _ => 5,
            },
            needs: self.needs(state),
            prefer: (0..preferred).filter_map(|_| self.agent(state, is_signed_in)).collect(),
            prefer_for: self
                .random
                .chance(15)
                .then(|| worlds::length_or_bad(&mut self.random, self.lengths)),
            age: match self.random.below(40) {
                0 => Nanos(limits::AGE_MAX.0 + 1),
                1 => limits::AGE_MAX,
                2..=6 => Nanos::from_secs(self.random.within(1, 10)),
                _ => Nanos(0),
            },
        }
    }

    /// Up to two needs that mostly exist; now and then too many, doubled or out of range.
    pub(super) fn needs(&mut self, state: &State) -> Vec<Need> {
        let skills = Self::defined_skills(state);
        let mut needs = Vec::new();
        let count = match self.random.below(60) {
            0 => limits::TERMS_MAX + 1,
            1..=14 => 1,
            15..=20 => 2,
            _ => 0,
        };
        for _ in 0..count {
            let skill = match self.random.pick(&skills) {
                Some(skill) if self.random.chance(97) => *skill,
                _ => SkillId(self.random.below(state.names.skills.len() as u64 + 2) as u32),
            };
            let doubled = needs.iter().any(|need: &Need| need.skill == skill);
            if doubled && self.random.chance(80) {
                continue;
            }
            let level = if self.random.chance(3) {
                self.random.below(2) as u8 * 11
            } else {
                self.random.within(1, 4) as u8
            };
            needs.push(Need { skill, level });
        }
        needs
    }

    pub(super) fn defined_skills(state: &State) -> Vec<SkillId> {
        let names = state.names.skills.iter().enumerate();
        let defined = names.filter(|(_, name)| state.definitions.skills.contains(name));
        defined.map(|(index, _)| SkillId(index as u32 + 1)).collect()
    }

    fn transfer(&mut self, state: &State) -> Option<Transfer> {
        let held = |contact: &ContactRecord| {
            matches!(contact.state, ContactState::Connected { .. } | ContactState::Parked { .. })
        };
        if self.relays && self.random.chance(80) {
            return self.relay(state);
        }
        let contact = self.contact(state, held)?;
        let to = match self.random.below(10) {
            0 if self.random.chance(40) => TransferTo::Outside,
            0..=3 => TransferTo::Queue(self.queue(state)),
            kind => TransferTo::Agent {
                agent: self.agent(state, is_signed_in)?,
                queue: self.random.chance(30).then(|| self.queue(state)),
                attended: kind >= 6,
            },
        };
        let needs = self.random.chance(25).then(|| self.needs(state));
        Some(Transfer { contact, to, needs, keep_age: self.random.chance(70) })
    }

    /// Hands the contact of the longest chain over to somebody who has room for it.
    fn relay(&mut self, state: &State) -> Option<Transfer> {
        let connected = state
            .contacts
            .iter()
            .filter(|contact| matches!(contact.state, ContactState::Connected { .. }));
        let longest = connected.max_by_key(|contact| contact.hops)?;
        let channel = longest.channel;
        let agent = self.agent(state, |agent| {
            let held = state.contacts.iter().filter(|contact| {
                let by = match contact.state {
                    ContactState::Connected { agent, .. } | ContactState::Parked { agent, .. } => {
                        Some(agent)
                    }
                    _ => None,
                };
                contact.channel == channel && by == Some(agent.agent)
            });
            let wraps = state
                .wrap_ups
                .iter()
                .filter(|wrap_up| wrap_up.channel == channel && wrap_up.agent == agent.agent);
            let room = held.count() + wraps.count() < usize::from(agent.capacity[channel]);
            is_signed_in(agent) && room
        })?;
        let queue = self.random.chance(20).then(|| self.queue(state));
        let to = TransferTo::Agent { agent, queue, attended: true };
        Some(Transfer { contact: longest.contact, to, needs: None, keep_age: true })
    }

    fn callback_time(&mut self, now: Timestamp) -> Option<Timestamp> {
        match self.random.below(40) {
            0 => Some(Timestamp(limits::TIME_MAX + 1)),
            1 => Some(Timestamp(now.0 + limits::DURATION_MAX.0 + 1)),
            2..=5 => Some(Timestamp(now.0.saturating_sub(self.random.below(5)))),
            6..=25 => Some(Timestamp(now.0 + self.random.within(1, 10) * 500_000_000)),
            _ => None,
        }
    }

    /// Mostly a defined queue.
    pub(super) fn queue(&mut self, state: &State) -> QueueId {
        let open: Vec<_> = state.queues.iter().filter(|queue| queue.open).collect();
        match self.random.below(50) {
            0 => QueueId(self.random.below(state.names.queues.len() as u64 + 2) as u32),
            1..=5 => self.random.pick(&state.queues).map_or(QueueId(1), |queue| queue.queue),
            _ => self.random.pick(&open).map_or(QueueId(1), |queue| queue.queue),
        }
    }

    /// Mostly a defined agent that fits; none when nothing fits.
    pub(super) fn agent(
        &mut self,
        state: &State,
        fits: impl Fn(&AgentRecord) -> bool,
    ) -> Option<AgentId> {
        let fitting: Vec<_> = state.agents.iter().filter(|agent| fits(agent)).collect();
        if fitting.is_empty() && self.random.chance(95) {
            return None;
        }
        match self.random.below(50) {
            0 => Some(AgentId(self.random.below(state.names.agents.len() as u64 + 2) as u32)),
            1..=2 => self.random.pick(&state.agents).map(|agent| agent.agent),
            _ => self.random.pick(&fitting).map(|agent| agent.agent),
        }
    }

    /// Mostly an agent that might take an offer.
    fn free_agent(&mut self, state: &State) -> Option<AgentId> {
        self.agent(state, |agent| {
            agent.presence == Presence::Ready
                && agent.pending.is_none()
                && agent.paused_until.is_none()
                && !state.offers.iter().any(|offer| offer.agent == agent.agent)
        })
    }
}

pub(super) fn is_signed_in(agent: &AgentRecord) -> bool {
    agent.presence != Presence::SignedOut
}
