//! Every agent: what it does, for how long, how much it holds and may hold.
//!
//! ```text
//! ┌ Agents  110 of 141 ───────────────────────────────────────────────────────────┐
//! │  ID     NAME      STATE        FOR   VOICE CHAT MAIL  OCC HANDLED  SKILLS     │
//! │▲ 4480   khan      ◌ no answer  3:09    0/1  0/3  0/5  71%      22  wtr3 gen5  │
//! └───────────────────────────────────────────────────────────────────────────────┘
//!   ○ ready 19   ◔ ringing 4 …
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use crate::format::duration;
use crate::rows::{AgentLine, Doing};
use crate::theme::{Theme, Tone};
use crate::view::table::{Cell, Column, Table, widen};
use crate::view::{Room, Scene, agents, put};

pub(in crate::view) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let summary = if scene.room == Room::Compact { 1 } else { 6 };
    let [list, below] =
        Layout::vertical([Constraint::Min(4), Constraint::Length(summary)]).areas(area);
    let lines = &scene.people;
    let table = Table {
        columns: columns(scene.room, usize::from(list.width) - 4),
        rows: lines,
        selected: scene.place(lines.iter().map(|line| line.raw.as_str())),
        severity: |line| line.severity,
        clicked: true,
    };
    let places = usize::from(list.height.saturating_sub(3));
    let all = scene.agents.signed_in() + scene.agents.signed_out;
    let title = vec![
        scene.strong("Agents"),
        scene.dim(format!("  {} of {all} ", lines.len())),
        scene.span(table.range(places), Tone::Warn),
    ];
    let inner = scene.panel(title, list, buffer);
    table.draw(scene, inner, buffer);
    if lines.is_empty() {
        put(inner, 1, vec![scene.plain(empty(scene))], buffer);
    }
    agents::draw(scene, below, buffer);
}

fn empty(scene: &Scene<'_>) -> String {
    let filter = &scene.model.list().filter;
    if !filter.is_empty() {
        let text = crate::safe::text(filter.text());
        return format!("  No agent matches /{text}. Esc shows all again.");
    }
    match &scene.picture.snapshot {
        None => String::new(),
        Some(_) => "  Nobody is signed in. /state=signed_out lists who could be.".into(),
    }
}

fn columns(room: Room, width: usize) -> Vec<Column<AgentLine>> {
    let compact = room == Room::Compact;
    let wide = |compact_width, wide_width| if compact { compact_width } else { wide_width };
    let mut columns = vec![
        Column::new("ID", wide(7, 10), |line: &AgentLine, _, _| {
            Cell::new(line.id.clone(), line.severity.into())
        })
        .left(),
        Column::new(
            "NAME",
            if compact && width < 94 { 12 } else { 18 },
            |line: &AgentLine, _, _| Cell::new(line.name.clone(), line.severity.into()),
        )
        .left(),
        Column::new(" STATE", wide(15, 19), state).left(),
        Column::new("FOR", wide(7, 8), |line: &AgentLine, _, _| {
            Cell::new(duration(line.for_ms), line.severity.into())
        }),
        Column::new("VOICE", 6, |line: &AgentLine, _, _| load(line.load[0])).divided(),
        Column::new("CHAT", 5, |line: &AgentLine, _, _| load(line.load[1])),
        Column::new("MAIL", 5, |line: &AgentLine, _, _| load(line.load[2])),
        Column::new("OCC", 5, |line: &AgentLine, _, _| {
            Cell::dashed(line.occupancy.map_or_else(|| "-".into(), |percent| format!("{percent}%")))
        })
        .divided(),
    ];
    if !compact {
        columns.push(Column::new("HANDLED", 8, |line: &AgentLine, _, _| {
            Cell::number(line.handled.into())
        }));
        columns.push(Column::new(" SITE", 12, |line: &AgentLine, _, _| site(line)).left());
    }
    columns.push(Column::new(" SKILLS", 7, |line: &AgentLine, _, _| skills(line)).left());
    let last = columns.len() - 1;
    widen(&mut columns, last, width);
    columns
}

fn site(line: &AgentLine) -> Cell {
    Cell::new(format!(" {}", line.site), Tone::Plain)
}

fn skills(line: &AgentLine) -> Cell {
    Cell::new(format!(" {}", line.skills), Tone::Dim)
}

/// What it does, and what it will do next.
fn state(line: &AgentLine, theme: &Theme, _: usize) -> Cell {
    let tone = match line.doing {
        Doing::Ready => Tone::Good,
        Doing::NotReady | Doing::SignedOut => Tone::Dim,
        _ => Tone::Plain,
    };
    let tone =
        if line.severity > crate::judge::Severity::Calm { line.severity.into() } else { tone };
    let next = line.pending.as_ref().map_or_else(String::new, |next| format!(" then {next}"));
    Cell::new(format!(" {} {}{next}", theme.glyphs.agents[line.doing as usize], line.state), tone)
}

/// Held of what may be held.
fn load((held, capacity): (u32, u32)) -> Cell {
    let tone = if held == 0 { Tone::Dim } else { Tone::Plain };
    Cell::new(format!("{held}/{capacity}"), tone)
}
