//! The server itself: how long decisions take, who is connected, what it holds.
//!
//! ```text
//! ┌ Latency since start ────────────────  p50    p99  p99.9    max    count ─┐
//! │ decision (one command)              1.9us  7.4us   15us   31us   812345  │
//! │ request read -> first event          41us  310us  940us  4.1ms   200000  │
//! └──────────────────────────────────────────────────────────────────────────┘
//! ┌ Health ──────────────────────────────────────────────────────────────────┐
//! └──────────────────────────────────────────────────────────────────────────┘
//! ```

use acd_proto::snapshot::{EngineRow, Quantiles};
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Span;

use crate::format::{bytes, count, nanos, uptime};
use crate::safe;
use crate::theme::Tone;
use crate::view::{Scene, put};

pub(in crate::view) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let [latency, health] =
        Layout::vertical([Constraint::Length(5), Constraint::Min(4)]).areas(area);
    let inner =
        scene.panel(vec![scene.strong("Latency"), scene.dim("  since start")], latency, buffer);
    let below = scene.panel(vec![scene.strong("Health")], health, buffer);
    let Some(engine) = scene.picture.snapshot.as_ref().and_then(|s| s.engine.as_ref()) else {
        return put(inner, 0, vec![scene.plain(" No numbers yet.")], buffer);
    };
    let heading =
        format!(" {:<32}{:>8}{:>8}{:>8}{:>9}{:>8}", "", "p50", "p99", "p99.9", "max", "count");
    put(inner, 0, vec![scene.strong(heading)], buffer);
    put(inner, 1, quantiles(scene, "decision: one command", &engine.decision_ns, 1), buffer);
    let reply = &engine.request_to_event_us;
    put(inner, 2, quantiles(scene, "request read to its first event", reply, 1_000), buffer);
    for (row, spans) in (0..).zip(self::health(scene, engine)) {
        put(below, row, spans, buffer);
    }
}

fn quantiles(scene: &Scene<'_>, what: &str, of: &Quantiles, unit_ns: u64) -> Vec<Span<'static>> {
    let time = |n: u64| match of.count {
        0 => "-".to_owned(),
        _ => nanos(n.saturating_mul(unit_ns)),
    };
    let [p50, p99, p999, max] = [of.p50, of.p99, of.p999, of.max].map(time);
    let numbers = format!("{p50:>8}{p99:>8}{p999:>8}{max:>9}{:>8}", count(of.count));
    vec![scene.dim(format!(" {what:<32}")), scene.plain(numbers)]
}

fn health(scene: &Scene<'_>, engine: &EngineRow) -> Vec<Vec<Span<'static>>> {
    let line = |label: &str, mut rest: Vec<Span<'static>>| {
        let mut spans = vec![scene.dim(format!(" {label:<13}"))];
        spans.append(&mut rest);
        spans
    };
    let mut clients = Vec::new();
    for (role, n) in &engine.connections {
        clients.push(scene.plain(format!("{} ", safe::text(role))));
        clients.push(scene.strong(format!("{n}   ")));
    }
    let slow = if engine.slow == 0 {
        scene.dim("none cut off for reading too slowly")
    } else {
        let marker = scene.theme.glyphs.warn;
        let text = format!("{marker} {} cut off for reading too slowly", engine.slow);
        scene.glyph(&text, Tone::Warn)
    };
    let applied = format!(
        "{} applied, {} refused, {} events",
        count(engine.commands),
        count(engine.rejections),
        count(engine.events)
    );
    let snapshot = scene.picture.snapshot.as_ref();
    let (epoch, seq) = snapshot.map_or(("", 0), |s| (s.epoch.as_str(), s.seq));
    vec![
        line("server", vec![scene.plain(safe::text(&engine.server))]),
        line("up", vec![scene.plain(uptime(engine.uptime_ms))]),
        line("clients", clients),
        line("slow", vec![slow]),
        line("commands", vec![scene.plain(applied)]),
        line("log", vec![scene.plain(format!("{}  seq {seq}", safe::text(epoch)))]),
        line("memory", vec![scene.plain(format!("{} resident", bytes(engine.rss)))]),
    ]
}
