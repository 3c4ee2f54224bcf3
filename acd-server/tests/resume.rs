//! Connections that come again: nothing lost, nothing doubled, everything in order.

mod common;

use common::{CITY, Client, Server};
use serde_json::{Value, json};

/// Numbers of the events told, up to the reply to a `ping`.
fn numbers(client: &mut Client) -> Vec<u64> {
    client.ask("ping", json!({}));
    let told = std::mem::take(&mut client.told);
    told.iter().filter_map(|line| line["params"]["seq"].as_u64()).collect()
}

/// A connection of the same front end that goes on where the former one was.
fn again(server: &Server, former: &Client) -> (Client, Value) {
    let mut client = server.connect();
    client.seq = former.seq;
    let hello = json!({"role": "frontend", "name": "pbx", "resume": former.place()});
    let result = client.hello(hello);
    (client, result)
}

#[test]
fn what_was_missed_comes_again_once_and_in_order() {
    let server = Server::start();
    let mut watcher = server.client("supervisor", "maria");
    watcher.ask("subscribe", json!({"topics": ["contact.*"]}));
    let mut pbx = server.front_end();
    pbx.call_in("1");
    pbx.types();
    let mut other = server.connect();
    // Nobody reads on the first connection while ten more contacts come by another.
    other.hello(json!({"role": "frontend", "name": "pbx"}));
    for ext in 2..12 {
        other.call_in(&ext.to_string());
    }
    let all = numbers(&mut watcher);
    let (mut back, result) = again(&server, &pbx);
    let missed = numbers(&mut back);
    assert_eq!(result["resumed"], missed.len());
    assert_eq!(missed, all[1..], "all but the first, which was seen");
    assert_eq!(other.bye().as_deref(), Some("replaced"));
}

#[test]
fn live_offers_are_told_again() {
    let server = Server::start();
    let (mut pbx, _ana) = (server.front_end(), server.ready("ana"));
    let seen = pbx.call_in("1");
    pbx.types();
    let (mut back, result) = again(&server, &pbx);
    assert_eq!(result["resumed"], 0);
    let offered = back.event("contact.offered");
    assert_eq!((&offered["offer"], &offered["resent"]), (&seen["offer"], &json!(true)));
    let _bo = server.ready("bo");
    back.types();
    let mut other = server.connect();
    other.hello(json!({"role": "frontend", "name": "pbx"}));
    let unseen = other.call_in("2")["offer"].clone();
    let (mut back, _) = again(&server, &back);
    let first = back.event("contact.offered");
    let second = back.event("contact.offered");
    assert_eq!((&first["offer"], &second["offer"]), (&seen["offer"], &unseen));
    assert_eq!(second["resent"], true);
    assert_eq!(back.types(), [""; 0], "each once");
}

#[test]
fn what_is_no_longer_there_is_a_gap() {
    let server = Server::with(CITY, |setup| setup.config.limits.event_ring_entries = 4);
    let mut pbx = server.front_end();
    let old = pbx.place();
    for ext in 0..5 {
        pbx.call_in(&ext.to_string());
    }
    let mut watcher = server.client("supervisor", "maria");
    let since = watcher.ask("subscribe", json!({"topics": ["*"], "since": old}));
    assert_eq!((&since["gap"], &since["replayed"]), (&json!(true), &json!(0)));
    let elsewhere = json!({"epoch": "another", "seq": 1});
    let mut back = server.connect();
    let hello = json!({"role": "frontend", "name": "pbx", "resume": elsewhere});
    assert_eq!(back.hello(hello)["gap"], true);
}

#[test]
fn a_subscription_since_then_covers_all_and_doubles_nothing() {
    let server = Server::start();
    let mut watcher = server.client("supervisor", "maria");
    let start = watcher.place();
    let mut pbx = server.front_end();
    for ext in 0..3 {
        pbx.call_in(&ext.to_string());
    }
    let since = json!({"topics": ["contact.*"], "since": start});
    assert_eq!(watcher.ask("subscribe", since.clone())["replayed"], 3);
    assert_eq!(numbers(&mut watcher).len(), 3);
    // The same again, and one that overlaps: everything of them has come before.
    assert_eq!(watcher.ask("subscribe", since)["replayed"], 0);
    let overlaps = json!({"topics": ["queue.roads"], "since": watcher.place()});
    assert_eq!(watcher.ask("subscribe", overlaps)["replayed"], 0);
    pbx.call_in("3");
    assert_eq!(numbers(&mut watcher).len(), 1);
    // A front end has its own events already.
    let own = json!({"topics": ["contact.*"], "since": pbx.place()});
    assert_eq!(pbx.ask("subscribe", own)["replayed"], 0);
    pbx.types();
    pbx.call_in("4");
    assert_eq!(pbx.types(), ["contact.queued"]);
}

