//! Everything that happened since the screen was opened, newest first: the whole height for it, and
//! a cursor to go from a line to what it tells of.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::theme::Tone;
use crate::view::{Scene, events, put};

pub(in crate::view) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let all = scene.model.all_events;
    let places = usize::from(area.height.saturating_sub(2));
    let selected = scene.model.list().selected.as_deref();
    let at = scene.log.iter().position(|line| Some(line.number.to_string().as_str()) == selected);
    let first = at.map_or(0, |at| (at + 1).saturating_sub(places));
    let n = scene.log.len();
    let mut title = events::title(scene, all);
    if n > places {
        let range = format!("  {}-{} of {n}", first + 1, (first + places).min(n));
        title.push(scene.span(range, Tone::Dim));
    }
    let inner = scene.panel(title, area, buffer);
    let shown = scene.log.iter().enumerate().skip(first).take(places);
    for (row, (place, line)) in (0..).zip(shown) {
        let mut spans = events::spans(scene, line, usize::from(inner.width));
        if at == Some(place) {
            spans[0] = spans[0].clone().patch_style(scene.theme.selected());
        }
        put(inner, row, spans, buffer);
    }
    scene.rows_at(inner.y, (n - first.min(n)).min(places), first);
    if n == 0 && scene.picture.snapshot.is_some() {
        let text = if scene.model.list().filter.is_empty() {
            events::empty(all)
        } else {
            " No line matches. Esc shows all again."
        };
        put(inner, 0, vec![scene.plain(text)], buffer);
    }
}
