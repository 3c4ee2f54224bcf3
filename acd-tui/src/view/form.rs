//! The menu of acts, and the form of one: fields, what will happen, what came of it.
//!
//! ```text
//! ┌ Force the agent's state   4480 khan ───────────────────────────────────────┐
//! │   state          not ready                      2 of 3, Left Right          │
//! │   not ready for  lunch                                                      │
//! │ > reason         coaching_                                                  │
//! │                                                                             │
//! │ What will happen                                                            │
//! │   ready -> not ready                                                        │
//! │ ▲ pending: takes effect when the contact it holds leaves                    │
//! └─────────────────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::{Clear, Widget};

use super::{Scene, put};
use crate::acts::{self, About, Act, Field, Form, Outcome, Says, Stage, Value, preview};
use crate::safe;
use crate::theme::Tone;
use crate::words::agent_name;

/// Columns of the panel, its frame included.
const WIDTH: u16 = 78;
/// Columns of a field's label.
const LABEL: usize = 15;

/// The acts there are, and on what.
pub(super) fn menu(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let about = acts::about(scene.model);
    let lines = Act::ALL.map(|act| {
        let suits = act.suits(&about);
        let (key, text) = if suits { (Tone::Key, Tone::Plain) } else { (Tone::Dim, Tone::Dim) };
        vec![
            Span::raw("  "),
            scene.span(format!("{:<7}", scene.model.keys.of_act(act)), key),
            scene.span(act.title(), text),
        ]
    });
    let title =
        vec![scene.strong("Act"), scene.plain(format!("  {}", subject(scene, &about, None)))];
    panel(scene, title, lines.into(), area, buffer);
}

/// A form.
pub(super) fn draw(scene: &Scene<'_>, form: &Form, area: Rect, buffer: &mut Buffer) {
    let title = vec![
        scene.strong(form.act.title()),
        scene.plain(format!("  {}", subject(scene, &form.about, Some(form.act)))),
    ];
    let mut lines = Vec::new();
    for (at, field) in form.fields.iter().enumerate().filter(|(_, field)| form.asks(field.name)) {
        lines.push(self::field(scene, field, form.stage == Stage::Filling && at == form.at));
    }
    lines.push(Vec::new());
    lines.push(vec![scene.strong(match &form.says {
        Says::Unasked | Says::Refused(_) => " What will happen",
        Says::Asked => " What will happen; the server is asked ...",
        Says::Told(_) => " What will happen, tried by the server on a copy",
    })]);
    for consequence in preview(form, scene.model) {
        let marker = scene.theme.marker(consequence.severity);
        lines.push(vec![
            scene.glyph(&format!(" {marker} "), consequence.severity.into()),
            scene.plain(consequence.text),
        ]);
    }
    lines.push(Vec::new());
    lines.push(vec![verdict(scene, form)]);
    panel(scene, title, lines, area, buffer);
}

/// The last line: what is wrong, what is asked, what came of it.
fn verdict(scene: &Scene<'_>, form: &Form) -> Span<'static> {
    if let Some(complaint) = &form.complaint {
        return scene.span(format!(" {complaint}"), Tone::Warn);
    }
    match &form.stage {
        Stage::Filling => scene.dim(" Nothing is done before it is asked once more."),
        Stage::Sure => scene.span(" Do it? y", Tone::Strong),
        Stage::Sent => scene.plain(" Sent ..."),
        Stage::Over(outcome) => {
            let tone = match outcome {
                Outcome::Done(_) => Tone::Good,
                Outcome::Refused(_) => Tone::Critical,
                Outcome::Unknown(_) => Tone::Warn,
            };
            scene.span(format!(" {}", outcome.sentence()), tone)
        }
    }
}

fn field(scene: &Scene<'_>, field: &Field, typed_into: bool) -> Vec<Span<'static>> {
    let sign = if typed_into { " > " } else { "   " };
    let label = format!("{:<LABEL$}", field.name.label());
    let mut spans = vec![scene.span(sign, Tone::Key), scene.dim(label)];
    let ellipsis = scene.theme.glyphs.ellipsis;
    let cursor = || Span::styled(" ", scene.theme.selected());
    match &field.value {
        Value::Text(text) => {
            let room = usize::from(WIDTH) - LABEL - 8;
            let text = safe::text(text);
            // Of a long text the end is what is being typed.
            let skip = text.chars().count().saturating_sub(room);
            spans.push(scene.strong(text.chars().skip(skip).collect::<String>()));
            if typed_into {
                spans.push(cursor());
            }
        }
        Value::Pick { typed, at, .. } => {
            let label = field.value.chosen().map_or("nothing matches", |choice| &choice.label);
            spans.push(scene.strong(safe::cut(label, 38, ellipsis)));
            if typed_into {
                let n = field.value.matches();
                let which = if n > 1 { format!("   {} of {n}", at + 1) } else { String::new() };
                let looked = if typed.is_empty() { "" } else { "   /" };
                spans.push(scene.dim(format!("{which}{looked}{}", safe::text(typed))));
                spans.push(cursor());
            }
        }
    }
    spans
}

/// What is acted on, as people say it.
fn subject(scene: &Scene<'_>, about: &About, act: Option<Act>) -> String {
    let of = |act: Option<Act>, with: Act| act.is_none_or(|act| act.suits_same(with));
    let mut parts = Vec::new();
    if let Some(contact) = about.contact.as_deref().filter(|_| of(act, Act::Move)) {
        parts.push(format!("contact {}", safe::text(contact)));
    }
    if let Some(agent) = about.agent.as_deref().filter(|_| of(act, Act::ForceState)) {
        let name = agent_name(agent, scene.picture.snapshot.as_ref());
        parts.push(format!("agent {name}"));
    }
    if let Some(queue) = about.queue.as_deref().filter(|_| of(act, Act::OpenQueue)) {
        parts.push(format!("queue {}", safe::text(queue)));
    }
    safe::cut(&parts.join("  "), 40, scene.theme.glyphs.ellipsis)
}

fn panel(
    scene: &Scene<'_>,
    title: Vec<Span<'static>>,
    lines: Vec<Vec<Span<'static>>>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let height = (lines.len() as u16 + 2).min(area.height.saturating_sub(2));
    let panel = Rect {
        x: area.x + (area.width - WIDTH) / 2,
        y: area.y + (area.height - height) / 2,
        width: WIDTH,
        height,
    };
    Clear.render(panel, buffer);
    let inner = scene.panel(title, panel, buffer);
    for (row, spans) in (0..).zip(lines) {
        put(inner, row, spans, buffer);
    }
}
