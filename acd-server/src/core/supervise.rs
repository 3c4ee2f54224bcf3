//! Acts of supervisors: each with a reason, each in the audit with before and after.

use std::sync::Arc;

use acd_core::{AgentId, Command, ContactId, EndCause, Party, QueueId, WaitingOnClose};
use acd_proto::reply::Supervised;
use acd_proto::request::Supervise;
use acd_proto::{ErrorBody, EventBody, Kind, Word};

use super::audience::{Agents, Audience, Subject};
use super::audit::{Deed, Line};
use super::contact_requests::length;
use super::dispatch::Caller;
use super::hours::{checked_length, no_hours};
use super::names::short;
use super::query::state_word;
use super::reply::{Answer, Reply};
use super::side::Side;
use super::{Core, names, words};
use crate::limits::{BROADCAST_BYTES_MAX, TEXT_BYTES_MAX};
use crate::mask;

/// What can be done.
#[derive(Clone, Copy)]
enum Act {
    ForceState,
    Prioritise,
    Move,
    Withdraw,
    OfferTo,
    Callback,
    OpenQueue,
    CloseQueue,
    FollowHours,
    SkillFor,
    Broadcast,
    Listen,
}

const ACTS: [(&str, Act); 12] = [
    ("force_state", Act::ForceState),
    ("prioritise", Act::Prioritise),
    ("move", Act::Move),
    ("withdraw", Act::Withdraw),
    ("offer_to", Act::OfferTo),
    ("callback", Act::Callback),
    ("open_queue", Act::OpenQueue),
    ("close_queue", Act::CloseQueue),
    ("follow_hours", Act::FollowHours),
    ("skill_for", Act::SkillFor),
    ("broadcast", Act::Broadcast),
    ("listen", Act::Listen),
];

/// What an act is done to.
#[derive(Clone, Copy)]
pub(super) enum Target {
    Agent(AgentId),
    Contact(ContactId),
    Queue(QueueId),
    Everybody,
}

/// An act, checked and ready.
pub(super) struct Ready {
    pub(super) target: Target,
    /// In words, for the audit.
    pub(super) what: String,
    pub(super) doing: Doing,
}

/// How it is done.
pub(super) enum Doing {
    Command(Command),
    Callback { contact: ContactId, number: Option<String> },
    Open(QueueId),
    Close { queue: QueueId, waiting: WaitingOnClose, ms: Option<u64> },
    Follow(QueueId),
    Tell(EventBody, Audience),
}

impl Core {
    pub(crate) fn supervise(&mut self, caller: &Caller, params: Supervise) -> Answer {
        let act = words::one_of("act", &params.act, &ACTS)?;
        let name = params.act.clone();
        if params.preview {
            let ready = self.ready(caller, act, params)?;
            return Ok(Reply::Previewed(Box::new(self.preview(name, ready)?)));
        }
        let reason = params.reason.trim().to_owned();
        if reason.is_empty() || reason.len() > TEXT_BYTES_MAX {
            let error = ErrorBody::new(Kind::BadParams, "every act wants a reason").field("reason");
            return Err(error.expected(format!("text of 1 to {TEXT_BYTES_MAX} bytes")));
        }
        let ready = self.ready(caller, act, params)?;
        let number = self.audit.reserve()?;
        let before = self.state_of(ready.target).map(|(state, _)| state);
        match ready.doing {
            Doing::Command(command) => self.submit(command)?,
            Doing::Callback { contact, number } => self.turn_callback(contact, number, None)?,
            Doing::Open(queue) => {
                self.submit(Command::OpenQueue { queue })?;
                self.release_closed(queue);
            }
            Doing::Close { queue, waiting, ms } => {
                self.submit(Command::CloseQueue { queue, waiting })?;
                self.hold_closed(queue, ms);
            }
            Doing::Follow(queue) => {
                self.release_closed(queue);
                self.reopen(queue);
            }
            Doing::Tell(body, audience) => {
                let event = serde_json::to_string(&body).expect("events have text keys");
                let audience = audience.written(&self.names);
                self.note(Side::Told { event, audience });
            }
        }
        let after = self.state_of(ready.target);
        let (state, pending) =
            after.map_or((None, None), |(state, pending)| (Some(state), pending));
        self.record(Deed {
            audit: number,
            who: Arc::clone(&caller.name),
            role: caller.role.name().into(),
            what: ready.what.into(),
            reason: reason.into(),
            before,
            after: state.clone(),
        });
        Ok(Reply::Supervised(Supervised { act: name, audit: number, state, pending }))
    }

