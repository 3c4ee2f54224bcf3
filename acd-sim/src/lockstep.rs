//! The world played against the engine itself, in virtual time: no clock, no socket, no thread.

use acd_core::{
    AgentId, Command, ContactId, Effect, Effects, Engine, FailCause, Nanos, Rejection, Submit,
    Timestamp, Transfer,
};

use crate::act::{Act, Actor, ContactFact, DeskFact, Move, Seen, Source};
use crate::city::VisitId;
use crate::world::World;

/// What happened in a play.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// Commands given to the engine, Ticks included.
    pub commands: u64,
    /// Effects it made.
    pub effects: u64,
    /// Offers made: decisions.
    pub decisions: u64,
    /// A hash of the sequence of decisions: contact, agent and time of each.
    pub decisions_hash: u64,
}

/// Gives one command to the engine. A play calls it for every command, so that a caller can
/// measure or check around it; [`apply`] does nothing but that.
pub trait Apply:
    FnMut(&mut Engine, Timestamp, Command, &mut Effects) -> Result<(), Rejection>
{
}

impl<F> Apply for F where
    F: FnMut(&mut Engine, Timestamp, Command, &mut Effects) -> Result<(), Rejection>
{
}

/// Gives one command to the engine.
pub fn apply(
    engine: &mut Engine,
    now: Timestamp,
    command: Command,
    effects: &mut Effects,
) -> Result<(), Rejection> {
    engine.apply(now, command, effects)
}

/// A play of a world against an engine that has its definitions.
///
/// ```
/// use acd_core::{Command, Definitions, Effects, Engine, Nanos, Timestamp};
/// use acd_sim::{City, Lockstep, World, lockstep};
///
/// let definitions = Definitions::default();
/// let mut engine = Engine::new(311);
/// let configure = Command::Configure(Box::new(definitions.clone()));
/// engine.apply(Timestamp(0), configure, &mut Effects::new()).expect("no definitions are valid");
/// let ten = Timestamp(Nanos::from_secs(10 * 3_600).0);
/// let mut play = Lockstep::new(engine, World::new(City::new(311, &definitions), ten));
/// play.until(ten.after(Nanos::from_secs(60)), lockstep::apply);
/// assert!(play.world().tally().adds_up());
/// ```
#[derive(Debug)]
pub struct Lockstep {
    engine: Engine,
    world: World,
    effects: Effects,
    played: Played,
}

impl Lockstep {
    /// A play that has not begun. The engine gets the world's front ends.
    pub fn new(mut engine: Engine, world: World) -> Self {
        let mut effects = Effects::new();
        for source in Source::ALL {
            let back = Command::FrontEndBack { front_end: source.front_end() };
            let there = engine.apply(engine.now(), back, &mut effects);
            there.expect("an engine takes the next front end while nothing is due");
        }
        let played = Played { decisions_hash: FNV_OFFSET, ..Played::default() };
        Self { engine, world, effects, played }
    }

    /// Plays everything that happens before an instant.
    pub fn until(&mut self, end: Timestamp, mut apply: impl Apply) {
        loop {
            let tick = self.engine.next_deadline();
            let intent = self.world.next_due();
            let now = match (tick, intent) {
                (Some(tick), Some(intent)) => tick.min(intent),
                (Some(at), None) | (None, Some(at)) => at,
                (None, None) => return,
            };
            if now >= end {
                return;
            }
            // What a Tick has left over is due in the past.
            let now = now.max(self.engine.now());
            if tick.is_some_and(|due| due <= now) {
                let ticked = self.apply(now, Command::Tick, None, &mut apply);
                debug_assert!(ticked.is_ok(), "a due Tick is not refused: {ticked:?}");
            } else if let Some(next) = self.world.next_move(now) {
                self.make(now, &next, &mut apply);
            }
        }
    }

    /// The world as it is now.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The engine as it is now.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What happened so far.
    pub fn played(&self) -> Played {
        self.played
    }

    fn make(&mut self, now: Timestamp, next: &Move, apply: &mut impl Apply) {
        let submitted = match &next.act {
            Act::Submit(visit) => Some(visit.visit),
            _ => None,
        };
        if self.apply(now, command(now, next), submitted, apply).is_err() {
            self.world.refused(&next.act);
        }
    }

    /// Gives a command to the engine and shows everybody what it came to.
    fn apply(
        &mut self,
        now: Timestamp,
        command: Command,
        submitted: Option<VisitId>,
        apply: &mut impl Apply,
    ) -> Result<(), Rejection> {
        self.played.commands += 1;
        let mut effects = core::mem::take(&mut self.effects);
        effects.clear();
        let result = apply(&mut self.engine, now, command, &mut effects);
        self.played.effects += effects.len() as u64;
        for effect in &effects {
            self.show(now, effect, submitted);
        }
        self.effects = effects;
        result
    }

