//! The queues panel: one row a queue, the total last.
//!
//! ```text
//! ┌ Queues  NOW live · 15m, TODAY by end · SL answered in goal time / offered ──────────────────┐
//! │  QUEUE            │NOW WAIT LONGEST   EWT RDY BUSY WRAP AUX│15m SL /GOAL  ASA  ABN%  OFFD│…
//! │■ water-emergency  │       7    2:14  0:50   0    6    1   1│   61%▼/80   0:48   9.1    44│…
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::table::Table;
use super::{QUEUES_FIXED, Room, Scene, columns, put};
use crate::format::duration;
use crate::model::Link;
use crate::rows::{self, QueueLine};
use crate::theme::Tone;

pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let places = usize::from(area.height.saturating_sub(QUEUES_FIXED));
    let table = Table {
        columns: columns::columns(
            scene.room,
            usize::from(area.width).saturating_sub(4),
            scene.model.window,
        ),
        rows: &scene.lines,
        selected: scene.selected(),
        severity: |line| line.severity,
        clicked: true,
    };
    let inner =
        scene.panel(title(scene, &table.range(places), scene.lines.len() > places), area, buffer);
    let rows = Rect { height: inner.height.saturating_sub(1), ..inner };
    table.draw(scene, rows, buffer);
    if scene.lines.is_empty() {
        for (row, text) in empty(scene).into_iter().enumerate() {
            put(inner, row as u16 + 1, vec![scene.plain(format!("  {text}"))], buffer);
        }
        return;
    }
    let total = rows::total(&scene.lines, &scene.agents);
    put(inner, inner.height - 1, table.row(scene, &total, false), buffer);
}

fn title(scene: &Scene<'_>, range: &str, cut: bool) -> Vec<Span<'static>> {
    let mut spans = vec![scene.strong("Queues")];
    if cut {
        spans.push(scene.span(range, Tone::Warn));
    }
    let dot = scene.theme.glyphs.dot;
    let goal = goal(&scene.lines);
    let window = scene.model.window.title();
    let legend = if scene.room == Room::Compact && cut {
        // Which rows are shown matters more than what the headings mean.
        String::new()
    } else if scene.room == Room::Compact {
        format!("  NOW {dot} {window}: SL = answered in {goal} / offered")
    } else {
        format!("  NOW live {dot} {window}, TODAY by end {dot} SL = answered in {goal} / offered")
    };
    spans.push(Span::styled(legend, scene.theme.style(Tone::Dim)));
    spans
}

/// `1:15` where all queues agree, else `goal time`.
fn goal(lines: &[QueueLine]) -> String {
    let first = lines.first().map(|line| line.threshold_ms);
    match first {
        Some(ms) if lines.iter().all(|line| line.threshold_ms == ms) => duration(ms),
        _ => "goal time".into(),
    }
}

/// What to say, and to do, where there is no queue to show.
fn empty(scene: &Scene<'_>) -> Vec<String> {
    let model = scene.model;
    match (&scene.picture.snapshot, &model.link) {
        (None, Link::Down { why, .. }) => {
            let address = &model.address;
            vec![if why.is_empty() {
                format!("Connecting to {address} ...")
            } else {
                format!("No numbers yet: {why}")
            }]
        }
        (None, Link::Live { .. }) => vec!["Connected; waiting for the first numbers ...".into()],
        (Some(_), _) if !model.list().filter.is_empty() => {
            let text = crate::safe::text(model.list().filter.text());
            vec![format!("No queue's name matches /{text}. Esc shows all again.")]
        }
        (Some(_), _) => {
            vec!["No queues are defined: add one to the configuration, then acd ctl reload.".into()]
        }
    }
}
