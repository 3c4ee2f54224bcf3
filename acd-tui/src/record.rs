//! What the server said, kept in a file and played again: one JSON object a line, the first one
//! naming the form.
//!
//! ```text
//! {"schema":"acd.record/1","server":"unix:/run/acd/acd.sock"}
//! {"at_ms":12,"hello":{"city":"CITY-311","role":"supervisor",...}}
//! {"at_ms":20,"snapshot":{...}}          as the protocol's snapshot
//! {"at_ms":31,"event":{...}}             as the protocol's event
//! {"at_ms":90,"lost":"the server closed the connection"}
//! ```
//!
//! A server's log can be played in the same lines, told by who can read it.
//!
//! `at_ms` is real time since the recording began. The file is its owner's alone: it holds what
//! the role may see, callers' numbers included.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use acd_proto::event::Event;
use acd_proto::snapshot::Snapshot;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::ask::Ask;
use crate::clock::Real;
use crate::message::{Connected, Message};
use crate::model::{Resumed, Who};
use crate::trace::Trace;

/// The form of the file.
pub const SCHEMA: &str = "acd.record/1";
/// The longest line that is read: a snapshot of a large city takes a few megabytes.
const LINE_BYTES_MAX: usize = 64 << 20;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    schema: String,
    server: String,
}

/// Any other line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    /// Real time since it began.
    pub at_ms: u64,
    /// What was said.
    #[serde(flatten)]
    pub said: Said,
}

/// What the server said.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// At the beginning of a connection.
    Hello(Hello),
    /// How things are.
    Snapshot(Box<Snapshot>),
    /// What happened.
    Event(Box<Event>),
    /// Why the connection ended.
    Lost(String),
}

/// What is known once the server has said hello.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Hello {
    /// The city.
    pub city: String,
    /// The role of who watches.
    pub role: String,
    /// And the name.
    pub name: String,
    /// The IANA name of the city's time zone.
    pub time_zone: String,
    /// City seconds a real second.
    pub speed: u32,
    /// The city's time, µs UTC.
    pub now: u64,
    /// The newest event of a resumption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Events sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<u64>,
}

/// What is wanted of a past: see [`Tell`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Everything, with pictures so many milliseconds of city time apart.
    Everything(u64),
    /// The last picture.
    Last,
}

/// Tells what a server would have said, line by line, to who says whether that is enough; fails
/// with a sentence.
pub type Tell = dyn Fn(Want, &mut dyn FnMut(Line) -> bool) -> Result<(), String> + Send + Sync;

/// Tells a contact's whole life; fails with a sentence.
pub type TellLife = dyn Fn(&str) -> Result<Box<Trace>, String> + Send + Sync;

/// What is played instead of a server.
#[derive(Clone, Debug)]
pub enum Tape {
    /// A recording.
    File(PathBuf),
    /// A server's log.
    Log(Log),
}

/// A log in a directory, read by who knows how.
#[derive(Clone)]
pub struct Log {
    /// Where it lies.
    pub directory: PathBuf,
    /// What the server would have said.
    pub tell: Arc<Tell>,
    /// And what it would answer to `trace`.
    pub trace: Arc<TellLife>,
}

impl Tape {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Log(log) => &log.directory,
        }
    }
}

impl Log {
    fn failed(&self, why: String) -> ReplayError {
        ReplayError::Log { directory: self.directory.clone(), why }
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").field("directory", &self.directory).finish_non_exhaustive()
    }
}

/// Writes what the server says.
#[derive(Debug)]
pub struct Recorder {
    out: BufWriter<File>,
}

