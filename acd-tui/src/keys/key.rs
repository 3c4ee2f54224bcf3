//! One key, as crossterm tells it, as a file writes it, as the screen shows it.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with Control or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Which.
    pub code: KeyCode,
    /// With Control.
    pub control: bool,
}

/// Keys that have a name, as written and shown.
const NAMED: [(&str, KeyCode); 13] = [
    ("Space", KeyCode::Char(' ')),
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("Insert", KeyCode::Insert),
];

impl Key {
    /// The key of an event.
    pub fn of(event: KeyEvent) -> Self {
        Self { code: event.code, control: event.modifiers.contains(KeyModifiers::CONTROL) }
    }

    /// A key as a file writes it: `p`, `P`, `ctrl-p`, `F5`, `Space`. No digit: those are screens.
    pub fn read(text: &str) -> Option<Self> {
        let (control, name) = match text.strip_prefix("ctrl-") {
            Some(name) => (true, name),
            None => (false, text),
        };
        let mut chars = name.chars();
        let code = match (chars.next(), chars.next()) {
            (Some('0'..='9'), None) => return None,
            (Some(c), None) if !c.is_control() && c != ' ' => KeyCode::Char(c),
            _ => {
                let known = NAMED.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                let function = name.strip_prefix('F').and_then(|n| n.parse().ok());
                known
                    .map(|(_, code)| *code)
                    .or_else(|| function.filter(|n| (1..=12).contains(n)).map(KeyCode::F))?
            }
        };
        Some(Self { code, control })
    }
}

impl fmt::Display for Key {
    /// `p`, `^P`, `F5`, `Space`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.control {
            f.write_str("^")?;
        }
        if let Some((name, _)) = NAMED.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(c) if self.control => write!(f, "{}", c.to_ascii_uppercase()),
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(n) => write!(f, "F{n}"),
            code => write!(f, "{code:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_shown() {
        let cases = [("p", "p"), ("ctrl-p", "^P"), ("F12", "F12"), ("space", "Space"), ("?", "?")];
        for (text, shown) in cases {
            assert_eq!(Key::read(text).map(|key| key.to_string()).as_deref(), Some(shown));
        }
        for text in ["", "7", " ", "F13", "ctrl-", "alt-p", "\u{1b}", "pp"] {
            assert_eq!(Key::read(text), None, "{text:?}");
        }
    }
}
