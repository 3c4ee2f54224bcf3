//! What agents go through: offers that fail, states, parking, wrap-up, transfers, front ends.

mod common;

use acd_core::{
    Channel, Command, ContactId, ContactState, Effect, EndCause, FailCause, Nanos, NotReadyReason,
    OfferId, Party, Pending, Presence, Rejection, RequeueCause, RevokeCause, Timestamp, Transfer,
    TransferTo, WrapUpMode,
};
use common::{ANA, BOB, PARKS, PBX, ROADS, World, offers};

fn end(contact: ContactId) -> Command {
    Command::End { contact, cause: EndCause::Completed, by: Party::Agent }
}

fn presence(world: &World) -> Presence {
    world.engine.agent(ANA).expect("she is defined").presence
}

#[test]
fn an_unanswered_offer_returns_to_its_place_and_the_agent_is_not_ready() {
    let mut world = World::new();
    world.ready(ANA);
    let (contact, _) = world.submit(ROADS, Channel::Voice);
    let (later, _) = world.submit(ROADS, Channel::Voice);
    let rona = Presence::NotReady(NotReadyReason::Rona);
    let effects = world.wait_ms(20_000);
    assert_eq!(
        effects,
        [
            Effect::OfferFailed {
                contact,
                offer: OfferId(1),
                agent: ANA,
                cause: FailCause::NoAnswer
            },
            Effect::Requeued { contact, cause: RequeueCause::OfferFailed },
            Effect::AgentState { agent: ANA, presence: rona, pending: None, paused_until: None },
        ]
    );
    assert_eq!(world.engine.waiting_in(ROADS), [contact, later]);
    assert_eq!(world.refused(Command::Answer { offer: OfferId(1) }), Rejection::OfferOver);
}

#[test]
fn a_refusal_pauses_without_counting_and_the_next_agent_is_asked() {
    let mut world = World::new();
    world.ready(ANA);
    world.ready(BOB);
    let (contact, _) = world.submit(ROADS, Channel::Voice);
    let failed = Command::OfferFailed { offer: OfferId(1), cause: FailCause::Rejected };
    assert_eq!(offers(&world.ok(failed)), [(contact, BOB)]);
    let ana = world.engine.agent(ANA).expect("she is defined");
    assert_eq!((ana.presence, ana.no_answers), (Presence::Ready, 0));
    assert_eq!(ana.paused_until, Some(world.now.after(Nanos::from_secs(10))));
    world.wait_ms(10_000);
    assert_eq!(world.engine.agent(ANA).expect("she is defined").paused_until, None);
}

#[test]
fn an_answer_at_the_instant_of_expiry_is_late() {
    let mut world = World::new();
    world.ready(ANA);
    world.submit(ROADS, Channel::Voice);
    world.now = world.now.after(Nanos::from_secs(20));
    assert_eq!(world.refused(Command::Answer { offer: OfferId(1) }), Rejection::TickDue);
    assert_eq!(world.refused(Command::Answer { offer: OfferId(9) }), Rejection::UnknownOffer);
    world.ok(Command::Tick);
    assert_eq!(world.refused(Command::Answer { offer: OfferId(1) }), Rejection::OfferOver);
}

#[test]
fn a_request_waits_for_the_last_contact_wrap_up_included() {
    let mut world = World::new();
    world.ready(ANA);
    let contact = world.connected(ROADS, Channel::Voice);
    world.ok(Command::NotReady { agent: ANA, reason: None });
    let ana = world.engine.agent(ANA).expect("she is defined");
    assert_eq!(ana.pending, Some(Pending::NotReady(NotReadyReason::Unspecified)));
    world.ok(Command::SignOut { agent: ANA });
    world.ok(end(contact));
    assert_eq!(presence(&world), Presence::Ready, "she wraps up");
    world.wait_ms(30_000);
    assert_eq!(presence(&world), Presence::SignedOut);
}

