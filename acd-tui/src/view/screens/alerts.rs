//! What is bad, the worst first, and what changed.
//!
//! ```text
//! ┌ Active 3 ─────────────────────────────────────────────────────────────────────┐
//! │  SINCE     FOR   OF               WHAT                        NOTE            │
//! │■ 19:41:33  0:34  water-emergency  longest wait 2:14 > 2:00    seen: crew out  │
//! └───────────────────────────────────────────────────────────────────────────────┘
//! ┌ What changed ─────────────────────────────────────────────────────────────────┐
//! └───────────────────────────────────────────────────────────────────────────────┘
//!   held 10 s before it counts, over when a tenth better than its limit
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use crate::format::duration;
use crate::rows::AlertLine;
use crate::theme::Tone;
use crate::view::table::{Cell, Column, Table, widen};
use crate::view::{Scene, events, put};
use crate::words;

pub(in crate::view) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let lines = &scene.alerts;
    let wanted = u16::try_from(lines.len().max(1)).unwrap_or(u16::MAX).saturating_add(3);
    let [active, history, rule] = Layout::vertical([
        Constraint::Length(wanted.min(area.height / 2)),
        Constraint::Min(4),
        Constraint::Length(1),
    ])
    .areas(area);
    let table = Table {
        columns: columns(usize::from(active.width) - 4),
        rows: lines,
        selected: scene.place(lines.iter().map(|line| line.id.as_str())),
        severity: |line| line.severity,
        clicked: true,
    };
    let places = usize::from(active.height.saturating_sub(3));
    let title = vec![
        scene.strong("Active"),
        scene.dim(format!("  {}", lines.len())),
        scene.span(table.range(places), Tone::Warn),
    ];
    let inner = scene.panel(title, active, buffer);
    table.draw(scene, inner, buffer);
    if lines.is_empty() {
        put(inner, 1, vec![scene.span("  Nothing is wrong.", Tone::Good)], buffer);
    }
    let inner = scene.panel(vec![scene.strong("What changed")], history, buffer);
    let changes: Vec<_> = scene.picture.alerts.history().take(usize::from(inner.height)).collect();
    for (row, change) in changes.iter().enumerate() {
        let line = words::alert(change, scene.picture.snapshot.as_ref());
        put(inner, row as u16, events::spans(scene, &line, usize::from(inner.width)), buffer);
    }
    let text = " held 10 s before it counts; over when a tenth better than its limit";
    put(rule, 0, vec![scene.dim(text)], buffer);
}

fn columns(width: usize) -> Vec<Column<AlertLine>> {
    let mut columns = vec![
        Column::new("SINCE", 9, |line: &AlertLine, _, _| plain(line, &line.since)).left(),
        Column::new("FOR", 6, |line: &AlertLine, _, _| plain(line, &duration(line.for_ms))),
        Column::new(" OF", 18, |line: &AlertLine, _, _| plain(line, &format!(" {}", line.subject)))
            .left(),
        Column::new("WHAT", 30, |line: &AlertLine, _, _| plain(line, &line.sentence)).left(),
        Column::new(" NOTE", 6, |line: &AlertLine, _, _| {
            Cell::new(format!(" {}", line.note), Tone::Strong)
        })
        .left(),
    ];
    if width > 110 {
        columns[2].width = 26;
        columns[3].width = 44;
    }
    let last = columns.len() - 1;
    widen(&mut columns, last, width);
    columns
}

fn plain(line: &AlertLine, text: &str) -> Cell {
    let tone = if line.muted { Tone::Dim } else { line.severity.into() };
    Cell::new(text.to_owned(), tone)
}
