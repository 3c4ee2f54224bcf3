//! What an installation has beside the program: pages, completions, the unit.

mod support;

use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};

use support::{PATIENCE, Scratch, acd, wait};

#[test]
fn every_command_has_a_page_that_reads() {
    let scratch = Scratch::new("man");
    let directory = scratch.join("man1");
    let done = acd().arg("man").arg(&directory).output().expect("it runs");
    assert!(done.status.success());
    let read = |name: &str| std::fs::read_to_string(directory.join(name)).expect(name);
    let serve = read("acd-serve.1");
    assert!(serve.contains(".TH acd-serve 1"), "{}", &serve[..200]);
    assert!(
        serve.contains("\\-\\-durability") && serve.contains(".SH \"EXIT STATUS\""),
        "options, and what it ends with: {serve}"
    );
    assert!(serve.contains("A snapshot is written after so many records"), "all have a meaning");
    assert!(serve.contains(".SH EXAMPLES\n.nf\nacd serve\nacd serve "), "examples as they are");
    let whole = read("acd.1");
    assert!(whole.contains("acd\\-serve(1)") && !whole.contains("acd\\-help(1)"), "{whole}");
    assert!(read("acd-config-hours.1").contains("\\-\\-days"));
    // Where there is a man, it finds nothing wrong.
    let page = directory.join("acd-serve.1");
    let man =
        Command::new("man").args(["--warnings", "-l"]).arg(page).stdin(Stdio::null()).output();
    if let Ok(man) = man {
        assert!(man.status.success());
        assert!(String::from_utf8_lossy(&man.stdout).contains("SYNOPSIS"));
    }
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let done = acd().args(["completions", shell]).output().expect("it runs");
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success() && text.contains("serve") && text.contains("durability"));
    }
}

#[test]
fn systemd_is_told_when_clients_may_come() {
    let scratch = Scratch::new("notify");
    let told = UnixDatagram::bind(scratch.join("notify")).expect("a socket of ours");
    told.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let mut child = acd()
        .args(["serve", "--listen"])
        .arg(format!("unix:{}", scratch.join("acd.sock").display()))
        .env("NOTIFY_SOCKET", scratch.join("notify"))
        .env("XDG_CONFIG_HOME", scratch.join("config"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut bytes = [0; 64];
    let length = told.recv(&mut bytes).expect("it tells");
    assert_eq!(&bytes[..length], b"READY=1\n");
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success() && wait(&mut child).success());
}

#[test]
fn the_unit_starts_what_there_is_and_is_shut_in() {
    let unit = include_str!("../packaging/acd.service");
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/bin/acd "));
    let scratch = Scratch::new("unit");
    // Everything but the places, of which the test has none.
    let arguments: Vec<String> = start
        .expect("a command")
        .replace("/etc/acd/city.toml", &scratch.join("city.toml").display().to_string())
        .replace("/var/lib/acd", &scratch.join("data").display().to_string())
        .replace("/run/acd", &scratch.join("").display().to_string())
        .replace(":8311", ":0")
        .split(' ')
        .map(str::to_owned)
        .collect();
    let shown = acd().args(["config", "show"]).output().expect("it runs");
    std::fs::write(scratch.join("city.toml"), shown.stdout).expect("a file");
    let mut child = acd()
        .args(arguments)
        .env("XDG_CONFIG_HOME", scratch.join("config"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let lines = support::lines_of(child.stdout.take().expect("piped"));
    let line = lines.recv_timeout(PATIENCE).expect("it listens");
    assert!(line.starts_with("acd listens at unix:"), "{line}");
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    for wall in ["Type=notify", "NoNewPrivileges=yes", "ProtectSystem=strict", "User=acd"] {
        assert!(unit.lines().any(|line| line == wall), "{wall}");
    }
}
