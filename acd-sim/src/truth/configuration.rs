//! A case as a city would configure it.

use acd_core::{
    AgentDefinition, Definitions, Nanos, QueueDefinition, Step, Strategy, Term, WrapUpMode,
};

use super::case::{AgentRule, Case, ContactRule};
use super::law::nanos;

/// The case as a city would configure it: a queue a class, a skill a class that not all have alike.
pub(super) fn definitions(case: &Case) -> Definitions {
    let skill = |class: usize| format!("class-{}", class + 1);
    let levels = levels(case);
    let strategy = match case.agent_rule {
        AgentRule::LongestIdle => Strategy::LongestIdle,
        _ => Strategy::BestSkill,
    };
    let queues = case.classes.iter().enumerate().map(|(class, of)| {
        let alike = levels.iter().all(|person| {
            person.iter().any(|(at, _)| *at == class) && strategy == Strategy::LongestIdle
        });
        let steps = if alike {
            vec![Step::admits_all()]
        } else {
            let terms = vec![Term { skill: skill(class), level: 1 }];
            vec![Step { alternatives: vec![terms], ..Step::admits_all() }]
        };
        let objective = match case.contact_rule {
            ContactRule::EarliestDue => nanos(of.target),
            ContactRule::Fifo | ContactRule::Priority => Nanos::from_secs(60),
        };
        let mut queue =
            QueueDefinition { strategy, steps, objective, ..QueueDefinition::named(&skill(class)) };
        queue.wrap_up.mode = WrapUpMode::None;
        queue
    });
    let agents = levels.iter().enumerate().map(|(at, levels)| {
        let terms = levels.iter().map(|&(class, level)| Term { skill: skill(class), level });
        AgentDefinition {
            skills: terms.collect(),
            ..AgentDefinition::named(&format!("agent-{}", at + 1))
        }
    });
    Definitions {
        skills: (0..case.classes.len()).map(skill).collect(),
        queues: queues.collect(),
        agents: agents.collect(),
        ..Definitions::default()
    }
}

/// Each agent's skills as the engine has them: 10 is best. The fastest, or the slowest, are the
/// best where a case says so.
fn levels(case: &Case) -> Vec<Vec<(usize, u8)>> {
    let factors = |class: usize| {
        let all = case.people.iter().flat_map(|person| &person.skills);
        let mut factors: Vec<f64> =
            all.filter(|skill| skill.0 == class).map(|skill| skill.2).collect();
        factors.sort_by(f64::total_cmp);
        factors.dedup();
        if case.agent_rule == AgentRule::Slowest {
            factors.reverse();
        }
        factors
    };
    let ranks: Vec<Vec<f64>> = (0..case.classes.len()).map(factors).collect();
    let level = |&(class, level, factor): &(usize, u32, f64)| {
        let rank = match case.agent_rule {
            AgentRule::Fastest | AgentRule::Slowest => {
                ranks[class].iter().position(|f| f.total_cmp(&factor).is_eq()).unwrap_or(0)
            }
            _ => level as usize - 1,
        };
        (class, 10 - rank.min(9) as u8)
    };
    case.people.iter().map(|person| person.skills.iter().map(level).collect()).collect()
}
