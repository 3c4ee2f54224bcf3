//! Who is eligible for a contact, as far as the contact's requirement decides (rules 4 d and 5),
//! and at which level (rule 7).

use crate::agent::Agent;
use crate::channel::Channel;
use crate::definitions::Strategy;
use crate::ids::{AgentId, Need, SkillId};
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
        self.seats(agent)
            && self.step.alternatives.iter().any(|terms| satisfied(agent, terms))
            && self.needs_satisfied(agent)
    }

    /// Whether the agent would do by one alternative of the step.
    pub(crate) fn admits_by(&self, agent: &Agent, alternative: &[(SkillId, u8)]) -> bool {
        self.seats(agent) && satisfied(agent, alternative) && self.needs_satisfied(agent)
    }

    /// The skill of an alternative's first term: the queue's terms as written, then the needs.
    pub(crate) fn first_skill(&self, alternative: &[(SkillId, u8)]) -> Option<SkillId> {
        let own = alternative.first().map(|&(skill, _)| skill);
        own.or_else(|| self.kept_needs().next().map(|need| need.skill))
    }

    fn seats(&self, agent: &Agent) -> bool {
        let sites = &self.step.sites;
        sites.is_empty() || agent.site.is_some_and(|site| sites.contains(&site))
    }

    /// An alternative has the contact's needs added to it. Where both name a skill the higher
    /// level counts, which is to say that both must be satisfied.
    fn needs_satisfied(&self, agent: &Agent) -> bool {
        self.kept_needs().all(|need| agent.level(need.skill) >= need.level)
    }

    fn kept_needs(&self) -> impl Iterator<Item = &'w Need> {
        let drops = &self.step.drops;
        self.needs.iter().filter(|need| !drops.contains(&need.skill))
    }
}

fn satisfied(agent: &Agent, terms: &[(SkillId, u8)]) -> bool {
    terms.iter().all(|&(skill, level)| agent.level(skill) >= level)
}
