//! The agents: who is on shift, who rests, and how each takes an offer.

use std::collections::BTreeMap;

use acd_core::{
    AgentId, ContactId, FailCause, Nanos, NotReadyReason, OfferId, Presence, ReasonId, Timestamp,
    WrapUpMode, WrapUpPolicy,
};

use crate::agenda::{Agenda, DeskIntent, Intent, OfferIntent};
use crate::city::City;
use crate::day::{self, HOUR};
use crate::rng::{Purpose, Seed, Stream};

/// Mean time between two rests, and mean length of one: together one agent in nine is away.
const WORKS: Nanos = Nanos::from_secs(95 * 60);
const RESTS: Nanos = Nanos::from_secs(12 * 60);
/// Agents in 1,000 who rest when the day begins.
const RESTING_AT_START: u64 = 110;
/// What goes wrong with offers, in 1,000 to a middling agent.
const MISHAPS: [(u64, OfferIntent); 4] = [
    (8, OfferIntent::Reject),
    (4, OfferIntent::Fail(FailCause::Busy)),
    (2, OfferIntent::Fail(FailCause::Unreachable)),
    (14, OfferIntent::Fail(FailCause::NoAnswer)),
];
/// How long before a wrap-up's end an agent asks for more, and for how much at least.
const ASKS_BEFORE: Nanos = Nanos::from_secs(2);
const EXTENSION_MIN: Nanos = Nanos::from_secs(1);
/// How long before the hour the next hour's shift is planned, and how far it is spread.
const SHIFT_LEAD: Nanos = Nanos::from_secs(300);
const SHIFT_SPREAD_MS: u64 = 600_000;

/// An agent at a desk.
#[derive(Clone, Debug)]
struct Desk {
    /// Seats are filled from the lowest.
    rank: usize,
    /// How carelessly it treats offers, in thousandths of the middle.
    temper: u64,
    on_shift: bool,
    presence: Presence,
    /// What the desktop shows to be accepted.
    offer: Option<OfferId>,
    /// Counts what makes earlier intentions moot.
    turn: u32,
}

/// All agents.
#[derive(Debug)]
pub(crate) struct Desks {
    seed: Seed,
    reasons: u32,
    by_number: Vec<Desk>,
    /// How long the agent will write once a conversation is over, and what the queue allows.
    wrap_ups: BTreeMap<ContactId, (Nanos, WrapUpPolicy)>,
    /// The hour in which the day begins.
    start_hour: u64,
}

impl Desks {
    /// The agents of a city as the day begins: those on shift come at once.
    pub(crate) fn new(city: &City, from: Timestamp, agenda: &mut Agenda) -> Self {
        let temper = |n| city.seed.stream(Purpose::Temper, n, 0);
        let mut ranks: Vec<_> = (0..city.agents).collect();
        ranks.sort_by_cached_key(|index| temper(*index as u64).bits());
        let start_hour = from.0 / HOUR.0;
        let seats = day::seats(start_hour, city.agents);
        let absent = Desk {
            rank: 0,
            temper: 0,
            on_shift: false,
            presence: Presence::SignedOut,
            offer: None,
            turn: 0,
        };
        let mut desks = vec![absent; city.agents];
        for (rank, index) in ranks.into_iter().enumerate() {
            desks[index].rank = rank;
            desks[index].temper = 400 + temper(index as u64 + 1_000_000).below(1_200);
            desks[index].on_shift = rank < seats;
            if rank < seats {
                agenda.add(from, Intent::Desk(agent_id(index), 0, DeskIntent::Come));
            }
        }
        let next = start_hour + 1;
        agenda.add(Timestamp(next * HOUR.0 - SHIFT_LEAD.0).max(from), Intent::Shift(next));
        let reasons = city.reasons as u32;
        Self { seed: city.seed, reasons, by_number: desks, wrap_ups: BTreeMap::new(), start_hour }
    }

    /// Agents who are signed in, as they know it.
    pub(crate) fn is_signed_in(&self, agent: AgentId) -> bool {
        self.desk(agent).presence != Presence::SignedOut
    }

