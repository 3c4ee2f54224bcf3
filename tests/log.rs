//! `acd log` on a log that is whole, damaged and repaired.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use acd_core::Timestamp;
use acd_log::{Disk, LogError, Options, Recovery, record};

fn acd(data: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acd"));
    let output: Output =
        command.arg("log").args(arguments).arg("--data").arg(data).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

/// A log of 40 records, every fourth a Tick, the others with a caller's number beside.
fn write(data: &Path) {
    let options = Options { segment_bytes: 8192, ..Options::default() };
    let recovery = Recovery::open(Arc::new(Disk::open(data).unwrap()), &options).unwrap();
    let recovered = recovery.replay(0, |_, _| Ok::<_, LogError>(())).unwrap();
    let mut writer = recovered.writer().unwrap();
    for seq in 1..=40 {
        let mut bytes = Vec::new();
        let tick = acd_core::Command::Tick;
        let command = (seq % 4 == 0).then_some(&tick);
        record::encode(Timestamp(seq * 1_000_000_000), command, b"+13115550100", &mut bytes);
        writer.append(0, &bytes).unwrap();
        writer.commit().unwrap();
    }
    writer.close().unwrap();
}

#[test]
fn an_operator_sees_what_is_there_and_gives_up_what_is_damaged() {
    let data = std::env::temp_dir().join(format!("acd-log-command-{}", std::process::id()));
    write(&data);
    let (code, text) = acd(&data, &["verify"]);
    assert_eq!((code, text.ends_with("whole\n")), (Some(0), true), "{text}");
    let (code, text) = acd(&data, &["print", "--kind", "tick", "--since", "10", "--until", "30"]);
    assert_eq!((code, text.lines().count()), (Some(0), 5), "{text}");
    assert!(text.starts_with("12  12.000  tick  Tick  +12\n"), "{text}");
    let (_, text) = acd(&data, &["print", "--json"]);
    assert_eq!(text.lines().count(), 40);
    assert!(!text.contains("3115550100"), "a caller's number is shown");
    let (code, text) = acd(&data, &["follow", "--from", "39", "--to", "40"]);
    assert_eq!((code, text.lines().count()), (Some(0), 2), "{text}");

    let segment = data.join("log-00000000000000000001.seg");
    let file = std::fs::File::options().write(true).open(segment).unwrap();
    file.write_all_at(&[0xff], 700).unwrap();
    let (code, text) = acd(&data, &["verify"]);
    assert_eq!((code, text.contains("DAMAGED")), (Some(1), true), "{text}");
    let first = text.split("--from ").nth(1).unwrap();
    let first: String = first.chars().take_while(char::is_ascii_digit).collect();
    let (code, text) = acd(&data, &["repair", "--from", "30"]);
    assert_eq!((code, text.contains("beyond the first")), (Some(1), true), "{text}");
    let (code, text) = acd(&data, &["repair", "--from", &first]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(acd(&data, &["verify"]).0, Some(0));
    assert_eq!(acd(Path::new("/nowhere"), &["verify"]).0, Some(1));
    std::fs::remove_dir_all(&data).unwrap();
}
