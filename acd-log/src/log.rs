//! The log as the core thread sees it: records go into a ring and never wait; a thread of its own
//! writes and syncs them in groups, moves the watermark and wakes whoever waits for it.

mod spare;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rtrb::{Consumer, Producer, RingBuffer};

use self::spare::SpareKeeper;
use crate::error::{AppendError, LogError};
use crate::frame::{FRAME_HEADER, MARK, four};
use crate::options::Durability;
use crate::writer::Writer;

/// Bytes before each record in the ring: its length and epoch.
const RING_HEADER: usize = 8;
/// Where nobody waits for a record: how long it may lie in the ring, so that not each one wakes the
/// log's thread, and for how many such naps without any the thread goes on looking.
const NAP: Duration = Duration::from_millis(2);
const NAPS: u32 = 50;

/// Takes records from one thread, the core's. Dropping it commits what it has taken.
#[derive(Debug)]
pub struct Log {
    ring: Producer<u8>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    next_seq: u64,
    epoch: u32,
    payload_max: usize,
    /// Bytes of frames taken so far, each counted with a mark.
    taken: u64,
    /// Whether somebody waits until records are committed.
    is_awaited: bool,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is at or below the watermark.
    Committed,
    /// It waits for the disk.
    Pending,
    /// The log stopped before it was committed: only recovery can tell.
    Unknown,
}

/// The watermark, for any thread.
#[derive(Clone, Debug)]
pub struct Watermark(Arc<Shared>);

struct Shared {
    watermark: AtomicU64,
    /// How far [`Log::taken`] may go: room that is surely there.
    limit: AtomicU64,
    /// Bytes of [`Log::taken`] that left the ring.
    passed: AtomicU64,
    has_new_spare: AtomicBool,
    /// Whether the log's thread looks into the ring by itself before long.
    looks: AtomicBool,
    is_closing: AtomicBool,
    stopped: OnceLock<LogError>,
    no_spare: Mutex<Option<LogError>>,
    moved: (Mutex<()>, Condvar),
    wake: Box<dyn Fn() + Send + Sync>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("watermark", &self.watermark)
            .field("stopped", &self.stopped)
            .finish_non_exhaustive()
    }
}

impl Log {
    /// Starts the log's thread. It calls `wake` whenever the watermark has moved, or the log has
    /// stopped: a `Notify::notify_one`, or a write to an eventfd.
    pub fn start(writer: Writer, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let (mut log, Committer(group)) = Self::by_hand(writer, wake);
        let thread = thread::Builder::new().name("acd-log".to_owned());
        let thread = thread.spawn(move || group.run()).expect("the system starts another thread");
        log.thread = Some(thread);
        log
    }

    /// The log without its thread, for a simulation that decides when that has its turns.
    pub fn by_hand(writer: Writer, wake: impl Fn() + Send + Sync + 'static) -> (Self, Committer) {
        let options = writer.options().clone();
        let (ring, consumer) = RingBuffer::new(options.ring_bytes);
        let shared = Arc::new(Shared {
            watermark: AtomicU64::new(writer.watermark()),
            limit: AtomicU64::new(writer.room()),
            passed: AtomicU64::new(0),
            has_new_spare: AtomicBool::new(false),
            looks: AtomicBool::new(false),
            is_closing: AtomicBool::new(false),
            stopped: OnceLock::new(),
            no_spare: Mutex::new(None),
            moved: (Mutex::new(()), Condvar::new()),
            wake: Box::new(wake),
        });
        let (next_seq, epoch) = (writer.next_seq(), writer.epoch());
        let is_awaited = options.durability == Durability::Fsync;
        let for_group = Arc::clone(&shared);
        let group = Group { writer, ring: consumer, shared: for_group, passed: 0, is_full: false };
        let (thread, payload_max) = (None, options.payload_max());
        let log = Self { ring, shared, thread, next_seq, epoch, payload_max, taken: 0, is_awaited };
        (log, Committer(group))
    }

    /// Takes a record, or refuses it without a trace; never waits. Call [`Log::flush`] after the
    /// last of a turn.
    ///
    /// `expected_seq` is the number that the caller thinks the record gets. A higher epoch than
    /// the log's becomes the log's.
    pub fn append(
        &mut self,
        epoch: u32,
        expected_seq: u64,
        payload: &[u8],
    ) -> Result<u64, AppendError> {
        if epoch < self.epoch {
            return Err(AppendError::Fenced { epoch, current: self.epoch });
        }
        if expected_seq != self.next_seq {
            return Err(AppendError::OutOfOrder { expected: expected_seq, next: self.next_seq });
        }
        self.has_room(payload.len())?;
        let mut head = [0; RING_HEADER];
        head[..4].copy_from_slice(&(payload.len() as u32).to_le_bytes());
        head[4..].copy_from_slice(&epoch.to_le_bytes());
        let chunk = self.ring.write_chunk(RING_HEADER + payload.len());
        let mut chunk = chunk.expect("has_room has looked at the ring");
        let (first, second) = chunk.as_mut_slices();
        if let Some((into, payload_into)) = first.split_at_mut_checked(RING_HEADER)
            && payload_into.len() == payload.len()
        {
            into.copy_from_slice(&head);
            payload_into.copy_from_slice(payload);
        } else {
            // Around the ring's end.
            let bytes = head.iter().chain(payload);
            for (slot, byte) in first.iter_mut().chain(second).zip(bytes) {
                *slot = *byte;
            }
        }
        chunk.commit_all();
        self.taken += accounted(payload.len());
        self.epoch = epoch;
        self.next_seq += 1;
        Ok(expected_seq)
    }

