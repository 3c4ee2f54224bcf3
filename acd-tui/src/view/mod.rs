//! The screen, drawn from the model and nothing else. One file a panel.
//!
//! ```text
//!  header   acd · city   ● LIVE 0.2s   Mon 23 Nov 19:42:07 CST  …  ▲ 2 warn  ■ 1 crit    role:name
//!  tabs     1 Overview                                                               sort:URGENCY▼
//!  …        the screen: one file each in `screens`
//!  footer   ?help  /filter  s/S sort  …                       or the filter while it is typed
//! ```
//!
//! Compact below 120x36, wide from there, with more columns from 200.

mod agents;
pub mod columns;
mod engine;
mod events;
mod footer;
mod form;
mod header;
mod help;
mod queues;
mod screens;
mod table;
mod tabs;
mod waiting;

use std::cell::RefCell;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Widget};

use crate::clock::Real;
use crate::model::{Model, Overlay, Picture, Places};
use crate::rows::{self, AgentLine, Agents, AlertLine, QueueLine};
use crate::screen::Screen;
use crate::theme::{Theme, Tone};
use crate::words::Line as LogLine;

/// The smallest terminal that is drawn on.
pub const SMALLEST: (u16, u16) = (80, 24);
/// From this size on the wide layout is drawn.
pub const WIDE: (u16, u16) = (120, 36);
/// From this width on there are more columns.
pub const WIDER_COLUMNS: u16 = 200;

/// Rows of a queue panel that are not queues: frame, heading, total.
const QUEUES_FIXED: u16 = 4;

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Room {
    /// From 80x24.
    Compact,
    /// From 120x36.
    Wide,
    /// From 200x36.
    Wider,
}

/// What every panel draws from, worked out once a frame.
struct Scene<'a> {
    model: &'a Model,
    theme: &'a Theme,
    picture: &'a Picture,
    /// As of when.
    real: Real,
    room: Room,
    /// Whether one-line panels go without a frame, because the queues need the height.
    tight: bool,
    lines: Vec<QueueLine>,
    agents: Agents,
    /// Rows of the screen that lists agents; empty while another is shown.
    people: Vec<AgentLine>,
    /// Likewise of alerts.
    alerts: Vec<AlertLine>,
    /// Likewise of what happened.
    log: Vec<&'a LogLine>,
    /// Where what can be clicked is drawn.
    places: RefCell<Places>,
}

/// Draws the model; returns where what can be clicked stands.
pub fn draw(model: &Model, theme: &Theme, frame: &mut Frame<'_>) -> Places {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        too_small(area, theme, buffer);
        return Places::default();
    }
    let room = match (area.width, area.height) {
        (width, height) if width < WIDE.0 || height < WIDE.1 => Room::Compact,
        (width, _) if width < WIDER_COLUMNS => Room::Wide,
        _ => Room::Wider,
    };
    let (picture, real) = model.shown();
    let lines = rows::queues(model);
    let agents = rows::agents(picture, real);
    // Of the layout with every frame, what is left for queues and six lines of events.
    let spare = area.height - if room == Room::Compact { 7 + 4 } else { 13 + 8 };
    let tight = rows_of_queues(lines.len()) > spare;
    let on = |screen| model.screen == screen;
    let people = if on(Screen::Agents) { rows::people(model) } else { Vec::new() };
    let alerts = if on(Screen::Alerts) { rows::alerts(model) } else { Vec::new() };
    let log = if on(Screen::Log) { rows::log_lines(model) } else { Vec::new() };
    let places = RefCell::default();
    let scene = Scene {
        model,
        theme,
        picture,
        real,
        room,
        tight,
        lines,
        agents,
        people,
        alerts,
        log,
        places,
    };
    screen(&scene, area, buffer);
    match &model.overlay {
        Overlay::Help { looked_for } => help::draw(&scene, looked_for.as_deref(), area, buffer),
        Overlay::Acts => form::menu(&scene, area, buffer),
        Overlay::Act(form) => form::draw(&scene, form, area, buffer),
        Overlay::None | Overlay::Line { .. } => {}
    }
    scene.places.into_inner()
}

fn screen(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let [header, tabs, body, footer] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
    ])
    .areas(area);
    tabs::draw(scene, tabs, buffer);
    let draw = match scene.model.screen {
        Screen::Overview => screens::overview::draw,
        Screen::Queue => screens::queue::draw,
        Screen::Agents => screens::agents::draw,
        Screen::Trace => screens::trace::draw,
        Screen::Engine => screens::engine::draw,
        Screen::Alerts => screens::alerts::draw,
        Screen::Log => screens::log::draw,
    };
    draw(scene, body, buffer);
    crumbs(scene, body, buffer);
    if scene.model.is_stale() && scene.model.frozen.is_none() {
        let body = Rect { y: area.y + 1, height: area.height - 2, ..area };
        let old = Style::new().add_modifier(Modifier::DIM).remove_modifier(Modifier::BOLD);
        buffer.set_style(body, old);
    }
    header::draw(scene, header, buffer);
    footer::draw(scene, footer, buffer);
}

