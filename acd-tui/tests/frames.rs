//! Whole frames, compared with those kept in `tests/frames/`. `UPDATE_FRAMES=1` writes them anew;
//! then look at them.

mod support;

use std::time::Duration;

use acd_proto::snapshot::{Quantiles, QueueRow, Snapshot};
use acd_tui::message::Message;
use acd_tui::model::{Model, Resumed};
use acd_tui::safe;
use acd_tui::screen::Screen;
use acd_tui::theme::{Palette, Theme};
use acd_tui::update::update;
use ratatui::style::Color;
use support::{
    NOW, TAKEN, busy, busy_city, check, connected, counted, detailed, draw, hello, life, ops,
};
use support::{press, showing, text, text_and_styles};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 60)];

fn default_theme() -> Theme {
    Theme::new(Palette::Default, false)
}

#[track_caller]
fn check_sizes(name: &str, model: &Model) {
    for size in SIZES {
        let frame = text(&draw(model, &default_theme(), size));
        check(&format!("{name}-{}x{}", size.0, size.1), &frame);
    }
}

fn empty_city() -> Snapshot {
    Snapshot {
        now: NOW,
        queues: Some(Vec::new()),
        agents: Some(Vec::new()),
        contacts: Some(Vec::new()),
        ..Snapshot::default()
    }
}

#[test]
fn busy_city_at_every_size() {
    check_sizes("busy", &busy());
}

#[test]
fn busy_city_in_every_theme() {
    let model = busy();
    for size in SIZES {
        let (width, height) = size;
        let mono = draw(&model, &Theme::new(Palette::Mono, false), size);
        let ascii = draw(&model, &Theme::new(Palette::Default, true), size);
        check(&format!("busy-ascii-{width}x{height}"), &text(&ascii));
        assert!(text(&ascii).is_ascii());
        assert_eq!(text(&mono), text(&draw(&model, &default_theme(), size)));
    }
    let small = SIZES[0];
    check("busy-styles", &text_and_styles(&draw(&model, &default_theme(), small)));
    check(
        "busy-styles-mono",
        &text_and_styles(&draw(&model, &Theme::new(Palette::Mono, false), small)),
    );
}

#[test]
fn empty_city_says_what_to_do() {
    check_sizes("empty", &showing(empty_city()));
    let mut nobody = busy_city();
    for agent in nobody.agents.iter_mut().flatten() {
        agent.state = "signed_out".into();
        agent.held.clear();
    }
    check_sizes("nobody", &showing(nobody));
}

#[test]
fn before_the_first_numbers() {
    let mut model = Model::new("unix:/run/acd/acd.sock");
    check_sizes("connecting", &model);
    let why = "No such file or directory (os error 2)".into();
    let retry_in = Duration::from_secs(2);
    update(&mut model, TAKEN, Message::Disconnected { why, attempt: 3, retry_in });
    check("no-server-80x24", &text(&draw(&model, &default_theme(), SIZES[0])));
}

#[test]
fn stale_then_resumed() {
    let mut model = busy();
    let later = TAKEN + Duration::from_secs(12);
    let why = "the server closed the connection".into();
    let retry_in = Duration::from_secs(4);
    update(&mut model, later, Message::Disconnected { why, attempt: 3, retry_in });
    check_sizes("stale", &model);
    let stale = text_and_styles(&draw(&model, &default_theme(), SIZES[0]));
    check("stale-styles", &stale);

    let back = later + Duration::from_secs(4);
    update(&mut model, back, hello(Some(Resumed { seq: 88_123, events: Some(14) })));
    check("resumed-80x24", &text(&draw(&model, &default_theme(), SIZES[0])));
    update(&mut model, back, hello(Some(Resumed { seq: 90_000, events: None })));
    check("gap-80x24", &text(&draw(&model, &default_theme(), SIZES[0])));
}

#[test]
fn help_over_the_screen() {
    let mut model = busy();
    press(&mut model, "?");
    check_sizes("help", &model);
}

#[test]
fn filter_typed_and_kept() {
    let mut model = busy();
    press(&mut model, "/^s|wat");
    check_sizes("filter", &model);
    press(&mut model, "xx\n");
    check("filter-nothing-80x24", &text(&draw(&model, &default_theme(), SIZES[0])));
}

#[test]
fn paused_with_a_queue_selected_and_all_events() {
    let mut model = busy();
    press(&mut model, "jje ");
    update(&mut model, TAKEN + Duration::from_secs(4), Message::Tick);
    check_sizes("paused", &model);
}

