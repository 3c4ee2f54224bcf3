//! The client against the real server: pipelining, resuming, a restart, a newer connection.

mod support;

use std::time::Duration;

use acd_client::{Backoff, Client, ClientError, Continued, Lost, Message, Options, Update, Watch};
use acd_proto::reply::{AgentResult, ContactResult, Done};
use acd_proto::request::{AgentLogin, AgentState, ContactNew, OneContact, Request};
use acd_proto::{Address, EventBody, Kind, Role};
use support::{PATIENCE, Scratch, Server};

const QUICK: Backoff = Backoff { first: Duration::from_millis(5), most: Duration::from_millis(50) };

fn address(server: &Server) -> Address {
    Address::Unix(server.socket.clone())
}

fn contact(n: usize) -> Request {
    Request::ContactNew(ContactNew {
        ext: format!("e-{n}"),
        channel: "voice".into(),
        queue: "roads".into(),
        ..ContactNew::default()
    })
}

async fn update(watch: &mut Watch) -> Update {
    tokio::time::timeout(PATIENCE, watch.next()).await.expect("in time").expect("not over")
}

/// The next connection, and how it goes on.
async fn connected(watch: &mut Watch) -> (Client, Continued) {
    loop {
        match update(watch).await {
            Update::Connected { client, continued } => return (client, continued),
            Update::Message(_) | Update::Lost { .. } => {}
            Update::Over(why) => panic!("{why}"),
        }
    }
}

/// The sequence number of the next event.
async fn seq(watch: &mut Watch) -> u64 {
    loop {
        if let Update::Message(Message::Event(event)) = update(watch).await {
            return event.seq;
        }
    }
}

#[tokio::test]
async fn a_thousand_requests_on_their_way_are_answered_in_order() {
    let server = Server::start("client-pipeline", &[]);
    let options = Options { events: 10_000, ..Options::new(Role::Frontend, "pbx") };
    let (client, mut events) =
        Client::connect(&address(&server), &options).await.expect("connects");
    let mut replies = Vec::new();
    for n in 0..1_000 {
        replies.push(client.send::<ContactResult>(&contact(n), None).await.expect("sent"));
    }
    for (n, reply) in replies.into_iter().enumerate() {
        let result = reply.await.expect("accepted").result;
        assert_eq!(result.contact, format!("c-{:x}", n + 1));
        assert_eq!(result.pos, Some(u32::try_from(n + 1).expect("small")));
    }
    for n in 1..=1_000 {
        let Ok(Message::Event(event)) = events.next().await else { panic!("an event") };
        let of = event.body.contact().expect("of a contact");
        assert_eq!(*of.contact, *format!("c-{n:x}"));
        assert!(matches!(event.body, EventBody::Queued { .. }));
    }
    let abandon = Request::ContactAbandon(OneContact { contact: "c-1".into() });
    for replayed in [false, true] {
        let answer = client.request_once::<Done>(&abandon, "once").await.expect("done");
        assert_eq!(answer.replayed, replayed);
    }
    client.close().await.expect("closed");
    assert_eq!(
        tokio::time::timeout(PATIENCE, async {
            loop {
                if let Err(why) = events.next().await {
                    break why;
                }
            }
        })
        .await,
        Ok(Lost::Closed)
    );
}

#[tokio::test]
async fn a_watch_misses_nothing_that_happens_while_it_is_away() {
    let server = Server::start("client-resume", &[]);
    let mut watch =
        acd_client::watch(address(&server), Options::new(Role::Frontend, "pbx"), Vec::new(), QUICK);
    let (client, continued) = connected(&mut watch).await;
    assert_eq!(continued, Continued::First);
    client.request::<ContactResult>(&contact(1)).await.expect("accepted");
    let first = seq(&mut watch).await;
    // The connection ends in order; the watch comes back by itself.
    client.close().await.expect("closed");
    let (client, continued) = connected(&mut watch).await;
    assert_eq!(continued, Continued::Resumed(1), "it was suspended meanwhile");
    let suspended = seq(&mut watch).await;
    let back = seq(&mut watch).await;
    assert!(first < suspended && suspended < back, "{first} {suspended} {back}");
    let state: ContactResult = client
        .request(&Request::ContactGet(OneContact { contact: "c-1".into() }))
        .await
        .expect("still there");
    assert_eq!((state.state.as_str(), state.pos), ("queued", Some(1)));
}

#[tokio::test]
async fn a_restarted_server_is_another_sequence() {
    let scratch = Scratch::new("client-restart");
    let server = Server::start_in(scratch, &[]);
    let place = address(&server);
    let topics = vec!["*".to_owned()];
    let mut watch = acd_client::watch(place, Options::new(Role::Monitor, "wall"), topics, QUICK);
    let (_, continued) = connected(&mut watch).await;
    assert_eq!(continued, Continued::First);
    let socket = server.socket.clone();
    let (code, _) = server.terminate();
    assert_eq!(code, Some(0));
    let Update::Lost { why, .. } = update(&mut watch).await else { panic!("lost") };
    assert!(matches!(&why, ClientError::Lost(Lost::Bye(reason)) if reason == "shutdown"), "{why}");
    assert!(watch.client().is_none());
    std::fs::create_dir_all(socket.parent().expect("a directory")).expect("made again");
    let listen = format!("unix:{}", socket.display());
    let _other = Server::start("client-restarted", &["--listen", &listen]);
    let (_, continued) = connected(&mut watch).await;
    assert_eq!(continued, Continued::Gap);
    drop(std::fs::remove_dir_all(socket.parent().expect("a directory")));
}

#[tokio::test]
async fn a_newer_connection_of_the_name_ends_the_watch_for_good() {
    let server = Server::start("client-replaced", &[]);
    let options = Options::new(Role::Agent, "4444");
    let mut watch = acd_client::watch(address(&server), options.clone(), Vec::new(), QUICK);
    connected(&mut watch).await;
    let (client, _events) = Client::connect(&address(&server), &options).await.expect("connects");
    let over = loop {
        if let Update::Over(why) = update(&mut watch).await {
            break why;
        }
    };
    assert!(matches!(&over, ClientError::Lost(Lost::Bye(why)) if why == "replaced"), "{over}");
    let login = Request::AgentLogin(AgentLogin::default());
    client.request::<AgentResult>(&login).await.expect("signed in");
    let wrong = Request::AgentState(AgentState { state: "redy".into(), ..AgentState::default() });
    let Err(ClientError::Refused(error)) = client.request::<AgentResult>(&wrong).await else {
        panic!("refused")
    };
    assert_eq!((error.data.kind, error.data.near.as_deref()), (Kind::BadParams, Some("ready")));
}