    /// Plans who comes and who goes around the beginning of an hour.
    pub(crate) fn plan_shift(&mut self, at: Timestamp, hour: u64, agenda: &mut Agenda) {
        let seats = day::seats(hour, self.by_number.len());
        for (index, desk) in self.by_number.iter_mut().enumerate() {
            let on_shift = desk.rank < seats;
            if desk.on_shift != on_shift {
                desk.on_shift = on_shift;
                let mut stream = self.seed.stream(Purpose::Shift, index as u64, hour as u32);
                let when = at.after(stream.between_ms(0, SHIFT_SPREAD_MS));
                let what = if on_shift { DeskIntent::Come } else { DeskIntent::Go };
                agenda.add(when, Intent::Desk(agent_id(index), desk.turn, what));
            }
        }
        let next = Timestamp((hour + 1) * HOUR.0 - SHIFT_LEAD.0);
        agenda.add(next, Intent::Shift(hour + 1));
    }

    /// Whether what the agent meant to do still makes sense.
    pub(crate) fn still(&self, agent: AgentId, turn: u32, what: DeskIntent) -> bool {
        let desk = self.desk(agent);
        match what {
            DeskIntent::Come => desk.on_shift && desk.presence == Presence::SignedOut,
            DeskIntent::Go => !desk.on_shift && desk.presence != Presence::SignedOut,
            DeskIntent::Ready | DeskIntent::Rest => desk.turn == turn && desk.on_shift,
        }
    }

    /// Why the agent rests this time.
    pub(crate) fn rest_reason(&self, agent: AgentId) -> Option<ReasonId> {
        let desk = self.desk(agent);
        let mut stream = self.seed.stream(Purpose::Shift, u64::from(agent.0) << 32, desk.turn);
        (self.reasons > 0).then(|| ReasonId(stream.below(u64::from(self.reasons)) as u32 + 1))
    }

    /// The agent sees its own presence.
    pub(crate) fn presence(
        &mut self,
        at: Timestamp,
        agent: AgentId,
        presence: Presence,
        agenda: &mut Agenda,
    ) {
        let desk = &mut self.by_number[agent.0 as usize - 1];
        if desk.presence == presence {
            return;
        }
        desk.presence = presence;
        desk.turn += 1;
        let mut stream = self.seed.stream(Purpose::Shift, u64::from(agent.0) << 33, desk.turn);
        let (after, what) = match presence {
            Presence::SignedOut => (stream.between_ms(5_000, 30_000), DeskIntent::Come),
            Presence::Ready => (stream.exponential(WORKS), DeskIntent::Rest),
            Presence::NotReady(NotReadyReason::SignedIn) => {
                let first = desk.turn == 1 && at.0 / HOUR.0 == self.start_hour;
                let rests = first && stream.per_mille(RESTING_AT_START);
                let what = if rests { DeskIntent::Rest } else { DeskIntent::Ready };
                (stream.between_ms(200, 1_500), what)
            }
            Presence::NotReady(NotReadyReason::Rona) => {
                (stream.between_ms(20_000, 120_000), DeskIntent::Ready)
            }
            Presence::NotReady(NotReadyReason::Lost) => {
                (stream.between_ms(5_000, 20_000), DeskIntent::Ready)
            }
            Presence::NotReady(NotReadyReason::Given(_) | NotReadyReason::Unspecified) => {
                (stream.lognormal(RESTS, 0.5), DeskIntent::Ready)
            }
        };
        if desk.on_shift {
            agenda.add(at.after(after), Intent::Desk(agent, desk.turn, what));
        } else if presence != Presence::SignedOut {
            agenda.add(at.after(after), Intent::Desk(agent, desk.turn, DeskIntent::Go));
        }
    }

