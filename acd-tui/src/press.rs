//! What becomes of the model when a key is pressed.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::acts;
use crate::alerts::Subject;
use crate::ask::Ask;
use crate::filter::{FILTER_CHARS_MAX, Filter};
use crate::keys::Action;
use crate::model::{Frozen, Model, Overlay, Purpose};
use crate::rows;
use crate::safe;
use crate::screen::Screen;
use crate::trace::{Told, Traced};
use crate::update::Next;

/// Screens that can be gone back to.
const TRAIL_MAX: usize = 16;

/// Tells the model of a key.
pub(crate) fn key(model: &mut Model, event: KeyEvent) -> Next {
    if event.kind == KeyEventKind::Release {
        return Next::Keep;
    }
    let complained = model.complaint.take().is_some();
    let action = model.keys.action(event, model.screen);
    match (&mut model.overlay, action) {
        (Overlay::Line { .. }, _) => return line(model, event),
        (Overlay::Acts | Overlay::Act(_), _) => return acts::key(model, event),
        // Any key but those that leave closes the help.
        (Overlay::None, _)
        | (
            Overlay::Help { looked_for: None },
            Some(Action::Quit | Action::QuitKeepingFrame | Action::Suspend),
        ) => {}
        (Overlay::Help { .. }, _) => return help(model, event, action),
    }
    match action {
        None if complained => return Next::Draw,
        None => return Next::Keep,
        Some(Action::Quit) => return Next::Quit { keep_frame: false },
        Some(Action::QuitKeepingFrame) => return Next::Quit { keep_frame: true },
        Some(Action::Suspend) => return Next::Suspend,
        Some(action) => act(model, action),
    }
    Next::Draw
}

fn act(model: &mut Model, action: Action) {
    match action {
        Action::Show(screen) => go(model, screen),
        Action::Help => model.overlay = Overlay::Help { looked_for: None },
        Action::Filter => {
            let typed = model.list().filter.text().to_owned();
            let purpose = Purpose::Filter { before: typed.clone() };
            model.overlay = Overlay::Line { purpose, typed };
        }
        Action::Command => {
            let purpose = Purpose::Command;
            model.overlay = Overlay::Line { purpose, typed: String::new() };
        }
        Action::Sort => {
            let list = model.list_mut();
            list.sort = list.sort.wrapping_add(1);
            list.reversed = false;
        }
        Action::Reverse => model.list_mut().reversed ^= true,
        Action::AllEvents => model.all_events = !model.all_events,
        Action::Longer | Action::Shorter => {
            model.window = model.window.step(action == Action::Longer);
            model.counted_at = None;
            crate::update::count(model);
        }
        Action::Pause => pause(model),
        Action::Down => select(model, |at, _| at.map_or(0, |at| at + 1)),
        Action::Up => select(model, |at, n| at.map_or(n, |at| at).saturating_sub(1)),
        Action::Top => select(model, |_, _| 0),
        Action::Bottom => select(model, |_, n| n),
        Action::Open => open(model),
        Action::Back => back(model),
        Action::See | Action::SeeNoting | Action::Mute => alert(model, action),
        Action::Theme => {
            if model.may_colour {
                model.palette = model.palette.next();
                model.complaint = Some(format!("theme {}", model.palette.name()));
            } else {
                model.complaint = Some("no colours: NO_COLOR or --no-color says so".into());
            }
        }
        Action::Reveal => match model.who.role.as_str() {
            "monitor" => model.complaint = Some("a monitor gets numbers masked".into()),
            _ => model.reveal = !model.reveal,
        },
        Action::Copy => copy(model),
        Action::Save => save(model),
        Action::Again => again(model),
        Action::Acts => match acts::forbidden(model) {
            Some(why) => model.complaint = Some(why),
            None => model.overlay = Overlay::Acts,
        },
        Action::Act(act) => acts::open(model, act),
        Action::Quit | Action::QuitKeepingFrame | Action::Suspend => {}
    }
}

