//! Requests as clients write them: what is read, and what each mistake is answered.

use acd_proto::request::{
    AgentLogin, ContactNew, Hello, LiveContact, OneContact, Place, Reconcile, Request, Subscribe,
};
use acd_proto::{Call, Decoder, Id, Kind, Method, Role, decode};

/// Decodes the first frame of a text.
fn read(bytes: &[u8]) -> Result<Call, (String, acd_proto::ErrorBody)> {
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    decoder.push(b"\n");
    let frame = decoder.next().expect("a frame").expect("well framed");
    decode(frame).map_err(|(id, error)| (id_text(&id), error))
}

fn id_text(id: &Id) -> String {
    let mut out = Vec::new();
    id.write(&mut out);
    String::from_utf8(out).expect("ids are JSON")
}

fn request(text: &str) -> Request {
    read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error:?}")).request
}

/// `id kind field got expected near` of the error a frame is answered, absent ones as `-`.
fn refused(bytes: &[u8]) -> String {
    let (id, error) = read(bytes).expect_err("an error");
    let data = &error.data;
    assert_eq!(error.code, data.kind.code());
    let or = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    format!(
        "{id} | {} | {} | {} | {} | {}",
        data.kind.name(),
        or(&data.field),
        or(&data.got),
        or(&data.expected),
        or(&data.near)
    )
}

