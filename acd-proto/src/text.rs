//! Texts of what the server says: shared, or borrowed and made only where they are written.

use std::sync::Arc;

use acd_core::{ContactId, OfferId};
use serde::{Serialize, Serializer};

use crate::id;

/// A text of an event.
pub trait Text: Serialize {
    /// Gives it to `read`.
    fn with<R>(&self, read: impl FnOnce(&str) -> R) -> R;

    /// The number, where it is a contact's id.
    fn contact(&self) -> Option<ContactId> {
        self.with(id::parse_contact)
    }

    /// The number, where it is an offer's id.
    fn offer(&self) -> Option<OfferId> {
        self.with(id::parse_offer)
    }
}

/// A text that can be made of what a frame has.
pub trait FromFrame<'a> {
    /// Of a text in the frame.
    fn of_text(text: &'a str) -> Self;

    /// The id of a contact.
    fn of_contact(contact: ContactId) -> Self;

    /// The id of an offer.
    fn of_offer(offer: OfferId) -> Self;
}

impl Text for Arc<str> {
    fn with<R>(&self, read: impl FnOnce(&str) -> R) -> R {
        read(self)
    }
}

impl FromFrame<'_> for Arc<str> {
    fn of_text(text: &str) -> Self {
        text.into()
    }

    fn of_contact(contact: ContactId) -> Self {
        id::contact(contact).into()
    }

    fn of_offer(offer: OfferId) -> Self {
        id::offer(offer).into()
    }
}

/// A text that is borrowed, or an id that is still a number: nothing is allocated for either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word<'a> {
    /// As it is.
    Text(&'a str),
    /// A contact's id.
    Contact(ContactId),
    /// An offer's id.
    Offer(OfferId),
}

impl<'a> From<&'a str> for Word<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl Text for Word<'_> {
    #[inline]
    fn with<R>(&self, read: impl FnOnce(&str) -> R) -> R {
        match *self {
            Self::Text(text) => read(text),
            Self::Contact(contact) => id::with_text(*b"c-", contact.0, read),
            Self::Offer(offer) => id::with_text(*b"o-", offer.0, read),
        }
    }

    #[inline]
    fn contact(&self) -> Option<ContactId> {
        match *self {
            Self::Contact(contact) => Some(contact),
            Self::Text(text) => id::parse_contact(text),
            Self::Offer(_) => None,
        }
    }

    #[inline]
    fn offer(&self) -> Option<OfferId> {
        match *self {
            Self::Offer(offer) => Some(offer),
            Self::Text(text) => id::parse_offer(text),
            Self::Contact(_) => None,
        }
    }
}

impl<'a> FromFrame<'a> for Word<'a> {
    fn of_text(text: &'a str) -> Self {
        Self::Text(text)
    }

    fn of_contact(contact: ContactId) -> Self {
        Self::Contact(contact)
    }

    fn of_offer(offer: OfferId) -> Self {
        Self::Offer(offer)
    }
}

impl Serialize for Word<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.with(|text| to.serialize_str(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_reads_as_the_text_does() {
        for number in [1, 0x9a02, u64::MAX] {
            let (contact, offer) = (ContactId(number), OfferId(number));
            Word::Contact(contact).with(|text| assert_eq!(text, id::contact(contact)));
            Word::Offer(offer).with(|text| assert_eq!(text, id::offer(offer)));
            assert_eq!(Word::Text(&id::contact(contact)).contact(), Some(contact));
            assert_eq!(Word::Text(&id::offer(offer)).offer(), Some(offer));
            assert_eq!(Word::Contact(contact).offer(), None);
        }
    }
}
