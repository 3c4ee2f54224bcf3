//! What an operator does with a log at rest: look whether it is whole, and give up what is not.

use std::io;

use crate::error::LogError;
use crate::recovery::Cut;
use crate::segment::{self, SEGMENT_HEADER, SegmentHeader, SegmentReader};
use crate::snapshots::{self, SnapshotInfo, SnapshotReader};
use crate::storage::Storage;
use crate::writer::{SPARE, prepare_spare};

/// Bytes that are copied at once.
const COPY: usize = 1 << 20;
/// What is appended to the name of a file that is set aside.
const ASIDE: &str = ".damaged";

/// What is there, and what is wrong with it.
#[derive(Debug)]
pub struct Report {
    /// Every segment, in order.
    pub segments: Vec<SegmentReport>,
    /// Snapshots, newest first, and why one cannot be read.
    pub snapshots: Vec<(SnapshotInfo, Option<String>)>,
    /// What recovery would cut off the end: never acknowledged.
    pub cut: Option<Cut>,
}

/// One segment.
#[derive(Debug)]
pub struct SegmentReport {
    /// Its file.
    pub file: String,
    /// Its first record.
    pub first_seq: u64,
    /// How many records can be read.
    pub records: u64,
    /// Up to which record durability was promised, as far as this file tells.
    pub watermark: u64,
    /// What is wrong with it.
    pub problem: Option<LogError>,
}

/// What a repair did.
#[derive(Debug)]
pub struct Repaired {
    /// The last record that is left.
    pub last_seq: u64,
    /// Files that were set aside, under these names.
    pub set_aside: Vec<String>,
}

impl Report {
    /// Whether every acknowledged record can be read.
    pub fn is_whole(&self) -> bool {
        self.segments.iter().all(|segment| segment.problem.is_none())
    }
}

/// Reads every record and every snapshot. Changes nothing.
pub fn verify(storage: &dyn Storage) -> Result<Report, LogError> {
    let mut report = Report { segments: Vec::new(), snapshots: Vec::new(), cut: None };
    for info in snapshots::list(storage)? {
        let read = SnapshotReader::open(storage, &info)?;
        let problem = io::copy(&mut { read }, &mut io::sink()).err().map(|error| error.to_string());
        report.snapshots.push((info, problem));
    }
    let segments = segment::list(storage)?;
    for (index, &first) in segments.iter().enumerate() {
        let next = segments.get(index + 1).copied();
        let verified = verify_segment(storage, first, next, &mut report.cut);
        report.segments.push(verified.unwrap_or_else(|error| SegmentReport {
            file: segment::name(first),
            first_seq: first,
            records: 0,
            watermark: first - 1,
            problem: Some(error),
        }));
    }
    Ok(report)
}

fn verify_segment(
    storage: &dyn Storage,
    first_seq: u64,
    next: Option<u64>,
    cut: &mut Option<Cut>,
) -> Result<SegmentReport, LogError> {
    let mut reader = SegmentReader::open(storage, first_seq, true)?;
    while reader.advance()?.is_some() {}
    let (seq, offset, file) = (reader.next_seq, reader.offset, reader.name.clone());
    let problem = if let Some(next) = next {
        let what = "the bytes here do not lead to the next segment";
        (seq != next).then(|| LogError::damaged(&file, offset, seq, next - 1, what))
    } else {
        let bytes = reader.left_over()?;
        let watermark = reader.testimony(bytes)?;
        reader.watermark = watermark;
        let what = "the bytes here are no frame that continues the log";
        let is_damaged = watermark >= seq;
        if bytes > 0 && !is_damaged {
            *cut = Some(Cut { file: file.clone(), offset, bytes });
        }
        is_damaged.then(|| LogError::damaged(&file, offset, seq, watermark, what))
    };
    let (records, watermark) = (seq - first_seq, reader.watermark);
    Ok(SegmentReport { file, first_seq, records, watermark, problem })
}

/// Gives up record `from` and everything after it, so that the log can be opened again. Files that
/// held it are kept under another name.
///
/// Nothing is lost that was not given up, wherever this is interrupted: run it again.
pub fn repair(storage: &dyn Storage, from: u64) -> Result<Repaired, LogError> {
    let segments = segment::list(storage)?;
    let at = segments.partition_point(|&first| first <= from).checked_sub(1);
    let Some(at) = at.filter(|_| from > 0) else {
        let what = format!("no segment holds record {from}");
        return Err(LogError::damaged("the log", 0, from, 0, what));
    };
    let mut reader = SegmentReader::open(storage, segments[at], true)?;
    while reader.next_seq < from {
        if reader.advance()?.is_none() {
            let (seq, offset, watermark) = (reader.next_seq, reader.offset, reader.watermark);
            let what = format!("record {from} is beyond the first that cannot be read");
            return Err(LogError::damaged(&reader.name, offset, seq, watermark, what));
        }
    }
    let mut set_aside = Vec::new();
    for info in snapshots::list(storage)?.iter().filter(|info| info.seq >= from) {
        set_aside.push(rename_aside(storage, &info.name())?);
    }
    // From the last to the first: a log that ends early would look whole.
    for &first in segments[at + 1..].iter().rev() {
        set_aside.push(rename_aside(storage, &segment::name(first))?);
    }
    storage.sync_directory().map_err(LogError::sync("the directory"))?;
    set_aside.push(copy_aside(storage, &reader)?);
    shorten(storage, &reader)?;
    Ok(Repaired { last_seq: from - 1, set_aside })
}

