//! What a supervisor may do: which acts there are, and to what of the screen shown each is done.
//!
//! An act is a [`Form`]: fields to fill, the reason last; what will happen is said while it is
//! filled in, asked once more before it is sent, and what came of it is said in the same place.

mod form;
mod keys;
mod options;
mod preview;
mod told;

pub use form::{Field, FieldName, Form, Outcome, Says, Stage, Value};
pub use options::Choice;
pub use preview::{Consequence, preview};

pub(crate) use keys::{key, open};

use crate::alerts::Rule;
use crate::model::Model;
use crate::rows;
use crate::screen::Screen;

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// An agent's state, as if it said so itself.
    ForceState,
    /// Levels of skills for a time.
    SkillFor,
    /// A front end is asked to let the supervisor hear a call.
    Listen,
    /// A contact's priority.
    Prioritise,
    /// A contact waits in another queue.
    Move,
    /// A contact is offered to one agent.
    OfferTo,
    /// A contact becomes a callback.
    Callback,
    /// A contact is ended.
    Withdraw,
    /// A queue takes contacts.
    OpenQueue,
    /// A queue takes no contacts.
    CloseQueue,
    /// A queue is as its hours say.
    FollowHours,
    /// A word to agents.
    Broadcast,
}

/// What an act is done to, by name or id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// A contact.
    pub contact: Option<String>,
    /// An agent.
    pub agent: Option<String>,
    /// A queue.
    pub queue: Option<String>,
}

impl Act {
    /// Every act, in the order of the menu.
    pub const ALL: [Self; 12] = [
        Self::ForceState,
        Self::SkillFor,
        Self::Listen,
        Self::Prioritise,
        Self::Move,
        Self::OfferTo,
        Self::Callback,
        Self::Withdraw,
        Self::OpenQueue,
        Self::CloseQueue,
        Self::FollowHours,
        Self::Broadcast,
    ];

    /// As the protocol calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ForceState => "force_state",
            Self::SkillFor => "skill_for",
            Self::Listen => "listen",
            Self::Prioritise => "prioritise",
            Self::Move => "move",
            Self::OfferTo => "offer_to",
            Self::Callback => "callback",
            Self::Withdraw => "withdraw",
            Self::OpenQueue => "open_queue",
            Self::CloseQueue => "close_queue",
            Self::FollowHours => "follow_hours",
            Self::Broadcast => "broadcast",
        }
    }

    /// As people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ForceState => "force the agent's state",
            Self::SkillFor => "lend the agent skills for a time",
            Self::Listen => "listen to the agent's call",
            Self::Prioritise => "change the contact's priority",
            Self::Move => "move the contact to another queue",
            Self::OfferTo => "offer the contact to an agent",
            Self::Callback => "call the resident back",
            Self::Withdraw => "withdraw the contact: end it",
            Self::OpenQueue => "open the queue",
            Self::CloseQueue => "close the queue",
            Self::FollowHours => "let the queue follow its hours",
            Self::Broadcast => "tell agents something",
        }
    }

    /// The key that opens its form, from the menu or at once.
    pub const fn letter(self) -> char {
        match self {
            Self::ForceState => 'f',
            Self::SkillFor => 'n',
            Self::Listen => 'l',
            Self::Prioritise => 'p',
            Self::Move => 'v',
            Self::OfferTo => 'o',
            Self::Callback => 'c',
            Self::Withdraw => 'd',
            Self::OpenQueue => 'u',
            Self::CloseQueue => 'z',
            Self::FollowHours => 'h',
            Self::Broadcast => 'b',
        }
    }

    /// Whether there is what it is done to.
    pub const fn suits(self, about: &About) -> bool {
        match self {
            Self::ForceState | Self::SkillFor | Self::Listen => about.agent.is_some(),
            Self::Prioritise | Self::Move | Self::OfferTo | Self::Callback | Self::Withdraw => {
                about.contact.is_some()
            }
            Self::OpenQueue | Self::CloseQueue | Self::FollowHours => about.queue.is_some(),
            Self::Broadcast => true,
        }
    }

    /// Whether it is done to the same kind of thing as another act.
    pub const fn suits_same(self, other: Self) -> bool {
        self.is_of_contact() == other.is_of_contact()
            && self.is_of_agent() == other.is_of_agent()
            && self.is_of_queue() == other.is_of_queue()
    }

    /// The act of a letter.
    pub fn of_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.letter() == letter)
    }
}

/// What the cursor of the screen shown stands on.
pub fn about(model: &Model) -> About {
    let selected = model.list().selected.clone();
    match model.screen {
        Screen::Overview => About { queue: selected, ..About::default() },
        Screen::Queue => {
            let (waiting, held) = rows::contacts(model);
            let line =
                waiting.iter().chain(&held).find(|line| Some(&line.raw) == selected.as_ref());
            About {
                agent: line.and_then(|line| line.raw_agent.clone()),
                contact: line.map(|line| line.raw.clone()),
                queue: rows::queue_shown(model),
            }
        }
        Screen::Agents => About { agent: selected, ..About::default() },
        Screen::Trace => {
            let Some(traced) = &model.trace else { return About::default() };
            let agent = traced.decision(model.list().selected.as_deref());
            About {
                contact: Some(traced.contact.clone()),
                agent: agent.map(|decision| decision.agent.clone()),
                queue: traced.queue.clone(),
            }
        }
        Screen::Alerts => {
            let line =
                rows::alerts(model).into_iter().find(|line| Some(&line.id) == selected.as_ref());
            match line.map(|line| line.about) {
                Some((Rule::Call, agent)) => About { agent: Some(agent), ..About::default() },
                Some((_, queue)) => About { queue: Some(queue), ..About::default() },
                None => About::default(),
            }
        }
        Screen::Log => {
            let line = rows::log_line(model);
            line.map(|line| line.about).unwrap_or_default()
        }
        Screen::Engine => About::default(),
    }
}

/// Why nothing can be done now, if so.
pub fn forbidden(model: &Model) -> Option<String> {
    if !model.ops {
        return Some("read-only: start it with --ops to act".into());
    }
    if !["supervisor", "admin"].contains(&model.who.role.as_str()) {
        let role = crate::safe::text(&model.who.role);
        return Some(format!("a {role} may only watch"));
    }
    if model.is_stale() {
        return Some("no connection: nothing can be done now".into());
    }
    if model.frozen.is_some() {
        return Some("the screen stands still: Space goes on, then act".into());
    }
    None
}
