//! Matching as a pure choice: who is offered to whom next (rule 3).
//!
//! The seam to the rest of the engine is [`Matcher`]: the world tells it which contacts wait and
//! which agents are free, and asks for the next pair until there is none. By the work-conserving
//! invariant no contact and agent it knew before the command fit each other, so a pair has at
//! least one side that was added since: it looks at nothing else.
//!
//! Most commands add one contact or one agent. That one is held back until the round is over: it
//! usually finds its partner on the other side, and enters no list at all.

mod bits;
mod classes;
mod eligibility;
mod eligible;
mod groups;
mod idle;
mod ordered;
mod round;
mod serving;
mod views;
mod waiting;

use alloc::vec::Vec;

pub(crate) use eligible::Wanted;
pub(crate) use ordered::{Arena, List};
use round::Round;
pub(crate) use waiting::each_once;

use crate::agent::{Agent, channels_in};
use crate::channel::Capacity;
use crate::contact::{Contact, Key};
use crate::definitions::Strategy;
use crate::ids::{AgentId, ContactId, QueueId};
use crate::limits;
use crate::numbered::Numbered;
use crate::queue::Queue;
use crate::state::ContactRecord;
use classes::ClassId;
use eligibility::Eligibility;
use eligible::Profile;
use views::View;

/// Where a contact is listed while it waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// Among those of its class.
    Class(ClassId),
    /// Alone: there were too many classes.
    #[default]
    Loose,
    /// With the agents it prefers.
    Preferring,
}

/// Sizes at which matching changes its ways. What it decides is the same at any size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// Distinct sets of skills and site among agents up to which free agents are kept in groups;
    /// beyond, in a tree with masks. 256.
    pub signatures_max: usize,
    /// Groups at most, up to 512; agents beyond enter the tree.
    pub groups_max: usize,
    /// Distinct requirements at most, up to 4,096; contacts beyond are matched one by one.
    pub classes_max: usize,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            signatures_max: 256,
            groups_max: groups::GROUPS_MAX,
            classes_max: classes::CLASSES_MAX,
        }
    }
}

/// What matching keeps, and what it has done to keep it in order. Nothing of this shows in what
/// the engine decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// Distinct sets of skills and site among agents who were free, or served a channel, since the
    /// definitions changed.
    pub signatures: usize,
    /// Distinct requirements kept.
    pub classes: usize,
    /// Free agents kept in groups.
    pub in_groups: usize,
    /// Free agents kept in a tree with masks.
    pub in_trees: usize,
    /// Requirements forgotten, so that others had room.
    pub forgotten: u64,
    /// Contacts that came without a class since the definitions changed.
    pub loose: u64,
    /// Agents who changed from groups to a tree or back.
    pub moved: u64,
    /// Nodes divided, on both sides.
    pub divided: u64,
    /// Nodes joined, on both sides.
    pub joined: u64,
    /// Bytes in use to list the contacts that wait.
    pub waiting_bytes: usize,
    /// Bytes in use to list the free agents.
    pub idle_bytes: usize,
}

/// Who waits, who is free, and what was added since the last round.
#[derive(Debug)]
pub(crate) struct Matcher {
    tuning: Tuning,
    eligibility: Eligibility,
    waiting: waiting::Waiting,
    idle: idle::Idle,
    held: Held,
    added: Added,
    round: Round,
}

/// The only one added since the last round, and not in any list.
#[derive(Clone, Copy, Debug, Default)]
enum Held {
    #[default]
    Nobody,
    Contact(ContactId, Key, Place),
    Agent(AgentId, u32, u8),
}

/// What was added to the lists since the last round. Some of it may have left again.
#[derive(Debug, Default)]
struct Added {
    any: bool,
    classes: Vec<ClassId>,
    contacts: Vec<(Key, ContactId)>,
    agents: Vec<AgentId>,
}

/// What matching looks at beside its own lists.
#[derive(Debug)]
pub(crate) struct Others<'w> {
    pub(crate) agents: &'w [Option<Agent>],
    pub(crate) contacts: &'w Numbered<ContactId, Contact>,
    pub(crate) queues: &'w [Option<Queue>],
}

impl<'w> Others<'w> {
    fn contact(&self, contact: ContactId) -> &'w ContactRecord {
        &self.contacts[contact].record
    }

    fn queue(&self, queue: QueueId) -> &'w Queue {
        self.queues[queue.0 as usize - 1].as_ref().expect("contacts are in defined queues")
    }
}

/// A contact and the agent it is to be offered to.
pub(crate) type Pair = (ContactId, AgentId);

