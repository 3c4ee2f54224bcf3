//! Whole states as files: written aside, synced, then renamed; checked while they are read.
//!
//! A header of 64 bytes: `acd-snap`, version, checksum, record number, epoch, that record's
//! checksum, state hash. Then chunks: length u32, checksum u32, bytes. A chunk's checksum covers
//! the one before; an empty chunk ends. What the bytes mean is the caller's.

use std::io::{self, Read, Write};
use std::sync::Arc;

use crate::error::LogError;
use crate::frame::{Header, eight, four};
use crate::segment;
use crate::storage::{File, Storage};

/// Bytes before the first chunk.
const HEADER: usize = 64;
/// The first bytes of every snapshot.
const MAGIC: &[u8; 8] = b"acd-snap";
/// The version that is written; it is read for ever.
const VERSION: u32 = 1;
/// Bytes of a chunk.
const CHUNK: usize = 256 << 10;
/// Snapshots that are kept: the second serves when the first has rotted.
const KEPT: usize = 2;

/// What a snapshot's header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// The last record whose effect it holds.
    pub seq: u64,
    /// That record's epoch.
    pub epoch: u32,
    /// That record's checksum.
    pub record_crc: u32,
    /// The engine's state hash after that record.
    pub state_hash: u64,
}

/// What becomes of segments that no kept snapshot needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Retention {
    /// They are moved to `archive/`, where [`crate::Disk::read_only`] finds them.
    Archive,
    /// They are deleted.
    #[default]
    Delete,
}

/// Writes a snapshot. Without [`SnapshotWriter::finish`] there is none.
#[derive(Debug)]
pub struct SnapshotWriter {
    storage: Arc<dyn Storage>,
    file: Box<dyn File>,
    temporary: String,
    name: String,
    offset: u64,
    crc: u32,
    chunk: Vec<u8>,
}

/// Reads a snapshot's bytes, and fails where they are not what was written.
#[derive(Debug)]
pub struct SnapshotReader {
    file: Box<dyn File>,
    name: String,
    offset: u64,
    crc: u32,
    chunk: Vec<u8>,
    read: usize,
    is_done: bool,
}

impl SnapshotInfo {
    pub(crate) fn name(&self) -> String {
        format!("snapshot-{:020}.snap", self.seq)
    }

    fn bytes(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.seq.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[28..32].copy_from_slice(&self.record_crc.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.state_hash.to_le_bytes());
        let crc = Header::crc_of(&bytes[8..], 0);
        bytes[12..16].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// The header of this file; none where it is damaged.
    fn read(file: &dyn File, name: &str) -> Result<Option<Self>, LogError> {
        let mut bytes = [0; HEADER];
        let read = file.read_at(0, &mut bytes).map_err(LogError::io("read", name))?;
        if read < HEADER || &bytes[..8] != MAGIC {
            return Ok(None);
        }
        // A version that is right by its checksum and yet unknown was written by a later program.
        if four(&bytes, 12) != Header::crc_of(&bytes[8..], 0) {
            return Ok(None);
        }
        let version = four(&bytes, 8);
        if version != VERSION {
            let file = name.to_owned();
            return Err(LogError::UnknownVersion { file, version, known: VERSION });
        }
        Ok(Some(Self {
            seq: eight(&bytes, 16),
            epoch: four(&bytes, 24),
            record_crc: four(&bytes, 28),
            state_hash: eight(&bytes, 32),
        }))
    }
}

/// Snapshots whose header can be read, newest first.
pub(crate) fn list(storage: &dyn Storage) -> Result<Vec<SnapshotInfo>, LogError> {
    let mut found = Vec::new();
    for name in storage.list().map_err(LogError::io("list", "the directory"))? {
        if name.starts_with("snapshot-") && name.strip_suffix(".snap").is_some() {
            let file = storage.open(&name).map_err(LogError::io("open", &name))?;
            let info = SnapshotInfo::read(&*file, &name)?;
            found.extend(info.filter(|info| info.name() == name));
        }
    }
    found.sort_unstable_by_key(|info| std::cmp::Reverse(info.seq));
    Ok(found)
}

/// Removes snapshots but for the newest two, and deals with segments that neither needs. Returns
/// how many segments that were.
///
/// Only whoever writes the log may call this, also from another thread.
pub fn prune(storage: &dyn Storage, retention: Retention) -> Result<usize, LogError> {
    let snapshots = list(storage)?;
    let (kept, old) = snapshots.split_at(snapshots.len().min(KEPT));
    for info in old {
        storage.remove(&info.name()).map_err(LogError::io("remove", &info.name()))?;
    }
    if kept.len() < KEPT {
        return Ok(0);
    }
    let oldest = kept[KEPT - 1].seq;
    let segments = segment::list(storage)?;
    // A segment is needless when the next one begins at or before what the snapshot wants next.
    let needless = segments.windows(2).take_while(|pair| pair[1] <= oldest + 1);
    let mut count = 0;
    for pair in needless {
        let name = segment::name(pair[0]);
        let done = match retention {
            Retention::Archive => storage.rename(&name, &format!("archive/{name}")),
            Retention::Delete => storage.remove(&name),
        };
        done.map_err(LogError::io("put away", &name))?;
        count += 1;
    }
    storage.sync_directory().map_err(LogError::sync("the directory"))?;
    Ok(count)
}

impl SnapshotWriter {
    /// Begins a snapshot.
    pub fn create(storage: Arc<dyn Storage>, info: &SnapshotInfo) -> Result<Self, LogError> {
        let name = info.name();
        let temporary = name.replace(".snap", ".tmp");
        let io = |action| LogError::io(action, &temporary);
        let mut file = storage.create(&temporary).map_err(io("create"))?;
        let header = info.bytes();
        file.write_at(0, &header).map_err(io("write"))?;
        let crc = four(&header, 12);
        let chunk = Vec::with_capacity(CHUNK);
        Ok(Self { storage, file, temporary, name, offset: HEADER as u64, crc, chunk })
    }

