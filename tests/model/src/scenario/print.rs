//! Commands as scenario text, so that a failing random run can be kept.

use std::fmt::Write;

use acd_core::{
    Command, Definitions, Effects, FailCause, MaxWaitAction, Overflow, QueueDefinition, State,
    Step, Submit, Term, Transfer, TransferTo, WaitingOnClose, WrapUpMode,
};

use super::header::strategy_text;
use super::names::{agent_text, needs_text, queue_text, reason_text, skills_text};
use super::values::{capacity_text, quoted, seconds, snake};
use crate::lockstep::TimedCommand;
use crate::model::Model;

/// The commands, each with `-> ?`; [`bless`](super::bless) fills in what the model does.
pub fn print(seed: u64, commands: &[TimedCommand]) -> String {
    let mut text = format!("seed {seed}\n\n");
    let mut model = Model::new(seed);
    for (now, command) in commands {
        let said = say(command, model.state());
        let (line, block) = said.split_once('\n').unwrap_or((&said, ""));
        let _ = writeln!(text, "{} {line} -> ?", seconds(now.0));
        text += block;
        // Names are looked up in the state before each command; refused ones change nothing.
        let _ = model.apply(*now, command.clone(), &mut Effects::new());
    }
    text
}

fn say(command: &Command, state: &State) -> String {
    let a = |agent| format!("agent {}", agent_text(agent, state));
    let q = |queue| queue_text(queue, state);
    match command {
        Command::Tick => "tick".into(),
        Command::Resume => "resume".into(),
        Command::Seed { seed } => format!("seed {seed}"),
        Command::Submit(submit) => say_submit(submit, state),
        Command::Transfer(transfer) => say_transfer(transfer, state),
        Command::OfferRinging { offer } => format!("offer {} ringing", offer.0),
        Command::Answer { offer } => format!("offer {} answer", offer.0),
        Command::OfferFailed { offer, cause } => {
            let verb = if *cause == FailCause::Rejected {
                "reject".into()
            } else {
                snake(&format!("{cause:?}"))
            };
            format!("offer {} {verb}", offer.0)
        }
        Command::OpenQueue { queue } => format!("queue {} open", q(*queue)),
        Command::CloseQueue { queue, waiting } => {
            let rest = match waiting {
                WaitingOnClose::Keep => String::new(),
                WaitingOnClose::End => " end".into(),
                WaitingOnClose::Move(target) => format!(" move={}", q(*target)),
            };
            format!("queue {} close{rest}", q(*queue))
        }
        Command::Configure(definitions) => format!("configure\n{}", say_definitions(definitions)),
        Command::FrontEndLost { front_end } => format!("front_end #{} lost", front_end.0),
        Command::FrontEndBack { front_end } => format!("front_end #{} back", front_end.0),
        Command::SignIn { agent, capacity } => {
            let capacity =
                capacity.map(|capacity| format!(" capacity={}", capacity_text(capacity)));
            format!("{} sign_in{}", a(*agent), capacity.unwrap_or_default())
        }
        Command::SignOut { agent } => format!("{} sign_out", a(*agent)),
        Command::Ready { agent } => format!("{} ready", a(*agent)),
        Command::NotReady { agent, reason } => {
            let reason = reason.map(|reason| format!(" {}", reason_text(reason, state)));
            format!("{} not_ready{}", a(*agent), reason.unwrap_or_default())
        }
        Command::AgentLost { agent } => format!("{} lost", a(*agent)),
        Command::SetSkills { agent, set, unset } => {
            let (set, unset) = (needs_text(set, state), skills_text(unset, state));
            format!("{} set_skills set={set} unset={unset}", a(*agent))
        }
        Command::SkillFor { agent, set, length } => {
            let set = needs_text(set, state);
            format!("{} skill_for {} set={set}", a(*agent), seconds(length.0))
        }
        Command::SetCapacity { agent, set } => {
            let set = set.iter().map(|(channel, count)| format!("{}:{count}", channel.name()));
            format!("{} set_capacity {}", a(*agent), set.collect::<Vec<_>>().join(","))
        }
        Command::WrapDone { agent, contact } => format!("{} wrap_done c{}", a(*agent), contact.0),
        Command::WrapExtend { agent, contact, by } => {
            format!("{} wrap_extend c{} {}", a(*agent), contact.0, seconds(by.0))
        }
        _ => say_of_contact(command, state),
    }
}

