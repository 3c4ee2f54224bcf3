//! Requests of agents: signing in and out, ready and not, skills, capacity, wrap-up.

use std::collections::BTreeMap;

use acd_core::{AgentId, Capacity, Channel, Command, Presence};
use acd_proto::request::{
    AgentCapacity, AgentLogin, AgentSkills, AgentState, AgentWrapDone, AgentWrapExtend, OneAgent,
};
use acd_proto::{ErrorBody, Kind};

use super::connection::Actor;
use super::contact_requests::{length, text};
use super::dispatch::Caller;
use super::query::not_yours;
use super::reply::Answer;
use super::side::Side;
use super::timers::Timer;
use super::{Core, names, words};

/// Counts by channel name.
fn by_channel(field: &str, counts: &BTreeMap<String, u8>) -> Result<Vec<(Channel, u8)>, ErrorBody> {
    let channels = Channel::ALL.map(|channel| (channel.name(), channel));
    counts.iter().map(|(name, &n)| Ok((words::one_of(field, name, &channels)?, n))).collect()
}

impl Core {
    pub(crate) fn agent_login(&mut self, caller: &Caller, params: AgentLogin) -> Answer {
        let agent = self.own_agent(caller, params.agent.as_deref())?;
        let device = text("device", params.device)?.filter(|device| !device.is_empty());
        let named = by_channel("capacity", &params.capacity)?;
        let capacity = self.login_capacity(agent, &named, device.is_some());
        let by_front_end = match caller.actor {
            Actor::FrontEnd(front_end) => Some(front_end),
            _ => None,
        };
        let command = Command::SignIn { agent, capacity: Some(capacity) };
        self.submit_with(command, Side::SignIn { agent, device, by_front_end })?;
        Ok(self.agent_result(agent))
    }

    /// What an agent may hold: as defined, but for what it names; without a device, no calls.
    fn login_capacity(&self, agent: AgentId, named: &[(Channel, u8)], device: bool) -> Capacity {
        let name = self.names.agent(agent);
        let defined = self.engine.definitions().agents.iter().find(|known| *known.name == *name);
        let mut capacity = defined.map_or_else(Capacity::default, |known| known.capacity);
        let count = |channel| named.iter().find(|(known, _)| *known == channel).map(|&(_, n)| n);
        let voice = count(Channel::Voice);
        // Callback = voice (rule 4), where only voice is named.
        let callback = count(Channel::Callback).or(voice);
        for (channel, count) in [(Channel::Voice, voice), (Channel::Callback, callback)] {
            match count {
                Some(count) => capacity[channel] = count,
                None if !device => capacity[channel] = 0,
                None => {}
            }
        }
        for &(channel, count) in named {
            capacity[channel] = count;
        }
        capacity
    }

    pub(crate) fn agent_says(&mut self, caller: &Caller, params: &AgentState) -> Answer {
        let agent = self.own_agent(caller, params.agent.as_deref())?;
        self.set_ready(agent, &params.state, params.reason.as_deref())?;
        Ok(self.agent_result(agent))
    }

    /// An agent is ready from now on, or not, for this reason.
    pub(super) fn set_ready(
        &mut self,
        agent: AgentId,
        state: &str,
        reason: Option<&str>,
    ) -> Result<(), ErrorBody> {
        let ready = words::one_of("state", state, &[("ready", true), ("not_ready", false)])?;
        let reason = match reason {
            Some(_) if ready => {
                let message = "`reason` goes with not_ready only";
                return Err(ErrorBody::new(Kind::BadParams, message).field("reason"));
            }
            Some(name) => Some(names::reason(&self.engine, "reason", name)?),
            None => None,
        };
        self.submit(if ready {
            Command::Ready { agent }
        } else {
            Command::NotReady { agent, reason }
        })
    }

    pub(crate) fn agent_logout(&mut self, caller: &Caller, params: &OneAgent) -> Answer {
        let agent = self.own_agent(caller, params.agent.as_deref())?;
        self.submit(Command::SignOut { agent })?;
        Ok(self.agent_result(agent))
    }

    pub(crate) fn agent_skills(&mut self, params: &AgentSkills) -> Answer {
        let agent = names::agent(&self.engine, "agent", &params.agent)?;
        let set = names::needs(&self.engine, "set", &params.set)?;
        let unset = params.unset.iter().map(|name| names::skill(&self.engine, "unset", name));
        let unset = unset.collect::<Result<_, _>>()?;
        self.submit(Command::SetSkills { agent, set, unset })?;
        Ok(self.agent_result(agent))
    }

    pub(crate) fn agent_capacity(&mut self, caller: &Caller, params: &AgentCapacity) -> Answer {
        let agent = match caller.actor {
            Actor::Watcher => match params.agent.as_deref() {
                Some(name) => names::agent(&self.engine, "agent", name)?,
                None => return Err(missing_agent()),
            },
            _ => self.own_agent(caller, params.agent.as_deref())?,
        };
        let set = by_channel("set", &params.set)?;
        self.submit(Command::SetCapacity { agent, set })?;
        Ok(self.agent_result(agent))
    }

    pub(crate) fn agent_wrap_done(&mut self, caller: &Caller, params: AgentWrapDone) -> Answer {
        let agent = self.own_agent(caller, params.agent.as_deref())?;
        let contact = self.wrapped_contact(&params.contact)?;
        let disposition = self.disposition(contact, params.disposition)?;
        let command = Command::WrapDone { agent, contact };
        match disposition {
            text @ Some(_) => {
                self.submit_with(command, Side::Disposed { contact, agent, text })?;
            }
            None => self.submit(command)?,
        }
        Ok(self.agent_result(agent))
    }

    pub(crate) fn agent_wrap_extend(
        &mut self,
        caller: &Caller,
        params: &AgentWrapExtend,
    ) -> Answer {
        let agent = self.own_agent(caller, params.agent.as_deref())?;
        let contact = self.wrapped_contact(&params.contact)?;
        self.submit(Command::WrapExtend { agent, contact, by: length(params.ms) })?;
        Ok(self.agent_result(agent))
    }

    /// The agent a request is about: an agent's own, or one without a desktop of a front end.
    pub(super) fn own_agent(
        &self,
        caller: &Caller,
        name: Option<&str>,
    ) -> Result<AgentId, ErrorBody> {
        let named = match name {
            Some(name) => Some(names::agent(&self.engine, "agent", name)?),
            None => None,
        };
        match (&caller.actor, named) {
            (Actor::Agent(own), None) => Ok(*own),
            (Actor::Agent(own), Some(agent)) if agent == *own => Ok(agent),
            (Actor::FrontEnd(_), Some(agent)) if self.desks.desktop(agent).is_none() => Ok(agent),
            (Actor::FrontEnd(_), None) => Err(missing_agent()),
            _ => Err(not_yours("agent")),
        }
    }

    /// Whether an agent is signed in.
    pub(crate) fn is_signed_in(&self, agent: AgentId) -> bool {
        let record = self.engine.agent(agent);
        record.is_some_and(|record| record.presence != Presence::SignedOut)
    }

    /// The desktop is there again: its chats stay.
    pub(crate) fn desktop_back(&mut self, agent: AgentId) {
        self.no_timer(Timer::RequeueChats(agent));
        self.no_timer(Timer::LoseDesk(agent));
    }
}

fn missing_agent() -> ErrorBody {
    ErrorBody::new(Kind::BadParams, "`agent` is missing").field("agent")
}