    /// Makes what was written a snapshot, durably.
    pub fn finish(mut self) -> Result<(), LogError> {
        if !self.chunk.is_empty() {
            self.write_chunk().map_err(LogError::io("write", &self.temporary))?;
        }
        self.write_chunk().map_err(LogError::io("write", &self.temporary))?;
        self.file.sync().map_err(LogError::sync(&self.temporary))?;
        let renamed = self.storage.rename(&self.temporary, &self.name);
        renamed.map_err(LogError::io("rename to", &self.name))?;
        self.storage.sync_directory().map_err(LogError::sync("the directory"))
    }

    fn write_chunk(&mut self) -> io::Result<()> {
        let mut head = [0; 8];
        head[..4].copy_from_slice(&(self.chunk.len() as u32).to_le_bytes());
        self.crc = chunk_crc(self.crc, &self.chunk);
        head[4..].copy_from_slice(&self.crc.to_le_bytes());
        self.file.write_at(self.offset, &head)?;
        self.file.write_at(self.offset + 8, &self.chunk)?;
        self.offset += 8 + self.chunk.len() as u64;
        self.chunk.clear();
        Ok(())
    }
}

/// The checksum of a chunk after another.
fn chunk_crc(previous: u32, chunk: &[u8]) -> u32 {
    let length = (chunk.len() as u32).to_le_bytes();
    let crc = crc32c::crc32c_append(crc32c::crc32c(&previous.to_le_bytes()), &length);
    crc32c::crc32c_append(crc, chunk)
}

impl Write for SnapshotWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(CHUNK - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        if self.chunk.len() == CHUNK {
            self.write_chunk()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl SnapshotReader {
    pub(crate) fn open(storage: &dyn Storage, info: &SnapshotInfo) -> Result<Self, LogError> {
        let name = info.name();
        let file = storage.open(&name).map_err(LogError::io("open", &name))?;
        let crc = four(&info.bytes(), 12);
        let (chunk, read, is_done) = (Vec::new(), 0, false);
        Ok(Self { file, name, offset: HEADER as u64, crc, chunk, read, is_done })
    }

    fn damaged(&self, what: &str) -> io::Error {
        let (name, offset) = (&self.name, self.offset);
        let text = format!("{name}, offset {offset}: {what}; this snapshot cannot be used");
        io::Error::new(io::ErrorKind::InvalidData, text)
    }

    fn next_chunk(&mut self) -> io::Result<()> {
        let mut head = [0; 8];
        if self.file.read_at(self.offset, &mut head)? < head.len() {
            return Err(self.damaged("the file was cut"));
        }
        let length = four(&head, 0) as usize;
        if length > CHUNK {
            return Err(self.damaged("no chunk is that long"));
        }
        self.chunk.resize(length, 0);
        self.read = 0;
        if self.file.read_at(self.offset + 8, &mut self.chunk)? < length {
            return Err(self.damaged("the file was cut"));
        }
        self.crc = chunk_crc(self.crc, &self.chunk);
        if self.crc != four(&head, 4) {
            self.chunk.clear();
            return Err(self.damaged("the checksum is wrong"));
        }
        self.offset += 8 + length as u64;
        self.is_done = length == 0;
        Ok(())
    }
}

impl Read for SnapshotReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.read == self.chunk.len() && !self.is_done {
            self.next_chunk()?;
        }
        let given = into.len().min(self.chunk.len() - self.read);
        into[..given].copy_from_slice(&self.chunk[self.read..self.read + given]);
        self.read += given;
        Ok(given)
    }
}
