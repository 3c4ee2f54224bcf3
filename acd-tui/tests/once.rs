//! `--once`: the text and the JSON, kept in `tests/frames/` too.

mod support;

use acd_tui::once::{report, text};
use acd_tui::theme::{Palette, Theme};
use support::{busy, check, connected};

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
