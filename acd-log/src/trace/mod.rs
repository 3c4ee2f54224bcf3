//! One contact's life as the log tells it, with each decision explained.
//!
//! Nothing is kept for this while the system runs. The log is replayed into an engine of its own,
//! from a snapshot taken before the contact came; at each offer the engine is asked what every
//! agent was to the contact at that moment, and while it waits, to whom the agents went that it
//! could have had.

mod due;
mod text;
pub(crate) mod words;

use std::collections::{BTreeMap, BTreeSet};

use acd_core::explain::{self, Moment, Verdict};
use acd_core::{
    AgentId, Command, ContactId, ContactRecord, ContactState, Effect, Engine, OfferId, Timestamp,
};

pub use acd_proto::trace::{Candidate, Decision, Entry, Passed, Rival, Trace, Until, Wait};

use crate::replay::{Logged, Replay, ReplayError};

/// Follows a replay for one contact.
#[derive(Debug)]
pub struct Tracer {
    replay: Replay,
    contact: ContactId,
    trace: Option<Trace>,
    /// The contact as it was after the last record that found it live.
    last: Option<ContactRecord>,
    offer: Option<OfferId>,
    /// Since it began to wait: what each agent is to it, and since when.
    known: BTreeMap<AgentId, (Timestamp, Verdict)>,
    passed: Vec<Passed>,
    over: bool,
}

/// Tells one contact's life from records in order, as far as they go. None where no record
/// brings it.
///
/// `replay` begins before the contact came ([`Replay::knows`] says whether that is so).
pub fn trace<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
    replay: Replay,
    records: impl Iterator<Item = Result<Logged, E>>,
    contact: ContactId,
) -> Result<Option<Trace>, ReplayError> {
    let mut tracer = Tracer::new(replay, contact);
    for logged in records {
        tracer.follow(&logged.map_err(|error| ReplayError::Read(error.into()))?)?;
        if tracer.over {
            break;
        }
    }
    Ok(tracer.finish())
}

impl Tracer {
    /// Begins to look for a contact.
    pub fn new(replay: Replay, contact: ContactId) -> Self {
        Self {
            replay,
            contact,
            trace: None,
            last: None,
            offer: None,
            known: BTreeMap::new(),
            passed: Vec::new(),
            over: false,
        }
    }

    /// Follows one record.
    pub fn follow(&mut self, logged: &Logged) -> Result<(), ReplayError> {
        let mut touched: BTreeSet<AgentId> =
            logged.command.iter().filter_map(|command| self.loses(command)).collect();
        let effects = self.replay.apply(logged)?;
        if self.trace.is_none() && !effects.iter().any(|effect| queues(effect, self.contact)) {
            for effect in &effects {
                self.replay.follow(effect);
            }
            return Ok(());
        }
        for (at, effect) in effects.iter().enumerate() {
            if let Effect::Offered { contact, agent, offer, .. } = *effect {
                let named = at == 0 && matches!(logged.command, Some(Command::OfferTo { .. }));
                if contact == self.contact {
                    self.offered(agent, offer, effects.split_at(at), logged, named);
                } else {
                    self.passed_over(contact, agent, &effects[at..], logged, named);
                }
            }
            self.tell(logged, effect);
            self.replay.follow(effect);
            touched.extend(agent_of(effect));
        }
        self.look_again(logged.now, &effects, &touched);
        Ok(())
    }

    /// Whether nothing more can be told of it.
    pub const fn is_over(&self) -> bool {
        self.over
    }

    /// What was found.
    pub fn finish(mut self) -> Option<Trace> {
        let passed = std::mem::take(&mut self.passed);
        let engine = self.replay.engine();
        let wait = Moment::present(engine).explain(self.contact);
        let wait = wait.map(|explained| Wait {
            suspended: explained.suspended,
            ahead: explained.ahead,
            asks: words::asks(&explained, engine),
            agents: self.agents(&explained.candidates),
            passed,
        });
        let state = words::state(engine.contact(self.contact).as_ref(), engine);
        let mut trace = self.trace?;
        trace.state = state.unwrap_or(trace.state);
        trace.waits = wait;
        Some(trace)
    }

    /// The agent whose contact a command takes away without an effect that names it.
    fn loses(&self, command: &Command) -> Option<AgentId> {
        let contact = match command {
            Command::Requeue { contact } | Command::CallbackFailed { contact } => *contact,
            Command::Transfer(transfer) => transfer.contact,
            _ => return None,
        };
        match self.replay.engine().contact(contact)?.state {
            ContactState::Connected { agent, .. } | ContactState::Parked { agent, .. } => {
                Some(agent)
            }
            _ => None,
        }
    }

    /// Another contact is offered to an agent: could this one have had it?
    fn passed_over(
        &mut self,
        contact: ContactId,
        agent: AgentId,
        offers: &[Effect],
        logged: &Logged,
        named: bool,
    ) {
        let engine = self.replay.engine();
        let moment = Moment::before(engine, offers, self.replay.cursors());
        if !moment.is_eligible(self.contact, agent) {
            return;
        }
        let absent = engine.contact(self.contact).is_some_and(|our| our.orphan_at.is_some());
        let by = match (moment.place_of(self.contact), moment.place_of(contact)) {
            _ if named => "a supervisor named it",
            _ if absent => "this one's front end was absent",
            (Some(ours), Some(theirs)) if theirs < ours => words::before(theirs.before_by(&ours)),
            _ => "it should not have been: report this",
        };
        self.passed.push(Passed {
            seq: logged.seq,
            at: words::instant(logged.now),
            agent: words::agent(engine, agent),
            contact: words::contact(contact),
            by: by.into(),
        });
    }

