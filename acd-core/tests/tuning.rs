//! However matching keeps its lists, it decides the same: engines of all tunings go side by side
//! through the life of a centre large enough for trees to divide and join.

use acd_core::{
    AgentDefinition, AgentId, Channel, Command, ContactId, ContactState, Definitions, Effects,
    EndCause, Engine, FailCause, FrontEndId, Matching, Nanos, Need, Party, QueueDefinition,
    QueueId, SkillId, Step, Strategy, Submit, Term, Timestamp, Tuning,
};

const AGENTS: u32 = 240;
const QUEUES: u32 = 12;
const SKILLS: u32 = 8;
const STRATEGIES: [Strategy; 6] = [
    Strategy::LongestIdle,
    Strategy::BestSkill,
    Strategy::LeastOccupied,
    Strategy::FewestContacts,
    Strategy::RoundRobin,
    Strategy::Random,
];

struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ((self.0 >> 33) % u64::from(end)) as u32
    }

    fn level(&mut self) -> u8 {
        1 + self.below(5) as u8
    }
}

fn definitions(numbers: &mut Numbers, strategies: &[Strategy]) -> Definitions {
    let skill = |at: u32| format!("skill-{at}");
    let queues = (0..QUEUES).map(|at| {
        let term = |skill_at: u32, level| Term { skill: skill(skill_at % SKILLS), level };
        let strict = vec![vec![term(at, 3)], vec![term(at + 1, 2), term(at + 3, 2)]];
        let eased = vec![vec![term(at, 1)]];
        let later = |seconds, alternatives| Step {
            after: Nanos::from_secs(seconds),
            alternatives,
            ..Step::admits_all()
        };
        QueueDefinition {
            strategy: strategies[at as usize % strategies.len()],
            steps: vec![later(0, strict), later(40, eased)],
            objective: Nanos::from_secs(u64::from(20 + at % 3 * 20)),
            promote_after: (at % 4 == 0).then_some(Nanos::from_secs(50)),
            ..QueueDefinition::named(&format!("queue-{at}"))
        }
    });
    let queues = queues.collect();
    let agents = (0..AGENTS).map(|at| {
        let first = numbers.below(SKILLS);
        let skills = (0..3)
            .map(|more| Term { skill: skill((first + more) % SKILLS), level: numbers.level() });
        AgentDefinition {
            skills: skills.collect(),
            ..AgentDefinition::named(&format!("agent-{at}"))
        }
    });
    let agents = agents.collect();
    Definitions {
        skills: (0..SKILLS).map(skill).collect(),
        queues,
        agents,
        ..Definitions::default()
    }
}

/// A command that may be refused; the more contacts there are, the more end.
fn command(numbers: &mut Numbers, engine: &Engine, first: u64, wave: bool) -> Command {
    let agent = AgentId(1 + numbers.below(AGENTS));
    let issued = engine.counters().contacts;
    let contact = ContactId(
        first + u64::from(numbers.below((issued + 1).saturating_sub(first).max(1) as u32)),
    );
    match numbers.below(16) {
        0..=4 if wave => Command::Submit(Submit {
            front_end: FrontEndId(1),
            channel: Channel::ALL[[0, 0, 0, 3, 4, 5][numbers.below(6) as usize]],
            queue: QueueId(1 + numbers.below(QUEUES)),
            prio: 5 - u8::from(numbers.below(8) == 0),
            needs: match numbers.below(3) {
                0 => {
                    vec![Need { skill: SkillId(1 + numbers.below(SKILLS)), level: numbers.level() }]
                }
                _ => Vec::new(),
            },
            prefer: if numbers.below(12) == 0 { vec![agent, AgentId(1)] } else { Vec::new() },
            prefer_for: None,
            age: Nanos::from_secs(u64::from(numbers.below(20) / 19 * 30)),
        }),
        0..=7 => match engine.contact(contact).map(|contact| contact.state) {
            Some(ContactState::Offered { offer }) if numbers.below(6) > 0 => {
                Command::Answer { offer }
            }
            Some(ContactState::Offered { offer }) => {
                Command::OfferFailed { offer, cause: FailCause::Rejected }
            }
            _ => Command::End { contact, cause: EndCause::Hangup, by: Party::Caller },
        },
        8 => Command::Abandon { contact },
        9 => Command::Requeue { contact },
        10 => Command::SetSkills {
            agent,
            set: vec![Need { skill: SkillId(1 + numbers.below(SKILLS)), level: numbers.level() }],
            unset: Vec::new(),
        },
        11 => Command::NotReady { agent, reason: None },
        12 => Command::Prioritise { contact, prio: numbers.below(10) as u8 },
        _ => Command::Ready { agent },
    }
}

