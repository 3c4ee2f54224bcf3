//! The form of an act: its fields, what is typed into them, and the request that comes of it.

use std::collections::BTreeMap;

use acd_proto::reply::{Previewed, Supervised};
use acd_proto::request::Supervise;

use super::{About, Act, Choice, options};
use crate::model::Model;

/// Characters of a field.
const TEXT_CHARS_MAX: usize = 200;
/// The longest time that skills are lent or a queue is closed for: a day.
const MINUTES_MAX: u64 = 24 * 60;
/// Skills are lent for an hour where nothing else is said.
const MINUTES: &str = "60";

/// What a field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldName {
    /// An agent's state.
    State,
    /// The configuration's reason for being not ready.
    StateReason,
    /// 0 to 9.
    Prio,
    /// A queue.
    To,
    /// An agent.
    Agent,
    /// A number to call.
    Number,
    /// `water=5 es=3`.
    Skills,
    /// For how long.
    Minutes,
    /// What becomes of those who wait.
    Waiting,
    /// Whose desktops.
    Whom,
    /// What to say.
    Text,
    /// How to listen.
    Mode,
    /// Why. In every form, and last.
    Reason,
}

impl FieldName {
    /// As shown before the field.
    pub const fn label(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::StateReason => "not ready for",
            Self::Prio => "priority 0-9",
            Self::To => "to queue",
            Self::Agent => "to agent",
            Self::Number => "number",
            Self::Skills => "skill=level",
            Self::Minutes => "minutes",
            Self::Waiting => "who waits",
            Self::Whom => "whom",
            Self::Text => "text",
            Self::Mode => "how",
            Self::Reason => "reason",
        }
    }
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// What is typed.
    Text(String),
    /// One of several, found by typing.
    Pick {
        /// All there are.
        choices: Vec<Choice>,
        /// What is looked for.
        typed: String,
        /// Which of those that match.
        at: usize,
    },
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it is for.
    pub name: FieldName,
    /// What it holds.
    pub value: Value,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Being filled in.
    Filling,
    /// Filled in; asked once more.
    Sure,
    /// Sent, not answered.
    Sent,
    /// Answered.
    Over(Outcome),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is done.
    Done(Supervised),
    /// The server said no, in these words.
    Refused(String),
    /// The connection was lost before the answer: nobody here knows.
    Unknown(String),
}

impl Outcome {
    /// What is said of it, safe to draw.
    pub fn sentence(&self) -> String {
        match self {
            Self::Done(done) => {
                let word = |word: &str| crate::safe::text(&word.replace('_', " "));
                let state = done
                    .state
                    .as_deref()
                    .map_or_else(String::new, |state| format!(", it is {}", word(state)));
                let pending = done.pending.as_deref().map_or_else(String::new, |pending| {
                    format!(", {} once its contact leaves", word(pending))
                });
                format!("done, audit {}{state}{pending}", done.audit)
            }
            Self::Refused(why) => format!("refused: {}", crate::safe::text(why)),
            Self::Unknown(why) => {
                format!("no answer, it may be done or not: {}", crate::safe::text(why))
            }
        }
    }
}

/// An act being asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// What is to be done.
    pub act: Act,
    /// To what.
    pub about: About,
    /// What is asked.
    pub fields: Vec<Field>,
    /// Which field is typed into.
    pub at: usize,
    /// How far it is.
    pub stage: Stage,
    /// What is wrong with what was typed.
    pub complaint: Option<String>,
    /// Asked again under it, nothing is done twice.
    pub idem: String,
    /// What the server says would happen.
    pub says: Says,
}

/// What the server says would happen.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Says {
    /// It is not asked.
    #[default]
    Unasked,
    /// No answer yet.
    Asked,
    /// This.
    Told(Box<Previewed>),
    /// It would refuse, in these words.
    Refused(String),
}

