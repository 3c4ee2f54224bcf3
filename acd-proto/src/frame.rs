//! Where a frame begins and ends, and which framing it has.

use crate::bin1;
use crate::error::{ErrorBody, Kind};
use crate::{DISCARD_BYTES_MAX, FRAME_BYTES_MAX};

/// What a drained decoder keeps allocated, so that idle connections stay small.
const IDLE_BYTES_MAX: usize = 16 * 1024;

/// One frame, without its line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// Begins with `{`: one JSON object.
    Json(&'a [u8]),
    /// Begins with another printable byte: `verb key=value …`.
    Plain(&'a [u8]),
    /// Begins with 0xAC: a header and a body.
    Binary(bin1::Frame<'a>),
}

/// Cuts a stream of bytes into frames.
///
/// **Take every frame with [`next`](Self::next) before the next [`push`](Self::push)**: then no
/// more than one frame and one push are ever held.
///
/// ```
/// use acd_proto::frame::{Decoder, Frame};
///
/// let mut decoder = Decoder::new();
/// decoder.push(b"ping id=7\r\n{\"id\":8,\"met");
/// assert_eq!(decoder.next(), Some(Ok(Frame::Plain(b"ping id=7"))));
/// assert_eq!(decoder.next(), None);
/// ```
#[derive(Debug)]
pub struct Decoder {
    buffer: Vec<u8>,
    /// Where the next frame begins.
    start: usize,
    /// Before here, from `start` on, there is no line end.
    searched: usize,
    limit: usize,
    /// Whether binary frames were agreed on.
    binary: bool,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// Frames are read.
    Reading,
    /// The rest of a bad line is thrown away.
    Discarding {
        /// How many bytes more.
        left: usize,
    },
    /// Nothing is read any more.
    Cut,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder of frames of at most [`FRAME_BYTES_MAX`].
    pub const fn new() -> Self {
        Self::with_limit(FRAME_BYTES_MAX)
    }

    /// A decoder of smaller frames, for a peer that has not said who it is.
    pub const fn with_limit(limit: usize) -> Self {
        let state = State::Reading;
        Self { buffer: Vec::new(), start: 0, searched: 0, limit, binary: false, state }
    }

    /// From now on frames of this size are accepted, line end included.
    pub const fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// From now on binary frames are accepted too.
    pub const fn allow_binary(&mut self) {
        self.binary = true;
    }

    /// Bytes held: of frames not yet taken, and of one not yet complete.
    pub const fn buffered(&self) -> usize {
        self.buffer.len() - self.start
    }

    /// Whether the connection must be closed once the errors given so far are sent: where the
    /// next frame would begin is not known any more.
    pub fn must_cut(&self) -> bool {
        self.state == State::Cut
    }

    /// Adds what was read. The rest of a line already refused is not even copied.
    pub fn push(&mut self, mut bytes: &[u8]) {
        if self.buffered() == 0 {
            bytes = self.discard_from(bytes);
        }
        if self.state == State::Cut || bytes.is_empty() {
            return;
        }
        // Moves what is left only when that is less than what is gone: linear over the stream.
        if self.start > 0 && self.start >= self.buffered() {
            self.buffer.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete frame, or what is wrong with the next bytes; none until more is pushed.
    ///
    /// After an error the decoder goes on behind the next line end, unless
    /// [`must_cut`](Self::must_cut).
    #[expect(clippy::should_implement_trait, reason = "a frame borrows the decoder")]
    pub fn next(&mut self) -> Option<Result<Frame<'_>, ErrorBody>> {
        self.skip();
        let first = *self.buffer.get(self.start)?;
        if first == bin1::FIRST {
            return self.next_binary();
        }
        if !first.is_ascii_graphic() {
            self.discard();
            return Some(Err(no_frame(first)));
        }
        let Some(length) = self.line_length() else {
            if self.buffered() < self.limit {
                return None;
            }
            self.discard();
            return Some(Err(too_large(self.limit)));
        };
        if length > self.limit {
            self.discard();
            return Some(Err(too_large(self.limit)));
        }
        let line = self.start..self.start + length;
        self.start = line.end;
        self.searched = line.end;
        let text = self.buffer[line].trim_ascii_end();
        Some(Ok(if first == b'{' { Frame::Json(text) } else { Frame::Plain(text) }))
    }

    fn next_binary(&mut self) -> Option<Result<Frame<'_>, ErrorBody>> {
        let refusal = if self.binary {
            match bin1::split(&self.buffer[self.start..], self.limit) {
                Ok(None) => return None,
                Ok(Some((_, length))) => {
                    let from = self.start;
                    self.start += length;
                    self.searched = self.start;
                    let frame = bin1::split(&self.buffer[from..], self.limit);
                    let (frame, _) = frame.ok().flatten().expect("it was whole just now");
                    return Some(Ok(Frame::Binary(frame)));
                }
                Err(why) => bad_binary(why, self.limit),
            }
        } else {
            no_binary()
        };
        self.cut();
        Some(Err(refusal))
    }

    /// Passes over refused lines and blanks; lets go of memory when nothing is left.
    fn skip(&mut self) {
        let held = std::mem::take(&mut self.buffer);
        let rest = self.discard_from(&held[self.start..]);
        let blank = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        self.start = held.len() - rest.len() + blank;
        self.searched = self.searched.max(self.start);
        self.buffer = held;
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.buffer.shrink_to(IDLE_BYTES_MAX);
            (self.start, self.searched) = (0, 0);
        }
    }

    /// Bytes of the next line, its end included.
    fn line_length(&mut self) -> Option<usize> {
        // Whatever lies beyond the limit is not searched: the frame is too large already.
        let until = self.buffer.len().min(self.start.saturating_add(self.limit));
        let found = memchr::memchr(b'\n', &self.buffer[self.searched.min(until)..until]);
        let end = found.map(|at| self.searched + at + 1);
        self.searched = end.unwrap_or(until);
        end.map(|end| end - self.start)
    }

    /// What follows the line being thrown away; all of it when none is.
    fn discard_from<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        match self.state {
            State::Reading => bytes,
            State::Cut => &[],
            State::Discarding { left } => match memchr::memchr(b'\n', bytes) {
                Some(at) if at < left => {
                    self.state = State::Reading;
                    &bytes[at + 1..]
                }
                None if bytes.len() < left => {
                    self.state = State::Discarding { left: left - bytes.len() };
                    &[]
                }
                _ => {
                    self.cut();
                    &[]
                }
            },
        }
    }

    const fn discard(&mut self) {
        self.state = State::Discarding { left: DISCARD_BYTES_MAX };
    }

    fn cut(&mut self) {
        self.state = State::Cut;
        self.buffer = Vec::new();
        (self.start, self.searched) = (0, 0);
    }
}

