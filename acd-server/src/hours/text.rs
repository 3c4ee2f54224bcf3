//! The texts of a timetable: `mon-fri 08:00-20:00`, `12-25`, `09-mon-1`, `2026-12-24 08:00-12:00`.

use std::str::FromStr;

use jiff::civil::{Date, Weekday};

/// A minute of a day, 0..=1440.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Minute(pub(super) u16);

/// From a minute to a minute, over midnight where the second is not later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) from: Minute,
    pub(super) to: Minute,
}

/// Days of the week, and when it is open on them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WeekRule {
    /// Monday is 0.
    pub(super) days: Vec<usize>,
    pub(super) openings: Vec<Opening>,
}

/// Days of the calendar, and when it is open on them; never where nothing is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DateRule {
    pub(super) which: Which,
    pub(super) openings: Vec<Opening>,
}

/// Which days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// One day.
    Date(Date),
    /// A day of every year that has it.
    Yearly { month: i8, day: i8 },
    /// The nth such day of a month, from its end where negative.
    Nth { month: i8, weekday: Weekday, nth: i8 },
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Minute {
    /// Whether it is 24:00, the next day's 00:00.
    pub(super) const fn is_midnight_after(self) -> bool {
        self.0 == 24 * 60
    }

    /// Hour and minute; 00:00 of 24:00.
    pub(super) const fn on_the_clock(self) -> (i8, i8) {
        ((self.0 / 60 % 24) as i8, (self.0 % 60) as i8)
    }
}

impl Opening {
    /// Whether it ends on the day after the one on which it begins.
    pub(super) fn ends_next_day(self) -> bool {
        self.to <= self.from
    }
}

impl Which {
    /// Whether it is that day.
    pub(super) fn fits(&self, day: Date) -> bool {
        match *self {
            Self::Date(date) => date == day,
            Self::Yearly { month, day: of_month } => (month, of_month) == (day.month(), day.day()),
            Self::Nth { month, weekday, nth } => {
                month == day.month() && day.nth_weekday_of_month(nth, weekday).ok() == Some(day)
            }
        }
    }
}

impl FromStr for WeekRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (when, openings) = parts(text)?;
        if openings.is_empty() {
            return Err(format!("{text:?} names no hours; expected {WEEK_EXPECTED}"));
        }
        let mut days = Vec::new();
        for part in when.split(',') {
            let (first, last) = match part.split_once('-') {
                Some((first, last)) => (weekday(first)?, weekday(last)?),
                None if part == "daily" => (0, 6),
                None => (weekday(part)?, weekday(part)?),
            };
            let count = (last + 7 - first) % 7 + 1;
            days.extend((0..count).map(|ahead| (first + ahead) % 7));
        }
        days.sort_unstable();
        days.dedup();
        Ok(Self { days, openings })
    }
}

impl FromStr for DateRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (when, openings) = parts(text)?;
        Ok(Self { which: when.parse()?, openings })
    }
}

impl FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no day; expected {DATE_EXPECTED}");
        let parts: Vec<&str> = text.split('-').collect();
        let number = |text: &str| text.parse::<i8>().map_err(|_| wrong());
        match parts[..] {
            [_, month, day] if DAYS.contains(&month) => {
                let (nth, weekday) = (if day == "last" { -1 } else { number(day)? }, month);
                let month = number(parts[0])?;
                if !(1..=12).contains(&month) || !(nth == -1 || (1..=5).contains(&nth)) {
                    return Err(wrong());
                }
                let offset = i8::try_from(self::weekday(weekday)?).map_err(|_| wrong())?;
                let weekday = Weekday::from_monday_zero_offset(offset).map_err(|_| wrong())?;
                Ok(Self::Nth { month, weekday, nth })
            }
            [_, _, _] => text.parse().map(Self::Date).map_err(|_| wrong()),
            [month, day] => {
                let (month, day) = (number(month)?, number(day)?);
                // 2024 has every day that some year has.
                Date::new(2024, month, day).map_err(|_| wrong())?;
                Ok(Self::Yearly { month, day })
            }
            _ => Err(wrong()),
        }
    }
}

/// What a rule of the week looks like.
pub(crate) const WEEK_EXPECTED: &str =
    "days and hours such as \"mon-fri 08:00-20:00\" or \"sat,sun 09:00-12:00 13:00-17:00\"";
/// What a rule of the calendar looks like.
pub(crate) const DATE_EXPECTED: &str = "a day such as \"2026-12-24\", \"12-25\", \"09-mon-1\" or \
     \"05-mon-last\", and hours where it is open: \"12-24 08:00-12:00\"";

/// The days, and the openings after them.
fn parts(text: &str) -> Result<(&str, Vec<Opening>), String> {
    let mut words = text.split_whitespace();
    let when = words.next().ok_or_else(|| format!("nothing; expected {WEEK_EXPECTED}"))?;
    let openings = words.map(opening).collect::<Result<Vec<_>, _>>()?;
    Ok((when, openings))
}

fn weekday(text: &str) -> Result<usize, String> {
    let found = DAYS.iter().position(|day| *day == text);
    found.ok_or_else(|| format!("{text:?} is no day of the week; expected {WEEK_EXPECTED}"))
}

fn opening(text: &str) -> Result<Opening, String> {
    let wrong = || format!("{text:?} are no hours; expected two times such as 08:00-20:00");
    let (from, to) = text.split_once('-').ok_or_else(wrong)?;
    let minute = |text: &str| {
        let (hour, minute) = text.split_once(':')?;
        let two = |part: &str| {
            let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<u16>().ok().filter(|_| digits)
        };
        let total = two(hour)? * 60 + two(minute).filter(|minute| *minute < 60)?;
        (total <= 24 * 60).then_some(Minute(total))
    };
    let from = minute(from).filter(|from| !from.is_midnight_after()).ok_or_else(wrong)?;
    Ok(Opening { from, to: minute(to).ok_or_else(wrong)? })
}

#[cfg(test)]
mod tests {
    use super::{DateRule, WeekRule};

    #[test]
    fn what_is_wrong_is_named() {
        for (text, expected) in [
            ("", "nothing; expected days and hours"),
            ("mon-fri", "names no hours"),
            ("mon-fry 08:00-20:00", "\"fry\" is no day of the week"),
            ("mon 8:00-20:00", "\"8:00-20:00\" are no hours"),
            ("mon 08:00-24:01", "are no hours"),
            ("mon 24:00-06:00", "are no hours"),
            ("mon 08:60-09:00", "are no hours"),
            ("mon 08.00", "are no hours"),
        ] {
            let error = text.parse::<WeekRule>().expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
        for text in
            ["02-30", "13-01", "2026-02-29", "09-mon-6", "09-mon-0", "00-mon-1", "x", "1-2-3-4"]
        {
            let error = text.parse::<DateRule>().expect_err(text);
            assert!(error.contains("is no day; expected a day such as"), "{text}: {error}");
        }
    }

    #[test]
    fn days_of_the_week_may_go_round_its_end() {
        let rule: WeekRule = "fri-mon,wed 08:00-09:00".parse().expect("a rule");
        assert_eq!(rule.days, [0, 2, 4, 5, 6]);
        let daily: WeekRule = "daily 00:00-24:00".parse().expect("a rule");
        assert_eq!(daily.days.len(), 7);
    }
}
