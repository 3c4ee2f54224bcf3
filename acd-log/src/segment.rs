//! One segment file: its name, its first 64 bytes, and reading its frames one after another.

use crate::error::LogError;
use crate::frame::{self, FRAME_HEADER, Header, MARK, PAYLOAD_MAX, VERSION};
use crate::storage::{File, Storage};

/// Bytes before the first frame.
pub(crate) const SEGMENT_HEADER: u64 = 64;
/// The first bytes of every segment.
const MAGIC: &[u8; 8] = b"acd-log\n";
/// Bytes that are read from a file at once.
const BUFFER: usize = 256 << 10;

/// A record as it lies in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'b> {
    /// Its number, from 1 and without gaps.
    pub seq: u64,
    /// Under which epoch it was written.
    pub epoch: u32,
    /// Its checksum, which covers that of the record before it.
    pub crc: u32,
    /// What was written.
    pub payload: &'b [u8],
}

/// What the first bytes of a segment say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) first_seq: u64,
    /// Checksum of the record before the first.
    pub(crate) previous_crc: u32,
    pub(crate) epoch: u32,
    /// Bytes of the whole file.
    pub(crate) size: u64,
}

/// The file name of the segment that begins with record `first_seq`.
pub(crate) fn name(first_seq: u64) -> String {
    format!("log-{first_seq:020}.seg")
}

/// The first record of the segment with this file name, if it is one's.
fn first_seq(file: &str) -> Option<u64> {
    let number = file.strip_prefix("log-")?.strip_suffix(".seg")?;
    if number.len() == 20 { number.parse().ok() } else { None }
}

/// First records of all segments, ascending.
pub(crate) fn list(storage: &dyn Storage) -> Result<Vec<u64>, LogError> {
    let files = storage.list().map_err(LogError::io("list", "the directory"))?;
    let mut found: Vec<u64> = files.iter().filter_map(|file| first_seq(file)).collect();
    found.sort_unstable();
    Ok(found)
}

impl SegmentHeader {
    pub(crate) fn write(&self) -> [u8; SEGMENT_HEADER as usize] {
        let mut bytes = [0; SEGMENT_HEADER as usize];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.first_seq.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.previous_crc.to_le_bytes());
        bytes[28..32].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.size.to_le_bytes());
        let crc = Header::crc_of(&bytes[8..], 0);
        bytes[12..16].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    fn read(file: &dyn File, name: &str, first_seq: u64) -> Result<Self, LogError> {
        let mut bytes = [0; SEGMENT_HEADER as usize];
        let read = file.read_at(0, &mut bytes).map_err(LogError::io("read", name))?;
        let damaged =
            |offset, what: String| LogError::damaged(name, offset, first_seq, first_seq - 1, what);
        if read < bytes.len() || &bytes[..8] != MAGIC {
            return Err(damaged(0, "this is no segment of a command log".to_owned()));
        }
        let version = frame::four(&bytes, 8);
        if version != VERSION {
            return Err(LogError::UnknownVersion {
                file: name.to_owned(),
                version,
                known: VERSION,
            });
        }
        // The checksum is where a frame of the bytes after the magic has it.
        if frame::four(&bytes, 12) != Header::crc_of(&bytes[8..], 0) {
            return Err(damaged(8, "the checksum of the segment's header is wrong".to_owned()));
        }
        let header = Self {
            first_seq: frame::eight(&bytes, 16),
            previous_crc: frame::four(&bytes, 24),
            epoch: frame::four(&bytes, 28),
            size: frame::eight(&bytes, 32),
        };
        if header.first_seq != first_seq {
            let what = format!("the file says that it begins with record {}", header.first_seq);
            return Err(damaged(16, what));
        }
        let length = file.length().map_err(LogError::io("read the length of", name))?;
        if length < header.size {
            let what = format!("the file has {length} bytes of {}: it was cut", header.size);
            return Err(damaged(length, what));
        }
        Ok(header)
    }
}

/// Where in its segment a record is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) header: Header,
    pub(crate) at: u64,
}

/// Reads the frames of one segment.
#[derive(Debug)]
pub(crate) struct SegmentReader {
    file: Box<dyn File>,
    pub(crate) name: String,
    pub(crate) header: SegmentHeader,
    /// Where the next frame is.
    pub(crate) offset: u64,
    /// Checksum of the record before it.
    pub(crate) crc: u32,
    /// The next record's number.
    pub(crate) next_seq: u64,
    pub(crate) epoch: u32,
    /// The highest watermark that a frame told.
    pub(crate) watermark: u64,
    /// Where the last mark is: what lies before it is durable.
    pub(crate) marked_at: u64,
    is_chained: bool,
    buffer: Vec<u8>,
    /// Where in the file the buffer begins.
    buffered_from: u64,
}

impl SegmentReader {
    /// Opens the segment that begins with this record.
    pub(crate) fn open(
        storage: &dyn Storage,
        first_seq: u64,
        is_chained: bool,
    ) -> Result<Self, LogError> {
        let name = name(first_seq);
        let file = storage.open(&name).map_err(LogError::io("open", &name))?;
        let header = SegmentHeader::read(&*file, &name, first_seq)?;
        Ok(Self {
            file,
            name,
            header,
            offset: SEGMENT_HEADER,
            crc: header.previous_crc,
            next_seq: first_seq,
            epoch: header.epoch,
            watermark: first_seq - 1,
            marked_at: SEGMENT_HEADER,
            is_chained,
            buffer: Vec::new(),
            buffered_from: 0,
        })
    }

