//! One replication of a case: callers and conversations in virtual time around the real engine.

use core::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use acd_core::{
    AgentId, Channel, Command, ContactId, Effect, Effects, EndCause, Engine, FrontEndId, Nanos,
    Party, QueueId, Submit, Timestamp,
};

use super::case::{Case, ContactRule, Span};
use super::configuration::definitions;
use super::law::{nanos, units};
use crate::rng::{Purpose, Seed, Stream};

const FRONT_END: FrontEndId = FrontEndId(1);
/// Days of a replication.
const DAYS_MAX: u32 = 1_000_000;
/// Of a steady span, what is not counted.
const WARM_UP: f64 = 0.05;

/// What a replication counted. Contacts count by when they came.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// By class.
    pub classes: Vec<Counts>,
    /// Waits of which is counted who waited at most that, in ns, rising.
    pub marks: Vec<u64>,
    /// Time counted, in ns.
    pub span: u64,
    /// Days counted.
    pub days: u64,
    /// Time of agents with a contact, in ns.
    pub busy: Vec<u64>,
    /// Time of contacts that wait, in ns.
    pub queued: u64,
    /// Contacts in the centre at the end of each slot, summed over days.
    pub in_system: Vec<u64>,
    /// Everybody who came, counted or not.
    pub arrivals: u64,
}

/// What became of a class.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Who came.
    pub arrived: u64,
    /// Who found no place.
    pub blocked: u64,
    /// Who was not answered at once.
    pub waited: u64,
    /// Who left.
    pub abandoned: u64,
    /// Who was answered.
    pub served: u64,
    /// Who was answered within the class's target.
    pub served_in_target: u64,
    /// Waits, in units.
    pub wait: f64,
    /// Their squares.
    pub wait_squared: f64,
    /// Waits of those answered.
    pub served_wait: f64,
    /// By mark: who waited at most that.
    pub waited_at_most: Vec<u64>,
    /// By mark: who was answered within that.
    pub served_in: Vec<u64>,
}

/// A contact in the centre.
#[derive(Clone, Copy, Debug)]
struct Live {
    class: u32,
    arrived: Timestamp,
    counted: bool,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Waits,
    Talks,
    Gone,
}

/// What comes next: contacts leave before conversations end, as they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Leaves(u64),
    Ends(u64, u32),
}

/// The streams of a class.
#[derive(Debug)]
struct Draws {
    arrivals: Stream,
    service: Stream,
    patience: Stream,
    next: Timestamp,
}

/// A centre of a case.
#[derive(Debug)]
pub struct Centre<'c> {
    case: &'c Case,
    engine: Engine,
    effects: Effects,
    events: BinaryHeap<Reverse<(Timestamp, Event)>>,
    draws: Vec<Draws>,
    /// Contacts by number, from `first` on.
    contacts: VecDeque<Live>,
    first: u64,
    present: u32,
    /// Counted contacts that still wait.
    open: u64,
    from: Timestamp,
    to: Timestamp,
    targets: Vec<u64>,
    tally: Tally,
}

impl<'c> Centre<'c> {
    /// Plays the replication of that number: about `arrivals` contacts, or days with as many.
    pub fn play(case: &'c Case, seed: Seed, replication: u32, arrivals: f64) -> Tally {
        let span = arrivals / case.rate();
        let (Span::Days { slot }, Some(day)) = (case.span, case.day()) else {
            let warm = span * WARM_UP;
            let mut centre = Self::new(case, seed, replication, warm, warm + span);
            centre.run();
            return centre.tally;
        };
        let mut whole = Tally::default();
        for at in 0..days(span, day) {
            let number = replication * DAYS_MAX + at;
            let mut centre = Self::new(case, seed, number, 0.0, day);
            centre.run_day(slot);
            whole.add(centre.tally);
        }
        whole
    }

    fn new(case: &'c Case, seed: Seed, replication: u32, from: f64, to: f64) -> Self {
        let mut marks: Vec<u64> =
            case.expected.iter().filter_map(|expected| expected.measure.mark(case)).collect();
        marks.sort_unstable();
        marks.dedup();
        let counts = Counts {
            waited_at_most: vec![0; marks.len()],
            served_in: vec![0; marks.len()],
            ..Counts::default()
        };
        let (from, to) = (Timestamp(nanos(from).0), Timestamp(nanos(to).0));
        let draws = (0..case.classes.len() as u64).map(|class| {
            let stream = |what: u64| seed.stream(Purpose::Truth, class * 4 + what, replication);
            let [arrivals, service, patience] = [0, 1, 2].map(stream);
            Draws { arrivals, service, patience, next: Timestamp(0) }
        });
        let mut centre = Self {
            case,
            engine: Engine::new(seed.0),
            effects: Effects::new(),
            events: BinaryHeap::new(),
            draws: draws.collect(),
            contacts: VecDeque::new(),
            first: 1,
            present: 0,
            open: 0,
            from,
            to,
            targets: case.classes.iter().map(|class| nanos(class.target).0).collect(),
            tally: Tally {
                classes: vec![counts; case.classes.len()],
                marks,
                span: to.0 - from.0,
                days: 1,
                busy: vec![0; case.people.len()],
                ..Tally::default()
            },
        };
        centre.open_doors();
        for class in 0..case.classes.len() {
            centre.draw_arrival(class, Timestamp(0));
        }
        centre
    }

