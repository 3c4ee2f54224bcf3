//! Programs that a measurement starts: the server, the bare echo, redis and nats.

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child as Process, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use acd_proto::Address;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::LoadError;
use crate::socket::{PATIENCE, Socket};

/// The command `acd`, as this machine has it.
#[derive(Clone, Debug)]
pub struct Exe(PathBuf);

impl Exe {
    /// The program that runs now.
    pub fn own() -> Result<Self, LoadError> {
        let own = std::env::current_exe();
        own.map(Self).map_err(|error| LoadError::System("finding the own program", error))
    }

    /// The program `acd` beside the one that runs now, or in the directory above it: where cargo
    /// puts both.
    pub fn beside() -> Result<Self, LoadError> {
        let Self(own) = Self::own()?;
        let mut found = own.ancestors().skip(1).take(2).map(|directory| directory.join("acd"));
        let found = found.find(|path| path.is_file());
        found.map(Self).ok_or_else(|| LoadError::NotBuilt(own.display().to_string()))
    }

    /// This program.
    pub const fn at(path: PathBuf) -> Self {
        Self(path)
    }

    fn command(&self, scratch: &Scratch) -> Command {
        let mut command = Command::new(&self.0);
        command.env("XDG_CONFIG_HOME", &scratch.0).env_remove("ACD_SOCKET").env("ACD_LOG", "error");
        command
    }

    /// Starts a server with this configuration.
    pub(crate) fn serve(&self, over: Over, city: &str, more: &[&str]) -> Result<Child, LoadError> {
        let scratch = Scratch::new()?;
        let tokens = scratch.file("tokens.toml");
        let file = scratch.file("city.toml");
        let mut token = None;
        if over == Over::Tcp {
            let made = self
                .command(&scratch)
                .args(["token", "new", "--role", "frontend", "--name", "load", "--file"])
                .arg(&tokens)
                .output()
                .map_err(|source| LoadError::Start { program: "acd token".into(), source })?;
            token = Some(String::from_utf8_lossy(&made.stdout).trim().to_owned());
        }
        let server = format!("[server]\ntokens = \"{}\"\n", tokens.display());
        let text = if token.is_some() { city.to_owned() + &server } else { city.to_owned() };
        std::fs::write(&file, text).map_err(|error| LoadError::System("writing a city", error))?;
        let mut command = self.command(&scratch);
        command.arg("serve").arg("--config").arg(&file).args(more);
        if !more.is_empty() {
            command.arg("--data").arg(scratch.file("data"));
        }
        command.arg("--listen").arg(over.address(&scratch));
        let mut child = Child::start("acd serve", command, scratch)?;
        child.token = token;
        Ok(child)
    }

    /// Starts a server on the log that the killed one has left, in the same words; and the instant
    /// at which the process was made.
    pub(crate) fn serve_again(
        &self,
        killed: Child,
        more: &[&str],
    ) -> Result<(Instant, Child), LoadError> {
        let scratch = killed.into_scratch();
        let mut command = self.command(&scratch);
        command.arg("serve").arg("--config").arg(scratch.file("city.toml")).args(more);
        command.arg("--data").arg(scratch.file("data"));
        command.arg("--listen").arg(Over::Unix.address(&scratch));
        let begun = Instant::now();
        Ok((begun, Child::start("acd serve", command, scratch)?))
    }

    /// Starts HTTP beside a server, in a process of its own.
    pub(crate) fn web(&self, server: &Child) -> Result<Child, LoadError> {
        let scratch = Scratch::new()?;
        let mut command = self.command(&scratch);
        command.arg("web").arg("--config").arg(server.file("city.toml"));
        command.args(["--connect", &server.address.to_string(), "--listen", "127.0.0.1:0"]);
        Child::start("acd web", command, scratch)
    }

    /// Starts the bare echo.
    pub(crate) fn echo(&self, over: Over) -> Result<Child, LoadError> {
        let scratch = Scratch::new()?;
        let mut command = self.command(&scratch);
        command.args(["bench", "echo-server", "--listen"]).arg(over.address(&scratch));
        Child::start("acd bench echo-server", command, scratch)
    }
}

/// What kind of socket is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    Unix,
    Tcp,
}

impl Over {
    fn address(self, scratch: &Scratch) -> String {
        match self {
            Self::Unix => format!("unix:{}", scratch.file("socket").display()),
            Self::Tcp => "tcp:127.0.0.1:0".into(),
        }
    }
}

/// A program others know, to compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Peer {
    /// redis-server
    Redis,
    /// nats-server
    Nats,
}

