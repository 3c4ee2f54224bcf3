//! `--once`: text, JSON, CSV and Markdown, kept in `tests/frames/` too, and the JSON held against
//! the schemas of `docs/`.

mod support;

use acd_tui::check::{Ask, judge};
use acd_tui::model::Model;
use acd_tui::once::{Form, OnceError, What, print, report, text};
use acd_tui::screen::Screen;
use acd_tui::theme::{Palette, Theme};
use serde_json::{Value, json};
use support::{busy, busy_city, check, connected, detailed, schema};

const TOP: &str = include_str!("../../docs/top.schema.json");
const ROWS: &str = include_str!("../../docs/top.rows.schema.json");
const CHECK: &str = include_str!("../../docs/check.schema.json");

/// The screens that have rows at one instant.
const SCREENS: [Screen; 5] =
    [Screen::Overview, Screen::Queue, Screen::Agents, Screen::Engine, Screen::Alerts];

/// What is wrong with a JSON by a schema.
fn wrong(schema: &str, instance: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(schema).expect("a schema is JSON");
    schema::wrong(&schema, instance)
}

fn printed(model: &Model, form: Form, screen: Option<Screen>) -> String {
    print(model, What { form, screen }, false).expect("it has rows")
}

#[test]
fn the_table_as_text() {
    check("once", &text(&busy(), &Theme::new(Palette::Mono, false)));
    let ascii = text(&busy(), &Theme::new(Palette::Mono, true));
    assert!(ascii.is_ascii(), "{ascii}");
}

#[test]
fn the_report_as_json() {
    let report = report(&busy());
    let json = serde_json::to_string_pretty(&report).expect("a report is JSON");
    check("once-json", &(json + "\n"));
}

#[test]
fn without_numbers_there_is_still_a_table_and_json() {
    let model = connected();
    assert!(text(&model, &Theme::new(Palette::Mono, false)).contains("TOTAL"));
    let json = serde_json::to_value(report(&model)).expect("a report is JSON");
    assert_eq!(json["schema"], "acd.top/1");
    assert_eq!(json["queues"], serde_json::json!([]));
}

#[test]
fn the_json_is_as_its_schema_says() {
    let none: Vec<String> = Vec::new();
    for model in [busy(), detailed(), connected()] {
        let json: Value = serde_json::from_str(&printed(&model, Form::Json, None)).expect("JSON");
        assert_eq!(wrong(TOP, &json), none);
        for screen in SCREENS {
            let rows = printed(&model, Form::Json, Some(screen));
            let rows: Value = serde_json::from_str(&rows).expect("JSON");
            assert_eq!(wrong(ROWS, &rows), none, "{screen:?}");
        }
    }
    let verdict = judge(&busy_city(), &Ask::default()).expect("the queues are there");
    let verdict = serde_json::to_value(verdict).expect("a verdict is JSON");
    assert_eq!(wrong(CHECK, &verdict), none);
}

#[test]
fn a_schema_notices_what_is_taken_away_or_renamed() {
    let whole = serde_json::to_value(report(&busy())).expect("JSON");
    for (pointer, member) in [("", "seq"), ("/queues/0", "waiting"), ("/agents", "reasons")] {
        let mut less = whole.clone();
        let object = less.pointer_mut(pointer).and_then(Value::as_object_mut);
        object.expect("an object").remove(member).expect("a member");
        assert_eq!(wrong(TOP, &less).len(), 1, "{pointer}/{member}");
    }
    let mut other = whole;
    other["queues"][0]["severity"] = json!("bad");
    assert_eq!(wrong(TOP, &other).len(), 1);
}

#[test]
fn the_rows_of_every_screen_in_every_form() {
    let model = detailed();
    for screen in SCREENS {
        for (form, name) in [(Form::Csv, "csv"), (Form::Markdown, "md"), (Form::Text, "text")] {
            let text = printed(&model, form, Some(screen)).replace("\r\n", "\n");
            check(&format!("once-{}-{name}", screen.name()), &text);
        }
    }
    for screen in [Screen::Trace, Screen::Log] {
        let what = What { form: Form::Csv, screen: Some(screen) };
        let error = print(&model, what, false).expect_err("it has no rows");
        assert!(matches!(error, OnceError::NoRows(_)), "{error}");
    }
    let columns = printed(&model, Form::Csv, None);
    assert!(columns.starts_with("queue,open,severity,"), "{columns}");
}
