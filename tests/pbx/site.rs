//! A server with agents, and the gateway between it and an Asterisk.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::fs;
use std::process::{Child, Stdio};

use serde_json::json;

use super::lab::{Lab, PASSWORD, Phones, free_udp};
use super::support::{Scratch, Server, Talk, acd};

/// An agent of the test: its name is its telephone's.
pub struct Agent {
    /// `a1`, …
    pub name: String,
    /// Level of Spanish; 0 is none.
    pub spanish: u8,
    /// The UDP port of its telephone.
    pub port: u16,
}

/// Everything but the telephones.
pub struct Site {
    /// The server.
    pub server: Server,
    /// A supervisor that follows everything.
    pub watcher: Talk,
    /// Asterisk.
    pub lab: Lab,
    /// The UDP port of the watcher's telephone.
    pub watcher_port: u16,
    /// The UDP port of a resident's telephone, `PJSIP/r1`.
    pub resident_port: u16,
    gateway: Option<Child>,
}

impl Site {
    /// Starts everything; none where Asterisk cannot be had.
    pub fn start(name: &str, agents: &[Agent], with_log: bool) -> Option<Self> {
        Self::start_with(name, agents, with_log, "")
    }

    /// The same, with more at the head of the gateway's configuration.
    pub fn start_with(name: &str, agents: &[Agent], with_log: bool, more: &str) -> Option<Self> {
        Self::start_at(name, agents, with_log, (more, ""), &[])
    }

    /// The same, where Asterisk dials the gateway, with more in `[ari]` and in Asterisk's files.
    pub fn start_dialled(
        name: &str,
        agents: &[Agent],
        ari: &str,
        files: &[(&str, String)],
    ) -> Option<Self> {
        Self::start_at(name, agents, false, ("", ari), files)
    }

    fn start_at(
        name: &str,
        agents: &[Agent],
        with_log: bool,
        (more, ari): (&str, &str),
        files: &[(&str, String)],
    ) -> Option<Self> {
        let mut phones: Vec<_> =
            agents.iter().map(|agent| (agent.name.clone(), agent.port)).collect();
        let (watcher_port, resident_port) = (free_udp(), free_udp());
        phones.extend([("watcher".into(), watcher_port), ("r1".into(), resident_port)]);
        let lab = Lab::start(&phones, files)?;
        let scratch = Scratch::new(name);
        let mut city = include_str!("city.toml").to_owned();
        for agent in agents {
            let spanish = match agent.spanish {
                0 => String::new(),
                level => format!(", es = {level}"),
            };
            city.extend([format!(
                "\n[[agents]]\nid = \"{}\"\nname = \"{0}\"\nskills = {{ en = 5{spanish} }}\n",
                agent.name
            )]);
        }
        let config = scratch.join("city.toml");
        fs::write(&config, city).expect("a file");
        let gateway = scratch.join("asterisk.toml");
        let http = lab.http;
        let text = format!(
            "{more}\n[ari]\n{ari}url = \"http://127.0.0.1:{http}\"\npassword = \"{PASSWORD}\"\n"
        );
        fs::write(&gateway, text).expect("a file");
        set_private(&gateway);
        let config = config.display().to_string();
        let arguments = ["--config", config.as_str()];
        let server = if with_log {
            Server::start_with_log(scratch, &arguments)
        } else {
            Server::start_in(scratch, &arguments)
        };
        let watcher = watcher(&server);
        let mut site = Self { server, watcher, lab, watcher_port, resident_port, gateway: None };
        site.start_gateway();
        Some(site)
    }

    /// Starts the gateway and waits until the server knows it.
    pub fn start_gateway(&mut self) {
        let log = fs::File::create(self.server.scratch.join("gateway.log")).expect("a file");
        let gateway = acd()
            .args(["gateway", "asterisk", "--config"])
            .arg(self.server.scratch.join("asterisk.toml"))
            .arg("--record")
            .arg(self.server.scratch.join("transcript.txt"))
            .arg("--connect")
            .arg(format!("unix:{}", self.server.socket.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("acd gateway starts");
        self.gateway = Some(gateway);
        self.present();
    }

    /// Waits until the server says that the gateway is there.
    pub fn present(&mut self) {
        while self.watcher.event("frontend.state")["present"] != true {}
    }

    /// Ends the gateway with SIGKILL.
    pub fn kill_gateway(&mut self) {
        let mut gateway = self.gateway.take().expect("it runs");
        gateway.kill().expect("it can be killed");
        gateway.wait().expect("it is a child of ours");
    }

    /// Ends the server with SIGKILL and starts it again.
    pub fn restart_server(&mut self) {
        self.server.kill();
        self.server.start_again();
        self.watcher = watcher(&self.server);
    }

    /// An agent's desktop, signed in with its telephone and ready.
    pub fn sign_in(&self, agent: &str) -> Talk {
        let mut desk = self.server.hello("agent", agent);
        desk.ask("agent.login", json!({"device": format!("PJSIP/{agent}")}));
        desk.ask("agent.state", json!({"state": "ready"}));
        desk
    }

    /// Waits for so many contacts to enter; their `ext`, in order.
    pub fn queued(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| text(&self.watcher.event("contact.queued"), "ext")).collect()
    }

    /// What the gateway has logged.
    pub fn gateway_log(&self) -> String {
        fs::read_to_string(self.server.scratch.join("gateway.log")).unwrap_or_default()
    }

    /// What the gateway has recorded.
    pub fn transcript(&self) -> String {
        fs::read_to_string(self.server.scratch.join("transcript.txt")).unwrap_or_default()
    }

    /// Waits until callers have hung up and Asterisk has no channel any more.
    pub fn quiet(&self, callers: &mut Phones) {
        assert!(callers.finish(), "callers' calls went wrong: {}", self.gateway_log());
        let start = std::time::Instant::now();
        while self.lab.channels("PJSIP/") > 0 {
            assert!(start.elapsed() < super::lab::PATIENCE, "channels stay");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(mut gateway) = self.gateway.take() {
            let _ = gateway.kill();
            let _ = gateway.wait();
        }
        if let Some(directory) = std::env::var_os("ACD_PBX_RECORD") {
            let name = self
                .server
                .scratch
                .join("")
                .components()
                .next_back()
                .map(|name| name.as_os_str().to_owned());
            let to = std::path::Path::new(&directory).join(name.unwrap_or_default());
            let _ = fs::write(to.with_extension("txt"), self.transcript());
        }
        if std::thread::panicking() {
            println!("gateway: {}\nasterisk: {}", self.gateway_log(), self.lab.log());
        }
    }
}

/// A member of an event, as text.
pub fn text(event: &serde_json::Value, member: &str) -> String {
    event[member].as_str().unwrap_or_else(|| panic!("no {member}: {event}")).to_owned()
}

fn watcher(server: &Server) -> Talk {
    let mut watcher = server.hello("supervisor", "watcher");
    watcher.ask("subscribe", json!({"topics": ["*"]}));
    watcher
}

fn set_private(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("it is ours");
}
