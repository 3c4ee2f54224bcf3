//! The table of keys: one row a key. What a key does, what the footer and the help say of it.
//!
//! Digits belong to screens ([`Screen::digit`]); no row may take one.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::screen::Screen;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Show a screen.
    Show(Screen),
    /// Show what the cursor stands on.
    Open,
    /// Say where to go.
    Command,
    /// An alert has been seen.
    See,
    /// An alert has been seen, with a note.
    SeeNoting,
    /// Mute an alert, or let it be heard again.
    Mute,
    /// Show or hide the table of keys.
    Help,
    /// Type a filter.
    Filter,
    /// The next order of queues.
    Sort,
    /// The other way round.
    Reverse,
    /// Stand still, or go on.
    Pause,
    /// Tell routine too, or only what is notable.
    AllEvents,
    /// Cursor to the next queue.
    Down,
    /// Cursor to the queue before.
    Up,
    /// Cursor to the first queue.
    Top,
    /// Cursor to the last queue.
    Bottom,
    /// Undo: cursor, then filter.
    Back,
    /// Leave, the terminal as it was.
    Quit,
    /// Leave, the last frame left on the terminal.
    QuitKeepingFrame,
    /// Stop until the shell says to go on.
    Suspend,
}

/// One row: a key and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The keys, any of them.
    pub keys: &'static [Key],
    /// As shown.
    pub name: &'static str,
    /// As the footer says it; empty where that is left to the help.
    pub foot: &'static str,
    /// In the help.
    pub long: &'static str,
    /// What it does.
    pub action: Action,
    /// The screen it works on; every one, where none is named.
    pub on: Option<Screen>,
}

/// A key with Control or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    code: KeyCode,
    control: bool,
}

const fn char(c: char) -> Key {
    Key { code: KeyCode::Char(c), control: false }
}

const fn control(c: char) -> Key {
    Key { code: KeyCode::Char(c), control: true }
}

const fn named(code: KeyCode) -> Key {
    Key { code, control: false }
}

const fn row(
    keys: &'static [Key],
    name: &'static str,
    foot: &'static str,
    long: &'static str,
    action: Action,
) -> Row {
    Row { keys, name, foot, long, action, on: None }
}

impl Row {
    const fn on(mut self, screen: Screen) -> Self {
        self.on = Some(screen);
        self
    }

    /// Whether the key works on a screen.
    pub fn works_on(&self, screen: Screen) -> bool {
        self.on.is_none_or(|on| on == screen)
    }
}

/// Every key, in the order of footer and help.
pub const TABLE: [Row; 19] = [
    row(&[char('?'), named(KeyCode::F(1))], "?", "?help", "this table", Action::Help),
    row(
        &[char('/')],
        "/",
        "/filter",
        "show what matches a word, regex or key=value",
        Action::Filter,
    ),
    row(&[char('s')], "s", "s/S sort", "next order of the list", Action::Sort),
    row(&[char('S')], "S", "", "the same order the other way round", Action::Reverse),
    row(&[char('j'), named(KeyCode::Down)], "j", "", "cursor down", Action::Down),
    row(&[char('k'), named(KeyCode::Up)], "k", "j/k select", "cursor up", Action::Up),
    row(&[char('g'), named(KeyCode::Home)], "g", "", "cursor to the first row", Action::Top),
    row(&[char('G'), named(KeyCode::End)], "G", "", "cursor to the last row", Action::Bottom),
    row(
        &[named(KeyCode::Enter)],
        "Enter",
        "Enter open",
        "show what the cursor stands on",
        Action::Open,
    ),
    row(&[char('a')], "a", "a/A seen", "the alert has been seen", Action::See).on(Screen::Alerts),
    row(&[char('A')], "A", "", "the alert has been seen, with a note", Action::SeeNoting)
        .on(Screen::Alerts),
    row(&[char('m')], "m", "m mute", "mute the alert for 15 min, or not", Action::Mute)
        .on(Screen::Alerts),
    row(&[char(':')], ":", ":go", "go: queue NAME, agent TEXT, alerts, log, ...", Action::Command),
    row(
        &[char('e')],
        "e",
        "e all/notable",
        "every event, or only what is notable",
        Action::AllEvents,
    ),
    row(
        &[char(' ')],
        "Space",
        "Space pause",
        "stand still, or go on; recording goes on meanwhile",
        Action::Pause,
    ),
    row(
        &[named(KeyCode::Esc)],
        "Esc",
        "Esc back",
        "back: no cursor, no filter, the screen before",
        Action::Back,
    ),
    row(&[control('z')], "^Z", "", "suspend; fg brings it back", Action::Suspend),
    row(
        &[char('Q')],
        "Q",
        "",
        "quit, the last frame stays on the terminal",
        Action::QuitKeepingFrame,
    ),
    row(&[char('q'), control('c')], "q", "q quit", "quit", Action::Quit),
];

/// What a key asks for; none for a key without a meaning, or one let go.
pub fn action(event: KeyEvent, screen: Screen) -> Option<Action> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let key = Key { code: event.code, control: event.modifiers.contains(KeyModifiers::CONTROL) };
    if let (KeyCode::Char(digit @ '0'..='9'), false) = (key.code, key.control) {
        return Screen::of_digit(digit).map(Action::Show);
    }
    let row = TABLE.iter().find(|row| row.keys.contains(&key) && row.works_on(screen));
    row.map(|row| row.action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_has_two_meanings_and_digits_are_for_screens() {
        let mut seen: Vec<Key> = Vec::new();
        for key in TABLE.iter().flat_map(|row| row.keys) {
            assert!(!seen.contains(key), "{key:?} twice");
            assert!(!matches!(key.code, KeyCode::Char('0'..='9')), "{key:?}");
            seen.push(*key);
        }
    }

    #[test]
    fn keys_are_found_by_code_and_control() {
        let press = |code, modifiers| action(KeyEvent::new(code, modifiers), Screen::Overview);
        assert_eq!(press(KeyCode::Char('q'), KeyModifiers::NONE), Some(Action::Quit));
        assert_eq!(press(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Action::Quit));
        assert_eq!(press(KeyCode::Char('S'), KeyModifiers::SHIFT), Some(Action::Reverse));
        assert_eq!(
            press(KeyCode::Char('1'), KeyModifiers::NONE),
            Some(Action::Show(Screen::Overview))
        );
        assert_eq!(press(KeyCode::Char('7'), KeyModifiers::NONE), None);
        assert_eq!(press(KeyCode::Char('m'), KeyModifiers::NONE), None, "it is for alerts");
        assert_eq!(press(KeyCode::Char('q'), KeyModifiers::CONTROL), None);
    }

    #[test]
    fn a_key_let_go_does_nothing() {
        let mut event = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        event.kind = KeyEventKind::Release;
        assert_eq!(action(event, Screen::Overview), None);
    }
}
