//! Lines of the log to draw on its own screen.

use crate::model::Model;
use crate::screen::Screen;
use crate::words::Line;

/// The lines that the log screen shows, newest first.
pub fn log_lines(model: &Model) -> Vec<&Line> {
    let (picture, _) = model.shown();
    let filter = &model.lists[Screen::Log as usize].filter;
    let lines = picture.log.lines(model.all_events);
    lines
        .filter(|line| {
            let queue = line.queue.as_deref().unwrap_or_default();
            let of = |of: &Option<String>| of.clone().unwrap_or_default();
            let (contact, agent) = (of(&line.about.contact), of(&line.about.agent));
            filter.passes(&[
                ("queue", queue),
                ("text", &line.text),
                ("contact", &contact),
                ("agent", &agent),
            ])
        })
        .collect()
}

/// The line that the log screen's cursor stands on.
pub fn log_line(model: &Model) -> Option<Line> {
    let selected = model.lists[Screen::Log as usize].selected.as_ref()?;
    let number = selected.parse::<u64>().ok()?;
    let (picture, _) = model.shown();
    picture.log.lines(model.all_events).find(|line| line.number == number).cloned()
}
