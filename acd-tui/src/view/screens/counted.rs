//! What the server's statistics tell of one queue: how long the answered waited, and the last hour
//! minute by minute.
//!
//! ```text
//! ┌ Waits of the answered, 15m ─────────────┐┌ Minute by minute ────────────────────────────┐
//! │ <0:05  ██████████ 14                    ││ depth     ▁▁▁▁▂▂▃▃▄▄▅▅▆▆▇▇██  most 9         │
//! │ >1:20  ██ 3         ← goal 0:20         ││ arrived   ▂▂▂▃▂▂▃▂▃▃▃▄▄▄▅▅▅▆  most 4         │
//! └─────────────────────────────────────────┘└──────────────────────────────────────────────┘
//! ```

use acd_proto::statistics::{QueueStatistics, Series};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Span;

use crate::format::duration;
use crate::theme::Tone;
use crate::view::{Scene, put};
use crate::window::Window;

/// What was counted of a queue, once it is told.
pub(super) fn of<'a>(scene: &Scene<'a>, queue: &str) -> Option<&'a QueueStatistics> {
    let queues = scene.picture.counted.as_ref()?.queues.as_deref()?;
    queues.iter().find(|of| of.queue.as_deref() == Some(queue))
}

pub(super) fn draw(scene: &Scene<'_>, of: &QueueStatistics, area: Rect, buffer: &mut Buffer) {
    let [left, right] =
        Layout::horizontal([Constraint::Percentage(48), Constraint::Percentage(52)]).areas(area);
    waits(scene, of, left, buffer);
    if let Some(series) = &of.series {
        minutes(scene, series, right, buffer);
    }
}

/// The answered by how long they waited, the classes joined to as many as there are rows.
fn waits(scene: &Scene<'_>, of: &QueueStatistics, area: Rect, buffer: &mut Buffer) {
    let window = scene.model.window;
    let figures = match window {
        Window::Five => &of.m5,
        Window::Fifteen => &of.m15,
        Window::Sixty => &of.m60,
        Window::Day => &of.today,
    };
    let title = format!("Waits of the answered, {}", window.title());
    let inner = scene.panel(vec![scene.strong(title)], area, buffer);
    let bounds = scene.picture.counted.as_ref().map_or(&[][..], |c| c.wait_bounds_ms.as_slice());
    let rows = usize::from(inner.height).max(1);
    let each = figures.waits.len().div_ceil(rows).max(1);
    let classes: Vec<(Option<u64>, u32)> = figures
        .waits
        .chunks(each)
        .enumerate()
        .map(|(at, of)| (bounds.get(at * each + of.len() - 1).copied(), of.iter().sum()))
        .collect();
    let most = classes.iter().map(|(_, n)| *n).max().unwrap_or(0);
    let columns = usize::from(inner.width).saturating_sub(28);
    let full = u64::from(most).max(columns as u64).max(1);
    let mut before = None;
    for (row, (bound, n)) in (0..).zip(classes) {
        let label = match (bound, before) {
            (Some(ms), _) => format!("<{}", duration(ms)),
            (None, Some(ms)) => format!(">{}", duration(ms)),
            (None, None) => String::new(),
        };
        let bar = (u64::from(n) * columns as u64).div_ceil(full) as usize;
        let number = format!(" {n}");
        let mut spans = vec![
            scene.plain(format!(" {label:<8}")),
            scene.glyph(&scene.theme.glyphs.bar.repeat(bar), Tone::Bar),
            scene.span(&number, if n == 0 { Tone::Dim } else { Tone::Strong }),
        ];
        let goal = of
            .threshold_ms
            .filter(|goal| before.unwrap_or(0) < *goal && bound.is_none_or(|bound| *goal <= bound));
        if let Some(goal) = goal {
            let gap = (columns + 5).saturating_sub(bar + number.len());
            spans.push(Span::raw(" ".repeat(gap)));
            let pointer = scene.theme.glyphs.pointer;
            spans.push(scene.glyph(&format!("{pointer} goal {}", duration(goal)), Tone::Dim));
        }
        put(inner, row, spans, buffer);
        before = bound.or(before);
    }
}

fn minutes(scene: &Scene<'_>, series: &Series, area: Rect, buffer: &mut Buffer) {
    let title = vec![scene.strong("Minute by minute"), scene.dim("  60 min, the newest right")];
    let inner = scene.panel(title, area, buffer);
    let small = |series: &[u64]| -> Vec<u32> {
        series.iter().map(|n| u32::try_from(*n).unwrap_or(u32::MAX)).collect()
    };
    let lines = [
        ("depth", series.depth.clone()),
        ("arrived", small(&series.entered)),
        ("answered", small(&series.answered)),
        ("left", small(&series.abandoned)),
    ];
    let columns = usize::from(inner.width).saturating_sub(20).min(60);
    for (row, (label, series)) in (0..).zip(lines) {
        let most = series.iter().max().copied().unwrap_or(0);
        let spark = scene.theme.sparkline(&series, columns);
        let spans = vec![
            scene.dim(format!(" {label:<9}")),
            scene.glyph(&spark, Tone::Bar),
            scene.dim(format!("  most {most}")),
        ];
        put(inner, row * 2, spans, buffer);
    }
}
