//! The real server under `strace`: killed with -9 at chosen system calls, with a disk that fails,
//! and on one that is full.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::client::Client;
use crate::start;
use crate::support::{Scratch, Server, installed, wait};

/// Requests of a life that nothing ends before, at least; and where no snapshot is written.
const REQUESTS: u64 = 60;
const REQUESTS_MOST: u64 = 3_000;
/// Every system call by which the server changes its files.
const CALLS: [&str; 5] = ["pwrite64", "fdatasync", "fsync", "rename", "unlink"];
/// At which of a thread's calls each run of the tests does it; `ACD_CRASH_CALLS=all` takes every
/// one until a life is through without it.
const CHOSEN: [u64; 4] = [1, 2, 6, 20];
/// A life is through long before.
const MOST: u64 = 10_000;
/// Small, so that segments are begun, snapshots written and segments deleted all the time.
const OFTEN: [&str; 4] = ["--segment-bytes", "1048576", "--snapshot-every", "25"];

/// How a life went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// It ended before the server listened.
    EndedAtStart,
    /// The server ended by itself, or was killed.
    Ended,
    /// Nothing ended it.
    WentOn,
}

/// A life in which strace does this at a thread's `when`th call. The server is our child, not
/// strace's.
fn live(server: &mut Server, client: &mut Client, call: &str, what: &str, when: u64) -> Life {
    let (trace, inject) = (format!("trace={call}"), format!("inject={call}:{what}:when={when}"));
    // Not with `--seccomp-bpf`: strace 6.1 then counts no further than the first call.
    let strace = ["strace", "-D", "-f", "-qqq", "-o", "/dev/null"];
    let strace = [&strace[..], &["-e", &trace, "-e", &inject]].concat();
    if let Err(log) = server.start_again_by(&strace) {
        let says = what.starts_with("signal") || log.contains("Input/output error");
        assert!(says, "{inject}: it does not say why it does not start: {log}");
        return Life::EndedAtStart;
    }
    if client.come_back(&server.socket).is_some() {
        let (before, data) = (client.acknowledged, server.scratch.join("data"));
        let written = snapshots(&data);
        client.work(|client| {
            let said = client.acknowledged - before;
            said < REQUESTS || said < REQUESTS_MOST && snapshots(&data) == written
        });
    }
    if !client.is_cut() {
        server.kill();
        client.drain();
        return Life::WentOn;
    }
    let status = wait(&mut server.child);
    assert_eq!(status.code(), if what.starts_with("signal") { None } else { Some(1) }, "{inject}");
    client.drain();
    Life::Ended
}

/// The snapshots that are there.
fn snapshots(data: &Path) -> Vec<OsString> {
    let files = std::fs::read_dir(data).expect("the server's directory");
    let names = files.map(|file| file.expect("an entry").file_name());
    let mut names: Vec<_> =
        names.filter(|name| name.to_string_lossy().ends_with(".snap")).collect();
    names.sort();
    names
}

/// Lives that end so, at each of these calls; after each, all that was acknowledged is there.
fn survives(name: &str, what: &str, calls: &[&str]) {
    if !installed("strace") {
        return;
    }
    let all = std::env::var("ACD_CRASH_CALLS").is_ok_and(|wish| wish == "all");
    let mut server = start(Scratch::new(name), &OFTEN);
    let mut client = Client::new(&server.socket);
    client.drive_requests(REQUESTS);
    server.kill();
    client.drain();
    for &call in calls {
        let mut ended = 0;
        for when in (1..MOST).filter(|when| all || CHOSEN.contains(when)) {
            let life = live(&mut server, &mut client, call, what, when);
            server.start_again();
            client.come_back(&server.socket).expect("the server runs");
            client.drive_requests(10);
            server.kill();
            client.drain();
            if life == Life::WentOn && all {
                break;
            }
            ended += u64::from(life != Life::WentOn);
        }
        println!("{call}, {what}: ended {ended} lives; {} acknowledged", client.acknowledged);
        assert!(ended > 0, "{call}: {what} never ended a life");
    }
}

#[test]
fn a_server_killed_at_any_write_and_sync_has_lost_nothing() {
    survives("killed-at-call", "signal=SIGKILL", &CALLS);
}

#[test]
fn a_server_whose_disk_fails_stops_and_has_lost_nothing() {
    survives("failing-disk", "error=EIO", &["pwrite64", "fdatasync", "fsync"]);
}

/// A tmpfs, unmounted when dropped.
struct Small(PathBuf);

impl Small {
    /// None where this process may not mount.
    fn mount(at: &Path) -> Option<Self> {
        std::fs::create_dir_all(at).expect("a directory");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(at);
        let is_mounted = mount.status().is_ok_and(|status| status.success());
        is_mounted.then(|| Self(at.to_owned()))
    }

    fn grow(&self) {
        let grown = Command::new("mount").args(["-o", "remount,size=32m"]).arg(&self.0).status();
        assert!(grown.expect("mount runs").success());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_refuses_what_is_new_loses_nothing_and_goes_on_once_there_is_room() {
    let scratch = Scratch::new("full-disk");
    let Some(small) = Small::mount(&scratch.join("data")) else {
        println!("skipped: this process may not mount a tmpfs");
        return;
    };
    let mut server = start(scratch, &["--segment-bytes", "1048576"]);
    let mut client = Client::new(&server.socket);
    client.note = "x".repeat(1_000);
    // Answers that are refused come no more: agents may all be unready, and calls must still come.
    client.most = usize::MAX;
    client.work(|client| client.refused == 0);
    let (taken, refused) = (client.acknowledged, client.refused);
    assert!(refused > 0 && !client.is_cut(), "{refused} refused");
    // Refused, again and again, and alive.
    client.drive_requests(500);
    assert!(!client.is_cut());
    // A power cut for the process while its disk is full.
    server.kill();
    client.drain();
    server.start_again();
    client.come_back(&server.socket).expect("it starts on a full disk");
    small.grow();
    let before = client.acknowledged;
    client.work(|client| client.acknowledged < before + 500);
    assert!(!client.is_cut());
    server.kill();
    client.drain();
    server.start_again();
    client.come_back(&server.socket).expect("the server runs");
    println!("{taken} acknowledged before the disk was full, {} in all", client.acknowledged);
    drop(server);
}
