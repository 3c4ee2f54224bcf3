//! An agent's states: sign-in, sign-out, ready, not ready, lost, and what waits for the last
//! contact to leave (rule 10).

use crate::agent::Standing;
use crate::channel::Capacity;
use crate::checks::Checks;
use crate::deadline::Deadline;
use crate::effect::{Effect, Effects, FailCause, RevokeCause};
use crate::ids::{AgentId, ReasonId};
use crate::limits;
use crate::rejection::Rejection;
use crate::state::{NotReadyReason, Pending, Presence};
use crate::time::{Nanos, Timestamp};
use crate::world::World;

impl World {
    pub(crate) fn sign_in(
        &mut self,
        mut checks: Checks,
        agent: AgentId,
        capacity: Option<Capacity>,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        let above = |capacity: Capacity| capacity.0.iter().any(|&may| may > limits::CAPACITY_MAX);
        checks.refuse_if(capacity.is_some_and(above), Rejection::BadCapacity);
        checks.agent(self, agent);
        checks.finish()?;
        let capacity = capacity.unwrap_or(self.agent(agent).default_capacity);
        if self.is_signed_in(agent) {
            self.change_capacity(agent, capacity, out);
            return Ok(());
        }
        let standing = self.agent(agent).standing();
        debug_assert!(!self.agent(agent).holds_any(), "who is signed out holds nothing");
        let record = &mut self.agent_mut(agent).record;
        record.presence = Presence::NotReady(NotReadyReason::SignedIn);
        record.capacity = capacity;
        (record.work, record.idle) = (Nanos(0), Nanos(0));
        (record.connected, record.no_answers) = (0, 0);
        self.tell_standing(agent, standing, out);
        debug_assert!(self.is_signed_in(agent));
        Ok(())
    }

    pub(crate) fn ready(
        &mut self,
        mut checks: Checks,
        agent: AgentId,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        checks.signed_in(self, agent);
        checks.finish()?;
        let standing = self.agent(agent).standing();
        self.set_pause(agent, None);
        let record = &mut self.agent_mut(agent).record;
        record.pending = None;
        record.no_answers = 0;
        let before = core::mem::replace(&mut record.presence, Presence::Ready);
        if before != Presence::Ready {
            self.renew_idle_number(agent);
        }
        self.tell_standing(agent, standing, out);
        debug_assert_eq!(self.agent(agent).standing(), (Presence::Ready, None, None));
        Ok(())
    }

    pub(crate) fn not_ready(
        &mut self,
        mut checks: Checks,
        agent: AgentId,
        reason: Option<ReasonId>,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        checks.signed_in(self, agent);
        let unknown = reason.is_some_and(|reason| !self.tables.reasons.is_defined(reason.0));
        checks.refuse_if(unknown, Rejection::UnknownReason);
        checks.finish()?;
        let reason = reason.map_or(NotReadyReason::Unspecified, NotReadyReason::Given);
        self.request(agent, Pending::NotReady(reason), out);
        Ok(())
    }

    pub(crate) fn sign_out(
        &mut self,
        mut checks: Checks,
        agent: AgentId,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        checks.signed_in(self, agent);
        checks.finish()?;
        self.request(agent, Pending::SignOut, out);
        Ok(())
    }

    /// A request first rejects the agent's offer, without a pause.
    fn request(&mut self, agent: AgentId, request: Pending, out: &mut Effects) {
        if let Some(offer) = self.agent(agent).offer {
            self.fail_offer(offer, FailCause::Rejected, out);
        }
        self.withdraw_agent(agent, request, out);
    }

    pub(crate) fn agent_lost(
        &mut self,
        mut checks: Checks,
        agent: AgentId,
        out: &mut Effects,
    ) -> Result<(), Rejection> {
        checks.signed_in(self, agent);
        checks.finish()?;
        if let Some(offer) = self.agent(agent).offer {
            self.revoke_and_requeue(offer, RevokeCause::AgentLost, out);
        }
        self.withdraw_agent(agent, Pending::NotReady(NotReadyReason::Lost), out);
        Ok(())
    }

