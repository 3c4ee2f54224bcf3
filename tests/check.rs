//! `acd check` as a monitoring system sees it, against a real server.

mod support;

use std::path::Path;

use serde_json::{Value, json};
use support::{Scratch, Server, acd};

/// Standard output and the exit code of `acd check` on that socket.
fn check(socket: &Path, arguments: &[&str]) -> (String, Option<i32>) {
    let connect = format!("unix:{}", socket.display());
    let output = acd().args(["check", "--connect", &connect]).args(arguments).output();
    let output = output.expect("acd check runs");
    (String::from_utf8(output.stdout).expect("text"), output.status.code())
}

#[test]
fn a_queue_is_ok_warned_of_and_critical() {
    let server = Server::start("check", &[]);
    let mut frontend = server.hello("frontend", "asterisk-1");
    for ext in ["1", "2", "3"] {
        let params = json!({"ext": ext, "channel": "voice", "queue": "roads"});
        assert_eq!(frontend.ask("contact.new", params)["state"], "queued");
    }
    for (limits, code, state) in [("5,9", 0, "OK"), ("2,9", 1, "WARNING"), ("1,2", 2, "CRITICAL")] {
        let (out, got) = check(&server.socket, &["--queue", "roads", "--waiting", limits]);
        assert_eq!(got, Some(code), "{out}");
        assert!(out.starts_with(&format!("ACD {state} - ")), "{out}");
        let perfdata = format!("| 'roads waiting'=3;{};0\n", limits.replace(',', ";"));
        assert!(out.ends_with(&perfdata), "{out}");
    }
    let arguments = ["--queue", "roads", "--waiting", "2,9", "--json"];
    let (out, code) = check(&server.socket, &arguments);
    let json: Value = serde_json::from_str(&out).expect("one JSON object");
    assert_eq!((&json["schema"], code), (&json!("acd.check/1"), Some(1)));
    let expected = json!({"queue": "roads", "rule": "waiting", "value": 3.0, "warn": 2.0,
        "critical": 9.0, "state": "WARNING"});
    assert_eq!(json["checks"], json!([expected]));
}

#[test]
fn what_cannot_be_checked_is_unknown() {
    let server = Server::start("check-unknown", &[]);
    let scratch = Scratch::new("check-alone");
    let none = scratch.join("none.sock");
    let cases: [(&Path, &[&str], &str); 2] = [
        (&none, &[], "ACD UNKNOWN - cannot connect to unix:"),
        (&server.socket, &["--queue", "rods"], "ACD UNKNOWN - there is no queue rods; defined: "),
    ];
    for (socket, arguments, said) in cases {
        let (out, code) = check(socket, arguments);
        assert_eq!(code, Some(3), "{out}");
        assert!(out.starts_with(said), "{out}");
    }
    let (_, code) = check(&server.socket, &["--longest", "120,60"]);
    assert_eq!(code, Some(3), "wrong usage is not critical");
    let (help, code) = check(&server.socket, &["--help"]);
    assert!(help.contains("--longest 60,120 --sl 80,60"), "{help}");
    assert_eq!(code, Some(0));
}
