//! A server that says what the test tells it to.

#![allow(dead_code, reason = "each test program uses its part")]

use std::time::Duration;

use acd_client::{Client, Events, Options};
use acd_proto::Role;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// The server's end of a connection.
#[derive(Debug)]
pub(crate) struct Peer<S = DuplexStream> {
    stream: BufReader<S>,
}

/// A client's stream, and the peer at its other end.
pub(crate) fn pair() -> (DuplexStream, Peer) {
    let (client, server) = tokio::io::duplex(64 * 1024);
    (client, Peer::over(server))
}

/// The same with hardly any room between them.
pub(crate) fn small_pair() -> (DuplexStream, Peer) {
    let (client, server) = tokio::io::duplex(256);
    (client, Peer::over(server))
}

/// A monitor that has said hello; the newest event is 88100.
pub(crate) async fn connected() -> (Client, Events, Peer) {
    let (stream, mut peer) = pair();
    let connecting = tokio::spawn(async move {
        Client::over(stream, &Options::new(Role::Monitor, "m")).await.expect("connects")
    });
    peer.accept(88100).await;
    let (client, events) = connecting.await.expect("task");
    (client, events, peer)
}

/// An event of a contact, as a line.
pub(crate) fn abandoned(seq: u64) -> String {
    format!(
        r#"{{"method":"event","params":{{"seq":{seq},"ts":9,"type":"contact.abandoned","contact":"c-1","ext":"1","queue":"roads","wait_ms":5}}}}"#
    )
}

/// What `hello` is answered.
pub(crate) fn hello_reply(id: u64, seq: u64) -> String {
    format!(
        r#"{{"id":{id},"result":{{"session":"s-7f","epoch":"e1","seq":{seq},"now":1,"durable":"none","role":"monitor","name":"m","city":"Testville","time_zone":"America/Chicago","speed":1}}}}"#
    )
}

impl<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin> Peer<S> {
    pub(crate) fn over(stream: S) -> Self {
        Self { stream: BufReader::new(stream) }
    }

    /// Sends a line.
    pub(crate) async fn say(&mut self, line: &str) {
        let line = format!("{line}\n");
        let said = tokio::time::timeout(PATIENCE, self.stream.write_all(line.as_bytes())).await;
        said.expect("somebody reads").expect("the stream is open");
    }

    /// The next line.
    pub(crate) async fn hear(&mut self) -> String {
        let mut line = String::new();
        let heard = tokio::time::timeout(PATIENCE, self.stream.read_line(&mut line)).await;
        heard.expect("a line comes").expect("the stream is open");
        assert!(line.ends_with('\n'), "a whole line: {line:?}");
        line.trim_end().to_owned()
    }

    /// The end of the stream; nothing before it.
    pub(crate) async fn hears_the_end(&mut self) {
        let mut rest = Vec::new();
        let heard = tokio::time::timeout(PATIENCE, self.stream.read_to_end(&mut rest)).await;
        heard.expect("the end comes").expect("the stream is open");
        assert_eq!(String::from_utf8_lossy(&rest), "");
    }

    pub(crate) async fn greet(&mut self) {
        self.say(
            r#"{"method":"greeting","params":{"server":"acd/0.1.0","proto":[1],"enc":["json"]}}"#,
        )
        .await;
    }

    /// Greets, hears a hello and answers it; returns the hello.
    pub(crate) async fn accept(&mut self, seq: u64) -> String {
        self.greet().await;
        let hello = self.hear().await;
        self.say(&hello_reply(1, seq)).await;
        hello
    }
}
