//! The alphabet of the encoding: numbers, options, lists and texts, and what can be wrong.

use acd_core::{
    AgentId, ContactId, FrontEndId, Nanos, OfferId, QueueId, ReasonId, SiteId, SkillId, Timestamp,
};
use thiserror::Error;

/// Why bytes are not what they should be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("byte {at}: {cause}")]
pub struct DecodeError {
    /// Where, counted from the first byte given.
    pub at: usize,
    /// What.
    pub cause: Cause,
}

/// What is wrong with bytes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Cause {
    /// They were written by a program newer than this.
    #[error("{what} version {found} is unknown; this program reads up to version {known}")]
    Version {
        /// Of what.
        what: &'static str,
        /// The version found.
        found: u8,
        /// The highest version known.
        known: u8,
    },
    /// A tag that the version does not have.
    #[error("unknown {what} {tag}")]
    Variant {
        /// Of what.
        what: &'static str,
        /// The tag found.
        tag: u64,
    },
    /// They end too early.
    #[error("the bytes end before the value does")]
    Truncated,
    /// A number too large for its place, or not in its shortest form.
    #[error("a number is out of range")]
    Number,
    /// A text that is not UTF-8.
    #[error("a text is not UTF-8")]
    Text,
    /// Bytes follow where none should.
    #[error("{0} bytes follow the end")]
    Trailing(usize),
}

/// Bytes that are being read.
#[derive(Debug)]
pub(super) struct Input<'b> {
    bytes: &'b [u8],
    at: usize,
}

/// A value that has bytes.
pub(super) trait Wire: Sized {
    /// Appends the value's bytes.
    fn put(&self, out: &mut Vec<u8>);

    /// Reads the value.
    fn take(input: &mut Input<'_>) -> Result<Self, DecodeError>;
}

impl<'b> Input<'b> {
    pub(super) const fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// An error at the value that begins at `at`.
    pub(super) const fn wrong(at: usize, cause: Cause) -> DecodeError {
        DecodeError { at, cause }
    }

    pub(super) const fn position(&self) -> usize {
        self.at
    }

    /// The next byte, which stays.
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Everything that is left.
    pub(super) fn rest(self) -> &'b [u8] {
        &self.bytes[self.at..]
    }

    /// Nothing may be left.
    pub(super) const fn end(&self) -> Result<(), DecodeError> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            left => Err(Self::wrong(self.at, Cause::Trailing(left))),
        }
    }

    #[inline]
    fn byte(&mut self) -> Result<u8, DecodeError> {
        let Some(&byte) = self.bytes.get(self.at) else {
            return Err(Self::wrong(self.at, Cause::Truncated));
        };
        self.at += 1;
        Ok(byte)
    }

    fn slice(&mut self, length: usize) -> Result<&'b [u8], DecodeError> {
        let rest = &self.bytes[self.at..];
        let slice = rest.get(..length).ok_or(Self::wrong(self.at, Cause::Truncated))?;
        self.at += length;
        Ok(slice)
    }

    #[inline]
    fn number(&mut self) -> Result<u64, DecodeError> {
        let first = self.byte()?;
        if first < 0x80 { Ok(u64::from(first)) } else { self.long_number(first) }
    }

    fn long_number(&mut self, first: u8) -> Result<u64, DecodeError> {
        let begin = self.at - 1;
        let (mut number, mut shift) = (u64::from(first & 0x7F), 7);
        loop {
            let byte = self.byte()?;
            let last = byte < 0x80;
            if (last && byte == 0) || shift > 63 || (shift == 63 && byte > 1) {
                return Err(Self::wrong(begin, Cause::Number));
            }
            number |= u64::from(byte & 0x7F) << shift;
            if last {
                return Ok(number);
            }
            shift += 7;
        }
    }

    /// A length, which is at most that of what is left: every element has a byte.
    pub(super) fn length(&mut self) -> Result<usize, DecodeError> {
        let begin = self.at;
        let length = self.number()?;
        let left = self.bytes.len() - self.at;
        let fits = usize::try_from(length).ok().filter(|&length| length <= left);
        fits.ok_or(Self::wrong(begin, Cause::Truncated))
    }
}

/// Reads a version, and refuses those that came later.
pub(super) fn version(
    input: &mut Input<'_>,
    what: &'static str,
    known: u8,
) -> Result<u8, DecodeError> {
    let at = input.position();
    let found = input.byte()?;
    if !(1..=known).contains(&found) {
        return Err(Input::wrong(at, Cause::Version { what, found, known }));
    }
    Ok(found)
}

