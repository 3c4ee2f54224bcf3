//! A watch against servers that come and go on a Unix socket.

mod peer;

use std::path::PathBuf;
use std::time::Duration;

use acd_client::{Backoff, ClientError, Continued, Lost, Message, Options, Update, Watch, watch};
use acd_proto::{Address, Role};
use peer::{Peer, abandoned};
use tokio::net::{UnixListener, UnixStream};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);
const QUICK: Backoff = Backoff { first: Duration::from_millis(1), most: Duration::from_millis(4) };

/// A socket of this test alone, gone with it.
struct Socket(PathBuf);

impl Socket {
    fn new(name: &str) -> Self {
        let file = format!("acd-reconnect-{name}-{}.sock", std::process::id());
        Self(std::env::temp_dir().join(file))
    }

    fn listen(&self) -> UnixListener {
        drop(std::fs::remove_file(&self.0));
        UnixListener::bind(&self.0).expect("binds")
    }

    fn watch(&self, role: Role, topics: &[&str]) -> Watch {
        let topics = topics.iter().map(|&topic| topic.to_owned()).collect();
        watch(Address::Unix(self.0.clone()), Options::new(role, "w"), topics, QUICK)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

async fn accept(listener: &UnixListener) -> Peer<UnixStream> {
    let accepted = tokio::time::timeout(PATIENCE, listener.accept()).await;
    Peer::over(accepted.expect("somebody comes").expect("accepts").0)
}

async fn next(watch: &mut Watch) -> Update {
    tokio::time::timeout(PATIENCE, watch.next()).await.expect("in time").expect("not over")
}

async fn subscribed(peer: &mut Peer<UnixStream>, from: u64, gap: bool) -> String {
    let asked = peer.hear().await;
    let reply =
        format!(r#"{{"id":2,"result":{{"sub":"u1","from":{from},"replayed":3,"gap":{gap}}}}}"#);
    peer.say(&reply).await;
    asked
}

#[tokio::test]
async fn it_waits_for_a_server_then_resumes_then_says_gap() {
    let socket = Socket::new("resumes");
    let mut watch = socket.watch(Role::Monitor, &["queue.*"]);
    for expected in 1..=3 {
        let Update::Lost { tries, why, since, next } = next(&mut watch).await else {
            panic!("nobody is there")
        };
        assert_eq!(tries, expected);
        assert!(matches!(why, ClientError::Connect { .. }));
        assert!(next >= since);
    }
    assert!(watch.client().is_none());

    let listener = socket.listen();
    let mut peer = accept(&listener).await;
    peer.accept(100).await;
    assert!(
        subscribed(&mut peer, 101, false).await.ends_with(r#""params":{"topics":["queue.*"]}}"#)
    );
    connected(&mut watch, Continued::First).await;
    peer.say(&abandoned(107)).await;
    assert!(matches!(next(&mut watch).await, Update::Message(Message::Event(e)) if e.seq == 107));

    peer.say(r#"{"method":"bye","params":{"reason":"slow"}}"#).await;
    let Update::Lost { tries: 0, why: ClientError::Lost(why), .. } = next(&mut watch).await else {
        panic!("lost")
    };
    assert_eq!(why, Lost::Bye("slow".to_owned()));
    let mut peer = accept(&listener).await;
    peer.accept(120).await;
    let asked = subscribed(&mut peer, 108, false).await;
    assert!(asked.ends_with(r#""since":{"epoch":"e1","seq":107}}}"#), "{asked}");
    connected(&mut watch, Continued::Resumed(3)).await;

    drop(peer);
    assert!(matches!(next(&mut watch).await, Update::Lost { tries: 0, .. }));
    let mut peer = accept(&listener).await;
    peer.accept(500).await;
    let asked = subscribed(&mut peer, 501, true).await;
    assert!(asked.ends_with(r#""since":{"epoch":"e1","seq":107}}}"#), "{asked}");
    connected(&mut watch, Continued::Gap).await;
    drop(watch);
    peer.hears_the_end().await;
}

/// Waits for the update and asks for nothing; the watch then has a client to ask with.
async fn connected(watch: &mut Watch, expected: Continued) {
    loop {
        match next(watch).await {
            Update::Connected { continued, .. } => {
                assert_eq!(continued, expected);
                assert!(watch.client().is_some());
                return;
            }
            Update::Lost { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn without_topics_the_hello_resumes() {
    let socket = Socket::new("hello");
    let listener = socket.listen();
    let mut watch = socket.watch(Role::Frontend, &[]);
    let mut peer = accept(&listener).await;
    assert!(!peer.accept(100).await.contains("resume"));
    connected(&mut watch, Continued::First).await;
    peer.say(&abandoned(104)).await;
    assert!(matches!(next(&mut watch).await, Update::Message(_)));
    drop(peer);
    let mut peer = accept(&listener).await;
    let hello = peer.accept(110).await;
    assert!(hello.contains(r#""resume":{"epoch":"e1","seq":104}"#), "{hello}");
    connected(&mut watch, Continued::Resumed(0)).await;
}

#[tokio::test]
async fn it_gives_up_where_coming_back_cannot_help() {
    let socket = Socket::new("over");
    let listener = socket.listen();
    let mut watch = socket.watch(Role::Monitor, &[]);
    let mut peer = accept(&listener).await;
    peer.greet().await;
    peer.hear().await;
    peer.say(r#"{"id":1,"error":{"code":-32050,"message":"the token is wrong","data":{"kind":"bad_token","retry":false}}}"#).await;
    assert!(matches!(next(&mut watch).await, Update::Over(ClientError::Refused(_))));
    assert!(watch.next().await.is_none());

    let mut watch = socket.watch(Role::Agent, &[]);
    let mut peer = accept(&listener).await;
    peer.accept(100).await;
    connected(&mut watch, Continued::First).await;
    peer.say(r#"{"method":"bye","params":{"reason":"replaced"}}"#).await;
    assert!(matches!(next(&mut watch).await, Update::Over(ClientError::Lost(_))));
    assert!(watch.next().await.is_none());
}
