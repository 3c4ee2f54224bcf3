//! A server that keeps a log, and clients that do not wait for its replies: every reply comes,
//! however much is asked before the disk has kept the first.

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;

use support::{PATIENCE, Scratch, Server};

/// A connection to a real server with a log of its own.
fn connect(server: &Server) -> UnixStream {
    let stream = UnixStream::connect(&server.socket).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream
}

#[test]
fn what_is_said_in_one_breath_with_bye_is_answered() {
    let server = Server::start_with_log(Scratch::new("bye"), &[]);
    let mut stream = connect(&server);
    let session = "hello proto=1 role=frontend name=a\n\
                   agent.login agent=4471 device=PJSIP/4471\n\
                   agent.state agent=4471 state=ready\n\
                   contact.new ext=1 channel=voice queue=roads\n\
                   contact.new ext=2 channel=voice queue=roads\n\
                   bye\n";
    stream.write_all(session.as_bytes()).expect("the socket takes a few lines");
    let mut said = String::new();
    stream.read_to_string(&mut said).expect("the connection ends by itself");
    let replies = said.lines().filter(|line| line.contains("\"result\"")).count();
    assert_eq!(replies, session.lines().count(), "{said}");
    assert_eq!(said.lines().last(), Some("{\"id\":null,\"result\":{\"ok\":true}}"), "{said}");
}

#[test]
fn twenty_thousand_requests_ahead_of_the_disk_are_all_answered() {
    const CONTACTS: usize = 20_000;
    let server = Server::start_with_log(Scratch::new("ahead"), &[]);
    let stream = connect(&server);
    let mut asks = stream.try_clone().expect("a second handle");
    let writer = std::thread::spawn(move || {
        let mut text = Vec::from(*b"hello proto=1 role=frontend name=a\n");
        for ext in 0..CONTACTS {
            let _ = writeln!(text, "contact.new ext={ext} channel=voice queue=roads");
        }
        asks.write_all(&text).expect("the server reads all of it in the end");
    });
    let mut accepted = 0;
    let mut lines = BufReader::new(stream).lines();
    while accepted < CONTACTS {
        let line = lines.next().expect("the connection goes on").expect("within the patience");
        assert!(!line.contains("\"error\""), "{line}");
        accepted += usize::from(line.contains("\"result\":{\"contact\""));
    }
    writer.join().expect("everything was written");
}
