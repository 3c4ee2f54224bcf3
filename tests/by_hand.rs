//! The session of the README, typed with the real `nc`, over the Unix socket and over TCP.

mod support;

use std::ffi::OsStr;
use std::process::{Child, Command, Stdio};

use support::{Server, Talk, acd, fits, installed};

/// The lines of the README's session: what is typed, and what comes back.
fn session() -> Vec<(Side, String)> {
    let readme = include_str!("../README.md");
    let (_, rest) =
        readme.split_once("$ nc -U acd.sock\n").expect("the README types nc -U acd.sock");
    let (block, _) = rest.split_once("```").expect("the block ends");
    let lines: Vec<_> = block
        .lines()
        .filter_map(|line| match line.split_at_checked(2) {
            Some(("> ", typed)) => Some((Side::Typed, typed.to_owned())),
            Some(("< ", said)) => Some((Side::Said, said.to_owned())),
            _ => None,
        })
        .collect();
    assert!(lines.len() > 10, "the session has typed and said lines");
    lines
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    Typed,
    Said,
}

/// Types the session and compares every line that comes back.
fn type_session(talk: &mut Talk, token: Option<&str>) {
    for (side, text) in session() {
        match side {
            Side::Typed => {
                let mut text = text;
                if let Some(token) = token {
                    text = text.replace(r#""role":"#, &format!(r#""token":"{token}","role":"#));
                }
                talk.send(format!("{text}\n").as_bytes());
            }
            Side::Said => {
                let said = talk.line().expect("the server goes on");
                assert!(
                    fits(&text, &said),
                    "the README shows\n  {text}\nthe server says\n  {said}"
                );
            }
        }
    }
}

/// A running `nc`, to be spoken through.
fn nc(arguments: [&OsStr; 2]) -> Child {
    let mut nc = Command::new("nc");
    nc.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    nc.spawn().expect("nc starts")
}

#[test]
fn the_readme_session_works_with_nc_over_the_unix_socket() {
    if !installed("nc") {
        return;
    }
    let server = Server::start("nc-unix", &[]);
    let mut nc = nc(["-U".as_ref(), server.socket.as_os_str()]);
    type_session(&mut Talk::over_child(&mut nc), None);
    let _ = nc.kill();
    let _ = nc.wait();
}

#[test]
fn the_readme_session_works_with_nc_over_tcp_with_a_token() {
    if !installed("nc") {
        return;
    }
    let scratch = support::Scratch::new("nc-tcp");
    let made = acd()
        .args(["token", "new", "--role", "frontend", "--name", "asterisk-1"])
        .env("XDG_CONFIG_HOME", scratch.join("config"))
        .output()
        .expect("acd token new runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let printed = String::from_utf8(made.stdout).expect("text");
    let token = printed
        .split_whitespace()
        .find(|word| word.starts_with("acd_"))
        .expect("the token is printed once");
    let port = free_port();
    let server = Server::start_in(scratch, &["--listen", &format!("tcp:127.0.0.1:{port}")]);
    let mut nc = nc(["127.0.0.1".as_ref(), port.to_string().as_ref()]);
    type_session(&mut Talk::over_child(&mut nc), Some(token));
    let _ = nc.kill();
    let _ = nc.wait();
    drop(server);
}

/// Nothing but a lease ends a silence: who asked for one is cut off, three times over, while a
/// person who thinks is still there. That no other deadline runs, `session` proves.
#[test]
fn a_silent_client_outlives_those_who_asked_for_a_lease() {
    if !installed("nc") {
        return;
    }
    let server = Server::start("silent", &[]);
    let mut nc = nc(["-U".as_ref(), server.socket.as_os_str()]);
    let mut talk = Talk::over_child(&mut nc);
    talk.hello("frontend", "by-hand");
    for number in 0..3 {
        let mut leased = server.connect();
        leased.json().expect("a greeting");
        let name = format!("leased-{number}");
        let who = serde_json::json!({"role": "frontend", "name": name, "lease_ms": 1_000});
        leased.ask("hello", who);
        let said = std::iter::from_fn(|| leased.json()).last().expect("a word before the end");
        assert_eq!((&said["method"], &said["params"]["reason"]), (&"bye".into(), &"lease".into()));
    }
    let call = serde_json::json!({"ext": "1", "channel": "voice", "queue": "roads"});
    assert_eq!(talk.ask("contact.new", call)["state"], "queued");
    let _ = nc.kill();
    let _ = nc.wait();
}

#[test]
fn tcp_without_any_token_refuses_to_start_and_says_the_command() {
    let scratch = support::Scratch::new("no-token");
    let output = acd()
        .args(["serve", "--listen", "tcp:127.0.0.1:0"])
        .env("XDG_CONFIG_HOME", scratch.join("config"))
        .env("XDG_RUNTIME_DIR", scratch.join("run"))
        .stdin(Stdio::null())
        .output()
        .expect("acd serve runs");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("acd token new"), "{said}");
}

/// A port nobody listens on now.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("bound").port()
}

#[test]
fn a_pattern_with_gaps_fits_only_what_it_shows() {
    assert!(fits("a…c", "abc") && fits("a…", "a") && fits("abc", "abc") && fits("…", ""));
    assert!(!fits("a…c", "abd") && !fits("abc", "abcd") && !fits("a…b…c", "acb"));
}
