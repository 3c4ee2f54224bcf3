//! The client against a scripted server: what it sends, what it makes of what it is told.

mod peer;

use std::time::Duration;

use acd_client::{Client, ClientError, Lost, Message, Options};
use acd_proto::reply::{ContactResult, Done, Pong};
use acd_proto::request::{ContactNew, Empty, OneContact, Place, Request};
use acd_proto::{EventBody, Kind, Role};
use peer::{abandoned, hello_reply, pair};
use serde_json::{Value, json};

fn hold(contact: &str) -> Request {
    Request::ContactHold(OneContact { contact: contact.to_owned() })
}

#[tokio::test]
async fn hello_says_who_it_is_and_keeps_what_it_learns() {
    let (stream, mut peer) = pair();
    let script = tokio::spawn(async move {
        peer.greet().await;
        let hello = peer.hear().await;
        peer.say(&hello_reply(1, 88100)).await;
        hello
    });
    let options = Options {
        token: Some("s3cret".to_owned()),
        lease_ms: Some(15_000),
        ..Options::new(Role::Frontend, "asterisk-1")
    };
    let (client, _events) = Client::over(stream, &options).await.expect("connects");
    assert_eq!(
        script.await.expect("script"),
        r#"{"id":1,"method":"hello","params":{"proto":1,"role":"frontend","name":"asterisk-1","token":"s3cret","lease_ms":15000}}"#
    );
    assert_eq!(client.greeting().server, "acd/0.1.0");
    assert_eq!(client.hello().session, "s-7f");
    assert_eq!(client.place(), Place { epoch: "e1".to_owned(), seq: 88100 });
    assert!(!format!("{options:?}").contains("s3cret"));
}

