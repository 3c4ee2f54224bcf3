//! Both sides side by side: the same commands, and everything they show compared after each.

use acd_core::{Command, ContactId, Effects, Rejection, State, Timestamp};

use crate::audit::Audit;
use crate::generate::{Coverage, Generator};
use crate::side::Side;

/// A command and its time.
pub type TimedCommand = (Timestamp, Command);

/// Two sides, compared after every command.
#[derive(Debug)]
pub struct Lockstep<A, B> {
    /// The side under test.
    pub tested: A,
    /// The side it is held against.
    pub model: B,
    /// The model's state after the last command.
    pub state: State,
    /// What has been met.
    pub coverage: Coverage,
    audit: Audit,
}

/// Where two sides first differed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Seed of the world.
    pub seed: u64,
    /// The commands up to the difference.
    pub commands: Vec<TimedCommand>,
    /// What differed after the last of them.
    pub what: String,
}

impl<A: Side, B: Side> Lockstep<A, B> {
    /// Begins with both sides new.
    pub fn new(tested: A, model: B) -> Self {
        let state = model.state();
        Self { tested, model, state, coverage: Coverage::default(), audit: Audit::default() }
    }

    /// Applies one command to both sides and compares result, effects, state, deadline,
    /// positions and expected waits; then audits the invariants.
    ///
    /// # Errors
    /// Says what differs, or which invariant is broken.
    pub fn apply(
        &mut self,
        now: Timestamp,
        command: &Command,
    ) -> Result<Result<Effects, Rejection>, String> {
        let (mut by_tested, mut by_model) = (Effects::new(), Effects::new());
        let tested = self.tested.apply(now, command.clone(), &mut by_tested);
        let model = self.model.apply(now, command.clone(), &mut by_model);
        same("result", &tested, &model)?;
        same("effects", &by_tested, &by_model)?;
        let before = std::mem::replace(&mut self.state, self.model.state());
        same_state(&self.tested.state(), &self.state)?;
        same("next deadline", &self.tested.next_deadline(), &self.model.next_deadline())?;
        self.same_estimates()?;
        self.tested.check()?;
        match model {
            Ok(()) => self.audit.follow(&by_model, &self.state)?,
            Err(_) => same("state after a refusal", &self.state, &before)?,
        }
        self.coverage.count(command, model.map(|()| by_model.as_slice()));
        Ok(model.map(|()| by_model))
    }

    /// One waiting contact after each command, in turn, and every one after each 32nd.
    fn same_estimates(&self) -> Result<(), String> {
        let turn = self.coverage.commands as usize;
        let waiting: Vec<_> = self.state.contacts.iter().collect();
        let mut asked: Vec<ContactId> = Vec::new();
        if turn.is_multiple_of(32) {
            asked.extend(waiting.iter().map(|contact| contact.contact));
            for queue in &self.state.queues {
                let (tested, model) = (&self.tested, &self.model);
                let queue = queue.queue;
                same("order", &tested.waiting_in(queue), &model.waiting_in(queue))?;
                let tested = tested.expected_wait_of_next_us(queue);
                same("expected wait of next", &tested, &model.expected_wait_of_next_us(queue))?;
            }
        } else if !waiting.is_empty() {
            asked.push(waiting[turn % waiting.len()].contact);
        }
        for contact in asked {
            let model = self.model.position(contact);
            same("position", &self.tested.position(contact), &model)?;
            let model = self.model.expected_wait_us(contact);
            same("expected wait", &self.tested.expected_wait_us(contact), &model)?;
        }
        Ok(())
    }
}

/// Drives a random world until the sides differ or the commands are used up.
///
/// # Errors
/// The first difference, with everything that led to it.
pub fn run<A: Side, B: Side>(
    seed: u64,
    commands: usize,
    sides: impl Fn(u64) -> (A, B),
) -> Result<Coverage, Box<Failure>> {
    let (tested, model) = sides(seed);
    let mut generator = Generator::new(seed);
    let mut lockstep = Lockstep::new(tested, model);
    let mut applied = Vec::new();
    for _ in 0..commands {
        let (now, command) = generator.next(&lockstep.state, lockstep.model.next_deadline());
        applied.push((now, command.clone()));
        if let Err(what) = lockstep.apply(now, &command) {
            return Err(Box::new(Failure { seed, commands: applied, what }));
        }
    }
    let hashes = (lockstep.tested.state_hash(), lockstep.model.state_hash());
    if let Err(what) = same("state hash", &hashes.0, &hashes.1) {
        return Err(Box::new(Failure { seed, commands: applied, what }));
    }
    Ok(lockstep.coverage)
}

/// The first difference between two sides that are given these commands, and after how many.
pub fn replay<A: Side, B: Side>(
    commands: &[TimedCommand],
    sides: (A, B),
) -> Option<(usize, String)> {
    let mut lockstep = Lockstep::new(sides.0, sides.1);
    for (index, (now, command)) in commands.iter().enumerate() {
        if let Err(what) = lockstep.apply(*now, command) {
            return Some((index + 1, what));
        }
    }
    None
}

/// Takes away commands, fewer and fewer at a time, as long as the sides still differ in the same.
pub fn shrink<A: Side, B: Side>(failure: &Failure, sides: impl Fn(u64) -> (A, B)) -> Failure {
    let mut shortest = failure.clone();
    let mut length = shortest.commands.len().div_ceil(2);
    while length > 0 {
        let mut from = 0;
        let mut shrunk = false;
        while from < shortest.commands.len() {
            let mut fewer = shortest.commands.clone();
            fewer.drain(from..(from + length).min(fewer.len()));
            let differs = replay(&fewer, sides(failure.seed));
            if let Some((count, what)) =
                differs.filter(|(_, what)| kind(what) == kind(&failure.what))
            {
                fewer.truncate(count);
                shortest = Failure { commands: fewer, what, ..shortest };
                shrunk = true;
            } else {
                from += length;
            }
        }
        if !shrunk || length > 1 {
            length = if length == 1 { 0 } else { length.div_ceil(2) };
        }
    }
    shortest
}

/// What kind of thing differs: the first words of the message.
fn kind(what: &str) -> &str {
    what.split_once(':').map_or(what, |(kind, _)| kind)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, tested: &T, model: &T) -> Result<(), String> {
    if tested == model {
        return Ok(());
    }
    Err(format!("{what}:\n  tested {tested:?}\n  model  {model:?}"))
}

/// Names the part of the state that differs, and shows only that.
fn same_state(tested: &State, model: &State) -> Result<(), String> {
    if tested == model {
        return Ok(());
    }
    same("now", &tested.now, &model.now)?;
    same("counters", &tested.counters, &model.counters)?;
    same("names", &tested.names, &model.names)?;
    same("definitions", &tested.definitions, &model.definitions)?;
    same("front ends", &tested.front_ends, &model.front_ends)?;
    same_list("queue", &tested.queues, &model.queues)?;
    same_list("agent", &tested.agents, &model.agents)?;
    same_list("contact", &tested.contacts, &model.contacts)?;
    same_list("offer", &tested.offers, &model.offers)?;
    same_list("wrap-up", &tested.wrap_ups, &model.wrap_ups)
}

fn same_list<T: PartialEq + std::fmt::Debug>(
    what: &str,
    tested: &[T],
    model: &[T],
) -> Result<(), String> {
    same(&format!("number of {what}s"), &tested.len(), &model.len())?;
    tested.iter().zip(model).try_for_each(|(tested, model)| same(what, tested, model))
}
