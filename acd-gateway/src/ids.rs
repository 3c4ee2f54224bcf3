//! The ids that we give: of an agent's leg and of a call's bridge. Either alone tells, after a
//! restart, what it was for.

use crate::Id;

/// What our ids begin with.
const OURS: &str = "acd~";

/// What a leg's id says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leg {
    /// The caller it was dialled for.
    pub(crate) ext: Id,
    /// The offer.
    pub(crate) offer: Id,
    /// The sequence of events in which the offer has that id.
    pub(crate) epoch: Id,
}

/// The id of the leg that an offer rings.
pub(crate) fn leg(ext: &str, offer: &str, epoch: &str) -> Id {
    format!("{OURS}{ext}~{offer}~{epoch}").into()
}

/// The id of a call's bridge.
pub(crate) fn bridge(ext: &str) -> String {
    format!("{OURS}{ext}")
}

/// Whether a channel is a leg, and whose.
pub(crate) fn parse(channel: &str) -> Option<Leg> {
    let mut parts = channel.strip_prefix(OURS)?.rsplitn(3, '~');
    let (epoch, offer, ext) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Leg { ext: ext.into(), offer: offer.into(), epoch: epoch.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leg_says_what_it_is_for() {
        let leg = leg("pbx~1-17.3", "o-1", "e1");
        let said = Leg { ext: "pbx~1-17.3".into(), offer: "o-1".into(), epoch: "e1".into() };
        assert_eq!(parse(&leg), Some(said));
        assert_eq!(parse("1732412.889"), None);
        assert_eq!(parse("acd~17.3"), None);
    }
}
