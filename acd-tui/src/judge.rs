//! How bad a number is as it stands. What rings is another matter: see [`alerts`](crate::alerts).

use acd_proto::snapshot::Counts;

/// Points of service level below the target that make it critical.
pub const CRITICAL_POINTS: f64 = 15.0;

/// How bad something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// As it should be.
    #[default]
    Calm,
    /// To be watched.
    Warn,
    /// To be acted on.
    Critical,
}

impl Severity {
    /// As machines read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calm => "ok",
            Self::Warn => "warn",
            Self::Critical => "critical",
        }
    }
}

/// Of one wait against a threshold: to be watched beyond it, to be acted on beyond twice of it.
pub const fn wait(longest_ms: Option<u64>, threshold_ms: u64) -> Severity {
    match longest_ms {
        Some(ms) if ms > threshold_ms.saturating_mul(2) => Severity::Critical,
        Some(ms) if ms > threshold_ms => Severity::Warn,
        _ => Severity::Calm,
    }
}

/// Of a service level against its target. Where nothing was offered nothing was missed.
pub fn service_level(counts: &Counts, target: f64) -> Severity {
    match counts.service_level {
        Some(level) if level < target - CRITICAL_POINTS => Severity::Critical,
        Some(level) if level < target => Severity::Warn,
        _ => Severity::Calm,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_judged_by_its_target() {
        let cases = [
            (None, Severity::Calm),
            (Some(80.0), Severity::Calm),
            (Some(79.9), Severity::Warn),
            (Some(65.0), Severity::Warn),
            (Some(64.9), Severity::Critical),
        ];
        for (level, expected) in cases {
            let counts = Counts { service_level: level, ..Counts::default() };
            assert_eq!(service_level(&counts, 80.0), expected, "{level:?}");
        }
    }

    #[test]
    fn a_wait_is_judged_by_its_threshold() {
        let cases = [
            (None, Severity::Calm),
            (Some(20_000), Severity::Calm),
            (Some(20_001), Severity::Warn),
            (Some(40_000), Severity::Warn),
            (Some(40_001), Severity::Critical),
        ];
        for (longest_ms, expected) in cases {
            assert_eq!(wait(longest_ms, 20_000), expected, "{longest_ms:?}");
        }
    }
}
