//! Writing the log, on whichever thread: frames into a group, a group to the disk, a segment after
//! the other.

use std::io;
use std::sync::Arc;

use crate::error::{AppendError, LogError};
use crate::frame::{self, FRAME_HEADER, MARK, PAYLOAD_MAX};
use crate::options::Options;
use crate::segment::{self, SEGMENT_HEADER, SegmentHeader};
use crate::storage::{File, Storage};

/// The file that is zeroed ahead and becomes the next segment.
pub(crate) const SPARE: &str = "spare.seg";
/// Bytes that are zeroed between two syncs, so that the log's own sync never waits for more.
const ZEROS: usize = 1 << 20;

/// Writes records. After the first failure of the disk nothing is written any more.
#[derive(Debug)]
pub struct Writer {
    storage: Arc<dyn Storage>,
    options: Options,
    file: Box<dyn File>,
    name: String,
    /// Bytes of the current segment.
    size: u64,
    /// Where the group goes.
    offset: u64,
    group: Vec<u8>,
    /// Checksum of the last record.
    crc: u32,
    next_seq: u64,
    epoch: u32,
    durable: u64,
    written: u64,
    has_spare: bool,
    stopped: Option<LogError>,
}

/// Where the log goes on: what recovery found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    /// First record of the last segment; none where there is no segment yet.
    pub(crate) segment: Option<u64>,
    pub(crate) offset: u64,
    /// What lies before this offset was synced with success.
    pub(crate) marked_at: u64,
    pub(crate) size: u64,
    pub(crate) crc: u32,
    pub(crate) last_seq: u64,
    pub(crate) epoch: u32,
}

/// Zeroes the file that becomes the next segment.
pub(crate) fn prepare_spare(storage: &dyn Storage, bytes: u64) -> Result<(), LogError> {
    let io = |action| LogError::io(action, SPARE);
    let mut file = storage.create(SPARE).map_err(io("create"))?;
    let zeros = vec![0; ZEROS.min(bytes as usize)];
    let mut at = 0;
    while at < bytes {
        let length = zeros.len().min((bytes - at) as usize);
        if let Err(error) = file.write_at(at, &zeros[..length]) {
            drop(file);
            // Half a file of zeros is of no use to anybody, and its space is wanted.
            let _ = storage.remove(SPARE);
            return Err(io("zero")(error));
        }
        file.sync().map_err(io("sync"))?;
        at += length as u64;
    }
    Ok(())
}

impl Writer {
    /// Goes on where the log ends. What was read but perhaps never synced is written again and
    /// synced first.
    pub(crate) fn resume(
        storage: Arc<dyn Storage>,
        options: Options,
        end: End,
    ) -> Result<Self, LogError> {
        assert!(options.segment_bytes > SEGMENT_HEADER + 2 * MARK as u64, "a segment holds frames");
        let (file, name, offset) = if let Some(first) = end.segment {
            let name = segment::name(first);
            let mut file = storage.open(&name).map_err(LogError::io("open", &name))?;
            write_again(&mut *file, end.marked_at, end.offset)
                .map_err(LogError::io("write again", &name))?;
            file.sync().map_err(LogError::sync(&name))?;
            (file, name, end.offset)
        } else {
            prepare_spare(&*storage, options.segment_bytes)?;
            let end = End { size: options.segment_bytes, ..end };
            take_spare(&*storage, &options, end)?
        };
        storage.sync_directory().map_err(LogError::sync("the directory"))?;
        let size = if end.segment.is_some() { end.size } else { options.segment_bytes };
        let mut writer = Self {
            storage,
            options,
            file,
            name,
            size,
            offset,
            group: Vec::new(),
            crc: end.crc,
            next_seq: end.last_seq + 1,
            epoch: end.epoch,
            durable: end.last_seq,
            written: end.last_seq,
            has_spare: false,
            stopped: None,
        };
        writer.mark()?;
        Ok(writer)
    }

    /// Adds a record to the group; it is durable once [`Self::commit`] says so.
    ///
    /// A higher epoch than the log's becomes the log's; a lower one is refused.
    pub fn append(&mut self, epoch: u32, payload: &[u8]) -> Result<u64, AppendError> {
        if let Some(error) = &self.stopped {
            return Err(AppendError::Stopped(error.clone()));
        }
        if epoch < self.epoch {
            return Err(AppendError::Fenced { epoch, current: self.epoch });
        }
        let max = self.options.payload_max();
        if payload.is_empty() || payload.len() > max {
            return Err(AppendError::Size { bytes: payload.len(), max });
        }
        let frame = (FRAME_HEADER + payload.len() + MARK) as u64;
        if frame > self.room_here() {
            if !self.has_spare {
                self.prepare().map_err(AppendError::DiskFull)?;
            }
            if let Err(error) = self.rotate() {
                self.stopped = Some(error.clone());
                return Err(AppendError::Stopped(error));
            }
        }
        let seq = self.next_seq;
        let previous = if self.options.planted.drop_previous_crc { 0 } else { self.crc };
        self.crc = frame::write(&mut self.group, previous, seq, epoch, self.durable, payload);
        self.epoch = epoch;
        self.next_seq += 1;
        Ok(seq)
    }

    /// Writes the group and syncs it. Returns the watermark: every record up to it is committed.
    pub fn commit(&mut self) -> Result<u64, LogError> {
        if let Some(error) = &self.stopped {
            return Err(error.clone());
        }
        let done = self.write_group().and_then(|()| {
            if self.options.syncs_group() { self.sync().and_then(|()| self.mark()) } else { Ok(()) }
        });
        if let Err(error) = done {
            self.stopped = Some(error.clone());
            return Err(error);
        }
        Ok(self.watermark())
    }