/// A key while the table of keys is shown.
fn help(model: &mut Model, event: KeyEvent, action: Option<Action>) -> Next {
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    let Overlay::Help { looked_for } = &mut model.overlay else { return Next::Keep };
    match (looked_for, event.code) {
        (_, KeyCode::Char('c')) if control => return Next::Quit { keep_frame: false },
        (looked_for @ None, _) if action == Some(Action::Filter) => {
            *looked_for = Some(String::new());
        }
        (Some(typed), KeyCode::Char(c)) if !control && !c.is_control() => {
            if typed.chars().count() < FILTER_CHARS_MAX {
                typed.push(c);
            }
        }
        (Some(typed), KeyCode::Backspace) => {
            typed.pop();
        }
        _ => model.overlay = Overlay::None,
    }
    Next::Draw
}

/// What the cursor stands on, for the clipboard.
fn copy(model: &mut Model) {
    let copied = match model.screen {
        Screen::Trace => model.trace.as_ref().map(|trace| trace.contact.clone()),
        Screen::Log => rows::log_line(model).map(|line| line.text),
        Screen::Alerts => {
            let selected = model.list().selected.as_ref();
            let lines = rows::alerts(model);
            let line = lines.into_iter().find(|line| Some(&line.id) == selected);
            line.map(|line| format!("{}: {}", line.subject, line.sentence))
        }
        _ => model.list().selected.clone(),
    };
    match copied {
        Some(text) => {
            model.complaint = Some(format!("copied: {}", safe::text(&text)));
            model.ask(Ask::Copy(text));
        }
        None => model.complaint = Some("nothing is selected: j and k move the cursor".into()),
    }
}

/// What is shown, for a file.
fn save(model: &mut Model) {
    let (picture, real) = model.shown();
    let time = picture.clock.show(picture.clock.city_us(real), "%Y%m%d-%H%M%S");
    let life = model.trace.as_ref().and_then(|trace| trace.life());
    let (what, text) = match (model.screen, life) {
        (Screen::Trace, Some(life)) => ("trace", serde_json::to_string_pretty(life)),
        _ => ("top", serde_json::to_string_pretty(&crate::once::report(model))),
    };
    match text {
        Ok(text) => {
            let name = format!("acd-{what}-{time}.json");
            model.ask(Ask::Save { name, text: text + "\n" });
        }
        Err(why) => model.complaint = Some(why.to_string()),
    }
}

/// Asks for the trace once more.
fn again(model: &mut Model) {
    if let Some(trace) = &mut model.trace {
        let contact = trace.contact.clone();
        trace.told = Told::Asked;
        model.ask(Ask::Trace(contact));
    }
}

/// Shows another screen; the one shown can be gone back to.
pub(crate) fn go(model: &mut Model, screen: Screen) {
    if screen != model.screen {
        model.trail.push(model.screen);
        if model.trail.len() > TRAIL_MAX {
            model.trail.remove(0);
        }
        model.screen = screen;
    }
}

fn pause(model: &mut Model) {
    model.frozen = match model.frozen.take() {
        Some(_) => None,
        None => Some(Box::new(Frozen { picture: model.live.clone(), at: model.real })),
    };
}

/// What the cursor can stand on.
pub(crate) fn names(model: &Model) -> Vec<String> {
    match model.screen {
        Screen::Overview => rows::queues(model).into_iter().map(|line| line.raw).collect(),
        Screen::Queue => rows::contacts(model).0.into_iter().map(|line| line.raw).collect(),
        Screen::Agents => rows::people(model).into_iter().map(|line| line.raw).collect(),
        Screen::Alerts => rows::alerts(model).into_iter().map(|line| line.id).collect(),
        Screen::Log => {
            rows::log_lines(model).into_iter().map(|line| line.number.to_string()).collect()
        }
        Screen::Trace => {
            let items = model.trace.as_ref().map_or(0, |trace| trace.items().len());
            (0..items).map(|at| at.to_string()).collect()
        }
        Screen::Engine => Vec::new(),
    }
}

