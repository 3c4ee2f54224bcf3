//! Queues that go by their hours: at the right instant, after a restart, and when a supervisor says
//! otherwise.

use acd_core::{Command, Nanos, Timestamp};
use acd_log::record::Record;
use acd_proto::Role;
use serde_json::Value;

use super::{World, empty};
use crate::clock::Clock;
use crate::config::Config;
use crate::core::{ConnectionId, Core};

const CITY: &str = r#"
[city]
name = "Test"
time_zone = "America/Toronto"
[[timetables]]
name = "office"
week = ["mon-fri 08:00-20:00"]
dates = ["2026-11-26"]
[[timetables]]
name = "mornings"
week = ["daily 08:00-12:00"]
[[queues]]
name = "permits"
hours = { timetable = "office", channels = { chat = "mornings" } }
[[queues]]
name = "roads"
hours = { timetable = "office", waiting = "move", closed_to = "night" }
[[queues]]
name = "night"
[[agents]]
id = "ana"
"#;

fn at(text: &str) -> Timestamp {
    let instant: jiff::Timestamp = text.parse().expect(text);
    Timestamp(u64::try_from(instant.as_nanosecond()).expect("after 1970"))
}

/// The second that has begun: the test's clock goes on while the test runs.
fn whole(time: Timestamp) -> Timestamp {
    Timestamp(time.0 / 1_000_000_000 * 1_000_000_000)
}

fn config(text: &str) -> Config {
    Config::parse(text, "the test's city").expect("it is right")
}

/// A city where it is that time.
fn world(time: &str) -> World {
    World::of(config(CITY), at(time))
}

impl World {
    fn until(&mut self, time: &str) {
        let seconds = at(time).since(self.at).0 / 1_000_000_000;
        self.wait(seconds);
    }

    fn is_open(&self, queue: &str) -> bool {
        let queue = self.core.engine.queue_named(queue).expect(queue);
        self.core.engine.queue(queue).expect("it is defined").open
    }

    fn reply(&mut self, id: ConnectionId, line: &str) -> Value {
        let lines = self.say(id, line);
        lines.into_iter().rfind(|line| line.get("method").is_none()).expect("a reply")
    }

    /// Down from now on, and up again at that time with this configuration.
    fn restart(self, time: &str, city: &str) -> World {
        let clock = Clock::scaled(at(time), 1);
        let mut core = Core::new(config(city), clock, None).expect("it keeps nothing");
        for record in self.log.records() {
            core.replay(&record).expect("it was accepted");
        }
        core.keep_in(Box::new(self.log.clone()), crate::Durability::Fsync);
        core.go_on().expect("the definitions are right");
        core.journal.flush();
        World { core, log: self.log, at: at(time), outs: Vec::new() }
    }

    /// What the log holds of queues, as `+permits` and `-permits`, with the time of each.
    fn commands(&self) -> Vec<(String, Timestamp)> {
        let mut found = Vec::new();
        for bytes in self.log.records() {
            let record = Record::decode(&bytes).expect("a record");
            let name = |queue| self.core.names.queue(queue).to_string();
            match record.command {
                Some(Command::OpenQueue { queue }) => {
                    found.push((format!("+{}", name(queue)), whole(record.now)));
                }
                Some(Command::CloseQueue { queue, .. }) => {
                    found.push((format!("-{}", name(queue)), whole(record.now)));
                }
                _ => {}
            }
        }
        found
    }
}

#[test]
fn it_opens_and_closes_at_the_instant_by_commands_in_the_log() {
    let mut w = world("2026-11-24T07:00:00-05:00");
    assert!(!w.is_open("permits") && w.is_open("night"));
    w.until("2026-11-24T08:00:00-05:00");
    assert!(w.is_open("permits"));
    // Thursday 26 is a holiday, and Saturday and Sunday are closed.
    w.until("2026-11-30T07:59:59-05:00");
    assert!(!w.is_open("permits"));
    w.until("2026-11-30T08:00:01-05:00");
    assert!(w.is_open("permits"));
    let of_permits: Vec<_> =
        w.commands().into_iter().filter(|(what, _)| what.ends_with("permits")).collect();
    let expected = [
        ("-permits", "2026-11-24T07:00:00-05:00"),
        ("+permits", "2026-11-24T08:00:00-05:00"),
        ("-permits", "2026-11-24T20:00:00-05:00"),
        ("+permits", "2026-11-25T08:00:00-05:00"),
        ("-permits", "2026-11-25T20:00:00-05:00"),
        ("+permits", "2026-11-27T08:00:00-05:00"),
        ("-permits", "2026-11-27T20:00:00-05:00"),
        ("+permits", "2026-11-30T08:00:00-05:00"),
    ];
    assert_eq!(of_permits, expected.map(|(what, time)| (what.to_owned(), at(time))));
}

