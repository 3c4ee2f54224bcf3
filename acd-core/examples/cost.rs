//! What commands cost with many agents and a long queue: prints nanoseconds a command.
//!
//! `cargo run --release -p acd-core --example cost [WAITING [AGENTS [ALIKE [QUEUES]]]]`
//!
//! ALIKE is how many sets of skills the agents share; without it each draws its own levels.

#![allow(clippy::disallowed_types, reason = "it measures; the engine itself has no clock")]

use std::time::Instant;

use acd_core::{
    AgentDefinition, AgentId, Channel, Command, ContactId, Definitions, Effect, Effects, EndCause,
    Engine, FrontEndId, Nanos, Need, Party, QueueDefinition, QueueId, SkillId, Step, Submit, Term,
    Timestamp,
};

const LANGUAGES: u32 = 4;
const ROUNDS: usize = 20_000;

/// Times of one kind of command, in nanoseconds.
#[derive(Default)]
struct Times(Vec<u64>);

impl Times {
    fn print(&mut self, what: &str) {
        self.0.sort_unstable();
        let at = |percent: usize| self.0[(self.0.len() - 1) * percent / 100];
        let mean = self.0.iter().sum::<u64>() / self.0.len() as u64;
        println!(
            "{what:<34} {:>7} times  mean {mean:>6}  p50 {:>6}  p99 {:>6}  max {:>8} ns",
            self.0.len(),
            at(50),
            at(99),
            at(100),
        );
    }
}

struct Centre {
    queues: u32,
    engine: Engine,
    now: Timestamp,
    numbers: u64,
    effects: Effects,
}

impl Centre {
    fn below(&mut self, end: u32) -> u32 {
        self.numbers = self.numbers.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ((self.numbers >> 33) % u64::from(end)) as u32
    }

    fn time(&mut self, command: Command) -> u64 {
        self.now = self.now.after(Nanos(1_000));
        self.effects.clear();
        let start = Instant::now();
        let result = self.engine.apply(self.now, command, &mut self.effects);
        let elapsed = start.elapsed().as_nanos() as u64;
        result.expect("the commands of this example are valid");
        elapsed
    }

    fn submit(&mut self) -> u64 {
        let queue = QueueId(1 + self.below(self.queues));
        let needs = match self.below(LANGUAGES) {
            0 => vec![],
            language => vec![Need { skill: SkillId(self.queues + language), level: 3 }],
        };
        self.time(Command::Submit(Submit {
            front_end: FrontEndId(1),
            channel: Channel::Voice,
            queue,
            prio: 5,
            needs,
            prefer: vec![],
            prefer_for: None,
            age: Nanos(0),
        }))
    }

    /// Lets whoever was offered the last contact answer it, and gives both.
    fn answer(&mut self) -> Option<(u64, ContactId, AgentId)> {
        let offered = self.effects.iter().find_map(|effect| match *effect {
            Effect::Offered { contact, offer, agent, .. } => Some((contact, offer, agent)),
            _ => None,
        });
        let (contact, offer, agent) = offered?;
        Some((self.time(Command::Answer { offer }), contact, agent))
    }
}

fn definitions(centre: &mut Centre, agents: u32, alike: u32) -> Definitions {
    let queues_max = centre.queues;
    let term = |skill: u32, level| Term { skill: format!("skill-{skill}"), level };
    let queues = (1..=queues_max).map(|at| QueueDefinition {
        steps: vec![Step { alternatives: vec![vec![term(at, 3)]], ..Step::admits_all() }],
        objective: Nanos::from_secs(u64::from(20 + at)),
        ..QueueDefinition::named(&format!("queue-{at}"))
    });
    let agents = (1..=agents).map(|number| {
        let at = number % alike;
        let drawn = if alike < agents { at * 7 % 8 } else { centre.below(8) };
        let level = 3 + drawn as u8;
        let mut skills: Vec<Term> =
            (0..6).map(|more| term(1 + (at + more * 7) % queues_max, level)).collect();
        skills.push(term(queues_max + 1 + at % (LANGUAGES - 1), 5));
        AgentDefinition { skills, ..AgentDefinition::named(&format!("agent-{number}")) }
    });
    Definitions {
        skills: (1..=queues_max + LANGUAGES).map(|at| format!("skill-{at}")).collect(),
        queues: queues.collect(),
        agents: agents.collect(),
        ..Definitions::default()
    }
}

fn main() {
    let argument = |at: usize, otherwise: u32| {
        std::env::args().nth(at).map_or(otherwise, |text| text.parse().expect("a number"))
    };
    let (waiting, agents) = (argument(1, 10_000) as usize, argument(2, 1_000));
    let (alike, queues) = (argument(3, agents), argument(4, 40));
    let (engine, now) = (Engine::new(311), Timestamp(0));
    let mut centre = Centre { queues, engine, now, numbers: 311, effects: Effects::new() };
    let definitions = definitions(&mut centre, agents, alike);
    centre.time(Command::Configure(Box::new(definitions)));
    centre.time(Command::FrontEndBack { front_end: FrontEndId(1) });
    for agent in (1..=agents).map(AgentId) {
        centre.time(Command::SignIn { agent, capacity: None });
        centre.time(Command::Ready { agent });
    }
    let end = |contact| Command::End { contact, cause: EndCause::Hangup, by: Party::Caller };
    let done = |agent, contact| Command::WrapDone { agent, contact };

    let [mut arrive, mut answer, mut ended, mut wrapped] =
        core::array::from_fn(|_| Times::default());
    for _ in 0..ROUNDS {
        arrive.0.push(centre.submit());
        let (time, contact, agent) = centre.answer().expect("everybody is free");
        answer.0.push(time);
        ended.0.push(centre.time(end(contact)));
        wrapped.0.push(centre.time(done(agent, contact)));
    }
    println!("underload: {agents} agents free, nobody waits");
    arrive.print("arrive, offered at once");
    answer.print("answer");
    ended.print("end");
    wrapped.print("wrap-up over");

    let (mut talking, mut unanswered) = (Vec::new(), 0);
    while unanswered < waiting {
        centre.submit();
        match centre.answer() {
            Some((_, contact, agent)) => talking.push((contact, agent)),
            None => unanswered += 1,
        }
    }
    let [mut arrive, mut answer, mut ended, mut wrapped] =
        core::array::from_fn(|_| Times::default());
    for round in 0..ROUNDS {
        arrive.0.push(centre.submit());
        assert!(centre.answer().is_none(), "everybody is busy");
        let (contact, agent) = talking[round % talking.len()];
        ended.0.push(centre.time(end(contact)));
        wrapped.0.push(centre.time(done(agent, contact)));
        let (time, contact, agent) = centre.answer().expect("somebody waits for the agent");
        answer.0.push(time);
        let at = round % talking.len();
        talking[at] = (contact, agent);
    }
    println!("overload: {} agents talk, {waiting} contacts wait", talking.len());
    arrive.print("arrive, waits");
    answer.print("answer");
    ended.print("end");
    wrapped.print("wrap-up over, next one offered");
    println!("{:?}", centre.engine.matching());
    println!("state hash {:#018x}", centre.engine.state_hash());
}