/// Moves the cursor among the rows shown: `to` gives the place from the present one and the
/// number of rows; a place beyond the last is the last.
pub(crate) fn select(model: &mut Model, to: impl Fn(Option<usize>, usize) -> usize) {
    let names = names(model);
    let selected = model.list().selected.as_ref();
    let at = names.iter().position(|name| Some(name) == selected);
    let to = to(at, names.len()).min(names.len().saturating_sub(1));
    model.list_mut().selected = names.into_iter().nth(to);
}

/// Goes to what the cursor stands on.
pub(crate) fn open(model: &mut Model) {
    if model.screen == Screen::Trace {
        let about = acts::about(model);
        return match about.agent {
            Some(agent) => show_agent(model, &agent),
            None => model.complaint = Some("it waits: there is no agent to show".into()),
        };
    }
    let Some(selected) = model.list().selected.clone() else {
        model.complaint = Some("nothing is selected: j and k move the cursor".into());
        return;
    };
    match model.screen {
        Screen::Overview => show_queue(model, selected),
        Screen::Queue => {
            let queue = rows::queue_shown(model);
            show_trace(model, &selected, queue);
        }
        Screen::Agents => {
            let (picture, _) = model.shown();
            let agents = picture.snapshot.as_ref().and_then(|s| s.agents.as_deref());
            let agent = agents.unwrap_or_default().iter().find(|row| row.agent == selected);
            match agent.and_then(|row| row.held.first()).map(|held| held.contact.clone()) {
                Some(contact) => show_trace(model, &contact, None),
                None => model.complaint = Some("it holds no contact".into()),
            }
        }
        Screen::Alerts | Screen::Log => {
            let about = acts::about(model);
            match (about.contact, about.agent, about.queue) {
                (Some(contact), _, queue) => show_trace(model, &contact, queue),
                (None, Some(agent), _) => show_agent(model, &agent),
                (None, None, Some(queue)) => show_queue(model, queue),
                (None, None, None) => {
                    model.complaint = Some("that line leads nowhere".into());
                }
            }
        }
        Screen::Trace | Screen::Engine => {}
    }
}

fn show_agent(model: &mut Model, agent: &str) {
    show_agents(model, &format!("agent=^{}$", regex::escape(agent)));
}

/// Asks for a contact's life and shows what comes.
fn show_trace(model: &mut Model, contact: &str, queue: Option<String>) {
    model.trace = Some(Traced { queue, ..Traced::asked(contact) });
    model.lists[Screen::Trace as usize].selected = None;
    model.ask(Ask::Trace(contact.to_owned()));
    go(model, Screen::Trace);
}

fn show_queue(model: &mut Model, queue: String) {
    if model.queue.as_ref() != Some(&queue) {
        model.lists[Screen::Queue as usize].selected = None;
    }
    model.queue = Some(queue);
    go(model, Screen::Queue);
}

fn show_agents(model: &mut Model, filter: &str) {
    let list = &mut model.lists[Screen::Agents as usize];
    list.filter = Filter::new(filter);
    list.selected = None;
    go(model, Screen::Agents);
}

/// No cursor; then no filter; then the screen before.
fn back(model: &mut Model) {
    let list = model.list_mut();
    if list.selected.take().is_some() {
        return;
    }
    if !list.filter.is_empty() {
        list.filter = Filter::default();
        return;
    }
    if let Some(before) = model.trail.pop() {
        model.screen = before;
    }
}

