//! What residents' open pages cost the core: decisions with ten thousand waiting chats whose
//! widgets are open, beside as many that another front end has brought; and the edge's memory.

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
    /// 10,000 widgets, 4 turns of 10,000 hand-offs each way.
    pub fn new(exe: Exe) -> Self {
        Self { edge: exe.clone(), exe, widgets: 10_000, turns: 4, count: 10_000 }
    }

    /// Measures, in turn without and with.
    pub fn run(&self) -> Result<ResidentsReport, LoadError> {
        let machine = Machine::now();
        let (mut without, mut with) = (Vec::new(), Vec::new());
        for _ in 0..self.turns {
            without.push(self.turn(false)?);
            with.push(self.turn(true)?);
        }
        let middle = |turns: &[Turn], of: fn(&Turn) -> u64| {
            let mut all: Vec<u64> = turns.iter().map(of).collect();
            all.sort_unstable();
            all.get(all.len() / 2).copied().unwrap_or(0)
        };
        let (p99_without, p99_with) = (middle(&without, |t| t.p99_ns), middle(&with, |t| t.p99_ns));
        let bytes_a_widget = middle(&with, |turn| turn.edge_bytes) / self.widgets.max(1) as u64;
        #[expect(clippy::cast_precision_loss, reason = "one digit is shown")]
        let change_percent = (p99_with as f64 / p99_without.max(1) as f64 - 1.0) * 100.0;
        let widgets = self.widgets;
        Ok(ResidentsReport { machine, widgets, without, with, change_percent, bytes_a_widget })
    }

    fn turn(&self, open: bool) -> Result<Turn, LoadError> {
        // A telephone each: a chat that is offered to a desk that is not there is no part of this.
        let city = city(2, AGENTS, "none")
            .replace("[[agents]]\n", "[[agents]]\ncapacity = { chat = 0 }\n")
            + "[web]\nqueues = [\"q1\"]\ninquiries_per_minute = 100000\n";
        let logged = &["--durability", "async"];
        let server = self.exe.serve(Over::Unix, &city, logged)?;
        let edge = self.edge.web(&server)?;
        let at = http(&edge)?;
        is_ready(at)?;
        let who = |name| Who { role: Role::Frontend, name, token: None, encoding: Encoding::Bin1 };
        let before = resident_bytes(&edge)?;
        let mut widgets = Vec::new();
        if open {
            for _ in 0..self.widgets {
                widgets.push(widget(at)?);
            }
        } else {
            let chats: Vec<Request> = (0..self.widgets).map(chat).collect();
            Talk::connect(&server.address, &who("others"))?.ask_all(&chats)?;
        }
        // The chats wait on in a new process, whose figures are of what comes now.
        let (_, server) = self.exe.serve_again(server, logged)?;
        is_ready(at)?;
        let others = Talk::connect(&server.address, &who("others"))?;
        let mut floor = Floor::of(Talk::connect(&server.address, &who("pbx"))?, Encoding::Bin1);
        floor.fill(AGENTS, WAITING)?;
        for _ in 0..self.count {
            floor.hand_off(false)?;
        }
        drop(others);
        let edge_bytes = resident_bytes(&edge)?.saturating_sub(before);
        let gone = widgets.iter().filter(|widget| !is_open(widget)).count();
        if gone > 0 {
            return Err(LoadError::Lost(format!("{gone} of {} widgets", widgets.len())));
        }
        let who = Who { role: Role::Monitor, encoding: Encoding::Json, ..who("bench") };
        let mut monitor = Talk::connect(&server.address, &who)?;
        let of = vec!["engine".to_owned()];
        let told: Snapshot = monitor.ask(&Request::Snapshot(TakeSnapshot { of }))?;
        let decisions = told.engine.unwrap_or_default().decision_ns;
        Ok(Turn {
            p50_ns: decisions.p50,
            p99_ns: decisions.p99,
            decisions: decisions.count,
            edge_bytes,
        })
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

/// One turn.
#[derive(Clone, Debug, Serialize)]
pub struct Turn {
    /// Commands through the engine.
    pub decisions: u64,
    /// The median of them.
    pub p50_ns: u64,
    /// Their 99th percentile.
    pub p99_ns: u64,
    /// What the edge's memory grew by.
    pub edge_bytes: u64,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct ResidentsReport {
    /// What the machine did meanwhile.
    pub machine: Machine,
    /// Chats that wait, and widgets open.
    pub widgets: usize,
    /// Turns in which a front end on the socket has brought the chats.
    pub without: Vec<Turn>,
    /// Turns in which each chat is an open widget.
    pub with: Vec<Turn>,
    /// How the median p99 differs.
    pub change_percent: f64,
    /// Memory of the edge for each widget.
    pub bytes_a_widget: u64,
}

impl fmt::Display for ResidentsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.machine)?;
        writeln!(f, "{} chats wait; hand-offs of calls meanwhile", self.widgets)?;
        for (name, turns) in [("no widget open", &self.without), ("all widgets open", &self.with)] {
            write!(f, "{name:>17}: decision p50 / p99")?;
            for Turn { p50_ns, p99_ns, .. } in turns {
                write!(f, "  {} / {}", Time(*p50_ns), Time(*p99_ns))?;
            }
            writeln!(f)?;
        }
        let Self { change_percent, bytes_a_widget, .. } = self;
        writeln!(f, "median p99 changes by {change_percent:+.1} %")?;
        writeln!(f, "the edge holds {bytes_a_widget} bytes a widget")
    }
}
