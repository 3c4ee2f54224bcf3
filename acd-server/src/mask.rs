//! What may be shown of what callers supply: numbers masked, control characters escaped.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A number or address of which only its kind can be told: `+1********77`, `j***@***`.
pub(crate) fn number(text: &str) -> String {
    if let Some(first) = text.contains('@').then(|| text.chars().next()).flatten() {
        return format!("{}***@***", if first == '@' { '*' } else { first });
    }
    let length = text.chars().count();
    if length < 7 {
        return "*".repeat(length);
    }
    let shown = |at: usize| at < 2 || at >= length - 2;
    text.chars().enumerate().map(|(at, c)| if shown(at) { c } else { '*' }).collect()
}

/// The text with line ends, escapes and other control characters written out, for logs.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if c.is_control() {
            write!(escaped, "{}", c.escape_default()).expect("a string takes everything");
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_cannot_be_read_back() {
        for (raw, masked) in [
            ("+15125550177", "+1********77"),
            ("911", "***"),
            ("jane.doe@example.org", "j***@***"),
            ("@", "****@***"),
            ("", ""),
        ] {
            assert_eq!(number(raw), masked);
        }
    }

    #[test]
    fn a_name_cannot_drive_a_screen() {
        assert_eq!(escape("a\r\n\u{1b}[2J"), "a\\r\\n\\u{1b}[2J");
        assert_eq!(escape("Zoë"), "Zoë");
    }
}
