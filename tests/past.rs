//! `acd trace`, `acd replay` and `acd audit` on a log in files, as a shell sees them.

use std::path::PathBuf;
use std::process::{Command as Process, Output};
use std::sync::Arc;

use acd_core::{
    AgentDefinition, AgentId, Channel, Command, Definitions, FrontEndId, Nanos, OfferId,
    QueueDefinition, QueueId, Submit, Timestamp,
};
use acd_log::{Disk, LogError, Options, Recovery};

/// A directory that goes with the test.
struct Directory(PathBuf);

impl Drop for Directory {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A log of these commands, a second apart.
fn log(name: &str, commands: impl IntoIterator<Item = Command>) -> Directory {
    let path = std::env::temp_dir().join(format!("acd-past-{name}-{}", std::process::id()));
    let disk = Arc::new(Disk::open(&path).expect("a directory"));
    let options = Options { segment_bytes: 1 << 16, ..Options::default() };
    let recovery = Recovery::open(disk, &options).expect("an empty directory");
    let recovered = recovery.replay(0, |_, _| Ok::<_, LogError>(())).expect("no records");
    let mut writer = recovered.writer().expect("a writer");
    let start = Timestamp(1_764_000_000_000_000_000);
    for (second, command) in (0..).zip(commands) {
        let mut bytes = Vec::new();
        let now = start.after(Nanos::from_secs(second));
        acd_log::record::encode(now, Some(&command), b"", &mut bytes);
        writer.append(0, &bytes).expect("there is room");
    }
    writer.commit().expect("the disk takes it");
    Directory(path)
}

/// A contact enters and ana takes it.
fn story() -> Vec<Command> {
    let definitions = Definitions {
        queues: vec![QueueDefinition::named("roads")],
        agents: vec![AgentDefinition::named("ana")],
        ..Definitions::default()
    };
    let call = Submit {
        front_end: FrontEndId(1),
        channel: Channel::Voice,
        queue: QueueId(1),
        prio: 5,
        needs: vec![],
        prefer: vec![],
        prefer_for: None,
        age: Nanos(0),
    };
    let ana = AgentId(1);
    vec![
        Command::Configure(Box::new(definitions)),
        Command::FrontEndBack { front_end: FrontEndId(1) },
        Command::SignIn { agent: ana, capacity: None },
        Command::Submit(call),
        Command::Ready { agent: ana },
        Command::Answer { offer: OfferId(1) },
    ]
}

fn acd(log: &Directory, arguments: &[&str]) -> (i32, String, String) {
    let mut run = Process::new(env!("CARGO_BIN_EXE_acd"));
    let run = run.args(arguments).arg("--data").arg(&log.0);
    let Output { status, stdout, stderr } = run.output().expect("acd runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (status.code().expect("it ends by itself"), text(stdout), text(stderr))
}

#[test]
fn a_log_tells_why_what_was_there_and_that_it_is_sound() {
    let log = log("sound", story());
    let (code, told, _) = acd(&log, &["trace", "c-1"]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("ana until then: not ready (just signed in)"), "{told}");
    assert!(told.contains("because       ana became ready"), "{told}");
    let (code, json, _) = acd(&log, &["trace", "c-1", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("one object");
    assert_eq!((code, &json["decisions"][0]["agent"]), (0, &"ana".into()));
    let (code, past, _) = acd(&log, &["replay", "--until", "2025-11-24T16:00:03Z", "--json"]);
    let past: serde_json::Value = serde_json::from_str(&past).expect("one object");
    assert_eq!((code, &past["seq"]), (0, &4.into()));
    assert_eq!(past["contacts"][0]["state"], "waits in roads");
    let (code, past, _) = acd(&log, &["replay"]);
    assert!(code == 0 && past.contains("connected to ana"), "{past}");
    let audited = acd(&log, &["audit"]);
    assert_eq!(audited, (0, "records 1 to 6: sound\n".into(), String::new()));
}

#[test]
fn what_cannot_be_told_is_said_with_what_is_wrong() {
    let mut commands = story();
    commands.push(Command::Answer { offer: OfferId(1) });
    let log = log("wrong", commands);
    let (code, _, error) = acd(&log, &["audit"]);
    assert_eq!(code, 1);
    assert!(error.contains("record 7: the engine refuses what was applied"), "{error}");
    let (code, _, error) = acd(&log, &["trace", "c-9"]);
    assert!(code == 1 && error.contains("record 7"), "{error}");
    let (code, _, error) = acd(&log, &["trace", "nine"]);
    assert!(code == 1 && error.contains("expected one as events call it"), "{error}");
    let (code, _, error) = acd(&log, &["replay", "--until", "noon"]);
    assert!(code == 2 && error.contains("2026-11-24T09:00:00Z"), "{error}");
}
