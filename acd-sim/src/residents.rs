//! The residents: who is in the city's hands at the moment, what their front ends know of it, and
//! what they will do next.

use std::collections::BTreeMap;

use acd_core::{AgentId, Channel, ContactId, EndCause, Nanos, OfferId, Party, QueueId, Timestamp};

use crate::act::{ContactFact, Source};
use crate::agenda::{Agenda, Intent, VisitIntent};
use crate::city::{City, Visit, VisitId};
use crate::rng::{Purpose, Stream};
use crate::tally::{QueueTally, Tally};

/// The share of a handle time that is wrap-up, in thousandths, and its longest.
const WRAP_UP_SHARE: u64 = 120;
const WRAP_UP_MAX: Nanos = Nanos::from_secs(90);
/// The shortest conversation.
const TALK_MIN: Nanos = Nanos::from_secs(4);
/// Answered contacts in 1,000 that are handed on: over 90 % are resolved without.
const HANDED_ON: u64 = 60;
/// Times one resident is handed on.
const HOPS_MAX: u32 = 2;
/// Callers in 1,000 who leave by a key, who would rather be called back, and, of those, later.
const EXIT_KEY: u64 = 6;
const WANTS_CALLBACK: u64 = 220;
const CALLBACK_LATER: u64 = 250;
/// Callbacks in 1,000 that the resident does not answer.
const CALLBACK_UNANSWERED: u64 = 150;
/// Conversations in 1,000 with music, and those in which the agent's leg is lost.
const HELD: u64 = 120;
const LEG_LOST: u64 = 3;

/// Where a resident is, as their front end knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Submitted, without a word from the server yet.
    Sent,
    /// Waiting.
    Waiting,
    /// To be called back later.
    Scheduled,
    /// Offered to an agent.
    Offered(OfferId),
    /// With an agent.
    Connected(AgentId),
    /// Set aside by an agent.
    Parked(AgentId),
}

impl Phase {
    /// The name of the state in a snapshot.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Waiting => "queued",
            Self::Scheduled => "scheduled",
            Self::Offered(_) => "offered",
            Self::Connected(_) => "connected",
            Self::Parked(_) => "parked",
        }
    }
}

/// A visit that is not over.
#[derive(Clone, Debug)]
pub struct Live {
    /// What the resident wanted.
    pub visit: Visit,
    /// The contact they are now.
    pub contact: Option<ContactId>,
    /// Its queue.
    pub queue: QueueId,
    /// Its channel.
    pub channel: Channel,
    /// Where it is.
    pub phase: Phase,
    /// When this contact entered.
    pub(crate) entered: Timestamp,
    /// How long this contact waited for its first answer.
    pub(crate) wait: Option<Nanos>,
    /// Counts what makes earlier intentions moot.
    pub(crate) turn: u32,
    /// Offers so far.
    pub(crate) offers: u32,
    /// Answers so far.
    connections: u32,
    /// Times handed on.
    hops: u32,
    /// What is left of a conversation that began before the day.
    left: Option<Nanos>,
    /// When the conversation is to end.
    ends: Timestamp,
}

impl Live {
    pub(crate) fn source(&self) -> Source {
        Source::of(self.channel)
    }

    pub(crate) fn answered_by(&self) -> Option<AgentId> {
        match self.phase {
            Phase::Connected(agent) => Some(agent),
            _ => None,
        }
    }

    pub(crate) const fn is_unanswered(&self) -> bool {
        matches!(self.phase, Phase::Waiting | Phase::Offered(_))
    }

    fn intend(&self, agenda: &mut Agenda, at: Timestamp, intent: VisitIntent) {
        agenda.add(at, Intent::Visit(self.visit.visit, self.turn, intent));
    }

    /// A new wait begins: how long it may last, and what may shorten it.
    fn plan_wait(&mut self, at: Timestamp, city: &City, agenda: &mut Agenda) {
        self.turn += 1;
        let stream = &mut city.seed.stream(Purpose::Patience, self.visit.visit.0, self.turn);
        let (least, mean) = match self.channel {
            Channel::Voice => (8, 420),
            Channel::Chat => (15, 300),
            Channel::Kiosk => (10, 240),
            Channel::Callback | Channel::Email | Channel::Web => return,
        };
        let patience = stream.exponential(Nanos::from_secs(mean));
        let leaves = at.after(Nanos::from_secs(least)).after(patience);
        self.intend(agenda, leaves, VisitIntent::Abandon);
        if self.channel != Channel::Voice {
            return;
        }
        if stream.per_mille(EXIT_KEY) {
            self.intend(agenda, at.after(stream.between_ms(2_000, 60_000)), VisitIntent::ExitQueue);
        } else if stream.per_mille(WANTS_CALLBACK) {
            let later = stream.per_mille(CALLBACK_LATER);
            let later = later.then(|| stream.between_ms(20 * 60_000, 60 * 60_000));
            let asks = at.after(stream.between_ms(30_000, 120_000));
            self.intend(agenda, asks, VisitIntent::Callback(later));
        }
    }

