//! What residents' open pages cost the core: decisions with ten thousand waiting chats whose
//! widgets are open, beside as many that another front end has brought; and the edge's memory.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use acd_proto::request::{ContactNew, TakeSnapshot};
use acd_proto::snapshot::Snapshot;
use acd_proto::{Address, Request, Role};
use serde::Serialize;

use crate::LoadError;
use crate::child::{Child, Exe, Over};
use crate::city::city;
use crate::handoff::Floor;
use crate::pairs::Paired;
use crate::summary::{Machine, Time};
use crate::talk::{Encoding, Talk, Who};

/// Agents, all of them on a call.
const AGENTS: usize = 50;
/// How soon the edge must have its connections.
const READY_WITHIN: Duration = Duration::from_mins(2);
/// Callers who wait for them.
const WAITING: usize = 100;

/// What to measure.
#[derive(Clone, Debug)]
pub struct Residents {
    /// The command that serves.
    pub exe: Exe,
    /// The command that answers HTTP.
    pub edge: Exe,
    /// Widgets open.
    pub widgets: usize,
    /// Turns without, and as many with.
    pub turns: usize,
    /// Hand-offs of a turn.
    pub count: usize,
}

impl Residents {
    /// 10,000 widgets, 40 turns of 2,000 hand-offs each way.
    pub fn new(exe: Exe) -> Self {
        Self { edge: exe.clone(), exe, widgets: 10_000, turns: 40, count: 2_000 }
    }

    /// Measures in pairs of turns, of which every other begins with the widgets.
    pub fn run(&self) -> Result<ResidentsReport, LoadError> {
        let machine = Machine::now();
        let mut without = Side::new(self, false)?;
        let mut with = Side::new(self, true)?;
        for turn in 0..self.turns {
            let (first, second) =
                if turn % 2 == 0 { (&mut without, &mut with) } else { (&mut with, &mut without) };
            first.turn(self.count)?;
            second.turn(self.count)?;
        }
        let bytes_a_widget = with.edge_bytes / self.widgets.max(1) as u64;
        let gone = with.widgets.iter().filter(|widget| !is_open(widget)).count();
        if gone > 0 {
            return Err(LoadError::Lost(format!("{gone} of {} widgets", with.widgets.len())));
        }
        // Until here the chats had to wait.
        drop((without.others.take(), with.others.take()));
        let of = |side: &Side, value: fn(&Turn) -> u64| -> Vec<u64> {
            side.turns.iter().map(value).collect()
        };
        Ok(ResidentsReport {
            machine,
            widgets: self.widgets,
            p50: Paired::of(&of(&with, |turn| turn.p50_ns), &of(&without, |turn| turn.p50_ns)),
            p99: Paired::of(&of(&with, |turn| turn.p99_ns), &of(&without, |turn| turn.p99_ns)),
            without_all: Turn::of(&without.all),
            with_all: Turn::of(&with.all),
            without: without.turns,
            with: with.turns,
            bytes_a_widget,
        })
    }
}

/// How many decisions took how long: nanoseconds, and a count.
type Decisions = BTreeMap<u64, u64>;

/// A server with as many chats that wait, an edge beside it, and calls that are handed over. Both
/// processes stand still but in a turn of theirs, so that neither side runs beside the other.
struct Side {
    server: Child,
    edge: Child,
    floor: Floor,
    monitor: Talk,
    /// Who has brought the chats, where no widget has.
    others: Option<Talk>,
    widgets: Vec<TcpStream>,
    /// What the edge's memory grew by.
    edge_bytes: u64,
    turns: Vec<Turn>,
    all: Decisions,
}

