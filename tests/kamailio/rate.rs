//! Two hundred calls a second: every call is answered or accounted for. With `ACD_KAMAILIO_SECONDS`
//! for so long, and with the time that Kamailio needs to reach the agent, beside a responder that
//! decides nothing.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;

use super::lab::{Lab, free_udp, wait_for, wait_longer};

const A_SECOND: u32 = 200;
const AGENTS: usize = 400;
const TALK_MS: u64 = 300;

#[test]
fn every_call_of_two_hundred_a_second_is_answered_or_accounted_for() {
    let seconds = std::env::var("ACD_KAMAILIO_SECONDS").ok().and_then(|text| text.parse().ok());
    let calls = A_SECOND * seconds.unwrap_or(10);
    let Some(mut lab) = Lab::start("kamailio-rate", AGENTS, false) else { return };
    let (port, fallback) = (free_udp(), lab.fallback);
    let mut features = lab.server.hello("frontend", "features");
    for number in 1..=AGENTS {
        let agent = format!("a{number}");
        let device = format!("sip:{agent}@127.0.0.1:{port}");
        features.ask("agent.login", json!({"agent": agent, "device": device}));
        features.ask("agent.state", json!({"agent": agent, "state": "ready"}));
    }
    let phones = lab.phones(port, 20, TALK_MS);
    let elsewhere = lab.phones(fallback, 20, TALK_MS);
    let capture =
        seconds.map(|_| Capture::start(lab.server.scratch.join("with-acd.pcap").as_path()));
    let mut callers = lab.callers(calls, A_SECOND, 60_000);
    let mut count: BTreeMap<String, u32> = BTreeMap::new();
    let mut over = |lab: &mut Lab| {
        while let Some(kind) = lab.next_event() {
            *count.entry(kind).or_default() += 1;
        }
    };
    let itself = Duration::from_secs(u64::from(calls / A_SECOND));
    wait_longer(itself, "the end of the calls", || {
        over(&mut lab);
        callers.is_over()
    });
    assert!(callers.finish(), "every caller heard 182, an answer and a BYE");
    let mut answered = (0, 0);
    wait_for("all telephones' statistics", || {
        over(&mut lab);
        answered = (phones.successful(), elsewhere.successful());
        answered.0 + answered.1 == u64::from(calls)
    });
    wait_for("an end of all", || {
        over(&mut lab);
        lab.contacts().is_empty()
    });
    over(&mut lab);
    let of = |kind: &str| u64::from(count.get(kind).copied().unwrap_or(0));
    assert_eq!(of("contact.connected"), answered.0, "the server knows of every answer: {count:?}");
    assert_eq!(of("contact.ended"), of("contact.queued"), "each once: {count:?}");
    assert!(of("contact.queued") <= u64::from(calls), "none twice: {count:?}");
    println!("{calls} calls: {} answered by agents, {} by the fallback", answered.0, answered.1);
    if let Some(capture) = capture {
        let with_acd = capture.finish(lab.sip, port);
        println!("INVITE -> agent's INVITE with acd: {}", with_acd.summary());
        drop((features, callers));
        lab.stop_gateway();
        responder(lab.evapi, port);
        let capture = Capture::start(lab.server.scratch.join("bare.pcap").as_path());
        let mut callers = lab.callers(calls.min(4_000), A_SECOND, 60_000);
        wait_for("the end of the calls", || callers.is_over());
        println!(
            "INVITE -> agent's INVITE with a responder that decides nothing: {}",
            capture.finish(lab.sip, port).summary()
        );
    }
}

/// `tcpdump` of SIP on loopback.
struct Capture {
    child: Child,
    path: std::path::PathBuf,
}

