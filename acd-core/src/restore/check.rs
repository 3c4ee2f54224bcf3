//! What holds of every state of an engine, checked on the data alone, in one pass.

use alloc::vec::Vec;

use super::{RestoreError, ensure};
use crate::channel::Channel;
use crate::ids::{AgentId, ContactId, OfferId, SkillId};
use crate::limits;
use crate::state::{
    AgentRecord, ContactRecord, ContactState, Counters, NotReadyReason, OfferRecord, Pending,
    Presence, State, WrapUpRecord,
};
use crate::time::{Nanos, Timestamp};

type Checked = Result<(), RestoreError>;

/// The latest instant that a deadline can be set for: signed, with room for a length of time.
const LATEST: u64 = limits::TIME_MAX + 4 * limits::DURATION_MAX.0;

/// What records say of each agent, by number.
#[derive(Clone, Copy, Debug, Default)]
struct Holding<'s> {
    record: Option<&'s AgentRecord>,
    offer: Option<OfferId>,
    slots: [u8; 6],
    parked: bool,
}

/// Says what is wrong with a state, if anything is.
pub(super) fn check(state: &State) -> Checked {
    ensure!(state.now.0 <= limits::TIME_MAX, "its time is past the last: {:?}", state.now);
    let Counters { contacts, offers, entries, idle_numbers, random: _ } = state.counters;
    let high = [contacts, offers, entries, idle_numbers].into_iter().max().unwrap_or(0);
    ensure!(high <= limits::NUMBER_MAX, "a counter stands at {high}");
    let front_ends = state.front_ends.len();
    ensure!(front_ends <= limits::FRONT_ENDS_MAX, "it has {front_ends} front ends");
    for (record, number) in state.front_ends.iter().zip(1..) {
        ensure!(record.front_end.0 == number, "{:?} is number {number}", record.front_end);
        let lost_at = record.lost_at.unwrap_or_default();
        ensure!(lost_at <= state.now, "{:?} is lost in the future", record.front_end);
    }
    for queue in &state.queues {
        let id = queue.queue;
        let times = queue.handle_us.max(queue.waits_us) <= limits::TIME_MAX;
        ensure!(times, "{id:?} has measured times beyond all time");
        ensure!(queue.abandons < limits::ABANDONS_BEFORE_HALVING, "{id:?}: abandons not halved");
    }
    rising("queues", state.queues.iter().map(|queue| u64::from(queue.queue.0)))?;
    rising("agents", state.agents.iter().map(|agent| u64::from(agent.agent.0)))?;
    rising("contacts", state.contacts.iter().map(|contact| contact.contact.0))?;
    rising("offers", state.offers.iter().map(|offer| offer.offer.0))?;
    rising("wrap-ups", state.wrap_ups.iter().map(|wrap_up| wrap_up.contact.0))?;
    let mut agents = alloc::vec![Holding::default(); state.names.agents.len()];
    let mut idle_numbers = Vec::with_capacity(state.agents.len());
    for record in &state.agents {
        let Some(holding) = agents.get_mut(index(record.agent)) else {
            return Err(RestoreError(alloc::format!("{:?} has no name", record.agent)));
        };
        check_agent(record, state)?;
        holding.record = Some(record);
        idle_numbers.extend(Some(record.idle_number).filter(|&number| number > 0));
    }
    unique("idle number", idle_numbers)?;
    let count = state.contacts.len();
    ensure!(count <= limits::CONTACTS_MAX, "it has {count} live contacts");
    unique("entry number", state.contacts.iter().map(|contact| contact.entry).collect())?;
    for contact in &state.contacts {
        check_contact(contact, state, &mut agents)?;
    }
    for offer in &state.offers {
        check_offer(offer, state, &mut agents)?;
    }
    for wrap_up in &state.wrap_ups {
        check_wrap_up(wrap_up, state, &mut agents)?;
    }
    agents.iter().try_for_each(check_holding)
}

/// Numbers count from 1 and each record comes once, in order.
fn rising(what: &str, numbers: impl Iterator<Item = u64>) -> Checked {
    let mut last = 0;
    for number in numbers {
        ensure!(number > last, "{what}: number {number} comes after {last}");
        last = number;
    }
    Ok(())
}

fn unique(what: &str, mut numbers: Vec<u64>) -> Checked {
    numbers.sort_unstable();
    let twice = numbers.windows(2).find(|pair| pair[0] == pair[1]);
    ensure!(twice.is_none(), "{what} {} is taken twice", twice.map_or(0, |pair| pair[0]));
    Ok(())
}

const fn index(agent: AgentId) -> usize {
    (agent.0 as usize).wrapping_sub(1)
}

const fn fits(due: Timestamp) -> bool {
    due.0 <= LATEST
}