    fn record(&mut self, act: Deed) {
        self.audit.append(&Line { epoch: &self.epoch, ts: self.now.0 / 1_000, act: &act });
        tracing::info!(
            audit = act.audit,
            who = %mask::escape(&act.who),
            what = %mask::escape(&act.what),
            reason = %mask::escape(&act.reason),
            before = act.before,
            after = act.after,
            "a supervisor acted"
        );
        self.note(Side::Acted(act));
    }

    /// A supervisor acted, now or before a restart.
    pub(super) fn acted(&mut self, act: &Deed) {
        let Deed { audit, who, what, reason, .. } = act;
        self.audit.set_last(*audit);
        let [who, what, reason] = [who, what, reason].map(|text| Word::Text(text));
        let body = EventBody::Audit { audit: *audit, who, what, reason };
        self.tell(body, Audience::subscribers(Subject::Supervision));
    }

    fn ready(&self, caller: &Caller, act: Act, params: Supervise) -> Result<Ready, ErrorBody> {
        match act {
            Act::ForceState => self.force_state(&params),
            Act::Prioritise => {
                let (contact, text) = self.acted_contact(caller, &params)?;
                let prio = names::prio(params.prio.ok_or_else(|| missing("prio"))?)?;
                let what = format!("prioritise {text} to {prio}");
                let command = Command::Prioritise { contact, prio };
                Ok(Ready::command(Target::Contact(contact), what, command))
            }
            Act::Move => {
                let (contact, text) = self.acted_contact(caller, &params)?;
                let (queue, name) = self.acted_queue("to", params.to.as_deref())?;
                let what = format!("move {text} to {name}");
                let command = Command::Move { contact, queue };
                Ok(Ready::command(Target::Contact(contact), what, command))
            }
            Act::Withdraw => {
                let (contact, text) = self.acted_contact(caller, &params)?;
                let (cause, by) = (EndCause::Withdrawn, Party::Supervisor);
                let command = Command::End { contact, cause, by };
                Ok(Ready::command(Target::Contact(contact), format!("withdraw {text}"), command))
            }
            Act::OfferTo => {
                let (contact, text) = self.acted_contact(caller, &params)?;
                let (agent, name) = self.acted_agent(&params)?;
                let what = format!("offer {text} to {name}");
                let command = Command::OfferTo { contact, agent };
                Ok(Ready::command(Target::Contact(contact), what, command))
            }
            Act::Callback => {
                let (contact, text) = self.acted_contact(caller, &params)?;
                let to = params.number.as_deref().map(mask::number).unwrap_or_default();
                let what = format!("call {text} back {to}").trim_end().to_owned();
                let doing = Doing::Callback { contact, number: params.number };
                Ok(Ready { target: Target::Contact(contact), what, doing })
            }
            Act::OpenQueue => {
                let (queue, name) = self.acted_queue("queue", params.queue.as_deref())?;
                Ok(Ready::queue(queue, format!("open {name}"), Doing::Open(queue)))
            }
            Act::CloseQueue => self.close_queue(&params),
            Act::FollowHours => {
                let (queue, name) = self.acted_queue("queue", params.queue.as_deref())?;
                if !self.config.hours.contains_key(&*name) {
                    return Err(no_hours(&name));
                }
                Ok(Ready::queue(queue, format!("{name} by its hours"), Doing::Follow(queue)))
            }
            Act::SkillFor => self.skill_for(&params),
            Act::Broadcast => self.broadcast(caller, params),
            Act::Listen => self.listen(caller, &params),
        }
    }

