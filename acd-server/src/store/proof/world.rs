//! One schedule: who says what when, what the network and the disk do to it.

use std::time::Duration;

use acd_core::{Nanos, Timestamp};
use acd_log::{Options, Planted, SimDisk};
use serde_json::{Value, json};

use super::Draws;
use super::clients::{Asked, Calls, Client};
use super::mirror::Mirror;
use super::process::Process;
use crate::config::Config;

const CITY: &str = r#"
[city]
name = "Simulated"
time_zone = "UTC"
[[queues]]
name = "roads"
wrap_up = { mode = "none" }
[[queues]]
name = "water"
[[agents]]
id = "a1"
name = "A1"
[[agents]]
id = "a2"
name = "A2"
[[agents]]
id = "d1"
name = "D1"
"#;

/// What occurred, so that a test can tell that it did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) schedules: u64,
    pub(super) commands: u64,
    pub(super) acknowledged: u64,
    pub(super) contacts: u64,
    pub(super) events: u64,
    pub(super) crashes: u64,
    pub(super) kills: u64,
    pub(super) stops: u64,
    pub(super) snapshots: u64,
    pub(super) cuts: u64,
    pub(super) flips_refused: u64,
    pub(super) flips_harmless: u64,
    pub(super) connections_cut: u64,
    pub(super) doubled: u64,
    pub(super) lost: u64,
    pub(super) set_back: u64,
}

/// The whole.
#[derive(Debug)]
pub(super) struct World {
    pub(super) draws: Draws,
    pub(super) disk: SimDisk,
    pub(super) options: Options,
    pub(super) config: Config,
    /// What the machine's clock shows.
    pub(super) at: Timestamp,
    pub(super) process: Option<Process>,
    pub(super) clients: Vec<Client>,
    pub(super) watcher: Option<u64>,
    pub(super) mirror: Mirror,
    pub(super) calls: Calls,
    pub(super) snapshot: Option<Value>,
    pub(super) seen: Seen,
    next_ext: u64,
    next_id: u64,
}

impl World {
    pub(super) fn new(seed: u64, planted: Planted) -> Self {
        let mut config = Config::parse(CITY, "the simulated city").expect("it is right");
        // Whoever asks again does so before the server forgets that it was asked.
        config.idem_keep = Duration::from_hours(24);
        let client = |name, is_desk| Client { name, is_desk, ..Client::default() };
        Self {
            draws: Draws(seed.wrapping_mul(0xD134_2543_DE82_EF95)),
            disk: SimDisk::new(seed),
            options: Options {
                segment_bytes: 96 << 10,
                ring_bytes: 256 << 10,
                planted,
                ..Options::default()
            },
            config,
            at: Timestamp(1_732_412_483_000_000_000),
            process: None,
            clients: vec![client("pbx-1", false), client("pbx-2", false), client("d1", true)],
            watcher: None,
            mirror: Mirror::default(),
            calls: Calls::new(),
            snapshot: None,
            seen: Seen::default(),
            next_ext: 0,
            next_id: 0,
        }
    }

    /// Runs for so many steps, or until enough commands were said; then everything must be there.
    pub(super) fn run(&mut self, commands: u64, steps: u64) -> Result<u64, String> {
        self.restart()?;
        let mut step = 0;
        while step < steps && self.seen.commands < commands {
            step += 1;
            self.step().map_err(|error| format!("step {step}: {error}"))?;
        }
        self.die();
        self.restart().map_err(|error| format!("after step {step}: {error}"))?;
        self.seen.contacts = self.mirror.exts.len() as u64;
        self.seen.events = self.mirror.seq;
        Ok(step)
    }

