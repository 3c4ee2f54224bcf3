//! The keys as they are when no file says otherwise.

use crate::acts::Act;
use crate::keys::{Action, Key, Row};
use crate::screen::Screen;

const ANYWHERE: &[Screen] = &[];
const LISTS: &[Screen] = &[Screen::Overview, Screen::Queue, Screen::Agents, Screen::Alerts];
const ALERTS: &[Screen] = &[Screen::Alerts];
const EVENTS: &[Screen] = &[Screen::Overview, Screen::Log];
const TRACE: &[Screen] = &[Screen::Trace];
const CURSOR: &[Screen] =
    &[Screen::Overview, Screen::Queue, Screen::Agents, Screen::Trace, Screen::Alerts, Screen::Log];
const COUNTS: &[Screen] = &[Screen::Overview, Screen::Queue];
const NUMBERS: &[Screen] = &[Screen::Queue];

/// Name, keys, footer, help, action, screens.
type Line =
    (&'static str, &'static [&'static str], &'static str, &'static str, Action, &'static [Screen]);

/// What can be looked for, seen and gone to.
#[rustfmt::skip]
const LOOKING: &[Line] = &[
    ("help", &["?", "F1"], "?help", "this table; / looks in it", Action::Help, ANYWHERE),
    ("filter", &["/"], "/filter", "show what matches a word, regex or key=value", Action::Filter,
     &[Screen::Overview, Screen::Queue, Screen::Agents, Screen::Alerts, Screen::Log]),
    ("sort", &["s"], "s/S sort", "next order of the list", Action::Sort, LISTS),
    ("reverse", &["S"], "", "the same order the other way round", Action::Reverse, LISTS),
    ("down", &["j", "Down"], "", "cursor down", Action::Down, CURSOR),
    ("up", &["k", "Up"], "j/k select", "cursor up", Action::Up, CURSOR),
    ("top", &["g", "Home"], "", "cursor to the first row", Action::Top, CURSOR),
    ("bottom", &["G", "End"], "", "cursor to the last row", Action::Bottom, CURSOR),
    ("open", &["Enter"], "Enter open", "show what the cursor stands on", Action::Open, CURSOR),
    ("acts", &["x"], "x act", "the acts on what the cursor stands on", Action::Acts, ANYWHERE),
    ("see", &["a"], "a/A seen", "the alert has been seen", Action::See, ALERTS),
    ("see_noting", &["A"], "", "the alert has been seen, with a note", Action::SeeNoting, ALERTS),
    ("mute", &["m"], "m mute", "mute the alert for 15 min, or not", Action::Mute, ALERTS),
    ("again", &["r"], "r again", "read the trace again", Action::Again, TRACE),
    ("go", &[":"], ":go", "go: queue NAME, agent TEXT, contact ID, alerts, log, ...",
     Action::Command, ANYWHERE),
    ("all_events", &["e"], "e all/notable", "every event, or only what is notable",
     Action::AllEvents, EVENTS),
    ("shorter", &["["], "[ ] window", "counts of a shorter time: 5m, 15m, 60m, the day",
     Action::Shorter, COUNTS),
    ("longer", &["]"], "", "counts of a longer time", Action::Longer, COUNTS),
    ("pause", &["Space"], "Space pause", "stand still, or go on; recording goes on meanwhile",
     Action::Pause, ANYWHERE),
];

/// What is rarely needed, and the ways out.
#[rustfmt::skip]
const LEAVING: &[Line] = &[
    ("reveal", &["*"], "", "callers' numbers whole, or masked", Action::Reveal, NUMBERS),
    ("copy", &["y"], "", "copy the id under the cursor (OSC 52)", Action::Copy, ANYWHERE),
    ("save", &["w"], "", "write what is shown to a JSON file", Action::Save, ANYWHERE),
    ("theme", &["t"], "", "other colours: default, light, okabe-ito, mono", Action::Theme,
     ANYWHERE),
    ("back", &["Esc"], "Esc back", "back: no cursor, no filter, the screen before", Action::Back,
     ANYWHERE),
    ("suspend", &["ctrl-z"], "", "suspend; fg brings it back", Action::Suspend, ANYWHERE),
    ("quit_keeping_frame", &["Q"], "", "quit, the last frame stays on the terminal",
     Action::QuitKeepingFrame, ANYWHERE),
    ("quit", &["q", "ctrl-c"], "q quit", "quit", Action::Quit, ANYWHERE),
];

/// Every row, acts before the ways out.
pub(super) fn rows() -> Vec<Row> {
    let row = |&(id, keys, foot, long, action, on): &Line| Row {
        id,
        keys: keys.iter().filter_map(|text| Key::read(text)).collect(),
        foot,
        long,
        action,
        on,
        bound: false,
    };
    let acts = Act::ALL.into_iter().map(|act| Row {
        id: act.name(),
        keys: Key::read(act.letter().encode_utf8(&mut [0; 4])).into_iter().collect(),
        foot: "",
        long: act.title(),
        action: Action::Act(act),
        on: ANYWHERE,
        bound: false,
    });
    LOOKING.iter().map(row).chain(acts).chain(LEAVING.iter().map(row)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_written_here_is_one() {
        let written = LOOKING.iter().chain(LEAVING).map(|line| line.1.len()).sum::<usize>();
        let read = rows().iter().map(|row| row.keys.len()).sum::<usize>();
        assert_eq!(read, written + Act::ALL.len());
    }
}
