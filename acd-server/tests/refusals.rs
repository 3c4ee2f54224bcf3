//! Everything that is refused: bad input, the wrong role, somebody else's, one too many.

mod common;

use std::io::Write as _;
use std::os::unix::net::UnixStream;

use common::{CITY, Client, Server};
use serde_json::{Value, json};

/// What a line that cannot be called otherwise is answered with.
fn kind_of(client: &mut Client, bytes: &[u8]) -> String {
    client.send(bytes);
    let reply = client.read();
    reply["error"]["data"]["kind"].as_str().unwrap_or_else(|| panic!("{reply}")).into()
}

#[test]
fn bad_input_is_named_and_the_connection_goes_on() {
    let server = Server::start();
    let mut pbx = server.front_end();
    let large = format!("{{\"a\":\"{}\"}}\n", "x".repeat(70_000));
    for (bytes, kind) in [
        (b"{\"id\":1,\n".as_slice(), "bad_json"),
        (b"{\"id\":1,\"method\":\"fly\"}\n", "unknown_method"),
        (b"contact.nwe ext=1\n", "unknown_method"),
        (b"{\"id\":1,\"method\":\"contact.new\",\"params\":{\"ext\":5}}\n", "bad_params"),
        (b"contact.new ext=1 channel=voice\n", "bad_params"),
        (b"contact.new ext=1 channel=vioce queue=roads\n", "bad_params"),
        (b"contact.new ext=1 channel=voice queue=road\n", "unknown_queue"),
        (b"contact.new ext=1 channel=voice queue=roads needs.fr=1\n", "unknown_skill"),
        (b"contact.new ext=1 channel=voice queue=roads needs.es=11\n", "bad_params"),
        (b"contact.new ext=1 channel=voice queue=roads prio=10\n", "bad_params"),
        (b"contact.new ext=1 channel=voice queue=roads prefer=eve\n", "unknown_agent"),
        (b"agent.login agent=eve\n", "unknown_agent"),
        (b"agent.state agent=ana state=ready\n", "not_signed_in"),
        (b"agent.state agent=ana state=not_ready reason=nap\n", "unknown_reason"),
        (b"contact.end contact=c-1\n", "unknown_contact"),
        (b"contact.end contact=1\n", "unknown_contact"),
        (b"offer.answered offer=o-1\n", "unknown_offer"),
        (b"subscribe topics=weather\n", "bad_params"),
        (b"hello role=frontend name=pbx\n", "hello_first"),
        (b"{\"id\":1,\"method\":\"\xff\"}\n", "bad_json"),
        (b"\x01\n", "bad_frame"),
        (large.as_bytes(), "bad_frame"),
    ] {
        assert_eq!(kind_of(&mut pbx, bytes), kind, "{}", String::from_utf8_lossy(&bytes[..9]));
    }
    pbx.ask("ping", json!({}));
    pbx.send(b"{\"id\":1,\"method\":\"contact.new\",\"params\":{\"ext\":\"half\"");
    drop(pbx);
    let mut watcher = server.client("supervisor", "maria");
    let contacts = watcher.ask("snapshot", json!({"of": ["contacts"]}));
    assert_eq!(contacts["contacts"], json!([]), "nothing of it came in");
}

#[test]
fn hello_comes_first_and_says_who() {
    let server = Server::start();
    let mut nobody = server.connect();
    nobody.ask("ping", json!({}));
    assert_eq!(nobody.refused("snapshot", json!({})), "hello_first");
    for hello in [
        json!({"name": "x"}),
        json!({"role": "king", "name": "x"}),
        json!({"role": "frontend"}),
        json!({"role": "frontend", "name": "widget"}),
        json!({"role": "frontend", "name": "a\nb"}),
        json!({"role": "frontend", "name": "x", "proto": 2}),
        json!({"role": "frontend", "name": "x", "enc": "bin2"}),
    ] {
        assert_eq!(nobody.refused("hello", hello.clone()), "bad_params", "{hello}");
    }
    assert_eq!(nobody.refused("hello", json!({"role": "agent", "name": "eve"})), "unknown_agent");
    nobody.hello(json!({"role": "agent", "name": "ana"}));
}

