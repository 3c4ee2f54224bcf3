//! An agent's skills, for good and for a time, and its capacity.

use crate::channel::{Capacity, Channel};
use crate::checks::Checks;
use crate::deadline::Deadline;
use crate::effect::{Effect, Effects};
use crate::ids::{AgentId, Need, SkillId};
use crate::limits;
use crate::rejection::Rejection;
use crate::state::TemporarySkill;
use crate::time::Nanos;
use crate::world::World;

impl World {
    pub(crate) fn set_skills(
        &mut self,
        mut checks: Checks,
        agent: AgentId,
        (set, unset): (&[Need], &[SkillId]),
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        for need in set {
            checks.level(need.level);
        }
        let many = set.len() + unset.len() > limits::TERMS_MAX;
        checks.refuse_if(many, Rejection::TooManyTerms);
        let named = set.iter().map(|need| need.skill).chain(unset.iter().copied());
        checks.skills(self, named);
        checks.agent(self, agent);
        checks.finish()?;
        let changes = set.iter().map(|need| (need.skill, need.level));
        let changes = changes.chain(unset.iter().map(|&skill| (skill, 0)));
        let mut differs = false;
        for (skill, level) in changes {
            let forgotten = self.forget_temporary(agent, skill).is_some();
            differs |= forgotten | (self.agent(agent).level(skill) != level);
            self.set_level(agent, skill, level);
        }
        if differs {
            out.push(Effect::AgentSkills { agent });
        }
        debug_assert!(unset.iter().all(|&skill| self.agent(agent).level(skill) == 0));
        Ok(())
    }

    pub(crate) fn skill_for(
        &mut self,
        mut checks: Checks,
        agent: AgentId,
        (set, length): (&[Need], Nanos),
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        checks.duration(length);
        checks.needs(self, set);
        checks.agent(self, agent);
        checks.finish()?;
        let until = self.now.after(length);
        for &Need { skill, level } in set {
            let before = self.agent(agent).level(skill);
            let former = self.forget_temporary(agent, skill).map_or(before, |old| old.former);
            let timer = self.timers.arm(until.signed(), Deadline::SkillReturn(agent, skill));
            let holder = self.agent_mut(agent);
            let temporary = &mut holder.record.temporary;
            let place = temporary.partition_point(|other| other.skill < skill);
            temporary.insert(place, TemporarySkill { skill, former, until });
            holder.returns.insert(place, timer);
            self.set_level(agent, skill, level);
        }
        if !set.is_empty() {
            out.push(Effect::AgentSkills { agent });
        }
        debug_assert!(set.iter().all(|need| self.agent(agent).level(need.skill) == need.level));
        Ok(())
    }

    /// Returns a skill set for a time to its former level.
    pub(crate) fn return_skill(&mut self, agent: AgentId, skill: SkillId, out: &mut Effects) {
        let temporary = self.forget_temporary(agent, skill).expect("the skill is temporary");
        self.set_level(agent, skill, temporary.former);
        out.push(Effect::AgentSkills { agent });
    }

    /// Forgets that a skill returns to a former level; its level stays.
    fn forget_temporary(&mut self, agent: AgentId, skill: SkillId) -> Option<TemporarySkill> {
        let temporary = &self.agent(agent).record.temporary;
        let place = temporary.binary_search_by_key(&skill, |other| other.skill).ok()?;
        let holder = self.agent_mut(agent);
        let forgotten = holder.record.temporary.remove(place);
        let timer = holder.returns.remove(place);
        self.timers.disarm(timer);
        Some(forgotten)
    }

    /// Forgets all temporary skills of an agent, whose definition is replaced.
    pub(crate) fn forget_all_temporary(&mut self, agent: AgentId) {
        let holder = self.agent_mut(agent);
        holder.record.temporary.clear();
        for timer in core::mem::take(&mut holder.returns) {
            self.timers.disarm(timer);
        }
    }

    fn set_level(&mut self, agent: AgentId, skill: SkillId, level: u8) {
        if self.agent(agent).level(skill) == level {
            return;
        }
        let changed = self.agent_mut(agent);
        let skills = &mut changed.record.skills;
        match skills.binary_search_by_key(&skill, |&(skill, _)| skill) {
            Ok(place) if level == 0 => {
                skills.remove(place);
            }
            Ok(place) => skills[place].1 = level,
            Err(place) => skills.insert(place, (skill, level)),
        }
        let served = core::mem::replace(&mut changed.served, Capacity([0; 6]));
        self.matcher.change_profile(agent, served);
    }

    pub(crate) fn set_capacity(
        &mut self,
        mut checks: Checks,
        agent: AgentId,
        set: &[(Channel, u8)],
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        let above = set.iter().any(|&(_, may)| may > limits::CAPACITY_MAX);
        checks.refuse_if(above, Rejection::BadCapacity);
        checks.signed_in(self, agent);
        checks.finish()?;
        let mut capacity = self.agent(agent).record.capacity;
        for &(channel, may) in set {
            capacity[channel] = may;
        }
        self.change_capacity(agent, capacity, out);
        debug_assert_eq!(self.agent(agent).record.capacity, capacity);
        Ok(())
    }

    /// Gives an agent a capacity, and says so if it is another.
    pub(crate) fn change_capacity(
        &mut self,
        agent: AgentId,
        capacity: Capacity,
        out: &mut Effects,
    ) {
        if self.agent(agent).record.capacity != capacity {
            self.agent_mut(agent).record.capacity = capacity;
            out.push(Effect::AgentCapacity { agent });
        }
    }
}