#[test]
fn a_call_parks_letters_until_its_wrap_up_is_over() {
    let mut world = World::new();
    world.ready(ANA);
    let letter = world.connected(ROADS, Channel::Email);
    let chat = world.connected(ROADS, Channel::Chat);
    let (call, _) = world.submit(ROADS, Channel::Voice);
    let effects = world.answer();
    assert_eq!(effects[1..], [Effect::Parked { contact: letter }], "a chat goes on");
    world.ok(end(call));
    let (waits, effects) = world.submit(ROADS, Channel::Email);
    assert_eq!(effects, [], "wrap-up of a call keeps everything away");
    let effects = world.ok(Command::WrapDone { agent: ANA, contact: call });
    assert_eq!(effects[1], Effect::Resumed { contact: letter });
    assert_eq!(offers(&effects), [(waits, ANA)]);
    assert_eq!(world.engine.held(ANA), [letter, chat]);
}

#[test]
fn wrap_up_is_extended_up_to_its_maximum_and_may_be_mandatory() {
    let mut world = World::with(|d| {
        d.queues[0].wrap_up.maximum = Nanos::from_secs(40);
        d.queues[0].wrap_up.mode =
            WrapUpMode::Fixed { length: Nanos::from_secs(30), mandatory: true };
    });
    world.ready(ANA);
    let contact = world.connected(ROADS, Channel::Voice);
    world.ok(end(contact));
    let done = Command::WrapDone { agent: ANA, contact };
    assert_eq!(world.refused(done), Rejection::WrapUpMandatory);
    let other = Command::WrapDone { agent: BOB, contact };
    assert_eq!(world.refused(other), Rejection::NotWrappingUp);
    let by = Nanos::from_secs(25);
    let until = world.now.after(Nanos::from_secs(40));
    let effects = world.ok(Command::WrapExtend { agent: ANA, contact, by });
    assert_eq!(effects, [Effect::WrapUpExtended { contact, until }]);
    let handle = Nanos::from_secs(40);
    let effects = world.wait_ms(40_000);
    assert_eq!(effects, [Effect::WrapUpOver { contact, agent: ANA, handle }]);
}

#[test]
fn a_transfer_ends_the_contact_and_keeps_its_age_and_lineage() {
    let mut world = World::new();
    world.ready(ANA);
    let first = world.connected(ROADS, Channel::Voice);
    let old = world.engine.contact(first).expect("it is connected");
    world.wait_ms(5_000);
    let to = TransferTo::Queue(PARKS);
    let effects =
        world.ok(Command::Transfer(Transfer { contact: first, to, needs: None, keep_age: true }));
    let next = ContactId(2);
    assert_eq!(effects[0], Effect::Transferred { contact: first, next: Some(next), hops: 1 });
    assert!(matches!(effects[1], Effect::Ended { cause: EndCause::Transferred, .. }));
    assert!(matches!(effects[2], Effect::WrapUp { agent: ANA, .. }));
    assert_eq!(effects[3], Effect::Queued { contact: next, queue: PARKS });
    let new = world.engine.contact(next).expect("it waits");
    assert_eq!((new.origin, new.entry), (old.origin, old.entry));
    assert_eq!((new.first, new.previous, new.hops), (first, Some(first), 1));
}

#[test]
fn an_attended_transfer_connects_at_once_and_revokes_the_takers_offer() {
    let mut world = World::new();
    world.ready(ANA);
    let first = world.connected(ROADS, Channel::Voice);
    world.ready(BOB);
    let (offered, _) = world.submit(ROADS, Channel::Voice);
    let to = TransferTo::Agent { agent: BOB, queue: None, attended: true };
    let effects =
        world.ok(Command::Transfer(Transfer { contact: first, to, needs: None, keep_age: true }));
    let next = ContactId(3);
    assert!(effects.contains(&Effect::OfferRevoked {
        contact: offered,
        offer: OfferId(2),
        agent: BOB,
        cause: RevokeCause::Attended
    }));
    let connected = Effect::Connected { contact: next, agent: BOB, offer: None };
    assert_eq!(effects.last(), Some(&connected));
    assert_eq!(world.engine.position(offered), Some(1));
}