    fn show(&mut self, now: Timestamp, effect: &Effect, submitted: Option<VisitId>) {
        if let Effect::Offered { contact, agent, .. } = effect {
            self.played.decisions += 1;
            let decision = [contact.0, u64::from(agent.0), now.0];
            self.played.decisions_hash = fnv(self.played.decisions_hash, decision);
        }
        if let Some((contact, fact)) = contact_fact(effect, submitted, &self.world) {
            self.world.see(now, Seen::Contact(contact, fact));
        }
        if let Some((agent, fact)) = desk_fact(effect, &self.world) {
            self.world.see(now, Seen::Desk(agent, fact));
        }
    }
}

/// What an effect shows of a contact to its front end.
fn contact_fact(
    effect: &Effect,
    submitted: Option<VisitId>,
    world: &World,
) -> Option<(ContactId, ContactFact)> {
    Some(match *effect {
        Effect::Queued { contact, queue } => {
            let visit = world.visit_of(contact).or(submitted)?;
            (contact, ContactFact::Queued(visit, queue))
        }
        Effect::Offered { contact, offer, agent, .. } => {
            (contact, ContactFact::Offered(offer, agent))
        }
        Effect::Requeued { contact, .. } => (contact, ContactFact::Requeued),
        Effect::Connected { contact, agent, .. } => (contact, ContactFact::Connected(agent)),
        Effect::TurnedCallback { contact } => (contact, ContactFact::TurnedCallback),
        Effect::Scheduled { contact, .. } => (contact, ContactFact::Scheduled),
        Effect::Moved { contact, queue } => (contact, ContactFact::Moved(queue)),
        Effect::Transferred { contact, next, .. } => (contact, ContactFact::Transferred(next)),
        Effect::Parked { contact } => (contact, ContactFact::Parked),
        Effect::Resumed { contact } => (contact, ContactFact::Resumed),
        Effect::Ended { contact, cause, .. } => (contact, ContactFact::Ended(cause)),
        _ => return None,
    })
}

/// What an effect shows to an agent at the desktop.
fn desk_fact(effect: &Effect, world: &World) -> Option<(AgentId, DeskFact)> {
    Some(match *effect {
        Effect::Offered { contact, offer, agent, .. } if !world.by_device(contact) => {
            (agent, DeskFact::Offered(offer, contact))
        }
        Effect::OfferFailed { agent, .. } | Effect::OfferRevoked { agent, .. } => {
            (agent, DeskFact::OfferOver)
        }
        Effect::Connected { agent, .. } => (agent, DeskFact::OfferOver),
        Effect::WrapUp { contact, agent, until } => (agent, DeskFact::WrapUp(contact, until)),
        Effect::AgentState { agent, presence, .. } => (agent, DeskFact::Presence(presence)),
        _ => return None,
    })
}

/// The command that a move is.
fn command(now: Timestamp, next: &Move) -> Command {
    let agent = match next.by {
        Actor::Agent(agent) => agent,
        Actor::FrontEnd(_) => AgentId(0),
    };
    match &next.act {
        Act::Submit(visit) => Command::Submit(Submit {
            front_end: Source::of(visit.channel).front_end(),
            channel: visit.channel,
            queue: visit.queue,
            prio: visit.prio,
            needs: visit.needs.clone(),
            prefer: visit.prefer.clone(),
            prefer_for: None,
            age: Nanos(0),
        }),
        Act::Abandon(contact) => Command::Abandon { contact: *contact },
        Act::Callback(contact, later) => {
            Command::Callback { contact: *contact, at: later.map(|length| now.after(length)) }
        }
        Act::CallbackFailed(contact) => Command::CallbackFailed { contact: *contact },
        Act::Ringing(offer) => Command::OfferRinging { offer: *offer },
        Act::Answer(offer) => Command::Answer { offer: *offer },
        Act::Fail(offer, cause) => Command::OfferFailed { offer: *offer, cause: *cause },
        Act::Reject(offer) => Command::OfferFailed { offer: *offer, cause: FailCause::Rejected },
        Act::End(contact, cause, by) => Command::End { contact: *contact, cause: *cause, by: *by },
        Act::Transfer(contact, to) => {
            Command::Transfer(Transfer { contact: *contact, to: *to, needs: None, keep_age: true })
        }
        Act::Hold(contact) => Command::Hold { contact: *contact },
        Act::Unhold(contact) => Command::Unhold { contact: *contact },
        Act::Requeue(contact) => Command::Requeue { contact: *contact },
        Act::SignIn => Command::SignIn { agent, capacity: None },
        Act::SignOut => Command::SignOut { agent },
        Act::Ready => Command::Ready { agent },
        Act::NotReady(reason) => Command::NotReady { agent, reason: *reason },
        Act::WrapDone(contact) => Command::WrapDone { agent, contact: *contact },
        Act::WrapExtend(contact, by) => Command::WrapExtend { agent, contact: *contact, by: *by },
    }
}

/// Where FNV-1a begins.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a over the bytes of a decision.
fn fnv(hash: u64, decision: [u64; 3]) -> u64 {
    let bytes = decision.into_iter().flat_map(u64::to_le_bytes);
    bytes.fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
