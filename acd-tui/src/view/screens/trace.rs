//! One contact's life: what happened, why this agent, who else could have had it, why not sooner.
//!
//! ```text
//! ┌ Trace  c-9a02  voice  connected to ortiz ───────────────────────────────────────────────────┐
//! │ 19:41:23.004    0.0s  enters spanish with priority 5                                        │
//! └─────────────────────────────────────────────────────────────────────────────────────────────┘
//! ┌ Decision 1 of 1  o-771 to 4471 ortiz ───────────────────────────────────────────────────────┐
//! │ because     4471 became ready                                                               │
//! │ not sooner  4471 until then: in wrap-up of c-99, since 19:41:20                             │
//! └─────────────────────────────────────────────────────────────────────────────────────────────┘
//! ┌ Candidates  36: 20 busy, 4 signed out ────────┐┌ Others who could have had the agent ───────┐
//! └───────────────────────────────────────────────┘└────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Span;

use crate::safe;
use crate::theme::Tone;
use crate::trace::{
    Candidate, Decision, Entry, Item, Passed, Told, Trace, Traced, Wait, is_eligible, ordered,
    verdicts,
};
use crate::view::{Room, Scene, put};
use crate::words::agent_name;

/// Time of day in the timeline and beside what was passed over.
const TIME: &str = "%H:%M:%S";
/// Columns of a label.
const LABEL: usize = 11;

pub(in crate::view) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(traced) = &scene.model.trace else {
        let inner = scene.panel(vec![scene.strong("Trace")], area, buffer);
        let text = " No contact is traced: Enter on one in a queue, or :contact c-9a02.";
        return put(inner, 0, vec![scene.plain(text)], buffer);
    };
    let contact = safe::text(&traced.contact);
    let life = match &traced.told {
        Told::Life(life) => life,
        not_yet => {
            let title = vec![scene.strong("Trace"), scene.plain(format!("  {contact}"))];
            let inner = scene.panel(title, area, buffer);
            let line = match not_yet {
                Told::Refused(why) => scene.span(format!(" {why}"), Tone::Warn),
                _ => scene.plain(" Asking the log ..."),
            };
            return put(inner, 0, vec![line], buffer);
        }
    };
    let item = traced.item(scene.model.list().selected.as_deref());
    let timeline = (life.timeline.len() as u16 + 2).min(area.height * 2 / 5).max(4);
    let why_lines = match item {
        Some(item) => about(scene, item),
        None => vec![vec![scene.plain(" It was offered to nobody.")]],
    };
    let why = (why_lines.len() as u16 + 2).min(area.height / 3);
    let [top, middle, bottom] = Layout::vertical([
        Constraint::Length(timeline),
        Constraint::Length(why),
        Constraint::Min(4),
    ])
    .areas(area);
    self::timeline(scene, life, item, top, buffer);
    let inner = scene.panel(heading(scene, traced, item), middle, buffer);
    for (row, spans) in (0..).zip(why_lines) {
        put(inner, row, spans, buffer);
    }
    if scene.room == Room::Compact {
        return candidates(scene, item, bottom, buffer);
    }
    let [left, right] =
        Layout::horizontal([Constraint::Percentage(56), Constraint::Percentage(44)]).areas(bottom);
    candidates(scene, item, left, buffer);
    others(scene, item, right, buffer);
}

fn timeline(
    scene: &Scene<'_>,
    life: &Trace,
    item: Option<Item<'_>>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let mut title = vec![
        scene.strong("Trace"),
        scene.plain(format!("  {}  {}", safe::text(&life.contact), safe::text(&life.channel))),
        scene.dim(format!("  {}", safe::text(&life.state))),
    ];
    if let Some(previous) = &life.previous {
        title.push(scene.dim(format!("  continues {}", safe::text(previous))));
    }
    let inner = scene.panel(title, area, buffer);
    let places = usize::from(inner.height);
    let seq = match item {
        Some(Item::Decision(_, decision)) => Some(decision.seq),
        _ => None,
    };
    let at = seq.and_then(|seq| life.timeline.iter().rposition(|entry| entry.seq == seq));
    // What is looked at stays in sight; without it the end does.
    let last = at.map_or(life.timeline.len(), |at| (at + 3).min(life.timeline.len()));
    let first = last.saturating_sub(places);
    let shown = life.timeline.iter().skip(first).take(places);
    for (row, entry) in (0..).zip(shown) {
        put(inner, row, self::entry(scene, entry, seq == Some(entry.seq)), buffer);
    }
}

