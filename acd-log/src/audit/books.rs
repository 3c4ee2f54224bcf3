//! The auditor's own books: which contacts are live, and which offers, told from effects alone.

use std::collections::BTreeMap;

use acd_core::explain::View;
use acd_core::{AgentId, ContactId, ContactRecord, ContactState, Effect, OfferId};

use super::{Broken, Rule};
use crate::trace::words;

/// What must be true by all effects so far.
#[derive(Debug)]
pub(super) struct Books {
    /// Origin and entry number of every live contact.
    live: BTreeMap<ContactId, (i64, u64)>,
    /// The last contact that entered.
    last: ContactId,
    offers: BTreeMap<OfferId, (ContactId, AgentId)>,
    offer_of_contact: BTreeMap<ContactId, OfferId>,
    offer_of_agent: BTreeMap<AgentId, OfferId>,
}

impl Books {
    /// Books that begin with what there is.
    pub(super) fn of(view: &dyn View) -> Self {
        let mut books = Self {
            live: BTreeMap::new(),
            last: ContactId(0),
            offers: BTreeMap::new(),
            offer_of_contact: BTreeMap::new(),
            offer_of_agent: BTreeMap::new(),
        };
        for contact in view.contacts() {
            books.last = books.last.max(contact.contact);
            books.live.insert(contact.contact, (contact.origin, contact.entry));
        }
        for agent in view.agents() {
            if let Some(offer) = view.offer_of(agent.agent) {
                books.reserve(offer.offer, offer.contact, offer.agent);
            }
        }
        books
    }

    /// Enters one effect.
    pub(super) fn enter(&mut self, effect: &Effect, view: &dyn View) -> Result<(), Broken> {
        match *effect {
            Effect::Queued { contact, .. } => return self.queued(contact, view),
            Effect::WrapUp { .. } | Effect::WrapUpExtended { .. } | Effect::WrapUpOver { .. } => {
                return Ok(());
            }
            _ => {}
        }
        if let Some(contact) = words::about(effect)
            && !self.live.contains_key(&contact)
        {
            let of = words::contact(contact);
            let found = format!("{of} is not live, and this is said of it: {effect:?}");
            return Err((Rule::Conservation, found, "nothing after its end, or before".into()));
        }
        match *effect {
            Effect::Offered { contact, offer, agent, .. } => {
                return self.offered(offer, contact, agent, view);
            }
            Effect::OfferFailed { contact, offer, agent, .. }
            | Effect::OfferRevoked { contact, offer, agent, .. }
            | Effect::Connected { contact, agent, offer: Some(offer) } => {
                return self.over(offer, contact, agent, view);
            }
            Effect::OfferRinging { offer } | Effect::OfferExtended { offer, .. }
                if !self.offers.contains_key(&offer) =>
            {
                let found = format!("{} is told of and not live", words::offer(offer));
                return Err((Rule::SingleOffer, found, "nothing after its end".into()));
            }
            Effect::Ended { contact, .. } => {
                self.live.remove(&contact);
                if let Some(offer) = self.offer_of_contact.get(&contact) {
                    let (of, offer) = (words::contact(contact), words::offer(*offer));
                    let found = format!("{of} ends while {offer} reserves it");
                    return Err((Rule::SingleOffer, found, "its offer taken back before".into()));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn queued(&mut self, contact: ContactId, view: &dyn View) -> Result<(), Broken> {
        let of = words::contact(contact);
        if contact <= self.last {
            let found = format!("{of} enters; the last to enter was {}", words::contact(self.last));
            return Err((Rule::Conservation, found, "a number that was never given".into()));
        }
        self.last = contact;
        // One that ended in the same record leaves no trace of its age.
        let age = view.contact(contact).map_or((0, 0), |record| (record.origin, record.entry));
        self.live.insert(contact, age);
        Ok(())
    }

    fn offered(
        &mut self,
        offer: OfferId,
        contact: ContactId,
        agent: AgentId,
        view: &dyn View,
    ) -> Result<(), Broken> {
        let (of, to) = (words::contact(contact), words::agent(view, agent));
        let found = format!("{} reserves {of} for {to}", words::offer(offer));
        if let Some(other) = self.offer_of_contact.get(&contact) {
            let expected = format!("no offer while {} reserves {of}", words::offer(*other));
            return Err((Rule::SingleOffer, found, expected));
        }
        if let Some(other) = self.offer_of_agent.get(&agent) {
            let expected = format!("no offer while {to} has {}", words::offer(*other));
            return Err((Rule::SingleOffer, found, expected));
        }
        self.reserve(offer, contact, agent);
        Ok(())
    }

    fn reserve(&mut self, offer: OfferId, contact: ContactId, agent: AgentId) {
        self.offers.insert(offer, (contact, agent));
        self.offer_of_contact.insert(contact, offer);
        self.offer_of_agent.insert(agent, offer);
    }

    fn over(
        &mut self,
        offer: OfferId,
        contact: ContactId,
        agent: AgentId,
        view: &dyn View,
    ) -> Result<(), Broken> {
        let known = self.offers.remove(&offer);
        if known != Some((contact, agent)) {
            let (id, of) = (words::offer(offer), words::contact(contact));
            let found = format!("{id} of {of} to {} is over", words::agent(view, agent));
            let expected = known.map_or("no such offer is live".into(), |(contact, agent)| {
                let (of, to) = (words::contact(contact), words::agent(view, agent));
                format!("{id} reserves {of} for {to}")
            });
            return Err((Rule::SingleOffer, found, expected));
        }
        self.offer_of_contact.remove(&contact);
        self.offer_of_agent.remove(&agent);
        Ok(())
    }

    /// Compares all of it with the records; gives how many contacts are live.
    pub(super) fn compare(&self, view: &dyn View) -> Result<usize, Broken> {
        let mut count = 0;
        for record in view.contacts() {
            count += 1;
            self.compare_contact(&record)?;
        }
        if count != self.live.len() {
            let lost = self.live.keys().find(|&&contact| view.contact(contact).is_none());
            let lost = lost.map_or("a contact".into(), |&contact| words::contact(contact));
            let found = format!("{lost} is gone, and was never said to end");
            return Err((Rule::Conservation, found, "it is live, or has ended".into()));
        }
        Ok(count)
    }

    fn compare_contact(&self, record: &ContactRecord) -> Result<(), Broken> {
        let of = words::contact(record.contact);
        let now = (record.origin, record.entry);
        match self.live.get(&record.contact) {
            None => {
                let found = format!("{of} is live, and did not enter or has ended");
                return Err((Rule::Conservation, found, "it is over".into()));
            }
            Some(&entered) if entered != now => {
                let found = format!("{of}: origin {} and entry number {}", now.0, now.1);
                let expected = format!("as it entered: {} and {}", entered.0, entered.1);
                return Err((Rule::Age, found, expected));
            }
            Some(_) => {}
        }
        let reserved = self.offer_of_contact.get(&record.contact).copied();
        let says = match record.state {
            ContactState::Offered { offer } => Some(offer),
            _ => None,
        };
        if reserved == says {
            return Ok(());
        }
        let name = |offer: Option<OfferId>| offer.map_or("no offer".into(), words::offer);
        let found = format!("{of} is reserved by {}", name(says));
        Err((Rule::SingleOffer, found, format!("by {}", name(reserved))))
    }
}
