//! After-contact work: when it starts, is extended and ends, and the contact leaves its agent
//! (rule 12).

use crate::agent::{insert_sorted, remove_sorted};
use crate::checks::Checks;
use crate::deadline::{Deadline, Timed};
use crate::definitions::WrapUpMode;
use crate::effect::{Effect, Effects};
use crate::ids::{AgentId, ContactId, QueueId};
use crate::rejection::Rejection;
use crate::state::{ContactRecord, ContactState, WrapUpRecord};
use crate::time::{Nanos, Timestamp};
use crate::world::World;

impl World {
    /// An ended contact goes from its agent, if it had one: into wrap-up, or out of its hands.
    pub(crate) fn release_from_agent(
        &mut self,
        ended: &ContactRecord,
        staying: bool,
        out: &mut Effects,
    ) {
        let (ContactState::Connected { agent, since } | ContactState::Parked { agent, since }) =
            ended.state
        else {
            return;
        };
        let policy = self.queue(ended.queue).policy.wrap_up;
        let latest = self.now.after(policy.maximum);
        let (until, mandatory) = match policy.mode {
            WrapUpMode::None => {
                self.let_go(ended.contact, ended.channel, ended.state);
                self.learn_handle(ended.queue, self.now.since(since));
                self.leave(agent, staying, out);
                return;
            }
            WrapUpMode::Fixed { length, mandatory } => (self.now.after(length), mandatory),
            WrapUpMode::Manual => (latest, false),
        };
        let parked = matches!(ended.state, ContactState::Parked { .. });
        let holder = self.agent_mut(agent);
        remove_sorted(&mut holder.held, ended.contact);
        insert_sorted(&mut holder.wrap_ups, ended.contact);
        holder.parked -= u16::from(parked);
        let contact = ended.contact;
        let (channel, queue, connected_at) = (ended.channel, ended.queue, since);
        let record =
            WrapUpRecord { contact, agent, channel, queue, connected_at, until, latest, mandatory };
        let timer = self.timers.arm(until.signed(), Deadline::WrapUpEnd(contact));
        self.wrap_ups.insert(contact, Timed { record, timer });
        out.push(Effect::WrapUp { contact, agent, until });
        debug_assert!(until <= latest, "a wrap-up has a maximum");
    }

    pub(crate) fn wrap_done(
        &mut self,
        mut checks: Checks,
        (agent, contact): (AgentId, ContactId),
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        let mandatory =
            self.check_wrap_up(&mut checks, agent, contact).is_some_and(|w| w.mandatory);
        checks.refuse_if(mandatory, Rejection::WrapUpMandatory);
        checks.finish()?;
        self.finish_wrap_up(contact, out);
        Ok(())
    }

    pub(crate) fn wrap_extend(
        &mut self,
        mut checks: Checks,
        (agent, contact): (AgentId, ContactId),
        by: Nanos,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        checks.duration(by);
        self.check_wrap_up(&mut checks, agent, contact);
        checks.finish()?;
        let WrapUpRecord { until, latest, .. } = self.wrap_ups[contact].record;
        self.extend_wrap_up(contact, until.after(by).min(latest), out);
        debug_assert!(self.wrap_ups[contact].record.until >= until, "its end never moves back");
        Ok(())
    }

    fn check_wrap_up(
        &self,
        checks: &mut Checks,
        agent: AgentId,
        contact: ContactId,
    ) -> Option<WrapUpRecord> {
        let issued = (1..=self.counters.contacts).contains(&contact.0);
        checks.refuse_if(!issued, Rejection::UnknownContact);
        checks.agent(self, agent);
        let running = self.wrap_ups.get(contact).map(|wrap_up| wrap_up.record);
        let running = running.filter(|wrap_up| wrap_up.agent == agent);
        checks.require(running, Rejection::NotWrappingUp)
    }

    /// Moves a wrap-up's end to an instant, unless it ends later.
    pub(crate) fn extend_wrap_up(
        &mut self,
        contact: ContactId,
        until: Timestamp,
        out: &mut Effects,
    ) {
        let running = self.wrap_ups.get_mut(contact).expect("the wrap-up runs");
        if until > running.record.until {
            running.record.until = until;
            let end = (until.signed(), Deadline::WrapUpEnd(contact));
            running.timer = self.timers.change(running.timer, end);
            out.push(Effect::WrapUpExtended { contact, until });
        }
    }

    /// Ends a wrap-up: the contact leaves its agent.
    pub(crate) fn finish_wrap_up(&mut self, contact: ContactId, out: &mut Effects) {
        let Timed { record, timer } = self.wrap_ups.remove(contact).expect("the wrap-up runs");
        self.timers.disarm(timer);
        let holder = self.agent_mut(record.agent);
        remove_sorted(&mut holder.wrap_ups, contact);
        holder.slots[record.channel as usize] -= 1;
        let handle = self.now.since(record.connected_at);
        self.learn_handle(record.queue, handle);
        out.push(Effect::WrapUpOver { contact, agent: record.agent, handle });
        self.leave(record.agent, false, out);
    }

    /// Measures a handle time, if the contact's queue is still defined.
    fn learn_handle(&mut self, queue: QueueId, handle: Nanos) {
        if self.queue_if_defined(queue).is_some() {
            self.queue_mut(queue).learn_handle(handle);
        }
    }
}