fn entry(scene: &Scene<'_>, entry: &Entry, looked_at: bool) -> Vec<Span<'static>> {
    let time = scene.picture.clock.show_text(&entry.at, "%H:%M:%S%.3f");
    let sign = if looked_at { ">" } else { " " };
    vec![
        scene.span(sign, Tone::Key),
        scene.dim(time),
        scene.plain(format!("{:>9}  ", age(entry.age_ms))),
        scene.span(told(scene, &entry.text), if looked_at { Tone::Strong } else { Tone::Plain }),
    ]
}

/// `46.6s`: an age to the tenth, as it decides between contacts.
fn age(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    let ms = ms.unsigned_abs();
    format!("{sign}{}.{}s", ms / 1_000, ms % 1_000 / 100)
}

fn heading(scene: &Scene<'_>, traced: &Traced, item: Option<Item<'_>>) -> Vec<Span<'static>> {
    let n = traced.life().map_or(0, |life| life.decisions.len());
    match item {
        Some(Item::Decision(at, decision)) => {
            let agent = agent_name(&decision.agent, scene.picture.snapshot.as_ref());
            let offer = safe::text(&decision.offer);
            vec![
                scene.strong(format!("Decision {} of {n}", at + 1)),
                scene.plain(format!("  {offer} to {agent}")),
                scene.dim(format!("  {} old", age(decision.age_ms))),
            ]
        }
        Some(Item::Wait(_)) => vec![scene.strong("It waits")],
        None => vec![scene.strong("No decision")],
    }
}

fn about(scene: &Scene<'_>, item: Item<'_>) -> Vec<Vec<Span<'static>>> {
    match item {
        Item::Decision(_, decision) => decided(scene, decision),
        Item::Wait(wait) => waits(scene, wait),
    }
}

