//! What was found, as a table or as JSON.

use std::fmt::Write;

use serde_json::{Value, json};

use super::case::Case;
use super::verify::{Outcome, Verdict};

/// The table of a case.
pub fn text(case: &Case, outcome: &Outcome, seconds: f64) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{:<24} {}  {}", case.id, outcome.verdict.name(), case.model);
    if let Some(why) = &case.not_claimed {
        let _ = writeln!(text, "  {why}");
        return text;
    }
    let millions = decimal(outcome.arrivals, 1e6);
    let _ = writeln!(
        text,
        "  {:<28}{:>14}{:>14}{:>13}  verdict    {} replications, {millions:.1} M contacts, {seconds:.1} s",
        "metric", "expected", "simulated", "+- 95 %", outcome.replications
    );
    for metric in &outcome.metrics {
        let reference = metric
            .reference_half_width
            .map_or_else(String::new, |half| format!("  (reference +- {half:.3e})"));
        let _ = writeln!(
            text,
            "  {:<28}{:>14.6}{:>14.6}{:>13.6}  {}{reference}",
            metric.name,
            metric.expected,
            metric.simulated,
            metric.half_width,
            metric.verdict.name()
        );
    }
    text
}

/// A case as JSON.
pub fn json(case: &Case, outcome: &Outcome, seconds: f64) -> Value {
    let metric = |metric: &super::verify::MetricResult| {
        json!({
            "name": metric.name,
            "expected": metric.expected,
            "reference_half_width": metric.reference_half_width,
            "simulated": metric.simulated,
            "half_width": metric.half_width,
            "verdict": word(metric.verdict),
        })
    };
    json!({
        "id": case.id,
        "model": case.model,
        "verdict": word(outcome.verdict),
        "not_claimed": case.not_claimed,
        "replications": outcome.replications,
        "arrivals": outcome.arrivals,
        "seconds": seconds,
        "metrics": outcome.metrics.iter().map(metric).collect::<Vec<_>>(),
    })
}

fn word(verdict: Verdict) -> String {
    verdict.name().to_lowercase().replace(' ', "_")
}

#[expect(clippy::cast_precision_loss, reason = "it is rounded to one digit")]
fn decimal(n: u64, unit: f64) -> f64 {
    n as f64 / unit
}
