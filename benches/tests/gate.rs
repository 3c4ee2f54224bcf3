//! The gate: passes twice in a row on a busy machine, and fails when every command allocates once
//! more than it must.
#![allow(clippy::unwrap_used, reason = "a gate that cannot be built has failed")]

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Builds the counter as it is counted with, and puts it where the next build leaves it alone.
fn counter(name: &str, features: &[&str]) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let built = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--quiet", "--release", "--package=acd-bench", "--no-default-features"])
        .args(["--bin=acd-bench-count", "--target-dir"])
        .arg(target)
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::copy(target.join("release/acd-bench-count"), &copy).unwrap();
    copy
}

fn gate(counter: &Path) -> (bool, String) {
    let Output { status, stdout, stderr } = Command::new(counter).arg("gate").output().unwrap();
    let said = [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (status.success(), said.concat())
}

#[test]
fn the_gate_passes_twice_under_load_and_sees_one_more_allocation() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: needs valgrind");
        return;
    }
    let busy = AtomicBool::new(true);
    let free = counter("count", &[]);
    let planted = counter("count-planted", &["--features=planted-slowdown"]);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while busy.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let outcomes = [gate(&free), gate(&free), gate(&planted)];
        busy.store(false, Ordering::Relaxed);
        let [first, second, slow] = outcomes;
        assert!(first.0, "{}", first.1);
        assert_eq!(first, second, "what is counted does not change from run to run");
        assert!(!slow.0, "one more allocation a command went unseen:\n{}", slow.1);
        let dearer = |line: &str| line.starts_with("allocations.") && line.contains("too much");
        assert!(slow.1.lines().any(dearer), "{}", slow.1);
        let dearer = |line: &str| line.starts_with("instructions.") && line.contains("too much");
        assert!(slow.1.lines().any(dearer), "{}", slow.1);
    });
}
