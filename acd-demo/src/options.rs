//! What a demo is asked to play.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use acd_core::{Nanos, Timestamp};

/// City seconds a real second, where nothing says: several contacts come every second, and a
/// conversation is still long enough to be seen.
pub const SPEED: u32 = 20;

/// What to play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// City seconds a real second; none means [`SPEED`], or that of the server that is joined.
    pub speed: Option<u32>,
    /// When the day begins.
    pub from: TimeOfDay,
    /// How long to play, in real time; none means until told to stop.
    pub length: Option<Duration>,
    /// Whether calls are 4.6 times as many in the first hour.
    pub storm: bool,
    /// Where a server of the demo's own keeps its log, for later; none means that it goes with
    /// the demo.
    pub data: Option<PathBuf>,
}

impl Default for Options {
    /// The busy hour, until told to stop.
    fn default() -> Self {
        Self {
            seed: 311,
            speed: None,
            from: TimeOfDay::BUSY_HOUR,
            length: None,
            storm: false,
            data: None,
        }
    }
}

impl Options {
    /// City seconds a real second.
    pub(crate) fn speed(&self) -> u32 {
        self.speed.unwrap_or(SPEED)
    }

    /// When the day begins, from its midnight.
    pub(crate) fn begins(&self) -> Timestamp {
        Timestamp(Nanos::from_secs(u64::from(self.from.minutes) * 60).0)
    }
}

/// An hour and a minute of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay {
    /// Since midnight; less than a day.
    minutes: u16,
}

impl TimeOfDay {
    /// The hour in which most residents turn to the city: 10:00.
    pub const BUSY_HOUR: Self = Self { minutes: 600 };

    pub(crate) fn hour(self) -> i8 {
        i8::try_from(self.minutes / 60).expect("a day has 24 hours")
    }

    pub(crate) fn minute(self) -> i8 {
        i8::try_from(self.minutes % 60).expect("an hour has 60 minutes")
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

/// A text that names no time of day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time of day: expected one as in `10:00`")]
pub struct NoTimeOfDay(String);

impl FromStr for TimeOfDay {
    type Err = NoTimeOfDay;

    fn from_str(text: &str) -> Result<Self, NoTimeOfDay> {
        let part = |part: &str, below: u16| {
            let is_plain = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<u16>().ok().filter(|value| is_plain && *value < below)
        };
        let parts = text.split_once(':').and_then(|(hour, minute)| {
            Some(Self { minutes: part(hour, 24)? * 60 + part(minute, 60)? })
        });
        parts.ok_or_else(|| NoTimeOfDay(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_read_and_written() {
        for text in ["00:00", "10:00", "23:59"] {
            assert_eq!(text.parse::<TimeOfDay>().unwrap().to_string(), text);
        }
        assert_eq!("10:00".parse(), Ok(TimeOfDay::BUSY_HOUR));
        for text in ["", "10", "24:00", "10:60", "10:", "+1:00", "10:00:00", "ten"] {
            assert_eq!(text.parse::<TimeOfDay>(), Err(NoTimeOfDay(text.into())));
        }
    }
}
