//! What a run has met, so that a comparison cannot be hollow.

use std::collections::BTreeMap;

use acd_core::{Command, Effect, Rejection};

/// How often each kind of command was accepted, each effect came and each refusal was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    counts: BTreeMap<&'static str, u64>,
    /// Commands applied, refused ones too.
    pub commands: u64,
}

/// Names each variant of an enum, and lists them all; a new variant does not compile without.
macro_rules! variants {
    ($list:ident, $name:ident, $of:ident: $($variant:ident),+ $(,)?) => {
        const $list: &[&str] = &[$(concat!(stringify!($of), "::", stringify!($variant))),+];
        fn $name(value: &$of) -> &'static str {
            match value {
                $($of::$variant { .. } => concat!(stringify!($of), "::", stringify!($variant))),+
            }
        }
    };
}

variants!(COMMANDS, command_name, Command:
    Tick, Submit, Abandon, End, Requeue, Hold, Unhold, Transfer, Move, Callback, CallbackFailed,
    Prioritise, OfferTo, OfferRinging, Answer, OfferFailed, SignIn, SignOut, Ready, NotReady,
    AgentLost, SetSkills, SkillFor, SetCapacity, WrapDone, WrapExtend, OpenQueue, CloseQueue,
    Configure, FrontEndLost, FrontEndBack, Resume, Seed,
);
variants!(EFFECTS, effect_name, Effect:
    Queued, Offered, OfferRinging, OfferFailed, OfferRevoked, OfferExtended, Connected, Requeued,
    TurnedCallback, Scheduled, Moved, Reprioritised, Promoted, StepReached, PreferenceEnded,
    Parked, Resumed, Held, Unheld, Suspended, Unsuspended, Orphaned, Abandoned, Transferred, Ended,
    WrapUp, WrapUpExtended, WrapUpOver, AgentState, AgentSkills, AgentCapacity, QueueState, Overflow,
    Configured, FrontEnd,
);
variants!(REJECTIONS, rejection_name, Rejection:
    TimeBackwards, TimeOutOfRange, BadPriority, BadLevel, BadDuration, BadAge, TooManyTerms,
    TooManyPreferred, DuplicateSkill, BadCapacity, BadName, DuplicateName, BadSteps, BadPolicy,
    UnknownContact, UnknownOffer, UnknownAgent, UnknownQueue, UnknownSkill, UnknownSite,
    UnknownReason, UnknownFrontEnd, TickDue, ContactOver, OfferOver, WrongState, NotSignedIn,
    AgentNotFree, NotWrappingUp, QueueClosed, FrontEndAbsent, AtCapacity, DefinitionInUse,
    QueueFull, TooManyContacts, TooManyHops, TooManyDefinitions, TooManyFrontEnds,
    WrapUpMandatory,
);

impl Coverage {
    /// Counts one command and what came of it.
    pub fn count(&mut self, command: &Command, result: Result<&[Effect], Rejection>) {
        self.commands += 1;
        match result {
            Ok(effects) => {
                self.add(command_name(command), 1);
                for effect in effects {
                    self.add(effect_name(effect), 1);
                }
            }
            Err(rejection) => self.add(rejection_name(&rejection), 1),
        }
    }

    /// Adds what another run has met.
    pub fn merge(&mut self, other: &Self) {
        self.commands += other.commands;
        for (name, count) in &other.counts {
            self.add(name, *count);
        }
    }

    /// Every variant that has not occurred, but for the exceptions.
    pub fn missing(&self, exceptions: &[&str]) -> Vec<&'static str> {
        let all = COMMANDS.iter().chain(EFFECTS).chain(REJECTIONS);
        let missing = all.filter(|name| !self.counts.contains_key(*name));
        missing.filter(|name| !exceptions.contains(name)).copied().collect()
    }

    /// The counts by name.
    pub fn counts(&self) -> &BTreeMap<&'static str, u64> {
        &self.counts
    }

    fn add(&mut self, name: &'static str, count: u64) {
        *self.counts.entry(name).or_default() += count;
    }
}
