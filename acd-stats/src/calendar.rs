//! The city's clock: where its days and intervals begin, also when the clocks change.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use crate::QUARTER_US;

/// A part of time, in µs UTC; `to` is no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Its first instant.
    pub from: u64,
    /// The first instant after it.
    pub to: u64,
}

/// How long an interval is by the city's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// 15 minutes.
    Quarter,
    /// 30 minutes.
    Half,
    /// 60 minutes.
    Hour,
    /// From midnight to midnight: 23, 24 or 25 hours.
    Day,
}

impl Length {
    /// Every length by its name.
    pub const ALL: [(&'static str, Self); 4] =
        [("15m", Self::Quarter), ("30m", Self::Half), ("60m", Self::Hour), ("day", Self::Day)];

    /// The length of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, length)| length)
    }

    /// The minutes that the clock shows at its beginnings are multiples of this; none of a day.
    const fn minutes(self) -> Option<i8> {
        match self {
            Self::Quarter => Some(15),
            Self::Half => Some(30),
            Self::Hour => Some(60),
            Self::Day => None,
        }
    }
}

/// The instant by the clock of a zone; the epoch where no clock goes that far.
fn zoned(at: u64, zone: &TimeZone) -> ZonedDateTime {
    let at = i64::try_from(at).ok().and_then(|us| Timestamp::from_microsecond(us).ok());
    ZonedDateTime::new(at.unwrap_or_default(), zone.clone())
}

fn micros(zoned: &ZonedDateTime) -> u64 {
    u64::try_from(zoned.timestamp().as_microsecond()).unwrap_or(0)
}

/// The city's day that an instant lies in. Where the zone's rules end, a day of 24 hours.
pub(crate) fn day_of(at: u64, zone: &TimeZone) -> Span {
    let of = || -> Result<Span, jiff::Error> {
        let zoned = zoned(at, zone);
        let (from, to) = (zoned.start_of_day()?, zoned.tomorrow()?.start_of_day()?);
        Ok(Span { from: micros(&from), to: micros(&to) })
    };
    of().unwrap_or(Span { from: at, to: at.saturating_add(96 * QUARTER_US) })
}

/// The intervals of a day up to `until`, the running one last. An interval begins where the
/// clock shows a multiple of its length; an hour that comes twice is two intervals.
pub(crate) fn intervals(day: Span, length: Length, until: u64, zone: &TimeZone) -> Vec<Span> {
    let Some(minutes) = length.minutes() else { return vec![day] };
    let mut spans: Vec<Span> = Vec::new();
    let mut from = day.from;
    while from < day.to && from <= until {
        let to = (from + QUARTER_US).min(day.to);
        match spans.last_mut() {
            Some(last) if i16::from(zoned(from, zone).minute()) % i16::from(minutes) != 0 => {
                last.to = to;
            }
            _ => spans.push(Span { from, to }),
        }
        from = to;
    }
    // The running interval ends where its length is over, not with the quarter that runs.
    while let Some(last) = spans.last_mut().filter(|last| last.to < day.to) {
        if i16::from(zoned(last.to, zone).minute()) % i16::from(minutes) == 0 {
            break;
        }
        last.to += QUARTER_US;
    }
    spans
}

/// An instant as people of the city write it: `2026-11-01 01:30:00-05:00`.
pub(crate) fn written(at: u64, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%Y-%m-%d %H:%M:%S%:z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toronto() -> TimeZone {
        TimeZone::get("America/Toronto").expect("a known zone")
    }

    fn us(text: &str) -> u64 {
        let at: Timestamp = text.parse().expect("an instant");
        u64::try_from(at.as_microsecond()).expect("after the epoch")
    }

    /// What the clock shows where each interval begins.
    fn shown(day: &str, length: Length) -> Vec<String> {
        let day = day_of(us(day), &toronto());
        let spans = intervals(day, length, u64::MAX, &toronto());
        assert_eq!((spans[0].from, spans[spans.len() - 1].to), (day.from, day.to));
        assert!(spans.windows(2).all(|pair| pair[0].to == pair[1].from), "without a gap");
        spans.iter().map(|span| written(span.from, &toronto())[11..].to_owned()).collect()
    }

    #[test]
    fn a_common_day_has_96_quarters_and_24_hours() {
        assert_eq!(shown("2026-11-23T17:00:00Z", Length::Quarter).len(), 96);
        assert_eq!(shown("2026-11-23T17:00:00Z", Length::Half).len(), 48);
        assert_eq!(shown("2026-11-23T17:00:00Z", Length::Hour).len(), 24);
        assert_eq!(shown("2026-11-23T17:00:00Z", Length::Day), ["00:00:00-05:00"]);
    }

    #[test]
    fn the_hour_that_comes_twice_is_two_intervals() {
        let hours = shown("2026-11-01T12:00:00Z", Length::Hour);
        assert_eq!(hours.len(), 25);
        assert_eq!(
            hours[..4],
            ["00:00:00-04:00", "01:00:00-04:00", "01:00:00-05:00", "02:00:00-05:00"]
        );
        assert_eq!(shown("2026-11-01T12:00:00Z", Length::Quarter).len(), 100);
    }

    #[test]
    fn the_hour_that_does_not_come_is_none() {
        let hours = shown("2026-03-08T12:00:00Z", Length::Hour);
        assert_eq!(hours.len(), 23);
        assert_eq!(hours[1..3], ["01:00:00-05:00", "03:00:00-04:00"]);
        assert_eq!(shown("2026-03-08T12:00:00Z", Length::Half).len(), 46);
    }

    #[test]
    fn the_running_interval_is_told_whole() {
        let now = us("2026-11-23T17:20:00Z");
        let spans = intervals(day_of(now, &toronto()), Length::Hour, now, &toronto());
        let last = spans.last().expect("one runs");
        assert_eq!((last.from, last.to), (us("2026-11-23T17:00:00Z"), us("2026-11-23T18:00:00Z")));
        assert_eq!(spans.len(), 13);
    }

    #[test]
    fn hours_begin_where_a_clock_of_another_half_hour_shows_them() {
        let zone = TimeZone::get("Asia/Kathmandu").expect("UTC+5:45");
        let now = us("2026-11-23T17:20:00Z");
        let spans = intervals(day_of(now, &zone), Length::Hour, now, &zone);
        assert_eq!(written(spans[3].from, &zone), "2026-11-23 03:00:00+05:45");
    }

    #[test]
    fn the_end_of_time_does_not_panic() {
        for at in [0, u64::MAX / 2, u64::MAX] {
            let day = day_of(at, &toronto());
            assert!(day.from <= day.to);
        }
    }
}
