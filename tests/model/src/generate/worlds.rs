//! Random definitions of a small centre, always valid.

use acd_core::{
    AgentDefinition, Capacity, Definitions, MaxWait, MaxWaitAction, Nanos, Overflow,
    QueueDefinition, Step, Strategy, Term, WrapUpMode, WrapUpPolicy, limits,
};

use crate::random::Random;

const SKILLS: [&str; 5] = ["roads", "parking", "es", "vi", "fire"];
const SITES: [&str; 3] = ["north", "south", "home"];
const REASONS: [&str; 2] = ["lunch", "training"];
const QUEUES: [&str; 4] = ["works", "permits", "health", "taxes"];
const AGENTS: [&str; 12] =
    ["ana", "bo", "cai", "dee", "eli", "fay", "gus", "hal", "ivy", "jon", "kim", "lea"];
const STRATEGIES: [Strategy; 6] = [
    Strategy::LongestIdle,
    Strategy::BestSkill,
    Strategy::LeastOccupied,
    Strategy::FewestContacts,
    Strategy::RoundRobin,
    Strategy::Random,
];
/// How long things take: few lengths, so that deadlines often fall on one instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lengths(&'static [u64]);

impl Lengths {
    /// Hasty, ordinary and slow worlds.
    pub(super) fn of(random: &mut Random) -> Self {
        let all: [&[u64]; 3] = [
            &[1, 500, 1_000, 1_000, 2_000, 2_000, 3_000, 5_000, 10_000],
            &[500, 1_000, 5_000, 5_000, 10_000, 20_000, 30_000],
            &[1_000, 10_000, 30_000, 60_000, 60_000, 600_000],
        ];
        Self(all[random.below(3) as usize])
    }
}

/// Definitions that contain at least the named queues and agents.
pub(super) fn definitions(
    random: &mut Random,
    lengths: Lengths,
    queues: &[String],
    agents: &[String],
) -> Definitions {
    let skills = some_of(random, &SKILLS, 2);
    let sites = some_of(random, &SITES, 1);
    let reasons = some_of(random, &REASONS, 0);
    let queue_names = with(some_of(random, &QUEUES, 1), queues);
    let agent_names = with(some_of(random, &AGENTS, 2), agents);
    let mut definitions = Definitions {
        skills,
        sites,
        reasons,
        queues: Vec::new(),
        agents: Vec::new(),
        grace: length(random, lengths),
        orphan_end: length(random, lengths),
    };
    for (index, name) in queue_names.iter().enumerate() {
        let mut queue = queue(random, lengths, name, &definitions);
        if random.chance(40) {
            // Moves go to later queues only, so they cannot go in a circle.
            let action = match random.pick(&queue_names[index + 1..]) {
                Some(target) if random.chance(70) => MaxWaitAction::Move(target.clone()),
                _ => MaxWaitAction::End,
            };
            queue.max_wait = Some(MaxWait { after: length(random, lengths), action });
        }
        definitions.queues.push(queue);
    }
    for name in &agent_names {
        let agent = agent(random, name, &definitions);
        definitions.agents.push(agent);
    }
    definitions
}

fn queue(
    random: &mut Random,
    lengths: Lengths,
    name: &str,
    definitions: &Definitions,
) -> QueueDefinition {
    let mut queue = QueueDefinition::named(name);
    queue.strategy = *random.pick(&STRATEGIES).unwrap_or(&Strategy::BestSkill);
    queue.objective = length(random, lengths);
    queue.steps = steps(random, lengths, definitions);
    queue.offer_timeout = length(random, lengths);
    queue.prefer_for = length(random, lengths);
    queue.pause_rejected = length(random, lengths);
    queue.pause_busy = length(random, lengths);
    queue.pause_unreachable = length(random, lengths);
    queue.pause_no_answer = length(random, lengths);
    queue.rona_limit = random.below(4) as u8;
    queue.wrap_up = wrap_up(random, lengths);
    if random.chance(50) {
        queue.promote_after = Some(length(random, lengths));
        queue.promote_bands = random.below(5) as u8;
    }
    if random.chance(40) {
        queue.max_waiting = random.below(4) as u32;
    }
    queue.expected_handle = length(random, lengths);
    if random.chance(50) && queue.steps.len() > 1 {
        let (a, b) = (length(random, lengths), length(random, lengths));
        let step = random.within(1, queue.steps.len() as u64 - 1) as u8;
        queue.overflow = Some(Overflow { join: a.max(b), leave: a.min(b), step });
    }
    queue.callback_retry = length(random, lengths);
    queue.callback_attempts = random.within(1, 3) as u8;
    queue
}

