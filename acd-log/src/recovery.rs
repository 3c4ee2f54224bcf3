//! Opening a log after whatever happened: the newest snapshot, the records after it, and where
//! they end. A torn tail is cut; damage to acknowledged records refuses.

use std::sync::Arc;

use crate::error::LogError;
use crate::options::Options;
use crate::segment::{self, Entry, SegmentReader};
use crate::snapshots::{self, SnapshotInfo, SnapshotReader};
use crate::storage::Storage;
use crate::writer::{End, Writer};

/// A log that is being opened.
#[derive(Debug)]
pub struct Recovery {
    storage: Arc<dyn Storage>,
    options: Options,
    segments: Vec<u64>,
    snapshots: Vec<SnapshotInfo>,
}

/// How far a replay is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of segments read so far.
    pub bytes: u64,
    /// Bytes of segments to read; the last one is rarely full.
    pub bytes_total: u64,
}

/// What was cut off the end: written, never acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Of which file.
    pub file: String,
    /// From where.
    pub offset: u64,
    /// How many bytes that were not zero any more.
    pub bytes: u64,
}

/// A log that was read to its end.
#[derive(Debug)]
pub struct Recovered {
    storage: Arc<dyn Storage>,
    options: Options,
    end: End,
    /// The last record; 0 where there is none.
    pub last_seq: u64,
    /// The last record's epoch.
    pub epoch: u32,
    /// Up to which record durability had been promised, as far as the files tell.
    pub watermark: u64,
    /// How many records were replayed.
    pub records: u64,
    /// What was cut off the end.
    pub cut: Option<Cut>,
}

impl Recovery {
    /// Looks at what is there. Changes nothing.
    pub fn open(storage: Arc<dyn Storage>, options: &Options) -> Result<Self, LogError> {
        let segments = segment::list(&*storage)?;
        let snapshots = snapshots::list(&*storage)?;
        Ok(Self { storage, options: options.clone(), segments, snapshots })
    }

    /// Whether there is neither a record nor a snapshot.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.snapshots.is_empty()
    }

    /// Snapshots, newest first. One that cannot be read is no disaster while an older one can.
    pub fn snapshots(&self) -> &[SnapshotInfo] {
        &self.snapshots
    }

    /// The first record that is still there, or would be the log's first.
    pub fn first_seq(&self) -> u64 {
        self.segments.first().copied().unwrap_or(1)
    }

    /// Opens a snapshot. Its content is checked while it is read.
    pub fn read(&self, snapshot: &SnapshotInfo) -> Result<SnapshotReader, LogError> {
        SnapshotReader::open(&*self.storage, snapshot)
    }

    /// Calls `on_record` with every record after `after`, a snapshot's number or 0, in order.
    ///
    /// Refuses where acknowledged records are missing or damaged; by then `on_record` has seen only
    /// what is right.
    pub fn replay<E: From<LogError>>(
        self,
        after: u64,
        mut on_record: impl FnMut(Entry<'_>, Progress) -> Result<(), E>,
    ) -> Result<Recovered, E> {
        let from = self.segments.partition_point(|&first| first <= after + 1);
        let Some(from) = from.checked_sub(1) else { return Ok(self.without_segments(after)?) };
        let segments = &self.segments[from..];
        let mut progress = Progress { bytes: 0, bytes_total: 0 };
        let mut records = 0;
        let mut reader = self.segment(segments[0])?;
        progress.bytes_total = reader.header.size * segments.len() as u64;
        for (index, _) in segments.iter().enumerate() {
            let begun = progress.bytes;
            while let Some(entry) = reader.next()? {
                if entry.seq > after {
                    records += 1;
                    on_record(entry, progress)?;
                }
                progress.bytes = begun + reader.offset;
            }
            let Some(&next) = segments.get(index + 1) else { break };
            let following = self.segment(next)?;
            continues(&reader, &following)?;
            progress.bytes = begun + reader.header.size;
            reader = following;
        }
        Ok(self.end(reader, after, records)?)
    }

    fn segment(&self, first_seq: u64) -> Result<SegmentReader, LogError> {
        SegmentReader::open(&*self.storage, first_seq, !self.options.planted.drop_previous_crc)
    }

    /// A log that begins, or one whose records are gone.
    fn without_segments(self, after: u64) -> Result<Recovered, LogError> {
        if let Some(&first) = self.segments.first() {
            let what =
                format!("records {} to {} are missing: no segment has them", after + 1, first - 1);
            return Err(LogError::damaged(&segment::name(first), 0, after + 1, first - 1, what));
        }
        if let Some(snapshot) = self.snapshots.first() {
            let what = "no segment is there, but a snapshot: the log's files are missing";
            let seq = snapshot.seq;
            return Err(LogError::damaged(&segment::name(seq + 1), 0, seq + 1, seq, what));
        }
        let end =
            End { segment: None, offset: 0, marked_at: 0, size: 0, crc: 0, last_seq: 0, epoch: 0 };
        let (storage, options) = (self.storage, self.options);
        let (last_seq, epoch, watermark, records) = (0, 0, 0, 0);
        Ok(Recovered { storage, options, end, last_seq, epoch, watermark, records, cut: None })
    }

    /// Decides whether what follows the last good record was never acknowledged.
    fn end(
        self,
        mut reader: SegmentReader,
        after: u64,
        records: u64,
    ) -> Result<Recovered, LogError> {
        let left_over = reader.left_over()?;
        let newest = self.snapshots.first().map_or(0, |snapshot| snapshot.seq).max(after);
        let watermark = reader.testimony(left_over)?.max(newest);
        let last_seq = reader.next_seq - 1;
        if watermark > last_seq {
            let what = "the bytes here are no frame that continues the log";
            let (name, offset) = (&reader.name, reader.offset);
            return Err(LogError::damaged(name, offset, last_seq + 1, watermark, what));
        }
        let cut = (left_over > 0).then(|| Cut {
            file: reader.name.clone(),
            offset: reader.offset,
            bytes: left_over,
        });
        let end = End {
            segment: Some(reader.header.first_seq),
            offset: reader.offset,
            marked_at: reader.marked_at,
            size: reader.header.size,
            crc: reader.crc,
            last_seq,
            epoch: reader.epoch,
        };
        let (storage, options, epoch) = (self.storage, self.options, reader.epoch);
        Ok(Recovered { storage, options, end, last_seq, epoch, watermark, records, cut })
    }
}

/// A segment is begun only when all records of the one before are durable.
fn continues(reader: &SegmentReader, following: &SegmentReader) -> Result<(), LogError> {
    let next = &following.header;
    if reader.next_seq == next.first_seq && reader.crc == next.previous_crc {
        return Ok(());
    }
    let what = format!("the bytes here do not lead to {}, the next segment", following.name);
    let (seq, watermark) = (reader.next_seq, next.first_seq - 1);
    Err(LogError::damaged(&reader.name, reader.offset, seq, watermark, what))
}

impl Recovered {
    /// Writes on, on the caller's thread.
    pub fn writer(self) -> Result<Writer, LogError> {
        Writer::resume(self.storage, self.options, self.end)
    }
}
