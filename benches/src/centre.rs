//! A centre at work: plays contacts through one side, and sums up every match it sees.

use std::collections::VecDeque;

use acd_core::{
    AgentId, Channel, Command, ContactId, Effect, Effects, EndCause, Engine, FrontEndId, Nanos,
    OfferId, Party, QueueId, Submit, Timestamp,
};

use crate::random::Random;
use crate::scene::Scene;

/// What decides: the engine, or its naive peer. Refuses nothing that a centre plays.
pub trait Side {
    /// Applies one command; appends at least the offers it makes.
    fn apply(&mut self, now: Timestamp, command: Command, effects: &mut Effects);
    /// Not after the first instant at which a Tick would do anything.
    fn next_deadline(&self) -> Option<Timestamp>;
}

impl Side for Engine {
    fn apply(&mut self, now: Timestamp, command: Command, effects: &mut Effects) {
        let result = Self::apply(self, now, command, effects);
        result.expect("a centre plays valid commands");
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        Self::next_deadline(self)
    }
}

/// An offer that was made: what, which contact, to whom.
type Offer = (OfferId, ContactId, AgentId);

/// One side at work in a scene.
#[derive(Debug)]
pub struct Centre<S> {
    /// What decides.
    pub side: S,
    /// Commands applied, Ticks too.
    pub commands: u64,
    /// Contacts matched.
    pub matches: u64,
    /// A checksum over every match: contact, offer and agent, in order.
    pub sum: u64,
    /// What `sum` was after each of the first matches since [`Self::remember`].
    sums: Vec<u64>,
    /// How many matches there were by then.
    remembered_from: u64,
    scene: Scene,
    now: Timestamp,
    random: Random,
    effects: Effects,
    offered: Vec<Offer>,
    talking: VecDeque<(ContactId, AgentId)>,
    /// Contacts that came and have not abandoned.
    submitted: u64,
    abandoned: u64,
}

impl<S: Side> Centre<S> {
    /// A centre in the scene's steady state.
    pub fn new(scene: Scene, side: S) -> Self {
        let mut centre = Self::without_contacts(scene, side);
        centre.fill();
        centre
    }

    /// A centre whose agents are ready and where nobody has come yet.
    pub fn without_contacts(scene: Scene, side: S) -> Self {
        let mut centre = Self {
            side,
            commands: 0,
            matches: 0,
            sum: 0,
            sums: Vec::new(),
            remembered_from: 0,
            scene,
            now: Timestamp(0),
            random: Random::new(4),
            effects: Effects::with_capacity(1024),
            offered: Vec::with_capacity(1024),
            talking: VecDeque::with_capacity(scene.agents as usize),
            submitted: 0,
            abandoned: 0,
        };
        centre.apply(Command::Configure(Box::new(scene.definitions())));
        centre.apply(Command::FrontEndBack { front_end: FrontEndId(1) });
        for agent in (1..=scene.agents).map(AgentId) {
            centre.apply(Command::SignIn { agent, capacity: None });
            centre.apply(Command::Ready { agent });
        }
        centre
    }

    /// Lets contacts come until the scene's number waits, or its number talks.
    pub fn fill(&mut self) {
        let wanted = (u64::from(self.scene.waiting), self.scene.talking());
        while self.waiting() < wanted.0 || (wanted.0 == 0 && self.talking.len() < wanted.1) {
            self.submit();
            self.answer_all();
        }
    }

    /// One contact comes, and one that is connected ends; whoever is offered answers.
    pub fn cycle(&mut self) {
        self.submit();
        self.answer_all();
        self.end_oldest();
        self.answer_all();
    }

    /// Contacts that wait.
    pub const fn waiting(&self) -> u64 {
        self.submitted - self.matches
    }

    /// Contacts that are connected.
    pub fn talking(&self) -> usize {
        self.talking.len()
    }

    /// Virtual time of the last command.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The last contacts that came, all of whom wait, leave.
    pub fn abandon_last(&mut self, count: u64) {
        let last = self.submitted + self.abandoned;
        for contact in last + 1 - count..=last {
            self.apply(Command::Abandon { contact: ContactId(contact) });
        }
        (self.submitted, self.abandoned) = (self.submitted - count, self.abandoned + count);
    }

    /// Remembers the checksums after each of so many matches from here on.
    pub fn remember(&mut self, matches: usize) {
        self.sums = Vec::with_capacity(matches);
        self.remembered_from = self.matches;
    }

    /// The checksum after so many matches in all, where it is remembered.
    pub fn sum_after(&self, matches: u64) -> Option<u64> {
        let place = matches.checked_sub(self.remembered_from + 1)?;
        self.sums.get(place as usize).copied()
    }

    /// A contact of some queue comes.
    pub fn submit(&mut self) {
        let command = self.submission();
        self.apply(command);
    }

    /// What a contact of some queue comes with.
    pub fn submission(&mut self) -> Command {
        let queue = QueueId(1 + self.random.below(self.scene.classes));
        self.submitted += 1;
        Command::Submit(Submit {
            front_end: FrontEndId(1),
            channel: Channel::Voice,
            queue,
            prio: 5,
            needs: Vec::new(),
            prefer: Vec::new(),
            prefer_for: None,
            age: Nanos(0),
        })
    }

