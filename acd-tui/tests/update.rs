//! What keys, events, silence and reconnection do to the model. Nothing is drawn here.

mod support;

use std::time::Duration;

use acd_proto::event::{ContactRef, Event, EventBody};
use acd_proto::snapshot::Snapshot;
use acd_tui::ask::Ask;
use acd_tui::judge::Severity;
use acd_tui::message::Message;
use acd_tui::model::{Link, Model, Overlay, Resumed};
use acd_tui::rows::{self, Sort};
use acd_tui::update::{Next, SILENT_MAX, update};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use support::{NOW, TAKEN, busy, busy_city, connected, counted, hello, press, showing};

fn names(model: &Model) -> Vec<String> {
    rows::queues(model).into_iter().map(|line| line.raw).collect()
}

fn sort(model: &Model) -> Sort {
    Sort::ALL[model.list().sort % Sort::ALL.len()]
}

fn longest(model: &Model, queue: &str) -> Option<u64> {
    rows::queues(model).into_iter().find(|line| line.raw == queue)?.longest_ms
}

fn abandoned(contact: &str, queue: &str, ts: u64) -> Message {
    let of = ContactRef { contact: contact.into(), ext: contact.into(), queue: queue.into() };
    let body = EventBody::Abandoned { of, wait_ms: 90_000 };
    Message::Event(Box::new(Event { seq: 1, ts, body }))
}

#[test]
fn the_most_urgent_queue_comes_first() {
    let model = busy();
    assert_eq!(names(&model)[..3], ["water-emergency", "sanitation", "spanish"]);
    assert_eq!(model.live.alerts.counts(), (2, 1));
}

#[test]
fn s_goes_through_the_orders_and_capital_s_turns_them_round() {
    let mut model = busy();
    press(&mut model, "s");
    assert_eq!(sort(&model), Sort::Longest);
    assert_eq!(names(&model)[0], "email");
    press(&mut model, "S");
    assert_eq!(names(&model).last().map(String::as_str), Some("email"));
    press(&mut model, "ssss");
    assert_eq!((sort(&model), model.list().reversed), (Sort::Configured, false));
    assert_eq!(names(&model)[..2], ["general", "water-emergency"]);
    press(&mut model, "s");
    assert_eq!(sort(&model), Sort::Urgency);
}

#[test]
fn a_filter_works_while_it_is_typed_and_escape_takes_it_back() {
    let mut model = busy();
    press(&mut model, "/san");
    assert_eq!(names(&model), ["sanitation"]);
    press(&mut model, "\n");
    assert_eq!(model.overlay, Overlay::None);
    press(&mut model, "/xyz");
    assert!(names(&model).is_empty());
    press(&mut model, "\x1b");
    assert_eq!(names(&model), ["sanitation"], "as before it was typed");
    press(&mut model, "\x1b");
    assert_eq!(names(&model).len(), 9);
}

#[test]
fn keys_typed_into_the_filter_are_text() {
    let mut model = busy();
    assert_eq!(press(&mut model, "/qs 1"), Next::Draw);
    assert_eq!(model.list().filter.text(), "qs 1");
    assert_eq!(sort(&model), Sort::Urgency);
    let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    let next = update(&mut model, TAKEN, Message::Key(control_c));
    assert_eq!(next, Next::Quit { keep_frame: false });
}

#[test]
fn the_cursor_stays_on_its_queue_when_the_order_changes() {
    let mut model = busy();
    press(&mut model, "jj");
    assert_eq!(model.list().selected.as_deref(), Some("sanitation"));
    press(&mut model, "sss");
    assert_eq!(model.list().selected.as_deref(), Some("sanitation"));
    press(&mut model, "gkG");
    assert_eq!(model.list().selected, names(&model).last().cloned());
    press(&mut model, "j");
    assert_eq!(model.list().selected, names(&model).last().cloned(), "there is no queue below");
    press(&mut model, "\x1b");
    assert_eq!(model.list().selected, None);
}

#[test]
fn moving_the_cursor_where_there_is_no_queue_does_nothing() {
    let mut model = connected();
    press(&mut model, "jkgG");
    assert_eq!(model.list().selected, None);
}

