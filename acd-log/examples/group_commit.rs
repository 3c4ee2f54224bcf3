//! Durable records a second, in groups against one sync each: `group_commit DIR [DEPTH]`.
#![allow(clippy::print_stdout, reason = "it prints what it measured")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use acd_log::{Disk, measure};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = PathBuf::from(arguments.next().ok_or("name a directory to write into")?);
    let depth = arguments.next().map_or(Ok(1024), |depth| depth.parse())?;
    for _ in 0..3 {
        let disk = Arc::new(Disk::open(&directory)?);
        let rates = measure::rates(disk, depth, Duration::from_secs(2))?;
        let ratio = rates.grouped / rates.single;
        let (grouped, single) = (rates.grouped, rates.single);
        println!("depth {depth}: {grouped:.0}/s in groups, {single:.0}/s one by one, {ratio:.0}x");
        std::fs::remove_dir_all(&directory)?;
    }
    Ok(())
}