    /// Up to which record everything is committed, in the sense of the chosen durability.
    pub fn watermark(&self) -> u64 {
        if self.options.syncs_group() { self.durable } else { self.written }
    }

    /// The number that the next record gets.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// The log's epoch.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Why nothing is written any more, if so.
    pub fn stopped(&self) -> Option<&LogError> {
        self.stopped.as_ref()
    }

    /// Bytes of records that wait for [`Self::commit`].
    pub fn waiting(&self) -> usize {
        self.group.len()
    }

    /// Zeroes the next segment, unless that is done. A failure stops nothing.
    pub fn prepare(&mut self) -> Result<(), LogError> {
        if !self.has_spare {
            prepare_spare(&*self.storage, self.options.segment_bytes)?;
            self.has_spare = true;
        }
        Ok(())
    }

    /// Commits what waits and syncs the last mark, so that the end is known to be one.
    pub fn close(mut self) -> Result<(), LogError> {
        self.seal()
    }

    /// As [`Self::close`], for who keeps the writer.
    pub(crate) fn seal(&mut self) -> Result<(), LogError> {
        self.commit()?;
        self.sync()
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn storage(&self) -> Arc<dyn Storage> {
        Arc::clone(&self.storage)
    }

    pub(crate) fn set_spare(&mut self) {
        self.has_spare = true;
    }

    pub(crate) fn has_spare(&self) -> bool {
        self.has_spare
    }

    /// How many bytes of frames, each counted with a mark, can surely be appended.
    pub(crate) fn room(&self) -> u64 {
        let ahead = self.options.segment_bytes - SEGMENT_HEADER - MARK as u64;
        if self.has_spare { ahead.max(self.room_here()) } else { self.room_here() }
    }

    /// Bytes left for frames in the current segment, its last mark kept free.
    fn room_here(&self) -> u64 {
        let used = self.offset + self.group.len() as u64 + MARK as u64;
        self.size.saturating_sub(used)
    }

    fn write_group(&mut self) -> Result<(), LogError> {
        let written = self.file.write_at(self.offset, &self.group);
        written.map_err(LogError::io("write", &self.name))?;
        self.offset += self.group.len() as u64;
        self.group.clear();
        self.written = self.next_seq - 1;
        Ok(())
    }

    fn sync(&mut self) -> Result<(), LogError> {
        self.file.sync().map_err(LogError::sync(&self.name))?;
        self.durable = self.written;
        Ok(())
    }

    /// Writes down, for whoever reads this after a crash, that everything so far is durable.
    fn mark(&mut self) -> Result<(), LogError> {
        debug_assert!(self.group.is_empty());
        let mut mark = Vec::with_capacity(MARK);
        frame::write_mark(&mut mark, self.durable, self.epoch);
        self.file.write_at(self.offset, &mark).map_err(LogError::io("write", &self.name))?;
        self.offset += MARK as u64;
        Ok(())
    }

    /// Ends this segment, durably whatever the mode, and begins the next in the spare file.
    fn rotate(&mut self) -> Result<(), LogError> {
        self.write_group()?;
        self.sync()?;
        let end = End {
            segment: None,
            offset: 0,
            marked_at: 0,
            size: self.options.segment_bytes,
            crc: self.crc,
            last_seq: self.written,
            epoch: self.epoch,
        };
        (self.file, self.name, self.offset) = take_spare(&*self.storage, &self.options, end)?;
        self.size = end.size;
        self.has_spare = false;
        Ok(())
    }
}

/// Writes bytes again as they are. After a failed sync the system may hold them as clean, and a
/// later sync that succeeds would then say nothing about them.
fn write_again(file: &mut dyn File, mut from: u64, to: u64) -> io::Result<()> {
    let mut buffer = vec![0; ZEROS.min((to - from) as usize)];
    while from < to {
        let length = buffer.len().min((to - from) as usize);
        file.read_at(from, &mut buffer[..length])?;
        file.write_at(from, &buffer[..length])?;
        from += length as u64;
    }
    Ok(())
}

/// Makes the spare file the segment after `end`: header, sync, rename, sync of the directory.
fn take_spare(
    storage: &dyn Storage,
    options: &Options,
    end: End,
) -> Result<(Box<dyn File>, String, u64), LogError> {
    let mut file = storage.open(SPARE).map_err(LogError::io("open", SPARE))?;
    let first_seq = end.last_seq + 1;
    let header =
        SegmentHeader { first_seq, previous_crc: end.crc, epoch: end.epoch, size: end.size };
    file.write_at(0, &header.write()).map_err(LogError::io("write", SPARE))?;
    file.sync().map_err(LogError::sync(SPARE))?;
    let name = segment::name(first_seq);
    storage.rename(SPARE, &name).map_err(LogError::io("rename to", &name))?;
    if !options.planted.forget_directory_fsync {
        storage.sync_directory().map_err(LogError::sync("the directory"))?;
    }
    Ok((file, name, SEGMENT_HEADER))
}

impl Options {
    /// The most bytes a record may have.
    pub(crate) fn payload_max(&self) -> usize {
        let fits = self.segment_bytes - SEGMENT_HEADER - 2 * MARK as u64 - FRAME_HEADER as u64;
        PAYLOAD_MAX.min(fits as usize).min(self.ring_bytes / 2)
    }
}