#[inline]
fn put_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Numbers by LEB128.
macro_rules! words {
    ($($name:ty),*) => {
        $(impl Wire for $name {
            #[inline]
            fn put(&self, out: &mut Vec<u8>) {
                put_number(u64::from(*self), out);
            }

            #[inline]
            fn take(input: &mut Input<'_>) -> Result<Self, DecodeError> {
                let at = input.position();
                let number = input.number()?;
                Self::try_from(number).map_err(|_| Input::wrong(at, Cause::Number))
            }
        })*
    };
}

/// Named numbers as the number.
macro_rules! numbers {
    ($($name:ty),*) => {
        $(impl Wire for $name {
            #[inline]
            fn put(&self, out: &mut Vec<u8>) {
                self.0.put(out);
            }

            #[inline]
            fn take(input: &mut Input<'_>) -> Result<Self, DecodeError> {
                Wire::take(input).map(Self)
            }
        })*
    };
}

/// Records as their fields, in the order given here, which is the layout.
macro_rules! records {
    ($($name:ident { $($field:ident),* $(,)? })*) => {
        $(impl $crate::record::wire::Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                let Self { $($field),* } = self;
                $($field.put(out);)*
            }

            fn take(
                input: &mut $crate::record::wire::Input<'_>,
            ) -> Result<Self, $crate::record::wire::DecodeError> {
                $(let $field = $crate::record::wire::Wire::take(input)?;)*
                Ok(Self { $($field),* })
            }
        })*
    };
}
pub(super) use records;

/// Enums as a tag and the variant's fields, in the order given here, which is the layout.
macro_rules! variants {
    ($($what:literal $name:ident {
        $($tag:literal => $variant:ident { $($field:tt : $bind:ident),* }),* $(,)?
    })*) => {
        $(impl $crate::record::wire::Wire for $name {
            #[inline]
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant { $($field: $bind),* } => {
                        out.push($tag);
                        $($bind.put(out);)*
                    })*
                }
            }

            #[inline]
            fn take(
                input: &mut $crate::record::wire::Input<'_>,
            ) -> Result<Self, $crate::record::wire::DecodeError> {
                use $crate::record::wire::{Cause, Input};
                let at = input.position();
                match <u8 as $crate::record::wire::Wire>::take(input)? {
                    $($tag => {
                        $(let $bind = $crate::record::wire::Wire::take(input)?;)*
                        Ok(Self::$variant { $($field: $bind),* })
                    })*
                    tag => {
                        let cause = Cause::Variant { what: $what, tag: tag.into() };
                        Err(Input::wrong(at, cause))
                    }
                }
            }
        })*
    };
}
pub(super) use variants;

words!(u8, u16, u32, u64);
numbers!(
    Timestamp, Nanos, AgentId, ContactId, FrontEndId, OfferId, QueueId, ReasonId, SiteId, SkillId
);

impl Wire for i64 {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(((self << 1) ^ (self >> 63)).cast_unsigned(), out);
    }

    #[inline]
    fn take(input: &mut Input<'_>) -> Result<Self, DecodeError> {
        let number = input.number()?;
        Ok((number >> 1).cast_signed() ^ -((number & 1).cast_signed()))
    }
}

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    #[inline]
    fn take(input: &mut Input<'_>) -> Result<Self, DecodeError> {
        let at = input.position();
        match input.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            tag => Err(Input::wrong(at, Cause::Variant { what: "flag", tag: tag.into() })),
        }
    }
}

impl Wire for String {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(self.len() as u64, out);
        out.extend_from_slice(self.as_bytes());
    }

    fn take(input: &mut Input<'_>) -> Result<Self, DecodeError> {
        let length = input.length()?;
        let at = input.position();
        let text = std::str::from_utf8(input.slice(length)?);
        text.map(Self::from).map_err(|_| Input::wrong(at, Cause::Text))
    }
}

impl Wire for acd_core::Capacity {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, DecodeError> {
        let mut channels = [0; 6];
        channels.copy_from_slice(input.slice(6)?);
        Ok(Self(channels))
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_number(self.len() as u64, out);
        for element in self {
            element.put(out);
        }
    }

    #[inline]
    fn take(input: &mut Input<'_>) -> Result<Self, DecodeError> {
        let length = input.length()?;
        if length == 0 {
            return Ok(Self::new());
        }
        (0..length).map(|_| T::take(input)).collect()
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(inside) = self {
            inside.put(out);
        }
    }

    #[inline]
    fn take(input: &mut Input<'_>) -> Result<Self, DecodeError> {
        if bool::take(input)? { T::take(input).map(Some) } else { Ok(None) }
    }
}

impl<T: Wire> Wire for Box<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (**self).put(out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, DecodeError> {
        T::take(input).map(Self::new)
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, DecodeError> {
        Ok((A::take(input)?, B::take(input)?))
    }
}
