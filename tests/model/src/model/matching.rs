//! Rules 3, 4, 6 and 7: which contact is next, and which agent gets it.

use acd_core::{
    AgentId, AgentRecord, Channel, ContactId, ContactRecord, ContactState, Effects, Presence,
    Strategy, limits,
};

use super::{How, Model, Planted};

impl Model {
    /// Rule 3: while some waiting, unsuspended contact has an eligible agent, the first such
    /// contact is offered to the first eligible agent.
    pub(super) fn match_all(&mut self, effects: &mut Effects) {
        let mut offers = 0;
        while let Some((contact, agent)) = self.next_match() {
            self.offer(contact, agent, effects);
            offers += 1;
            if offers == 2 && self.planted(Planted::Rule3StopsEarly) {
                break;
            }
        }
    }

    fn next_match(&self) -> Option<(ContactId, AgentId)> {
        let mut waiting: Vec<&ContactRecord> = self.state.contacts.iter().collect();
        waiting.retain(|contact| {
            contact.state == ContactState::Waiting && !self.is_absent(contact.front_end)
        });
        waiting.sort_by_key(|contact| self.key(contact));
        waiting.into_iter().find_map(|contact| {
            let agent = self.first_eligible(contact)?;
            Some((contact.contact, agent))
        })
    }

    /// Rule 6: 9 − band, deadline, entry number. The smallest key is first.
    pub(super) fn key(&self, contact: &ContactRecord) -> (u8, i64, u64) {
        let band = (contact.prio + contact.promotions).min(limits::PRIORITY_MAX);
        let objective = self.policy(contact.queue).objective.0.cast_signed();
        let last = if self.planted(Planted::Rule6ContactNumber) {
            contact.contact.0
        } else {
            contact.entry
        };
        (limits::PRIORITY_MAX - band, contact.origin + objective, last)
    }

    /// Rule 7 over rule 4.
    pub(super) fn first_eligible(&self, contact: &ContactRecord) -> Option<AgentId> {
        let mut eligible: Vec<&AgentRecord> = self.state.agents.iter().collect();
        eligible.retain(|agent| {
            self.is_free_for(agent.agent, contact.channel) && self.satisfies(agent.agent, contact)
        });
        let first = eligible.into_iter().min_by_key(|agent| self.agent_key(agent, contact))?;
        Some(first.agent)
    }

    /// Rule 4 (a–c).
    pub(super) fn is_free_for(&self, agent: AgentId, channel: Channel) -> bool {
        let record = self.agent(agent);
        let takes_offers = record.presence == Presence::Ready
            && record.pending.is_none()
            && record.paused_until.is_none()
            && self.offer_of(agent).is_none();
        takes_offers && self.has_room(agent, channel) && !self.is_blocked(agent)
    }

    /// Rule 4 (b): fewer held of the channel than its capacity; parked and wrap-up count.
    pub(super) fn has_room(&self, agent: AgentId, channel: Channel) -> bool {
        self.held_of_channel(agent, channel) < usize::from(self.agent(agent).capacity[channel])
    }

    /// Rule 4 (c): it holds a contact, parked ones aside, of a channel that blocks.
    pub(super) fn is_blocked(&self, agent: AgentId) -> bool {
        self.held(agent).iter().any(|held| {
            let counts = match held.how {
                How::Connected => true,
                How::Parked => false,
                How::WrapUp => !self.planted(Planted::Rule4WrapUpDoesNotBlock),
            };
            counts && held.channel.blocks()
        })
    }

    /// Rule 7: the strategy's own key, then idle order (holds no contact first, idle number).
    pub(super) fn agent_key(
        &self,
        agent: &AgentRecord,
        contact: &ContactRecord,
    ) -> (u64, bool, u64) {
        let own = match self.policy(contact.queue).strategy {
            Strategy::LongestIdle => 0,
            Strategy::BestSkill => u64::from(limits::LEVEL_MAX - self.level(agent.agent, contact)),
            Strategy::LeastOccupied if self.planted(Planted::Rule7OccupancyDrifts) => {
                u64::from(occupancy(agent))
            }
            Strategy::LeastOccupied => u64::from(agent.idle_occupancy),
            Strategy::FewestContacts => u64::from(agent.idle_contacts),
            Strategy::RoundRobin => self.steps_from_cursor(agent, contact),
            Strategy::Random => agent.idle_random,
        };
        (own, !agent.idle_holds_none, agent.idle_number)
    }

    /// Rule 7, `round_robin`: the first agent number after the queue's cursor, cyclic.
    fn steps_from_cursor(&self, agent: &AgentRecord, contact: &ContactRecord) -> u64 {
        let cursor = self.queue(contact.queue).cursor.map_or(0, |cursor| cursor.0);
        let number = u64::from(agent.agent.0);
        if agent.agent.0 > cursor { number } else { number + u64::from(u32::MAX) }
    }

    /// Rule 7: the agent gets the next idle number; the keys of all strategies are set by it.
    pub(super) fn new_idle_number(&mut self, agent: AgentId) {
        let holds_none = self.held(agent).is_empty();
        let counters = &mut self.state.counters;
        counters.idle_numbers += 1;
        let number = counters.idle_numbers;
        let random = splitmix64(&mut counters.random);
        let record = self.agent_mut(agent);
        record.idle_number = number;
        record.idle_holds_none = holds_none;
        record.idle_occupancy = occupancy(record);
        record.idle_contacts = record.connected;
        record.idle_random = random;
    }
}

/// Rule 7: work × 1000 / (work + idle), 0 when both are 0, rounded down.
fn occupancy(agent: &AgentRecord) -> u16 {
    let (work, idle) = (u128::from(agent.work.0), u128::from(agent.idle.0));
    (work * 1000).checked_div(work + idle).unwrap_or(0) as u16
}

/// Sebastiano Vigna's splitmix64: advances the state and returns the number drawn.
fn splitmix64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
