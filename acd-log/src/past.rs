//! What there was at one moment, as data and as text: the answer of `acd replay`.

use std::fmt::Write;

use acd_core::{Engine, QueueId};
use serde::Serialize;

use crate::replay::Replay;
use crate::trace::words;

/// An engine's content at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Past {
    /// The last record applied.
    pub seq: u64,
    /// When that was, UTC.
    pub at: String,
    /// The state hash, as snapshots give it.
    pub state_hash: String,
    /// Defined queues.
    pub queues: Vec<Queue>,
    /// Defined agents.
    pub agents: Vec<Agent>,
    /// Live contacts.
    pub contacts: Vec<Contact>,
}

/// A queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Queue {
    /// Its name.
    pub queue: String,
    /// Whether it accepted contacts.
    pub open: bool,
    /// Contacts that waited in it.
    pub waiting: u32,
    /// Age of the oldest of them.
    pub longest_ms: Option<i64>,
}

/// An agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Agent {
    /// Its name.
    pub agent: String,
    /// Signed out, not ready, or ready.
    pub state: String,
    /// The contact it was offered.
    pub offered: Option<String>,
    /// Contacts it held.
    pub held: Vec<String>,
    /// Ended contacts it wrapped up.
    pub wrap_up: Vec<String>,
}

/// A contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contact {
    /// The contact.
    pub contact: String,
    /// Its queue.
    pub queue: String,
    /// How it came.
    pub channel: String,
    /// Its priority.
    pub prio: u8,
    /// Where it was.
    pub state: String,
    /// Its age, with the credit it came with.
    pub age_ms: i64,
}

impl Past {
    /// What a replay has come to.
    pub fn of(replay: &Replay) -> Self {
        let engine = replay.engine();
        let now = engine.now();
        let state = engine.state();
        let queues = state.queues.iter().map(|record| Queue {
            queue: words::queue(engine, record.queue),
            open: record.open,
            waiting: engine.waiting_count(record.queue),
            longest_ms: longest(engine, record.queue),
        });
        let contacts = state.contacts.iter().map(|record| Contact {
            contact: words::contact(record.contact),
            queue: words::queue(engine, record.queue),
            channel: record.channel.name().into(),
            prio: record.prio,
            state: words::state(Some(record), engine).unwrap_or_default(),
            age_ms: words::age_ms(record, now),
        });
        let agents = state.agents.iter().map(|record| Agent {
            agent: words::agent(engine, record.agent),
            state: words::presence(record.presence, engine),
            offered: engine.offer_of(record.agent).map(|offer| words::contact(offer.contact)),
            held: engine.held(record.agent).into_iter().map(words::contact).collect(),
            wrap_up: engine
                .wrap_ups_of(record.agent)
                .iter()
                .map(|wrap_up| words::contact(wrap_up.contact))
                .collect(),
        });
        Self {
            seq: replay.seq(),
            at: words::instant(now),
            state_hash: format!("{:016x}", engine.state_hash()),
            queues: queues.collect(),
            agents: agents.collect(),
            contacts: contacts.collect(),
        }
    }

    /// As text: queues, agents who are signed in, and contacts.
    pub fn text(&self) -> String {
        let mut out = format!("record {} · {} · state {}\n", self.seq, self.at, self.state_hash);
        let waiting: Vec<_> = self.queues.iter().filter(|queue| queue.waiting > 0).collect();
        let (queues, agents) = (self.queues.len(), self.agents.len());
        put(&mut out, &format!("\nqueues: {queues}, {} with contacts that wait", waiting.len()));
        for queue in waiting {
            let closed = if queue.open { "" } else { ", closed" };
            let longest = queue.longest_ms.unwrap_or(0);
            let text = format!("{} wait, the longest {longest} ms{closed}", queue.waiting);
            put(&mut out, &format!("  {:24} {text}", queue.queue));
        }
        let there = self.agents.iter().filter(|agent| agent.state != "signed out");
        put(&mut out, &format!("\nagents: {agents}, {} signed in", there.clone().count()));
        for agent in there {
            let offered = agent.offered.iter().map(|contact| format!("offered {contact}"));
            let held = agent.held.iter().map(|contact| format!("holds {contact}"));
            let wrap_up = agent.wrap_up.iter().map(|contact| format!("wraps up {contact}"));
            let does: Vec<_> = offered.chain(held).chain(wrap_up).collect();
            put(&mut out, &format!("  {:24} {:24} {}", agent.agent, agent.state, does.join(", ")));
        }
        put(&mut out, &format!("\ncontacts: {} live", self.contacts.len()));
        for contact in &self.contacts {
            let Contact { contact, state, age_ms, prio, channel, .. } = contact;
            let text = format!("{channel}, priority {prio}, {age_ms} ms old");
            put(&mut out, &format!("  {contact:12} {state:32} {text}"));
        }
        out
    }
}

fn longest(engine: &Engine, queue: QueueId) -> Option<i64> {
    Some((engine.now().signed() - engine.oldest_origin(queue)?) / 1_000_000)
}

/// A line, without spaces at its end.
fn put(out: &mut String, line: &str) {
    writeln!(out, "{}", line.trim_end()).expect("a text can be written to");
}
