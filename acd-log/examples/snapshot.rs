//! How long it takes to write a million waiting contacts down, to read them, and to go on from
//! them: `cargo run --release -p acd-log --example snapshot`.

use std::time::Instant;

use acd_core::{
    AgentDefinition, AgentId, Channel, Command, Definitions, Effects, Engine, FrontEndId, Nanos,
    QueueDefinition, QueueId, Submit, Timestamp,
};
use acd_log::record::{read_state, write_state};

const CONTACTS: u64 = 1_000_000;
const QUEUES: u32 = 40;

fn main() {
    let definitions = Definitions {
        queues: (0..QUEUES)
            .map(|at| QueueDefinition {
                promote_after: Some(Nanos::from_secs(600)),
                max_waiting: u32::MAX,
                ..QueueDefinition::named(&format!("queue-{at}"))
            })
            .collect(),
        agents: (0..1000).map(|at| AgentDefinition::named(&format!("agent-{at}"))).collect(),
        ..Definitions::default()
    };
    let (mut engine, mut effects) = (Engine::new(311), Effects::new());
    let mut apply = |at: u64, command| {
        effects.clear();
        engine.apply(Timestamp(at), command, &mut effects).expect("the command is good");
    };
    apply(0, Command::Configure(Box::new(definitions)));
    apply(0, Command::FrontEndBack { front_end: FrontEndId(1) });
    for agent in 1..=1000 {
        apply(0, Command::SignIn { agent: AgentId(agent), capacity: None });
    }
    for at in 0..CONTACTS {
        apply(
            at,
            Command::Submit(Submit {
                front_end: FrontEndId(1),
                channel: Channel::Voice,
                queue: QueueId(1 + (at * 7 % u64::from(QUEUES)) as u32),
                prio: (at % 10) as u8,
                needs: Vec::new(),
                prefer: Vec::new(),
                prefer_for: None,
                age: Nanos(0),
            }),
        );
    }
    let state = timed("taken", 0, || engine.state());
    let mut bytes = Vec::new();
    timed("written once", 0, || write_state(&state, &mut bytes).expect("a vector"));
    let length = bytes.len();
    bytes.clear();
    timed("written", length, || write_state(&state, &mut bytes).expect("a vector"));
    drop(state);
    let state = timed("read", length, || read_state(&mut bytes.as_slice()).expect("a state"));
    let mut restored = timed("restored", 0, || Engine::restore(&state).expect("an engine's state"));
    timed("hashed", 0, || assert_eq!(state.hash(), engine.state_hash()));
    let (now, mut effects) = (Timestamp(CONTACTS), Effects::new());
    timed("suspended", 0, || {
        restored.apply(now, Command::Resume, &mut effects).expect("an engine resumes");
    });
    drop(state);
}

fn timed<T>(what: &str, bytes: usize, act: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let made = act();
    let took = begin.elapsed();
    let speed = bytes as u128 / took.as_micros().max(1);
    println!("{CONTACTS} contacts {what} in {took:.3?} ({bytes} bytes, {speed} MB/s)");
    made
}
