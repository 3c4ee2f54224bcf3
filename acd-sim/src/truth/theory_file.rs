//! The format `acd-theory-cases-1`: one pool of equal agents, exact values.

use super::case::{AgentRule, Case, CaseError, Class, ContactRule, Expected, Person, Span};
use super::file::Fields;
use super::law::Law;
use super::measure::Measure;

/// A case of the format.
pub(super) fn case(of: &Fields<'_>) -> Result<Case, CaseError> {
    let params = of.object("params")?;
    let servers = params.count("servers")?;
    if servers == 0 {
        return Err(params.wrong("servers", "at least 1"));
    }
    let model = of.text("model")?;
    let classes = classes(&params, model)?;
    let skills = (0..classes.len()).map(|class| (class, 1, 1.0)).collect();
    let person = Person { skills };
    let places = if params.has("K") {
        Some(params.count("K")?)
    } else if params.has("waiting_room") {
        Some(servers + params.count("waiting_room")?)
    } else {
        None
    };
    let days = params.has("slot_seconds");
    Ok(Case {
        id: of.case.to_owned(),
        model: model.to_owned(),
        contact_rule: if classes.len() > 1 { ContactRule::Priority } else { ContactRule::Fifo },
        classes,
        people: vec![person; servers as usize],
        agent_rule: AgentRule::LongestIdle,
        places,
        span: if days {
            Span::Days { slot: params.positive("slot_seconds")? }
        } else {
            Span::Steady
        },
        threshold: if params.has("T") { params.number("T")? } else { 0.0 },
        arrivals: of.object("tolerance")?.positive("arrivals_for_plusminus_1pct")?,
        expected: expected(of)?,
        not_claimed: None,
    })
}

fn classes(params: &Fields<'_>, model: &str) -> Result<Vec<Class>, CaseError> {
    let rates: Vec<Vec<f64>> = if params.has("arrival_rates") {
        params.positives("arrival_rates")?.into_iter().map(|rate| vec![rate]).collect()
    } else if params.has("rates_per_s") {
        vec![params.positives("rates_per_s")?]
    } else {
        vec![vec![params.positive("arrival_rate")?]]
    };
    let patience = if params.has("mean_patience") {
        Some(Law::Exponential { mean: params.positive("mean_patience")? })
    } else if params.has("patience_fixed") {
        Some(Law::Constant(params.positive("patience_fixed")?))
    } else if params.has("patience") {
        Some(params.law("patience")?)
    } else {
        None
    };
    let services = services(params, model, rates.len())?;
    let class = |(at, (rates, service))| Class {
        rates,
        service,
        patience,
        target: 0.0,
        priority: at as u32,
    };
    Ok(rates.into_iter().zip(services).enumerate().map(class).collect())
}

/// The law of each class's conversations. Where no field says it, the model's second letter does:
/// `M/D/n` is constant.
fn services(params: &Fields<'_>, model: &str, classes: usize) -> Result<Vec<Law>, CaseError> {
    let named = params.get("service");
    if named.is_some_and(serde_json::Value::is_object) {
        return Ok(vec![params.law("service")?; classes]);
    }
    let means = if params.has("mean_services") {
        params.positives("mean_services")?
    } else {
        vec![params.positive("mean_service")?; classes]
    };
    if means.len() != classes {
        return Err(params.wrong("mean_services", "as many as there are classes"));
    }
    let cv = if params.has("cv") { params.positive("cv")? } else { 1.0 };
    let law = |mean| match named.and_then(serde_json::Value::as_str) {
        None if model.starts_with("M/D/") => Ok(Law::Constant(mean)),
        None | Some("exp") => Ok(Law::Exponential { mean }),
        Some("det") => Ok(Law::Constant(mean)),
        Some("logn") => Ok(Law::Lognormal { mean, cv }),
        Some(_) => Err(params.wrong("service", "exp, det or logn")),
    };
    means.into_iter().map(law).collect()
}

fn expected(of: &Fields<'_>) -> Result<Vec<Expected>, CaseError> {
    let values = of.object("expected")?;
    let one = |(name, value): (&String, &serde_json::Value)| {
        let value = value.as_f64().ok_or_else(|| values.wrong(name, "a number"))?;
        let wrong = || values.wrong(name, Measure::KNOWN);
        let measure = Measure::named(name, Some(value)).ok_or_else(wrong)?;
        Ok(Expected { name: name.clone(), measure, value, reference_half_width: None })
    };
    values.iter().map(one).collect()
}
