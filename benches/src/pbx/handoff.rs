//! One turn of the hand-off: callers wait, agents talk, and `sipp`, which plays the agents'
//! telephones, writes down when each hangs up and is called again.

#![allow(dead_code, unreachable_pub, reason = "each program uses its part")]
#![allow(clippy::cast_precision_loss, reason = "figures of a bench are far below 2^52")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::centre::Centre;
use crate::lab::{self, Lab};

/// Until when an agent who was freed at the end must be called again.
const AFTER: Duration = Duration::from_secs(4);

/// Who hands callers to agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The server and its gateway.
    Acd,
    /// Asterisk's own queue.
    AppQueue,
}

/// How much there is of everything.
#[derive(Clone, Debug)]
pub struct Size {
    /// Members of the queue.
    pub members: usize,
    /// Those who take calls.
    pub agents: usize,
    /// Callers who wait while all of them talk.
    pub waiting: usize,
    /// How long it runs before: the agents' first calls begin together, and end apart.
    pub warm_up: Duration,
    /// How long it is measured.
    pub length: Duration,
}

/// What was measured.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    delays_us: Vec<u64>,
    lost: usize,
    cpu_s: f64,
    own_cpu_s: f64,
    resident: Vec<f64>,
    own_resident: Vec<f64>,
}

impl Turn {
    /// Another turn of the same side.
    pub fn add(&mut self, other: Self) {
        self.delays_us.extend(other.delays_us);
        self.delays_us.sort_unstable();
        self.lost += other.lost;
        self.cpu_s += other.cpu_s;
        self.own_cpu_s += other.own_cpu_s;
        self.resident.extend(other.resident);
        self.own_resident.extend(other.own_resident);
    }

    /// How many agents were called again.
    pub fn calls(&self) -> usize {
        self.delays_us.len()
    }

    /// How many were not.
    pub fn lost(&self) -> usize {
        self.lost
    }

    /// The delay in ms that so many of a hundred have at most.
    pub fn percentile_ms(&self, percent: usize) -> f64 {
        let last = self.delays_us.len().saturating_sub(1);
        let at = (last * percent).div_ceil(100);
        self.delays_us.get(at).copied().unwrap_or_default() as f64 / 1e3
    }

    /// Of Asterisk, the server and its gateway together.
    pub fn cpu_ms_a_call(&self) -> f64 {
        self.cpu_s * 1e3 / self.calls() as f64
    }

    /// Of the server and its gateway.
    pub fn own_cpu_ms_a_call(&self) -> f64 {
        self.own_cpu_s * 1e3 / self.calls() as f64
    }

    /// Resident memory of all programs.
    pub fn kib_a_caller(&self) -> f64 {
        mean(&self.resident)
    }

    /// Of the server and its gateway.
    pub fn own_kib_a_caller(&self) -> f64 {
        mean(&self.own_resident)
    }
}

fn mean(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / of.len() as f64
}

/// Measures one side; none where Asterisk cannot be had.
pub fn turn(by: Side, size: &Size, program: &Path) -> Option<Turn> {
    let port = lab::free_udp();
    let phones: Vec<_> = (1..=size.members).map(|n| (format!("a{n}"), port)).collect();
    let pbx = Lab::start(&phones, &[("queues.conf", queue(size.members))])?;
    let mut centre = (by == Side::Acd).then(|| Centre::start(&pbx, size, program));
    let messages = pbx.scratch().join("messages.log");
    // Nobody reads what is played to it: the packets end in this socket.
    let ear = UdpSocket::bind("127.0.0.1:0").expect("a port is free");
    let rtp = ear.local_addr().expect("it is bound").port();
    let own = |centre: &Option<Centre>| {
        centre.as_ref().map_or((0.0, 0), |centre| (centre.cpu(), centre.resident()))
    };
    let before = (pbx.resident(), own(&centre).1);
    let number = if by == Side::Acd { "311" } else { "411" };
    let at_once = size.agents + size.waiting;
    let _crowd = pbx.crowd(number, at_once, rtp);
    await_that("all callers", || pbx.channels("PJSIP/trunk") == at_once);
    thread::sleep(Duration::from_secs(1));
    let a_caller = |now: u64, then: u64| now.saturating_sub(then) as f64 / 1_024.0 / at_once as f64;
    let own_resident = a_caller(own(&centre).1, before.1);
    let resident = a_caller(pbx.resident(), before.0) + own_resident;
    let _phones = pbx.quick_phones(port, rtp, &messages);
    match &mut centre {
        Some(centre) => centre.ready(size.agents),
        None => (1..=size.agents).for_each(|n| {
            pbx.cli(&format!("queue unpause member PJSIP/a{n} queue peer"));
        }),
    }
    thread::sleep(size.warm_up);
    let (start, cpu, own_cpu) = (now_us(), pbx.cpu(), own(&centre).0);
    thread::sleep(size.length);
    let (end, cpu, own_cpu) = (now_us(), pbx.cpu() - cpu, own(&centre).0 - own_cpu);
    thread::sleep(AFTER);
    let said = String::from_utf8_lossy(&fs::read(&messages).expect("sipp's file")).into_owned();
    let (delays_us, lost) = delays(&said, start, end);
    Some(Turn {
        delays_us,
        lost,
        cpu_s: cpu + own_cpu,
        own_cpu_s: own_cpu,
        resident: vec![resident],
        own_resident: vec![own_resident],
    })
}

