//! Letters of the city that comes with the program: they let calls pass while they are young, and
//! do not starve.

use acd_core::Timestamp;
use acd_proto::Role;

use super::World;
use crate::config::Config;

/// Who is offered first to an agent for both: a letter of so many minutes, or a call of that
/// priority that has come just now.
fn first(channel: &str, minutes: u64, prio: u8) -> String {
    let mut w = World::of(Config::embedded(), Timestamp(1_732_412_483_000_000_000));
    let door = w.hello(Role::Frontend, "door");
    w.say(door, &format!("contact.new ext=letter channel={channel} queue={channel}"));
    w.wait(minutes * 60);
    w.say(door, &format!("contact.new ext=call channel=voice queue=roads prio={prio}"));
    w.say(door, "agent.login agent=4432 device=PJSIP/1");
    let lines = w.say(door, "agent.state agent=4432 state=ready");
    let offered = lines.iter().find(|line| line["params"]["type"] == "contact.offered");
    offered.expect("an offer")["params"]["ext"].as_str().expect("text").to_owned()
}

#[test]
fn a_letter_lets_calls_pass_until_it_is_old_and_rises_above_them() {
    for channel in ["email", "web"] {
        assert_eq!(first(channel, 60, 5), "call", "it wants an answer in two hours");
        assert_eq!(first(channel, 150, 5), "letter", "its time is over");
        assert_eq!(first(channel, 150, 6), "call", "a call that matters more still passes");
        assert_eq!(first(channel, 181, 6), "letter", "promoted after three hours");
        assert_eq!(first(channel, 181, 7), "call", "once");
        assert_eq!(first(channel, 361, 7), "letter", "and after six");
    }
}
