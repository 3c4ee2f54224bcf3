//! The last line: the keys that work, or the filter while it is typed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::{Scene, put};
use crate::keys::TABLE;
use crate::model::Overlay;
use crate::safe;
use crate::theme::Tone;

pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let spans = match &scene.model.overlay {
        Overlay::Filter { typed, .. } => filter(scene, typed),
        Overlay::Help => vec![scene.dim(" any key closes this table")],
        Overlay::None => keys(scene),
    };
    put(area, 0, spans, buffer);
}

fn keys(scene: &Scene<'_>) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    for row in TABLE.iter().filter(|row| !row.foot.is_empty()) {
        // `?help`, `Space pause`: the key's own name stands out from what it does.
        let key = if row.foot.starts_with(row.name) {
            row.name.len()
        } else {
            row.foot.find(' ').unwrap_or(row.foot.len())
        };
        let (key, does) = row.foot.split_at(key);
        spans.push(Span::raw(" "));
        spans.push(scene.span(key, Tone::Key));
        spans.push(scene.plain(format!("{does} ")));
    }
    spans
}

fn filter(scene: &Scene<'_>, typed: &str) -> Vec<Span<'static>> {
    let all = scene.picture.snapshot.as_ref().and_then(|s| s.queues.as_ref()).map_or(0, Vec::len);
    vec![
        scene.span(" /", Tone::Key),
        scene.strong(safe::text(typed)),
        Span::styled(" ", scene.theme.selected()),
        scene.plain(format!("  {} of {all} queues", scene.lines.len())),
        scene.dim("   Enter keep  Esc undo  ^U clear"),
    ]
}
