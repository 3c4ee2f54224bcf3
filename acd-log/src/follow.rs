//! Reading a log while somebody writes it.

use std::sync::Arc;

use crate::error::LogError;
use crate::segment::{self, Entry, SegmentReader};
use crate::storage::Storage;

/// Reads records in order, as far as they are written, across segments.
///
/// A record that can be read is not yet durable. Within the writing process, read up to its
/// watermark; another process sees what the server has written, acknowledged or about to be.
#[derive(Debug)]
pub struct Follower {
    storage: Arc<dyn Storage>,
    reader: Option<SegmentReader>,
    /// Records up to this one are not shown.
    after: u64,
    /// The segment that is read was seen to have a successor.
    is_ended: bool,
}

impl Follower {
    /// Begins after record `after`; 0 is before the first.
    pub fn new(storage: Arc<dyn Storage>, after: u64) -> Self {
        Self { storage, reader: None, after, is_ended: false }
    }

    /// The number of the record that comes next.
    pub fn next_seq(&self) -> u64 {
        self.reader.as_ref().map_or(0, |reader| reader.next_seq).max(self.after + 1)
    }

    /// The next record up to and including `watermark`, or none yet.
    ///
    /// Refuses where a record is damaged, or its segment was removed by retention.
    pub fn next(&mut self, watermark: u64) -> Result<Option<Entry<'_>>, LogError> {
        while self.next_seq() <= watermark && self.has_segment()? {
            let reader = self.reader.as_mut().expect("there is a segment");
            let Some(found) = reader.advance()? else {
                if self.moves_on()? {
                    continue;
                }
                break;
            };
            if found.header.seq > self.after {
                return Ok(self.reader.as_ref().map(|reader| reader.entry(found)));
            }
        }
        Ok(None)
    }

    /// Opens the segment with the next record, if none is open and there is one.
    fn has_segment(&mut self) -> Result<bool, LogError> {
        if self.reader.is_some() {
            return Ok(true);
        }
        let segments = segment::list(&*self.storage)?;
        let at = segments.partition_point(|&first| first <= self.after + 1);
        match (at.checked_sub(1), segments.first()) {
            (Some(at), _) => {
                self.reader = Some(SegmentReader::open(&*self.storage, segments[at], true)?);
                Ok(true)
            }
            (None, None) => Ok(false),
            (None, Some(&first)) => {
                let seq = self.after + 1;
                let what = format!("records {seq} to {} are not here any more", first - 1);
                Err(LogError::damaged(&segment::name(first), 0, seq, first - 1, what))
            }
        }
    }

    /// At the end of what can be read: opens the next segment, if that is there.
    fn moves_on(&mut self) -> Result<bool, LogError> {
        let reader = self.reader.as_mut().expect("there is a segment");
        let segments = segment::list(&*self.storage)?;
        let Some(&next) = segments.iter().find(|&&first| first > reader.header.first_seq) else {
            return Ok(false);
        };
        // This segment may have grown between our look at it and our look at the directory; now
        // that there is a next one it does not grow any more.
        if self.is_ended {
            self.is_ended = false;
            if next != reader.next_seq {
                let what = "the bytes here are no frame that continues the log";
                let (seq, offset) = (reader.next_seq, reader.offset);
                return Err(LogError::damaged(&reader.name, offset, seq, next - 1, what));
            }
            *reader = SegmentReader::open(&*self.storage, next, true)?;
        } else {
            self.is_ended = true;
        }
        Ok(true)
    }
}
