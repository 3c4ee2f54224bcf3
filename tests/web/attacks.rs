//! Who guesses, floods, and reads the log.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use crate::door::{CITY, Resident, city, hear, post, socket};
use crate::support::http::ask;
use crate::support::{PATIENCE, Scratch, Talk, acd};

#[test]
fn who_guesses_learns_nothing_and_is_shut_out() {
    let (_server, http) = city("web-guess");
    let resident = Resident::new(&http, "chat");
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
    assert!((50..=75).contains(&looked_up), "{looked_up} guesses were looked up");
    assert!(statuses.iter().all(|status| [404, 429].contains(status)));
    assert_eq!(ask(&http, &line, &[&resident.bearer], "").0, 429, "nor is a right one");
}

#[test]
fn ten_times_as_much_as_one_may_say_is_refused() {
    let (_server, http) = city("web-flood");
    let resident = Resident::new(&http, "chat");
    let statuses: Vec<u16> = (0..300).map(|n| resident.says(&format!("{n}"))).collect();
    let passed = statuses.iter().filter(|status| **status == 202).count();
    assert!((30..=40).contains(&passed), "{passed} were passed on");
    assert!(statuses.iter().all(|status| [202, 429].contains(status)));
    let tickets = (0..300)
        .map(|_| post(&http, &resident.path("/tickets"), &[&resident.bearer], &json!({})).0);
    let given = tickets.filter(|status| *status == 200).count();
    assert!((100..=150).contains(&given), "{given} tickets were given");
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
