//! Checks a parsed file against the schema, value by value, so that every mistake is found at
//! once and at its place. The schema is the one that `acd config schema` prints.

use std::ops::Range;

use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problems, expected};
use super::scalar::{check_format, format_expects};

/// Adds to `problems` whatever in `table` the schema does not allow.
pub(super) fn check(schema: &Json, table: &Spanned<DeTable<'_>>, problems: &mut Problems<'_>) {
    Checker { root: schema, problems }.table(schema, "the file", table.span(), table.get_ref());
}

struct Checker<'s, 'p, 'a> {
    root: &'s Json,
    problems: &'p mut Problems<'a>,
}

impl<'s> Checker<'s, '_, '_> {
    /// The schema itself where `schema` only refers to it, and without the `null` of an optional
    /// value, which TOML cannot say.
    fn resolve(&self, schema: &'s Json) -> &'s Json {
        if let Some(reference) = schema["$ref"].as_str() {
            let pointer = reference.trim_start_matches('#');
            return self.root.pointer(pointer).expect("schemars refers to what it defines");
        }
        match schema["anyOf"].as_array() {
            Some(any) => any.iter().find(|one| one["type"] != "null").map_or(schema, |one| {
                debug_assert!(any.len() <= 2, "only options are alternatives");
                self.resolve(one)
            }),
            None => schema,
        }
    }

    fn value(&mut self, schema: &'s Json, key: &str, value: &Spanned<DeValue<'_>>) {
        let schema = self.resolve(schema);
        let span = value.span();
        match (wanted_type(schema), value.get_ref()) {
            ("object", DeValue::Table(table)) => self.table(schema, key, span, table),
            ("array", DeValue::Array(array)) => {
                self.length(schema, key, span, array.len());
                for item in array {
                    self.value(&schema["items"], key, item);
                }
            }
            ("string", DeValue::String(text)) => self.text(schema, key, span, text),
            ("integer", DeValue::Integer(number)) => {
                match i64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) => self.number(schema, key, span, number),
                    Err(_) => self.problems.add(span, format!("`{key}`: number too large")),
                }
            }
            ("boolean", DeValue::Boolean(_)) => {}
            (wanted, found) => self.problems.add(
                span,
                format!("`{key}`: found {}, expected {}", found_text(found), {
                    let format = schema["format"].as_str().and_then(format_expects);
                    format.unwrap_or_else(|| wanted_text(wanted))
                }),
            ),
        }
    }

    fn table(&mut self, schema: &'s Json, key: &str, span: Range<usize>, table: &DeTable<'_>) {
        let properties = schema["properties"].as_object();
        for (name, value) in table {
            let known = properties.and_then(|properties| properties.get(name.get_ref().as_ref()));
            match known {
                Some(property) => self.value(property, name.get_ref(), value),
                None if schema["additionalProperties"].is_object() => {
                    self.value(&schema["additionalProperties"], name.get_ref(), value);
                }
                None => {
                    let keys = properties.into_iter().flat_map(|p| p.keys().map(String::as_str));
                    let expected = expected(name.get_ref(), keys);
                    self.problems.add(
                        name.span(),
                        format!("unknown key `{}` in {key}; {expected}", name.get_ref()),
                    );
                }
            }
        }
        for required in schema["required"].as_array().into_iter().flatten() {
            let required = required.as_str().expect("required keys are names");
            if !table.contains_key(required) {
                self.problems.add(span.clone(), format!("`{required}` is missing in {key}"));
            }
        }
    }

    fn length(&mut self, schema: &Json, key: &str, span: Range<usize>, length: usize) {
        let least = schema["minItems"].as_u64().unwrap_or(0);
        let most = schema["maxItems"].as_u64().unwrap_or(u64::MAX);
        if !(least..=most).contains(&(length as u64)) {
            let message = format!("`{key}` has {length} entries: expected {least} to {most}");
            self.problems.add(span, message);
        }
    }

    fn text(&mut self, schema: &Json, key: &str, span: Range<usize>, text: &str) {
        if let Some(names) = enum_names(schema) {
            if !names.contains(&text) {
                let expected = expected(text, names.into_iter());
                self.problems.add(span, format!("`{key}`: unknown value {text:?}; {expected}"));
            }
        } else if let Some(format) = schema["format"].as_str()
            && let Err(error) = check_format(format, text)
        {
            self.problems.add(span, format!("`{key}`: {error}"));
        }
    }

    fn number(&mut self, schema: &Json, key: &str, span: Range<usize>, number: i64) {
        let least = schema["minimum"].as_i64().unwrap_or(i64::MIN);
        let most = schema["maximum"].as_i64().unwrap_or(i64::MAX);
        if !(least..=most).contains(&number) {
            let message = format!("`{key}` is {number}: expected a number from {least} to {most}");
            self.problems.add(span, message);
        }
    }
}

/// The type that a schema wants; of an optional value, the other than `null`.
fn wanted_type(schema: &Json) -> &str {
    match &schema["type"] {
        Json::String(name) => name,
        Json::Array(names) => {
            names.iter().filter_map(Json::as_str).find(|name| *name != "null").unwrap_or_default()
        }
        // An enum whose names are documented one by one has its type inside.
        _ => "string",
    }
}

/// The names that an enum's schema allows; none for other schemas.
fn enum_names(schema: &Json) -> Option<Vec<&str>> {
    if let Some(names) = schema["enum"].as_array() {
        return Some(names.iter().filter_map(Json::as_str).collect());
    }
    let one_of = schema["oneOf"].as_array()?;
    Some(one_of.iter().filter_map(|one| one["const"].as_str()).collect())
}

fn wanted_text(wanted: &str) -> &'static str {
    match wanted {
        "object" => "a table such as { key = value }",
        "array" => "a list such as [ … ]",
        "integer" => "a whole number",
        "boolean" => "true or false",
        _ => "a text in quotes",
    }
}

/// What was found, in the words that a reader of the file has.
fn found_text(found: &DeValue<'_>) -> String {
    match found {
        DeValue::String(text) => format!("the text {:?}", text.as_ref()),
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(date) => format!("the date {date}"),
        DeValue::Array(_) => "a list".into(),
        DeValue::Table(_) => "a table".into(),
    }
}
