//! Round trips and pipelines: the server beside a bare echo of the same frames, redis and nats.
//!
//! Every program and the asking client run on one core, and take turns within a round: what else
//! the machine does then falls on all of them alike. Ratios are taken within a round.

mod report;

use std::time::{Duration, Instant};

use acd_proto::request::{AgentLogin, AgentState, ContactNew, Empty, OneContact};
use acd_proto::{Request, Role};
use nix::unistd::Pid;

pub use self::report::{Comparison, Pipelined, Ratios, RoundTrip, TripsReport};
use crate::child::{Child, Exe, Over, Peer};
use crate::city::city;
use crate::probe::{Probe, Replies};
use crate::socket::Socket;
use crate::summary::{Machine, Summary, histogram};
use crate::talk::{Encoding, Talk, Who};
use crate::{LoadError, cpu};

/// What to measure.
#[derive(Clone, Debug)]
pub struct Trips {
    /// The command that serves.
    pub exe: Exe,
    /// Rounds in which everybody has a turn.
    pub rounds: usize,
    /// Round trips of one turn.
    pub trips: usize,
    /// How long a turn of a pipeline lasts.
    pub turn: Duration,
    /// Requests on their way at once, in pipelines; none are measured where this is empty.
    pub depths: Vec<usize>,
    /// Programs to compare with.
    pub peers: Vec<Peer>,
    /// The core that everything runs on; the last one by default.
    pub core: Option<usize>,
}

impl Trips {
    /// Seven rounds of 2,000 trips, depths 16, 64 and 512, no peers.
    pub const fn new(exe: Exe) -> Self {
        Self {
            exe,
            rounds: 7,
            trips: 2_000,
            turn: Duration::from_millis(200),
            depths: Vec::new(),
            peers: Vec::new(),
            core: None,
        }
    }

    /// Measures.
    pub fn run(&self) -> Result<TripsReport, LoadError> {
        self.on_one_core(Self::pinned)
    }

    /// Measures with everything on one core.
    pub(crate) fn on_one_core<R>(
        &self,
        measure: impl FnOnce(&Self) -> Result<R, LoadError>,
    ) -> Result<R, LoadError> {
        let core = self.core.unwrap_or_else(|| cpu::cores() - 1);
        cpu::pin(Pid::from_raw(0), core)?;
        let report = measure(self);
        cpu::unpin()?;
        report
    }

    /// Measures pipelines only.
    pub fn run_pipelines(&self) -> Result<TripsReport, LoadError> {
        Self { trips: 0, ..self.clone() }.run()
    }

    fn pinned(&self) -> Result<TripsReport, LoadError> {
        let machine = Machine::now();
        let mut trips = Vec::new();
        if self.trips > 0 {
            trips.extend(self.round_trips(Over::Unix, &[])?);
        }
        if self.trips > 0 && !self.peers.is_empty() {
            trips.extend(self.round_trips(Over::Tcp, &self.peers)?);
        }
        Ok(TripsReport { machine, trips, pipelined: self.pipelines()? })
    }

    /// Each encoding beside an echo of its frame, and peers.
    fn round_trips(&self, over: Over, peers: &[Peer]) -> Result<Vec<RoundTrip>, LoadError> {
        let echo = self.exe.echo(over)?;
        let mut sides = Vec::new();
        for (request, requests) in [("ping", ping as Requests), ("agent.state", toggle)] {
            for encoding in [Encoding::Bin1, Encoding::Json] {
                let replies = Replies::Bytes(requests(0, encoding).len());
                let probe = Probe::new(Socket::connect(&echo.address)?, replies);
                sides.push(Side::new("echo", request, encoding, probe, requests));
                let (server, probe) = self.acd(over, encoding, &[])?;
                let acd = Side::new("acd", request, encoding, probe, requests);
                sides.push(acd.of(server));
            }
        }
        for &peer in peers {
            let child = peer.start()?;
            let replies = if peer == Peer::Nats { Replies::Nats } else { Replies::Lines };
            let probe = Probe::new(Socket::connect(&child.address)?, replies);
            let mut side = match peer {
                Peer::Redis => Side::new("redis", "PING", Encoding::Bin1, probe, redis_ping),
                Peer::Nats => Side::new("nats", "PING", Encoding::Bin1, probe, nats_ping),
            };
            if peer == Peer::Nats {
                // It says INFO first, which comes before the first PONG.
                side.probe.exchange(b"CONNECT {\"verbose\":false}\r\nPING\r\n", 2)?;
            }
            sides.push(side.of(child));
        }
        for _ in 0..self.rounds {
            for side in &mut sides {
                side.turn(self.trips)?;
            }
        }
        let socket = if over == Over::Unix { "unix" } else { "tcp" };
        Ok(sides.iter().map(|side| side.report(socket, &sides)).collect())
    }

