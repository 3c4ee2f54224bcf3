//! The world: everybody's intentions in time, turned into moves, and what they see turned into
//! further intentions. It has no clock and no socket; whoever plays it says what time it is, makes
//! its moves, and tells it what was seen.

use acd_core::{
    AgentId, Channel, ContactId, EndCause, Nanos, OfferId, Party, Timestamp, TransferTo,
};

use crate::act::{Act, Actor, ContactFact, DeskFact, Move, Seen, Source};
use crate::agenda::{Agenda, DeskIntent, Intent, OfferIntent, VisitIntent};
use crate::city::{City, VisitId};
use crate::day::QUARTER;
use crate::desks::Desks;
use crate::residents::{Live, Phase, Residents};
use crate::rng::Purpose;
use crate::tally::Tally;

/// How far back conversations may have begun that are still going on when the day begins.
const BEFORE_THE_DAY: Nanos = Nanos::from_secs(1_800);
/// When those come in, after the day's beginning.
const FIRST_MS: (u64, u64) = (2_000, 8_000);
/// Transfers in 1,000 that leave the city, and that go to a colleague; the others go to a queue.
const TO_OUTSIDE: u64 = 40;
const TO_AGENT: u64 = 90;
/// The first of the streams from which targets of transfers are drawn.
const TRANSFER_STREAM: u32 = 1 << 31;

/// A city's day, from some hour on.
#[derive(Debug)]
pub struct World {
    city: City,
    from: Timestamp,
    agenda: Agenda,
    residents: Residents,
    desks: Desks,
    tally: Tally,
}

impl World {
    /// The world at `from` (from midnight of the first day). Agents on shift come at once, and
    /// those residents with them who are being served at that hour.
    pub fn new(city: City, from: Timestamp) -> Self {
        let mut agenda = Agenda::default();
        let desks = Desks::new(&city, from, &mut agenda);
        agenda.add(from, Intent::Quarter(from.0 / QUARTER.0));
        let tally = Tally::new(city.departments.len());
        let mut world = Self { city, from, agenda, residents: Residents::default(), desks, tally };
        world.plan_being_served();
        world
    }

