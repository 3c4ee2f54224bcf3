//! Whatever comes: invariants hold, a refusal changes nothing, and the same commands at the same
//! times give the same effects and the same state hash.

use std::collections::BTreeSet;

use acd_core::{
    AgentDefinition, AgentId, Capacity, Channel, Command, ContactId, Definitions, Effect, Effects,
    EndCause, Engine, FailCause, FrontEndId, MaxWait, MaxWaitAction, Nanos, Need, OfferId, Party,
    QueueDefinition, QueueId, ReasonId, SkillId, Step, Strategy, Submit, Term, Timestamp, Transfer,
    TransferTo, WaitingOnClose, WrapUpMode,
};

/// A generator of numbers, the same for a seed on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn small(&mut self, end: u32) -> u32 {
        self.below(u64::from(end)) as u32
    }

    fn chance(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize].clone()
    }
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const SKILLS: u32 = 4;
const AGENTS: u32 = 6;

fn ms(numbers: &mut Numbers) -> Nanos {
    Nanos::from_millis(1 + numbers.below(40))
}

fn terms(numbers: &mut Numbers) -> Vec<Term> {
    let count = numbers.below(3);
    let mut terms: Vec<Term> = Vec::new();
    for _ in 0..count {
        let skill = numbers.pick(&NAMES).to_string();
        if terms.iter().all(|term| term.skill != skill) {
            terms.push(Term { skill, level: 1 + numbers.small(10) as u8 });
        }
    }
    terms
}

fn needs(numbers: &mut Numbers) -> Vec<Need> {
    let count = numbers.below(3);
    (0..count)
        .map(|_| Need { skill: SkillId(numbers.small(SKILLS + 1)), level: numbers.small(7) as u8 })
        .collect()
}

fn queue(numbers: &mut Numbers, at: usize) -> QueueDefinition {
    let steps = 1 + numbers.below(3);
    let steps = (0..steps)
        .map(|step| Step {
            after: Nanos::from_millis(step * 15),
            alternatives: (0..=numbers.below(2)).map(|_| terms(numbers)).collect(),
            sites: if numbers.chance(4) { vec!["a".into()] } else { Vec::new() },
            drops: if numbers.chance(4) { vec!["b".into()] } else { Vec::new() },
        })
        .collect();
    let mut queue = QueueDefinition { steps, ..QueueDefinition::named(NAMES[at]) };
    queue.strategy = numbers.pick(&[
        Strategy::LongestIdle,
        Strategy::BestSkill,
        Strategy::LeastOccupied,
        Strategy::FewestContacts,
        Strategy::RoundRobin,
        Strategy::Random,
    ]);
    queue.objective = ms(numbers);
    queue.offer_timeout = ms(numbers);
    queue.prefer_for = ms(numbers);
    queue.pause_no_answer = ms(numbers);
    queue.rona_limit = numbers.small(3) as u8;
    queue.promote_after = numbers.chance(2).then(|| ms(numbers));
    queue.promote_bands = numbers.small(4) as u8;
    queue.max_waiting = 8;
    queue.callback_retry = ms(numbers);
    queue.wrap_up.maximum = Nanos::from_millis(60);
    let mandatory = numbers.chance(2);
    queue.wrap_up.mode = numbers.pick(&[
        WrapUpMode::None,
        WrapUpMode::Manual,
        WrapUpMode::Fixed { length: Nanos::from_millis(20), mandatory },
    ]);
    if at > 0 && numbers.chance(3) {
        let action = numbers.pick(&[MaxWaitAction::End, MaxWaitAction::Move(NAMES[0].into())]);
        queue.max_wait = Some(MaxWait { after: ms(numbers), action });
    }
    queue
}

