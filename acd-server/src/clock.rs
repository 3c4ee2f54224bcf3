//! The city's time: real time, or a demo's faster one; it never goes backwards.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use acd_core::Timestamp;

/// Gives the city's time as start + elapsed × speed.
///
/// Elapsed is measured by the machine's monotone clock, so that setting the machine's date moves
/// no deadline.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Timestamp,
    speed: u32,
    origin: Instant,
}

impl Clock {
    /// Real time, from now on.
    pub fn real() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::scaled(Timestamp(whole_nanos(since_epoch)), 1)
    }

    /// A city where it is `start` now, and `speed` seconds pass in a real one (0 counts as 1).
    pub fn scaled(start: Timestamp, speed: u32) -> Self {
        Self { start, speed: speed.max(1), origin: Instant::now() }
    }

    /// A city where it stays `at`: a test's, which says itself how time passes.
    #[cfg(test)]
    pub(crate) fn standing(at: Timestamp) -> Self {
        Self { start: at, speed: 0, origin: Instant::now() }
    }

    /// City seconds a real second.
    pub const fn speed(&self) -> u32 {
        self.speed
    }

    /// The city's time.
    pub fn now(&self) -> Timestamp {
        self.at(Instant::now())
    }

    /// The city's time at an instant of the machine's clock.
    pub fn at(&self, instant: Instant) -> Timestamp {
        let elapsed = whole_nanos(instant.saturating_duration_since(self.origin));
        let elapsed = elapsed.saturating_mul(u64::from(self.speed));
        Timestamp(self.start.0.saturating_add(elapsed))
    }

    /// This clock, set to `least` where it is behind that.
    #[must_use]
    pub fn not_before(self, least: Timestamp) -> Self {
        let origin = Instant::now();
        if self.now() < least { Self { start: least, origin, ..self } } else { self }
    }

    /// Real time until the city's clock shows `due`; nothing when it has passed.
    pub fn real_until(&self, due: Timestamp) -> Duration {
        let city = due.since(self.now()).0;
        // Rounded up: who wakes then finds the deadline due.
        Duration::from_nanos(city.div_ceil(u64::from(self.speed)))
    }

    /// Real time since this clock was made.
    pub fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }
}

fn whole_nanos(length: Duration) -> u64 {
    u64::try_from(length.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_faster_city_reaches_its_deadlines_sooner() {
        let clock = Clock::scaled(Timestamp(1_000), 60);
        let due = Timestamp(1_000).after(acd_core::Nanos::from_secs(600));
        assert!(clock.real_until(due) <= Duration::from_secs(10));
        assert!(clock.now() >= Timestamp(1_000));
        assert_eq!(clock.real_until(Timestamp(0)), Duration::ZERO);
    }
}
