//! The format `acd-sbr-cases-1`: classes, agents with skills, rules; exact or simulated values.

use serde_json::Value;

use super::case::{AgentRule, Case, CaseError, Class, ContactRule, Expected, Person, Span};
use super::file::Fields;
use super::measure::Measure;

/// A case of the format.
pub(super) fn case(of: &Fields<'_>) -> Result<Case, CaseError> {
    let config = of.object("config")?;
    let read = |value| class(&Fields::new(of.case, value)?);
    let classes: Vec<Class> = config.list("classes")?.iter().map(read).collect::<Result<_, _>>()?;
    let read = |value| person(&Fields::new(of.case, value)?, classes.len());
    let people: Vec<Person> = config.list("agents")?.iter().map(read).collect::<Result<_, _>>()?;
    let agent_rule = match config.text("arule")? {
        "lia" => AgentRule::LongestIdle,
        "best" => AgentRule::BestLevel,
        "fsf" => AgentRule::Fastest,
        "ssf" => AgentRule::Slowest,
        _ => return Err(config.wrong("arule", "lia, best, fsf or ssf")),
    };
    let (contact_rule, not_claimed) = match config.text("crule")? {
        "fifo" => (ContactRule::Fifo, None),
        "prio" => (ContactRule::Priority, None),
        "edf" => (ContactRule::EarliestDue, None),
        rule @ ("skill" | "fqr" | "gcmu") => {
            let why = format!("contact order {rule:?} is not rule 6: band, then deadline");
            (ContactRule::Fifo, Some(why))
        }
        _ => {
            return Err(
                config.wrong("crule", "fifo, prio, edf; skill, fqr and gcmu are not claimed")
            );
        }
    };
    let cap = if config.has("cap") { config.count("cap")? } else { 0 };
    let expected = if not_claimed.is_some() { Vec::new() } else { expected(of)? };
    Ok(Case {
        id: of.case.to_owned(),
        model: of.text("model")?.to_owned(),
        classes,
        people,
        agent_rule,
        contact_rule,
        places: (cap > 0).then_some(cap),
        span: Span::Steady,
        threshold: 0.0,
        arrivals: of.positive("simulated_arrivals")?,
        expected,
        not_claimed,
    })
}

fn class(of: &Fields<'_>) -> Result<Class, CaseError> {
    let rates = of.positives("rates")?;
    if rates.len() > 1 {
        return Err(of.wrong("rates", "one rate: how long a slot lasts is not said"));
    }
    Ok(Class {
        rates,
        service: of.law("svc")?,
        patience: of.has("pat").then(|| of.law("pat")).transpose()?,
        target: if of.has("target") { of.number("target")? } else { 0.0 },
        priority: if of.has("prio") { of.count("prio")? } else { 0 },
    })
}

fn person(of: &Fields<'_>, classes: usize) -> Result<Person, CaseError> {
    let factors = if of.has("mult") { Some(of.positives("mult")?) } else { None };
    let mut skills = Vec::new();
    for (at, skill) in of.list("skills")?.iter().enumerate() {
        let pair = skill.as_array().map(Vec::as_slice);
        let (class, level) = match pair {
            Some([class, level]) => (class.as_u64(), level.as_u64()),
            _ => (None, None),
        };
        let class = class.filter(|class| *class < classes as u64);
        let level = level.filter(|level| (1..=10).contains(level));
        let (Some(class), Some(level)) = (class, level) else {
            return Err(of.wrong("skills", "pairs of a class and a level from 1 to 10"));
        };
        let factor = match &factors {
            None => 1.0,
            Some(factors) => {
                *factors.get(at).ok_or_else(|| of.wrong("mult", "as many as there are skills"))?
            }
        };
        skills.push((class as usize, level as u32, factor));
    }
    Ok(Person { skills })
}

/// The exact values; of what has none, the simulated ones.
fn expected(of: &Fields<'_>) -> Result<Vec<Expected>, CaseError> {
    let mut all = Vec::new();
    if of.has("exact") {
        let exact = of.object("exact")?;
        // How many states the chain of the reference has is no metric of a centre.
        for (name, value) in exact.iter().filter(|(name, _)| *name != "states") {
            let value = value.as_f64().ok_or_else(|| exact.wrong(name, "a number"))?;
            let measure = Measure::named(name, None);
            let measure = measure.ok_or_else(|| exact.wrong(name, Measure::KNOWN))?;
            all.push(Expected { name: name.clone(), measure, value, reference_half_width: None });
        }
    }
    let Some(simulated) = of.has("simulated").then(|| of.object("simulated")).transpose()? else {
        return Ok(all);
    };
    for (name, value) in simulated.iter() {
        if all.iter().any(|known| known.name == *name) {
            continue;
        }
        let number = |field| value.get(field).and_then(Value::as_f64);
        let (Some(mean), Some(ci)) = (number("mean"), number("ci95")) else {
            return Err(simulated.wrong(name, "an object with mean and ci95"));
        };
        let measure = Measure::named(name, None);
        let measure = measure.ok_or_else(|| simulated.wrong(name, Measure::KNOWN))?;
        let (name, reference_half_width) = (name.clone(), Some(ci));
        all.push(Expected { name, measure, value: mean, reference_half_width });
    }
    Ok(all)
}