fn say_of_contact(command: &Command, state: &State) -> String {
    let (contact, rest) = match command {
        Command::Abandon { contact } => (contact, "abandon".into()),
        Command::End { contact, cause, by } => {
            let (cause, by) = (snake(&format!("{cause:?}")), snake(&format!("{by:?}")));
            (contact, format!("end {cause} by {by}"))
        }
        Command::Requeue { contact } => (contact, "requeue".into()),
        Command::Hold { contact } => (contact, "hold".into()),
        Command::Unhold { contact } => (contact, "unhold".into()),
        Command::Move { contact, queue } => {
            (contact, format!("move queue={}", queue_text(*queue, state)))
        }
        Command::Callback { contact, at: None } => (contact, "callback".into()),
        Command::Callback { contact, at: Some(at) } => {
            (contact, format!("callback at={}", seconds(at.0)))
        }
        Command::CallbackFailed { contact } => (contact, "callback_failed".into()),
        Command::Prioritise { contact, prio } => (contact, format!("prioritise {prio}")),
        Command::OfferTo { contact, agent } => {
            (contact, format!("offer_to {}", agent_text(*agent, state)))
        }
        _ => unreachable!("every other command is said above"),
    };
    format!("contact c{} {rest}", contact.0)
}

fn say_submit(submit: &Submit, state: &State) -> String {
    let number = state.counters.contacts + 1;
    let queue = queue_text(submit.queue, state);
    let channel = submit.channel.name();
    let mut text = format!("contact c{number} submit {channel} queue={queue}");
    if submit.prio != 5 {
        let _ = write!(text, " prio={}", submit.prio);
    }
    if !submit.needs.is_empty() {
        let _ = write!(text, " needs={}", needs_text(&submit.needs, state));
    }
    if !submit.prefer.is_empty() {
        let prefer = submit.prefer.iter().map(|agent| agent_text(*agent, state));
        let _ = write!(text, " prefer={}", prefer.collect::<Vec<_>>().join(","));
    }
    if let Some(length) = submit.prefer_for {
        let _ = write!(text, " prefer_for={}", seconds(length.0));
    }
    if submit.age.0 > 0 {
        let _ = write!(text, " age={}", seconds(submit.age.0));
    }
    if submit.front_end.0 != 1 {
        let _ = write!(text, " front_end=#{}", submit.front_end.0);
    }
    text
}

fn say_transfer(transfer: &Transfer, state: &State) -> String {
    let mut text = format!("contact c{} transfer", transfer.contact.0);
    match transfer.to {
        TransferTo::Outside => text += " outside",
        TransferTo::Queue(queue) => {
            let _ = write!(text, " queue={}", queue_text(queue, state));
        }
        TransferTo::Agent { agent, queue, attended } => {
            let _ = write!(text, " agent={}", agent_text(agent, state));
            if let Some(queue) = queue {
                let _ = write!(text, " queue={}", queue_text(queue, state));
            }
            if attended {
                text += " attended";
            }
        }
    }
    if let Some(needs) = &transfer.needs {
        let _ = write!(text, " needs={}", needs_text(needs, state));
    }
    if !transfer.keep_age {
        text += " new_age";
    }
    text
}

