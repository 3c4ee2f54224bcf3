//! Why a contact was offered to the agent it was offered to, and why another waits.
//!
//! An explanation is told from records and definitions alone, not from the lists by which matching
//! decides, so that the one can be held against the other. Matching's offers are the last thing
//! that a command does, and an offer changes nothing but the contact's state, the agent's offer
//! and the queue's cursor: to look at the moment of a decision, [`Moment::before`] takes back the
//! offers from there on.

mod asked;
mod view;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use asked::{Asked, Rank};
pub use view::View;

use crate::channel::Channel;
use crate::definitions::Strategy;
use crate::effect::Effect;
use crate::ids::{AgentId, ContactId, OfferId, QueueId, SkillId};
use crate::limits;
use crate::state::{AgentRecord, ContactRecord, ContactState, NotReadyReason, Pending, Presence};
use crate::time::Timestamp;

/// A contact's place in the order of rule 6; the smaller comes first, over all queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// 9 − band: priority and promotions.
    pub rank: u8,
    /// Origin + objective of its queue.
    pub deadline: i64,
    /// Entry number.
    pub entry: u64,
}

/// What decides between two places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// A higher band.
    Band,
    /// An earlier deadline, in the same band.
    Deadline,
    /// An earlier entry, of the same band and deadline.
    Entry,
}

/// What an agent is to a contact, at one moment. The first that applies, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not there.
    SignedOut,
    /// The contact prefers others.
    NotPreferred,
    /// It sits at no site of the contact's step.
    WrongSite,
    /// It satisfies no alternative of the step; in the nearest, this term is the first to fail.
    LacksSkill {
        /// The term's skill.
        skill: SkillId,
        /// The level asked for.
        asked: u8,
        /// The agent's level; 0 for none.
        has: u8,
    },
    /// It takes no contacts of the channel.
    TakesNone,
    /// There, but not for contacts.
    NotReady(NotReadyReason),
    /// Its request waits for its last contact to leave.
    Pending(Pending),
    /// It rests after an offer that failed.
    Paused {
        /// Until when.
        until: Timestamp,
    },
    /// It has a live offer.
    Offered {
        /// The offer.
        offer: OfferId,
        /// Of which contact.
        contact: ContactId,
    },
    /// It holds a contact that keeps all others away.
    Blocked {
        /// The contact.
        by: ContactId,
        /// Whether that has ended and is being wrapped up.
        wrap_up: bool,
    },
    /// It holds as many of the channel as it may.
    Full {
        /// How many.
        holds: u8,
    },
    /// Eligible; another is first by the queue's strategy.
    Later(Later),
    /// The first eligible.
    First,
}

/// Why an eligible agent is not the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Later {
    /// Its level is lower (`best_skill`).
    LowerLevel {
        /// Its level.
        level: u8,
        /// The first agent's.
        best: u8,
    },
    /// Its share of work is higher (`least_occupied`), in thousandths.
    Busier {
        /// Its share.
        share: u16,
        /// The first agent's.
        least: u16,
    },
    /// It has had more contacts (`fewest_contacts`).
    MoreContacts {
        /// How many.
        contacts: u32,
        /// The first agent's.
        fewest: u32,
    },
    /// Its turn comes later (`round_robin`).
    LaterTurn,
    /// Its random number is larger (`random`).
    LargerNumber,
    /// It held a contact when it got its idle number; the first did not.
    HeldContact,
    /// It has been idle for less long: a later idle number.
    LessIdle,
}

/// An agent and what it is to the contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The agent.
    pub agent: AgentId,
    /// What it is.
    pub verdict: Verdict,
}

/// Another contact that waited, for which the same agent was eligible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rival {
    /// The contact.
    pub contact: ContactId,
    /// Its place.
    pub place: Place,
    /// By what it comes after the contact explained.
    pub after_by: Before,
}

/// A waiting contact's candidates at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The contact, as it waited.
    pub contact: ContactRecord,
    /// Its place in the order of rule 6.
    pub place: Place,
    /// How its queue chooses.
    pub strategy: Strategy,
    /// Whether its front end is absent, so that it is not offered to anybody.
    pub suspended: bool,
    /// Every defined agent, by number.
    pub candidates: Vec<Candidate>,
    /// The first eligible agent.
    pub first: Option<AgentId>,
    /// Contacts that wait before it, over all queues, for which nobody is eligible.
    pub ahead: u32,
    /// Contacts that wait after it and would have been offered the same agent, by place.
    pub rivals: Vec<Rival>,
}

/// The agent each queue offered a contact to last, while commands are followed.
#[derive(Clone, Debug, Default)]
pub struct Cursors(BTreeMap<QueueId, AgentId>);

/// An engine, or a state, as it was at a moment of its last command.
#[derive(Debug)]
pub struct Moment<'e> {
    view: &'e dyn View,
    undone: Vec<OfferId>,
    cursors: Option<&'e Cursors>,
}

