//! What serde says is wrong, as an error that names the member.

use serde_path_to_error::{Path, Segment};

use crate::error::{ErrorBody, Kind};
use crate::near::nearest;

/// Text given back to the client is cut to this many characters.
const GOT_CHARS_MAX: usize = 64;

/// A `bad_params` from where reading stopped and the sentence it stopped with.
///
/// The sentences are those of [`serde::de::Error`]'s provided methods, which serde keeps stable:
/// `missing field`, `invalid type: …, expected …`, `unknown variant …, expected …`.
pub(crate) fn bad_params(path: &Path, sentence: &str) -> ErrorBody {
    let sentence = without_position(sentence);
    if let Some(name) = sentence.strip_prefix("missing field ") {
        let field = joined(path, Some(name.trim_matches('`')));
        return ErrorBody::new(Kind::BadParams, format!("`{field}` is missing")).field(field);
    }
    if let Some(name) = sentence.strip_prefix("duplicate field ") {
        let field = joined(path, Some(name.trim_matches('`')));
        return ErrorBody::new(Kind::BadParams, format!("`{field}` is given twice")).field(field);
    }
    let field = joined(path, None);
    let subject = if field.is_empty() { "the request".to_owned() } else { format!("`{field}`") };
    let Some((what, expected)) = sentence.rsplit_once(", expected ") else {
        let error = ErrorBody::new(Kind::BadParams, format!("{subject}: {}", short(sentence)));
        return if field.is_empty() { error } else { error.field(field) };
    };
    let got = what.split_once(": ").map_or(what, |(_, got)| got);
    let got = got.strip_prefix("unknown variant ").unwrap_or(got);
    let got = short(plain_got(got));
    let near = nearest(&got, quoted(expected)).map(str::to_owned);
    let expected = plain_expected(expected);
    let message = format!("{subject} is not {expected}");
    ErrorBody::new(Kind::BadParams, message).field(field).got(got).expected(expected).near(near)
}

/// The text, cut where it is too long to give back.
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(GOT_CHARS_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn without_position(sentence: &str) -> &str {
    sentence.rfind(" at line ").map_or(sentence, |at| &sentence[..at])
}

/// `needs.water`, `live[0].state`.
fn joined(path: &Path, last: Option<&str>) -> String {
    let mut text = String::new();
    let name = |text: &mut String, name: &str| {
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(&short(name));
    };
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                text.push('[');
                text.push_str(&index.to_string());
                text.push(']');
            }
            Segment::Map { key } => name(&mut text, key),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    if let Some(last) = last {
        name(&mut text, last);
    }
    text
}

/// `string "x"` and `` integer `5` `` as they stood in the request.
fn plain_got(got: &str) -> &str {
    let value = ["string ", "integer ", "floating point ", "boolean "]
        .iter()
        .find_map(|prefix| got.strip_prefix(prefix))
        .unwrap_or(got);
    match value {
        "map" => "an object",
        "sequence" => "a list",
        value => value.trim_matches(['"', '`']),
    }
}

/// The names in `` one of `a`, `b` ``.
fn quoted(expected: &str) -> impl Iterator<Item = &str> {
    expected.split('`').skip(1).step_by(2)
}

/// Rust's types in words.
fn plain_expected(expected: &str) -> String {
    match expected {
        "u8" => "a whole number from 0 to 255".to_owned(),
        "u32" | "u64" | "usize" => "a whole number".to_owned(),
        "a string" => "text".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        other if other.starts_with("struct ") => "an object".to_owned(),
        other => other.replace('`', ""),
    }
}
