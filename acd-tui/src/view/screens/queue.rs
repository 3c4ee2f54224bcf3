//! One queue: how it does, who waits in it, who is with an agent.
//!
//! ```text
//! ┌ water-emergency ■  goal 80% in 1:00 ──────────────────────────────────────────────────────┐
//! │ NOW    waiting 7   longest 2:14 ■   expected wait 0:50   ready 0   busy 6   wrap 1   aux 1 │
//! │ 15m    offered 44  answered 40  SL 61% ▼  ASA 0:48  abandoned 4 (9.1%)                     │
//! │ TODAY  offered 611 …                                                                       │
//! │ DEPTH  ▁▂▃▄▅▆▇█  most 9                                                                    │
//! └────────────────────────────────────────────────────────────────────────────────────────────┘
//! ┌ Waiting (7) ─────────────────────────────────────────┐┌ With agents (6) ──────────────────┐
//! └──────────────────────────────────────────────────────┘└───────────────────────────────────┘
//! ```

use acd_proto::snapshot::Counts;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Span;

use crate::format::{count, duration, duration_or_dash, percent, share};
use crate::judge::Severity;
use crate::rows::{self, ContactLine, QueueLine};
use crate::theme::Tone;
use crate::view::screens::counted;
use crate::view::table::{Cell, Column, Table, widen};
use crate::view::{Room, Scene, put};

/// Why some are not ready: as many reasons as there is room for, and how many others there are.
fn reasons(reasons: &[(String, u32)], room: usize) -> String {
    let told = |most: usize| {
        let shown = reasons.iter().take(most).map(|(reason, n)| format!("{reason} {n}"));
        let text = format!(": {}", shown.collect::<Vec<_>>().join(", "));
        let others = reasons.len() - most;
        if others > 0 { format!("{text} +{others}") } else { text }
    };
    let mut texts = (1..=reasons.len()).rev().map(told);
    texts.find(|text| Span::raw(text.as_str()).width() <= room).unwrap_or_default()
}

pub(in crate::view) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let all = rows::queues_in(scene.picture, scene.real, scene.model.window);
    let shown = rows::queue_shown(scene.model);
    let Some(line) = all.iter().find(|line| Some(&line.raw) == shown.as_ref()) else {
        let inner = scene.panel(vec![scene.strong("Queue")], area, buffer);
        let text = match &shown {
            Some(queue) => format!(" {} is not defined any more.", crate::safe::text(queue)),
            None => " No queue to show.".to_owned(),
        };
        return put(inner, 0, vec![scene.plain(text)], buffer);
    };
    let [top, lists] = Layout::vertical([Constraint::Length(6), Constraint::Min(4)]).areas(area);
    head(scene, line, top, buffer);
    let (waiting, held) = rows::contacts(scene.model);
    if scene.room == Room::Compact {
        return self::waiting(scene, &waiting, lists, buffer);
    }
    let (lists, below) = match counted::of(scene, &line.raw) {
        Some(of) if lists.height >= 20 => {
            let [lists, below] =
                Layout::vertical([Constraint::Min(8), Constraint::Length(10)]).areas(lists);
            (lists, Some((of, below)))
        }
        _ => (lists, None),
    };
    if let Some((of, area)) = below {
        counted::draw(scene, of, area, buffer);
    }
    let [left, right] =
        Layout::horizontal([Constraint::Percentage(64), Constraint::Percentage(36)]).areas(lists);
    self::waiting(scene, &waiting, left, buffer);
    with_agents(scene, &held, right, buffer);
}

fn head(scene: &Scene<'_>, line: &QueueLine, area: Rect, buffer: &mut Buffer) {
    let theme = scene.theme;
    let goal =
        line.target.map(|target| format!("  goal {target:.0}% in {}", duration(line.threshold_ms)));
    let mut title = vec![
        scene.strong(&line.name),
        scene.glyph(&format!(" {}", theme.marker(line.severity)), line.severity.into()),
        scene.dim(goal.unwrap_or_default()),
    ];
    if !line.open {
        title.push(scene.span("  closed: it takes no new contacts", Tone::Warn));
    }
    let inner = scene.panel(title, area, buffer);
    let number = |n: u32| scene.strong(n.to_string());
    let label = |text: &str| scene.dim(format!("   {text} "));
    let longest =
        Span::styled(duration_or_dash(line.longest_ms), theme.style(line.wait_severity.into()));
    let mut now = vec![scene.strong(" NOW  "), scene.dim(" waiting "), number(line.waiting)];
    now.extend([label("longest"), longest]);
    let ewt = if scene.room == Room::Compact { "EWT" } else { "expected wait" };
    now.extend([label(ewt), scene.plain(duration_or_dash(line.ewt_ms))]);
    let staff = [
        ("ready", line.ready),
        ("busy", line.busy),
        ("wrap", line.wrap_up),
        ("aux", line.not_ready),
    ];
    for (what, n) in staff {
        now.extend([label(what), number(n)]);
    }
    if scene.room != Room::Compact && !line.reasons.is_empty() {
        let told: usize = now.iter().map(Span::width).sum();
        let room = usize::from(inner.width).saturating_sub(told);
        now.push(scene.dim(reasons(&line.reasons, room)));
    }
    put(inner, 0, now, buffer);
    put(
        inner,
        1,
        counts(
            scene,
            &format!(" {:<5}", scene.model.window.title()),
            &line.interval,
            line.level_severity,
        ),
        buffer,
    );
    put(inner, 2, counts(scene, " TODAY", &line.today, Severity::Calm), buffer);
    let columns = usize::from(inner.width).saturating_sub(24).min(60);
    let most = line.depth.iter().max().copied().unwrap_or(0);
    let depth = vec![
        scene.strong(" DEPTH"),
        scene.glyph(&format!(" {}", theme.sparkline(&line.depth, columns)), Tone::Bar),
        scene.dim(format!("  15 min, most {most}")),
    ];
    put(inner, 3, depth, buffer);
}

