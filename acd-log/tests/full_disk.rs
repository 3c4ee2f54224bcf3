//! A disk that is really full: a small tmpfs, where the test may mount one.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use acd_log::{AppendError, Disk, Log, LogError, Options, Recovery};

/// A mounted tmpfs of 256 KiB.
struct Tmpfs(PathBuf);

impl Tmpfs {
    /// None where this process may not mount.
    fn mount() -> Option<Self> {
        let at = std::env::temp_dir().join(format!("acd-log-full-{}", std::process::id()));
        std::fs::create_dir_all(&at).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"]).arg(&at);
        let is_mounted = mount.status().is_ok_and(|status| status.success());
        if !is_mounted {
            std::fs::remove_dir(&at).unwrap();
        }
        is_mounted.then_some(Self(at))
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        assert!(Command::new("umount").arg(&self.0).status().unwrap().success());
        std::fs::remove_dir(&self.0).unwrap();
    }
}

/// Appends until the log refuses for lack of room; gives the last record taken.
fn fill(log: &mut Log) -> u64 {
    let began = Instant::now();
    loop {
        assert!(began.elapsed() < Duration::from_mins(1), "the disk is never full");
        let seq = log.next_seq();
        match log.append(0, seq, &[7; 900]) {
            Ok(_) | Err(AppendError::Busy { .. }) => log.flush(),
            Err(AppendError::DiskFull(error)) => {
                let LogError::Io { kind, .. } = &error else { panic!("{error}") };
                assert_eq!(*kind, std::io::ErrorKind::StorageFull);
                return seq - 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_full_disk_is_told_before_a_record_is_taken_and_nothing_taken_is_lost() {
    let Some(tmpfs) = Tmpfs::mount() else {
        println!("nothing was tested: this process may not mount a tmpfs");
        return;
    };
    let ballast = tmpfs.0.join("ballast");
    std::fs::write(&ballast, vec![1; 100 << 10]).unwrap();
    let options = Options { segment_bytes: 32 << 10, ring_bytes: 16 << 10, ..Options::default() };
    let recover = |disk| {
        let mut records = 0;
        let recovery = Recovery::open(disk, &options).unwrap();
        let count = |_: acd_log::Entry<'_>, _| {
            records += 1;
            Ok::<_, LogError>(())
        };
        let recovered = recovery.replay(0, count).unwrap();
        (records, recovered)
    };
    let disk = Arc::new(Disk::open(&tmpfs.0).unwrap());
    let mut log = Log::start(recover(disk.clone()).1.writer().unwrap(), || ());
    let last = fill(&mut log);
    assert!(log.watch().wait(last, Duration::from_mins(1)), "what was taken is committed");
    assert_eq!(log.stopped(), None);

    std::fs::remove_file(&ballast).unwrap();
    let began = Instant::now();
    while log.append(0, last + 1, &[8; 900]).is_err() {
        assert!(began.elapsed() < Duration::from_mins(1), "the log does not go on");
        std::thread::yield_now();
    }
    let last = fill(&mut log);
    log.close().unwrap();
    assert_eq!(recover(disk).0, last);
}
