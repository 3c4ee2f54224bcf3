//! Who spoke with a resident last is preferred when the resident comes again.

use acd_core::Nanos;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scalar::Length;

/// Whoever handled a request to the city, or spoke with a resident, last is asked first.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ReturningText {
    /// For how long nobody else is asked, while that agent is signed in.
    prefer: Length,
    /// How long ago it may have been.
    within: Length,
}

impl Default for ReturningText {
    fn default() -> Self {
        Self { prefer: Length(Nanos::from_secs(20)), within: Length(Nanos::from_secs(14 * 86_400)) }
    }
}

/// Whoever handled a request to the city, or spoke with a resident, last is asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Returning {
    /// For how long nobody else is asked, while that agent is signed in.
    pub prefer: Nanos,
    /// How long ago it may have been.
    pub within: Nanos,
}

impl From<&ReturningText> for Returning {
    fn from(text: &ReturningText) -> Self {
        Self { prefer: text.prefer.0, within: text.within.0 }
    }
}
