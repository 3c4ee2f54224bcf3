//! The city's time as its people know it, beside that of the server's clock.

use std::time::Duration;

use acd_core::{Nanos, Timestamp};
use acd_proto::reply::HelloResult;
use tokio::time::Instant;

/// The people's clock, which may run faster than the server's: they then act so many times as
/// fast, and the server's deadlines are so many times as far away to them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CityClock {
    /// What it showed when it was set, from midnight of the first day.
    then: Timestamp,
    /// When that was.
    since: Instant,
    /// What the server's clock showed.
    server_then: Timestamp,
    /// City seconds a real second: the people's, and the server's.
    speed: u32,
    server_speed: u32,
}

impl CityClock {
    /// It is `then`, and stays so.
    pub(crate) fn standing(then: Timestamp) -> Self {
        let server_then = Timestamp::default();
        Self { then, since: Instant::now(), server_then, speed: 0, server_speed: 1 }
    }

    /// It is `then` now, where the server has just said hello.
    pub(crate) fn set(then: Timestamp, hello: &HelloResult, speed: u32) -> Self {
        let server_then = Timestamp(hello.now.saturating_mul(1_000));
        let (speed, server_speed) = (speed.max(1), hello.speed.max(1));
        Self { then, since: Instant::now(), server_then, speed, server_speed }
    }

    /// What it shows.
    pub(crate) fn now(&self) -> Timestamp {
        let real = self.since.elapsed().as_nanos().saturating_mul(self.speed.into());
        self.then.after(Nanos(u64::try_from(real).unwrap_or(u64::MAX)))
    }

    /// When it will show this.
    pub(crate) fn when(&self, time: Timestamp) -> Instant {
        let real = time.since(self.then).0.div_ceil(u64::from(self.speed.max(1)));
        self.since + Duration::from_nanos(real)
    }

    /// What it shows when the server's clock shows so many microseconds UTC.
    pub(crate) fn of_server(&self, us: u64) -> Timestamp {
        let at = Timestamp(us.saturating_mul(1_000));
        let length =
            |from: Timestamp, to: Timestamp| scaled(to.since(from), self.speed, self.server_speed);
        if at >= self.server_then {
            self.then.after(length(self.server_then, at))
        } else {
            Timestamp(self.then.0.saturating_sub(length(at, self.server_then).0))
        }
    }

    /// What the server's clock will show, in microseconds UTC, when this one shows `at`.
    pub(crate) fn server_us(&self, at: Timestamp) -> u64 {
        let length = scaled(at.since(self.then), self.server_speed, self.speed);
        self.server_then.after(length).0 / 1_000
    }
}

fn scaled(length: Nanos, by: u32, of: u32) -> Nanos {
    let scaled = u128::from(length.0) * u128::from(by) / u128::from(of);
    Nanos(u64::try_from(scaled).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_faster_than_the_server_see_its_lengths_longer() {
        let hello = HelloResult { now: 5_000_000, speed: 1, ..HelloResult::default() };
        let second = 1_000_000_000;
        let clock = CityClock::set(Timestamp(100 * second), &hello, 20);
        assert_eq!(clock.of_server(6_000_000), Timestamp(120 * second));
        assert_eq!(clock.of_server(4_500_000), Timestamp(90 * second));
        assert_eq!(clock.server_us(Timestamp(120 * second)), 6_000_000);
        assert_eq!(clock.when(Timestamp(140 * second)), clock.since + Duration::from_secs(2));
        assert!(clock.now() >= Timestamp(100 * second));
        let standing = CityClock::standing(Timestamp(7));
        assert_eq!((standing.now(), standing.of_server(9)), (Timestamp(7), Timestamp(7)));
    }
}
