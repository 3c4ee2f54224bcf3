//! A queue: its policy with names resolved, its changing part, and the contacts that wait in it.

use alloc::vec::Vec;

use crate::contact::{Key, signed};
use crate::deadline::TimerId;
use crate::definitions::{MaxWaitAction, Overflow, QueueDefinition, Step, Strategy, WrapUpPolicy};
use crate::effect::FailCause;
use crate::ids::{ContactId, QueueId, SiteId, SkillId};
use crate::limits;
use crate::names::NameTables;
use crate::ranked::{Chunks, Ranked};
use crate::state::QueueRecord;
use crate::time::{Nanos, Timestamp};

/// A defined queue.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) policy: Policy,
    pub(crate) record: QueueRecord,
    /// Live contacts of the queue, in whatever state.
    pub(crate) live: u32,
    /// Contacts that wait, suspended ones too, in the order of rule 6.
    pub(crate) waiting: Ranked,
    /// Set to when it will overflow by its oldest contact.
    pub(crate) overflow_timer: Option<TimerId>,
}

/// A queue's definition with every name resolved.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) strategy: Strategy,
    pub(crate) objective: Nanos,
    pub(crate) steps: Vec<PolicyStep>,
    pub(crate) offer_timeout: Nanos,
    pub(crate) prefer_for: Nanos,
    pub(crate) pause_rejected: Nanos,
    pub(crate) pause_busy: Nanos,
    pub(crate) pause_unreachable: Nanos,
    pub(crate) pause_no_answer: Nanos,
    pub(crate) rona_limit: u8,
    pub(crate) wrap_up: WrapUpPolicy,
    pub(crate) promote_after: Option<Nanos>,
    pub(crate) promote_bands: u8,
    pub(crate) max_wait: Option<PolicyMaxWait>,
    pub(crate) max_waiting: u32,
    pub(crate) callback_retry: Nanos,
    pub(crate) callback_attempts: u8,
    pub(crate) overflow: Option<Overflow>,
}

/// A step with every name resolved.
#[derive(Clone, Debug)]
pub(crate) struct PolicyStep {
    pub(crate) after: Nanos,
    pub(crate) alternatives: Vec<Vec<(SkillId, u8)>>,
    pub(crate) sites: Vec<SiteId>,
    pub(crate) drops: Vec<SkillId>,
}

/// The longest wait, and where those who waited it move; nowhere means they end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PolicyMaxWait {
    pub(crate) after: Nanos,
    pub(crate) move_to: Option<QueueId>,
}

impl Queue {
    /// A queue just defined: open, nothing measured.
    pub(crate) fn new(queue: QueueId, definition: &QueueDefinition, names: &NameTables) -> Self {
        let record = QueueRecord {
            queue,
            open: true,
            cursor: None,
            handle_us: definition.expected_handle.as_micros(),
            waits_us: 0,
            abandons: 0,
            overflowing: false,
        };
        Self {
            policy: Policy::resolve(definition, names),
            record,
            live: 0,
            waiting: Ranked::default(),
            overflow_timer: None,
        }
    }

    /// The least origin of the contacts that wait: in each band the first one's, because all have
    /// the same objective.
    pub(crate) fn oldest_origin(&self, chunks: &Chunks) -> Option<i64> {
        let mut oldest: Option<i64> = None;
        let mut from = Key::first_of(0);
        while let Some((first, _)) = self.waiting.first_from(chunks, from.0) {
            let first = Key(first);
            let origin = first.deadline() - signed(self.policy.objective.0);
            oldest = Some(oldest.map_or(origin, |oldest| oldest.min(origin)));
            from = Key::first_of(first.rank() + 1);
        }
        oldest
    }

