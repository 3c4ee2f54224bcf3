//! A server on a temporary socket, and clients that speak by lines, as a telephony engineer does.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "each test file uses its part of it, and passes JSON as it writes it"
)]

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use acd_proto::Address;
use acd_server::config::Config;
use acd_server::{Clock, Leftovers, Listeners, Setup, run};
use serde_json::{Value, json};
use tokio::sync::{Notify, oneshot};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Three agents, two queues without wrap-up, one with.
pub(crate) const CITY: &str = r#"
skills = ["es"]
reasons = ["break"]

[city]
name = "Test"
time_zone = "UTC"

[[queues]]
name = "roads"
wrap_up = { mode = "none" }

[[queues]]
name = "water"
wrap_up = { mode = "none" }

[[queues]]
name = "permits"
wrap_up = { mode = "manual" }

[[agents]]
id = "ana"
name = "Ana"
skills = { es = 5 }

[[agents]]
id = "bo"
name = "Bo"

[[agents]]
id = "cy"
name = "Cy"
"#;

/// A directory of one test's own, gone when it ends.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let name = format!("acd-{}-{}", std::process::id(), LAST.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running server; stopped when dropped.
pub(crate) struct Server {
    pub(crate) addresses: Vec<Address>,
    pub(crate) scratch: Scratch,
    pub(crate) reload: Arc<Notify>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Leftovers>>,
}

impl Server {
    /// Of [`CITY`], in real time.
    pub(crate) fn start() -> Self {
        Self::with(CITY, |_| {})
    }

    /// Of [`CITY`], where `speed` seconds pass in a real one.
    pub(crate) fn fast(speed: u32) -> Self {
        Self::with(CITY, |setup| setup.clock = Clock::scaled(Clock::real().now(), speed))
    }

    /// Of this configuration, changed before it runs.
    pub(crate) fn with(city: &str, change: impl FnOnce(&mut Setup)) -> Self {
        let scratch = Scratch::new();
        let mut setup = Setup::from(Config::parse(city, "the test's city").unwrap());
        change(&mut setup);
        let mut addresses = setup.config.listen.clone();
        addresses.push(Address::Unix(scratch.file("acd.sock")));
        Self::run(setup, &addresses, scratch)
    }

    fn run(setup: Setup, addresses: &[Address], scratch: Scratch) -> Self {
        let reload = Arc::clone(&setup.reload);
        let addresses = addresses.to_vec();
        let (stop, stopped) = oneshot::channel::<()>();
        let (listens, listening) = std::sync::mpsc::sync_channel(1);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async move {
                let listeners = Listeners::bind(&addresses).await.unwrap();
                listens.send(listeners.addresses()).unwrap();
                run(setup, listeners, async { drop(stopped.await) }).await.unwrap()
            })
        });
        let addresses = listening.recv_timeout(PATIENCE).unwrap();
        Self { addresses, scratch, reload, stop: Some(stop), thread: Some(thread) }
    }

    /// Stops it; says what it left.
    pub(crate) fn stop(mut self) -> Leftovers {
        drop(self.stop.take());
        self.thread.take().unwrap().join().unwrap()
    }

    /// A connection that has said nothing; its greeting is read.
    pub(crate) fn connect(&self) -> Client {
        let stream = UnixStream::connect(self.scratch.file("acd.sock")).unwrap();
        let mut client = Client::over(stream);
        assert_eq!(client.read()["method"], "greeting");
        client
    }

    /// A connection that has said `hello`.
    pub(crate) fn client(&self, role: &str, name: &str) -> Client {
        let mut client = self.connect();
        client.hello(json!({"role": role, "name": name}));
        client
    }

    pub(crate) fn front_end(&self) -> Client {
        self.client("frontend", "pbx")
    }

    /// An agent's desktop, signed in and ready, for calls too.
    pub(crate) fn ready(&self, name: &str) -> Client {
        let mut agent = self.client("agent", name);
        agent.ask("agent.login", json!({"capacity": {"voice": 1}}));
        agent.ask("agent.state", json!({"state": "ready"}));
        agent
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
            && !std::thread::panicking()
        {
            panic!("the server panicked");
        }
    }
}

