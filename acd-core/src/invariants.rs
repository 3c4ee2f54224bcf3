//! What holds between any two commands, checked from the records alone.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::agent::Agent;
use crate::channel::Channel;
use crate::contact::{self, Contact};
use crate::deadline::{Deadline, Timed};
use crate::ids::{AgentId, ContactId};
use crate::limits;
use crate::matching::Wanted;
use crate::queue::Queue;
use crate::state::{ContactState, Presence};
use crate::world::{FrontEnd, World};

/// Contacts and agents up to which debug builds check everything after each command.
const SMALL: usize = 64;

/// Says what is broken unless the condition holds.
macro_rules! ensure {
    ($holds:expr, $($says:tt)*) => {
        if !$holds {
            return Err(format!($($says)*));
        }
    };
}

impl World {
    /// Checks every invariant, while that costs little.
    pub(crate) fn check_if_small(&self) -> Result<(), String> {
        let small = self.contacts.len() <= SMALL && self.agents.len() <= SMALL;
        if small { self.check_invariants() } else { Ok(()) }
    }

    /// Checks every invariant; says which one is broken.
    pub(crate) fn check_invariants(&self) -> Result<(), String> {
        ensure!(self.settled(), "a record is touched and not settled");
        ensure!(self.ranked(), "a contact waits outside its queue's order");
        let mut entries = BTreeSet::new();
        let mut deadlines = self.offers.len() + self.wrap_ups.len();
        for (id, contact) in self.contacts.iter() {
            ensure!(entries.insert(contact.record.entry), "{id:?}: its entry number is taken");
            self.check_contact(id, contact)?;
            deadlines += usize::from(contact.timer.is_some());
        }
        self.check_offers()?;
        for agent in self.agents.iter().flatten() {
            self.check_agent(agent)?;
            deadlines += usize::from(agent.record.paused_until.is_some());
            deadlines += agent.record.temporary.len();
        }
        self.check_wrap_ups()?;
        self.check_front_ends()?;
        for queue in self.queues.iter().flatten() {
            deadlines += usize::from(queue.overflow_timer.is_some());
            self.check_queue(queue)?;
        }
        ensure!(deadlines == self.timers.len(), "a deadline is armed that nothing asks for");
        for (agent, listed) in self.preferring.iter().enumerate() {
            let agent = AgentId(agent as u32 + 1);
            let preferring = self.contacts.iter().filter(|(_, c)| c.record.prefer.contains(&agent));
            let right = preferring.map(|(id, _)| id).eq(listed.iter().copied());
            ensure!(right, "{agent:?}: preferring contacts are listed wrongly");
        }
        self.matcher.check_serving(&self.agents)?;
        self.check_work_conserving()
    }

    fn check_contact(&self, id: ContactId, contact: &Contact) -> Result<(), String> {
        let record = &contact.record;
        ensure!(record.contact == id, "{id:?}: stored under another number");
        ensure!((1..=self.counters.contacts).contains(&id.0), "{id:?}: never issued");
        let queue = self.queue_if_defined(record.queue);
        let Some(queue) = queue else { return Err(format!("{id:?}: its queue is gone")) };
        ensure!(record.prio <= limits::PRIORITY_MAX, "{id:?}: priority {}", record.prio);
        ensure!(record.hops <= limits::HOPS_MAX, "{id:?}: {} hops", record.hops);
        ensure!(record.entry <= self.counters.entries, "{id:?}: entry number never issued");
        ensure!(record.origin <= record.entered_at.signed(), "{id:?}: older than time");
        ensure!(record.entered_at <= self.now, "{id:?}: from the future");
        let first = contact::first_deadline(record, &queue.policy);
        ensure!(self.timers.is_set(contact.timer, first), "{id:?}: its timer is not set by it");
        ensure!(
            record.prefer.is_empty() == record.prefer_until.is_none(),
            "{id:?}: half a preference"
        );
        if record.unanswered() {
            let steps = queue.policy.steps.len();
            ensure!(usize::from(record.step) < steps, "{id:?}: beyond the last step");
            let preferred = record.prefer.is_empty() || self.any_signed_in(&record.prefer);
            ensure!(preferred, "{id:?}: prefers only agents who are out");
        } else {
            ensure!(record.prefer.is_empty(), "{id:?}: prefers, though it is not to be offered");
        }
        let waits = record.state == ContactState::Waiting;
        let key = waits.then(|| contact::key(record, &queue.policy));
        ensure!(contact.listed == key, "{id:?}: not listed by its key");
        let absent = self.lost_at(record.front_end).is_some();
        ensure!((waits && absent) == record.orphan_at.is_some(), "{id:?}: suspended wrongly");
        ensure!(!record.orphaned || record.suspended(), "{id:?}: orphaned, not suspended");
        ensure!(!record.held || record.holder().is_some(), "{id:?}: on hold, not connected");
        self.check_place(id, contact)
    }

