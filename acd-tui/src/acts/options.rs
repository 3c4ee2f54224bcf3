//! What a field offers to choose from, found by typing.

use crate::rows::{self, Doing};
use crate::safe;
use crate::words::agent_name;

use super::Act;
use crate::model::Picture;

/// One thing to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// As the server calls it; none for nothing.
    pub value: Option<String>,
    /// Safe to draw.
    pub label: String,
}

impl Choice {
    fn new(value: &str, label: &str) -> Self {
        Self { value: Some(value.to_owned()), label: label.to_owned() }
    }

    fn none(label: &str) -> Self {
        Self { value: None, label: label.to_owned() }
    }
}

pub(super) fn states() -> Vec<Choice> {
    vec![
        Choice::new("not_ready", "not ready"),
        Choice::new("ready", "ready"),
        Choice::new("signed_out", "signed out"),
    ]
}

pub(super) fn modes() -> Vec<Choice> {
    vec![
        Choice::new("listen", "listen: nobody hears the supervisor"),
        Choice::new("whisper", "whisper: the agent hears the supervisor"),
        Choice::new("barge", "barge: both hear the supervisor"),
    ]
}

pub(super) fn who_waits() -> Vec<Choice> {
    vec![
        Choice::new("keep", "keep: they are still served"),
        Choice::new("move", "move: they wait elsewhere, with their age"),
        Choice::new("end", "end: they are sent home"),
    ]
}

/// To whose desktops a word goes.
pub(super) fn whom(queue: Option<&str>) -> Vec<Choice> {
    let of_queue =
        queue.map(|queue| Choice::new(queue, &format!("the agents of {}", safe::text(queue))));
    of_queue.into_iter().chain([Choice::none("every agent")]).collect()
}

/// Queues but `except`, open ones first.
pub(super) fn queues(picture: &Picture, except: Option<&str>) -> Vec<Choice> {
    let rows = picture.snapshot.as_ref().and_then(|s| s.queues.as_deref()).unwrap_or_default();
    let mut rows: Vec<_> = rows.iter().filter(|row| Some(row.queue.as_str()) != except).collect();
    rows.sort_by_key(|row| !row.open);
    let label = |queue: &str, open| {
        let closed = if open { "" } else { "  closed" };
        format!("{}{closed}", safe::text(queue))
    };
    rows.iter().map(|row| Choice::new(&row.queue, &label(&row.queue, row.open))).collect()
}

/// Agents signed in, those one would call upon first.
pub(super) fn agents(picture: &Picture, city_us: u64) -> Vec<Choice> {
    let snapshot = picture.snapshot.as_ref();
    let rows = snapshot.and_then(|s| s.agents.as_deref()).unwrap_or_default();
    let mut there: Vec<_> = rows
        .iter()
        .map(|row| (rows::doing(row, city_us), row))
        .filter(|(doing, _)| *doing != Doing::SignedOut)
        .collect();
    there.sort_by_key(|(doing, row)| (*doing as u8, row.since));
    let label =
        |doing: Doing, agent: &str| format!("{}  {}", agent_name(agent, snapshot), doing.title());
    there
        .into_iter()
        .map(|(doing, row)| Choice::new(&row.agent, &label(doing, &row.agent)))
        .collect()
}

/// Places an act cannot go without, named where there is none.
pub(super) const fn nothing_to_choose(act: Act) -> &'static str {
    match act {
        Act::OfferTo => "nobody is signed in",
        _ => "there is no other queue",
    }
}
