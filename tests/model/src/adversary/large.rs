//! The adversary with a million waiting contacts, against scans of the engine's records.
//!
//! A model that scans everything at every command would take weeks; here every so many commands
//! all records are scanned: does anybody wait whom a free agent fits, and was the last contact
//! that was offered the first in order of those that its agent fits?

use std::collections::{BTreeMap, BTreeSet};

use acd_core::{
    AgentId, AgentRecord, Channel, Command, ContactId, ContactRecord, ContactState, Effect,
    Effects, Engine, Need, Presence, QueueId, SkillId, Timestamp, limits,
};

use super::Adversary;

/// What contacts that wait ask for, each kind once.
type Asked = BTreeSet<(QueueId, u8, Channel, Vec<Need>)>;

/// The alternatives of a step, by skills' numbers.
type Alternatives = Vec<Vec<(SkillId, u8)>>;

/// An engine under the adversary's commands.
#[derive(Debug)]
pub struct Large {
    /// The engine.
    pub engine: Engine,
    /// Where its commands come from.
    pub adversary: Adversary,
    /// Commands accepted.
    pub accepted: u64,
    /// Commands refused.
    pub refused: u64,
    /// Scans of all records.
    pub scans: u64,
    /// Offers whose contact was found to be the first of those its agent fits.
    pub firsts: u64,
    /// Most contacts that ever waited.
    pub most_waiting: usize,
    effects: Effects,
}

impl Large {
    /// An engine that has seen nothing yet.
    pub fn new(engine: Engine, adversary: Adversary) -> Self {
        Self {
            engine,
            adversary,
            accepted: 0,
            refused: 0,
            scans: 0,
            firsts: 0,
            most_waiting: 0,
            effects: Effects::new(),
        }
    }

    /// Applies the adversary's next command.
    pub fn step(&mut self) {
        let (now, command) = self.adversary.next(self.engine.next_deadline());
        self.apply(now, command);
        self.most_waiting = self.most_waiting.max(self.adversary.waiting());
    }

    fn apply(&mut self, now: Timestamp, command: Command) {
        self.effects.clear();
        match self.engine.apply(now, command, &mut self.effects) {
            Ok(()) => {
                self.accepted += 1;
                self.adversary.follow(&self.effects);
            }
            Err(_) => self.refused += 1,
        }
    }

    /// Scans all records.
    ///
    /// # Errors
    /// Says who waits in spite of a free agent, or was offered out of order.
    pub fn scan(&mut self) -> Result<(), String> {
        self.scans += 1;
        self.scan_work_conserving()?;
        self.scan_first()
    }

    fn scan_work_conserving(&self) -> Result<(), String> {
        let free: Vec<AgentRecord> =
            self.engine.agents().filter(|agent| self.is_free(agent)).collect();
        let mut asked = Asked::new();
        for contact in self.engine.contacts().filter(waits) {
            if contact.prefer_until.is_some() {
                let preferred = free.iter().find(|agent| contact.prefer.contains(&agent.agent));
                let eligible = preferred.filter(|agent| self.has_room(agent, contact.channel));
                if let Some(agent) = eligible {
                    return Err(both(contact.contact, agent.agent));
                }
            } else {
                asked.insert((contact.queue, contact.step, contact.channel, contact.needs));
            }
        }
        for (queue, step, channel, needs) in asked {
            let terms = self.terms(queue, step);
            let fits = |agent: &&AgentRecord| {
                self.has_room(agent, channel) && satisfies(agent, &terms, &needs)
            };
            if let Some(agent) = free.iter().find(fits) {
                return Err(format!(
                    "somebody waits in {queue:?} at step {step} while {:?} is eligible",
                    agent.agent
                ));
            }
        }
        Ok(())
    }