#[test]
fn a_newer_connection_of_a_name_wins() {
    let server = Server::start();
    let mut ana = server.ready("ana");
    let mut newer = server.client("agent", "ana");
    assert_eq!(ana.bye().as_deref(), Some("replaced"));
    // Nothing was lost: the agent is as ready as before.
    let agents = newer.ask("snapshot", json!({"of": ["agents"]}))["agents"].clone();
    assert_eq!((&agents[0]["state"], agents.as_array().map(Vec::len)), (&json!("ready"), Some(1)));
    let (mut one, mut two) = (server.client("monitor", "wall"), server.client("monitor", "wall"));
    one.ask("ping", json!({}));
    two.ask("ping", json!({}));
}

#[test]
fn a_doubled_idem_gives_the_first_result() {
    let server = Server::start();
    let mut pbx = server.front_end();
    let call = |ext: &str| json!({"ext": ext, "channel": "voice", "queue": "roads", "idem": "k"});
    let first = pbx.call("contact.new", call("1"));
    pbx.call_in("2");
    let again = pbx.call("contact.new", call("1"));
    assert_eq!((&again["result"], &again["replayed"]), (&first["result"], &json!(true)));
    assert_eq!(pbx.refused("contact.new", call("3")), "idem_mismatch");
    let mut other = server.client("frontend", "other");
    assert!(other.call("contact.new", call("1")).get("replayed").is_none());
    let without = json!({"ext": "1", "channel": "voice", "queue": "roads"});
    let refused = pbx.call("contact.new", without);
    assert_eq!(refused["error"]["data"]["kind"], "ext_in_use");
    assert_eq!(refused["error"]["data"]["contact"], first["result"]["contact"]);
}

#[test]
fn everybody_acts_on_their_own_only() {
    let server = Server::start();
    let mut pbx = server.front_end();
    let (mut ana, mut bo) = (server.ready("ana"), server.client("agent", "bo"));
    let entered = pbx.call_in("1");
    let (contact, offer) =
        (json!({"contact": entered["contact"]}), json!({"offer": entered["offer"]}));
    let mut other = server.client("frontend", "other");
    for (method, params) in [
        ("contact.end", &contact),
        ("contact.get", &contact),
        ("contact.abandon", &contact),
        ("offer.answered", &offer),
        ("offer.ringing", &offer),
    ] {
        assert_eq!(other.refused(method, params.clone()), "not_allowed", "{method}");
    }
    assert_eq!(bo.refused("offer.accept", offer.clone()), "not_allowed");
    assert_eq!(bo.refused("agent.state", json!({"agent": "ana", "state": "ready"})), "not_allowed");
    assert_eq!(bo.refused("subscribe", json!({"topics": ["agent.ana"]})), "not_allowed");
    assert_eq!(
        bo.refused("contact.new", json!({"ext": "1", "channel": "web", "queue": "roads"})),
        "not_allowed"
    );
    let out = json!({"agent": "ana"});
    assert_eq!(pbx.refused("agent.logout", out), "not_allowed", "ana has a desktop");
    ana.ask("offer.accept", offer);
    assert_eq!(bo.refused("contact.end", contact.clone()), "not_allowed");
    assert_eq!(other.ask("snapshot", json!({"of": ["contacts"]}))["contacts"], json!([]));
    // A subscription to everything shows nobody another's contacts.
    other.ask("subscribe", json!({"topics": ["*"]}));
    bo.ask("subscribe", json!({"topics": ["*"]}));
    pbx.ask("contact.hold", contact);
    assert_eq!((other.types(), bo.types()), (vec![], vec![]));
    assert_eq!(ana.event("contact.held")["ext"], "1");
}

#[test]
fn monitors_read_with_numbers_masked() {
    let server = Server::start();
    let mut pbx = server.front_end();
    let call = json!({"ext": "1", "channel": "voice", "queue": "roads", "from": "+15125550177"});
    let entered = pbx.ask("contact.new", call);
    let mut wall = server.client("monitor", "wall");
    wall.ask("subscribe", json!({"topics": ["*"]}));
    let of = json!({"of": ["contacts"]});
    assert_eq!(wall.ask("snapshot", of.clone())["contacts"][0]["from"], "+1********77");
    assert_eq!(pbx.ask("snapshot", of)["contacts"][0]["from"], "+15125550177");
    pbx.ask("contact.callback", json!({"contact": entered["contact"]}));
    pbx.ask("agent.login", json!({"agent": "ana", "device": "SIP/ana"}));
    pbx.ask("agent.state", json!({"agent": "ana", "state": "ready"}));
    assert_eq!(wall.event("contact.offered")["number"], "+1********77");
    assert_eq!(pbx.event("contact.offered")["number"], "+15125550177");
    assert_eq!(wall.refused("contact.get", json!({"contact": entered["contact"]})), "not_allowed");
}

