//! How many agents serve those who ask for the same: what rule 19 divides by.
//!
//! Agents begin and cease to serve as they sign in, rest and leave, far less often than contacts
//! ask how long they will wait. So each class has a count, which who begins or ceases to serve
//! changes for every class that its signature satisfies.

use alloc::format;
use alloc::string::String;

use super::Matcher;
use super::eligible::{Profile, Wanted};
use crate::agent::{Agent, channels_in};
use crate::ids::{AgentId, QueueId};

impl Matcher {
    /// An agent serves otherwise than is counted.
    pub(crate) fn note_serving(&mut self, agent: &mut Agent) {
        let now = agent.serves();
        let before = channels_in(core::mem::replace(&mut agent.served, now));
        let now = channels_in(now);
        let signature = self.idle.signature(agent, &mut self.eligibility);
        self.eligibility.count_serving(signature, before & !now, false);
        self.eligibility.count_serving(signature, now & !before, true);
    }

    /// What agents of the same skills and site have in common, where it is known of this one.
    pub(crate) fn signature_of(&self, agent: AgentId) -> Option<usize> {
        self.idle.signed(agent).map(|signature| signature as usize)
    }

    /// Agents who serve contacts of a queue at a step, which want that and prefer nobody.
    pub(crate) fn serving(&self, wanted: &Wanted<'_>, queue: QueueId, step: u8) -> u32 {
        debug_assert!(wanted.prefer.is_empty(), "preferred agents are no class");
        let class = self.eligibility.classes.find_by(queue, step, wanted.channel, wanted.needs);
        class.map_or_else(
            || self.eligibility.serving_of(wanted),
            |class| self.eligibility.serving(class),
        )
    }

    /// Checks the count of every class against the agents.
    pub(crate) fn check_serving(&self, agents: &[Option<Agent>]) -> Result<(), String> {
        for (id, class) in self.eligibility.classes.all() {
            let serves = |agent: &&Agent| {
                agent.serves()[class.channel] > 0 && class.level(Profile::of(agent)).is_some()
            };
            let (found, kept) =
                (agents.iter().flatten().filter(serves).count(), self.eligibility.serving(id));
            if found != kept as usize {
                return Err(format!("{id:?}: {found} agents serve it, not {kept}"));
            }
        }
        Ok(())
    }
}
