//! The table of keys: one row an action. Which keys ask for it, what the footer and the help say.
//!
//! Digits belong to screens ([`Screen::digit`]); no row may take one. A file may bind other keys
//! ([`Keys::bind`]); no key gets two meanings on one screen by that.

mod key;
mod table;

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind};
use serde::Deserialize;

use crate::acts::Act;
use crate::screen::Screen;

pub use key::Key;

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
    /// A longer time to count over.
    Longer,
    /// A shorter time.
    Shorter,
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
    /// Other colours.
    Theme,
    /// Callers' numbers whole, or masked.
    Reveal,
    /// What the cursor stands on, to the clipboard.
    Copy,
    /// What is shown, to a file.
    Save,
    /// The trace anew.
    Again,
    /// The acts there are.
    Acts,
    /// The form of an act.
    Act(Act),
    /// Leave, the terminal as it was.
    Quit,
    /// Leave, the last frame left on the terminal.
    QuitKeepingFrame,
    /// Stop until the shell says to go on.
    Suspend,
}

/// One row: keys and what they do.
#[derive(Clone, Debug)]
pub struct Row {
    /// As a file calls it.
    pub id: &'static str,
    /// The keys, any of them.
    pub keys: Vec<Key>,
    /// As the footer says it, the key first; empty where that is left to the help.
    pub foot: &'static str,
    /// In the help.
    pub long: &'static str,
    /// What it does.
    pub action: Action,
    /// The screens it works on; every one, where none is named.
    pub on: &'static [Screen],
    /// Whether a file bound other keys.
    pub bound: bool,
}

impl Row {
    /// Whether the key works on a screen.
    pub fn works_on(&self, screen: Screen) -> bool {
        self.on.is_empty() || self.on.contains(&screen)
    }

    /// Whether it changes something in the city.
    pub const fn is_act(&self) -> bool {
        matches!(self.action, Action::Act(_) | Action::Acts)
    }

    /// The first of its keys, as shown.
    pub fn name(&self) -> String {
        self.keys.first().map_or_else(String::new, Key::to_string)
    }

    /// The footer's key and what it says the key does; none where the footer leaves it out.
    pub fn foot(&self) -> Option<(String, &str)> {
        if self.foot.is_empty() {
            return None;
        }
        let name = self.name();
        // `?help`, `Space pause`: the key's own name stands out from what it does.
        let at = if self.foot.starts_with(&name) {
            name.len()
        } else {
            self.foot.find(' ').unwrap_or(self.foot.len())
        };
        let (key, does) = (self.foot[..at].to_owned(), &self.foot[at..]);
        Some(if self.bound { (name, does) } else { (key, does) })
    }
}

/// The keys in force.
#[derive(Clone, Debug)]
pub struct Keys {
    rows: Vec<Row>,
}

impl Default for Keys {
    fn default() -> Self {
        Self { rows: table::rows() }
    }
}

/// One key or several, as a file says it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Bound {
    /// One.
    One(String),
    /// Any of these; none, where it shall have no key.
    Several(Vec<String>),
}

/// What is wrong with keys of a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("keys.{id} = {value}: expected {expected}")]
pub struct KeysError {
    /// The action.
    pub id: String,
    /// What the file says.
    pub value: String,
    /// What it may say.
    pub expected: String,
}

impl Keys {
    /// Binds other keys to some actions, by their names.
    pub fn bind(&mut self, bound: &BTreeMap<String, Bound>) -> Result<(), KeysError> {
        for (id, bound) in bound {
            let texts = match bound {
                Bound::One(text) => std::slice::from_ref(text),
                Bound::Several(texts) => texts.as_slice(),
            };
            let wrong = |expected: String| KeysError {
                id: id.clone(),
                value: format!("{texts:?}"),
                expected,
            };
            let Some(row) = self.rows.iter_mut().find(|row| row.id == id) else {
                let ids: Vec<_> = self.rows.iter().map(|row| row.id).collect();
                return Err(wrong(format!("a name of {}", ids.join(", "))));
            };
            let read = |text: &String| {
                Key::read(text).ok_or_else(|| {
                    wrong("a key such as p, P, ctrl-p, F5, Space, Enter; digits are screens".into())
                })
            };
            row.keys = texts.iter().map(read).collect::<Result<_, _>>()?;
            row.bound = true;
        }
        self.check()
    }

