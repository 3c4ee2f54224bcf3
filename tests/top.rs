//! `acd top --once` as a shell and a program see it, against a real server.

mod support;

use std::process::Stdio;

use serde_json::{Value, json};
use support::{Scratch, Server, acd};

/// Standard output, standard error and the exit code of `acd top` on that socket.
fn top(socket: &std::path::Path, arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = acd()
        .args(["top", "--connect", &format!("unix:{}", socket.display())])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("acd top runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (text(output.stdout), text(output.stderr), output.status.code())
}

fn queue<'a>(report: &'a Value, name: &str) -> &'a Value {
    let queues = report["queues"].as_array().expect("a list of queues");
    queues.iter().find(|queue| queue["queue"] == name).expect("a queue of the demo city")
}

#[test]
fn once_shows_what_the_server_holds() {
    let server = Server::start("top-once", &[]);
    let mut frontend = server.hello("frontend", "asterisk-1");
    for (n, name) in ["roads", "roads", "chat"].into_iter().enumerate() {
        let channel = if name == "chat" { "chat" } else { "voice" };
        let params = json!({"ext": n.to_string(), "channel": channel, "queue": name});
        assert_eq!(frontend.ask("contact.new", params)["state"], "queued");
    }

    let (out, errors, code) = top(&server.socket, &["--once", "--json"]);
    assert_eq!((errors.as_str(), code), ("", Some(0)));
    let report: Value = serde_json::from_str(&out).expect("one JSON object");
    assert_eq!((&report["schema"], &report["city"]), (&json!("acd.top/1"), &json!("CITY-311")));
    let roads = queue(&report, "roads");
    assert_eq!((&roads["waiting"], &roads["interval"]["entered"]), (&json!(2), &json!(2)));
    assert_eq!((&report["total"]["waiting"], &report["agents"]["ready"]), (&json!(3), &json!(0)));
    let by_age = report["waiting"].as_array().expect("a list of ages");
    assert_eq!(by_age.iter().map(|age| age["waiting"].as_u64().unwrap_or(0)).sum::<u64>(), 3);

    let (out, _, code) = top(&server.socket, &["--once", "--ascii"]);
    assert_eq!(code, Some(0));
    assert!(out.is_ascii(), "{out}");
    let row = out.lines().find(|line| line.contains("roads")).expect("a row of the table");
    let waiting = row.split('|').nth(1).and_then(|now| now.split_whitespace().next());
    assert_eq!(waiting, Some("2"), "{row}");
}

#[test]
fn without_a_terminal_or_a_server_it_says_so() {
    let scratch = Scratch::new("top-alone");
    let (out, errors, code) = top(&scratch.join("none.sock"), &[]);
    assert_eq!((out.as_str(), code), ("", Some(1)), "nothing is written to what is no terminal");
    assert_eq!(errors, "acd: this is no terminal; try acd top --once\n");
    let (out, errors, code) = top(&scratch.join("none.sock"), &["--once"]);
    assert_eq!((out.as_str(), code), ("", Some(3)));
    assert!(errors.starts_with("acd: cannot connect to unix:"), "{errors}");
    let (_, _, code) = top(&scratch.join("none.sock"), &["--json"]);
    assert_eq!(code, Some(2), "--json goes with --once");
}
