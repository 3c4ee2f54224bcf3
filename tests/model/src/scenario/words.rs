//! Effects in words: what stands to the right of an arrow.

use acd_core::{
    AgentRecord, ContactId, ContactState, Effect, NotReadyReason, Pending, Presence, State,
    Timestamp,
};

use super::names::{Names, agent_text, queue_text, reason_text};
use super::values::{seconds, snake};

/// Turns effects into words, given the state after them.
#[derive(Debug)]
pub(super) struct Speaker<'a, P> {
    pub(super) names: &'a Names,
    pub(super) state: &'a State,
    pub(super) position: P,
}

impl<P: Fn(ContactId) -> Option<u32>> Speaker<'_, P> {
    /// One effect.
    pub(super) fn say(&self, effect: &Effect) -> String {
        let c = |contact: &ContactId| self.names.contact_text(*contact);
        let a = |agent| agent_text(agent, self.state);
        match effect {
            Effect::Queued { contact, queue } => {
                let queue = queue_text(*queue, self.state);
                format!("queued {} in {queue}{}", c(contact), self.place(*contact))
            }
            Effect::Requeued { contact, cause } => {
                let cause = snake(&format!("{cause:?}"));
                format!("requeued {} {cause}{}", c(contact), self.place(*contact))
            }
            Effect::Moved { contact, queue } => {
                let queue = queue_text(*queue, self.state);
                format!("moved {} to {queue}{}", c(contact), self.place(*contact))
            }
            Effect::Offered { contact, agent, until, .. } => {
                format!("offer {} {} until {}", c(contact), a(*agent), instant(*until))
            }
            Effect::OfferRinging { offer } => format!("ringing {}", self.offer(*offer)),
            Effect::OfferExtended { offer, until } => {
                format!("extended {} until {}", self.offer(*offer), instant(*until))
            }
            Effect::OfferFailed { contact, agent, cause, .. } => {
                let cause = snake(&format!("{cause:?}"));
                format!("failed {} {} {cause}", c(contact), a(*agent))
            }
            Effect::OfferRevoked { contact, agent, cause, .. } => {
                let cause = snake(&format!("{cause:?}"));
                format!("revoked {} {} {cause}", c(contact), a(*agent))
            }
            Effect::Connected { contact, agent, offer } => {
                let attended = if offer.is_none() { " attended" } else { "" };
                format!("connected {} {}{attended}", c(contact), a(*agent))
            }
            Effect::Scheduled { contact, until } => {
                format!("scheduled {} until {}", c(contact), instant(*until))
            }
            Effect::Reprioritised { contact, prio } => format!("priority {} {prio}", c(contact)),
            Effect::Promoted { contact, promotions } => {
                format!("promoted {} {promotions}", c(contact))
            }
            Effect::StepReached { contact, step } => format!("step {} {step}", c(contact)),
            Effect::Transferred { contact, next, hops } => {
                let next = next.as_ref().map_or("outside".into(), c);
                format!("transferred {} to {next} hops {hops}", c(contact))
            }
            Effect::Ended { contact, agent, cause, by } => {
                let with = agent.map_or(String::new(), |agent| format!(" with {}", a(agent)));
                let (cause, by) = (snake(&format!("{cause:?}")), snake(&format!("{by:?}")));
                format!("ended {}{with} {cause} by {by}", c(contact))
            }
            _ => self.say_simple(effect),
        }
    }

    fn say_simple(&self, effect: &Effect) -> String {
        let c = |verb: &str, contact: &ContactId| {
            format!("{verb} {}", self.names.contact_text(*contact))
        };
        let a = |agent| agent_text(agent, self.state);
        match effect {
            Effect::TurnedCallback { contact } => c("callback", contact),
            Effect::PreferenceEnded { contact } => c("preference_over", contact),
            Effect::Parked { contact } => c("parked", contact),
            Effect::Resumed { contact } => c("resumed", contact),
            Effect::Held { contact } => c("held", contact),
            Effect::Unheld { contact } => c("unheld", contact),
            Effect::Suspended { contact } => c("suspended", contact),
            Effect::Unsuspended { contact } => c("unsuspended", contact),
            Effect::Orphaned { contact } => c("orphaned", contact),
            Effect::Abandoned { contact } => c("abandoned", contact),
            Effect::WrapUp { contact, agent, until } => {
                format!("{} {} until {}", c("wrap_up", contact), a(*agent), instant(*until))
            }
            Effect::WrapUpExtended { contact, until } => {
                format!("{} until {}", c("wrap_up_extended", contact), instant(*until))
            }
            Effect::WrapUpOver { contact, agent, handle } => {
                format!("{} {} handle {}", c("wrap_up_over", contact), a(*agent), seconds(handle.0))
            }
            Effect::AgentState { agent, presence, pending, paused_until } => {
                let (verb, rest) = presence_text(*presence, *pending, *paused_until, self.state);
                format!("{verb} {}{rest}", a(*agent))
            }
            Effect::AgentSkills { agent } => format!("skills {}", a(*agent)),
            Effect::AgentCapacity { agent } => format!("capacity {}", a(*agent)),
            Effect::QueueState { queue, open } => {
                let verb = if *open { "open" } else { "closed" };
                format!("{verb} {}", queue_text(*queue, self.state))
            }
            Effect::Overflow { queue, on } => {
                let verb = if *on { "overflows" } else { "drained" };
                format!("{verb} {}", queue_text(*queue, self.state))
            }
            Effect::Configured => "configured".into(),
            Effect::FrontEnd { front_end, present } => {
                let verb = if *present { "present" } else { "absent" };
                format!("{verb} {}", self.names.front_end_text(*front_end))
            }
            _ => unreachable!("every other effect is said above"),
        }
    }

    /// Where the contact stands, if it waits when all is done.
    fn place(&self, contact: ContactId) -> String {
        (self.position)(contact).map_or(String::new(), |place| format!(" position {place}"))
    }

    fn offer(&self, offer: acd_core::OfferId) -> String {
        self.names.offer_text(offer, self.state)
    }
}