    /// No key twice, and a way out.
    fn check(&self) -> Result<(), KeysError> {
        for (at, row) in self.rows.iter().enumerate() {
            for key in &row.keys {
                let other = self.rows[..at].iter().find(|other| other.keys.contains(key));
                if let Some(other) = other {
                    return Err(KeysError {
                        id: row.id.into(),
                        value: key.to_string(),
                        expected: format!("another key, as {} has it", other.id),
                    });
                }
            }
            if row.action == Action::Quit && row.keys.is_empty() {
                let (id, value) = (row.id.into(), "[]".into());
                return Err(KeysError { id, value, expected: "a key: it is the way out".into() });
            }
        }
        Ok(())
    }

    /// Rows that work on a screen, in the order of footer and help; acts only where they may be.
    pub fn on(&self, screen: Screen, ops: bool) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.works_on(screen) && (ops || !row.is_act()))
    }

    /// The key of an act, as shown.
    pub fn of_act(&self, act: Act) -> String {
        let row = self.rows.iter().find(|row| row.action == Action::Act(act));
        row.map_or_else(String::new, Row::name)
    }

    /// What a key asks for; none for a key without a meaning, or one let go.
    pub fn action(&self, event: KeyEvent, screen: Screen) -> Option<Action> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        let key = Key::of(event);
        if let (KeyCode::Char(digit @ '0'..='9'), false) = (key.code, key.control) {
            return Screen::of_digit(digit).map(Action::Show);
        }
        let row = self.rows.iter().find(|row| row.keys.contains(&key) && row.works_on(screen));
        row.map(|row| row.action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::KeyModifiers;

    fn press(keys: &Keys, code: KeyCode, modifiers: KeyModifiers) -> Option<Action> {
        keys.action(KeyEvent::new(code, modifiers), Screen::Overview)
    }

    #[test]
    fn no_key_has_two_meanings_and_every_act_has_one() {
        assert_eq!(Keys::default().check(), Ok(()));
        let keys = Keys::default();
        for act in Act::ALL {
            let letter = KeyCode::Char(act.letter());
            assert_eq!(press(&keys, letter, KeyModifiers::NONE), Some(Action::Act(act)));
        }
    }

    #[test]
    fn keys_are_found_by_code_and_control() {
        let keys = Keys::default();
        let press = |code, modifiers| press(&keys, code, modifiers);
        assert_eq!(press(KeyCode::Char('q'), KeyModifiers::NONE), Some(Action::Quit));
        assert_eq!(press(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Action::Quit));
        assert_eq!(press(KeyCode::Char('S'), KeyModifiers::SHIFT), Some(Action::Reverse));
        assert_eq!(
            press(KeyCode::Char('4'), KeyModifiers::NONE),
            Some(Action::Show(Screen::Trace))
        );
        assert_eq!(press(KeyCode::Char('7'), KeyModifiers::NONE), None);
        assert_eq!(press(KeyCode::Char('m'), KeyModifiers::NONE), None, "it is for alerts");
        assert_eq!(press(KeyCode::Char('q'), KeyModifiers::CONTROL), None);
    }

    #[test]
    fn a_key_let_go_does_nothing() {
        let mut event = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        event.kind = KeyEventKind::Release;
        assert_eq!(Keys::default().action(event, Screen::Overview), None);
    }

    #[test]
    fn a_file_binds_other_keys_or_is_refused() {
        let bind = |text: &str| {
            let mut keys = Keys::default();
            let bound = toml::from_str(text).expect("a table of keys");
            keys.bind(&bound).map(|()| keys)
        };
        let keys = bind("pause = \"ctrl-p\"\nhelp = [\"F1\", \"H\"]").expect("they are free");
        assert_eq!(press(&keys, KeyCode::Char(' '), KeyModifiers::NONE), None);
        assert_eq!(press(&keys, KeyCode::Char('p'), KeyModifiers::CONTROL), Some(Action::Pause));
        assert_eq!(press(&keys, KeyCode::Char('H'), KeyModifiers::SHIFT), Some(Action::Help));
        let pause = keys.on(Screen::Overview, false).find(|row| row.id == "pause");
        let foot = pause.and_then(Row::foot).expect("it is in the footer");
        assert_eq!(foot, ("^P".to_owned(), " pause"));
        let cases = [
            ("pause = \"s\"", "keys.pause = s: expected another key, as sort has it"),
            ("pose = \"x\"", "keys.pose = [\"x\"]: expected a name of help, "),
            ("pause = \"7\"", "keys.pause = [\"7\"]: expected a key such as p, "),
            ("pause = \"hyper-p\"", "keys.pause = [\"hyper-p\"]: expected a key such as p, "),
            ("quit = []", "keys.quit = []: expected a key: it is the way out"),
        ];
        for (text, said) in cases {
            let error = bind(text).expect_err(text).to_string();
            assert!(error.starts_with(said), "{text}: {error}");
        }
    }
}