    fn step(&mut self) -> Result<(), String> {
        let client = self.draws.below(3) as usize;
        match self.draws.below(100) {
            0..46 => self.command(client),
            46..66 => self.commit()?,
            66..84 => self.deliver(client, usize::MAX)?,
            84..87 => self.deliver_watcher()?,
            87..91 => self.pass(),
            91 => self.take_snapshot()?,
            92 | 93 => self.with(Process::prepare),
            94 => self.disk_fault(),
            95..97 => self.cut(client),
            97 => self.watcher = self.watcher.take().filter(|_| false),
            98 => self.end_and_restart()?,
            _ => self.reconnect(client),
        }
        Ok(())
    }

    /// Does something with the server, where it runs.
    fn with(&mut self, act: impl FnOnce(&mut Process)) {
        if let Some(process) = &mut self.process {
            act(process);
        }
    }

    /// A client asks; the network may lose the request, double it, or cut it in the middle.
    fn command(&mut self, index: usize) {
        if self.clients[index].link.is_none() {
            return self.reconnect(index);
        }
        let client = &mut self.clients[index];
        let (asked, method, params) =
            client.next(index, &mut self.calls, &mut self.next_ext, &mut self.draws);
        let may_double = params.get("idem").is_some();
        let bytes = self.asks(index, asked, method, &params);
        match self.draws.below(24) {
            0 => {
                // Lost with the connection, as a stream loses things: from some byte on.
                self.seen.lost += 1;
                let some = self.draws.below(bytes.len() as u64) as usize;
                self.send(index, &bytes[..some]);
                self.cut(index);
            }
            1 | 2 if may_double => {
                self.seen.doubled += 1;
                self.send(index, &bytes);
                self.send(index, &bytes);
            }
            3..6 => {
                let (first, second) = bytes.split_at(bytes.len() / 2);
                self.send(index, first);
                self.send(index, second);
            }
            _ => self.send(index, &bytes),
        }
    }

    fn asks(&mut self, index: usize, asked: Asked, method: &str, params: &Value) -> Vec<u8> {
        self.next_id += 1;
        self.seen.commands += 1;
        self.clients[index].asked.insert(self.next_id, asked);
        line(self.next_id, method, params)
    }

    fn send(&mut self, index: usize, bytes: &[u8]) {
        let link = self.clients[index].link;
        if let (Some(link), Some(process)) = (link, &mut self.process) {
            process.receive(link, bytes);
        }
    }

    /// A connection is cut; what was on its way is lost with it.
    fn cut(&mut self, index: usize) {
        self.seen.connections_cut += 1;
        if let (Some(link), Some(process)) = (self.clients[index].link, &mut self.process) {
            process.disconnect(link);
        }
        self.clients[index].cut();
    }

    /// A client connects anew, also where the server holds its former connection still.
    pub(super) fn reconnect(&mut self, index: usize) {
        self.clients[index].cut();
        let Some(process) = &mut self.process else { return };
        self.clients[index].link = Some(process.connect());
        let (asked, method, params) = self.clients[index].hello();
        let is_back = !self.clients[index].epoch.is_empty();
        let bytes = self.asks(index, asked, method, &params);
        self.send(index, &bytes);
        // Only who has heard everything can say what is there.
        let client = &mut self.clients[index];
        client.has_to_reconcile = is_back && !client.is_desk && !self.draws.one_in(3);
        if client.has_to_reconcile && self.commit().is_ok() {
            let heard = self.deliver(index, usize::MAX);
            self.clients[index].has_to_reconcile &= heard.is_ok() && self.process.is_some();
        }
    }

    /// The log's thread has its turn; a disk that fails ends the server.
    pub(super) fn commit(&mut self) -> Result<(), String> {
        let Some(process) = &mut self.process else { return Ok(()) };
        if process.commit().is_err() {
            self.seen.stops += 1;
            return self.end_and_restart();
        }
        Ok(())
    }

