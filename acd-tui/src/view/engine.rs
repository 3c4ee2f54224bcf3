//! How the server does: decisions, hand-off, clients. A framed line, or a bare one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::{Room, Scene, put};
use crate::format::{bytes, count, nanos};
use crate::theme::Tone;

pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let compact = scene.room == Room::Compact;
    let line = if area.height == 1 {
        area
    } else {
        scene.panel(vec![scene.strong("Engine")], area, buffer)
    };
    let Some(engine) = scene.picture.snapshot.as_ref().and_then(|s| s.engine.as_ref()) else {
        return;
    };
    let (decision, reply) = (&engine.decision_ns, &engine.request_to_event_us);
    let clients: u32 = engine.connections.values().sum();
    let micros = |us: u64| nanos(us.saturating_mul(1_000));
    let mut parts = if compact {
        vec![
            format!("decision p99 {}", nanos(decision.p99)),
            format!("to event p99 {}", micros(reply.p99)),
        ]
    } else {
        vec![
            format!("decision p50 {} p99 {}", nanos(decision.p50), nanos(decision.p99)),
            format!("to event p50 {} p99 {}", micros(reply.p50), micros(reply.p99)),
            format!("{} commands, {} refused", count(engine.commands), count(engine.rejections)),
        ]
    };
    parts.push(format!("clients {clients}"));
    if scene.room == Room::Wider {
        parts.push(format!("memory {}", bytes(engine.rss)));
    }
    let divider = if compact { "  " } else { " | " };
    let divider = if compact || scene.theme.glyphs.ascii { divider } else { " │ " };
    let mut spans = vec![Span::raw(" ")];
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            spans.push(scene.glyph(divider, Tone::Dim));
        }
        spans.push(scene.plain(part));
        if part.starts_with("clients") {
            spans.extend(slow(scene, engine.slow));
        }
    }
    put(line, 0, spans, buffer);
}

/// Clients cut off since start for reading too slowly.
fn slow(scene: &Scene<'_>, n: u64) -> Vec<Span<'static>> {
    if n == 0 {
        return vec![scene.dim(" (0 slow)")];
    }
    let marker = scene.theme.glyphs.warn;
    vec![scene.glyph(&format!(" ({marker} {n} slow)"), Tone::Warn)]
}