    /// A contact is where its state says.
    fn check_place(&self, id: ContactId, contact: &Contact) -> Result<(), String> {
        match contact.record.state {
            ContactState::Waiting | ContactState::Scheduled { .. } => {}
            ContactState::Offered { offer } => {
                let offer = self.offers.get(offer);
                ensure!(offer.is_some_and(|o| o.record.contact == id), "{id:?}: its offer is gone");
            }
            ContactState::Connected { agent, since } | ContactState::Parked { agent, since } => {
                let agent = self.agent_if_defined(agent);
                ensure!(agent.is_some_and(|a| a.held.contains(&id)), "{id:?}: held by nobody");
                ensure!(since <= self.now, "{id:?}: connected in the future");
                ensure!(contact.record.wait_counted, "{id:?}: its wait is not counted");
            }
        }
        Ok(())
    }

    fn check_offers(&self) -> Result<(), String> {
        for (id, Timed { record: offer, timer }) in self.offers.iter() {
            ensure!((1..=self.counters.offers).contains(&id.0), "{id:?}: never issued");
            let contact = self.contact_if_live(offer.contact);
            let offered = contact.map(|contact| contact.state);
            ensure!(
                offered == Some(ContactState::Offered { offer: id }),
                "{id:?}: its contact is {offered:?}"
            );
            let agent = self.agent_if_defined(offer.agent);
            ensure!(agent.is_some_and(|a| a.offer == Some(id)), "{id:?}: its agent has another");
            let expiry = Some((offer.until.signed(), Deadline::OfferExpiry(id)));
            ensure!(self.timers.is_set(Some(*timer), expiry), "{id:?}: never expires");
        }
        Ok(())
    }

    fn check_agent(&self, agent: &Agent) -> Result<(), String> {
        let (record, id) = (&agent.record, agent.record.agent);
        ensure!(agent.held.is_sorted(), "{id:?}: what it holds is not sorted");
        ensure!(agent.wrap_ups.is_sorted(), "{id:?}: its wrap-ups are not sorted");
        let (mut slots, mut parked) = ([0_u8; 6], 0);
        for &contact in &agent.held {
            let Some(held) = self.contact_if_live(contact) else {
                return Err(format!("{id:?}: holds {contact:?}, which is over"));
            };
            ensure!(held.holder() == Some(id), "{id:?}: {contact:?} is not its");
            slots[held.channel as usize] += 1;
            parked += u16::from(matches!(held.state, ContactState::Parked { .. }));
        }
        for &contact in &agent.wrap_ups {
            let wrap_up = self.wrap_ups.get(contact).map(|wrap_up| wrap_up.record);
            let Some(wrap_up) = wrap_up.filter(|wrap_up| wrap_up.agent == id) else {
                return Err(format!("{id:?}: no wrap-up of {contact:?}"));
            };
            slots[wrap_up.channel as usize] += 1;
        }
        ensure!(slots == agent.slots, "{id:?}: its slots are miscounted");
        ensure!(parked == agent.parked, "{id:?}: its parked contacts are miscounted");
        ensure!(parked == 0 || agent.interrupted(), "{id:?}: parks without an interruption");
        let ready = record.presence == Presence::Ready;
        ensure!(!ready || record.idle_number > 0, "{id:?}: ready without an idle number");
        ensure!(record.idle_number <= self.counters.idle_numbers, "{id:?}: idle number unissued");
        let out = record.presence == Presence::SignedOut;
        ensure!(!out || !agent.holds_any(), "{id:?}: signed out with contacts");
        ensure!(!out || agent.standing() == (record.presence, None, None), "{id:?}: half out");
        ensure!(record.pending.is_none() || agent.holds_any(), "{id:?}: waits for nothing");
        let offered = agent.offer.is_none_or(|offer| self.offers.contains(offer));
        ensure!(offered, "{id:?}: its offer is over");
        let may_be_offered = ready && record.pending.is_none() && record.paused_until.is_none();
        ensure!(agent.offer.is_none() || may_be_offered, "{id:?}: offered, though not to be");
        ensure!(agent.listed == agent.free(), "{id:?}: listed wrongly as free");
        ensure!(record.skills.is_sorted_by(|a, b| a.0 < b.0), "{id:?}: skills not sorted");
        let pause = record.paused_until.map(|until| (until.signed(), Deadline::PauseEnd(id)));
        ensure!(self.timers.is_set(agent.pause, pause), "{id:?}: its pause never ends");
        ensure!(agent.returns.len() == record.temporary.len(), "{id:?}: returns are miscounted");
        for (temporary, &timer) in record.temporary.iter().zip(&agent.returns) {
            let due = temporary.until.signed();
            let back = Some((due, Deadline::SkillReturn(id, temporary.skill)));
            ensure!(self.timers.is_set(Some(timer), back), "{id:?}: {temporary:?} never returns");
        }
        Ok(())
    }

