//! When queues are open: weeks, holidays and dated exceptions in a time zone, as instants.

mod text;

use std::collections::BTreeMap;

use acd_core::{Channel, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub(crate) use self::text::{DateRule, WeekRule};
use self::text::{Minute, Opening, Which};

/// How far ahead the next change is looked for: further than any yearly holiday.
const DAYS_AHEAD: usize = 800;

/// The hours of one kind of counter: a week, and days that are otherwise.
///
/// A day's opening lasts from its first minute up to, not including, its last; one that ends
/// before it begins ends on the next day and belongs wholly to the day on which it begins. A time
/// that the clocks skip counts as late as it would have come; one that comes twice is the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Timetable {
    zone: TimeZone,
    /// By day of the week, Monday first.
    week: [Vec<Opening>; 7],
    dates: Vec<DateRule>,
}

/// What becomes of those who wait when the hours close a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AtClosing {
    /// They are served.
    #[default]
    Keep,
    /// They end.
    End,
    /// They move to where the closed queue sends newcomers.
    Move,
}

/// The hours of a queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueHours {
    /// When it is open; always where nothing is said.
    pub of_queue: Option<Timetable>,
    /// When it takes newcomers of a channel, where not always.
    pub of_channels: Vec<(Channel, Timetable)>,
    /// What becomes of those who wait.
    pub at_closing: AtClosing,
    /// The queue that newcomers go to while it is closed.
    pub closed_to: Option<String>,
}

/// The hours of queues that have any, by name.
pub type Hours = BTreeMap<String, QueueHours>;

impl Timetable {
    /// A week with exceptions; the first exception that fits a day holds, exact dates before those
    /// of every year.
    pub(crate) fn new(zone: TimeZone, rules: &[WeekRule], dates: &[DateRule]) -> Self {
        let mut week: [Vec<Opening>; 7] = Default::default();
        for rule in rules {
            for &day in &rule.days {
                week[day].extend(&rule.openings);
            }
        }
        let mut dates = dates.to_vec();
        dates.sort_by_key(|rule| !matches!(rule.which, Which::Date(_)));
        Self { zone, week, dates }
    }

    /// Whether it is open at this instant.
    pub fn is_open(&self, at: Timestamp) -> bool {
        let day = self.day(at);
        let around = [day.yesterday().ok(), Some(day), day.tomorrow().ok()];
        around.into_iter().flatten().any(|day| {
            self.openings(day).iter().any(|&opening| {
                let (from, to) = self.instants(day, opening);
                from <= at && at < to
            })
        })
    }

    /// The first instant after this one from which it is otherwise than before; none when it stays
    /// as it is for two years.
    pub fn next_change(&self, after: Timestamp) -> Option<Timestamp> {
        let open = self.is_open(after);
        let mut day = self.day(after).yesterday().ok()?;
        for _ in 0..DAYS_AHEAD {
            let openings = self.openings(day).iter();
            let mut bounds: Vec<Timestamp> = openings
                .flat_map(|&opening| <[Timestamp; 2]>::from(self.instants(day, opening)))
                .filter(|&bound| bound > after)
                .collect();
            bounds.sort_unstable();
            if let Some(bound) = bounds.into_iter().find(|&bound| self.is_open(bound) != open) {
                return Some(bound);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// The instant as people there write it, with its offset: `2026-03-09T08:00:00-04:00`.
    pub fn written(&self, at: Timestamp) -> String {
        let zoned = jiff::ZonedDateTime::new(instant(at), self.zone.clone());
        zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// The instant at which that day begins there.
    pub fn midnight(&self, day: Date) -> Timestamp {
        self.at(day, Minute(0))
    }

    /// The openings that begin on that day.
    fn openings(&self, day: Date) -> &[Opening] {
        let exception = self.dates.iter().find(|rule| rule.which.fits(day));
        let weekday = day.weekday().to_monday_zero_offset().unsigned_abs();
        exception.map_or(&self.week[usize::from(weekday)], |rule| &rule.openings)
    }

    fn instants(&self, day: Date, opening: Opening) -> (Timestamp, Timestamp) {
        let end_day = if opening.ends_next_day() { day.saturating_add(ONE_DAY) } else { day };
        (self.at(day, opening.from), self.at(end_day, opening.to))
    }

    fn at(&self, day: Date, minute: Minute) -> Timestamp {
        let day = if minute.is_midnight_after() { day.saturating_add(ONE_DAY) } else { day };
        let (hour, minute) = minute.on_the_clock();
        let found = self.zone.to_timestamp(day.at(hour, minute, 0, 0));
        // Before 1970 and after 9999 no contact comes.
        let nanos = found.map_or(0, jiff::Timestamp::as_nanosecond);
        Timestamp(u64::try_from(nanos).unwrap_or_default())
    }

    fn day(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(instant(at)).date()
    }
}

const ONE_DAY: std::time::Duration = std::time::Duration::from_hours(24);

fn instant(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_nanosecond(i128::from(at.0)).expect("64 bits end in the year 2554")
}

#[cfg(test)]
mod tests;