fn definitions(numbers: &mut Numbers) -> Definitions {
    let named = |count: usize| NAMES[..count].iter().map(|&name| name.into()).collect();
    let mut agents: Vec<AgentDefinition> = Vec::new();
    for at in 0..AGENTS {
        if numbers.chance(8) {
            continue;
        }
        agents.push(AgentDefinition {
            site: numbers.chance(2).then(|| "a".into()),
            skills: terms(numbers),
            ..AgentDefinition::named(&format!("agent-{at}"))
        });
    }
    let count = 2 + numbers.below(2) as usize;
    Definitions {
        skills: named(4),
        sites: named(2),
        reasons: named(2),
        queues: (0..count).map(|at| queue(numbers, at)).collect(),
        agents,
        grace: ms(numbers),
        orphan_end: ms(numbers),
    }
}

fn submit(numbers: &mut Numbers) -> Submit {
    Submit {
        front_end: FrontEndId(1 + numbers.small(2)),
        channel: numbers.pick(&Channel::ALL),
        queue: QueueId(1 + numbers.small(3)),
        prio: numbers.small(11) as u8,
        needs: needs(numbers),
        prefer: (0..numbers.below(5)).map(|_| AgentId(1 + numbers.small(AGENTS))).take(2).collect(),
        prefer_for: numbers.chance(2).then(|| ms(numbers)),
        age: Nanos::from_millis(numbers.below(60)),
    }
}

fn transfer(numbers: &mut Numbers, contact: ContactId) -> Transfer {
    let queue = QueueId(1 + numbers.small(3));
    let agent = AgentId(1 + numbers.small(AGENTS));
    let attended = numbers.chance(2);
    let queue_of_agent = numbers.chance(2).then_some(queue);
    Transfer {
        contact,
        to: numbers.pick(&[
            TransferTo::Queue(queue),
            TransferTo::Agent { agent, queue: queue_of_agent, attended },
            TransferTo::Outside,
        ]),
        needs: numbers.chance(3).then(|| needs(numbers)),
        keep_age: numbers.chance(2),
    }
}

/// A contact that is likely live.
fn some_contact(numbers: &mut Numbers, engine: &Engine) -> ContactId {
    let live = engine.contacts().map(|contact| contact.contact).collect::<Vec<_>>();
    if live.is_empty() || numbers.chance(20) {
        return ContactId(numbers.below(engine.counters().contacts + 2));
    }
    numbers.pick(&live)
}

fn some_offer(numbers: &mut Numbers, engine: &Engine) -> OfferId {
    let live = engine.state().offers;
    if live.is_empty() || numbers.chance(20) {
        return OfferId(numbers.below(engine.counters().offers + 2));
    }
    numbers.pick(&live).offer
}

