//! Rule 16: what a replacement of all definitions refuses.

use acd_core::{
    Definitions, MaxWaitAction, Presence, QueueDefinition, Rejection, Step, Term, WrapUpMode,
    limits,
};

use super::Refusals;

impl Refusals<'_> {
    pub(super) fn configure(&mut self, new: &Definitions) {
        let queues: Vec<String> = new.queues.iter().map(|queue| queue.name.clone()).collect();
        let agents: Vec<String> = new.agents.iter().map(|agent| agent.name.clone()).collect();
        let known = &self.model.state.names;
        self.names(&new.skills, &known.skills, limits::SKILLS_MAX);
        self.names(&new.sites, &known.sites, limits::SITES_MAX);
        self.names(&new.reasons, &known.reasons, limits::REASONS_MAX);
        self.names(&queues, &known.queues, limits::QUEUES_MAX);
        self.names(&agents, &known.agents, limits::AGENTS_MAX);
        self.length(new.grace);
        self.length(new.orphan_end);
        for queue in &new.queues {
            self.policy(queue, new);
            self.when(moves_in_a_circle(queue, new), Rejection::BadPolicy);
        }
        self.defined_agents(new);
        self.in_use(&queues, &agents);
    }

    fn names(&mut self, names: &[String], known: &[String], most: usize) {
        let bad = names.iter().any(|name| name.is_empty() || name.len() > limits::NAME_BYTES_MAX);
        self.when(bad, Rejection::BadName);
        let twice = names.iter().any(|name| names.iter().filter(|n| *n == name).count() > 1);
        self.when(twice, Rejection::DuplicateName);
        let mut ever: Vec<&String> = known.iter().chain(names).collect();
        ever.sort_unstable();
        ever.dedup();
        self.when(ever.len() > most, Rejection::TooManyDefinitions);
    }

    fn policy(&mut self, queue: &QueueDefinition, new: &Definitions) {
        let lengths = [
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
        for length in lengths {
            self.length(length);
        }
        queue.promote_after.into_iter().for_each(|length| self.length(length));
        if let WrapUpMode::Fixed { length, .. } = queue.wrap_up.mode {
            self.length(length);
            self.when(length > queue.wrap_up.maximum, Rejection::BadPolicy);
        }
        if let Some(max_wait) = &queue.max_wait {
            self.length(max_wait.after);
            if let MaxWaitAction::Move(target) = &max_wait.action {
                let defined = new.queues.iter().any(|queue| queue.name == *target);
                self.when(!defined, Rejection::UnknownQueue);
            }
        }
        if let Some(overflow) = queue.overflow {
            self.length(overflow.join);
            self.length(overflow.leave);
            let step = usize::from(overflow.step);
            let bad = step == 0 || step >= queue.steps.len() || overflow.leave > overflow.join;
            self.when(bad, Rejection::BadPolicy);
        }
        let counts = [queue.promote_bands, queue.callback_attempts];
        let high = counts.into_iter().any(|count| count > limits::POLICY_COUNT_MAX);
        self.when(high || queue.callback_attempts == 0, Rejection::BadPolicy);
        self.steps(&queue.steps, new);
    }

    fn steps(&mut self, steps: &[Step], new: &Definitions) {
        let count = steps.len();
        self.when(count == 0 || count > limits::STEPS_MAX, Rejection::BadSteps);
        self.when(steps.first().is_some_and(|step| step.after.0 != 0), Rejection::BadSteps);
        let rises = steps.windows(2).all(|pair| pair[0].after < pair[1].after);
        self.when(!rises, Rejection::BadSteps);
        for (index, step) in steps.iter().enumerate() {
            if index > 0 || step.after.0 != 0 {
                self.length(step.after);
            }
            self.when(step.alternatives.is_empty(), Rejection::BadSteps);
            let many = step.alternatives.len() > limits::ALTERNATIVES_MAX;
            self.when(many, Rejection::TooManyTerms);
            for terms in &step.alternatives {
                self.when(terms.len() > limits::TERMS_MAX, Rejection::TooManyTerms);
                self.terms(terms, new);
            }
            let unknown = step.drops.iter().any(|skill| !new.skills.contains(skill));
            self.when(unknown, Rejection::UnknownSkill);
            let unknown = step.sites.iter().any(|site| !new.sites.contains(site));
            self.when(unknown, Rejection::UnknownSite);
        }
    }

    fn terms(&mut self, terms: &[Term], new: &Definitions) {
        let unknown = terms.iter().any(|term| !new.skills.contains(&term.skill));
        self.when(unknown, Rejection::UnknownSkill);
        let bad = terms.iter().any(|term| !(1..=limits::LEVEL_MAX).contains(&term.level));
        self.when(bad, Rejection::BadLevel);
    }

    fn defined_agents(&mut self, new: &Definitions) {
        for agent in &new.agents {
            self.terms(&agent.skills, new);
            let twice = agent.skills.iter().any(|term| {
                agent.skills.iter().filter(|other| other.skill == term.skill).count() > 1
            });
            self.when(twice, Rejection::DuplicateSkill);
            let unknown = agent.site.as_ref().is_some_and(|site| !new.sites.contains(site));
            self.when(unknown, Rejection::UnknownSite);
            self.capacity(Some(&agent.capacity));
        }
    }

    /// A removed queue with live contacts, a removed agent not signed out.
    fn in_use(&mut self, queues: &[String], agents: &[String]) {
        let state = &self.model.state;
        let queue_in_use = state.contacts.iter().any(|contact| {
            let name = &state.names.queues[contact.queue.0 as usize - 1];
            !queues.contains(name)
        });
        let agent_in_use = state.agents.iter().any(|agent| {
            let name = &state.names.agents[agent.agent.0 as usize - 1];
            agent.presence != Presence::SignedOut && !agents.contains(name)
        });
        self.when(queue_in_use || agent_in_use, Rejection::DefinitionInUse);
    }
}

/// Whether maximum waits could move a contact of this queue back into it.
fn moves_in_a_circle(queue: &QueueDefinition, new: &Definitions) -> bool {
    let mut name = &queue.name;
    for _ in 0..new.queues.len() {
        let found = new.queues.iter().find(|queue| queue.name == *name);
        let max_wait = found.and_then(|queue| queue.max_wait.as_ref());
        match max_wait.map(|max_wait| &max_wait.action) {
            Some(MaxWaitAction::Move(target)) => name = target,
            _ => return false,
        }
        if *name == queue.name {
            return true;
        }
    }
    false
}