fn counts(scene: &Scene<'_>, of: &str, counts: &Counts, severity: Severity) -> Vec<Span<'static>> {
    let label = |text: &str| scene.dim(format!("  {text} "));
    let below = if severity == Severity::Calm { "" } else { scene.theme.glyphs.below };
    let gone = share(counts.abandoned, counts.offered);
    vec![
        scene.strong(of),
        scene.dim(" offered "),
        scene.plain(count(counts.offered)),
        label("answered"),
        scene.plain(count(counts.answered)),
        label("SL"),
        scene.glyph(&format!("{}{below}", percent(counts.service_level)), severity.into()),
        label("ASA"),
        scene.plain(duration_or_dash(counts.asa_ms)),
        label("abandoned"),
        scene.plain(format!("{} ({gone}%)", count(counts.abandoned))),
    ]
}

fn waiting(scene: &Scene<'_>, lines: &[ContactLine], area: Rect, buffer: &mut Buffer) {
    let table = Table {
        columns: columns(scene.room, usize::from(area.width) - 4),
        rows: lines,
        selected: scene.place(lines.iter().map(|line| line.raw.as_str())),
        severity: |line| line.severity,
        clicked: true,
    };
    let places = usize::from(area.height.saturating_sub(3));
    let scheduled = lines.iter().filter(|line| line.is_scheduled).count();
    let later = match scheduled {
        0 => String::new(),
        n => format!(", {n} to be called later"),
    };
    let title = vec![
        scene.strong("Waiting"),
        scene.dim(format!("  {}{later}", lines.len() - scheduled)),
        scene.span(table.range(places), Tone::Warn),
    ];
    let inner = scene.panel(title, area, buffer);
    table.draw(scene, inner, buffer);
    if lines.is_empty() {
        let text = if scene.model.list().filter.is_empty() {
            "  Nobody waits."
        } else {
            "  Nobody who waits matches. Esc shows all again."
        };
        put(inner, 1, vec![scene.plain(text)], buffer);
    }
}

fn columns(room: Room, width: usize) -> Vec<Column<ContactLine>> {
    let mut columns = vec![
        Column::new("CONTACT", 10, |line: &ContactLine, _, _| {
            Cell::new(line.id.clone(), line.severity.into())
        })
        .left(),
        Column::new("CHANNEL", 9, |line: &ContactLine, _, _| plain(&line.channel)).left(),
        Column::new("WAIT", 7, |line: &ContactLine, _, _| {
            Cell::new(duration(line.wait_ms), line.severity.into())
        }),
        Column::new("PRIO", 5, |line: &ContactLine, _, _| Cell::number(line.prio.into())),
        Column::new("STEP", 5, |line: &ContactLine, _, _| Cell::number(line.step.into())),
        Column::new(" STATE", 11, |line: &ContactLine, _, _| plain(&format!(" {}", line.state)))
            .left(),
        Column::new("FROM", 12, |line: &ContactLine, _, _| plain(&line.from)).left(),
        Column::new(" NEEDS", 6, |line: &ContactLine, _, _| plain(&format!(" {}", line.needs)))
            .left(),
    ];
    if room == Room::Wider {
        columns[0].width = 14;
        columns[6].width = 20;
    }
    let last = columns.len() - 1;
    widen(&mut columns, last, width);
    columns
}

fn plain(text: &str) -> Cell {
    Cell::new(text.to_owned(), Tone::Plain)
}

fn with_agents(scene: &Scene<'_>, lines: &[ContactLine], area: Rect, buffer: &mut Buffer) {
    let mut columns = vec![
        Column::new("AGENT", 14, |line: &ContactLine, _, _| plain(&line.agent_name)).left(),
        Column::new(" CONTACT", 11, |line: &ContactLine, _, _| plain(&format!(" {}", line.id)))
            .left(),
        Column::new("WAITED", 7, |line: &ContactLine, _, _| plain(&duration(line.wait_ms))),
        Column::new(" CHANNEL", 8, |line: &ContactLine, _, _| plain(&format!(" {}", line.channel)))
            .left(),
    ];
    widen(&mut columns, 0, usize::from(area.width).saturating_sub(4));
    let table = Table {
        columns,
        rows: lines,
        selected: None,
        severity: |_| Severity::Calm,
        clicked: false,
    };
    let title = vec![scene.strong("With agents"), scene.dim(format!("  {}", lines.len()))];
    let inner = scene.panel(title, area, buffer);
    table.draw(scene, inner, buffer);
    if lines.is_empty() {
        put(inner, 1, vec![scene.dim("  Nobody.")], buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_fit_and_the_others_are_counted() {
        let all = [("coaching", 3), ("break", 1), ("lunch", 1)];
        let all = all.map(|(reason, n)| (reason.to_owned(), n));
        assert_eq!(reasons(&all, 30), ": coaching 3, break 1, lunch 1");
        assert_eq!(reasons(&all, 29), ": coaching 3, break 1 +1");
        assert_eq!(reasons(&all, 23), ": coaching 3 +2");
        assert_eq!((reasons(&all, 5), reasons(&[], 9)), (String::new(), String::new()));
    }
}
