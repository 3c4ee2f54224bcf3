//! Who is offered to whom: order of contacts, choice of agents, requirements over time.

mod common;

use std::collections::BTreeSet;

use acd_core::{
    AgentDefinition, AgentId, Channel, Command, Effect, EndCause, MaxWait, MaxWaitAction, Nanos,
    Need, Party, Rejection, SkillId, Step, Strategy, Submit, Term, WrapUpMode,
};
use common::{ANA, BOB, PARKS, ROADS, World, contact, offers};

const SPANISH: SkillId = SkillId(1);

fn spanish(level: u8) -> Term {
    Term { skill: "spanish".into(), level }
}

#[test]
fn a_contact_with_a_free_agent_is_offered_at_once_else_waits_for_one() {
    let mut world = World::new();
    let (waits, effects) = world.submit(ROADS, Channel::Voice);
    assert_eq!(effects, []);
    let effects = world.ready(ANA);
    assert_eq!(offers(&effects), [(waits, ANA)]);
    world.ready(BOB);
    let (next, effects) = world.submit(PARKS, Channel::Voice);
    assert_eq!(offers(&effects), [(next, BOB)]);
}

#[test]
fn the_earliest_deadline_over_all_queues_is_first_and_priority_beats_it() {
    let mut world = World::with(|d| d.queues[1].objective = Nanos::from_secs(10));
    let (roads, _) = world.submit(ROADS, Channel::Voice);
    world.wait_ms(1_000);
    let (parks, _) = world.submit(PARKS, Channel::Voice);
    world.wait_ms(1_000);
    let (urgent, _) = world.submit_as(Submit { prio: 6, ..contact(ROADS, Channel::Voice) });
    assert_eq!(world.engine.waiting_in(ROADS), [urgent, roads]);
    let mut order = Vec::new();
    for _ in 0..3 {
        let ready = world.ready(ANA);
        order.extend(offers(&ready));
        world.ok(Command::SignOut { agent: ANA });
        let (contact, _) = order[order.len() - 1];
        world.ok(Command::Abandon { contact });
    }
    assert_eq!(order, [(urgent, ANA), (parks, ANA), (roads, ANA)]);
}

#[test]
fn a_credited_age_moves_a_contact_forward_and_can_promote_it_at_entry() {
    let mut world = World::with(|d| d.queues[0].promote_after = Some(Nanos::from_secs(60)));
    let (young, _) = world.submit(ROADS, Channel::Voice);
    let aged = Submit { age: Nanos::from_secs(60), ..contact(ROADS, Channel::Voice) };
    let (aged, effects) = world.submit_as(aged);
    assert_eq!(effects, [], "what is past at entry applies silently");
    assert_eq!(world.engine.contact(aged).expect("it waits").promotions, 1);
    assert_eq!(world.engine.position(young), Some(2));
    assert_eq!(world.wait_ms(60_000), [Effect::Promoted { contact: young, promotions: 1 }]);
}

#[test]
fn best_skill_asks_for_the_level_in_the_first_term_then_idle_order() {
    let mut world = World::with(|d| d.queues[0].steps[0].alternatives = vec![vec![spanish(1)]]);
    world.ready(ANA);
    world.ready(BOB);
    let (contact, effects) = world.submit(ROADS, Channel::Voice);
    assert_eq!(offers(&effects), [(contact, BOB)], "bob speaks it better");
    let (contact, effects) = world.submit(PARKS, Channel::Voice);
    assert_eq!(offers(&effects), [(contact, ANA)], "nothing is asked: the one left");
}

#[test]
fn the_best_alternative_an_agent_satisfies_gives_its_level() {
    let mut world = World::with(|d| {
        d.skills.push("permits".into());
        let permits = |level| Term { skill: "permits".into(), level };
        d.agents[0].skills.push(permits(9));
        d.queues[0].steps[0].alternatives = vec![vec![spanish(3)], vec![permits(2)]];
    });
    world.ready(BOB);
    world.ready(ANA);
    let (contact, effects) = world.submit(ROADS, Channel::Voice);
    assert_eq!(offers(&effects), [(contact, ANA)], "permits 9 beats spanish 8");
}

