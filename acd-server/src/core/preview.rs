//! What an act of a supervisor would do: done on a fork of the engine, which is then thrown away.
//!
//! The fork decides as the engine would, with everybody who waits and every agent, so a preview
//! is refused where the act would be, and names the offers that would follow.

use std::collections::BTreeSet;
use std::sync::Arc;

use acd_core::{AgentId, Command, ContactId, Effect, Engine};
use acd_proto::reply::{Expected, Previewed};
use acd_proto::{ErrorBody, Kind, id};

use super::commit::refusal;
use super::supervise::{Doing, Ready, Target};
use super::{Core, words};
use crate::limits::{PREVIEW_CONTACTS_MAX, PREVIEW_EVENTS_MAX};

/// A state, and what is pending, as [`Core::state_of`] gives them.
type State = Option<(String, Option<String>)>;

impl Core {
    /// What the act would do now.
    pub(super) fn preview(&mut self, act: String, ready: Ready) -> Result<Previewed, ErrorBody> {
        let Ready { target, what, doing } = ready;
        let before = self.state_of(target).map(|(state, _)| state);
        let mut preview = Previewed { act, preview: true, what, before, ..Previewed::default() };
        let command = match doing {
            Doing::Command(command) => Some(command),
            Doing::Callback { contact, number } => {
                self.number_to_call(contact, number)?;
                Some(Command::Callback { contact, at: None })
            }
            Doing::Open(queue) => Some(Command::OpenQueue { queue }),
            Doing::Close { queue, waiting, .. } => Some(Command::CloseQueue { queue, waiting }),
            Doing::Follow(queue) => self.command_by_hours(queue),
            Doing::Tell(_, audience) => {
                let mut reaches = 0;
                self.each_hearer(self.ring.newest() + 1, &audience, |_, _| reaches += 1);
                preview.reaches = Some(reaches);
                None
            }
        };
        let Some(command) = command else {
            let now = self.state_of(target);
            (preview.state, preview.pending) = now.map_or((None, None), |(s, p)| (Some(s), p));
            return Ok(preview);
        };
        let fork = self.fork()?;
        let engine = std::mem::replace(&mut self.engine, fork);
        let foreseen = self.foresee(command, target);
        self.engine = engine;
        let (after, events) = foreseen?;
        (preview.state, preview.pending) = after.map_or((None, None), |(s, p)| (Some(s), p));
        preview.more = events.len().saturating_sub(PREVIEW_EVENTS_MAX);
        preview.events = events.into_iter().take(PREVIEW_EVENTS_MAX).collect();
        Ok(preview)
    }

    /// An engine in the same state. Its cost grows with the contacts, and nobody is served
    /// meanwhile: where too many live there is none.
    fn fork(&self) -> Result<Engine, ErrorBody> {
        let live = self.contacts.len();
        if live > PREVIEW_CONTACTS_MAX {
            let message = format!(
                "{live} contacts live; with more than {PREVIEW_CONTACTS_MAX} nothing is previewed"
            );
            return Err(ErrorBody::new(Kind::Limit, message).field("preview"));
        }
        Engine::restore(&self.engine.state()).map_err(|error| {
            ErrorBody::new(Kind::Internal, format!("the state could not be forked: {error}"))
        })
    }

    /// Applies the command to the engine in hand, a fork, and tells what has followed.
    fn foresee(
        &mut self,
        command: Command,
        target: Target,
    ) -> Result<(State, Vec<Expected>), ErrorBody> {
        let mut effects = Vec::new();
        self.engine.apply(self.now, command, &mut effects).map_err(refusal)?;
        let mut events: Vec<Expected> = Vec::new();
        let mut freed = BTreeSet::new();
        for effect in &effects {
            if let Effect::Ended { agent: Some(agent), .. } = *effect {
                freed.insert(agent);
            }
            events.extend(self.expected(effect));
        }
        for agent in freed {
            let told = self.agent_state(agent);
            if self.desks.get(agent).is_some_and(|desk| desk.told != told) {
                events.push(self.expected_state(agent));
            }
        }
        Ok((self.state_of(target), events))
    }