/// All definitions from nothing, indented.
fn say_definitions(definitions: &Definitions) -> String {
    let mut text = String::from("  clear\n");
    for (kind, names) in [
        ("skills", &definitions.skills),
        ("sites", &definitions.sites),
        ("reasons", &definitions.reasons),
    ] {
        let names: Vec<_> = names.iter().map(|name| quoted(name)).collect();
        let _ = writeln!(text, "  {kind} {}", names.join(" "));
    }
    let _ = writeln!(text, "  grace {}", seconds(definitions.grace.0));
    let _ = writeln!(text, "  orphan_end {}", seconds(definitions.orphan_end.0));
    for queue in &definitions.queues {
        say_queue(queue, &mut text);
    }
    for agent in &definitions.agents {
        let _ = write!(text, "  agent {} skills={}", quoted(&agent.name), terms(&agent.skills));
        if let Some(site) = &agent.site {
            let _ = write!(text, " site={site}");
        }
        let _ = writeln!(text, " capacity={}", capacity_text(agent.capacity));
    }
    text
}

fn say_queue(queue: &QueueDefinition, text: &mut String) {
    let strategy = strategy_text(queue.strategy);
    let _ = write!(text, "  queue {} strategy={strategy} steps=none", quoted(&queue.name));
    for (key, length) in [
        ("objective", queue.objective),
        ("offer_timeout", queue.offer_timeout),
        ("prefer_for", queue.prefer_for),
        ("pause_rejected", queue.pause_rejected),
        ("pause_busy", queue.pause_busy),
        ("pause_unreachable", queue.pause_unreachable),
        ("pause_no_answer", queue.pause_no_answer),
        ("wrap_up_max", queue.wrap_up.maximum),
        ("expected_handle", queue.expected_handle),
        ("callback_retry", queue.callback_retry),
    ] {
        let _ = write!(text, " {key}={}", seconds(length.0));
    }
    let (rona, bands) = (queue.rona_limit, queue.promote_bands);
    let (attempts, waiting) = (queue.callback_attempts, queue.max_waiting);
    let _ = write!(text, " rona_limit={rona} promote_bands={bands}");
    let _ = write!(text, " callback_attempts={attempts} max_waiting={waiting}");
    let wrap_up = match queue.wrap_up.mode {
        WrapUpMode::None => "none".into(),
        WrapUpMode::Manual => "manual".into(),
        WrapUpMode::Fixed { length, mandatory: false } => format!("fixed:{}", seconds(length.0)),
        WrapUpMode::Fixed { length, mandatory: true } => format!("mandatory:{}", seconds(length.0)),
    };
    let _ = write!(text, " wrap_up={wrap_up}");
    if let Some(after) = queue.promote_after {
        let _ = write!(text, " promote_after={}", seconds(after.0));
    }
    if let Some(max_wait) = &queue.max_wait {
        let action = match &max_wait.action {
            MaxWaitAction::End => "end".into(),
            MaxWaitAction::Move(target) => format!("move:{target}"),
        };
        let _ = write!(text, " max_wait={}:{action}", seconds(max_wait.after.0));
    }
    if let Some(Overflow { join, leave, step }) = queue.overflow {
        let _ = write!(text, " overflow={}:{}:{step}", seconds(join.0), seconds(leave.0));
    }
    text.push('\n');
    for step in &queue.steps {
        say_step(&queue.name, step, text);
    }
}

fn say_step(queue: &str, step: &Step, text: &mut String) {
    let alternatives = step.alternatives.iter();
    let needs: Vec<_> = alternatives
        .map(|alternative| if alternative.is_empty() { "any".into() } else { terms(alternative) })
        .collect();
    let needs = if needs.is_empty() { "none".into() } else { needs.join("|") };
    let (sites, drops) = (step.sites.join(","), step.drops.join(","));
    let after = seconds(step.after.0);
    let _ =
        writeln!(text, "  step {queue} after={after} needs={needs} sites={sites} drops={drops}");
}

fn terms(terms: &[Term]) -> String {
    let each = terms.iter().map(|term| format!("{}:{}", term.skill, term.level));
    each.collect::<Vec<_>>().join(",")
}
