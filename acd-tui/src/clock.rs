//! The city's time: what the server said last, going on at the server's speed.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Real time since the program began. Never the wall clock, so that tests say what time it is.
pub type Real = Duration;

/// Tells the city's time between two words of the server.
#[derive(Clone, Debug)]
pub struct Clock {
    zone: TimeZone,
    /// Its IANA name, as the server says it.
    zone_name: String,
    /// City seconds a real second.
    speed: u32,
    /// The city's time, µs UTC, when it was said.
    said_us: u64,
    /// When it was said.
    said_at: Real,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            zone: TimeZone::UTC,
            zone_name: "UTC".into(),
            speed: 1,
            said_us: 0,
            said_at: Real::ZERO,
        }
    }
}

impl Clock {
    /// The clock of a city. A time zone this machine does not know is shown as UTC.
    pub fn new(time_zone: &str, speed: u32, city_us: u64, at: Real) -> Self {
        let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
        let zone_name = time_zone.to_owned();
        Self { zone, zone_name, speed: speed.max(1), said_us: city_us, said_at: at }
    }

    /// The server says the time again.
    pub fn said(&mut self, city_us: u64, at: Real) {
        self.said_us = city_us;
        self.said_at = at;
    }

    /// IANA name of the city's time zone, as the server says it.
    pub fn zone_name(&self) -> &str {
        &self.zone_name
    }

    /// City seconds a real second.
    pub const fn speed(&self) -> u32 {
        self.speed
    }

    /// The city's time, µs UTC.
    pub fn city_us(&self, at: Real) -> u64 {
        let passed = at.saturating_sub(self.said_at).saturating_mul(self.speed);
        self.said_us.saturating_add(u64::try_from(passed.as_micros()).unwrap_or(u64::MAX))
    }

    /// The city's milliseconds since the instant `since_us`; 0 when it lies ahead.
    pub fn age_ms(&self, since_us: u64, at: Real) -> u64 {
        self.city_us(at).saturating_sub(since_us) / 1_000
    }

    /// An instant as the city's clocks show it, by a strftime format.
    pub fn show(&self, city_us: u64, format: &str) -> String {
        let micros = i64::try_from(city_us).unwrap_or(i64::MAX);
        let instant = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX);
        instant.to_zoned_datetime(self.zone.clone()).strftime(format).to_string()
    }

    /// An instant of RFC 3339 as the city's clocks show it; what is none stays as it is.
    pub fn show_text(&self, rfc3339: &str, format: &str) -> String {
        match rfc3339.parse::<Timestamp>() {
            Ok(instant) => {
                instant.to_zoned_datetime(self.zone.clone()).strftime(format).to_string()
            }
            Err(_) => crate::safe::text(rfc3339),
        }
    }

    /// A text in which every instant of RFC 3339 is as the city's clocks show it.
    pub fn in_city_time(&self, text: &str) -> String {
        let word = |word: &str| {
            let instant = word.trim_end_matches([';', ',', '.', ')']);
            match instant.parse::<Timestamp>() {
                Ok(_) => self.show_text(instant, "%H:%M:%S") + &word[instant.len()..],
                Err(_) => word.to_owned(),
            }
        };
        text.split(' ').map(word).collect::<Vec<_>>().join(" ")
    }

    /// An instant in RFC 3339, in UTC.
    pub fn rfc3339(city_us: u64) -> String {
        let micros = i64::try_from(city_us).unwrap_or(i64::MAX);
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 23 November 2026, 19:42:07 UTC.
    const EVENING: u64 = 1_795_462_927_000_000;

    #[test]
    fn it_goes_on_at_the_servers_speed() {
        let mut clock = Clock::new("UTC", 60, EVENING, Real::from_secs(5));
        assert_eq!(clock.city_us(Real::from_secs(7)), EVENING + 120_000_000);
        clock.said(EVENING, Real::from_secs(7));
        assert_eq!(clock.city_us(Real::from_secs(7)), EVENING);
        assert_eq!(clock.city_us(Real::from_secs(1)), EVENING, "never back");
        assert_eq!(clock.age_ms(EVENING - 1_500_000, Real::from_secs(7)), 1_500);
    }

    #[test]
    fn it_shows_the_citys_zone_or_utc() {
        let format = "%a %d %b %H:%M:%S %Z";
        let chicago = Clock::new("America/Chicago", 1, EVENING, Real::ZERO);
        assert_eq!(chicago.show(EVENING, format), "Mon 23 Nov 13:42:07 CST");
        let nowhere = Clock::new("Atlantis/Capital", 1, EVENING, Real::ZERO);
        assert_eq!(nowhere.show(EVENING, format), "Mon 23 Nov 19:42:07 UTC");
        assert_eq!(Clock::rfc3339(EVENING), "2026-11-23T19:42:07Z");
        assert!(!nowhere.show(u64::MAX, format).is_empty());
        assert_eq!(
            chicago.in_city_time("due 2026-11-23T19:42:07.5Z; until tomorrow 2026"),
            "due 13:42:07; until tomorrow 2026"
        );
    }
}