#[test]
fn waits_grow_when_the_next_snapshot_is_late() {
    let mut model = showing(busy_city());
    assert_eq!(longest(&model, "spanish"), Some(55_000));
    update(&mut model, TAKEN + Duration::from_secs(1), Message::Tick);
    assert_eq!(longest(&model, "spanish"), Some(55_000), "as the snapshot says, while it is fresh");
    update(&mut model, TAKEN + Duration::from_secs(3), Message::Tick);
    assert_eq!(longest(&model, "spanish"), Some(58_000));
    let why = "gone".to_owned();
    let lost = Message::Disconnected { why, attempt: 1, retry_in: Duration::ZERO };
    update(&mut model, TAKEN + Duration::from_secs(5), lost);
    update(&mut model, TAKEN + Duration::from_secs(66), Message::Tick);
    assert_eq!(longest(&model, "spanish"), Some(121_000));
    let line = rows::queues(&model).into_iter().find(|line| line.raw == "spanish");
    assert_eq!(line.map(|line| line.wait_severity), Some(Severity::Critical));
}

#[test]
fn a_silent_server_counts_as_lost() {
    let mut model = showing(busy_city());
    let late = TAKEN + SILENT_MAX + Duration::from_millis(1);
    assert_eq!(update(&mut model, late, Message::Tick), Next::Draw);
    assert!(matches!(model.link, Link::Down { since: TAKEN, .. }));
    update(&mut model, late, Message::Snapshot(Box::new(busy_city())));
    assert_eq!(model.link, Link::Live { resumed: None }, "its next word proves it alive");
}

#[test]
fn stale_since_the_last_numbers_however_many_tries_fail() {
    let mut model = showing(busy_city());
    for (at, attempt) in [(2, 1), (4, 2), (9, 3)] {
        let why = "refused".to_owned();
        let lost = Message::Disconnected { why, attempt, retry_in: Duration::from_secs(4) };
        update(&mut model, TAKEN + Duration::from_secs(at), lost);
    }
    let Link::Down { since, attempt, next_at, .. } = model.link else { panic!("it is down") };
    assert_eq!((since, attempt), (TAKEN, 3));
    assert_eq!(next_at, TAKEN + Duration::from_secs(13));
}

#[test]
fn a_resumption_is_told_for_a_while() {
    let mut model = showing(busy_city());
    let resumed = Resumed { seq: 88_123, events: Some(14) };
    update(&mut model, TAKEN, hello(Some(resumed)));
    assert!(matches!(model.link, Link::Live { resumed: Some((told, _)) } if told == resumed));
    let later = TAKEN + Duration::from_secs(30);
    update(&mut model, later, Message::Snapshot(Box::new(busy_city())));
    assert_eq!(update(&mut model, later, Message::Tick), Next::Draw);
    assert_eq!(model.link, Link::Live { resumed: None });
}

#[test]
fn pause_stands_still_and_goes_on_recording() {
    let mut model = showing(busy_city());
    press(&mut model, " ");
    let mut newer = busy_city();
    newer.now = NOW + 30_000_000;
    newer.queues.as_mut().expect("queues")[3].waiting = 400;
    let later = TAKEN + Duration::from_secs(30);
    assert_eq!(update(&mut model, later, Message::Snapshot(Box::new(newer))), Next::Keep);
    assert_eq!(update(&mut model, later, abandoned("c-1", "spanish", NOW)), Next::Keep);
    assert_eq!(longest(&model, "spanish"), Some(55_000));
    assert_eq!(model.shown().0.log.lines(false).count(), 0);
    press(&mut model, " ");
    let spanish = rows::queues(&model).into_iter().find(|line| line.raw == "spanish");
    assert_eq!(spanish.map(|line| line.waiting), Some(400));
    assert_eq!(model.shown().0.log.lines(false).count(), 1);
}

#[test]
fn a_queue_that_gets_worse_is_told_once() {
    let mut calm = busy_city();
    for row in calm.queues.iter_mut().flatten() {
        row.longest_ms = None;
        row.interval.service_level = None;
    }
    let mut model = showing(calm);
    for second in [1, 10, 11, 12] {
        let busy = Snapshot { now: NOW + second * 1_000_000, ..busy_city() };
        update(&mut model, TAKEN, Message::Snapshot(Box::new(busy)));
        let told = model.live.log.lines(false).count();
        assert_eq!(told > 0, second > 10, "ten seconds are held");
    }
    let told: Vec<_> = model.live.log.lines(false).map(|line| line.text.as_str()).collect();
    assert_eq!(
        told,
        [
            "spanish: service level (15m) 78% < 80%",
            "sanitation: service level (15m) 74% < 80%",
            "sanitation: longest wait 1:37 > 1:00",
            "water-emergency: service level (15m) 61% < 65%",
            "water-emergency: longest wait 2:14 > 2:00",
        ]
    );
}

