//! How large a centre is, and what its agents can do.

use std::cmp::Ordering;

use acd_core::{
    AgentDefinition, Definitions, Nanos, QueueDefinition, Step, Strategy, Term, WrapUpMode,
    WrapUpPolicy,
};

use crate::random::Random;

/// Levels of a skill; each level of each skill is what one queue asks for.
const LEVELS: u32 = 10;
/// What a level falls by at each relaxation, and when.
const RELAXED: u32 = 3;
/// Steps of a queue that relaxes.
const STEPS: u32 = 3;

/// How many different agents there are, as far as skills go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signatures {
    /// Every agent has skills of its own.
    Distinct,
    /// Agents share so many sets of skills.
    Shared(u32),
}

/// A centre: queue (g, l) asks for skill g at level l or better, so that an agent fits as many
/// queues as its levels add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scene {
    /// Agents, all signed in and ready.
    pub agents: u32,
    /// Queues, a multiple of ten: distinct requirements before anything relaxes.
    pub classes: u32,
    /// Queues an agent fits, on average.
    pub fits: u32,
    /// How many different agents there are.
    pub signatures: Signatures,
    /// Contacts that wait all the time, while every agent is busy; 0: nobody waits, and a tenth
    /// of the agents, at most 1,000, is busy.
    pub waiting: u32,
    /// How queues choose among agents.
    pub strategy: Strategy,
    /// Whether the whole life of a contact is played: ringing, and a wrap-up the agent ends.
    pub whole_life: bool,
    /// When a contact that waits is first satisfied with less, and again after as long; 0: never.
    pub relax_after: Nanos,
    /// Virtual time between two commands.
    pub pace: Nanos,
}

impl Scene {
    /// 10,000 distinct agents who each fit 38 of 500 queues, the longest idle first.
    pub const CITY: Self = Self {
        agents: 10_000,
        classes: 500,
        fits: 38,
        signatures: Signatures::Distinct,
        waiting: 0,
        strategy: Strategy::LongestIdle,
        whole_life: false,
        relax_after: Nanos(0),
        pace: Nanos(1_000),
    };

    /// The scene's definitions.
    pub fn definitions(&self) -> Definitions {
        let skills = self.skills();
        let name = |skill: u32| format!("skill-{skill}");
        let mut random = Random::new(311);
        let sets: Vec<Vec<Term>> =
            (0..self.sets()).map(|number| self.set(number, &mut random)).collect();
        let agents = (0..self.agents as usize).map(|number| AgentDefinition {
            skills: sets[number % sets.len()].clone(),
            ..AgentDefinition::named(&format!("agent-{number}"))
        });
        Definitions {
            skills: (0..skills).map(name).collect(),
            queues: (0..self.classes).map(|queue| self.queue(queue)).collect(),
            agents: agents.collect(),
            ..Definitions::default()
        }
    }

    /// How many contacts are connected at a time while nobody waits.
    pub fn talking(&self) -> usize {
        (self.agents as usize / 10).clamp(1, 1_000)
    }

    fn skills(&self) -> u32 {
        (self.classes / LEVELS).max(1)
    }

    fn sets(&self) -> u32 {
        match self.signatures {
            Signatures::Distinct => self.agents,
            Signatures::Shared(sets) => sets,
        }
    }

    fn queue(&self, number: u32) -> QueueDefinition {
        let (skill, level) = (number / LEVELS, number % LEVELS + 1);
        let steps = if self.relax_after == Nanos(0) { 1 } else { STEPS };
        let step = |step: u32| Step {
            after: Nanos(self.relax_after.0 * u64::from(step)),
            alternatives: vec![vec![Term {
                skill: format!("skill-{skill}"),
                level: level.saturating_sub(step * RELAXED).max(1) as u8,
            }]],
            ..Step::admits_all()
        };
        let mode = if self.whole_life { WrapUpMode::Manual } else { WrapUpMode::None };
        QueueDefinition {
            strategy: self.strategy,
            steps: (0..steps).map(step).collect(),
            // Longer than any run, so that no deadline but a relaxation's comes due.
            offer_timeout: Nanos::from_secs(86_400),
            wrap_up: WrapUpPolicy { mode, maximum: Nanos::from_secs(86_400) },
            max_waiting: u32::MAX,
            ..QueueDefinition::named(&format!("queue-{number}"))
        }
    }

    /// Skills whose levels add up to `fits`. The first sets cover every queue between them.
    fn set(&self, number: u32, random: &mut Random) -> Vec<Term> {
        let skills = self.skills();
        let count = ((self.fits * 2).div_ceil(LEVELS + 1)).clamp(1, skills);
        let mut left: Vec<u32> = (0..skills).collect();
        let covers = number < skills;
        let mut terms: Vec<(u32, u32)> = Vec::new();
        for at in 0..count {
            let master = covers && at == 0;
            let place = if master { number } else { random.below(left.len() as u32) };
            let level =
                if master { LEVELS.min(self.fits + 1 - count) } else { random.within(1, LEVELS) };
            terms.push((left.swap_remove(place as usize), level));
        }
        let bounds = (count, count * LEVELS);
        let wanted = self.fits.clamp(bounds.0, bounds.1);
        let mut sum: u32 = terms.iter().map(|(_, level)| level).sum();
        while sum != wanted && (count > 1 || !covers) {
            let at = random.within(u32::from(covers), count - 1) as usize;
            let level = &mut terms[at].1;
            match sum.cmp(&wanted) {
                Ordering::Less if *level < LEVELS => (*level, sum) = (*level + 1, sum + 1),
                Ordering::Greater if *level > 1 => (*level, sum) = (*level - 1, sum - 1),
                _ => {}
            }
        }
        let term = |(skill, level)| Term { skill: format!("skill-{skill}"), level: level as u8 };
        terms.into_iter().map(term).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_fits_as_many_queues_as_it_should() {
        for (classes, fits) in [(500, 38), (500, 400), (2_000, 40), (20, 14), (50, 8), (50, 2)] {
            let scene = Scene { agents: 500, classes, fits, ..Scene::CITY };
            let agents = scene.definitions().agents;
            let levels = agents.iter().flat_map(|agent| &agent.skills);
            let sum: u32 = levels.map(|term| u32::from(term.level)).sum();
            assert_eq!(sum, fits * scene.agents, "{fits} queues an agent");
        }
    }
}
