//! The world's words as the protocol's, and back: moves become requests, events become what was
//! seen.

use std::collections::BTreeMap;

use acd_core::{
    AgentId, Definitions, EndCause, FailCause, Need, NotReadyReason, Party, Presence, QueueId,
    ReasonId, TransferTo,
};
use acd_proto::request::{
    AgentLogin, AgentState, AgentWrapDone, AgentWrapExtend, ContactCallback, ContactCause,
    ContactEnd, ContactNew, ContactTransfer, OfferFailed, OfferReject, OneAgent, OneContact,
    OneOffer, TransferTarget,
};
use acd_proto::{Event, EventBody, Request, id};
use acd_sim::{Act, Actor, ContactFact, DeskFact, Move, Seen, Source, Visit, VisitId};

use crate::clock::CityClock;

/// Names of the city by number.
#[derive(Debug)]
pub(crate) struct Wire {
    queues: Vec<String>,
    agents: Vec<String>,
    skills: Vec<String>,
    reasons: Vec<String>,
    queue_numbers: BTreeMap<String, QueueId>,
}

impl Wire {
    /// Numbers are those of an engine that has these definitions and never had others.
    pub(crate) fn new(definitions: &Definitions) -> Self {
        let queues: Vec<_> = definitions.queues.iter().map(|queue| queue.name.clone()).collect();
        let queue_numbers = queues.iter().cloned().zip((1..).map(QueueId)).collect();
        Self {
            queues,
            agents: definitions.agents.iter().map(|agent| agent.name.clone()).collect(),
            skills: definitions.skills.clone(),
            reasons: definitions.reasons.clone(),
            queue_numbers,
        }
    }

    /// The agent's name.
    pub(crate) fn agent(&self, agent: AgentId) -> &str {
        &self.agents[agent.0 as usize - 1]
    }

    /// The queue's name.
    pub(crate) fn queue(&self, queue: QueueId) -> &str {
        &self.queues[queue.0 as usize - 1]
    }

    /// The request that a move is, now.
    pub(crate) fn request(&self, clock: &CityClock, next: &Move) -> Request {
        let one = |contact: &acd_core::ContactId| OneContact { contact: id::contact(*contact) };
        let offer = |offer: &acd_core::OfferId| OneOffer { offer: id::offer(*offer) };
        match &next.act {
            Act::Submit(visit) => Request::ContactNew(self.contact_new(visit)),
            Act::Abandon(contact) => Request::ContactAbandon(one(contact)),
            Act::Callback(contact, later) => Request::ContactCallback(ContactCallback {
                contact: id::contact(*contact),
                number: None,
                at: later.map(|later| clock.server_us(clock.now().after(later))),
            }),
            Act::CallbackFailed(contact) => Request::ContactCallbackFailed(ContactCause {
                contact: id::contact(*contact),
                cause: Some("no_answer".into()),
            }),
            Act::Ringing(ringing) => Request::OfferRinging(offer(ringing)),
            Act::Answer(answered) => match next.by {
                Actor::FrontEnd(_) => Request::OfferAnswered(offer(answered)),
                Actor::Agent(_) => Request::OfferAccept(offer(answered)),
            },
            Act::Fail(failed, cause) => Request::OfferFailed(OfferFailed {
                offer: id::offer(*failed),
                cause: fail_cause(*cause).into(),
            }),
            Act::Reject(rejected) => {
                Request::OfferReject(OfferReject { offer: id::offer(*rejected), reason: None })
            }
            Act::End(contact, cause, by) => Request::ContactEnd(ContactEnd {
                contact: id::contact(*contact),
                by: Some(if *by == Party::Caller { "caller" } else { "agent" }.into()),
                cause: Some(end_cause(*cause).into()),
                disposition: (*cause != EndCause::ExitKey).then(|| "resolved".into()),
            }),
            Act::Transfer(contact, to) => Request::ContactTransfer(ContactTransfer {
                contact: id::contact(*contact),
                to: self.target(*to),
                ..ContactTransfer::default()
            }),
            Act::Hold(contact) => Request::ContactHold(one(contact)),
            Act::Unhold(contact) => Request::ContactUnhold(one(contact)),
            Act::Requeue(contact) => Request::ContactRequeue(ContactCause {
                contact: id::contact(*contact),
                cause: Some("agent_leg_lost".into()),
            }),
            Act::SignIn | Act::SignOut | Act::Ready | Act::NotReady(_) => self.presence(next),
            Act::WrapDone(contact) => Request::AgentWrapDone(AgentWrapDone {
                contact: id::contact(*contact),
                ..AgentWrapDone::default()
            }),
            Act::WrapExtend(contact, by) => Request::AgentWrapExtend(AgentWrapExtend {
                agent: None,
                contact: id::contact(*contact),
                ms: by.as_millis().max(1),
            }),
        }
    }

