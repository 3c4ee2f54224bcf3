//! The invariants, told from effects and state alone: an auditor that trusts neither side.

use std::collections::{BTreeMap, BTreeSet};

use acd_core::{
    AgentId, AgentRecord, Channel, ContactId, ContactRecord, ContactState, Definitions, Effect,
    Presence, State,
};

/// Follows one run.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// Origin and entry number of every contact ever accepted.
    accepted: BTreeMap<ContactId, (i64, u64)>,
    ended: BTreeSet<ContactId>,
}

impl Audit {
    /// Checks what one accepted command did, given the state after it.
    ///
    /// # Errors
    /// Says which invariant is broken.
    pub fn follow(&mut self, effects: &[Effect], state: &State) -> Result<(), String> {
        self.conservation(effects, state)?;
        one_offer_each(state)?;
        signed_out_agents_hold_nothing(state)?;
        for effect in effects {
            within_capacity(effect, state)?;
        }
        work_conserving(state)
    }

    /// Every accepted contact is live or has ended once; origin and entry number never change.
    fn conservation(&mut self, effects: &[Effect], state: &State) -> Result<(), String> {
        for effect in effects {
            match effect {
                Effect::Queued { contact, .. } => {
                    let live = state.contacts.iter().find(|record| record.contact == *contact);
                    let record = live.ok_or(format!("{contact:?} is queued and not live"))?;
                    let known = self.accepted.insert(*contact, (record.origin, record.entry));
                    ensure(known.is_none(), || format!("{contact:?} is queued twice"))?;
                }
                Effect::Ended { contact, .. } => {
                    let accepted = self.accepted.contains_key(contact);
                    ensure(accepted, || format!("{contact:?} ends and was never accepted"))?;
                    let once = self.ended.insert(*contact);
                    ensure(once, || format!("{contact:?} ends twice"))?;
                }
                _ => {}
            }
        }
        for record in &state.contacts {
            let known = self.accepted.get(&record.contact);
            ensure(known == Some(&(record.origin, record.entry)), || {
                format!("{:?} changed its origin or entry number", record.contact)
            })?;
            ensure(!self.ended.contains(&record.contact), || {
                format!("{:?} has ended and is live", record.contact)
            })?;
        }
        let live = self.accepted.len() - self.ended.len();
        ensure(live == state.contacts.len(), || "a contact was lost".into())
    }
}

fn one_offer_each(state: &State) -> Result<(), String> {
    let agents: BTreeSet<_> = state.offers.iter().map(|offer| offer.agent).collect();
    ensure(agents.len() == state.offers.len(), || "an agent has two offers".into())?;
    for offer in &state.offers {
        let contact = state.contacts.iter().find(|record| record.contact == offer.contact);
        let reserved = ContactState::Offered { offer: offer.offer };
        ensure(contact.is_some_and(|contact| contact.state == reserved), || {
            format!("{:?} reserves no contact", offer.offer)
        })?;
        let agent = find_agent(state, offer.agent)?;
        let available = agent.presence == Presence::Ready
            && agent.pending.is_none()
            && agent.paused_until.is_none();
        ensure(available, || format!("{:?} has an offer and takes none", offer.agent))?;
    }
    let offered = state.contacts.iter();
    let offered =
        offered.filter(|contact| matches!(contact.state, ContactState::Offered { .. })).count();
    ensure(offered == state.offers.len(), || "a contact is offered without an offer".into())
}

fn signed_out_agents_hold_nothing(state: &State) -> Result<(), String> {
    for agent in &state.agents {
        let holds = !held(state, agent.agent).is_empty();
        let out = agent.presence == Presence::SignedOut;
        ensure(!(out && holds), || format!("{:?} is signed out and holds a contact", agent.agent))?;
        ensure(agent.pending.is_none() || holds, || {
            format!("{:?} has a pending request and holds nothing", agent.agent)
        })?;
    }
    Ok(())
}