/// Why a recording cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file cannot be read.
    #[error("{}: {source}", file.display())]
    Read {
        /// Which.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line of it is none of a recording.
    #[error("{}:{line}: {why}", file.display())]
    Line {
        /// Which file.
        file: PathBuf,
        /// Which line, counted from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// A log cannot be read.
    #[error("{}: {why}", directory.display())]
    Log {
        /// Where it lies.
        directory: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Nothing is in it to be shown.
    #[error("{}: no picture is in it", .0.display())]
    Empty(PathBuf),
}

impl Recorder {
    /// Begins a new file; one that is there already stays as it is.
    pub fn new(file: &Path, server: &str) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
        let mut recorder = Self { out: BufWriter::new(file) };
        recorder.line(&Head { schema: SCHEMA.into(), server: server.into() })?;
        Ok(recorder)
    }

    /// Writes what the server said; what else the model is told is passed over.
    pub fn write(&mut self, at: Real, message: &Message) -> io::Result<()> {
        let at_ms = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
        let said = match message {
            Message::Connected(hello) => Said::Hello(Hello {
                city: hello.who.city.clone(),
                role: hello.who.role.clone(),
                name: hello.who.name.clone(),
                time_zone: hello.time_zone.clone(),
                speed: hello.speed,
                now: hello.now,
                seq: hello.resumed.map(|resumed| resumed.seq),
                events: hello.resumed.and_then(|resumed| resumed.events),
            }),
            Message::Snapshot(snapshot) => Said::Snapshot(snapshot.clone()),
            Message::Event(event) => Said::Event(event.clone()),
            Message::Disconnected { why, .. } => Said::Lost(why.clone()),
            _ => return Ok(()),
        };
        self.line(&Line { at_ms, said })?;
        // A second's worth may be lost with the machine, not more.
        if matches!(message, Message::Snapshot(_)) { self.out.flush() } else { Ok(()) }
    }

    fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, line)?;
        self.out.write_all(b"\n")
    }
}

/// Lines of a log that wait to be played.
const LINES_MAX: usize = 64;
/// The least real time between two pictures of a log.
const PICTURES_APART_MS: u64 = 250;

/// Plays a tape, `speed` times as fast as it was, until its end or until nobody listens.
pub async fn replay(
    tape: &Tape,
    speed: u32,
    messages: mpsc::Sender<Message>,
) -> Result<(), ReplayError> {
    let begun = Instant::now();
    let play = async |line: Line| {
        sleep_until(begun + Duration::from_millis(line.at_ms) / speed.max(1)).await;
        messages.send(message(line.said, speed)).await.is_ok()
    };
    match tape {
        Tape::File(file) => {
            let mut lines = Lines::open(file)?;
            while let Some(line) = lines.next()? {
                if !play(line).await {
                    return Ok(());
                }
            }
        }
        Tape::Log(log) => {
            let every = u64::from(speed).saturating_mul(PICTURES_APART_MS).max(1_000);
            let (lines, mut told) = mpsc::channel(LINES_MAX);
            let tell = Arc::clone(&log.tell);
            let teller = tokio::task::spawn_blocking(move || {
                tell(Want::Everything(every), &mut |line| lines.blocking_send(line).is_ok())
            });
            while let Some(line) = told.recv().await {
                if !play(line).await {
                    return Ok(());
                }
            }
            let ended = teller.await.unwrap_or_else(|error| Err(error.to_string()));
            ended.map_err(|why| log.failed(why))?;
        }
    }
    let over = Message::Disconnected {
        why: "the recording is over".into(),
        attempt: 0,
        retry_in: Duration::ZERO,
    };
    // Nobody may be left to be told.
    drop(messages.send(over).await);
    // The last picture stays until the user leaves.
    messages.closed().await;
    Ok(())
}

/// Answers what is asked while a tape is played: a log tells traces, a recording has none. Never
/// ends.
pub async fn answer(tape: &Tape, mut asks: mpsc::Receiver<Ask>, messages: mpsc::Sender<Message>) {
    while let Some(ask) = asks.recv().await {
        let Ask::Trace(contact) = ask else { continue };
        let told = match tape {
            Tape::File(_) => Err("a recording holds no trace".to_owned()),
            Tape::Log(log) => {
                let (trace, contact) = (Arc::clone(&log.trace), contact.clone());
                let told = tokio::task::spawn_blocking(move || trace(&contact));
                told.await.unwrap_or_else(|error| Err(error.to_string()))
            }
        };
        // Nobody may be left to be told.
        drop(messages.send(Message::Traced { contact, told }).await);
    }
    std::future::pending::<()>().await;
}