impl Capture {
    fn start(path: &Path) -> Self {
        let mut child = Command::new("tcpdump")
            .args(["-i", "lo", "-Z", "root", "-s", "600", "-B", "16384", "-w"])
            .arg(path)
            .args(["udp"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("tcpdump runs");
        // Its first line says that it listens.
        let mut said = BufReader::new(child.stderr.take().expect("piped"));
        said.read_line(&mut String::new()).expect("it says something");
        Self { child, path: path.to_owned() }
    }

    /// How long from the first INVITE of a call to Kamailio to the first to the agents.
    fn finish(mut self, kamailio: u16, agents: u16) -> Times {
        std::thread::sleep(Duration::from_millis(500));
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        self.child.wait().expect("it is a child of ours");
        let bytes = std::fs::read(&self.path).expect("tcpdump has written");
        let (mut came, mut rang) = (BTreeMap::new(), BTreeMap::new());
        for (time, to, text) in packets(&bytes) {
            let Some(callid) = invite(&text) else { continue };
            let times = if to == kamailio { &mut came } else { &mut rang };
            if to == kamailio || to == agents {
                times.entry(callid.to_owned()).or_insert(time);
            }
        }
        let mut times: Vec<u64> =
            rang.iter().filter_map(|(id, rang)| Some(rang - came.get(id)?)).collect();
        times.sort_unstable();
        Times(times)
    }
}

/// Microseconds, sorted.
struct Times(Vec<u64>);

impl Times {
    fn summary(&self) -> String {
        let at = |percent: usize| {
            let place = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
            let us = self.0.get(place).copied().unwrap_or(0);
            Duration::from_micros(us).as_secs_f64() * 1e3
        };
        let (half, ninety, most) = (at(50), at(90), at(99));
        format!("{} calls, p50 {half:.2} ms, p90 {ninety:.2} ms, p99 {most:.2} ms", self.0.len())
    }
}

/// The Call-ID of an INVITE.
fn invite(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("INVITE ")?;
    rest.lines().find_map(|line| line.strip_prefix("Call-ID: "))
}

/// Time in µs, destination port and payload of each UDP packet of a capture (the format pcap).
fn packets(bytes: &[u8]) -> Vec<(u64, u16, String)> {
    let word = |at: usize| {
        let four = bytes.get(at..at + 4).map(|four| u32::from_le_bytes(four.try_into().unwrap()));
        four.map_or(0, u64::from)
    };
    let (mut at, mut found) = (24, Vec::new());
    while at + 16 < bytes.len() {
        let (time, length) = (word(at) * 1_000_000 + word(at + 4), word(at + 8) as usize);
        let Some(packet) = bytes.get(at + 16..at + 16 + length) else { break };
        // Ethernet has 14 bytes, IPv4 20 without options, UDP 8.
        if packet.len() > 42 {
            let to = u16::from_be_bytes([packet[36], packet[37]]);
            found.push((time, to, String::from_utf8_lossy(&packet[42..]).into_owned()));
        }
        at += 16 + length;
    }
    found
}

/// Takes every call of Kamailio's at once and sends it to a telephone, until Kamailio ends.
fn responder(evapi: u16, port: u16) {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(respond(evapi, port))
    });
}

async fn respond(evapi: u16, port: u16) -> std::io::Result<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", evapi)).await?;
    stream.set_nodelay(true)?;
    let mut input = Vec::new();
    while stream.read_buf(&mut input).await? > 0 {
        stream.set_quickack(true)?;
        while let Some(word) = take(&mut input) {
            let said: serde_json::Value = serde_json::from_slice(&word).unwrap_or_default();
            if said["ev"] == "call" {
                let uri = format!("sip:a1@127.0.0.1:{port}");
                let (callid, ti, tl) = (&said["callid"], &said["ti"], &said["tl"]);
                let told = json!({"do": "dial", "callid": callid, "ti": ti, "tl": tl,
                    "leg": "o-1~bare", "ring_ms": 20_000, "uri": uri})
                .to_string();
                stream.write_all(format!("{}:{told},", told.len()).as_bytes()).await?;
            }
        }
    }
    Ok(())
}

/// The next netstring.
fn take(input: &mut Vec<u8>) -> Option<Vec<u8>> {
    let colon = input.iter().position(|byte| *byte == b':')?;
    let length: usize = std::str::from_utf8(&input[..colon]).ok()?.parse().ok()?;
    if input.len() < colon + 2 + length {
        return None;
    }
    let word = input[colon + 1..colon + 1 + length].to_vec();
    input.drain(..colon + 2 + length);
    Some(word)
}
