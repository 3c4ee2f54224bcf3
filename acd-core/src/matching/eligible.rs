//! Who is eligible for a contact, as far as the contact's requirement decides (rules 4 d and 5),
//! and at which level (rule 7).

use crate::agent::Agent;
use crate::channel::Channel;
use crate::definitions::Strategy;
use crate::ids::{AgentId, Need, SiteId, SkillId};
use crate::queue::{PolicyStep, Queue};
use crate::state::ContactRecord;

/// What a contact, or a class of contacts, asks of an agent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'w> {
    pub(crate) channel: Channel,
    pub(crate) step: &'w PolicyStep,
    pub(crate) needs: &'w [Need],
    /// The only agents eligible, unless empty.
    pub(crate) prefer: &'w [AgentId],
    pub(crate) strategy: Strategy,
    pub(crate) cursor: Option<AgentId>,
}

/// What requirements look at in an agent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Profile<'a> {
    pub(super) skills: &'a [(SkillId, u8)],
    pub(super) site: Option<SiteId>,
}

impl<'a> Profile<'a> {
    pub(super) fn of(agent: &'a Agent) -> Self {
        Self { skills: &agent.record.skills, site: agent.site }
    }

    fn level(self, skill: SkillId) -> u8 {
        let found = self.skills.binary_search_by_key(&skill, |&(skill, _)| skill);
        found.map_or(0, |at| self.skills[at].1)
    }

    fn satisfies(self, terms: &[(SkillId, u8)]) -> bool {
        terms.iter().all(|&(skill, level)| self.level(skill) >= level)
    }
}

impl<'w> Wanted<'w> {
    /// What a contact that waits, or would, asks for now.
    pub(crate) fn by(contact: &'w ContactRecord, queue: &'w Queue) -> Self {
        debug_assert_eq!(contact.queue, queue.record.queue);
        Self {
            prefer: &contact.prefer,
            ..Self::of_class(contact.channel, queue, contact.step, &contact.needs)
        }
    }

    /// What contacts of a queue at a step ask for, without preference.
    pub(crate) fn of_class(
        channel: Channel,
        queue: &'w Queue,
        step: u8,
        needs: &'w [Need],
    ) -> Self {
        Self {
            channel,
            step: &queue.policy.steps[usize::from(step)],
            needs,
            prefer: &[],
            strategy: queue.policy.strategy,
            cursor: queue.record.cursor,
        }
    }

    /// Whether the agent would do, were it free.
    pub(crate) fn admits(&self, agent: &Agent) -> bool {
        if !self.prefer.is_empty() {
            return self.prefer.contains(&agent.record.agent);
        }
        self.level(Profile::of(agent)).is_some()
    }

    /// The best level, over the alternatives it satisfies, of an agent that would do; the
    /// preference aside.
    pub(super) fn level(&self, profile: Profile<'_>) -> Option<u8> {
        let sites = &self.step.sites;
        let seated = sites.is_empty() || profile.site.is_some_and(|site| sites.contains(&site));
        // An alternative has the contact's needs added to it. Where both name a skill the higher
        // level counts, which is to say that both must be satisfied.
        let has_needs = || self.kept_needs().all(|need| profile.level(need.skill) >= need.level);
        if !seated || !has_needs() {
            return None;
        }
        let good = self.step.alternatives.iter().filter(|terms| profile.satisfies(terms));
        let level = |terms| self.first_skill(terms).map_or(0, |skill| profile.level(skill));
        good.map(|terms| level(terms)).max()
    }

    /// The skill of an alternative's first term: the queue's terms as written, then the needs.
    fn first_skill(&self, alternative: &[(SkillId, u8)]) -> Option<SkillId> {
        let own = alternative.first().map(|&(skill, _)| skill);
        own.or_else(|| self.kept_needs().next().map(|need| need.skill))
    }

    fn kept_needs(&self) -> impl Iterator<Item = &'w Need> {
        let drops = &self.step.drops;
        self.needs.iter().filter(|need| !drops.contains(&need.skill))
    }
}
