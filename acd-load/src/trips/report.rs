//! What round trips and pipelines took, as people and programs read it.

use std::fmt;

use serde::Serialize;

use crate::summary::{Machine, Time};

/// A ratio over the rounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Ratios {
    /// The median round's.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

impl fmt::Display for Ratios {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}x [{:.2}..{:.2}]", self.median, self.least, self.most)
    }
}

/// One program beside another: smaller is faster.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The other program.
    pub with: &'static str,
    /// Of the fastest trip of each round.
    pub min: Ratios,
    /// Of the trip that one in ten beats.
    pub p10: Ratios,
}

/// One request and its reply.
#[derive(Clone, Debug, Serialize)]
pub struct RoundTrip {
    /// acd, echo, redis or nats.
    pub program: &'static str,
    /// unix or tcp.
    pub socket: &'static str,
    /// What was asked.
    pub request: &'static str,
    /// json or bin1.
    pub encoding: &'static str,
    /// The fastest trip of all.
    pub min_ns: u64,
    /// Of the median round.
    pub p10_ns: u64,
    /// Of the median round.
    pub p50_ns: u64,
    /// Of the median round.
    pub p99_ns: u64,
    /// Beside the others of the run.
    pub compared: Vec<Comparison>,
}

/// Many requests on their way at once.
#[derive(Clone, Debug, Serialize)]
pub struct Pipelined {
    /// What was asked.
    pub what: &'static str,
    /// json, bin1 or resp.
    pub encoding: &'static str,
    /// Requests on their way.
    pub depth: usize,
    /// Requests a second of processor time, both ends together; of the median round.
    pub per_second: u64,
    /// Frames a second of the same time: requests, replies, and events, which redis has none of.
    pub frames_per_second: u64,
    /// Beside redis SET at the same depth, by requests: larger is faster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against_redis: Option<Ratios>,
    /// The same by frames.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frames_against_redis: Option<Ratios>,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct TripsReport {
    /// What the machine did meanwhile.
    pub machine: Machine,
    /// One request at a time.
    pub trips: Vec<RoundTrip>,
    /// Many at a time.
    pub pipelined: Vec<Pipelined>,
}

impl fmt::Display for TripsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.machine)?;
        writeln!(f, "\nRound trips, both ends on one core; ratios are of min and of p10")?;
        for trip in &self.trips {
            let (min, p10) = (Time(trip.min_ns), Time(trip.p10_ns));
            let (p50, p99) = (Time(trip.p50_ns), Time(trip.p99_ns));
            let name = format!("{} {} {}", trip.program, trip.request, trip.encoding);
            write!(f, "  {:4} {name:22} min {min:>8}  p10 {p10:>8}", trip.socket)?;
            write!(f, "  p50 {p50:>8}  p99 {p99:>8}")?;
            for Comparison { with, min, p10 } in &trip.compared {
                write!(f, "  {with}: {min}, {p10}")?;
            }
            writeln!(f)?;
        }
        if !self.pipelined.is_empty() {
            writeln!(
                f,
                "\nPipelined over TCP, a second of processor time of both ends; ratios are to redis SET, \
                 by requests and by frames"
            )?;
        }
        for lane in &self.pipelined {
            let name = format!("{} {}", lane.what, lane.encoding);
            write!(f, "  depth {:4}  {name:34} {:>9}/s", lane.depth, lane.per_second)?;
            write!(f, " {:>9} frames/s", lane.frames_per_second)?;
            match lane.against_redis.zip(lane.frames_against_redis) {
                Some((requests, frames)) => writeln!(f, "  {requests}, {frames}")?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}
