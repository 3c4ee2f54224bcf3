//! A city to draw: snapshots made by hand, and frames as text.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]

pub mod schema;

use std::path::PathBuf;
use std::time::Duration;

use acd_proto::event::{ContactRef, Event, EventBody};
use acd_proto::snapshot::{
    AgentRow, ContactRow, Counts, EngineRow, HeldRow, Quantiles, QueueRow, Snapshot,
};
use acd_proto::statistics::{Figures, QueueStatistics, Series, Statistics};
use acd_tui::clock::Real;
use acd_tui::message::{Connected, Message};
use acd_tui::model::{Model, Resumed, Who};
use acd_tui::theme::Theme;
use acd_tui::trace::Trace;
use acd_tui::update::{Next, update};
use acd_tui::view;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr;

/// 23 November 2026, 19:42:07 in Chicago, µs UTC.
pub const NOW: u64 = 1_795_484_527_000_000;
/// Real time at which the snapshot came.
pub const TAKEN: Real = Real::from_secs(100);

/// A model that has said hello.
pub fn connected() -> Model {
    let mut model = Model::new("unix:/run/acd/acd.sock");
    update(&mut model, Real::ZERO, hello(None));
    model
}

/// What the server says first.
pub fn hello(resumed: Option<Resumed>) -> Message {
    Message::Connected(Box::new(Connected {
        who: Who { city: "CITY-311".into(), role: "supervisor".into(), name: "maria".into() },
        time_zone: "America/Chicago".into(),
        speed: 1,
        now: NOW,
        resumed,
    }))
}

/// A model that shows a snapshot.
pub fn showing(snapshot: Snapshot) -> Model {
    let mut model = connected();
    update(&mut model, TAKEN, Message::Snapshot(Box::new(snapshot)));
    model
}

/// A city in a busy hour, with what happened in it.
pub fn busy() -> Model {
    let mut model = showing(busy_city());
    for event in busy_events() {
        update(&mut model, TAKEN, Message::Event(Box::new(event)));
    }
    model
}

/// A city in which agents have skills and capacity, and callers names.
pub fn detailed() -> Model {
    let mut city = busy_city();
    for (at, agent) in city.agents.iter_mut().flatten().enumerate() {
        agent.skills = [("es".into(), 4), ("water".into(), 1 + at as u8 % 5)].into();
        agent.capacity = [("voice".into(), 1), ("chat".into(), 3), ("email".into(), 5)].into();
        agent.connected = 40 - at as u32 % 30;
        agent.site = Some(if at % 2 == 0 { "city-hall" } else { "east" }.into());
        agent.pending = (at == 30).then(|| "signed_out".into());
    }
    let contacts = city.contacts.iter_mut().flatten().enumerate();
    for (at, contact) in contacts {
        contact.from = Some(format!("+151255501{at:02}"));
        contact.frontend = "asterisk-1".into();
        contact.prio = 5;
        if at % 3 == 0 {
            contact.needs = [("es".into(), 4), ("water".into(), 3)].into();
        }
        if at == 1 {
            contact.state = "offered".into();
            contact.agent = Some("4490".into());
        }
        if at == 5 || at == 6 {
            contact.state = "connected".into();
            contact.agent = Some(format!("{}", 4_500 + at));
        }
    }
    let mut model = showing(city);
    update(&mut model, TAKEN + Duration::from_secs(1), Message::Tick);
    model
}

/// The same watched by one who may act.
pub fn ops() -> Model {
    let mut model = detailed();
    model.ops = true;
    model
}