    /// The contact is offered to an agent.
    fn offered(
        &mut self,
        agent: AgentId,
        offer: OfferId,
        (before, offers): (&[Effect], &[Effect]),
        logged: &Logged,
        named: bool,
    ) {
        let engine = self.replay.engine();
        let moment = Moment::before(engine, offers, self.replay.cursors());
        let Some(explained) = moment.explain(self.contact) else { return };
        let until = self.known.get(&agent).map(|(since, verdict)| Until {
            verdict: words::verdict(verdict).into(),
            text: words::verdict_text(verdict, engine),
            since: words::instant(*since),
        });
        let rivals = explained.rivals.iter().map(|rival| Rival {
            contact: words::contact(rival.contact),
            after_by: words::after(rival.after_by).into(),
        });
        let decision = Decision {
            seq: logged.seq,
            at: words::instant(logged.now),
            age_ms: words::age_ms(&explained.contact, logged.now),
            offer: words::offer(offer),
            agent: words::agent(engine, agent),
            by: if named { "supervisor" } else { "matching" }.into(),
            because: due::because(logged.command.as_ref(), before, (self.contact, agent), engine),
            queue: words::queue(engine, explained.contact.queue),
            strategy: words::strategy(explained.strategy).into(),
            place: words::place(&explained.place),
            asks: words::asks(&explained, engine),
            ahead: explained.ahead,
            agents: self.agents(&explained.candidates),
            rivals: rivals.collect(),
            until,
            passed: std::mem::take(&mut self.passed),
        };
        self.offer = Some(offer);
        self.known.clear();
        if let Some(trace) = &mut self.trace {
            trace.decisions.push(decision);
        }
    }

    fn agents(&self, candidates: &[explain::Candidate]) -> Vec<Candidate> {
        let engine = self.replay.engine();
        let said = candidates.iter().map(|candidate| Candidate {
            agent: words::agent(engine, candidate.agent),
            verdict: words::verdict(&candidate.verdict).into(),
            text: words::verdict_text(&candidate.verdict, engine),
        });
        said.collect()
    }

    /// An effect of this contact, in the timeline.
    fn tell(&mut self, logged: &Logged, effect: &Effect) {
        let engine = self.replay.engine();
        let about = words::about(effect) == Some(self.contact)
            || self.offer.is_some_and(|offer| words::about_offer(effect) == Some(offer));
        if !about {
            return;
        }
        self.last = engine.contact(self.contact).or(self.last.take());
        let Some(record) = &self.last else { return };
        let (event, text) = words::effect(effect, record, engine);
        let entry = Entry {
            seq: logged.seq,
            at: words::instant(logged.now),
            age_ms: words::age_ms(record, logged.now),
            event: event.into(),
            text,
        };
        let trace = self.trace.get_or_insert_with(|| begun(record, engine));
        match effect {
            Effect::Ended { .. } => {
                trace.state.clone_from(&entry.text);
                self.over = true;
            }
            Effect::WrapUp { .. } => self.over = false,
            Effect::WrapUpOver { .. } => self.over = true,
            _ => {}
        }
        trace.timeline.push(entry);
    }

    /// While it waits: what each agent is to it now, where that may have changed.
    fn look_again(&mut self, now: Timestamp, effects: &[Effect], touched: &BTreeSet<AgentId>) {
        let engine = self.replay.engine();
        let waits = |record: ContactRecord| record.state == ContactState::Waiting;
        if !engine.contact(self.contact).is_some_and(waits) {
            self.known.clear();
            return;
        }
        let moment = Moment::present(engine);
        let changed = |effect: &Effect| {
            *effect == Effect::Configured || words::about(effect) == Some(self.contact)
        };
        if self.known.is_empty() || effects.iter().any(changed) {
            let Some(explained) = moment.explain(self.contact) else { return };
            for explain::Candidate { agent, verdict } in explained.candidates {
                note(&mut self.known, agent, now, verdict);
            }
            return;
        }
        for &agent in touched {
            if let Some(verdict) = moment.why_not(self.contact, agent) {
                note(&mut self.known, agent, now, verdict);
            }
        }
    }
}

/// Notes what an agent is, and since when it is that.
fn note(
    known: &mut BTreeMap<AgentId, (Timestamp, Verdict)>,
    agent: AgentId,
    now: Timestamp,
    verdict: Verdict,
) {
    let before = known.get(&agent);
    let since = before.filter(|(_, before)| *before == verdict).map_or(now, |&(since, _)| since);
    known.insert(agent, (since, verdict));
}

const fn queues(effect: &Effect, sought: ContactId) -> bool {
    matches!(effect, Effect::Queued { contact, .. } if contact.0 == sought.0)
}

/// The agent whose standing an effect can change.
const fn agent_of(effect: &Effect) -> Option<AgentId> {
    match *effect {
        Effect::Offered { agent, .. }
        | Effect::OfferFailed { agent, .. }
        | Effect::OfferRevoked { agent, .. }
        | Effect::Connected { agent, .. }
        | Effect::WrapUp { agent, .. }
        | Effect::WrapUpOver { agent, .. }
        | Effect::AgentState { agent, .. }
        | Effect::AgentSkills { agent }
        | Effect::AgentCapacity { agent } => Some(agent),
        Effect::Ended { agent, .. } => agent,
        _ => None,
    }
}

/// A trace that has nothing to tell yet.
fn begun(record: &ContactRecord, engine: &Engine) -> Trace {
    Trace {
        contact: words::contact(record.contact),
        channel: record.channel.name().into(),
        previous: record.previous.map(words::contact),
        state: words::state(Some(record), engine).unwrap_or_default(),
        timeline: Vec::new(),
        decisions: Vec::new(),
        waits: None,
    }
}

/// A trace as an auditor reads it, at most 100 columns wide.
pub fn text(trace: &Trace) -> String {
    text::render(trace)
}
