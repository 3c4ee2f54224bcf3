//! An auditor that trusts nobody: it is told what was done, and says what should not have been.
//!
//! It follows records, their effects and the state they lead to, and keeps books of its own. Who
//! should have been offered to whom it works out from the records alone
//! ([`acd_core::explain`]), not by the lists that matching keeps. It stops at the first violation,
//! with both sides of it.

mod books;

use std::fmt;

use acd_core::explain::{Cursors, Moment, Place, View};
use acd_core::{AgentId, Command, ContactId, Effect, Timestamp};
use serde::Serialize;

use crate::replay::Logged;
use crate::trace::words;
use books::Books;

/// What holds of a sound log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Records are numbered without gap or repeat, and time does not go back.
    Sequence,
    /// Every accepted contact is live or has ended once.
    Conservation,
    /// Origin and entry number never change.
    Age,
    /// One live offer a contact, and an agent.
    SingleOffer,
    /// Each contact taken is the first by rule 6, each agent the first by rule 7.
    Order,
    /// No contact waits while an agent is eligible for it.
    Liveness,
}

/// A rule that was broken, and both sides of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The record that broke it.
    pub seq: u64,
    /// When, UTC.
    pub at: String,
    /// Which.
    pub rule: Rule,
    /// What was done.
    pub found: String,
    /// What should have been.
    pub expected: String,
}

/// What an auditor knows so far.
#[derive(Debug)]
pub struct Audit {
    books: Books,
    cursors: Cursors,
    seq: Option<u64>,
    now: Timestamp,
    /// Records to go until everything is compared again.
    rest: usize,
}

impl Rule {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sequence => "sequence",
            Self::Conservation => "conservation",
            Self::Age => "age",
            Self::SingleOffer => "single offer",
            Self::Order => "order",
            Self::Liveness => "liveness",
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "record {} at {}: {} is violated", self.seq, self.at, self.rule.name())?;
        writeln!(f, "  found     {}", self.found)?;
        write!(f, "  expected  {}", self.expected)
    }
}

impl std::error::Error for Violation {}

/// Why a rule is broken, before it is known in which record.
type Broken = (Rule, String, String);

impl Audit {
    /// Begins at a state that is taken as it is; its record's number, where that is known.
    pub fn begin(view: &dyn View, now: Timestamp, seq: Option<u64>) -> Self {
        Self { books: Books::of(view), cursors: Cursors::of(view), seq, now, rest: 0 }
    }

    /// Follows one record, its effects and what they lead to.
    pub fn follow(
        &mut self,
        logged: &Logged,
        effects: &[Effect],
        view: &dyn View,
    ) -> Result<(), Violation> {
        let seq = logged.seq;
        self.check(logged, effects, view).map_err(|(rule, found, expected)| Violation {
            seq,
            at: words::instant(logged.now),
            rule,
            found,
            expected,
        })
    }

    fn check(
        &mut self,
        logged: &Logged,
        effects: &[Effect],
        view: &dyn View,
    ) -> Result<(), Broken> {
        self.sequence(logged)?;
        for (at, effect) in effects.iter().enumerate() {
            if let Effect::Offered { contact, agent, .. } = *effect {
                let named = at == 0 && matches!(logged.command, Some(Command::OfferTo { .. }));
                if !named {
                    self.order(contact, agent, &effects[at..], view)?;
                }
            }
            self.books.enter(effect, view)?;
            self.cursors.follow(view, effect);
        }
        if let Some((contact, agent)) = Moment::present(view).next() {
            let (waits, free) = (words::contact(contact), words::agent(view, agent));
            let found = format!("{waits} waits while {free} is eligible for it");
            return Err((Rule::Liveness, found, format!("an offer of {waits} to {free}")));
        }
        // Comparing everything costs as much as there are contacts; it is spread over as many.
        match self.rest.checked_sub(1) {
            Some(rest) => self.rest = rest,
            None => self.rest = self.books.compare(view)? / 16,
        }
        Ok(())
    }

    /// Everything compared once more, at the end.
    pub fn finish(&self, view: &dyn View) -> Result<(), Violation> {
        let (seq, at) = (self.seq.unwrap_or_default(), words::instant(self.now));
        let compared = self.books.compare(view);
        compared.map(|_| ()).map_err(|(rule, found, expected)| Violation {
            seq,
            at,
            rule,
            found,
            expected,
        })
    }

    fn sequence(&mut self, logged: &Logged) -> Result<(), Broken> {
        let Logged { seq, now, .. } = *logged;
        if let Some(last) = self.seq.replace(seq)
            && seq != last + 1
        {
            let found = format!("record {seq} comes after record {last}");
            return Err((Rule::Sequence, found, format!("record {}", last + 1)));
        }
        let last = std::mem::replace(&mut self.now, now);
        if now < last {
            let found = format!("its time is {}", words::instant(now));
            return Err((Rule::Sequence, found, format!("not before {}", words::instant(last))));
        }
        Ok(())
    }

    /// An offer is to be the next by rules 3, 6 and 7.
    fn order(
        &self,
        contact: ContactId,
        agent: AgentId,
        offers: &[Effect],
        view: &dyn View,
    ) -> Result<(), Broken> {
        let moment = Moment::before(view, offers, &self.cursors);
        let next = moment.next();
        if next == Some((contact, agent)) {
            return Ok(());
        }
        let (of, to) = (words::contact(contact), words::agent(view, agent));
        let why_not = moment.verdict(contact, agent);
        let said = why_not.map_or_else(
            || ", who did not wait".into(),
            |verdict| format!(" ({})", words::verdict_text(&verdict, view)),
        );
        let place =
            |place: Option<Place>| place.map_or(String::new(), |place| words::place(&place));
        let found = format!("{of} was offered to {to}{said}; {}", place(moment.place_of(contact)));
        let expected = next.map_or("no offer: nobody is eligible".into(), |(contact, agent)| {
            let (of, to) = (words::contact(contact), words::agent(view, agent));
            format!("{of} to {to}; {}", place(moment.place_of(contact)))
        });
        Err((Rule::Order, found, expected))
    }
}