/// What the server counted of a queue.
pub fn counted(queue: &str) -> Statistics {
    let figures = |answered: u64| Figures {
        entered: answered + 2,
        answered,
        answered_in_threshold: answered / 2,
        abandoned: 1,
        asa_ms: Some(31_000),
        waits: vec![14, 6, 2, 0, 4, 7, 3, 1],
        service_level: [("offered".to_owned(), Some(45.0))].into(),
        ..Figures::default()
    };
    let series = Series {
        depth: (0..61).map(|minute| minute % 9).collect(),
        entered: (0..60).map(|minute| minute / 12).collect(),
        answered: (0..60).map(|minute| minute % 4).collect(),
        abandoned: vec![0; 60],
    };
    let of = QueueStatistics {
        queue: Some(queue.into()),
        threshold_ms: Some(60_000),
        m5: figures(9),
        m15: figures(37),
        m60: figures(120),
        today: figures(592),
        series: Some(series),
        ..QueueStatistics::default()
    };
    Statistics {
        wait_bounds_ms: vec![5_000, 10_000, 20_000, 40_000, 60_000, 120_000, 300_000],
        queues: Some(vec![of]),
        ..Statistics::default()
    }
}

/// A contact's life with two offers, as the server tells it.
pub fn life() -> Trace {
    serde_json::from_str(include_str!("life.json")).expect("it is a trace")
}

/// Presses keys one after another at the time of the snapshot; returns what the last one asks.
pub fn press(model: &mut Model, keys: &str) -> Next {
    let mut next = Next::Keep;
    for c in keys.chars() {
        let code = match c {
            '\n' => KeyCode::Enter,
            '\x1b' => KeyCode::Esc,
            '\t' => KeyCode::Tab,
            '→' => KeyCode::Right,
            c => KeyCode::Char(c),
        };
        let event = KeyEvent::new(code, KeyModifiers::NONE);
        next = update(model, model.real, Message::Key(event));
    }
    next
}

/// Draws one frame.
pub fn draw(model: &Model, theme: &Theme, (width, height): (u16, u16)) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("no terminal fails");
    let drawn = terminal.draw(|frame| drop(view::draw(model, theme, frame)));
    drawn.expect("no terminal fails");
    terminal.backend().buffer().clone()
}

/// The characters of a frame, a line a row.
pub fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        let mut line = String::new();
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += symbol.width().max(1) as u16;
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The frame, and below it each style's cells: a letter a style, `.` the plain one.
pub fn text_and_styles(buffer: &Buffer) -> String {
    let mut seen = Vec::new();
    let mut map = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        for x in 0..buffer.area.width {
            let style = buffer[(x, y)].style();
            let shown = format!("{:?} {:?}", style.fg, style.add_modifier);
            let at = seen.iter().position(|known| *known == shown).unwrap_or_else(|| {
                seen.push(shown);
                seen.len() - 1
            });
            line.push(char::from(b".abcdefghijklmnopqrstuvwxyz"[at]));
        }
        map.push_str(line.trim_end_matches('.'));
        map.push('\n');
    }
    let mut legend = String::new();
    for (at, style) in seen.iter().enumerate() {
        legend.push(char::from(b".abcdefghijklmnopqrstuvwxyz"[at]));
        legend.push(' ');
        legend.push_str(style);
        legend.push('\n');
    }
    format!("{}\nstyles\n{legend}\n{map}", text(buffer))
}

/// Compares with `tests/frames/NAME.txt`, or writes it where `UPDATE_FRAMES` is set.
#[track_caller]
pub fn check(name: &str, got: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/frames").join(name);
    let path = path.with_extension("txt");
    if std::env::var_os("UPDATE_FRAMES").is_some() {
        std::fs::write(&path, got).expect("the folder of frames is there");
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    for (at, (got, expected)) in got.lines().zip(expected.lines()).enumerate() {
        assert_eq!(got, expected, "{name}, line {} (UPDATE_FRAMES=1 writes it anew)", at + 1);
    }
    assert_eq!(got.lines().count(), expected.lines().count(), "{name}: number of lines");
}

fn queue(name: &str, waiting: u32, longest_s: u64, ewt_s: u64, agents: [u32; 4]) -> QueueRow {
    let depth = (0..=15).map(|minute| (minute * waiting).div_ceil(15)).collect();
    QueueRow {
        queue: name.into(),
        open: true,
        waiting,
        longest_ms: (waiting > 0).then_some(longest_s * 1_000),
        ewt_ms: Some(ewt_s * 1_000),
        ready: agents[0],
        busy: agents[1],
        wrap_up: agents[2],
        not_ready: agents[3],
        not_ready_by: [("lunch", agents[3].saturating_sub(1)), ("break", agents[3].min(1))]
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(reason, count)| (reason.to_owned(), count))
            .collect(),
        threshold_ms: 60_000,
        target: 80.0,
        depth,
        ..QueueRow::default()
    }
}

