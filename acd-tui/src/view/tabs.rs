//! The second line: the screens that work, and the order of the queues.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::{Scene, put, put_right};
use crate::rows::{AgentSort, AlertSort, ContactSort, Sort};
use crate::screen::Screen;
use crate::theme::Tone;

/// Columns below which the tabs stand closer together.
const CLOSE_BELOW: u16 = 96;

pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    // Where there is little room the screens stand closer together.
    let gap = if area.width < CLOSE_BELOW { " " } else { "  " };
    let mut spans = vec![Span::raw(" ")];
    let mut x = area.x + 1;
    for screen in Screen::ALL {
        let text = format!("{} {}", screen.digit(), screen.title());
        let shown = screen == scene.model.screen;
        let width = text.len() as u16;
        scene.places.borrow_mut().tabs.push((area.y, x, x + width - 1, screen));
        x += width + gap.len() as u16;
        spans.push(scene.span(text, if shown { Tone::Strong } else { Tone::Dim }));
        spans.push(Span::raw(gap));
    }
    let right = put_right(area, order(scene), buffer);
    let left = Rect { width: area.width.saturating_sub(right + 1), ..area };
    put(left, 0, spans, buffer);
}

/// `sort:LONGEST▼`: the arrow says that the greatest come first.
fn order(scene: &Scene<'_>) -> Vec<Span<'static>> {
    let list = scene.model.list();
    let mut spans = Vec::new();
    if !list.filter.is_empty() {
        let text = crate::safe::text(list.filter.text());
        spans.push(scene.span(format!("filter:{text}   "), Tone::Warn));
    }
    let Some((title, falls)) = sort(scene.model.screen, list.sort) else { return spans };
    let arrow = scene.theme.glyphs.order[usize::from(falls != list.reversed)];
    spans.push(scene.dim("sort:"));
    spans.push(scene.plain(title));
    spans.push(scene.glyph(&format!("{arrow} "), Tone::Plain));
    spans
}

/// The order of a screen's list, and whether the greatest come first.
fn sort(screen: Screen, at: usize) -> Option<(&'static str, bool)> {
    match screen {
        Screen::Overview => {
            let sort = Sort::ALL[at % Sort::ALL.len()];
            Some((sort.title(), !matches!(sort, Sort::Level | Sort::Name | Sort::Configured)))
        }
        Screen::Queue => {
            let sort = ContactSort::ALL[at % ContactSort::ALL.len()];
            Some((sort.title(), sort != ContactSort::Channel))
        }
        Screen::Agents => {
            let sort = AgentSort::ALL[at % AgentSort::ALL.len()];
            Some((sort.title(), sort != AgentSort::Name))
        }
        Screen::Alerts => {
            let sort = AlertSort::ALL[at % AlertSort::ALL.len()];
            Some((sort.title(), sort != AlertSort::Subject))
        }
        Screen::Trace | Screen::Engine | Screen::Log => None,
    }
}