/// A connected socket of either kind.
enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Read for Stream {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.read(bytes),
            Self::Tcp(stream) => stream.read(bytes),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.write(bytes),
            Self::Tcp(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A client of lines. What it is told between replies is kept in `told`.
pub(crate) struct Client {
    reader: BufReader<Stream>,
    last: u64,
    /// What came unasked, oldest first, since it was last looked at.
    pub(crate) told: Vec<Value>,
    /// The last sequence number seen.
    pub(crate) seq: u64,
    pub(crate) epoch: String,
}

impl Client {
    fn over(stream: UnixStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self::of(Stream::Unix(stream))
    }

    pub(crate) fn over_tcp(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self::of(Stream::Tcp(stream))
    }

    fn of(stream: Stream) -> Self {
        let reader = BufReader::new(stream);
        Self { reader, last: 0, told: Vec::new(), seq: 0, epoch: String::new() }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.reader.get_mut().write_all(bytes).unwrap();
    }

    /// The next line; null at the end.
    pub(crate) fn read(&mut self) -> Value {
        let mut line = String::new();
        match self.reader.read_line(&mut line) {
            Ok(0) => return Value::Null,
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
                return Value::Null;
            }
            Err(error) => panic!("nothing came in time: {error}"),
            Ok(_) => {}
        }
        let value: Value = serde_json::from_str(&line).unwrap();
        if let Some(seq) = value["params"]["seq"].as_u64().filter(|_| value["method"] == "event") {
            let resent = value["params"]["resent"] == true;
            assert!(resent || seq > self.seq, "{seq} after {}: {value}", self.seq);
            self.seq = self.seq.max(seq);
        }
        value
    }

    pub(crate) fn hello(&mut self, params: Value) -> Value {
        let result = self.ask("hello", params);
        self.epoch = result["epoch"].as_str().unwrap().into();
        if self.seq == 0 {
            self.seq = result["seq"].as_u64().unwrap();
        }
        result
    }

    /// Where to resume from.
    pub(crate) fn place(&self) -> Value {
        json!({"epoch": self.epoch, "seq": self.seq})
    }

    /// The whole reply to a request.
    pub(crate) fn call(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let id = self.last;
        let request = json!({"id": id, "method": method, "params": params});
        self.send(format!("{request}\n").as_bytes());
        loop {
            let line = self.read();
            assert!(!line.is_null(), "the connection ended before the reply to {method}");
            if line.get("method").is_none() {
                assert_eq!(line["id"], id, "replies come in order: {line}");
                return line;
            }
            self.told.push(line);
        }
    }

    /// The result of a request that succeeds.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        let reply = self.call(method, params);
        assert!(reply.get("error").is_none(), "{method}: {reply}");
        reply["result"].clone()
    }

    /// The kind of error of a request that fails.
    pub(crate) fn refused(&mut self, method: &str, params: Value) -> String {
        let reply = self.call(method, params);
        reply["error"]["data"]["kind"].as_str().unwrap_or_else(|| panic!("{reply}")).into()
    }

    /// The next event of this type; events before it are passed over.
    pub(crate) fn event(&mut self, kind: &str) -> Value {
        self.next(|line| line["params"]["type"] == kind)["params"].clone()
    }

    /// The next notification of this method.
    pub(crate) fn notice(&mut self, method: &str) -> Value {
        self.next(|line| line["method"] == method)["params"].clone()
    }

    fn next(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        while !self.told.is_empty() {
            let line = self.told.remove(0);
            if wanted(&line) {
                return line;
            }
        }
        loop {
            let line = self.read();
            assert!(!line.is_null(), "the connection ended");
            if wanted(&line) {
                return line;
            }
        }
    }

    /// Reads to the end; the reason of the last `bye`.
    pub(crate) fn bye(&mut self) -> Option<String> {
        let mut reason = None;
        loop {
            let line = self.read();
            if line["method"] == "bye" {
                reason = line["params"]["reason"].as_str().map(Into::into);
            }
            if line.is_null() {
                return reason;
            }
        }
    }

    /// Types of the events told since it was last looked at, up to the reply to a `ping`.
    pub(crate) fn types(&mut self) -> Vec<String> {
        self.ask("ping", json!({}));
        let told = std::mem::take(&mut self.told);
        told.iter().filter_map(|line| line["params"]["type"].as_str().map(Into::into)).collect()
    }

    /// A voice contact into `roads`.
    pub(crate) fn call_in(&mut self, ext: &str) -> Value {
        self.ask("contact.new", json!({"ext": ext, "channel": "voice", "queue": "roads"}))
    }
}
