//! Asks the city's system, never for long and never too often.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::Settings;
use super::answer::{self, Known, Standing};

/// Bytes of an answer that are read.
const BODY_BYTES_MAX: u64 = 64 * 1024;
/// Answers kept; the oldest goes.
const KEPT_MAX: usize = 10_000;
/// Failures in a row after which nothing is asked for [`PAUSE`].
const FAILURES_MAX: u32 = 5;
/// How long a system that fails is left alone.
const PAUSE: Duration = Duration::from_secs(10);

/// The city's system, and what it said lately.
#[derive(Debug)]
pub(super) struct City {
    agent: ureq::Agent,
    endpoint: String,
    jurisdiction: Option<String>,
    keep: Duration,
    said: Mutex<Said>,
}

#[derive(Debug, Default)]
struct Said {
    kept: BTreeMap<String, (Instant, Arc<Known>)>,
    failures: u32,
    paused_until: Option<Instant>,
}

impl City {
    pub(super) fn new(settings: &Settings) -> Self {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(settings.timeout))
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent("acd")
            .build()
            .into();
        Self {
            agent,
            endpoint: settings.endpoint.trim_end_matches('/').to_owned(),
            jurisdiction: settings.jurisdiction.clone(),
            keep: settings.keep,
            said: Mutex::default(),
        }
    }

    /// What is known of a request. Blocks for as long as the system may take.
    pub(super) fn ask(&self, reference: &str) -> Arc<Known> {
        if !answer::is_reference(reference) {
            return Arc::new(Known::only(Standing::Unknown));
        }
        let now = Instant::now();
        {
            let said = self.said.lock();
            if let Some((since, known)) = said.kept.get(reference)
                && now.duration_since(*since) < self.keep
            {
                return Arc::clone(known);
            }
            if said.paused_until.is_some_and(|until| now < until) {
                return Arc::new(Known::only(Standing::Unreachable));
            }
        }
        let answered = self.fetch(reference);
        self.said.lock().answered(reference, answered)
    }

    fn fetch(&self, reference: &str) -> Result<Known, String> {
        let mut request = self.agent.get(format!("{}/requests/{reference}.json", self.endpoint));
        if let Some(jurisdiction) = &self.jurisdiction {
            request = request.query("jurisdiction_id", jurisdiction);
        }
        let mut response = request.call().map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(BODY_BYTES_MAX).read_to_vec();
        answer::read(reference, status, &body.map_err(|error| error.to_string())?)
    }
}

impl Said {
    fn answered(&mut self, reference: &str, answered: Result<Known, String>) -> Arc<Known> {
        let now = Instant::now();
        match answered {
            Ok(known) => {
                if self.failures >= FAILURES_MAX {
                    tracing::info!("the city's system answers again");
                }
                (self.failures, self.paused_until) = (0, None);
                let known = Arc::new(known);
                self.kept.insert(reference.to_owned(), (now, Arc::clone(&known)));
                if self.kept.len() > KEPT_MAX {
                    let oldest = self.kept.iter().min_by_key(|(_, (since, _))| *since);
                    let oldest = oldest.map(|(reference, _)| reference.clone());
                    oldest.map(|oldest| self.kept.remove(&oldest));
                }
                known
            }
            Err(why) => {
                self.failures = self.failures.saturating_add(1);
                if self.failures == 1 || self.failures == FAILURES_MAX {
                    tracing::warn!(%why, "a request cannot be looked up");
                }
                if self.failures >= FAILURES_MAX {
                    self.paused_until = Some(now + PAUSE);
                }
                Arc::new(Known::only(Standing::Unreachable))
            }
        }
    }
}
