//! The texts within the file that have a form of their own: names, lengths of time, requirements,
//! addresses. Each is read here, and its form stands in the schema.

use std::borrow::Cow;
use std::str::FromStr;

use acd_core::{Nanos, Term, limits};
use acd_proto::Address;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

use super::hours::{Day, Week};

/// A name that requests and topics can carry unquoted.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Name(pub(crate) String);

/// What people call something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Title(pub(super) String);

/// A length of time, from 1 ms to 366 days: `30s`, `1h30min`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Length(pub(super) Nanos);

/// A length of time that may be `0s`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Age(pub(super) Nanos);

/// All that an agent must know: `roads >= 3 and lang.es >= 2`; empty admits all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Requirement(pub(super) Vec<Term>);

/// Where to listen: `unix:PATH` or `tcp:ADDR:PORT`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Listen(pub(super) Address);

/// Units of a length of time, with their milliseconds; the longest that fits is written first.
const UNITS: [(&str, u64); 6] =
    [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Whether `text` has the form of the schema's `format`; the error says what was expected.
/// Formats that are not this module's are met by every text.
pub(super) fn check_format(format: &str, text: &str) -> Result<(), String> {
    match format {
        "acd-name" => text.parse::<Name>().map(drop),
        "acd-title" => text.parse::<Title>().map(drop),
        "acd-length" => text.parse::<Length>().map(drop),
        "acd-age" => text.parse::<Age>().map(drop),
        "acd-requirement" => text.parse::<Requirement>().map(drop),
        "acd-address" => text.parse::<Listen>().map(drop),
        "acd-week" => text.parse::<Week>().map(drop),
        "acd-day" => text.parse::<Day>().map(drop),
        _ => Ok(()),
    }
}

/// What the schema's `format` expects, for one who wrote another type.
pub(super) fn format_expects(format: &str) -> Option<&'static str> {
    match format {
        "acd-name" => Some("a name in quotes, such as \"water-emergency\""),
        "acd-title" => Some("a name in quotes, such as \"Water emergencies\""),
        "acd-length" | "acd-age" => Some("a length of time such as \"30s\" or \"1h30min\""),
        "acd-requirement" => Some("a requirement such as \"roads >= 3 and lang.es >= 2\""),
        "acd-address" => Some("an address such as \"unix:/run/acd/acd.sock\""),
        "acd-week" => Some("days and hours such as \"mon-fri 08:00-20:00\""),
        "acd-day" => Some("a day such as \"12-25\" or \"2026-12-24 08:00-12:00\""),
        _ => None,
    }
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if text.is_empty() || text.len() > limits::NAME_BYTES_MAX {
            return Err(format!(
                "a name has 1 to {} letters; this one has {}",
                limits::NAME_BYTES_MAX,
                text.len()
            ));
        }
        match text.chars().find(|&c| !plain(c)) {
            Some(odd) => Err(format!(
                "{odd:?} in a name: expected letters a-z and A-Z, digits, `.`, `-` and `_` only"
            )),
            None => Ok(Self(text.into())),
        }
    }
}

impl FromStr for Title {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let letters = text.chars().count();
        if !(1..=limits::NAME_BYTES_MAX).contains(&letters) {
            return Err(format!(
                "a name has 1 to {} letters; this one has {letters}",
                limits::NAME_BYTES_MAX
            ));
        }
        match text.chars().find(|c| c.is_control()) {
            Some(odd) => Err(format!("{odd:?} in a name: expected no control characters")),
            None => Ok(Self(text.into())),
        }
    }
}

impl FromStr for Age {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is no length of time: expected whole numbers with the units d, h, min, \
                 s, ms, as in \"30s\" or \"1h30min\""
            )
        };
        let long = || format!("{text:?} is longer than the longest length of time, 366 days");
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(wrong());
        }
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, after) = rest.split_at(digits);
            let letters = after.len() - after.trim_start_matches(char::is_alphabetic).len();
            let (unit, after) = after.split_at(letters);
            let (_, ms) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
            if number.is_empty() {
                return Err(wrong());
            }
            let part = number.parse::<u64>().ok().and_then(|n| n.checked_mul(*ms));
            total = part.and_then(|part| total.checked_add(part)).ok_or_else(long)?;
            rest = after.trim_start();
        }
        let length = Nanos::from_millis(total);
        if length > limits::DURATION_MAX { Err(long()) } else { Ok(Self(length)) }
    }
}

impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Age(length) = text.parse()?;
        if length < limits::DURATION_MIN {
            return Err(format!("{text:?} is shorter than the shortest length of time, 1ms"));
        }
        Ok(Self(length))
    }
}

impl FromStr for Requirement {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self(Vec::new()));
        }
        let terms = text.split(" and ").map(parse_term).collect::<Result<Vec<_>, _>>()?;
        if terms.len() > limits::TERMS_MAX {
            return Err(format!(
                "{} terms in one requirement: expected at most {}",
                terms.len(),
                limits::TERMS_MAX
            ));
        }
        Ok(Self(terms))
    }
}

