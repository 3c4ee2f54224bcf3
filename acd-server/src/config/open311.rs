//! Where the city's requests are looked up.

use std::collections::BTreeMap;
use std::time::Duration;

use acd_core::Nanos;
use schemars::JsonSchema;
use serde::Deserialize;

use super::resolve::At::Key;
use super::resolve::Resolver;
use super::scalar::{Length, Name};

/// A system of the city that answers by Open311 `GeoReport` v2.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Open311Text {
    /// Where it is: `https://311.city.example/open311/v2`.
    endpoint: String,
    /// Which of several cities, for a system of several.
    jurisdiction: Option<String>,
    /// How long an answer may take.
    #[serde(default = "timeout")]
    timeout: Length,
    /// How long an answer is kept.
    #[serde(default = "keep")]
    keep: Length,
    /// The queue of each `agency_responsible` that has one here.
    #[serde(default)]
    agencies: BTreeMap<String, Name>,
}

const fn timeout() -> Length {
    Length(Nanos::from_secs(3))
}

const fn keep() -> Length {
    Length(Nanos::from_secs(60))
}

/// A system of the city that answers by Open311 `GeoReport` v2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open311 {
    /// Where it is.
    pub endpoint: String,
    /// Which of several cities.
    pub jurisdiction: Option<String>,
    /// How long an answer may take.
    pub timeout: Duration,
    /// How long an answer is kept.
    pub keep: Duration,
    /// The queue of each agency that has one here.
    pub agencies: BTreeMap<String, String>,
}

impl Resolver<'_, '_, '_> {
    /// What the file says of it.
    pub(super) fn open311(&mut self) -> Option<Open311> {
        let text = self.file.open311.as_ref()?;
        let host = text.endpoint.split_once("://").filter(|(scheme, host)| {
            matches!(*scheme, "http" | "https") && !host.is_empty() && !host.contains(['?', '#'])
        });
        if host.is_none() {
            let message = format!(
                "{:?} is no place to ask: expected the address of a GeoReport v2, as in \
                 \"https://311.city.example/open311/v2\"",
                text.endpoint
            );
            self.problem(&[Key("open311"), Key("endpoint")], message);
        }
        for (agency, Name(queue)) in &text.agencies {
            self.known(&[Key("open311"), Key("agencies"), Key(agency)], "queue", queue);
        }
        let duration = |Length(time): Length| Duration::from_nanos(time.0);
        Some(Open311 {
            endpoint: text.endpoint.clone(),
            jurisdiction: text.jurisdiction.clone(),
            timeout: duration(text.timeout),
            keep: duration(text.keep),
            agencies: text
                .agencies
                .iter()
                .map(|(name, queue)| (name.clone(), queue.0.clone()))
                .collect(),
        })
    }
}