    fn open_doors(&mut self) {
        self.apply(Timestamp(0), Command::Configure(Box::new(definitions(self.case))));
        self.apply(Timestamp(0), Command::FrontEndBack { front_end: FRONT_END });
        for agent in (1..=self.case.people.len() as u32).map(AgentId) {
            self.apply(Timestamp(0), Command::SignIn { agent, capacity: None });
            self.apply(Timestamp(0), Command::Ready { agent });
        }
        self.effects.clear();
    }

    /// Until everybody who counts was answered or has left; others come meanwhile.
    fn run(&mut self) {
        loop {
            let (at, class) = self.next_arrival();
            self.happen_until(at);
            if at >= self.to && self.open == 0 {
                return;
            }
            self.arrive(at, class);
        }
    }

    /// To the end of a day, looking about at the end of each slot.
    fn run_day(&mut self, slot: f64) {
        let slots = self.case.classes.first().map_or(0, |class| class.rates.len());
        for at in 1..=slots as u32 {
            let end = Timestamp(nanos(slot * f64::from(at)).0);
            loop {
                let (arrival, class) = self.next_arrival();
                if arrival >= end {
                    break;
                }
                self.happen_until(arrival);
                self.arrive(arrival, class);
            }
            self.happen_until(end);
            self.tally.in_system.push(self.present.into());
        }
    }

    fn next_arrival(&self) -> (Timestamp, usize) {
        let next = self.draws.iter().enumerate().map(|(class, draws)| (draws.next, class));
        next.min().unwrap_or((Timestamp(u64::MAX), 0))
    }

    /// Draws when the next contact of a class comes, after `now`. A rate that changes does so at
    /// the end of a slot: nobody has come until then, and from there the draw is made anew.
    fn draw_arrival(&mut self, class: usize, now: Timestamp) {
        let rates = &self.case.classes[class].rates;
        let draws = &mut self.draws[class];
        let Span::Days { slot } = self.case.span else {
            draws.next = now.after(draws.arrivals.exponential(nanos(1.0 / rates[0])));
            return;
        };
        let slot = nanos(slot).0;
        let mut from = now;
        draws.next = loop {
            let at = (from.0 / slot) as usize;
            let Some(rate) = rates.get(at) else { break Timestamp(u64::MAX) };
            let next = from.after(draws.arrivals.exponential(nanos(1.0 / rate)));
            let end = Timestamp((at as u64 + 1) * slot);
            if next < end {
                break next;
            }
            from = end;
        };
    }

    fn happen_until(&mut self, end: Timestamp) {
        while let Some(&Reverse((at, event))) = self.events.peek()
            && at <= end
        {
            self.events.pop();
            match event {
                Event::Leaves(contact) => self.leave(at, contact),
                Event::Ends(contact, _) => {
                    self.live(contact).phase = Phase::Gone;
                    self.present -= 1;
                    let contact = ContactId(contact);
                    let (cause, by) = (EndCause::Hangup, Party::Caller);
                    self.command(at, Command::End { contact, cause, by });
                    self.forget();
                }
            }
        }
    }

    fn leave(&mut self, at: Timestamp, contact: u64) {
        if contact < self.first || self.live(contact).phase != Phase::Waits {
            return;
        }
        self.live(contact).phase = Phase::Gone;
        self.present -= 1;
        let live = *self.live(contact);
        self.waited(at, live, false);
        self.command(at, Command::Abandon { contact: ContactId(contact) });
        self.forget();
    }

    fn arrive(&mut self, at: Timestamp, class: usize) {
        self.draw_arrival(class, at);
        self.tally.arrivals += 1;
        let counted = at >= self.from && at < self.to;
        let counts = &mut self.tally.classes[class];
        counts.arrived += u64::from(counted);
        if self.case.places.is_some_and(|places| self.present >= places) {
            counts.blocked += u64::from(counted);
            return;
        }
        self.present += 1;
        self.open += u64::from(counted);
        let contact = self.first + self.contacts.len() as u64;
        self.contacts.push_back(Live {
            class: class as u32,
            arrived: at,
            counted,
            phase: Phase::Waits,
        });
        self.command(at, submit(self.case, class));
        debug_assert_eq!(self.engine.counters().contacts, contact, "contacts are numbered in turn");
        if self.live(contact).phase == Phase::Waits {
            self.tally.classes[class].waited += u64::from(counted);
            if let Some(patience) = self.case.classes[class].patience {
                let leaves = at.after(patience.draw(&mut self.draws[class].patience, 1.0));
                self.events.push(Reverse((leaves, Event::Leaves(contact))));
            }
        }
    }

