//! A line of a scenario read as a command.

use acd_core::{
    AgentId, Command, EndCause, FailCause, FrontEndId, Nanos, Party, State, Submit, Timestamp,
    Transfer, TransferTo, WaitingOnClose,
};

use super::names::{self, Names};
use super::values::{self, Words};

const END_CAUSES: [EndCause; 11] = [
    EndCause::Hangup,
    EndCause::Completed,
    EndCause::ExitKey,
    EndCause::Abandoned,
    EndCause::Transferred,
    EndCause::Timeout,
    EndCause::Withdrawn,
    EndCause::QueueClosed,
    EndCause::CallbackFailed,
    EndCause::LostByFrontEnd,
    EndCause::Lost,
];
const PARTIES: [Party; 5] =
    [Party::Caller, Party::Agent, Party::Supervisor, Party::FrontEnd, Party::System];

/// What a line says: the command, and a name for the contact it makes.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) command: Command,
    pub(super) new_contact: Option<String>,
}

/// Reads every command but `configure`, whose lines follow it.
pub(super) fn parse(text: &str, names: &Names, state: &State) -> Result<Said, String> {
    let reader = Reader { names, state };
    let mut words = Words::of(text);
    let mut new_contact = None;
    let command = match words.need("a command")? {
        "tick" => Command::Tick,
        "resume" => Command::Resume,
        "seed" => Command::Seed { seed: values::number(words.need("the seed")?)? },
        "contact" => {
            let name = words.need("the contact's name")?;
            let verb = words.need("what the contact does")?;
            if verb == "submit" {
                new_contact = Some(name.to_string());
            } else if verb == "transfer" {
                new_contact = words.value("as").map(String::from);
            }
            reader.contact(name, verb, &mut words)?
        }
        "agent" => {
            let agent = names::agent(words.need("the agent's name")?, state)?;
            let verb = words.need("what the agent does")?;
            reader.agent(agent, verb, &mut words)?
        }
        "offer" => {
            let offer = acd_core::OfferId(values::number(words.need("the offer's number")?)?);
            of_offer(offer, words.need("what becomes of it")?)?
        }
        "queue" => reader.queue(&mut words)?,
        "front_end" => reader.front_end(&mut words)?,
        other => return Err(format!("`{other}` is no command")),
    };
    words.finish()?;
    Ok(Said { command, new_contact })
}

struct Reader<'a> {
    names: &'a Names,
    state: &'a State,
}

