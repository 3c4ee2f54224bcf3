//! Who guesses, floods, and reads the log.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use crate::door::{CITY, Resident, city, hear, most, post, socket, socket_at};
use crate::support::http::{ask, ask_text};
use crate::support::{PATIENCE, Scratch, Talk, acd};

#[test]
fn who_guesses_learns_nothing_and_is_shut_out() {
    let (_server, http) = city("web-guess");
    let resident = Resident::new(&http, "chat");
    let begun = Instant::now();
    let line = format!("GET {}", resident.path(""));
    assert_eq!(ask(&http, &line, &[&resident.bearer], "").0, 200);
    let guess = |n: u32| match n % 3 {
        0 => ask(&http, &line, &[&format!("Authorization: Bearer guess{n}")], ""),
        1 => ask(&http, &format!("GET /v1/inquiries/guess{n}"), &[&resident.bearer], ""),
        _ => {
            ask(&http, &format!("GET {}", resident.path(&format!("/events?ticket=g{n}"))), &[], "")
        }
    };
    let (first, second, third) = (guess(0), guess(1), guess(2));
    assert_eq!((first.0, &first.2), (404, &second.2), "which of both is wrong is not told");
    assert_eq!(first.2, third.2);
    let statuses: Vec<u16> = (3..600).map(|n| guess(n).0).collect();
    let looked_up = statuses.iter().filter(|status| **status == 404).count();
    assert!((50..=most(60, begun)).contains(&looked_up), "{looked_up} guesses were looked up");
    assert!(statuses.iter().all(|status| [404, 429].contains(status)));
    assert_eq!(ask(&http, &line, &[&resident.bearer], "").0, 429, "nor is a right one");
}

#[test]
fn ten_times_as_much_as_one_may_say_is_refused() {
    let (_server, http) = city("web-flood");
    let resident = Resident::new(&http, "chat");
    let begun = Instant::now();
    let statuses: Vec<u16> = (0..300).map(|n| resident.says(&format!("{n}"))).collect();
    let passed = statuses.iter().filter(|status| **status == 202).count();
    assert!((30..=most(30, begun)).contains(&passed), "{passed} were passed on");
    assert!(statuses.iter().all(|status| [202, 429].contains(status)));
    let tickets = (0..300)
        .map(|_| post(&http, &resident.path("/tickets"), &[&resident.bearer], &json!({})).0);
    let given = tickets.filter(|status| *status == 200).count();
    assert!((100..=most(120, begun)).contains(&given), "{given} tickets were given");
}

