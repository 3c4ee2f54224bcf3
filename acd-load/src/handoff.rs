//! The hand-off: from an agent's last word with one contact to the offer of the next on the wire.

use std::collections::VecDeque;
use std::fmt;
use std::time::Instant;

use acd_proto::bin1::Message;
use acd_proto::request::{AgentLogin, AgentState, AgentWrapDone, ContactEnd, ContactNew, OneOffer};
use acd_proto::{EventBody, Request, Role};
use nix::unistd::Pid;
use serde::Serialize;

use crate::child::{Exe, Over};
use crate::city::city;
use crate::summary::{Machine, Summary, Time, histogram};
use crate::talk::{Encoding, Talk, Who};
use crate::{LoadError, cpu};

/// What Asterisk 22's `app_queue` takes with 50 agents and 100 waiting: p50 and p99.
const ASTERISK_NS: (u64, u64) = (411_000_000, 1_100_000_000);

/// What to measure.
#[derive(Clone, Debug)]
pub struct Handoff {
    /// The command that serves.
    pub exe: Exe,
    /// Agents, all of them busy.
    pub agents: usize,
    /// Contacts that wait.
    pub waiting: usize,
    /// Hand-offs measured, in each mode and way.
    pub count: usize,
    /// What `--durability` says, one server each; empty means to leave it out.
    pub durabilities: Vec<String>,
    /// How messages are written.
    pub encoding: Encoding,
}

impl Handoff {
    /// 50 agents, 100 waiting, 2,000 hand-offs of a server without a log.
    pub const fn new(exe: Exe) -> Self {
        let durabilities = Vec::new();
        Self { exe, agents: 50, waiting: 100, count: 2_000, durabilities, encoding: Encoding::Bin1 }
    }

    /// Measures.
    pub fn run(&self) -> Result<HandoffReport, LoadError> {
        let machine = Machine::now();
        // Both ends on one core: what a wake on another takes is the machine's affair.
        cpu::pin(Pid::from_raw(0), cpu::cores() - 1)?;
        let rows = self.rows();
        cpu::unpin()?;
        Ok(HandoffReport { machine, agents: self.agents, waiting: self.waiting, rows: rows? })
    }

    fn rows(&self) -> Result<Vec<Row>, LoadError> {
        let modes = match &self.durabilities[..] {
            [] => vec![None],
            named => named.iter().map(|name| Some(name.as_str())).collect(),
        };
        let mut rows = Vec::new();
        for mode in modes {
            rows.push(self.row(mode, false)?);
            rows.push(self.row(mode, true)?);
        }
        Ok(rows)
    }

    fn row(&self, durability: Option<&str>, wraps_up: bool) -> Result<Row, LoadError> {
        let wraps = if wraps_up { "manual" } else { "none" };
        let city = city(1, self.agents, wraps);
        let more = durability.map_or_else(Vec::new, |name| vec!["--durability", name]);
        let server = self.exe.serve(Over::Unix, &city, &more)?;
        let who = Who { role: Role::Frontend, name: "pbx", token: None, encoding: self.encoding };
        let mut floor = Floor::of(Talk::connect(&server.address, &who)?, self.encoding);
        floor.fill(self.agents, self.waiting)?;
        let mut times = histogram();
        for _ in 0..self.count {
            times.saturating_record(floor.hand_off(wraps_up)?);
        }
        let took = Summary::of(&times);
        let durable = durability.unwrap_or("none").to_owned();
        let after = if wraps_up { "agent.wrap_done" } else { "contact.end" };
        Ok(Row { durable, after, times: took, faster_than_asterisk: Faster::than_asterisk(took) })
    }
}

/// A front end whose agents are all busy.
pub(crate) struct Floor {
    talk: Talk,
    encoding: Encoding,
    /// The newest contact.
    last: u64,
    /// Who is connected: contact and agent, in order of the answer.
    busy: VecDeque<(String, String)>,
}

impl Floor {
    /// A front end without agents or contacts.
    pub(crate) const fn of(talk: Talk, encoding: Encoding) -> Self {
        Self { talk, encoding, last: 0, busy: VecDeque::new() }
    }

    pub(crate) fn fill(&mut self, agents: usize, waiting: usize) -> Result<(), LoadError> {
        for n in 0..agents {
            let agent = Some(format!("a{n}"));
            let device = Some(format!("PJSIP/{n}"));
            let login = AgentLogin { agent: agent.clone(), device, ..AgentLogin::default() };
            let ready = AgentState { agent, state: "ready".into(), reason: None };
            self.talk.ask_all(&[Request::AgentLogin(login), Request::AgentState(ready)])?;
        }
        for _ in 0..agents {
            self.tell(&Self::newcomer(self.last + 1))?;
            self.last += 1;
            self.answer_next()?;
        }
        for _ in 0..waiting {
            self.last += 1;
            self.talk.ask_all(&[Self::newcomer(self.last)])?;
        }
        Ok(())
    }

