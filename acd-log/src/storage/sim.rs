//! A disk in memory that behaves as badly as a real one may: a crash loses, tears and reorders
//! what was not synced, syncs fail, space runs out, bits flip. One seed, one behaviour.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use super::{File, Storage};

/// What a disk writes at once: a crash leaves each sector of a write old or new.
const SECTOR: u64 = 512;

/// A simulated disk. Clones are the same disk.
#[derive(Clone, Debug)]
pub struct SimDisk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    seed: u64,
    /// Every file's content, also of those without a name.
    contents: Vec<Content>,
    /// Names now, and as they survive a crash.
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    /// What was done to names since the directory was synced, in order.
    pending_names: Vec<Change>,
    /// Operations until the machine stops; none is for ever.
    operations_left: Option<u64>,
    operations: u64,
    capacity: u64,
    syncs_until_failure: Option<u64>,
    /// Counts crashes: files opened before one are of no use after it.
    life: u64,
}

#[derive(Debug, Default)]
struct Content {
    now: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<(u64, Vec<u8>)>,
}

#[derive(Clone, Debug)]
enum Change {
    Make(String, usize),
    Rename(String, String),
    Remove(String),
}

#[derive(Debug)]
struct SimFile {
    disk: SimDisk,
    content: usize,
    life: u64,
}

impl SimDisk {
    /// An empty disk without limit.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            seed,
            contents: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            pending_names: Vec::new(),
            operations_left: None,
            operations: 0,
            capacity: u64::MAX,
            syncs_until_failure: None,
            life: 0,
        })))
    }

    /// The machine loses its power: what was not synced is kept, lost or torn, as the seed decides.
    /// Files that are open now only fail. The disk works again.
    pub fn crash(&self) {
        let mut state = self.state();
        state.life += 1;
        state.operations_left = None;
        state.syncs_until_failure = None;
        let made = state.pending_names.len() as u64;
        let kept = state.draw(made + 1) as usize;
        let changes: Vec<_> = state.pending_names.drain(..).take(kept).collect();
        for change in &changes {
            change.apply(&mut state.durable_names);
        }
        state.names = state.durable_names.clone();
        for index in 0..state.contents.len() {
            let pending = std::mem::take(&mut state.contents[index].pending);
            state.tear(index, &pending);
            let content = &mut state.contents[index];
            content.now = content.durable.clone();
        }
    }

    /// The process ends, the machine does not: everything written stays, synced or not.
    pub fn kill(&self) {
        let mut state = self.state();
        state.life += 1;
        state.operations_left = None;
        state.syncs_until_failure = None;
    }

    /// Every operation after the next `operations` that change something fails, until a crash.
    pub fn stop_after(&self, operations: u64) {
        self.state().operations_left = Some(operations);
    }

    /// How many operations have changed something so far.
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// No file grows once all files together have this many bytes.
    pub fn limit(&self, capacity: u64) {
        self.state().capacity = capacity;
    }

    /// The sync after the next `syncs` fails, and what it should have kept is lost.
    pub fn fail_sync_after(&self, syncs: u64) {
        self.state().syncs_until_failure = Some(syncs);
    }

    /// A file's bytes as they are now; none where there is no such file.
    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.state();
        state.names.get(name).map(|&content| state.contents[content].now.clone())
    }

    /// Puts a file there, durably: rot, or a copy from elsewhere.
    pub fn put(&self, name: &str, bytes: Vec<u8>) {
        let mut state = self.state();
        state.contents.push(Content { durable: bytes.clone(), now: bytes, pending: Vec::new() });
        let content = state.contents.len() - 1;
        state.names.insert(name.to_owned(), content);
        state.durable_names.insert(name.to_owned(), content);
    }

    /// Flips a bit of a file, durably. Nothing happens where there is no such file or bit.
    pub fn flip(&self, name: &str, bit: u64) {
        let mut state = self.state();
        let Some(&content) = state.names.get(name) else { return };
        let (at, mask) = ((bit / 8) as usize, 1 << (bit % 8));
        let content = &mut state.contents[content];
        for bytes in [&mut content.now, &mut content.durable] {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= mask;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nothing panics while it holds the simulated disk")
    }

    fn file(&self, content: usize, life: u64) -> Box<dyn File> {
        Box::new(SimFile { disk: self.clone(), content, life })
    }
}