    /// What becomes of an offer that the agent's device is to answer: what is done, each after how
    /// long.
    pub(crate) fn answer_device(
        &self,
        agent: AgentId,
        stream: &mut Stream,
        timeout: Nanos,
    ) -> Vec<(Nanos, OfferIntent)> {
        let ring = (stream.between_ms(200, 600), OfferIntent::Ring);
        match self.mishap(agent, stream) {
            None => vec![ring, (stream.between_ms(1_500, 5_000), OfferIntent::Answer)],
            Some(OfferIntent::Fail(FailCause::NoAnswer)) => {
                // The exchange gives up before the deadline, or leaves it to the server.
                let before = stream.between_ms(500, 2_000);
                let fail = OfferIntent::Fail(FailCause::NoAnswer);
                let fail = (Nanos(timeout.0.saturating_sub(before.0)), fail);
                if stream.per_mille(500) { vec![ring, fail] } else { vec![ring] }
            }
            Some(mishap) => vec![(stream.between_ms(300, 3_000), mishap)],
        }
    }

    /// What becomes of an offer at the desktop; nothing when nobody is at it.
    pub(crate) fn answer_desktop(
        &self,
        agent: AgentId,
        stream: &mut Stream,
    ) -> Option<(Nanos, OfferIntent)> {
        match self.mishap(agent, stream) {
            Some(OfferIntent::Reject) => {
                Some((stream.between_ms(1_000, 4_000), OfferIntent::Reject))
            }
            Some(OfferIntent::Fail(FailCause::NoAnswer)) => None,
            _ => Some((stream.between_ms(1_000, 5_000), OfferIntent::Answer)),
        }
    }

    /// What goes wrong with an offer to this agent, if anything does.
    fn mishap(&self, agent: AgentId, stream: &mut Stream) -> Option<OfferIntent> {
        let lot = stream.below(1_000) * 1_000 / self.desk(agent).temper;
        let mut bound = 0;
        MISHAPS.into_iter().find_map(|(share, mishap)| {
            bound += share;
            (lot < bound).then_some(mishap)
        })
    }

    /// The desktop shows an offer to be accepted, or no longer.
    pub(crate) fn show_offer(&mut self, agent: AgentId, offer: Option<OfferId>) {
        self.by_number[agent.0 as usize - 1].offer = offer;
    }

    /// Whether the desktop still shows the offer.
    pub(crate) fn shows(&self, agent: AgentId, offer: OfferId) -> bool {
        self.desk(agent).offer == Some(offer)
    }

    /// How long the agent will write once this conversation is over, if the queue has wrap-up.
    pub(crate) fn expect_wrap_up(
        &mut self,
        contact: ContactId,
        length: Nanos,
        policy: WrapUpPolicy,
    ) {
        if policy.mode != WrapUpMode::None {
            self.wrap_ups.insert(contact, (length, policy));
        }
    }

    /// The conversation broke off: there is nothing to write.
    pub(crate) fn forget_wrap_up(&mut self, contact: ContactId) {
        self.wrap_ups.remove(&contact);
    }

    /// The agent begins to write down what a conversation was about.
    pub(crate) fn wrap_up(
        &mut self,
        (at, until): (Timestamp, Timestamp),
        (agent, contact): (AgentId, ContactId),
        agenda: &mut Agenda,
    ) {
        let Some((length, policy)) = self.wrap_ups.remove(&contact) else { return };
        let done = at.after(length);
        match policy.mode {
            WrapUpMode::None | WrapUpMode::Fixed { mandatory: true, .. } => {}
            _ if done < until => agenda.add(done, Intent::WrapDone(agent, contact)),
            // Half of those who need longer than they have ask for it shortly before.
            _ if length.0 % 2 == 0 => {
                let asks = Timestamp(until.0.saturating_sub(ASKS_BEFORE.0)).max(at);
                let more = done.since(until).max(EXTENSION_MIN);
                agenda.add(asks, Intent::WrapExtend(agent, contact, more));
            }
            _ => {}
        }
    }

    fn desk(&self, agent: AgentId) -> &Desk {
        &self.by_number[agent.0 as usize - 1]
    }
}

fn agent_id(index: usize) -> AgentId {
    AgentId(index as u32 + 1)
}
