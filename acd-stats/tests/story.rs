//! One story, told as a `queue_log`, as contact records and as intervals, against what was
//! written down by hand.
#![allow(clippy::unwrap_used, reason = "a story that cannot be read fails the test")]

use std::collections::BTreeMap;
use std::sync::Arc;

use acd_proto::Event;
use acd_stats::queue_log::QueueLog;
use acd_stats::records::Records;
use acd_stats::{Attribution, Goal, Length, Statistics};

const EVENTS: &str = include_str!("story/events.ndjson");
const QUEUE_LOG: &str = include_str!("story/queue_log");

fn events() -> Vec<Event> {
    let line = |line| serde_json::from_str::<serde_json::Value>(line).unwrap();
    let events = EVENTS.lines().map(line).filter(|line| line["method"] == "event");
    events.map(|event| serde_json::from_value(event["params"].clone()).unwrap()).collect()
}

fn goal(queue: &str, s: u64) -> Goal {
    Goal { queue: Arc::from(queue), threshold_us: s * 1_000_000, target_percent: 80 }
}

fn counted(threshold: Option<u64>) -> Statistics {
    let mut statistics = Statistics::for_report("America/Toronto", 20_000_000);
    let (roads, water) = (threshold.unwrap_or(20), threshold.unwrap_or(30));
    statistics.configure(&[goal("roads", roads), goal("water", water)]);
    statistics.sit([("4471".into(), "north".into()), ("4472".into(), "south".into())]);
    for event in &events() {
        statistics.fold(event);
    }
    statistics
}

#[test]
fn the_queue_log_is_what_report_tools_read() {
    let mut log = QueueLog::default();
    for event in &events() {
        log.fold(event);
    }
    assert_eq!(log.lines().join("\n") + "\n", QUEUE_LOG);
    let verbs = [
        "ENTERQUEUE",
        "CONNECT",
        "COMPLETEAGENT",
        "COMPLETECALLER",
        "ABANDON",
        "EXITEMPTY",
        "EXITWITHTIMEOUT",
        "EXITWITHKEY",
        "WITHDRAW",
        "RINGNOANSWER",
        "RINGCANCELED",
        "BLINDTRANSFER",
        "ATTENDEDTRANSFER",
        "PAUSE",
        "UNPAUSE",
        "ADDMEMBER",
        "REMOVEMEMBER",
    ];
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for line in QUEUE_LOG.lines() {
        let fields: Vec<&str> = line.split('|').collect();
        assert!(fields.len() >= 5 && fields[0].parse::<u64>().is_ok(), "{line}");
        *seen.entry(fields[4]).or_default() += 1;
    }
    assert!(verbs.iter().all(|verb| seen.contains_key(verb)), "{seen:?}");
    assert_eq!(seen.len(), verbs.len(), "no verb that tools do not know: {seen:?}");
    assert_eq!(
        seen["CONNECT"],
        seen["COMPLETECALLER"]
            + seen["COMPLETEAGENT"]
            + seen["BLINDTRANSFER"]
            + seen["ATTENDEDTRANSFER"]
    );
}

#[test]
fn records_tell_each_contact_whole() {
    let mut records = Records::default();
    for event in &events() {
        records.fold(event);
    }
    let all = records.all();
    assert_eq!(all.len(), 11);
    let first = &all[0];
    assert_eq!(
        (first.wait_ms, first.talk_ms, first.wrap_up_ms),
        (Some(4_500), Some(120_000), Some(20_000))
    );
    assert_eq!(
        (first.agent.as_deref(), first.disposition.as_deref()),
        (Some("4471"), Some("resolved"))
    );
    let second = &all[1];
    assert_eq!((second.offers, second.requeues, second.talk_ms), (1, 1, None));
    assert_eq!((second.cause.as_deref(), second.wait_ms), (Some("abandoned"), Some(50_000)));
    let eighth = &all[7];
    assert_eq!(eighth.transferred_to.as_deref(), Some("queue:water"));
    assert_eq!(all[8].previous.as_deref(), Some("c-8"));
    let last = &all[10];
    assert_eq!((&*last.entered_queue, &*last.queue), ("roads", "water"));
    assert_eq!((last.ended, last.cause.as_deref()), (None, None), "it waits");
}

#[test]
fn intervals_are_those_of_the_city_also_where_an_hour_comes_twice() {
    let mut statistics = counted(None);
    let rows = statistics.queue_rows(Length::Hour, Attribution::Ended, false);
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            let f = &row.figures;
            (&row.from[11..], &*row.of, f.entered, f.answered, f.abandoned, f.flow_out)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("01:00:00-04:00", "roads", 7, 2, 2, 3),
            ("01:00:00-04:00", "water", 1, 0, 0, 1),
            ("01:00:00-05:00", "roads", 1, 0, 0, 1),
            ("01:00:00-05:00", "water", 3, 2, 0, 0),
        ]
    );
    let levels = &rows[0].figures.service_level;
    assert_eq!(levels["answered"], Some(100.0));
    assert_eq!(levels["offered"], Some(50.0));
    assert_eq!(levels["no_short"], Some(200.0 / 3.0));
    assert_eq!(levels["inclusive"], Some(75.0));
    assert_eq!(levels["with_flow_out"], Some(200.0 / 7.0));
    let handled = |row: usize| (rows[row].figures.handled, rows[row].figures.aht_ms);
    assert_eq!(handled(0), (1, Some(140_000)));
    assert_eq!(handled(2), (1, Some(108_000)), "its handle time ended in the second hour");
    assert_eq!(handled(3), (2, Some(72_500)));
}

#[test]
fn another_threshold_is_recomputed_and_attribution_moves_what_crosses_a_boundary() {
    let level = |threshold, by| {
        let mut statistics = counted(threshold);
        let rows = statistics.queue_rows(Length::Day, by, true);
        assert_eq!(rows.len(), 1);
        rows[0].figures.service_level["removed"]
    };
    // 12 entered; one was answered at once, and 11 were gone within a minute.
    assert_eq!(level(Some(1), Attribution::Ended), Some(100.0 / 12.0));
    assert_eq!(level(Some(60), Attribution::Ended), Some(1_100.0 / 12.0));
    let mut statistics = counted(None);
    let handled = |statistics: &mut Statistics, by| {
        let rows = statistics.queue_rows(Length::Hour, by, false);
        rows.iter().map(|row| row.figures.handled).collect::<Vec<_>>()
    };
    assert_eq!(handled(&mut statistics, Attribution::Ended), [1, 0, 1, 2]);
    assert_eq!(handled(&mut statistics, Attribution::Entered), [2, 0, 0, 2]);
}

#[test]
fn agents_and_sites_have_their_time() {
    let mut statistics = counted(None);
    let rows = statistics.agent_rows(Length::Day, true);
    let told: Vec<_> = rows.iter().map(|row| (&*row.of, row.figures)).collect();
    let (north, south) = (told[0].1, told[1].1);
    assert_eq!((told[0].0, told[1].0), ("north", "south"));
    assert_eq!((north.offers, north.answered, north.no_answers), (3, 3, 0));
    assert_eq!((north.busy_ms, north.wrap_up_ms), (120_000 + 108_000 + 60_000, 20_000));
    assert_eq!((south.offers, south.answered, south.no_answers), (2, 1, 1));
    assert_eq!(south.not_ready_ms, (2 + 280 + 100) * 1_000);
    assert_eq!(south.busy_ms, 85_000);
}
