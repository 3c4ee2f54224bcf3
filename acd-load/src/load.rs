//! The open-loop generator: requests are due at planned times, whether or not the last are
//! answered, and latency counts from the planned time.

mod client;
mod mix;
mod report;

use std::time::{Duration, Instant};

use acd_proto::request::TakeSnapshot;
use acd_proto::snapshot::Snapshot;
use acd_proto::{Address, Request, Role};
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;

use self::client::Client;
pub use self::mix::{Mix, MixError};
pub use self::report::LoadReport;
use self::report::{Measured, Ops};
use crate::LoadError;
use crate::child::{Child, Exe, Over};
use crate::city::city;
use crate::summary::Machine;
use crate::talk::{Encoding, Talk, Who};

/// The most connections: every one is looked at in each turn.
const CLIENTS_MAX: usize = 1_000;
/// How long what is on its way at the end may take.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What to do.
#[derive(Clone, Debug)]
pub struct Load {
    /// The command that serves, where no address is given.
    pub exe: Exe,
    /// The server; none means one of its own.
    pub address: Option<Address>,
    /// Its token.
    pub token: Option<String>,
    /// Front ends that connect.
    pub clients: usize,
    /// Agents that sign in; none means as many as the city has, at most 1,000.
    pub agents: usize,
    /// Requests that begin something, a second, all clients together.
    pub rate: u32,
    /// What they begin.
    pub mix: Mix,
    /// How long a call talks.
    pub talk: Duration,
    /// How long requests are sent.
    pub length: Duration,
    /// At the beginning, what is not counted.
    pub warm_up: Duration,
    /// How messages are written.
    pub encoding: Encoding,
}

impl Load {
    /// 1,000 a second for 10 s by 4 clients with 100 agents, calls of 20 ms, in `bin1`.
    pub fn new(exe: Exe) -> Self {
        Self {
            exe,
            address: None,
            token: None,
            clients: 4,
            agents: 100,
            rate: 1_000,
            mix: Mix::default(),
            talk: Duration::from_millis(20),
            length: Duration::from_secs(10),
            warm_up: Duration::from_secs(1),
            encoding: Encoding::Bin1,
        }
    }

    /// Does it. `progress` is called once a second.
    pub fn run(&self, progress: impl FnMut(Progress)) -> Result<LoadReport, LoadError> {
        if self.clients == 0 || self.clients > CLIENTS_MAX {
            let what = format!("clients: {} is not 1 to {CLIENTS_MAX}", self.clients);
            return Err(LoadError::Wrong(what));
        }
        let own = match &self.address {
            Some(_) => None,
            None => Some(self.exe.serve(Over::Unix, &city(8, self.agents, "none"), &[])?),
        };
        let machine = Machine::now();
        let mut field = self.connect(own.as_ref())?;
        let measured = self.send(&mut field, progress)?;
        let server = own.map(|child| crate::cpu::ran_ns(child.pid())).transpose()?;
        Ok(LoadReport::new(self, machine, measured, server))
    }

    fn connect(&self, own: Option<&Child>) -> Result<Vec<Client>, LoadError> {
        let address = match (&self.address, own) {
            (Some(address), _) => address,
            (None, Some(child)) => &child.address,
            (None, None) => return Err(LoadError::Wrong("no server".into())),
        };
        let mut clients = Vec::new();
        let mut seen: Option<Snapshot> = None;
        for number in 0..self.clients {
            let name = format!("load-{number}");
            let (role, token) = (Role::Frontend, self.token.as_deref());
            let who = Who { role, name: &name, token, encoding: self.encoding };
            let mut talk = Talk::connect(address, &who)?;
            if seen.is_none() {
                let of = vec!["queues".to_owned(), "agents".to_owned()];
                seen = Some(talk.ask(&Request::Snapshot(TakeSnapshot { of }))?);
            }
            let city = seen.as_ref().expect("it was taken just now");
            let queues = city.queues.iter().flatten().filter(|row| row.open);
            let queues: Vec<String> = queues.map(|row| row.queue.clone()).collect();
            if queues.is_empty() {
                return Err(LoadError::Wrong("the city has no open queue".into()));
            }
            let agents = city.agents.iter().flatten().take(self.agents);
            let own = agents.skip(number).step_by(self.clients).map(|row| row.agent.clone());
            let mut client = Client::new(talk, name, queues, self.encoding, self.talk);
            client.sign_in(own)?;
            clients.push(client);
        }
        for client in &clients {
            client.talk.socket.set_nonblocking().map_err(|e| LoadError::System("a socket", e))?;
        }
        Ok(clients)
    }

    fn send(
        &self,
        clients: &mut [Client],
        mut progress: impl FnMut(Progress),
    ) -> Result<Measured, LoadError> {
        // Whoever sleeps until a request is due wakes within microseconds of it.
        let _ = nix::sys::prctl::set_timerslack(1);
        let mut ops = Ops::new();
        let begun = Instant::now();
        let planned_at = |number: u64| {
            let after = u128::from(number) * 1_000_000_000 / u128::from(self.rate.max(1));
            begun + Duration::from_nanos(u64::try_from(after).unwrap_or(u64::MAX))
        };
        let (mut planned, mut sent, mut said_at) = (begun, 0_u64, begun);
        loop {
            let now = Instant::now();
            ops.counts = now >= begun + self.warm_up;
            while planned <= now && planned < begun + self.length {
                let kind = self.mix.pick(sent);
                let index = (sent % clients.len() as u64) as usize;
                clients[index].begin(kind, planned);
                sent += 1;
                planned = planned_at(sent);
            }
            for client in clients.iter_mut() {
                client.turn(&mut ops)?;
            }
            let over = now >= begun + self.length;
            let waiting: usize = clients.iter().map(Client::on_their_way).sum();
            if over && (waiting == 0 || now >= begun + self.length + LAST_WORDS) {
                ops.unanswered = waiting as u64;
                break;
            }
            if now >= said_at + Duration::from_secs(1) {
                said_at = now;
                progress(Progress { elapsed: now - begun, sent, on_their_way: waiting });
            }
            let due = clients.iter().filter_map(Client::next_due).min();
            let plan = (planned < begun + self.length).then_some(planned);
            let until = [due, plan].into_iter().flatten().min();
            wait(clients, until.unwrap_or(now + Duration::from_millis(50)))?;
        }
        Ok(Measured { ops, sent, took: begun.elapsed() })
    }
}

/// Sleeps until something comes, or something is due.
fn wait(clients: &[Client], until: Instant) -> Result<(), LoadError> {
    use std::os::fd::AsFd as _;
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Ok(());
    }
    let interest = |client: &Client| {
        let writes = if client.talk.has_unsent() { PollFlags::POLLOUT } else { PollFlags::empty() };
        PollFlags::POLLIN | writes
    };
    let polled = clients.iter().map(|one| PollFd::new(one.talk.socket.as_fd(), interest(one)));
    let mut polled: Vec<PollFd<'_>> = polled.collect();
    match ppoll(&mut polled, Some(TimeSpec::from_duration(left)), None) {
        Ok(_) | Err(nix::Error::EINTR) => Ok(()),
        Err(error) => Err(LoadError::System("waiting for sockets", error.into())),
    }
}

/// How far a load is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Since the beginning.
    pub elapsed: Duration,
    /// What was begun so far.
    pub sent: u64,
    /// Requests not answered yet.
    pub on_their_way: usize,
}
