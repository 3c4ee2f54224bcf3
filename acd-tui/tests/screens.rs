//! Going from screen to screen, to a contact's life, to files and clipboards, by key and mouse.

mod support;

use acd_tui::ask::Ask;
use acd_tui::message::Message;
use acd_tui::model::Model;
use acd_tui::screen::Screen;
use acd_tui::theme::{Palette, Theme};
use acd_tui::trace::Told;
use acd_tui::update::update;
use acd_tui::view;
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use support::{TAKEN, busy, busy_city, detailed, life, press, showing};

fn asked(model: &mut Model) -> Option<Ask> {
    model.asks.pop_front()
}

#[test]
fn from_a_queue_to_a_contact_to_its_agent_and_back() {
    let mut model = detailed();
    press(&mut model, "j\nj\n");
    assert_eq!(model.screen, Screen::Trace);
    assert_eq!(asked(&mut model), Some(Ask::Trace("c-8f31".into())));
    let late = Message::Traced { contact: "c-1".into(), told: Ok(Box::new(life())) };
    update(&mut model, TAKEN, late);
    assert!(model.trace.as_ref().is_some_and(|trace| trace.told == Told::Asked), "another's");
    let told = Message::Traced { contact: "c-8f31".into(), told: Ok(Box::new(life())) };
    update(&mut model, TAKEN, told);
    let decision = |model: &Model| {
        let trace = model.trace.as_ref().expect("a trace");
        trace.decision(model.list().selected.as_deref()).map(|decision| decision.offer.clone())
    };
    assert_eq!(decision(&model).as_deref(), Some("o-771"), "the last one first");
    press(&mut model, "k");
    assert_eq!(decision(&model).as_deref(), Some("o-771"));
    press(&mut model, "k");
    assert_eq!(decision(&model).as_deref(), Some("o-770"));
    press(&mut model, "\n");
    assert_eq!((model.screen, model.list().filter.text()), (Screen::Agents, "agent=^4480$"));
    press(&mut model, "\x1b\x1b");
    assert_eq!(model.screen, Screen::Trace);
    press(&mut model, "\x1b\x1b\x1b\x1b");
    assert_eq!(model.screen, Screen::Overview);
}

#[test]
fn from_a_line_of_the_log_to_what_it_tells_of() {
    let mut model = busy();
    press(&mut model, "8ej");
    press(&mut model, "\n");
    assert_eq!((model.screen, model.queue.as_deref()), (Screen::Queue, Some("kiosk-cityhall")));
    press(&mut model, "8j\n");
    assert_eq!(model.screen, Screen::Trace);
    assert_eq!(asked(&mut model), Some(Ask::Trace("c-9a02".into())));
    press(&mut model, "8/agent=4480\ng\n");
    assert_eq!(asked(&mut model), Some(Ask::Trace("c-99f7".into())));
}

#[test]
fn ids_are_copied_and_what_is_shown_is_saved() {
    let mut model = detailed();
    press(&mut model, "y");
    assert_eq!((asked(&mut model), model.complaint.is_some()), (None, true));
    press(&mut model, "jy");
    assert_eq!(asked(&mut model), Some(Ask::Copy("water-emergency".into())));
    press(&mut model, "w");
    let Some(Ask::Save { name, text }) = asked(&mut model) else { panic!("a file") };
    assert_eq!(name, "acd-top-20261123-194208.json");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["schema"], "acd.top/1");
    press(&mut model, ":contact c-9a02\n");
    let told = Message::Traced { contact: "c-9a02".into(), told: Ok(Box::new(life())) };
    update(&mut model, TAKEN, told);
    model.asks.clear();
    press(&mut model, "w");
    let Some(Ask::Save { name, text }) = asked(&mut model) else { panic!("a file") };
    assert!(name.starts_with("acd-trace-"), "{name}");
    assert!(text.contains("o-771"), "{text}");
}

#[test]
fn numbers_are_masked_until_a_role_that_may_asks() {
    let from = |model: &Model| acd_tui::rows::contacts(model).0[0].from.clone();
    let mut model = detailed();
    press(&mut model, ":queue water\n");
    assert_eq!(from(&model), "+1512555..00");
    press(&mut model, "*");
    assert_eq!(from(&model), "+15125550100");
    press(&mut model, "*");
    assert_eq!(from(&model), "+1512555..00");
    model.who.role = "monitor".into();
    press(&mut model, "*");
    assert_eq!(from(&model), "+1512555..00");
    assert_eq!(model.complaint.as_deref(), Some("a monitor gets numbers masked"));
}

