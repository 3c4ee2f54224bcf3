//! What is watched, from which value on it is bad, and when it is good again.
//!
//! | rule | of | unit | bad when |
//! |---|---|---|---|
//! | `longest_wait` | queue | ms | above |
//! | `waiting` | queue | contacts | above |
//! | `service_level` | queue | hundredths of a percent | below |
//! | `ready` | queue | agents | below |
//! | `no_answer` | queue | unanswered offers in 15 minutes | above |
//! | `call` | agent | ms | above |

use crate::format::{duration, percent};
use crate::judge::Severity;

/// Something watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A queue's longest wait.
    LongestWait,
    /// Contacts that wait in a queue.
    Waiting,
    /// A queue's service level of the last 15 minutes.
    ServiceLevel,
    /// Agents ready for a queue.
    Ready,
    /// Offers of a queue's contacts that went unanswered in the last 15 minutes.
    NoAnswer,
    /// How long an agent's conversation has lasted.
    Call,
}

/// The values beyond which something is to be watched, and to be acted on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// To be watched.
    pub warn: Option<u64>,
    /// To be acted on.
    pub critical: Option<u64>,
}

impl Limits {
    /// Both.
    pub const fn new(warn: u64, critical: u64) -> Self {
        Self { warn: Some(warn), critical: Some(critical) }
    }

    /// The limit of a severity.
    pub const fn of(self, severity: Severity) -> Option<u64> {
        match severity {
            Severity::Calm => None,
            Severity::Warn => self.warn,
            Severity::Critical => self.critical,
        }
    }
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 6] = [
        Self::LongestWait,
        Self::Waiting,
        Self::ServiceLevel,
        Self::Ready,
        Self::NoAnswer,
        Self::Call,
    ];

    /// As files and machines say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LongestWait => "longest_wait",
            Self::Waiting => "waiting",
            Self::ServiceLevel => "service_level",
            Self::Ready => "ready",
            Self::NoAnswer => "no_answer",
            Self::Call => "call",
        }
    }

    /// Whether small values are the bad ones.
    pub const fn is_bad_below(self) -> bool {
        matches!(self, Self::ServiceLevel | Self::Ready)
    }

    /// How bad a value is, of something that was judged `before`.
    ///
    /// What is bad stays so until it is better than its limit by a tenth of it; of a service
    /// level, by a tenth of what the limit leaves to 100 %.
    pub fn judge(self, value: u64, limits: Limits, before: Severity) -> Severity {
        let holds = |severity: Severity| {
            limits.of(severity).is_some_and(|limit| {
                self.is_beyond(value, limit)
                    || (before >= severity && !self.is_clear_of(value, limit))
            })
        };
        if holds(Severity::Critical) {
            Severity::Critical
        } else if holds(Severity::Warn) {
            Severity::Warn
        } else {
            Severity::Calm
        }
    }

    const fn is_beyond(self, value: u64, limit: u64) -> bool {
        if self.is_bad_below() { value < limit } else { value > limit }
    }

    const fn is_clear_of(self, value: u64, limit: u64) -> bool {
        match self {
            Self::ServiceLevel => value >= limit + 10_000_u64.saturating_sub(limit) / 10,
            Self::Ready => value >= limit + limit / 10,
            _ => value <= limit - limit / 10,
        }
    }

    /// A value as people read it.
    #[expect(clippy::cast_precision_loss, reason = "at most 10,000")]
    pub fn show(self, value: u64) -> String {
        match self {
            Self::LongestWait | Self::Call => duration(value),
            Self::ServiceLevel => percent(Some(value as f64 / 100.0)),
            _ => value.to_string(),
        }
    }

    /// As people say it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::LongestWait => "longest wait",
            Self::Waiting => "waiting",
            Self::ServiceLevel => "service level (15m)",
            Self::Ready => "agents ready",
            Self::NoAnswer => "offers unanswered (15m)",
            Self::Call => "conversation",
        }
    }

    /// What is wrong, in words: `longest wait 2:14 > 1:15`.
    pub fn sentence(self, value: u64, limit: u64) -> String {
        // By hysteresis it may be over the limit no more.
        let sign = match (self.is_bad_below(), value < limit) {
            (true, true) => "<",
            (true, false) | (false, true) => "near",
            (false, false) => ">",
        };
        format!("{} {} {sign} {}", self.title(), self.show(value), self.show(limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Severity::{Calm, Critical, Warn};

    #[test]
    fn what_is_bad_above_is_good_again_a_tenth_below() {
        let limits = Limits::new(60_000, 120_000);
        let cases = [
            (60_000, Calm, Calm),
            (60_001, Calm, Warn),
            (54_001, Warn, Warn),
            (54_000, Warn, Calm),
            (120_001, Warn, Critical),
            (108_001, Critical, Critical),
            (108_000, Critical, Warn),
            (0, Critical, Calm),
        ];
        for (value, before, expected) in cases {
            let judged = Rule::LongestWait.judge(value, limits, before);
            assert_eq!(judged, expected, "{value} after {before:?}");
        }
    }

    #[test]
    fn what_is_bad_below_is_good_again_above() {
        let limits = Limits::new(8_000, 6_500);
        let cases = [
            (8_000, Calm, Calm),
            (7_999, Calm, Warn),
            (8_199, Warn, Warn),
            (8_200, Warn, Calm),
            (6_499, Warn, Critical),
            (6_849, Critical, Critical),
            (6_850, Critical, Warn),
        ];
        for (value, before, expected) in cases {
            let judged = Rule::ServiceLevel.judge(value, limits, before);
            assert_eq!(judged, expected, "{value} after {before:?}");
        }
        assert_eq!(Rule::Ready.judge(2, Limits::new(2, 1), Warn), Calm);
        assert_eq!(Rule::Ready.judge(1, Limits::new(2, 1), Calm), Warn);
        assert_eq!(Rule::Ready.judge(0, Limits::new(2, 1), Calm), Critical);
    }

    #[test]
    fn without_a_limit_nothing_is_bad() {
        for rule in Rule::ALL {
            for value in [0, 1, u64::MAX] {
                assert_eq!(rule.judge(value, Limits::default(), Critical), Calm, "{rule:?}");
            }
        }
    }

    #[test]
    fn a_sentence_says_value_and_limit() {
        assert_eq!(Rule::LongestWait.sentence(134_000, 120_000), "longest wait 2:14 > 2:00");
        assert_eq!(Rule::ServiceLevel.sentence(6_100, 8_000), "service level (15m) 61% < 80%");
        assert_eq!(Rule::Ready.sentence(1, 2), "agents ready 1 < 2");
        assert_eq!(Rule::Waiting.sentence(19, 20), "waiting 19 near 20");
    }
}
