//! What the server knows of agents besides the engine: their devices, desktops and offers.

use std::sync::Arc;

use acd_core::{AgentId, Channel, ContactId, FrontEndId, Numbered, OfferId, Timestamp};
use serde::{Deserialize, Serialize};

use super::connection::ConnectionId;
use super::plain::{self, Plain};

/// An agent, besides what the engine knows of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Desk {
    /// What the front end dials.
    pub(crate) device: Option<Arc<str>>,
    /// The open desktop.
    #[serde(skip)]
    pub(crate) desktop: Option<ConnectionId>,
    /// The front end that signed it in, where no desktop did.
    #[serde(with = "plain")]
    pub(crate) by_front_end: Option<FrontEndId>,
    /// Its state as last told.
    #[serde(with = "plain")]
    pub(crate) told: ToldState,
    /// Since when it is in that state.
    #[serde(with = "plain")]
    pub(crate) since: Timestamp,
}

/// An agent's state as clients see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ToldState {
    /// `signed_out`, `not_ready`, ready or busy.
    pub(crate) state: &'static str,
    /// Why not ready.
    pub(crate) reason: Option<Arc<str>>,
    /// What waits for the last contact to leave.
    pub(crate) pending: Option<&'static str>,
    /// Until when it gets no offers.
    pub(crate) paused_until: Option<Timestamp>,
}

/// A live offer, besides what the engine knows of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct LiveOffer {
    #[serde(with = "plain")]
    pub(crate) contact: ContactId,
    #[serde(with = "plain")]
    pub(crate) agent: AgentId,
    /// Whether the front end answers for the agent's device.
    pub(crate) by_device: bool,
    #[serde(with = "plain")]
    pub(crate) made_at: Timestamp,
    /// The event that told of it.
    pub(crate) seq: u64,
}

/// The words of [`ToldState`], in the order in which they are written down. Never reordered.
const STATES: [&str; 5] = ["", "signed_out", "not_ready", "ready", "busy"];
const PENDING: [&str; 2] = ["not_ready", "signed_out"];

impl Plain for ToldState {
    type As = (u8, Option<Arc<str>>, Option<u8>, Option<u64>);

    fn plain(&self) -> Self::As {
        let place = |words: &[&str], word| words.iter().position(|known| *known == word);
        let state = place(&STATES, self.state).unwrap_or_default() as u8;
        let pending = self.pending.and_then(|word| place(&PENDING, word)).map(|at| at as u8);
        (state, self.reason.clone(), pending, self.paused_until.plain())
    }

    fn of((state, reason, pending, paused_until): Self::As) -> Option<Self> {
        let pending = match pending {
            Some(at) => Some(*PENDING.get(usize::from(at))?),
            None => None,
        };
        let state = *STATES.get(usize::from(state))?;
        Some(Self { state, reason, pending, paused_until: Option::of(paused_until)? })
    }
}

/// Agents and live offers by number.
#[derive(Debug, Default)]
pub(crate) struct Desks {
    /// The index + 1 is the agent's number.
    by_agent: Vec<Option<Desk>>,
    offers: Numbered<OfferId, LiveOffer>,
}

impl Desks {
    pub(crate) fn get(&self, agent: AgentId) -> Option<&Desk> {
        self.by_agent.get((agent.0 as usize).checked_sub(1)?)?.as_ref()
    }

    /// The agent's entry, made where there is none.
    pub(crate) fn get_mut(&mut self, agent: AgentId) -> &mut Desk {
        let index = (agent.0 as usize).checked_sub(1).expect("agents count from 1");
        if index >= self.by_agent.len() {
            self.by_agent.resize_with(index + 1, || None);
        }
        self.by_agent[index].get_or_insert_default()
    }

    /// Agents by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (AgentId, &Desk)> {
        let numbered = self.by_agent.iter().enumerate();
        numbered.filter_map(|(index, desk)| Some((AgentId(index as u32 + 1), desk.as_ref()?)))
    }

    /// The open desktop of an agent.
    pub(crate) fn desktop(&self, agent: AgentId) -> Option<ConnectionId> {
        self.get(agent)?.desktop
    }

    /// Every open desktop.
    pub(crate) fn desktops(&self) -> impl Iterator<Item = ConnectionId> {
        self.by_agent.iter().flatten().filter_map(|desk| desk.desktop)
    }

    /// Agents that a front end signed in.
    pub(crate) fn signed_in_by(&self, front_end: FrontEndId) -> Vec<AgentId> {
        let own = |(_, desk): &(AgentId, &Desk)| desk.by_front_end == Some(front_end);
        self.iter().filter(own).map(|(agent, _)| agent).collect()
    }

    /// Whether a contact of this channel rings at the agent's device.
    pub(crate) fn rings_device(&self, agent: AgentId, channel: Channel) -> bool {
        matches!(channel, Channel::Voice | Channel::Callback)
            && self.get(agent).is_some_and(|desk| desk.device.is_some())
    }

    pub(crate) fn offer(&self, offer: OfferId) -> Option<LiveOffer> {
        self.offers.get(offer).copied()
    }

    pub(crate) fn offer_made(&mut self, offer: OfferId, live: LiveOffer) {
        self.offers.insert(offer, live);
    }

    pub(crate) fn offer_told(&mut self, offer: OfferId, seq: u64) {
        if let Some(live) = self.offers.get_mut(offer) {
            live.seq = seq;
        }
    }

    pub(crate) fn offer_over(&mut self, offer: OfferId) {
        self.offers.remove(offer);
    }

    /// Live offers by number.
    pub(crate) fn offers(&self) -> impl Iterator<Item = (OfferId, LiveOffer)> {
        self.offers.iter().map(|(id, &live)| (id, live))
    }
}
