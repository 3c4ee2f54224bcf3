//! `/metrics`, `/healthz` and `/readyz` of a running server, as Prometheus and an orchestrator ask.

mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use support::{PATIENCE, Server, wait};

/// The status, the head and the body of an answer to GET.
fn get(address: &str, path: &str, accept: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(address).expect("the edge listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    (status, head.to_lowercase(), body.to_owned())
}

/// What promtool says of a text; nothing where it is not installed.
fn promtool(arguments: &[&str], input: &str) -> Option<String> {
    let mut child = Command::new("promtool")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "promtool {arguments:?}: {text}");
    Some(text)
}

fn value(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} in {text}")).parse().expect("a number")
}

#[test]
fn a_scrape_tells_of_queues_and_engine_and_passes_promtool() {
    let server = Server::start("metrics", &["--http", "127.0.0.1:0"]);
    let http = server.http();
    let mut pbx = server.hello("frontend", "pbx");
    for (ext, queue) in [("1", "roads"), ("2", "roads"), ("3", "permits")] {
        pbx.ask(
            "contact.new",
            serde_json::json!({
                "ext": ext, "channel": "voice", "queue": queue, "from": "+15125550177",
            }),
        );
    }
    assert_eq!(get(&http, "/healthz", "*/*").0, 200);
    let start = std::time::Instant::now();
    while get(&http, "/readyz", "*/*").0 != 200 {
        assert!(start.elapsed() < PATIENCE, "the server answers, the edge never did");
    }
    let (status, head, text) = get(&http, "/metrics", "application/openmetrics-text");
    assert_eq!(status, 200);
    assert!(head.contains("content-type: application/openmetrics-text"), "{head}");
    assert!(text.ends_with("# EOF\n"), "{text}");
    for (name, expected) in [
        ("acd_up", 1.0),
        ("acd_queue_waiting{queue=\"roads\"}", 2.0),
        ("acd_queue_waiting{queue=\"permits\"}", 1.0),
        ("acd_queue_open{queue=\"roads\"}", 1.0),
        ("acd_contacts_entered_total{queue=\"roads\"}", 2.0),
        ("acd_connections{role=\"frontend\"}", 2.0),
    ] {
        assert!((value(&text, name) - expected).abs() < 1e-9, "{name}: {text}");
    }
    assert!(value(&text, "acd_resident_memory_bytes") > 1e6);
    assert!(!text.contains("5125550177"), "nobody's number is a metric");
    let (_, head, plain) = get(&http, "/metrics", "text/plain");
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    promtool(&["check", "metrics"], &plain);
    let (status, ..) = get(&http, "/nothing", "*/*");
    assert_eq!(status, 404);
}

#[test]
fn the_alert_rules_are_right() {
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/acd-alerts.yml");
    let text = std::fs::read_to_string(rules).expect("the rules");
    promtool(&["check", "rules", rules], "");
    // Every name they use is one that a scrape gives.
    let metrics = include_str!("../acd-web/src/metrics.rs");
    let used = text.lines().filter(|line| line.contains("acd_"));
    for word in used.flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')) {
        let name = word.trim_end_matches("_total");
        if word.starts_with("acd_") {
            assert!(metrics.contains(&format!("\"{name}\"")), "{word}");
        }
    }
    assert!(Path::new(rules).is_file());
}

#[test]
fn an_edge_of_its_own_says_when_the_server_is_gone_and_back() {
    let mut server = Server::start("edge", &[]);
    let mut edge = support::acd()
        .args(["web", "--listen", "127.0.0.1:0", "--connect"])
        .arg(format!("unix:{}", server.socket.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("acd web starts");
    let lines = support::lines_of(edge.stdout.take().expect("piped"));
    let line = lines.recv_timeout(PATIENCE).expect("it says where");
    let http = line.strip_prefix("acd answers http at ").expect("an address").to_owned();
    let until = |wanted: u16| {
        let start = std::time::Instant::now();
        while get(&http, "/readyz", "*/*").0 != wanted {
            assert!(start.elapsed() < PATIENCE, "never {wanted}");
            std::thread::yield_now();
        }
    };
    until(200);
    server.kill();
    until(503);
    let (status, _, why) = get(&http, "/readyz", "*/*");
    assert!(status == 503 && why.starts_with("not ready: "), "{why}");
    assert_eq!(get(&http, "/healthz", "*/*").0, 200, "it lives nevertheless");
    let (_, _, text) = get(&http, "/metrics", "application/openmetrics-text");
    assert!(text.contains("acd_up 0"), "{text}");
    server.start_again();
    until(200);
    let sent = Command::new("kill").args(["-TERM", &edge.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    assert!(wait(&mut edge).success());
}
