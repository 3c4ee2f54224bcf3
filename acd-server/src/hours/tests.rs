//! Opening hours over clock changes, holidays, leap days and midnight.

use acd_core::Timestamp;
use jiff::tz::TimeZone;

use super::{DateRule, Timetable, WeekRule};

fn timetable(zone: &str, week: &[&str], dates: &[&str]) -> Timetable {
    let week: Vec<WeekRule> = week.iter().map(|text| text.parse().expect(text)).collect();
    let dates: Vec<DateRule> = dates.iter().map(|text| text.parse().expect(text)).collect();
    Timetable::new(TimeZone::get(zone).expect(zone), &week, &dates)
}

fn at(text: &str) -> Timestamp {
    let instant: jiff::Timestamp = text.parse().expect(text);
    Timestamp(u64::try_from(instant.as_nanosecond()).expect("after 1970"))
}

/// Every change from an instant on, as people there write it: `+` opens, `-` closes.
fn changes(timetable: &Timetable, from: &str, count: usize) -> Vec<String> {
    let mut now = at(from);
    let mut found = Vec::new();
    while found.len() < count {
        let Some(next) = timetable.next_change(now) else { break };
        assert!(next > now, "changes follow one another");
        let before = Timestamp(next.0 - 1);
        assert_ne!(timetable.is_open(before), timetable.is_open(next), "it changes just there");
        let sign = if timetable.is_open(next) { '+' } else { '-' };
        found.push(format!("{sign}{}", timetable.written(next)));
        now = next;
    }
    found
}

#[test]
fn an_office_week_in_spring_when_the_clocks_go_forward() {
    // Toronto, 8 March 2026: 02:00 becomes 03:00.
    let office = timetable("America/Toronto", &["mon-fri 08:00-20:00"], &[]);
    assert_eq!(
        changes(&office, "2026-03-06T12:00:00Z", 4),
        [
            "+2026-03-06T08:00:00-05:00",
            "-2026-03-06T20:00:00-05:00",
            "+2026-03-09T08:00:00-04:00",
            "-2026-03-09T20:00:00-04:00",
        ]
    );
}

#[test]
fn a_night_in_spring_is_an_hour_shorter_and_a_skipped_time_comes_late() {
    let night = timetable("America/Toronto", &["daily 22:00-06:00"], &[]);
    let found = changes(&night, "2026-03-07T20:00:00Z", 2);
    assert_eq!(found, ["+2026-03-07T22:00:00-05:00", "-2026-03-08T06:00:00-04:00"]);
    assert_eq!(at("2026-03-08T10:00:00Z").0 - at("2026-03-08T03:00:00Z").0, 7 * 3_600_000_000_000);
    let skipped = timetable("America/Toronto", &["sun 02:30-04:00"], &[]);
    assert_eq!(
        changes(&skipped, "2026-03-08T00:00:00Z", 2),
        ["+2026-03-08T03:30:00-04:00", "-2026-03-08T04:00:00-04:00"]
    );
}

#[test]
fn a_time_that_comes_twice_in_autumn_is_the_first() {
    // Toronto, 1 November 2026: 02:00 becomes 01:00 again.
    let early = timetable("America/Toronto", &["sun 01:30-08:00"], &[]);
    assert_eq!(
        changes(&early, "2026-11-01T00:00:00Z", 2),
        ["+2026-11-01T01:30:00-04:00", "-2026-11-01T08:00:00-05:00"]
    );
    let office = timetable("America/Toronto", &["mon-fri 08:00-20:00"], &[]);
    assert_eq!(
        changes(&office, "2026-10-30T23:00:00Z", 2),
        ["-2026-10-30T20:00:00-04:00", "+2026-11-02T08:00:00-05:00"]
    );
}

#[test]
fn another_zone_has_its_own_days() {
    // Lord Howe Island: half an hour, on 4 October 2026 at 02:00.
    let island = timetable("Australia/Lord_Howe", &["daily 08:00-09:00"], &[]);
    assert_eq!(
        changes(&island, "2026-10-03T00:00:00Z", 3),
        ["+2026-10-04T08:00:00+11:00", "-2026-10-04T09:00:00+11:00", "+2026-10-05T08:00:00+11:00",]
    );
    assert!(island.is_open(at("2026-10-02T21:45:00Z")), "a day before it was +10:30");
}

#[test]
fn holidays_close_and_exceptions_open_otherwise() {
    let dates = ["12-25", "12-24 08:00-12:00", "2026-12-26 10:00-14:00", "09-mon-1"];
    let office = timetable("America/Toronto", &["mon-fri 08:00-20:00"], &dates);
    assert_eq!(
        changes(&office, "2026-12-24T00:00:00-05:00", 5),
        [
            "+2026-12-24T08:00:00-05:00",
            "-2026-12-24T12:00:00-05:00",
            "+2026-12-26T10:00:00-05:00",
            "-2026-12-26T14:00:00-05:00",
            "+2026-12-28T08:00:00-05:00",
        ]
    );
    // Labour Day 2026 is 7 September.
    assert!(!office.is_open(at("2026-09-07T10:00:00-04:00")));
    assert!(office.is_open(at("2026-09-14T10:00:00-04:00")));
    // One date is said more exactly than every year's.
    let both = timetable("UTC", &[], &["12-25", "2026-12-25 08:00-09:00"]);
    assert!(both.is_open(at("2026-12-25T08:30:00Z")) && !both.is_open(at("2027-12-25T08:30:00Z")));
}

#[test]
fn a_leap_day_is_a_day_of_leap_years() {
    let week = ["daily 09:00-17:00"];
    let closed = timetable("America/Toronto", &week, &["02-29"]);
    assert_eq!(
        changes(&closed, "2028-02-28T18:00:00-05:00", 1),
        ["+2028-03-01T09:00:00-05:00"],
        "2028 has the day"
    );
    assert_eq!(
        changes(&closed, "2027-02-28T18:00:00-05:00", 1),
        ["+2027-03-01T09:00:00-05:00"],
        "2027 goes from the 28th to March"
    );
    let open = timetable("America/Toronto", &week, &[]);
    assert_eq!(
        changes(&open, "2028-02-28T18:00:00-05:00", 1),
        ["+2028-02-29T09:00:00-05:00"],
        "an ordinary Tuesday"
    );
}

#[test]
fn openings_that_touch_are_one() {
    let always = timetable("America/Toronto", &["daily 00:00-24:00"], &[]);
    assert!(always.is_open(at("2026-03-08T07:00:00Z")));
    assert_eq!(always.next_change(at("2026-01-01T00:00:00Z")), None);
    let never = timetable("America/Toronto", &[], &[]);
    assert_eq!(never.next_change(at("2026-01-01T00:00:00Z")), None);
    let long = timetable("UTC", &["mon 08:00-12:00 12:00-18:00", "mon 17:00-02:00"], &[]);
    assert_eq!(
        changes(&long, "2026-11-23T00:00:00Z", 2),
        ["+2026-11-23T08:00:00+00:00", "-2026-11-24T02:00:00+00:00"]
    );
}

#[test]
fn a_night_belongs_to_the_day_on_which_it_begins() {
    let night = timetable("UTC", &["daily 22:00-06:00"], &["12-25"]);
    assert_eq!(
        changes(&night, "2026-12-24T12:00:00Z", 3),
        ["+2026-12-24T22:00:00+00:00", "-2026-12-25T06:00:00+00:00", "+2026-12-26T22:00:00+00:00"]
    );
}
