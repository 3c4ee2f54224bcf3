//! Whether definitions can replace those in force: everything wrong with them, lowest first.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::checks::Checks;
use crate::definitions::{
    AgentDefinition, Definitions, MaxWaitAction, QueueDefinition, Step, WrapUpMode,
};
use crate::ids::{AgentId, QueueId};
use crate::limits;
use crate::names::NameTable;
use crate::rejection::Rejection;
use crate::time::Nanos;
use crate::world::World;

/// The names that definitions may refer to.
struct Named<'d> {
    skills: BTreeSet<&'d str>,
    sites: BTreeSet<&'d str>,
    queues: BTreeSet<&'d str>,
}

impl World {
    /// Notes every reason to refuse the definitions.
    pub(super) fn check_definitions(&self, checks: &mut Checks, definitions: &Definitions) {
        let Definitions { skills, sites, reasons, queues, agents, grace, orphan_end } = definitions;
        checks.duration(*grace);
        checks.duration(*orphan_end);
        let tables = &self.tables;
        let skills = || skills.iter().map(alloc::string::String::as_str);
        let sites = || sites.iter().map(alloc::string::String::as_str);
        let reasons = || reasons.iter().map(alloc::string::String::as_str);
        let queue_names = || queues.iter().map(|queue| queue.name.as_str());
        let agent_names = || agents.iter().map(|agent| agent.name.as_str());
        let named = Named {
            skills: check_names(checks, &tables.skills, skills, limits::SKILLS_MAX),
            sites: check_names(checks, &tables.sites, sites, limits::SITES_MAX),
            queues: check_names(checks, &tables.queues, queue_names, limits::QUEUES_MAX),
        };
        check_names(checks, &tables.reasons, reasons, limits::REASONS_MAX);
        let agents_named = check_names(checks, &tables.agents, agent_names, limits::AGENTS_MAX);
        for queue in queues {
            check_queue(checks, &named, queue);
        }
        checks.refuse_if(moves_in_a_circle(queues), Rejection::BadPolicy);
        for agent in agents {
            check_agent(checks, &named, agent);
        }
        checks
            .refuse_if(self.removes_used(&named.queues, &agents_named), Rejection::DefinitionInUse);
    }

    /// Whether a queue with contacts, or an agent who is signed in, would go.
    fn removes_used(&self, queues: &BTreeSet<&str>, agents: &BTreeSet<&str>) -> bool {
        let busy = |queue: &str| {
            let number = self.tables.queues.number(queue).map(QueueId);
            let queue = number.and_then(|number| self.queue_if_defined(number));
            queue.is_some_and(|queue| queue.live > 0)
        };
        let there = |agent: &str| {
            let number = self.tables.agents.number(agent).map(AgentId);
            number.is_some_and(|number| self.is_signed_in(number))
        };
        self.names.queues.iter().any(|name| !queues.contains(name.as_str()) && busy(name))
            || self.names.agents.iter().any(|name| !agents.contains(name.as_str()) && there(name))
    }
}

/// Checks the names of one kind, and gives them as a set.
fn check_names<'d, I: Iterator<Item = &'d str>>(
    checks: &mut Checks,
    table: &NameTable,
    names: impl Fn() -> I,
    max: usize,
) -> BTreeSet<&'d str> {
    let mut set = BTreeSet::new();
    for name in names() {
        let good = (1..=limits::NAME_BYTES_MAX).contains(&name.len());
        checks.refuse_if(!good, Rejection::BadName);
        checks.refuse_if(!set.insert(name), Rejection::DuplicateName);
    }
    checks.refuse_if(table.known_with(names()) > max, Rejection::TooManyDefinitions);
    set
}

