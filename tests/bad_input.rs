//! Bad input over the real socket: a clear error each, and nothing lost.

mod support;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use serde_json::json;
use support::{Server, Talk};

/// A server with agent 4471 ready, seen by a front end.
fn ready_server(name: &str) -> (Server, Talk) {
    let server = Server::start(name, &[]);
    let mut front_end = server.hello("frontend", "pbx-1");
    front_end.ask("agent.login", json!({"agent": "4471", "device": "PJSIP/4471"}));
    front_end.ask("agent.state", json!({"agent": "4471", "state": "ready"}));
    (server, front_end)
}

#[test]
fn each_bad_request_names_what_is_wrong_and_the_connection_goes_on() {
    let (_server, mut talk) = ready_server("bad-requests");
    let call = |ext: &str| json!({"ext": ext, "channel": "voice", "queue": "roads"});

    let data = talk.refused("contact.nwe", call("1"));
    assert_eq!(data["kind"], "unknown_method");
    assert_eq!(data["near"], "contact.new");

    let data = talk.refused("contact.new", json!({"ext": "1", "channel": "voice"}));
    assert_eq!((&data["kind"], &data["field"]), (&json!("bad_params"), &json!("queue")));

    let mut wrong = call("1");
    wrong["prio"] = json!("high");
    let data = talk.refused("contact.new", wrong);
    assert_eq!((&data["kind"], &data["field"]), (&json!("bad_params"), &json!("prio")));
    assert!(data["got"].as_str().is_some_and(|got| got.contains("high")), "{data}");
    assert!(data["expected"].is_string(), "{data}");

    let mut wrong = call("1");
    wrong["prio"] = json!(12);
    let data = talk.refused("contact.new", wrong);
    assert_eq!((&data["kind"], &data["field"]), (&json!("bad_params"), &json!("prio")));

    let mut wrong = call("1");
    wrong["channel"] = json!("vioce");
    let data = talk.refused("contact.new", wrong);
    assert_eq!((&data["field"], &data["near"]), (&json!("channel"), &json!("voice")));

    let mut wrong = call("1");
    wrong["queue"] = json!("raods");
    let data = talk.refused("contact.new", wrong);
    assert_eq!((&data["kind"], &data["near"]), (&json!("unknown_queue"), &json!("roads")));

    let mut wrong = call("1");
    wrong["needs"] = json!({"lang.ess": 3});
    let data = talk.refused("contact.new", wrong);
    assert_eq!(data["kind"], "unknown_skill");

    let data = talk.refused("agent.state", json!({"agent": "447l", "state": "ready"}));
    assert_eq!(data["kind"], "unknown_agent");
    let data = talk.refused("contact.get", json!({"contact": "c-ffff"}));
    assert_eq!(data["kind"], "unknown_contact");
    let data = talk.refused("offer.answered", json!({"offer": "o-ffff"}));
    assert_eq!(data["kind"], "unknown_offer");
    let data = talk.refused("snapshot", json!({"of": ["quues"]}));
    assert_eq!(data["kind"], "bad_params");

    let queued = talk.ask("contact.new", call("1"));
    assert_eq!(queued["state"], "offered", "nothing was lost: {queued}");
}

#[test]
fn a_late_answer_is_refused_as_over() {
    let (_server, mut talk) = ready_server("late-answer");
    let queued = talk.ask("contact.new", json!({"ext": "1", "channel": "voice", "queue": "roads"}));
    let offer = queued["offer"].clone();
    talk.ask("offer.failed", json!({"offer": offer, "cause": "busy"}));
    let data = talk.refused("offer.answered", json!({"offer": offer}));
    assert_eq!(data["kind"], "offer_over");
    let state = talk.ask("contact.get", json!({"contact": queued["contact"]}));
    assert_eq!(state["state"], "queued", "the contact waits on");
}

#[test]
fn a_doubled_idem_gives_the_first_result_again() {
    let (_server, mut talk) = ready_server("idem");
    let params = json!({"ext": "1", "channel": "voice", "queue": "roads", "idem": "k-1"});
    let first = talk.ask("contact.new", params.clone());
    let again = talk.call("contact.new", params);
    assert_eq!(again["result"]["contact"], first["contact"]);
    assert!(again.to_string().contains(r#""replayed":true"#), "{again}");
    let other = json!({"ext": "2", "channel": "voice", "queue": "roads", "idem": "k-1"});
    assert_eq!(talk.refused("contact.new", other)["kind"], "idem_mismatch");
    let twice = json!({"ext": "1", "channel": "voice", "queue": "roads"});
    let data = talk.refused("contact.new", twice);
    assert_eq!((&data["kind"], &data["contact"]), (&json!("ext_in_use"), &first["contact"]));
}

#[test]
fn a_role_that_may_not_is_told_so() {
    let (server, _front_end) = ready_server("roles");
    let mut monitor = server.hello("monitor", "wall");
    let call = json!({"ext": "1", "channel": "voice", "queue": "roads"});
    assert_eq!(monitor.refused("contact.new", call.clone())["kind"], "not_allowed");
    let mut stranger = server.connect();
    stranger.json().expect("a greeting");
    assert_eq!(stranger.refused("contact.new", call)["kind"], "hello_first");
}

#[test]
fn bytes_that_are_no_request_get_an_error_and_no_harm() {
    let (server, mut good) = ready_server("bytes");
    let mut talk = server.hello("frontend", "pbx-2");
    talk.send(b"{\"id\":1,\"method\":\"ping\"\xff\xfe}\n");
    assert_eq!(talk.json().expect("an error")["error"]["data"]["kind"], "bad_json");
    talk.send(b"{\"id\":1,\n");
    assert_eq!(talk.json().expect("an error")["error"]["data"]["kind"], "bad_json");
    talk.send(b"\x01\x02\x03\n");
    assert_eq!(talk.json().expect("an error")["error"]["data"]["kind"], "bad_frame");

    let mut oversize = server.hello("frontend", "pbx-3");
    oversize.send(&vec![b'{'; 70_000]);
    oversize.send(b"\n");
    assert_eq!(oversize.json().expect("an error")["error"]["data"]["kind"], "bad_frame");

    // Half a frame, then gone: nothing of it is done.
    let mut half = server.connect();
    half.send(b"{\"id\":1,\"method\":\"hello\",\"params\":{\"role\":\"fron");
    drop(half);

    let call = json!({"ext": "1", "channel": "voice", "queue": "roads"});
    assert_eq!(good.ask("contact.new", call)["state"], "offered");
}

#[test]
fn ten_thousand_garbage_connections_one_after_another_harm_nobody() {
    let (server, mut good) = ready_server("garbage");
    let mut seed: u64 = 311;
    for n in 0..10_000_u32 {
        let mut stream = UnixStream::connect(&server.socket).expect("the server accepts");
        let mut bytes = [0_u8; 64];
        for byte in &mut bytes {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = (seed >> 56) as u8;
        }
        let _ = stream.write_all(&bytes);
        if n % 1_000 == 0 {
            // Read to the end now and then: each is cut off or answered, never hung up on us.
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let mut said = Vec::new();
            let _ = stream.read_to_end(&mut said);
            assert!(said.starts_with(b"{\"method\":\"greeting\""), "a greeting comes first");
            good.ask("ping", json!({}));
        }
    }
    let call = json!({"ext": "1", "channel": "voice", "queue": "roads"});
    assert_eq!(good.ask("contact.new", call)["state"], "offered");
    assert!(server.resident() < 64 << 20, "{} bytes resident", server.resident());
}