    /// Whether a record of this size would be taken now: ask before acting on a command that
    /// must be logged.
    pub fn has_room(&self, bytes: usize) -> Result<(), AppendError> {
        if let Some(error) = self.shared.stopped.get() {
            return Err(AppendError::Stopped(error.clone()));
        }
        if bytes == 0 || bytes > self.payload_max {
            return Err(AppendError::Size { bytes, max: self.payload_max });
        }
        if self.taken + accounted(bytes) > self.shared.limit.load(Ordering::Acquire) {
            let no_spare = self.shared.no_spare.lock().unwrap_or_else(PoisonError::into_inner);
            return Err(no_spare.clone().map_or_else(|| self.busy(), AppendError::DiskFull));
        }
        if self.ring.slots() < RING_HEADER + bytes {
            return Err(self.busy());
        }
        Ok(())
    }

    /// Wakes the log's thread for what was appended. A system call only where that sleeps, and,
    /// where nobody waits for the disk, does not look by itself in a moment.
    pub fn flush(&self) {
        // What was appended is seen by who stops looking after this, or it is seen to have stopped.
        fence(Ordering::SeqCst);
        if !self.is_awaited && self.shared.looks.load(Ordering::Relaxed) {
            return;
        }
        self.wake();
    }

    fn wake(&self) {
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }

    /// Up to which record everything is committed.
    pub fn watermark(&self) -> u64 {
        self.shared.watermark.load(Ordering::Acquire)
    }

    /// What became of a record that was appended.
    pub fn outcome(&self, seq: u64) -> Outcome {
        match () {
            () if seq <= self.watermark() => Outcome::Committed,
            () if self.shared.stopped.get().is_some() => Outcome::Unknown,
            () => Outcome::Pending,
        }
    }

    /// The watermark for another thread: a follower, a snapshotter.
    pub fn watch(&self) -> Watermark {
        Watermark(Arc::clone(&self.shared))
    }

    /// The number that the next record gets.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// The log's epoch.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Why the log has stopped, if it has. Nothing is ever written after that.
    pub fn stopped(&self) -> Option<&LogError> {
        self.shared.stopped.get()
    }

    /// Commits what was taken, and ends.
    pub fn close(mut self) -> Result<(), LogError> {
        self.end();
        self.shared.stopped.get().map_or(Ok(()), |error| Err(error.clone()))
    }

    fn busy(&self) -> AppendError {
        let passed = self.shared.passed.load(Ordering::Acquire);
        AppendError::Busy { waiting: self.taken.saturating_sub(passed) }
    }

    fn end(&mut self) {
        self.shared.is_closing.store(true, Ordering::Release);
        self.wake();
        if let Some(thread) = self.thread.take() {
            // A panic of the log's thread was told by `stopped` already.
            let _ = thread.join();
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.end();
    }
}

impl Watermark {
    /// Up to which record everything is committed.
    pub fn get(&self) -> u64 {
        self.0.watermark.load(Ordering::Acquire)
    }

    /// Why the log has stopped, if it has.
    pub fn stopped(&self) -> Option<&LogError> {
        self.0.stopped.get()
    }

    /// Waits until a record is committed, the log stops or the time is over; true when committed.
    pub fn wait(&self, seq: u64, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        let (lock, moved) = &self.0.moved;
        let mut guard = lock.lock().unwrap_or_else(PoisonError::into_inner);
        while self.get() < seq && self.stopped().is_none() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = moved.wait_timeout(guard, left);
            guard = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        self.get() >= seq
    }
}

impl Shared {
    fn stop(&self, error: LogError) {
        // The first error is the one that tells why.
        let _ = self.stopped.set(error);
        self.tell();
    }

    fn tell(&self) {
        drop(self.moved.0.lock().unwrap_or_else(PoisonError::into_inner));
        self.moved.1.notify_all();
        (self.wake)();
    }
}

/// What a record of this size takes of the room.
fn accounted(bytes: usize) -> u64 {
    (FRAME_HEADER + bytes + MARK) as u64
}

/// The turns of a log's thread, one by one: see [`Log::by_hand`].
#[derive(Debug)]
pub struct Committer(Group);

impl Committer {
    /// Writes and syncs what was appended. A failure stops the log.
    pub fn commit(&mut self) -> Result<(), LogError> {
        let done = self.0.commit().map(|_| ());
        if let Err(error) = &done {
            self.0.shared.stop(error.clone());
        }
        done
    }

