//! What a Tick costs when all who wait reach their queue's next step in one instant: prints
//! microseconds a Tick.
//!
//! `cargo run --release -p acd-core --example relax [WAITING]`

#![allow(clippy::disallowed_types, reason = "it measures; the engine itself has no clock")]

use std::time::Instant;

use acd_core::{
    Channel, Command, Definitions, Effects, Engine, FrontEndId, Nanos, QueueDefinition, QueueId,
    Step, Submit, Term, Timestamp,
};

const QUEUES: u32 = 40;
const RELAXED: Nanos = Nanos::from_secs(60);

fn definitions() -> Definitions {
    let step = |at: u32, level| Step {
        alternatives: vec![vec![Term { skill: format!("skill-{at}"), level }]],
        ..Step::admits_all()
    };
    let queue = |at| QueueDefinition {
        steps: vec![step(at, 5), Step { after: RELAXED, ..step(at, 1) }],
        ..QueueDefinition::named(&format!("queue-{at}"))
    };
    Definitions {
        skills: (1..=QUEUES).map(|at| format!("skill-{at}")).collect(),
        queues: (1..=QUEUES).map(queue).collect(),
        ..Definitions::default()
    }
}

fn submit(queue: QueueId) -> Command {
    Command::Submit(Submit {
        front_end: FrontEndId(1),
        channel: Channel::Voice,
        queue,
        prio: 5,
        needs: Vec::new(),
        prefer: Vec::new(),
        prefer_for: None,
        age: Nanos(0),
    })
}

fn main() {
    let waiting: u32 = std::env::args()
        .nth(1)
        .map_or(100_000, |text| text.parse().expect("the argument is how many contacts wait"));
    let (mut engine, mut effects, arrived) = (Engine::new(311), Effects::new(), Timestamp(1));
    let configure = Command::Configure(Box::new(definitions()));
    let back = Command::FrontEndBack { front_end: FrontEndId(1) };
    let contacts = (0..waiting).map(|number| submit(QueueId(1 + number % QUEUES)));
    for command in [configure, back].into_iter().chain(contacts) {
        effects.clear();
        engine.apply(arrived, command, &mut effects).expect("the commands here are valid");
    }
    let now = arrived.after(RELAXED);
    let mut times = Vec::new();
    while engine.next_deadline().is_some_and(|due| due <= now) {
        effects.clear();
        let start = Instant::now();
        engine.apply(now, Command::Tick, &mut effects).expect("a deadline is due");
        times.push(start.elapsed().as_nanos() as u64 / 1_000);
    }
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len().saturating_sub(1) * percent / 100);
    println!("{waiting} contacts reach their next step in one instant: {} Ticks", times.len());
    if let (Some(half), Some(most), Some(all)) = (at(50), at(99), at(100)) {
        println!("p50 {half} us  p99 {most} us  max {all} us");
    }
    println!("state hash {:#018x}", engine.state_hash());
}
