//! The day in virtual time: same seed, same decisions; and the JSON is what the command promises.

use std::time::Duration;

use acd_demo::{Contacts, Options, Report, TimeOfDay, lockstep};
use acd_server::config::Config;
use serde_json::Value;

fn report(options: Options) -> Report {
    let length = options.length.or(Some(Duration::from_secs(20)));
    lockstep(&Options { length, ..options }, &Config::embedded()).expect("the day adds up")
}

fn fast(seed: u64) -> Options {
    Options { seed, speed: Some(60), ..Options::default() }
}

fn assert_adds_up(report: &Report) {
    let Contacts { submitted, ended, abandoned, waiting, in_progress, refused, .. } =
        report.contacts;
    assert_eq!(submitted, ended + abandoned + waiting + in_progress + refused);
    let sum = |of: fn(&acd_demo::Queue) -> u64| report.queues.values().map(of).sum::<u64>();
    assert_eq!(sum(|queue| queue.submitted), submitted);
    assert_eq!(sum(|queue| queue.answered), report.contacts.answered);
    assert_eq!(sum(|queue| queue.abandoned), abandoned);
}

#[test]
fn the_same_seed_gives_the_same_decisions_and_another_seed_others() {
    let (first, again, other) = (report(fast(311)), report(fast(311)), report(fast(312)));
    assert!(first.decisions.as_ref().is_some_and(|hash| hash.len() == 16), "{first:?}");
    assert_eq!(first.decisions, again.decisions);
    assert_eq!(first.contacts, again.contacts);
    assert_eq!(first.queues, again.queues);
    assert_ne!(first.decisions, other.decisions);
}

#[test]
fn the_numbers_add_up_for_every_seed_on_calm_and_stormy_days() {
    for seed in 1..=8 {
        for (storm, from) in [(false, "10:00"), (true, "10:00"), (false, "02:30"), (true, "23:10")]
        {
            let from = from.parse::<TimeOfDay>().unwrap();
            let length = Some(Duration::from_secs(90));
            assert_adds_up(&report(Options { storm, from, length, ..fast(seed) }));
        }
    }
}

#[test]
fn a_storm_brings_more_calls_than_can_be_answered_in_time() {
    let hour = Some(Duration::from_mins(1));
    let calm = report(Options { length: hour, ..fast(5) });
    let storm = report(Options { length: hour, storm: true, ..fast(5) });
    assert!(storm.contacts.submitted > 2 * calm.contacts.submitted, "{:?}", storm.contacts);
    assert!(storm.contacts.abandoned > 10 * calm.contacts.abandoned.max(1), "{:?}", storm.contacts);
}

#[test]
fn the_embedded_city_serves_its_busy_hour_well() {
    let report = report(Options { length: Some(Duration::from_mins(1)), ..fast(311) });
    let contacts = report.contacts;
    assert!((400..=600).contains(&contacts.submitted), "{contacts:?}");
    assert!(contacts.abandoned * 100 < contacts.submitted * 12, "{contacts:?}");
    assert_eq!((contacts.refused, report.agents), (0, 42));
}

#[test]
fn the_json_has_the_promised_members() {
    let json = serde_json::to_value(report(fast(311))).unwrap();
    let names = |value: &Value| {
        value.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        names(&json),
        "agents contacts decision_ns decisions events queues request_to_event_us seed speed"
    );
    assert_eq!(
        names(&json["contacts"]),
        "abandoned answered ended in_progress refused submitted transfers waiting"
    );
    let roads = &json["queues"]["roads"];
    assert_eq!(names(roads), "abandoned answered service_level submitted wait_ms");
    assert_eq!(names(&roads["wait_ms"]), "max p50 p90 p99");
    for measured in ["decision_ns", "request_to_event_us"] {
        assert_eq!(names(&json[measured]), "count max p50 p99 p999");
    }
    assert_eq!((&json["seed"], &json["speed"]), (&Value::from(311), &Value::from(60)));
}
