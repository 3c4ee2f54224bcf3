//! `acd bench` at small size: every measurement is made, adds up, and says so to machines.

mod support;

use std::process::Output;

use serde_json::Value;
use support::{Scratch, acd};

fn bench(arguments: &[&str]) -> Output {
    acd().arg("bench").args(arguments).output().expect("acd runs")
}

/// The one JSON object that a measurement ends with.
fn measured(arguments: &[&str]) -> Value {
    let output = bench(arguments);
    let (said, why) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {said}{why}");
    serde_json::from_str(&said).expect("one JSON object")
}

#[test]
fn a_load_is_answered_and_counted_from_its_plan() {
    let scratch = Scratch::new("bench-load");
    let log = scratch.join("load.hdr");
    for encoding in ["json", "bin1"] {
        let load = measured(&[
            "load",
            "--rate",
            "300",
            "--clients",
            "3",
            "--agents",
            "12",
            "--seconds",
            "2",
            "--talk-ms",
            "5",
            "--encoding",
            encoding,
            "--json",
            "--hdr",
            log.to_str().expect("text"),
        ]);
        assert_eq!((&load["begun"], &load["unanswered"]), (&600.into(), &0.into()), "{load}");
        assert_eq!(load["refused"], serde_json::json!({}), "{load}");
        // The first second warms up; of the second's 300 eight in ten are calls.
        let count = |what: &str| load["latency"][what]["count"].as_u64().unwrap_or(0);
        assert!(count("offer.answered") > 150 && count("ping") > 20, "{load}");
        assert!(count("contact.new") >= count("contact.abandon"), "{load}");
        let text = std::fs::read_to_string(&log).expect("a log");
        assert!(text.contains("Tag=contact.new,") && text.contains("Tag=ping,"), "{text}");
    }
}

#[test]
fn round_trips_are_compared_with_an_echo_of_the_same_frames() {
    let report = measured(&["echo", "--rounds", "2", "--trips", "40", "--depth", "16", "--json"]);
    let trips = report["trips"].as_array().expect("round trips");
    let acd: Vec<&Value> = trips.iter().filter(|trip| trip["program"] == "acd").collect();
    assert_eq!((trips.len(), acd.len()), (8, 4));
    for trip in acd {
        let echo = &trip["compared"][0];
        assert_eq!(echo["with"], "echo", "{trip}");
        assert!(echo["min"]["median"].as_f64().expect("a ratio") > 0.5, "{trip}");
    }
    let lanes = report["pipelined"].as_array().expect("pipelines");
    assert_eq!(lanes.len(), 3);
    assert!(lanes.iter().all(|lane| lane["per_second"].as_u64() > Some(1_000)), "{report}");
}

#[test]
fn a_hand_off_is_measured_after_the_end_and_after_the_wrap_up() {
    let arguments = ["handoff", "--agents", "3", "--waiting", "5", "--count", "20", "--json"];
    let rows = measured(&arguments)["rows"].clone();
    let after: Vec<&str> =
        rows.as_array().expect("rows").iter().filter_map(|row| row["after"].as_str()).collect();
    assert_eq!(after, ["contact.end", "agent.wrap_done"]);
    for row in rows.as_array().expect("rows") {
        assert_eq!(row["times"]["count"], 20);
        assert!(row["faster_than_asterisk"]["p50"].as_u64() > Some(10), "{row}");
    }
}

#[test]
fn an_idle_server_hardly_runs() {
    for (watch_hz, most) in [("0", 5.0), ("10", 30.0)] {
        let idle = measured(&[
            "idle",
            "--agents",
            "200",
            "--seconds",
            "2",
            "--watch-hz",
            watch_hz,
            "--json",
        ]);
        assert_eq!(idle["agents"], 200);
        // Far from the goal, which a loaded machine and a checked build would not keep.
        assert!(idle["percent"].as_f64().expect("a share") < most, "{idle}");
    }
}

#[test]
fn open_widgets_are_told_by_pairs_of_turns() {
    let found =
        measured(&["residents", "--widgets", "20", "--turns", "7", "--count", "30", "--json"]);
    for side in ["without", "with"] {
        let turns = found[side].as_array().expect("turns");
        // An end, an entry and an answer each, and what else is due.
        assert!(turns.iter().all(|turn| turn["decisions"].as_u64() >= Some(90)), "{found}");
        assert_eq!(turns.len(), 7);
    }
    let [low, median, high] =
        ["low", "median", "high"].map(|name| found["p99"][name].as_f64().expect("a ratio"));
    assert!(0.0 < low && low <= median && median <= high, "{found}");
    assert_eq!(found["p99"]["pairs"], 7);
}

#[test]
fn what_cannot_be_done_is_said_with_its_code() {
    let nowhere = bench(&["load", "--socket", "/nowhere/acd.sock"]);
    assert_eq!(nowhere.status.code(), Some(3));
    let wrong = bench(&["load", "--mix", "call=1,pong=2"]);
    assert_eq!(wrong.status.code(), Some(2));
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(said.contains("`pong=2` is no part of a mix: expected call=N"), "{said}");
    let many = bench(&["load", "--clients", "2000"]);
    assert_eq!(many.status.code(), Some(2));
    for what in ["load", "echo", "handoff", "idle"] {
        let help = bench(&[what, "--help"]);
        let said = String::from_utf8_lossy(&help.stdout).into_owned();
        assert!(said.contains("Examples:") && said.contains("Exit codes:"), "{said}");
    }
}
