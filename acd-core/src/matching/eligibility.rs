//! The eligibility table: which classes each signature satisfies, at which level.
//!
//! A signature is a set of skills with levels and a site; agents who are alike share one. Whether
//! it satisfies a class is worked out once, when the later of the two appears, and is a bit from
//! then on. For idle lists with masks there is a bit for each class and level at which somebody
//! is eligible, a *band*; a signature has at most one band of each class.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::ops::Range;

use super::bits::{BitAt, Bits, Block, ones};
use super::classes::{CLASSES_MAX, Class, ClassId, Classes, LEVELS, NONE};
use super::eligible::{Profile, Wanted};
use crate::agent::Agent;
use crate::channel::Channel;
use crate::ids::{SiteId, SkillId};
use crate::queue::Queue;
use crate::state::ContactRecord;

/// Classes of a signature that are kept as a list too.
const LISTED_MAX: usize = 128;
const CHANNELS: usize = Channel::ALL.len();
pub(super) const ALL_CHANNELS: u8 = (1 << CHANNELS) - 1;
/// Sets of channels.
const CHANNEL_SETS: usize = 1 << CHANNELS;

type OwnedProfile = (Option<SiteId>, Vec<(SkillId, u8)>);

/// A signature in use.
#[derive(Debug)]
struct Signature {
    profile: OwnedProfile,
    agents: u32,
    /// Its classes by channel; none when they are too many.
    listed: Option<Vec<u16>>,
    /// Where the classes of each channel end.
    ends: [u8; CHANNELS],
    /// By channel: how many of its agents serve it.
    serving: [u32; CHANNELS],
}

/// Classes, signatures, and what satisfies what.
#[derive(Debug)]
pub(super) struct Eligibility {
    pub(super) classes: Classes,
    signatures: Vec<Option<Signature>>,
    spare: Vec<u32>,
    index: BTreeMap<OwnedProfile, u32>,
    /// Which signatures have a skill, at whatever level.
    holders: BTreeSet<(SkillId, u32)>,
    /// By signature: its classes.
    fits: Bits,
    /// By signature: its bands.
    bands: Bits,
    /// By set of channels: classes of those channels.
    classes_of: Bits,
    /// By set of channels: bands of such classes.
    bands_of: Bits,
    bands_issued: u16,
    spare_bands: Vec<u16>,
    /// By class: how many agents who satisfy it serve its channel.
    serving: Box<[u32; CLASSES_MAX]>,
}

impl Signature {
    /// Which part of its list is of a channel.
    fn part(&self, channel: usize) -> Range<usize> {
        let start = if channel == 0 { 0 } else { self.ends[channel - 1] };
        usize::from(start)..usize::from(self.ends[channel])
    }
}

impl Eligibility {
    pub(super) fn new(classes_max: usize) -> Self {
        let serving = alloc::vec![0; CLASSES_MAX].into_boxed_slice();
        Self {
            classes: Classes::new(classes_max),
            signatures: Vec::new(),
            spare: Vec::new(),
            index: BTreeMap::new(),
            holders: BTreeSet::new(),
            fits: Bits::default(),
            bands: Bits::default(),
            classes_of: Bits::default(),
            bands_of: Bits::default(),
            bands_issued: 0,
            spare_bands: Vec::new(),
            serving: serving.try_into().expect("it is as long as that"),
        }
    }

    /// Signatures in use.
    pub(super) fn signatures(&self) -> usize {
        self.index.len()
    }

    /// How many bands there may be.
    pub(super) const fn bands(&self) -> usize {
        self.bands_issued as usize
    }

    /// Whether a signature satisfies a class.
    pub(super) fn satisfies(&self, signature: u32, class: ClassId) -> bool {
        self.fits.has(signature as usize, class.at())
    }

    /// The classes of a signature, and all classes of the channels.
    pub(super) fn classes_row(&self, signature: u32, channels: u8) -> (&[Block], &[Block]) {
        (self.fits.row(signature as usize), self.classes_of.row(usize::from(channels)))
    }

    /// The bands of a signature, and all bands of the channels.
    pub(super) fn bands_row(&self, signature: u32, channels: u8) -> (&[Block], &[Block]) {
        (self.bands.row(signature as usize), self.bands_of.row(usize::from(channels)))
    }

    /// Takes one block of the bands of a signature that are of the channels from bits, all of
    /// which are in `kept`.
    #[inline]
    pub(super) fn take_bands(
        &self,
        bits: &mut Block,
        (signature, channels): (u32, u8),
        at: usize,
        kept: &Block,
    ) {
        let row = self.bands.block(signature as usize, at);
        let of = self.bands_of.block(channels.into(), at);
        // Agents beside each other have room on the same channels, mostly.
        if core::ptr::eq(of, kept) {
            bits.subtract(row);
        } else {
            bits.subtract_common(row, of);
        }
    }

