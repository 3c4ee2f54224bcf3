//! Fields of a frame to bytes and back. Absent is all ones, or nothing at the end of the body.

use super::{FIRST, FLAG, HEADER_BYTES, Op, VERSION};
use crate::error::{ErrorBody, Kind};
use crate::text::Text;

/// The length of a text that is absent.
const NO_TEXT: u16 = u16::MAX;

/// The number in eight bytes of a header.
#[inline]
pub(super) fn u64_at(bytes: &[u8; HEADER_BYTES], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}

/// Appends one frame; its length is known at the [`end`](Self::end).
pub(super) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Writer<'a> {
    #[inline]
    pub(super) fn begin(out: &'a mut Vec<u8>, op: Op, id: u64, a: u64, b: u64) -> Self {
        let start = out.len();
        let mut head = [0; HEADER_BYTES];
        (head[0], head[1], head[2]) = (FIRST, VERSION, op as u8);
        head[8..16].copy_from_slice(&id.to_le_bytes());
        head[16..24].copy_from_slice(&a.to_le_bytes());
        head[24..32].copy_from_slice(&b.to_le_bytes());
        out.extend_from_slice(&head);
        Self { out, start }
    }

    #[inline]
    pub(super) fn flag(self, flag: bool) -> Self {
        if flag {
            self.out[self.start + 3] |= FLAG;
        }
        self
    }

    #[inline]
    pub(super) fn bytes(self, bytes: &[u8]) -> Self {
        self.out.extend_from_slice(bytes);
        self
    }

    pub(super) fn json(self, value: &impl serde::Serialize) -> Self {
        serde_json::to_writer(&mut *self.out, value)
            .expect("messages have text keys, and memory is no IO");
        self
    }

    #[inline]
    pub(super) fn u8(self, number: u8) -> Self {
        self.bytes(&[number])
    }

    #[inline]
    pub(super) fn u32(self, number: u32) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    #[inline]
    pub(super) fn u64(self, number: u64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    /// A text; one that is too long for its length ends early, at a whole character.
    #[inline]
    pub(super) fn text(self, text: &str) -> Self {
        let mut end = text.len().min(usize::from(NO_TEXT) - 1);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.bytes(&(end as u16).to_le_bytes()).bytes(&text.as_bytes()[..end])
    }

    #[inline]
    pub(super) fn text_of(self, text: &impl Text) -> Self {
        text.with(|text| self.text(text))
    }

    #[inline]
    pub(super) fn maybe_of(self, text: Option<&impl Text>) -> Self {
        match text {
            Some(text) => self.text_of(text),
            None => self.maybe(None),
        }
    }

    #[inline]
    pub(super) fn maybe(self, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(text),
            None => self.bytes(&NO_TEXT.to_le_bytes()),
        }
    }

    /// Takes away what is absent at the end, and writes how long the frame is.
    #[inline]
    pub(super) fn end(self) {
        let length = self.out.len() - self.start - HEADER_BYTES;
        let length = u32::try_from(length).expect("a message is smaller than 4 GiB");
        self.out[self.start + 4..self.start + 8].copy_from_slice(&length.to_le_bytes());
    }
}

/// The same closure, as one that is called once and so may give away what it has borrowed.
pub(super) fn once<'a, A>(begin: impl FnOnce(A) -> Writer<'a>) -> impl FnOnce(A) -> Writer<'a> {
    begin
}

/// Reads the fields of a body.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    #[inline]
    fn take(&mut self, count: usize) -> Result<Option<&'a [u8]>, ErrorBody> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let Some((taken, rest)) = self.0.split_at_checked(count) else { return Err(cut()) };
        self.0 = rest;
        Ok(Some(taken))
    }

    #[inline]
    pub(super) fn u8(&mut self) -> Result<Option<u8>, ErrorBody> {
        Ok(self.take(1)?.map(|taken| taken[0]).filter(|number| *number != u8::MAX))
    }

    #[inline]
    pub(super) fn u32(&mut self) -> Result<Option<u32>, ErrorBody> {
        let taken = self.take(4)?.and_then(|taken| taken.first_chunk::<4>());
        Ok(taken.map(|taken| u32::from_le_bytes(*taken)).filter(|number| *number != u32::MAX))
    }

    #[inline]
    pub(super) fn u64(&mut self) -> Result<Option<u64>, ErrorBody> {
        let taken = self.take(8)?.and_then(|taken| taken.first_chunk::<8>());
        Ok(taken.map(|taken| u64::from_le_bytes(*taken)).filter(|number| *number != u64::MAX))
    }

    #[inline]
    pub(super) fn maybe(&mut self) -> Result<Option<&'a str>, ErrorBody> {
        let Some(length) = self.take(2)?.and_then(|taken| taken.first_chunk::<2>()) else {
            return Ok(None);
        };
        let length = u16::from_le_bytes(*length);
        if length == NO_TEXT {
            return Ok(None);
        }
        let bytes = match length {
            0 => &[][..],
            length => self.take(usize::from(length))?.ok_or_else(cut)?,
        };
        std::str::from_utf8(bytes).map(Some).map_err(|_| {
            ErrorBody::new(Kind::BadFrame, "a text of the frame is not UTF-8").expected("UTF-8")
        })
    }

    #[inline]
    pub(super) fn text(&mut self, field: &str) -> Result<&'a str, ErrorBody> {
        self.maybe()?.ok_or_else(|| missing(field))
    }
}

pub(super) fn missing(field: &str) -> ErrorBody {
    ErrorBody::new(Kind::BadParams, format!("`{field}` is missing")).field(field)
}

fn cut() -> ErrorBody {
    ErrorBody::new(Kind::BadFrame, "the body ends within a field")
}
