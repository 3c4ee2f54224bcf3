//! A connection of lines that may end at any moment.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::support::PATIENCE;

/// A connection that may end at any moment.
pub(crate) struct Wire {
    read: BufReader<UnixStream>,
    write: UnixStream,
    line: Vec<u8>,
    /// Whether the other side has gone.
    pub(crate) is_over: bool,
}

impl Wire {
    /// None where nobody listens.
    pub(crate) fn connect(socket: &Path) -> Option<Self> {
        let stream = UnixStream::connect(socket).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let write = stream.try_clone().expect("a second handle");
        Some(Self { read: BufReader::new(stream), write, line: Vec::new(), is_over: false })
    }

    pub(crate) fn patience(&self, length: Duration) {
        self.write.set_read_timeout(Some(length)).expect("a timeout");
    }

    /// The next whole line; none where none came in time or the server is gone.
    pub(crate) fn next(&mut self) -> Option<Value> {
        match self.read.read_until(b'\n', &mut self.line) {
            Ok(_) if self.line.ends_with(b"\n") => {
                let value = serde_json::from_slice(&self.line).expect("lines are JSON");
                self.line.clear();
                Some(value)
            }
            Ok(_) => {
                self.is_over = true;
                None
            }
            Err(error) => {
                let kinds =
                    [ErrorKind::WouldBlock, ErrorKind::TimedOut, ErrorKind::ConnectionReset];
                assert!(kinds.contains(&error.kind()), "reading: {error}");
                self.is_over |= error.kind() == ErrorKind::ConnectionReset;
                None
            }
        }
    }

    /// Says something; who is gone does not hear it.
    pub(crate) fn say(&mut self, request: &Value) {
        let _ = self.write.write_all(format!("{request}\n").as_bytes());
    }
}
