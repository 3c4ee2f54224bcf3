//! What a reply to a request that changes something means.

use std::fmt;
use std::str::FromStr;

/// When a reply, and an event, may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// When what they tell of is on the disk.
    Fsync,
    /// At once; what they tell of is on its way to the disk.
    Async,
    /// At once; nothing is written down.
    None,
}

impl Durability {
    /// Its name in `hello` and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fsync => "fsync",
            Self::Async => "async",
            Self::None => "none",
        }
    }
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Durability {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Fsync, Self::Async, Self::None]
            .into_iter()
            .find(|known| known.name() == text)
            .ok_or_else(|| "it is fsync, async or none".into())
    }
}
