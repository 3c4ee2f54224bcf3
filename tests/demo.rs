//! The city's day as a person runs it: `acd demo`, its numbers, its seeds, and its screen.

mod support;

use serde_json::Value;
use support::tmux::Tmux;
use support::{acd, installed};

/// Runs `acd demo` without a screen and returns its last line.
fn demo(arguments: &[&str]) -> Value {
    let output = acd()
        .args(["demo", "--headless", "--json"])
        .args(arguments)
        .output()
        .expect("acd demo runs");
    let said = String::from_utf8(output.stdout).expect("text");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "exit {:?}: {said}{log}", output.status.code());
    serde_json::from_str(said.lines().last().expect("a line")).expect("one JSON line at the end")
}

/// Checks that nobody is lost between the numbers; returns how many were submitted.
fn adds_up(report: &Value) -> u64 {
    let contacts = &report["contacts"];
    let count =
        |name: &str| contacts[name].as_u64().unwrap_or_else(|| panic!("{name}: {contacts}"));
    let sum = count("ended")
        + count("abandoned")
        + count("waiting")
        + count("in_progress")
        + count("refused");
    assert_eq!(count("submitted"), sum, "{contacts}");
    assert!(count("answered") > 0 && count("transfers") < count("submitted"), "{contacts}");
    let queues = report["queues"].as_object().expect("queues by name");
    let of_queues: u64 = queues.values().filter_map(|row| row["submitted"].as_u64()).sum();
    assert!(of_queues >= count("submitted") - count("refused"), "{report}");
    for (name, row) in queues {
        for member in ["submitted", "answered", "abandoned"] {
            assert!(row[member].is_u64(), "{name}.{member}: {row}");
        }
        for quantile in ["p50", "p90", "p99", "max"] {
            let wait = &row["wait_ms"];
            assert!(wait.get(quantile).is_some(), "{name}.wait_ms.{quantile}: {row}");
        }
    }
    for latency in ["decision_ns", "request_to_event_us"] {
        for member in ["p50", "p99", "p999", "max", "count"] {
            assert!(report[latency][member].is_u64(), "{latency}.{member}: {report}");
        }
    }
    count("submitted")
}

#[test]
fn twenty_minutes_of_the_busy_hour_add_up_through_the_real_socket() {
    let report = demo(&["--seconds", "20", "--speed", "60", "--seed", "311"]);
    let submitted = adds_up(&report);
    // 450 in the peak hour: 20 minutes bring 150, give or take four standard deviations, and
    // whoever waited at the start.
    assert!((100..=260).contains(&submitted), "{submitted} submitted");
    assert_eq!(report["agents"], 42);
    assert_eq!(report["seed"], 311);
    assert!(report["events"].as_u64().expect("a number") > submitted * 3);
    assert!(report["decision_ns"]["count"].as_u64().expect("a number") > submitted);
}

#[test]
fn the_same_seed_decides_the_same_and_another_seed_otherwise() {
    let run = |seed: &str| {
        let report = demo(&["--lockstep", "--seconds", "60", "--speed", "60", "--seed", seed]);
        adds_up(&report);
        report["decisions"].clone()
    };
    let first = run("311");
    assert!(first.is_string() || first.is_u64());
    assert_eq!(first, run("311"));
    assert_ne!(first, run("312"));
}

#[test]
fn a_storm_brings_more() {
    let run = |more: &[&str]| {
        let mut arguments = vec!["--lockstep", "--seconds", "60", "--speed", "60", "--seed", "7"];
        arguments.extend(more);
        adds_up(&demo(&arguments))
    };
    let (usual, storm) = (run(&[]), run(&["--storm"]));
    assert!(storm > usual * 2, "{usual} usually, {storm} in a storm");
}

#[test]
fn the_dashboard_lives_at_both_sizes_and_gives_the_terminal_back() {
    if !installed("tmux") {
        return;
    }
    for (name, columns, rows) in [("small", 80, 24), ("wide", 120, 36)] {
        let command =
            format!("{} demo --seed 311 --speed 60; echo left $?; cat", env!("CARGO_BIN_EXE_acd"));
        let tmux = Tmux::run(name, columns, rows, &command);
        let first = tmux.wait_for("the overview", |screen| {
            screen.contains("Queues") && screen.contains("LIVE") && screen.contains("roads")
        });
        for line in first.lines() {
            assert!(line.chars().count() <= columns as usize, "{line}");
        }
        tmux.wait_for("a change", |screen| screen != first && screen.contains("LIVE"));
        assert_eq!(tmux.says("#{alternate_on}"), "1");
        tmux.keys(&["q"]);
        let left = tmux.wait_for("the shell", |screen| screen.contains("left"));
        assert!(left.contains("left 0"), "{left}");
        let state = tmux.says("#{alternate_on} #{cursor_flag}");
        assert_eq!(state, "0 1", "the terminal is as it was");
    }
}
