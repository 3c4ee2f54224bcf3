//! What the screen costs in a large city: 2,000 agents, 500 queues, 3,000 contacts.
//!
//! ```text
//! cargo run --release -p acd-tui --example cost
//! ```
//!
//! Prints the least time of many rounds for each step, and what part of a core that makes with a
//! snapshot a second and ten frames a second, the most there are.

use std::time::{Duration, Instant};

use acd_proto::snapshot::{AgentRow, ContactRow, HeldRow, QueueRow, Snapshot};
use acd_tui::message::{Connected, Message};
use acd_tui::model::{Model, Who};
use acd_tui::screen::Screen;
use acd_tui::theme::{Palette, Theme};
use acd_tui::update::update;
use acd_tui::view;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

const NOW: u64 = 1_795_484_527_000_000;
const ROUNDS: u64 = 200;

fn city(round: u64) -> Snapshot {
    let queue = |n: u64| QueueRow {
        queue: format!("queue-{n:03}"),
        open: true,
        waiting: ((n + round) % 13) as u32,
        longest_ms: Some((n * 7_919 + round * 1_000) % 200_000),
        ready: (n % 5) as u32,
        threshold_ms: 60_000,
        target: 80.0,
        depth: (0..16).map(|minute| (minute + n as u32) % 9).collect(),
        ..QueueRow::default()
    };
    let agent = |n: u64| AgentRow {
        agent: format!("a{n:04}"),
        name: format!("Agent Number {n}"),
        site: Some("city-hall".into()),
        state: if n.is_multiple_of(3) { "ready" } else { "busy" }.into(),
        skills: [("es".into(), 4), ("water".into(), 2), ("general".into(), 7)].into(),
        capacity: [("voice".into(), 1), ("chat".into(), 3), ("email".into(), 5)].into(),
        held: (!n.is_multiple_of(3))
            .then(|| HeldRow {
                contact: format!("c-{n:x}"),
                channel: "voice".into(),
                state: "connected".into(),
                since: NOW - (n + round) * 100_000,
            })
            .into_iter()
            .collect(),
        since: NOW - n * 1_000_000,
        occupancy: Some(80),
        ..AgentRow::default()
    };
    let contact = |n: u64| ContactRow {
        contact: format!("c-{n:x}"),
        queue: format!("queue-{:03}", n % 500),
        channel: "voice".into(),
        state: "queued".into(),
        wait_ms: (n * 37 + round * 1_000) % 300_000,
        from: Some(format!("+1512555{n:04}")),
        ..ContactRow::default()
    };
    Snapshot {
        now: NOW + round * 1_000_000,
        queues: Some((0..500).map(queue).collect()),
        agents: Some((0..2_000).map(agent).collect()),
        contacts: Some((0..3_000).map(contact).collect()),
        ..Snapshot::default()
    }
}

/// The least time that `step` takes.
fn least(mut step: impl FnMut(u64)) -> Duration {
    let time = |round| {
        let begun = Instant::now();
        step(round);
        begun.elapsed()
    };
    (0..ROUNDS).map(time).min().unwrap_or_default()
}

fn main() {
    let begun = Instant::now();
    let mut model = Model::new("unix:/run/acd/acd.sock");
    let hello = Connected {
        who: Who { city: "CITY-311".into(), role: "supervisor".into(), name: "maria".into() },
        time_zone: "America/Chicago".into(),
        speed: 1,
        now: NOW,
        resumed: None,
    };
    update(&mut model, Duration::ZERO, Message::Connected(Box::new(hello)));
    let lines: Vec<String> = (0..10)
        .map(|round| serde_json::to_string(&city(round)).expect("a snapshot is JSON"))
        .collect();
    println!(
        "a snapshot of 2,000 agents, 500 queues, 3,000 contacts: {} KiB",
        lines[0].len() / 1024
    );
    println!("made in {:?}", begun.elapsed());

    let begun = Instant::now();
    let theme = Theme::new(Palette::Default, false);
    let viewport = Viewport::Fixed(Rect::new(0, 0, 120, 36));
    let backend = CrosstermBackend::new(std::io::sink());
    let terminal = Terminal::with_options(backend, TerminalOptions { viewport });
    let mut terminal = terminal.expect("nothing is a terminal too");
    let parse = |round: u64| -> Snapshot {
        serde_json::from_str(&lines[round as usize % lines.len()]).expect("it is a snapshot")
    };
    update(&mut model, Duration::ZERO, Message::Snapshot(Box::new(parse(0))));
    terminal.draw(|frame| drop(view::draw(&model, &theme, frame))).expect("it is drawn");
    println!("first frame, from the snapshot's bytes on: {:?}", begun.elapsed());

    let parsed = least(|round| drop(parse(round)));
    let snapshots: Vec<Snapshot> = (0..10).map(parse).collect();
    let mut real = Duration::ZERO;
    let judged = least(|round| {
        real += Duration::from_secs(1);
        let snapshot = Box::new(snapshots[round as usize % 10].clone());
        update(&mut model, real, Message::Snapshot(snapshot));
    });
    println!("read {parsed:?}, judge {judged:?} (a copy of the snapshot included)");
    for screen in Screen::ALL {
        model.screen = screen;
        let drawn = least(|round| {
            update(&mut model, real + Duration::from_millis(round), Message::Tick);
            terminal.draw(|frame| drop(view::draw(&model, &theme, frame))).expect("it is drawn");
        });
        let second = parsed + judged + drawn * 10;
        let share = second.as_secs_f64() * 100.0;
        println!("{:<9} a frame {drawn:>10.1?}   a second {share:.2} % of a core", screen.name());
    }
}
