//! What an exchange lacks, in its own terms.

use std::fmt;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is as it must be.
    pub is_good: bool,
    /// What it is; where it is missing, what to write into which of the exchange's files.
    pub text: String,
}

impl Finding {
    pub(crate) fn good(text: impl Into<String>) -> Self {
        Self { is_good: true, text: text.into() }
    }

    pub(crate) fn missing(text: impl Into<String>) -> Self {
        Self { is_good: false, text: text.into() }
    }

    /// Good with one text, missing with another.
    pub(crate) fn of(is_good: bool, good: impl Into<String>, missing: impl Into<String>) -> Self {
        if is_good { Self::good(good) } else { Self::missing(missing) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.is_good { "ok     " } else { "missing" };
        write!(f, "{mark}  {}", self.text)
    }
}

/// What is looked at besides what every gateway needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Numbers that the exchange must give to us; of Asterisk `EXTEN@CONTEXT`.
    pub numbers: Vec<String>,
    /// Devices that agents sign in with.
    pub devices: Vec<String>,
}
