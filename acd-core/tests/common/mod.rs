//! A small world for tests, and the few helpers they share.
#![allow(dead_code, reason = "each test file uses some of the helpers")]

use acd_core::{
    AgentDefinition, AgentId, Channel, Command, ContactId, Definitions, Effect, Engine, FrontEndId,
    Nanos, OfferId, QueueDefinition, QueueId, Rejection, Submit, Term, Timestamp,
};

/// An engine and its clock.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) now: Timestamp,
}

/// Agent `ana`.
pub(crate) const ANA: AgentId = AgentId(1);
/// Agent `bob`.
pub(crate) const BOB: AgentId = AgentId(2);
/// Queue `roads`.
pub(crate) const ROADS: QueueId = QueueId(1);
/// Queue `parks`.
pub(crate) const PARKS: QueueId = QueueId(2);
/// The front end.
pub(crate) const PBX: FrontEndId = FrontEndId(1);

impl World {
    /// Queues `roads` and `parks` with every default, agents `ana` and `bob` with spanish 5 and
    /// 8, one front end; changed as the caller likes.
    pub(crate) fn with(change: impl FnOnce(&mut Definitions)) -> Self {
        let agent = |name: &str, level| AgentDefinition {
            skills: vec![Term { skill: "spanish".into(), level }],
            ..AgentDefinition::named(name)
        };
        let mut definitions = Definitions {
            skills: vec!["spanish".into()],
            sites: vec!["north".into()],
            reasons: vec!["lunch".into()],
            queues: vec![QueueDefinition::named("roads"), QueueDefinition::named("parks")],
            agents: vec![agent("ana", 5), agent("bob", 8)],
            ..Definitions::default()
        };
        change(&mut definitions);
        let mut world = Self { engine: Engine::new(311), now: Timestamp(0) };
        world.ok(Command::Configure(Box::new(definitions)));
        world.ok(Command::FrontEndBack { front_end: PBX });
        world
    }

    /// The world as it is, nobody signed in.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// Lets time pass, ticking at every deadline; gives all effects.
    pub(crate) fn wait_ms(&mut self, ms: u64) -> Vec<Effect> {
        let end = self.now.after(Nanos::from_millis(ms));
        let mut effects = Vec::new();
        while let Some(due) = self.engine.next_deadline().filter(|&due| due <= end) {
            self.now = self.now.max(due);
            effects.extend(self.ok(Command::Tick));
        }
        self.now = end;
        effects
    }

    /// Applies a command that must be accepted.
    pub(crate) fn ok(&mut self, command: Command) -> Vec<Effect> {
        let mut effects = Vec::new();
        let text = format!("{command:?}");
        let result = self.engine.apply(self.now, command, &mut effects);
        assert_eq!(result, Ok(()), "{text}");
        assert_eq!(self.engine.check_invariants(), Ok(()), "after {text}");
        effects
    }

    /// Applies a command that must be refused, and change nothing.
    pub(crate) fn refused(&mut self, command: Command) -> Rejection {
        let (mut effects, before) = (Vec::new(), self.engine.state());
        let result = self.engine.apply(self.now, command, &mut effects);
        assert_eq!(self.engine.state(), before, "a refused command changes nothing");
        assert_eq!(effects, [], "a refused command has no effects");
        result.expect_err("the command is refused")
    }

    /// Signs an agent in and makes it ready.
    pub(crate) fn ready(&mut self, agent: AgentId) -> Vec<Effect> {
        self.ok(Command::SignIn { agent, capacity: None });
        self.ok(Command::Ready { agent })
    }

    /// Submits a contact; gives its number and the effects after `Queued`.
    pub(crate) fn submit(&mut self, queue: QueueId, channel: Channel) -> (ContactId, Vec<Effect>) {
        self.submit_as(contact(queue, channel))
    }

    /// Submits a contact; gives its number and the effects after `Queued`.
    pub(crate) fn submit_as(&mut self, submit: Submit) -> (ContactId, Vec<Effect>) {
        let queue = submit.queue;
        let mut effects = self.ok(Command::Submit(submit));
        let contact = ContactId(self.engine.counters().contacts);
        assert_eq!(effects.remove(0), Effect::Queued { contact, queue });
        (contact, effects)
    }

    /// Submits a contact and lets the agent it is offered to answer.
    pub(crate) fn connected(&mut self, queue: QueueId, channel: Channel) -> ContactId {
        let (contact, _) = self.submit(queue, channel);
        self.answer();
        contact
    }

    /// Answers the last offer.
    pub(crate) fn answer(&mut self) -> Vec<Effect> {
        let offer = OfferId(self.engine.counters().offers);
        self.ok(Command::Answer { offer })
    }
}

/// A contact with nothing special.
pub(crate) fn contact(queue: QueueId, channel: Channel) -> Submit {
    Submit {
        front_end: PBX,
        channel,
        queue,
        prio: 5,
        needs: Vec::new(),
        prefer: Vec::new(),
        prefer_for: None,
        age: Nanos(0),
    }
}

/// Who is offered which contact in these effects.
pub(crate) fn offers(effects: &[Effect]) -> Vec<(ContactId, AgentId)> {
    let offer = |effect: &Effect| match *effect {
        Effect::Offered { contact, agent, .. } => Some((contact, agent)),
        _ => None,
    };
    effects.iter().filter_map(offer).collect()
}
