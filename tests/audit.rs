//! `acd audit` on a server's events: sound while all is well; a violation where one is lost on the
//! way.

mod support;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Instant;

use serde_json::{Value, json};
use support::{PATIENCE, Server, acd, wait};

const CITY: &str = r#"
[city]
name = "Audited"
time_zone = "UTC"
[[queues]]
name = "roads"
wrap_up = { mode = "manual" }
[[queues]]
name = "mail"
wrap_up = { mode = "none" }
[[agents]]
id = "a1"
name = "A1"
[[agents]]
id = "a2"
name = "A2"
"#;

fn start(name: &str) -> Server {
    let scratch = support::Scratch::new(name);
    let city = scratch.join("city.toml");
    std::fs::write(&city, CITY).expect("a file");
    Server::start_in(scratch, &["--config", city.to_str().expect("a path in UTF-8")])
}

fn audit(socket: &Path, events: u64) -> Child {
    let mut audit = acd();
    audit.arg("audit").arg("--connect").arg(format!("unix:{}", socket.display()));
    audit.args(["--events", &events.to_string(), "--json"]);
    audit.stdout(Stdio::piped()).spawn().expect("acd audit starts")
}

/// Calls come, are answered, held, handed back, ended and wrapped up, until the auditor ends; what
/// it said.
fn busy(server: &Server, mut auditor: Child) -> (Option<i32>, Value) {
    let mut pbx = server.hello("frontend", "pbx");
    for agent in ["a1", "a2"] {
        let device = format!("SIP/{agent}");
        pbx.ask("agent.login", json!({"agent": agent, "device": device}));
        pbx.ask("agent.state", json!({"agent": agent, "state": "ready"}));
    }
    let begun = Instant::now();
    let mut number = 0;
    while auditor.try_wait().expect("a child of ours").is_none() {
        assert!(begun.elapsed() < PATIENCE, "the auditor does not end");
        number += 1;
        let new = |ext: &str, channel: &str, queue: &str| json!({"ext": format!("{ext}-{number}"), "channel": channel, "queue": queue});
        let one = pbx.ask("contact.new", new("one", "voice", "roads"));
        let mail = pbx.ask("contact.new", new("mail", "email", "mail"));
        let gone = pbx.ask("contact.new", new("gone", "voice", "roads"));
        pbx.ask("offer.answered", json!({"offer": one["offer"]}));
        if let Some(offer) = mail["offer"].as_str() {
            pbx.call("offer.answered", json!({"offer": offer}));
        }
        pbx.ask("contact.abandon", json!({"contact": gone["contact"]}));
        let (one, agent) = (json!({"contact": one["contact"]}), one["agent"].clone());
        pbx.call("contact.end", json!({"contact": mail["contact"], "by": "agent"}));
        pbx.ask("contact.end", json!({"contact": one["contact"], "by": "caller"}));
        pbx.call("agent.wrap_done", json!({"agent": agent, "contact": one["contact"]}));
    }
    let code = wait(&mut auditor).code();
    let said = std::io::read_to_string(auditor.stdout.take().expect("piped")).expect("text");
    (code, serde_json::from_str(&said).unwrap_or_else(|error| panic!("{said}: {error}")))
}

#[test]
fn a_busy_server_is_sound() {
    let server = start("audit-sound");
    let (code, told) = busy(&server, audit(&server.socket, 400));
    assert_eq!((code, &told["violation"]), (Some(0), &Value::Null), "{told}");
    let heard = told["to"].as_u64().expect("a number") - told["from"].as_u64().expect("one") + 1;
    assert!(heard >= 400, "{told}");
}

/// Passes everything on but the hundredth event; where it listens.
fn leaky(server: &Server) -> PathBuf {
    let at = server.scratch.join("leaky.sock");
    let listener = UnixListener::bind(&at).expect("a socket");
    let to = server.socket.clone();
    std::thread::spawn(move || {
        let (client, _) = listener.accept().expect("the auditor connects");
        let server = UnixStream::connect(to).expect("the server listens");
        let (mut up, down) = (server.try_clone().expect("a handle"), BufReader::new(server));
        let mut from = client.try_clone().expect("a second handle");
        std::thread::spawn(move || std::io::copy(&mut from, &mut up));
        let mut events = 0;
        for line in down.lines().map_while(Result::ok) {
            events += u64::from(line.contains("\"method\":\"event\""));
            let is_lost = events == 100 && line.contains("\"method\":\"event\"");
            if !is_lost && writeln!(&client, "{line}").is_err() {
                return;
            }
        }
    });
    at
}

#[test]
fn an_event_that_is_lost_is_a_violation_with_both_sides() {
    let server = start("audit-lost");
    let (code, told) = busy(&server, audit(&leaky(&server), 100_000));
    assert_eq!((code, &told["violation"]["rule"]), (Some(1), &json!("sequence")), "{told}");
    let seq = told["violation"]["seq"].as_u64().expect("a number");
    let found = format!("event {seq} comes after event {}", seq - 2);
    assert_eq!(told["violation"]["found"], found);
    assert_eq!(told["violation"]["expected"], format!("event {}", seq - 1));
}

#[test]
fn no_server_is_told_apart() {
    let scratch = support::Scratch::new("audit-nobody");
    let socket = format!("unix:{}", scratch.join("nobody.sock").display());
    let status = acd().args(["audit", "--connect", &socket]).stderr(Stdio::null()).status();
    assert_eq!(status.expect("acd runs").code(), Some(3));
}