impl Peer {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Redis, Self::Nats];

    /// The program, and the Debian package that has it.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Redis => "redis-server",
            Self::Nats => "nats-server",
        }
    }

    /// Whether the program can be started.
    pub fn is_installed(self) -> bool {
        Command::new(self.program())
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Installs the package where it is missing and this is root; else says how.
    pub fn install(self) -> Result<(), LoadError> {
        if self.is_installed() {
            return Ok(());
        }
        if nix::unistd::geteuid().is_root() {
            let apt = |arguments: &[&str]| {
                let mut command = Command::new("apt-get");
                command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
                let done = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
                done.is_ok_and(|status| status.success())
            };
            let install = ["install", "-y", "--no-install-recommends", self.program()];
            if apt(&install) || (apt(&["update"]) && apt(&install)) {
                return Ok(());
            }
        }
        Err(LoadError::NotInstalled(self.program()))
    }

    /// Starts one that keeps nothing on the disk.
    pub(crate) fn start(self) -> Result<Child, LoadError> {
        let scratch = Scratch::new()?;
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|it| it.local_addr());
        let socket = free.map_err(|error| LoadError::System("finding a free port", error))?;
        let port = socket.port().to_string();
        let mut command = Command::new(self.program());
        match self {
            Self::Redis => command.args(["--port", &port, "--bind", "127.0.0.1"]).args([
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                &scratch.0.display().to_string(),
            ]),
            Self::Nats => command.args(["--addr", "127.0.0.1", "--port", &port]),
        };
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command
            .spawn()
            .map_err(|source| LoadError::Start { program: self.program().into(), source })?;
        let address = Address::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, socket.port())));
        let child = Child { process, address, token: None, scratch: Some(scratch) };
        let begun = Instant::now();
        while Socket::connect(&child.address).is_err() {
            if begun.elapsed() > PATIENCE {
                return Err(LoadError::Silent(self.program().into(), String::new()));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(child)
    }
}

/// A program that runs, until it is dropped.
#[derive(Debug)]
pub(crate) struct Child {
    process: Process,
    pub(crate) address: Address,
    /// Of a server over TCP.
    pub(crate) token: Option<String>,
    /// Goes with it.
    scratch: Option<Scratch>,
}

impl Child {
    /// Starts a program that says `… listens at ADDRESS`, or `… http at ADDR:PORT`, once it does.
    fn start(name: &str, mut command: Command, scratch: Scratch) -> Result<Self, LoadError> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let failed = |source| LoadError::Start { program: name.into(), source };
        let mut process = command.spawn().map_err(failed)?;
        let mut line = String::new();
        let said = process.stdout.take().expect("it is piped");
        let read = BufReader::new(said).read_line(&mut line);
        let listens = line.trim().split_once(" listens at ").and_then(|(_, at)| at.parse().ok());
        let http = || line.trim().split_once(" http at ")?.1.parse().ok().map(Address::Tcp);
        let address = listens.or_else(http);
        let nowhere = Address::Unix(PathBuf::new());
        let mut child = Self { process, address: nowhere, token: None, scratch: Some(scratch) };
        match (read, address) {
            (Ok(_), Some(address)) => {
                child.address = address;
                Ok(child)
            }
            _ => Err(LoadError::Silent(name.into(), child.last_words())),
        }
    }

    fn last_words(mut self) -> String {
        let mut said = String::new();
        if let Some(mut stderr) = self.process.stderr.take() {
            drop(self.process.kill());
            drop(stderr.read_to_string(&mut said));
        }
        said.trim().to_owned()
    }

    /// A file of its own.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.scratch.as_ref().map_or_else(PathBuf::new, |scratch| scratch.file(name))
    }

    /// Ends it with SIGKILL; its files stay.
    fn into_scratch(mut self) -> Scratch {
        drop(self.process.kill());
        drop(self.process.wait());
        self.scratch.take().expect("its files go with it, and it is here")
    }

    /// Stands still, or runs on.
    pub(crate) fn stands(&self, still: bool) -> Result<(), LoadError> {
        let signal = if still { Signal::SIGSTOP } else { Signal::SIGCONT };
        kill(Pid::from_raw(self.process.id().cast_signed()), signal)
            .map_err(|errno| LoadError::System("holding a process", errno.into()))
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A directory of one program's own, gone with it.
#[derive(Debug)]
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, LoadError> {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let name = format!("acd-load-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let made: io::Result<()> = std::fs::create_dir(&path);
        made.map_err(|error| LoadError::System("making a directory", error))?;
        Ok(Self(path))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