    /// Whether a signature has a band, and the channels have.
    pub(super) fn has_band(&self, signature: u32, channels: u8, bit: BitAt) -> bool {
        self.bands.block(signature as usize, bit.block).has(bit)
            && self.bands_of.block(channels.into(), bit.block).has(bit)
    }

    /// The classes of a signature as a list, and which part of it is of each channel.
    pub(super) fn listed(
        &self,
        signature: u32,
    ) -> Option<(&[u16], impl Fn(usize) -> Range<usize>)> {
        let signature = self.signature(signature);
        Some((signature.listed.as_ref()?, |channel| signature.part(channel)))
    }

    /// The level at which a signature satisfies a class.
    pub(super) fn level(&self, signature: u32, class: ClassId) -> Option<u8> {
        if !self.satisfies(signature, class) {
            return None;
        }
        let bands = self.classes.get(class).bands.iter();
        let mut bands =
            bands.map(|&band| band != NONE && self.bands.has(signature as usize, band.into()));
        bands.position(|has| has).map(|level| level as u8)
    }

    /// The signature of an agent, which counts it from now on.
    pub(super) fn sign(&mut self, agent: &Agent) -> u32 {
        let profile = (agent.site, agent.record.skills.clone());
        let id = match self.index.get(&profile) {
            Some(&id) => id,
            None => self.add_signature(profile),
        };
        self.signature_mut(id).agents += 1;
        id
    }

    /// An agent has another signature now; says whether this one is over.
    pub(super) fn release(&mut self, id: u32) -> bool {
        let signature = self.signature_mut(id);
        signature.agents -= 1;
        if signature.agents > 0 {
            return false;
        }
        let signature = self.signatures[id as usize].take().expect("it is in use");
        self.index.remove(&signature.profile);
        for &(skill, _) in &signature.profile.1 {
            self.holders.remove(&(skill, id));
        }
        self.fits.clear_row(id as usize);
        self.bands.clear_row(id as usize);
        self.spare.push(id);
        true
    }

    fn add_signature(&mut self, profile: OwnedProfile) -> u32 {
        let id = self.spare.pop().unwrap_or_else(|| {
            self.signatures.push(None);
            self.signatures.len() as u32 - 1
        });
        let signature = Signature {
            profile: profile.clone(),
            agents: 0,
            listed: Some(Vec::new()),
            ends: [0; CHANNELS],
            serving: [0; CHANNELS],
        };
        self.holders.extend(profile.1.iter().map(|&(skill, _)| (skill, id)));
        self.index.insert(profile, id);
        self.signatures[id as usize] = Some(signature);
        self.grow();
        for at in 0..self.classes.len() {
            self.relate(id, ClassId(at as u16));
        }
        id
    }

    /// Adds the class of a contact; none when there are too many.
    pub(super) fn add_class(&mut self, contact: &ContactRecord, queue: &Queue) -> Option<ClassId> {
        let step = &queue.policy.steps[usize::from(contact.step)];
        let class = self.classes.add(contact, step, queue.policy.strategy)?;
        self.grow();
        self.serving[class.at()] = 0;
        for channels in 0..CHANNEL_SETS {
            let of = channels >> contact.channel as usize & 1 == 1;
            self.classes_of.set(channels, class.at(), of);
        }
        match self.classes.get(class).one_skill_of_each_alternative() {
            Some(skills) => {
                let holders = skills.into_iter().flat_map(|skill| self.holders_of(skill));
                // Rising, so that bands are issued as if all were looked at.
                let holders: BTreeSet<u32> = holders.collect();
                for id in holders {
                    self.relate(id, class);
                }
            }
            None => {
                for id in 0..self.signatures.len() as u32 {
                    self.relate(id, class);
                }
            }
        }
        Some(class)
    }