impl Side {
    fn new(residents: &Residents, open: bool) -> Result<Self, LoadError> {
        // A telephone each: a chat that is offered to a desk that is not there is no part of this.
        let city = city(2, AGENTS, "none")
            .replace("[[agents]]\n", "[[agents]]\ncapacity = { chat = 0 }\n")
            + "[web]\nqueues = [\"q1\"]\ninquiries_per_minute = 100000\n";
        let server = residents.exe.serve(Over::Unix, &city, &["--durability", "async"])?;
        let edge = residents.edge.web(&server)?;
        let at = http(&edge)?;
        is_ready(at)?;
        let who = |role, name, encoding| Who { role, name, token: None, encoding };
        let front_end = |name| who(Role::Frontend, name, Encoding::Bin1);
        let before = resident_bytes(&edge)?;
        let mut widgets = Vec::new();
        let mut others = None;
        if open {
            for _ in 0..residents.widgets {
                widgets.push(widget(at)?);
            }
        } else {
            let chats: Vec<Request> = (0..residents.widgets).map(chat).collect();
            let mut talk = Talk::connect(&server.address, &front_end("others"))?;
            talk.ask_all(&chats)?;
            others = Some(talk);
        }
        let edge_bytes = resident_bytes(&edge)?.saturating_sub(before);
        let pbx = Talk::connect(&server.address, &front_end("pbx"))?;
        let mut floor = Floor::of(pbx, Encoding::Bin1);
        floor.fill(AGENTS, WAITING)?;
        // The first hand-offs are no part of it.
        for _ in 0..AGENTS {
            floor.hand_off(false)?;
        }
        let monitor = who(Role::Monitor, "bench", Encoding::Json);
        let monitor = Talk::connect(&server.address, &monitor)?;
        let (turns, all) = (Vec::new(), Decisions::new());
        let side = Self { server, edge, floor, monitor, others, widgets, edge_bytes, turns, all };
        side.stands(true)?;
        Ok(side)
    }

    /// Lets its processes stand still, or run.
    fn stands(&self, still: bool) -> Result<(), LoadError> {
        self.server.stands(still)?;
        self.edge.stands(still)
    }

    fn turn(&mut self, count: usize) -> Result<(), LoadError> {
        self.stands(false)?;
        let before = self.decisions()?;
        for _ in 0..count {
            self.floor.hand_off(false)?;
        }
        let mut took = self.decisions()?;
        self.stands(true)?;
        for (ns, known) in before {
            if let Some(count) = took.get_mut(&ns) {
                *count -= known;
            }
        }
        for (&ns, &count) in &took {
            *self.all.entry(ns).or_default() += count;
        }
        self.turns.push(Turn::of(&took));
        Ok(())
    }

    /// All since its server's start.
    fn decisions(&mut self) -> Result<Decisions, LoadError> {
        let of = vec!["decisions".to_owned()];
        let told: Snapshot = self.monitor.ask(&Request::Snapshot(TakeSnapshot { of }))?;
        Ok(told.decisions.unwrap_or_default().into_iter().collect())
    }
}

fn chat(number: usize) -> Request {
    Request::ContactNew(ContactNew {
        ext: format!("chat-{number}"),
        channel: "chat".into(),
        queue: "q1".into(),
        ..ContactNew::default()
    })
}

fn http(edge: &Child) -> Result<SocketAddr, LoadError> {
    match edge.address {
        Address::Tcp(at) => Ok(at),
        Address::Unix(_) => Err(LoadError::Lost("the edge answers nowhere".into())),
    }
}

