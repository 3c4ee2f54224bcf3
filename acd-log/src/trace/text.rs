//! A trace as an auditor reads it: at most 100 columns, nothing that drives a terminal.

use std::fmt::Write;

use super::{Candidate, Decision, Passed, Trace, Wait};

/// The widest a line may be.
const WIDTH: usize = 100;
/// Where a named line's text begins.
const INDENT: usize = 16;

/// The whole trace.
pub(super) fn render(trace: &Trace) -> String {
    let mut out = String::new();
    let came = trace.timeline.first().map_or("", |first| first.at.as_str());
    let previous = trace.previous.as_ref();
    let previous = previous.map_or(String::new(), |previous| format!(", goes on from {previous}"));
    let Trace { contact, channel, state, .. } = trace;
    line(&mut out, 0, "", &format!("{contact} · {channel} · came {came}{previous} · {state}"));
    out.push_str("\ntimeline (UTC, age, record)\n");
    for entry in &trace.timeline {
        let head =
            format!("{} {:>11} {:>9}", clock(&entry.at), age(entry.age_ms), record(entry.seq));
        line(&mut out, 2, &format!("{head}  "), &entry.text);
    }
    for (number, decision) in (1..).zip(&trace.decisions) {
        let Decision { agent, at, age_ms, seq, offer, .. } = decision;
        let age = age(*age_ms);
        let title =
            format!("decision {number}: {offer} to {agent} at {at}, {age} old, record {seq}");
        out.push('\n');
        line(&mut out, 0, "", &title);
        render_decision(&mut out, decision);
    }
    if let Some(wait) = &trace.waits {
        out.push_str("\nit waits\n");
        render_wait(&mut out, wait);
    }
    out
}

fn render_decision(out: &mut String, decision: &Decision) {
    named(out, "because", &decision.because);
    named(out, "place", &format!("{}; {}", decision.place, ahead(decision.ahead)));
    named(out, "asks for", &decision.asks);
    if decision.by == "supervisor" {
        named(out, "chosen by", "a supervisor, who named contact and agent");
    } else {
        named(out, "chosen by", &format!("{} of {}", decision.strategy, decision.queue));
    }
    if let Some(until) = &decision.until {
        let since = clock(&until.since);
        named(
            out,
            "not sooner",
            &format!("{} until then: {}, from {since} on", decision.agent, until.text),
        );
    }
    passed(out, &decision.passed);
    let named_rivals = decision.rivals.iter().take(8);
    let rivals: Vec<_> = named_rivals.map(|r| format!("{} ({})", r.contact, r.after_by)).collect();
    let more = decision.rivals.len() - rivals.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    if !rivals.is_empty() {
        named(out, "before", &format!("{}{more}", rivals.join(", ")));
    }
    agents(out, &decision.agents);
}

fn render_wait(out: &mut String, wait: &Wait) {
    if wait.suspended {
        named(out, "suspended", "its front end is absent: it is not offered to anybody");
    }
    named(out, "place", &ahead(wait.ahead));
    named(out, "asks for", &wait.asks);
    passed(out, &wait.passed);
    agents(out, &wait.agents);
}

fn ahead(ahead: u32) -> String {
    match ahead {
        0 => "nobody waited before it".into(),
        1 => "1 contact waited before it, and nobody was eligible for that".into(),
        more => format!("{more} contacts waited before it, and nobody was eligible for them"),
    }
}

/// Agents the contact could have had: the last few, each with what put the other contact before.
fn passed(out: &mut String, passed: &[Passed]) {
    let skipped = passed.len().saturating_sub(8);
    if skipped > 0 {
        named(
            out,
            "not sooner",
            &format!("{skipped} times before, an agent went to another contact"),
        );
    }
    for Passed { at, agent, contact, by, .. } in &passed[skipped..] {
        named(out, "not sooner", &format!("{} {agent} went to {contact}: {by}", clock(at)));
    }
}

/// One line an agent; those signed out together.
fn agents(out: &mut String, agents: &[Candidate]) {
    let there = agents.iter().filter(|agent| agent.verdict != "signed_out");
    let width = there.clone().map(|agent| agent.agent.chars().count()).max().unwrap_or(0).min(24);
    let mut label = "agents";
    for Candidate { agent, text, .. } in there {
        named(out, label, &format!("{agent:width$}  {text}"));
        label = "";
    }
    let out_count = agents.iter().filter(|agent| agent.verdict == "signed_out").count();
    if out_count > 0 {
        named(out, label, &format!("{out_count} more: signed out"));
    }
}

/// A label and its text.
fn named(out: &mut String, label: &str, text: &str) {
    line(out, 2, &format!("{label:<width$}", width = INDENT - 2), text);
}

/// A line, broken at spaces where it is too long, and aligned below its head.
fn line(out: &mut String, indent: usize, head: &str, text: &str) {
    let first = indent + head.chars().count();
    let mut column = first;
    write!(out, "{:indent$}{head}", "").expect("a text can be written to");
    let mut begun = false;
    for word in text.split(' ') {
        let length = word.chars().count();
        if begun && column + 1 + length > WIDTH {
            write!(out, "\n{:first$}", "").expect("a text can be written to");
            column = first;
            begun = false;
        }
        if begun {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
        begun = true;
    }
    while out.ends_with(' ') {
        out.pop();
    }
    out.push('\n');
}

/// The time of day of an instant.
fn clock(at: &str) -> &str {
    at.split_once('T').map_or(at, |(_, time)| time.trim_end_matches('Z'))
}

fn age(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    let ms = ms.unsigned_abs();
    format!("{sign}{}.{:03} s", ms / 1000, ms % 1000)
}

fn record(seq: u64) -> String {
    format!("#{seq}")
}
