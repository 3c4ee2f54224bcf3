//! `acd report` as a shell sees it: from a recorded stream, and from the log of a server that runs.

mod support;

use serde_json::{Value, json};
use support::{Scratch, Server, acd};

const STORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/acd-stats/tests/story/events.ndjson");
const QUEUE_LOG: &str = include_str!("../acd-stats/tests/story/queue_log");

/// Exit code and both outputs of a report.
fn report(arguments: &[&str]) -> (Option<i32>, String, String) {
    let done = acd().arg("report").args(arguments).output().expect("acd runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (done.status.code(), text(done.stdout), text(done.stderr))
}

/// What a report prints that succeeds.
fn printed(arguments: &[&str]) -> String {
    let (code, out, error) = report(arguments);
    assert_eq!((code, error.as_str()), (Some(0), ""), "{arguments:?}");
    out
}

#[test]
fn a_recorded_stream_gives_tables_csv_json_and_a_queue_log() {
    let from = ["--from", STORY];
    let of = |arguments: &[&str]| printed(&[arguments, &from].concat());
    assert_eq!(of(&["queue-log"]), QUEUE_LOG);
    let table = of(&["--interval", "60m"]);
    let mut lines = table.lines();
    assert!(lines.next().expect("a head").starts_with("from                       of     entered"));
    let first = lines.next().expect("a row");
    assert!(first.starts_with("2026-11-01 01:00:00-04:00  roads        7"), "{table}");
    assert_eq!(table.lines().count(), 5, "the hour that comes twice is two: {table}");

    let csv = of(&["--format", "csv", "--per", "total", "--interval", "day"]);
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 2);
    let column = |name| {
        let at = rows[0].iter().position(|head| *head == name).expect(name);
        rows[1][at]
    };
    assert_eq!((column("entered"), column("answered"), column("sl_offered")), ("12", "4", "66.7"));
    let level = |formula: &str| {
        let told = of(&[
            "--per",
            "total",
            "--interval",
            "day",
            "--format",
            "csv",
            "--service-level",
            formula,
        ]);
        let row = told.lines().nth(1).expect("a row").to_owned();
        row.split(',').nth(6).expect("the service level").to_owned()
    };
    assert_eq!(level("offered:1s"), "16.7", "of six, one was answered at once");
    assert_eq!(level("removed:60s"), "91.7");

    let json: Value = serde_json::from_str(&of(&["contacts", "--format", "json"])).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(11));
    assert_eq!((&json[0]["wait_ms"], &json[0]["disposition"]), (&json!(4500), &json!("resolved")));
    let agents = of(&["--per", "agent", "--interval", "day"]);
    assert_eq!(agents.lines().count(), 3, "{agents}");
    let sites = of(&["--per", "site", "--interval", "day"]);
    assert!(sites.contains("north") && sites.contains("south"), "{sites}");
}

#[test]
fn the_log_of_a_server_that_runs_gives_what_the_server_says() {
    let server = Server::start_with_log(Scratch::new("report"), &[]);
    let data = server.scratch.join("data");
    let data = data.to_str().expect("text");
    let mut pbx = server.hello("frontend", "pbx");
    pbx.ask("agent.login", json!({"agent": "4471", "device": "PJSIP/4471"}));
    pbx.ask("agent.state", json!({"agent": "4471", "state": "ready"}));
    let enter = |pbx: &mut support::Talk, ext: &str| {
        pbx.ask("contact.new", json!({"ext": ext, "queue": "roads", "channel": "voice"}))
    };
    let first = enter(&mut pbx, "1");
    let second = enter(&mut pbx, "2");
    enter(&mut pbx, "3");
    pbx.ask("offer.answered", json!({"offer": first["offer"]}));
    pbx.ask("contact.end", json!({"contact": first["contact"], "by": "caller"}));
    pbx.ask("contact.abandon", json!({"contact": second["contact"]}));
    let mut sue = server.hello("supervisor", "sue");
    let told = sue.ask("statistics", json!({"of": ["queues"]}));
    let roads = told["queues"].as_array().expect("a list").iter();
    let roads = roads.clone().find(|row| row["queue"] == "roads").expect("it is there");
    let arguments = ["--data", data, "--interval", "day", "--format", "json"];
    let rows: Value = serde_json::from_str(&printed(&arguments)).expect("JSON");
    let mut row = rows.as_array().expect("a list").last().expect("today").clone();
    let row = row.as_object_mut().expect("an object");
    assert_eq!(row.remove("of"), Some(json!("roads")));
    // `live` is of the present: one waits.
    assert_eq!(roads["today"]["service_level"]["live"], 100.0);
    for (name, value) in row.iter().filter(|(name, _)| !["from", "to"].contains(&name.as_str())) {
        let mut said = roads["today"][name].clone();
        if name == "service_level" {
            said["live"] = Value::Null;
        }
        assert_eq!(*value, said, "{name}");
    }
    let log = printed(&["queue-log", "--data", data]);
    assert!(log.contains("|1|roads|4471|CONNECT|"), "{log}");
    assert!(log.contains("|2|roads|NONE|ABANDON|"), "{log}");
}

#[test]
fn what_cannot_be_read_is_said() {
    let (code, _, error) = report(&[]);
    assert_eq!(code, Some(2), "{error}");
    let (code, _, error) = report(&["--from", "/nowhere"]);
    assert_eq!(
        (code, error.as_str()),
        (Some(1), "acd: --from /nowhere: No such file or directory (os error 2)\n")
    );
    let scratch = Scratch::new("report-wrong");
    let file = scratch.join("wrong.ndjson");
    std::fs::write(&file, "{\"seq\":1\n").expect("a file");
    let (code, _, error) = report(&["--from", file.to_str().expect("text")]);
    assert_eq!(code, Some(1));
    assert!(error.contains("line 1"), "{error}");
    let (code, _, error) = report(&["--from", STORY, "--service-level", "ofered"]);
    assert_eq!(code, Some(2));
    assert!(error.contains("offered"), "{error}");
}
