//! Words of the protocol as bytes: a word's number is its place in its list, from 1; 0 is absent.

use super::wire::missing;
use crate::error::{ErrorBody, Kind};

pub(super) const CHANNELS: &[&str] = &["voice", "callback", "kiosk", "chat", "email", "web"];
pub(super) const ENDED_BY: &[&str] = &["caller", "agent", "front_end", "system", "supervisor"];
pub(super) const END_CAUSES: &[&str] = &[
    "hangup",
    "completed",
    "exit_key",
    "timeout",
    "abandoned",
    "transferred",
    "withdrawn",
    "queue_closed",
    "callback_failed",
    "lost_by_front_end",
    "lost",
];
/// Of `offer.failed`, and of `contact.offer_revoked`.
pub(super) const OFFER_CAUSES: &[&str] = &[
    "no_answer",
    "busy",
    "unreachable",
    "rejected",
    "abandoned",
    "ended",
    "moved",
    "callback",
    "agent_lost",
    "attended",
    "front_end_absent",
];
pub(super) const AGENT_STATES: &[&str] = &["ready", "not_ready", "busy", "signed_out"];
pub(super) const CONTACT_STATES: &[&str] =
    &["queued", "scheduled", "offered", "connected", "parked", "ended"];
pub(super) const ANSWERERS: &[&str] = &["device", "desktop"];

/// The number of a word; none when the list does not have it.
#[inline]
pub(super) fn code(words: &[&str], word: &str) -> Option<u8> {
    words.iter().position(|known| *known == word).map(|at| at as u8 + 1)
}

/// The number of a word that may be absent; none when the list does not have it.
pub(super) fn maybe_code(words: &[&str], word: Option<&str>) -> Option<u8> {
    word.map_or(Some(0), |word| code(words, word))
}

/// The word of a number.
#[inline]
pub(super) fn word<'a>(
    words: &[&'a str],
    field: &str,
    code: Option<u8>,
) -> Result<&'a str, ErrorBody> {
    maybe_word(words, field, code)?.ok_or_else(|| missing(field))
}

/// The word of a number, which may be absent.
#[inline]
pub(super) fn maybe_word<'a>(
    words: &[&'a str],
    field: &str,
    code: Option<u8>,
) -> Result<Option<&'a str>, ErrorBody> {
    let Some(code) = code.filter(|code| *code > 0) else { return Ok(None) };
    words.get(usize::from(code) - 1).copied().map(Some).ok_or_else(|| {
        ErrorBody::new(Kind::BadParams, format!("`{field}` is none of its values"))
            .field(field)
            .got(code.to_string())
            .expected(format!("1 to {}", words.len()))
    })
}
