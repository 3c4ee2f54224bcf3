//! A running `acd serve`, and line-by-line conversations with it, for tests of the whole system.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]
#![allow(clippy::needless_pass_by_value, reason = "`json!` values are made for the call")]

pub mod http;
pub mod open311;
pub mod tmux;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long anything may take before a test calls it lost.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The command under test.
pub fn acd() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acd"));
    quiet(&mut command);
    command
}

/// Without what the developer's shell says to it.
fn quiet(command: &mut Command) {
    command.env_remove("ACD_SOCKET").env_remove("ACD_TOKEN_FILE").env("NO_COLOR", "1");
}

/// A directory that goes with the test.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// A new one, named after the test.
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("acd-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a directory for the test");
        Self(path)
    }

    /// A path in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running `acd serve`, killed when dropped.
pub struct Server {
    /// The process.
    pub child: Child,
    /// Its Unix socket.
    pub socket: PathBuf,
    /// Its files.
    pub scratch: Scratch,
    arguments: Vec<String>,
    said: mpsc::Receiver<String>,
}

impl Server {
    /// Starts one on a socket of its own and waits until it says that it listens.
    pub fn start(name: &str, arguments: &[&str]) -> Self {
        Self::start_in(Scratch::new(name), arguments)
    }

    /// The same, with files laid out beforehand.
    pub fn start_in(scratch: Scratch, arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.into()).collect();
        let launched = launch(acd(), &scratch, &arguments);
        let (child, said) = launched.unwrap_or_else(|log| panic!("acd serve did not start: {log}"));
        Self { child, socket: scratch.join("acd.sock"), scratch, arguments, said }
    }

    /// Keeps a log in its own files.
    pub fn start_with_log(scratch: Scratch, arguments: &[&str]) -> Self {
        let data = scratch.join("data").display().to_string();
        Self::start_in(scratch, &[&["--data", &data], arguments].concat())
    }

    /// Where it answers HTTP, once it has said so.
    pub fn http(&self) -> String {
        loop {
            let line = self.said.recv_timeout(PATIENCE).expect("it says where it answers");
            if let Some(address) = line.strip_prefix("acd answers http at ") {
                return address.to_owned();
            }
        }
    }

    /// Ends it with SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it is a child of ours");
    }

    /// Starts it again where it was, in the same words.
    pub fn start_again(&mut self) {
        let launched = launch(acd(), &self.scratch, &self.arguments);
        (self.child, self.said) = launched.unwrap_or_else(|log| panic!("it did not start: {log}"));
    }

    /// Starts it again where it was, run by another program, which becomes it. Says what the server
    /// has logged, where it ends before it listens.
    pub fn start_again_by(&mut self, program: &[&str]) -> Result<(), String> {
        let mut command = Command::new(program[0]);
        command.args(&program[1..]).arg(env!("CARGO_BIN_EXE_acd"));
        quiet(&mut command);
        (self.child, self.said) = launch(command, &self.scratch, &self.arguments)?;
        Ok(())
    }

    /// A connection to its Unix socket.
    pub fn connect(&self) -> Talk {
        let stream = UnixStream::connect(&self.socket).expect("the server listens");
        Talk::over_unix(stream)
    }

    /// A connection that has said `hello`.
    pub fn hello(&self, role: &str, name: &str) -> Talk {
        let mut talk = self.connect();
        talk.hello(role, name);
        talk
    }

    /// Resident memory in bytes.
    pub fn resident(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("the process runs");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a VmRSS line");
        let kib: u64 = line.split_whitespace().nth(1).expect("a number").parse().expect("KiB");
        kib * 1024
    }

    /// Sends SIGTERM and returns what it printed until it ended.
    pub fn terminate(mut self) -> (Option<i32>, Vec<String>) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        assert!(sent.success());
        let code = wait(&mut self.child).code();
        (code, self.said.iter().collect())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(Some(status)) = self.child.try_wait() {
            eprintln!("acd serve had ended: {status}");
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command's `serve` on the socket of these files, listening, and what it prints; or what it
/// logged until it ended.
fn launch(
    mut acd: Command,
    scratch: &Scratch,
    arguments: &[String],
) -> Result<(Child, mpsc::Receiver<String>), String> {
    let mut child = acd
        .arg("serve")
        .arg("--listen")
        .arg(format!("unix:{}", scratch.join("acd.sock").display()))
        .args(arguments)
        .env("XDG_CONFIG_HOME", scratch.join("config"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("acd serve starts");
    let said = lines_of(child.stdout.take().expect("piped"));
    let logged = lines_of(child.stderr.take().expect("piped"));
    if said.recv_timeout(PATIENCE).is_err() {
        let _ = child.kill();
        let _ = child.wait();
        return Err(logged.iter().collect::<Vec<_>>().join("\n"));
    }
    // The log must be read on, or the pipe fills. Of a test that fails it is shown.
    std::thread::spawn(move || logged.iter().for_each(|line| eprintln!("{line}")));
    Ok((child, said))
}

/// Waits for a process to end, with patience.
pub fn wait(child: &mut Child) -> std::process::ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child of ours") {
            return status;
        }
        assert!(start.elapsed() < PATIENCE, "the process did not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The lines a stream says, as they come.
pub fn lines_of(stream: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::sync_channel(65_536);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// A conversation, a line at a time.
pub struct Talk {
    write: Box<dyn Write + Send>,
    lines: mpsc::Receiver<String>,
    next_id: u64,
    /// Notifications read while waiting for replies, oldest first.
    pub events: std::collections::VecDeque<serde_json::Value>,
}

impl Talk {
    fn new(write: Box<dyn Write + Send>, read: impl Read + Send + 'static) -> Self {
        let lines = lines_of(read);
        Self { write, lines, next_id: 0, events: std::collections::VecDeque::new() }
    }

    /// Over a Unix socket.
    pub fn over_unix(stream: UnixStream) -> Self {
        Self::new(Box::new(stream.try_clone().expect("a second handle")), stream)
    }

    /// Over TCP.
    pub fn over_tcp(stream: TcpStream) -> Self {
        Self::new(Box::new(stream.try_clone().expect("a second handle")), stream)
    }

    /// Over a program's standard input and output, such as `nc`.
    pub fn over_child(child: &mut Child) -> Self {
        let write = child.stdin.take().expect("piped");
        let read = child.stdout.take().expect("piped");
        Self::new(Box::new(write), read)
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) {
        self.write.write_all(bytes).and_then(|()| self.write.flush()).expect("the peer reads");
    }

    /// The next line, whatever it is; none when the peer closed.
    pub fn line(&mut self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(mpsc::RecvTimeoutError::Disconnected) => None,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("no line came in {PATIENCE:?}"),
        }
    }

    /// The next line as JSON.
    pub fn json(&mut self) -> Option<serde_json::Value> {
        let line = self.line()?;
        Some(serde_json::from_str(&line).unwrap_or_else(|e| panic!("not JSON: {line}: {e}")))
    }

    /// Calls a method and returns its whole reply; notifications on the way are kept.
    pub fn call(&mut self, method: &str, params: serde_json::Value) -> serde_json::Value {
        self.next_id += 1;
        let id = self.next_id;
        let request = serde_json::json!({"id": id, "method": method, "params": params});
        self.send(format!("{request}\n").as_bytes());
        loop {
            let line = self.json().expect("a reply before the end");
            if line.get("method").is_some() {
                self.events.push_back(line);
            } else {
                assert_eq!(line["id"], id, "replies come in order");
                return line;
            }
        }
    }

    /// Sends several requests at once and returns their results in order.
    pub fn ask_all(&mut self, requests: &[(&str, serde_json::Value)]) -> Vec<serde_json::Value> {
        let mut bytes = String::new();
        for (method, params) in requests {
            self.next_id += 1;
            let id = self.next_id;
            let line = serde_json::json!({"id": id, "method": method, "params": params});
            bytes.push_str(&line.to_string());
            bytes.push('\n');
        }
        self.send(bytes.as_bytes());
        let mut results = Vec::with_capacity(requests.len());
        while results.len() < requests.len() {
            let mut line = self.json().expect("a reply before the end");
            if line.get("method").is_some() {
                self.events.push_back(line);
            } else {
                assert!(line.get("error").is_none(), "{line}");
                results.push(line["result"].take());
            }
        }
        results
    }

    /// Calls a method that must succeed.
    pub fn ask(&mut self, method: &str, params: serde_json::Value) -> serde_json::Value {
        let mut reply = self.call(method, params);
        assert!(reply.get("error").is_none(), "{method}: {reply}");
        reply["result"].take()
    }

    /// Calls a method that must be refused; its `error.data`.
    pub fn refused(&mut self, method: &str, params: serde_json::Value) -> serde_json::Value {
        let mut reply = self.call(method, params);
        assert!(reply.get("error").is_some(), "{method} was accepted: {reply}");
        reply["error"]["data"].take()
    }

    /// Says hello after the greeting.
    pub fn hello(&mut self, role: &str, name: &str) -> serde_json::Value {
        let greeting = self.json().expect("a greeting");
        assert_eq!(greeting["method"], "greeting");
        self.ask("hello", serde_json::json!({"proto": 1, "role": role, "name": name}))
    }

    /// The next event of any type, if one has come.
    pub fn event_now(&mut self) -> Option<serde_json::Value> {
        loop {
            let mut line = match self.events.pop_front() {
                Some(line) => line,
                None => serde_json::from_str(&self.lines.try_recv().ok()?).expect("JSON"),
            };
            if line["method"] == "event" {
                return Some(line["params"].take());
            }
        }
    }

    /// The next event of this type, passing over others.
    pub fn event(&mut self, kind: &str) -> serde_json::Value {
        loop {
            let mut line = match self.events.pop_front() {
                Some(line) => line,
                None => self.json().expect("an event before the end"),
            };
            if line["method"] == "event" && line["params"]["type"] == kind {
                return line["params"].take();
            }
        }
    }
}

/// Whether a program is installed; where CI says so it must be.
pub fn installed(program: &str) -> bool {
    let found = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file())
    });
    assert!(
        found || std::env::var("CI").as_deref() != Ok("true"),
        "{program} is not installed, and CI=true"
    );
    if !found {
        println!("skipped: needs {program}");
    }
    found
}

/// Whether `said` is `shown`, where `…` in a shown text stands for anything.
pub fn fits(shown: &str, said: &str) -> bool {
    let mut parts = shown.split('…');
    let first = parts.next().expect("split gives one part at least");
    let Some(mut rest) = said.strip_prefix(first) else { return false };
    let parts: Vec<_> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}
