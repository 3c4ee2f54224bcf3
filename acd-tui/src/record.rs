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
//! `at_ms` is real time since the recording began. The file is its owner's alone: it holds what
//! the role may see, callers' numbers included.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use acd_proto::event::Event;
use acd_proto::snapshot::Snapshot;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::clock::Real;
use crate::message::{Connected, Message};
use crate::model::{Resumed, Who};

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
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    at_ms: u64,
    #[serde(flatten)]
    said: Said,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Hello(Hello),
    Snapshot(Box<Snapshot>),
    Event(Box<Event>),
    Lost(String),
}

#[derive(Debug, Serialize, Deserialize)]
struct Hello {
    city: String,
    role: String,
    name: String,
    time_zone: String,
    speed: u32,
    now: u64,
    /// The newest event of a resumption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    /// Events sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    events: Option<u64>,
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

/// Plays a recording, `speed` times as fast as it was, until its end or until nobody listens.
pub async fn replay(
    file: &Path,
    speed: u32,
    messages: mpsc::Sender<Message>,
) -> Result<(), ReplayError> {
    let read = |source| ReplayError::Read { file: file.to_owned(), source };
    let mut lines = BufReader::new(File::open(file).map_err(read)?);
    let begun = Instant::now();
    let mut text = String::new();
    for number in 1.. {
        text.clear();
        let limit = LINE_BYTES_MAX as u64;
        let n = io::Read::take(&mut lines, limit).read_line(&mut text).map_err(read)?;
        let wrong = |why: String| ReplayError::Line { file: file.to_owned(), line: number, why };
        if n == LINE_BYTES_MAX {
            return Err(wrong(format!("longer than {LINE_BYTES_MAX} bytes")));
        }
        if number == 1 {
            let head = serde_json::from_str::<Head>(&text);
            if head.is_ok_and(|head| head.schema == SCHEMA) {
                continue;
            }
            return Err(wrong(format!("this is no recording: expected schema {SCHEMA}")));
        }
        // The last line of a recording that was cut off is no whole one.
        if !text.ends_with('\n') {
            break;
        }
        let line: Line = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let at = Duration::from_millis(line.at_ms) / speed.max(1);
        sleep_until(begun + at).await;
        if messages.send(message(line.said, speed)).await.is_err() {
            return Ok(());
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

fn message(said: Said, speed: u32) -> Message {
    match said {
        Said::Hello(hello) => Message::Connected(Box::new(Connected {
            who: Who { city: hello.city, role: hello.role, name: hello.name },
            time_zone: hello.time_zone,
            speed: hello.speed.saturating_mul(speed.max(1)),
            now: hello.now,
            resumed: hello.seq.map(|seq| Resumed { seq, events: hello.events }),
        })),
        Said::Snapshot(snapshot) => Message::Snapshot(snapshot),
        Said::Event(event) => Message::Event(event),
        Said::Lost(why) => Message::Disconnected { why, attempt: 1, retry_in: Duration::ZERO },
    }
}