fn counts(offered: u64, in_threshold: u64, abandoned: u64, asa_s: u64) -> Counts {
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let service_level = (offered > 0).then(|| in_threshold as f64 * 100.0 / offered as f64);
    Counts {
        entered: offered,
        offered,
        answered: offered - abandoned,
        answered_in_threshold: in_threshold,
        abandoned,
        flow_out: 0,
        asa_ms: (offered > abandoned).then_some(asa_s * 1_000),
        service_level,
    }
}

/// Nine queues: one critical, two to be watched, a closed one, one of email.
pub fn busy_city() -> Snapshot {
    let mut queues = vec![
        queue("general", 3, 18, 15, [2, 22, 3, 4]),
        queue("water-emergency", 7, 134, 50, [0, 6, 1, 1]),
        queue("sanitation", 19, 97, 140, [0, 14, 2, 3]),
        queue("spanish", 4, 55, 70, [1, 5, 0, 2]),
        queue("permits", 1, 6, 5, [3, 4, 0, 1]),
        queue("parking", 0, 0, 0, [4, 3, 1, 0]),
        queue("chat", 6, 22, 30, [2, 9, 0, 1]),
        queue("email", 41, 11_520, 6_000, [5, 8, 0, 0]),
        queue("kiosk-cityhall", 0, 0, 0, [2, 1, 0, 0]),
    ];
    let done = [
        (counts(210, 185, 3, 11), counts(2_912, 2_621, 58, 14)),
        (counts(44, 27, 4, 48), counts(611, 483, 19, 22)),
        (counts(131, 97, 6, 31), counts(1_204, 999, 33, 21)),
        (counts(37, 29, 1, 24), counts(402, 346, 9, 19)),
        (counts(18, 17, 0, 7), counts(190, 175, 2, 9)),
        (counts(22, 21, 0, 5), counts(240, 226, 1, 6)),
        (counts(58, 54, 1, 14), counts(700, 637, 11, 15)),
        (counts(12, 12, 0, 3_000), counts(96, 95, 0, 4_000)),
        (counts(5, 5, 0, 9), counts(66, 64, 0, 8)),
    ];
    for (row, (interval, today)) in queues.iter_mut().zip(done) {
        row.interval = interval;
        row.today = today;
    }
    queues[7].threshold_ms = 14_400_000;
    queues[8].open = false;
    Snapshot {
        epoch: "01940f5e".into(),
        seq: 88_123,
        now: NOW,
        queues: Some(queues),
        agents: Some(agents()),
        contacts: Some(contacts()),
        engine: Some(engine()),
        decisions: None,
        choices: None,
    }
}

fn engine() -> EngineRow {
    EngineRow {
        server: "acd/0.1.0".into(),
        uptime_ms: 41 * 86_400_000,
        decision_ns: Quantiles { p50: 1_900, p99: 7_400, p999: 15_000, max: 31_000, count: 9 },
        request_to_event_us: Quantiles { p50: 41, p99: 310, p999: 940, max: 4_100, count: 9 },
        commands: 812_345,
        rejections: 12,
        events: 2_000_000,
        connections: [("agent".into(), 188), ("frontend".into(), 3), ("supervisor".into(), 9)]
            .into(),
        slow: 0,
        rss: 222_298_112,
    }
}

