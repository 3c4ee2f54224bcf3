//! Seeded lives of a log on a disk that loses, tears and reorders what was not synced, fails to
//! sync and fills up. After each, what is recovered is what was written, and all of what counted.

use std::io::{Read, Write};
use std::sync::Arc;

use crate::options::Planted;
use crate::snapshots::{self, Retention, SnapshotInfo, SnapshotWriter};
use crate::{AppendError, LogError, Options, Recovery, SimDisk, Storage, Writer};

/// Schedules that pass in each run of the tests.
const SCHEDULES: u64 = 10_000;
/// Schedules within which a planted fault must be found.
const FOUND_WITHIN: u64 = 5_000;
/// Lives of one log.
const LIVES: u64 = 6;
/// Acts in one life.
const ACTS: u64 = 60;
/// Sizes that let what an earlier life left behind meet a later frame's end: they differ by the
/// size of a mark.
const SIZES: [u64; 3] = [8, 36, 64];

/// A row of numbers from a seed (xorshift64*, Vigna 2016).
struct Draws(u64);

impl Draws {
    fn below(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % below
    }
}

/// What must be true, kept beside the log.
struct World {
    disk: SimDisk,
    options: Options,
    draws: Draws,
    /// Every record as appended; those that a crash lost are gone from here too.
    written: Vec<Vec<u8>>,
    acknowledged: u64,
    /// What occurred, so that a test can tell that it did.
    seen: Seen,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    cuts: u64,
    rotations: u64,
    full: u64,
    failed_syncs: u64,
    snapshots: u64,
    stopped_recoveries: u64,
}