#[test]
fn only_what_can_be_seen_asks_for_a_frame() {
    let mut model = showing(busy_city());
    let of = ContactRef { contact: "c-1".into(), ext: "1".into(), queue: "spanish".into() };
    let body = EventBody::Promoted { of, promotions: 1 };
    let event = Message::Event(Box::new(Event { seq: 1, ts: NOW, body }));
    assert_eq!(update(&mut model, TAKEN, event), Next::Keep);
    assert_eq!(update(&mut model, TAKEN, abandoned("c-2", "spanish", NOW)), Next::Draw);
    assert_eq!(update(&mut model, TAKEN, Message::Tick), Next::Keep);
    let second = TAKEN + Duration::from_secs(1);
    assert_eq!(update(&mut model, second, Message::Tick), Next::Draw);
    assert_eq!(press(&mut model, "7"), Next::Keep, "a screen that does not work yet");
}

#[test]
fn other_windows_are_counted_by_the_server_while_they_are_looked_at() {
    let mut model = busy();
    let offered = |model: &Model| {
        let queues = rows::queues(model);
        queues.iter().find(|line| line.raw == "spanish").map(|line| line.interval.offered)
    };
    assert_eq!((offered(&model), model.asks.len()), (Some(37), 0));
    press(&mut model, "]]");
    assert_eq!(model.window.title(), "day");
    assert_eq!(offered(&model), Some(402));
    model.asks.clear();
    press(&mut model, "[[[[");
    assert_eq!(model.window.title(), "5m");
    assert_eq!(model.asks.pop_back(), Some(Ask::Statistics));
    assert_eq!(offered(&model), Some(0), "not told yet");
    model.asks.clear();
    update(&mut model, TAKEN, Message::Snapshot(Box::new(busy_city())));
    assert_eq!(model.asks.len(), 0, "not at every snapshot");
    update(&mut model, TAKEN, Message::Counted(Ok(Box::new(counted("spanish")))));
    assert_eq!(offered(&model), Some(10));
    let later = TAKEN + Duration::from_secs(3);
    update(&mut model, later, Message::Snapshot(Box::new(busy_city())));
    assert_eq!(model.asks.len(), 1);
    update(&mut model, later, Message::Counted(Err("too many ask at once".into())));
    assert_eq!(model.complaint.as_deref(), Some("no statistics: too many ask at once"));
}

#[test]
fn any_key_closes_the_help_but_quit_quits() {
    let mut model = busy();
    press(&mut model, "?");
    assert_eq!(model.overlay, Overlay::Help { looked_for: None });
    press(&mut model, "s");
    assert_eq!((model.overlay.clone(), sort(&model)), (Overlay::None, Sort::Urgency));
    assert_eq!(press(&mut model, "?q"), Next::Quit { keep_frame: false });
    assert_eq!(press(&mut model, "Q"), Next::Quit { keep_frame: true });
}

#[test]
fn unanswered_offers_are_counted_for_fifteen_minutes() {
    let mut model = busy();
    assert_eq!(model.live.unanswered.len(), 1);
    let mut later = busy_city();
    later.now = NOW + 16 * 60_000_000;
    update(&mut model, TAKEN, Message::Snapshot(Box::new(later)));
    assert_eq!(model.live.unanswered.len(), 0);
}

#[test]
fn agents_are_counted_once_by_what_they_do() {
    let model = busy();
    let (picture, real) = model.shown();
    let agents = rows::agents(picture, real);
    assert_eq!((agents.ready, agents.ringing, agents.busy), (19, 4, 72));
    assert_eq!((agents.wrap_up, agents.not_ready, agents.signed_out), (7, 12, 31));
    assert_eq!(agents.reasons[0], ("lunch".to_owned(), 5));
    assert_eq!(agents.longest_idle, Some(("ortiz".to_owned(), 41_000)));
    assert_eq!((agents.long_calls, agents.occupancy), (3, Some(86)));
}

#[test]
fn the_total_is_weighted_by_contacts() {
    let model = busy();
    let (picture, real) = model.shown();
    let lines = rows::all_queues(picture, real);
    let total = rows::total(&lines, &rows::agents(picture, real));
    assert_eq!((total.waiting, total.interval.offered, total.interval.abandoned), (81, 537, 15));
    // 447 of 537 in time.
    let level = total.interval.service_level.expect("contacts were offered");
    assert!((level - 44_700.0 / 537.0).abs() < 1e-9);
    assert_eq!(total.depth.last(), Some(&81));
}
