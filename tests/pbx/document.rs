//! What the documents print is done, word for word, with an Asterisk as Debian installs it.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::sched::{CloneFlags, unshare};

use super::lab::{Ear, Lab, free_udp};
use super::support::{Scratch, acd};
use super::wait_for;

const PBX: &str = include_str!("../../docs/PBX.md");
const README: &str = include_str!("../../README.md");

/// The first block of code after these words, without what it is indented by.
fn block(text: &str, after: &str) -> String {
    let (_, rest) = text.split_once(after).unwrap_or_else(|| panic!("{after:?} is not printed"));
    let before = rest.split("```").next().unwrap_or_default();
    let indent = before.rsplit('\n').next().unwrap_or_default();
    let body = rest.split("```").nth(1).unwrap_or_else(|| panic!("no block after {after:?}"));
    let lines = body.lines().skip(1).map(|line| line.strip_prefix(indent).unwrap_or(line));
    let lines: Vec<&str> = lines.collect();
    lines.join("\n").trim_end().to_owned() + "\n"
}

/// A shell in the reader's directory, where `asterisk` and `acd` are commands.
fn shell(scratch: &Scratch, script: &str) -> Child {
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("sh")
        .args(["-c", script])
        .current_dir(scratch.join(""))
        .env("PATH", format!("{}:{path}", scratch.join("bin").display()))
        .env("XDG_RUNTIME_DIR", scratch.join(""))
        .env("XDG_CONFIG_HOME", scratch.join("config"))
        .env_remove("ACD_SOCKET")
        .env_remove("ACD_TOKEN_FILE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("sh runs")
}

fn program(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).expect("it is ours");
}

/// Programs in the background, ended with the test by the number that the shell printed.
struct Background(Vec<String>);

impl Drop for Background {
    fn drop(&mut self) {
        for pid in &self.0 {
            let _ = Command::new("kill").args(["-9", pid]).status();
        }
    }
}

#[test]
fn an_asterisk_is_connected_as_the_documents_say() {
    if super::lab::install().is_none() {
        return;
    }
    // The ports of the documents are the machine's only once: here they are this test's.
    unshare(CloneFlags::CLONE_NEWNET).expect("root may");
    let up = Command::new("ip").args(["link", "set", "lo", "up"]).status().expect("ip runs");
    assert!(up.success());
    let (port, ear) = (free_udp(), Ear::new());
    let lab = Lab::start_stock(&[("4471".into(), port)]).expect("it is installed");
    let scratch = Scratch::new("pbx-document");
    fs::create_dir_all(scratch.join("bin")).expect("a directory");
    let console = lab.console().join(" ");
    program(&scratch.join("bin/asterisk"), &format!("exec chroot {console} \"$@\""));
    let ours = acd().get_program().to_string_lossy().into_owned();
    program(&scratch.join("bin/acd"), &format!("echo $$ >>pids; exec {ours} \"$@\""));
    // Steps 1 to 4: files.
    let etc = lab.scratch().join("etc");
    for name in ["ari.conf", "http.conf"] {
        fs::write(etc.join(name), block(PBX, &format!("`{name}`:"))).expect("a file");
    }
    let lines = block(PBX, "`extensions.conf`:");
    assert_eq!(lines, block(README, "`extensions.conf`"), "README and docs/PBX.md differ");
    let mut extensions = fs::read_to_string(etc.join("extensions.conf")).expect("Debian's");
    extensions.extend(["\n[callers]\n", &lines]);
    fs::write(etc.join("extensions.conf"), extensions).expect("a file");
    let toml = block(PBX, "`asterisk.toml`:");
    fs::write(scratch.join("asterisk.toml"), toml).expect("a file");
    // Step 5: commands.
    let commands = block(PBX, "In a shell:");
    assert!(commands.contains(block(README, "mode 0600, and:").trim()), "README differs");
    let mut started = shell(&scratch, &commands);
    assert!(started.wait().expect("a child of ours").success());
    let pids = || fs::read_to_string(scratch.join("pids")).unwrap_or_default();
    wait_for("both programs", || pids().lines().count() >= 2);
    let _background = Background(pids().lines().map(str::to_owned).collect());
    wait_for("the gateway", || lab.cli("ari show apps").lines().any(|app| app.trim() == "acd"));
    let socket = scratch.join("acd.sock");
    wait_for("the server", || UnixStream::connect(&socket).is_ok());
    // Step 6: an agent.
    let typed = block(PBX, "or by hand:");
    let (command, lines) = typed.split_once('\n').expect("a command, and what is typed");
    let mut agent = shell(&scratch, command.strip_prefix("$ ").expect("a prompt"));
    let mut keyboard = agent.stdin.take().expect("it is a pipe");
    keyboard.write_all(lines.as_bytes()).expect("nc reads");
    // The first call.
    let _phone = lab.phones(port, 100, 60_000, ear.port);
    let mut caller = lab.callers("311", 1, 1, 60_000, ear.port);
    wait_for("the first call", || lab.bridges() == [2]);
    let mut top = shell(&scratch, "acd top --once | grep general");
    assert!(top.wait().expect("a child of ours").success());
    lab.press("PJSIP/4471");
    assert!(caller.finish(), "{}", lab.log());
    wait_for("silence", || lab.channels("PJSIP/") == 0);
    agent.kill().expect("it runs");
    agent.wait().expect("a child of ours");
}