fn check_agent(record: &AgentRecord, state: &State) -> Checked {
    let id = record.agent;
    let known = |skill: SkillId| (1..=state.names.skills.len()).contains(&(skill.0 as usize));
    let level = |level: u8| (1..=limits::LEVEL_MAX).contains(&level);
    let skills = &record.skills;
    ensure!(skills.is_sorted_by(|a, b| a.0 < b.0), "{id:?}: its skills are not in order");
    let good = skills.iter().all(|&(skill, at)| known(skill) && level(at));
    ensure!(good, "{id:?}: a skill or level that there is not");
    let temporary = &record.temporary;
    let sorted = temporary.is_sorted_by(|a, b| a.skill < b.skill);
    ensure!(sorted, "{id:?}: its temporary skills are not in order");
    let good = temporary.iter().all(|t| known(t.skill) && t.former <= limits::LEVEL_MAX);
    ensure!(good, "{id:?}: a temporary skill or level that there is not");
    let pause = record.paused_until.unwrap_or_default();
    ensure!(temporary.iter().all(|t| fits(t.until)) && fits(pause), "{id:?}: past all time");
    let may = record.capacity.0.into_iter().max().unwrap_or(0);
    ensure!(may <= limits::CAPACITY_MAX, "{id:?}: may hold {may} of a channel");
    let reasons = [
        match record.presence {
            Presence::NotReady(reason) => Some(reason),
            Presence::SignedOut | Presence::Ready => None,
        },
        match record.pending {
            Some(Pending::NotReady(reason)) => Some(reason),
            Some(Pending::SignOut) | None => None,
        },
    ];
    for reason in reasons.into_iter().flatten() {
        let NotReadyReason::Given(reason) = reason else { continue };
        let named = (1..=state.names.reasons.len()).contains(&(reason.0 as usize));
        ensure!(named, "{id:?}: not ready for {reason:?}, which has no name");
    }
    let out = record.presence == Presence::SignedOut;
    let rests = record.pending.is_some() || record.paused_until.is_some();
    ensure!(!(out && rests), "{id:?}: signed out, with a pause or request");
    let ready = record.presence == Presence::Ready;
    ensure!(!ready || record.idle_number > 0, "{id:?}: ready without an idle number");
    let issued = record.idle_number <= state.counters.idle_numbers;
    ensure!(issued, "{id:?}: its idle number was never issued");
    let worked = record.work.max(record.idle);
    ensure!(worked <= Nanos(limits::TIME_MAX), "{id:?}: has worked longer than all time");
    Ok(())
}

