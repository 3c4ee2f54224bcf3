//! The command log: what is written down so that nothing is lost, and how it is read again.
//!
//! * [`audit`]: whether what was done is what should have been.
//! * [`record`]: a command with its time, and a whole state, as bytes that are read for ever.
//! * [`replay`]: the past again.
//! * [`history`]: any contact's life, any instant's state ([`past`]), and whether all was right.
//! * [`trace`]: one contact's life, every decision explained.
//! * [`Recovery`] finds the newest snapshot and replays what came after it, or refuses to.
//! * [`Log`] takes records from the core thread and commits them in groups on a thread of its own;
//!   [`Writer`] is the same without the thread, for whoever decides himself when to commit.
//! * [`Follower`] reads records while they are written; [`snapshots`] keeps whole states as files;
//!   [`verify`] and [`repair`] are for operators.
//! * [`Storage`] is where it all goes: [`Disk`], a directory, or [`SimDisk`], which tears, flips,
//!   reorders and loses what was not synced.
//!
//! **A record is durable once its number is at or below the watermark, and not before.** Damage
//! below the watermark refuses to start; a torn tail above it is cut; nothing is repaired silently.
//!
//! ```
//! use std::sync::Arc;
//! use acd_log::{LogError, Options, Recovery, SimDisk};
//!
//! let disk = Arc::new(SimDisk::new(1));
//! let options = Options { segment_bytes: 4096, ..Options::default() };
//! let recovered = Recovery::open(disk.clone(), &options)?
//!     .replay(0, |_, _| Ok::<_, LogError>(()))?;
//! let mut writer = recovered.writer()?;
//! let seq = writer.append(0, b"a record").expect("it is small and there is room");
//! assert_eq!(writer.commit()?, seq);
//! drop(writer);
//!
//! disk.crash();
//! let mut read = Vec::new();
//! Recovery::open(disk, &options)?.replay(0, |entry, _| {
//!     read.push(entry.payload.to_vec());
//!     Ok::<_, LogError>(())
//! })?;
//! assert_eq!(read, [b"a record"]);
//! # Ok::<_, LogError>(())
//! ```

pub mod audit;
mod error;
mod follow;
mod frame;
pub mod history;
mod log;
pub mod measure;
mod operate;
mod options;
pub mod past;
#[cfg(test)]
mod proof;
pub mod record;
mod recovery;
pub mod replay;
mod segment;
pub mod snapshots;
mod storage;
pub mod trace;
mod writer;

pub use error::{AppendError, Damage, LogError};
pub use follow::Follower;
pub use frame::{FRAME_HEADER, PAYLOAD_MAX, VERSION};
pub use log::{Committer, Log, Outcome, Watermark};
pub use operate::{Repaired, Report, SegmentReport, repair, verify};
pub use options::{Durability, Options, Planted};
pub use recovery::{Cut, Progress, Recovered, Recovery};
pub use segment::Entry;
pub use storage::{Disk, File, SimDisk, Storage};
pub use writer::Writer;
