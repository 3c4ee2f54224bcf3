//! A core without sockets: what it writes down, read back, is the same core.

mod allocations;
mod dispositions;
mod hours;
mod letters;
mod returning;
mod turns;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use acd_core::{Nanos, Timestamp};
use acd_proto::{Decoder, Role, decode};
use serde_json::Value;

use super::{ConnectionId, Core, Identity, Sink};
use crate::clock::Clock;
use crate::config::Config;
use crate::durability::Durability;
use crate::session::Out;

const CITY: &str = r#"
skills = ["es"]
reasons = ["break"]
[city]
name = "Test"
time_zone = "UTC"
[returning]
[[queues]]
name = "roads"
[[queues]]
name = "permits"
wrap_up = { mode = "manual" }
[[agents]]
id = "ana"
name = "Ana"
skills = { es = 5 }
[[agents]]
id = "bo"
name = "Bo"
"#;

/// A log in memory; what is durable, the test says.
#[derive(Clone, Debug, Default)]
struct Memory(Rc<RefCell<(Vec<Vec<u8>>, u64)>>);

impl Sink for Memory {
    fn append(&mut self, record: &[u8]) {
        self.0.borrow_mut().0.push(record.to_vec());
    }

    fn last(&self) -> u64 {
        self.0.borrow().0.len() as u64
    }

    fn durable(&self) -> u64 {
        self.0.borrow().1
    }

    fn refusal(&self) -> Option<String> {
        (self.last() - self.durable() >= 1_000).then(|| "it is full".into())
    }

    fn flush(&mut self) {}

    fn stopped(&self) -> Option<acd_log::LogError> {
        None
    }

    fn close(&mut self) -> Result<(), acd_log::LogError> {
        self.all_durable();
        Ok(())
    }
}

impl Memory {
    fn records(&self) -> Vec<Vec<u8>> {
        self.0.borrow().0.clone()
    }

    fn all_durable(&self) {
        let mut log = self.0.borrow_mut();
        log.1 = log.0.len() as u64;
    }
}

/// A core, its log, and who is connected.
struct World {
    core: Core,
    log: Memory,
    at: Timestamp,
    outs: Vec<Rc<Out>>,
}

fn config() -> Config {
    Config::parse(CITY, "the test's city").expect("it is right")
}

fn empty(at: Timestamp) -> Core {
    Core::new(config(), Clock::scaled(at, 1), None).expect("it keeps nothing")
}

impl World {
    fn new() -> Self {
        Self::of(config(), Timestamp(1_732_412_483_000_000_000))
    }

    /// Of this configuration, begun at that time.
    fn of(config: Config, at: Timestamp) -> Self {
        let core = Core::new(config, Clock::scaled(at, 1), None).expect("it keeps nothing");
        Self::begun(core, at)
    }

    fn begun(mut core: Core, at: Timestamp) -> Self {
        let log = Memory::default();
        core.keep_in(Box::new(log.clone()), Durability::Fsync);
        core.begin().expect("the definitions are right");
        log.all_durable();
        Self { core, log, at, outs: Vec::new() }
    }

    fn hello(&mut self, role: Role, name: &str) -> ConnectionId {
        let (id, out) = (ConnectionId(self.outs.len() as u64), Rc::<Out>::default());
        self.outs.push(Rc::clone(&out));
        let identity = Identity { role, name: name.into() };
        let to = acd_proto::call::Id::number(0);
        self.core.hello(id, &to, &identity, None, &out).expect("it may");
        id
    }

    /// Says a plain line; what has come since, once everything is durable.
    fn say(&mut self, id: ConnectionId, line: &str) -> Vec<Value> {
        self.send(id, line);
        self.settle();
        self.lines(id)
    }

    fn send(&mut self, id: ConnectionId, line: &str) {
        let mut decoder = Decoder::default();
        decoder.push(line.as_bytes());
        decoder.push(b"\n");
        let call = decode(decoder.next().expect("a frame").expect("a right one")).expect("a call");
        self.core.handle(id, call, Instant::now());
    }

    fn settle(&self) {
        self.log.all_durable();
        self.core.release();
    }

    fn lines(&self, id: ConnectionId) -> Vec<Value> {
        let line = |bytes: bytes::Bytes| serde_json::from_slice(&bytes).expect("it is JSON");
        std::iter::from_fn(|| self.outs[id.0 as usize].take()).map(line).collect()
    }

    /// Lets the city's time pass, deadline by deadline.
    fn wait(&mut self, seconds: u64) {
        let until = self.at.after(Nanos::from_secs(seconds));
        while self.core.next_deadline() <= until {
            self.at = self.core.next_deadline().max(self.at);
            self.core.clock = Clock::scaled(self.at, 1);
            self.core.on_timer();
        }
        self.at = until;
        self.core.clock = Clock::scaled(until, 1);
        self.core.on_timer();
        self.settle();
    }
}

