//! What the server wrote down beside a command, for an operator who looks into the log: callers'
//! numbers, names and attributes masked unless they are asked for.

use serde_json::{Map, Value};

use super::side;
use crate::mask;

/// Keys of what a caller or a front end has said of a caller, in words.
const WORDS: [&str; 4] = ["name", "reference", "attrs", "text"];
/// Keys of numbers and addresses.
const NUMBERS: [&str; 3] = ["from", "number", "device"];

/// The server's side of a record as JSON, in order; or why it cannot be read.
pub fn beside(bytes: &[u8], unmasked: bool) -> Result<Vec<Value>, String> {
    let sides = side::decode(bytes).map_err(|error| error.to_string())?;
    let shown = sides.iter().map(|side| {
        let mut value = serde_json::to_value(side).map_err(|error| error.to_string())?;
        if !unmasked {
            hide(&mut value);
        }
        Ok(value)
    });
    shown.collect()
}

/// Masks what callers said, wherever it stands; and in any other text, what looks like a number.
fn hide(value: &mut Value) {
    match value {
        Value::String(text) => *text = without_numbers(text),
        Value::Array(list) => list.iter_mut().for_each(hide),
        Value::Object(fields) => hide_fields(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn hide_fields(fields: &mut Map<String, Value>) {
    for (key, value) in fields {
        match value {
            Value::String(text) if NUMBERS.contains(&key.as_str()) => *text = mask::number(text),
            Value::String(_) if WORDS.contains(&key.as_str()) => *value = "***".into(),
            Value::Object(words) if key == "attrs" => {
                words.values_mut().for_each(|word| *word = "***".into());
            }
            _ => hide(value),
        }
    }
}

/// The text with each row of seven digits or more masked.
fn without_numbers(text: &str) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut digits = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_ascii_digit() || (c == '+' && digits.is_empty()) {
            digits.push(c);
            continue;
        }
        hidden +=
            &if digits.len() < 7 { std::mem::take(&mut digits) } else { mask::number(&digits) };
        digits.clear();
        hidden.push(c);
    }
    hidden.pop();
    hidden
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use acd_core::{Channel, ContactId, FrontEndId};

    use super::super::contacts::{Caller, Newcomer};
    use super::super::side::Side;
    use super::*;

    #[test]
    fn callers_are_masked_unless_asked_for() {
        let caller = Caller {
            from: Some("+15125550177".into()),
            name: Some("Jane Doe".into()),
            reference: None,
            attrs: [("street".to_owned(), "12 Elm".to_owned())].into(),
        };
        let newcomer = Newcomer {
            ext: "call-7".into(),
            front_end: FrontEndId(1),
            widget: None,
            channel: Channel::Voice,
            caller,
            previous: None,
            number: Some("+15125550178".into()),
            chat: super::super::chat::Chat::default(),
        };
        let number: Option<Arc<str>> = Some("+15125550179".into());
        let sides = [
            Side::Newcomer(newcomer),
            Side::Number { contact: ContactId(7), number },
            Side::TransferTo("outside:+15125550180".into()),
        ];
        let mut bytes = Vec::new();
        side::begin(&mut bytes);
        for side in &sides {
            side::encode(side, &mut bytes);
        }
        let text = |unmasked| format!("{:?}", beside(&bytes, unmasked).expect("it was written"));
        for said in ["5550177", "5550178", "5550179", "5550180", "Jane", "Elm"] {
            assert!(!text(false).contains(said), "{said} is shown: {}", text(false));
            assert!(text(true).contains(said), "{said} is hidden: {}", text(true));
        }
        assert!(text(false).contains("call-7") && text(false).contains("street"));
        assert!(beside(&[9], false).is_err_and(|error| error.contains("version 9")));
    }
}