    /// A conversation begins: how it goes. Gives what is left to write down afterwards.
    /// `beside` is how many texts the agent writes besides, which makes this one longer.
    fn plan_talk(&mut self, at: Timestamp, beside: u64, city: &City, agenda: &mut Agenda) -> Nanos {
        self.turn += 1;
        self.connections += 1;
        let stream = &mut city.seed.stream(Purpose::Talk, self.visit.visit.0, self.connections);
        let whole = city.handle(stream, self.queue);
        // Whoever speaks to a second agent has told half of the story.
        let whole = if self.connections > 1 { Nanos(whole.0 / 2) } else { whole };
        let wrap_up = Nanos(whole.0 / 1_000 * WRAP_UP_SHARE).min(WRAP_UP_MAX);
        let rest = self.left.take().unwrap_or(whole);
        let talk = Nanos(rest.0.saturating_sub(wrap_up.0)).max(TALK_MIN);
        let talk = Nanos(talk.0 * (1 + beside));
        self.ends = at.after(talk);
        if self.channel == Channel::Callback && stream.per_mille(CALLBACK_UNANSWERED) {
            let rings = at.after(stream.between_ms(15_000, 30_000));
            self.intend(agenda, rings, VisitIntent::CallbackFails);
            return wrap_up;
        }
        let part = |per_mille: u64| at.after(Nanos(talk.0 / 1_000 * per_mille));
        if stream.per_mille(HANDED_ON) && self.can_be_handed_on() {
            let goes = part(300 + stream.below(400));
            self.intend(agenda, goes, VisitIntent::Transfer);
        } else if Source::of(self.channel) == Source::Telephone && stream.per_mille(LEG_LOST) {
            self.intend(agenda, part(500), VisitIntent::LoseLeg);
        } else if self.channel == Channel::Voice && stream.per_mille(HELD) {
            self.intend(agenda, part(400), VisitIntent::Hold);
            self.intend(agenda, part(500 + stream.below(400)), VisitIntent::Unhold);
        }
        self.plan_end(stream, agenda);
        wrap_up
    }

    fn plan_end(&self, stream: &mut Stream, agenda: &mut Agenda) {
        let (cause, by) = match self.channel {
            Channel::Chat | Channel::Email | Channel::Web => (EndCause::Completed, Party::Agent),
            _ if stream.per_mille(700) => (EndCause::Hangup, Party::Caller),
            _ => (EndCause::Hangup, Party::Agent),
        };
        self.intend(agenda, self.ends, VisitIntent::End(cause, by));
    }

    fn can_be_handed_on(&self) -> bool {
        self.hops < HOPS_MAX && !self.channel.interruptible()
    }

    /// Counts it where it is at the moment.
    fn count(&self, tally: &mut Tally, count: impl FnOnce(&mut QueueTally)) {
        let queue = &mut tally.queues[self.queue.0 as usize - 1];
        count(queue);
        queue.waits_ms.extend(self.wait.map(Nanos::as_millis));
    }
}

/// Everybody in the city's hands.
#[derive(Debug, Default)]
pub(crate) struct Residents {
    live: BTreeMap<VisitId, Live>,
    by_contact: BTreeMap<ContactId, VisitId>,
}

impl Residents {
    /// A resident turns to the city.
    pub(crate) fn arrive(&mut self, visit: Visit, left: Option<Nanos>) {
        let live = Live {
            contact: None,
            queue: visit.queue,
            channel: visit.channel,
            phase: Phase::Sent,
            entered: visit.at,
            wait: None,
            turn: 0,
            offers: 0,
            connections: 0,
            hops: 0,
            left,
            ends: visit.at,
            visit,
        };
        let before = self.live.insert(live.visit.visit, live);
        assert!(before.is_none(), "a visit has its own number");
    }

    pub(crate) fn get(&self, visit: VisitId) -> Option<&Live> {
        self.live.get(&visit)
    }

