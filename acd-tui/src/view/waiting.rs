//! Who waits by age, of the queues shown or of the one the cursor stands on.
//!
//! ```text
//! ┌ Waiting by age ────────────────────────────┐
//! │ <10s   █████████ 9                         │
//! │ 10-20s ████████ 8            ← goal 0:20   │
//! │ 20-60s ████████████ 12   ▲ 12 late         │
//! │ 1-2m   ██████████ 10     ■ 10 late         │
//! │ >2m    █ 1               ■ 1 late          │
//! │ oldest 2:14 c-8f31 water-emergency         │
//! └────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::{Scene, put};
use crate::format::duration;
use crate::judge::{self, Severity};
use crate::rows::{self, AGE_LIMITS_MS, AgeRange, Ages, QueueLine};
use crate::safe;
use crate::theme::Tone;

const LABELS: [&str; AGE_LIMITS_MS.len() + 1] = ["<10s", "10-20s", "20-60s", "1-2m", ">2m"];
/// Columns right of the bars: their number, and who is late.
const BESIDE: usize = 22;

pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let selected = scene.selected().map(|at| &scene.lines[at]);
    let lines: &[QueueLine] = selected.map_or(&scene.lines, std::slice::from_ref);
    let inner = scene.panel(title(scene, selected), area, buffer);
    let ages = rows::ages(scene.picture, scene.real, lines);
    let nobody = ages.oldest.is_none() && ages.deferred.0 == 0;
    if nobody {
        put(inner, 0, vec![scene.plain(" Nobody waits.")], buffer);
        return;
    }
    let most = ages.ranges.iter().map(|range| range.waiting).max().unwrap_or(0);
    for (at, range) in ages.ranges.iter().enumerate() {
        put(inner, at as u16, row(scene, &ages, at, range, most, inner.width), buffer);
    }
    put(inner, ages.ranges.len() as u16, oldest(scene, &ages), buffer);
}

fn title(scene: &Scene<'_>, selected: Option<&QueueLine>) -> Vec<Span<'static>> {
    let mut spans = vec![scene.strong("Waiting by age")];
    if let Some(line) = selected {
        spans.push(scene.plain(format!(" in {}", safe::cut(&line.name, 24, "~"))));
    }
    spans
}

fn row(
    scene: &Scene<'_>,
    ages: &Ages,
    at: usize,
    range: &AgeRange,
    most: u32,
    width: u16,
) -> Vec<Span<'static>> {
    let columns = usize::from(width).saturating_sub(9 + BESIDE);
    let full = u64::from(most).max(columns as u64);
    let bar = (u64::from(range.waiting) * columns as u64).div_ceil(full) as usize;
    let number = format!(" {}", range.waiting);
    let taken = bar + number.len();
    let severity = match (range.late, range.very_late) {
        (0, _) => Severity::Calm,
        (_, 0) => Severity::Warn,
        _ => Severity::Critical,
    };
    let tone = if severity == Severity::Calm { Tone::Bar } else { severity.into() };
    let mut spans = vec![
        scene.plain(format!(" {:<7}", LABELS[at])),
        scene.glyph(&scene.theme.glyphs.bar.repeat(bar), tone),
        scene.span(number, if range.waiting == 0 { Tone::Dim } else { Tone::Strong }),
        Span::raw(" ".repeat((columns + 7).saturating_sub(taken))),
    ];
    if severity != Severity::Calm {
        let marker = scene.theme.marker(severity);
        spans.push(scene.glyph(&format!("{marker} {} late", range.late), severity.into()));
    } else if let Some(goal) = goal_in(ages, at) {
        let pointer = scene.theme.glyphs.pointer;
        spans.push(scene.glyph(&format!("{pointer} goal {}", duration(goal)), Tone::Dim));
    }
    spans
}

/// The goal all these queues agree on, if it ends or lies in this range of ages.
fn goal_in(ages: &Ages, at: usize) -> Option<u64> {
    let goal = ages.threshold_ms?;
    let from = if at == 0 { 0 } else { AGE_LIMITS_MS[at - 1] };
    let to = AGE_LIMITS_MS.get(at).copied().unwrap_or(u64::MAX);
    (from < goal && goal <= to).then_some(goal)
}

fn oldest(scene: &Scene<'_>, ages: &Ages) -> Vec<Span<'static>> {
    let mut spans = vec![Span::raw(" ")];
    if let Some((contact, queue, ms)) = &ages.oldest {
        let threshold = scene.lines.iter().find(|line| line.name == *queue);
        let severity =
            threshold.map_or(Severity::Calm, |line| judge::wait(Some(*ms), line.threshold_ms));
        spans.push(scene.dim("oldest "));
        spans.push(scene.span(duration(*ms), severity.into()));
        let queue = safe::cut(queue, 16, scene.theme.glyphs.ellipsis);
        spans.push(scene.plain(format!(" {contact} {queue}")));
    }
    if ages.deferred.0 > 0 {
        let (n, oldest_ms) = ages.deferred;
        let text = if ages.oldest.is_some() {
            format!("   email, web {n}")
        } else {
            format!("email, web {n}, oldest {}", duration(oldest_ms))
        };
        spans.push(scene.dim(text));
    }
    spans
}
