//! What a server costs when nothing happens: many agents signed in, and perhaps somebody watching.

use std::fmt;
use std::time::{Duration, Instant};

use acd_proto::request::{AgentLogin, AgentState, Subscribe, TakeSnapshot};
use acd_proto::{Request, Role};
use serde::Serialize;

use crate::child::{Exe, Over};
use crate::city::city;
use crate::summary::{Machine, Summary, Time, histogram};
use crate::talk::{Encoding, Talk, Who};
use crate::{LoadError, cpu};

/// What to measure.
#[derive(Clone, Debug)]
pub struct Idle {
    /// The command that serves.
    pub exe: Exe,
    /// Agents signed in and ready.
    pub agents: usize,
    /// Queues.
    pub queues: usize,
    /// How long is looked.
    pub length: Duration,
    /// Snapshots a second of one who watches as `acd top` does; 0: nobody does.
    pub watch_hz: u32,
}

impl Idle {
    /// 10,000 agents and 20 queues for 20 s, unwatched.
    pub const fn new(exe: Exe) -> Self {
        let length = Duration::from_secs(20);
        Self { exe, agents: 10_000, queues: 20, length, watch_hz: 0 }
    }

    /// Measures.
    pub fn run(&self) -> Result<IdleReport, LoadError> {
        let machine = Machine::now();
        let server = self.exe.serve(Over::Unix, &city(self.queues, self.agents, "none"), &[])?;
        let who = |role, name| Who { role, name, token: None, encoding: Encoding::Bin1 };
        let mut pbx = Talk::connect(&server.address, &who(Role::Frontend, "pbx"))?;
        let requests: Vec<Request> = (0..self.agents).flat_map(signs_in).collect();
        pbx.ask_all(&requests)?;
        let watcher = Who { encoding: Encoding::Json, ..who(Role::Supervisor, "top") };
        let mut watcher = Talk::connect(&server.address, &watcher)?;
        if self.watch_hz > 0 {
            let topics = vec!["*".to_owned()];
            watcher.ask_all(&[Request::Subscribe(Subscribe { topics, since: None })])?;
        }
        let mut times = histogram();
        let ran =
            || Ok::<_, LoadError>((cpu::ran_ns(server.pid())?, cpu::first_ran_ns(server.pid())?));
        let before = ran()?;
        let begun = Instant::now();
        if self.watch_hz == 0 {
            std::thread::sleep(self.length);
        }
        let mut turns = 0;
        while self.watch_hz > 0 && begun.elapsed() < self.length {
            let next = begun + Duration::from_secs(1) * turns / self.watch_hz;
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            turns += 1;
            let asked = Instant::now();
            watcher.ask::<serde::de::IgnoredAny>(&Request::Snapshot(seen_by_top()))?;
            times.saturating_record(asked.elapsed().as_nanos() as u64);
        }
        let wall = begun.elapsed();
        let (all, core) = ran()?;
        #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
        let percent = |ran: u64| ran as f64 / wall.as_nanos() as f64 * 100.0;
        let (all, core) = (all.saturating_sub(before.0), core.saturating_sub(before.1));
        Ok(IdleReport {
            machine,
            agents: self.agents,
            watch_hz: self.watch_hz,
            seconds: wall.as_secs_f64(),
            ran_ns: all,
            percent: percent(all),
            core_percent: percent(core),
            snapshots: Summary::of(&times),
        })
    }
}

/// What `acd top` asks for each time on its first screen.
fn seen_by_top() -> TakeSnapshot {
    TakeSnapshot { of: vec!["queues".into(), "engine".into()] }
}

fn signs_in(number: usize) -> [Request; 2] {
    let agent = Some(format!("a{number}"));
    let device = Some(format!("PJSIP/{number}"));
    let login = AgentLogin { agent: agent.clone(), device, ..AgentLogin::default() };
    let ready = AgentState { agent, state: "ready".into(), reason: None };
    [Request::AgentLogin(login), Request::AgentState(ready)]
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct IdleReport {
    /// What the machine did meanwhile.
    pub machine: Machine,
    /// Agents signed in.
    pub agents: usize,
    /// Snapshots a second.
    pub watch_hz: u32,
    /// How long was looked.
    pub seconds: f64,
    /// Processor time of the server in it.
    pub ran_ns: u64,
    /// The same, of one core.
    pub percent: f64,
    /// Of one core, what the thread that decides has taken of it.
    pub core_percent: f64,
    /// How long a snapshot took the watcher.
    pub snapshots: Summary,
}

impl fmt::Display for IdleReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.machine)?;
        let Self { agents, watch_hz, seconds, percent, core_percent, .. } = self;
        let ran = Time(self.ran_ns);
        write!(f, "{agents} agents signed in, ")?;
        if self.watch_hz == 0 {
            write!(f, "nobody watching: ")?;
        } else {
            let p50 = Time(self.snapshots.p50_ns);
            write!(f, "a snapshot {watch_hz} times a second (p50 {p50}): ")?;
        }
        write!(f, "{ran} of processor in {seconds:.1} s, {percent:.3} % of a core; ")?;
        writeln!(f, "the thread that decides {core_percent:.3} %")
    }
}
