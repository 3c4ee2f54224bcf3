//! What becomes of the model when it is told something. Pure: no terminal, no socket, no clock.

use acd_proto::event::{Event, EventBody};
use acd_proto::reply::Previewed;
use acd_proto::snapshot::Snapshot;
use acd_proto::statistics::Statistics;

use crate::acts::{Outcome, Says, Stage};
use crate::ask::Ask;
use crate::clock::{Clock, Real};
use crate::judge::Severity;
use crate::message::{Connected, Message};
use crate::model::{Link, Model, Overlay, Unanswered};
use crate::trace::{Told, Trace};
use crate::window::{ASK_EVERY, Window};
use crate::{alerts, mouse, press, window, words};

/// How long the line about a resumption stays.
const RESUMED_FOR: Real = Real::from_secs(6);
/// A server that is silent longer counts as lost, whatever its socket says.
pub const SILENT_MAX: Real = Real::from_secs(5);
/// Offers unanswered are counted for so long: 15 minutes.
const UNANSWERED_US: u64 = 15 * 60_000_000;
/// And at most so many.
const UNANSWERED_MAX: usize = 10_000;

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing to be seen changed.
    Keep,
    /// Draw.
    Draw,
    /// Stop until the shell says to go on.
    Suspend,
    /// Leave.
    Quit {
        /// Whether the last frame is left on the terminal.
        keep_frame: bool,
    },
}

/// Tells the model what happened at `real`.
pub fn update(model: &mut Model, real: Real, message: Message) -> Next {
    let before = model.real;
    model.real = real;
    match message {
        Message::Connected(hello) => connected(model, real, *hello),
        Message::Snapshot(snapshot) => return take_snapshot(model, real, *snapshot),
        Message::Event(event) => return take_event(model, &event),
        Message::Disconnected { why, attempt, retry_in } => {
            let since = match model.link {
                Link::Down { since, .. } => since,
                Link::Live { .. } => model.live.taken,
            };
            let why = crate::safe::text(&why);
            model.link = Link::Down { since, why, attempt, next_at: real + retry_in };
        }
        Message::Key(event) => return press::key(model, event),
        Message::Resized => {}
        Message::Mouse(event) => return mouse::mouse(model, event),
        Message::Counted(told) => return counted(model, told),
        Message::Traced { contact, told } => return traced(model, &contact, told),
        Message::Previewed { idem, told } => return previewed(model, &idem, told),
        Message::Acted { idem, outcome } => return acted(model, &idem, *outcome),
        Message::Said(said) => model.complaint = Some(said),
        Message::Tick => return tick(model, before, real),
    }
    Next::Draw
}

fn connected(model: &mut Model, real: Real, hello: Connected) {
    model.who = hello.who;
    model.live.clock = Clock::new(&hello.time_zone, hello.speed, hello.now, real);
    let resumed = hello.resumed.map(|resumed| (resumed, real + RESUMED_FOR));
    model.link = Link::Live { resumed };
    model.live.taken = real;
}

fn take_snapshot(model: &mut Model, real: Real, snapshot: Snapshot) -> Next {
    let live = &mut model.live;
    live.clock.said(snapshot.now, real);
    live.taken = real;
    if model.is_stale() {
        // It was only silent: the connection was never lost.
        model.link = Link::Live { resumed: None };
    }
    let live = &mut model.live;
    let oldest = snapshot.now.saturating_sub(UNANSWERED_US);
    while live.unanswered.front().is_some_and(|offer| offer.ts < oldest) {
        live.unanswered.pop_front();
    }
    watch(model, &snapshot);
    model.live.snapshot = Some(snapshot);
    count(model);
    if model.frozen.is_none() { Next::Draw } else { Next::Keep }
}