#[test]
fn a_year_of_hours_passes_both_clock_changes_and_a_leap_day() {
    let mut w = world("2027-12-31T21:00:00-05:00");
    w.until("2028-12-31T21:00:00-05:00");
    let opened: Vec<String> = w
        .commands()
        .into_iter()
        .filter(|(what, _)| what == "+permits")
        .map(|(_, when)| {
            w.core.config.hours["permits"].of_queue.as_ref().expect("hours").written(when)
        })
        .collect();
    assert!(opened.iter().all(|when| when.contains("T08:00:00-0")), "always at eight: {opened:?}");
    for day in [
        "2028-02-29T08:00:00-05:00",
        "2028-03-10T08:00:00-05:00",
        "2028-03-13T08:00:00-04:00",
        "2028-11-03T08:00:00-04:00",
        "2028-11-06T08:00:00-05:00",
    ] {
        assert!(opened.iter().any(|when| when == day), "{day} is missing");
    }
    // 2028 has 260 days from Monday to Friday.
    assert_eq!(opened.len(), 260);
}

#[test]
fn nobody_slips_in_at_the_closing_instant() {
    let mut w = world("2026-11-24T19:59:00-05:00");
    let pbx = w.hello(Role::Frontend, "pbx");
    let first = w.reply(pbx, "contact.new ext=1 channel=voice queue=permits");
    assert_eq!(first["result"]["state"], "queued");
    // The clock has reached the instant; the timer has not run yet.
    w.core.clock = Clock::scaled(at("2026-11-24T20:00:00-05:00"), 1);
    let late = w.reply(pbx, "contact.new ext=2 channel=voice queue=permits");
    assert_eq!(late["error"]["data"]["kind"], "queue_closed");
    assert_eq!(late["error"]["data"]["expected"], "after 2026-11-25T08:00:00-05:00");
}

#[test]
fn a_closed_queue_sends_newcomers_and_those_who_wait_to_the_night() {
    let mut w = world("2026-11-24T19:59:00-05:00");
    let pbx = w.hello(Role::Frontend, "pbx");
    w.say(pbx, "contact.new ext=1 channel=voice queue=roads");
    w.wait(60);
    let lines = w.say(pbx, "contact.new ext=2 channel=voice queue=roads");
    let moved = lines.iter().find(|line| line["params"]["type"] == "contact.moved");
    assert_eq!(moved.expect("it moves")["params"]["queue"], "night");
    let queued = lines.iter().find(|line| line["params"]["type"] == "contact.queued");
    assert_eq!(queued.expect("it is taken in")["params"]["queue"], "night");
    let night = w.core.engine.queue_named("night").expect("it is defined");
    assert_eq!(w.core.engine.waiting_count(night), 2);
}

#[test]
fn a_channel_has_hours_of_its_own() {
    let mut w = world("2026-11-24T13:00:00-05:00");
    let pbx = w.hello(Role::Frontend, "pbx");
    let call = w.reply(pbx, "contact.new ext=1 channel=voice queue=permits");
    assert_eq!(call["result"]["state"], "queued");
    let chat = w.reply(pbx, "contact.new ext=2 channel=chat queue=permits");
    assert_eq!(chat["error"]["data"]["kind"], "queue_closed");
    assert_eq!(chat["error"]["data"]["expected"], "after 2026-11-25T08:00:00-05:00");
}

