//! A resident who comes again, or asks about the same request, is given to whom they know.

use acd_proto::Role;

use super::{World, empty};
use crate::core::ConnectionId;

/// Ana and Bo are ready, and Ana has been so for longer.
fn world() -> (World, ConnectionId, ConnectionId) {
    let mut w = World::new();
    let pbx = w.hello(Role::Frontend, "pbx");
    for agent in ["ana", "bo"] {
        w.say(pbx, &format!("agent.login agent={agent} device=PJSIP/{agent}"));
        w.say(pbx, &format!("agent.state agent={agent} state=ready"));
    }
    let sue = w.hello(Role::Supervisor, "sue");
    (w, pbx, sue)
}

/// Who is offered the contact that this line brings.
fn offered(w: &mut World, pbx: ConnectionId, line: &str) -> String {
    let said = w.say(pbx, line);
    let offer = said.iter().find(|line| line["params"]["type"] == "contact.offered");
    offer.map_or("nobody".into(), |offer| offer["params"]["agent"].as_str().expect("one").into())
}

/// The newest contact is answered and ends, and its agent is ready again.
fn serve(w: &mut World, pbx: ConnectionId, n: u32) {
    w.say(pbx, &format!("offer.answered offer=o-{n}"));
    w.say(pbx, &format!("contact.end contact=c-{n} by=caller"));
    w.wait(60);
}

#[test]
fn the_agent_who_spoke_last_is_asked_first() {
    let (mut w, pbx, _) = world();
    let first = "contact.new ext=1 channel=voice queue=roads from=+15125550177 reference=SR-7";
    assert_eq!(offered(&mut w, pbx, first), "ana");
    serve(&mut w, pbx, 1);
    // By idle order it is Bo's turn twice.
    let again = "contact.new ext=2 channel=voice queue=roads from=+15125550177";
    assert_eq!(offered(&mut w, pbx, again), "ana");
    serve(&mut w, pbx, 2);
    let other = "contact.new ext=3 channel=voice queue=roads from=+15125550999 reference=SR-7";
    assert_eq!(offered(&mut w, pbx, other), "ana");
    serve(&mut w, pbx, 3);
    let stranger = "contact.new ext=4 channel=voice queue=roads from=+15125550000";
    assert_eq!(offered(&mut w, pbx, stranger), "bo");
    serve(&mut w, pbx, 4);
    // Who handled the request goes before who knows the resident.
    let both = "contact.new ext=5 channel=voice queue=roads from=+15125550000 reference=SR-7";
    assert_eq!(offered(&mut w, pbx, both), "ana");
}

#[test]
fn the_front_end_may_name_another_and_long_ago_is_forgotten() {
    let (mut w, pbx, _) = world();
    let first = "contact.new ext=1 channel=voice queue=roads from=+15125550177";
    assert_eq!(offered(&mut w, pbx, first), "ana");
    serve(&mut w, pbx, 1);
    let named = "contact.new ext=2 channel=voice queue=roads from=+15125550177 prefer=bo";
    assert_eq!(offered(&mut w, pbx, named), "bo");
    serve(&mut w, pbx, 2);
    w.wait(15 * 86_400);
    let much_later = "contact.new ext=4 channel=voice queue=roads from=+15125550177";
    assert_eq!(offered(&mut w, pbx, much_later), "ana", "by idle order");
}

#[test]
fn nobody_waits_for_one_who_has_gone_or_does_not_come() {
    let (mut w, pbx, _) = world();
    let first = "contact.new ext=1 channel=voice queue=roads from=+15125550177";
    assert_eq!(offered(&mut w, pbx, first), "ana");
    serve(&mut w, pbx, 1);
    w.say(pbx, "agent.state agent=ana state=not_ready reason=break");
    let again = "contact.new ext=2 channel=voice queue=roads from=+15125550177";
    assert_eq!(offered(&mut w, pbx, again), "nobody");
    w.wait(19);
    assert!(w.lines(pbx).is_empty(), "she may still come");
    w.wait(2);
    let told = w.lines(pbx);
    assert!(told.iter().any(|line| line["params"]["agent"] == "bo"), "{told:?}");
    serve(&mut w, pbx, 2);
    w.say(pbx, "agent.logout agent=bo");
    w.say(pbx, "agent.state agent=ana state=ready");
    let gone = "contact.new ext=3 channel=voice queue=roads from=+15125550177";
    assert_eq!(offered(&mut w, pbx, gone), "ana", "Bo spoke last, and is signed out");
}

#[test]
fn a_restart_forgets_nobody_and_no_number_is_kept() {
    let (mut w, pbx, _) = world();
    let first = "contact.new ext=1 channel=voice queue=roads from=+15125550177 reference=SR-7";
    assert_eq!(offered(&mut w, pbx, first), "ana");
    serve(&mut w, pbx, 1);
    let mut again = empty(w.at);
    for record in w.log.records() {
        again.replay(&record).expect("it was accepted");
    }
    let mut restored = empty(w.at);
    restored.take_over(&mut again.kept().as_slice()).expect("it was kept");
    let known: Vec<_> = restored.acquaintances.iter().collect();
    assert_eq!(known, w.core.acquaintances.iter().collect::<Vec<_>>());
    assert_eq!(known.len(), 2, "the resident, and the request");
    let kept = restored.acquaintances.iter();
    assert!(kept.map(|(digest, ..)| digest).all(|digest| digest > 1_000_000));
}

#[test]
fn what_a_contact_is_about_is_told_but_to_monitors() {
    let (mut w, pbx, sue) = world();
    let eye = w.hello(Role::Monitor, "eye");
    w.say(sue, "subscribe topics=contact.*");
    w.say(eye, "subscribe topics=contact.*");
    w.say(pbx, "contact.new ext=1 channel=voice queue=roads reference=SR-7");
    let told = w.lines(sue);
    assert!(told.iter().any(|line| line["params"]["reference"] == "SR-7"), "{told:?}");
    w.say(sue, "contact.update contact=c-1 attrs.status=open");
    let told = w.lines(pbx);
    let update = told.iter().find(|line| line["params"]["type"] == "contact.updated");
    assert_eq!(update.expect("it is told")["params"]["attrs"]["status"], "open");
    let seen = w.lines(eye);
    let update = seen.iter().find(|line| line["params"]["type"] == "contact.updated");
    assert_eq!(update.expect("it is told").pointer("/params/attrs"), None);
}
