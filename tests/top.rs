//! `acd top --once` as a shell and a program see it, against a real server.

mod support;

use std::process::Stdio;

use serde_json::{Value, json};
use support::tmux::Tmux;
use support::{Scratch, Server, acd, installed};

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

/// Both say the same, lengths to the millisecond that a clock may lie within; what only the process
/// measures is left out.
fn same(at: &str, shown: &Value, told: &Value) {
    match (shown, told) {
        (Value::Object(shown), Value::Object(told)) => {
            assert!(shown.keys().eq(told.keys()), "{at}: {shown:?} {told:?}");
            let members =
                shown.iter().filter(|(name, _)| !["engine", "server"].contains(&name.as_str()));
            members.for_each(|(name, shown)| same(&format!("{at}.{name}"), shown, &told[name]));
        }
        (Value::Array(shown), Value::Array(told)) => {
            assert_eq!(shown.len(), told.len(), "{at}");
            (0..)
                .zip(shown.iter().zip(told))
                .for_each(|(n, (a, b))| same(&format!("{at}[{n}]"), a, b));
        }
        (Value::Number(shown), Value::Number(told)) if at.ends_with("_ms") => {
            let (shown, told) = (shown.as_u64().unwrap_or(0), told.as_u64().unwrap_or(0));
            assert!(shown.abs_diff(told) <= 1, "{at}: {shown} {told}");
        }
        _ => assert_eq!(shown, told, "{at}"),
    }
}

#[test]
fn a_log_played_again_shows_what_the_server_showed() {
    let mut server = Server::start_with_log(Scratch::new("top-log"), &[]);
    let address = format!("unix:{}", server.socket.display());
    let mut demo = acd()
        .args(["demo", "--headless", "--storm", "--speed", "60", "--connect", &address])
        .stderr(Stdio::null())
        .spawn()
        .expect("acd demo runs");
    let data = server.scratch.join("data").display().to_string();
    let mut shown = Vec::new();
    for _ in 0..3 {
        std::thread::sleep(std::time::Duration::from_millis(1_500));
        let (out, errors, _) = top(&server.socket, &["--once", "--json"]);
        assert_eq!(errors, "");
        shown.push(serde_json::from_str::<Value>(&out).expect("one JSON object"));
    }
    server.kill();
    demo.kill().and_then(|()| demo.wait()).expect("it is a child of ours");
    let waits = |report: &Value| report["total"]["waiting"].as_u64().unwrap_or(0);
    assert!(shown.iter().any(|report| waits(report) > 0), "somebody waits in a storm");
    for shown in &shown {
        let until = shown["time"].as_str().expect("a time");
        let again = ["--replay", &data, "--until", until, "--once", "--json"];
        let (out, errors, code) = top(&server.socket, &again);
        assert_eq!((errors.as_str(), code), ("", Some(0)));
        same("", shown, &serde_json::from_str(&out).expect("one JSON object"));
    }

    let (_, errors, code) =
        top(&server.socket, &["--replay", "/dev/null", "--until", "2026-01-01T00:00:00Z"]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("--until and --city are of a log"), "{errors}");
    if !installed("tmux") {
        return;
    }
    let command = format!("{} top --replay {data} --speed 20", env!("CARGO_BIN_EXE_acd"));
    let tmux = Tmux::run("top-log", 80, 24, &command);
    let last = tmux.wait("REPLAY  the recording is over");
    assert!(last.contains(" TOTAL ") && last.contains(" roads "), "{last}");
    tmux.types(":contact c-1\n");
    tmux.wait_for("its life", |screen| {
        screen.contains("Trace  c-1  ") && screen.contains("enters ") && screen.contains("Decision")
    });
}
