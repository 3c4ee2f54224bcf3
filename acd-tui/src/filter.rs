//! What queues are shown: those whose name matches what was typed after `/`.

use regex::{Regex, RegexBuilder};

/// Characters that may be typed.
pub const FILTER_CHARS_MAX: usize = 40;
/// The largest automaton a typed expression may become.
const REGEX_BYTES_MAX: usize = 256 * 1024;

/// A regular expression, whatever its case; a text that is none matches as it stands.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    text: String,
    matcher: Option<Regex>,
}

impl Filter {
    /// A filter of what was typed; nothing typed lets everything pass.
    pub fn new(text: &str) -> Self {
        let compile = |text: &str| {
            RegexBuilder::new(text).case_insensitive(true).size_limit(REGEX_BYTES_MAX).build()
        };
        let matcher = if text.is_empty() {
            None
        } else {
            compile(text).or_else(|_| compile(&regex::escape(text))).ok()
        };
        Self { text: text.to_owned(), matcher }
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether everything passes.
    pub const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether the name passes.
    pub fn passes(&self, name: &str) -> bool {
        self.matcher.as_ref().is_none_or(|matcher| matcher.is_match(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn substring_regex_and_broken_regex() {
        let cases = [
            ("", "water", true),
            ("ATE", "water", true),
            ("^wat|^park", "parking", true),
            ("^wat|^park", "central-park", false),
            ("a(b", "a(b)", true),
            ("a(b", "ab", false),
            ("x{99999999}", "x{99999999}", true),
        ];
        for (text, name, expected) in cases {
            assert_eq!(Filter::new(text).passes(name), expected, "/{text} {name}");
        }
    }
}
