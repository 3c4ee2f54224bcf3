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

impl Leg {
    /// Whether it is an agent's, and not a resident's or a supervisor's.
    pub(crate) fn is_agents(&self) -> bool {
        !["to-", "ear-", "snoop-"].iter().any(|other| self.offer.starts_with(other))
    }
}

/// The id of the leg that an offer rings.
pub(crate) fn leg(ext: &str, offer: &str, epoch: &str) -> Id {
    format!("{OURS}{ext}~{offer}~{epoch}").into()
}

/// The id of a call's bridge.
pub(crate) fn bridge(ext: &str) -> String {
    format!("{OURS}{ext}")
}

/// Whose bridge this is, if it is a call's.
pub(crate) fn of_bridge(bridge: &str) -> Option<Id> {
    let ext = bridge.strip_prefix(OURS)?;
    parse(bridge).is_none().then(|| ext.into())
}

/// The id of the line to a resident who is dialled for an agent's leg.
pub(crate) fn resident(leg: &str) -> Id {
    match parse(leg) {
        Some(said) => self::leg(&said.ext, &format!("to-{}", said.offer), &said.epoch),
        None => format!("{OURS}to-{leg}").into(),
    }
}

/// The ids of a supervisor's telephone and of the channel that hears for it.
pub(crate) fn ear(ext: &str, seq: u64, epoch: &str) -> (Id, Id) {
    (leg(ext, &format!("ear-{seq}"), epoch), leg(ext, &format!("snoop-{seq}"), epoch))
}

/// The id of what a caller is told, the `count`th time.
pub(crate) fn playback(ext: &str, count: u32) -> String {
    format!("{OURS}{ext}~{count}")
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
        assert!(parse(&leg).is_some_and(|said| said.is_agents()));
        assert!(parse(&resident(&leg)).is_some_and(|said| !said.is_agents()));
        assert_eq!(parse("1732412.889"), None);
        assert_eq!(parse("acd~17.3"), None);
        assert_eq!(of_bridge(&bridge("pbx-1-17.3")), Some("pbx-1-17.3".into()));
        assert_eq!(of_bridge(&leg), None);
    }
}
