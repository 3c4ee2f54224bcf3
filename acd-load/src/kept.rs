//! What it adds to a round trip that every command is written down, where nobody waits for that.

use std::fmt;

use serde::Serialize;

use crate::LoadError;
use crate::child::Over;
use crate::summary::{Machine, Time};
use crate::talk::Encoding;
use crate::trips::{Ratios, Requests, Side, Trips, median, ratio, toggle};

/// What a server is started with that keeps a log.
const ASYNC: [&str; 2] = ["--durability", "async"];

/// What was measured. Ratios are of the server that keeps a log to the one that does not.
#[derive(Clone, Debug, Serialize)]
pub struct KeptReport {
    /// What the machine did meanwhile.
    pub machine: Machine,
    /// The median trip without a log, of the median round.
    pub none_p50_ns: u64,
    /// The same with a log.
    pub async_p50_ns: u64,
    /// Of the trips that one in ten beats, round by round.
    pub p10: Ratios,
    /// Of the median trips, round by round.
    pub p50: Ratios,
}

impl fmt::Display for KeptReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.machine)?;
        let (none, kept) = (Time(self.none_p50_ns), Time(self.async_p50_ns));
        writeln!(f, "a command and its reply, all on one core: p50 {none}; logged, async: {kept}")?;
        writeln!(f, "  logged to not: p50 {}, p10 {}", self.p50, self.p10)
    }
}

impl Trips {
    /// A command at a time, to a server without a log and to one with `--durability async`, in
    /// turns, and within a round twice each: none, async, async, none. All is on one core, the
    /// log's thread too.
    pub fn run_kept(&self) -> Result<KeptReport, LoadError> {
        let machine = Machine::now();
        let (none, kept) = self.on_one_core(|trips| {
            let (mut none, mut kept) = (trips.side(&[])?, trips.side(&ASYNC)?);
            for _ in 0..trips.rounds {
                none.turn(trips.trips)?;
                kept.turn(trips.trips)?;
                kept.turn(trips.trips)?;
                none.turn(trips.trips)?;
            }
            Ok((none.rounds, kept.rounds))
        })?;
        let p50 = |rounds: &[crate::Summary]| median(rounds.iter().map(|r| r.p50_ns).collect());
        Ok(KeptReport {
            machine,
            none_p50_ns: p50(&none),
            async_p50_ns: p50(&kept),
            p10: ratio(&kept, &none, |round| round.p10_ns),
            p50: ratio(&kept, &none, |round| round.p50_ns),
        })
    }

    fn side(&self, more: &[&str]) -> Result<Side, LoadError> {
        let (server, probe) = self.acd(Over::Unix, Encoding::Bin1, more)?;
        let side = Side::new("acd", "agent.state", Encoding::Bin1, probe, toggle as Requests);
        Ok(side.of(server))
    }
}
