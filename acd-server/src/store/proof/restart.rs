//! The end of a process, what it leaves on the disk, and the start of the next: what was
//! acknowledged must be there.

use acd_core::{Nanos, Timestamp};
use acd_log::{SimDisk, Storage as _};
use serde_json::json;

use super::process::{Found, Process, find, find_from_the_oldest};
use super::world::{World, line};

/// Starts that may fail in a row with a disk that stops; then something else is wrong.
const STARTS: u64 = 20;

impl World {
    /// The process ends, or the machine; another begins.
    pub(super) fn end_and_restart(&mut self) -> Result<(), String> {
        self.die();
        self.restart()
    }

    /// The process ends: what has left may still arrive, or not.
    pub(super) fn die(&mut self) {
        for index in 0..self.clients.len() {
            if self.draws.one_in(2) {
                let most = self.draws.below(20) as usize;
                // What is wrong here is found again by who watches.
                let _ = self.deliver(index, most);
            }
            self.clients[index].cut();
        }
        self.watcher = None;
    }

    /// Starts the server again, however often that takes, and looks that all is as it was.
    pub(super) fn restart(&mut self) -> Result<(), String> {
        for _ in 0..STARTS {
            let acknowledged = self.process.take().map(|process| process.acknowledged());
            self.ends_on_disk(acknowledged)?;
            self.time_passes_meanwhile();
            self.disk.limit(u64::MAX);
            let stops = self.draws.one_in(8);
            if stops {
                self.disk.stop_after(self.draws.below(8));
            }
            let found = find(&self.config, &self.disk, &self.options, self.at);
            let found = found.map_err(|error| format!("refused: {error}"))?;
            self.replays_alike(&found, acknowledged)?;
            self.seen.cuts += u64::from(found.recovered.cut.is_some());
            match Process::start(found, &self.config, &self.disk) {
                Ok(process) => self.process = Some(process),
                Err(_) if stops => continue,
                Err(error) => return Err(format!("it does not start: {error}")),
            }
            if !self.draws.one_in(4)
                && let Some(process) = &mut self.process
            {
                process.prepare();
            }
            if self.looks_right()? {
                return Ok(());
            }
        }
        // The last failed with its disk: without faults it starts.
        Err("it does not start however often".into())
    }

    /// A power cut, or the process alone.
    fn ends_on_disk(&mut self, acknowledged: Option<u64>) -> Result<(), String> {
        if self.draws.one_in(2) {
            self.seen.crashes += 1;
            self.disk.crash();
            return Ok(());
        }
        self.seen.kills += 1;
        self.disk.kill();
        match acknowledged {
            Some(acknowledged) if self.draws.one_in(2) => self.flips(acknowledged),
            _ => Ok(()),
        }
    }

    /// A bit of the disk's copy rots: what is read then is right, or refused.
    fn flips(&mut self, acknowledged: u64) -> Result<(), String> {
        let copy = SimDisk::new(1);
        let names = self.disk.list().expect("it can be listed");
        for name in &names {
            copy.put(name, self.disk.read(name).expect("it is there"));
        }
        let Some(name) = self.draws.pick(&names) else { return Ok(()) };
        let bytes = copy.read(name).expect("it is there");
        let used = bytes.iter().rposition(|&byte| byte != 0).map_or(1, |at| at + 1);
        let bit = self.draws.below(used as u64 * 8);
        let whole = find(&self.config, &copy, &self.options, self.at);
        let mut whole = whole.map_err(|error| format!("refused: {error}"))?;
        copy.flip(name, bit);
        let Ok(mut rotten) = find(&self.config, &copy, &self.options, self.at) else {
            self.seen.flips_refused += 1;
            return Ok(());
        };
        self.seen.flips_harmless += 1;
        let (left, all) = (rotten.recovered.last_seq, whole.recovered.last_seq);
        if left < acknowledged {
            return Err(format!("{name}, bit {bit}: {left} records of {acknowledged} are left"));
        }
        if left == all && same(&mut rotten, &mut whole).is_err() {
            return Err(format!("{name}, bit {bit} flipped: another state was read"));
        }
        Ok(())
    }

    /// The machine's date goes on, far on, or is set back.
    fn time_passes_meanwhile(&mut self) {
        let seconds = match self.draws.below(8) {
            0 => self.draws.below(600),
            _ => self.draws.below(20),
        };
        self.at = self.at.after(Nanos::from_secs(seconds));
        if self.draws.one_in(8) {
            self.seen.set_back += 1;
            let back = self.draws.below(100) * 1_000_000_000;
            self.at = Timestamp(self.at.0 - back);
        }
    }

    /// From the oldest state on, the records lead to the same one.
    fn replays_alike(&mut self, found: &Found, acknowledged: Option<u64>) -> Result<(), String> {
        let last = found.recovered.last_seq;
        if acknowledged.is_some_and(|acknowledged| last < acknowledged) {
            return Err(format!(
                "records up to {acknowledged:?} were acknowledged, {last} is left"
            ));
        }
        if self.draws.one_in(3) {
            let oldest = find_from_the_oldest(&self.config, &self.disk, &self.options, self.at);
            let oldest = oldest.map_err(|error| format!("from the oldest state: {error}"))?;
            if oldest.state_hash() != found.core.state_hash() || oldest.kept() != found.core.kept()
            {
                return Err("another way through the log leads to another state".into());
            }
        }
        Ok(())
    }

    /// Lets everything become durable and arrive; then all is as it was acknowledged. False where
    /// the disk fails meanwhile.
    fn looks_right(&mut self) -> Result<bool, String> {
        for index in 0..self.clients.len() {
            if self.draws.one_in(2) {
                self.reconnect(index);
            }
        }
        self.snapshot = None;
        for round in 0..6 {
            self.deliver_watcher()?;
            if round == 2
                && let (Some(link), Some(process)) = (self.watcher, &mut self.process)
            {
                let of = json!({"of": ["contacts", "agents"]});
                process.receive(link, &line(3, "snapshot", &of));
            }
            let Some(process) = &mut self.process else { return Ok(false) };
            if process.commit().is_err() {
                self.seen.stops += 1;
                self.die();
                return Ok(false);
            }
            // Whoever finds the log full waits for its next segment.
            process.prepare();
            for index in 0..self.clients.len() {
                self.deliver(index, usize::MAX)?;
            }
        }
        self.deliver_watcher()?;
        let Some(snapshot) = self.snapshot.take() else {
            // The disk has stopped while a segment was zeroed: nothing is written any more.
            self.die();
            return Ok(false);
        };
        self.mirror.compare(&snapshot)?;
        self.acknowledged_is_told()?;
        Ok(true)
    }

    /// Bytes of all files.
    pub(super) fn used(&self) -> u64 {
        let names = self.disk.list().expect("it can be listed");
        names.iter().filter_map(|name| self.disk.read(name)).map(|file| file.len() as u64).sum()
    }
}

fn same(one: &mut Found, other: &mut Found) -> Result<(), ()> {
    if one.core.kept() == other.core.kept() { Ok(()) } else { Err(()) }
}