/// Reads `skill >= level`; a skill alone wants level 1.
fn parse_term(text: &str) -> Result<Term, String> {
    let (skill, level) = match text.split_once(">=") {
        Some((skill, level)) => (skill.trim(), level.trim()),
        None => (text.trim(), "1"),
    };
    let expected = "expected terms `skill >= level` joined by `and`, \
                    as in \"roads >= 3 and lang.es >= 2\"";
    let Name(skill) = skill.parse().map_err(|error| format!("{error}; {expected}"))?;
    match level.parse::<u8>() {
        Ok(level) if (1..=limits::LEVEL_MAX).contains(&level) => Ok(Term { skill, level }),
        _ => Err(format!(
            "`{level}` is no level of {skill}: expected a number from 1 to {}",
            limits::LEVEL_MAX
        )),
    }
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|error: acd_proto::address::AddressError| error.to_string())
    }
}

/// Writes a length as [`Age`] reads it.
fn length_text(length: Nanos) -> String {
    let mut ms = length.as_millis();
    let mut parts = Vec::new();
    for (unit, size) in UNITS {
        if ms >= size {
            parts.push(format!("{}{unit}", ms / size));
            ms %= size;
        }
    }
    if parts.is_empty() { "0s".into() } else { parts.concat() }
}

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&length_text(self.0))
    }
}

impl Serialize for Age {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&length_text(self.0))
    }
}

impl Serialize for Requirement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let term = |term: &Term| format!("{} >= {}", term.skill, term.level);
        serializer.serialize_str(&self.0.iter().map(term).collect::<Vec<_>>().join(" and "))
    }
}

impl Serialize for Listen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Ties a text type to its form: how serde reads it, and what the schema says of it.
macro_rules! text_form {
    ($type:ident, $format:literal, $pattern:literal) => {
        impl TryFrom<String> for $type {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }

        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": $format, "pattern": $pattern })
            }
        }
    };
}

pub(super) use text_form;

text_form!(Name, "acd-name", "^[A-Za-z0-9._-]{1,64}$");
text_form!(Title, "acd-title", "^[^\\u0000-\\u001f\\u007f-\\u009f]{1,64}$");
text_form!(Length, "acd-length", "^ *([0-9]+(d|h|min|m|s|ms) *)+$");
text_form!(Age, "acd-age", "^ *([0-9]+(d|h|min|m|s|ms) *)+$");
text_form!(
    Requirement,
    "acd-requirement",
    "^ *$|^ *[A-Za-z0-9._-]+( *>= *[0-9]+)?( +and +[A-Za-z0-9._-]+( *>= *[0-9]+)?)* *$"
);
text_form!(Listen, "acd-address", "^(unix:.+|tcp:.+:[0-9]+)$");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time() {
        for (text, ms) in [
            ("30s", 30_000),
            ("1h30min", 5_400_000),
            ("1h 30m", 5_400_000),
            ("250ms", 250),
            ("366d", 31_622_400_000),
        ] {
            assert_eq!(text.parse(), Ok(Length(Nanos::from_millis(ms))), "{text}");
        }
        assert_eq!("0s".parse(), Ok(Age(Nanos(0))));
    }

    #[test]
    fn a_wrong_length_says_what_was_expected() {
        for (text, expected) in [
            ("30", "is no length of time: expected whole numbers"),
            ("", "is no length of time"),
            ("s", "is no length of time"),
            ("-1s", "is no length of time"),
            ("1.5h", "is no length of time"),
            ("3 weeks", "is no length of time"),
            ("é", "is no length of time"),
            ("367d", "longer than the longest length of time, 366 days"),
            ("99999999999999999999s", "longer than the longest"),
            ("18446744073709551615d", "longer than the longest"),
            ("0s", "shorter than the shortest length of time, 1ms"),
        ] {
            let error = text.parse::<Length>().expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn a_length_is_written_as_it_is_read() {
        for text in ["30s", "1h30min", "2d1ms", "0s"] {
            let Age(length) = text.parse().expect(text);
            assert_eq!(length_text(length), text);
        }
    }

    #[test]
    fn requirements() {
        let term = |skill: &str, level| Term { skill: skill.into(), level };
        for (text, terms) in [
            ("", vec![]),
            ("roads", vec![term("roads", 1)]),
            ("roads>=3 and lang.es >= 2", vec![term("roads", 3), term("lang.es", 2)]),
        ] {
            assert_eq!(text.parse(), Ok(Requirement(terms)), "{text}");
        }
        for (text, expected) in [
            ("roads >= 11", "`11` is no level of roads: expected a number from 1 to 10"),
            ("roads >= 0", "`0` is no level of roads"),
            ("roads >= x", "`x` is no level of roads"),
            ("roads > 3", "expected terms `skill >= level` joined by `and`"),
            ("roads >= 3 and", "`3 and` is no level of roads"),
            ("roads & water", "expected terms `skill >= level` joined by `and`"),
        ] {
            let error = text.parse::<Requirement>().expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn names() {
        assert!("lang.es".parse::<Name>().is_ok());
        for (text, expected) in [
            ("", "a name has 1 to 64 letters; this one has 0"),
            ("road works", "' ' in a name"),
            ("straße", "'ß' in a name"),
            ("\u{1b}[2J", "'\\u{1b}' in a name"),
        ] {
            let error = text.parse::<Name>().expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