    fn newcomer(number: u64) -> Request {
        Request::ContactNew(ContactNew {
            ext: format!("{number:010}"),
            channel: "voice".into(),
            queue: "q0".into(),
            ..ContactNew::default()
        })
    }

    fn tell(&mut self, request: &Request) -> Result<(), LoadError> {
        let mut bytes = Vec::new();
        let id = self.talk.next_id();
        self.encoding.write(&mut bytes, id, request);
        self.talk.send(&bytes)
    }

    /// Reads until an offer comes: the instant it did, the offer, the contact, the agent.
    fn offered(&mut self) -> Result<(Instant, String, String, String), LoadError> {
        loop {
            match self.talk.next()? {
                Message::Event(event) => {
                    if let EventBody::Offered { of, offer, agent, .. } = &event.body {
                        let text = |text: &str| text.to_owned();
                        return Ok((Instant::now(), text(offer), text(&of.contact), text(agent)));
                    }
                }
                Message::Reply { result: Err(error), .. } => {
                    return Err(LoadError::Refused("a hand-off", error.message));
                }
                _ => {}
            }
        }
    }

    fn answer_next(&mut self) -> Result<Instant, LoadError> {
        let (at, offer, contact, agent) = self.offered()?;
        self.tell(&Request::OfferAnswered(OneOffer { offer }))?;
        loop {
            if let Message::Event(event) = self.talk.next()?
                && let EventBody::Connected { .. } = event.body
            {
                self.busy.push_back((contact, agent));
                return Ok(at);
            }
        }
    }

    /// Frees the agent that talks longest; nanoseconds until the next contact is offered.
    pub(crate) fn hand_off(&mut self, wraps_up: bool) -> Result<u64, LoadError> {
        let (contact, agent) = self.busy.pop_front().expect("every agent is busy");
        let end = ContactEnd { contact: contact.clone(), ..ContactEnd::default() };
        let mut last_word = Request::ContactEnd(end);
        if wraps_up {
            self.talk.ask_all(&[last_word])?;
            let done = AgentWrapDone { agent: Some(agent), contact, disposition: None };
            last_word = Request::AgentWrapDone(done);
        }
        let mut bytes = Vec::new();
        let id = self.talk.next_id();
        self.encoding.write(&mut bytes, id, &last_word);
        let begun = Instant::now();
        self.talk.send(&bytes)?;
        let at = self.answer_next()?;
        self.last += 1;
        self.talk.ask_all(&[Self::newcomer(self.last)])?;
        Ok(at.duration_since(begun).as_nanos() as u64)
    }
}

/// One mode, and one way to become free.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// none, async or fsync.
    pub durable: String,
    /// The request that frees the agent.
    pub after: &'static str,
    /// From its writing to the next `contact.offered` read.
    pub times: Summary,
    /// Against the figures of Asterisk 22's `app_queue`.
    pub faster_than_asterisk: Faster,
}

/// How many times faster.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Faster {
    /// At the median.
    pub p50: u64,
    /// At the 99th percentile.
    pub p99: u64,
}

impl Faster {
    fn than_asterisk(took: Summary) -> Self {
        Self { p50: ASTERISK_NS.0 / took.p50_ns.max(1), p99: ASTERISK_NS.1 / took.p99_ns.max(1) }
    }
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct HandoffReport {
    /// What the machine did meanwhile.
    pub machine: Machine,
    /// Busy agents.
    pub agents: usize,
    /// Waiting contacts.
    pub waiting: usize,
    /// One mode each.
    pub rows: Vec<Row>,
}

impl fmt::Display for HandoffReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.machine)?;
        let (agents, waiting) = (self.agents, self.waiting);
        writeln!(f, "\nHand-off over a Unix socket, {agents} agents busy, {waiting} waiting")?;
        for Row { durable, after, times, faster_than_asterisk } in &self.rows {
            let (p50, p99, max) = (Time(times.p50_ns), Time(times.p99_ns), Time(times.max_ns));
            let Faster { p50: at_p50, p99: at_p99 } = faster_than_asterisk;
            write!(f, "  {durable:6} after {after:16} p50 {p50:>9}  p99 {p99:>9}  max {max:>9}")?;
            writeln!(f, "  app_queue / this: {at_p50}x, {at_p99}x")?;
        }
        let (p50, p99) = (Time(ASTERISK_NS.0), Time(ASTERISK_NS.1));
        writeln!(f, "  Asterisk 22 app_queue, measured apart:    p50 {p50:>9}  p99 {p99:>9}")
    }
}