fn check_queue(checks: &mut Checks, named: &Named<'_>, queue: &QueueDefinition) {
    let durations = [
        queue.objective,
        queue.offer_timeout,
        queue.prefer_for,
        queue.pause_rejected,
        queue.pause_busy,
        queue.pause_unreachable,
        queue.pause_no_answer,
        queue.wrap_up.maximum,
        queue.expected_handle,
        queue.callback_retry,
    ];
    for length in durations.into_iter().chain(queue.promote_after) {
        checks.duration(length);
    }
    if let WrapUpMode::Fixed { length, .. } = queue.wrap_up.mode {
        checks.duration(length);
        checks.refuse_if(length > queue.wrap_up.maximum, Rejection::BadPolicy);
    }
    if let Some(wait) = &queue.max_wait {
        checks.duration(wait.after);
        if let MaxWaitAction::Move(target) = &wait.action {
            let known = named.queues.contains(target.as_str());
            checks.refuse_if(!known, Rejection::UnknownQueue);
        }
    }
    if let Some(overflow) = queue.overflow {
        checks.duration(overflow.join);
        checks.duration(overflow.leave);
        let beyond = !(1..queue.steps.len()).contains(&usize::from(overflow.step));
        checks.refuse_if(overflow.leave > overflow.join || beyond, Rejection::BadPolicy);
    }
    let counts = [queue.promote_bands, queue.callback_attempts];
    let high = counts.into_iter().any(|count| count > limits::POLICY_COUNT_MAX);
    checks.refuse_if(high || queue.callback_attempts == 0, Rejection::BadPolicy);
    check_steps(checks, named, &queue.steps);
}

fn check_steps(checks: &mut Checks, named: &Named<'_>, steps: &[Step]) {
    let first_at_0 = steps.first().is_some_and(|first| first.after == Nanos(0));
    let rising = steps.is_sorted_by(|a, b| a.after < b.after);
    let bad = !first_at_0 || !rising || steps.len() > limits::STEPS_MAX;
    checks.refuse_if(bad, Rejection::BadSteps);
    for step in steps.iter().skip(usize::from(first_at_0)) {
        checks.duration(step.after);
    }
    for step in steps {
        checks.refuse_if(step.alternatives.is_empty(), Rejection::BadSteps);
        let many = step.alternatives.len() > limits::ALTERNATIVES_MAX
            || step.alternatives.iter().any(|terms| terms.len() > limits::TERMS_MAX);
        checks.refuse_if(many, Rejection::TooManyTerms);
        let terms = step.alternatives.iter().flatten();
        for term in terms {
            checks.level(term.level);
            let known = named.skills.contains(term.skill.as_str());
            checks.refuse_if(!known, Rejection::UnknownSkill);
        }
        let drops_known = step.drops.iter().all(|skill| named.skills.contains(skill.as_str()));
        checks.refuse_if(!drops_known, Rejection::UnknownSkill);
        let sites_known = step.sites.iter().all(|site| named.sites.contains(site.as_str()));
        checks.refuse_if(!sites_known, Rejection::UnknownSite);
    }
}

fn check_agent(checks: &mut Checks, named: &Named<'_>, agent: &AgentDefinition) {
    let mut skills = BTreeSet::new();
    for term in &agent.skills {
        checks.level(term.level);
        checks.refuse_if(!skills.insert(term.skill.as_str()), Rejection::DuplicateSkill);
        let known = named.skills.contains(term.skill.as_str());
        checks.refuse_if(!known, Rejection::UnknownSkill);
    }
    let above = agent.capacity.0.iter().any(|&may| may > limits::CAPACITY_MAX);
    checks.refuse_if(above, Rejection::BadCapacity);
    let known = agent.site.as_deref().is_none_or(|site| named.sites.contains(site));
    checks.refuse_if(!known, Rejection::UnknownSite);
}

/// Whether some maximum wait leads, by whatever moves, back to its queue.
fn moves_in_a_circle(queues: &[QueueDefinition]) -> bool {
    let moves: BTreeMap<&str, &str> = queues
        .iter()
        .filter_map(|queue| match &queue.max_wait.as_ref()?.action {
            MaxWaitAction::Move(target) => Some((queue.name.as_str(), target.as_str())),
            MaxWaitAction::End => None,
        })
        .collect();
    let mut sound = BTreeSet::new();
    for &start in moves.keys() {
        let (mut walk, mut at) = (BTreeSet::new(), start);
        while !sound.contains(at) {
            if !walk.insert(at) {
                return true;
            }
            let Some(&next) = moves.get(at) else { break };
            at = next;
        }
        sound.append(&mut walk);
    }
    false
}