#[test]
fn an_emergency_close_outlasts_the_hours_until_somebody_opens() {
    let mut w = world("2026-11-24T10:00:00-05:00");
    let sue = w.hello(Role::Supervisor, "sue");
    w.say(sue, "supervise act=close_queue queue=permits reason=flood");
    w.until("2026-11-25T09:00:00-05:00");
    assert!(!w.is_open("permits"), "eight o'clock does not open what a supervisor closed");
    let mut w = w.restart("2026-11-27T09:00:00-05:00", CITY);
    assert!(!w.is_open("permits") && w.is_open("roads"), "nor does a restart");
    let sue = w.hello(Role::Supervisor, "sue");
    w.say(sue, "supervise act=open_queue queue=permits reason=dry");
    assert!(w.is_open("permits"));
    w.until("2026-11-27T20:00:00-05:00");
    assert!(!w.is_open("permits"), "from then on it goes by its hours");
}

#[test]
fn an_emergency_close_may_end_by_itself() {
    let mut w = world("2026-11-24T10:00:00-05:00");
    let sue = w.hello(Role::Supervisor, "sue");
    w.say(sue, "supervise act=close_queue queue=permits ms=3600000 reason=alarm");
    w.say(sue, "supervise act=close_queue queue=roads ms=43200000 reason=alarm");
    w.until("2026-11-24T11:00:01-05:00");
    assert!(w.is_open("permits"), "an hour is over");
    w.until("2026-11-24T22:30:00-05:00");
    assert!(!w.is_open("roads"), "its time is over at night: the hours say closed");
    w.until("2026-11-25T08:00:00-05:00");
    assert!(w.is_open("roads"));
}

#[test]
fn a_supervisor_opens_at_night_and_gives_the_queue_back() {
    let mut w = world("2026-11-24T21:00:00-05:00");
    let sue = w.hello(Role::Supervisor, "sue");
    w.say(sue, "supervise act=open_queue queue=permits reason=storm");
    let mut w = w.restart("2026-11-24T22:00:00-05:00", CITY);
    assert!(w.is_open("permits"), "the hours say nothing until their next change");
    let sue = w.hello(Role::Supervisor, "sue");
    w.say(sue, "supervise act=follow_hours queue=permits reason=over");
    assert!(!w.is_open("permits"));
    let none = w.reply(sue, "supervise act=follow_hours queue=night reason=over");
    assert_eq!(none["error"]["data"]["kind"], "wrong_state");
}

#[test]
fn a_restart_across_opening_instants_does_the_missed_ones_first() {
    let w = world("2026-11-24T07:00:00-05:00");
    let begun = w.log.records().len();
    let w = w.restart("2026-11-25T09:00:00-05:00", CITY);
    assert!(w.is_open("permits"));
    let missed = ["+permits", "+roads", "-permits", "-roads", "+permits", "+roads"];
    let found: Vec<String> = w.commands().into_iter().map(|(what, _)| what).collect();
    assert_eq!(found[2..], missed, "each change, in its order");
    let records = w.log.records();
    let after = |record: &Vec<u8>| Record::decode(record).expect("a record").command;
    assert_eq!(after(&records[begun]), Some(Command::Resume), "rule 17 comes first");
    // Read again, it is the same core: the timers are in the log.
    let mut again = empty(w.at);
    for record in &records {
        again.replay(record).expect("it was accepted");
    }
    assert_eq!(again.engine.state_hash(), w.core.engine.state_hash());
    assert!(again.timers.iter().eq(w.core.timers.iter()), "and it waits for the same");
}

#[test]
fn hours_that_come_and_go_with_the_configuration_are_followed() {
    let without = CITY.replace("hours = { timetable = \"office\"", "hours = { ");
    let without = without.replace("{ , ", "{ ");
    let w = World::of(config(&without), at("2026-11-24T21:00:00-05:00"));
    assert!(w.is_open("permits"));
    let w = w.restart("2026-11-24T21:30:00-05:00", CITY);
    assert!(!w.is_open("permits"));
    let mut w = w.restart("2026-11-24T21:40:00-05:00", &without);
    assert!(w.is_open("permits"), "without hours it is always open");
    w.core.reload(config(CITY)).expect("it is right");
    assert!(!w.is_open("permits"));
    assert_eq!(w.core.next_deadline(), at("2026-11-25T08:00:00-05:00"));
    let later = w.at.after(Nanos::from_secs(1));
    assert!(w.core.next_deadline() > later);
}
