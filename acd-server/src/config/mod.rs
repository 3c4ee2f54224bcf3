//! Configuration: one TOML file, checked whole, becomes the engine's definitions and the server's
//! settings.

use std::path::PathBuf;
use std::time::Duration;

use acd_core::Definitions;
use acd_proto::Address;

/// Everything that the file says, checked: what is in here, the engine takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The city, as people see it.
    pub city: City,
    /// Starts the numbers of the engine's `random` strategy.
    pub seed: u64,
    /// Queues, agents, skills, sites, reasons, and the front ends' grace.
    pub definitions: Definitions,
    /// What people want to know of each queue, in the order of `definitions.queues`.
    pub queues: Vec<QueueDisplay>,
    /// What people want to know of each agent, in the order of `definitions.agents`.
    pub agents: Vec<AgentDisplay>,
    /// Where to listen; empty means the default Unix socket.
    pub listen: Vec<Address>,
    /// The file of tokens' hashes; none means that there is none, and no TCP listener may start.
    pub tokens: Option<PathBuf>,
    /// How long the chats of a lost desktop keep their place there before they are requeued.
    pub desk_grace: Duration,
    /// How long the value of an `idem` member is remembered.
    pub idem_keep: Duration,
    /// The server's maxima. Those of the engine are in [`acd_core::limits`].
    pub limits: Limits,
}

/// The city, as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct City {
    /// Its name, for screens and logs.
    pub name: String,
    /// The IANA name of its time zone.
    pub time_zone: String,
}

/// What people want to know of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueDisplay {
    /// Its name, as in the definition.
    pub name: String,
    /// What people call it; the name where the file says nothing.
    pub title: String,
    /// What share of its contacts is to be answered within which time.
    pub service_level: ServiceLevel,
}

/// The goal of a queue: `target_percent` of its contacts answered within `threshold`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceLevel {
    /// The time.
    pub threshold: Duration,
    /// The share, 1..=100.
    pub target_percent: u8,
}

/// What people want to know of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentDisplay {
    /// Its identification, as in the definition: `4471`.
    pub id: String,
    /// The person's name; the identification where the file says nothing.
    pub name: String,
}

/// The server's maxima, each with a counter where it is enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once.
    pub connections: u32,
    /// Connections at once that have not said `hello`.
    pub connections_before_hello: u32,
    /// Connections at once from one TCP address that have not said `hello`.
    pub connections_before_hello_per_address: u32,
    /// How long a connection may be silent before `hello`.
    pub hello_deadline: Duration,
    /// Bytes that may wait to be written to one connection before it is too slow.
    pub out_queue_bytes: usize,
    /// Events kept in memory for resume.
    pub event_ring_entries: usize,
    /// Bytes of events kept in memory for resume.
    pub event_ring_bytes: usize,
}
