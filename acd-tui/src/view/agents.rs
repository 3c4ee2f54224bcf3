//! What the agents do, in numbers: one line where there is little room, six where there is more.
//!
//! ```text
//! ┌ Agents 114 signed in ────────────────────────────────────────────┐
//! │ ○ ready 19   ◔ ringing 4   ● busy 72   ◐ wrap 7   ◌ aux 12       │
//! │ occupancy 86%   longest idle 0:41 ortiz   signed out 31          │
//! │ aux: lunch 5 · break 4 · coaching 2 · rona 1 ▲                   │
//! │ calls over 15 min: 3   not answered in 15 min: 2                 │
//! └──────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::{Room, Scene, put, put_right};
use crate::format::duration;
use crate::judge::Severity;
use crate::rows::Agents;
use crate::safe;
use crate::theme::Tone;
use crate::words::FORCED_REASONS;

/// Offers to one agent after another that went unanswered are counted for 15 minutes.
const UNANSWERED_US: u64 = 15 * 60_000_000;

pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let agents = &scene.agents;
    let inner = if area.height == 1 { area } else { scene.panel(title(scene), area, buffer) };
    if scene.picture.snapshot.is_none() {
        return;
    }
    if agents.signed_in() == 0 {
        return nobody(scene, inner, buffer);
    }
    put(inner, 0, states(scene), buffer);
    if scene.room == Room::Compact {
        let line = Rect { height: 1, width: inner.width.saturating_sub(1), ..inner };
        put_right(line, occupancy(scene), buffer);
        return;
    }
    put(inner, 1, working(scene), buffer);
    put(inner, 2, reasons(scene, usize::from(inner.width)), buffer);
    put(inner, 3, remarkable(scene), buffer);
}

fn title(scene: &Scene<'_>) -> Vec<Span<'static>> {
    let n = scene.agents.signed_in();
    vec![scene.strong("Agents"), scene.dim(format!("  {n} signed in"))]
}

fn nobody(scene: &Scene<'_>, inner: Rect, buffer: &mut Buffer) {
    let defined = scene.agents.signed_out;
    let text = if defined == 0 {
        " No agents are defined: add some to the configuration.".to_owned()
    } else {
        format!(" Nobody is signed in ({defined} agents are defined): every contact waits.")
    };
    let marker = scene.theme.marker(Severity::Warn);
    put(inner, 0, vec![scene.glyph(&format!(" {marker}"), Tone::Warn), scene.plain(text)], buffer);
}

fn states(scene: &Scene<'_>) -> Vec<Span<'static>> {
    let Agents { ready, ringing, busy, wrap_up, not_ready, .. } = scene.agents;
    let compact = scene.room == Room::Compact;
    let words = ["ready", if compact { "ring" } else { "ringing" }, "busy", "wrap", "aux"];
    let glyphs = scene.theme.glyphs.agents;
    let tones = [Tone::Good, Tone::Plain, Tone::Plain, Tone::Plain, Tone::Dim];
    let numbers = [ready, ringing, busy, wrap_up, not_ready];
    let gap = if compact { "  " } else { "   " };
    let mut spans = Vec::new();
    for (at, n) in numbers.into_iter().enumerate() {
        spans.push(scene.glyph(if at == 0 { " " } else { gap }, Tone::Plain));
        spans.push(scene.glyph(glyphs[at], tones[at]));
        spans.push(scene.plain(format!(" {} ", words[at])));
        spans.push(scene.span(n.to_string(), if n == 0 { Tone::Dim } else { Tone::Strong }));
    }
    spans
}

fn occupancy(scene: &Scene<'_>) -> Vec<Span<'static>> {
    let text =
        scene.agents.occupancy.map_or_else(|| "-".to_owned(), |percent| format!("{percent}%"));
    vec![scene.dim("occupancy "), scene.plain(text)]
}

fn working(scene: &Scene<'_>) -> Vec<Span<'static>> {
    let mut spans = vec![Span::raw(" ")];
    spans.extend(occupancy(scene));
    if let Some((name, ms)) = &scene.agents.longest_idle {
        let name = safe::cut(name, 14, scene.theme.glyphs.ellipsis);
        spans.push(scene.dim("   longest idle "));
        spans.push(scene.plain(format!("{} {name}", duration(*ms))));
    }
    let out = scene.theme.glyphs.agents[5];
    spans.push(scene.glyph(&format!("   {out} signed out "), Tone::Dim));
    spans.push(scene.plain(scene.agents.signed_out.to_string()));
    spans
}

/// Why agents are not available; those who did not choose it are marked.
fn reasons(scene: &Scene<'_>, width: usize) -> Vec<Span<'static>> {
    if scene.agents.reasons.is_empty() {
        return vec![scene.dim(" aux: nobody")];
    }
    let dot = format!(" {} ", scene.theme.glyphs.dot);
    let mut spans = vec![scene.dim(" aux: ")];
    let mut used = 6;
    for (at, (reason, n)) in scene.agents.reasons.iter().enumerate() {
        let forced = FORCED_REASONS.contains(&reason.as_str());
        let said = if reason == "rona" { "no answer" } else { &reason.replace('_', " ") };
        let text = format!("{} {n}", safe::cut(said, 20, scene.theme.glyphs.ellipsis));
        used += safe::width(&text) + 5;
        if used > width {
            spans.push(scene.dim(format!(" +{}", scene.agents.reasons.len() - at)));
            break;
        }
        if at > 0 {
            spans.push(scene.glyph(&dot, Tone::Dim));
        }
        spans.push(scene.span(text, if forced { Tone::Warn } else { Tone::Plain }));
        if forced {
            spans.push(scene.glyph(&format!(" {}", scene.theme.glyphs.warn), Tone::Warn));
        }
    }
    spans
}

fn remarkable(scene: &Scene<'_>) -> Vec<Span<'static>> {
    let from = scene.picture.clock.city_us(scene.real).saturating_sub(UNANSWERED_US);
    let unanswered = scene.picture.unanswered.iter().filter(|offer| offer.ts >= from).count();
    let number =
        |n: usize| scene.span(n.to_string(), if n == 0 { Tone::Dim } else { Tone::Strong });
    vec![
        scene.dim(" calls over 15 min "),
        number(scene.agents.long_calls as usize),
        scene.dim("   offers not answered, 15 min "),
        number(unanswered),
    ]
}
