//! A log in files, asked for its past: traces, past states and an audit.

use std::sync::Arc;
use std::time::{Duration, Instant};

use acd_core::{
    AgentDefinition, Command, ContactId, Definitions, Effects, Engine, Nanos, QueueDefinition,
    Timestamp,
};
use acd_log::history::History;
use acd_log::past::Past;
use acd_log::record::{encode, write_state};
use acd_log::snapshots::{SnapshotInfo, SnapshotWriter};
use acd_log::trace;
use acd_log::{LogError, Options, Recovery, SimDisk, Writer};
use acd_sim::{City, Lockstep, Source, World};

/// A writer of a new log.
fn writer(disk: &SimDisk, options: &Options) -> Writer {
    let recovery = Recovery::open(Arc::new(disk.clone()), options).expect("an empty disk");
    let recovered = recovery.replay(0, |_, _| Ok::<_, LogError>(())).expect("nothing to replay");
    recovered.writer().expect("a writer")
}

fn snapshot(disk: &SimDisk, engine: &Engine, seq: u64) {
    let state_hash = engine.state_hash();
    let info = SnapshotInfo { seq, epoch: 0, record_crc: 0, state_hash };
    let mut to = SnapshotWriter::create(Arc::new(disk.clone()), &info).expect("a snapshot");
    write_state(&engine.state(), &mut to).expect("the disk takes it");
    to.finish().expect("the disk takes it");
}

/// A log of some hours of a city's day, with two snapshots; the engine at its end, and how many
/// records there are.
fn city_day(disk: &SimDisk, hours: u64) -> (Engine, u64) {
    let names = ["roads", "water", "parks", "permits", "waste", "noise"];
    let definitions = Definitions {
        queues: names.map(QueueDefinition::named).to_vec(),
        agents: (0..40).map(|at| AgentDefinition::named(&format!("agent-{at}"))).collect(),
        ..Definitions::default()
    };
    let mut writer = writer(disk, &Options::default());
    let mut engine = Engine::new(0);
    let mut append = |now: Timestamp, command: &Command| {
        let mut bytes = Vec::new();
        encode(now, Some(command), b"", &mut bytes);
        let seq = writer.append(0, &bytes).expect("there is room");
        if seq.is_multiple_of(1000) {
            writer.commit().expect("the disk takes it");
        }
        seq
    };
    let start = Timestamp(Nanos::from_secs(20_000 * 86_400 + 8 * 3_600).0);
    let mut effects = Effects::new();
    let configure = Command::Configure(Box::new(definitions.clone()));
    append(start, &configure);
    engine.apply(start, configure, &mut effects).expect("the definitions are good");
    // The play gives the engine its front ends itself.
    for source in Source::ALL {
        append(start, &Command::FrontEndBack { front_end: source.front_end() });
    }
    let mut play = Lockstep::new(engine, World::new(City::new(311, &definitions), start));
    let mut seq = 0;
    for part in 1..=3 {
        let end = start.after(Nanos::from_secs(part * hours * 1_200));
        play.until(end, |engine, now, command, effects| {
            let logged = command.clone();
            let applied = engine.apply(now, command, effects);
            if applied.is_ok() && (logged != Command::Tick || engine.now() == now) {
                seq = append(now, &logged);
            }
            applied
        });
        if part < 3 {
            snapshot(disk, play.engine(), seq);
        }
    }
    writer.commit().expect("the disk takes it");
    let state = play.engine().state();
    (Engine::restore(&state).expect("the state of an engine"), seq)
}

#[test]
fn any_contact_of_a_city_day_is_told_at_once_and_the_whole_day_is_sound() {
    let disk = SimDisk::new(1);
    let (engine, records) = city_day(&disk, 9);
    let history = History::open(Arc::new(disk)).expect("the log is good");
    let contacts = engine.counters().contacts;
    let (mut longest, mut decisions) = (Duration::ZERO, 0);
    for number in (1..=contacts).step_by(97) {
        let begun = Instant::now();
        let told = history.trace(ContactId(number)).expect("the log is good").expect("it came");
        longest = longest.max(begun.elapsed());
        decisions += told.decisions.len();
        assert!(trace::text(&told).lines().all(|line| line.chars().count() <= 100));
    }
    println!("{records} records, {contacts} contacts, {decisions} decisions; longest {longest:?}");
    assert!(contacts > 500 && decisions > 20, "a day with something in it");
    assert_eq!(history.trace(ContactId(contacts + 1)).expect("the log is good"), None);

    let begun = Instant::now();
    let audited = history.audit().expect("the log is good");
    println!("audited in {:?}", begun.elapsed());
    assert_eq!((audited.from, audited.to, audited.violation), (1, records, None));

    let end = history.until(None, None).expect("the log is good");
    assert_eq!(end.engine().state_hash(), engine.state_hash());
    assert_eq!(end.seq(), records);
    let past = Past::of(&history.until(Some(records / 2), None).expect("the log is good"));
    assert_eq!(past.seq, records / 2);
    let by_time = history.until(None, Some(engine.now())).expect("the log is good");
    assert_eq!(by_time.seq(), records);
    assert!(past.text().starts_with(&format!("record {} · ", records / 2)));
}