/// Rows a panel of that many queues takes.
fn rows_of_queues(queues: usize) -> u16 {
    u16::try_from(queues.max(1)).unwrap_or(u16::MAX).saturating_add(QUEUES_FIXED)
}

/// The way back, the last step first, in the frame of the first panel: as many steps as it leaves
/// room for.
fn crumbs(scene: &Scene<'_>, body: Rect, buffer: &mut Buffer) {
    let sign = scene.theme.glyphs.back;
    let line = scene.theme.glyphs.border.horizontal_top;
    let steps: Vec<String> =
        scene.model.trail.iter().rev().map(|screen| format!("{sign} {}", screen.title())).collect();
    for shown in (1..=steps.len()).rev() {
        let text = format!(" {} ", steps[..shown].join(" "));
        let width = text.chars().count() as u16;
        let Some(x) = body.right().checked_sub(width + 2).filter(|x| *x > body.x) else { continue };
        if (x - 1..x + width).all(|x| buffer[(x, body.y)].symbol() == line) {
            let area = Rect { x, height: 1, width, ..body };
            return put(area, 0, vec![scene.glyph(&text, Tone::Dim)], buffer);
        }
    }
}

fn too_small(area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let (width, height) = SMALLEST;
    let text = format!(
        "terminal {}x{}: need {width}x{height} (have you tried acd top --once?)",
        area.width, area.height
    );
    // A narrow terminal gets it in as many lines as it takes.
    let chars: Vec<char> = text.chars().collect();
    let columns = usize::from(area.width.max(1));
    for (y, line) in (area.y..area.bottom()).zip(chars.chunks(columns)) {
        let line: String = line.iter().collect();
        buffer.set_string(area.x, y, line, theme.style(Tone::Strong));
    }
}

impl Scene<'_> {
    /// A panel's frame with its title; returns what is inside.
    fn panel(&self, title: Vec<Span<'static>>, area: Rect, buffer: &mut Buffer) -> Rect {
        let mut spans = vec![Span::raw(" ")];
        spans.extend(title);
        spans.push(Span::raw(" "));
        let block = Block::bordered()
            .border_set(self.theme.glyphs.border)
            .border_style(self.theme.frame())
            .title(Line::from(spans));
        let inner = block.inner(area);
        block.render(area, buffer);
        inner
    }

    /// A piece of text in a tone. `safe` holds nothing that a client said raw.
    fn span(&self, safe: impl AsRef<str>, tone: Tone) -> Span<'static> {
        Span::styled(self.theme.text(safe.as_ref()), self.theme.style(tone))
    }

    /// The program's own characters: ASCII already where they must be.
    fn glyph(&self, glyph: &str, tone: Tone) -> Span<'static> {
        Span::styled(glyph.to_owned(), self.theme.style(tone))
    }

    fn strong(&self, safe: impl AsRef<str>) -> Span<'static> {
        self.span(safe, Tone::Strong)
    }

    fn dim(&self, safe: impl AsRef<str>) -> Span<'static> {
        self.span(safe, Tone::Dim)
    }

    fn plain(&self, safe: impl AsRef<str>) -> Span<'static> {
        self.span(safe, Tone::Plain)
    }

    /// The queue the overview's cursor stands on, if it is shown.
    fn selected(&self) -> Option<usize> {
        let selected = self.model.lists[Screen::Overview as usize].selected.as_ref()?;
        self.lines.iter().position(|line| line.raw == *selected)
    }

    /// Notes where the rows of the screen's list stand: `n` of them from `top`, the first one
    /// being the list's `first`.
    fn rows_at(&self, top: u16, n: usize, first: usize) {
        if let Some(below) = u16::try_from(n).ok().and_then(|n| n.checked_sub(1)) {
            self.places.borrow_mut().rows = Some((top, top + below, first));
        }
    }

    /// Where the cursor of the screen shown stands among rows of these names.
    fn place<'n>(&self, mut names: impl Iterator<Item = &'n str>) -> Option<usize> {
        let selected = self.model.list().selected.as_deref()?;
        names.position(|name| name == selected)
    }
}

/// Draws one line of spans at the given row of an area; none when the area is not that high.
fn put(area: Rect, row: u16, spans: Vec<Span<'static>>, buffer: &mut Buffer) {
    if row < area.height {
        buffer.set_line(area.x, area.y + row, &Line::from(spans), area.width);
    }
}

/// Draws spans at the right end of a row; returns how many columns they take.
fn put_right(area: Rect, spans: Vec<Span<'static>>, buffer: &mut Buffer) -> u16 {
    let line = Line::from(spans);
    let width = (line.width() as u16).min(area.width);
    buffer.set_line(area.right() - width, area.y, &line, width);
    width
}
