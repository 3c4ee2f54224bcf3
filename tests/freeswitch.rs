//! The gateway in front of a scripted FreeSWITCH: a peer on a real TCP socket that speaks the event
//! socket as FreeSWITCH 1.11 was seen to. FreeSWITCH itself is in no Debian suite.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/mod.rs"]
mod support;

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};

use serde_json::{Value, json};
use support::{PATIENCE, Scratch, Server, Talk, acd};

/// A server with two agents, the gateway, and where FreeSWITCH would be.
struct Site {
    server: Server,
    watcher: Talk,
    gateway: Child,
    listener: TcpListener,
}

impl Site {
    fn start(name: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let scratch = Scratch::new(name);
        let mut city = include_str!("pbx/city.toml").to_owned();
        for agent in ["a1", "a2"] {
            city.extend([format!(
                "\n[[agents]]\nid = \"{agent}\"\nname = \"{agent}\"\nskills = {{ en = 5 }}\n"
            )]);
        }
        let config = scratch.join("city.toml");
        fs::write(&config, city).unwrap();
        let text = format!(
            "[esl]\naddress = \"{}\"\npassword = \"ClueCon\"\n",
            listener.local_addr().unwrap()
        );
        let path = scratch.join("freeswitch.toml");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let server = Server::start_in(scratch, &["--config", &config.display().to_string()]);
        let mut watcher = server.hello("supervisor", "watcher");
        watcher.ask("subscribe", json!({"topics": ["*"]}));
        let gateway = gateway(&server);
        Self { server, watcher, gateway, listener }
    }

    fn sign_in(&self, agent: &str) -> Talk {
        let mut desk = self.server.hello("agent", agent);
        desk.ask("agent.login", json!({"device": format!("user/{agent}")}));
        desk.ask("agent.state", json!({"state": "ready"}));
        desk
    }

    /// Ends the gateway with SIGKILL and starts another.
    fn replace_gateway(&mut self) {
        self.gateway.kill().unwrap();
        self.gateway.wait().unwrap();
        self.gateway = gateway(&self.server);
    }

    fn event(&mut self, kind: &str) -> Value {
        self.watcher.event(kind)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.gateway.kill();
        let _ = self.gateway.wait();
        if std::thread::panicking() {
            let read = |name: &str| fs::read_to_string(self.server.scratch.join(name));
            println!("{}\n{}", read("gateway.log").unwrap(), read("transcript.txt").unwrap());
        }
    }
}