fn agents() -> Vec<AgentRow> {
    let mut agents = Vec::new();
    let mut add =
        |n: usize, state: &str, reason: Option<&str>, held: Option<&str>, since_s: u64| {
            for _ in 0..n {
                let id = 4_471 + agents.len();
                let since = NOW - since_s * 1_000_000;
                let held = held.map(|state| HeldRow {
                    contact: format!("c-{id:x}"),
                    channel: "voice".into(),
                    state: state.into(),
                    since,
                });
                agents.push(AgentRow {
                    agent: id.to_string(),
                    name: if id == 4_471 { "ortiz".into() } else { format!("name-{id}") },
                    state: state.into(),
                    reason: reason.map(Into::into),
                    held: held.into_iter().collect(),
                    since,
                    occupancy: (state != "signed_out").then_some(86),
                    ..AgentRow::default()
                });
            }
        };
    add(1, "ready", None, None, 41);
    add(18, "ready", None, None, 12);
    add(4, "ready", None, Some("offered"), 6);
    add(69, "busy", None, Some("connected"), 240);
    add(3, "busy", None, Some("connected"), 1_000);
    add(7, "busy", None, Some("wrap_up"), 21);
    add(5, "not_ready", Some("lunch"), None, 600);
    add(4, "not_ready", Some("break"), None, 300);
    add(2, "not_ready", Some("coaching"), None, 300);
    add(1, "not_ready", Some("rona"), None, 30);
    add(31, "signed_out", None, None, 9_000);
    agents
}

fn contacts() -> Vec<ContactRow> {
    let mut contacts = Vec::new();
    let mut add = |queue: &str, channel: &str, waits_s: &[u64]| {
        for wait_s in waits_s {
            contacts.push(ContactRow {
                contact: format!("c-{:x}", 0x8f31 + contacts.len()),
                queue: queue.into(),
                channel: channel.into(),
                state: "queued".into(),
                wait_ms: wait_s * 1_000,
                ..ContactRow::default()
            });
        }
    };
    add("water-emergency", "voice", &[134, 101, 82, 57, 44, 31, 9]);
    add("sanitation", "voice", &[97, 90, 84, 75, 70, 66, 63, 61, 50, 45, 41, 33, 30, 24, 19, 15]);
    add("sanitation", "voice", &[12, 7, 3]);
    add("spanish", "voice", &[55, 40, 22, 5]);
    add("general", "voice", &[18, 11, 4]);
    add("permits", "voice", &[6]);
    add("chat", "chat", &[22, 18, 14, 9, 7, 2]);
    add("email", "email", &[11_520, 9_000, 600]);
    contacts
}

fn of(contact: &str, queue: &str) -> ContactRef {
    ContactRef { contact: contact.into(), ext: contact.into(), queue: queue.into() }
}

/// What happened in it.
pub fn busy_events() -> Vec<Event> {
    let revoked = |contact, queue, agent: &str, cause: &str| EventBody::OfferRevoked {
        of: of(contact, queue),
        offer: "o-771".into(),
        agent: agent.into(),
        cause: cause.into(),
    };
    let told = [
        (90, EventBody::FrontEnd { frontend: "asterisk-1".into(), present: false }),
        (80, EventBody::FrontEnd { frontend: "asterisk-1".into(), present: true }),
        (
            55,
            EventBody::Audit {
                audit: 5_512,
                who: "maria".into(),
                what: "moved c-9a11 to general".into(),
                reason: "storm overflow".into(),
            },
        ),
        (40, EventBody::Abandoned { of: of("c-8f02", "sanitation"), wait_ms: 121_000 }),
        (30, EventBody::Abandoned { of: of("c-8f05", "sanitation"), wait_ms: 84_000 }),
        (20, revoked("c-99f7", "spanish", "4480", "no_answer")),
        (
            12,
            EventBody::Connected {
                of: of("c-9a02", "spanish"),
                agent: "4471".into(),
                offer: Some("o-771".into()),
                wait_ms: 46_600,
                dial: None,
            },
        ),
        (5, EventBody::QueueState { queue: "kiosk-cityhall".into(), open: false }),
    ];
    let number = |(at, (ago_s, body)): (usize, (u64, EventBody))| Event {
        seq: 88_100 + at as u64,
        ts: NOW - ago_s * 1_000_000,
        body,
    };
    told.into_iter().enumerate().map(number).collect()
}