    /// Commands with many requests on their way.
    fn pipelines(&self) -> Result<Vec<Pipelined>, LoadError> {
        if self.depths.is_empty() {
            return Ok(Vec::new());
        }
        let mut lanes = Vec::new();
        for (what, requests, encoding) in [
            ("agent.state", toggle as Requests, Encoding::Bin1),
            ("contact.new, contact.abandon", calls, Encoding::Bin1),
            ("contact.new, contact.abandon", calls, Encoding::Json),
        ] {
            let (server, probe) = self.acd(Over::Tcp, encoding, &[])?;
            lanes.push(Lane::new(what, encoding.name(), server, probe, requests, encoding));
        }
        if self.peers.contains(&Peer::Redis) {
            let child = Peer::Redis.start()?;
            let probe = Probe::new(Socket::connect(&child.address)?, Replies::Lines);
            lanes.push(Lane::new(SET, "resp", child, probe, redis_set, Encoding::Bin1));
        }
        let mut reports = Vec::new();
        for &depth in &self.depths {
            for lane in &mut lanes {
                // The first requests of a depth make room for it.
                lane.turn(depth, Duration::from_millis(20))?;
                lane.per_second.clear();
                lane.frames_per_second.clear();
            }
            for _ in 0..self.rounds {
                for lane in &mut lanes {
                    lane.turn(depth, self.turn)?;
                }
            }
            reports.extend(lanes.iter().map(|lane| lane.report(depth, &lanes)));
        }
        Ok(reports)
    }

    /// A server of its own, and a front end at it with two agents signed in and ready.
    pub(crate) fn acd(
        &self,
        over: Over,
        encoding: Encoding,
        more: &[&str],
    ) -> Result<(Child, Probe), LoadError> {
        let server = self.exe.serve(over, &city(1, 2, "none"), more)?;
        let token = server.token.as_deref();
        let who = Who { role: Role::Frontend, name: "load", token, encoding };
        let mut talk = Talk::connect(&server.address, &who)?;
        for agent in ["a0", "a1"] {
            let agent = Some(agent.to_owned());
            let device = Some("PJSIP/1".to_owned());
            let login = AgentLogin { agent: agent.clone(), device, ..AgentLogin::default() };
            let ready = AgentState { agent, state: "ready".into(), reason: None };
            talk.ask_all(&[Request::AgentLogin(login), Request::AgentState(ready)])?;
        }
        let replies = if encoding == Encoding::Bin1 { Replies::Bin1 } else { Replies::Json };
        Ok((server, Probe::new(talk.socket, replies)))
    }
}

/// What redis is asked in a pipeline.
const SET: &str = "redis SET";

/// The request of that number.
pub(crate) type Requests = fn(u64, Encoding) -> Vec<u8>;

fn encoded(encoding: Encoding, id: u64, request: &Request) -> Vec<u8> {
    let mut bytes = Vec::new();
    encoding.write(&mut bytes, id, request);
    bytes
}

fn ping(_: u64, encoding: Encoding) -> Vec<u8> {
    encoded(encoding, 1, &Request::Ping(Empty {}))
}

