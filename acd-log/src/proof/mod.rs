//! Proof of the log in memory: every bit flipped, every byte cut, thousands of crashes; and that
//! the crashes find what is planted.

mod crash;
mod damage;

use std::sync::Arc;

use crate::{LogError, Options, Recovered, Recovery, SimDisk};

/// The records after `after`, or why they are refused.
fn recover(
    disk: &SimDisk,
    options: &Options,
    after: u64,
) -> Result<(Vec<Vec<u8>>, Recovered), LogError> {
    let mut records = Vec::new();
    let recovered =
        Recovery::open(Arc::new(disk.clone()), options)?.replay(after, |entry, _| {
            assert_eq!(entry.seq, after + 1 + records.len() as u64);
            records.push(entry.payload.to_vec());
            Ok::<_, LogError>(())
        })?;
    Ok((records, recovered))
}
