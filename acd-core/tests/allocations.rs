//! A command in steady state allocates nothing: counted by an allocator of our own.
#![allow(unsafe_code, reason = "an allocator cannot be written without; it only counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

use acd_core::{
    AgentId, Channel, Command, ContactId, Definitions, Effect, Effects, EndCause, Engine,
    FailCause, FrontEndId, Nanos, Need, OfferId, Party, QueueDefinition, QueueId, SkillId, Step,
    Submit, Term, Timestamp,
};

/// The system's allocator, counting.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// More than the 64 up to which a debug build checks every invariant, which allocates.
const AGENTS: u32 = 80;
const QUEUES: u32 = 5;

/// A centre in which every contact lives its life; counts what commands allocate.
struct Centre {
    engine: Engine,
    now: Timestamp,
    effects: Effects,
    offers: Vec<(OfferId, ContactId)>,
    random: u64,
    /// Allocations of commands so far; building a command is not the engine's.
    counted: u64,
}

impl Centre {
    fn new() -> Self {
        let term = |skill: u32| Term { skill: format!("skill-{skill}"), level: 3 };
        let definitions = Definitions {
            skills: (1..=QUEUES).map(|at| format!("skill-{at}")).collect(),
            queues: (1..=QUEUES).map(|at| queue(at, &term)).collect(),
            agents: (1..=AGENTS)
                .map(|at| acd_core::AgentDefinition {
                    skills: (0..2).map(|more| term(1 + (at + more) % QUEUES)).collect(),
                    ..acd_core::AgentDefinition::named(&format!("agent-{at}"))
                })
                .collect(),
            ..Definitions::default()
        };
        let mut centre = Self {
            engine: Engine::new(311),
            now: Timestamp(0),
            effects: Vec::with_capacity(4_096),
            offers: Vec::with_capacity(4_096),
            random: 311,
            counted: 0,
        };
        centre.apply(Command::Configure(Box::new(definitions)));
        centre.apply(Command::FrontEndBack { front_end: FrontEndId(1) });
        for agent in (1..=AGENTS).map(AgentId) {
            centre.apply(Command::SignIn { agent, capacity: None });
            centre.apply(Command::Ready { agent });
        }
        centre
    }

    fn below(&mut self, end: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.random >> 33) % end
    }

    /// Applies a command, ticking first, and counts; remembers offers made.
    fn apply(&mut self, command: Command) {
        self.now = self.now.after(Nanos::from_millis(20));
        while self.engine.next_deadline().is_some_and(|due| due <= self.now) {
            self.count(Command::Tick);
        }
        self.count(command);
    }

    fn count(&mut self, command: Command) {
        self.effects.clear();
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        // A contact may have gone meanwhile: a refusal is a command too.
        let _ = self.engine.apply(self.now, command, &mut self.effects);
        self.counted += ALLOCATIONS.load(Ordering::Relaxed) - before;
        for effect in &self.effects {
            if let Effect::Offered { offer, contact, .. } = *effect {
                self.offers.push((offer, contact));
            }
        }
    }

    /// A few commands of the lives of contacts: about as many arrive as leave.
    fn round(&mut self) {
        let number = 1 + self.below(u64::from(QUEUES)) as u32;
        let needs = match self.below(3) {
            0 => vec![Need { skill: SkillId(number), level: 2 }],
            _ => Vec::new(),
        };
        let channel = if self.below(4) == 0 { Channel::Email } else { Channel::Voice };
        self.apply(Command::Submit(Submit {
            front_end: FrontEndId(1),
            channel,
            queue: QueueId(number),
            prio: 5,
            needs,
            prefer: Vec::new(),
            prefer_for: None,
            age: Nanos(0),
        }));
        while let Some((offer, contact)) = self.offers.pop() {
            let command = match self.below(12) {
                0 => Command::OfferFailed { offer, cause: FailCause::Rejected },
                1 => Command::Abandon { contact },
                _ => Command::Answer { offer },
            };
            self.apply(command);
        }
        for agent in (1..=AGENTS).map(AgentId) {
            if self.below(8) > 0 {
                continue;
            }
            // Asked outside the count: a query's answer is a list.
            if let Some(&contact) = self.engine.held(agent).first() {
                let (cause, by) = (EndCause::Hangup, Party::Caller);
                let command = match self.below(20) {
                    0 => Command::Requeue { contact },
                    _ => Command::End { contact, cause, by },
                };
                self.apply(command);
            }
            if let Some(wrap_up) = self.engine.wrap_ups_of(agent).first() {
                self.apply(Command::WrapDone { agent, contact: wrap_up.contact });
            }
        }
        let waiting = self.engine.waiting_in(QueueId(number));
        if waiting.len() > 60 {
            for &contact in waiting.iter().step_by(7) {
                self.apply(Command::Abandon { contact });
            }
        }
    }
}

fn queue(at: u32, term: &impl Fn(u32) -> Term) -> QueueDefinition {
    let widened = Step { after: Nanos::from_secs(20), ..Step::admits_all() };
    QueueDefinition {
        steps: vec![Step { alternatives: vec![vec![term(at)]], ..Step::admits_all() }, widened],
        promote_after: Some(Nanos::from_secs(30)),
        ..QueueDefinition::named(&format!("queue-{at}"))
    }
}

#[test]
fn a_steady_centre_allocates_nothing() {
    let mut centre = Centre::new();
    for _ in 0..4_000 {
        centre.round();
    }
    let warm = (centre.counted, centre.engine.counters());
    for _ in 0..2_000 {
        centre.round();
    }
    let counters = centre.engine.counters();
    assert!(counters.contacts > warm.1.contacts + 1_900, "contacts arrive: {counters:?}");
    assert!(counters.offers > warm.1.offers + 1_900, "and are offered: {counters:?}");
    assert_eq!(centre.counted - warm.0, 0, "allocations of a steady centre's commands");
}