    /// Zeroes the next segment, unless that is done; where it cannot be, the log goes on.
    pub fn prepare(&mut self) {
        let done = self.0.writer.prepare();
        *self.0.shared.no_spare.lock().unwrap_or_else(PoisonError::into_inner) = done.err();
        self.0.publish_room();
    }
}

/// The log's thread.
#[derive(Debug)]
struct Group {
    writer: Writer,
    ring: Consumer<u8>,
    shared: Arc<Shared>,
    /// Bytes accounted for that left the ring.
    passed: u64,
    /// Whether the last group was full, and records that belong to it wait for the next.
    is_full: bool,
}

impl Group {
    fn run(mut self) {
        let told = Told(Arc::clone(&self.shared));
        let spare = SpareKeeper::start(&self.writer, &self.shared);
        if let Err(error) = self.work(&spare) {
            self.shared.stop(error);
        }
        drop(spare);
        drop(told);
    }

    fn work(&mut self, spare: &SpareKeeper) -> Result<(), LogError> {
        let is_awaited = self.writer.options().durability == Durability::Fsync;
        let mut naps = 0;
        loop {
            let is_closing = self.shared.is_closing.load(Ordering::Acquire);
            if self.shared.has_new_spare.swap(false, Ordering::AcqRel) {
                self.writer.set_spare();
                self.publish_room();
            }
            let had_spare = self.writer.has_spare();
            if self.commit()? {
                if had_spare && !self.writer.has_spare() {
                    spare.want();
                }
                naps = NAPS;
                self.shared.looks.store(!is_awaited, Ordering::Relaxed);
            } else if is_closing {
                return self.writer.seal();
            }
            if !is_closing {
                self.rest(is_awaited, &mut naps);
            }
        }
    }

    /// Sleeps until there is something to do, or for a nap.
    fn rest(&self, is_awaited: bool, naps: &mut u32) {
        if is_awaited {
            // What was appended and not flushed belongs to a turn under way, which wakes this
            // thread when it is whole: half of it would take an fsync of its own.
            if !self.is_full {
                thread::park();
            }
        } else if *naps > 0 {
            *naps -= 1;
            thread::park_timeout(NAP);
        } else if self.ring.is_empty() {
            self.shared.looks.store(false, Ordering::Relaxed);
            fence(Ordering::SeqCst);
            if self.ring.is_empty() {
                thread::park();
            }
        }
    }

    /// Commits what is in the ring, as far as it fits a group; false when there was nothing.
    fn commit(&mut self) -> Result<bool, LogError> {
        if !self.drain()? {
            return Ok(false);
        }
        let watermark = self.writer.commit()?;
        self.shared.watermark.store(watermark, Ordering::Release);
        self.publish_room();
        self.shared.tell();
        Ok(true)
    }

    fn publish_room(&self) {
        self.shared.passed.store(self.passed, Ordering::Release);
        self.shared.limit.store(self.passed + self.writer.room(), Ordering::Release);
    }

    /// Moves records from the ring to the group, until that is full; false when there was none.
    fn drain(&mut self) -> Result<bool, LogError> {
        let group_bytes = self.writer.options().group_bytes;
        let available = self.ring.slots();
        let chunk = self.ring.read_chunk(available).expect("as many as there are");
        let (first, second) = chunk.as_slices();
        let mut scratch = Vec::new();
        let mut at = 0;
        while at < available && self.writer.waiting() < group_bytes {
            let mut head = [0; RING_HEADER];
            head.copy_from_slice(piece(first, second, at, RING_HEADER, &mut scratch));
            let length = four(&head, 0) as usize;
            let payload = piece(first, second, at + RING_HEADER, length, &mut scratch);
            match self.writer.append(four(&head, 4), payload) {
                Ok(_) => {}
                Err(AppendError::Stopped(error) | AppendError::DiskFull(error)) => {
                    return Err(error);
                }
                Err(error) => unreachable!("the log has looked at the record: {error}"),
            }
            at += RING_HEADER + length;
            self.passed += accounted(length);
        }
        chunk.commit(at);
        self.is_full = at < available;
        Ok(at > 0)
    }
}

/// `length` bytes from `at` of two slices in a row, copied only where they lie in both.
fn piece<'b>(
    first: &'b [u8],
    second: &'b [u8],
    at: usize,
    length: usize,
    scratch: &'b mut Vec<u8>,
) -> &'b [u8] {
    let end = at + length;
    if end <= first.len() {
        return &first[at..end];
    }
    if at >= first.len() {
        return &second[at - first.len()..end - first.len()];
    }
    scratch.clear();
    scratch.extend_from_slice(&first[at..]);
    scratch.extend_from_slice(&second[..end - first.len()]);
    scratch
}

/// Tells that the log has stopped also where its thread panics.
struct Told(Arc<Shared>);

impl Drop for Told {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.stop(LogError::Io {
                action: "write",
                file: "the log".to_owned(),
                kind: std::io::ErrorKind::Other,
                reason: "the log's thread has panicked".to_owned(),
            });
        }
    }
}
