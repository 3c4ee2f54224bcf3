//! Names and numbers: what clients call a thing, and what the engine does.

use std::sync::Arc;

use acd_core::limits::{LEVEL_MAX, PRIORITY_MAX};
use acd_core::{AgentId, Engine, Need, QueueId, ReasonId, SkillId};
use acd_proto::near::nearest;
use acd_proto::{ErrorBody, Kind};

use crate::config::Dispositions;

/// Every name ever defined, by number, shared with the events that carry it.
#[derive(Debug, Default)]
pub(crate) struct Names {
    queues: Vec<Arc<str>>,
    agents: Vec<Arc<str>>,
    skills: Vec<Arc<str>>,
    reasons: Vec<Arc<str>>,
}

impl Names {
    /// Takes over the names defined since. Numbers never change their names.
    pub(crate) fn refresh(&mut self, engine: &Engine) {
        let names = engine.names();
        for (known, all) in [
            (&mut self.queues, &names.queues),
            (&mut self.agents, &names.agents),
            (&mut self.skills, &names.skills),
            (&mut self.reasons, &names.reasons),
        ] {
            known.extend(all.iter().skip(known.len()).map(|name| Arc::from(name.as_str())));
        }
    }

    pub(crate) fn queue(&self, id: QueueId) -> Arc<str> {
        of(&self.queues, id.0)
    }

    pub(crate) fn agent(&self, id: AgentId) -> Arc<str> {
        of(&self.agents, id.0)
    }

    /// As [`queue`](Self::queue), borrowed.
    pub(crate) fn queue_text(&self, id: QueueId) -> &str {
        text_of(&self.queues, id.0)
    }

    /// As [`agent`](Self::agent), borrowed.
    pub(crate) fn agent_text(&self, id: AgentId) -> &str {
        text_of(&self.agents, id.0)
    }

    /// The queue that has, or had, this name.
    pub(crate) fn queue_once_named(&self, name: &str) -> Option<QueueId> {
        number_of(&self.queues, name).map(QueueId)
    }

    /// The agent that has, or had, this name.
    pub(crate) fn agent_once_named(&self, name: &str) -> Option<AgentId> {
        number_of(&self.agents, name).map(AgentId)
    }

    pub(crate) fn skill(&self, id: SkillId) -> Arc<str> {
        of(&self.skills, id.0)
    }

    pub(crate) fn reason(&self, id: ReasonId) -> Arc<str> {
        of(&self.reasons, id.0)
    }
}

fn of(names: &[Arc<str>], number: u32) -> Arc<str> {
    Arc::clone(shared(names, number))
}

fn text_of(names: &[Arc<str>], number: u32) -> &str {
    shared(names, number)
}

fn shared(names: &[Arc<str>], number: u32) -> &Arc<str> {
    let name = (number as usize).checked_sub(1).and_then(|index| names.get(index));
    name.expect("the engine gives numbers of things defined")
}

fn number_of(names: &[Arc<str>], name: &str) -> Option<u32> {
    names.iter().position(|known| **known == *name).map(|index| index as u32 + 1)
}

/// The defined queue of that name.
pub(crate) fn queue(engine: &Engine, field: &str, name: &str) -> Result<QueueId, ErrorBody> {
    engine.queue_named(name).ok_or_else(|| {
        let known = engine.definitions().queues.iter().map(|queue| queue.name.as_str());
        unknown(Kind::UnknownQueue, "no queue has this name", field, name, known)
    })
}

/// The defined agent of that name.
pub(crate) fn agent(engine: &Engine, field: &str, name: &str) -> Result<AgentId, ErrorBody> {
    engine.agent_named(name).ok_or_else(|| {
        let known = engine.definitions().agents.iter().map(|agent| agent.name.as_str());
        unknown(Kind::UnknownAgent, "no agent has this name", field, name, known)
    })
}

/// The defined skill of that name.
pub(crate) fn skill(engine: &Engine, field: &str, name: &str) -> Result<SkillId, ErrorBody> {
    engine.skill_named(name).ok_or_else(|| {
        let known = engine.definitions().skills.iter().map(String::as_str);
        unknown(Kind::UnknownSkill, "no skill has this name", field, name, known)
    })
}

/// The defined not-ready reason of that name.
pub(crate) fn reason(engine: &Engine, field: &str, name: &str) -> Result<ReasonId, ErrorBody> {
    engine.reason_named(name).ok_or_else(|| {
        let known = engine.definitions().reasons.iter().map(String::as_str);
        unknown(Kind::UnknownReason, "no reason for not ready has this name", field, name, known)
    })
}

/// What came of a contact, where its queue's list has it.
pub(crate) fn disposition(
    dispositions: &Dispositions,
    queue: &str,
    text: &str,
) -> Result<(), ErrorBody> {
    if dispositions.admit(queue, text) {
        return Ok(());
    }
    let known = dispositions.of(queue);
    let message = "the queue's dispositions have none of this name";
    let names = known.iter().map(String::as_str);
    let error = unknown(Kind::UnknownDisposition, message, "disposition", text, names);
    Err(error.expected(known.join(", ")))
}

/// Levels by skill name as needs.
pub(crate) fn needs<'a>(
    engine: &Engine,
    field: &str,
    levels: impl IntoIterator<Item = (&'a String, &'a u8)>,
) -> Result<Vec<Need>, ErrorBody> {
    levels
        .into_iter()
        .map(|(name, &level)| {
            let skill = skill(engine, field, name)?;
            within(&format!("{field}.{name}"), u64::from(level), 1, u64::from(LEVEL_MAX))?;
            Ok(Need { skill, level })
        })
        .collect()
}

/// A priority, 0..=9.
pub(crate) fn prio(prio: u8) -> Result<u8, ErrorBody> {
    within("prio", u64::from(prio), 0, u64::from(PRIORITY_MAX)).map(|()| prio)
}

/// Refuses a number outside its bounds, naming the field, the number and the bounds.
pub(crate) fn within(field: &str, got: u64, least: u64, most: u64) -> Result<(), ErrorBody> {
    if (least..=most).contains(&got) {
        return Ok(());
    }
    let expected = format!("{least} to {most}");
    Err(ErrorBody::new(Kind::BadParams, format!("`{field}` is {got}: it must be {expected}"))
        .field(field)
        .got(got.to_string())
        .expected(expected))
}

fn unknown<'a>(
    kind: Kind,
    message: &str,
    field: &str,
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> ErrorBody {
    let near = nearest(name, known).map(str::to_owned);
    ErrorBody::new(kind, message).field(field).got(short(name)).near(near)
}

/// The text, cut where it is too long to give back.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(64).collect()
}
