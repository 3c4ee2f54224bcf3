//! The engine's numbers as plain data, for what is written down: `#[serde(with = "plain")]`.

use std::sync::Arc;

use acd_core::{AgentId, Channel, ContactId, FrontEndId, Nanos, OfferId, QueueId, Timestamp};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize as _, Deserializer, Serialize, Serializer};

/// What is written down as something simpler.
pub(crate) trait Plain: Sized {
    /// As what.
    type As: Serialize + DeserializeOwned;

    /// What is written.
    fn plain(&self) -> Self::As;

    /// What was written; none where nothing is written so.
    fn of(plain: Self::As) -> Option<Self>;
}

/// Writes a value.
pub(crate) fn serialize<T: Plain, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    value.plain().serialize(to)
}

/// Reads a value.
pub(crate) fn deserialize<'d, T: Plain, D: Deserializer<'d>>(from: D) -> Result<T, D::Error> {
    let plain = T::As::deserialize(from)?;
    T::of(plain).ok_or_else(|| D::Error::custom("a number stands for nothing"))
}

macro_rules! numbers {
    ($($name:ident: $inner:ty),*) => {
        $(impl Plain for $name {
            type As = $inner;

            fn plain(&self) -> $inner {
                self.0
            }

            fn of(plain: $inner) -> Option<Self> {
                Some(Self(plain))
            }
        })*
    };
}

numbers! {
    AgentId: u32, ContactId: u64, FrontEndId: u32, Nanos: u64, OfferId: u64, QueueId: u32,
    Timestamp: u64
}

impl Plain for Channel {
    type As = u8;

    fn plain(&self) -> u8 {
        *self as u8
    }

    fn of(plain: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| *channel as u8 == plain)
    }
}

impl<T: Plain> Plain for Option<T> {
    type As = Option<T::As>;

    fn plain(&self) -> Self::As {
        self.as_ref().map(T::plain)
    }

    fn of(plain: Self::As) -> Option<Self> {
        match plain {
            Some(plain) => T::of(plain).map(Some),
            None => Some(None),
        }
    }
}

impl<T: Plain> Plain for Arc<[T]> {
    type As = Vec<T::As>;

    fn plain(&self) -> Self::As {
        self.iter().map(T::plain).collect()
    }

    fn of(plain: Self::As) -> Option<Self> {
        plain.into_iter().map(T::of).collect()
    }
}