    /// When somebody does something next.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.agenda.next_due()
    }

    /// The next move that is due, if there is one. What no longer makes sense is passed over.
    pub fn next_move(&mut self, now: Timestamp) -> Option<Move> {
        while let Some((at, intent)) = self.agenda.pop_due(now) {
            if let Some((by, act)) = self.decide(at, intent) {
                return Some(Move { at, by, act });
            }
        }
        None
    }

    /// Somebody sees something.
    pub fn see(&mut self, at: Timestamp, seen: Seen) {
        match seen {
            Seen::Contact(contact, fact) => self.front_end_sees(at, contact, fact),
            Seen::Desk(agent, fact) => self.agent_sees(at, agent, fact),
        }
    }

    /// A move was refused.
    pub fn refused(&mut self, act: &Act) {
        match act {
            Act::Submit(visit) => self.residents.refuse(visit.visit, &mut self.tally),
            _ => self.tally.overtaken += 1,
        }
    }

    /// The server knows this front end's contacts no more: those residents hang up.
    pub fn cut_off(&mut self, source: Source) {
        self.residents.hang_up(source, &mut self.tally);
    }

    /// Whether the agent is signed in, as it knows it.
    pub fn is_signed_in(&self, agent: AgentId) -> bool {
        self.desks.is_signed_in(agent)
    }

    /// Everything counted so far.
    pub fn tally(&self) -> Tally {
        let mut tally = self.tally.clone();
        self.residents.count(&mut tally);
        tally
    }

    /// The visits that are not over, by number.
    pub fn live(&self) -> impl Iterator<Item = &Live> {
        self.residents.iter()
    }

    /// The visit whose contact this is.
    pub fn visit_of(&self, contact: ContactId) -> Option<VisitId> {
        self.residents.of_contact(contact).map(|live| live.visit.visit)
    }

    /// Whether an offer of this contact is answered by the agent's device, which its front end
    /// dials; the desktop answers the others.
    pub fn by_device(&self, contact: ContactId) -> bool {
        self.residents.of_contact(contact).is_some_and(is_by_device)
    }

    /// Conversations that go on while the day begins: long ones are the likeliest to be met.
    fn plan_being_served(&mut self) {
        let earliest = Timestamp(self.from.0.saturating_sub(BEFORE_THE_DAY.0));
        for quarter in earliest.0 / QUARTER.0..=self.from.0 / QUARTER.0 {
            for mut visit in self.city.visits(quarter) {
                let stream = &mut self.city.seed.stream(Purpose::Talk, visit.visit.0, 1);
                let whole = self.city.handle(stream, visit.queue);
                let over = visit.at.after(whole);
                if visit.at >= earliest && visit.at < self.from && over > self.from {
                    let left = over.since(self.from);
                    visit.at = self.from.after(stream.between_ms(FIRST_MS.0, FIRST_MS.1));
                    self.agenda.add(visit.at, Intent::Arrive(visit, Some(left)));
                }
            }
        }
    }

    fn front_end_sees(&mut self, at: Timestamp, contact: ContactId, fact: ContactFact) {
        let Self { city, agenda, residents, tally, desks, .. } = self;
        let wrap_up = residents.see(at, (contact, fact), city, agenda, tally);
        if let Some(length) = wrap_up
            && let Some(live) = residents.of_contact(contact)
        {
            desks.expect_wrap_up(contact, length, city.department(live.queue).wrap_up);
        }
        match fact {
            ContactFact::Requeued
            | ContactFact::Scheduled
            | ContactFact::Ended(EndCause::CallbackFailed) => desks.forget_wrap_up(contact),
            ContactFact::Offered(offer, agent) if self.by_device(contact) => {
                self.device_offered(at, offer, contact, agent);
            }
            _ => {}
        }
    }

    fn agent_sees(&mut self, at: Timestamp, agent: AgentId, fact: DeskFact) {
        match fact {
            DeskFact::Offered(offer, contact) => self.desk_offered(at, offer, contact, agent),
            DeskFact::OfferOver => self.desks.show_offer(agent, None),
            DeskFact::WrapUp(contact, until) => {
                self.desks.wrap_up((at, until), (agent, contact), &mut self.agenda);
            }
            DeskFact::Presence(presence) => {
                self.desks.presence(at, agent, presence, &mut self.agenda);
            }
        }
    }

    fn device_offered(
        &mut self,
        at: Timestamp,
        offer: OfferId,
        contact: ContactId,
        agent: AgentId,
    ) {
        let Some(live) = self.residents.of_contact(contact) else { return };
        let visit = live.visit.visit;
        let mut stream = self.city.seed.stream(Purpose::Offer, visit.0, live.offers);
        let timeout = self.city.department(live.queue).offer_timeout;
        for (after, what) in self.desks.answer_device(agent, &mut stream, timeout) {
            self.agenda.add(at.after(after), Intent::Offer(visit, offer, agent, what));
        }
    }

    fn desk_offered(&mut self, at: Timestamp, offer: OfferId, contact: ContactId, agent: AgentId) {
        self.desks.show_offer(agent, Some(offer));
        // An agent may see the offer before the front end knows its contact's number.
        let live = self.residents.of_contact(contact);
        let (key, nth) = live.map_or((contact.0, 0), |live| (live.visit.visit.0, live.offers));
        let mut stream = self.city.seed.stream(Purpose::Offer, key, nth);
        if let Some((after, what)) = self.desks.answer_desktop(agent, &mut stream) {
            self.agenda.add(at.after(after), Intent::DeskOffer(agent, offer, what));
        }
    }

    /// What an intention comes to; none when it no longer makes sense.
    fn decide(&mut self, at: Timestamp, intent: Intent) -> Option<(Actor, Act)> {
        match intent {
            Intent::Quarter(quarter) => {
                self.plan_quarter(quarter);
                None
            }
            Intent::Shift(hour) => {
                self.desks.plan_shift(at, hour, &mut self.agenda);
                None
            }
            Intent::Arrive(visit, left) => {
                self.tally.submitted += 1;
                self.residents.arrive(visit.clone(), left);
                Some((Actor::FrontEnd(Source::of(visit.channel)), Act::Submit(visit)))
            }
            Intent::Visit(visit, turn, what) => {
                let live = self.residents.get(visit)?;
                if live.turn == turn { self.decide_visit(live, what) } else { None }
            }
            Intent::Offer(visit, offer, agent, what) => {
                let live = self.residents.get(visit)?;
                let is_live = live.phase == Phase::Offered(offer);
                is_live.then(|| decide_offer(Actor::FrontEnd(live.source()), agent, offer, what))
            }
            Intent::DeskOffer(agent, offer, what) => {
                let shows = self.desks.shows(agent, offer);
                shows.then(|| decide_offer(Actor::Agent(agent), agent, offer, what))
            }
            Intent::Desk(agent, turn, what) => {
                if !self.desks.still(agent, turn, what) {
                    return None;
                }
                let act = match what {
                    DeskIntent::Come => Act::SignIn,
                    DeskIntent::Go => Act::SignOut,
                    DeskIntent::Ready => Act::Ready,
                    DeskIntent::Rest => Act::NotReady(self.desks.rest_reason(agent)),
                };
                Some((Actor::Agent(agent), act))
            }
            Intent::WrapDone(agent, contact) => Some((Actor::Agent(agent), Act::WrapDone(contact))),
            Intent::WrapExtend(agent, contact, by) => {
                Some((Actor::Agent(agent), Act::WrapExtend(contact, by)))
            }
        }
    }

    fn plan_quarter(&mut self, quarter: u64) {
        for visit in self.city.visits(quarter) {
            if visit.at >= self.from {
                self.agenda.add(visit.at, Intent::Arrive(visit, None));
            }
        }
        self.agenda.add(Timestamp((quarter + 1) * QUARTER.0), Intent::Quarter(quarter + 1));
    }

    fn decide_visit(&self, live: &Live, what: VisitIntent) -> Option<(Actor, Act)> {
        let contact = live.contact?;
        let front_end = Actor::FrontEnd(live.source());
        let agent = live.answered_by();
        match what {
            VisitIntent::Abandon if live.is_unanswered() => {
                Some((front_end, Act::Abandon(contact)))
            }
            VisitIntent::ExitQueue if live.is_unanswered() => {
                Some((front_end, Act::End(contact, EndCause::ExitKey, Party::Caller)))
            }
            VisitIntent::Callback(later) if live.phase == Phase::Waiting => {
                Some((front_end, Act::Callback(contact, later)))
            }
            VisitIntent::Abandon | VisitIntent::ExitQueue | VisitIntent::Callback(_) => None,
            VisitIntent::CallbackFails => agent.map(|_| (front_end, Act::CallbackFailed(contact))),
            VisitIntent::End(cause, by) => {
                let actor = if by == Party::Agent { Actor::Agent(agent?) } else { front_end };
                Some((actor, Act::End(contact, cause, by)))
            }
            VisitIntent::Transfer => {
                let to = self.transfer_target(live, agent?)?;
                Some((Actor::Agent(agent?), Act::Transfer(contact, to)))
            }
            VisitIntent::Hold => Some((Actor::Agent(agent?), Act::Hold(contact))),
            VisitIntent::Unhold => Some((Actor::Agent(agent?), Act::Unhold(contact))),
            VisitIntent::LoseLeg => agent.map(|_| (front_end, Act::Requeue(contact))),
        }
    }

    /// Where a resident is handed on to: most often to another queue, sometimes to a colleague,
    /// now and then out of the city's hands.
    fn transfer_target(&self, live: &Live, from: AgentId) -> Option<TransferTo> {
        let nth = TRANSFER_STREAM + live.turn;
        let mut stream = self.city.seed.stream(Purpose::Talk, live.visit.visit.0, nth);
        let lot = stream.below(1_000);
        if lot < TO_OUTSIDE {
            return Some(TransferTo::Outside);
        }
        let agent = AgentId(stream.below(self.city.agents as u64) as u32 + 1);
        if lot < TO_OUTSIDE + TO_AGENT && agent != from && self.desks.is_signed_in(agent) {
            return Some(TransferTo::Agent { agent, queue: None, attended: false });
        }
        self.city.another(&mut stream, live.queue, live.channel).map(TransferTo::Queue)
    }
}

fn decide_offer(
    answerer: Actor,
    agent: AgentId,
    offer: OfferId,
    what: OfferIntent,
) -> (Actor, Act) {
    match what {
        OfferIntent::Ring => (answerer, Act::Ringing(offer)),
        OfferIntent::Answer => (answerer, Act::Answer(offer)),
        OfferIntent::Fail(cause) => (answerer, Act::Fail(offer, cause)),
        OfferIntent::Reject => (Actor::Agent(agent), Act::Reject(offer)),
    }
}

const fn is_by_device(live: &Live) -> bool {
    matches!(live.channel, Channel::Voice | Channel::Callback)
}
