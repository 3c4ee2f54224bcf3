//! Numbers as the opaque strings clients see: `c-9a02`, `o-771`.

use acd_core::{ContactId, OfferId};

/// The text of a contact's number.
pub fn contact(id: ContactId) -> String {
    format!("c-{:x}", id.0)
}

/// The text of an offer's number.
pub fn offer(id: OfferId) -> String {
    format!("o-{:x}", id.0)
}

/// The contact number in a text; none when no contact can be called that.
pub fn parse_contact(text: &str) -> Option<ContactId> {
    number(text, "c-").map(ContactId)
}

/// The offer number in a text; none when no offer can be called that.
pub fn parse_offer(text: &str) -> Option<OfferId> {
    number(text, "o-").map(OfferId)
}

fn number(text: &str, prefix: &str) -> Option<u64> {
    let digits = text.strip_prefix(prefix)?;
    let canonical = !digits.is_empty()
        && !digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if canonical { u64::from_str_radix(digits, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_survives_the_way_out_and_in() {
        for n in [1, 9, 0x9a02, u64::MAX] {
            assert_eq!(parse_contact(&contact(ContactId(n))), Some(ContactId(n)));
            assert_eq!(parse_offer(&offer(OfferId(n))), Some(OfferId(n)));
        }
    }

    #[test]
    fn other_texts_name_nothing() {
        for text in ["", "c-", "c-0", "c-01", "c-G", "c-A", "o-1 ", "9a02", "c-11111111111111111"] {
            assert_eq!(parse_contact(text), None, "{text:?}");
        }
    }
}