    /// Makes an agent available to whom nothing is offered, so that exactly one decision is made,
    /// and compares it with a scan of everybody who waited.
    fn scan_first(&mut self) -> Result<(), String> {
        let idle = self.engine.agents().find(|agent| {
            let ready = agent.presence == Presence::Ready && agent.pending.is_none();
            let holds = !self.engine.held(agent.agent).is_empty()
                || !self.engine.wrap_ups_of(agent.agent).is_empty();
            !ready && agent.pending.is_none() && !holds && agent.presence != Presence::SignedOut
        });
        let due = self.engine.next_deadline().is_some_and(|due| due <= self.engine.now());
        let Some(idle) = idle.filter(|_| !due) else { return Ok(()) };
        let agent = idle.agent;
        let mut first: Option<((u8, i64, u64), ContactId)> = None;
        let mut known: BTreeMap<(QueueId, u8), Alternatives> = BTreeMap::new();
        for contact in self.engine.contacts().filter(waits) {
            let place = (contact.queue, contact.step);
            let terms = known.entry(place).or_insert_with(|| self.terms(place.0, place.1));
            let fits = if contact.prefer_until.is_some() {
                contact.prefer.contains(&agent)
            } else {
                satisfies(&idle, terms, &contact.needs)
            };
            let key = (self.key(&contact), contact.contact);
            if fits && idle.capacity[contact.channel] > 0 && first.is_none_or(|first| key < first) {
                first = Some(key);
            }
        }
        self.apply(self.engine.now(), Command::Ready { agent });
        let offered = self.effects.iter().find_map(|effect| match *effect {
            Effect::Offered { contact, agent: to, .. } if to == agent => Some(contact),
            _ => None,
        });
        let expected = first.map(|(_, contact)| contact);
        if offered != expected {
            return Err(format!("{agent:?} was offered {offered:?} instead of {expected:?}"));
        }
        self.firsts += u64::from(offered.is_some());
        Ok(())
    }

    /// Rule 6.
    fn key(&self, contact: &ContactRecord) -> (u8, i64, u64) {
        let band = (contact.prio + contact.promotions).min(limits::PRIORITY_MAX);
        let objective = self.policy(contact.queue).objective.0.cast_signed();
        (limits::PRIORITY_MAX - band, contact.origin + objective, contact.entry)
    }

    fn policy(&self, queue: QueueId) -> &acd_core::QueueDefinition {
        // The adversary defines queues in the order of their numbers, every time.
        &self.engine.definitions().queues[queue.0 as usize - 1]
    }

    /// The alternatives of a queue's step, by skills' numbers.
    fn terms(&self, queue: QueueId, step: u8) -> Alternatives {
        let number = |name: &str| self.engine.skill_named(name).expect("it is defined");
        let step = &self.policy(queue).steps[usize::from(step)];
        let terms = step.alternatives.iter();
        terms.map(|all| all.iter().map(|it| (number(&it.skill), it.level)).collect()).collect()
    }

    /// Rule 4 (a).
    fn is_free(&self, agent: &AgentRecord) -> bool {
        agent.presence == Presence::Ready
            && agent.pending.is_none()
            && agent.paused_until.is_none()
            && self.engine.offer_of(agent.agent).is_none()
    }

    /// Rule 4 (b) and (c).
    fn has_room(&self, agent: &AgentRecord, channel: Channel) -> bool {
        let held = self.engine.held(agent.agent);
        let held = held.into_iter().filter_map(|contact| self.engine.contact(contact));
        let mut holds: Vec<(Channel, bool)> =
            held.map(|it| (it.channel, matches!(it.state, ContactState::Parked { .. }))).collect();
        let wraps = self.engine.wrap_ups_of(agent.agent);
        holds.extend(wraps.into_iter().map(|wrap_up| (wrap_up.channel, false)));
        let count = holds.iter().filter(|(of, _)| *of == channel).count();
        count < usize::from(agent.capacity[channel])
            && !holds.iter().any(|(of, parked)| !parked && of.blocks())
    }
}

fn waits(contact: &ContactRecord) -> bool {
    contact.state == ContactState::Waiting && contact.orphan_at.is_none()
}

fn satisfies(agent: &AgentRecord, alternatives: &[Vec<(SkillId, u8)>], needs: &[Need]) -> bool {
    let level = |skill: SkillId| {
        agent.skills.iter().find(|(of, _)| *of == skill).map_or(0, |&(_, level)| level)
    };
    needs.iter().all(|need| level(need.skill) >= need.level)
        && alternatives.iter().any(|terms| terms.iter().all(|&(it, least)| level(it) >= least))
}

fn both(contact: ContactId, agent: AgentId) -> String {
    format!("{contact:?} waits while {agent:?} is eligible")
}

#[cfg(test)]
mod tests {
    use super::super::Size;
    use super::*;

    #[test]
    fn a_thousand_wait_and_the_scans_find_nothing() {
        let size = Size { agents: 200, skills: 40, queues: 70, waiting: 1_000, ..Size::SMALL };
        for seed in 1..=3 {
            let mut large = Large::new(Engine::new(seed), Adversary::new(seed, size));
            for command in 0..20_000 {
                large.step();
                if command % 100 == 0 {
                    assert_eq!(large.scan(), Ok(()), "seed {seed}, command {command}");
                }
            }
            assert_eq!(large.engine.check_invariants(), Ok(()), "seed {seed}");
            assert!(large.most_waiting >= 1_000 && large.firsts > 20, "{} firsts", large.firsts);
        }
    }
}
