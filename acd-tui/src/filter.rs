//! What is shown: rows that match what was typed after `/`.
//!
//! ```text
//! water            a row any of whose fields holds "water", in whatever case
//! ^wat|^park       a regular expression; what is none is taken as it stands
//! state=busy es    a row whose state holds "busy", and any of whose fields "es"
//! ```

use regex::{Regex, RegexBuilder};

/// Characters that may be typed.
pub const FILTER_CHARS_MAX: usize = 40;
/// The largest automaton a typed expression may become.
const REGEX_BYTES_MAX: usize = 256 * 1024;

/// A row's fields by name.
pub type Fields<'a> = &'a [(&'static str, &'a str)];

/// Terms that all must match.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    text: String,
    /// Of one field.
    named: Vec<(String, Regex)>,
    /// Of any field.
    any: Option<Regex>,
}

impl Filter {
    /// A filter of what was typed; nothing typed lets everything pass.
    pub fn new(text: &str) -> Self {
        let mut filter = Self { text: text.to_owned(), ..Self::default() };
        let mut rest = Vec::new();
        for word in text.split(' ') {
            match word.split_once('=') {
                Some((name, value)) if is_name(name) => {
                    if let Some(matcher) = matcher(value) {
                        filter.named.push((name.to_ascii_lowercase(), matcher));
                    }
                }
                _ => rest.push(word),
            }
        }
        filter.any = matcher(rest.join(" ").trim());
        filter
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether everything passes.
    pub const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether a row passes. A field it does not have matches nothing.
    pub fn passes(&self, fields: Fields<'_>) -> bool {
        let named = self.named.iter().all(|(name, matcher)| {
            fields.iter().any(|(field, value)| field == name && matcher.is_match(value))
        });
        named
            && self
                .any
                .as_ref()
                .is_none_or(|any| fields.iter().any(|(_, value)| any.is_match(value)))
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
}

/// None where nothing is typed.
fn matcher(text: &str) -> Option<Regex> {
    let compile = |text: &str| {
        RegexBuilder::new(text).case_insensitive(true).size_limit(REGEX_BYTES_MAX).build()
    };
    if text.is_empty() {
        return None;
    }
    compile(text).or_else(|_| compile(&regex::escape(text))).ok()
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
            assert_eq!(Filter::new(text).passes(&[("queue", name)]), expected, "/{text} {name}");
        }
    }

    #[test]
    fn fields_by_name_and_any_of_them() {
        let fields = [("agent", "4471"), ("name", "ortiz"), ("state", "busy"), ("skills", "es5")];
        let cases = [
            ("state=busy", true),
            ("STATE=BU", true),
            ("state=ready", false),
            ("state=^busy$ ortiz", true),
            ("state=busy chen", false),
            ("skills=es", true),
            ("site=east", false),
            ("state=", true),
            ("=x", false),
        ];
        for (text, expected) in cases {
            assert_eq!(Filter::new(text).passes(&fields), expected, "/{text}");
        }
    }
}