    fn contact_new(&self, visit: &Visit) -> ContactNew {
        let need = |need: &Need| (self.skills[need.skill.0 as usize - 1].clone(), need.level);
        let number = visit.visit.0;
        let from = match Source::of(visit.channel) {
            Source::Telephone => format!("+1416555{:04}", number % 10_000),
            Source::Online => format!("resident{number}@example.org"),
            Source::Kiosks => format!("kiosk-{}", number % 12 + 1),
        };
        ContactNew {
            ext: ext(visit.visit),
            channel: visit.channel.name().into(),
            queue: self.queue(visit.queue).into(),
            prio: Some(visit.prio),
            needs: visit.needs.iter().map(need).collect(),
            prefer: visit.prefer.iter().map(|agent| self.agent(*agent).into()).collect(),
            from: Some(from),
            reference: (!visit.prefer.is_empty()).then(|| format!("SR-{number}")),
            ..ContactNew::default()
        }
    }

    fn target(&self, to: TransferTo) -> TransferTarget {
        match to {
            TransferTo::Queue(queue) => TransferTarget {
                queue: Some(self.queue(queue).into()),
                ..TransferTarget::default()
            },
            TransferTo::Agent { agent, queue, .. } => TransferTarget {
                agent: Some(self.agent(agent).into()),
                queue: queue.map(|queue| self.queue(queue).into()),
                outside: None,
            },
            TransferTo::Outside => {
                TransferTarget { outside: Some("+14165550100".into()), ..TransferTarget::default() }
            }
        }
    }

    fn presence(&self, next: &Move) -> Request {
        match (&next.act, next.by) {
            (Act::SignIn, Actor::Agent(agent)) => Request::AgentLogin(AgentLogin {
                agent: None,
                device: Some(format!("PJSIP/{}", self.agent(agent))),
                capacity: BTreeMap::new(),
            }),
            (Act::SignOut, _) => Request::AgentLogout(OneAgent::default()),
            (Act::NotReady(reason), _) => Request::AgentState(AgentState {
                agent: None,
                state: "not_ready".into(),
                reason: reason.map(|reason| self.reasons[reason.0 as usize - 1].clone()),
            }),
            _ => Request::AgentState(AgentState { state: "ready".into(), ..AgentState::default() }),
        }
    }

    /// What an event shows to the one who got it; none when it is nothing to react to.
    pub(crate) fn seen(&self, clock: &CityClock, by: Actor, event: &Event) -> Option<Seen> {
        match by {
            Actor::FrontEnd(_) => self.front_end_sees(&event.body),
            Actor::Agent(agent) => {
                let fact = self.agent_sees(clock, agent, &event.body);
                fact.map(|fact| Seen::Desk(agent, fact))
            }
        }
    }

