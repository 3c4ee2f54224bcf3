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

use super::columns::{self, Column};
use super::{QUEUES_FIXED, Room, Scene, put};
use crate::format::duration;
use crate::model::Link;
use crate::rows::{self, QueueLine};
use crate::theme::Tone;

pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let places = usize::from(area.height.saturating_sub(QUEUES_FIXED));
    let first = first_shown(scene, places);
    let inner = scene.panel(title(scene, first, places), area, buffer);
    let columns = columns::columns(scene.room, usize::from(inner.width).saturating_sub(2));
    put(inner, 0, heading(scene, &columns), buffer);
    if scene.lines.is_empty() {
        for (row, text) in empty(scene).into_iter().enumerate() {
            put(inner, row as u16 + 1, vec![scene.plain(format!("  {text}"))], buffer);
        }
        return;
    }
    let selected = scene.selected();
    let shown = scene.lines.iter().enumerate().skip(first).take(places);
    for (row, (at, line)) in shown.enumerate() {
        put(inner, row as u16 + 1, row_spans(scene, &columns, line, selected == Some(at)), buffer);
    }
    let total = rows::total(&scene.lines, &scene.agents);
    put(inner, inner.height - 1, row_spans(scene, &columns, &total, false), buffer);
}

/// The first queue shown, so that the one the cursor stands on is.
fn first_shown(scene: &Scene<'_>, places: usize) -> usize {
    scene.selected().map_or(0, |at| (at + 1).saturating_sub(places))
}

fn title(scene: &Scene<'_>, first: usize, places: usize) -> Vec<Span<'static>> {
    let mut spans = vec![scene.strong("Queues")];
    let n = scene.lines.len();
    if n > places {
        let last = (first + places).min(n);
        let range = format!(" {}-{last} of {n} (j/k for more)", first + 1);
        spans.push(scene.span(range, Tone::Warn));
    }
    let dot = scene.theme.glyphs.dot;
    let goal = goal(&scene.lines);
    let legend = if scene.room == Room::Compact && n > places {
        // Which rows are shown matters more than what the headings mean.
        String::new()
    } else if scene.room == Room::Compact {
        format!("  NOW {dot} 15m: SL = answered in {goal} / offered")
    } else {
        format!("  NOW live {dot} 15m, TODAY by end {dot} SL = answered in {goal} / offered")
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

fn heading(scene: &Scene<'_>, columns: &[Column]) -> Vec<Span<'static>> {
    let mut spans = vec![scene.plain("  ")];
    for column in columns {
        push_divider(scene, column, &mut spans);
        spans.push(scene.strong(column.heading(scene.theme)));
    }
    spans
}

fn row_spans(
    scene: &Scene<'_>,
    columns: &[Column],
    line: &QueueLine,
    selected: bool,
) -> Vec<Span<'static>> {
    let theme = scene.theme;
    let marker = format!("{} ", theme.marker(line.severity));
    let mut spans = vec![Span::styled(marker, theme.style(line.severity.into()))];
    for (at, column) in columns.iter().enumerate() {
        push_divider(scene, column, &mut spans);
        let cell = column.cell(line, theme);
        let style = theme.style(cell.tone);
        let style = if selected && at == 0 { style.patch(theme.selected()) } else { style };
        spans.push(Span::styled(cell.text, style));
        spans.push(Span::styled(cell.beside, theme.style(Tone::Dim)));
    }
    spans
}

fn push_divider(scene: &Scene<'_>, column: &Column, spans: &mut Vec<Span<'static>>) {
    if column.divided {
        spans.push(Span::styled(scene.theme.glyphs.divider, scene.theme.frame()));
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
        (Some(_), _) if !model.filter.is_empty() => {
            let text = crate::safe::text(model.filter.text());
            vec![format!("No queue's name matches /{text}. Esc shows all again.")]
        }
        (Some(_), _) => {
            vec!["No queues are defined: add one to the configuration, then acd ctl reload.".into()]
        }
    }
}