fn check_contact(record: &ContactRecord, state: &State, agents: &mut [Holding<'_>]) -> Checked {
    let id = record.contact;
    ensure!(id.0 <= state.counters.contacts, "{id:?} was never issued");
    ensure!(record.entry <= state.counters.entries, "{id:?}: its entry number was never issued");
    ensure!(record.prio <= limits::PRIORITY_MAX, "{id:?}: has priority {}", record.prio);
    ensure!(record.hops <= limits::HOPS_MAX, "{id:?}: has {} hops", record.hops);
    let promotions = record.promotions;
    ensure!(promotions <= limits::POLICY_COUNT_MAX, "{id:?}: has risen {promotions} bands");
    ensure!(record.entered_at <= state.now, "{id:?}: is from the future");
    let oldest = -limits::AGE_MAX.0.cast_signed();
    let aged = (oldest..=record.entered_at.signed()).contains(&record.origin);
    ensure!(aged, "{id:?}: its origin {} cannot be", record.origin);
    ensure!(record.needs.len() <= limits::TERMS_MAX, "{id:?}: needs too much");
    let skills = 1..=state.names.skills.len();
    let known = record.needs.iter().all(|need| skills.contains(&(need.skill.0 as usize)));
    ensure!(known, "{id:?}: needs a skill that has no name");
    let absent = match state.front_ends.get((record.front_end.0 as usize).wrapping_sub(1)) {
        Some(front_end) => front_end.lost_at.is_some(),
        None => return Err(RestoreError(alloc::format!("{id:?}: from no known front end"))),
    };
    let waits = record.state == ContactState::Waiting;
    let suspended = waits && absent;
    ensure!(suspended == record.orphan_at.is_some(), "{id:?}: is suspended wrongly");
    ensure!(suspended || !record.orphaned, "{id:?}: is orphaned, not suspended");
    ensure!(!record.held || record.holder().is_some(), "{id:?}: is on hold with nobody");
    let half = record.prefer.is_empty() != record.prefer_until.is_none();
    ensure!(!half, "{id:?}: has half a preference");
    let times = [record.prefer_until, record.orphan_at];
    ensure!(times.into_iter().flatten().all(fits), "{id:?}: waits past all time");
    if !record.prefer.is_empty() {
        let there = |&agent: &AgentId| {
            let record = agents.get(index(agent)).and_then(|agent| agent.record);
            record.is_some_and(|agent| agent.presence != Presence::SignedOut)
        };
        ensure!(record.unanswered(), "{id:?}: prefers, though it is not to be offered");
        ensure!(record.prefer.iter().any(there), "{id:?}: prefers only agents who are out");
        let many = record.prefer.len();
        ensure!(many <= limits::PREFERRED_MAX, "{id:?}: prefers {many} agents");
        let named = record.prefer.iter().all(|&agent| index(agent) < agents.len());
        ensure!(named, "{id:?}: prefers an agent that has no name");
    }
    check_place(record, state, agents)
}

/// A contact is where its state says.
fn check_place(record: &ContactRecord, state: &State, agents: &mut [Holding<'_>]) -> Checked {
    let id = record.contact;
    match record.state {
        ContactState::Waiting => {}
        ContactState::Scheduled { until } => {
            ensure!(fits(until), "{id:?}: is scheduled past all time");
        }
        ContactState::Offered { offer } => {
            let place = state.offers.binary_search_by_key(&offer, |offer| offer.offer);
            let its = place.is_ok_and(|at| state.offers[at].contact == id);
            ensure!(its, "{id:?}: its {offer:?} is not there");
        }
        ContactState::Connected { agent, since } | ContactState::Parked { agent, since } => {
            ensure!(since <= state.now, "{id:?}: was connected in the future");
            ensure!(record.wait_counted, "{id:?}: is connected and its wait not counted");
            hold(agents, agent, record.channel, id)?.parked |=
                matches!(record.state, ContactState::Parked { .. });
        }
    }
    Ok(())
}

fn check_offer(offer: &OfferRecord, state: &State, agents: &mut [Holding<'_>]) -> Checked {
    let id = offer.offer;
    ensure!(id.0 <= state.counters.offers, "{id:?} was never issued");
    let place = state.contacts.binary_search_by_key(&offer.contact, |contact| contact.contact);
    let offered = ContactState::Offered { offer: id };
    let its = place.is_ok_and(|at| state.contacts[at].state == offered);
    ensure!(its, "{id:?}: {:?} does not know it", offer.contact);
    ensure!(fits(offer.until), "{id:?}: expires past all time");
    let agent = agents.get_mut(index(offer.agent));
    let Some((holding, record)) = agent.and_then(|agent| agent.record.map(|of| (agent, of))) else {
        return Err(RestoreError(alloc::format!("{id:?}: {:?} is not defined", offer.agent)));
    };
    let free = record.presence == Presence::Ready
        && record.pending.is_none()
        && record.paused_until.is_none();
    ensure!(free, "{id:?}: {:?} is not to be offered anything", offer.agent);
    let before = holding.offer.replace(id);
    ensure!(before.is_none(), "{:?} has two offers: {before:?} and {id:?}", offer.agent);
    Ok(())
}

fn check_wrap_up(wrap_up: &WrapUpRecord, state: &State, agents: &mut [Holding<'_>]) -> Checked {
    let id = wrap_up.contact;
    ensure!(id.0 <= state.counters.contacts, "{id:?} was never issued");
    let live = state.contacts.binary_search_by_key(&id, |contact| contact.contact).is_ok();
    ensure!(!live, "{id:?}: is live and wrapped up");
    ensure!(wrap_up.connected_at <= state.now, "{id:?}: was connected in the future");
    let ends = fits(wrap_up.until) && fits(wrap_up.latest);
    ensure!(ends, "{id:?}: is wrapped up past all time");
    hold(agents, wrap_up.agent, wrap_up.channel, id).map(|_| ())
}

/// An agent holds one more contact.
fn hold<'h, 's>(
    agents: &'h mut [Holding<'s>],
    agent: AgentId,
    channel: Channel,
    contact: ContactId,
) -> Result<&'h mut Holding<'s>, RestoreError> {
    let holding = agents.get_mut(index(agent)).filter(|holding| holding.record.is_some());
    let Some(holding) = holding else {
        return Err(RestoreError(alloc::format!("{contact:?}: {agent:?} is not defined")));
    };
    let slot = &mut holding.slots[channel as usize];
    ensure!(*slot < u8::MAX, "{agent:?}: holds more than can be of {}", channel.name());
    *slot += 1;
    Ok(holding)
}

/// An agent holds what one in its state can hold.
fn check_holding(holding: &Holding<'_>) -> Checked {
    let Some(record) = holding.record else { return Ok(()) };
    let (id, holds) = (record.agent, holding.slots != [0; 6]);
    let out = record.presence == Presence::SignedOut;
    ensure!(!(out && holds), "{id:?}: is signed out and holds contacts");
    ensure!(holds || record.pending.is_none(), "{id:?}: its request waits for nothing");
    let interrupted = Channel::ALL.into_iter().any(|c| c.blocks() && holding.slots[c as usize] > 0);
    ensure!(!holding.parked || interrupted, "{id:?}: parks without an interruption");
    Ok(())
}