/// An agent becomes not ready and ready by turns: a command each. Both frames have one length.
pub(crate) fn toggle(number: u64, encoding: Encoding) -> Vec<u8> {
    let (state, reason) =
        if number.is_multiple_of(2) { ("not_ready", None) } else { ("ready", None) };
    let pad = if number.is_multiple_of(2) || encoding == Encoding::Bin1 { "" } else { "    " };
    let agent = Some("a1".to_owned());
    let request = Request::AgentState(AgentState { agent, state: state.into(), reason });
    let mut bytes = encoded(encoding, 1, &request);
    let at = bytes.len() - usize::from(encoding == Encoding::Json);
    bytes.splice(at..at, pad.bytes());
    bytes
}

/// A contact enters and is matched with a ready agent; the next request takes it away again.
fn calls(number: u64, encoding: Encoding) -> Vec<u8> {
    let id = number + 1;
    let request = if number.is_multiple_of(2) {
        Request::ContactNew(ContactNew {
            ext: "1".into(),
            channel: "voice".into(),
            queue: "q0".into(),
            ..ContactNew::default()
        })
    } else {
        Request::ContactAbandon(OneContact { contact: format!("c-{:x}", number / 2 + 1) })
    };
    encoded(encoding, id, &request)
}

fn redis_set(_: u64, _: Encoding) -> Vec<u8> {
    let value = "x".repeat(32);
    format!("*3\r\n$3\r\nSET\r\n$8\r\ncontact1\r\n$32\r\n{value}\r\n").into_bytes()
}

fn redis_ping(_: u64, _: Encoding) -> Vec<u8> {
    b"*1\r\n$4\r\nPING\r\n".to_vec()
}

fn nats_ping(_: u64, _: Encoding) -> Vec<u8> {
    b"PING\r\n".to_vec()
}

/// One program that is asked, one request at a time.
pub(crate) struct Side {
    program: &'static str,
    request: &'static str,
    encoding: Encoding,
    probe: Probe,
    requests: Requests,
    asked: u64,
    pub(crate) rounds: Vec<Summary>,
    /// Ends with the measurement.
    _child: Option<Child>,
}

impl Side {
    pub(crate) const fn new(
        program: &'static str,
        request: &'static str,
        encoding: Encoding,
        probe: Probe,
        requests: Requests,
    ) -> Self {
        let rounds = Vec::new();
        Self { program, request, encoding, probe, requests, asked: 0, rounds, _child: None }
    }

    /// The program, which ends with the measurement.
    pub(crate) fn of(self, child: Child) -> Self {
        Self { _child: Some(child), ..self }
    }

    pub(crate) fn turn(&mut self, trips: usize) -> Result<(), LoadError> {
        let pair = [(self.requests)(0, self.encoding), (self.requests)(1, self.encoding)];
        let mut times = histogram();
        for trip in 0..trips + trips / 10 {
            let bytes = &pair[(self.asked % 2) as usize];
            let begun = Instant::now();
            self.probe.exchange(bytes, 1)?;
            let took = begun.elapsed();
            // The first tenth warms up.
            if trip >= trips / 10 {
                times.saturating_record(took.as_nanos() as u64);
            }
            self.asked += 1;
        }
        self.rounds.push(Summary::of(&times));
        Ok(())
    }

    fn report(&self, socket: &'static str, all: &[Self]) -> RoundTrip {
        let against = |other: &Self| Comparison {
            with: other.program,
            min: ratio(&self.rounds, &other.rounds, |round| round.min_ns),
            p10: ratio(&self.rounds, &other.rounds, |round| round.p10_ns),
        };
        // The echo beside the others says how near to them any program can come.
        let beside = all.iter().filter(|other| match other.program {
            "echo" => {
                self.program == "acd"
                    && other.request == self.request
                    && other.encoding == self.encoding
            }
            "acd" => false,
            _ => self.request == "ping",
        });
        let asks = matches!(self.program, "acd" | "echo");
        let compared = beside.filter(|_| asks).map(against).collect();
        RoundTrip {
            program: self.program,
            socket,
            request: self.request,
            encoding: self.encoding.name(),
            min_ns: self.rounds.iter().map(|round| round.min_ns).min().unwrap_or(0),
            p10_ns: median(self.rounds.iter().map(|round| round.p10_ns).collect()),
            p50_ns: median(self.rounds.iter().map(|round| round.p50_ns).collect()),
            p99_ns: median(self.rounds.iter().map(|round| round.p99_ns).collect()),
            compared,
        }
    }
}