fn instant(instant: Timestamp) -> String {
    seconds(instant.0)
}

/// An agent's presence in a word, and what else holds.
fn presence_text(
    presence: Presence,
    pending: Option<Pending>,
    paused_until: Option<Timestamp>,
    state: &State,
) -> (&'static str, String) {
    let (verb, mut rest) = match presence {
        Presence::SignedOut => ("signed_out", String::new()),
        Presence::Ready => ("ready", String::new()),
        Presence::NotReady(reason) => ("not_ready", reason_word(reason, state)),
    };
    match pending {
        None => {}
        Some(Pending::SignOut) => rest += " pending sign_out",
        Some(Pending::NotReady(reason)) => {
            rest += " pending not_ready";
            rest += &reason_word(reason, state);
        }
    }
    if let Some(until) = paused_until {
        rest += " paused until ";
        rest += &instant(until);
    }
    (verb, rest)
}

fn reason_word(reason: NotReadyReason, state: &State) -> String {
    match reason {
        NotReadyReason::Unspecified => String::new(),
        NotReadyReason::Given(reason) => format!(" {}", reason_text(reason, state)),
        other => format!(" {}", snake(&format!("{other:?}"))),
    }
}

pub(super) fn agent_state_text(agent: &AgentRecord, state: &State) -> String {
    let (verb, rest) = presence_text(agent.presence, agent.pending, agent.paused_until, state);
    format!("{verb}{rest}")
}

pub(super) fn contact_state_text(contact: ContactId, state: &State) -> String {
    let Some(record) = state.contacts.iter().find(|record| record.contact == contact) else {
        return "over".into();
    };
    let mut text = match record.state {
        ContactState::Waiting => "waiting".into(),
        ContactState::Scheduled { until } => format!("scheduled until {}", instant(until)),
        ContactState::Offered { offer } => {
            let offer = state.offers.iter().find(|record| record.offer == offer);
            let agent = offer.map(|record| agent_text(record.agent, state)).unwrap_or_default();
            format!("offered {agent}")
        }
        ContactState::Connected { agent, .. } => {
            format!("connected {}", agent_text(agent, state))
        }
        ContactState::Parked { agent, .. } => format!("parked {}", agent_text(agent, state)),
    };
    if record.held {
        text += " held";
    }
    if record.orphaned {
        text += " orphaned";
    } else if record.orphan_at.is_some() {
        text += " suspended";
    }
    text
}
