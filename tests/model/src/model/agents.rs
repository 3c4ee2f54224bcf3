//! Rule 10: agents sign in and out, are ready or not, and change what they can and may hold.

use acd_core::{
    AgentId, AgentRecord, Capacity, Channel, Effect, Effects, FailCause, Nanos, Need,
    NotReadyReason, Pending, Presence, ReasonId, RequeueCause, RevokeCause, SkillId,
    TemporarySkill,
};

use super::{Model, Planted};

impl Model {
    pub(super) fn is_signed_in(&self, agent: AgentId) -> bool {
        self.find_agent(agent).is_some_and(|agent| agent.presence != Presence::SignedOut)
    }

    /// Changes presence, pending request or pause; the effect only where one of them differs.
    pub(super) fn change_agent(
        &mut self,
        agent: AgentId,
        effects: &mut Effects,
        change: impl FnOnce(&mut AgentRecord),
    ) {
        let record = self.agent_mut(agent);
        let before = (record.presence, record.pending, record.paused_until);
        change(record);
        let (presence, pending, paused_until) =
            (record.presence, record.pending, record.paused_until);
        if (presence, pending, paused_until) != before {
            effects.push(Effect::AgentState { agent, presence, pending, paused_until });
        }
    }

    pub(super) fn sign_in(
        &mut self,
        agent: AgentId,
        capacity: Option<Capacity>,
        effects: &mut Effects,
    ) {
        let capacity = capacity.unwrap_or_else(|| self.defined_capacity(agent));
        if self.is_signed_in(agent) {
            self.change_capacity(agent, capacity, effects);
            return;
        }
        self.change_agent(agent, effects, |record| {
            record.presence = Presence::NotReady(NotReadyReason::SignedIn);
            record.capacity = capacity;
            record.work = Nanos(0);
            record.idle = Nanos(0);
            record.connected = 0;
            record.no_answers = 0;
        });
    }

    fn defined_capacity(&self, agent: AgentId) -> Capacity {
        let name = &self.state.names.agents[agent.0 as usize - 1];
        let found = self.state.definitions.agents.iter().find(|defined| defined.name == *name);
        found.expect("the agent is defined").capacity
    }

    pub(super) fn set_capacity(
        &mut self,
        agent: AgentId,
        set: &[(Channel, u8)],
        effects: &mut Effects,
    ) {
        let mut capacity = self.agent(agent).capacity;
        for (channel, count) in set {
            capacity[*channel] = *count;
        }
        self.change_capacity(agent, capacity, effects);
    }

    fn change_capacity(&mut self, agent: AgentId, capacity: Capacity, effects: &mut Effects) {
        let record = self.agent_mut(agent);
        if record.capacity != capacity {
            record.capacity = capacity;
            effects.push(Effect::AgentCapacity { agent });
        }
    }

    pub(super) fn sign_out(&mut self, agent: AgentId, effects: &mut Effects) {
        self.reject_by_request(agent, effects);
        self.request(agent, Pending::SignOut, effects);
    }

    pub(super) fn not_ready(
        &mut self,
        agent: AgentId,
        reason: Option<ReasonId>,
        effects: &mut Effects,
    ) {
        self.reject_by_request(agent, effects);
        let reason = reason.map_or(NotReadyReason::Unspecified, NotReadyReason::Given);
        self.request(agent, Pending::NotReady(reason), effects);
    }

    /// Rule 10: the desktop is gone: no blame for the offer.
    pub(super) fn agent_lost(&mut self, agent: AgentId, effects: &mut Effects) {
        if let Some(offer) = self.offer_of(agent) {
            self.revoke(offer, RevokeCause::AgentLost, effects);
            self.wait_again(offer.contact, RequeueCause::OfferRevoked, effects);
        }
        self.request(agent, Pending::NotReady(NotReadyReason::Lost), effects);
    }

