//! Common requests that were read at once: what is done for all of them together.

use std::rc::Rc;
use std::time::Instant;

use acd_core::Timestamp;
use acd_proto::bin1::Hot;
use acd_proto::{Id, Role};

use super::super::{ConnectionId, Core, Identity};
use super::config;
use crate::clock::Clock;
use crate::session::Out;

/// Contacts that enter in one turn.
const CONTACTS: u64 = 17;

fn entered(core: &mut Core) -> u64 {
    let now_us = core.now.0 / 1_000;
    let brief = core.statistics.brief(now_us);
    brief.queues.get("roads").map_or(0, |queue| queue.today.entered)
}

#[test]
fn a_turn_is_counted_once_and_every_eighth_request_of_it_is_measured() {
    let clock = Clock::scaled(Timestamp(1_732_412_483_000_000_000), 1);
    let mut core = Core::new(config(), clock, None).expect("it keeps nothing");
    core.begin().expect("the definitions are right");
    let out = Rc::<Out>::default();
    let identity = Identity { role: Role::Frontend, name: "pbx".into() };
    core.hello(ConnectionId(1), &Id::number(0), &identity, None, &out).expect("it may");
    let before = (core.metrics.commands, core.metrics.decision_ns().count);
    let read_at = Instant::now();
    for number in 0..CONTACTS {
        let ext = number.to_string();
        let hot =
            Hot::ContactNew { ext: &ext, channel: "voice", queue: "roads", prio: None, from: None };
        core.handle_hot(ConnectionId(1), number, hot, read_at);
    }
    let (commands, measured) = (core.metrics.commands, core.metrics.decision_ns().count);
    assert_eq!((commands - before.0, measured - before.1), (CONTACTS, 3));
    assert_eq!(entered(&mut core), 0, "the turn is not over");
    core.hand_over();
    core.hand_over();
    assert_eq!(entered(&mut core), CONTACTS);
    // Whatever else is done has nothing left to count.
    let hot =
        Hot::ContactNew { ext: "x", channel: "voice", queue: "roads", prio: None, from: None };
    core.handle_hot(ConnectionId(1), CONTACTS, hot, read_at);
    core.advance();
    assert_eq!(entered(&mut core), CONTACTS + 1);
}