    /// The next record; none where no frame continues the log. Ask again when more may have come.
    pub(crate) fn next(&mut self) -> Result<Option<Entry<'_>>, LogError> {
        Ok(self.advance()?.map(|found| self.entry(found)))
    }

    /// The record that [`Self::advance`] found last.
    pub(crate) fn entry(&self, found: Found) -> Entry<'_> {
        let Header { seq, epoch, crc, length, .. } = found.header;
        let payload = &self.buffered(found.at, length as usize)[FRAME_HEADER..];
        Entry { seq, epoch, crc, payload }
    }

    /// Goes on to the next record, and says where it is.
    pub(crate) fn advance(&mut self) -> Result<Option<Found>, LogError> {
        let found = self.step()?;
        if found.is_some() {
            return Ok(found);
        }
        // The buffer may be older than what somebody has written since.
        self.buffer.clear();
        self.step()
    }

    fn step(&mut self) -> Result<Option<Found>, LogError> {
        loop {
            let Some((header, length)) = self.frame_at(self.offset)? else {
                return Ok(None);
            };
            let bytes = self.buffered(self.offset, length);
            let continues = if header.is_mark() {
                header.seq + 1 == self.next_seq
                    && header.watermark == header.seq
                    && header.crc == Header::crc_of(bytes, 0)
            } else {
                let previous = if self.is_chained { self.crc } else { 0 };
                header.seq == self.next_seq
                    && header.epoch >= self.epoch
                    && header.watermark < header.seq
                    && header.crc == Header::crc_of(bytes, previous)
            };
            if !continues {
                return Ok(None);
            }
            let at = self.offset;
            self.offset += length as u64;
            self.watermark = self.watermark.max(header.watermark);
            if header.is_mark() {
                self.marked_at = at;
                continue;
            }
            (self.crc, self.epoch, self.next_seq) = (header.crc, header.epoch, header.seq + 1);
            return Ok(Some(Found { header, at }));
        }
    }

    /// After [`Self::next`] gave none: how many bytes from here to the last that is not zero.
    pub(crate) fn left_over(&mut self) -> Result<u64, LogError> {
        let mut last = 0;
        let mut at = self.offset;
        while at < self.header.size {
            let length = BUFFER.min((self.header.size - at) as usize);
            if !self.holds(at, length)? {
                break;
            }
            let bytes = self.buffered(at, length);
            // Most are nothing but zeros, which is seen many bytes at a time.
            let any = bytes.iter().fold(0, |any, byte| any | byte);
            let last_of = || bytes.iter().rposition(|&byte| byte != 0);
            if let Some(index) = (any != 0).then(last_of).flatten() {
                last = at + index as u64 + 1 - self.offset;
            }
            at += length as u64;
        }
        Ok(last)
    }

    /// After [`Self::next`] gave none: the highest watermark of whatever can still be believed in
    /// the `left_over` bytes from here. A mark is believed for itself, a frame when it continues
    /// the one before it, wherever that stands.
    pub(crate) fn testimony(&mut self, left_over: u64) -> Result<u64, LogError> {
        let end = self.offset + left_over;
        let mut highest = self.watermark;
        let mut at = self.offset;
        // A frame may end in zeros, so any that begins within counts.
        while at < end {
            let Some((header, length)) = self.frame_at(at)? else {
                at += 1;
                continue;
            };
            let is_plausible = header.watermark <= header.seq && header.seq >= self.next_seq - 1;
            if !is_plausible {
                at += 1;
                continue;
            }
            if header.is_mark() {
                if header.crc == Header::crc_of(self.buffered(at, length), 0) {
                    highest = highest.max(header.watermark);
                }
            } else if let Some((next, next_length)) = self.frame_at(at + length as u64)? {
                let previous = if self.is_chained { header.crc } else { 0 };
                let bytes = self.buffered(at + length as u64, next_length);
                if next.seq == header.seq + 1 && next.crc == Header::crc_of(bytes, previous) {
                    highest = highest.max(next.watermark);
                }
            }
            at += 1;
        }
        Ok(highest)
    }

    /// The header at an offset and its frame's length, if they may be one; then it is buffered.
    fn frame_at(&mut self, offset: u64) -> Result<Option<(Header, usize)>, LogError> {
        if offset + FRAME_HEADER as u64 > self.header.size || !self.holds(offset, FRAME_HEADER)? {
            return Ok(None);
        }
        let header = Header::read(self.buffered(offset, FRAME_HEADER));
        let header = header.expect("a header's bytes are buffered");
        let length = header.length as usize;
        let fits = (MARK..=FRAME_HEADER + PAYLOAD_MAX).contains(&length)
            && offset + length as u64 <= self.header.size;
        if !fits || header.seq == u64::MAX || !self.holds(offset, length)? {
            return Ok(None);
        }
        Ok(Some((header, length)))
    }

    /// Reads until the buffer holds these bytes; false where the file ends before.
    fn holds(&mut self, offset: u64, length: usize) -> Result<bool, LogError> {
        let is_held = offset >= self.buffered_from
            && offset + length as u64 <= self.buffered_from + self.buffer.len() as u64;
        if is_held {
            return Ok(true);
        }
        let wanted = length.max(BUFFER).min((self.header.size - offset) as usize);
        self.buffer.resize(wanted, 0);
        self.buffered_from = offset;
        let read = self.file.read_at(offset, &mut self.buffer);
        let read = read.map_err(LogError::io("read", &self.name))?;
        self.buffer.truncate(read);
        Ok(read >= length)
    }

    fn buffered(&self, offset: u64, length: usize) -> &[u8] {
        let from = (offset - self.buffered_from) as usize;
        &self.buffer[from..from + length]
    }
}