#[test]
fn more_queues_than_rows_follow_the_cursor() {
    let mut city = busy_city();
    let row = |n: usize| QueueRow {
        queue: format!("district-{n:02}"),
        open: true,
        threshold_ms: 60_000,
        ..QueueRow::default()
    };
    city.queues = Some((1..=40).map(row).collect());
    let mut model = showing(city);
    check("many-80x24", &text(&draw(&model, &default_theme(), SIZES[0])));
    press(&mut model, "G");
    check("many-end-80x24", &text(&draw(&model, &default_theme(), SIZES[0])));
}

#[test]
fn too_small_says_so() {
    let model = busy();
    for size in [(70, 20), (80, 23), (79, 24), (20, 5)] {
        let frame = text(&draw(&model, &default_theme(), size)).replace(['\n', ' '], "");
        let said =
            format!("terminal {}x{}: need 80x24 (have you tried acd top --once?)", size.0, size.1);
        assert_eq!(frame, said.replace(' ', ""));
    }
    draw(&model, &default_theme(), (1, 1));
}

#[test]
fn names_cannot_leave_their_cells() {
    let worst = [
        "\x1b[2J\x1b[31mred",
        "\x1b]0;owned\x07",
        "\u{202e}gnirts",
        "a\nb\rc\td",
        "\u{9b}31m",
        "\u{200b}\u{200d}\u{feff}\u{2066}",
        "李雷韩梅梅李雷韩梅梅李雷",
        "👩‍👩‍👧‍👦 family",
        "z\u{300}\u{301}\u{302}\u{303}\u{304}",
        "\u{7f}\0\u{8}",
        "أحمد",
    ];
    let mut city = busy_city();
    let rows = city.queues.as_mut().expect("a city of queues");
    rows.extend(worst.map(|name| QueueRow { queue: name.into(), ..QueueRow::default() }));
    for (agent, name) in city.agents.iter_mut().flatten().zip(worst.iter().cycle()) {
        agent.name = (*name).to_owned();
        agent.reason = agent.reason.take().map(|_| (*name).to_owned());
    }
    for (contact, name) in city.contacts.iter_mut().flatten().zip(worst.iter().cycle()) {
        contact.contact = (*name).to_owned();
    }
    let mut model = showing(city);
    for name in worst {
        model.who.name = name.into();
        model.who.city = name.into();
        press(&mut model, "j");
        for size in SIZES {
            let buffer = draw(&model, &default_theme(), size);
            for cell in &buffer.content {
                assert_eq!(safe::text(cell.symbol()), cell.symbol());
            }
            let right: Vec<&str> =
                (2..size.1 - 1).map(|y| buffer[(size.0 - 1, y)].symbol()).collect();
            assert!(right.iter().all(|s| "┐│┘ ".contains(*s)), "{name:?} {right:?}");
        }
    }
}

#[test]
fn connected_without_numbers() {
    check("waiting-for-numbers-80x24", &text(&draw(&connected(), &default_theme(), SIZES[0])));
}

#[test]
fn the_queue_gone_into() {
    let mut model = detailed();
    press(&mut model, "j\nj");
    check_sizes("queue", &model);
    press(&mut model, "*");
    check("queue-revealed-80x24", &text(&draw(&model, &default_theme(), SIZES[0])));
    press(&mut model, "\x1b/channel=chat\n");
    check("queue-nobody-80x24", &text(&draw(&model, &default_theme(), SIZES[0])));
}

#[test]
fn a_queue_with_what_was_counted_of_it() {
    let mut model = detailed();
    press(&mut model, ":queue water\n");
    update(&mut model, TAKEN, Message::Counted(Ok(Box::new(counted("water-emergency")))));
    check_sizes("queue-counted", &model);
    press(&mut model, "1[");
    check("window-120x36", &text(&draw(&model, &default_theme(), SIZES[1])));
}

#[test]
fn every_agent() {
    let mut model = detailed();
    press(&mut model, "3jj");
    check_sizes("agents", &model);
    press(&mut model, "/state=not_ready|sign\n");
    check("agents-filter-80x24", &text(&draw(&model, &default_theme(), SIZES[0])));
    press(&mut model, "\x1b\x1b/nobody\n");
    check("agents-nobody-80x24", &text(&draw(&model, &default_theme(), SIZES[0])));
}