/// Fails unless two cores keep the same; the clock may have gone on since the last record.
#[track_caller]
fn assert_same(one: &mut Core, other: &Core, when: &str) {
    one.now = other.now;
    let (one, other) = (one.kept(), other.kept());
    let at = one.iter().zip(&other).position(|(a, b)| a != b);
    let lengths = (one.len(), other.len());
    assert!(one == other, "{when}: they differ at byte {at:?}, of lengths {lengths:?}");
}

/// A day in which every kind of thing happens that must survive.
fn busy() -> World {
    let mut w = World::new();
    let pbx = w.hello(Role::Frontend, "pbx");
    let ana = w.hello(Role::Agent, "ana");
    let sue = w.hello(Role::Supervisor, "sue");
    w.say(ana, "agent.login device=PJSIP/1");
    w.say(ana, "agent.state state=ready");
    w.say(pbx, "contact.new ext=1 channel=voice queue=permits from=+15125550177 idem=k1");
    w.say(pbx, "contact.new ext=2 channel=voice queue=roads name=Jo attrs.dnis=311 idem=k2");
    w.say(pbx, "offer.ringing offer=o-1");
    w.say(pbx, "offer.answered offer=o-1");
    w.say(pbx, "contact.update contact=c-2 prio=7 attrs.ward=4");
    w.say(pbx, "contact.update contact=c-2 attrs.ward=5");
    w.say(pbx, "contact.callback contact=c-2 number=+15125550178");
    w.say(ana, "contact.transfer contact=c-1 to.queue=roads");
    w.say(ana, "agent.wrap_done agent=ana contact=c-1 disposition=moved");
    w.wait(21);
    w.say(ana, "agent.state state=not_ready reason=break");
    let res = w.hello(Role::Widget, "res");
    w.say(res, "contact.new ext=chat channel=chat queue=roads needs.es=1");
    w.say(res, "contact.message contact=c-4 \"text=a secret\" id=m1 idem=k3");
    w.say(sue, "supervise act=broadcast \"text=it rains\" reason=storm");
    w.say(sue, "supervise act=skill_for agent=bo set.es=3 ms=60000 reason=storm");
    w.say(sue, "supervise act=prioritise contact=c-3 prio=9 reason=medical");
    w.say(pbx, "agent.login agent=bo device=PJSIP/2");
    w.say(pbx, "agent.state agent=bo state=ready");
    w.core.closed(res);
    w.core.closed(ana);
    w.wait(40);
    w.say(pbx, "contact.abandon contact=c-3");
    w.say(pbx, "contact.abandon contact=c-99");
    w.core.closed(pbx);
    w.wait(31);
    w
}

#[test]
fn what_was_written_down_read_again_is_the_same_core() {
    let w = busy();
    let mut again = empty(w.at);
    for record in w.log.records() {
        again.replay(&record).expect("it was accepted");
    }
    assert_same(&mut again, &w.core, "read again");
    assert!(w.core.ring.newest() > 40, "only {} events", w.core.ring.newest());
}

#[test]
fn a_snapshot_at_any_record_and_the_rest_is_the_same_core() {
    let w = busy();
    let records = w.log.records();
    let mut follower = empty(w.at);
    for (n, record) in records.iter().enumerate() {
        follower.replay(record).expect("it was accepted");
        let mut restored = empty(w.at);
        restored.take_over(&mut follower.kept().as_slice()).expect("it was kept");
        assert_same(&mut restored, &follower, &format!("after record {n}"));
        for later in &records[n + 1..] {
            restored.replay(later).expect("it was accepted");
        }
        assert_same(&mut restored, &w.core, &format!("from record {n} on"));
    }
}

#[test]
fn what_is_said_in_a_chat_is_not_written_down() {
    let w = busy();
    let holds = |bytes: &[u8]| bytes.windows(8).any(|part| part == b"a secret");
    assert!(!w.log.records().iter().any(|record| holds(record)));
    assert!(!holds(&w.core.kept()));
}

#[test]
fn nothing_leaves_before_it_is_durable_and_then_in_order() {
    let mut w = World::new();
    let pbx = w.hello(Role::Frontend, "pbx");
    w.settle();
    w.lines(pbx);
    w.send(pbx, "contact.new id=1 ext=1 channel=voice queue=roads");
    w.send(pbx, "ping id=2");
    w.send(pbx, "contact.new id=3 ext=2 channel=voice queue=roads");
    assert!(w.lines(pbx).is_empty(), "nothing is durable yet");
    w.log.0.borrow_mut().1 += 1;
    w.core.release();
    let first = w.lines(pbx);
    assert_eq!(first.len(), 3, "reply, event, ping: {first:?}");
    assert_eq!(first[0]["id"], 1);
    assert_eq!(first[1]["params"]["type"], "contact.queued");
    assert_eq!(first[2]["id"], 2);
    w.settle();
    assert_eq!(w.lines(pbx)[0]["id"], 3);
}