/// The last picture of a tape, and the last hello before it.
pub fn last(tape: &Tape) -> Result<(Connected, Box<Snapshot>), ReplayError> {
    let (mut hello, mut picture) = (None, None);
    let mut keep = |line: Line| match line.said {
        Said::Hello(said) => hello = Some(said),
        Said::Snapshot(said) => picture = Some(said),
        Said::Event(_) | Said::Lost(_) => {}
    };
    match tape {
        Tape::File(file) => {
            let mut lines = Lines::open(file)?;
            while let Some(line) = lines.next()? {
                keep(line);
            }
        }
        Tape::Log(log) => {
            let told = (log.tell)(Want::Last, &mut |line| {
                keep(line);
                true
            });
            told.map_err(|why| log.failed(why))?;
        }
    }
    let both = hello.zip(picture).ok_or_else(|| ReplayError::Empty(tape.path().to_owned()));
    both.map(|(hello, picture)| (connected(hello, 1), picture))
}

/// The lines of a recording.
struct Lines {
    file: PathBuf,
    reader: BufReader<File>,
    text: String,
    number: usize,
}

impl Lines {
    /// Opens one whose first line says what it is.
    fn open(file: &Path) -> Result<Self, ReplayError> {
        let reader = File::open(file).map_err(|source| read_error(file, source))?;
        let reader = BufReader::new(reader);
        let mut lines = Self { file: file.to_owned(), reader, text: String::new(), number: 0 };
        lines.read()?;
        let head = serde_json::from_str::<Head>(&lines.text);
        if head.is_ok_and(|head| head.schema == SCHEMA) {
            return Ok(lines);
        }
        Err(lines.wrong(format!("this is no recording: expected schema {SCHEMA}")))
    }

    /// The next line. The last one of a recording that was cut off is no whole one.
    fn next(&mut self) -> Result<Option<Line>, ReplayError> {
        self.read()?;
        if !self.text.ends_with('\n') {
            return Ok(None);
        }
        let line = serde_json::from_str(&self.text);
        line.map(Some).map_err(|error| self.wrong(error.to_string()))
    }

    fn read(&mut self) -> Result<(), ReplayError> {
        self.number += 1;
        self.text.clear();
        let limit = LINE_BYTES_MAX as u64;
        let read = io::Read::take(&mut self.reader, limit).read_line(&mut self.text);
        match read.map_err(|source| read_error(&self.file, source))? {
            LINE_BYTES_MAX => Err(self.wrong(format!("longer than {LINE_BYTES_MAX} bytes"))),
            _ => Ok(()),
        }
    }

    fn wrong(&self, why: String) -> ReplayError {
        ReplayError::Line { file: self.file.clone(), line: self.number, why }
    }
}

fn read_error(file: &Path, source: io::Error) -> ReplayError {
    ReplayError::Read { file: file.to_owned(), source }
}

fn connected(hello: Hello, speed: u32) -> Connected {
    Connected {
        who: Who { city: hello.city, role: hello.role, name: hello.name },
        time_zone: hello.time_zone,
        speed: hello.speed.saturating_mul(speed.max(1)),
        now: hello.now,
        resumed: hello.seq.map(|seq| Resumed { seq, events: hello.events }),
    }
}

fn message(said: Said, speed: u32) -> Message {
    match said {
        Said::Hello(hello) => Message::Connected(Box::new(connected(hello, speed))),
        Said::Snapshot(snapshot) => Message::Snapshot(snapshot),
        Said::Event(event) => Message::Event(event),
        Said::Lost(why) => Message::Disconnected { why, attempt: 1, retry_in: Duration::ZERO },
    }
}
