//! The city's day as a person runs it: `acd demo`, its numbers, its seeds, and its screen.

mod support;

use std::process::{Child, Stdio};
use std::sync::mpsc;

use serde_json::Value;
use support::tmux::Tmux;
use support::{PATIENCE, Scratch, Server, acd, installed, lines_of};

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

/// `acd demo` on a server that runs already, and what it says.
fn join(server: &Server, storm: &str) -> (Child, mpsc::Receiver<String>) {
    let address = format!("unix:{}", server.socket.display());
    let mut child = acd()
        .args(["demo", "--headless", "--json", "--speed", "60", "--connect", &address])
        .args((!storm.is_empty()).then_some(storm))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("acd demo runs");
    let said = lines_of(child.stderr.take().expect("piped"));
    (child, said)
}

/// Passes over what it says up to a line that has this; that line.
fn up_to(said: &mpsc::Receiver<String>, what: &str) -> String {
    loop {
        let line = said.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{what:?} is not said"));
        if line.contains(what) {
            return line;
        }
    }
}

/// The demo is told to stop and leaves nothing behind; its report.
fn stop(child: Child, server: &Server) -> Value {
    let pid = child.id().to_string();
    let sent = std::process::Command::new("kill").args(["-INT", &pid]).status();
    assert!(sent.expect("kill runs").success());
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "what the clients know is what the server knows");
    let snapshot = server.hello("supervisor", "sue").ask("snapshot", serde_json::json!({}));
    assert_eq!(snapshot["contacts"], serde_json::json!([]), "everybody has left");
    serde_json::from_slice(&output.stdout).expect("one JSON line")
}

#[test]
fn on_a_server_that_keeps_a_log_nobody_is_lost_when_it_is_killed() {
    let mut server = Server::start_with_log(Scratch::new("join-log"), &[]);
    let (demo, said) = join(&server, "--storm");
    up_to(&said, "watch it");
    std::thread::sleep(std::time::Duration::from_secs(3));
    server.kill();
    up_to(&said, "the day stands still");
    server.start_again();
    up_to(&said, "the day goes on");
    std::thread::sleep(std::time::Duration::from_secs(2));
    let report = stop(demo, &server);
    assert!(adds_up(&report) > 60, "{report}");
    assert_eq!((&report["speed"], &report["agents"]), (&60.into(), &42.into()));
}

#[test]
fn on_a_server_that_keeps_nothing_those_it_forgot_hang_up_and_the_day_goes_on() {
    let mut server = Server::start("join-forgetful", &[]);
    let (demo, said) = join(&server, "");
    up_to(&said, "watch it");
    std::thread::sleep(std::time::Duration::from_secs(3));
    server.kill();
    up_to(&said, "the day stands still");
    server.start_again();
    up_to(&said, "the day goes on");
    let mut sue = server.hello("supervisor", "sue");
    sue.ask("subscribe", serde_json::json!({"topics": ["contact.*"]}));
    sue.event("contact.connected");
    adds_up(&stop(demo, &server));
}

#[test]
fn a_server_of_another_city_is_told_from_one_that_is_away() {
    let scratch = Scratch::new("join-other");
    let file = scratch.join("other.toml");
    std::fs::write(
        &file,
        "[city]\nname = \"OTHER\"\ntime_zone = \"UTC\"\n[[queues]]\nname = \"q\"\n",
    )
    .expect("a file");
    let file = file.display().to_string();
    let server = Server::start_in(scratch, &["--config", &file]);
    let (demo, said) = join(&server, "");
    let output = demo.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    up_to(&said, "cannot come in: no agent has this name");
}

#[test]
fn its_own_server_keeps_a_log_and_where_it_is_named_it_stays() {
    let scratch = Scratch::new("demo-data");
    let data = scratch.join("day").display().to_string();
    let report = demo(&["--seconds", "3", "--speed", "60", "--data", &data]);
    let read = acd().args(["log", "verify", "--data", &data]).output().expect("acd log runs");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    adds_up(&report);
    let again = acd().args(["demo", "--headless", "--data", &data]).output().expect("it runs");
    let told = String::from_utf8_lossy(&again.stderr);
    assert_eq!(again.status.code(), Some(1));
    assert!(told.contains("cannot use the directory"), "{told}");
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
        let left = |line: &&str| line.starts_with("left ");
        let shell = tmux.wait_for("the shell", |screen| screen.lines().any(|line| left(&line)));
        assert_eq!(shell.lines().find(left), Some("left 0"), "{shell}");
        let state = tmux.says("#{alternate_on} #{cursor_flag}");
        assert_eq!(state, "0 1", "the terminal is as it was");
    }
}