    /// Grants a request at once, or lets it wait for the last contact to leave.
    fn withdraw_agent(&mut self, agent: AgentId, request: Pending, out: &mut Effects) {
        debug_assert!(self.agent(agent).offer.is_none(), "the agent's offer is over");
        let standing = self.agent(agent).standing();
        self.agent_mut(agent).record.pending = Some(request);
        if self.agent(agent).holds_any() {
            self.tell_standing(agent, standing, out);
        } else {
            self.grant_pending(agent, standing, out);
        }
        debug_assert!(!self.agent(agent).free(), "a request keeps contacts away");
    }

    /// Makes the pending request the agent's state; its standing was as given before.
    fn grant_pending(&mut self, agent: AgentId, standing: Standing, out: &mut Effects) {
        debug_assert!(!self.agent(agent).holds_any(), "the last contact has left");
        let record = &mut self.agent_mut(agent).record;
        match record.pending.take().expect("a request is pending") {
            Pending::NotReady(reason) => record.presence = Presence::NotReady(reason),
            Pending::SignOut => {
                record.presence = Presence::SignedOut;
                self.set_pause(agent, None);
            }
        }
        self.tell_standing(agent, standing, out);
        if !self.is_signed_in(agent) {
            self.end_preferences_for(agent, out);
        }
    }

    /// A contact has left the agent: it goes to the end of idle order, takes up what it set
    /// aside, and, unless `staying` (another contact connects at once), a request that waited for
    /// that is granted.
    pub(crate) fn leave(&mut self, agent: AgentId, staying: bool, out: &mut Effects) {
        self.renew_idle_number(agent);
        if !self.agent(agent).interrupted() {
            self.resume_parked(agent, out);
        }
        let pending = self.agent(agent).record.pending.is_some();
        if pending && !staying && !self.agent(agent).holds_any() {
            let standing = self.agent(agent).standing();
            self.grant_pending(agent, standing, out);
        }
    }

    /// Gives the agent the next idle number, and fixes the keys that go with it (rule 7).
    pub(crate) fn renew_idle_number(&mut self, agent: AgentId) {
        self.counters.idle_numbers += 1;
        let number = self.counters.idle_numbers;
        let random = next_random(&mut self.counters.random);
        let agent = self.agent_mut(agent);
        agent.record.idle_number = number;
        agent.record.idle_holds_none = !agent.holds_any();
        agent.record.idle_occupancy = agent.occupancy();
        agent.record.idle_contacts = agent.record.connected;
        agent.record.idle_random = random;
    }

    /// Pauses an agent until an instant, or ends its pause.
    pub(crate) fn set_pause(&mut self, id: AgentId, until: Option<Timestamp>) {
        if until.is_none() && self.agent(id).record.paused_until.is_none() {
            return;
        }
        let agent = self.agent_mut(id);
        agent.record.paused_until = until;
        let timer = agent.pause;
        let end = until.map(|until| (until.signed(), Deadline::PauseEnd(id)));
        let timer = self.timers.set(timer, end);
        self.agent_mut(id).pause = timer;
    }

    /// Says what has become of an agent, if its standing differs from the one before.
    pub(crate) fn tell_standing(&self, id: AgentId, before: Standing, out: &mut Effects) {
        let now = self.agent(id).standing();
        if now != before {
            let (presence, pending, paused_until) = now;
            out.push(Effect::AgentState { agent: id, presence, pending, paused_until });
        }
    }

    /// Idle numbers draw from here on.
    pub(crate) fn seed(&mut self, checks: Checks, seed: u64) -> Result<(), Rejection> {
        checks.finish()?;
        self.counters.random = seed;
        Ok(())
    }
}

/// The next number of splitmix64.
const fn next_random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::next_random;

    #[test]
    fn random_numbers_are_those_of_splitmix64() {
        // The first outputs for seed 1234567, as published with the algorithm.
        let mut state = 1_234_567;
        assert_eq!(next_random(&mut state), 6_457_827_717_110_365_317);
        assert_eq!(next_random(&mut state), 3_203_168_211_198_807_973);
    }
}
