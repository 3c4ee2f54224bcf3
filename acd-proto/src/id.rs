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

/// Gives the text of a number to `read`, without allocating for it.
pub(crate) fn with_text<R>(prefix: [u8; 2], number: u64, read: impl FnOnce(&str) -> R) -> R {
    let mut text = [0; 18];
    let mut start = text.len();
    let mut left = number;
    loop {
        start -= 1;
        text[start] = b"0123456789abcdef"[(left % 16) as usize];
        left /= 16;
        if left == 0 {
            break;
        }
    }
    start -= prefix.len();
    text[start..start + prefix.len()].copy_from_slice(&prefix);
    read(str::from_utf8(&text[start..]).expect("these are ASCII"))
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
    let digits = text.strip_prefix(prefix)?.as_bytes();
    if !(1..=16).contains(&digits.len()) || digits[0] == b'0' {
        return None;
    }
    digits.iter().try_fold(0, |number: u64, &digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u64::from(value))
    })
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
