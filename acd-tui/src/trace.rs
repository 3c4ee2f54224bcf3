//! A contact's life as the server tells it by `trace`, and what of it is looked at.

pub use acd_proto::trace::{Candidate, Decision, Entry, Passed, Rival, Trace, Until, Wait};

/// What the trace screen shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traced {
    /// The contact asked about.
    pub contact: String,
    /// Its queue, as far as known.
    pub queue: Option<String>,
    /// What came of it.
    pub told: Told,
}

/// What came of asking for a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Told {
    /// No answer yet.
    #[default]
    Asked,
    /// The server said no, in these words.
    Refused(String),
    /// A life.
    Life(Box<Trace>),
}

/// What is looked at in a trace: a decision, or the wait after the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A decision, and its place among them.
    Decision(usize, &'a Decision),
    /// The wait that is not over.
    Wait(&'a Wait),
}

impl Traced {
    /// Nothing is known yet of this contact.
    pub fn asked(contact: &str) -> Self {
        Self { contact: contact.to_owned(), queue: None, told: Told::Asked }
    }

    /// The life, once it is there.
    pub const fn life(&self) -> Option<&Trace> {
        match &self.told {
            Told::Life(life) => Some(life),
            Told::Asked | Told::Refused(_) => None,
        }
    }

    /// What can be looked at, in order.
    pub fn items(&self) -> Vec<Item<'_>> {
        let Some(life) = self.life() else { return Vec::new() };
        let decisions = life.decisions.iter().enumerate();
        let decisions = decisions.map(|(at, decision)| Item::Decision(at, decision));
        decisions.chain(life.waits.as_ref().map(Item::Wait)).collect()
    }

    /// The one looked at; the last one, where none is chosen.
    pub fn item(&self, selected: Option<&str>) -> Option<Item<'_>> {
        let items = self.items();
        let at = selected.and_then(|selected| selected.parse::<usize>().ok());
        items.get(at.unwrap_or(usize::MAX)).or(items.last()).copied()
    }

    /// The decision looked at, if it is one.
    pub fn decision(&self, selected: Option<&str>) -> Option<&Decision> {
        match self.item(selected)? {
            Item::Decision(_, decision) => Some(decision),
            Item::Wait(_) => None,
        }
    }
}

/// Candidates in the order they matter: the chosen one, those eligible, those who could be soon,
/// by themselves or because somebody asks them, those who are busy, the others; those signed out
/// last.
pub fn ordered(agents: &[Candidate]) -> Vec<&Candidate> {
    let mut ordered: Vec<_> = agents.iter().collect();
    ordered.sort_by_key(|agent| rank(&agent.verdict));
    ordered
}

/// How many agents each verdict has, most first; the chosen one aside.
pub fn verdicts(agents: &[Candidate]) -> Vec<(&str, usize)> {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for agent in agents.iter().filter(|agent| agent.verdict != "chosen") {
        *counts.entry(&agent.verdict).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    counts
}

/// Whether an agent could have taken the contact.
pub fn is_eligible(verdict: &str) -> bool {
    rank(verdict) <= 1
}

fn rank(verdict: &str) -> u8 {
    match verdict {
        "chosen" => 0,
        "lower_level" | "busier" | "more_contacts" | "later_turn" | "larger_number"
        | "held_contact" | "less_idle" => 1,
        "not_ready" | "wrap_up" | "paused" | "offered" => 2,
        "busy" | "full" | "pending" => 3,
        "signed_out" => 9,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_tells_is_read_and_what_it_adds_is_passed_over() {
        let life: Trace = serde_json::from_str(
            r#"{"contact":"c-1","channel":"voice","state":"waits in roads","timeline":[],
                "decisions":[{"seq":4,"agent":"ana","new":1}],"waits":{"ahead":2},"more":{}}"#,
        )
        .expect("a trace");
        let mut traced = Traced::asked("c-1");
        assert_eq!(traced.item(None), None);
        traced.told = Told::Life(Box::new(life));
        assert_eq!(traced.items().len(), 2);
        assert!(matches!(traced.item(None), Some(Item::Wait(Wait { ahead: 2, .. }))));
        assert_eq!(traced.decision(Some("0")).map(|decision| decision.seq), Some(4));
        assert!(traced.decision(Some("1")).is_none());
        assert!(matches!(traced.item(Some("77")), Some(Item::Wait(_))));
    }

    #[test]
    fn the_chosen_comes_first_and_the_absent_last() {
        let agent = |agent: &str, verdict: &str| Candidate {
            agent: agent.into(),
            verdict: verdict.into(),
            ..Candidate::default()
        };
        let agents = [
            agent("a", "signed_out"),
            agent("b", "busy"),
            agent("c", "less_idle"),
            agent("d", "chosen"),
            agent("e", "busy"),
        ];
        let order: String = ordered(&agents).iter().map(|agent| agent.agent.as_str()).collect();
        assert_eq!(order, "dcbea");
        assert_eq!(verdicts(&agents)[0], ("busy", 2));
        assert!(is_eligible("less_idle") && !is_eligible("busy"));
    }
}
