//! Rules 4 (d) and 5: what a contact asks of an agent at its step.

use acd_core::{AgentId, ContactRecord, Need, SkillId, Step};

use super::{Model, Planted};

/// One alternative with the contact's own needs: `skill >= level`, in order.
pub(super) type Terms = Vec<(SkillId, u8)>;

impl Model {
    /// Rule 4 (d): the agent satisfies the contact's current step, or is one of those preferred.
    pub(super) fn satisfies(&self, agent: AgentId, contact: &ContactRecord) -> bool {
        if contact.prefer_until.is_some() {
            return contact.prefer.contains(&agent);
        }
        let step = &self.policy(contact.queue).steps[usize::from(contact.step)];
        self.satisfies_step(agent, step, &contact.needs)
    }

    pub(super) fn satisfies_step(&self, agent: AgentId, step: &Step, needs: &[Need]) -> bool {
        let alternatives = self.alternatives(step, needs);
        let meets = alternatives.iter().any(|terms| self.has_all(agent, terms));
        meets && self.sits_at_one_of(agent, &step.sites)
    }

    /// Rule 5: every alternative of the step, with the needs it does not drop added.
    fn alternatives(&self, step: &Step, needs: &[Need]) -> Vec<Terms> {
        let mut all = Vec::new();
        for alternative in &step.alternatives {
            let mut terms = Terms::new();
            for term in alternative {
                self.add_term(&mut terms, self.skill_number(&term.skill), term.level);
            }
            for need in needs {
                let name = &self.state.names.skills[need.skill.0 as usize - 1];
                if !step.drops.contains(name) {
                    self.add_term(&mut terms, need.skill, need.level);
                }
            }
            all.push(terms);
        }
        all
    }

    /// Rule 5: of one skill twice, the higher level, at its first place.
    fn add_term(&self, terms: &mut Terms, skill: SkillId, level: u8) {
        match terms.iter_mut().find(|(named, _)| *named == skill) {
            Some(_) if self.planted(Planted::Rule5NeedsDoNotRaise) => {}
            Some((_, least)) => *least = level.max(*least),
            None => terms.push((skill, level)),
        }
    }

    /// Rule 7, `best_skill`: over the alternatives the agent satisfies, the best of its levels in
    /// the first term; 0 without terms or under a preference.
    pub(super) fn level(&self, agent: AgentId, contact: &ContactRecord) -> u8 {
        if contact.prefer_until.is_some() {
            return 0;
        }
        let step = &self.policy(contact.queue).steps[usize::from(contact.step)];
        let alternatives = self.alternatives(step, &contact.needs);
        let satisfied = alternatives.iter().filter(|terms| self.has_all(agent, terms));
        let firsts = satisfied.filter_map(|terms| terms.first());
        firsts.map(|(skill, _)| self.skill_level(agent, *skill)).max().unwrap_or(0)
    }

    fn has_all(&self, agent: AgentId, terms: &Terms) -> bool {
        terms.iter().all(|(skill, level)| self.skill_level(agent, *skill) >= *level)
    }

    /// The agent's level; 0 where it lacks the skill.
    pub(super) fn skill_level(&self, agent: AgentId, skill: SkillId) -> u8 {
        let found = self.agent(agent).skills.iter().find(|(named, _)| *named == skill);
        found.map_or(0, |(_, level)| *level)
    }

    fn sits_at_one_of(&self, agent: AgentId, sites: &[String]) -> bool {
        let name = &self.state.names.agents[agent.0 as usize - 1];
        let defined = self.state.definitions.agents.iter().find(|agent| agent.name == *name);
        let site = defined.and_then(|agent| agent.site.as_ref());
        sites.is_empty() || site.is_some_and(|site| sites.contains(site))
    }

    pub(super) fn skill_number(&self, name: &str) -> SkillId {
        let index = self.state.names.skills.iter().position(|skill| skill == name);
        SkillId(index.expect("a definition names defined skills") as u32 + 1)
    }
}
