//! The server and its gateway in front of an Asterisk, with agents that a switch signs in.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::handoff::Size;
use crate::lab::{self, Lab, PASSWORD};

/// Both programs, ended when dropped.
pub(crate) struct Centre {
    server: Child,
    gateway: Child,
    switch: BufReader<UnixStream>,
    said: usize,
}

impl Centre {
    /// Starts them and signs every member in, not ready.
    pub(crate) fn start(lab: &Lab, size: &Size, acd: &Path) -> Self {
        let scratch = lab.scratch();
        let (config, pbx) = (scratch.join("city.toml"), scratch.join("asterisk.toml"));
        let mut city = "skills = [\"en\"]\n[city]\nname = \"BENCH\"\ntime_zone = \"UTC\"\n\
             [[queues]]\nname = \"general\"\nsteps = [{ after = \"0s\", any_of = [\"en >= 1\"] }]\n\
             strategy = \"longest_idle\"\nwrap_up = { mode = \"none\" }\n"
            .to_owned();
        for n in 1..=size.members {
            // Writing to a String cannot fail.
            let _ =
                write!(city, "[[agents]]\nid = \"a{n}\"\nname = \"a{n}\"\nskills = {{ en = 5 }}\n");
        }
        fs::write(&config, city).expect("a file");
        let http = lab.http;
        let text = format!("[ari]\nurl = \"http://127.0.0.1:{http}\"\npassword = \"{PASSWORD}\"\n");
        fs::write(&pbx, text).expect("a file");
        fs::set_permissions(&pbx, fs::Permissions::from_mode(0o600)).expect("it is ours");
        let socket = scratch.join("acd.sock");
        let address = format!("unix:{}", socket.display());
        let start = |arguments: &[&str]| {
            // With real-time priority, as Debian's own unit runs Asterisk.
            let mut command = Command::new("chrt");
            command
                .args(["-r", "10"])
                .arg(acd)
                .args(arguments)
                .env_remove("ACD_SOCKET")
                .env_remove("ACD_TOKEN_FILE");
            command.stdin(Stdio::null()).stdout(Stdio::null());
            command.stderr(fs::File::create(scratch.join(arguments[0])).expect("a file"));
            command.spawn().expect("acd runs")
        };
        let config = config.display().to_string();
        let server = start(&["serve", "--config", &config, "--listen", &address]);
        let stream = connect(&socket);
        let pbx = pbx.display().to_string();
        let gateway = start(&["gateway", "asterisk", "--config", &pbx, "--connect", &address]);
        let mut centre = Self { server, gateway, switch: BufReader::new(stream), said: 0 };
        centre.ask(&["hello role=frontend name=switch".to_owned()]);
        let logins =
            (1..=size.members).map(|n| format!("agent.login agent=a{n} device=PJSIP/a{n}"));
        centre.ask(&logins.collect::<Vec<_>>());
        let begun = Instant::now();
        while !lab.cli("ari show apps").lines().any(|line| line.trim() == "acd") {
            assert!(begun.elapsed() < lab::PATIENCE, "the gateway does not come");
            thread::sleep(Duration::from_millis(50));
        }
        centre
    }

    /// So many agents take calls.
    pub(crate) fn ready(&mut self, agents: usize) {
        let ready = (1..=agents).map(|n| format!("agent.state agent=a{n} state=ready"));
        self.ask(&ready.collect::<Vec<_>>());
    }

    /// Says each line and reads until the last is answered.
    fn ask(&mut self, lines: &[String]) {
        for line in lines {
            self.said += 1;
            let line = format!("{line} id={}\n", self.said);
            self.switch.get_mut().write_all(line.as_bytes()).expect("the server reads");
            let answer = format!("{{\"id\":{},", self.said);
            loop {
                let mut line = String::new();
                self.switch.read_line(&mut line).expect("the server answers");
                assert!(!line.is_empty() && !line.contains("\"error\""), "refused: {line}");
                if line.starts_with(&answer) {
                    break;
                }
            }
        }
    }

    /// CPU seconds of both.
    pub(crate) fn cpu(&self) -> f64 {
        lab::cpu(self.server.id()) + lab::cpu(self.gateway.id())
    }

    /// Resident memory of both in bytes.
    pub(crate) fn resident(&self) -> u64 {
        lab::resident(self.server.id()) + lab::resident(self.gateway.id())
    }
}

impl Drop for Centre {
    fn drop(&mut self) {
        for child in [&mut self.gateway, &mut self.server] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn connect(socket: &Path) -> UnixStream {
    let begun = Instant::now();
    loop {
        match UnixStream::connect(socket) {
            Ok(stream) => return stream,
            Err(error) => assert!(begun.elapsed() < lab::PATIENCE, "no server: {error}"),
        }
        thread::sleep(Duration::from_millis(20));
    }
}
