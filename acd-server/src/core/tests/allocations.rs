//! What the hot requests allocate, once everything has its room.

use std::rc::Rc;
use std::time::Instant;

use acd_core::{Channel, Command, ContactId, Engine, FrontEndId, Nanos, Submit, Timestamp};
use acd_proto::bin1::Hot;
use acd_proto::{Id, Role};

use super::super::{ConnectionId, Core, Identity};
use super::config;
use crate::clock::Clock;
use crate::session::Out;

/// Contacts that enter, are offered, and are given up, before anything is counted.
const WARM_UP: u64 = 2_000;
/// Such contacts that are counted.
const COUNTED: u64 = 1_000;

/// One contact: its entry and offer, and its end, which were read at once.
fn contact(core: &mut Core, out: &Out, number: u64) {
    let named =
        Hot::ContactNew { ext: "1", channel: "voice", queue: "roads", prio: None, from: None };
    let read_at = Instant::now();
    for (hot, id) in [(named, 1), (Hot::ContactAbandon(ContactId(number)), 2)] {
        core.handle_hot(ConnectionId(1), id, hot, read_at);
    }
    core.hand_over();
    out.drain();
}

#[test]
fn a_contact_allocates_its_ext_and_what_is_counted_of_it() {
    let mut config = config();
    // Small, so that the oldest events go from early on.
    config.limits.event_ring_entries = 1_000;
    let at = Timestamp(1_732_412_483_000_000_000);
    let mut core = Core::new(config, Clock::standing(at), None).expect("it keeps nothing");
    core.begin().expect("the definitions are right");
    core.count_elsewhere().expect("a thread starts");
    let out = Rc::<Out>::default();
    out.set_binary(true);
    let identity = Identity { role: Role::Frontend, name: "pbx".into() };
    core.hello(ConnectionId(1), &Id::number(0), &identity, None, &out).expect("it may");
    for line in ["agent.login agent=ana device=PJSIP/1", "agent.state agent=ana state=ready"] {
        let call = acd_proto::decode(acd_proto::Frame::Plain(line.as_bytes())).expect(line);
        core.handle(ConnectionId(1), call, Instant::now());
    }
    for number in 1..=WARM_UP {
        contact(&mut core, &out, number);
    }
    let engines = engines_own(&core);
    let told = core.ring.newest();
    let allocated = allocation_counter::measure(|| {
        for number in WARM_UP + 1..=WARM_UP + COUNTED {
            contact(&mut core, &out, number);
        }
    });
    assert_eq!(core.ring.newest() - told, 5 * COUNTED, "five events a contact");
    assert!(core.contacts.iter().next().is_none(), "nobody is left");
    // Beside the text: what is handed to the thread that counts, once a turn.
    let (servers, most) = (allocated.count_total - engines, 2 * COUNTED);
    assert!(servers <= most + most / 20, "{servers} allocations");
}

/// What the engine allocates for the same contacts: nothing, but where it checks itself.
fn engines_own(core: &Core) -> u64 {
    let mut engine = Engine::restore(&core.engine.state()).expect("it is a state");
    let (front_end, queue) = (FrontEndId(2), engine.queue_named("roads").expect("it is defined"));
    let channel = Channel::Voice;
    let mut effects = Vec::new();
    let mut both = |number: u64| {
        let submit = Submit {
            front_end,
            channel,
            queue,
            prio: 5,
            needs: Vec::new(),
            prefer: Vec::new(),
            prefer_for: None,
            age: Nanos(0),
        };
        let contact = ContactId(number);
        for command in [Command::Submit(submit), Command::Abandon { contact }] {
            effects.clear();
            engine.apply(core.now, command, &mut effects).expect("it is accepted");
        }
    };
    (WARM_UP + 1..=2 * WARM_UP).for_each(&mut both);
    let allocated = allocation_counter::measure(|| {
        (2 * WARM_UP + 1..=2 * WARM_UP + COUNTED).for_each(&mut both);
    });
    allocated.count_total
}
