//! A running server with its door, and residents who come to it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Instant;

use serde_json::{Value, json};

use crate::support::http::ask;
use crate::support::{PATIENCE, Scratch, Server, Talk};

pub(crate) const CITY: &str = r#"
[city]
name = "Test"
time_zone = "UTC"
[[timetables]]
name = "never"
[[queues]]
name = "chat"
title = "Ask the city"
wrap_up = { mode = "manual" }
[[queues]]
name = "permits"
[[queues]]
name = "shut"
hours = { timetable = "never" }
[[queues]]
name = "inside"
[[agents]]
id = "ana"
[[agents]]
id = "bo"
[web]
queues = ["chat", "permits", "shut"]
origins = ["https://www.city.example"]
inquiries_per_minute = 30
"#;

/// A server with its door, and where that is.
pub(crate) fn city(name: &str) -> (Server, String) {
    city_with(name, "")
}

/// The same, with more at the end of its configuration.
pub(crate) fn city_with(name: &str, more: &str) -> (Server, String) {
    let scratch = Scratch::new(name);
    let file = scratch.join("city.toml");
    std::fs::write(&file, [CITY, more].concat()).expect("a file for the test");
    let file = file.display().to_string();
    let server = Server::start_with_log(scratch, &["--http", "127.0.0.1:0", "--config", &file]);
    let http = server.http();
    // The door asks over a connection of its own, which takes a moment.
    let start = Instant::now();
    while ask(&http, "GET /readyz", &[], "").0 != 200 {
        assert!(start.elapsed() < PATIENCE, "the door never opened");
        std::thread::yield_now();
    }
    (server, http)
}

pub(crate) fn post(http: &str, path: &str, headers: &[&str], body: &Value) -> (u16, Value) {
    let (status, _, answer) = ask(http, &format!("POST {path}"), headers, &body.to_string());
    (status, answer)
}

/// How many may have passed since then where so many may a minute.
pub(crate) fn most(a_minute: u64, begun: Instant) -> usize {
    let refilled = a_minute * (begun.elapsed().as_secs() + 1) / 60;
    usize::try_from(a_minute + refilled + 1).expect("a small number")
}

/// A resident with an inquiry.
pub(crate) struct Resident {
    pub(crate) http: String,
    pub(crate) id: String,
    pub(crate) bearer: String,
    pub(crate) ticket: String,
}

impl Resident {
    pub(crate) fn new(http: &str, queue: &str) -> Self {
        Self::comes(http, &json!({"queue": queue, "name": "Jo"}))
    }

    /// Comes in by this body.
    pub(crate) fn comes(http: &str, body: &Value) -> Self {
        let (status, made) = post(http, "/v1/inquiries", &[], body);
        assert_eq!(status, 201, "{made}");
        let text = |key: &str| made[key].as_str().expect(key).to_owned();
        let bearer = format!("Authorization: Bearer {}", text("secret"));
        Self { http: http.into(), id: text("inquiry"), bearer, ticket: text("ticket") }
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/v1/inquiries/{}{rest}", self.id)
    }

    pub(crate) fn says(&self, text: &str) -> u16 {
        post(&self.http, &self.path("/messages"), &[&self.bearer], &json!({"text": text})).0
    }

    pub(crate) fn listens(&self, query: &str, headers: &[&str]) -> Stream {
        let line = format!("GET {}", self.path(&format!("/events{query}")));
        Stream::open(&self.http, &line, headers).expect("a stream")
    }
}

/// A stream of events.
pub(crate) struct Stream(BufReader<TcpStream>);

impl Stream {
    pub(crate) fn open(http: &str, line: &str, headers: &[&str]) -> Result<Self, u16> {
        let mut stream = TcpStream::connect(http).expect("the door listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let headers: Vec<String> = headers.iter().map(|header| [header, "\r\n"].concat()).collect();
        let headers = headers.concat();
        let request = format!("{line} HTTP/1.1\r\nHost: {http}\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut reader = BufReader::new(stream);
        let mut first = String::new();
        reader.read_line(&mut first).expect("a head");
        let status = first.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        if status == 200 { Ok(Self(reader)) } else { Err(status) }
    }

    /// The next event.
    pub(crate) fn next(&mut self) -> Value {
        loop {
            let mut line = String::new();
            let read = self.0.read_line(&mut line).expect("an event in time");
            assert!(read > 0, "the stream has ended");
            if let Some(data) = line.strip_prefix("data: ") {
                return serde_json::from_str(data.trim_end()).expect("an event is JSON");
            }
        }
    }

    /// The next event of that type.
    pub(crate) fn of(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next();
            if event["type"] == kind {
                return event;
            }
        }
    }
}

pub(crate) fn ready(server: &Server, name: &str) -> Talk {
    let mut agent = server.hello("agent", name);
    agent.ask("agent.login", json!({}));
    agent.ask("agent.state", json!({"state": "ready"}));
    agent
}

/// A browser's connection to `/ws`.
pub(crate) fn socket(http: &str, origin: &str) -> Result<tungstenite::WebSocket<TcpStream>, u16> {
    socket_at(http, "/ws", origin)
}

/// A browser's connection to a path.
pub(crate) fn socket_at(
    http: &str,
    path: &str,
    origin: &str,
) -> Result<tungstenite::WebSocket<TcpStream>, u16> {
    let stream = TcpStream::connect(http).expect("the edge listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let request = tungstenite::http::Request::builder()
        .uri(format!("ws://{http}{path}"))
        .header("Host", http)
        .header("Origin", origin)
        .header("Connection", "Upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
        .body(())
        .expect("a request");
    match tungstenite::client(request, stream) {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(answer))) => {
            Err(answer.status().as_u16())
        }
        Err(error) => panic!("{error}"),
    }
}

pub(crate) fn hear(socket: &mut tungstenite::WebSocket<TcpStream>) -> Value {
    let message = socket.read().expect("a message");
    serde_json::from_str(message.to_text().expect("text")).expect("an object")
}

/// A new token, which the server knows.
pub(crate) fn token(server: &Server, role: &str, name: &str) -> String {
    let made = crate::support::acd()
        .args(["token", "new", "--role", role, "--name", name, "--file"])
        .arg(server.scratch.join("tokens.toml"))
        .output()
        .expect("acd runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    server.hello("admin", "sue").ask("config.reload", json!({}));
    String::from_utf8(made.stdout).expect("text").trim().to_owned()
}
