//! The centre that the adversary plays: rare skills, agents who are all different.

use acd_core::{
    AgentDefinition, Definitions, Nanos, QueueDefinition, Step, Strategy, Term, WrapUpMode,
    WrapUpPolicy,
};

use super::Size;
use crate::random::Random;

const STRATEGIES: [Strategy; 6] = [
    Strategy::LongestIdle,
    Strategy::BestSkill,
    Strategy::LeastOccupied,
    Strategy::FewestContacts,
    Strategy::RoundRobin,
    Strategy::Random,
];

/// Definitions of that size; the names are the same every time.
pub(super) fn of(random: &mut Random, size: Size) -> Definitions {
    let queues = (1..=size.queues).map(|number| queue(random, size, number)).collect();
    let agents = (1..=size.agents).map(|number| agent(random, size, number)).collect();
    Definitions {
        skills: (0..size.skills).map(skill).collect(),
        queues,
        agents,
        ..Definitions::default()
    }
}

fn skill(number: u32) -> String {
    format!("skill-{number}")
}

/// Asks for a rare skill, then for one of several, then for anyone; relaxes on the second, where
/// the deadlines of all that came in one instant fall together.
fn queue(random: &mut Random, size: Size, number: u32) -> QueueDefinition {
    let mut term = |most: u64| Term {
        skill: skill(random.below(u64::from(size.skills)) as u32),
        level: random.within(1, most) as u8,
    };
    let strict = vec![vec![term(9)]];
    let wider = vec![vec![term(6)], vec![term(4)], vec![term(2)]];
    let step = |after, alternatives| Step { after, alternatives, ..Step::admits_all() };
    let steps = vec![
        step(Nanos(0), strict),
        step(Nanos::from_secs(1), wider),
        step(Nanos::from_secs(60), vec![vec![]]),
    ];
    let length = Nanos::from_secs(random.within(1, 20));
    let mode = match random.below(3) {
        0 => WrapUpMode::None,
        1 => WrapUpMode::Manual,
        _ => WrapUpMode::Fixed { length, mandatory: false },
    };
    QueueDefinition {
        strategy: STRATEGIES[number as usize % STRATEGIES.len()],
        objective: Nanos::from_secs(random.within(10, 90)),
        steps,
        promote_after: random.chance(60).then(|| Nanos::from_secs(random.within(1, 3))),
        promote_bands: 3,
        wrap_up: WrapUpPolicy { mode, ..WrapUpPolicy::default() },
        max_waiting: u32::MAX,
        ..QueueDefinition::named(&format!("queue-{number}"))
    }
}

/// Common skills at levels of its own; every eighth agent alone has a rare one, at the top.
fn agent(random: &mut Random, size: Size, number: u32) -> AgentDefinition {
    let common = u64::from(size.skills / 2).max(1);
    let mut skills: Vec<Term> = Vec::new();
    for _ in 0..random.within(1, 6) {
        let name = skill(random.below(common) as u32);
        if skills.iter().all(|term| term.skill != name) {
            skills.push(Term { skill: name, level: random.within(1, 10) as u8 });
        }
    }
    if number.is_multiple_of(8) {
        let rare = common as u32 + number / 8 % (size.skills - common as u32).max(1);
        skills.push(Term { skill: skill(rare), level: 10 });
    }
    AgentDefinition { skills, ..AgentDefinition::named(&format!("agent-{number}")) }
}
