//! Plain HTTP over a socket, as a browser or `curl` would ask.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

use super::PATIENCE;

/// A request's answer: status, head in small letters, body.
pub fn ask(http: &str, line: &str, headers: &[&str], body: &str) -> (u16, String, Value) {
    let (status, head, body) = ask_text(http, line, headers, body);
    (status, head, serde_json::from_str(&body).unwrap_or(Value::Null))
}

/// The same, the body as text.
pub fn ask_text(http: &str, line: &str, headers: &[&str], body: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(http).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE * 2)).expect("a timeout");
    let length = body.len();
    let mut request = format!(
        "{line} HTTP/1.1\r\nHost: {http}\r\nConnection: close\r\nContent-Length: {length}\r\n"
    );
    for header in headers {
        request.extend([header, "\r\n"]);
    }
    // What is refused early may close before all of it is read.
    let _ = stream.write_all(format!("{request}\r\n{body}").as_bytes());
    let mut answer = Vec::new();
    let mut piece = [0; 8_192];
    // Not everybody closes when asked to: the length says where the answer ends.
    while !is_whole(&answer) {
        match stream.read(&mut piece) {
            Ok(read @ 1..) => answer.extend_from_slice(&piece[..read]),
            _ => break,
        }
    }
    let answer = String::from_utf8(answer).expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    (status, head.to_lowercase(), body.to_owned())
}

/// Whether an answer that says its length is there.
fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let length = head.split_once("content-length:").map(|(_, rest)| rest.lines().next());
    let length = length.flatten().and_then(|length| length.trim().parse::<usize>().ok());
    length.is_some_and(|length| answer.len() >= end + 4 + length)
}
