//! The first line: which city, whether the numbers are live, what time it is there, how many
//! queues are in trouble, who is watching. While the connection is lost it is the banner.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::{Room, Scene, put, put_right};
use crate::clock::Real;
use crate::format::{seconds, uptime};
use crate::judge::Severity;
use crate::model::{Link, Resumed};
use crate::safe;
use crate::theme::Tone;

pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    if let Link::Down { since, why, attempt, next_at } = &scene.model.link {
        let text = banner(scene, *since, why, *attempt, *next_at);
        let fit = safe::left(&text, usize::from(area.width), scene.theme.glyphs.ellipsis);
        buffer.set_string(area.x, area.y, fit, scene.theme.banner());
        return;
    }
    let right = put_right(area, right(scene), buffer);
    let left_area = Rect { width: area.width.saturating_sub(right + 1), ..area };
    put(left_area, 0, left(scene), buffer);
}

fn left(scene: &Scene<'_>) -> Vec<Span<'static>> {
    let compact = scene.room == Room::Compact;
    let (picture, clock) = (scene.picture, &scene.picture.clock);
    let (gap, dot) = if compact { ("  ", " ") } else { ("   ", " · ") };
    let dot = if scene.theme.glyphs.ascii { " " } else { dot };
    let city = safe::text(&scene.model.who.city);
    let city = safe::cut(&city, if compact { 18 } else { 30 }, scene.theme.glyphs.ellipsis);
    let mut spans = vec![scene.strong(" acd"), Span::raw(dot), scene.strong(city)];
    spans.push(Span::raw(gap));
    spans.extend(state(scene));
    let resumed = matches!(scene.model.link, Link::Live { resumed: Some(_) });
    if picture.snapshot.is_none() || (compact && resumed) {
        return spans;
    }
    let format = if compact { "%H:%M:%S %Z" } else { "%a %d %b %H:%M:%S %Z" };
    spans.push(Span::raw(gap));
    spans.push(scene.strong(clock.show(clock.city_us(scene.real), format)));
    if clock.speed() != 1 {
        let times = scene.theme.glyphs.times;
        spans.push(scene.glyph(&format!(" {times}{}", clock.speed()), Tone::Warn));
    }
    if !compact && !resumed {
        spans.push(scene.dim(format!("{gap}win {}", scene.model.window.title())));
        if clock.speed() == 1
            && let Some(engine) = picture.snapshot.as_ref().and_then(|s| s.engine.as_ref())
        {
            spans.push(scene.dim(format!("{gap}up {}", uptime(engine.uptime_ms))));
        }
    }
    spans
}

/// Whether the numbers are live: their age, or how the connection went on.
fn state(scene: &Scene<'_>) -> Vec<Span<'static>> {
    let glyphs = &scene.theme.glyphs;
    let word = if scene.model.replay { "REPLAY" } else { "LIVE" };
    let live = |text: String| {
        vec![scene.glyph(glyphs.live, Tone::Good), scene.plain(format!(" {word} {text}"))]
    };
    match (&scene.model.frozen, &scene.model.link) {
        (Some(frozen), _) => {
            let since = scene.model.real.saturating_sub(frozen.at);
            let text = format!("{} PAUSED {} ", glyphs.paused, seconds(since.as_millis() as u64));
            vec![Span::styled(text, scene.theme.banner())]
        }
        (None, Link::Live { resumed: Some((resumed, _)) }) => live(told(*resumed)),
        _ => live(seconds(scene.picture.silent_for(scene.real).as_millis() as u64)),
    }
}

fn told(resumed: Resumed) -> String {
    match resumed.events {
        Some(events) => format!("resumed seq {} (+{events} events)", resumed.seq),
        None => "gap -> snapshot".to_owned(),
    }
}

/// Queues in trouble, and who is watching.
fn right(scene: &Scene<'_>) -> Vec<Span<'static>> {
    let compact = scene.room == Room::Compact;
    let (warn, critical) = scene.picture.alerts.counts();
    let mut spans = Vec::new();
    for (severity, n, word) in
        [(Severity::Warn, warn, "warn"), (Severity::Critical, critical, "crit")]
    {
        let tone = if n == 0 { Tone::Dim } else { severity.into() };
        let marker = scene.theme.marker(severity);
        let text = if compact { format!("{marker}{n} ") } else { format!("{marker} {n} {word}  ") };
        spans.push(scene.glyph(&text, tone));
    }
    let who = &scene.model.who;
    let name = safe::cut(&safe::text(&who.name), 16, scene.theme.glyphs.ellipsis);
    let role = safe::text(&who.role);
    let text = if compact {
        let role: String = role.chars().take(3).collect();
        format!("  {name}({role}) ")
    } else {
        format!("  {role}:{name} ")
    };
    spans.push(scene.plain(text));
    if scene.model.ops {
        spans.push(scene.span("OPS ", Tone::Key));
    }
    spans
}

/// `✗ STALE 12s — reconnecting to /run/acd.sock (try 3, next 4s)`
fn banner(scene: &Scene<'_>, since: Real, why: &str, attempt: u32, next_at: Real) -> String {
    let now = scene.model.real;
    let glyphs = &scene.theme.glyphs;
    let address = scene.model.address.strip_prefix("unix:").unwrap_or(&scene.model.address);
    let next = next_at.saturating_sub(now).as_millis().div_ceil(1_000);
    let next = if next == 0 { "now".to_owned() } else { format!("next {next}s") };
    let head = if scene.model.live.snapshot.is_some() {
        let dash = if glyphs.ascii { "-" } else { "—" };
        let stale = now.saturating_sub(since).as_secs();
        format!("{} STALE {stale}s {dash} reconnecting", glyphs.stale)
    } else {
        format!("{} connecting", glyphs.stale)
    };
    let why = if why.is_empty() { String::new() } else { format!("  {why}") };
    if scene.model.replay {
        let text = format!(" {} REPLAY{why}  {address}  q leaves", glyphs.paused);
        return if glyphs.ascii { safe::ascii(&text) } else { text };
    }
    let text = format!(" {head} to {address} (try {attempt}, {next}){why}");
    if glyphs.ascii { safe::ascii(&text) } else { text }
}