    /// Rule 10: a request with a live offer first rejects it, without a pause.
    fn reject_by_request(&mut self, agent: AgentId, effects: &mut Effects) {
        if let Some(offer) = self.offer_of(agent) {
            self.fail_offer(offer.offer, FailCause::Rejected, effects);
        }
    }

    /// Rule 10: pending while contacts are held, wrap-up too; a newer request replaces it.
    fn request(&mut self, agent: AgentId, request: Pending, effects: &mut Effects) {
        if self.held(agent).is_empty() {
            self.take_effect(agent, request, effects);
        } else {
            self.change_agent(agent, effects, |record| record.pending = Some(request));
        }
    }

    pub(super) fn take_effect(&mut self, agent: AgentId, request: Pending, effects: &mut Effects) {
        self.change_agent(agent, effects, |record| {
            record.pending = None;
            match request {
                Pending::NotReady(reason) => record.presence = Presence::NotReady(reason),
                Pending::SignOut => {
                    record.presence = Presence::SignedOut;
                    record.paused_until = None;
                }
            }
        });
        if request == Pending::SignOut {
            self.end_void_preferences(effects);
        }
    }

    /// Rules 7, 9 and 10: ends a pause, cancels what is pending, forgets what went unanswered.
    pub(super) fn ready(&mut self, agent: AgentId, effects: &mut Effects) {
        let becomes_ready = self.agent(agent).presence != Presence::Ready;
        let keeps_pause = self.planted(Planted::Rule10ReadyKeepsPause);
        self.change_agent(agent, effects, |record| {
            record.presence = Presence::Ready;
            record.pending = None;
            record.no_answers = 0;
            if !keeps_pause {
                record.paused_until = None;
            }
        });
        if becomes_ready {
            self.new_idle_number(agent);
        }
    }

    pub(super) fn set_skills(
        &mut self,
        agent: AgentId,
        set: &[Need],
        unset: &[SkillId],
        effects: &mut Effects,
    ) {
        let record = self.agent_mut(agent);
        let before = (record.skills.clone(), record.temporary.clone());
        for need in set {
            set_level(record, need.skill, need.level);
        }
        for skill in unset {
            set_level(record, *skill, 0);
        }
        record.temporary.retain(|temporary| {
            let named = set.iter().any(|need| need.skill == temporary.skill);
            !named && !unset.contains(&temporary.skill)
        });
        if before != (record.skills.clone(), record.temporary.clone()) {
            effects.push(Effect::AgentSkills { agent });
        }
    }

    /// Rule 16: a skill set for a time returns to the level before its first temporary one.
    pub(super) fn skill_for(
        &mut self,
        agent: AgentId,
        set: &[Need],
        length: Nanos,
        effects: &mut Effects,
    ) {
        let until = self.now().after(length);
        for need in set {
            let former = self.skill_level(agent, need.skill);
            let record = self.agent_mut(agent);
            match record.temporary.iter_mut().find(|known| known.skill == need.skill) {
                Some(known) => known.until = until,
                None => record.temporary.push(TemporarySkill { skill: need.skill, former, until }),
            }
            record.temporary.sort_by_key(|temporary| temporary.skill);
            set_level(record, need.skill, need.level);
        }
        if !set.is_empty() {
            effects.push(Effect::AgentSkills { agent });
        }
    }

    pub(super) fn skill_returns(&mut self, agent: AgentId, skill: SkillId, effects: &mut Effects) {
        let record = self.agent_mut(agent);
        let found = record.temporary.iter().position(|temporary| temporary.skill == skill);
        let temporary = record.temporary.remove(found.expect("a timer's skill is temporary"));
        set_level(record, skill, temporary.former);
        effects.push(Effect::AgentSkills { agent });
    }
}

/// Sets a level; 0 takes the skill away.
fn set_level(agent: &mut AgentRecord, skill: SkillId, level: u8) {
    agent.skills.retain(|(named, _)| *named != skill);
    if level > 0 {
        agent.skills.push((skill, level));
        agent.skills.sort_unstable();
    }
}