#[test]
fn each_strategy_chooses_by_its_key() {
    const EVE: AgentId = AgentId(3);
    // Eve has worked all the time, on one call; Bob a little, on two, and was asked last.
    let chosen = |strategy, last_free: AgentId| {
        let mut world = World::with(|d| {
            d.queues[0].strategy = strategy;
            d.queues[0].wrap_up.mode = WrapUpMode::None;
            d.agents.push(AgentDefinition::named("eve"));
        });
        let end = |contact| Command::End { contact, cause: EndCause::Hangup, by: Party::Caller };
        world.ready(EVE);
        let long = world.connected(ROADS, Channel::Voice);
        world.ready(BOB);
        world.wait_ms(100_000);
        let short = world.connected(ROADS, Channel::Voice);
        world.wait_ms(1_000);
        world.ok(end(short));
        let short = world.connected(ROADS, Channel::Voice);
        for contact in if last_free == EVE { [short, long] } else { [long, short] } {
            world.ok(end(contact));
        }
        let (_, effects) = world.submit(ROADS, Channel::Voice);
        offers(&effects)[0].1
    };
    for (last_free, first_free) in [(EVE, BOB), (BOB, EVE)] {
        assert_eq!(chosen(Strategy::LongestIdle, last_free), first_free);
        assert_eq!(chosen(Strategy::BestSkill, last_free), first_free, "no term, no level");
        assert_eq!(chosen(Strategy::LeastOccupied, last_free), BOB);
        assert_eq!(chosen(Strategy::FewestContacts, last_free), EVE);
        assert_eq!(chosen(Strategy::RoundRobin, last_free), EVE, "the number after bob's");
    }
}

#[test]
fn random_chooses_the_least_number_drawn_with_an_idle_number() {
    let mut firsts = BTreeSet::new();
    for draws in 0..16 {
        let mut world = World::with(|d| d.queues[0].strategy = Strategy::Random);
        for _ in 0..draws {
            world.ready(ANA);
            world.ok(Command::NotReady { agent: ANA, reason: None });
        }
        world.ready(ANA);
        world.ready(BOB);
        let drawn = |agent| world.engine.agent(agent).expect("it is defined").idle_random;
        let least = if drawn(ANA) < drawn(BOB) { ANA } else { BOB };
        let (_, effects) = world.submit(ROADS, Channel::Voice);
        assert_eq!(offers(&effects)[0].1, least);
        firsts.insert(least);
    }
    assert_eq!(firsts.len(), 2, "now the one, now the other");
}

#[test]
fn a_step_widens_the_requirement_while_the_contact_waits() {
    let strict = Step { alternatives: vec![vec![spanish(9)]], ..Step::admits_all() };
    let relaxed = Step { after: Nanos::from_secs(5), ..Step::admits_all() };
    let mut world = World::with(|d| d.queues[0].steps = vec![strict, relaxed]);
    world.ready(ANA);
    let (contact, effects) = world.submit(ROADS, Channel::Voice);
    assert_eq!(effects, []);
    let effects = world.wait_ms(5_000);
    assert_eq!(effects[0], Effect::StepReached { contact, step: 1 });
    assert_eq!(offers(&effects), [(contact, ANA)]);
}

#[test]
fn needs_are_asked_besides_the_queue_until_a_step_drops_them() {
    let drops =
        Step { after: Nanos::from_secs(5), drops: vec!["spanish".into()], ..Step::admits_all() };
    let mut world = World::with(|d| d.queues[0].steps.push(drops));
    world.ready(ANA);
    let needs = vec![Need { skill: SPANISH, level: 6 }];
    let (contact, effects) = world.submit_as(Submit { needs, ..contact(ROADS, Channel::Voice) });
    assert_eq!(effects, [], "ana has spanish 5");
    assert_eq!(offers(&world.wait_ms(5_000)), [(contact, ANA)]);
}

