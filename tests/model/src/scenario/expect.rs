//! `expect WHAT is VALUE`: what can be asked between commands.

use acd_core::{ContactRecord, State};

use super::names::{self, Names};
use super::values::{self, Words, seconds};
use super::words::{agent_state_text, contact_state_text};
use crate::model::Model;

/// The answer of one question, in words. Both sides have agreed on the state it is read from.
pub(super) fn answer(question: &str, names: &Names, model: &Model) -> Result<String, String> {
    let state = model.state();
    let mut words = Words::of(question);
    let what = words.need("a question")?;
    if what == "deadline" {
        words.finish()?;
        let due = model.next_deadline();
        return Ok(due.map_or("none".into(), |due| seconds(due.0)));
    }
    let subject = words.need("whom it is about")?;
    let detail = words.word();
    words.finish()?;
    match what {
        "agent" | "level" | "capacity" => of_agent(what, subject, detail, state),
        "queue" | "waiting" | "next_wait" | "handle" => of_queue(what, subject, names, model),
        _ => of_contact(what, subject, names, model),
    }
}

fn of_agent(
    what: &str,
    subject: &str,
    detail: Option<&str>,
    state: &State,
) -> Result<String, String> {
    let agent = names::agent(subject, state)?;
    let record = state.agents.iter().find(|record| record.agent == agent);
    let Some(record) = record else { return Ok("not defined".into()) };
    match (what, detail) {
        ("agent", None) => Ok(agent_state_text(record, state)),
        ("level", Some(skill)) => {
            let skill = names::skill(skill, state)?;
            let level = record.skills.iter().find(|(known, _)| *known == skill);
            Ok(level.map_or(0, |(_, level)| *level).to_string())
        }
        ("capacity", Some(channel)) => Ok(record.capacity[values::channel(channel)?].to_string()),
        _ => Err(format!("`{what}` asks in another way")),
    }
}

fn of_queue(what: &str, subject: &str, names: &Names, model: &Model) -> Result<String, String> {
    let state = model.state();
    let queue = names::queue(subject, state)?;
    let record = state.queues.iter().find(|record| record.queue == queue);
    let Some(record) = record else { return Ok("not defined".into()) };
    Ok(match what {
        "queue" => (if record.open { "open" } else { "closed" }).into(),
        "handle" => seconds(record.handle_us * 1_000),
        "next_wait" => wait_text(model.expected_wait_of_next_us(queue)),
        _ => {
            let waiting = model.waiting_in(queue);
            let waiting = waiting.iter().map(|contact| names.contact_text(*contact));
            let list = waiting.collect::<Vec<_>>().join(",");
            if list.is_empty() { "none".into() } else { list }
        }
    })
}

fn of_contact(what: &str, subject: &str, names: &Names, model: &Model) -> Result<String, String> {
    let state = model.state();
    let contact = names.contact(subject)?;
    match what {
        "contact" => return Ok(contact_state_text(contact, state)),
        "position" => {
            let position = model.position(contact);
            return Ok(position.map_or("none".into(), |position| position.to_string()));
        }
        "wait" => return Ok(wait_text(model.expected_wait_us(contact))),
        _ => {}
    }
    let record = state.contacts.iter().find(|record| record.contact == contact);
    let record: &ContactRecord = record.ok_or_else(|| format!("{subject} is over"))?;
    Ok(match what {
        "channel" => record.channel.name().into(),
        "step" => record.step.to_string(),
        "promotions" => record.promotions.to_string(),
        "hops" => record.hops.to_string(),
        "attempts" => record.attempts.to_string(),
        "first" => names.contact_text(record.first),
        "previous" => {
            record.previous.map_or("none".into(), |previous| names.contact_text(previous))
        }
        other => return Err(format!("`{other}` cannot be asked")),
    })
}

fn wait_text(micros: Option<u64>) -> String {
    micros.map_or("none".into(), |micros| seconds(micros * 1_000))
}
