//! The Debian package in a system that has nothing else: it installs, its unit's command answers,
//! its pages read well, and it goes again.

#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use support::{Scratch, installed};

/// What a command says; that it fails is not expected.
fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().expect("it can be started");
    let said = String::from_utf8_lossy(&stdout).into_owned();
    let why = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?}: {status}\n{said}\n{why}");
    said
}

/// Where a Debian without anything is, made if it must be; none where that cannot be.
fn debian() -> Option<PathBuf> {
    let script = include_str!("debian.sh");
    let made = Command::new("bash").args(["-c", script]).stderr(Stdio::inherit()).output();
    let made = made.expect("bash runs");
    if made.status.code() == Some(77) {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "needs root on Debian, and CI=true");
        println!("skipped: needs root on Debian");
        return None;
    }
    assert!(made.status.success(), "no Debian could be made");
    Some(PathBuf::from(String::from_utf8(made.stdout).expect("a path").trim()))
}

/// The package of the program under test.
fn package() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_acd"));
    let folder = program.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    let profile = folder.map(|name| if name == "debug" { "dev" } else { name }).expect("a name");
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let made = run(Command::new(home.join("packaging/build-deb.sh")).arg(profile));
    home.join(made.trim())
}

/// What a shell's script says in there.
fn inside(root: &Path, script: &str) -> String {
    let mut command = Command::new("chroot");
    command.arg(root).args(["sh", "-euc", script]).env_clear().stdin(Stdio::null());
    run(command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LC_ALL", "C.UTF-8"))
}

/// The unit's command, as systemd would run it, which does not run in there: with its user and its
/// directories. What it answers.
fn unit_answers(root: &Path) -> String {
    let unit = fs::read_to_string(root.join("usr/lib/systemd/system/acd.service"));
    let unit = unit.expect("the unit is installed");
    let of = |key: &str| unit.lines().find_map(|line| line.strip_prefix(key)).expect("it says so");
    let start = of("ExecStart=").replace(":8311", ":0");
    let as_user =
        format!("setpriv --reuid={} --regid={} --clear-groups", of("User="), of("Group="));
    let (state, run) = (of("StateDirectory="), of("RuntimeDirectory="));
    inside(
        root,
        &format!(
            "install -d -o acd -g acd -m {} /var/lib/{state}
             install -d -o acd -g acd -m {} /run/{run}
             {as_user} {start} >/tmp/said 2>/tmp/log &
             server=$!
             for try in $(seq 600); do grep -q 'acd answers http' /tmp/said && break; sleep 0.1; done
             {as_user} acd ctl --connect unix:/run/acd/acd.sock snapshot of=queues || cat /tmp/log
             kill $server
             wait $server",
            of("StateDirectoryMode="),
            of("RuntimeDirectoryMode="),
        ),
    )
}

#[test]
fn it_installs_answers_reads_well_and_goes() {
    let tools = ["cargo-deb", "gzip", "strip"].into_iter().all(installed);
    let Some(debian) = debian().filter(|_| tools) else { return };
    let scratch = Scratch::new("package");
    let root = scratch.join("root");
    run(Command::new("cp").args(["-a", "--reflink=auto"]).arg(debian).arg(&root));
    fs::copy(package(), root.join("acd.deb")).expect("the package");
    inside(&root, "dpkg --install acd.deb");
    inside(&root, "getent passwd acd; acd config check /etc/acd/city.toml");
    let answered = unit_answers(&root);
    assert!(answered.contains("water-emergency"), "{answered}");
    let page = inside(&root, "MANWIDTH=80 man acd");
    println!("{page}");
    for part in ["NAME", "SYNOPSIS", "DESCRIPTION", "acd-serve(1)", "EXIT STATUS", "FILES"] {
        assert!(page.contains(part), "{part} is missing in:\n{page}");
    }
    assert!(page.lines().all(|line| line.chars().count() <= 80), "no line runs over:\n{page}");
    let faults = "zcat /usr/share/man/man1/acd*.1.gz | groff -K utf8 -man -T utf8 -ww -z 2>&1";
    assert_eq!(inside(&root, faults), "", "nothing is wrong with any page");
    inside(&root, "test -s /usr/share/bash-completion/completions/acd");
    inside(&root, "dpkg --purge acd; ! command -v acd; test ! -e /etc/acd; test -d /var/lib/acd");
}
