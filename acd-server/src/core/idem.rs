//! Idempotency: the first result of a request, given again for the same key.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use acd_core::{Nanos, Timestamp};
use acd_proto::{ErrorBody, Kind};

use crate::limits::IDEM_ENTRIES_MAX;

type Key = (Arc<str>, Box<str>);

/// First results by client name and key, for a time.
#[derive(Debug)]
pub(crate) struct Idempotency {
    keep: Nanos,
    entries: BTreeMap<Key, Entry>,
    by_age: VecDeque<(Timestamp, Key)>,
}

#[derive(Debug)]
struct Entry {
    digest: u64,
    /// The result as JSON.
    result: Arc<str>,
}

impl Idempotency {
    pub(crate) const fn new(keep: Nanos) -> Self {
        Self { keep, entries: BTreeMap::new(), by_age: VecDeque::new() }
    }

    /// From now on keys are remembered for so long.
    pub(crate) const fn set_keep(&mut self, keep: Nanos) {
        self.keep = keep;
    }

    /// The first result under this key; an error where it came with another request, or where no
    /// more keys can be remembered.
    pub(crate) fn recall(
        &mut self,
        client: &Arc<str>,
        idem: &str,
        digest: u64,
        now: Timestamp,
    ) -> Result<Option<Arc<str>>, ErrorBody> {
        self.expire(now);
        match self.entries.get(&(Arc::clone(client), Box::from(idem))) {
            Some(entry) if entry.digest == digest => Ok(Some(Arc::clone(&entry.result))),
            Some(_) => {
                let message = "this `idem` came with another request before";
                Err(ErrorBody::new(Kind::IdemMismatch, message).field("idem").got(idem))
            }
            None if self.entries.len() >= IDEM_ENTRIES_MAX => {
                let message = "as many idempotency keys are remembered as may be";
                Err(ErrorBody::new(Kind::Limit, message).field("idem"))
            }
            None => Ok(None),
        }
    }

    /// Remembers a first result. A request that was refused has changed nothing and may be sent
    /// again under its key.
    pub(crate) fn remember(
        &mut self,
        client: &Arc<str>,
        idem: &str,
        digest: u64,
        result: Arc<str>,
        now: Timestamp,
    ) {
        self.expire(now);
        let key: Key = (Arc::clone(client), idem.into());
        self.by_age.push_back((now, key.clone()));
        self.entries.insert(key, Entry { digest, result });
    }

    /// What is remembered, oldest first: since when, by whom, under which key, which request, and
    /// its result.
    pub(crate) fn iter(
        &self,
    ) -> impl Iterator<Item = (Timestamp, &Arc<str>, &str, u64, &Arc<str>)> {
        self.by_age.iter().filter_map(|(since, key)| {
            let entry = self.entries.get(key)?;
            Some((*since, &key.0, &*key.1, entry.digest, &entry.result))
        })
    }

    fn expire(&mut self, now: Timestamp) {
        while let Some((since, _)) = self.by_age.front() {
            if since.after(self.keep) > now {
                break;
            }
            if let Some((_, key)) = self.by_age.pop_front() {
                self.entries.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_result_is_given_for_a_time_and_to_its_client_only() {
        let mut idem = Idempotency::new(Nanos::from_secs(600));
        let (ana, bo): (Arc<str>, Arc<str>) = ("ana".into(), "bo".into());
        assert_eq!(idem.recall(&ana, "k", 1, Timestamp(0)), Ok(None));
        idem.remember(&ana, "k", 1, "{}".into(), Timestamp(0));
        let later = Timestamp(0).after(Nanos::from_secs(599));
        assert_eq!(idem.recall(&ana, "k", 1, later), Ok(Some("{}".into())));
        assert_eq!(idem.recall(&bo, "k", 1, later), Ok(None));
        let mismatch = idem.recall(&ana, "k", 2, later).map_err(|error| error.data.kind);
        assert_eq!(mismatch, Err(Kind::IdemMismatch));
        assert_eq!(idem.recall(&ana, "k", 2, later.after(Nanos::from_secs(1))), Ok(None));
    }
}
