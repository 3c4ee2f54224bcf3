//! Valid definitions made wrong in one place, one way for each refusal.

use acd_core::{Definitions, MaxWait, MaxWaitAction, Nanos, Term, WrapUpMode, limits};

use crate::random::Random;

pub(super) fn one_place(random: &mut Random, definitions: &mut Definitions) {
    let term = Term { skill: definitions.skills[0].clone(), level: 1 };
    let way = random.below(26);
    match way {
        0 => definitions.grace = Nanos(0),
        1 => definitions.orphan_end = Nanos(limits::DURATION_MAX.0 + 1),
        2 => definitions.skills.push(String::new()),
        3 => definitions.sites.push("x".repeat(limits::NAME_BYTES_MAX + 1)),
        4 => definitions.reasons.extend(["tea".into(), "tea".into()]),
        5 => definitions.reasons = (0..=limits::REASONS_MAX).map(|n| format!("r{n}")).collect(),
        6 => definitions.agents[0].skills = vec![term.clone(), term],
        7 => definitions.agents[0].site = Some("nowhere".into()),
        8 => definitions.agents[0].capacity.0[0] = limits::CAPACITY_MAX + 1,
        9 => definitions.agents[0].skills = vec![Term { level: 11, ..term }],
        10 => definitions.agents[0].skills = vec![Term { skill: "nothing".into(), ..term }],
        11 => {
            let doubled = definitions.agents[0].clone();
            definitions.agents.push(doubled);
        }
        _ => in_a_queue(way, term, definitions),
    }
}

fn in_a_queue(way: u64, term: Term, definitions: &mut Definitions) {
    let Some(queue) = definitions.queues.first_mut() else { return };
    match way {
        12 => queue.steps.clear(),
        13 => queue.steps[0].after = Nanos::from_secs(1),
        14 => queue.steps[0].alternatives.clear(),
        15 => {
            let last = queue.steps[queue.steps.len() - 1].clone();
            queue.steps.push(last);
        }
        16 => queue.steps = vec![queue.steps[0].clone(); limits::STEPS_MAX + 1],
        17 => queue.steps[0].alternatives = vec![vec![term; limits::TERMS_MAX + 1]],
        18 => queue.steps[0].alternatives = vec![Vec::new(); limits::ALTERNATIVES_MAX + 1],
        19 => queue.steps[0].sites.push("nowhere".into()),
        20 => queue.steps[0].drops.push("nothing".into()),
        21 => queue.promote_bands = limits::POLICY_COUNT_MAX + 1,
        22 => queue.callback_attempts = 0,
        23 => {
            let length = Nanos(queue.wrap_up.maximum.0 + 1);
            queue.wrap_up.mode = WrapUpMode::Fixed { length, mandatory: false };
        }
        24 => {
            let action = MaxWaitAction::Move(queue.name.clone());
            queue.max_wait = Some(MaxWait { after: Nanos::from_secs(1), action });
        }
        _ => {
            let action = MaxWaitAction::Move("nowhere".into());
            queue.max_wait = Some(MaxWait { after: Nanos::from_secs(1), action });
        }
    }
}