fn named(scene: &Scene<'_>, label: &str, text: &str) -> Vec<Span<'static>> {
    vec![scene.dim(format!(" {label:<LABEL$}")), scene.plain(told(scene, text))]
}

/// A text of the server, its instants in the city's time.
fn told(scene: &Scene<'_>, text: &str) -> String {
    safe::text(&scene.picture.clock.in_city_time(text))
}

fn decided(scene: &Scene<'_>, decision: &Decision) -> Vec<Vec<Span<'static>>> {
    let chosen = if decision.by == "supervisor" {
        "a supervisor, who named contact and agent".to_owned()
    } else {
        format!("{} of {}", decision.strategy, decision.queue)
    };
    let mut lines = vec![
        named(scene, "because", &decision.because),
        named(scene, "place", &format!("{}; {}", decision.place, ahead(decision.ahead))),
        named(scene, "asks for", &decision.asks),
        named(scene, "chosen by", &chosen),
    ];
    if let Some(until) = &decision.until {
        let since = scene.picture.clock.show_text(&until.since, TIME);
        let text = format!("{} until then: {}, since {since}", decision.agent, until.text);
        lines.push(named(scene, "not sooner", &text));
    }
    lines.extend(passed(scene, &decision.passed, 2));
    lines
}

fn waits(scene: &Scene<'_>, wait: &Wait) -> Vec<Vec<Span<'static>>> {
    let mut lines = Vec::new();
    if wait.suspended {
        let text = "its front end is absent: it is not offered to anybody";
        lines
            .push(vec![scene.dim(format!(" {:<LABEL$}", "held up")), scene.span(text, Tone::Warn)]);
    }
    lines.push(named(scene, "place", &ahead(wait.ahead)));
    lines.push(named(scene, "asks for", &wait.asks));
    // Where there is room they have a panel of their own.
    if scene.room == Room::Compact {
        lines.extend(passed(scene, &wait.passed, 3));
    }
    lines
}

/// The newest agents it could have had, who went to another.
fn passed(scene: &Scene<'_>, passed: &[Passed], most: usize) -> Vec<Vec<Span<'static>>> {
    let shown = passed.iter().rev().take(most);
    let mut lines: Vec<_> =
        shown.map(|one| named(scene, "not sooner", &went(scene, one))).collect();
    if passed.len() > most {
        let more = format!("{} more agents went to other contacts before", passed.len() - most);
        lines.push(named(scene, "", &more));
    }
    lines
}

fn went(scene: &Scene<'_>, passed: &Passed) -> String {
    let time = scene.picture.clock.show_text(&passed.at, TIME);
    format!("{time} {} went to {}: {}", passed.agent, passed.contact, passed.by)
}

fn ahead(ahead: u32) -> String {
    match ahead {
        0 => "nobody waited before it".into(),
        1 => "1 waited before it, nobody eligible for that".into(),
        more => format!("{more} waited before it, nobody eligible for them"),
    }
}

fn candidates(scene: &Scene<'_>, item: Option<Item<'_>>, area: Rect, buffer: &mut Buffer) {
    let agents: &[Candidate] = match item {
        Some(Item::Decision(_, decision)) => &decision.agents,
        Some(Item::Wait(wait)) => &wait.agents,
        None => &[],
    };
    let name = "Candidates";
    // Two corners, and a blank before and after.
    let room = usize::from(area.width).saturating_sub(name.len() + 4);
    let title = vec![scene.strong(name), scene.dim(summary(agents, room))];
    let inner = scene.panel(title, area, buffer);
    for (row, agent) in (0..inner.height).zip(ordered(agents)) {
        put(inner, row, candidate(scene, agent), buffer);
    }
}

/// How many there are, and how many of each verdict: as many verdicts as there is room for.
fn summary(agents: &[Candidate], room: usize) -> String {
    let counts = verdicts(agents);
    let told = |most: usize| {
        let shown = counts.iter().take(most);
        let mut parts: Vec<_> = shown
            .map(|(verdict, n)| format!("{n} {}", safe::text(&verdict.replace('_', " "))))
            .collect();
        let others: usize = counts.iter().skip(most).map(|(_, n)| n).sum();
        parts.extend((others > 0).then(|| format!("{others} other")));
        let colon = if parts.is_empty() { "" } else { ": " };
        format!("  {}{colon}{}", agents.len(), parts.join(", "))
    };
    let texts = (0..=counts.len()).rev().map(told);
    texts.into_iter().find(|text| text.chars().count() <= room).unwrap_or_default()
}

fn candidate(scene: &Scene<'_>, agent: &Candidate) -> Vec<Span<'static>> {
    let chosen = agent.verdict == "chosen";
    let tone = match (chosen, is_eligible(&agent.verdict)) {
        (true, _) => Tone::Good,
        (false, true) => Tone::Plain,
        (false, false) => Tone::Dim,
    };
    let name = agent_name(&agent.agent, scene.picture.snapshot.as_ref());
    let name = safe::left(&name, 18, scene.theme.glyphs.ellipsis);
    let sign = if chosen { scene.theme.glyphs.chosen } else { " " };
    vec![
        scene.glyph(&format!(" {sign} "), Tone::Good),
        scene.span(format!("{name} "), tone),
        scene.span(told(scene, &agent.text), tone),
    ]
}

/// Contacts that could have had the agent, and agents who went to others.
fn others(scene: &Scene<'_>, item: Option<Item<'_>>, area: Rect, buffer: &mut Buffer) {
    let (name, title, lines) = match item {
        Some(Item::Decision(_, decision)) => {
            let rival = |rival: &crate::trace::Rival| {
                let contact = safe::left(&safe::text(&rival.contact), 10, "");
                vec![scene.plain(format!(" {contact} ")), scene.dim(safe::text(&rival.after_by))]
            };
            let title = format!("  {} who could have had the agent", decision.rivals.len());
            ("Competing", title, decision.rivals.iter().map(rival).collect::<Vec<_>>())
        }
        Some(Item::Wait(wait)) => {
            let title = format!("  {} agents went to others", wait.passed.len());
            let one = |passed: &Passed| {
                vec![scene.plain(told(scene, &format!(" {}", went(scene, passed))))]
            };
            ("Not sooner", title, wait.passed.iter().rev().map(one).collect())
        }
        None => ("Competing", String::new(), Vec::new()),
    };
    let inner = scene.panel(vec![scene.strong(name), scene.dim(title)], area, buffer);
    if lines.is_empty() {
        put(inner, 0, vec![scene.dim(" Nobody.")], buffer);
    }
    for (row, spans) in (0..).zip(lines) {
        put(inner, row, spans, buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_has_as_many_verdicts_as_there_is_room_for() {
        let of = |verdict: &str, n: usize| {
            vec![Candidate { verdict: verdict.into(), ..Candidate::default() }; n]
        };
        let agents = [of("busy", 20), of("signed_out", 9), of("wrap_up", 3)].concat();
        assert_eq!(summary(&agents, 38), "  32: 20 busy, 9 signed out, 3 wrap up");
        assert_eq!(summary(&agents, 37), "  32: 20 busy, 9 signed out, 3 other");
        assert_eq!(summary(&agents, 23), "  32: 20 busy, 12 other");
        assert_eq!(summary(&agents, 14), "  32: 32 other");
        assert_eq!((summary(&agents, 3), summary(&[], 9)), (String::new(), "  0".into()));
    }
}