    /// The signatures that have a skill.
    fn holders_of(&self, skill: SkillId) -> impl Iterator<Item = u32> + '_ {
        self.holders.range((skill, 0)..=(skill, u32::MAX)).map(|&(_, id)| id)
    }

    /// Forgets a class nobody waits of; gives the bands it had.
    pub(super) fn remove_class(&mut self, id: ClassId) -> Class {
        let class = self.classes.remove(id);
        for (at, signature) in self.signatures.iter_mut().enumerate() {
            let Some(signature) = signature else { continue };
            if !self.fits.has(at, id.at()) {
                continue;
            }
            self.fits.set(at, id.at(), false);
            for band in class.bands() {
                self.bands.set(at, band.into(), false);
            }
            let listed = signature.listed.as_mut();
            if let Some(listed) = listed
                && let Some(place) = listed.iter().position(|&other| other == id.0)
            {
                listed.remove(place);
                signature.ends[class.channel as usize..].iter_mut().for_each(|end| *end -= 1);
            }
        }
        for band in class.bands() {
            for channels in 0..CHANNEL_SETS {
                self.bands_of.set(channels, band.into(), false);
            }
            self.spare_bands.push(band);
        }
        class
    }

    /// Works out whether a signature satisfies a class, if both are in use.
    fn relate(&mut self, id: u32, class: ClassId) {
        let Some(signature) = &mut self.signatures[id as usize] else { return };
        let Some(found) = self.classes.in_use(class) else { return };
        let (site, skills) = &signature.profile;
        let Some(level) = found.level(Profile { skills, site: *site }) else { return };
        let channel = found.channel as usize;
        match &mut signature.listed {
            Some(listed) if listed.len() < LISTED_MAX => {
                listed.insert(signature.ends[channel].into(), class.0);
                signature.ends[channel..].iter_mut().for_each(|end| *end += 1);
            }
            too_many => *too_many = None,
        }
        self.serving[class.at()] += signature.serving[channel];
        let band = self.band(class, level);
        self.fits.set(id as usize, class.at(), true);
        self.bands.set(id as usize, band.into(), true);
    }

    /// The band of a class and level.
    fn band(&mut self, class: ClassId, level: u8) -> u16 {
        let found = self.classes.get_mut(class);
        let (channel, band) = (found.channel as usize, &mut found.bands[usize::from(level)]);
        if *band == NONE {
            *band = self.spare_bands.pop().unwrap_or_else(|| {
                self.bands_issued += 1;
                self.bands_issued - 1
            });
            let band = usize::from(*band);
            self.grow();
            for channels in 0..CHANNEL_SETS {
                self.bands_of.set(channels, band, channels >> channel & 1 == 1);
            }
            return band as u16;
        }
        *band
    }

    fn grow(&mut self) {
        let (signatures, classes) = (self.signatures.len(), self.classes.len());
        self.fits.grow(signatures, classes);
        self.classes_of.grow(CHANNEL_SETS, classes);
        self.bands.grow(signatures, self.bands_issued.into());
        self.bands_of.grow(CHANNEL_SETS, self.bands_issued.into());
    }

    /// One more agent of a signature serves these channels, or one less.
    pub(super) fn count_serving(&mut self, id: u32, channels: u8, more: bool) {
        if channels == 0 {
            return;
        }
        let by = if more { 1 } else { -1 };
        let add = |count: &mut u32, by| *count = count.wrapping_add_signed(by);
        let signature = self.signatures[id as usize].as_mut().expect("signatures are in use");
        for (channel, count) in signature.serving.iter_mut().enumerate() {
            add(count, by * i32::from(channels >> channel & 1));
        }
        let Some(listed) = &signature.listed else {
            let (row, of) = (self.fits.row(id as usize), self.classes_of.row(channels.into()));
            let words = row.iter().zip(of).flat_map(|(row, of)| row.and(of).0);
            ones(words).for_each(|class| add(&mut self.serving[class], by));
            return;
        };
        let mut count = |classes: &[u16]| {
            for &class in classes {
                add(&mut self.serving[usize::from(class) % CLASSES_MAX], by);
            }
        };
        if channels == ALL_CHANNELS {
            count(listed);
        } else {
            let parts = (0..CHANNELS).filter(|channel| channels >> channel & 1 == 1);
            parts.for_each(|channel| count(&listed[signature.part(channel)]));
        }
    }

    /// How many agents who satisfy a class serve its channel.
    pub(super) fn serving(&self, class: ClassId) -> u32 {
        self.serving[class.at()]
    }

    /// The same of what no class is known for: signature by signature.
    pub(super) fn serving_of(&self, wanted: &Wanted<'_>) -> u32 {
        let signatures = self.signatures.iter().flatten();
        let serving = signatures.filter_map(|signature| {
            let (site, skills) = &signature.profile;
            let serving = signature.serving[wanted.channel as usize];
            let serves = serving > 0 && wanted.level(Profile { skills, site: *site }).is_some();
            serves.then_some(serving)
        });
        serving.sum()
    }

    fn signature(&self, id: u32) -> &Signature {
        self.signatures[id as usize].as_ref().expect("signatures are named while in use")
    }

    fn signature_mut(&mut self, id: u32) -> &mut Signature {
        self.signatures[id as usize].as_mut().expect("signatures are named while in use")
    }
}

// Every class may have a band a level.
const _: () = assert!(CLASSES_MAX * LEVELS < NONE as usize);