#[tokio::test]
async fn requests_are_pipelined_and_answered_in_order() {
    let (client, _events, mut peer) = peer::connected().await;
    let first = client.send::<Done>(&hold("c-1"), Some("k")).await.expect("sent");
    let second = client.send::<Pong>(&Request::Ping(Empty {}), None).await.expect("sent");
    assert_eq!(
        peer.hear().await,
        r#"{"id":2,"method":"contact.hold","params":{"contact":"c-1"},"idem":"k"}"#
    );
    assert_eq!(peer.hear().await, r#"{"id":3,"method":"ping","params":{}}"#);
    peer.say(r#"{"id":2,"result":{"ok":true},"replayed":true}"#).await;
    peer.say(r#"{"id":3,"result":{"now":5}}"#).await;
    let second = second.await.expect("answered");
    let first = first.await.expect("answered");
    assert_eq!((first.result.ok, first.replayed), (true, true));
    assert_eq!((second.result, second.replayed), (Pong { now: 5 }, false));
}

#[tokio::test]
async fn a_refusal_keeps_kind_and_field() {
    let (client, _events, mut peer) = peer::connected().await;
    let script = tokio::spawn(async move {
        peer.hear().await;
        peer.say(r#"{"id":2,"error":{"code":-32020,"message":"no queue has this name","data":{"kind":"unknown_queue","field":"queue","got":"raods","near":"roads","retry":false}}}"#).await;
        peer
    });
    let request =
        Request::ContactNew(ContactNew { queue: "raods".into(), ..ContactNew::default() });
    let Err(ClientError::Refused(error)) = client.request::<ContactResult>(&request).await else {
        panic!("refused");
    };
    assert_eq!(error.data.kind, Kind::UnknownQueue);
    assert_eq!(error.data.near.as_deref(), Some("roads"));
    drop(script.await);
}

#[tokio::test]
async fn raw_calls_give_raw_results() {
    let (client, _events, mut peer) = peer::connected().await;
    let call = tokio::spawn(async move {
        client.call_raw::<Value>("dance", &json!({ "steps": [1, 2] })).await
    });
    assert_eq!(peer.hear().await, r#"{"id":2,"method":"dance","params":{"steps":[1,2]}}"#);
    peer.say(r#"{"id":2,"result":{"well":"done"}}"#).await;
    let result = call.await.expect("task").expect("answered");
    assert_eq!(result.result, json!({ "well": "done" }));
}

#[tokio::test]
async fn events_come_in_order_and_move_the_place() {
    let (client, mut events, mut peer) = peer::connected().await;
    peer.say(&abandoned(88101)).await;
    peer.say(r#"{"method":"message","params":{"contact":"c-1","text":"hi"}}"#).await;
    peer.say(r#"{"method":"event","params":{"seq":88105,"ts":9,"type":"contact.sang","x":1}}"#)
        .await;
    let Ok(Message::Event(event)) = events.next().await else { panic!("an event") };
    assert_eq!((event.seq, event.body.kind()), (88101, "contact.abandoned"));
    assert_eq!(client.place().seq, 88101);
    let Ok(Message::Notice { method, params }) = events.next().await else { panic!("a notice") };
    assert_eq!(method, "message");
    assert_eq!(params.expect("params").get(), r#"{"contact":"c-1","text":"hi"}"#);
    let Ok(Message::Event(event)) = events.next().await else { panic!("an event") };
    assert_eq!((event.seq, event.body), (88105, EventBody::Unknown));
    assert_eq!(client.place().seq, 88105);
}

#[tokio::test]
async fn bye_ends_everything_with_its_reason() {
    let (client, mut events, mut peer) = peer::connected().await;
    let waiting = client.send::<Done>(&hold("c-1"), None).await.expect("sent");
    peer.hear().await;
    peer.say(r#"{"method":"bye","params":{"reason":"slow"}}"#).await;
    let slow = Lost::Bye("slow".to_owned());
    assert_eq!(events.next().await.expect_err("over"), slow);
    assert_eq!(events.next().await.expect_err("still over"), slow);
    assert!(matches!(waiting.await, Err(ClientError::Lost(why)) if why == slow));
    peer.hears_the_end().await;
    let late = client.request::<Done>(&hold("c-1")).await;
    assert!(matches!(late, Err(ClientError::Lost(why)) if why == slow));
}

#[tokio::test]
async fn a_server_that_goes_away_or_babbles_is_named() {
    for (last, expected) in [
        (None, "the server closed the connection"),
        (Some("{\"id\":7,\"result\":{}}"), "a reply that nobody asked for"),
        (Some("hello there"), "the server does not speak the protocol"),
    ] {
        let (_client, mut events, mut peer) = peer::connected().await;
        if let Some(last) = last {
            peer.say(last).await;
        }
        drop(peer);
        let why = events.next().await.expect_err("over").to_string();
        assert!(why.contains(expected), "{why}");
    }
}

#[tokio::test]
async fn whoever_is_no_server_is_a_stranger() {
    for first in [
        "SSH-2.0-OpenSSH_9.6",
        r#"{"method":"hello","params":{}}"#,
        r#"{"method":"greeting","params":{"server":"acd/9","proto":[9],"enc":["json"]}}"#,
    ] {
        let (stream, mut peer) = pair();
        peer.say(first).await;
        let failed = Client::over(stream, &Options::new(Role::Monitor, "m")).await;
        assert!(matches!(failed, Err(ClientError::Stranger(_))), "{first}: {failed:?}");
    }
}

#[tokio::test]
async fn dropping_both_handles_closes_the_connection() {
    let (client, events, mut peer) = peer::connected().await;
    drop(client);
    drop(events);
    peer.hears_the_end().await;
}

#[tokio::test]
async fn closing_says_bye_first() {
    let (client, events, mut peer) = peer::connected().await;
    let closing = tokio::spawn(client.close());
    assert_eq!(peer.hear().await, r#"{"id":2,"method":"bye","params":{}}"#);
    peer.say(r#"{"id":2,"result":{"ok":true}}"#).await;
    closing.await.expect("task").expect("closed");
    drop(events);
    peer.hears_the_end().await;
}

/// Nobody takes events: the client reads no more than it may hold, and loses nothing.
#[tokio::test(start_paused = true)]
async fn a_full_channel_stops_reading() {
    let (stream, mut peer) = peer::small_pair();
    let options = Options { events: 4, ..Options::new(Role::Monitor, "m") };
    let connecting = tokio::spawn(async move { Client::over(stream, &options).await });
    peer.accept(0).await;
    let (_client, mut events) = connecting.await.expect("task").expect("connects");
    let count = 10_000;
    let mut saying = tokio::spawn(async move {
        for seq in 1..=count {
            peer.say(&abandoned(seq)).await;
        }
        peer
    });
    // The pipe, the read buffer and the channel fill up, and the peer cannot go on.
    tokio::time::timeout(Duration::from_secs(10), &mut saying).await.expect_err("held back");
    for seq in 1..=count {
        let Ok(Message::Event(event)) = events.next().await else { panic!("an event") };
        assert_eq!(event.seq, seq);
    }
    drop(saying.await);
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_kept_without_further_ado() {
    let (stream, mut peer) = pair();
    let options = Options { lease_ms: Some(3000), ..Options::new(Role::Frontend, "f") };
    let connecting = tokio::spawn(async move { Client::over(stream, &options).await });
    peer.accept(0).await;
    let (client, mut events) = connecting.await.expect("task").expect("connects");
    let begin = tokio::time::Instant::now();
    for _ in 0..10 {
        assert_eq!(peer.hear().await, r#"{"id":0,"method":"ping","params":{}}"#);
        peer.say(r#"{"id":0,"result":{"now":1}}"#).await;
    }
    assert_eq!(begin.elapsed().as_secs(), 10, "three a lease");
    let held = client.send::<Done>(&hold("c-1"), None).await.expect("sent");
    assert!(peer.hear().await.contains("contact.hold"));
    peer.say(r#"{"id":2,"result":{"ok":true}}"#).await;
    assert!(held.await.expect("answered").result.ok, "pings do not come between");
    // From here on nothing is answered.
    let last = tokio::time::Instant::now();
    assert_eq!(events.next().await.expect_err("over"), Lost::Silent);
    assert_eq!(last.elapsed(), Duration::from_secs(3));
}

#[tokio::test]
async fn a_server_that_pings_hears_a_frame() {
    let (_client, _events, mut peer) = peer::connected().await;
    peer.say(r#"{"method":"ping","params":{}}"#).await;
    assert_eq!(peer.hear().await, r#"{"id":0,"method":"ping","params":{}}"#);
}

#[tokio::test]
async fn a_subscription_goes_on_from_its_place() {
    let (client, _events, mut peer) = peer::connected().await;
    let since = Place { epoch: "e1".to_owned(), seq: 88000 };
    for (gap, from, place) in [(false, 88001, 88000), (true, 88101, 88100)] {
        let asking = client.clone();
        let since = since.clone();
        let asked =
            tokio::spawn(
                async move { asking.subscribe(&["queue.*".to_owned()], Some(since)).await },
            );
        assert!(peer.hear().await.ends_with(
            r#""method":"subscribe","params":{"topics":["queue.*"],"since":{"epoch":"e1","seq":88000}}}"#
        ));
        let id = if gap { 3 } else { 2 };
        peer.say(&format!(
            r#"{{"id":{id},"result":{{"sub":"u1","from":{from},"replayed":0,"gap":{gap}}}}}"#
        ))
        .await;
        assert_eq!(asked.await.expect("task").expect("answered").gap, gap);
        assert_eq!(client.place().seq, place);
    }
}