/// Does something to the alert the cursor stands on, or to the worst one.
fn alert(model: &mut Model, action: Action) {
    let lines = rows::alerts(model);
    let selected = model.list().selected.as_ref();
    let chosen = lines.iter().find(|line| Some(&line.id) == selected).or(lines.first());
    let Some(about) = chosen.map(|line| line.about.clone()) else {
        model.complaint = Some("there is no alert".into());
        return;
    };
    match action {
        Action::See => see(model, &about, ""),
        Action::Mute => {
            let now = model.live.clock.city_us(model.real);
            model.live.alerts.mute(&about, now);
            if let Some(frozen) = &mut model.frozen {
                frozen.picture.alerts.mute(&about, now);
            }
        }
        _ => {
            let purpose = Purpose::Note(about);
            model.overlay = Overlay::Line { purpose, typed: String::new() };
        }
    }
}

fn see(model: &mut Model, about: &Subject, note: &str) {
    model.live.alerts.see(about, note);
    if let Some(frozen) = &mut model.frozen {
        frozen.picture.alerts.see(about, note);
    }
}

/// A key while a line is typed.
fn line(model: &mut Model, event: KeyEvent) -> Next {
    let Overlay::Line { purpose, typed } = &mut model.overlay else { return Next::Keep };
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    match event.code {
        KeyCode::Enter => {
            let (purpose, typed) = (purpose.clone(), std::mem::take(typed));
            model.overlay = Overlay::None;
            match purpose {
                Purpose::Filter { .. } => {}
                Purpose::Command => command(model, typed.trim()),
                Purpose::Note(about) => see(model, &about, typed.trim()),
            }
            return Next::Draw;
        }
        KeyCode::Esc => {
            if let Purpose::Filter { before } = purpose {
                let filter = Filter::new(before);
                model.list_mut().filter = filter;
            }
            model.overlay = Overlay::None;
            return Next::Draw;
        }
        KeyCode::Char('c') if control => return Next::Quit { keep_frame: false },
        KeyCode::Char('u') if control => typed.clear(),
        KeyCode::Backspace => {
            typed.pop();
        }
        KeyCode::Char(c) if !control && !c.is_control() => {
            if typed.chars().count() < FILTER_CHARS_MAX {
                typed.push(c);
            }
        }
        _ => return Next::Keep,
    }
    if let Purpose::Filter { .. } = purpose {
        let filter = Filter::new(typed);
        model.list_mut().filter = filter;
    }
    Next::Draw
}

/// `queue water`, `agent 4471`, `contact c-9a02`, or the title of a screen.
fn command(model: &mut Model, typed: &str) {
    let (what, of) = typed.split_once(' ').map_or((typed, ""), |(what, of)| (what, of.trim()));
    let named = Screen::ALL.into_iter().find(|screen| {
        !what.is_empty() && screen.title().to_lowercase().starts_with(&what.to_lowercase())
    });
    let is_contact = what.len() > 2 && "contact".starts_with(what);
    let screen = if is_contact { Some(Screen::Trace) } else { named };
    match (screen, of) {
        (Some(Screen::Queue), name) if !name.is_empty() => {
            let (picture, real) = model.shown();
            let all = rows::all_queues(picture, real);
            let exact = all.iter().find(|line| line.raw == name);
            let found = exact.or_else(|| all.iter().find(|line| line.raw.starts_with(name)));
            match found.map(|line| line.raw.clone()) {
                Some(queue) => show_queue(model, queue),
                None => {
                    model.complaint = Some(format!("no queue begins with {}", safe::text(name)));
                }
            }
        }
        (Some(Screen::Agents), text) if !text.is_empty() => show_agents(model, text),
        (Some(Screen::Trace), contact) if !contact.is_empty() => show_trace(model, contact, None),
        (Some(screen), _) => go(model, screen),
        (None, _) if typed.is_empty() => {}
        (None, _) => {
            let titles: Vec<_> = Screen::ALL.iter().map(|s| s.title().to_lowercase()).collect();
            let (typed, titles) = (safe::text(typed), titles.join(", "));
            model.complaint = Some(format!("{typed}: expected one of {titles}"));
        }
    }
}
