//! The table of keys and what the marks mean, over the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::{Clear, Widget};

use super::{Scene, put};
use crate::keys::{Action, Row};
use crate::theme::Tone;

/// Columns of the panel, its frame included.
const WIDTH: u16 = 78;
/// And where two columns are needed.
const WIDTH_OF_TWO: u16 = 118;

pub(super) fn draw(scene: &Scene<'_>, looked_for: Option<&str>, area: Rect, buffer: &mut Buffer) {
    let wanted = looked_for.unwrap_or_default().to_lowercase();
    let rows = scene.model.keys.on(scene.model.screen, scene.model.ops);
    // The acts have a menu of their own; here they are found by looking for them.
    let keys: Vec<_> = rows
        .filter(|row| looked_for.is_some() || !matches!(row.action, Action::Act(_)))
        .map(|row| (names(row), row.long))
        .filter(|(names, long)| format!("{names} {long}").to_lowercase().contains(&wanted))
        .collect();
    let mut legend = legend(scene);
    if looked_for.is_some() || keys.len() + legend.len() + 3 > usize::from(area.height) {
        legend.clear();
    }
    // Two columns where one is not high enough.
    let columns = if keys.len() + 3 > usize::from(area.height) { 2 } else { 1 };
    let lines = keys.len().div_ceil(columns).max(1);
    let height = (lines + legend.len() + 3) as u16;
    let width = if columns == 1 { WIDTH } else { area.width.min(WIDTH_OF_TWO) };
    let panel = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height.saturating_sub(height)) / 2,
        width,
        height: height.min(area.height),
    };
    Clear.render(panel, buffer);
    let title = format!("Keys of {}", scene.model.screen.title());
    let inner = scene.panel(vec![scene.strong(title)], panel, buffer);
    let each = inner.width / columns as u16;
    for (at, (names, long)) in keys.iter().enumerate() {
        let x = inner.x + each * (at / lines) as u16;
        let cell = Rect { x, width: each, ..inner };
        let room = usize::from(each).saturating_sub(11);
        let spans = vec![
            Span::raw("  "),
            scene.span(format!("{names:<8}"), Tone::Key),
            scene.plain(crate::safe::cut(long, room, scene.theme.glyphs.ellipsis)),
        ];
        put(cell, (at % lines) as u16, spans, buffer);
    }
    if keys.is_empty() {
        put(inner, 0, vec![scene.plain("  No key does that here.")], buffer);
    }
    for (at, spans) in legend.into_iter().enumerate() {
        put(inner, (lines + 1 + at) as u16, spans, buffer);
    }
}

/// Keys of a row: `?`, `j Down`, ...
fn names(row: &Row) -> String {
    let names: Vec<_> = row.keys.iter().map(ToString::to_string).collect();
    names.join(" ")
}

fn legend(scene: &Scene<'_>) -> Vec<Vec<Span<'static>>> {
    let glyphs = &scene.theme.glyphs;
    let [ready, ringing, busy, wrap, aux, out] = glyphs.agents;
    vec![
        vec![
            scene.glyph(&format!("  {} ", glyphs.warn), Tone::Warn),
            scene.plain("longest wait over its goal, or SL below its target"),
        ],
        vec![
            scene.glyph(&format!("  {} ", glyphs.critical), Tone::Critical),
            scene.plain("twice the goal, or 15 points below the target"),
        ],
        vec![
            scene.glyph(&format!("  {ready} "), Tone::Good),
            scene.glyph(
                &format!("ready {ringing} ringing {busy} busy {wrap} wrap-up {aux} not ready {out} signed out"),
                Tone::Plain,
            ),
        ],
        vec![scene.dim("  EWT expected wait   ASA mean wait of the answered   OFFD answered+abandoned")],
    ]
}