/// Waits until the edge has its connections to the server.
fn is_ready(at: SocketAddr) -> Result<(), LoadError> {
    let begun = Instant::now();
    let ask = format!("GET /readyz HTTP/1.1\r\nHost: {at}\r\n\r\n");
    while begun.elapsed() < READY_WITHIN {
        let lost = |error: std::io::Error| LoadError::System("asking the edge", error);
        let mut stream = TcpStream::connect(at).map_err(lost)?;
        stream.write_all(ask.as_bytes()).map_err(lost)?;
        if answer(&mut stream)?.starts_with("HTTP/1.1 200") {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(LoadError::Lost("the edge does not get ready".into()))
}

/// A resident who comes in, and whose page follows what happens, over one connection.
fn widget(at: SocketAddr) -> Result<TcpStream, LoadError> {
    let lost = |error: std::io::Error| LoadError::System("asking the edge", error);
    let mut stream = TcpStream::connect(at).map_err(lost)?;
    let body = "{\"queue\":\"q1\",\"name\":\"Jo\"}";
    let ask = format!(
        "POST /v1/inquiries HTTP/1.1\r\nHost: {at}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(ask.as_bytes()).map_err(lost)?;
    let told = answer(&mut stream)?;
    let refused = || LoadError::Refused("an inquiry", told.clone());
    let made = told.find('{').map(|at| &told[at..]).ok_or_else(refused)?;
    let made: serde_json::Value = serde_json::from_str(made).map_err(|_| refused())?;
    let (id, secret) = (made["inquiry"].as_str(), made["secret"].as_str());
    let (id, secret) = id.zip(secret).ok_or_else(refused)?;
    let follow = format!(
        "GET /v1/inquiries/{id}/events HTTP/1.1\r\nHost: {at}\r\nAuthorization: Bearer {secret}\r\n\r\n"
    );
    stream.write_all(follow.as_bytes()).map_err(lost)?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).map_err(lost)?;
    if head.ends_with(b"200") { Ok(stream) } else { Err(refused()) }
}

/// An answer of a known length.
fn answer(stream: &mut TcpStream) -> Result<String, LoadError> {
    let mut told = Vec::new();
    let mut piece = [0; 4_096];
    loop {
        match stream.read(&mut piece) {
            Ok(read @ 1..) => told.extend_from_slice(&piece[..read]),
            _ => return Err(LoadError::Lost("the edge has hung up".into())),
        }
        let text = String::from_utf8_lossy(&told);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_lowercase();
            let length = length
                .split_once("content-length: ")
                .and_then(|(_, rest)| rest.split("\r\n").next()?.parse::<usize>().ok());
            if length.is_some_and(|length| body.len() >= length) {
                return Ok(text.into_owned());
            }
        }
    }
}

/// Whether the other end has not hung up.
fn is_open(widget: &TcpStream) -> bool {
    let mut one = [0];
    match widget.set_nonblocking(true).and_then(|()| widget.peek(&mut one)) {
        Ok(read) => read > 0,
        Err(error) => error.kind() == ErrorKind::WouldBlock,
    }
}

fn resident_bytes(child: &Child) -> Result<u64, LoadError> {
    let path = format!("/proc/{}/statm", child.pid());
    let read = std::fs::read_to_string(path);
    let text = read.map_err(|error| LoadError::System("reading a process's memory", error))?;
    let pages: u64 = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    let page = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok().flatten();
    Ok(pages * page.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(4_096))
}

/// The decisions of one turn, or of several.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Turn {
    /// Commands through the engine.
    pub decisions: u64,
    /// The median of them.
    pub p50_ns: u64,
    /// Their 99th percentile.
    pub p99_ns: u64,
}

impl Turn {
    fn of(took: &Decisions) -> Self {
        let decisions: u64 = took.values().sum();
        let below = |percent: u64| {
            let wanted = (decisions * percent).div_ceil(100).max(1);
            let mut passed = 0;
            let found = took.iter().find(|(_, count)| {
                passed += **count;
                passed >= wanted
            });
            found.map_or(0, |(ns, _)| *ns)
        };
        Self { decisions, p50_ns: below(50), p99_ns: below(99) }
    }
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct ResidentsReport {
    /// What the machine did meanwhile.
    pub machine: Machine,
    /// Chats that wait, and widgets open.
    pub widgets: usize,
    /// The median decision with widgets open to that without, pair by pair.
    pub p50: Paired,
    /// The 99th percentile with widgets open to that without, pair by pair.
    pub p99: Paired,
    /// All turns without together.
    pub without_all: Turn,
    /// All turns with them together.
    pub with_all: Turn,
    /// Turns in which a front end on the socket has brought the chats.
    pub without: Vec<Turn>,
    /// Turns in which each chat is an open widget.
    pub with: Vec<Turn>,
    /// Memory of the edge for each widget.
    pub bytes_a_widget: u64,
}

impl fmt::Display for ResidentsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.machine)?;
        writeln!(f, "{} chats wait; hand-offs of calls meanwhile", self.widgets)?;
        for (name, all) in
            [("no widget open", self.without_all), ("all widgets open", self.with_all)]
        {
            let (p50, p99) = (Time(all.p50_ns), Time(all.p99_ns));
            writeln!(f, "{name:>17}: decision p50 {p50}, p99 {p99}, of {}", all.decisions)?;
        }
        writeln!(f, "with to without, p50: {}", self.p50)?;
        writeln!(f, "with to without, p99: {}", self.p99)?;
        writeln!(f, "the edge holds {} bytes a widget", self.bytes_a_widget)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_told_by_its_counts() {
        let took = Decisions::from([(100, 50), (200, 49), (900, 1)]);
        let Turn { decisions, p50_ns, p99_ns } = Turn::of(&took);
        assert_eq!((decisions, p50_ns, p99_ns), (100, 100, 200));
        assert_eq!(Turn::of(&Decisions::new()).p99_ns, 0);
    }
}