    /// An effect as the event that would tell of it; none where it changes nothing one looks for.
    fn expected(&self, effect: &Effect) -> Option<Expected> {
        let (kind, contact) = match *effect {
            Effect::Queued { contact, .. } => ("contact.queued", contact),
            Effect::Requeued { contact, .. } => ("contact.requeued", contact),
            Effect::TurnedCallback { contact } => ("contact.callback", contact),
            Effect::Scheduled { contact, .. } => ("contact.scheduled", contact),
            Effect::Reprioritised { contact, .. } => ("contact.updated", contact),
            Effect::Promoted { contact, .. } => ("contact.promoted", contact),
            Effect::StepReached { contact, .. } => ("contact.step", contact),
            Effect::PreferenceEnded { contact } => ("contact.preference_ended", contact),
            Effect::Parked { contact } => ("contact.parked", contact),
            Effect::Resumed { contact } => ("contact.resumed", contact),
            Effect::Abandoned { contact } => ("contact.abandoned", contact),
            ref other => return self.expected_further(other),
        };
        Some(self.expected_of(kind, contact))
    }

    /// Effects that say more than which contact they are about.
    fn expected_further(&self, effect: &Effect) -> Option<Expected> {
        let of = |kind: &str, contact, agent: Option<AgentId>, cause: Option<&str>| Expected {
            agent: agent.map(|agent| self.names.agent(agent).as_ref().into()),
            cause: cause.map(Into::into),
            ..self.expected_of(kind, contact)
        };
        Some(match *effect {
            Effect::Offered { contact, agent, .. } => {
                of("contact.offered", contact, Some(agent), None)
            }
            Effect::OfferFailed { contact, agent, cause, .. } => {
                of("contact.offer_revoked", contact, Some(agent), Some(words::fail_cause(cause)))
            }
            Effect::OfferRevoked { contact, agent, cause, .. } => {
                of("contact.offer_revoked", contact, Some(agent), Some(words::revoke_cause(cause)))
            }
            Effect::Connected { contact, agent, .. } => {
                of("contact.connected", contact, Some(agent), None)
            }
            Effect::Ended { contact, agent, cause, .. } => {
                of("contact.ended", contact, agent, Some(words::end_cause(cause)))
            }
            Effect::Moved { contact, queue } => Expected {
                queue: Some(self.names.queue(queue).as_ref().into()),
                ..self.expected_of("contact.moved", contact)
            },
            Effect::WrapUp { contact, agent, .. } => {
                of("contact.wrap_up", contact, Some(agent), None)
            }
            Effect::AgentState { agent, .. } => self.expected_state(agent),
            Effect::AgentSkills { agent } => Expected {
                kind: "agent.updated".into(),
                agent: Some(self.names.agent(agent).as_ref().into()),
                ..Expected::default()
            },
            Effect::QueueState { queue, open } => Expected {
                kind: "queue.state".into(),
                queue: Some(self.names.queue(queue).as_ref().into()),
                state: Some(if open { "open" } else { "closed" }.into()),
                ..Expected::default()
            },
            _ => return None,
        })
    }

    fn expected_of(&self, kind: &str, contact: ContactId) -> Expected {
        let queue = self.engine.contact(contact).map(|record| self.names.queue(record.queue));
        let known = || {
            let live = self.contacts.get(contact).map(|entry| &entry.of);
            let of = live.or_else(|| self.contacts.ended(contact).map(|ended| &ended.of));
            of.map(|of| Arc::clone(&of.queue))
        };
        Expected {
            kind: kind.into(),
            contact: Some(id::contact(contact)),
            queue: queue.or_else(known).as_deref().map(Into::into),
            ..Expected::default()
        }
    }

    fn expected_state(&self, agent: AgentId) -> Expected {
        let told = self.agent_state(agent);
        Expected {
            kind: "agent.state".into(),
            agent: Some(self.names.agent(agent).as_ref().into()),
            state: Some(told.state.into()),
            pending: told.pending.map(Into::into),
            cause: told.reason.as_deref().map(Into::into),
            ..Expected::default()
        }
    }
}
