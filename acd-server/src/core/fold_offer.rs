//! Effects of offers and agents as events; see [`fold`](super::fold).

use std::sync::Arc;

use acd_core::{AgentId, ContactId, Nanos, NotReadyReason, OfferId, Pending, Presence, Timestamp};
use acd_proto::{EventBody, Word};

use super::audience::Audience;
use super::contacts::Contact;
use super::desks::{Desks, LiveOffer, ToldState};
use super::names::Names;
use super::{Core, words};

impl Core {
    pub(super) fn offered(
        &mut self,
        contact: ContactId,
        offer: OfferId,
        agent: AgentId,
        until: Timestamp,
    ) {
        let channel = self.known(contact).channel;
        let by_device = self.desks.rings_device(agent, channel);
        let live = LiveOffer { contact, agent, by_device, made_at: self.now, seq: 0 };
        self.desks.offer_made(offer, live);
        let entry = self.known(contact);
        entry.agent = Some(agent);
        entry.offer = Some(offer);
        let audience = entry.audience();
        let Self { contacts, desks, names, ring, now, .. } = self;
        let entry = contacts.get(contact).expect("an offer is of a live contact");
        let body = offered_event(entry, offer, live, desks, names, until.since(*now), false);
        let seq = ring.tell(now.0 / 1_000, body, audience, Some(offer));
        desks.offer_told(offer, seq);
    }

    pub(super) fn offer_ringing(&mut self, offer: OfferId) {
        let text = Word::Offer(offer);
        self.tell_of_offer(offer, |of, agent| EventBody::OfferRinging { of, offer: text, agent });
    }

    pub(super) fn offer_extended(&mut self, offer: OfferId, until: Timestamp) {
        let text = Word::Offer(offer);
        let deadline_ms = until.since(self.now).as_millis();
        self.tell_of_offer(offer, |of, agent| EventBody::OfferExtended {
            of,
            offer: text,
            agent,
            deadline_ms,
        });
    }

    pub(super) fn offer_over(
        &mut self,
        contact: ContactId,
        offer: OfferId,
        agent: AgentId,
        cause: &'static str,
    ) {
        self.tell_of_both(contact, agent, |of, agent| EventBody::OfferRevoked {
            of,
            offer: Word::Offer(offer),
            agent,
            cause: Word::Text(cause),
        });
        self.desks.offer_over(offer);
        let entry = self.known(contact);
        entry.agent = None;
        entry.offer = None;
    }

    pub(super) fn connected(&mut self, contact: ContactId, agent: AgentId, offer: Option<OfferId>) {
        if let Some(offer) = offer {
            self.desks.offer_over(offer);
        }
        let now = self.now;
        let entry = self.known(contact);
        let wait = entry.wait(now);
        entry.answered_after = Some(wait);
        entry.connected_at = Some(now);
        entry.agent = Some(agent);
        entry.offer = None;
        self.touch_agent(agent);
        let Self { contacts, desks, names, ring, .. } = self;
        let entry = contacts.get(contact).expect("who is connected is live");
        // Handed over in person: no offer has said which device it is.
        let by_device = offer.is_none() && desks.rings_device(agent, entry.channel);
        let device = desks.get(agent).and_then(|desk| desk.device.as_deref());
        let body = EventBody::Connected {
            of: entry.of.told(),
            agent: Word::Text(names.agent_text(agent)),
            offer: offer.map(Word::Offer),
            wait_ms: wait.as_millis(),
            dial: device.filter(|_| by_device).map(Word::Text),
        };
        ring.tell(now.0 / 1_000, body, entry.audience(), None);
        self.meet(contact, agent);
        self.just_connected.push(contact);
    }

    pub(super) fn agent_changed(
        &mut self,
        agent: AgentId,
        presence: Presence,
        pending: Option<Pending>,
        paused_until: Option<Timestamp>,
    ) {
        let told = self.told_state(agent, presence, pending, paused_until);
        if presence == Presence::SignedOut {
            let desk = self.desks.get_mut(agent);
            desk.device = None;
            desk.by_front_end = None;
        }
        self.tell_agent_state(agent, told);
    }

    /// Tells an agent's state where holding a contact, or none, has changed it.
    pub(super) fn tell_agent_if_changed(&mut self, agent: AgentId) {
        let told = self.agent_state(agent);
        if self.desks.get(agent).is_none_or(|desk| desk.told != told) {
            self.tell_agent_state(agent, told);
        }
    }

    fn tell_agent_state(&mut self, agent: AgentId, told: ToldState) {
        let now = self.now;
        let desk = self.desks.get_mut(agent);
        if (desk.told.state, &desk.told.reason) != (told.state, &told.reason) {
            desk.since = now;
        }
        let body = EventBody::AgentState {
            agent: Word::Text(self.names.agent_text(agent)),
            state: Word::Text(told.state),
            reason: told.reason.as_deref().map(Word::Text),
            pending: told.pending.map(Word::Text),
            paused_until: told.paused_until.map(|until| until.0 / 1_000),
        };
        self.ring.tell(now.0 / 1_000, body, Audience::of_agent(agent), None);
        desk.told = told;
    }

    /// An agent's state as clients see it.
    pub(super) fn agent_state(&self, agent: AgentId) -> ToldState {
        self.engine.agent(agent).map_or_else(ToldState::signed_out, |record| {
            self.told_state(agent, record.presence, record.pending, record.paused_until)
        })
    }

    fn told_state(
        &self,
        agent: AgentId,
        presence: Presence,
        pending: Option<Pending>,
        paused_until: Option<Timestamp>,
    ) -> ToldState {
        let holds = || self.engine.holds_any(agent);
        let (state, reason) = match presence {
            Presence::SignedOut => ("signed_out", None),
            Presence::NotReady(reason) => ("not_ready", self.reason_text(reason)),
            Presence::Ready if holds() => ("busy", None),
            Presence::Ready => ("ready", None),
        };
        ToldState { state, reason, pending: pending.map(words::pending), paused_until }
    }

    fn reason_text(&self, reason: NotReadyReason) -> Option<Arc<str>> {
        match reason {
            NotReadyReason::SignedIn => Some("signed_in".into()),
            NotReadyReason::Unspecified => None,
            NotReadyReason::Given(reason) => Some(self.names.reason(reason)),
            NotReadyReason::Rona => Some("rona".into()),
            NotReadyReason::Lost => Some("lost".into()),
        }
    }
}

impl ToldState {
    /// Of an agent that is not there.
    pub(super) fn signed_out() -> Self {
        Self { state: "signed_out", ..Self::default() }
    }
}

/// What tells of an offer, the first time or again, and how long the agent still has.
pub(super) fn offered_event<'a>(
    entry: &'a Contact,
    offer: OfferId,
    live: LiveOffer,
    desks: &'a Desks,
    names: &'a Names,
    left: Nanos,
    resent: bool,
) -> EventBody<Word<'a>> {
    let device = desks.get(live.agent).and_then(|desk| desk.device.as_deref());
    EventBody::Offered {
        of: entry.of.told(),
        offer: Word::Offer(offer),
        agent: Word::Text(names.agent_text(live.agent)),
        answer_by: Word::Text(if live.by_device { "device" } else { "desktop" }),
        dial: device.filter(|_| live.by_device).map(Word::Text),
        deadline_ms: left.as_millis(),
        channel: Word::Text(entry.channel.name()),
        number: entry.number.as_deref().map(Word::Text),
        resent,
    }
}