/// Applies a command to every engine, Ticks first, and compares what they say.
fn apply_all(engines: &mut [Engine], now: Timestamp, command: &Command) {
    while engines[0].next_deadline().is_some_and(|due| due <= now) {
        compare(engines, now, &Command::Tick);
    }
    compare(engines, now, command);
}

fn compare(engines: &mut [Engine], now: Timestamp, command: &Command) {
    let mut told = engines.iter_mut().map(|engine| {
        let mut effects = Effects::new();
        (engine.apply(now, command.clone(), &mut effects), effects)
    });
    let first = told.next().expect("there are engines");
    for (at, other) in told.enumerate() {
        assert_eq!(other, first, "engine {} at {now:?}: {command:?}", at + 1);
    }
}

fn tunings() -> [Tuning; 5] {
    let usual = Tuning::default();
    [
        usual,
        Tuning { signatures_max: 0, ..usual },
        Tuning { signatures_max: 215, groups_max: 200, ..usual },
        Tuning { classes_max: 20, ..usual },
        Tuning { signatures_max: 0, classes_max: 64, ..usual },
    ]
}

/// What the engines did to keep their lists, summed over the worlds; the most of what was kept.
fn live(seed: u64, strategies: &[Strategy], most: &mut [Matching; 5]) {
    let mut numbers = Numbers(seed);
    let mut engines = tunings().map(|tuning| Engine::with_tuning(seed, tuning));
    let mut now = Timestamp(0);
    let centre = definitions(&mut numbers, strategies);
    apply_all(&mut engines, now, &Command::Configure(Box::new(centre)));
    apply_all(&mut engines, now, &Command::FrontEndBack { front_end: FrontEndId(1) });
    for agent in (1..=AGENTS).map(AgentId) {
        apply_all(&mut engines, now, &Command::SignIn { agent, capacity: None });
        apply_all(&mut engines, now, &Command::Ready { agent });
    }
    let mut first = 1;
    for round in 0..6_000_u32 {
        now = now.after(Nanos::from_millis(40));
        let wave = round / 1_000 % 2 == 0;
        if round % 1_000 == 0 && round > 0 {
            first = engines[0].counters().contacts.saturating_sub(400).max(1);
        }
        let command = command(&mut numbers, &engines[0], first, wave);
        apply_all(&mut engines, now, &command);
        if round == 3_500 {
            let again = definitions(&mut numbers, strategies);
            apply_all(&mut engines, now, &Command::Configure(Box::new(again)));
        }
        if round % 500 == 0 {
            let hashes = engines.each_ref().map(Engine::state_hash);
            assert!(hashes.iter().all(|&hash| hash == hashes[0]), "round {round}: {hashes:x?}");
            engines[round as usize / 500 % 5].check_invariants().expect("invariants hold");
        }
        for (seen, engine) in most.iter_mut().zip(&engines) {
            let told = engine.matching();
            seen.in_groups = seen.in_groups.max(told.in_groups);
            seen.in_trees = seen.in_trees.max(told.in_trees);
            seen.classes = seen.classes.max(told.classes);
            seen.forgotten = seen.forgotten.max(told.forgotten);
            seen.loose = seen.loose.max(told.loose);
            seen.moved = seen.moved.max(told.moved);
            seen.divided = seen.divided.max(told.divided);
            seen.joined = seen.joined.max(told.joined);
        }
    }
}

#[test]
fn every_tuning_decides_the_same() {
    let mut seen = [Matching::default(); 5];
    live(1, &STRATEGIES, &mut seen);
    live(2, &[Strategy::BestSkill], &mut seen);
    live(3, &[Strategy::LongestIdle, Strategy::RoundRobin], &mut seen);
    let [usual, trees, between, few_classes, reused] = seen;
    println!("{seen:#?}");
    assert!(usual.in_groups > 100 && usual.in_trees == 0, "groups are the usual way");
    assert!(usual.classes > 64, "there are more classes than some engines may have");
    assert!(trees.in_trees > 100 && trees.in_groups == 0, "trees are the way of many");
    assert!(trees.divided > 100 && trees.joined > 10, "trees grow, shrink and are compacted");
    assert!(between.in_groups > 20 && between.in_trees > 20, "both ways side by side");
    assert!(between.moved > 20, "agents changed from one to the other");
    assert!(few_classes.classes == 20 && few_classes.loose > 100, "contacts without a class");
    assert!(reused.classes == 64 && reused.forgotten > 20, "numbers of classes are used again");
}