    fn force_state(&self, params: &Supervise) -> Result<Ready, ErrorBody> {
        let (agent, name) = self.acted_agent(params)?;
        let state = params.state.as_deref().ok_or_else(|| missing("state"))?;
        let reason = match &params.state_reason {
            Some(reason) => Some(names::reason(&self.engine, "state_reason", reason)?),
            None => None,
        };
        let command = match words::one_of(
            "state",
            state,
            &[("ready", 0), ("not_ready", 1), ("signed_out", 2)],
        )? {
            0 => Command::Ready { agent },
            1 => Command::NotReady { agent, reason },
            _ => Command::SignOut { agent },
        };
        Ok(Ready::command(Target::Agent(agent), format!("force {name} to {state}"), command))
    }

    fn close_queue(&self, params: &Supervise) -> Result<Ready, ErrorBody> {
        let (queue, name) = self.acted_queue("queue", params.queue.as_deref())?;
        let word = params.waiting.as_deref().unwrap_or("keep");
        let (waiting, what) =
            match words::one_of("waiting", word, &[("keep", 0), ("end", 1), ("move", 2)])? {
                0 => (WaitingOnClose::Keep, format!("close {name}, keep who waits")),
                1 => (WaitingOnClose::End, format!("close {name}, end who waits")),
                _ => {
                    let (to, to_name) = self.acted_queue("to", params.to.as_deref())?;
                    (WaitingOnClose::Move(to), format!("close {name}, move who waits to {to_name}"))
                }
            };
        let ms = checked_length(params.ms)?;
        let what = ms.map_or(what.clone(), |ms| format!("{what}, for {ms} ms"));
        Ok(Ready::queue(queue, what, Doing::Close { queue, waiting, ms }))
    }

    fn skill_for(&self, params: &Supervise) -> Result<Ready, ErrorBody> {
        let (agent, name) = self.acted_agent(params)?;
        let ms = params.ms.ok_or_else(|| missing("ms"))?;
        if params.set.is_empty() {
            return Err(missing("set"));
        }
        let set = names::needs(&self.engine, "set", &params.set)?;
        let levels: Vec<String> =
            params.set.iter().map(|(skill, level)| format!("{skill} {level}")).collect();
        let what = format!("give {name} {} for {ms} ms", levels.join(", "));
        let command = Command::SkillFor { agent, set, length: length(ms) };
        Ok(Ready::command(Target::Agent(agent), what, command))
    }

    fn broadcast(&self, caller: &Caller, params: Supervise) -> Result<Ready, ErrorBody> {
        let text = params.text.filter(|text| !text.is_empty()).ok_or_else(|| missing("text"))?;
        if text.len() > BROADCAST_BYTES_MAX {
            let error = ErrorBody::new(Kind::BadParams, "`text` is too long").field("text");
            return Err(error.expected(format!("at most {BROADCAST_BYTES_MAX} bytes")));
        }
        let (queue, agents, target) = match params.queue.as_deref() {
            Some(name) => {
                let (queue, name) = self.acted_queue("queue", Some(name))?;
                (Some(name), Agents::These(self.agents_of(queue)), Target::Queue(queue))
            }
            None => (None, Agents::All, Target::Everybody),
        };
        let what = match &queue {
            Some(name) => format!("tell the agents of {name}: {text}"),
            None => format!("tell all agents: {text}"),
        };
        let who = Arc::clone(&caller.name);
        let audience = Audience { agents, ..Audience::subscribers(Subject::Supervision) };
        let doing = Doing::Tell(EventBody::Broadcast { queue, text: text.into(), who }, audience);
        Ok(Ready { target, what, doing })
    }