impl Reader<'_> {
    fn contact(&self, name: &str, verb: &str, words: &mut Words<'_>) -> Result<Command, String> {
        if verb == "submit" {
            return self.submit(words);
        }
        let contact = self.names.contact(name)?;
        Ok(match verb {
            "abandon" => Command::Abandon { contact },
            "end" => Self::end(contact, words)?,
            "requeue" => Command::Requeue { contact },
            "hold" => Command::Hold { contact },
            "unhold" => Command::Unhold { contact },
            "transfer" => self.transfer(contact, words)?,
            "move" => {
                let queue = names::queue(words.needed_value("queue")?, self.state)?;
                Command::Move { contact, queue }
            }
            "callback" => {
                let at = words.value("at").map(values::length).transpose()?;
                Command::Callback { contact, at: at.map(|at| Timestamp(at.0)) }
            }
            "callback_failed" => Command::CallbackFailed { contact },
            "prioritise" => {
                let prio = values::number(words.need("a priority")?)?;
                Command::Prioritise { contact, prio }
            }
            "offer_to" => {
                let agent = names::agent(words.need("an agent")?, self.state)?;
                Command::OfferTo { contact, agent }
            }
            other => return Err(format!("a contact cannot `{other}`")),
        })
    }

    fn submit(&self, words: &mut Words<'_>) -> Result<Command, String> {
        let front_end = words.value("front_end");
        let needs = words.value("needs").unwrap_or("none");
        let prefer = words.value("prefer").map_or_else(Vec::new, values::list);
        let prefer = prefer.iter().map(|name| names::agent(name, self.state));
        Ok(Command::Submit(Submit {
            front_end: match front_end {
                Some(name) => self.names.front_end(name)?,
                None => FrontEndId(1),
            },
            queue: names::queue(words.needed_value("queue")?, self.state)?,
            prio: words.value("prio").map_or(Ok(5), values::number)?,
            needs: names::needs(needs, self.state)?,
            prefer: prefer.collect::<Result<_, String>>()?,
            prefer_for: words.value("prefer_for").map(values::length).transpose()?,
            age: words.value("age").map_or(Ok(Nanos(0)), values::length)?,
            channel: values::channel(words.need("a channel")?)?,
        }))
    }

    /// `end`, `end completed`, `end withdrawn by supervisor`; a caller's hangup if not said.
    fn end(contact: acd_core::ContactId, words: &mut Words<'_>) -> Result<Command, String> {
        let (mut cause, mut by) = (EndCause::Hangup, Party::Caller);
        let mut word = words.word();
        if let Some(text) = word.filter(|text| *text != "by") {
            let found = END_CAUSES.into_iter().find(|c| values::snake(&format!("{c:?}")) == text);
            cause = found.ok_or_else(|| format!("`{text}` is no cause"))?;
            word = words.word();
        }
        if word == Some("by") {
            let text = words.need("whose doing it is")?;
            let found = PARTIES.into_iter().find(|p| values::snake(&format!("{p:?}")) == text);
            by = found.ok_or_else(|| format!("`{text}` is no party"))?;
        }
        Ok(Command::End { contact, cause, by })
    }

    fn transfer(
        &self,
        contact: acd_core::ContactId,
        words: &mut Words<'_>,
    ) -> Result<Command, String> {
        let queue = words.value("queue").map(|name| names::queue(name, self.state)).transpose()?;
        let agent = words.value("agent").map(|name| names::agent(name, self.state)).transpose()?;
        let attended = words.flag("attended");
        let outside = words.flag("outside");
        let to = match (agent, queue) {
            (None, None) if outside => TransferTo::Outside,
            (Some(agent), queue) => TransferTo::Agent { agent, queue, attended },
            (None, Some(queue)) => TransferTo::Queue(queue),
            (None, None) => return Err("expected queue=, agent= or outside".into()),
        };
        let needs = words.value("needs").map(|list| names::needs(list, self.state)).transpose()?;
        let keep_age = !words.flag("new_age");
        Ok(Command::Transfer(Transfer { contact, to, needs, keep_age }))
    }

    fn agent(&self, agent: AgentId, verb: &str, words: &mut Words<'_>) -> Result<Command, String> {
        Ok(match verb {
            "sign_in" => {
                let capacity = words.value("capacity").map(values::capacity).transpose()?;
                Command::SignIn { agent, capacity }
            }
            "sign_out" => Command::SignOut { agent },
            "ready" => Command::Ready { agent },
            "not_ready" => {
                let reason =
                    words.word().map(|name| names::reason(name, self.state)).transpose()?;
                Command::NotReady { agent, reason }
            }
            "lost" => Command::AgentLost { agent },
            "set_skills" => {
                let set = names::needs(words.value("set").unwrap_or("none"), self.state)?;
                let unset = words.value("unset").map_or_else(Vec::new, values::list);
                let unset = unset.iter().map(|name| names::skill(name, self.state));
                Command::SetSkills { agent, set, unset: unset.collect::<Result<_, String>>()? }
            }
            "skill_for" => {
                let set = names::needs(words.value("set").unwrap_or("none"), self.state)?;
                let length = values::length(words.need("a length")?)?;
                Command::SkillFor { agent, set, length }
            }
            "set_capacity" => {
                let set = values::channels(words.word().unwrap_or(""))?;
                Command::SetCapacity { agent, set }
            }
            "wrap_done" => {
                let contact = self.names.contact(words.need("the ended contact")?)?;
                Command::WrapDone { agent, contact }
            }
            "wrap_extend" => {
                let contact = self.names.contact(words.need("the ended contact")?)?;
                let by = values::length(words.need("how much more")?)?;
                Command::WrapExtend { agent, contact, by }
            }
            _ => {
                let contact = self.names.contact(words.need("the contact offered")?)?;
                of_offer(self.names.offer(contact, agent)?, verb)?
            }
        })
    }

    fn queue(&self, words: &mut Words<'_>) -> Result<Command, String> {
        let queue = names::queue(words.need("the queue's name")?, self.state)?;
        match words.need("open or close")? {
            "open" => Ok(Command::OpenQueue { queue }),
            "close" => {
                let target = words.value("move");
                let target = target.map(|name| names::queue(name, self.state)).transpose()?;
                let ends = words.flag("end");
                let waiting = match target {
                    Some(target) => WaitingOnClose::Move(target),
                    None if ends => WaitingOnClose::End,
                    None => WaitingOnClose::Keep,
                };
                Ok(Command::CloseQueue { queue, waiting })
            }
            other => Err(format!("a queue cannot `{other}`")),
        }
    }

    fn front_end(&self, words: &mut Words<'_>) -> Result<Command, String> {
        let front_end = self.names.front_end(words.need("the front end's name")?)?;
        match words.need("lost or back")? {
            "lost" => Ok(Command::FrontEndLost { front_end }),
            "back" => Ok(Command::FrontEndBack { front_end }),
            other => Err(format!("a front end cannot `{other}`")),
        }
    }
}

fn of_offer(offer: acd_core::OfferId, verb: &str) -> Result<Command, String> {
    let cause = match verb {
        "answer" => return Ok(Command::Answer { offer }),
        "ringing" => return Ok(Command::OfferRinging { offer }),
        "reject" => FailCause::Rejected,
        "busy" => FailCause::Busy,
        "unreachable" => FailCause::Unreachable,
        "no_answer" => FailCause::NoAnswer,
        other => return Err(format!("an offer cannot `{other}`")),
    };
    Ok(Command::OfferFailed { offer, cause })
}