fn gateway(server: &Server) -> Child {
    let log = fs::File::create(server.scratch.join("gateway.log")).unwrap();
    acd()
        .args(["gateway", "freeswitch", "--config"])
        .arg(server.scratch.join("freeswitch.toml"))
        .arg("--record")
        .arg(server.scratch.join("transcript.txt"))
        .arg("--connect")
        .arg(format!("unix:{}", server.socket.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// FreeSWITCH's side of the connection.
struct Peer {
    read: BufReader<TcpStream>,
    write: TcpStream,
    /// Commands that were read while another was awaited.
    early: VecDeque<String>,
    channels: Vec<(&'static str, Value)>,
}

impl Peer {
    /// Takes the gateway in; `channels` are there already.
    fn accept(site: &Site, channels: Vec<(&'static str, Value)>) -> Self {
        let (write, _) = site.listener.accept().unwrap();
        write.set_read_timeout(Some(PATIENCE)).unwrap();
        let read = BufReader::new(write.try_clone().unwrap());
        let mut peer = Self { read, write, early: VecDeque::new(), channels };
        peer.say("Content-Type: auth/request\n\n");
        assert_eq!(peer.command(), "auth ClueCon");
        peer.say("Content-Type: command/reply\nReply-Text: +OK accepted\n\n");
        assert!(peer.command().starts_with("event plain CHANNEL_PARK "));
        peer.say("Content-Type: command/reply\nReply-Text: +OK event listener enabled plain\n\n");
        assert_eq!(peer.command(), "api show channels as json");
        let rows: Vec<Value> = peer
            .channels
            .iter()
            .map(|(uuid, _)| json!({"uuid": uuid, "state": "CS_EXECUTE"}))
            .collect();
        let listed = if rows.is_empty() {
            "{\"row_count\":0}\n".to_owned()
        } else {
            format!("{}\n", json!({"row_count": rows.len(), "rows": rows}))
        };
        peer.answer(&listed);
        loop {
            let command = peer.command();
            if command == "api echo acd" {
                peer.answer("acd");
                return peer;
            }
            let uuid =
                command.strip_prefix("api uuid_dump ").unwrap().strip_suffix(" json").unwrap();
            let found = peer.channels.iter().find(|(name, _)| *name == uuid);
            let dump = found.map_or("-ERR No such channel!\n".into(), |(_, dump)| dump.to_string());
            peer.answer(&dump);
        }
    }

    fn say(&mut self, text: &str) {
        self.write.write_all(text.as_bytes()).unwrap();
    }

    fn answer(&mut self, text: &str) {
        let length = text.len();
        self.say(&format!("Content-Type: api/response\nContent-Length: {length}\n\n{text}"));
    }

    fn event(&mut self, lines: &[(&str, &str)], body: &str) {
        let mut text = String::new();
        for (name, value) in lines {
            let value = value.replace('%', "%25").replace('~', "%7E").replace(',', "%2C");
            text.extend([*name, ": ", value.as_str(), "\n"]);
        }
        if !body.is_empty() {
            text.extend(["Content-Length: ", body.len().to_string().as_str(), "\n"]);
        }
        text.extend(["\n", body]);
        let length = text.len();
        self.say(&format!("Content-Length: {length}\nContent-Type: text/event-plain\n\n{text}"));
    }

    /// A command, up to its empty line.
    fn command(&mut self) -> String {
        let mut command = String::new();
        loop {
            let mut line = String::new();
            assert!(self.read.read_line(&mut line).unwrap() > 0, "the gateway closed: {command}");
            if line == "\n" && !command.is_empty() {
                return command.trim_end().to_owned();
            }
            command += &line;
        }
    }

    /// Waits for a command that begins so, answering every one; gives what follows it.
    fn asked(&mut self, begin: &str) -> String {
        if let Some(at) = self.early.iter().position(|command| command.starts_with(begin)) {
            return self.early.remove(at).unwrap()[begin.len()..].to_owned();
        }
        loop {
            let command = self.command();
            if command.starts_with("bgapi ") {
                let job = command.split("Job-UUID: ").nth(1).unwrap().to_owned();
                self.say(&format!(
                    "Content-Type: command/reply\nReply-Text: +OK Job-UUID: {job}\nJob-UUID: {job}\n\n"
                ));
            } else {
                self.answer("+OK\n");
            }
            match command.strip_prefix(begin) {
                Some(rest) => return rest.to_owned(),
                None => self.early.push_back(command),
            }
        }
    }

    /// A caller whom the dialplan gives to the gateway.
    fn parks(&mut self, uuid: &str, acd: &str) {
        let lines = [
            ("Event-Name", "CHANNEL_PARK"),
            ("Unique-ID", uuid),
            ("Caller-Caller-ID-Number", "+15125550177"),
            ("Caller-Caller-ID-Name", "Ana"),
            ("Caller-Destination-Number", "311"),
            ("Caller-Channel-Created-Time", "1795519987984709"),
            ("Answer-State", "answered"),
            ("variable_acd", acd),
        ];
        self.event(&lines, "");
    }

    /// A telephone is rung: the leg's id.
    fn rings(&mut self, device: &str) -> String {
        let rest = self.asked("bgapi originate {origination_uuid=");
        let leg = rest.split(',').next().unwrap().to_owned();
        assert!(rest.contains(&format!("}}{device} &park()\n")), "{rest}");
        self.event(&[("Event-Name", "CHANNEL_PROGRESS"), ("Unique-ID", &leg)], "");
        leg
    }

    fn answers(&mut self, leg: &str) {
        self.event(&[("Event-Name", "CHANNEL_ANSWER"), ("Unique-ID", leg)], "");
        let body = format!("+OK {leg}\n");
        self.event(&[("Event-Name", "BACKGROUND_JOB"), ("Job-UUID", leg)], &body);
        self.event(&[("Event-Name", "CHANNEL_PARK"), ("Unique-ID", leg)], "");
    }

    fn refuses(&mut self, leg: &str, cause: &str) {
        self.hangs_up(leg, cause);
        let body = format!("-ERR {cause}\n");
        self.event(&[("Event-Name", "BACKGROUND_JOB"), ("Job-UUID", leg)], &body);
    }

    fn hangs_up(&mut self, uuid: &str, cause: &str) {
        let lines = [
            ("Event-Name", "CHANNEL_HANGUP_COMPLETE"),
            ("Unique-ID", uuid),
            ("Hangup-Cause", cause),
        ];
        self.event(&lines, "");
    }
}

fn text<'a>(event: &'a Value, member: &str) -> &'a str {
    event[member].as_str().unwrap_or_else(|| panic!("no {member}: {event}"))
}

#[test]
fn calls_are_rung_refused_bridged_lost_held_ended_and_given_back() {
    let mut site = Site::start("freeswitch-ways");
    let mut peer = Peer::accept(&site, Vec::new());
    peer.parks("caller-1", "general,need=en:3,case=17");
    let queued = site.event("contact.queued");
    assert_eq!((text(&queued, "ext"), text(&queued, "queue")), ("caller-1", "general"));
    peer.asked("api uuid_broadcast caller-1 local_stream://moh aleg");
    // The first is engaged, and the caller goes to the next.
    let mut one = site.sign_in("a1");
    let leg = peer.rings("user/a1");
    assert_eq!(text(&site.event("offer.ringing"), "agent"), "a1");
    peer.refuses(&leg, "USER_BUSY");
    assert_eq!(text(&site.event("contact.offer_revoked"), "cause"), "busy");
    one.ask("agent.logout", json!({}));
    let mut two = site.sign_in("a2");
    let leg = peer.rings("user/a2");
    peer.answers(&leg);
    assert_eq!(peer.asked("api uuid_bridge caller-1 "), leg);
    assert_eq!(text(&site.event("contact.connected"), "agent"), "a2");
    // Hold and back.
    let contact = text(&queued, "contact").to_owned();
    two.ask("contact.hold", json!({"contact": contact}));
    peer.asked("api uuid_transfer caller-1 -both park inline");
    two.ask("contact.unhold", json!({"contact": contact}));
    assert_eq!(peer.asked("api uuid_bridge caller-1 "), leg);
    // The agent's line fails: the caller waits again, and is rung for again.
    peer.hangs_up(&leg, "NETWORK_OUT_OF_ORDER");
    assert_eq!(text(&site.event("contact.requeued"), "cause"), "agent_leg_lost");
    let leg = peer.rings("user/a2");
    peer.answers(&leg);
    assert_eq!(peer.asked("api uuid_bridge caller-1 "), leg);
    peer.hangs_up(&leg, "NORMAL_CLEARING");
    let ended = site.event("contact.ended");
    assert_eq!((text(&ended, "by"), text(&ended, "ext")), ("agent", "caller-1"));
    peer.asked("api uuid_kill caller-1");
    peer.hangs_up("caller-1", "NORMAL_CLEARING");
    // The next gives up while the telephone rings.
    peer.parks("caller-2", "general");
    let leg = peer.rings("user/a2");
    peer.hangs_up("caller-2", "ORIGINATOR_CANCEL");
    assert_eq!(text(&site.event("contact.abandoned"), "ext"), "caller-2");
    assert_eq!(peer.asked("api uuid_kill "), leg);
    peer.refuses(&leg, "NORMAL_CLEARING");
    // The desktop ends a call: both channels go.
    peer.parks("caller-3", "general");
    let leg = peer.rings("user/a2");
    peer.answers(&leg);
    let contact = text(&site.event("contact.connected"), "contact").to_owned();
    peer.asked("api uuid_bridge caller-3 ");
    two.ask("contact.end", json!({"contact": contact}));
    peer.asked("api uuid_kill caller-3");
    assert_eq!(peer.asked("api uuid_kill "), leg);
    // A queue that there is not: back to the dialplan, which knows why.
    peer.parks("caller-4", "nonsense");
    peer.asked("api uuid_setvar caller-4 acd_status UNKNOWN_QUEUE");
    peer.asked("api uuid_transfer caller-4 acd_fallback XML default");
}

#[test]
fn a_gateway_that_comes_back_finds_who_waits_and_who_talks() {
    let mut site = Site::start("freeswitch-back");
    let mut peer = Peer::accept(&site, Vec::new());
    let _two = site.sign_in("a2");
    peer.parks("caller-1", "general");
    let leg = peer.rings("user/a2");
    peer.answers(&leg);
    site.event("contact.connected");
    peer.asked("api uuid_bridge caller-1 ");
    peer.parks("caller-2", "general");
    peer.asked("api uuid_broadcast caller-2 ");
    while text(&site.event("contact.queued"), "ext") != "caller-2" {}
    site.replace_gateway();
    drop(peer);
    let caller = |uuid: &str| {
        json!({"Unique-ID": uuid, "variable_acd": "general",
        "Caller-Channel-Created-Time": "1795519987984709", "Answer-State": "answered"})
    };
    let talking = json!({"Unique-ID": leg, "variable_signal_bond": "caller-1",
        "Answer-State": "answered"});
    let leg: &'static str = leg.leak();
    let channels = vec![
        ("caller-1", caller("caller-1")),
        ("caller-2", caller("caller-2")),
        ("caller-3", caller("caller-3")),
        ("another", json!({"Unique-ID": "another", "Answer-State": "answered"})),
        (leg, talking),
    ];
    let mut peer = Peer::accept(&site, channels);
    // One came while nobody was there; nobody is doubled.
    let queued = site.event("contact.queued");
    assert_eq!(text(&queued, "ext"), "caller-3");
    let rows = site.watcher.ask("snapshot", json!({"of": ["contacts"]}));
    let mut found: Vec<_> = rows["contacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (text(row, "ext").to_owned(), text(row, "state").to_owned()))
        .collect();
    found.sort();
    let expected = [("caller-1", "connected"), ("caller-2", "queued"), ("caller-3", "queued")];
    assert_eq!(found, expected.map(|(ext, state)| (ext.to_owned(), state.to_owned())));
    // The call that went on ends as it should, and the next is rung.
    peer.hangs_up(leg, "NORMAL_CLEARING");
    let ended = site.event("contact.ended");
    assert_eq!((text(&ended, "ext"), text(&ended, "by")), ("caller-1", "agent"));
    peer.asked("api uuid_kill caller-1");
    let leg = peer.rings("user/a2");
    assert!(leg.starts_with("acd~caller-"), "{leg}");
}

#[test]
fn a_wrong_password_ends_the_gateway() {
    let mut site = Site::start("freeswitch-password");
    let (mut stream, _) = site.listener.accept().unwrap();
    stream.write_all(b"Content-Type: auth/request\n\n").unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "auth ClueCon");
    stream.write_all(b"Content-Type: command/reply\nReply-Text: -ERR invalid\n\n").unwrap();
    assert_eq!(support::wait(&mut site.gateway).code(), Some(1));
    let log = fs::read_to_string(site.server.scratch.join("gateway.log")).unwrap();
    assert!(log.contains("FreeSWITCH refuses the password of event_socket.conf.xml"), "{log}");
}

#[test]
fn a_check_says_what_freeswitch_lacks_in_its_own_terms() {
    let mut site = Site::start("freeswitch-check");
    site.gateway.kill().unwrap();
    let port = site.listener.local_addr().unwrap().port();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let path = site.server.scratch.join("freeswitch.toml");
    let text = fs::read_to_string(&path).unwrap();
    let moved = listener.local_addr().unwrap().port();
    fs::write(&path, text.replace(&port.to_string(), &moved.to_string())).unwrap();
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut read = BufReader::new(stream.try_clone().unwrap()).lines();
        stream.write_all(b"Content-Type: auth/request\n\n").unwrap();
        while let Some(Ok(line)) = read.next() {
            let answer = match line.strip_prefix("api ") {
                None if line.starts_with("auth ") => {
                    stream
                        .write_all(b"Content-Type: command/reply\nReply-Text: +OK accepted\n\n")
                        .unwrap();
                    continue;
                }
                None => continue,
                Some("module_exists mod_local_stream") => "false",
                Some(command) if command.starts_with("module_exists ") => "true",
                Some("xml_locate dialplan context name default") => {
                    "<context name=\"default\"><extension name=\"acd_fallback\"/></context>"
                }
                Some("sofia_contact 4471") => "error/user_not_registered",
                Some(command) => panic!("{command} was not expected"),
            };
            let length = answer.len();
            let frame = format!("Content-Type: api/response\nContent-Length: {length}\n\n{answer}");
            stream.write_all(frame.as_bytes()).unwrap();
        }
    });
    let output = acd()
        .args(["gateway", "check", "freeswitch", "--config"])
        .arg(&path)
        .args(["--number", "311", "--device", "user/4471"])
        .output()
        .unwrap();
    answering.join().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    for line in [
        "ok       mod_commands is loaded\n",
        "missing  <load module=\"mod_local_stream\"/> in modules.conf.xml\n",
        "ok       the context default has acd_fallback\n",
        "missing  the dialplan's context default does not name 311: ",
        "missing  sofia_contact 4471: error/user_not_registered: no telephone is registered",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
}
