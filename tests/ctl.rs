//! `acd ctl` as a shell sees it, against a scripted server.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

/// A server on a Unix socket of its own that follows a script for one connection.
struct Server {
    path: PathBuf,
    script: JoinHandle<Vec<String>>,
}

/// One connection's lines in and out.
struct Peer {
    stream: BufReader<UnixStream>,
    heard: Vec<String>,
}

impl Server {
    fn new(name: &str, script: impl FnOnce(&mut Peer) + Send + 'static) -> Self {
        let file = format!("acd-ctl-{name}-{}.sock", std::process::id());
        let path = std::env::temp_dir().join(file);
        drop(std::fs::remove_file(&path));
        let listener = UnixListener::bind(&path).expect("binds");
        let script = std::thread::spawn(move || {
            let (stream, _) = listener.accept().expect("accepts");
            stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
            let mut peer = Peer { stream: BufReader::new(stream), heard: Vec::new() };
            peer.say(r#"{"method":"greeting","params":{"server":"acd/0.1.0","proto":[1],"enc":["json"]}}"#);
            peer.hear();
            peer.say(r#"{"id":1,"result":{"session":"s-1","epoch":"e1","seq":9,"now":1,"durable":"none","role":"admin","name":"ctl","city":"Testville","time_zone":"UTC","speed":1}}"#);
            script(&mut peer);
            peer.heard
        });
        Self { path, script }
    }

    /// Runs `acd ctl` against it; returns what came out, and what was heard.
    fn ctl(self, arguments: &[&str]) -> (Output, Vec<String>) {
        let connect = format!("unix:{}", self.path.display());
        let done = acd().args(["ctl", "--connect", &connect]).args(arguments).output();
        let heard = self.script.join().expect("the script is followed");
        drop(std::fs::remove_file(&self.path));
        (done.expect("acd runs"), heard)
    }
}

impl Peer {
    fn say(&mut self, line: &str) {
        writeln!(self.stream.get_mut(), "{line}").expect("somebody reads");
    }

    fn hear(&mut self) {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("a line comes");
        self.heard.push(line.trim_end().to_owned());
    }

    /// Hears one request and answers it, then the `bye`.
    fn answer(&mut self, reply: &str) {
        self.hear();
        self.say(reply);
        self.bye(3);
    }

    fn bye(&mut self, id: u64) {
        self.hear();
        self.say(&format!(r#"{{"id":{id},"result":{{"ok":true}}}}"#));
    }
}

fn acd() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acd"));
    command.stdin(Stdio::null()).env_remove("ACD_SOCKET");
    command
}

fn out(output: &Output) -> (&str, &str, Option<i32>) {
    let text = |bytes| std::str::from_utf8(bytes).expect("UTF-8");
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

#[test]
fn a_result_is_printed_and_the_connection_closed() {
    let server = Server::new("result", |peer| {
        peer.answer(
            r#"{"id":2,"result":{"contact":"c-9a02","state":"queued","pos":5,"ewt_ms":null}}"#,
        );
    });
    let (done, heard) = server.ctl(&["contact.get", "contact=c-9a02"]);
    assert_eq!(
        out(&done),
        ("contact  c-9a02\nstate    queued\npos      5\newt_ms   -\n", "", Some(0))
    );
    assert_eq!(
        heard,
        [
            r#"{"id":1,"method":"hello","params":{"proto":1,"role":"admin","name":"ctl"}}"#,
            r#"{"id":2,"method":"contact.get","params":{"contact":"c-9a02"}}"#,
            r#"{"id":3,"method":"bye","params":{}}"#,
        ]
    );
}

#[test]
fn json_comes_out_as_the_server_wrote_it() {
    let request = r#"{"method":"contact.get","params":{"contact":"c-1"}}"#;
    for words in [&["--json", "contact.get", "contact=c-1"][..], &["--json", request]] {
        let server = Server::new(&format!("json{}", words.len()), |peer| {
            peer.answer(r#"{"id":2,"result":{"state":"ended","contact":"c-1"}}"#);
        });
        let (done, heard) = server.ctl(words);
        assert_eq!(out(&done), ("{\"state\":\"ended\",\"contact\":\"c-1\"}\n", "", Some(0)));
        assert_eq!(heard[1], r#"{"id":2,"method":"contact.get","params":{"contact":"c-1"}}"#);
    }
}

#[test]
fn a_refusal_says_what_would_help_and_ends_with_1() {
    let refusal = r#"{"id":2,"error":{"code":-32020,"message":"no queue has this name","data":{"kind":"unknown_queue","field":"to","got":"genral","near":"general","retry":false}}}"#;
    let words = ["supervise", "act=move", "contact=c-1", "to=genral", "reason=storm"];
    let server = Server::new("refused", move |peer| {
        peer.hear();
        peer.say(refusal);
    });
    let (done, _) = server.ctl(&words);
    assert_eq!(
        out(&done),
        (
            "",
            "acd: no queue has this name (unknown_queue)\n  field: to\n  got: genral\n  did you mean: general\n",
            Some(1)
        )
    );
    let server = Server::new("refused-json", move |peer| {
        peer.hear();
        peer.say(refusal);
    });
    let (done, _) = server.ctl(&[&["--json"], &words[..]].concat());
    let (stdout, _, code) = out(&done);
    assert_eq!(code, Some(1));
    assert!(refusal.contains(stdout.trim_end()), "{stdout}");
}

#[test]
fn a_front_end_asks_what_only_it_may_and_stays_when_told_to() {
    let server = Server::new("stay", |peer| {
        peer.hear();
        peer.say(r#"{"id":2,"result":{"contact":"c-1","state":"queued","pos":1,"ewt_ms":null}}"#);
        peer.say(r#"{"method":"event","params":{"seq":10,"ts":1732412483004111,"type":"contact.abandoned","contact":"c-1","ext":"7","queue":"roads","wait_ms":5}}"#);
        peer.bye(3);
    });
    let (done, heard) =
        server.ctl(&["contact.new", "ext=7", "channel=voice", "queue=roads", "--count", "1"]);
    assert_eq!(
        out(&done).0,
        "contact  c-1\nstate    queued\npos      1\newt_ms   -\n\
         10 01:41:23.004Z contact.abandoned contact=c-1 ext=7 queue=roads wait_ms=5\n"
    );
    assert_eq!(out(&done).2, Some(0));
    assert!(heard[0].contains(r#""role":"frontend""#), "{}", heard[0]);
}

#[test]
fn a_subscription_is_followed_for_as_many_events_as_asked() {
    let event = |seq| {
        format!(
            r#"{{"method":"event","params":{{"seq":{seq},"ts":1,"type":"queue.state","queue":"roads","open":true}}}}"#
        )
    };
    let server = Server::new("follow", move |peer| {
        peer.hear();
        peer.say(r#"{"id":2,"result":{"sub":"u1","from":10,"replayed":0,"gap":false}}"#);
        for seq in 10..13 {
            peer.say(&event(seq));
        }
        peer.bye(3);
    });
    let (done, heard) =
        server.ctl(&["--json", "subscribe", "topics=queue.*,contact.*", "--count", "2"]);
    assert_eq!(
        heard[1],
        r#"{"id":2,"method":"subscribe","params":{"topics":["queue.*","contact.*"]}}"#
    );
    let (stdout, _, code) = out(&done);
    assert_eq!((stdout.lines().count(), code), (3, Some(0)));
    assert_eq!(
        stdout.lines().last(),
        Some(r#"{"seq":11,"ts":1,"type":"queue.state","queue":"roads","open":true}"#)
    );
}

#[test]
fn a_lost_connection_ends_with_4() {
    let server = Server::new("lost", |peer| {
        peer.hear();
        peer.say(r#"{"method":"bye","params":{"reason":"shutdown"}}"#);
    });
    let (done, _) = server.ctl(&["snapshot"]);
    assert_eq!(out(&done), ("", "acd: connection lost: the server said bye (shutdown)\n", Some(4)));
}

#[test]
fn no_server_ends_with_3_and_a_wrong_request_with_2() {
    let nowhere = ["ctl", "--connect", "unix:/nowhere/acd.sock"];
    let done = acd().args(nowhere).arg("snapshot").output().expect("acd runs");
    let (stdout, stderr, code) = out(&done);
    assert_eq!((stdout, code), ("", Some(3)));
    assert!(stderr.contains("cannot connect to unix:/nowhere/acd.sock"), "{stderr}");
    for words in [&["snapshto"][..], &["contact.get"], &["snapshot", "off=queues"], &["{"]] {
        let done = acd().args(nowhere).args(words).output().expect("acd runs");
        let (stdout, stderr, code) = out(&done);
        assert_eq!((stdout, code), ("", Some(2)), "{words:?}: {stderr}");
        assert!(stderr.contains("--help"), "{stderr}");
    }
}