#[test]
fn a_callback_keeps_its_place_until_it_is_called_and_ends_at_the_last_attempt() {
    let mut world = World::with(|d| d.queues[0].callback_attempts = 2);
    let (contact, _) = world.submit(ROADS, Channel::Voice);
    let origin = world.engine.contact(contact).expect("it waits").origin;
    let at = world.now.after(Nanos::from_secs(60));
    world.ok(Command::Callback { contact, at: Some(at) });
    assert_eq!(offers(&world.ready(ANA)), [], "it is not yet time");
    let effects = world.wait_ms(60_000);
    assert_eq!(effects[0], Effect::Requeued { contact, cause: RequeueCause::CallbackDue });
    world.answer();
    let effects = world.ok(Command::CallbackFailed { contact });
    let until = world.now.after(Nanos::from_secs(900));
    assert_eq!(effects, [Effect::Scheduled { contact, until }]);
    assert_eq!(world.engine.contact(contact).expect("it is scheduled").origin, origin);
    world.wait_ms(900_000);
    world.answer();
    let effects = world.ok(Command::CallbackFailed { contact });
    assert!(matches!(effects[0], Effect::Ended { cause: EndCause::CallbackFailed, .. }));
}

#[test]
fn a_lost_front_end_suspends_its_waiting_contacts_with_their_key() {
    let mut world = World::new();
    let (contact, _) = world.submit(ROADS, Channel::Voice);
    let effects = world.ok(Command::FrontEndLost { front_end: PBX });
    assert_eq!(effects[1], Effect::Suspended { contact });
    assert_eq!(offers(&world.ready(ANA)), []);
    assert_eq!(world.wait_ms(30_000), [Effect::Orphaned { contact }]);
    let effects = world.ok(Command::FrontEndBack { front_end: PBX });
    assert_eq!(effects[1], Effect::Unsuspended { contact });
    assert_eq!(offers(&effects), [(contact, ANA)]);
}

#[test]
fn an_orphan_ends_as_lost() {
    let mut world = World::new();
    let (contact, _) = world.submit(ROADS, Channel::Voice);
    world.ok(Command::FrontEndLost { front_end: PBX });
    let effects = world.wait_ms(30_000 + 3_600_000);
    let lost = Effect::Ended { contact, agent: None, cause: EndCause::Lost, by: Party::System };
    assert_eq!(effects, [Effect::Orphaned { contact }, lost]);
}

#[test]
fn after_a_restart_offers_and_wrap_ups_get_grace() {
    let mut world = World::new();
    world.ready(ANA);
    let (contact, _) = world.submit(ROADS, Channel::Voice);
    let (waits, _) = world.submit(ROADS, Channel::Voice);
    world.now = Timestamp(world.now.0 + Nanos::from_secs(300).0);
    let until = world.now.after(Nanos::from_secs(30));
    assert_eq!(
        world.ok(Command::Resume),
        [
            Effect::FrontEnd { front_end: PBX, present: false },
            Effect::Suspended { contact: waits },
            Effect::OfferExtended { offer: OfferId(1), until },
        ]
    );
    world.answer();
    let connected = world.engine.contact(contact).expect("it is connected").state;
    assert_eq!(connected, ContactState::Connected { agent: ANA, since: world.now });
}

#[test]
fn a_skill_for_a_time_returns_to_the_level_before_the_first() {
    use acd_core::{Need, SkillId};
    let mut world = World::new();
    let skill = SkillId(1);
    for (level, secs) in [(9, 60), (10, 90)] {
        let set = vec![Need { skill, level }];
        world.ok(Command::SkillFor { agent: ANA, set, length: Nanos::from_secs(secs) });
        world.wait_ms(10_000);
    }
    assert_eq!(world.wait_ms(79_999), []);
    assert_eq!(world.engine.agent(ANA).expect("she is defined").skills, [(skill, 10)]);
    assert_eq!(world.wait_ms(1), [Effect::AgentSkills { agent: ANA }]);
    assert_eq!(world.engine.agent(ANA).expect("she is defined").skills, [(skill, 5)]);
}

#[test]
fn a_closed_queue_takes_nobody_and_may_send_home_who_waits() {
    use acd_core::WaitingOnClose;
    let mut world = World::new();
    let (contact, _) = world.submit(ROADS, Channel::Voice);
    let effects = world.ok(Command::CloseQueue { queue: ROADS, waiting: WaitingOnClose::End });
    let cause = EndCause::QueueClosed;
    let ended = Effect::Ended { contact, agent: None, cause, by: Party::System };
    assert_eq!(effects, [Effect::QueueState { queue: ROADS, open: false }, ended]);
    let refused = world.refused(Command::Submit(common::contact(ROADS, Channel::Voice)));
    assert_eq!(refused, Rejection::QueueClosed);
}
