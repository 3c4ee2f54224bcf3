//! Who waits by age, of the queues shown or of the one the cursor stands on.
//!
//! ```text
//! ┌ Waiting by age  oldest 2:14 c-8f31 ────────┐
//! │ <10s   █████████ 9                         │
//! │ 10-20s ████████ 8            ← goal 0:20   │
//! │ 20-60s ████████████ 12   ▲ 12 late         │
//! │ 1-2m   ██████████ 10     ■ 10 late         │
//! │ >2m    █ 1               ■ 1 late          │
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
    let ages = rows::ages(scene.picture, scene.real, lines);
    let inner = scene.panel(title(scene, selected, &ages), area, buffer);
    if ages.oldest.is_none() && ages.deferred.0 == 0 {
        put(inner, 0, vec![scene.plain(" Nobody waits.")], buffer);
        return;
    }
    let most = ages.ranges.iter().map(|range| range.waiting).max().unwrap_or(0);
    for (at, range) in ages.ranges.iter().enumerate() {
        put(inner, at as u16, row(scene, &ages, at, range, most, inner.width), buffer);
    }
}

fn title(scene: &Scene<'_>, selected: Option<&QueueLine>, ages: &Ages) -> Vec<Span<'static>> {
    let mut spans = vec![scene.strong("Waiting by age")];
    if let Some(line) = selected {
        let name = safe::cut(&line.name, 20, scene.theme.glyphs.ellipsis);
        spans.push(scene.plain(format!(" in {name}")));
    }
    spans.extend(oldest(scene, ages));
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

/// The oldest of those whose resident waits; of email and web, how many there are.
fn oldest(scene: &Scene<'_>, ages: &Ages) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    if let Some((contact, queue, ms)) = &ages.oldest {
        let line = scene.lines.iter().find(|line| line.raw == *queue);
        let severity =
            line.map_or(Severity::Calm, |line| judge::wait(Some(*ms), line.threshold_ms));
        spans.push(scene.dim("  oldest "));
        spans.push(scene.span(duration(*ms), severity.into()));
        spans.push(scene.plain(format!(" {contact}")));
    }
    if ages.deferred.0 > 0 {
        spans.push(scene.dim(format!("  email, web {}", ages.deferred.0)));
    }
    spans
}