impl Form {
    /// An empty form, or why there can be none.
    pub fn new(act: Act, about: About, model: &Model, idem: String) -> Result<Self, String> {
        let picture = &model.live;
        let text = |name, text: &str| Field { name, value: Value::Text(text.to_owned()) };
        let pick = |name, choices| Field {
            name,
            value: Value::Pick { choices, typed: String::new(), at: 0 },
        };
        let contacts = picture.snapshot.as_ref().and_then(|s| s.contacts.as_deref());
        let contact = contacts
            .unwrap_or_default()
            .iter()
            .find(|row| Some(&row.contact) == about.contact.as_ref());
        let mut fields = match act {
            Act::ForceState => {
                let states = pick(FieldName::State, options::states());
                vec![states, text(FieldName::StateReason, "")]
            }
            Act::SkillFor => {
                vec![text(FieldName::Skills, ""), text(FieldName::Minutes, MINUTES)]
            }
            Act::Listen => vec![pick(FieldName::Mode, options::modes())],
            Act::Prioritise => {
                let prio = contact.map_or_else(String::new, |row| row.prio.to_string());
                vec![text(FieldName::Prio, &prio)]
            }
            Act::Move => {
                let from = contact.map(|row| row.queue.as_str());
                vec![pick(FieldName::To, options::queues(picture, from))]
            }
            Act::OfferTo => {
                let now = picture.clock.city_us(model.real);
                vec![pick(FieldName::Agent, options::agents(picture, now))]
            }
            Act::Callback => {
                let number = contact.and_then(|row| row.from.as_deref()).unwrap_or_default();
                vec![text(FieldName::Number, number)]
            }
            Act::Withdraw | Act::OpenQueue | Act::FollowHours => Vec::new(),
            Act::CloseQueue => {
                let others = options::queues(picture, about.queue.as_deref());
                let mut who_waits = options::who_waits();
                if others.is_empty() {
                    who_waits.retain(|choice| choice.value.as_deref() != Some("move"));
                }
                vec![
                    pick(FieldName::Waiting, who_waits),
                    pick(FieldName::To, others),
                    text(FieldName::Minutes, ""),
                ]
            }
            Act::Broadcast => vec![
                pick(FieldName::Whom, options::whom(about.queue.as_deref())),
                text(FieldName::Text, ""),
            ],
        };
        let empty = |field: &Field| matches!(&field.value, Value::Pick { choices, .. } if choices.is_empty());
        if act != Act::CloseQueue && fields.iter().any(empty) {
            return Err(options::nothing_to_choose(act).into());
        }
        fields.push(text(FieldName::Reason, ""));
        Ok(Self {
            act,
            about,
            fields,
            at: 0,
            stage: Stage::Filling,
            complaint: None,
            idem,
            says: Says::Unasked,
        })
    }

    /// Whether a field is asked for, as the others stand.
    pub fn asks(&self, name: FieldName) -> bool {
        match (self.act, name) {
            (Act::ForceState, FieldName::StateReason) => {
                self.picked(FieldName::State).as_deref() == Some("not_ready")
            }
            (Act::CloseQueue, FieldName::To) => {
                self.picked(FieldName::Waiting).as_deref() == Some("move")
            }
            _ => true,
        }
    }

    /// What is typed into a field, without blanks around it; none when there is nothing.
    pub fn typed(&self, name: FieldName) -> Option<String> {
        let field = self.fields.iter().find(|field| field.name == name)?;
        match &field.value {
            Value::Text(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            _ => None,
        }
    }

    /// What is chosen in a field; none where nothing matches what is typed, and none for nothing.
    pub fn picked(&self, name: FieldName) -> Option<String> {
        let field = self.fields.iter().find(|field| field.name == name)?;
        field.value.chosen().and_then(|choice| choice.value.clone())
    }

    /// The request, or which field is wrong and why.
    pub fn request(&self) -> Result<Supervise, (FieldName, String)> {
        let mut ask = Supervise {
            act: self.act.name().into(),
            contact: self.about.contact.clone().filter(|_| self.act.is_of_contact()),
            agent: self.about.agent.clone().filter(|_| self.act.is_of_agent()),
            queue: self.about.queue.clone().filter(|_| self.act.is_of_queue()),
            ..Supervise::default()
        };
        for field in self.fields.iter().filter(|field| self.asks(field.name)) {
            self.fill(field.name, &mut ask).map_err(|wrong| (field.name, wrong.to_owned()))?;
        }
        Ok(ask)
    }

    fn fill(&self, name: FieldName, ask: &mut Supervise) -> Result<(), &'static str> {
        let (typed, picked) = (self.typed(name), self.picked(name));
        let optional_ms = |typed: Option<&str>| match typed.map(str::parse) {
            None => Ok(None),
            Some(Ok(minutes @ 1..=MINUTES_MAX)) => Ok(Some(minutes * 60_000)),
            Some(_) => Err("minutes are a number from 1 to 1440"),
        };
        match name {
            FieldName::State => ask.state = Some(picked.ok_or("no state is chosen")?),
            FieldName::StateReason => ask.state_reason = typed,
            FieldName::Prio => {
                let prio = typed.and_then(|typed| typed.parse().ok()).filter(|prio| *prio <= 9);
                ask.prio = Some(prio.ok_or("a priority is a number from 0 to 9")?);
            }
            FieldName::To => ask.to = Some(picked.ok_or("no queue is chosen")?),
            FieldName::Agent => ask.agent = Some(picked.ok_or("no agent is chosen")?),
            FieldName::Number => ask.number = typed,
            FieldName::Skills => ask.set = levels(&typed.unwrap_or_default())?,
            FieldName::Minutes => {
                ask.ms = optional_ms(typed.as_deref())?;
                if self.act == Act::SkillFor && ask.ms.is_none() {
                    return Err("minutes are missing");
                }
            }
            FieldName::Waiting => ask.waiting = picked,
            FieldName::Whom => ask.queue = picked,
            FieldName::Text => ask.text = Some(typed.ok_or("there is nothing to say")?),
            FieldName::Mode => ask.mode = picked,
            FieldName::Reason => ask.reason = typed.ok_or("every act wants a reason")?,
        }
        Ok(())
    }
}

