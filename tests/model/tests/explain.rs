//! Explanations say what the naive model says: the same choice, and the same of every agent.

use std::collections::BTreeMap;

use acd_core::explain::{Cursors, Explanation, Later, Moment, Verdict};
use acd_core::{
    Command, ContactId, ContactState, Effect, Effects, Engine, OfferId, QueueId, State,
};
use acd_model::generate::Generator;
use acd_model::{Model, Random};

const WORLDS: u64 = 150;
const COMMANDS: u64 = 500;

/// What the model calls it.
const fn class(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::SignedOut => "signed out",
        Verdict::NotPreferred => "not preferred",
        Verdict::WrongSite => "wrong site",
        Verdict::LacksSkill { .. } => "lacks skill",
        Verdict::TakesNone => "takes none",
        Verdict::NotReady(_) => "not ready",
        Verdict::Pending(_) => "pending",
        Verdict::Paused { .. } => "paused",
        Verdict::Offered { .. } => "offered",
        Verdict::Blocked { .. } => "blocked",
        Verdict::Full { .. } => "full",
        Verdict::First => "first",
        Verdict::Later(Later::LowerLevel { .. }) => "lower level",
        Verdict::Later(Later::Busier { .. }) => "busier",
        Verdict::Later(Later::MoreContacts { .. }) => "more contacts",
        Verdict::Later(Later::LaterTurn) => "later turn",
        Verdict::Later(Later::LargerNumber) => "larger number",
        Verdict::Later(Later::HeldContact) => "held contact",
        Verdict::Later(Later::LessIdle) => "less idle",
    }
}

/// Every class there is.
const CLASSES: usize = 19;

/// A state before the offers were made, given where the queues' cursors stood.
fn taken_back(
    mut state: State,
    offers: &[OfferId],
    cursors: &BTreeMap<QueueId, Option<acd_core::AgentId>>,
) -> Model {
    for contact in &mut state.contacts {
        if let ContactState::Offered { offer } = contact.state
            && offers.contains(&offer)
        {
            contact.state = ContactState::Waiting;
        }
    }
    state.offers.retain(|offer| !offers.contains(&offer.offer));
    for queue in &mut state.queues {
        queue.cursor = cursors.get(&queue.queue).copied().flatten();
    }
    Model::at(state)
}

/// Holds an explanation against the model; counts what was met.
fn same(explained: &Explanation, model: &Model, met: &mut BTreeMap<&'static str, u64>) {
    let contact = explained.contact.contact;
    let candidates = explained.candidates.iter();
    let said: Vec<_> = candidates.map(|c| (c.agent, class(&c.verdict))).collect();
    assert_eq!(said, model.verdicts(contact), "{contact:?} by {:?}", explained.strategy);
    for (_, class) in said {
        *met.entry(class).or_default() += 1;
    }
    let order = model.in_order();
    let place = order.iter().position(|&other| other == contact);
    assert_eq!(place.is_none(), explained.suspended);
    let (Some(place), Some(first)) = (place, explained.first) else { return };
    assert_eq!(explained.ahead as usize, place);
    let rivals = order[place + 1..].iter().copied();
    let rivals: Vec<ContactId> = rivals.filter(|&other| model.is_eligible(other, first)).collect();
    let said: Vec<_> = explained.rivals.iter().map(|rival| rival.contact).collect();
    assert_eq!(said, rivals, "rivals of {contact:?} for {first:?}");
    *met.entry("rival").or_default() += rivals.len() as u64;
}

/// Explains every offer among the effects of a command.
fn explain_offers(
    engine: &Engine,
    command: &Command,
    effects: &[Effect],
    cursors: &mut Cursors,
    met: &mut BTreeMap<&'static str, u64>,
) {
    let mut known: BTreeMap<_, _> = BTreeMap::new();
    for (at, effect) in effects.iter().enumerate() {
        let &Effect::Offered { contact, agent, .. } = effect else {
            cursors.follow(engine, effect);
            continue;
        };
        let offers: Vec<_> = effects[at..].iter().filter_map(offer).collect();
        for queue in engine.state().queues {
            known.insert(queue.queue, cursors.get(queue.queue));
        }
        let moment = Moment::before(engine, &effects[at..], cursors);
        let explained = moment.explain(contact).expect("it waited");
        let model = taken_back(engine.state(), &offers, &known);
        let named = matches!(command, Command::OfferTo { .. }) && at == 0;
        if !named {
            assert_eq!(explained.first, Some(agent), "{contact:?} after {command:?}");
            assert_eq!(model.in_order()[explained.ahead as usize], contact);
        }
        same(&explained, &model, met);
        cursors.follow(engine, effect);
    }
}

const fn offer(effect: &Effect) -> Option<OfferId> {
    match effect {
        Effect::Offered { offer, .. } => Some(*offer),
        _ => None,
    }
}

#[test]
fn explanations_agree_with_the_model_about_every_agent() {
    let mut met = BTreeMap::new();
    for seed in 1..=WORLDS {
        let (mut engine, mut random) = (Engine::new(seed), Random::new(seed));
        let mut generator = Generator::new(seed);
        let mut cursors = Cursors::of(&engine);
        for _ in 0..COMMANDS {
            let (now, command) = generator.next(&engine.state(), engine.next_deadline());
            let mut effects = Effects::new();
            if engine.apply(now, command.clone(), &mut effects).is_err() {
                continue;
            }
            explain_offers(&engine, &command, &effects, &mut cursors, &mut met);
            let state = engine.state();
            let Some(waits) = random.pick(&state.contacts) else { continue };
            let explained = Moment::present(&engine).explain(waits.contact);
            assert_eq!(explained.is_some(), waits.state == ContactState::Waiting);
            let Some(explained) = explained else { continue };
            assert!(explained.first.is_none() || explained.suspended, "nobody waits for nothing");
            same(&explained, &Model::at(state.clone()), &mut met);
        }
    }
    println!("{met:?}");
    assert!(met.values().all(|&count| count > 20), "{met:?}");
    assert_eq!(met.len(), CLASSES + 1, "every verdict is met, and rivals");
}