#[test]
fn a_log_that_is_full_refuses_what_would_not_be_kept() {
    let mut w = World::new();
    let pbx = w.hello(Role::Frontend, "pbx");
    for n in 0..1_100 {
        w.send(pbx, &format!("contact.new id={n} ext={n} channel=voice queue=roads"));
    }
    w.settle();
    let refused =
        w.lines(pbx).iter().filter(|line| line["error"]["data"]["kind"] == "overloaded").count();
    assert!((90..=110).contains(&refused), "{refused} were refused");
}

#[test]
fn after_a_restart_all_is_in_its_place_and_grace_runs() {
    let w = busy();
    let mut again = empty(w.at.after(Nanos::from_secs(600)));
    for record in w.log.records() {
        again.replay(&record).expect("it was accepted");
    }
    let before: Vec<_> = again.engine.contacts().map(|c| (c.contact, c.origin)).collect();
    again.go_on().expect("the definitions are the same");
    let after: Vec<_> = again.engine.contacts().map(|c| (c.contact, c.origin)).collect();
    assert_eq!(before, after, "nobody has left, and nobody is younger");
    assert!(again.next_deadline() > again.now, "nothing is due at once");
    assert_eq!(*again.epoch, *w.core.epoch, "events are numbered on");
    assert!(again.ring.newest() > w.core.ring.newest());
}

#[test]
fn more_events_of_a_restart_than_are_kept_are_numbered_alike() {
    let restarted = |event_ring_entries| {
        let mut config = config();
        config.limits.event_ring_entries = event_ring_entries;
        let at = Timestamp(1_732_412_483_000_000_000);
        let mut w = World::of(config.clone(), at);
        let pbx = w.hello(Role::Frontend, "pbx");
        for ext in 0..8 {
            w.say(pbx, &format!("contact.new ext={ext} channel=voice queue=roads"));
        }
        let mut again = Core::new(config, Clock::scaled(at, 1), None).expect("it keeps nothing");
        for record in w.log.records() {
            again.replay(&record).expect("it was accepted");
        }
        again.go_on().expect("the definitions are the same");
        again
    };
    let (few, all) = (restarted(5), restarted(1_000));
    assert_eq!((few.ring.newest(), all.ring.oldest()), (all.ring.newest(), 1));
    assert!(few.ring.oldest() > 9, "the first events are gone: from {}", few.ring.oldest());
    for seq in few.ring.oldest()..=few.ring.newest() {
        let body = |core: &Core| core.event_for(seq, Role::Supervisor).expect("it is kept").body;
        assert_eq!(body(&few), body(&all), "event {seq}");
    }
}

#[test]
fn the_first_result_is_given_again_after_a_restart() {
    let mut w = World::new();
    let pbx = w.hello(Role::Frontend, "pbx");
    let first = w.say(pbx, "contact.new id=7 ext=1 channel=voice queue=roads idem=k1");
    let mut core = empty(w.at);
    for record in w.log.records() {
        core.replay(&record).expect("it was accepted");
    }
    core.keep_in(Box::new(w.log.clone()), Durability::Fsync);
    core.go_on().expect("the definitions are the same");
    let mut w = World { core, log: w.log.clone(), at: w.at, outs: Vec::new() };
    let pbx = w.hello(Role::Frontend, "pbx");
    w.settle();
    w.lines(pbx);
    let again = w.say(pbx, "contact.new id=7 ext=1 channel=voice queue=roads idem=k1");
    let reply = |lines: &[Value]| {
        lines.iter().find(|line| line["id"] == 7).expect("a reply")["result"].clone()
    };
    assert_eq!(reply(&first), reply(&again));
    assert!(again.iter().any(|line| line["replayed"] == true));
}

#[test]
fn a_queue_says_why_its_agents_are_not_ready() {
    let mut w = World::new();
    let pbx = w.hello(Role::Frontend, "pbx");
    w.say(pbx, "agent.login agent=ana device=PJSIP/1");
    w.say(pbx, "agent.login agent=bo device=PJSIP/2");
    w.say(pbx, "agent.state agent=ana state=not_ready reason=break");
    let sue = w.hello(Role::Supervisor, "sue");
    let said = w.say(sue, "snapshot of=queues");
    let reply = said.iter().rfind(|line| line.get("result").is_some()).expect("a reply");
    let row = &reply["result"]["queues"][0];
    assert_eq!(row["not_ready"], 2);
    assert_eq!(row["not_ready_by"], serde_json::json!({"break": 1, "signed_in": 1}));
}