#[test]
fn themes_go_round_but_not_where_no_colours_are_wanted() {
    let mut model = busy();
    press(&mut model, "t");
    assert_eq!(model.palette, Palette::Light);
    press(&mut model, "ttt");
    assert_eq!(model.palette, Palette::Default);
    (model.palette, model.may_colour) = (Palette::Mono, false);
    press(&mut model, "t");
    assert_eq!(model.palette, Palette::Mono);
}

#[test]
fn what_becomes_critical_rings_once_where_it_is_wanted_and_not_when_muted() {
    let rings = |bell, keys: &str| {
        let mut model = showing(busy_city());
        model.bell = bell;
        press(&mut model, keys);
        model.asks.clear();
        for second in 1..30 {
            let mut worse = busy_city();
            worse.now += second * 1_000_000;
            let queues = worse.queues.as_mut().expect("queues");
            queues[2].longest_ms = Some(500_000);
            update(&mut model, TAKEN, Message::Snapshot(Box::new(worse)));
        }
        model.asks.iter().filter(|ask| **ask == Ask::Bell).count()
    };
    assert_eq!((rings(true, ""), rings(false, "")), (1, 0));
    assert_eq!(rings(true, "6/sanitation\njmgm"), 0, "muted");
}

#[test]
fn a_conversation_tells_how_long_an_agent_is_busy_and_letters_beside_it_do_not() {
    let mut city = busy_city();
    let agent = &mut city.agents.as_mut().expect("agents")[30];
    let held = |channel: &str, state: &str, ago_s: u64| acd_proto::snapshot::HeldRow {
        contact: channel.into(),
        channel: channel.into(),
        state: state.into(),
        since: support::NOW - ago_s * 1_000_000,
    };
    let id = agent.agent.clone();
    agent.held = vec![held("email", "parked", 900), held("voice", "connected", 30)];
    let model = showing(city);
    let line = acd_tui::rows::people(&model).into_iter().find(|line| line.raw == id);
    assert_eq!(line.map(|line| (line.state, line.for_ms)), Some(("talking".into(), 30_000)));
}

#[test]
fn an_alert_that_was_seen_gives_way_to_those_that_were_not() {
    let mut model = busy();
    let first = |model: &Model| acd_tui::rows::alerts(model)[0].id.clone();
    let worst = first(&model);
    press(&mut model, "6a");
    assert_ne!(first(&model), worst);
    press(&mut model, "s");
    assert_eq!(acd_tui::rows::alerts(&model).len(), 5);
}

fn mouse(model: &mut Model, kind: MouseEventKind, column: u16, row: u16) {
    let event = MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
    update(model, TAKEN, Message::Mouse(event));
}

#[test]
fn the_mouse_goes_to_tabs_and_rows() {
    let mut model = detailed();
    let theme = Theme::new(Palette::Default, false);
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).expect("no terminal fails");
    let mut draw = |model: &mut Model| {
        let mut places = None;
        let drawn = terminal.draw(|frame| places = Some(view::draw(model, &theme, frame)));
        drawn.expect("no terminal fails");
        model.places = places.expect("it was drawn");
    };
    draw(&mut model);
    let click = MouseEventKind::Down(MouseButton::Left);
    mouse(&mut model, click, 10, 5);
    assert_eq!(model.list().selected.as_deref(), Some("sanitation"), "the second row");
    mouse(&mut model, MouseEventKind::ScrollUp, 10, 5);
    assert_eq!(model.list().selected.as_deref(), Some("water-emergency"));
    mouse(&mut model, click, 10, 4);
    assert_eq!(model.screen, Screen::Queue, "a click on what is selected opens it");
    mouse(&mut model, click, 22, 1);
    assert_eq!(model.screen, Screen::Agents);
    draw(&mut model);
    mouse(&mut model, click, 10, 23);
    assert_eq!(model.list().selected, None, "the footer is no row");
}