#[test]
fn a_widget_has_one_contact_and_talks_with_its_agent() {
    let server = Server::start();
    let mut window = server.client("widget", "visitor-1");
    let chat = |ext: &str| json!({"ext": ext, "channel": "chat", "queue": "roads"});
    let entered = window.ask("contact.new", chat("1"));
    assert_eq!(window.refused("contact.new", chat("2")), "limit");
    let say = |text: &str| json!({"contact": entered["contact"], "id": "m1", "text": text});
    window.ask("contact.message", say("hello?"));
    let mut ana = server.ready("ana");
    let offer = ana.event("contact.offered")["offer"].clone();
    ana.ask("offer.accept", json!({"offer": offer}));
    let message = ana.notice("message");
    assert_eq!((&message["text"], &message["by"]), (&json!("hello?"), &json!("resident")));
    ana.ask("contact.message", say("good morning"));
    assert_eq!(window.notice("message")["text"], "good morning");
    window.ask("contact.typing", json!({"contact": entered["contact"]}));
    assert_eq!(ana.notice("message")["typing"], true);
}

#[test]
fn strangers_over_tcp_show_a_token() {
    let scratch = common::Scratch::new();
    let file = scratch.file("tokens.toml");
    let token = acd_server::tokens::create(&file, acd_proto::Role::Frontend, "pbx").unwrap();
    let server = Server::with(CITY, |setup| {
        setup.config.tokens = Some(file);
        setup.config.listen = vec!["tcp:127.0.0.1:0".parse().unwrap()];
    });
    let acd_proto::Address::Tcp(address) = server.addresses[0] else { panic!("the first is TCP") };
    let hello = |role: &str, name: &str, token: Option<&str>| {
        let stream = std::net::TcpStream::connect(address).unwrap();
        let mut client = Client::over_tcp(stream);
        client.read();
        client.call("hello", json!({"role": role, "name": name, "token": token}))
    };
    let kind = |reply: Value| reply["error"]["data"]["kind"].clone();
    assert_eq!(kind(hello("frontend", "pbx", None)), "bad_token");
    assert_eq!(kind(hello("frontend", "pbx", Some("acd_0_0"))), "bad_token");
    assert_eq!(kind(hello("admin", "pbx", Some(&token))), "bad_token");
    assert_eq!(kind(hello("frontend", "other", Some(&token))), "bad_token");
    assert_eq!(hello("frontend", "pbx", Some(&token))["result"]["role"], "frontend");
}

#[test]
fn who_says_no_hello_is_counted_and_turned_away() {
    let server = Server::with(CITY, |setup| setup.config.limits.connections_before_hello = 2);
    let (mut one, _two) = (server.connect(), server.connect());
    let mut three = server.connect();
    assert_eq!(three.read()["error"]["data"]["kind"], "overloaded");
    assert_eq!(three.bye(), None);
    one.hello(json!({"role": "monitor", "name": "wall"}));
    server.connect().hello(json!({"role": "monitor", "name": "wall"}));
}

#[test]
fn ten_thousand_garbage_connections_hurt_nobody() {
    let server = Server::start();
    let (mut pbx, mut ana) = (server.front_end(), server.ready("ana"));
    let garbage: [&[u8]; 5] = [
        b"\xac\x01\x02\x03\x04",
        b"GET / HTTP/1.1\r\n\r\n",
        b"{\"id\":",
        b"\x16\x03\x01",
        b"\n{}\n",
    ];
    for n in 0..10_000_usize {
        let mut stream = UnixStream::connect(server.scratch.file("acd.sock")).unwrap();
        let _ = stream.write_all(garbage[n % garbage.len()]);
        drop(stream);
        if n % 500 == 0 {
            let entered = pbx.call_in(&n.to_string());
            ana.ask("offer.accept", json!({"offer": entered["offer"]}));
            pbx.ask("contact.end", json!({"contact": entered["contact"]}));
        }
    }
    let engine = pbx.ask("snapshot", json!({"of": ["engine"]}))["engine"].clone();
    assert_eq!(engine["connections"], json!({"agent": 1, "frontend": 1}));
}
