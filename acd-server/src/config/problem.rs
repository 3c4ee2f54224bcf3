//! What is wrong with a file, and where: file, line, column, what was found, what was expected.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::PathBuf;

/// One thing that is wrong, at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file's name, as given.
    pub origin: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What was found, what was expected, and the nearest valid name.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.origin, self.line, self.column, self.message)
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Everything that is wrong with what it says, by position.
    #[error("{}", lines(.0))]
    Invalid(Vec<Problem>),
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

/// Collects what is wrong with one text.
pub(super) struct Problems<'a> {
    origin: &'a str,
    text: &'a str,
    found: Vec<(usize, String)>,
}

impl<'a> Problems<'a> {
    /// Nothing is wrong yet with `text`, which came from `origin`.
    pub(super) fn new(origin: &'a str, text: &'a str) -> Self {
        Self { origin, text, found: Vec::new() }
    }

    /// `message` is wrong at `span`.
    pub(super) fn add(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.found.push((span.start, message.into()));
    }

    /// Whether nothing is wrong.
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All that is wrong, by position; an error if that is anything.
    pub(super) fn finish(mut self) -> Result<(), ConfigError> {
        if self.found.is_empty() {
            return Ok(());
        }
        self.found.sort_by_key(|(offset, _)| *offset);
        let problem = |(offset, message)| {
            let before = self.text.get(..offset).unwrap_or(self.text);
            let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
            Problem {
                origin: self.origin.into(),
                line: 1 + before.matches('\n').count(),
                column: 1 + before[line_start..].chars().count(),
                message,
            }
        };
        Err(ConfigError::Invalid(self.found.into_iter().map(problem).collect()))
    }
}

/// The most names that an error lists when none is near.
const NAMES_LISTED_MAX: usize = 12;

/// What may stand instead of `found`: the nearest of `valid`, or all of them when they are few.
pub(super) fn expected<'n>(found: &str, valid: impl Iterator<Item = &'n str>) -> String {
    let valid: Vec<&str> = valid.collect();
    let distance = |name: &str| strsim::osa_distance(&found.to_lowercase(), &name.to_lowercase());
    let near = valid.iter().map(|name| (distance(name), *name)).min();
    match near {
        Some((distance, name)) if distance <= (found.chars().count() / 3).max(1) => {
            format!("did you mean `{name}`?")
        }
        _ if valid.is_empty() => "none is defined".into(),
        _ if valid.len() > NAMES_LISTED_MAX => format!("none of {} names is near", valid.len()),
        _ => format!("expected {}", one_of(&valid)),
    }
}

/// `a`, `b` or `c`.
fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => "nothing".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_come_by_position_counted_in_characters() {
        let mut problems = Problems::new("city.toml", "a = 1\né = \"ü\" x\n");
        problems.add(16..17, "late");
        problems.add(0..1, "early");
        let error = problems.finish().expect_err("two were added");
        assert_eq!(error.to_string(), "city.toml:1:1: early\ncity.toml:2:9: late");
    }

    #[test]
    fn the_nearest_name_is_offered_or_a_few_are_listed() {
        let many: Vec<String> = (0..20).map(|number| format!("queue-{number}")).collect();
        for (found, valid, message) in [
            ("raods", vec!["roads", "water"], "did you mean `roads`?"),
            ("Roads", vec!["roads", "water"], "did you mean `roads`?"),
            ("parking", vec!["roads", "water", "tax"], "expected `roads`, `water` or `tax`"),
            ("parking", vec!["roads"], "expected `roads`"),
            ("parking", vec![], "none is defined"),
            ("x", many.iter().map(String::as_str).collect(), "none of 20 names is near"),
        ] {
            assert_eq!(expected(found, valid.into_iter()), message);
        }
    }
}