impl Place {
    /// What puts this place before a later one.
    pub fn before_by(&self, later: &Self) -> Before {
        if self.rank != later.rank {
            Before::Band
        } else if self.deadline != later.deadline {
            Before::Deadline
        } else {
            Before::Entry
        }
    }
}

impl Cursors {
    /// Those that the records tell.
    pub fn of(view: &dyn View) -> Self {
        let queues = (1..=view.names().queues.len() as u32).filter_map(|n| view.queue(QueueId(n)));
        Self(queues.filter_map(|queue| Some((queue.queue, queue.cursor?))).collect())
    }

    /// The agent a queue offered a contact to last.
    pub fn get(&self, queue: QueueId) -> Option<AgentId> {
        self.0.get(&queue).copied()
    }

    /// Follows one effect of a command just applied.
    pub fn follow(&mut self, view: &dyn View, effect: &Effect) {
        match *effect {
            Effect::Offered { contact, agent, .. } => {
                if let Some(contact) = view.contact(contact) {
                    self.0.insert(contact.queue, agent);
                }
            }
            // A queue that goes and is defined again begins anew.
            Effect::Configured => self.0.retain(|&queue, _| view.queue(queue).is_some()),
            _ => {}
        }
    }
}

impl<'e> Moment<'e> {
    /// As it is.
    pub const fn present(view: &'e dyn View) -> Self {
        Self { view, undone: Vec::new(), cursors: None }
    }

    /// As it was before it made the first of these offers: `effects` are the last ones
    /// of the last command, and `cursors` has followed all before them.
    pub fn before(view: &'e dyn View, effects: &[Effect], cursors: &'e Cursors) -> Self {
        let offer = |effect: &Effect| match *effect {
            Effect::Offered { offer, .. } => Some(offer),
            _ => None,
        };
        Self { view, undone: effects.iter().filter_map(offer).collect(), cursors: Some(cursors) }
    }

    /// A contact's candidates; none unless it waits.
    pub fn explain(&self, contact: ContactId) -> Option<Explanation> {
        let contact = self.waiting(contact)?;
        let asked = self.asked(&contact)?;
        let mut verdicts: Vec<(Candidate, Option<Rank>)> = Vec::new();
        for record in self.view.agents() {
            let unfit = self.unfit(&asked, &record);
            let rank = unfit.is_none().then(|| asked.rank(&record));
            let verdict = unfit.unwrap_or(Verdict::First);
            verdicts.push((Candidate { agent: record.agent, verdict }, rank));
        }
        let ranks = verdicts
            .iter()
            .filter_map(|(candidate, rank)| Some((*rank.as_ref()?, candidate.agent)));
        let best = ranks.min();
        for (candidate, rank) in &mut verdicts {
            if let (Some(rank), Some((best, first))) = (rank, best)
                && candidate.agent != first
            {
                candidate.verdict = Verdict::Later(rank.later_than(&best, asked.strategy()));
            }
        }
        let (place, first) = (self.place(&contact)?, best.map(|(_, agent)| agent));
        let (ahead, rivals) = self.others(&contact, place, first);
        Some(Explanation {
            suspended: contact.suspended(),
            place,
            strategy: asked.strategy(),
            candidates: verdicts.into_iter().map(|(candidate, _)| candidate).collect(),
            first,
            ahead,
            rivals,
            contact,
        })
    }

    /// What an agent is to a contact; none where that does not wait.
    pub fn verdict(&self, contact: ContactId, agent: AgentId) -> Option<Verdict> {
        let explained = self.explain(contact)?;
        let said = explained.candidates.iter().find(|candidate| candidate.agent == agent);
        said.map(|candidate| candidate.verdict)
    }

    /// Why an agent is not eligible for a contact; none where it is, or the contact does not wait.
    pub fn why_not(&self, contact: ContactId, agent: AgentId) -> Option<Verdict> {
        let contact = self.waiting(contact)?;
        self.unfit(&self.asked(&contact)?, &self.view.agent(agent)?)
    }

    /// Whether an agent is eligible for a contact that waits.
    pub fn is_eligible(&self, contact: ContactId, agent: AgentId) -> bool {
        self.waiting(contact).is_some_and(|contact| {
            let asked = self.asked(&contact);
            let agent = self.view.agent(agent);
            asked.zip(agent).is_some_and(|(asked, agent)| self.unfit(&asked, &agent).is_none())
        })
    }