    /// Gives a command to the engine; whoever is offered a contact answers at once.
    fn command(&mut self, at: Timestamp, command: Command) {
        self.apply(at, command);
        let mut offered = offers(&self.effects);
        while let Some((contact, offer, agent)) = offered {
            self.effects.clear();
            self.answer(at, contact.0, agent);
            self.apply(at, Command::Answer { offer });
            offered = offers(&self.effects);
        }
        self.effects.clear();
    }

    fn apply(&mut self, at: Timestamp, command: Command) {
        debug_assert!(self.engine.next_deadline().is_none_or(|due| due > at), "nothing is due");
        let done = self.engine.apply(at, command, &mut self.effects);
        done.expect("a centre says only what makes sense");
    }

    fn answer(&mut self, at: Timestamp, contact: u64, agent: AgentId) {
        let live = self.live(contact);
        live.phase = Phase::Talks;
        let live = *live;
        self.waited(at, live, true);
        let person = &self.case.people[agent.0 as usize - 1];
        let class = live.class as usize;
        let skill = person.skills.iter().find(|skill| skill.0 == class);
        let factor = skill.map_or(1.0, |skill| skill.2);
        let length = self.case.classes[class].service.draw(&mut self.draws[class].service, factor);
        let end = at.after(length);
        self.tally.busy[agent.0 as usize - 1] += self.overlap(at, end);
        self.events.push(Reverse((end, Event::Ends(contact, agent.0))));
    }

    /// A wait is over.
    fn waited(&mut self, at: Timestamp, live: Live, served: bool) {
        self.tally.queued += self.overlap(live.arrived, at);
        if !live.counted {
            return;
        }
        self.open -= 1;
        let wait_ns = at.0 - live.arrived.0;
        let wait = units(wait_ns);
        let counts = &mut self.tally.classes[live.class as usize];
        counts.wait += wait;
        counts.wait_squared += wait * wait;
        let first = self.tally.marks.partition_point(|mark| *mark < wait_ns);
        for count in &mut counts.waited_at_most[first..] {
            *count += 1;
        }
        if served {
            counts.served += 1;
            counts.served_wait += wait;
            let in_target = wait_ns <= self.targets[live.class as usize];
            counts.served_in_target += u64::from(in_target);
            for count in &mut counts.served_in[first..] {
                *count += 1;
            }
        } else {
            counts.abandoned += 1;
        }
    }

    /// How much of a time counts.
    fn overlap(&self, from: Timestamp, to: Timestamp) -> u64 {
        to.min(self.to).0.saturating_sub(from.max(self.from).0)
    }

    fn live(&mut self, contact: u64) -> &mut Live {
        let at = (contact - self.first) as usize;
        self.contacts.get_mut(at).expect("contacts are numbered in turn, and kept until they go")
    }

    /// Lets go of those at the front who are gone.
    fn forget(&mut self) {
        while self.contacts.front().is_some_and(|live| live.phase == Phase::Gone) {
            self.contacts.pop_front();
            self.first += 1;
        }
    }
}

impl Tally {
    /// Adds another day.
    fn add(&mut self, day: Self) {
        if self.classes.is_empty() {
            *self = day;
            return;
        }
        let zip = |mine: &mut [u64], other: &[u64]| {
            for (mine, other) in mine.iter_mut().zip(other) {
                *mine += other;
            }
        };
        for (mine, other) in self.classes.iter_mut().zip(&day.classes) {
            mine.arrived += other.arrived;
            mine.blocked += other.blocked;
            mine.waited += other.waited;
            mine.abandoned += other.abandoned;
            mine.served += other.served;
            mine.served_in_target += other.served_in_target;
            mine.wait += other.wait;
            mine.wait_squared += other.wait_squared;
            mine.served_wait += other.served_wait;
            zip(&mut mine.waited_at_most, &other.waited_at_most);
            zip(&mut mine.served_in, &other.served_in);
        }
        self.span += day.span;
        self.days += day.days;
        zip(&mut self.busy, &day.busy);
        self.queued += day.queued;
        zip(&mut self.in_system, &day.in_system);
        self.arrivals += day.arrivals;
    }
}

/// Days that make up a span, one at least.
#[expect(clippy::cast_sign_loss, reason = "neither is negative")]
fn days(span: f64, day: f64) -> u32 {
    ((span / day).ceil() as u32).clamp(1, DAYS_MAX)
}

fn offers(effects: &Effects) -> Option<(ContactId, acd_core::OfferId, AgentId)> {
    effects.iter().find_map(|effect| match *effect {
        Effect::Offered { contact, offer, agent, .. } => Some((contact, offer, agent)),
        _ => None,
    })
}

fn submit(case: &Case, class: usize) -> Command {
    let prio = match case.contact_rule {
        // Case files check that there are at most ten.
        ContactRule::Priority => 9 - case.classes[class].priority.min(9) as u8,
        ContactRule::Fifo | ContactRule::EarliestDue => 5,
    };
    Command::Submit(Submit {
        front_end: FRONT_END,
        channel: Channel::Voice,
        queue: QueueId(class as u32 + 1),
        prio,
        needs: Vec::new(),
        prefer: Vec::new(),
        prefer_for: None,
        age: Nanos(0),
    })
}
