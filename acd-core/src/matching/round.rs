//! One round of matching: pairs in the order of rule 3, until there is none.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::bits::{Block, ones};
use super::classes::ClassId;
use super::{Held, Matcher, Others, Pair, Place};
use crate::agent::Agent;
use crate::channel::Channel;
use crate::contact::Key;
use crate::definitions::Strategy;
use crate::ids::{AgentId, ContactId};

/// What may still find a partner: by the key of its first contact, so that the first comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Candidate {
    Class(ClassId),
    Contact(ContactId),
}

/// What one round of matching has still to look at.
///
/// During a round contacts and agents only go. What has found no partner finds none later in the
/// round, so that nothing is looked at twice without an offer in between.
#[derive(Debug, Default)]
pub(crate) struct Round {
    candidates: BinaryHeap<Reverse<(Key, Candidate)>>,
    /// Classes to look at, as bits.
    classes: Vec<Block>,
    /// The class whose first contact was offered last.
    last: Option<ClassId>,
    /// Agents preferred by the contact offered last, for whom the next is to be looked at.
    bereft: Vec<AgentId>,
}

impl Matcher {
    /// The pair of the only one added since the last round, if that is how it is.
    pub(crate) fn only_one(&self) -> bool {
        !self.added.any
    }

    /// The partner of the only one added. Whoever else waits has no eligible agent: a contact
    /// looks for its first agent, and an agent for the first contact, who has no other.
    pub(crate) fn pair_of_one(&mut self, others: &Others<'_>) -> Option<Pair> {
        match self.held {
            Held::Nobody => None,
            Held::Contact(id, _, Place::Class(class)) => {
                Some((id, self.first_agent(class, others)?))
            }
            Held::Contact(id, ..) => Some((id, self.agent_for(others.contact(id), others)?)),
            Held::Agent(id, signature, channels) => {
                let own = self.waiting.first_for(signature, channels, &self.eligibility);
                let alone = self.waiting.nobody_prefers();
                let prefers = if alone { None } else { self.preferring(id, channels).min() };
                let loose = self.first_loose(id, others);
                let first = own.into_iter().chain(prefers).chain(loose).min()?;
                Some((first.1, id))
            }
        }
    }

    /// Starts a round with what was added since the last.
    pub(crate) fn start_round(&mut self, agents: &[Option<Agent>]) -> Round {
        self.list_held(agents);
        core::mem::take(&mut self.round)
    }

    /// Keeps the emptied lists for the next round.
    pub(crate) fn keep(&mut self, round: Round) {
        self.round = round;
    }

    /// The first agent for a class.
    fn first_agent(&mut self, class: ClassId, others: &Others<'_>) -> Option<AgentId> {
        let found = self.eligibility.classes.get(class);
        let cursor = match found.strategy {
            Strategy::RoundRobin => others.queue(found.queue()).record.cursor,
            _ => None,
        };
        self.idle.first(class, cursor, &self.eligibility)
    }

    /// The first contact of each of the channels that prefers the agent.
    fn preferring(&self, agent: AgentId, channels: u8) -> impl Iterator<Item = (Key, ContactId)> {
        let channels = (0..Channel::ALL.len()).filter(move |channel| channels >> channel & 1 == 1);
        channels.filter_map(move |channel| self.waiting.first_preferring(agent, channel))
    }

    /// The first contact without a class that an agent is eligible for.
    fn first_loose(&self, agent: AgentId, others: &Others<'_>) -> Option<(Key, ContactId)> {
        if self.waiting.nobody_loose() {
            return None;
        }
        let agent = others.agents[agent.0 as usize - 1].as_ref().expect("who is free is defined");
        self.waiting.loose().find(|&(_, id)| {
            let contact = others.contact(id);
            let wanted = super::Wanted::by(contact, others.queue(contact.queue));
            agent.has_room(contact.channel) && wanted.admits(agent)
        })
    }
}

impl Round {
    /// Looks at everything that was added.
    pub(crate) fn prepare(&mut self, matcher: &Matcher) {
        let added = &matcher.added;
        self.classes.clear();
        self.classes.resize(matcher.waiting.classes().len(), Block::EMPTY);
        for class in &added.classes {
            self.classes[class.at() / 512].0[class.at() / 64 % 8] |= 1 << (class.at() % 64);
        }
        let mut any_agent = false;
        for &agent in &added.agents {
            let Some((signature, channels)) = matcher.idle.listed(agent) else { continue };
            any_agent = true;
            let (row, of) = matcher.eligibility.classes_row(signature, channels);
            for ((classes, row), of) in self.classes.iter_mut().zip(row).zip(of) {
                classes.add(&row.and(of));
            }
            let prefers = matcher.preferring(agent, channels).map(single);
            self.candidates.extend(prefers);
        }
        let classes = self.classes.iter().zip(matcher.waiting.classes());
        let words = classes.flat_map(|(classes, waiting)| classes.and(waiting).0);
        for class in ones(words) {
            let class = ClassId(class as u16);
            let (key, _) = matcher.waiting.head(class).expect("somebody waits of the class");
            self.candidates.push(Reverse((key, Candidate::Class(class))));
        }
        self.candidates.extend(added.contacts.iter().copied().map(single));
        if any_agent {
            self.candidates.extend(matcher.waiting.loose().map(single));
        }
    }

    /// The first contact, over all queues, that has an eligible agent, and the first such agent.
    ///
    /// The caller offers the one to the other before it asks again.
    pub(crate) fn next(&mut self, matcher: &mut Matcher, others: &Others<'_>) -> Option<Pair> {
        if let Some(class) = self.last.take()
            && let Some((key, _)) = matcher.waiting.head(class)
        {
            self.candidates.push(Reverse((key, Candidate::Class(class))));
        }
        for agent in self.bereft.drain(..) {
            if let Some((_, channels)) = matcher.idle.listed(agent) {
                self.candidates.extend(matcher.preferring(agent, channels).map(single));
            }
        }
        while let Some(Reverse((key, candidate))) = self.candidates.pop() {
            match candidate {
                Candidate::Class(class) => {
                    let Some((head, contact)) = matcher.waiting.head(class) else { continue };
                    debug_assert_eq!(head, key, "only offers change a class in a round");
                    if let Some(agent) = matcher.first_agent(class, others) {
                        self.last = Some(class);
                        return Some((contact, agent));
                    }
                }
                Candidate::Contact(id) => {
                    // It may have been offered already, or was added and has left again.
                    let listed = others.contacts.get(id).is_some_and(|contact| {
                        contact.listed == Some(key) && !contact.record.suspended()
                    });
                    if !listed {
                        continue;
                    }
                    let contact = others.contact(id);
                    if let Some(agent) = matcher.agent_for(contact, others) {
                        self.bereft.extend_from_slice(&contact.prefer);
                        return Some((id, agent));
                    }
                }
            }
        }
        None
    }
}

const fn single((key, contact): (Key, ContactId)) -> Reverse<(Key, Candidate)> {
    Reverse((key, Candidate::Contact(contact)))
}