fn steps(random: &mut Random, lengths: Lengths, definitions: &Definitions) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut after = Nanos(0);
    for _ in 0..random.within(1, 4) {
        let count = if random.chance(60) { 1 } else { random.within(1, 3) };
        let alternatives = (0..count).map(|_| terms(random, &definitions.skills)).collect();
        let sites = if random.chance(20) { some(random, &definitions.sites) } else { Vec::new() };
        let drops = if random.chance(25) { some(random, &definitions.skills) } else { Vec::new() };
        steps.push(Step { after, alternatives, sites, drops });
        after.0 += length(random, lengths).0;
    }
    steps
}

fn terms(random: &mut Random, skills: &[String]) -> Vec<Term> {
    let mut terms = Vec::new();
    for _ in 0..random.below(3) {
        if let Some(skill) = random.pick(skills) {
            terms.push(Term { skill: skill.clone(), level: random.within(1, 3) as u8 });
        }
    }
    terms
}

fn wrap_up(random: &mut Random, lengths: Lengths) -> WrapUpPolicy {
    let (a, b) = (length(random, lengths), length(random, lengths));
    let mode = match random.below(4) {
        0 => WrapUpMode::None,
        1 => WrapUpMode::Manual,
        _ => WrapUpMode::Fixed { length: a.min(b), mandatory: random.chance(30) },
    };
    WrapUpPolicy { mode, maximum: a.max(b) }
}

fn agent(random: &mut Random, name: &str, definitions: &Definitions) -> AgentDefinition {
    let mut agent = AgentDefinition::named(name);
    agent.site = random.pick(&definitions.sites).filter(|_| random_half(name)).cloned();
    for skill in &definitions.skills {
        if random.chance(60) {
            agent.skills.push(Term { skill: skill.clone(), level: random.within(1, 5) as u8 });
        }
    }
    if random.chance(25) {
        agent.capacity = capacity(random);
    }
    agent
}

/// Some names sit nowhere, in every world.
fn random_half(name: &str) -> bool {
    name.len() % 2 == 1
}

pub(super) fn capacity(random: &mut Random) -> Capacity {
    Capacity(std::array::from_fn(|_| random.below(4) as u8))
}

pub(super) fn length(random: &mut Random, lengths: Lengths) -> Nanos {
    Nanos::from_millis(*random.pick(lengths.0).unwrap_or(&1_000))
}

/// A length that is refused in a few of a hundred cases.
pub(super) fn length_or_bad(random: &mut Random, lengths: Lengths) -> Nanos {
    match random.below(60) {
        0 => Nanos(limits::DURATION_MIN.0 - 1),
        1 => Nanos(limits::DURATION_MAX.0 + 1),
        2 => limits::DURATION_MAX,
        _ => length(random, lengths),
    }
}

fn some_of(random: &mut Random, names: &[&str], least: usize) -> Vec<String> {
    let count = random.within(least as u64, names.len() as u64) as usize;
    let mut left: Vec<&str> = names.to_vec();
    while left.len() > count {
        left.remove(random.below(left.len() as u64) as usize);
    }
    left.into_iter().map(String::from).collect()
}

fn some(random: &mut Random, names: &[String]) -> Vec<String> {
    names.iter().filter(|_| random.chance(50)).cloned().collect()
}

fn with(mut names: Vec<String>, more: &[String]) -> Vec<String> {
    for name in more {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}
