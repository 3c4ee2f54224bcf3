//! Requirement classes: contacts without preference that any agent satisfies all of or none of.
//!
//! A class is a queue, a step, a channel and needs, interned as a small dense number. Classes
//! without needs stay until the definitions change; one with needs whose contacts have left stays
//! too, until its number is needed. When [`CLASSES_MAX`] are in use further contacts have no
//! class: matching then looks at each of them on its own.

use alloc::vec::Vec;

use super::eligible::{Profile, Wanted};
use crate::channel::Channel;
use crate::definitions::Strategy;
use crate::ids::{Need, QueueId, SkillId};
use crate::limits;
use crate::queue::PolicyStep;
use crate::state::ContactRecord;

/// Classes at one time. Beyond it contacts are matched one by one: slower, and the same.
pub(super) const CLASSES_MAX: usize = 4_096;
/// Levels an agent can be eligible at: none, and 1..=10.
pub(super) const LEVELS: usize = limits::LEVEL_MAX as usize + 1;
/// Chains in which classes with needs are found.
const CHAINS: usize = 1_024;
const CHANNELS: usize = Channel::ALL.len();
/// Steps and channels of a queue.
const PLAIN_OF_QUEUE: usize = limits::STEPS_MAX * CHANNELS;

/// The number of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClassId(pub(super) u16);

impl ClassId {
    pub(super) const fn at(self) -> usize {
        self.0 as usize
    }
}

/// No number.
pub(super) const NONE: u16 = u16::MAX;

/// A class.
#[derive(Debug)]
pub(super) struct Class {
    queue: u32,
    step: u8,
    pub(super) channel: Channel,
    pub(super) strategy: Strategy,
    requirement: PolicyStep,
    needs: Vec<Need>,
    /// Its contacts that wait.
    waiting: u32,
    /// The next in its chain, if it has needs.
    next: u16,
    /// The bit of each level at which somebody is eligible.
    pub(super) bands: [u16; LEVELS],
}

/// The classes in use, by number and by what they are.
#[derive(Debug)]
pub(super) struct Classes {
    list: Vec<Option<Class>>,
    spare: Vec<u16>,
    /// Without needs: by queue, step and channel.
    plain: Vec<u16>,
    chains: Vec<u16>,
    maximum: usize,
    /// Where to look next for a class that can go.
    hand: usize,
    forgotten: u64,
}

impl Class {
    /// The level at which a profile is eligible. All are alike where levels do not count.
    pub(super) fn level(&self, profile: Profile<'_>) -> Option<u8> {
        let wanted = Wanted {
            channel: self.channel,
            step: &self.requirement,
            needs: &self.needs,
            prefer: &[],
            strategy: self.strategy,
            cursor: None,
        };
        let level = wanted.level(profile);
        if self.strategy == Strategy::BestSkill { level } else { level.map(|_| 0) }
    }

    /// Skills of which whoever is eligible has one; none where somebody without any may be.
    pub(super) fn one_skill_of_each_alternative(&self) -> Option<Vec<SkillId>> {
        let one = |terms: &Vec<(SkillId, u8)>| {
            terms.iter().find(|&&(_, level)| level > 0).map(|&(skill, _)| skill)
        };
        let skills: Option<Vec<SkillId>> = self.requirement.alternatives.iter().map(one).collect();
        skills.filter(|skills| !skills.is_empty())
    }

    pub(super) const fn queue(&self) -> QueueId {
        QueueId(self.queue)
    }

    /// The bands it has.
    pub(super) fn bands(&self) -> impl Iterator<Item = u16> {
        self.bands.into_iter().filter(|&band| band != NONE)
    }

    fn is_of(&self, queue: QueueId, step: u8, channel: Channel, needs: &[Need]) -> bool {
        self.queue == queue.0 && self.step == step && self.channel == channel && self.needs == needs
    }
}

impl Classes {
    pub(super) fn new(maximum: usize) -> Self {
        Self {
            list: Vec::new(),
            spare: Vec::new(),
            plain: Vec::new(),
            chains: alloc::vec![NONE; CHAINS],
            maximum: maximum.min(CLASSES_MAX),
            hand: 0,
            forgotten: 0,
        }
    }

    pub(super) fn get(&self, class: ClassId) -> &Class {
        self.list[class.at()].as_ref().expect("classes are named while they are in use")
    }

    pub(super) fn in_use(&self, class: ClassId) -> Option<&Class> {
        self.list[class.at()].as_ref()
    }

    pub(super) fn get_mut(&mut self, class: ClassId) -> &mut Class {
        self.list[class.at()].as_mut().expect("classes are named while they are in use")
    }

    /// How many have gone so that others had room.
    pub(super) const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    pub(super) const fn in_use_count(&self) -> usize {
        self.list.len() - self.spare.len()
    }

    /// Numbers so far, of classes in use and spare.
    pub(super) const fn len(&self) -> usize {
        self.list.len()
    }

