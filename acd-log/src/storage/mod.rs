//! Where a log's files are: a directory of the machine, or a simulated disk.

mod disk;
mod sim;

use std::fmt::Debug;
use std::io;

pub use disk::Disk;
pub use sim::SimDisk;

/// A directory with files in it. Names have no `/`, but for `archive/NAME` as a rename's target.
pub trait Storage: Debug + Send + Sync {
    /// The files there, by name.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Makes a file, empty, also where there was one.
    fn create(&self, name: &str) -> io::Result<Box<dyn File>>;
    /// Opens a file, for writing too where the storage was opened so.
    fn open(&self, name: &str) -> io::Result<Box<dyn File>>;
    /// Renames a file; it survives a crash only after [`Storage::sync_directory`].
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes what was made, renamed and removed survive a crash.
    fn sync_directory(&self) -> io::Result<()>;
}

/// An open file.
pub trait File: Debug + Send {
    /// Its bytes.
    fn length(&self) -> io::Result<u64>;
    /// Reads at an offset; fewer bytes than asked for only at the end.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize>;
    /// Writes all of it at an offset.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Makes what was written survive a crash, and the length where it is needed to read it.
    fn sync(&mut self) -> io::Result<()>;
}
