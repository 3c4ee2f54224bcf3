//! A changed configuration into the running engine: whole, or not at all.

use acd_core::{Command, Definitions};
use acd_proto::reply::Reloaded;
use acd_proto::{ErrorBody, Kind, Method};

use super::commit::refusal;
use super::connection::ConnectionId;
use super::dispatch::may;
use super::reply::{Answer, Reply};
use super::side::Side;
use super::statistics::goals;
use super::{Core, nanos};
use crate::config::Config;
use crate::run::RunError;

impl Core {
    /// Applies a configuration that was read; nothing that waits loses its place.
    pub(crate) fn reload(&mut self, config: Config) -> Answer {
        self.advance();
        let definitions = Box::new(config.definitions.clone());
        let beside = Some(Side::Goals(goals(&config)));
        self.commit_with(Command::Configure(definitions), beside).map_err(|rejection| {
            let error = refusal(rejection);
            match self.in_use(&config.definitions) {
                Some(what) => ErrorBody { message: what, ..error },
                None => error,
            }
        })?;
        let at_restart = self.only_at_restart(&config);
        self.idem.set_keep(nanos(config.idem_keep));
        self.config = Config {
            listen: self.config.listen.clone(),
            tokens: self.config.tokens.clone(),
            seed: self.config.seed,
            ..config
        };
        self.follow_hours();
        tracing::info!(?at_restart, "configuration applied");
        Ok(Reply::Reloaded(Reloaded {
            queues: self.config.definitions.queues.len(),
            agents: self.config.definitions.agents.len(),
            at_restart,
        }))
    }

    /// Takes over what the configuration says otherwise than the log.
    pub(super) fn configure_if_changed(&mut self) -> Result<(), RunError> {
        let same_goals = self.statistics.goals() == goals(&self.config);
        if *self.engine.definitions() == self.config.definitions && same_goals {
            return Ok(());
        }
        let beside = Some(Side::Goals(goals(&self.config)));
        let command = Command::Configure(Box::new(self.config.definitions.clone()));
        self.commit_with(command, beside).map_err(|rejection| {
            match self.in_use(&self.config.definitions) {
                Some(what) => RunError::InUse(what),
                None => RunError::Definitions(rejection),
            }
        })
    }

    /// Whether a connection may have the configuration read again.
    pub(crate) fn may_reload(&mut self, id: ConnectionId) -> Result<(), ErrorBody> {
        self.advance();
        let caller = self.caller(id);
        let error = || ErrorBody::new(Kind::HelloFirst, "say `hello` first");
        may(caller.ok_or_else(error)?.role, Method::ConfigReload)
    }

    /// What of the present definitions is missing in the new ones, and in use.
    fn in_use(&self, new: &Definitions) -> Option<String> {
        let now = self.engine.definitions();
        let queue = now.queues.iter().find(|queue| {
            new.queues.iter().all(|kept| kept.name != queue.name)
                && self.contacts.iter().any(|(_, contact)| *contact.of.queue == *queue.name)
        });
        if let Some(queue) = queue {
            return Some(format!(
                "queue `{}` still has contacts and cannot be removed",
                queue.name
            ));
        }
        let agent = now.agents.iter().find(|agent| {
            let signed_in = self.engine.agent_named(&agent.name);
            new.agents.iter().all(|kept| kept.name != agent.name)
                && signed_in.is_some_and(|id| self.is_signed_in(id))
        })?;
        Some(format!("agent `{}` is signed in and cannot be removed", agent.name))
    }

    /// Settings that differ and that a running server keeps.
    fn only_at_restart(&self, new: &Config) -> Vec<String> {
        let now = &self.config;
        [
            ("listen", now.listen != new.listen),
            ("tokens", now.tokens != new.tokens),
            ("seed", now.seed != new.seed),
            ("time_zone", now.city.time_zone != new.city.time_zone),
            (
                "event_ring",
                now.limits.event_ring_entries != new.limits.event_ring_entries
                    || now.limits.event_ring_bytes != new.limits.event_ring_bytes,
            ),
        ]
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| name.to_owned())
        .collect()
    }
}