#[test]
fn a_client_that_stops_reading_is_cut_off_and_resumes_without_a_gap() {
    let server = Server::with(CITY, |setup| setup.config.limits.out_queue_bytes = 64 * 1024);
    let mut quick = server.client("supervisor", "quick");
    quick.ask("subscribe", json!({"topics": ["contact.*"]}));
    let mut slow = server.client("supervisor", "slow");
    slow.ask("subscribe", json!({"topics": ["contact.*"]}));
    let mut pbx = server.front_end();
    let mut count = 0;
    while quick.ask("snapshot", json!({"of": ["engine"]}))["engine"]["slow"] == 0 {
        for _ in 0..100 {
            pbx.call_in(&count.to_string());
            count += 1;
        }
        assert!(count < 50_000, "a reader that reads nothing is never too slow");
    }
    let all = numbers(&mut quick);
    assert_eq!(all.len(), count, "who reads gets everything");
    let mut seen = Vec::new();
    let reason = loop {
        let line = slow.read();
        match line["params"]["seq"].as_u64() {
            Some(seq) => seen.push(seq),
            None => break line["params"]["reason"].clone(),
        }
    };
    assert_eq!(reason, "slow");
    let mut back = server.client("supervisor", "slow");
    back.seq = slow.seq;
    let since = json!({"topics": ["contact.*"], "since": slow.place()});
    let result = back.ask("subscribe", since);
    assert_eq!(result["gap"], false);
    seen.extend(numbers(&mut back));
    assert_eq!(seen, all, "none lost, none doubled, in order");
}

#[test]
fn a_lost_front_end_suspends_and_reconcile_tells_what_is_left() {
    let server = Server::start();
    let mut watcher = server.client("supervisor", "maria");
    watcher.ask("subscribe", json!({"topics": ["contact.*"]}));
    let mut pbx = server.front_end();
    let kept = pbx.call_in("kept");
    pbx.call_in("gone");
    pbx.ask("contact.new", json!({"ext": "letter", "channel": "email", "queue": "roads"}));
    drop(pbx);
    assert_eq!(watcher.event("contact.suspended")["ext"], "kept");
    let mut pbx = server.front_end();
    assert_eq!(watcher.event("contact.unsuspended")["ext"], "kept");
    let live = json!({"live": [
        {"ext": "kept", "state": "waiting"}, {"ext": "new", "state": "ringing"}]});
    let result = pbx.ask("reconcile", live);
    assert_eq!(
        result,
        json!({
        "kept": [{"ext": "kept", "contact": kept["contact"], "state": "queued"}],
        "ended": ["gone"], "unknown": ["new"]})
    );
    let ended = watcher.event("contact.ended");
    assert_eq!((&ended["ext"], &ended["cause"]), (&json!("gone"), &json!("lost_by_front_end")));
    let rows = pbx.ask("snapshot", json!({"of": ["contacts"]}));
    assert_eq!(rows["contacts"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_lost_desktop_leaves_its_call_and_after_grace_its_chats_wait_again() {
    let server = Server::fast(600);
    let mut pbx = server.front_end();
    let mut ana = server.client("agent", "ana");
    ana.ask("agent.login", json!({}));
    ana.ask("agent.state", json!({"state": "ready"}));
    let chat = json!({"ext": "1", "channel": "chat", "queue": "roads"});
    let chat = pbx.ask("contact.new", chat);
    ana.ask("offer.accept", json!({"offer": chat["offer"]}));
    pbx.types();
    drop(ana);
    let requeued = pbx.event("contact.requeued");
    assert_eq!((&requeued["cause"], &requeued["pos"]), (&json!("agent_leg_lost"), &json!(1)));
    let rows = server.client("supervisor", "maria").ask("snapshot", json!({"of": ["agents"]}));
    assert_eq!(
        (&rows["agents"][0]["state"], &rows["agents"][0]["reason"]),
        (&json!("not_ready"), &json!("lost"))
    );
}

#[test]
fn a_lease_ends_with_silence_and_any_frame_renews_it() {
    let server = Server::start();
    let mut pbx = server.connect();
    let short = json!({"role": "frontend", "name": "pbx", "lease_ms": 999});
    assert_eq!(pbx.refused("hello", short), "bad_params");
    pbx.hello(json!({"role": "frontend", "name": "pbx", "lease_ms": 1000}));
    let mut silent = server.client("frontend", "silent");
    pbx.call_in("1");
    let mut watcher = server.client("supervisor", "maria");
    watcher.ask("subscribe", json!({"topics": ["contact.*"]}));
    assert_eq!(pbx.bye().as_deref(), Some("lease"));
    assert_eq!(watcher.event("contact.suspended")["ext"], "1");
    silent.ask("ping", json!({}));
}