    /// What has left for a client arrives.
    pub(super) fn deliver(&mut self, index: usize, most: usize) -> Result<(), String> {
        let (Some(link), Some(process)) = (self.clients[index].link, &mut self.process) else {
            return Ok(());
        };
        for line in process.take(link, most) {
            let client = &mut self.clients[index];
            if line["method"] == "event" {
                client.event(&line["params"], &mut self.calls)?;
            } else if line.get("id").is_some() {
                self.seen.acknowledged += 1;
                client.reply(&line, &mut self.calls)?;
            }
        }
        Ok(())
    }

    /// The watcher hears what has left for it.
    pub(super) fn deliver_watcher(&mut self) -> Result<(), String> {
        let Some(process) = &mut self.process else { return Ok(()) };
        let link = *self.watcher.get_or_insert_with(|| {
            let link = process.connect();
            let hello = json!({"role": "supervisor", "name": "sue"});
            process.receive(link, &line(1, "hello", &hello));
            let since = json!({"epoch": self.mirror.epoch, "seq": self.mirror.seq});
            let mut params = json!({"topics": ["*"]});
            params["since"] = since;
            process.receive(link, &line(2, "subscribe", &params));
            link
        });
        for line in process.take(link, usize::MAX) {
            if line["method"] == "event" {
                let calls = &self.calls;
                let age = |ext: &str| calls.get(ext).map_or(0, |call| call.age_ms);
                self.mirror.hear(&line["params"], age)?;
            } else if line["id"] == 1 {
                let epoch = line["result"]["epoch"].as_str().unwrap_or_default();
                if self.mirror.epoch.is_empty() {
                    epoch.clone_into(&mut self.mirror.epoch);
                }
                if self.mirror.epoch != epoch {
                    return Err(format!("the epoch was {}: {line}", self.mirror.epoch));
                }
            } else if line["id"] == 2 {
                // The first time the epoch was not known; then nothing was heard either.
                if line["result"]["gap"] != false && self.mirror.seq > 0 {
                    return Err(format!("event {} was heard: {line}", self.mirror.seq));
                }
                if line["result"]["gap"] != false {
                    self.watcher = None;
                }
            } else if line["id"] == 3 {
                self.snapshot = Some(line["result"].clone());
            }
        }
        Ok(())
    }

    /// Everything that was acknowledged is in the events.
    pub(super) fn acknowledged_is_told(&self) -> Result<(), String> {
        for (ext, call) in &self.calls {
            let Some(contact) = &call.contact else { continue };
            if self.mirror.exts.get(ext) != Some(contact) {
                return Err(format!("{ext} was acknowledged as {contact}, and never entered"));
            }
            if call.answered && !self.mirror.connected.contains(contact) {
                return Err(format!("{ext} was answered, and never connected"));
            }
            if call.ended && !self.mirror.ended.contains(contact) {
                return Err(format!("{ext} was ended, and goes on"));
            }
        }
        Ok(())
    }

    fn pass(&mut self) {
        let ms = match self.draws.below(12) {
            0 => 60_000,
            1..4 => 10_000,
            _ => 500,
        };
        self.at = self.at.after(Nanos::from_millis(1 + self.draws.below(ms)));
        let at = self.at;
        self.with(|process| process.pass(at));
    }

    fn take_snapshot(&mut self) -> Result<(), String> {
        // Who follows the log checks its chain always.
        if self.options.planted.drop_previous_crc {
            return Ok(());
        }
        let Some(process) = &mut self.process else { return Ok(()) };
        self.seen.snapshots += u64::from(process.snapshot(self.at)?);
        Ok(())
    }

    fn disk_fault(&mut self) {
        match self.draws.below(5) {
            0 => self.disk.fail_sync_after(self.draws.below(4)),
            1 => self.disk.stop_after(self.draws.below(12)),
            2 => self.disk.limit(self.used() + self.draws.below(120 << 10)),
            _ => self.disk.limit(u64::MAX),
        }
    }
}

/// A request as a line.
pub(super) fn line(id: u64, method: &str, params: &Value) -> Vec<u8> {
    let request = json!({"id": id, "method": method, "params": params});
    format!("{request}\n").into_bytes()
}