#[test]
fn alerts_seen_and_muted() {
    let mut model = busy();
    press(&mut model, "6jAcrew on its way\njm");
    check_sizes("alerts", &model);
    let mut calm = busy_city();
    calm.queues = Some(Vec::new());
    let mut model = showing(calm);
    press(&mut model, "6a");
    check("alerts-none-80x24", &text(&draw(&model, &default_theme(), SIZES[0])));
}

#[test]
fn engine_and_log() {
    let mut model = busy();
    press(&mut model, "5");
    check_sizes("engine", &model);
    press(&mut model, "8e");
    check_sizes("log", &model);
    press(&mut model, "/spanish\n");
    check("log-filter-80x24", &text(&draw(&model, &default_theme(), SIZES[0])));
}

#[test]
fn what_was_not_counted_has_no_latency() {
    let mut city = busy_city();
    let engine = city.engine.as_mut().expect("it has one");
    engine.decision_ns = Quantiles::default();
    engine.request_to_event_us = Quantiles::default();
    let mut model = showing(city);
    press(&mut model, "5");
    check("engine-uncounted-80x24", &text(&draw(&model, &default_theme(), SIZES[0])));
}

/// A model of the trace screen, told what the server tells.
fn traced() -> Model {
    let mut model = detailed();
    press(&mut model, ":contact c-9a02\n");
    let told = Ok(Box::new(life()));
    update(&mut model, TAKEN, Message::Traced { contact: "c-9a02".into(), told });
    model
}

#[test]
fn a_contacts_life() {
    let mut model = detailed();
    press(&mut model, "4");
    check("trace-none-80x24", &text(&draw(&model, &default_theme(), SIZES[0])));
    let mut model = traced();
    check_sizes("trace", &model);
    press(&mut model, "g");
    check_sizes("trace-first", &model);
    press(&mut model, "r");
    let told = Err("no log is kept: expected a server started with --data".into());
    update(&mut model, TAKEN, Message::Traced { contact: "c-9a02".into(), told });
    check("trace-refused-80x24", &text(&draw(&model, &default_theme(), SIZES[0])));
}

#[test]
fn acts_from_the_menu_to_the_answer() {
    let mut model = ops();
    press(&mut model, "3jjx");
    check_sizes("acts", &model);
    press(&mut model, "f\t");
    check_sizes("form", &model);
    press(&mut model, "lunch\ncoverage\n");
    check("form-sure-80x24", &text(&draw(&model, &default_theme(), SIZES[0])));
    let ascii = text(&draw(&model, &Theme::new(Palette::Mono, true), SIZES[0]));
    assert!(ascii.is_ascii(), "{ascii}");
    check("form-sure-ascii-80x24", &ascii);
}

#[test]
fn every_screen_in_ascii_and_without_colours() {
    let mut model = traced();
    for screen in Screen::ALL {
        let name = screen.name();
        press(&mut model, &screen.digit().to_string());
        for size in SIZES {
            let ascii = text(&draw(&model, &Theme::new(Palette::Default, true), size));
            assert!(ascii.is_ascii(), "{name}: {ascii}");
            check(&format!("{name}-ascii-{}x{}", size.0, size.1), &ascii);
            let mono = draw(&model, &Theme::new(Palette::Mono, false), size);
            assert_eq!(text(&mono), text(&draw(&model, &default_theme(), size)), "{name}");
            check(&format!("{name}-mono-{}x{}", size.0, size.1), &text_and_styles(&mono));
            assert!(mono.content.iter().all(|cell| cell.fg == Color::Reset), "{name}");
        }
    }
}

#[test]
fn every_palette_draws_the_same_characters() {
    let model = traced();
    let expected = text(&draw(&model, &default_theme(), SIZES[1]));
    for palette in Palette::ALL {
        let drawn = draw(&model, &Theme::new(palette, false), SIZES[1]);
        assert_eq!(text(&drawn), expected, "{palette:?}");
    }
}

#[test]
fn what_the_help_is_looked_through_for() {
    let mut model = ops();
    press(&mut model, "3?/agent");
    check("help-looked-through-80x24", &text(&draw(&model, &default_theme(), SIZES[0])));
}

#[test]
fn a_palette_that_goes_somewhere_or_says_why_not() {
    let mut model = busy();
    press(&mut model, ":queue wat");
    check("palette-80x24", &text(&draw(&model, &default_theme(), SIZES[0])));
    press(&mut model, "\n:nowhere\n");
    check("palette-nowhere-80x24", &text(&draw(&model, &default_theme(), SIZES[0])));
}