/// Judges what the snapshot says, adds a line for what changed, and rings for what is critical.
fn watch(model: &mut Model, new: &Snapshot) {
    let live = &mut model.live;
    let first = live.snapshot.is_none();
    let readings = alerts::readings(new, live.unanswered.make_contiguous(), &model.thresholds);
    let mut rings = false;
    for change in live.alerts.observe(new.now, readings) {
        let muted = live.alerts.muted_until(&change.subject).is_some();
        rings |= change.is_worse() && change.to == Severity::Critical && !muted;
        // What is bad at first sight is seen without a line.
        if !first {
            live.log.push(words::alert(&change, Some(new)));
        }
    }
    if rings && model.bell {
        model.ask(Ask::Bell);
    }
}

/// Asks for statistics while they are looked at, now and then.
pub(crate) fn count(model: &mut Model) {
    let due = model.counted_at.is_none_or(|at| model.real >= at + ASK_EVERY);
    if due && window::wants_statistics(model) && !model.is_stale() {
        model.counted_at = Some(model.real);
        model.ask(Ask::Statistics);
    }
}

fn counted(model: &mut Model, told: Result<Box<Statistics>, String>) -> Next {
    match told {
        Ok(counted) => model.live.counted = Some(counted),
        // Said only to whom it matters: the other windows come with the snapshot.
        Err(why) if matches!(model.window, Window::Five | Window::Sixty) => {
            model.complaint = Some(format!("no statistics: {}", crate::safe::text(&why)));
        }
        Err(_) => return Next::Keep,
    }
    if model.frozen.is_none() { Next::Draw } else { Next::Keep }
}

/// A life, where it is still wanted.
fn traced(model: &mut Model, contact: &str, told: Result<Box<Trace>, String>) -> Next {
    let Some(shown) = model.trace.as_mut().filter(|shown| shown.contact == contact) else {
        return Next::Keep;
    };
    shown.told = match told {
        Ok(life) => {
            shown.queue = life.decisions.last().map(|d| d.queue.clone()).or(shown.queue.take());
            Told::Life(life)
        }
        Err(why) => Told::Refused(crate::safe::text(&why)),
    };
    Next::Draw
}

/// What an act would do, where its form is still shown.
fn previewed(model: &mut Model, idem: &str, told: Result<Box<Previewed>, String>) -> Next {
    match &mut model.overlay {
        Overlay::Act(form) if form.idem == idem && form.says == Says::Asked => {
            form.says = match told {
                Ok(told) => Says::Told(told),
                Err(why) => Says::Refused(why),
            };
            Next::Draw
        }
        _ => Next::Keep,
    }
}

/// What came of an act: in its form, or where nobody waits for it any more in the last line.
fn acted(model: &mut Model, idem: &str, outcome: Outcome) -> Next {
    match &mut model.overlay {
        Overlay::Act(form) if form.idem == idem => form.stage = Stage::Over(outcome),
        _ => model.complaint = Some(outcome.sentence()),
    }
    Next::Draw
}

fn take_event(model: &mut Model, event: &Event) -> Next {
    if let EventBody::OfferRevoked { of, cause, .. } = &event.body
        && &**cause == "no_answer"
    {
        let queue = of.queue.clone();
        model.live.unanswered.push_back(Unanswered { ts: event.ts, queue });
        if model.live.unanswered.len() > UNANSWERED_MAX {
            model.live.unanswered.pop_front();
        }
    }
    let Some(line) = words::line(event, model.live.snapshot.as_ref()) else { return Next::Keep };
    let seen = line.notable || model.all_events;
    model.live.log.push(line);
    if seen && model.frozen.is_none() { Next::Draw } else { Next::Keep }
}

/// A moment passed: ages have grown when a second of the city's, or of the real time, is full.
fn tick(model: &mut Model, before: Real, real: Real) -> Next {
    if let Link::Live { .. } = model.link
        && !model.replay
        && model.live.snapshot.is_some()
        && model.live.silent_for(real) > SILENT_MAX
    {
        let since = model.live.taken;
        let why = "no answer".to_owned();
        model.link = Link::Down { since, why, attempt: 1, next_at: real };
        return Next::Draw;
    }
    if let Link::Live { resumed } = &mut model.link
        && resumed.is_some_and(|(_, until)| real >= until)
    {
        *resumed = None;
        return Next::Draw;
    }
    if before.as_secs() == real.as_secs() { Next::Keep } else { Next::Draw }
}
