//! The second line: the screens that work, and the order of the queues.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::{Scene, put, put_right};
use crate::rows::Sort;
use crate::screen::Screen;
use crate::theme::Tone;

pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let mut spans = vec![Span::raw(" ")];
    for screen in Screen::ALL {
        let text = format!("{} {}", screen.digit(), screen.title());
        let shown = screen == scene.model.screen;
        spans.push(scene.span(text, if shown { Tone::Strong } else { Tone::Dim }));
        spans.push(Span::raw("  "));
    }
    put(area, 0, spans, buffer);
    put_right(area, order(scene), buffer);
}

/// `sort:LONGEST▼`: the arrow says that the greatest come first.
fn order(scene: &Scene<'_>) -> Vec<Span<'static>> {
    let model = scene.model;
    let falls = !matches!(model.sort, Sort::Level | Sort::Name | Sort::Configured);
    let arrow = scene.theme.glyphs.order[usize::from(falls != model.reversed)];
    let filter = if model.filter.is_empty() {
        Vec::new()
    } else {
        let text = crate::safe::text(model.filter.text());
        vec![scene.span(format!("filter:{text}   "), Tone::Warn)]
    };
    let mut spans = filter;
    spans.push(scene.dim("sort:"));
    spans.push(scene.plain(model.sort.title()));
    spans.push(scene.glyph(&format!("{arrow} "), Tone::Plain));
    spans
}
