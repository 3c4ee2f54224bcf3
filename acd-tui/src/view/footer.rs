//! The last line: the keys that work, or the filter while it is typed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::{Scene, put};
use crate::acts::{Outcome, Stage};
use crate::keys::Row;
use crate::model::{Overlay, Purpose};
use crate::safe;
use crate::screen::Screen;
use crate::theme::Tone;

pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let spans = match (&scene.model.overlay, &scene.model.complaint) {
        (Overlay::Line { purpose, typed }, _) => line(scene, purpose, typed),
        (Overlay::Help { looked_for: None }, _) => {
            vec![scene.dim(" / looks in this table, any other key closes it")]
        }
        (Overlay::Help { looked_for: Some(typed) }, _) => vec![
            scene.span(" /", Tone::Key),
            scene.strong(safe::text(typed)),
            Span::styled(" ", scene.theme.selected()),
            scene.dim("   Enter or Esc closes"),
        ],
        (Overlay::Acts, _) => vec![scene.dim(" a letter opens the form, any other key closes")],
        (Overlay::Act(form), _) => vec![scene.dim(form_keys(&form.stage))],
        (Overlay::None, Some(complaint)) => vec![scene.span(format!(" {complaint}"), Tone::Warn)],
        (Overlay::None, None) => keys(scene, usize::from(area.width)),
    };
    put(area, 0, spans, buffer);
}

const fn form_keys(stage: &Stage) -> &'static str {
    match stage {
        Stage::Filling => {
            " Enter next   Tab Up Down field   Left Right choose   ^U clear   Esc leaves it"
        }
        Stage::Sure => " y or Enter does it, any other key goes back to the form",
        Stage::Sent => " waiting for the server; Esc leaves it",
        Stage::Over(Outcome::Unknown(_)) => {
            " r asks again, nothing is done twice; any other key closes"
        }
        Stage::Over(_) => " any key closes",
    }
}

fn keys(scene: &Scene<'_>, width: usize) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let rows = scene.model.keys.on(scene.model.screen, scene.model.ops);
    let mut here: Vec<_> = rows.filter_map(Row::foot).collect();
    let taken = |(key, does): &(String, &str)| key.len() + does.len() + 2;
    // Where there is little room the last but one goes: how to leave is always said.
    while here.len() > 1 && here.iter().map(taken).sum::<usize>() > width {
        here.remove(here.len() - 2);
    }
    for (key, does) in here {
        spans.push(Span::raw(" "));
        spans.push(scene.span(key, Tone::Key));
        spans.push(scene.plain(format!("{does} ")));
    }
    spans
}

fn line(scene: &Scene<'_>, purpose: &Purpose, typed: &str) -> Vec<Span<'static>> {
    let (sign, said) = match purpose {
        Purpose::Filter { .. } => (" /", found(scene)),
        Purpose::Command => (" :", "  queue NAME, agent TEXT, contact ID, or a screen".to_owned()),
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
        Screen::Log => format!("  {} lines", scene.log.len()),
        _ => String::new(),
    }
}