    fn front_end_sees(&self, body: &EventBody) -> Option<Seen> {
        let of = body.contact()?;
        let queue = || self.queue_numbers.get(&*of.queue).copied();
        let fact = match body {
            EventBody::Queued { .. } => ContactFact::Queued(visit(&of.ext)?, queue()?),
            EventBody::Offered { offer, agent, .. } => {
                ContactFact::Offered(id::parse_offer(offer)?, self.agent_number(agent)?)
            }
            EventBody::Requeued { .. } => ContactFact::Requeued,
            EventBody::Connected { agent, .. } => ContactFact::Connected(self.agent_number(agent)?),
            EventBody::Callback { .. } => ContactFact::TurnedCallback,
            EventBody::Scheduled { .. } => ContactFact::Scheduled,
            EventBody::Moved { .. } => ContactFact::Moved(queue()?),
            EventBody::Transferred { next, .. } => {
                ContactFact::Transferred(next.as_ref().and_then(|next| id::parse_contact(next)))
            }
            EventBody::Parked { .. } => ContactFact::Parked,
            EventBody::Resumed { .. } => ContactFact::Resumed,
            EventBody::Ended { cause, .. } => ContactFact::Ended(parse_end_cause(cause)),
            _ => return None,
        };
        Some(Seen::Contact(id::parse_contact(&of.contact)?, fact))
    }

    fn agent_sees(&self, clock: &CityClock, own: AgentId, body: &EventBody) -> Option<DeskFact> {
        let contact = || id::parse_contact(&body.contact()?.contact);
        let is_own = |agent: &str| agent == self.agent(own);
        match body {
            EventBody::Offered { offer, agent, answer_by, .. } if is_own(agent) => {
                let at_desk = &**answer_by == "desktop";
                at_desk.then_some(DeskFact::Offered(id::parse_offer(offer)?, contact()?))
            }
            EventBody::OfferRevoked { agent, .. } | EventBody::Connected { agent, .. } => {
                is_own(agent).then_some(DeskFact::OfferOver)
            }
            EventBody::WrapUp { agent, until, .. } if is_own(agent) => {
                Some(DeskFact::WrapUp(contact()?, clock.of_server(*until)))
            }
            EventBody::AgentState { agent, state, reason, .. } if is_own(agent) => {
                Some(DeskFact::Presence(self.parse_presence(state, reason.as_deref())))
            }
            _ => None,
        }
    }

    /// What an agent's state in an event, or in a reply, means.
    pub(crate) fn parse_presence(&self, state: &str, reason: Option<&str>) -> Presence {
        match (state, reason) {
            ("signed_out", _) => Presence::SignedOut,
            ("not_ready", None) => Presence::NotReady(NotReadyReason::Unspecified),
            ("not_ready", Some("signed_in")) => Presence::NotReady(NotReadyReason::SignedIn),
            ("not_ready", Some("rona")) => Presence::NotReady(NotReadyReason::Rona),
            ("not_ready", Some("lost")) => Presence::NotReady(NotReadyReason::Lost),
            ("not_ready", Some(reason)) => {
                let number = (1..).zip(&self.reasons).find(|(_, name)| *name == reason);
                let given = number.map(|(n, _)| NotReadyReason::Given(ReasonId(n)));
                Presence::NotReady(given.unwrap_or(NotReadyReason::Unspecified))
            }
            _ => Presence::Ready,
        }
    }

    fn agent_number(&self, name: &str) -> Option<AgentId> {
        (1..).map(AgentId).zip(&self.agents).find(|(_, agent)| *agent == name).map(|(id, _)| id)
    }
}

/// A front end's own id of a visit.
pub(crate) fn ext(visit: VisitId) -> String {
    format!("v-{:x}", visit.0)
}

fn visit(ext: &str) -> Option<VisitId> {
    u64::from_str_radix(ext.strip_prefix("v-")?, 16).ok().map(VisitId)
}

const fn fail_cause(cause: FailCause) -> &'static str {
    match cause {
        FailCause::Rejected => "rejected",
        FailCause::Busy => "busy",
        FailCause::Unreachable => "unreachable",
        FailCause::NoAnswer => "no_answer",
    }
}

/// Causes that the players give; a conversation is over by a hang-up otherwise.
const fn end_cause(cause: EndCause) -> &'static str {
    match cause {
        EndCause::Completed => "completed",
        EndCause::ExitKey => "exit_key",
        _ => "hangup",
    }
}

/// Causes that the players tell apart; every other is like a hang-up to them.
fn parse_end_cause(cause: &str) -> EndCause {
    match cause {
        "abandoned" => EndCause::Abandoned,
        "callback_failed" => EndCause::CallbackFailed,
        "transferred" => EndCause::Transferred,
        _ => EndCause::Hangup,
    }
}