/// A page elsewhere, of no site, or of one whose name looks like ours, though it knew a secret.
#[test]
fn no_other_sites_page_does_anything_in_a_residents_name() {
    let (_server, http) = city("web-forged");
    let resident = Resident::new(&http, "chat");
    let of = |method: &str, rest: &str| format!("{method} {}", resident.path(rest));
    let requests = [
        ("POST /v1/inquiries".to_owned(), r#"{"queue":"chat"}"#),
        (of("POST", "/messages"), r#"{"text":"Cancel it."}"#),
        (of("POST", "/typing"), ""),
        (of("POST", "/tickets"), ""),
        (of("GET", ""), ""),
        (of("GET", "/events"), ""),
        (of("DELETE", ""), ""),
    ];
    for origin in ["https://evil.example", "null", "https://www.city.example.evil.example"] {
        let origin = format!("Origin: {origin}");
        for (line, body) in &requests {
            // As a form would be posted, which asks nobody first.
            let headers = [&origin, &resident.bearer, "Content-Type: text/plain"];
            let (status, head, answer) = ask(&http, line, &headers, body);
            assert_eq!(
                (status, &answer["error"]["kind"]),
                (403, &json!("unknown_origin")),
                "{line}"
            );
            assert!(!head.contains("access-control-allow"), "{line}: {head}");
        }
    }
    let (_, _, shown) = ask(&http, &of("GET", ""), &[&resident.bearer], "");
    assert_eq!(shown["state"], "waiting", "nothing has come of it");
}

/// What is told of bytes that may be no HTTP; none where the door hangs up.
fn told(http: &str, bytes: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(http).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let _ = stream.write_all(bytes);
    let mut first = String::new();
    BufReader::new(stream).read_line(&mut first).ok()?;
    first.split(' ').nth(1)?.parse().ok()
}

#[test]
fn what_is_too_large_or_makes_no_sense_is_refused_wherever_it_comes() {
    let (_server, http) = city("web-odd");
    let resident = Resident::new(&http, "chat");
    let paths = ["/v1/inquiries".to_owned(), resident.path("/messages")];
    let deep = "[".repeat(15_000);
    let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(20_000));
    for path in &paths {
        let line = format!("POST {path}");
        let twice = r#"{"queue":"chat","text":"a","text":"b"}"#;
        for body in ["", "{", "[]", "null", "7", r#"{"text":7}"#, twice, r#"{"txt":"a"}"#, &deep] {
            let (status, _, answer) = ask(&http, &line, &[&resident.bearer], body);
            assert_eq!((status, &answer["error"]["kind"]), (400, &json!("bad_request")), "{body}");
        }
        assert_eq!(ask(&http, &line, &[&resident.bearer], &long).0, 413);
    }
    let head = b"POST /v1/inquiries HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n";
    assert_eq!(told(&http, &[head, b"{\"queue\":\"\xff".as_slice()].concat()), Some(400));
    let large = format!("GET /healthz HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(40_000));
    for odd in [large.as_bytes(), b"\x16\x03\x01 what\r\n\r\n", b"GET  HTTP\r\n\r\n"] {
        assert!(told(&http, odd).is_none_or(|status| (400..500).contains(&status)));
    }
    let own = format!("http://{http}");
    let path = resident.path(&format!("/socket?ticket={}", resident.ticket));
    let mut sockets = [socket_at(&http, &path, &own), socket(&http, &own)].map(Result::unwrap);
    for socket in &mut sockets {
        let _ = socket.send("x".repeat(70_000).into());
        while socket.read().is_ok_and(|message| !message.is_close()) {}
    }
    let (status, _, shown) =
        ask(&http, &format!("GET {}", resident.path("")), &[&resident.bearer], "");
    assert_eq!((status, &shown["state"]), (200, &json!("waiting")), "it goes on for the others");
}

#[test]
fn a_page_loads_and_runs_nothing_but_the_doors_own() {
    let (_server, http) = city("web-pages");
    for page in ["/widget", "/kiosk", "/desk", "/docs"] {
        let (status, head, body) = ask_text(&http, &format!("GET {page}"), &[], "");
        assert_eq!(status, 200, "{page}");
        for header in [
            "content-security-policy: default-src 'none'; script-src 'self'; style-src",
            "frame-ancestors 'self'",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
        ] {
            assert!(head.contains(header), "{page}: {header} in {head}");
        }
        let tags = ["<script", "<link"].into_iter().flat_map(|tag| body.split(tag).skip(1));
        for tag in tags.filter_map(|rest| rest.split('>').next()) {
            assert!(tag.contains("src=\"/") || tag.contains("href=\"/"), "{page}: {tag}");
        }
    }
}

/// A server that logs whatever it can into a file, and where it answers HTTP.
fn talkative(scratch: &Scratch) -> (Child, String) {
    std::fs::write(scratch.join("city.toml"), CITY).expect("a file for the test");
    let mut server = acd()
        .args(["serve", "--http", "127.0.0.1:0", "--config"])
        .arg(scratch.join("city.toml"))
        .arg("--listen")
        .arg(format!("unix:{}", scratch.join("acd.sock").display()))
        .arg("--data")
        .arg(scratch.join("data"))
        .env("ACD_LOG", "trace")
        .stdout(Stdio::piped())
        .stderr(File::create(scratch.join("log")).expect("a file for the log"))
        .spawn()
        .expect("acd serve starts");
    let said = BufReader::new(server.stdout.take().expect("piped")).lines();
    let mut said = said.map_while(Result::ok);
    let http = said.find_map(|line| line.strip_prefix("acd answers http at ").map(str::to_owned));
    let http = http.expect("it says where it answers");
    let start = Instant::now();
    while ask(&http, "GET /readyz", &[], "").0 != 200 {
        assert!(start.elapsed() < PATIENCE, "the door never opened");
    }
    (server, http)
}

/// An agent at a desk takes what is offered and says something.
fn answers(http: &str, token: &str, text: &str) {
    let mut desk = socket(http, &format!("http://{http}")).expect("its own page may");
    hear(&mut desk);
    let mut id = 0;
    let mut request = |method: &str, params: Value| {
        id += 1;
        json!({"id": id, "method": method, "params": params}).to_string()
    };
    for (method, params) in [
        ("hello", json!({"role": "agent", "name": "ana", "token": token})),
        ("agent.login", json!({})),
        ("agent.state", json!({"state": "ready"})),
    ] {
        desk.send(request(method, params).into()).expect("it reads");
    }
    loop {
        let heard = hear(&mut desk)["params"].take();
        if heard["type"] == "contact.offered" {
            let accept = request("offer.accept", json!({"offer": heard["offer"]}));
            desk.send(accept.into()).expect("it reads");
        }
        if heard["type"] == "contact.connected" {
            let says = json!({"contact": heard["contact"], "text": text});
            desk.send(request("contact.message", says).into()).expect("it reads");
            break;
        }
    }
    while hear(&mut desk)["id"] != 5 {}
}

/// Everything that may be logged is; what people say, their numbers and every secret are not in it.
#[test]
fn the_most_talkative_log_has_no_word_number_or_secret() {
    let scratch = Scratch::new("web-log");
    let made = acd()
        .args(["token", "new", "--role", "agent", "--name", "ana", "--file"])
        .arg(scratch.join("tokens.toml"))
        .output()
        .expect("acd runs");
    let token = String::from_utf8(made.stdout).expect("text").trim().to_owned();
    let (mut server, http) = talkative(&scratch);
    let stream = UnixStream::connect(scratch.join("acd.sock")).expect("it listens");
    let mut pbx = Talk::over_unix(stream);
    pbx.hello("frontend", "pbx");
    let call = json!({"ext": "1", "channel": "voice", "queue": "chat", "from": "+15125550177"});
    pbx.ask("contact.new", call);
    let resident = Resident::new(&http, "chat");
    assert_eq!(resident.says("My neighbour is Zebedee."), 202);
    let stream = resident.listens(&format!("?ticket={}", resident.ticket), &[]);
    let letter = json!({"queue": "chat", "channel": "email", "from": "kim@example.org",
        "text": "Zebedee."});
    assert_eq!(post(&http, "/v1/inquiries", &[], &letter).0, 201);
    answers(&http, &token, "Zebedee who?");
    drop(stream);
    server.kill().expect("it can be killed");
    server.wait().expect("it is a child of ours");
    let text = std::fs::read_to_string(scratch.join("log")).expect("the log");
    assert!(text.contains("TRACE") || text.contains("DEBUG"), "every detail is logged: {text}");
    let secrets = [&resident.bearer[22..], &resident.ticket, &token, &token[4..]];
    for word in ["Zebedee", "5125550177", "kim@example.org"].iter().chain(&secrets) {
        assert!(!text.contains(word), "{word} is in the log");
    }
}