impl World {
    fn new(seed: u64, planted: Planted) -> Self {
        let options = Options { segment_bytes: 4096, planted, ..Options::default() };
        let draws = Draws(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let disk = SimDisk::new(seed);
        let (written, acknowledged) = (Vec::new(), 0);
        Self { disk, options, draws, written, acknowledged, seen: Seen::default() }
    }

    fn storage(&self) -> Arc<dyn Storage> {
        Arc::new(self.disk.clone())
    }

    /// Reads everything back and compares. Gives no writer where the machine stopped meanwhile.
    fn recover(&mut self) -> Result<Option<Writer>, String> {
        let recovery = Recovery::open(self.storage(), &self.options);
        let recovery = recovery.map_err(|error| error.to_string())?;
        let after = match recovery.snapshots().first().cloned() {
            None => 0,
            Some(info) => {
                let mut text = String::new();
                let read = recovery.read(&info).map_err(|error| error.to_string())?;
                { read }.read_to_string(&mut text).map_err(|error| error.to_string())?;
                if text != state(info.seq) {
                    return Err(format!("snapshot {} holds {text}", info.seq));
                }
                info.seq
            }
        };
        let mut read = self.written.get(..after as usize).ok_or("a snapshot of nothing")?.to_vec();
        let recovered = recovery.replay(after, |entry, _| {
            read.push(entry.payload.to_vec());
            Ok::<_, LogError>(())
        });
        let recovered = recovered.map_err(|error| format!("refused: {error}"))?;
        if (read.len() as u64) < self.acknowledged {
            let (left, all) = (read.len(), self.acknowledged);
            return Err(format!("{all} records were acknowledged, {left} are left"));
        }
        if self.written.get(..read.len()) != Some(&read) {
            return Err("a record was recovered that nobody wrote there".to_owned());
        }
        self.written = read;
        self.seen.cuts += u64::from(recovered.cut.is_some());
        let writer = recovered.writer();
        self.seen.stopped_recoveries += u64::from(writer.is_err());
        Ok(writer.ok())
    }

    /// One act; false when the machine is beyond acting.
    fn act(&mut self, writer: &mut Writer) -> Result<bool, String> {
        match self.draws.below(20) {
            0..12 => self.burst(writer),
            12..17 => Ok(self.commit(writer)),
            17 => {
                // A full disk is told when the segment is needed.
                let _ = writer.prepare();
                Ok(true)
            }
            18 => Ok(self.snapshot()),
            _ => {
                match self.draws.below(4) {
                    0 => self.disk.fail_sync_after(self.draws.below(3)),
                    1 => self.disk.limit(8192 + self.draws.below(8192)),
                    _ => self.disk.limit(u64::MAX),
                }
                Ok(true)
            }
        }
    }

    /// One record, or as many as take several sectors: only those tear in the middle.
    fn burst(&mut self, writer: &mut Writer) -> Result<bool, String> {
        let records = if self.draws.below(3) == 0 { self.draws.below(24) } else { 1 };
        for _ in 0..records {
            if !self.append(writer)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn append(&mut self, writer: &mut Writer) -> Result<bool, String> {
        let size = SIZES[self.draws.below(3) as usize];
        let payload: Vec<u8> = (0..size).map(|_| self.draws.below(256) as u8).collect();
        let rotates = writer.waiting();
        match writer.append(0, &payload) {
            Ok(seq) if seq == self.written.len() as u64 + 1 => {
                self.seen.rotations += u64::from(writer.waiting() < rotates);
                self.written.push(payload);
                Ok(true)
            }
            Ok(seq) => Err(format!("record {} got number {seq}", self.written.len() + 1)),
            Err(AppendError::DiskFull(_)) => {
                self.seen.full += 1;
                Ok(true)
            }
            Err(AppendError::Stopped(_)) => Ok(false),
            Err(error) => Err(error.to_string()),
        }
    }

    fn commit(&mut self, writer: &mut Writer) -> bool {
        match writer.commit() {
            Ok(watermark) => {
                self.acknowledged = watermark;
                true
            }
            Err(error) => {
                self.seen.failed_syncs += u64::from(matches!(error, LogError::Sync { .. }));
                assert_eq!(writer.commit(), Err(error), "nothing is tried again");
                false
            }
        }
    }

    fn snapshot(&mut self) -> bool {
        let seq = self.acknowledged;
        if seq == 0 {
            return true;
        }
        let info = SnapshotInfo { seq, epoch: 0, record_crc: 0, state_hash: seq };
        let written = SnapshotWriter::create(self.storage(), &info).and_then(|mut out| {
            out.write_all(state(seq).as_bytes()).map_err(LogError::io("write", "a snapshot"))?;
            out.finish()?;
            snapshots::prune(&*self.storage(), Retention::Delete)
        });
        self.seen.snapshots += u64::from(written.is_ok());
        !matches!(written, Err(LogError::Sync { .. }))
    }
}

fn state(seq: u64) -> String {
    format!("the state after record {seq}")
}

/// Several lives of one log; says what went wrong.
fn schedule(seed: u64, planted: Planted) -> Result<Seen, String> {
    let mut world = World::new(seed, planted);
    for _ in 0..LIVES {
        world.disk.limit(u64::MAX);
        if world.draws.below(3) == 0 {
            let operations = world.draws.below(40);
            world.disk.stop_after(operations);
        }
        if let Some(mut writer) = world.recover()? {
            for _ in 0..world.draws.below(ACTS) {
                if !world.act(&mut writer)? {
                    break;
                }
            }
        }
        if world.draws.below(4) == 0 {
            world.disk.kill();
        } else {
            world.disk.crash();
        }
    }
    world.disk.limit(u64::MAX);
    world.recover()?;
    Ok(world.seen)
}

#[test]
fn no_schedule_of_faults_loses_or_invents_a_record() {
    let mut all = Seen::default();
    for seed in 0..SCHEDULES {
        let seen = schedule(seed, Planted::default());
        let seen = seen.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        all.cuts += seen.cuts;
        all.rotations += seen.rotations;
        all.full += seen.full;
        all.failed_syncs += seen.failed_syncs;
        all.snapshots += seen.snapshots;
        all.stopped_recoveries += seen.stopped_recoveries;
    }
    let counts = [
        all.cuts,
        all.rotations,
        all.full,
        all.failed_syncs,
        all.snapshots,
        all.stopped_recoveries,
    ];
    assert!(counts.into_iter().all(|count| count > SCHEDULES / 100), "too rare: {all:?}");
}

/// The first seed that finds a planted fault.
fn found(planted: Planted) -> u64 {
    let seeds = 0..FOUND_WITHIN;
    let mut failing = seeds.filter(|&seed| schedule(seed, planted).is_err());
    let seed = failing.next().expect("the planted fault is found");
    println!("{planted:?}: schedule {seed}");
    seed
}

#[test]
fn a_watermark_before_the_sync_is_found() {
    found(Planted { ack_before_fsync: true, ..Planted::default() });
}

#[test]
fn a_directory_that_is_not_synced_is_found() {
    found(Planted { forget_directory_fsync: true, ..Planted::default() });
}

#[test]
fn a_checksum_without_the_one_before_is_found() {
    found(Planted { drop_previous_crc: true, ..Planted::default() });
}
