//! Effects of offers and agents as events; see [`fold`](super::fold).

use std::sync::Arc;

use acd_core::{AgentId, ContactId, NotReadyReason, OfferId, Pending, Presence, Timestamp};
use acd_proto::{EventBody, id};

use super::desks::{LiveOffer, ToldState};
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
        let body = self.offered_event(contact, offer, live, until, false);
        let audience = self.known(contact).audience();
        self.tell(body, audience);
    }

    /// What tells of an offer, the first time or again.
    pub(super) fn offered_event(
        &self,
        contact: ContactId,
        offer: OfferId,
        live: LiveOffer,
        until: Timestamp,
        resent: bool,
    ) -> EventBody {
        let entry = self.contacts.get(contact).expect("an offer is of a live contact");
        let device = self.desks.get(live.agent).and_then(|desk| desk.device.clone());
        EventBody::Offered {
            of: entry.of.clone(),
            offer: id::offer(offer).into(),
            agent: self.names.agent(live.agent),
            answer_by: if live.by_device { "device" } else { "desktop" }.into(),
            dial: device.filter(|_| live.by_device),
            deadline_ms: until.since(self.now).as_millis(),
            channel: entry.channel.name().into(),
            number: entry.number.clone(),
            resent,
        }
    }

    pub(super) fn offer_ringing(&mut self, offer: OfferId) {
        let text = id::offer(offer).into();
        self.tell_of_offer(offer, |of, agent| EventBody::OfferRinging { of, offer: text, agent });
    }

    pub(super) fn offer_extended(&mut self, offer: OfferId, until: Timestamp) {
        let text = id::offer(offer).into();
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
        cause: &str,
    ) {
        let (text, name) = (id::offer(offer).into(), self.names.agent(agent));
        self.tell_of(contact, |of| EventBody::OfferRevoked {
            of,
            offer: text,
            agent: name,
            cause: cause.into(),
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
        let channel = entry.channel;
        self.touched_agents.insert(agent);
        let name = self.names.agent(agent);
        // Handed over in person: no offer has said which device it is.
        let by_device = offer.is_none() && self.desks.rings_device(agent, channel);
        let dial = self.desks.get(agent).and_then(|desk| desk.device.clone());
        let dial = dial.filter(|_| by_device);
        let offer = offer.map(|offer| id::offer(offer).into());
        let wait_ms = wait.as_millis();
        self.tell_of(contact, |of| EventBody::Connected { of, agent: name, offer, wait_ms, dial });
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
        desk.told = told.clone();
        let body = EventBody::AgentState {
            agent: self.names.agent(agent),
            state: told.state.into(),
            reason: told.reason,
            pending: told.pending.map(Into::into),
            paused_until: told.paused_until.map(|until| until.0 / 1_000),
        };
        self.tell_agent(agent, body);
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
        let holds =
            || !self.engine.held(agent).is_empty() || !self.engine.wrap_ups_of(agent).is_empty();
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
