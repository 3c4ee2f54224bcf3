//! What the server says kept in a file and played again: the same picture.

mod support;

use std::path::PathBuf;
use std::time::Duration;

use acd_tui::message::Message;
use acd_tui::model::{Link, Model, Resumed};
use acd_tui::record::{Recorder, ReplayError, Tape, replay};
use acd_tui::theme::{Palette, Theme};
use acd_tui::update::update;
use support::{busy_city, busy_events, draw, hello, text};
use tokio::sync::mpsc;

/// A file that goes with the test.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let name = format!("acd-record-{name}-{}", std::process::id());
        let file = Self(std::env::temp_dir().join(name));
        let _ = std::fs::remove_file(&file.0);
        file
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn said() -> Vec<Message> {
    let mut said = vec![hello(None), Message::Snapshot(Box::new(busy_city()))];
    said.extend(busy_events().into_iter().map(|event| Message::Event(Box::new(event))));
    let retry_in = Duration::ZERO;
    said.push(Message::Disconnected { why: "gone".into(), attempt: 1, retry_in });
    said.push(hello(Some(Resumed { seq: 88_200, events: Some(3) })));
    said.push(Message::Snapshot(Box::new(busy_city())));
    said
}

/// The messages of a recording, its end included.
fn played(file: &File) -> Result<Vec<Message>, ReplayError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let (sender, mut messages) = mpsc::channel(64);
        let tape = Tape::File(file.0.clone());
        let play = replay(&tape, 1_000, sender);
        let listen = async move {
            let mut heard = Vec::new();
            while let Some(message) = messages.recv().await {
                let is_over = matches!(message, Message::Disconnected { attempt: 0, .. });
                heard.push(message);
                if is_over {
                    break;
                }
            }
            heard
        };
        let (done, heard) = tokio::join!(play, listen);
        done.map(|()| heard)
    })
}

fn model(messages: Vec<Message>) -> Model {
    let mut model = Model::new("unix:/run/acd/acd.sock");
    for message in messages {
        update(&mut model, Duration::from_secs(100), message);
    }
    model
}

#[test]
fn what_is_played_again_looks_as_it_did() {
    let file = File::new("same");
    let mut recorder = Recorder::new(&file.0, "unix:/run/acd/acd.sock").expect("a new file");
    for (at, message) in (0..).zip(said()) {
        recorder.write(Duration::from_millis(at * 10), &message).expect("it is written");
    }
    let key = crossterm::event::KeyEvent::from(crossterm::event::KeyCode::Tab);
    recorder.write(Duration::ZERO, &Message::Key(key)).expect("a key is none of the server's");
    drop(recorder);

    let mut heard = played(&file).expect("it is a recording");
    let over = heard.pop().expect("its end");
    assert_eq!(heard.len(), said().len());
    let mut shown = model(heard);
    // The clock goes as many times as fast as the recording is played.
    assert_eq!(shown.live.clock.speed(), 1_000);
    let expected = text(&draw(&model(said()), &Theme::new(Palette::Mono, false), (120, 36)));
    let got = text(&draw(&shown, &Theme::new(Palette::Mono, false), (120, 36)));
    let but_the_first_line =
        |text: &str| text.lines().skip(1).map(String::from).collect::<Vec<_>>();
    assert_eq!(but_the_first_line(&got), but_the_first_line(&expected));
    shown.replay = true;
    update(&mut shown, Duration::from_secs(101), over);
    assert!(matches!(&shown.link, Link::Down { why, .. } if why == "the recording is over"));
    let last = text(&draw(&shown, &Theme::new(Palette::Mono, false), (80, 24)));
    assert!(last.starts_with(" ‖ REPLAY  the recording is over"), "{last}");
}

#[test]
fn a_recording_overwrites_nothing_and_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let file = File::new("new");
    drop(Recorder::new(&file.0, "unix:x").expect("a new file"));
    let mode = std::fs::metadata(&file.0).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = Recorder::new(&file.0, "unix:x").expect_err("it is there already");
    assert_eq!(again.kind(), std::io::ErrorKind::AlreadyExists);
}

#[test]
fn what_is_no_recording_is_named() {
    let file = File::new("wrong");
    let cases = [
        ("", ":1: this is no recording: expected schema acd.record/1"),
        ("{\"schema\":\"acd.top/1\"}\n", ":1: this is no recording: expected schema acd.record/1"),
        ("{\"schema\":\"acd.record/1\",\"server\":\"x\"}\n{\"at_ms\":1,\"song\":1}\n", ":2: "),
    ];
    for (text, said) in cases {
        std::fs::write(&file.0, text).expect("a file");
        let error = played(&file).expect_err(text).to_string();
        assert!(error.contains(said), "{error}");
    }
    std::fs::write(&file.0, "{\"schema\":\"acd.record/1\",\"server\":\"x\"}\n{\"at_ms\":1,\"lo")
        .expect("a file");
    assert_eq!(played(&file).expect("cut off, not wrong").len(), 1, "only its end");
}
