//! What happened, newest first: only what is notable, or everything.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::{Scene, put};
use crate::judge::Severity;
use crate::safe;
use crate::theme::Tone;
use crate::words::Line;

/// Columns of a line before its text: a space, the time, the marker between spaces.
const BEFORE_TEXT: usize = 12;

pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let all = scene.model.all_events;
    let inner = scene.panel(title(scene, all), area, buffer);
    let filter = &scene.model.list().filter;
    let shown = scene.picture.log.lines(all).filter(|line| {
        let queue = line.queue.as_deref();
        queue.is_none_or(|queue| filter.passes(&[("queue", queue)]))
    });
    let mut row = 0;
    for line in shown.take(usize::from(inner.height)) {
        put(inner, row, spans(scene, line, usize::from(inner.width)), buffer);
        row += 1;
    }
    if row == 0 && scene.picture.snapshot.is_some() {
        put(inner, 0, vec![scene.dim(empty(all))], buffer);
    }
}

pub(super) fn title(scene: &Scene<'_>, all: bool) -> Vec<Span<'static>> {
    let which = if all { "  all (e: notable only)" } else { "  notable (e: all)" };
    vec![scene.strong("Events"), scene.dim(which)]
}

pub(super) const fn empty(all: bool) -> &'static str {
    if all {
        " Nothing happened since this screen was opened."
    } else {
        " Nothing out of the ordinary since this screen was opened."
    }
}

pub(super) fn spans(scene: &Scene<'_>, line: &Line, width: usize) -> Vec<Span<'static>> {
    let theme = scene.theme;
    let time = scene.picture.clock.show(line.ts, "%H:%M:%S");
    let times = match line.times {
        0 | 1 => String::new(),
        times => format!("  {}{times}", theme.glyphs.times),
    };
    let room = width.saturating_sub(BEFORE_TEXT + safe::width(&times));
    let text = safe::cut(&theme.text(&line.text), room, theme.glyphs.ellipsis);
    let tone = match (line.severity, line.notable) {
        (Severity::Critical, _) => Tone::Strong,
        (Severity::Calm, false) => Tone::Dim,
        _ => Tone::Plain,
    };
    vec![
        scene.dim(format!(" {time}")),
        scene.glyph(&format!(" {} ", theme.marker(line.severity)), line.severity.into()),
        scene.glyph(&text, tone),
        scene.glyph(&times, Tone::Strong),
    ]
}
