//! Callers whom an exchange holds, and what the server says of them: a state machine without IO and
//! without a clock, for exchanges that are driven by few commands.
//!
//! **Everything may come twice, late, or not at all.** A word about a call that is over, an offer
//! that is another by now or a leg that nobody waits for changes nothing. What was missed is put
//! right when the exchange has said who is there and the server what it knows.

mod call;
#[cfg(test)]
pub(crate) mod disorder;
pub(crate) mod driver;
mod exchange_side;
mod server_side;
mod sync;
pub mod transcript;
mod translator;

use std::collections::BTreeMap;

use acd_proto::Request;

use self::call::Call;
pub use self::translator::{About, Answer, Exchange, Input, Output, Translator};
use crate::Id;
use crate::recent::Recent;

/// What an exchange can do with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Means {
    /// An answered telephone and its caller are together at once; otherwise they are joined when
    /// the server says yes.
    pub joins_by_itself: bool,
    /// A caller who talks can be made to wait again.
    pub takes_back: bool,
}

/// What an exchange is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The caller is told that it waits.
    Wait {
        /// The caller.
        ext: Id,
    },
    /// A telephone is rung.
    Dial {
        /// For whom.
        ext: Id,
        /// The id that this attempt gets.
        leg: Id,
        /// What the agent signed in with.
        device: String,
        /// What the telephone shows.
        from: String,
        /// How long the exchange may let it ring; the server ends it sooner.
        ring_ms: u64,
    },
    /// A telephone is let go of, whether it rings or talks.
    Drop {
        /// For whom it was rung.
        ext: Id,
        /// Which attempt.
        leg: Id,
    },
    /// Caller and agent hear each other.
    Join {
        /// The caller.
        ext: Id,
        /// The agent's leg.
        leg: Id,
    },
    /// The caller hears music, and no longer the agent, who stays.
    Part {
        /// The caller.
        ext: Id,
        /// The agent's leg.
        leg: Id,
    },
    /// The caller goes on without `acd`.
    Release {
        /// The caller.
        ext: Id,
        /// Why, in capitals.
        status: String,
        /// A number outside, after a transfer.
        to: Option<String>,
    },
    /// The call is over for both.
    HangUp {
        /// The caller.
        ext: Id,
        /// The agent's leg.
        leg: Id,
    },
}

/// How an agent's leg ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Unanswered, for a cause of `offer.failed`; or hung up, where it was answered.
    Normal(&'static str),
    /// The line failed; nobody hung up.
    Broken,
}

/// What must be done next.
#[derive(Debug)]
pub(crate) enum Todo {
    Exchange(Command),
    Ask { request: Box<Request>, about: About },
}

/// All calls, and what both sides are known to know.
#[derive(Debug)]
pub struct Board {
    means: Means,
    /// By the exchange's id of the caller, which is the contact's `ext`.
    calls: BTreeMap<Id, Call>,
    /// Agents' legs, with the caller each was dialled for.
    legs: BTreeMap<Id, Id>,
    /// Callers and legs that are gone: what is told of them now is old.
    over: Recent,
    /// The server's sequence of events, once its state is known; requests are made only then.
    epoch: Option<Id>,
    todo: Vec<Todo>,
}

impl Board {
    /// One that knows no call.
    pub fn new(means: Means) -> Self {
        let (calls, legs, todo) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        Self { means, calls, legs, over: Recent::default(), epoch: None, todo }
    }

    /// How many callers are on the line.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// The agent's leg of a call.
    pub fn leg_of(&self, ext: &str) -> Option<Id> {
        self.calls.get(ext).and_then(Call::leg)
    }

    /// Whether a caller was there and is no longer.
    pub fn is_over(&self, ext: &str) -> bool {
        self.over.contains(ext)
    }

    /// All callers.
    pub fn everyone(&self) -> Vec<Id> {
        self.calls.keys().cloned().collect()
    }

    /// What must be done, in order.
    pub(crate) fn todo(&mut self) -> Vec<Todo> {
        std::mem::take(&mut self.todo)
    }

    fn say(&mut self, command: Command) {
        self.todo.push(Todo::Exchange(command));
    }

    /// Asks the server, where its state is known. Otherwise the next look at both states says it.
    fn ask(&mut self, request: Request, about: About) {
        if self.epoch.is_some() {
            self.todo.push(Todo::Ask { request: Box::new(request), about });
        }
    }

    /// A call is over for us; what is told of it from now on is old.
    fn forget(&mut self, ext: &Id) {
        self.calls.remove(ext);
        self.over.insert(ext);
    }

    /// Lets go of an agent's leg. It is nobody's from now on.
    fn drop_leg(&mut self, leg: &Id) {
        if let Some(ext) = self.legs.remove(leg) {
            self.over.insert(leg);
            self.say(Command::Drop { ext, leg: leg.clone() });
        }
    }

    /// The caller goes on without us.
    fn release(&mut self, ext: &Id, status: &str, to: Option<String>) {
        let status = status.to_uppercase();
        self.say(Command::Release { ext: ext.clone(), status, to });
        self.forget(ext);
    }
}