#[test]
fn json_and_plain_lines_say_the_same() {
    for (json, plain) in [
        (
            r#"{"id":1,"method":"hello","params":{"proto":1,"role":"frontend","name":"asterisk-1","lease_ms":15000}}"#,
            "hello id=1 proto=1 role=frontend name=asterisk-1 lease_ms=15000",
        ),
        (
            r#"{"id":2,"method":"contact.new","params":{"ext":"1732412.889","channel":"voice","queue":"spanish","prio":5,"needs":{"lang.es":4,"water":2},"from":"+15125550177","attrs":{"dnis":"311"},"idem":"a1"}}"#,
            "contact.new id=2 ext=1732412.889 channel=voice queue=spanish prio=5 needs.lang.es=4 needs.water=2 from=+15125550177 attrs.dnis=311 idem=a1",
        ),
        (
            r#"{"id":3,"method":"contact.transfer","params":{"contact":"c-1","to":{"agent":"4471","queue":"water"},"keep_age":true}}"#,
            "contact.transfer id=3 contact=c-1 to.agent=4471 to.queue=water keep_age=true",
        ),
        (
            r#"{"id":4,"method":"subscribe","params":{"topics":["queue.*","contact.*"],"since":{"epoch":"e","seq":9}}}"#,
            "subscribe id=4 topics=queue.*,contact.* since.epoch=e since.seq=9",
        ),
        (
            r#"{"id":5,"method":"reconcile","params":{"live":[{"ext":"1.2","state":"waiting"},{"ext":"1.3","state":"ringing"}]}}"#,
            "reconcile id=5 live.0.ext=1.2 live.0.state=waiting live.1.ext=1.3 live.1.state=ringing",
        ),
        (r#"{"id":6,"method":"reconcile","params":{"live":[]}}"#, "reconcile id=6 live="),
        (r#"{"id":7,"method":"ping"}"#, "ping id=7"),
        (
            r#"{"id":8,"method":"contact.end","params":{"contact":"c-1","disposition":"call \"back\" later"}}"#,
            r#"contact.end id=8 contact=c-1 "disposition=call \"back\" later""#,
        ),
        (
            r#"{"id":9,"method":"agent.login","params":{"agent":"4471","capacity":{"voice":1,"chat":3}}}"#,
            "agent.login id=9 agent=4471 capacity.voice=1 capacity.chat=3",
        ),
    ] {
        let (one, other) = (read(json.as_bytes()).unwrap(), read(plain.as_bytes()).unwrap());
        assert_eq!(one, other, "{plain}");
    }
}

#[test]
fn a_request_becomes_its_struct() {
    assert_eq!(
        request("hello proto=1 role=frontend name=a resume.epoch=e resume.seq=7 future=x"),
        Request::Hello(Hello {
            proto: Some(1),
            role: Some(Role::Frontend),
            name: Some("a".into()),
            resume: Some(Place { epoch: "e".into(), seq: 7 }),
            ..Hello::default()
        })
    );
    assert_eq!(
        request(
            "contact.new ext=7 channel=voice queue=roads \"from=a b\" name='x prefer=4471,4472"
        ),
        Request::ContactNew(ContactNew {
            ext: "7".into(),
            channel: "voice".into(),
            queue: "roads".into(),
            from: Some("a b".into()),
            name: Some("'x".into()),
            prefer: vec!["4471".into(), "4472".into()],
            ..ContactNew::default()
        })
    );
    assert_eq!(
        request("subscribe topics=queue.*"),
        Request::Subscribe(Subscribe { topics: vec!["queue.*".into()], since: None })
    );
    assert_eq!(request("agent.login"), Request::AgentLogin(AgentLogin::default()));
    assert_eq!(
        request(
            r#"{"method":"contact.get","params":{"contact":"c-1","later":{"a":[1]}},"jsonrpc":"2.0"}"#
        ),
        Request::ContactGet(OneContact { contact: "c-1".into() })
    );
    assert_eq!(
        request("reconcile live.10.ext=b live.10.state=waiting live.9.ext=a live.9.state=waiting"),
        Request::Reconcile(Reconcile {
            live: ["a", "b"]
                .map(|ext| LiveContact { ext: ext.into(), state: "waiting".into() })
                .to_vec()
        }),
        "by number, not by letter"
    );
}

#[test]
fn an_id_comes_back_as_it_was_sent() {
    for (sent, back) in [
        ("7", "7"),
        ("18446744073709551616", "18446744073709551616"),
        ("-1", "-1"),
        ("1.50", "1.50"),
        ("1e3", "1e3"),
        (r#""a-7""#, r#""a-7""#),
        (r#""\u00e9\n""#, r#""\u00e9\n""#),
        ("null", "null"),
    ] {
        let call = read(format!(r#"{{"id":{sent},"method":"ping"}}"#).as_bytes()).unwrap();
        assert_eq!(id_text(&call.id), back);
    }
    assert_eq!(read(br#"{"method":"ping"}"#).unwrap().id, Id::NULL);
    for (sent, back) in [("7", "7"), ("007", "\"007\""), ("a-7", "\"a-7\""), ("\"", "")] {
        match read(format!("ping id={sent}").as_bytes()) {
            Ok(call) => assert_eq!(id_text(&call.id), back),
            Err((id, error)) => {
                assert_eq!((id.as_str(), error.data.kind), ("null", Kind::BadParams));
            }
        }
    }
}

#[test]
fn idem_is_found_in_either_place_and_digests_what_is_asked() {
    let with = |text: &str| {
        let call = read(text.as_bytes()).unwrap();
        (call.idem, call.digest)
    };
    let (key, digest) = with(
        r#"{"id":1,"method":"contact.end","params":{"contact":"c-1","by":"caller","idem":"k"}}"#,
    );
    assert_eq!(key.as_deref(), Some("k"));
    // FNV-1a of `contact.end`, a zero byte and `{"contact":"c-1","by":"caller"}`.
    assert_eq!(digest, 0x9c77_8de6_91a6_3a69);
    for same in [
        r#"{"id":9,"idem":"k","params":{"by":"caller","contact":"c-1"},"method":"contact.end"}"#,
        "contact.end by=caller contact=c-1 idem=k",
    ] {
        assert_eq!(with(same), (key.clone(), digest), "{same}");
    }
    for other in [
        "contact.end by=agent contact=c-1 idem=k",
        "contact.end by=caller contact=c-2 idem=k",
        "contact.hold contact=c-1 idem=k",
    ] {
        assert_ne!(with(other).1, digest, "{other}");
    }
    assert_eq!(with("contact.end contact=c-1"), (None, 0));
    assert_eq!(with("ping idem=k"), (None, 0), "nothing to repeat");
}

/// Frame, and the answer as [`refused`] writes it.
const MISTAKES: &[(&str, &str)] = &[
    (r#"{"id":1,"method":"contact.nw"}"#, "1 | unknown_method | - | contact.nw | - | contact.new"),
    (r#"{"id":1,"method":"dance"}"#, "1 | unknown_method | - | dance | - | -"),
    (r#"{"id":1}"#, "1 | bad_params | method | - | - | -"),
    (r#"{"id":1,"method":5}"#, "1 | bad_params | method | 5 | text | -"),
    (
        r#"{"id":[1],"method":"ping"}"#,
        "null | bad_params | id | [1] | a number, a string or null of at most 256 bytes | -",
    ),
    (
        r#"{"id":true,"method":"ping"}"#,
        "null | bad_params | id | true | a number, a string or null of at most 256 bytes | -",
    ),
    (r#"{"id":1,"id":2,"method":"ping"}"#, "null | bad_params | id | - | - | -"),
    (r#"{"id":1,"method":"ping","params":[1]}"#, "1 | bad_params | params | [1] | an object | -"),
    (r#"{"id":1,"method":"ping""#, "null | bad_json | - | - | - | -"),
    (r#"{"id":1,"method":"ping"} x"#, "null | bad_json | - | - | - | -"),
    (
        r#"{"id":"x","method":"contact.new","params":{"channel":"voice","queue":"roads"}}"#,
        "\"x\" | bad_params | ext | - | - | -",
    ),
    (
        r#"{"id":1,"method":"contact.new","params":{"ext":1,"channel":"voice","queue":"roads"}}"#,
        "1 | bad_params | ext | 1 | text | -",
    ),
    (
        r#"{"id":1,"method":"contact.new","params":{"ext":"1","channel":"voice","queue":"roads","prio":"high"}}"#,
        "1 | bad_params | prio | high | a whole number from 0 to 255 | -",
    ),
    (
        r#"{"id":1,"method":"contact.new","params":{"ext":"1","channel":"voice","queue":"roads","prio":300}}"#,
        "1 | bad_params | prio | 300 | a whole number from 0 to 255 | -",
    ),
    (
        r#"{"id":1,"method":"contact.new","params":{"ext":"1","channel":"voice","queue":"roads","prio":1.5}}"#,
        "1 | bad_params | prio | 1.5 | a whole number from 0 to 255 | -",
    ),
    (
        r#"{"id":1,"method":"contact.new","params":{"ext":"1","channel":"voice","queue":"roads","needs":{"water":"a, expected b"}}}"#,
        "1 | bad_params | needs.water | a, expected b | a whole number from 0 to 255 | -",
    ),
    (
        r#"{"id":1,"method":"contact.new","params":{"ext":"1","channel":"voice","queue":"roads","prefer":"4471"}}"#,
        "1 | bad_params | prefer | 4471 | a list | -",
    ),
    (
        r#"{"id":1,"method":"reconcile","params":{"live":[{"ext":"1","state":"waiting"},{"ext":"2"}]}}"#,
        "1 | bad_params | live[1].state | - | - | -",
    ),
    (
        r#"{"id":1,"method":"hello","params":{"role":"fronted"}}"#,
        "1 | bad_params | role | fronted | one of frontend, agent, supervisor, monitor, admin, widget | frontend",
    ),
    (
        r#"{"id":1,"method":"contact.end","params":{"contact":"c-1","contact":"c-2"}}"#,
        "1 | bad_params | contact | - | - | -",
    ),
    (
        r#"{"id":1,"method":"contact.hold","params":{"contact":"c-1","idem":7}}"#,
        "1 | bad_params | idem | 7 | text of 1 to 64 bytes | -",
    ),
    (
        r#"{"id":1,"method":"contact.hold","params":{"contact":"c-1"},"idem":""}"#,
        "1 | bad_params | idem |  | text of 1 to 64 bytes | -",
    ),
    ("contact.nw id=1", "1 | unknown_method | - | contact.nw | - | contact.new"),
    ("GET / HTTP/1.1", "null | bad_params | - | / | key=value | -"),
    ("ping now", "null | bad_params | - | now | key=value | -"),
    ("ping a=1 a=2", "null | bad_params | a | - | - | -"),
    ("ping \"a=1", "null | bad_params | - | - | - | -"),
    (
        "contact.transfer id=1 contact=c-1 to=general",
        "1 | bad_params | to | general | an object | -",
    ),
    ("contact.transfer id=1 contact=c-1", "1 | bad_params | to | - | - | -"),
    (
        "contact.new id=1 ext=1 channel=voice queue=roads prio=high",
        "1 | bad_params | prio | high | a whole number from 0 to 255 | -",
    ),
    (
        "contact.new id=1 ext=1 channel=voice queue=roads needs.water=x",
        "1 | bad_params | needs.water | x | a whole number from 0 to 255 | -",
    ),
    (
        "contact.transfer id=1 contact=c-1 to.queue=a keep_age=maybe",
        "1 | bad_params | keep_age | maybe | true or false | -",
    ),
    (
        "hello id=1 role=fronted",
        "1 | bad_params | role | fronted | one of frontend, agent, supervisor, monitor, admin, widget | frontend",
    ),
];

#[test]
fn every_mistake_names_itself() {
    for (frame, answer) in MISTAKES {
        assert_eq!(refused(frame.as_bytes()), *answer, "{frame}");
    }
}

#[test]
fn what_is_not_utf8_says_where() {
    let (id, error) = read(b"{\"id\":1,\"method\":\"p\xffng\"}").unwrap_err();
    assert_eq!((id.as_str(), error.data.kind), ("null", Kind::BadJson));
    assert_eq!(error.message, "the frame is not UTF-8: byte 19");
    assert_eq!(error.data.got.as_deref(), Some("byte 0xff"));
    let (_, error) = read(b"ping a=\xc3").unwrap_err();
    assert_eq!(error.message, "the frame is not UTF-8: byte 7");
}

#[test]
fn errors_stay_short_whatever_was_sent() {
    let long = "x".repeat(60_000);
    for frame in [
        format!(r#"{{"id":1,"method":"{long}"}}"#),
        format!(r#"{{"id":"{long}","method":"ping"}}"#),
        format!(r#"{{"id":1,"method":"ping","params":"{long}"}}"#),
        format!(
            r#"{{"id":1,"method":"contact.new","params":{{"ext":"1","channel":"voice","queue":"q","needs":{{"{long}":"{long}"}}}}}}"#
        ),
        format!(r#"{{"id":1,"method":"contact.hold","params":{{"contact":"c","idem":"{long}"}}}}"#),
        format!("{long} id=1"),
        format!("ping {long}"),
        format!("ping {long}=1 {long}=2"),
        format!("hello role={long}"),
    ] {
        let frame = &frame.as_bytes()[..frame.len().min(65_000)];
        let (id, error) = read(frame).expect_err("an error");
        let size = id.len() + serde_json::to_string(&error).unwrap().len();
        assert!(size < 1024, "{size} bytes: {error:?}");
    }
}

#[test]
fn a_plain_line_has_a_maximum_of_members() {
    let line = |n: usize| (0..n).fold("ping".to_owned(), |line, i| line + &format!(" a{i}=1"));
    assert!(read(line(256).as_bytes()).is_ok());
    assert_eq!(read(line(257).as_bytes()).unwrap_err().1.data.kind, Kind::BadParams);
}

#[test]
fn every_method_is_found_by_its_name() {
    for &method in Method::ALL {
        let json = format!(r#"{{"id":1,"method":"{}","params":{{}}}}"#, method.name());
        for frame in [json, format!("{} id=1", method.name())] {
            match read(frame.as_bytes()) {
                Ok(call) => assert_eq!(call.request.method(), method),
                Err((id, error)) => {
                    assert_eq!((id.as_str(), error.data.kind), ("1", Kind::BadParams));
                    assert!(error.data.field.is_some(), "{error:?}");
                }
            }
        }
    }
}
