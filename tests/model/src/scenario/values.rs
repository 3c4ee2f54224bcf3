//! Numbers, lengths and lists as scenario text.

use acd_core::{Capacity, Channel, Nanos};

const NANOS: u64 = 1_000_000_000;

/// A number of any kind.
pub(super) fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{text}` is not such a number"))
}

/// Seconds with decimals, or whole minutes, hours or days.
pub(super) fn length(text: &str) -> Result<Nanos, String> {
    for (unit, seconds) in [('m', 60), ('h', 3_600), ('d', 86_400)] {
        if let Some(count) = text.strip_suffix(unit) {
            return Ok(Nanos::from_secs(number::<u64>(count)? * seconds));
        }
    }
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 9 {
        return Err(format!("`{text}` has more than nine decimals"));
    }
    let fraction: u64 = number(&format!("{decimals:0<9}"))?;
    let whole: u64 = number(whole)?;
    let nanos = whole.checked_mul(NANOS).and_then(|nanos| nanos.checked_add(fraction));
    Ok(Nanos(nanos.ok_or_else(|| format!("`{text}` is too long"))?))
}

/// Seconds, as many decimals as it takes.
pub(super) fn seconds(nanos: u64) -> String {
    let (whole, fraction) = (nanos / NANOS, nanos % NANOS);
    if fraction == 0 {
        return whole.to_string();
    }
    format!("{whole}.{fraction:09}").trim_end_matches('0').to_string()
}

/// `name:number,name:number`.
pub(super) fn pairs(text: &str) -> Result<Vec<(&str, u8)>, String> {
    let parts = text.split(',').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) =
                part.split_once(':').ok_or_else(|| format!("`{part}` is not `name:number`"))?;
            Ok((name, number(value)?))
        })
        .collect()
}

pub(super) fn list(text: &str) -> Vec<String> {
    text.split(',').filter(|part| !part.is_empty()).map(unquoted).collect()
}

/// An empty name is written `""`.
pub(super) fn unquoted(text: &str) -> String {
    if text == "\"\"" { String::new() } else { text.to_string() }
}

pub(super) fn quoted(name: &str) -> &str {
    if name.is_empty() { "\"\"" } else { name }
}

pub(super) fn channel(text: &str) -> Result<Channel, String> {
    Channel::from_name(text).ok_or_else(|| format!("`{text}` is no channel"))
}

pub(super) fn channels(text: &str) -> Result<Vec<(Channel, u8)>, String> {
    let pairs = pairs(text)?.into_iter();
    pairs.map(|(name, count)| Ok((channel(name)?, count))).collect()
}

/// The default, changed for the channels named.
pub(super) fn capacity(text: &str) -> Result<Capacity, String> {
    let mut capacity = Capacity::default();
    for (channel, count) in channels(text)? {
        capacity[channel] = count;
    }
    Ok(capacity)
}

pub(super) fn capacity_text(capacity: Capacity) -> String {
    let counts = Channel::ALL.map(|channel| format!("{}:{}", channel.name(), capacity[channel]));
    counts.join(",")
}

/// `UnknownQueue` as `unknown_queue`.
pub(super) fn snake(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

/// `key=value` words and bare words of a line, taken one by one.
#[derive(Debug)]
pub(super) struct Words<'a> {
    words: Vec<&'a str>,
}

impl<'a> Words<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { words: text.split_whitespace().collect() }
    }

    /// The next word.
    pub(super) fn word(&mut self) -> Option<&'a str> {
        if self.words.is_empty() { None } else { Some(self.words.remove(0)) }
    }

    pub(super) fn need(&mut self, what: &str) -> Result<&'a str, String> {
        self.word().ok_or_else(|| format!("expected {what}"))
    }

    /// Takes `key=value` out, wherever it stands.
    pub(super) fn value(&mut self, key: &str) -> Option<&'a str> {
        let at = self
            .words
            .iter()
            .position(|word| word.strip_prefix(key).is_some_and(|rest| rest.starts_with('=')))?;
        Some(&self.words.remove(at)[key.len() + 1..])
    }

    pub(super) fn needed_value(&mut self, key: &str) -> Result<&'a str, String> {
        self.value(key).ok_or_else(|| format!("expected {key}=…"))
    }

    /// Takes a bare word out, wherever it stands.
    pub(super) fn flag(&mut self, flag: &str) -> bool {
        let at = self.words.iter().position(|word| *word == flag);
        at.map(|at| self.words.remove(at)).is_some()
    }

    /// All the rest.
    pub(super) fn rest(&mut self) -> Vec<&'a str> {
        std::mem::take(&mut self.words)
    }

    pub(super) fn finish(self) -> Result<(), String> {
        match self.words.first() {
            None => Ok(()),
            Some(word) => Err(format!("`{word}` means nothing here")),
        }
    }
}