fn no_binary() -> ErrorBody {
    let message = "binary frames come after a `hello` with `enc` bin1; the connection ends here";
    ErrorBody::new(Kind::BadFrame, message)
        .got("byte 0xac")
        .expected("a JSON object, or a plain line")
}

fn bad_binary(why: bin1::BadFrame, limit: usize) -> ErrorBody {
    ErrorBody::new(Kind::BadFrame, format!("{why}; the connection ends here"))
        .expected(format!("0xac 0x01, and at most {limit} bytes in all"))
}

fn no_frame(first: u8) -> ErrorBody {
    ErrorBody::new(Kind::BadFrame, "no frame begins with this byte; skipped up to the line end")
        .got(format!("byte 0x{first:02x}"))
        .expected("a JSON object, or a plain line")
}

fn too_large(limit: usize) -> ErrorBody {
    ErrorBody::new(Kind::BadFrame, "the frame is too large; skipped up to the line end")
        .expected(format!("at most {limit} bytes, line end included"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The frames left, errors as `!kind`.
    fn kinds(decoder: &mut Decoder) -> Vec<String> {
        let mut all = Vec::new();
        while let Some(frame) = decoder.next() {
            all.push(match frame {
                Ok(Frame::Json(text) | Frame::Plain(text)) => {
                    String::from_utf8_lossy(text).into_owned()
                }
                Ok(Frame::Binary(frame)) => format!("#{}", frame.header.id),
                Err(error) => format!("!{}", error.data.kind.name()),
            });
        }
        all
    }

    #[test]
    fn frames_come_out_whatever_the_pieces() {
        let stream = b"\r\n\n  {\"id\":1}\r\nping\n\n{}\n";
        for piece in 1..=stream.len() {
            let mut decoder = Decoder::new();
            let mut all = Vec::new();
            for bytes in stream.chunks(piece) {
                decoder.push(bytes);
                all.extend(kinds(&mut decoder));
            }
            assert_eq!(all, ["{\"id\":1}", "ping", "{}"], "in pieces of {piece}");
            assert_eq!(decoder.buffered(), 0);
        }
    }

    #[test]
    fn the_first_byte_decides() {
        let mut decoder = Decoder::new();
        decoder.push(b"{x\nverb\n");
        assert_eq!(decoder.next(), Some(Ok(Frame::Json(b"{x"))));
        assert_eq!(decoder.next(), Some(Ok(Frame::Plain(b"verb"))));
        decoder.push(b"\x16\x03\x01 rest\nping\n");
        assert_eq!(kinds(&mut decoder), ["!bad_frame", "ping"]);
    }

    #[test]
    fn a_bad_first_byte_is_answered_before_its_line_ends() {
        let mut decoder = Decoder::new();
        decoder.push(b"\x01");
        assert_eq!(kinds(&mut decoder), ["!bad_frame"]);
        decoder.push(b"more of it");
        assert!(kinds(&mut decoder).is_empty());
        decoder.push(b"\nping\n");
        assert_eq!(kinds(&mut decoder), ["ping"]);
    }

    #[test]
    fn a_binary_frame_ends_the_connection() {
        let mut decoder = Decoder::new();
        decoder.push(b"ping\n\xac\x01\nping\n");
        assert_eq!(kinds(&mut decoder), ["ping", "!bad_frame"]);
        assert!(decoder.must_cut());
        decoder.push(b"ping\n");
        assert!(kinds(&mut decoder).is_empty());
        assert_eq!(decoder.buffered(), 0);
    }

    #[test]
    fn the_largest_frame_passes_and_one_byte_more_does_not() {
        for (length, expected) in
            [(FRAME_BYTES_MAX, None), (FRAME_BYTES_MAX + 1, Some("!bad_frame".to_owned()))]
        {
            let mut line = vec![b'x'; length - 1];
            line.push(b'\n');
            for piece in [1000, length] {
                let mut decoder = Decoder::new();
                let mut all = Vec::new();
                for bytes in line.chunks(piece) {
                    decoder.push(bytes);
                    all.extend(kinds(&mut decoder));
                }
                decoder.push(b"ping\n");
                all.extend(kinds(&mut decoder));
                let first = expected.clone().unwrap_or_else(|| "x".repeat(length - 1));
                assert_eq!(all, [first.as_str(), "ping"]);
                assert!(!decoder.must_cut());
            }
        }
    }

    #[test]
    fn a_line_without_end_is_cut_and_never_held() {
        let mut decoder = Decoder::new();
        let piece = [b'x'; 4096];
        let mut answers = Vec::new();
        for _ in 0..(DISCARD_BYTES_MAX + 2 * FRAME_BYTES_MAX) / piece.len() {
            decoder.push(&piece);
            answers.extend(kinds(&mut decoder));
            assert!(decoder.buffered() <= FRAME_BYTES_MAX);
        }
        assert_eq!(answers, ["!bad_frame"], "one error for one frame");
        assert!(decoder.must_cut());
    }

    #[test]
    fn a_drained_decoder_is_small() {
        let mut decoder = Decoder::new();
        decoder.push(&b"ping\n".repeat(10_000));
        assert_eq!(kinds(&mut decoder).len(), 10_000);
        assert!(decoder.buffer.capacity() <= IDLE_BYTES_MAX);
    }
}
