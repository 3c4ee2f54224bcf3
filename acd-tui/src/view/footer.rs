//! The last line: the keys that work, or the filter while it is typed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::{Scene, put};
use crate::keys::TABLE;
use crate::model::{Overlay, Purpose};
use crate::safe;
use crate::screen::Screen;
use crate::theme::Tone;

pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let spans = match (&scene.model.overlay, &scene.model.complaint) {
        (Overlay::Line { purpose, typed }, _) => line(scene, purpose, typed),
        (Overlay::Help, _) => vec![scene.dim(" any key closes this table")],
        (Overlay::None, Some(complaint)) => vec![scene.span(format!(" {complaint}"), Tone::Warn)],
        (Overlay::None, None) => keys(scene, usize::from(area.width)),
    };
    put(area, 0, spans, buffer);
}

fn keys(scene: &Scene<'_>, width: usize) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let screen = scene.model.screen;
    let mut here: Vec<_> =
        TABLE.iter().filter(|row| !row.foot.is_empty() && row.works_on(screen)).collect();
    // Where there is little room the last but one goes: how to leave is always said.
    while here.iter().map(|row| row.foot.len() + 2).sum::<usize>() > width {
        here.remove(here.len() - 2);
    }
    for row in here {
        // `?help`, `Space pause`: the key's own name stands out from what it does.
        let key = if row.foot.starts_with(row.name) {
            row.name.len()
        } else {
            row.foot.find(' ').unwrap_or(row.foot.len())
        };
        let (key, does) = row.foot.split_at(key);
        spans.push(Span::raw(" "));
        spans.push(scene.span(key, Tone::Key));
        spans.push(scene.plain(format!("{does} ")));
    }
    spans
}

fn line(scene: &Scene<'_>, purpose: &Purpose, typed: &str) -> Vec<Span<'static>> {
    let (sign, said) = match purpose {
        Purpose::Filter { .. } => (" /", found(scene)),
        Purpose::Command => (" :", "  queue NAME, agent TEXT, or a screen".to_owned()),
        Purpose::Note(_) => (" note: ", String::new()),
    };
    let undo = if matches!(purpose, Purpose::Filter { .. }) { "Esc undo" } else { "Esc no" };
    vec![
        scene.span(sign, Tone::Key),
        scene.strong(safe::text(typed)),
        Span::styled(" ", scene.theme.selected()),
        scene.plain(said),
        scene.dim(format!("   Enter keep  {undo}  ^U clear")),
    ]
}

/// How many rows match.
fn found(scene: &Scene<'_>) -> String {
    let snapshot = scene.picture.snapshot.as_ref();
    match scene.model.screen {
        Screen::Overview => {
            let all = snapshot.and_then(|s| s.queues.as_ref()).map_or(0, Vec::len);
            format!("  {} of {all} queues", scene.lines.len())
        }
        Screen::Agents => {
            let all = snapshot.and_then(|s| s.agents.as_ref()).map_or(0, Vec::len);
            format!("  {} of {all} agents", scene.people.len())
        }
        Screen::Alerts => format!("  {} alerts", scene.alerts.len()),
        _ => String::new(),
    }
}