#[test]
fn a_site_is_asked_for() {
    let mut world = World::with(|d| {
        d.queues[0].steps[0].sites = vec!["north".into()];
        d.agents[1].site = Some("north".into());
    });
    world.ready(ANA);
    let (contact, effects) = world.submit(ROADS, Channel::Voice);
    assert_eq!(effects, []);
    assert_eq!(offers(&world.ready(BOB)), [(contact, BOB)]);
}

#[test]
fn preferred_agents_are_the_only_ones_for_a_time() {
    let mut world = World::new();
    world.ready(ANA);
    world.ok(Command::SignIn { agent: BOB, capacity: None });
    let prefer = Submit { prefer: vec![BOB], ..contact(ROADS, Channel::Voice) };
    let (first, effects) = world.submit_as(prefer.clone());
    assert_eq!(effects, [], "ana is free, but bob is wanted");
    let effects = world.wait_ms(10_000);
    assert_eq!(effects[0], Effect::PreferenceEnded { contact: first });
    assert_eq!(offers(&effects), [(first, ANA)]);
    let (second, _) = world.submit_as(prefer);
    let effects = world.ok(Command::SignOut { agent: BOB });
    assert_eq!(effects[1], Effect::PreferenceEnded { contact: second }, "nobody is left to prefer");
}

#[test]
fn a_supervisor_offers_past_skills_but_not_past_capacity() {
    let mut world = World::with(|d| d.queues[0].steps[0].alternatives = vec![vec![spanish(9)]]);
    let (contact, _) = world.submit(ROADS, Channel::Voice);
    assert_eq!(world.refused(Command::OfferTo { contact, agent: ANA }), Rejection::NotSignedIn);
    world.ready(ANA);
    assert_eq!(offers(&world.ok(Command::OfferTo { contact, agent: ANA })), [(contact, ANA)]);
    let (other, _) = world.submit(ROADS, Channel::Voice);
    let refused = world.refused(Command::OfferTo { contact: other, agent: ANA });
    assert_eq!(refused, Rejection::AgentNotFree);
}

#[test]
fn a_full_queue_refuses_only_who_would_wait() {
    let mut world = World::with(|d| d.queues[0].max_waiting = 1);
    world.submit(ROADS, Channel::Voice);
    let refused = world.refused(Command::Submit(contact(ROADS, Channel::Voice)));
    assert_eq!(refused, Rejection::QueueFull);
    world.ready(ANA);
    world.ready(BOB);
    let (_, effects) = world.submit(ROADS, Channel::Voice);
    assert_eq!(offers(&effects).len(), 1);
}

#[test]
fn a_maximum_wait_moves_a_contact_with_its_age() {
    let mut world = World::with(|d| {
        let action = MaxWaitAction::Move("parks".into());
        d.queues[0].max_wait = Some(MaxWait { after: Nanos::from_secs(30), action });
    });
    let (contact, _) = world.submit(ROADS, Channel::Voice);
    let origin = world.engine.contact(contact).expect("it waits").origin;
    assert_eq!(world.wait_ms(30_000), [Effect::Moved { contact, queue: PARKS }]);
    assert_eq!(world.engine.contact(contact).expect("it waits").origin, origin);
}

#[test]
fn new_definitions_apply_to_those_who_wait() {
    let mut world = World::with(|d| d.queues[0].steps[0].alternatives = vec![vec![spanish(9)]]);
    world.ready(ANA);
    let (contact, _) = world.submit(ROADS, Channel::Voice);
    let mut definitions = world.engine.definitions().clone();
    definitions.queues[0].steps = vec![Step::admits_all()];
    let effects = world.ok(Command::Configure(Box::new(definitions.clone())));
    assert_eq!(effects[0], Effect::Configured);
    assert_eq!(offers(&effects), [(contact, ANA)]);
    definitions.queues.remove(0);
    let refused = world.refused(Command::Configure(Box::new(definitions)));
    assert_eq!(refused, Rejection::DefinitionInUse);
}