    pub(crate) fn of_contact(&self, contact: ContactId) -> Option<&Live> {
        self.live.get(self.by_contact.get(&contact)?)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Live> {
        self.live.values()
    }

    /// The visit was refused at entry.
    pub(crate) fn refuse(&mut self, visit: VisitId, tally: &mut Tally) {
        if let Some(live) = self.live.remove(&visit) {
            live.count(tally, |queue| queue.refused += 1);
        }
    }

    /// Everybody of this front end whose contact is known hangs up.
    pub(crate) fn hang_up(&mut self, source: Source, tally: &mut Tally) {
        let theirs = self.live.iter().filter(|(_, live)| live.source() == source);
        let theirs: Vec<_> =
            theirs.filter_map(|(visit, live)| Some((*visit, live.contact?))).collect();
        for (visit, contact) in theirs {
            let is_answered = self.live[&visit].wait.is_some();
            let cause = if is_answered { EndCause::Hangup } else { EndCause::Abandoned };
            self.end(visit, contact, cause, tally);
        }
    }

    /// A contact of the visit waits in a queue, new: it has just entered or been handed on.
    fn queued(&mut self, visit: VisitId, contact: ContactId) {
        if let Some(live) = self.live.get_mut(&visit) {
            if let Some(before) = live.contact.replace(contact) {
                self.by_contact.remove(&before);
            }
            self.by_contact.insert(contact, visit);
        }
    }

    /// A front end sees something of a contact. Gives what is left to write down once a
    /// conversation that begins is over.
    pub(crate) fn see(
        &mut self,
        at: Timestamp,
        (contact, fact): (ContactId, ContactFact),
        city: &City,
        agenda: &mut Agenda,
        tally: &mut Tally,
    ) -> Option<Nanos> {
        if let ContactFact::Queued(visit, _) = fact {
            self.queued(visit, contact);
        }
        let visit = *self.by_contact.get(&contact)?;
        let live = self.live.get_mut(&visit).expect("a contact known is of a live visit");
        match fact {
            ContactFact::Queued(_, queue) => {
                live.queue = queue;
                live.phase = Phase::Waiting;
                live.entered = at;
                live.wait = None;
                live.plan_wait(at, city, agenda);
            }
            ContactFact::Moved(queue) => {
                live.queue = queue;
                live.phase = Phase::Waiting;
            }
            ContactFact::Offered(offer, _) => {
                live.phase = Phase::Offered(offer);
                live.offers += 1;
            }
            ContactFact::Requeued => {
                let was_with_agent = matches!(live.phase, Phase::Connected(_) | Phase::Parked(_));
                live.phase = Phase::Waiting;
                if was_with_agent {
                    live.plan_wait(at, city, agenda);
                }
            }
            ContactFact::Connected(agent) => {
                live.phase = Phase::Connected(agent);
                live.wait.get_or_insert(at.since(live.entered));
                let is_text = self.live[&visit].source() == Source::Online;
                let beside = if is_text { self.texts_of(agent).saturating_sub(1) } else { 0 };
                let live = self.live.get_mut(&visit)?;
                return Some(live.plan_talk(at, beside, city, agenda));
            }
            ContactFact::TurnedCallback => {
                live.channel = Channel::Callback;
                live.phase = Phase::Waiting;
                live.turn += 1;
            }
            ContactFact::Scheduled => {
                live.phase = Phase::Scheduled;
                live.turn += 1;
            }
            ContactFact::Transferred(next) => {
                tally.transfers += 1;
                if next.is_some() {
                    live.hops += 1;
                }
                self.hand_on(contact, next);
            }
            ContactFact::Parked => live.park(at),
            ContactFact::Resumed => live.resume(at, city, agenda),
            ContactFact::Ended(cause) => self.end(visit, contact, cause, tally),
        }
        None
    }

    /// The visits not over, counted where they are.
    pub(crate) fn count(&self, tally: &mut Tally) {
        for live in self.live.values() {
            live.count(tally, |queue| match live.phase {
                Phase::Connected(_) | Phase::Parked(_) => queue.in_progress += 1,
                _ => queue.waiting += 1,
            });
        }
    }

    /// Chats and letters in an agent's hands.
    fn texts_of(&self, agent: AgentId) -> u64 {
        let held = |live: &&Live| {
            let is_held =
                matches!(live.phase, Phase::Connected(by) | Phase::Parked(by) if by == agent);
            is_held && live.source() == Source::Online
        };
        self.live.values().filter(held).count() as u64
    }

    /// From now on the visit is known as the next contact, if there is one; the old one's end then
    /// no longer is the visit's.
    fn hand_on(&mut self, contact: ContactId, next: Option<ContactId>) {
        let Some(next) = next else { return };
        let visit = self.by_contact.remove(&contact).expect("who is handed on is known");
        self.by_contact.insert(next, visit);
        let live = self.live.get_mut(&visit).expect("a contact known is of a live visit");
        live.contact = Some(next);
        live.phase = Phase::Waiting;
        live.wait = None;
        live.turn += 1;
    }

    fn end(&mut self, visit: VisitId, contact: ContactId, cause: EndCause, tally: &mut Tally) {
        self.by_contact.remove(&contact);
        let live = self.live.remove(&visit).expect("a contact known is of a live visit");
        live.count(tally, |queue| match cause {
            EndCause::Abandoned => queue.abandoned += 1,
            _ => queue.ended += 1,
        });
    }
}

impl Live {
    /// The agent turns to a call: what is left of this letter is left for later.
    fn park(&mut self, at: Timestamp) {
        if let Phase::Connected(agent) = self.phase {
            self.phase = Phase::Parked(agent);
            self.turn += 1;
            self.left = Some(self.ends.since(at));
        }
    }

    fn resume(&mut self, at: Timestamp, city: &City, agenda: &mut Agenda) {
        if let Phase::Parked(agent) = self.phase {
            self.phase = Phase::Connected(agent);
            self.turn += 1;
            self.ends = at.after(self.left.take().unwrap_or(TALK_MIN));
            let stream = &mut city.seed.stream(Purpose::Talk, self.visit.visit.0, u32::MAX);
            self.plan_end(stream, agenda);
        }
    }
}