    fn check_wrap_ups(&self) -> Result<(), String> {
        for (contact, Timed { record: wrap_up, timer }) in self.wrap_ups.iter() {
            ensure!(self.contact_if_live(contact).is_none(), "{contact:?}: wrapped up alive");
            let agent = self.agent_if_defined(wrap_up.agent);
            let known = agent.is_some_and(|agent| agent.wrap_ups.contains(&contact));
            ensure!(known, "{contact:?}: its agent does not know its wrap-up");
            let end = Some((wrap_up.until.signed(), Deadline::WrapUpEnd(contact)));
            ensure!(self.timers.is_set(Some(*timer), end), "{contact:?}: its wrap-up never ends");
        }
        Ok(())
    }

    fn check_front_ends(&self) -> Result<(), String> {
        for FrontEnd { record, live } in &self.front_ends {
            let id = record.front_end;
            let its = self.contacts.values().filter(|contact| contact.record.front_end == id);
            ensure!(its.count() == *live, "{id:?}: contacts miscounted");
        }
        Ok(())
    }

    fn check_queue(&self, queue: &Queue) -> Result<(), String> {
        let id = queue.record.queue;
        let of_queue = || self.contacts.values().filter(|contact| contact.record.queue == id);
        ensure!(of_queue().count() == queue.live as usize, "{id:?}: contacts miscounted");
        let listed = of_queue().filter_map(|c| Some((c.listed?, c.record.contact)));
        let mut listed: Vec<_> = listed.collect();
        listed.sort_unstable();
        ensure!(
            queue.waiting(&self.chunks).eq(listed.iter().copied()),
            "{id:?}: waiting in a wrong order"
        );
        ensure!(queue.waiting.len() == listed.len(), "{id:?}: waiting miscounted");
        let waiting = of_queue().filter(|contact| contact.listed.is_some());
        let oldest = waiting.map(|contact| contact.record.origin).min();
        ensure!(
            queue.oldest_origin(&self.chunks) == oldest,
            "{id:?}: its oldest origin is not {oldest:?}"
        );
        ensure!(queue.record.abandons < limits::ABANDONS_BEFORE_HALVING, "{id:?}: not halved");
        Ok(())
    }

    /// No waiting, unsuspended contact has an eligible agent: asked agent by agent, without the
    /// lists that matching keeps.
    fn check_work_conserving(&self) -> Result<(), String> {
        let free: Vec<&Agent> = self.agents.iter().flatten().filter(|agent| agent.free()).collect();
        for contact in self.contacts.values() {
            let record = &contact.record;
            if record.state != ContactState::Waiting || record.suspended() {
                continue;
            }
            let wanted = Wanted::by(record, self.queue(record.queue));
            let channel: Channel = record.channel;
            let idle = free.iter().find(|agent| agent.has_room(channel) && wanted.admits(agent));
            if let Some(agent) = idle {
                let (waits, idle) = (record.contact, agent.record.agent);
                return Err(format!("{waits:?} waits while {idle:?} is eligible"));
            }
        }
        Ok(())
    }
}
