//! Who spoke last with a resident, or about a request to the city: whom a later contact prefers.
//!
//! *Invariant:* neither numbers nor references are kept beyond their contact: the table holds
//! digests, which differ from log to log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use acd_core::{AgentId, ContactId, Nanos, Timestamp};
use sha2::{Digest as _, Sha256};

use super::Core;
use super::contacts::Caller;
use crate::limits::ACQUAINTANCES_MAX;

/// What a resident or a request is known by.
type Digest = u64;

/// The agent who spoke last with each.
#[derive(Debug, Default)]
pub(super) struct Acquaintances {
    last: BTreeMap<Digest, (AgentId, Timestamp)>,
    /// The same by age, so that the oldest can go.
    by_age: BTreeSet<(Timestamp, Digest)>,
}

impl Acquaintances {
    /// This agent has spoken with whoever, or about whatever, has that digest.
    pub(super) fn met(&mut self, digest: Digest, agent: AgentId, now: Timestamp) {
        if let Some((_, before)) = self.last.insert(digest, (agent, now)) {
            self.by_age.remove(&(before, digest));
        }
        self.by_age.insert((now, digest));
        while self.last.len() > ACQUAINTANCES_MAX
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.last.remove(&oldest);
        }
        debug_assert_eq!(self.last.len(), self.by_age.len(), "both tables know the same");
    }

    /// Who spoke last, not longer ago than that.
    fn of(&self, digest: Digest, now: Timestamp, within: Nanos) -> Option<AgentId> {
        let &(agent, since) = self.last.get(&digest)?;
        (now.since(since) <= within).then_some(agent)
    }

    /// All of them, the oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Digest, AgentId, Timestamp)> {
        self.by_age.iter().map(|&(since, digest)| (digest, self.last[&digest].0, since))
    }
}

impl Core {
    /// Whom a contact prefers that names nobody: who handled the request it is about, else who
    /// spoke last with its resident.
    pub(super) fn acquaintance(&self, caller: &Caller) -> Option<(AgentId, Nanos)> {
        let returning = self.config.returning?;
        let known = |digest| self.acquaintances.of(digest, self.now, returning.within);
        let met = self.digests(caller).into_iter().flatten().filter_map(known);
        let agent = { met }.find(|&agent| self.engine.agent(agent).is_some())?;
        Some((agent, returning.prefer))
    }

    /// A contact is together with this agent.
    pub(super) fn meet(&mut self, contact: ContactId, agent: AgentId) {
        if self.config.returning.is_none() {
            return;
        }
        let Some(entry) = self.contacts.get(contact) else { return };
        for digest in self.digests(&entry.caller).into_iter().flatten() {
            self.acquaintances.met(digest, agent, self.now);
        }
    }

    /// Of the request it is about, and of its resident.
    fn digests(&self, caller: &Caller) -> [Option<Digest>; 2] {
        let digest = |kind: &str, text: &Option<Arc<str>>| {
            let text = text.as_ref().filter(|text| !text.is_empty())?;
            let digest = Sha256::new()
                .chain_update(self.epoch.as_bytes())
                .chain_update(kind.as_bytes())
                .chain_update(text.as_bytes())
                .finalize();
            digest.first_chunk().map(|first| u64::from_le_bytes(*first))
        };
        [digest("/reference/", &caller.reference), digest("/from/", &caller.from)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_where_there_are_too_many() {
        let mut known = Acquaintances::default();
        for n in 0..=ACQUAINTANCES_MAX as u64 {
            known.met(n, AgentId(1), Timestamp(n + 1));
        }
        known.met(1, AgentId(2), Timestamp(9_000_000));
        known.met(9_999_999, AgentId(3), Timestamp(9_000_001));
        let of = |digest| known.of(digest, Timestamp(9_000_001), Nanos(9_000_001));
        assert_eq!((of(0), of(1), of(2)), (None, Some(AgentId(2)), None));
        assert_eq!((of(3), of(9_999_999)), (Some(AgentId(1)), Some(AgentId(3))));
        assert_eq!(known.iter().count(), ACQUAINTANCES_MAX);
        assert_eq!(known.of(9_999_999, Timestamp(9_000_003), Nanos(1)), None, "too long ago");
    }
}
