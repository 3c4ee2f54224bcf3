//! What things are called in a scenario, and the numbers they have.

use std::collections::BTreeMap;

use acd_core::{
    AgentId, ContactId, Effect, FrontEndId, Need, OfferId, QueueId, ReasonId, SkillId, State,
};

use super::values;

/// Names that no definition gives: contacts, front ends, and who was offered what.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    contacts: BTreeMap<String, ContactId>,
    pub(super) front_ends: Vec<String>,
    offers: Vec<(OfferId, ContactId, AgentId)>,
}

impl Names {
    /// Calls a contact by the name it was submitted by.
    pub(super) fn bind(&mut self, name: &str, contact: ContactId) -> Result<(), String> {
        if name.starts_with('#') || name == format!("c{}", contact.0) {
            return Ok(());
        }
        let taken = name.strip_prefix('c').is_some_and(|rest| rest.parse::<u64>().is_ok());
        if taken || self.contacts.contains_key(name) {
            return Err(format!("{name} would be contact number {}", contact.0));
        }
        self.contacts.insert(name.to_string(), contact);
        Ok(())
    }

    /// Remembers which offers were made.
    pub(super) fn follow(&mut self, effects: &[Effect]) {
        for effect in effects {
            if let Effect::Offered { contact, offer, agent, .. } = effect {
                self.offers.push((*offer, *contact, *agent));
            }
        }
    }

    pub(super) fn contact(&self, name: &str) -> Result<ContactId, String> {
        if let Some(contact) = self.contacts.get(name) {
            return Ok(*contact);
        }
        let number = name.strip_prefix('c').or(name.strip_prefix('#'));
        let number = number.and_then(|number| number.parse().ok());
        number.map(ContactId).ok_or_else(|| format!("no contact is called `{name}`"))
    }

    pub(super) fn contact_text(&self, contact: ContactId) -> String {
        let named = self.contacts.iter().find(|(_, number)| **number == contact);
        named.map_or_else(|| format!("c{}", contact.0), |(name, _)| name.clone())
    }

    /// The last offer of a contact to an agent.
    pub(super) fn offer(&self, contact: ContactId, agent: AgentId) -> Result<OfferId, String> {
        let made = self.offers.iter().rfind(|(_, of, to)| *of == contact && *to == agent);
        made.map(|(offer, ..)| *offer).ok_or_else(|| "there was no such offer".into())
    }

    /// Contact and agent of an offer.
    pub(super) fn offer_text(&self, offer: OfferId, state: &State) -> String {
        match self.offers.iter().find(|(made, ..)| *made == offer) {
            Some((_, contact, agent)) => {
                format!("{} {}", self.contact_text(*contact), agent_text(*agent, state))
            }
            None => format!("#{}", offer.0),
        }
    }

    pub(super) fn front_end(&self, name: &str) -> Result<FrontEndId, String> {
        index(&self.front_ends, name, "front end").map(FrontEndId)
    }

    pub(super) fn front_end_text(&self, front_end: FrontEndId) -> String {
        text(&self.front_ends, front_end.0)
    }
}

pub(super) fn agent(name: &str, state: &State) -> Result<AgentId, String> {
    index(&state.names.agents, name, "agent").map(AgentId)
}

pub(super) fn agent_text(agent: AgentId, state: &State) -> String {
    text(&state.names.agents, agent.0)
}

pub(super) fn queue(name: &str, state: &State) -> Result<QueueId, String> {
    index(&state.names.queues, name, "queue").map(QueueId)
}

pub(super) fn queue_text(queue: QueueId, state: &State) -> String {
    text(&state.names.queues, queue.0)
}

pub(super) fn skill(name: &str, state: &State) -> Result<SkillId, String> {
    index(&state.names.skills, name, "skill").map(SkillId)
}

pub(super) fn reason(name: &str, state: &State) -> Result<ReasonId, String> {
    index(&state.names.reasons, name, "reason").map(ReasonId)
}

pub(super) fn reason_text(reason: ReasonId, state: &State) -> String {
    text(&state.names.reasons, reason.0)
}

/// `roads:3,es:1`; `none` and nothing for no need at all.
pub(super) fn needs(list: &str, state: &State) -> Result<Vec<Need>, String> {
    let pairs = if list == "none" { Vec::new() } else { values::pairs(list)? };
    let pairs = pairs.into_iter();
    pairs.map(|(name, level)| Ok(Need { skill: skill(name, state)?, level })).collect()
}

pub(super) fn needs_text(needs: &[Need], state: &State) -> String {
    let each = needs
        .iter()
        .map(|need| format!("{}:{}", text(&state.names.skills, need.skill.0), need.level));
    let list = each.collect::<Vec<_>>().join(",");
    if list.is_empty() { "none".into() } else { list }
}

pub(super) fn skills_text(skills: &[SkillId], state: &State) -> String {
    let each = skills.iter().map(|skill| text(&state.names.skills, skill.0));
    each.collect::<Vec<_>>().join(",")
}

/// The number of a name, from 1; `#7` is 7.
fn index(names: &[String], name: &str, what: &str) -> Result<u32, String> {
    if let Some(number) = name.strip_prefix('#') {
        return values::number(number);
    }
    let found = names.iter().position(|known| known == name);
    let number = found.map(|index| index as u32 + 1);
    number.ok_or_else(|| format!("no {what} is called `{name}`"))
}

fn text(names: &[String], number: u32) -> String {
    let known = (number as usize).checked_sub(1).and_then(|index| names.get(index));
    known.cloned().unwrap_or_else(|| format!("#{number}"))
}