fn rename_aside(storage: &dyn Storage, name: &str) -> Result<String, LogError> {
    let aside = format!("{name}{ASIDE}");
    storage.rename(name, &aside).map_err(LogError::io("set aside", name))?;
    Ok(aside)
}

/// Copies a segment's bytes as they are, durably.
fn copy_aside(storage: &dyn Storage, reader: &SegmentReader) -> Result<String, LogError> {
    let aside = format!("{}{ASIDE}", reader.name);
    copy(storage, &reader.name, 0, &aside, reader.header.size)?;
    Ok(aside)
}

/// Puts a segment in the place of this one that ends where the reader stands.
fn shorten(storage: &dyn Storage, reader: &SegmentReader) -> Result<(), LogError> {
    prepare_spare(storage, reader.header.size)?;
    copy(storage, &reader.name, SEGMENT_HEADER, SPARE, reader.offset)?;
    let mut file = storage.open(SPARE).map_err(LogError::io("open", SPARE))?;
    let header: &SegmentHeader = &reader.header;
    file.write_at(0, &header.write()).map_err(LogError::io("write", SPARE))?;
    file.sync().map_err(LogError::sync(SPARE))?;
    storage.rename(SPARE, &reader.name).map_err(LogError::io("rename to", &reader.name))?;
    storage.sync_directory().map_err(LogError::sync("the directory"))
}

/// Copies the bytes in `start..end` to the same place of another file, which is made if need be.
fn copy(storage: &dyn Storage, from: &str, start: u64, to: &str, end: u64) -> Result<(), LogError> {
    let source = storage.open(from).map_err(LogError::io("open", from))?;
    let target = if start == 0 { storage.create(to) } else { storage.open(to) };
    let mut target = target.map_err(LogError::io("open", to))?;
    let mut buffer = vec![0; COPY];
    let mut at = start;
    while at < end {
        let length = COPY.min((end - at) as usize);
        let read = source.read_at(at, &mut buffer[..length]).map_err(LogError::io("read", from))?;
        if read == 0 {
            break;
        }
        target.write_at(at, &buffer[..read]).map_err(LogError::io("write", to))?;
        at += read as u64;
    }
    target.sync().map_err(LogError::sync(to))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Options, Recovery, SimDisk};

    #[test]
    fn a_repaired_log_opens_with_what_came_before() {
        let disk = SimDisk::new(1);
        let storage: Arc<dyn Storage> = Arc::new(disk.clone());
        let options = Options { segment_bytes: 2048, ..Options::default() };
        let open = || Recovery::open(Arc::clone(&storage), &options).unwrap();
        let replay = |recovery: Recovery| recovery.replay(0, |_, _| Ok::<_, LogError>(()));
        let mut writer = replay(open()).unwrap().writer().unwrap();
        for _ in 1..=200 {
            writer.append(0, b"some record or other").unwrap();
            writer.commit().unwrap();
        }
        drop(writer);
        assert!(verify(&disk).unwrap().is_whole());
        let third = verify(&disk).unwrap().segments[2].first_seq;
        disk.flip(&segment::name(third), 8 * 300);
        let report = verify(&disk).unwrap();
        assert!(!report.is_whole());
        let problem = report.segments[2].problem.clone();
        let Some(LogError::Damaged(damage)) = problem else { panic!("{problem:?}") };
        assert_eq!(replay(open()).unwrap_err(), {
            let mut expected = (*damage).clone();
            let next = segment::name(report.segments[3].first_seq);
            expected.what = format!("the bytes here do not lead to {next}, the next segment");
            LogError::Damaged(Box::new(expected))
        });
        assert!(repair(&disk, damage.seq + 1).is_err(), "what cannot be read cannot be kept");
        let repaired = repair(&disk, damage.seq).unwrap();
        assert_eq!(repaired.last_seq, damage.seq - 1);
        let recovered = replay(open()).unwrap();
        assert_eq!(recovered.last_seq, damage.seq - 1);
        let mut writer = recovered.writer().unwrap();
        assert_eq!(writer.append(0, b"goes on").unwrap(), damage.seq);
        writer.commit().unwrap();
        drop(writer);
        assert!(verify(&disk).unwrap().is_whole());
        assert!(repaired.set_aside.iter().all(|name| disk.read(name).is_some()));
    }
}
