//! A real Kamailio with the shipped configuration, real SIP telephones played by sipp, the server
//! and the gateway between them.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;

use super::support::{Scratch, Server, Talk, acd, installed};

/// How long anything may take before a test calls it lost.
pub const PATIENCE: Duration = Duration::from_mins(1);

const CITY: &str = include_str!("../pbx/city.toml");
const CALLER: &str = include_str!("caller.xml");
const LEAVER: &str = include_str!("leaver.xml");
const PHONE: &str = include_str!("phone.xml");
const BUSY: &str = include_str!("busy.xml");

/// One laboratory at a time: a machine of few cores plays all its telephones.
static ALONE: Mutex<()> = Mutex::new(());

/// Everything but the telephones.
pub struct Lab {
    _alone: MutexGuard<'static, ()>,
    /// The server.
    pub server: Server,
    /// A supervisor that follows everything.
    pub watcher: Talk,
    kamailio: Child,
    gateway: Option<Child>,
    /// Where Kamailio hears SIP.
    pub sip: u16,
    /// Where it hears the gateway.
    pub evapi: u16,
    /// The fallback's telephone.
    pub fallback: u16,
}

impl Lab {
    /// Starts Kamailio, a server with so many agents, and the gateway; none where the programs
    /// cannot be had.
    pub fn start(name: &str, agents: usize, with_log: bool) -> Option<Self> {
        if !installed("kamailio") || !installed("sipp") {
            return None;
        }
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let scratch = Scratch::new(name);
        let (sip, evapi, fallback) = (free_udp(), free_tcp(), free_udp());
        let kamailio = kamailio(&scratch, sip, evapi, fallback);
        let mut city = CITY.to_owned();
        for number in 1..=agents {
            let skills = "skills = { en = 5 }";
            let _ =
                write!(city, "\n[[agents]]\nid = \"a{number}\"\nname = \"a{number}\"\n{skills}\n");
        }
        let config = scratch.join("city.toml");
        fs::write(&config, city).expect("a file");
        let text = format!("[evapi]\naddress = \"127.0.0.1:{evapi}\"\n");
        fs::write(scratch.join("kamailio.toml"), text).expect("a file");
        let config = config.display().to_string();
        let arguments = ["--config", config.as_str()];
        let server = if with_log {
            Server::start_with_log(scratch, &arguments)
        } else {
            Server::start_in(scratch, &arguments)
        };
        let watcher = watcher(&server);
        let mut lab =
            Self { _alone: alone, server, watcher, kamailio, gateway: None, sip, evapi, fallback };
        lab.start_gateway();
        Some(lab)
    }

    /// Starts the gateway and waits until the server knows it.
    pub fn start_gateway(&mut self) {
        let log = File::create(self.server.scratch.join("gateway.log")).expect("a file");
        let mut gateway = acd();
        gateway.args(["gateway", "kamailio", "--config"]);
        gateway.arg(self.server.scratch.join("kamailio.toml"));
        // What is measured is not written down.
        if std::env::var_os("ACD_KAMAILIO_SECONDS").is_none() {
            gateway.arg("--record").arg(self.server.scratch.join("transcript.txt"));
        }
        let gateway = gateway
            .arg("--connect")
            .arg(format!("unix:{}", self.server.socket.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("acd gateway starts");
        self.gateway = Some(gateway);
        while self.watcher.event("frontend.state")["present"] != true {}
    }

    /// Ends the gateway with SIGKILL.
    pub fn kill_gateway(&mut self) {
        self.stop_gateway();
        while self.watcher.event("frontend.state")["present"] != false {}
    }

    /// Ends the server with SIGKILL and starts it again.
    pub fn restart_server(&mut self) {
        self.server.kill();
        self.server.start_again();
        self.watcher = watcher(&self.server);
    }

    /// An agent's desktop, signed in with a telephone at this port and ready.
    pub fn sign_in(&self, agent: &str, port: u16) -> Talk {
        let mut desk = self.server.hello("agent", agent);
        desk.ask("agent.login", json!({"device": format!("sip:{agent}@127.0.0.1:{port}")}));
        desk.ask("agent.state", json!({"state": "ready"}));
        desk
    }

    /// The contacts that the server has.
    pub fn contacts(&mut self) -> Vec<serde_json::Value> {
        let said = self.watcher.ask("snapshot", json!({"of": ["contacts"]}));
        said["contacts"].as_array().expect("a list").clone()
    }

    /// The type of the next event that has come; none when none has.
    pub fn next_event(&mut self) -> Option<String> {
        let event = self.watcher.event_now()?;
        Some(text(&event, "type"))
    }

    /// Ends the gateway.
    pub fn stop_gateway(&mut self) {
        let mut gateway = self.gateway.take().expect("it runs");
        gateway.kill().expect("it can be killed");
        gateway.wait().expect("it is a child of ours");
    }

    /// What the gateway has logged, and what was said.
    pub fn told(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.server.scratch.join(name));
        let log = read("gateway.log").unwrap_or_default();
        let said = read("transcript.txt").unwrap_or_default();
        let kamailio = read("kamailio.log").unwrap_or_default();
        let said: Vec<&str> = said.lines().rev().take(60).collect();
        let said: Vec<&str> = said.into_iter().rev().collect();
        format!("gateway: {log}\n{}\nkamailio: {kamailio}", said.join("\n"))
    }

    /// The transcript.
    pub fn transcript(&self) -> String {
        fs::read_to_string(self.server.scratch.join("transcript.txt")).unwrap_or_default()
    }

    /// So many residents who call 311 at a rate and stay for so long once they are answered.
    pub fn callers(&self, count: u32, a_second: u32, stay_ms: u64) -> Sipp {
        self.calling(CALLER, count, a_second, stay_ms)
    }

    /// A resident who gives up.
    pub fn leaver(&self, after_ms: u64) -> Sipp {
        self.calling(LEAVER, 1, 1, after_ms)
    }

    fn calling(&self, scenario: &str, count: u32, a_second: u32, stay_ms: u64) -> Sipp {
        let arguments = [
            format!("127.0.0.1:{}", self.sip),
            "-s".into(),
            "311".into(),
            "-m".into(),
            count.to_string(),
            "-l".into(),
            count.to_string(),
            "-r".into(),
            a_second.to_string(),
        ];
        let scenario = scenario.replace("@STAY@", &stay_ms.to_string());
        Sipp::start(&self.server.scratch, &scenario, free_udp(), &arguments)
    }

    /// Telephones on a port that ring for a while, then are answered, and hang up after the talk.
    pub fn phones(&self, port: u16, ring_ms: u64, talk_ms: u64) -> Sipp {
        let scenario =
            PHONE.replace("@RING@", &ring_ms.to_string()).replace("@TALK@", &talk_ms.to_string());
        Sipp::start(&self.server.scratch, &scenario, port, &[])
    }

    /// Telephones on a port that are engaged.
    pub fn busy_phones(&self, port: u16) -> Sipp {
        Sipp::start(&self.server.scratch, BUSY, port, &[])
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}", self.told());
        }
        for child in [&mut self.kamailio].into_iter().chain(self.gateway.as_mut()) {
            // Kamailio's master takes its workers along, which SIGKILL would leave.
            let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
            let _ = child.wait();
        }
    }
}

