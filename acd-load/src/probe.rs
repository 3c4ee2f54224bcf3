//! The one client that asks every program compared: bytes out, replies counted.

use std::io::{Read as _, Write as _};

use acd_proto::bin1::{self, HEADER_BYTES};

use crate::LoadError;
use crate::socket::Socket;

/// Where one reply ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replies {
    /// After so many bytes.
    Bytes(usize),
    /// At a line end.
    Lines,
    /// At a line end; a `PING` was said unasked.
    Nats,
    /// At a line end; lines that begin with `{"m` were said unasked.
    Json,
    /// As the header says; events and notices were said unasked.
    Bin1,
}

impl Replies {
    /// How many whole replies there are, how many frames of any kind, and how many bytes were
    /// looked at.
    fn count(self, bytes: &[u8]) -> (usize, usize, usize) {
        let (mut replies, mut frames, mut at) = (0, 0, 0);
        while let Some((length, is_reply)) = self.next(&bytes[at..]) {
            at += length;
            frames += 1;
            replies += usize::from(is_reply);
        }
        (replies, frames, at)
    }

    fn next(self, bytes: &[u8]) -> Option<(usize, bool)> {
        match self {
            Self::Bytes(length) => (bytes.len() >= length).then_some((length, true)),
            Self::Lines => Some((line_end(bytes)?, true)),
            Self::Nats => Some((line_end(bytes)?, !bytes.starts_with(b"PING"))),
            Self::Json => Some((line_end(bytes)?, !bytes.starts_with(b"{\"m"))),
            Self::Bin1 => {
                let header = bytes.first_chunk::<HEADER_BYTES>()?;
                let length = bin1::length(header).ok().filter(|length| bytes.len() >= *length)?;
                Some((length, header[2] < bin1::Op::Event as u8))
            }
        }
    }
}

fn line_end(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == b'\n').map(|at| at + 1)
}

/// A connection to any program.
#[derive(Debug)]
pub(crate) struct Probe {
    socket: Socket,
    replies: Replies,
    buffer: Vec<u8>,
    filled: usize,
    /// Frames read so far: replies, and what was said unasked.
    pub(crate) frames: u64,
}

impl Probe {
    pub(crate) fn new(socket: Socket, replies: Replies) -> Self {
        Self { socket, replies, buffer: vec![0; 256 * 1024], filled: 0, frames: 0 }
    }

    /// Sends requests, and waits for as many replies.
    pub(crate) fn exchange(&mut self, bytes: &[u8], mut replies: usize) -> Result<(), LoadError> {
        let lost = |error: std::io::Error| LoadError::Lost(error.to_string());
        self.socket.write_all(bytes).map_err(lost)?;
        while replies > 0 {
            let count = self.socket.read(&mut self.buffer[self.filled..]).map_err(lost)?;
            if count == 0 {
                return Err(LoadError::Lost("it was closed".into()));
            }
            self.filled += count;
            let (came, frames, used) = self.replies.count(&self.buffer[..self.filled]);
            self.frames += frames as u64;
            self.buffer.copy_within(used..self.filled, 0);
            self.filled -= used;
            replies = replies
                .checked_sub(came)
                .ok_or_else(|| LoadError::Lost("there were more replies than requests".into()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_counted_and_events_are_not() {
        assert_eq!(Replies::Bytes(4).count(b"abcdefghi"), (2, 2, 8));
        assert_eq!(Replies::Lines.count(b"+OK\r\n+OK\r\n+O"), (2, 2, 10));
        let lines = b"{\"id\":1}\n{\"method\":\"event\"}\n{\"id\":2}\n{";
        assert_eq!(Replies::Json.count(lines), (2, 3, lines.len() - 1));
        let mut frames = Vec::new();
        bin1::done(&mut frames, 1, false);
        bin1::notice(&mut frames, b"{}");
        bin1::done(&mut frames, 2, false);
        let whole = frames.len();
        bin1::done(&mut frames, 3, false);
        assert_eq!(Replies::Bin1.count(&frames[..frames.len() - 1]), (2, 3, whole));
    }
}