impl Act {
    pub(super) const fn is_of_contact(self) -> bool {
        matches!(
            self,
            Self::Prioritise | Self::Move | Self::OfferTo | Self::Callback | Self::Withdraw
        )
    }

    pub(super) const fn is_of_agent(self) -> bool {
        matches!(self, Self::ForceState | Self::SkillFor | Self::Listen)
    }

    pub(super) const fn is_of_queue(self) -> bool {
        matches!(self, Self::OpenQueue | Self::CloseQueue | Self::FollowHours)
    }
}

impl Value {
    /// The one chosen.
    pub fn chosen(&self) -> Option<&Choice> {
        match self {
            Self::Text(_) => None,
            Self::Pick { at, .. } => self.matching().nth(*at),
        }
    }

    /// How many match what is typed.
    pub fn matches(&self) -> usize {
        self.matching().count()
    }

    fn matching(&self) -> impl Iterator<Item = &Choice> {
        let (choices, typed) = match self {
            Self::Text(_) => (&[][..], String::new()),
            Self::Pick { choices, typed, .. } => (choices.as_slice(), typed.to_lowercase()),
        };
        choices.iter().filter(move |choice| choice.label.to_lowercase().contains(&typed))
    }

    /// The next one that matches, or the one before; round and round.
    pub fn turn(&mut self, forward: bool) {
        let n = self.matches().max(1);
        if let Self::Pick { at, .. } = self {
            *at = (*at + if forward { 1 } else { n - 1 }) % n;
        }
    }

    /// A character more.
    pub fn push(&mut self, c: char) {
        let text = self.text();
        if text.chars().count() < TEXT_CHARS_MAX {
            text.push(c);
        }
    }

    /// The last character less.
    pub fn pop(&mut self) {
        self.text().pop();
    }

    /// Nothing typed.
    pub fn clear(&mut self) {
        self.text().clear();
    }

    /// What is typed; what was chosen by it is looked for anew.
    fn text(&mut self) -> &mut String {
        match self {
            Self::Text(text) => text,
            Self::Pick { typed, at, .. } => {
                *at = 0;
                typed
            }
        }
    }
}

/// `water=5 es=3`.
pub(super) fn levels(text: &str) -> Result<BTreeMap<String, u8>, &'static str> {
    let wrong = "skills are written skill=level, levels are 1 to 10";
    let mut set = BTreeMap::new();
    for word in text.split_whitespace() {
        let (skill, level) = word.split_once('=').ok_or(wrong)?;
        let level = level.parse().ok().filter(|level| (1..=10).contains(level)).ok_or(wrong)?;
        set.insert(skill.to_owned(), level);
    }
    if set.is_empty() { Err("no skill is named") } else { Ok(set) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_or_refused() {
        let two = [("es".to_owned(), 3), ("water".to_owned(), 10)].into();
        assert_eq!(levels(" water=10  es=3 "), Ok(two));
        for text in ["", "water", "water=", "water=0", "water=11", "=x"] {
            assert!(levels(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_choice_is_found_by_typing_and_by_turning() {
        let choices = options::states();
        let mut value = Value::Pick { choices, typed: String::new(), at: 0 };
        let chosen = |value: &Value| value.chosen().and_then(|choice| choice.value.clone());
        assert_eq!(chosen(&value).as_deref(), Some("not_ready"));
        value.turn(false);
        assert_eq!(chosen(&value).as_deref(), Some("signed_out"));
        "READY".chars().for_each(|c| value.push(c));
        assert_eq!((chosen(&value).as_deref(), value.matches()), (Some("not_ready"), 2));
        value.turn(true);
        assert_eq!(chosen(&value).as_deref(), Some("ready"));
        value.push('x');
        assert_eq!(chosen(&value), None);
        value.turn(true);
        value.clear();
        assert_eq!(chosen(&value).as_deref(), Some("not_ready"));
    }
}