/// Starts Kamailio as it is shipped, on free ports.
fn kamailio(scratch: &Scratch, sip: u16, evapi: u16, fallback: u16) -> Child {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/kamailio.cfg");
    let log = File::create(scratch.join("kamailio.log")).expect("a file");
    let run = scratch.join("run");
    fs::create_dir_all(&run).expect("a directory");
    let child = Command::new("kamailio")
        .arg("-f")
        .arg(config)
        .args(["-DD", "-E", "-m", "256", "-Y"])
        .arg(run)
        .args(["-A", &format!("SIP=udp:127.0.0.1:{sip}")])
        .args(["-A", &format!("EVAPI=\"127.0.0.1:{evapi}\"")])
        .args(["-A", &format!("FALLBACK=\"sip:fallback@127.0.0.1:{fallback}\"")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("kamailio starts");
    let start = Instant::now();
    while TcpStream::connect(("127.0.0.1", evapi)).is_err() {
        let log = fs::read_to_string(scratch.join("kamailio.log")).unwrap_or_default();
        assert!(start.elapsed() < PATIENCE, "Kamailio does not listen: {log}");
        std::thread::sleep(Duration::from_millis(50));
    }
    child
}

/// A running `sipp`, killed when dropped.
pub struct Sipp {
    child: Child,
    statistics: PathBuf,
}

impl Sipp {
    fn start(scratch: &Scratch, scenario: &str, port: u16, arguments: &[String]) -> Self {
        let path = scratch.join(&format!("{port}.xml"));
        fs::write(&path, scenario).expect("a file");
        let statistics = scratch.join(&format!("{port}.csv"));
        let child = Command::new("sipp")
            .args(["-sf", &path.display().to_string(), "-i", "127.0.0.1", "-nostdin"])
            .args(["-p", &port.to_string(), "-trace_stat", "-fd", "1", "-stf"])
            .arg(&statistics)
            .args(["-buff_size", "4194304"])
            .args(arguments)
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sipp runs");
        Self { child, statistics }
    }

    /// Waits until all its calls are over; whether all went as its scenario says.
    pub fn finish(&mut self) -> bool {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child of ours") {
                return status.success();
            }
            assert!(start.elapsed() < PATIENCE, "calls do not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether all its calls are over.
    pub fn is_over(&mut self) -> bool {
        self.child.try_wait().expect("a child of ours").is_some()
    }

    /// How many of its calls went as its scenario says so far; told once a second.
    pub fn successful(&self) -> u64 {
        let text = fs::read_to_string(&self.statistics).unwrap_or_default();
        let mut lines = text.lines();
        let names = lines.next().unwrap_or_default();
        let Some(column) = names.split(';').position(|name| name == "SuccessfulCall(C)") else {
            return 0;
        };
        let last = lines.last().unwrap_or_default();
        last.split(';').nth(column).and_then(|count| count.parse().ok()).unwrap_or(0)
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A supervisor that follows everything.
fn watcher(server: &Server) -> Talk {
    let mut watcher = server.hello("supervisor", "watcher");
    watcher.ask("subscribe", json!({"topics": ["*"]}));
    watcher
}

/// A member of an event, as text.
pub fn text(event: &serde_json::Value, member: &str) -> String {
    event[member].as_str().unwrap_or_else(|| panic!("no {member}: {event}")).to_owned()
}

/// Waits for something to be so.
pub fn wait_for(what: &str, is_so: impl FnMut() -> bool) {
    wait_longer(Duration::ZERO, what, is_so);
}

/// The same, for something that takes so long by itself.
pub fn wait_longer(itself: Duration, what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < itself + PATIENCE, "{what} did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A TCP port that is free now.
pub fn free_tcp() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}

/// A UDP port that is free now.
pub fn free_udp() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port is free");
    socket.local_addr().expect("it is bound").port()
}