    /// The class of a contact without preference, if it is known.
    #[inline]
    pub(super) fn find(&self, contact: &ContactRecord) -> Option<ClassId> {
        self.find_by(contact.queue, contact.step, contact.channel, &contact.needs)
    }

    /// The class of a queue, step, channel and needs, if it is known.
    #[inline]
    pub(super) fn find_by(
        &self,
        queue: QueueId,
        step: u8,
        channel: Channel,
        needs: &[Need],
    ) -> Option<ClassId> {
        if needs.is_empty() {
            return number(*self.plain.get(plain_place(queue, step, channel))?);
        }
        self.find_with_needs(queue, step, channel, needs)
    }

    #[inline(never)]
    fn find_with_needs(
        &self,
        queue: QueueId,
        step: u8,
        channel: Channel,
        needs: &[Need],
    ) -> Option<ClassId> {
        let first = number(self.chains[chain_of(queue, step, channel, needs)]);
        let mut chain = core::iter::successors(first, |&id| number(self.get(id).next));
        chain.find(|&id| self.get(id).is_of(queue, step, channel, needs))
    }

    /// Those in use.
    pub(super) fn all(&self) -> impl Iterator<Item = (ClassId, &Class)> {
        let numbered = self.list.iter().enumerate();
        numbered.filter_map(|(at, class)| Some((ClassId(at as u16), class.as_ref()?)))
    }

    /// Adds the class of a contact; none when there are too many.
    pub(super) fn add(
        &mut self,
        contact: &ContactRecord,
        requirement: &PolicyStep,
        strategy: Strategy,
    ) -> Option<ClassId> {
        debug_assert!(self.find(contact).is_none(), "a class is added once");
        let id = match self.spare.pop() {
            Some(id) => ClassId(id),
            None if self.list.len() < self.maximum => {
                self.list.push(None);
                ClassId(self.list.len() as u16 - 1)
            }
            None => return None,
        };
        let (queue, step, channel) = (contact.queue, contact.step, contact.channel);
        let next = if contact.needs.is_empty() {
            let place = plain_place(queue, step, channel);
            if self.plain.len() <= place {
                self.plain.resize(place - place % PLAIN_OF_QUEUE + PLAIN_OF_QUEUE, NONE);
            }
            self.plain[place] = id.0;
            NONE
        } else {
            let chain = chain_of(queue, step, channel, &contact.needs);
            core::mem::replace(&mut self.chains[chain], id.0)
        };
        self.list[id.at()] = Some(Class {
            queue: queue.0,
            step,
            channel,
            strategy,
            requirement: requirement.clone(),
            needs: contact.needs.clone(),
            waiting: 0,
            next,
            bands: [NONE; LEVELS],
        });
        Some(id)
    }

    /// Counts a contact that waits, or does no more.
    #[inline]
    pub(super) fn count(&mut self, class: ClassId, waits: bool) {
        let waiting = &mut self.get_mut(class).waiting;
        *waiting = if waits { *waiting + 1 } else { *waiting - 1 };
    }

    /// A class whose number can be used again, when all are taken: it has needs, and nobody of it
    /// waits. The search goes on where the last one ended.
    pub(super) fn dispensable(&mut self) -> Option<ClassId> {
        if !self.spare.is_empty() || self.list.len() < self.maximum {
            return None;
        }
        let goes = |class: &Class| class.waiting == 0 && !class.needs.is_empty();
        for _ in 0..self.list.len() {
            self.hand = (self.hand + 1) % self.list.len();
            if self.list[self.hand].as_ref().is_some_and(goes) {
                return Some(ClassId(self.hand as u16));
            }
        }
        None
    }

    /// Forgets a class that is dispensable.
    pub(super) fn remove(&mut self, id: ClassId) -> Class {
        let class = self.list[id.at()].take().expect("a class is removed once");
        let chain = chain_of(class.queue(), class.step, class.channel, &class.needs);
        let mut at = self.chains[chain];
        if at == id.0 {
            self.chains[chain] = class.next;
        } else {
            while self.get(ClassId(at)).next != id.0 {
                at = self.get(ClassId(at)).next;
            }
            self.get_mut(ClassId(at)).next = class.next;
        }
        self.spare.push(id.0);
        self.forgotten += 1;
        class
    }
}

fn number(id: u16) -> Option<ClassId> {
    (id != NONE).then_some(ClassId(id))
}

const fn plain_place(queue: QueueId, step: u8, channel: Channel) -> usize {
    (queue.0 as usize - 1) * PLAIN_OF_QUEUE + step as usize * CHANNELS + channel as usize
}

fn chain_of(queue: QueueId, step: u8, channel: Channel, needs: &[Need]) -> usize {
    let mix =
        |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    let start = mix(u64::from(queue.0) << 16 | u64::from(step) << 8, channel as u64);
    let word = |need: &Need| u64::from(need.skill.0) << 8 | u64::from(need.level);
    let hash = needs.iter().map(word).fold(start, mix);
    (hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 54) as usize % CHAINS
}
