//! What a load found out: latencies by operation, and refusals by kind.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::time::{Duration, SystemTime};

use acd_proto::ErrorBody;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2Serializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};
use serde::Serialize;

use super::Load;
use crate::summary::{Machine, Summary, Time, histogram};

/// What is measured on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    New,
    Answered,
    End,
    Abandon,
    WrapDone,
    Ping,
}

const NAMES: [&str; 7] = [
    "contact.new",
    "offer.answered",
    "contact.end",
    "contact.abandon",
    "agent.wrap_done",
    "ping",
    "contact.new to contact.offered",
];
/// The place of what is no request: from a contact's planned entry to its offer.
const OFFERED: usize = 6;

/// Latencies and refusals so far.
pub(super) struct Ops {
    times: Vec<Histogram<u64>>,
    refused: BTreeMap<String, u64>,
    /// Whether the warm-up is over.
    pub(super) counts: bool,
    pub(super) unanswered: u64,
}

impl Ops {
    pub(super) fn new() -> Self {
        let times = NAMES.iter().map(|_| histogram()).collect();
        Self { times, refused: BTreeMap::new(), counts: false, unanswered: 0 }
    }

    pub(super) fn answered(&mut self, op: Op, took: Duration, error: Option<&ErrorBody>) {
        if let Some(error) = error {
            let what = format!("{} {}", NAMES[op as usize], error.data.kind.name());
            *self.refused.entry(what).or_insert(0) += 1;
        }
        self.record(op as usize, took);
    }

    pub(super) fn offered(&mut self, took: Duration) {
        self.record(OFFERED, took);
    }

    fn record(&mut self, place: usize, took: Duration) {
        if self.counts {
            self.times[place].saturating_record(took.as_nanos() as u64);
        }
    }
}

/// A run.
pub(super) struct Measured {
    pub(super) ops: Ops,
    pub(super) sent: u64,
    pub(super) took: Duration,
}

/// What a load found out.
#[derive(Clone, Debug, Serialize)]
pub struct LoadReport {
    /// What the machine did before.
    pub machine: Machine,
    /// json or bin1.
    pub encoding: &'static str,
    /// Connections.
    pub clients: usize,
    /// Agents that signed in.
    pub agents: usize,
    /// What was to begin a second.
    pub rate: u32,
    /// Of what.
    pub mix: String,
    /// What was begun.
    pub begun: u64,
    /// How long it took.
    pub seconds: f64,
    /// Latency from the planned time, by operation; without the warm-up.
    pub latency: BTreeMap<&'static str, Summary>,
    /// Refusals by operation and kind.
    pub refused: BTreeMap<String, u64>,
    /// Requests that were not answered two seconds after the end.
    pub unanswered: u64,
    /// Processor time of the server, where it was started for this.
    pub server_ran_ns: Option<u64>,
    #[serde(skip)]
    times: Vec<Histogram<u64>>,
}

impl LoadReport {
    pub(super) fn new(
        load: &Load,
        machine: Machine,
        measured: Measured,
        server_ran_ns: Option<u64>,
    ) -> Self {
        let Measured { ops, sent, took } = measured;
        let latency = NAMES.into_iter().zip(&ops.times).filter(|(_, times)| !times.is_empty());
        Self {
            machine,
            encoding: load.encoding.name(),
            clients: load.clients,
            agents: load.agents,
            rate: load.rate,
            mix: load.mix.to_string(),
            begun: sent,
            seconds: took.as_secs_f64(),
            latency: latency.map(|(name, times)| (name, Summary::of(times))).collect(),
            refused: ops.refused,
            unanswered: ops.unanswered,
            server_ran_ns,
            times: ops.times,
        }
    }

    /// Whether every request was answered, and none refused.
    pub fn is_clean(&self) -> bool {
        self.unanswered == 0 && self.refused.is_empty()
    }

    /// Writes the histograms as an interval log, which hdrhistogram's tools read: one tag an
    /// operation, nanoseconds.
    pub fn write_log(&self, out: &mut impl io::Write) -> io::Result<()> {
        let mut serializer = V2Serializer::new();
        let mut builder = IntervalLogWriterBuilder::new();
        let begun = SystemTime::now() - Duration::from_secs_f64(self.seconds);
        builder.with_start_time(begun).add_comment("acd bench load, nanoseconds");
        let mut log = builder.begin_log_with(out, &mut serializer)?;
        for (name, times) in NAMES.iter().zip(&self.times).filter(|(_, it)| !it.is_empty()) {
            let name = name.replace([' ', ','], "_");
            let tag = Tag::new(&name).expect("there are no commas and blanks in it");
            let length = Duration::from_secs_f64(self.seconds);
            log.write_histogram(times, Duration::ZERO, length, Some(tag))
                .map_err(|error| io::Error::other(format!("{error:?}")))?;
        }
        Ok(())
    }
}

impl fmt::Display for LoadReport {
    #[expect(clippy::cast_precision_loss, reason = "a rate is shown to a whole number")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.machine)?;
        let Self { encoding, clients, agents, rate, mix, begun, seconds, .. } = self;
        let reached = *begun as f64 / seconds;
        writeln!(
            f,
            "{clients} clients ({encoding}), {agents} agents, {mix}: {begun} begun in {seconds:.1} s, \
             {reached:.0}/s of {rate}/s"
        )?;
        writeln!(f, "latency from the planned time:")?;
        for (name, it) in &self.latency {
            let (p50, p99) = (Time(it.p50_ns), Time(it.p99_ns));
            let (p999, max) = (Time(it.p999_ns), Time(it.max_ns));
            write!(f, "  {name:30} {:>8}  p50 {p50:>9}  p99 {p99:>9}", it.count)?;
            writeln!(f, "  p99.9 {p999:>9}  max {max:>9}")?;
        }
        for (what, count) in &self.refused {
            writeln!(f, "  refused: {count} {what}")?;
        }
        if self.unanswered > 0 {
            writeln!(f, "  not answered: {}", self.unanswered)?;
        }
        if let Some(ran) = self.server_ran_ns {
            let percent = ran as f64 / (seconds * 1e9) * 100.0;
            writeln!(f, "the server ran {}, {percent:.1} % of a core", Time(ran))?;
        }
        Ok(())
    }
}