/// An offer made by this command, or an attended connection, leaves the agent within capacity.
fn within_capacity(effect: &Effect, state: &State) -> Result<(), String> {
    let (contact, agent, reserved) = match effect {
        Effect::Offered { contact, agent, .. } => (contact, agent, 1),
        Effect::Connected { contact, agent, offer: None } => (contact, agent, 0),
        _ => return Ok(()),
    };
    let Some(contact) = state.contacts.iter().find(|record| record.contact == *contact) else {
        return Err(format!("{contact:?} is offered or connected and not live"));
    };
    let held = held(state, *agent);
    let count = held.iter().filter(|(channel, _)| *channel == contact.channel).count();
    let capacity = usize::from(find_agent(state, *agent)?.capacity[contact.channel]);
    ensure(count + reserved <= capacity, || format!("{agent:?} holds more than its capacity"))
}

/// No waiting, unsuspended contact has an eligible agent.
fn work_conserving(state: &State) -> Result<(), String> {
    for contact in &state.contacts {
        let present = state.front_ends.iter().any(|front_end| {
            front_end.front_end == contact.front_end && front_end.lost_at.is_none()
        });
        if contact.state != ContactState::Waiting || !present {
            continue;
        }
        for agent in &state.agents {
            let eligible = is_free(state, agent, contact.channel) && fits(state, agent, contact);
            ensure(!eligible, || {
                format!("{:?} waits while {:?} is eligible", contact.contact, agent.agent)
            })?;
        }
    }
    Ok(())
}

fn is_free(state: &State, agent: &AgentRecord, channel: Channel) -> bool {
    let held = held(state, agent.agent);
    let count = held.iter().filter(|(of, _)| *of == channel).count();
    agent.presence == Presence::Ready
        && agent.pending.is_none()
        && agent.paused_until.is_none()
        && !state.offers.iter().any(|offer| offer.agent == agent.agent)
        && count < usize::from(agent.capacity[channel])
        && !held.iter().any(|(channel, parked)| !parked && channel.blocks())
}

fn fits(state: &State, agent: &AgentRecord, contact: &ContactRecord) -> bool {
    if contact.prefer_until.is_some() {
        return contact.prefer.contains(&agent.agent);
    }
    let names = &state.names;
    let Definitions { queues, agents, .. } = &state.definitions;
    let queue = &names.queues[contact.queue.0 as usize - 1];
    let Some(queue) = queues.iter().find(|defined| defined.name == *queue) else { return false };
    let step = &queue.steps[usize::from(contact.step)];
    let name = &names.agents[agent.agent.0 as usize - 1];
    let site = agents.iter().find(|defined| defined.name == *name);
    let site = site.and_then(|defined| defined.site.as_ref());
    let level = |skill: &str| {
        let of = |number: u32| names.skills[number as usize - 1] == skill;
        agent.skills.iter().find(|(number, _)| of(number.0)).map_or(0, |(_, level)| *level)
    };
    let meets_needs = contact.needs.iter().all(|need| {
        let name = &names.skills[need.skill.0 as usize - 1];
        step.drops.contains(name) || level(name) >= need.level
    });
    let meets_step = step
        .alternatives
        .iter()
        .any(|terms| terms.iter().all(|term| level(&term.skill) >= term.level));
    let at_site = step.sites.is_empty() || site.is_some_and(|site| step.sites.contains(site));
    meets_needs && meets_step && at_site
}

/// Channels of what an agent holds, and whether it is parked.
fn held(state: &State, agent: AgentId) -> Vec<(Channel, bool)> {
    let mut all = Vec::new();
    for contact in &state.contacts {
        match contact.state {
            ContactState::Connected { agent: by, .. } if by == agent => {
                all.push((contact.channel, false));
            }
            ContactState::Parked { agent: by, .. } if by == agent => {
                all.push((contact.channel, true));
            }
            _ => {}
        }
    }
    for wrap_up in state.wrap_ups.iter().filter(|wrap_up| wrap_up.agent == agent) {
        all.push((wrap_up.channel, false));
    }
    all
}

fn find_agent(state: &State, agent: AgentId) -> Result<&AgentRecord, String> {
    let found = state.agents.iter().find(|record| record.agent == agent);
    found.ok_or(format!("{agent:?} is not defined"))
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
