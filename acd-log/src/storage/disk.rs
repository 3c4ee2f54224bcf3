//! A directory of the machine as storage.

use std::fs::{self, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::{File, Storage};
use crate::error::LogError;

/// The file that who writes here has locked.
const LOCK: &str = "lock";
/// The directory of segments that were put away.
const ARCHIVE: &str = "archive";

/// A directory of the machine.
#[derive(Debug)]
pub struct Disk {
    directory: PathBuf,
    /// Locked as long as it is open; none when only reading.
    lock: Option<fs::File>,
}

impl Disk {
    /// Opens a directory for writing, makes it where there is none, and keeps others out.
    pub fn open(directory: &Path) -> Result<Self, LogError> {
        let shown = directory.display().to_string();
        fs::create_dir_all(directory).map_err(LogError::io("make directory", &shown))?;
        let path = directory.join(LOCK);
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = lock.map_err(LogError::io("open", &path.display().to_string()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { directory: directory.to_owned(), lock: Some(lock) }),
            Err(TryLockError::WouldBlock) => Err(LogError::Locked { directory: shown }),
            Err(TryLockError::Error(error)) => Err(LogError::io("lock", &shown)(error)),
        }
    }

    /// Looks into a directory that somebody else may be writing to, and its archive.
    pub fn read_only(directory: &Path) -> Result<Self, LogError> {
        fs::read_dir(directory)
            .map_err(LogError::io("read directory", &directory.display().to_string()))?;
        Ok(Self { directory: directory.to_owned(), lock: None })
    }
}

/// Names of the files in a directory.
fn files(directory: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.extend(entry.file_name().into_string());
        }
    }
    Ok(names)
}

impl Storage for Disk {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = files(&self.directory)?;
        if self.lock.is_none() {
            // What was put away is there for who looks back, and of no use to who writes on.
            match files(&self.directory.join(ARCHIVE)) {
                Ok(archived) => names.extend(archived),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn File>> {
        let path = self.directory.join(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        Ok(Box::new(options.open(path)?))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        let writes = self.lock.is_some();
        let open = |path| OpenOptions::new().read(true).write(writes).open(path);
        match open(self.directory.join(name)) {
            Err(error) if !writes && error.kind() == io::ErrorKind::NotFound => {
                Ok(Box::new(open(self.directory.join(ARCHIVE).join(name))?))
            }
            opened => Ok(Box::new(opened?)),
        }
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let to = self.directory.join(to);
        if let Some(parent) = to.parent().filter(|parent| *parent != self.directory) {
            fs::create_dir_all(parent)?;
            fs::rename(self.directory.join(from), &to)?;
            return fs::File::open(parent)?.sync_all();
        }
        fs::rename(self.directory.join(from), to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.directory.join(name))
    }

    fn sync_directory(&self) -> io::Result<()> {
        fs::File::open(&self.directory)?.sync_all()
    }
}

impl File for fs::File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut read = 0;
        while read < into.len() {
            match FileExt::read_at(self, &mut into[read..], offset + read as u64) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}
