//! The table of keys and what the marks mean, over the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::{Clear, Widget};

use super::{Scene, put};
use crate::keys::TABLE;
use crate::theme::Tone;

/// Columns of the panel, its frame included.
const WIDTH: u16 = 78;

pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let legend = legend(scene);
    let keys: Vec<_> = TABLE.iter().filter(|row| row.works_on(scene.model.screen)).collect();
    let height = (keys.len() + legend.len() + 3) as u16;
    let panel = Rect {
        x: area.x + (area.width - WIDTH) / 2,
        y: area.y + (area.height.saturating_sub(height)) / 2,
        width: WIDTH,
        height: height.min(area.height),
    };
    Clear.render(panel, buffer);
    let inner = scene.panel(vec![scene.strong("Keys")], panel, buffer);
    for (at, row) in keys.iter().enumerate() {
        let spans = vec![
            Span::raw("  "),
            scene.span(format!("{:<7}", row.name), Tone::Key),
            scene.plain(row.long),
        ];
        put(inner, at as u16, spans, buffer);
    }
    for (at, spans) in legend.into_iter().enumerate() {
        put(inner, (keys.len() + 1 + at) as u16, spans, buffer);
    }
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