impl Matcher {
    pub(crate) fn new(tuning: Tuning) -> Self {
        Self {
            tuning,
            eligibility: Eligibility::new(tuning.classes_max),
            waiting: waiting::Waiting::default(),
            idle: idle::Idle::new(tuning.signatures_max, tuning.groups_max),
            held: Held::Nobody,
            // Room for as many as relax in a Tick.
            added: Added { classes: Vec::with_capacity(limits::TICK_BUDGET), ..Added::default() },
            round: Round::default(),
        }
    }

    /// A contact waits, not suspended. Its place is to be told when it leaves.
    pub(crate) fn add_contact(
        &mut self,
        contact: &ContactRecord,
        key: Key,
        queue: &Queue,
    ) -> Place {
        let place = self.place_of(contact, queue);
        if let Place::Class(class) = place {
            self.eligibility.classes.count(class, true);
        }
        let first = matches!(self.held, Held::Nobody) && !self.added.any;
        if first && place != Place::Preferring {
            self.held = Held::Contact(contact.contact, key, place);
            return place;
        }
        self.added.any = true;
        if place == Place::Preferring {
            let id = contact.contact;
            self.waiting.insert_preferring(&contact.prefer, contact.channel, (key, id));
            self.added.contacts.push((key, id));
        } else {
            self.list_contact(contact.contact, key, place);
        }
        place
    }

    /// Whether a contact was added and is held back: nobody needs it in a list before the round.
    pub(crate) fn holds_back(&self, contact: ContactId) -> bool {
        matches!(self.held, Held::Contact(held, ..) if held == contact)
    }

    /// A contact added does not wait any more, or is about to change; its record is as it was.
    pub(crate) fn remove_contact(&mut self, contact: &ContactRecord, key: Key, place: Place) {
        if let Place::Class(class) = place {
            self.eligibility.classes.count(class, false);
        }
        match (self.held, place) {
            (Held::Contact(id, ..), _) if id == contact.contact => self.held = Held::Nobody,
            (_, Place::Class(class)) => self.waiting.remove(class, key),
            (_, Place::Loose) => self.waiting.remove_loose(key),
            (_, Place::Preferring) => {
                self.waiting.remove_preferring(&contact.prefer, contact.channel, key);
            }
        }
    }

    /// An agent is free.
    pub(crate) fn add_agent(&mut self, agent: &Agent) {
        let (signature, channels) = self.idle.look_at(agent, &mut self.eligibility);
        let id = agent.record.agent;
        if matches!(self.held, Held::Nobody) && !self.added.any {
            self.held = Held::Agent(id, signature, channels);
        } else {
            self.added.any = true;
            self.added.agents.push(id);
            self.idle.insert(agent, &self.eligibility);
        }
    }

    /// An agent added is not free any more, or is about to change; its record is as it was.
    pub(crate) fn remove_agent(&mut self, agent: &Agent) {
        match self.held {
            Held::Agent(id, ..) if id == agent.record.agent => self.held = Held::Nobody,
            _ => self.idle.remove(agent, &self.eligibility),
        }
    }

    /// An agent's skills or site change, and it was counted as serving that. It is not listed
    /// meanwhile.
    pub(crate) fn change_profile(&mut self, agent: AgentId, served: Capacity) {
        if let Some(signature) = self.idle.change_profile(agent) {
            self.eligibility.count_serving(signature, channels_in(served), false);
        }
    }

    /// Definitions have changed; these are the strategies in use. Nobody is listed meanwhile.
    pub(crate) fn redefine(&mut self, strategies: impl Iterator<Item = Strategy>) {
        *self = Self::new(self.tuning);
        self.idle.use_strategies(strategies);
    }

    pub(crate) fn told(&self) -> Matching {
        let idle = self.idle.told();
        let (waiting_bytes, divided, joined, loose) = self.waiting.told();
        Matching {
            signatures: self.eligibility.signatures(),
            classes: self.eligibility.classes.in_use_count(),
            forgotten: self.eligibility.classes.forgotten(),
            loose,
            divided: idle.divided + divided,
            joined: idle.joined + joined,
            waiting_bytes,
            ..idle
        }
    }

    /// Whether some agent is free.
    pub(crate) const fn anyone_free(&self) -> bool {
        matches!(self.held, Held::Agent(..)) || self.idle.anyone()
    }

    /// Whether nothing was added since the last round.
    pub(crate) const fn quiet(&self) -> bool {
        matches!(self.held, Held::Nobody) && !self.added.any
    }