/// The members of `app_queue`: all paused, until those who take calls are not.
fn queue(members: usize) -> String {
    let mut text =
        "[peer]\nmusicclass = default\nstrategy = leastrecent\ntimeout = 20\nretry = 1\n\
         ringinuse = no\nwrapuptime = 0\nautofill = yes\nannounce-frequency = 0\n"
            .to_owned();
    for n in 1..=members {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "member => PJSIP/a{n},0,a{n},PJSIP/a{n},no,0,yes");
    }
    text
}

/// From `sipp`'s list of messages: how long each agent who hung up in a span of time was left
/// alone, and how many were not called again.
fn delays(messages: &str, start: u64, end: u64) -> (Vec<u64>, usize) {
    let mut freed = BTreeMap::new();
    let (mut delays, mut at) = (Vec::new(), 0);
    for line in messages.lines() {
        if let Some(time) = line.strip_prefix("----------------------------------------------- ") {
            at = micros(time).unwrap_or(at);
        } else if let Some(rest) = line.strip_prefix("INVITE sip:") {
            let agent = rest.split('@').next().unwrap_or_default();
            if let Some(then) = freed.remove(agent) {
                delays.push(at - then);
            }
        } else if line.starts_with("BYE ") {
            // Whose it is says the next line that names the sender.
            freed.insert(String::new(), at);
        } else if let Some(from) = line.strip_prefix("From:")
            && let Some(then) = freed.remove("")
            && let Some(agent) = from.split("sip:").nth(1).and_then(|uri| uri.split('@').next())
            && (start..end).contains(&then)
        {
            freed.insert(agent.to_owned(), then);
        }
    }
    delays.sort_unstable();
    (delays, freed.len())
}

/// `2026-11-26 21:45:01.123456` in µs UTC; the blank may be a tab.
fn micros(time: &str) -> Option<u64> {
    let time = time.trim().replace('\t', " ");
    let (day, clock) = time.split_once(' ')?;
    let mut clock = clock.split(' ').next()?.split([':', '.']);
    let mut number = || clock.next()?.parse::<u64>().ok();
    let (hour, minute, second, micros) = (number()?, number()?, number()?, number()?);
    Some((((days(day)? * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + micros)
}

/// Days since 1970 of `2026-11-26`.
fn days(day: &str) -> Option<u64> {
    let mut parts = day.split('-').map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    // Years that begin in March have the leap day last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year / 4 - year / 100 + year / 400;
    Some(year * 365 + leaps + (153 * month + 2) / 5 + day - 1 - 719_468)
}

fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

fn await_that(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < lab::PATIENCE, "{what} did not come");
        thread::sleep(Duration::from_millis(100));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_an_agents_bye_is_followed_by_its_invite() {
        assert_eq!(micros("1970-01-02 00:00:01.000002"), Some(86_401_000_002));
        assert_eq!(days("2026-11-26"), Some(20_783));
        let line = "-----------------------------------------------";
        let said = format!(
            "{line} 1970-01-01 00:00:01.000000\nBYE sip:x@h SIP/2.0\nFrom: <sip:a1@h>;tag=1\n\
             {line} 1970-01-01 00:00:01.000100\nBYE sip:x@h SIP/2.0\nFrom: <sip:a2@h>;tag=1\n\
             {line} 1970-01-01 00:00:01.000700\nINVITE sip:a2@h SIP/2.0\nFrom: <sip:+1@h>\n"
        );
        assert_eq!(delays(&said, 0, 2_000_000), (vec![600], 1));
        assert_eq!(delays(&said, 1_000_050, 2_000_000), (vec![600], 0));
    }
}
