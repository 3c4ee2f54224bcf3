//! The log on real files: what was committed is there again, in order, and files end and begin.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use acd_log::{
    AppendError, Disk, Durability, Follower, Log, LogError, Options, Outcome, Recovered, Recovery,
    Storage,
};

/// Far longer than any test takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// A directory of a test's own, removed at its end.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("acd-log-{}-{number}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn disk(&self) -> Arc<Disk> {
        Arc::new(Disk::open(&self.0).unwrap())
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

fn small() -> Options {
    Options { segment_bytes: 16 << 10, ring_bytes: 64 << 10, ..Options::default() }
}

fn read(storage: Arc<dyn Storage>, options: &Options) -> (Vec<Vec<u8>>, Recovered) {
    let mut records = Vec::new();
    let recovered = Recovery::open(storage, options)
        .unwrap()
        .replay(0, |entry, progress| {
            assert!(progress.bytes <= progress.bytes_total);
            records.push(entry.payload.to_vec());
            Ok::<_, LogError>(())
        })
        .unwrap();
    (records, recovered)
}

/// Appends, waiting where the log pushes back.
fn append(log: &mut Log, payload: &[u8]) -> u64 {
    loop {
        let seq = log.next_seq();
        match log.append(0, seq, payload) {
            Ok(seq) => return seq,
            Err(AppendError::Busy { .. }) => {
                log.flush();
                std::thread::yield_now();
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn what_was_committed_is_read_again_across_segments_and_restarts() {
    let directory = Directory::new();
    let mut expected = Vec::new();
    for life in 0..3 {
        let (records, recovered) = read(directory.disk(), &small());
        assert_eq!(records, expected);
        assert_eq!(recovered.cut, None);
        let mut log = Log::start(recovered.writer().unwrap(), || ());
        for number in 0..500 {
            let record = format!("life {life}, record {number}, {}", "x".repeat(number % 90));
            append(&mut log, record.as_bytes());
            expected.push(record.into_bytes());
        }
        log.flush();
        let last = log.next_seq() - 1;
        assert!(log.watch().wait(last, PATIENCE));
        assert_eq!(log.outcome(last), Outcome::Committed);
        log.close().unwrap();
    }
    let (records, _) = read(directory.disk(), &small());
    assert_eq!(records, expected);
    let segments = std::fs::read_dir(&directory.0).unwrap().count();
    assert!(segments > 8, "only {segments} files: nothing was rotated");
}

#[test]
fn a_follower_reads_what_is_committed_and_not_more() {
    let directory = Directory::new();
    let disk = directory.disk();
    let (_, recovered) = read(disk.clone(), &small());
    let mut writer = recovered.writer().unwrap();
    let other = Arc::new(Disk::read_only(&directory.0).unwrap());
    let mut follower = Follower::new(other.clone(), 0);
    let mut late = Follower::new(other, 300);
    for seq in 1..=700 {
        assert_eq!(follower.next(writer.watermark()).unwrap(), None);
        writer.append(0, format!("record {seq}").as_bytes()).unwrap();
        assert_eq!(follower.next(writer.watermark()).unwrap(), None);
        let watermark = writer.commit().unwrap();
        let entry = follower.next(watermark).unwrap().unwrap();
        assert_eq!((entry.seq, entry.payload), (seq, format!("record {seq}").as_bytes()));
        if seq > 300 {
            assert_eq!(late.next(u64::MAX).unwrap().unwrap().seq, seq);
        }
    }
}

#[test]
fn a_directory_has_one_writer() {
    let directory = Directory::new();
    let _disk = directory.disk();
    let refused = Disk::open(&directory.0).unwrap_err();
    assert!(matches!(refused, LogError::Locked { .. }), "{refused}");
}

#[test]
fn a_writer_of_an_older_epoch_is_fenced_and_a_wrong_number_refused() {
    let directory = Directory::new();
    let (_, recovered) = read(directory.disk(), &small());
    let mut log = Log::start(recovered.writer().unwrap(), || ());
    assert_eq!(log.append(5, 1, b"a"), Ok(1));
    assert_eq!(log.append(4, 2, b"b"), Err(AppendError::Fenced { epoch: 4, current: 5 }));
    assert_eq!(log.append(5, 3, b"b"), Err(AppendError::OutOfOrder { expected: 3, next: 2 }));
    assert!(matches!(log.append(5, 2, b""), Err(AppendError::Size { .. })));
    assert!(matches!(log.append(5, 2, &vec![0; 40_000]), Err(AppendError::Size { .. })));
    assert_eq!(log.append(5, 2, b"b"), Ok(2));
    log.close().unwrap();
    let (records, recovered) = read(directory.disk(), &small());
    assert_eq!((records.len(), recovered.epoch), (2, 5));
}

#[test]
fn without_syncs_the_end_of_the_process_loses_nothing() {
    for durability in [Durability::Async, Durability::None] {
        let directory = Directory::new();
        let options = Options { durability, ..small() };
        let (_, recovered) = read(directory.disk(), &options);
        let mut writer = recovered.writer().unwrap();
        for seq in 1..=1000 {
            assert_eq!(writer.append(0, b"some record").unwrap(), seq);
        }
        assert_eq!(writer.commit().unwrap(), 1000);
        drop(writer);
        let (records, _) = read(directory.disk(), &options);
        assert_eq!(records.len(), 1000, "{durability:?}");
    }
}

#[test]
fn what_is_appended_is_committed_soon_and_a_log_ends_whenever_it_is_closed() {
    for durability in [Durability::Fsync, Durability::Async, Durability::None] {
        let directory = Directory::new();
        let options = Options { durability, ..small() };
        for life in 0..60_u64 {
            let (records, recovered) = read(directory.disk(), &options);
            let mut log = Log::start(recovered.writer().unwrap(), || ());
            let mut seq = records.len() as u64;
            for _ in 0..life % 4 {
                // One at a time: the thread sleeps, or naps, in between.
                seq = append(&mut log, b"some record");
                log.flush();
                assert!(log.watch().wait(seq, PATIENCE), "{durability:?}: {seq} is not committed");
            }
            for _ in 0..life % 3 {
                seq = append(&mut log, b"the last");
            }
            log.close().unwrap();
            assert_eq!(read(directory.disk(), &options).0.len() as u64, seq, "{durability:?}");
        }
    }
}