    /// Ends a round: who was held back and has no partner is listed now.
    pub(crate) fn end_round(&mut self, agents: &[Option<Agent>]) {
        self.list_held(agents);
        self.added.any = false;
        self.added.classes.clear();
        self.added.contacts.clear();
        self.added.agents.clear();
        if self.idle.wants_to_move(&self.eligibility) {
            self.idle.move_some(agents, &self.eligibility);
        }
    }

    #[inline]
    fn list_held(&mut self, agents: &[Option<Agent>]) {
        match core::mem::take(&mut self.held) {
            Held::Nobody => {}
            Held::Contact(id, key, place) => self.list_contact(id, key, place),
            Held::Agent(id, ..) => {
                let agent = agents[id.0 as usize - 1].as_ref();
                self.idle.insert(agent.expect("who is free is defined"), &self.eligibility);
                self.added.agents.push(id);
            }
        }
    }

    /// The first agent eligible for a contact, whether or not it is listed, by rule 7.
    pub(crate) fn agent_for(
        &mut self,
        contact: &ContactRecord,
        others: &Others<'_>,
    ) -> Option<AgentId> {
        let queue = others.queue(contact.queue);
        if contact.prefer.is_empty()
            && let Some(class) = self.eligibility.classes.find(contact)
        {
            return self.idle.first(class, queue.record.cursor, &self.eligibility);
        }
        first_of(&Wanted::by(contact, queue), others.agents)
    }

    /// Where a contact is to be listed.
    #[inline]
    fn place_of(&mut self, contact: &ContactRecord, queue: &Queue) -> Place {
        if !contact.prefer.is_empty() {
            return Place::Preferring;
        }
        let known = self.eligibility.classes.find(contact);
        known.or_else(|| self.add_class(contact, queue)).map_or(Place::Loose, Place::Class)
    }

    fn add_class(&mut self, contact: &ContactRecord, queue: &Queue) -> Option<ClassId> {
        if let Some(old) = self.eligibility.classes.dispensable() {
            let old = self.eligibility.remove_class(old);
            self.idle.remove_bands(old.bands());
        }
        let class = self.add_one_class(contact, queue)?;
        if contact.needs.is_empty() {
            self.foresee(contact, queue);
        }
        Some(class)
    }

    fn add_one_class(&mut self, contact: &ContactRecord, queue: &Queue) -> Option<ClassId> {
        let class = self.eligibility.add_class(contact, queue)?;
        self.waiting.grow(self.eligibility.classes.len());
        self.idle.add_class(class, &self.eligibility);
        Some(class)
    }

    /// Adds the classes that a contact will be of later: contacts of many queues that came in one
    /// instant relax in one, and their Tick would work out what satisfies each new class.
    fn foresee(&mut self, contact: &ContactRecord, queue: &Queue) {
        let mut later = contact.clone();
        for step in usize::from(contact.step) + 1..queue.policy.steps.len() {
            later.step = step as u8;
            let roomy = self.eligibility.classes.in_use_count() < self.tuning.classes_max / 2;
            if roomy && self.eligibility.classes.find(&later).is_none() {
                self.add_one_class(&later, queue);
            }
        }
    }

    #[inline]
    fn list_contact(&mut self, id: ContactId, key: Key, place: Place) {
        match place {
            Place::Class(class) => {
                self.waiting.insert(class, key, id);
                self.added.classes.push(class);
            }
            Place::Loose => {
                self.waiting.insert_loose(key, id);
                self.added.contacts.push((key, id));
            }
            Place::Preferring => unreachable!("it is listed with its agents"),
        }
    }
}

/// The first free agent that will do, looked for one by one.
fn first_of(wanted: &Wanted<'_>, agents: &[Option<Agent>]) -> Option<AgentId> {
    let view = View::of(wanted.strategy);
    let rank = |agent: &Agent| {
        let by_level = wanted.prefer.is_empty() && wanted.strategy == Strategy::BestSkill;
        let level = if by_level { wanted.level(Profile::of(agent))? } else { 0 };
        let fits = agent.listed && agent.has_room(wanted.channel) && wanted.admits(agent);
        let key = view.key(agent);
        let wraps = key < view.start(wanted.cursor);
        let below = if by_level { u128::from(limits::LEVEL_MAX - level) } else { 0 };
        fits.then_some((wraps, key + (below << 64), agent.record.agent))
    };
    let first = if wanted.prefer.is_empty() {
        agents.iter().flatten().filter_map(rank).min()
    } else {
        let preferred = wanted.prefer.iter().map(|agent| agents[agent.0 as usize - 1].as_ref());
        preferred.flatten().filter_map(rank).min()
    };
    first.map(|(_, _, agent)| agent)
}