    /// The first contact that has an eligible agent, and the first such agent: who is to be
    /// offered to whom next (rule 3).
    pub fn next(&self) -> Option<(ContactId, AgentId)> {
        let takes_some = |agent: &AgentRecord| {
            agent.presence == Presence::Ready
                && Channel::ALL.into_iter().any(|on| self.unavailable(on, agent).is_none())
        };
        let free: Vec<AgentRecord> = self.view.agents().filter(takes_some).collect();
        if free.is_empty() {
            return None;
        }
        let mut first: Option<(Place, ContactId)> = None;
        for contact in self.view.contacts() {
            let Some(contact) = self.as_waiting(contact) else { continue };
            let Some(place) = self.place(&contact) else { continue };
            let sooner = first.is_none_or(|(first, _)| place < first);
            if !sooner || contact.suspended() {
                continue;
            }
            let asked = self.asked(&contact);
            let fits = |agent| asked.as_ref().is_some_and(|by| self.unfit(by, agent).is_none());
            if free.iter().any(fits) {
                first = Some((place, contact.contact));
            }
        }
        let (_, contact) = first?;
        let agent = self.explain(contact)?.first?;
        Some((contact, agent))
    }

    /// A waiting contact's place.
    pub fn place_of(&self, contact: ContactId) -> Option<Place> {
        self.place(&self.waiting(contact)?)
    }

    /// A contact that waited at the moment, as it did.
    fn waiting(&self, contact: ContactId) -> Option<ContactRecord> {
        self.as_waiting(self.view.contact(contact)?)
    }

    fn as_waiting(&self, mut contact: ContactRecord) -> Option<ContactRecord> {
        match contact.state {
            ContactState::Waiting => {}
            ContactState::Offered { offer } if self.undone.contains(&offer) => {
                contact.state = ContactState::Waiting;
            }
            _ => return None,
        }
        Some(contact)
    }

    fn place(&self, contact: &ContactRecord) -> Option<Place> {
        let objective = asked::definition(self.view, contact.queue)?.objective;
        let band = contact.prio.saturating_add(contact.promotions).min(limits::PRIORITY_MAX);
        Some(Place {
            rank: limits::PRIORITY_MAX - band,
            deadline: contact.origin + objective.0.cast_signed(),
            entry: contact.entry,
        })
    }

    fn asked(&self, contact: &ContactRecord) -> Option<Asked<'e>> {
        let cursor = match self.cursors {
            Some(cursors) => cursors.get(contact.queue),
            None => self.view.queue(contact.queue)?.cursor,
        };
        Asked::by(self.view, contact, cursor)
    }

    /// How many wait before a contact, and who waits after it and could have had the same agent.
    fn others(
        &self,
        than: &ContactRecord,
        place: Place,
        agent: Option<AgentId>,
    ) -> (u32, Vec<Rival>) {
        let agent = agent.and_then(|agent| self.view.agent(agent));
        let (mut ahead, mut rivals) = (0, Vec::new());
        for other in self.view.contacts() {
            let Some(other) = self.as_waiting(other) else { continue };
            if other.contact == than.contact || other.suspended() {
                continue;
            }
            let Some(its) = self.place(&other) else { continue };
            if its < place {
                ahead += 1;
            } else if let Some(agent) = &agent
                && self.asked(&other).is_some_and(|asked| self.unfit(&asked, agent).is_none())
            {
                let after_by = place.before_by(&its);
                rivals.push(Rival { contact: other.contact, place: its, after_by });
            }
        }
        rivals.sort_unstable_by_key(|rival| rival.place);
        (ahead, rivals)
    }

    /// Why an agent is not eligible, or none (rules 4 and 5).
    fn unfit(&self, asked: &Asked<'_>, agent: &AgentRecord) -> Option<Verdict> {
        if agent.presence == Presence::SignedOut {
            return Some(Verdict::SignedOut);
        }
        asked.unsatisfied(agent).or_else(|| self.unavailable(asked.channel(), agent))
    }

    /// Why an agent takes no contact of the channel now, or none (rule 4 a–c).
    fn unavailable(&self, channel: Channel, agent: &AgentRecord) -> Option<Verdict> {
        let id = agent.agent;
        if let Presence::NotReady(reason) = agent.presence {
            return Some(Verdict::NotReady(reason));
        }
        if let Some(pending) = agent.pending {
            return Some(Verdict::Pending(pending));
        }
        if let Some(until) = agent.paused_until {
            return Some(Verdict::Paused { until });
        }
        let offer = self.view.offer_of(id).filter(|offer| !self.undone.contains(&offer.offer));
        if let Some(offer) = offer {
            return Some(Verdict::Offered { offer: offer.offer, contact: offer.contact });
        }
        let mut holds = 0;
        for contact in self.view.held(id).into_iter().filter_map(|id| self.view.contact(id)) {
            let connected = matches!(contact.state, ContactState::Connected { .. });
            if connected && contact.channel.blocks() {
                return Some(Verdict::Blocked { by: contact.contact, wrap_up: false });
            }
            holds += u8::from(contact.channel == channel);
        }
        for wrap_up in self.view.wrap_ups_of(id) {
            if wrap_up.channel.blocks() {
                return Some(Verdict::Blocked { by: wrap_up.contact, wrap_up: true });
            }
            holds += u8::from(wrap_up.channel == channel);
        }
        (holds >= agent.capacity[channel]).then_some(Verdict::Full { holds })
    }
}