/// One program that is asked with many requests on their way.
struct Lane {
    what: &'static str,
    encoding: &'static str,
    probe: Probe,
    requests: Requests,
    by: Encoding,
    asked: u64,
    per_second: Vec<u64>,
    /// Frames of either way a second.
    frames_per_second: Vec<u64>,
    /// Ends with the measurement.
    child: Child,
}

impl Lane {
    const fn new(
        what: &'static str,
        encoding: &'static str,
        child: Child,
        probe: Probe,
        requests: Requests,
        by: Encoding,
    ) -> Self {
        Self {
            what,
            encoding,
            probe,
            requests,
            by,
            asked: 0,
            per_second: Vec::new(),
            frames_per_second: Vec::new(),
            child,
        }
    }

    fn turn(&mut self, depth: usize, length: Duration) -> Result<(), LoadError> {
        // Written beforehand, as far as the numbers of contacts allow: what is measured is not
        // how fast requests are made.
        // The time of both ends on the core counts, not what others took of it meanwhile.
        let (mut spent, mut done) = (0, 0);
        let frames = self.probe.frames;
        while u128::from(spent) < length.as_nanos() {
            let mut batches = Vec::new();
            for _ in 0..16 {
                let mut bytes = Vec::new();
                for _ in 0..depth {
                    bytes.extend((self.requests)(self.asked, self.by));
                    self.asked += 1;
                }
                batches.push(bytes);
            }
            let ran = || Ok::<_, LoadError>(cpu::own_ns()? + cpu::ran_ns(self.child.pid())?);
            let before = ran()?;
            for bytes in &batches {
                self.probe.exchange(bytes, depth)?;
            }
            spent += ran()?.saturating_sub(before);
            done += batches.len() * depth;
        }
        let a_second =
            |count: u64| (u128::from(count) * 1_000_000_000 / u128::from(spent.max(1))) as u64;
        self.per_second.push(a_second(done as u64));
        self.frames_per_second.push(a_second(done as u64 + self.probe.frames - frames));
        Ok(())
    }

    fn report(&self, depth: usize, all: &[Self]) -> Pipelined {
        let redis = all.iter().find(|lane| lane.what == SET && self.what != SET);
        Pipelined {
            what: self.what,
            encoding: self.encoding,
            depth,
            per_second: median(self.per_second.clone()),
            frames_per_second: median(self.frames_per_second.clone()),
            against_redis: redis.map(|redis| spread(&self.per_second, &redis.per_second)),
            frames_against_redis: redis
                .map(|redis| spread(&self.frames_per_second, &redis.frames_per_second)),
        }
    }
}

pub(crate) fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

pub(crate) fn ratio(own: &[Summary], other: &[Summary], of: fn(&Summary) -> u64) -> Ratios {
    let values = |rounds: &[Summary]| rounds.iter().map(of).collect::<Vec<_>>();
    spread(&values(own), &values(other))
}

/// Own to other, round by round.
#[expect(clippy::cast_precision_loss, reason = "ratios are shown to two digits")]
fn spread(own: &[u64], other: &[u64]) -> Ratios {
    let ratios = own.iter().zip(other).map(|(own, other)| *own as f64 / (*other).max(1) as f64);
    let mut ratios: Vec<f64> = ratios.collect();
    ratios.sort_by(f64::total_cmp);
    let at = |index: usize| ratios.get(index).copied().unwrap_or(0.0);
    Ratios { median: at(ratios.len() / 2), least: at(0), most: at(ratios.len().max(1) - 1) }
}
