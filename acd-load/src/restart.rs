//! A restart with very many waiting, and what writing snapshots of them adds to a hand-off.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use acd_proto::Role;
use serde::Serialize;

use crate::LoadError;
use crate::child::{Child, Exe, Over};
use crate::city::city;
use crate::handoff::Floor;
use crate::summary::{Machine, Summary, Time, histogram};
use crate::talk::{Encoding, Talk, Who};

/// Agents, all of them busy while contacts wait.
const AGENTS: usize = 50;
/// How long a snapshot may take to be there.
const PATIENCE: Duration = Duration::from_mins(5);

/// What to measure.
#[derive(Clone, Debug)]
pub struct Restart {
    /// The command that serves.
    pub exe: Exe,
    /// Contacts that wait.
    pub waiting: usize,
    /// Turns of hand-offs with snapshots being written, and as many without.
    pub turns: usize,
    /// Hand-offs of a turn.
    pub count: usize,
}

impl Restart {
    /// A million waiting, 4 turns of 5,000 hand-offs each way.
    pub const fn new(exe: Exe) -> Self {
        Self { exe, waiting: 1_000_000, turns: 4, count: 5_000 }
    }

    /// Measures.
    pub fn run(&self) -> Result<RestartReport, LoadError> {
        let machine = Machine::now();
        let every = (self.waiting / 4).max(100).to_string();
        let with: &[&str] = &["--durability", "async", "--snapshot-every", &every];
        let begun = Instant::now();
        let (server, floor) = self.filled(0, with)?;
        let fill = begun.elapsed();
        snapshot_of(&server.file("data"), self.waiting)?;
        let bytes = size_of(&server.file("data"))?;
        drop(floor);
        let (killed, server) = self.exe.serve_again(server, with)?;
        let answers = killed.elapsed();
        let mut other = floor_of(&server, "other")?;
        other.fill(1, 0)?;
        let first = killed.elapsed();
        drop((other, server));
        let (without, snapshots, written) = self.beside()?;
        Ok(RestartReport {
            machine,
            waiting: self.waiting,
            fill_ms: ms(fill),
            data_bytes: bytes,
            answers_ms: ms(answers),
            first_ms: ms(first),
            without,
            with: snapshots,
            snapshots: written,
        })
    }

    /// Turns of hand-offs of a server that writes snapshots all the time, and of one that does
    /// not; and how many were written.
    fn beside(&self) -> Result<(Summary, Summary, usize), LoadError> {
        let never = u64::MAX.to_string();
        let (_quiet, mut without) =
            self.filled(AGENTS, &["--durability", "async", "--snapshot-every", &never])?;
        let (busy, mut with) =
            self.filled(AGENTS, &["--durability", "async", "--snapshot-every", "1"])?;
        let data = busy.file("data");
        snapshot_of(&data, 1)?;
        let before = newest(&data)?;
        let (mut quiet_times, mut busy_times) = (histogram(), histogram());
        for _ in 0..self.turns {
            for (floor, times) in [(&mut without, &mut quiet_times), (&mut with, &mut busy_times)] {
                for _ in 0..self.count {
                    times.saturating_record(floor.hand_off(false)?);
                }
            }
        }
        let written = usize::from(newest(&data)? > before);
        Ok((Summary::of(&quiet_times), Summary::of(&busy_times), written))
    }

    fn filled(&self, agents: usize, more: &[&str]) -> Result<(Child, Floor), LoadError> {
        let server = self.exe.serve(Over::Unix, &city(1, AGENTS, "none"), more)?;
        let mut floor = floor_of(&server, "pbx")?;
        floor.fill(agents, self.waiting)?;
        Ok((server, floor))
    }
}

fn floor_of(server: &Child, name: &str) -> Result<Floor, LoadError> {
    let encoding = Encoding::Bin1;
    let who = Who { role: Role::Frontend, name, token: None, encoding };
    Ok(Floor::of(Talk::connect(&server.address, &who)?, encoding))
}

/// Waits for a snapshot of a record so late.
fn snapshot_of(data: &Path, record: usize) -> Result<(), LoadError> {
    let begun = Instant::now();
    while newest(data)? < record as u64 {
        if begun.elapsed() > PATIENCE {
            return Err(LoadError::Wrong(format!("no snapshot of record {record} was written")));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn files(data: &Path) -> Result<Vec<std::fs::DirEntry>, LoadError> {
    let read = std::fs::read_dir(data).and_then(Iterator::collect);
    read.map_err(|error| LoadError::System("looking for snapshots", error))
}

/// The record of the newest snapshot; 0 where there is none.
fn newest(data: &Path) -> Result<u64, LoadError> {
    let record = |file: &std::fs::DirEntry| {
        let name = file.file_name().into_string().ok()?;
        name.strip_prefix("snapshot-")?.strip_suffix(".snap")?.parse().ok()
    };
    Ok(files(data)?.iter().filter_map(record).max().unwrap_or(0))
}

fn size_of(data: &Path) -> Result<u64, LoadError> {
    let sizes = files(data)?;
    Ok(sizes.iter().filter_map(|file| Some(file.metadata().ok()?.len())).sum())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct RestartReport {
    /// What the machine did meanwhile.
    pub machine: Machine,
    /// Waiting contacts.
    pub waiting: usize,
    /// How long it took to submit them, in ms.
    pub fill_ms: f64,
    /// Bytes of the log and its snapshots.
    pub data_bytes: u64,
    /// From the start of the process until it answers, in ms.
    pub answers_ms: f64,
    /// The same until a new contact is connected to an agent, in ms.
    pub first_ms: f64,
    /// Hand-offs while no snapshot is written.
    pub without: Summary,
    /// Hand-offs while snapshots are written.
    pub with: Summary,
    /// Whether one was finished meanwhile.
    pub snapshots: usize,
}

impl RestartReport {
    /// What snapshots add to a hand-off's p99.9, in ms.
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    pub fn added_ms(&self) -> f64 {
        (self.with.p999_ns as f64 - self.without.p999_ns as f64) / 1e6
    }
}

impl fmt::Display for RestartReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.machine)?;
        let Self { waiting, fill_ms, answers_ms, first_ms, .. } = self;
        writeln!(f, "{waiting} contacts waiting, submitted in {fill_ms:.0} ms; killed")?;
        writeln!(
            f,
            "  after the start: answers {answers_ms:.0} ms, first decision {first_ms:.0} ms"
        )?;
        for (name, times) in [("without", self.without), ("with", self.with)] {
            let (p50, p99, p999) = (Time(times.p50_ns), Time(times.p99_ns), Time(times.p999_ns));
            writeln!(f, "  hand-off {name:7} snapshots p50 {p50}  p99 {p99}  p99.9 {p999}")?;
        }
        writeln!(f, "  snapshots add {:.3} ms to p99.9", self.added_ms())
    }
}
