//! What residents may do over the web.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::resolve::At::{Index, Key};
use super::resolve::Resolver;
use super::scalar::Name;

/// The residents' door: what `--http` and `acd web` let the public do.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct WebText {
    /// The queues that residents may choose; without any the door is closed.
    #[schemars(length(max = 1000))]
    queues: Vec<Name>,
    /// Sites whose pages may ask, by scheme and name; the door's own always may.
    #[schemars(length(max = 100))]
    origins: Vec<String>,
    /// Inquiries a minute from one address.
    #[schemars(range(min = 1, max = 100_000))]
    inquiries_per_minute: u32,
    /// Whether a proxy in front says in `X-Forwarded-For` who asks.
    behind_proxy: bool,
}

impl Default for WebText {
    fn default() -> Self {
        Self {
            queues: Vec::new(),
            origins: Vec::new(),
            inquiries_per_minute: 6,
            behind_proxy: false,
        }
    }
}

/// What residents may do over the web.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Web {
    /// The queues that they may choose.
    pub queues: Vec<String>,
    /// Sites whose pages may ask.
    pub origins: Vec<String>,
    /// Inquiries a minute from one address.
    pub inquiries_per_minute: u32,
    /// Whether a proxy in front says who asks.
    pub behind_proxy: bool,
}

impl Resolver<'_, '_, '_> {
    /// What the file says of the web.
    pub(super) fn web(&mut self) -> Web {
        let web = &self.file.web;
        for (index, Name(queue)) in web.queues.iter().enumerate() {
            self.known(&[Key("web"), Key("queues"), Index(index)], "queue", queue);
        }
        for (index, origin) in web.origins.iter().enumerate() {
            let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            if host.is_none_or(|host| host.is_empty() || host.contains(['/', ' ', '*'])) {
                let message = format!(
                    "{origin:?} is no site: expected scheme and name only, as in \
                     \"https://www.city.example\""
                );
                self.problem(&[Key("web"), Key("origins"), Index(index)], message);
            }
        }
        Web {
            queues: web.queues.iter().map(|name| name.0.clone()).collect(),
            origins: web.origins.clone(),
            inquiries_per_minute: web.inquiries_per_minute,
            behind_proxy: web.behind_proxy,
        }
    }
}