fn command(numbers: &mut Numbers, engine: &Engine, now: Timestamp) -> Command {
    let contact = some_contact(numbers, engine);
    let offer = some_offer(numbers, engine);
    let agent = AgentId(1 + numbers.small(AGENTS));
    let queue = QueueId(1 + numbers.small(3));
    let front_end = FrontEndId(1 + numbers.small(3));
    let running = engine.state().wrap_ups;
    let (holder, ended) = if running.is_empty() {
        (agent, contact)
    } else {
        let wrap_up = numbers.pick(&running);
        (wrap_up.agent, wrap_up.contact)
    };
    match numbers.below(110) {
        0..20 => Command::Submit(submit(numbers)),
        20..38 => Command::Answer { offer },
        38..46 => Command::OfferFailed {
            offer,
            cause: numbers.pick(&[
                FailCause::Rejected,
                FailCause::Busy,
                FailCause::Unreachable,
                FailCause::NoAnswer,
            ]),
        },
        46..58 => Command::Ready { agent },
        58..62 => {
            Command::SignIn { agent, capacity: numbers.chance(3).then_some(Capacity([1; 6])) }
        }
        62..68 => Command::End { contact, cause: EndCause::Hangup, by: Party::Caller },
        68..70 => Command::Abandon { contact },
        70..75 => Command::Transfer(transfer(numbers, contact)),
        75 => Command::Requeue { contact },
        76 => Command::Hold { contact },
        77 => Command::Unhold { contact },
        78 => Command::Move { contact, queue },
        79..82 => {
            Command::Callback { contact, at: numbers.chance(2).then(|| now.after(ms(numbers))) }
        }
        82..84 => Command::CallbackFailed { contact },
        84 => Command::Prioritise { contact, prio: numbers.small(11) as u8 },
        85..88 => Command::OfferTo { contact, agent },
        88 => Command::OfferRinging { offer },
        89..91 => Command::SignOut { agent },
        91..93 => Command::NotReady { agent, reason: numbers.chance(2).then_some(ReasonId(1)) },
        93 => Command::AgentLost { agent },
        94 => Command::SetSkills {
            agent,
            set: needs(numbers),
            unset: numbers.chance(2).then_some(SkillId(1)).into_iter().collect(),
        },
        95..97 => Command::SkillFor { agent, set: needs(numbers), length: ms(numbers) },
        97 => Command::SetCapacity { agent, set: vec![(Channel::Chat, numbers.small(4) as u8)] },
        98..100 => Command::WrapDone { agent: holder, contact: ended },
        100 => Command::WrapExtend { agent: holder, contact: ended, by: ms(numbers) },
        101..103 => Command::OpenQueue { queue },
        103 => Command::CloseQueue {
            queue,
            waiting: numbers.pick(&[
                WaitingOnClose::Keep,
                WaitingOnClose::End,
                WaitingOnClose::Move(QueueId(1)),
            ]),
        },
        104 => Command::FrontEndLost { front_end },
        105..107 => Command::FrontEndBack { front_end },
        107 => Command::Configure(Box::new(definitions(numbers))),
        108 if numbers.chance(4) => Command::Resume,
        108 if numbers.chance(10) => Command::Seed { seed: numbers.small(9).into() },
        _ => Command::Tick,
    }
}

/// The name of an effect's kind.
fn kind(effect: &Effect) -> String {
    let text = format!("{effect:?}");
    text.split(' ').next().expect("a name").to_string()
}

#[test]
fn invariants_hold_and_everything_repeats_whatever_comes() {
    let (mut accepted, mut seen, mut effects) = (0, BTreeSet::new(), Effects::new());
    for seed in 0..90 {
        let mut numbers = Numbers(seed);
        let (mut engine, mut twin) = (Engine::new(seed), Engine::new(seed));
        let mut now = Timestamp(0);
        let opening = [
            Command::Configure(Box::new(definitions(&mut numbers))),
            Command::FrontEndBack { front_end: FrontEndId(1) },
            Command::FrontEndBack { front_end: FrontEndId(2) },
        ];
        let mut opening = opening.into_iter();
        for round in 0..500 {
            let next = opening.next().unwrap_or_else(|| command(&mut numbers, &engine, now));
            let due = engine.next_deadline().is_some_and(|due| due <= now);
            let next = if due && !numbers.chance(10) { Command::Tick } else { next };
            let before = engine.state_hash();
            effects.clear();
            let result = engine.apply(now, next.clone(), &mut effects);
            assert_eq!(engine.check_invariants(), Ok(()), "seed {seed} round {round} {next:?}");
            if result.is_err() {
                assert_eq!(engine.state_hash(), before, "seed {seed} round {round} {next:?}");
            }
            accepted += u32::from(result.is_ok());
            seen.extend(effects.iter().map(kind));
            let mut again = Effects::new();
            assert_eq!(twin.apply(now, next, &mut again), result);
            assert_eq!(again, effects);
            if numbers.chance(2) {
                now = now.after(Nanos::from_millis(numbers.below(6)));
            }
        }
        assert_eq!(engine.state_hash(), twin.state_hash());
    }
    assert!(accepted > 10_000, "only {accepted} commands were accepted");
    assert_eq!(seen.len(), 34, "every kind of effect is reached: {seen:?}");
}