    /// Asks the front end of the call an agent holds.
    fn listen(&self, caller: &Caller, params: &Supervise) -> Result<Ready, ErrorBody> {
        let (agent, name) = self.acted_agent(params)?;
        let mode = params.mode.as_deref().unwrap_or("listen");
        words::one_of("mode", mode, &[("listen", ()), ("whisper", ()), ("barge", ())])?;
        let held = self.engine.held(agent);
        let calls = held.iter().filter_map(|&contact| self.contacts.get(contact));
        let Some(call) = calls.into_iter().find(|contact| contact.channel.blocks()) else {
            return Err(ErrorBody::new(Kind::WrongState, "the agent holds no call").field("agent"));
        };
        let audience = Audience {
            front_end: Some(call.front_end),
            ..Audience::subscribers(Subject::Supervision)
        };
        let who = Arc::clone(&caller.name);
        let body = EventBody::Listen { agent: Arc::clone(&name), mode: mode.into(), who };
        let what = format!("{mode} to {name}");
        Ok(Ready { target: Target::Agent(agent), what, doing: Doing::Tell(body, audience) })
    }

    /// Agents with the skills and site of a queue's first step, by number.
    fn agents_of(&self, queue: QueueId) -> Arc<[AgentId]> {
        let name = self.names.queue(queue);
        let definitions = self.engine.definitions();
        let Some(definition) = definitions.queues.iter().find(|known| *known.name == *name) else {
            return Arc::from([]);
        };
        let step = &definition.steps[0];
        let level = |record: &acd_core::AgentRecord, skill: &str| {
            let id = self.engine.skill_named(skill);
            let known = record.skills.iter().find(|(known, _)| Some(*known) == id);
            known.map_or(0, |&(_, level)| level)
        };
        let sits = |agent: AgentId| {
            let name = self.names.agent(agent);
            let known = definitions.agents.iter().find(|known| *known.name == *name);
            step.sites.is_empty()
                || known.is_some_and(|a| a.site.as_ref().is_some_and(|s| step.sites.contains(s)))
        };
        self.engine
            .agents()
            .filter(|record| {
                let satisfies = |terms: &Vec<acd_core::Term>| {
                    terms.iter().all(|term| level(record, &term.skill) >= term.level)
                };
                step.alternatives.iter().any(satisfies) && sits(record.agent)
            })
            .map(|record| record.agent)
            .collect()
    }

    fn acted_contact<'a>(
        &self,
        caller: &Caller,
        params: &'a Supervise,
    ) -> Result<(ContactId, &'a str), ErrorBody> {
        let text = params.contact.as_deref().ok_or_else(|| missing("contact"))?;
        Ok((self.own_contact(caller, text)?, text))
    }

    fn acted_agent(&self, params: &Supervise) -> Result<(AgentId, Arc<str>), ErrorBody> {
        let name = params.agent.as_deref().ok_or_else(|| missing("agent"))?;
        let agent = names::agent(&self.engine, "agent", name)?;
        Ok((agent, self.names.agent(agent)))
    }

    fn acted_queue(
        &self,
        field: &str,
        name: Option<&str>,
    ) -> Result<(QueueId, Arc<str>), ErrorBody> {
        let queue = names::queue(&self.engine, field, name.ok_or_else(|| missing(field))?)?;
        Ok((queue, self.names.queue(queue)))
    }

    /// State, and pending request, of what is acted on.
    pub(super) fn state_of(&self, target: Target) -> Option<(String, Option<String>)> {
        match target {
            Target::Agent(agent) => {
                let told = self.agent_state(agent);
                Some((told.state.into(), told.pending.map(Into::into)))
            }
            Target::Contact(contact) => {
                let state = self.engine.contact(contact).map_or("ended", |r| state_word(r.state));
                Some((state.into(), None))
            }
            Target::Queue(queue) => {
                let open = self.engine.queue(queue)?.open;
                Some((if open { "open" } else { "closed" }.into(), None))
            }
            Target::Everybody => None,
        }
    }
}

impl Ready {
    const fn command(target: Target, what: String, command: Command) -> Self {
        Self { target, what, doing: Doing::Command(command) }
    }

    const fn queue(queue: QueueId, what: String, doing: Doing) -> Self {
        Self { target: Target::Queue(queue), what, doing }
    }
}

fn missing(field: &str) -> ErrorBody {
    ErrorBody::new(Kind::BadParams, format!("`{}` is missing", short(field))).field(field)
}