    /// Everybody who was offered a contact answers it.
    pub fn answer_all(&mut self) {
        while let Some((offer, contact, agent)) = self.offered.pop() {
            if self.scene.whole_life {
                self.apply(Command::OfferRinging { offer });
            }
            self.apply(Command::Answer { offer });
            self.talking.push_back((contact, agent));
        }
    }

    /// The contact that has been connected longest ends, and its wrap-up.
    pub fn end_oldest(&mut self) {
        let Some((contact, agent)) = self.talking.pop_front() else { return };
        self.end(contact);
        if self.scene.whole_life {
            self.apply(Command::WrapDone { agent, contact });
        }
    }

    /// As [`Self::end_oldest`], but the agent is not ready afterwards. None where nobody talks.
    pub fn end_oldest_not_ready(&mut self) -> Option<AgentId> {
        let (contact, agent) = self.talking.pop_front()?;
        self.apply(Command::NotReady { agent, reason: None });
        self.end(contact);
        if self.scene.whole_life {
            self.apply(Command::WrapDone { agent, contact });
        }
        Some(agent)
    }

    fn end(&mut self, contact: ContactId) {
        self.apply(Command::End { contact, cause: EndCause::Hangup, by: Party::Caller });
    }

    /// Applies a command a little later, after the Ticks that are due by then.
    pub fn apply(&mut self, command: Command) {
        self.apply_at(self.now.after(self.scene.pace), command);
    }

    /// Applies a command at an instant, after the Ticks that are due by then.
    pub fn apply_at(&mut self, now: Timestamp, command: Command) {
        self.now = now;
        self.tick_all();
        self.apply_now(command);
    }

    /// Applies the Ticks that are due.
    pub fn tick_all(&mut self) {
        while self.tick_is_due() {
            self.apply_now(Command::Tick);
        }
    }

    /// Whether a Tick is due.
    pub fn tick_is_due(&self) -> bool {
        self.side.next_deadline().is_some_and(|due| due <= self.now)
    }

    /// Lets time pass.
    pub const fn wait(&mut self, length: Nanos) {
        self.now = self.now.after(length);
    }

    /// Applies a command at this instant.
    pub fn apply_now(&mut self, command: Command) {
        self.effects.clear();
        self.side.apply(self.now, command, &mut self.effects);
        self.take_note();
    }

    /// Sums up the offers that the last command made.
    fn take_note(&mut self) {
        self.commands += 1;
        for effect in &self.effects {
            if let Effect::Offered { contact, offer, agent, .. } = *effect {
                self.offered.push((offer, contact, agent));
                self.matches += 1;
                let word = contact.0 ^ offer.0.rotate_left(24) ^ u64::from(agent.0).rotate_left(48);
                self.sum = (self.sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
                if self.sums.len() < self.sums.capacity() {
                    self.sums.push(self.sum);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use acd_core::Strategy;

    use super::*;
    use crate::scene::Signatures;
    use crate::{Alone, Naive};

    /// Plays a scene on both sides; says how many were matched.
    fn same_matches(scene: Scene, cycles: u32) -> u64 {
        let mut engine = Centre::new(scene, Engine::new(1));
        let mut naive = Centre::new(scene, Naive::default());
        // Matching alone knows neither relaxation nor wrap-up.
        let plain = !scene.whole_life && scene.relax_after == Nanos(0);
        let mut alone = plain.then(|| Centre::new(scene, Alone::default()));
        for cycle in 0..cycles {
            engine.cycle();
            naive.cycle();
            if let Some(alone) = &mut alone {
                alone.cycle();
                assert_eq!(alone.sum, naive.sum, "matching alone, cycle {cycle} of {scene:?}");
            }
            assert_eq!(engine.matches, naive.matches, "cycle {cycle} of {scene:?}");
            assert_eq!(engine.sum, naive.sum, "cycle {cycle} of {scene:?}");
        }
        assert_eq!(engine.side.check_invariants(), Ok(()));
        engine.matches
    }

    #[test]
    fn engine_and_scan_match_alike_in_every_kind_of_scene() {
        let small = Scene { agents: 60, classes: 50, fits: 20, ..Scene::CITY };
        for signatures in [Signatures::Distinct, Signatures::Shared(5)] {
            for strategy in [Strategy::LongestIdle, Strategy::BestSkill] {
                for waiting in [0, 300] {
                    for whole_life in [false, true] {
                        let scene = Scene { signatures, waiting, strategy, whole_life, ..small };
                        let matches = same_matches(scene, 300);
                        assert!(matches > 290, "{matches} matches of {scene:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn contacts_relax_alike() {
        let relax = (Nanos::from_millis(40), Nanos::from_millis(1));
        let scene = Scene {
            agents: 40,
            classes: 50,
            fits: 8,
            waiting: 100,
            strategy: Strategy::BestSkill,
            relax_after: relax.0,
            pace: relax.1,
            ..Scene::CITY
        };
        same_matches(scene, 2_000);
        // Agents with rare skills stay idle until somebody asks for less.
        let idle = Scene { agents: 200, fits: 2, waiting: 40, ..scene };
        same_matches(idle, 2_000);
    }
}