    /// Contacts that wait, in the order of rule 6.
    pub(crate) fn waiting<'c>(
        &'c self,
        chunks: &'c Chunks,
    ) -> impl Iterator<Item = (Key, ContactId)> + 'c {
        self.waiting.iter(chunks).map(|(key, contact)| (Key(key), ContactId(contact)))
    }

    /// Moves H of rule 19 towards a measured handle time.
    pub(crate) fn learn_handle(&mut self, handle: Nanos) {
        let known = signed(self.record.handle_us);
        let moved = known + (signed(handle.as_micros()) - known) / 16;
        debug_assert!(moved >= 0, "between two lengths of time");
        self.record.handle_us = moved.cast_unsigned();
    }

    /// Adds a wait to W of rule 19.
    pub(crate) const fn learn_wait(&mut self, wait: Nanos) {
        self.record.waits_us = self.record.waits_us.saturating_add(wait.as_micros());
    }

    /// Counts an abandon in B of rule 19, whose wait W holds already.
    pub(crate) const fn learn_abandon(&mut self) {
        self.record.abandons += 1;
        if self.record.abandons >= limits::ABANDONS_BEFORE_HALVING {
            self.record.abandons /= 2;
            self.record.waits_us /= 2;
        }
    }
}

impl Policy {
    /// Resolves the names of a definition that has been checked.
    pub(crate) fn resolve(definition: &QueueDefinition, names: &NameTables) -> Self {
        let move_to = |action: &MaxWaitAction| match action {
            MaxWaitAction::End => None,
            MaxWaitAction::Move(name) => {
                Some(QueueId(names.queues.number(name).expect("maximum waits are checked")))
            }
        };
        Self {
            strategy: definition.strategy,
            objective: definition.objective,
            steps: definition.steps.iter().map(|step| PolicyStep::resolve(step, names)).collect(),
            offer_timeout: definition.offer_timeout,
            prefer_for: definition.prefer_for,
            pause_rejected: definition.pause_rejected,
            pause_busy: definition.pause_busy,
            pause_unreachable: definition.pause_unreachable,
            pause_no_answer: definition.pause_no_answer,
            rona_limit: definition.rona_limit,
            wrap_up: definition.wrap_up,
            promote_after: definition.promote_after,
            promote_bands: definition.promote_bands,
            max_wait: definition
                .max_wait
                .as_ref()
                .map(|wait| PolicyMaxWait { after: wait.after, move_to: move_to(&wait.action) }),
            max_waiting: definition.max_waiting,
            callback_retry: definition.callback_retry,
            callback_attempts: definition.callback_attempts,
            overflow: definition.overflow,
        }
    }

    /// The step that holds by time for a contact of that origin.
    pub(crate) fn step_at(&self, origin: i64, now: Timestamp) -> u8 {
        let reached = |step: &&PolicyStep| origin + signed(step.after.0) <= now.signed();
        let count = self.steps.iter().take_while(reached).count();
        debug_assert!(count > 0, "the first step holds from entry");
        count.saturating_sub(1) as u8
    }

    /// The promotions that are due by time for a contact of that origin.
    pub(crate) fn promotions_at(&self, origin: i64, now: Timestamp) -> u8 {
        let Some(after) = self.promote_after else { return 0 };
        debug_assert!(origin <= now.signed(), "an origin is not after now");
        let age = (now.signed() - origin).cast_unsigned();
        (age / after.0).min(u64::from(self.promote_bands)) as u8
    }

    /// How long an agent is paused after an offer that failed so.
    pub(crate) const fn pause(&self, cause: FailCause) -> Nanos {
        match cause {
            FailCause::Rejected => self.pause_rejected,
            FailCause::Busy => self.pause_busy,
            FailCause::Unreachable => self.pause_unreachable,
            FailCause::NoAnswer => self.pause_no_answer,
        }
    }
}

impl PolicyStep {
    fn resolve(step: &Step, names: &NameTables) -> Self {
        let skill = |name: &str| {
            SkillId(names.skills.number(name).expect("the skills of a step are checked"))
        };
        let site =
            |name: &str| SiteId(names.sites.number(name).expect("the sites of a step are checked"));
        let terms = |terms: &Vec<_>| -> Vec<(SkillId, u8)> {
            terms.iter().map(|term: &crate::Term| (skill(&term.skill), term.level)).collect()
        };
        Self {
            after: step.after,
            alternatives: step.alternatives.iter().map(terms).collect(),
            sites: step.sites.iter().map(|name| site(name)).collect(),
            drops: step.drops.iter().map(|name| skill(name)).collect(),
        }
    }
}