impl State {
    /// A number below `below`, the next of the seed's row (splitmix64, Steele et al. 2014).
    fn draw(&mut self, below: u64) -> u64 {
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.seed;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) % below
    }

    /// Keeps of a file's unsynced writes all, nothing, or in each sector those up to some moment
    /// of its own: a sector never goes back to what it held before, but sectors are written in any
    /// order.
    fn tear(&mut self, content: usize, pending: &[(u64, Vec<u8>)]) {
        let mut sectors: BTreeMap<u64, Vec<(u64, &[u8])>> = BTreeMap::new();
        for (offset, bytes) in pending {
            let mut at = 0;
            while at < bytes.len() {
                let from = offset + at as u64;
                let end = bytes.len().min(at + (SECTOR - from % SECTOR) as usize);
                sectors.entry(from / SECTOR).or_default().push((from, &bytes[at..end]));
                at = end;
            }
        }
        let fate = self.draw(4);
        for writes in sectors.values() {
            let kept = match fate {
                0 => writes.len(),
                1 => 0,
                _ => self.draw(writes.len() as u64 + 1) as usize,
            };
            for (offset, bytes) in &writes[..kept] {
                place(&mut self.contents[content].durable, *offset, bytes);
            }
        }
    }

    /// Counts an operation that changes something; refuses once the machine has stopped.
    fn operate(&mut self) -> io::Result<()> {
        self.operations += 1;
        match &mut self.operations_left {
            None => Ok(()),
            Some(0) => Err(io::Error::other("the simulated machine has stopped")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
        }
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.names);
        self.pending_names.push(change);
    }

    fn named(&self, name: &str) -> io::Result<usize> {
        self.names.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn sync_fails(&mut self) -> bool {
        match &mut self.syncs_until_failure {
            None => false,
            Some(0) => {
                self.syncs_until_failure = None;
                true
            }
            Some(left) => {
                *left -= 1;
                false
            }
        }
    }
}

impl Change {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Make(name, content) => {
                names.insert(name.clone(), *content);
            }
            Self::Rename(from, to) => {
                if let Some(content) = names.remove(from) {
                    names.insert(to.clone(), content);
                }
            }
            Self::Remove(name) => {
                names.remove(name);
            }
        }
    }
}

/// Writes into a vector that grows with zeros.
fn place(into: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
    let end = offset as usize + bytes.len();
    if into.len() < end {
        into.resize(end, 0);
    }
    into[offset as usize..end].copy_from_slice(bytes);
}

impl Storage for SimDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        let state = self.state();
        Ok(state.names.keys().filter(|name| !name.contains('/')).cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        let mut state = self.state();
        state.operate()?;
        state.contents.push(Content::default());
        let content = state.contents.len() - 1;
        state.change(Change::Make(name.to_owned(), content));
        Ok(self.file(content, state.life))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        let state = self.state();
        Ok(self.file(state.named(name)?, state.life))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        state.operate()?;
        state.named(from)?;
        state.change(Change::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.operate()?;
        state.named(name)?;
        state.change(Change::Remove(name.to_owned()));
        Ok(())
    }

    fn sync_directory(&self) -> io::Result<()> {
        let mut state = self.state();
        state.operate()?;
        if state.sync_fails() {
            return Err(io::Error::other("simulated I/O error"));
        }
        state.pending_names.clear();
        state.durable_names = state.names.clone();
        Ok(())
    }
}

impl File for SimFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.disk.state().contents[self.content].now.len() as u64)
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let state = self.disk.state();
        let bytes = state.contents[self.content].now.get(offset as usize..).unwrap_or_default();
        let read = bytes.len().min(into.len());
        into[..read].copy_from_slice(&bytes[..read]);
        Ok(read)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.live()?;
        let used: u64 = state.names.values().map(|&at| state.contents[at].now.len() as u64).sum();
        let length = state.contents[self.content].now.len() as u64;
        let grows = (offset + bytes.len() as u64).saturating_sub(length);
        if grows > 0 && used.saturating_add(grows) > state.capacity {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let content = &mut state.contents[self.content];
        place(&mut content.now, offset, bytes);
        content.pending.push((offset, bytes.to_vec()));
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.live()?;
        let fails = state.sync_fails();
        let content = &mut state.contents[self.content];
        let pending = std::mem::take(&mut content.pending);
        if fails {
            return Err(io::Error::other("simulated I/O error"));
        }
        for (offset, bytes) in pending {
            place(&mut content.durable, offset, &bytes);
        }
        Ok(())
    }
}

impl SimFile {
    /// The disk, unless the machine has stopped or the file was opened in an earlier life.
    fn live(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.disk.state();
        state.operate()?;
        if state.life == self.life {
            Ok(state)
        } else {
            Err(io::Error::other("opened before the simulated machine stopped"))
        }
    }
}
