//! How many records a second a disk makes durable: in groups, and with one sync each.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{AppendError, LogError};
use crate::log::Log;
use crate::options::Options;
use crate::recovery::{Recovered, Recovery};
use crate::storage::{Disk, Storage};

/// Bytes of a record: what an encoded command with its time takes.
const RECORD: [u8; 64] = [0x5a; 64];

/// Durable records a second.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// Records that the log acknowledged, with at most `depth` of them unacknowledged: half of
    /// them are appended while the other half is written.
    pub grouped: f64,
    /// Records that were written and synced one by one in a segment of the same kind.
    pub single: f64,
}

/// Measures both on `disk`, whose directory should be a new one, for about `time` each.
pub fn rates(disk: Arc<Disk>, depth: u64, time: Duration) -> Result<Rates, LogError> {
    let storage: Arc<dyn Storage> = disk;
    let single = single(&storage, time)?;
    let grouped = grouped(&storage, depth, time)?;
    Ok(Rates { grouped, single })
}

fn open(storage: &Arc<dyn Storage>) -> Result<Recovered, LogError> {
    let recovery = Recovery::open(Arc::clone(storage), &Options::default())?;
    recovery.replay(0, |_, _| Ok(()))
}

fn single(storage: &Arc<dyn Storage>, time: Duration) -> Result<f64, LogError> {
    let mut writer = open(storage)?.writer()?;
    let (began, first) = (Instant::now(), writer.next_seq());
    while began.elapsed() < time {
        let _ = writer.append(0, &RECORD).map_err(stopped)?;
        writer.commit()?;
    }
    Ok(rate(writer.next_seq() - first, began))
}

fn grouped(storage: &Arc<dyn Storage>, depth: u64, time: Duration) -> Result<f64, LogError> {
    let mut log = Log::start(open(storage)?.writer()?, || ());
    let watermark = log.watch();
    let (began, first) = (Instant::now(), log.next_seq());
    let half = depth.div_ceil(2);
    while began.elapsed() < time {
        let due = log.next_seq() + half;
        while log.next_seq() < due {
            let seq = log.next_seq();
            match log.append(0, seq, &RECORD) {
                Ok(_) => {}
                Err(AppendError::Busy { .. }) => {
                    log.flush();
                    watermark.wait(seq - 1, Duration::from_millis(10));
                }
                Err(error) => return Err(stopped(error)),
            }
        }
        log.flush();
        // One half goes on while the other is written: a pipeline, not a wave.
        if !watermark.wait(due.saturating_sub(half + 1), Duration::from_mins(1)) {
            break;
        }
    }
    let acknowledged = watermark.get() + 1 - first;
    let rate = rate(acknowledged, began);
    log.close()?;
    Ok(rate)
}

fn rate(records: u64, began: Instant) -> f64 {
    f64::from(u32::try_from(records).unwrap_or(u32::MAX)) / began.elapsed().as_secs_f64()
}

/// The log's own error, where a record was not taken.
fn stopped(error: AppendError) -> LogError {
    match error {
        AppendError::Stopped(error) | AppendError::DiskFull(error) => error,
        other => LogError::Io {
            action: "append to",
            file: "the log".to_owned(),
            kind: std::io::ErrorKind::Other,
            reason: other.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_acknowledge_something() {
        let name = format!("acd-log-measure-{}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        let disk = Arc::new(Disk::open(&directory).unwrap());
        let rates = rates(disk, 1024, Duration::from_millis(20));
        std::fs::remove_dir_all(&directory).unwrap();
        let Rates { grouped, single } = rates.unwrap();
        assert!(grouped > 0.0 && single > 0.0, "{grouped} and {single}");
    }
}
