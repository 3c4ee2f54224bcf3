//! Timetables in the file, and which queue follows which.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;

use acd_core::Channel;
use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::problem::expected;
use super::resolve::At::{Index, Key};
use super::resolve::Resolver;
use super::scalar::{Name, text_form};
use crate::hours::{AtClosing, DateRule, Hours, QueueHours, Timetable, WeekRule};

/// The hours of one kind of counter.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TimetableText {
    /// Its name, for queues to follow.
    pub(super) name: Name,
    /// The week: `mon-fri 08:00-20:00`, `sat,sun 09:00-12:00 13:00-17:00`, `daily 22:00-06:00`.
    #[serde(default)]
    #[schemars(length(max = 100))]
    week: Vec<Week>,
    /// Days that are otherwise: `2026-12-24 08:00-12:00`, `12-25` (closed, every year), `09-mon-1`
    /// (the first Monday of September), `05-mon-last`.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    dates: Vec<Day>,
    /// The IANA name of its time zone; the city's if left out.
    time_zone: Option<String>,
}

/// When a queue is open.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Follow {
    /// The timetable that the queue follows; always open if left out.
    timetable: Option<Name>,
    /// Timetables of channels on which it takes newcomers at other times: `{ chat = "office" }`.
    channels: BTreeMap<String, Name>,
    /// What becomes of those who wait when it closes: they are served (`keep`), `end`, or `move` to
    /// `closed_to`.
    waiting: Closing,
    /// The queue that newcomers go to while this one is closed; left out, they are refused.
    closed_to: Option<Name>,
}

/// What becomes of those who wait.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Closing {
    /// They are served.
    #[default]
    Keep,
    /// They end.
    End,
    /// They move to `closed_to`.
    Move,
}

/// Days of the week with hours.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Week(WeekRule);

/// Days of the calendar, with hours or closed.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Day(DateRule);

impl FromStr for Week {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self)
    }
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self)
    }
}

text_form!(Week, "acd-week", "^ *[a-z,-]+( +[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2})+ *$");
text_form!(Day, "acd-day", "^ *[0-9a-z-]+( +[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2})* *$");

impl Resolver<'_, '_, '_> {
    /// The hours of queues that have any.
    pub(super) fn hours(&mut self) -> Hours {
        let tables = self.timetables();
        let mut hours = Hours::new();
        for (index, queue) in self.file.queues.iter().enumerate() {
            if let Some(follow) = &queue.hours {
                let found = self.queue_hours(index, follow, &tables);
                hours.insert(queue.name.0.clone(), found);
            }
        }
        hours
    }

    pub(super) fn timetables(&mut self) -> BTreeMap<String, Timetable> {
        let file = self.file;
        let mut tables = BTreeMap::new();
        for (index, table) in file.timetables.iter().enumerate() {
            let name = table.time_zone.as_ref().unwrap_or(&file.city.time_zone);
            if table.time_zone.is_some() {
                self.known_zone(&[Key("timetables"), Index(index), Key("time_zone")], name);
            }
            // Where there is no such zone that was said, or there is no database of zones.
            let zone = TimeZone::get(name).unwrap_or(TimeZone::UTC);
            let week: Vec<WeekRule> = table.week.iter().map(|week| week.0.clone()).collect();
            let dates: Vec<DateRule> = table.dates.iter().map(|day| day.0.clone()).collect();
            tables.insert(table.name.0.clone(), Timetable::new(zone, &week, &dates));
        }
        tables
    }

    fn queue_hours(
        &mut self,
        index: usize,
        follow: &Follow,
        tables: &BTreeMap<String, Timetable>,
    ) -> QueueHours {
        let at = [Key("queues"), Index(index), Key("hours")];
        let path = |key| [at[0], at[1], at[2], Key(key)];
        let mut of_channels = Vec::new();
        for (name, table) in &follow.channels {
            let channel = Channel::ALL.into_iter().find(|channel| channel.name() == name);
            let path = [at[0], at[1], at[2], Key("channels"), Key(name)];
            if channel.is_none() {
                let expected = expected(name, Channel::ALL.iter().map(|channel| channel.name()));
                self.problem(&path, format!("unknown channel `{name}`; {expected}"));
            }
            self.known(&path, "timetable", &table.0);
            of_channels.extend(channel.zip(tables.get(&table.0).cloned()));
        }
        if let Some(Name(name)) = &follow.timetable {
            self.known(&path("timetable"), "timetable", name);
        }
        if let Some(Name(name)) = &follow.closed_to {
            self.known(&path("closed_to"), "queue", name);
            if *name == self.file.queues[index].name.0 {
                self.problem(&path("closed_to"), "a closed queue cannot send people to itself");
            }
        }
        let at_closing = match follow.waiting {
            Closing::Keep => AtClosing::Keep,
            Closing::End => AtClosing::End,
            Closing::Move => AtClosing::Move,
        };
        if at_closing == AtClosing::Move && follow.closed_to.is_none() {
            let message = "`waiting = \"move\"` wants `closed_to`: the queue they move to";
            self.problem(&path("waiting"), message);
        }
        QueueHours {
            of_queue: follow.timetable.as_ref().and_then(|name| tables.get(&name.0).cloned()),
            of_channels,
            at_closing,
            closed_to: follow.closed_to.as_ref().map(|name| name.0.clone()),
        }
    }
}
