//! The demo's own server: in this process, on a thread and a socket of its own, with a clock that
//! runs faster.

use std::fs::DirBuilder;
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;

use acd_core::Timestamp;
use acd_proto::Address;
use acd_server::config::Config;
use acd_server::{Clock, Durability, Leftovers, Listeners, Retention, Setup, run};
use jiff::tz::TimeZone;
use tokio::sync::oneshot;

use crate::DemoError;
use crate::options::{Options, TimeOfDay};

/// Bytes of a file of the log: hours of the demo city, and little to have ready.
const SEGMENT_BYTES: u64 = 8 << 20;

/// A running server. Dropped, it stops.
#[derive(Debug)]
pub(crate) struct Server {
    address: Address,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<Leftovers, DemoError>>>,
    _directory: Directory,
}

impl Server {
    /// Starts a server in which it is `options.from` now, and waits until it listens.
    pub(crate) async fn start(options: &Options, config: &Config) -> Result<Self, DemoError> {
        let directory = Directory::new()?;
        let address = Address::Unix(directory.0.join("acd.sock"));
        let (stop, stopped) = oneshot::channel();
        let (ready, listens) = oneshot::channel();
        let start = today_at(options.from, &config.city.time_zone);
        let (data, retention) = match &options.data {
            Some(data) => (unused(data)?, Retention::Archive),
            None => (directory.0.join("log"), Retention::Delete),
        };
        let (speed, config, at) = (options.speed(), config.clone(), address.clone());
        let thread = std::thread::Builder::new().name("acd-core".into()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let listeners = Listeners::bind(&[at]).await?;
                let setup = Setup {
                    data: Some(data),
                    durability: Some(Durability::Async),
                    segment_bytes: Some(SEGMENT_BYTES),
                    retention,
                    clock: Clock::scaled(start, speed),
                    ..Setup::from(config)
                };
                // Whoever waited may be gone; then the server is told to stop as well.
                let _ = ready.send(());
                Ok(run(setup, listeners, async { drop(stopped.await) }).await?)
            })
        })?;
        let mut server =
            Self { address, stop: Some(stop), thread: Some(thread), _directory: directory };
        if listens.await.is_err() {
            server.stop()?;
            return Err(DemoError::Died);
        }
        Ok(server)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Stops it and waits for its end.
    pub(crate) fn stop(&mut self) -> Result<(), DemoError> {
        if let Some(stop) = self.stop.take() {
            // It may have ended by itself.
            let _ = stop.send(());
        }
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(left)) => left.map(|_| ()),
            Some(Err(_)) => Err(DemoError::Died),
            None => Ok(()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Whoever did not ask for its result has failed for another reason.
        drop(self.stop());
    }
}

/// A directory that only this user may enter, removed when dropped.
#[derive(Debug)]
struct Directory(PathBuf);

impl Directory {
    fn new() -> Result<Self, DemoError> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("acd-demo-{}-{made}", std::process::id());
        let path = std::env::temp_dir().join(name);
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|e| DemoError::Directory(path.clone(), e))?;
        Ok(Self(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What cannot be removed from the system's temporary directory the system will remove.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A directory in which nothing is yet: a day that begins again cannot go on in the log of
/// another.
fn unused(data: &Path) -> Result<PathBuf, DemoError> {
    let failed = |error: io::Error| DemoError::Directory(data.to_owned(), error);
    match std::fs::read_dir(data).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(data.to_owned()),
        Ok(false) => Err(failed(ErrorKind::DirectoryNotEmpty.into())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(data.to_owned()),
        Err(error) => Err(failed(error)),
    }
}

/// This time of day, today, where the city is; in UTC where the system knows no such zone.
fn today_at(time: TimeOfDay, zone: &str) -> Timestamp {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let today = zone.to_datetime(jiff::Timestamp::now()).date();
    let then = today.at(time.hour(), time.minute(), 0, 0).to_zoned_datetime(zone);
    let then = then.map_or_else(|_| jiff::Timestamp::now(), |zoned| zoned.timestamp());
    Timestamp(u64::try_from(then.as_nanosecond()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_begins_when_the_citys_clock_says_so() {
        let noon = today_at("12:00".parse().unwrap(), "UTC").0 / 1_000_000_000;
        assert_eq!(noon % 86_400, 43_200);
        let nowhere = today_at("12:00".parse().unwrap(), "Nowhere/Atall").0 / 1_000_000_000;
        assert_eq!(nowhere % 86_400, 43_200);
    }

    #[test]
    fn the_directory_is_removed() {
        let directory = Directory::new().unwrap();
        let path = directory.0.clone();
        assert!(path.is_dir());
        drop(directory);
        assert!(!path.exists());
    }
}
