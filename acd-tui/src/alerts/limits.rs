//! The limits in force: what the queue's own goal says, and what the user's file says instead.
//!
//! ```toml
//! [alerts.default]            # of every queue
//! waiting = [20, 40]          # warn, critical
//! ready = [2, 1]
//! call_s = [900, 1800]
//!
//! [alerts.queue.water]        # of one queue
//! longest_wait_s = [60, 120]
//! service_level = [85, 70]
//! no_answer = []              # no alert
//! ```

use std::collections::BTreeMap;

use acd_proto::snapshot::QueueRow;
use serde::Deserialize;

use super::{Limits, Rule};
use crate::judge::CRITICAL_POINTS;

/// Unanswered offers of a queue in 15 minutes.
const NO_ANSWER: Limits = Limits::new(2, 5);
/// A conversation of half an hour is worth a look; after an hour something is wrong.
const CALL: Limits = Limits::new(30 * 60_000, 60 * 60_000);

/// The limits of every rule.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    #[serde(default)]
    default: Own,
    #[serde(default)]
    queue: BTreeMap<String, Own>,
}

/// What a file says; absent where the default holds. Two numbers: warn, critical; none: no alert.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    longest_wait_s: Option<Vec<u64>>,
    waiting: Option<Vec<u64>>,
    service_level: Option<Vec<u64>>,
    ready: Option<Vec<u64>>,
    no_answer: Option<Vec<u64>>,
    call_s: Option<Vec<u64>>,
}

/// What is wrong with limits of a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} = {value}: expected {expected}")]
pub struct LimitsError {
    /// Which one.
    pub field: String,
    /// What it says.
    pub value: String,
    /// What it may say.
    pub expected: &'static str,
}

impl Thresholds {
    /// Checks what a file says.
    pub fn check(&self) -> Result<(), LimitsError> {
        self.default.check("alerts.default", true)?;
        for (queue, own) in &self.queue {
            own.check(&format!("alerts.queue.{queue}"), false)?;
        }
        Ok(())
    }

    /// The limits of a queue.
    pub fn of_queue(&self, rule: Rule, row: &QueueRow) -> Limits {
        let own = self.queue.get(&row.queue).and_then(|own| own.limits(rule));
        own.or_else(|| self.default.limits(rule)).unwrap_or_else(|| goal(rule, row))
    }

    /// The limits of a conversation.
    pub fn call(&self) -> Limits {
        self.default.limits(Rule::Call).unwrap_or(CALL)
    }
}

impl Own {
    const fn of(&self, rule: Rule) -> Option<&Vec<u64>> {
        match rule {
            Rule::LongestWait => self.longest_wait_s.as_ref(),
            Rule::Waiting => self.waiting.as_ref(),
            Rule::ServiceLevel => self.service_level.as_ref(),
            Rule::Ready => self.ready.as_ref(),
            Rule::NoAnswer => self.no_answer.as_ref(),
            Rule::Call => self.call_s.as_ref(),
        }
    }

    fn limits(&self, rule: Rule) -> Option<Limits> {
        let unit = match rule {
            Rule::LongestWait | Rule::Call => 1_000,
            Rule::ServiceLevel => 100,
            _ => 1,
        };
        let own = self.of(rule)?;
        let at = |at: usize| own.get(at).map(|value| value.saturating_mul(unit));
        Some(Limits { warn: at(0), critical: at(1) })
    }

    fn check(&self, table: &str, whole: bool) -> Result<(), LimitsError> {
        for rule in Rule::ALL {
            let Some(own) = self.of(rule) else { continue };
            let wrong = |expected| {
                let unit = if matches!(rule, Rule::LongestWait | Rule::Call) { "_s" } else { "" };
                let field = format!("{table}.{}{unit}", rule.name());
                Err(LimitsError { field, value: format!("{own:?}"), expected })
            };
            if rule == Rule::Call && !whole {
                return wrong("no such limit of one queue: a conversation is an agent's");
            }
            match own.as_slice() {
                [level, _] | [_, level] if rule == Rule::ServiceLevel && *level > 100 => {
                    return wrong("percentages of at most 100");
                }
                [warn, critical] if rule.is_bad_below() && critical > warn => {
                    return wrong("[warn, critical], critical the smaller one");
                }
                [warn, critical] if !rule.is_bad_below() && critical < warn => {
                    return wrong("[warn, critical], critical the greater one");
                }
                [] | [_, _] => {}
                _ => return wrong("[warn, critical], or [] for no alert"),
            }
        }
        Ok(())
    }
}

/// The limits that follow from a queue's own goal.
#[expect(clippy::cast_sign_loss, reason = "percentages, never below 0")]
fn goal(rule: Rule, row: &QueueRow) -> Limits {
    let level = |percent: f64| (percent.max(0.0) * 100.0) as u64;
    match rule {
        Rule::LongestWait => Limits::new(row.threshold_ms, row.threshold_ms.saturating_mul(2)),
        Rule::ServiceLevel => Limits::new(level(row.target), level(row.target - CRITICAL_POINTS)),
        Rule::NoAnswer => NO_ANSWER,
        Rule::Waiting | Rule::Ready | Rule::Call => Limits::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(queue: &str) -> QueueRow {
        QueueRow { queue: queue.into(), threshold_ms: 75_000, target: 80.0, ..QueueRow::default() }
    }

    fn parse(text: &str) -> Thresholds {
        toml::from_str(text).expect("it is a table of limits")
    }

    #[test]
    fn a_queues_goal_holds_where_no_file_says_otherwise() {
        let none = Thresholds::default();
        let water = row("water");
        assert_eq!(none.of_queue(Rule::LongestWait, &water), Limits::new(75_000, 150_000));
        assert_eq!(none.of_queue(Rule::ServiceLevel, &water), Limits::new(8_000, 6_500));
        assert_eq!(none.of_queue(Rule::Waiting, &water), Limits::default());
        let file = parse("[default]\nwaiting=[20,40]\n[queue.water]\nwaiting=[]\nready=[2,1]");
        assert_eq!(file.check(), Ok(()));
        assert_eq!(file.of_queue(Rule::Waiting, &water), Limits::default());
        assert_eq!(file.of_queue(Rule::Waiting, &row("parks")), Limits::new(20, 40));
        assert_eq!(file.of_queue(Rule::Ready, &water), Limits::new(2, 1));
    }

    #[test]
    fn limits_that_make_no_sense_are_named() {
        let cases = [
            ("[default]\nwaiting=[40,20]", "alerts.default.waiting", "greater"),
            ("[default]\nready=[1,2]", "alerts.default.ready", "smaller"),
            ("[queue.water]\nservice_level=[120,80]", "alerts.queue.water.service_level", "100"),
            ("[default]\nlongest_wait_s=[1]", "alerts.default.longest_wait_s", "[warn, critical]"),
            ("[queue.water]\ncall_s=[1,2]", "alerts.queue.water.call_s", "agent"),
        ];
        for (text, field, expected) in cases {
            let error = parse(text).check().expect_err(text);
            assert_eq!(error.field, field);
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
