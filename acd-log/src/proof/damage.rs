//! Every single bit of a log flipped and every byte cut: what is recovered is right, or refused.

use std::sync::Arc;

use super::recover;
use crate::snapshots::{self, Retention, SnapshotInfo, SnapshotWriter};
use crate::{LogError, Options, SimDisk, Storage};

/// Records of a commit.
const GROUP: u64 = 10;

fn record(seq: u64) -> Vec<u8> {
    format!("r{seq}").into_bytes()
}

/// A log of `count` committed records, and `tail` more that were written and never synced.
fn log(options: &Options, count: u64, tail: u64) -> SimDisk {
    let disk = SimDisk::new(1);
    let mut writer = recover(&disk, options, 0).unwrap().1.writer().unwrap();
    for seq in 1..=count {
        writer.append(0, &record(seq)).unwrap();
        if seq % GROUP == 0 || seq == count {
            writer.commit().unwrap();
        }
    }
    disk.fail_sync_after(0);
    for seq in count + 1..=count + tail {
        writer.append(0, &record(seq)).unwrap();
    }
    if tail > 0 {
        writer.commit().unwrap_err();
    }
    disk.kill();
    disk
}

/// What is recovered, checked: as many records as were acknowledged, and each as it was written.
fn right_or_refused(disk: &SimDisk, options: &Options, acknowledged: u64, what: &str) -> bool {
    match recover(disk, options, 0) {
        Ok((records, _)) => {
            assert!(records.len() as u64 >= acknowledged, "{what}: {} left", records.len());
            for (seq, found) in (1..).zip(&records) {
                assert_eq!(*found, record(seq), "{what}");
            }
            true
        }
        Err(LogError::Damaged(_) | LogError::UnknownVersion { .. }) => false,
        Err(error) => panic!("{what}: {error}"),
    }
}

/// Flips every bit of every segment; returns how many flips were refused and how many did no harm.
fn flip_all(options: &Options, count: u64, tail: u64) -> (u64, u64) {
    let disk = log(options, count, tail);
    let (mut refused, mut harmless) = (0, 0);
    for name in disk.list().unwrap().iter().filter(|name| name.starts_with("log-")) {
        for bit in 0..disk.read(name).unwrap().len() as u64 * 8 {
            disk.flip(name, bit);
            if right_or_refused(&disk, options, count, &format!("{name}, bit {bit}")) {
                harmless += 1;
            } else {
                refused += 1;
            }
            disk.flip(name, bit);
        }
    }
    (refused, harmless)
}

#[test]
fn every_flipped_bit_of_a_thousand_records_is_refused_or_does_no_harm() {
    let options = Options { segment_bytes: 4096, ..Options::default() };
    let (refused, harmless) = flip_all(&options, 1000, 0);
    assert!(refused > 250_000 && harmless > 0, "{refused} refused, {harmless} harmless");
}

#[test]
fn every_flipped_bit_of_one_segment_with_a_torn_tail_is_refused_or_does_no_harm() {
    let options = Options { segment_bytes: 8192, ..Options::default() };
    let (refused, harmless) = flip_all(&options, 150, 7);
    assert!(refused > 40_000 && harmless > 8 * 7 * 30, "{refused} refused, {harmless} harmless");
}

#[test]
fn a_file_cut_at_any_byte_is_refused() {
    let options = Options { segment_bytes: 4096, ..Options::default() };
    let disk = log(&options, 1000, 0);
    for name in disk.list().unwrap().iter().filter(|name| name.starts_with("log-")) {
        let whole = disk.read(name).unwrap();
        for length in 0..whole.len() {
            disk.put(name, whole[..length].to_vec());
            let what = format!("{name} cut to {length}");
            assert!(!right_or_refused(&disk, &options, 1000, &what), "{what}");
        }
        disk.put(name, whole);
    }
}

#[test]
fn what_was_never_synced_is_cut_wherever_the_writing_stopped() {
    let options = Options { segment_bytes: 64 << 10, ..Options::default() };
    let disk = log(&options, 1000, 20);
    let name = disk.list().unwrap().into_iter().find(|name| name.starts_with("log-")).unwrap();
    let whole = disk.read(&name).unwrap();
    let end = whole.iter().rposition(|&byte| byte != 0).unwrap() + 1;
    for from in end - 20 * 33..end {
        let mut torn = whole.clone();
        torn[from..].fill(0);
        disk.put(&name, torn);
        let what = format!("nothing from byte {from}");
        assert!(right_or_refused(&disk, &options, 1000, &what), "{what}: refused");
    }
}

#[test]
fn damage_is_told_with_its_place_and_what_to_do() {
    let options = Options { segment_bytes: 64 << 10, ..Options::default() };
    let disk = log(&options, 30, 0);
    let name = crate::segment::name(1);
    disk.flip(&name, (64 + 28 + 28) * 8);
    let error = recover(&disk, &options, 0).unwrap_err().to_string();
    for part in [&name, "offset 92", "Record 1 ", "watermark 30", "acd log repair --from 1"] {
        assert!(error.contains(part), "{part} is missing: {error}");
    }
    let mut bytes = disk.read(&name).unwrap();
    bytes[8] = 9;
    disk.put(&name, bytes);
    let error = recover(&disk, &options, 0).unwrap_err().to_string();
    assert!(error.contains("is of version 9; this program reads version 1"), "{error}");
}

#[test]
fn a_snapshot_with_a_flipped_bit_is_not_read_and_the_log_outlives_the_older_one() {
    let options = Options { segment_bytes: 4096, ..Options::default() };
    let disk = log(&options, 300, 0);
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    for seq in [100, 200, 250] {
        let info = SnapshotInfo { seq, epoch: 0, record_crc: 7, state_hash: seq * 3 };
        let mut out = SnapshotWriter::create(Arc::clone(&storage), &info).unwrap();
        std::io::Write::write_all(&mut out, format!("state {seq}").as_bytes()).unwrap();
        out.finish().unwrap();
    }
    assert!(snapshots::prune(&disk, Retention::Archive).unwrap() > 0);
    let read = |seq| {
        let recovery = crate::Recovery::open(Arc::clone(&storage), &options).unwrap();
        let info = recovery.snapshots().iter().find(|info| info.seq == seq)?;
        assert_eq!(info.state_hash, seq * 3);
        let text = std::io::read_to_string(recovery.read(info).unwrap()).ok()?;
        assert_eq!(text, format!("state {seq}"));
        Some(text)
    };
    assert_eq!((read(100), read(200).is_some()), (None, true));
    let name = "snapshot-00000000000000000250.snap";
    for bit in 0..disk.read(name).unwrap().len() as u64 * 8 {
        disk.flip(name, bit);
        assert_eq!(read(250), None, "bit {bit}");
        disk.flip(name, bit);
    }
    assert!(read(250).is_some());
    assert_eq!(recover(&disk, &options, 200).unwrap().0.len(), 100);
    let error = recover(&disk, &options, 100).unwrap_err().to_string();
    assert!(error.contains("are missing"), "{error}");
}
