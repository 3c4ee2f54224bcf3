//! Bytes of version 1, written down once. `tests/golden/v1.txt` has a line a value: its bytes, and
//! what they say. A line is added for what is new, and never changed: old logs are read for ever.

use std::collections::BTreeSet;
use std::fmt::{Debug, Write};

use acd_core::{
    AgentDefinition, AgentId, AgentRecord, Capacity, Channel, Command, ContactId, ContactRecord,
    ContactState, Counters, Definitions, EndCause, FailCause, FrontEndId, FrontEndRecord, MaxWait,
    MaxWaitAction, Names, Nanos, Need, NotReadyReason, OfferId, OfferRecord, Overflow, Party,
    Pending, Presence, QueueDefinition, QueueId, QueueRecord, ReasonId, SkillId, State, Step,
    Strategy, Submit, TemporarySkill, Term, Timestamp, Transfer, TransferTo, WaitingOnClose,
    WrapUpMode, WrapUpRecord,
};
use acd_log::record::{Cause, DecodeError, Record, read_state, write_state};

const GOLDEN: &str = include_str!("golden/v1.txt");

fn needs() -> Vec<Need> {
    vec![Need { skill: SkillId(2), level: 7 }, Need { skill: SkillId(300), level: 10 }]
}

fn definitions() -> Definitions {
    let term = |skill: &str, level| Term { skill: skill.into(), level };
    let wide = Step {
        after: Nanos::from_secs(45),
        alternatives: vec![vec![term("spanish", 3)], vec![]],
        sites: vec!["north".into()],
        drops: vec!["spanish".into()],
    };
    let strategies = [
        Strategy::LongestIdle,
        Strategy::BestSkill,
        Strategy::LeastOccupied,
        Strategy::FewestContacts,
        Strategy::RoundRobin,
        Strategy::Random,
    ];
    let mut queues: Vec<_> = strategies
        .into_iter()
        .map(|strategy| QueueDefinition { strategy, ..QueueDefinition::named("q") })
        .collect();
    let first = &mut queues[0];
    first.name = "roads – calles".into();
    first.steps = vec![Step::admits_all(), wide];
    first.promote_after = Some(Nanos::from_secs(300));
    first.wrap_up.mode = WrapUpMode::Fixed { length: Nanos::from_secs(31), mandatory: true };
    first.max_wait =
        Some(MaxWait { after: Nanos::from_secs(900), action: MaxWaitAction::Move("q".into()) });
    queues[1].wrap_up.mode = WrapUpMode::Manual;
    queues[1].max_wait = Some(MaxWait { after: Nanos::from_millis(1), action: MaxWaitAction::End });
    queues[2].wrap_up.mode = WrapUpMode::None;
    let ana = AgentDefinition {
        site: Some("north".into()),
        skills: vec![term("spanish", 9)],
        capacity: Capacity([1, 2, 3, 4, 5, 100]),
        ..AgentDefinition::named("ana")
    };
    Definitions {
        skills: vec!["spanish".into()],
        sites: vec!["north".into()],
        reasons: vec!["lunch".into()],
        queues,
        agents: vec![ana, AgentDefinition::named("bob")],
        ..Definitions::default()
    }
}

/// What came after the first lines: a queue that may overflow, with a maximum wait and without.
fn overflowing() -> Definitions {
    let overflow = Overflow { join: Nanos::from_secs(120), leave: Nanos::from_secs(60), step: 1 };
    let wide = Step { after: Nanos::from_secs(45), ..Step::admits_all() };
    let queue = QueueDefinition {
        steps: vec![Step::admits_all(), wide],
        overflow: Some(overflow),
        ..QueueDefinition::named("q")
    };
    let end = MaxWait { after: Nanos::from_millis(1), action: MaxWaitAction::End };
    let ends = QueueDefinition { name: "r".into(), max_wait: Some(end), ..queue.clone() };
    Definitions { queues: vec![queue, ends], ..Definitions::default() }
}

fn submit(channel: Channel) -> Command {
    Command::Submit(Submit {
        front_end: FrontEndId(1),
        channel,
        queue: QueueId(3),
        prio: 5,
        needs: needs(),
        prefer: vec![AgentId(200)],
        prefer_for: Some(Nanos::from_secs(10)),
        age: Nanos(1),
    })
}

fn transfer(to: TransferTo, needs: Option<Vec<Need>>) -> Command {
    Command::Transfer(Transfer { contact: ContactId(9), to, needs, keep_age: true })
}

/// Every variant of every command, and of all that commands hold.
fn commands() -> Vec<Command> {
    use Command as C;
    let (contact, agent, queue) = (ContactId(311), AgentId(7), QueueId(3));
    let (offer, front_end) = (OfferId(128), FrontEndId(2));
    let end = |cause, by| C::End { contact, cause, by };
    let failed = |cause| C::OfferFailed { offer, cause };
    let to_agent = |queue, attended| transfer(TransferTo::Agent { agent, queue, attended }, None);
    let length = Nanos::from_secs(60);
    let mut all = vec![C::Tick];
    all.extend(Channel::ALL.map(submit));
    all.extend([
        C::Abandon { contact },
        end(EndCause::Hangup, Party::Caller),
        end(EndCause::Completed, Party::Agent),
        end(EndCause::ExitKey, Party::Supervisor),
        end(EndCause::Abandoned, Party::FrontEnd),
        end(EndCause::Transferred, Party::System),
        end(EndCause::Timeout, Party::System),
        end(EndCause::Withdrawn, Party::Supervisor),
        end(EndCause::QueueClosed, Party::System),
        end(EndCause::CallbackFailed, Party::System),
        end(EndCause::LostByFrontEnd, Party::FrontEnd),
        end(EndCause::Lost, Party::System),
        C::Requeue { contact },
        C::Hold { contact },
        C::Unhold { contact },
        transfer(TransferTo::Queue(queue), Some(needs())),
        to_agent(Some(queue), true),
        to_agent(None, false),
        transfer(TransferTo::Outside, Some(vec![])),
        C::Move { contact, queue },
        C::Callback { contact, at: None },
        C::Callback { contact, at: Some(Timestamp(u64::MAX)) },
        C::CallbackFailed { contact },
        C::Prioritise { contact, prio: 9 },
        C::OfferTo { contact, agent },
        C::OfferRinging { offer },
        C::Answer { offer },
        failed(FailCause::Rejected),
        failed(FailCause::Busy),
        failed(FailCause::Unreachable),
        failed(FailCause::NoAnswer),
        C::SignIn { agent, capacity: None },
        C::SignIn { agent, capacity: Some(Capacity::default()) },
        C::SignOut { agent },
        C::Ready { agent },
        C::NotReady { agent, reason: None },
        C::NotReady { agent, reason: Some(ReasonId(1)) },
        C::AgentLost { agent },
        C::SetSkills { agent, set: needs(), unset: vec![SkillId(4)] },
        C::SkillFor { agent, set: needs(), length },
        C::SetCapacity { agent, set: vec![(Channel::Chat, 2), (Channel::Web, 0)] },
        C::WrapDone { agent, contact },
        C::WrapExtend { agent, contact, by: length },
        C::OpenQueue { queue },
        C::CloseQueue { queue, waiting: WaitingOnClose::Keep },
        C::CloseQueue { queue, waiting: WaitingOnClose::End },
        C::CloseQueue { queue, waiting: WaitingOnClose::Move(QueueId(4)) },
        C::Configure(Box::default()),
        C::Configure(Box::new(definitions())),
        C::FrontEndLost { front_end },
        C::FrontEndBack { front_end },
        C::Resume,
        C::Configure(Box::new(overflowing())),
        C::Seed { seed: 311 },
    ]);
    all
}

fn contact(number: u64, state: ContactState) -> ContactRecord {
    ContactRecord {
        contact: ContactId(number),
        front_end: FrontEndId(1),
        channel: Channel::Chat,
        queue: QueueId(2),
        prio: 9,
        needs: needs(),
        prefer: vec![AgentId(1), AgentId(2)],
        prefer_until: Some(Timestamp(1_000)),
        origin: -5_000_000_000,
        entry: number + 1,
        entered_at: Timestamp(500),
        promotions: 1,
        step: 2,
        state,
        held: true,
        wait_counted: false,
        orphaned: true,
        orphan_at: Some(Timestamp(7)),
        first: ContactId(1),
        previous: Some(ContactId(2)),
        hops: 16,
        attempts: 3,
    }
}

fn agent(number: u32, presence: Presence, pending: Option<Pending>) -> AgentRecord {
    AgentRecord {
        agent: AgentId(number),
        presence,
        pending,
        paused_until: Some(Timestamp(77)),
        capacity: Capacity([1, 1, 1, 3, 5, 5]),
        skills: vec![(SkillId(1), 10)],
        temporary: vec![TemporarySkill { skill: SkillId(1), former: 0, until: Timestamp(1 << 62) }],
        idle_number: 40,
        idle_holds_none: true,
        idle_occupancy: 999,
        idle_contacts: 12,
        idle_random: u64::MAX,
        connected: 13,
        no_answers: 1,
        work: Nanos(5),
        idle: Nanos(6),
    }
}

/// A state with every variant of every record. No engine can be in it.
fn state() -> State {
    let (one, two) = (Timestamp(1), Timestamp(2));
    let not_ready = [
        NotReadyReason::SignedIn,
        NotReadyReason::Unspecified,
        NotReadyReason::Given(ReasonId(3)),
        NotReadyReason::Rona,
        NotReadyReason::Lost,
    ];
    let mut agents: Vec<_> = (3..)
        .zip(not_ready)
        .map(|(number, why)| agent(number, Presence::NotReady(why), Some(Pending::NotReady(why))))
        .collect();
    agents.insert(0, agent(1, Presence::SignedOut, Some(Pending::SignOut)));
    agents.insert(1, agent(2, Presence::Ready, None));
    let by = AgentId(5);
    let front_end = FrontEndId(1);
    let names = |text: &str| vec![text.to_owned(), "é".to_owned()];
    State {
        now: Timestamp(1_764_000_000_000_000_000),
        counters: Counters { contacts: 9, offers: 8, entries: 7, idle_numbers: 6, random: 5 },
        names: Names {
            skills: names("skill"),
            sites: names("site"),
            reasons: names("reason"),
            queues: names("queue"),
            agents: names("agent"),
        },
        definitions: definitions(),
        front_ends: vec![
            FrontEndRecord { front_end, lost_at: None },
            FrontEndRecord { front_end: FrontEndId(2), lost_at: Some(two) },
        ],
        queues: vec![QueueRecord {
            queue: QueueId(1),
            open: true,
            cursor: Some(AgentId(2)),
            handle_us: 300_000_000,
            waits_us: 12,
            abandons: 63,
            overflowing: false,
        }],
        agents,
        contacts: vec![
            contact(1, ContactState::Waiting),
            contact(2, ContactState::Scheduled { until: two }),
            contact(3, ContactState::Offered { offer: OfferId(4) }),
            contact(4, ContactState::Connected { agent: by, since: one }),
            contact(5, ContactState::Parked { agent: by, since: one }),
        ],
        offers: vec![OfferRecord {
            offer: OfferId(4),
            contact: ContactId(3),
            agent: by,
            until: two,
            ringing: true,
        }],
        wrap_ups: vec![WrapUpRecord {
            contact: ContactId(8),
            agent: by,
            channel: Channel::Voice,
            queue: QueueId(1),
            connected_at: one,
            until: two,
            latest: Timestamp(3),
            mandatory: true,
        }],
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a text can be written to");
        text
    })
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2).map(|two| str::from_utf8(two).expect("digits"));
    digits.map(|two| u8::from_str_radix(two, 16).expect("two digits")).collect()
}

fn first_word(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    text.split([' ', '(']).next().expect("a word").to_owned()
}

/// What the file must say, by the program as it is.
fn lines() -> String {
    let now = Timestamp(1_764_000_000_000_000_000);
    let mut text = String::new();
    let mut line = |command: Option<&Command>, side: &[u8]| {
        let mut out = Vec::new();
        acd_log::record::encode(now, command, side, &mut out);
        let says = command.map_or("none".to_owned(), |command| format!("{command:?}"));
        writeln!(text, "{} side {} {says}", hex(&out), hex(side)).expect("a text");
    };
    for command in commands() {
        line(Some(&command), b"");
    }
    line(Some(&Command::Tick), b"\x01side");
    line(None, b"\x01side");
    let mut out = Vec::new();
    write_state(&state(), &mut out).expect("a vector can be written to");
    writeln!(text, "{} state", hex(&out)).expect("a text");
    text
}

#[test]
fn version_1_is_as_it_was_written_down() {
    let lines = lines();
    for (number, (line, golden)) in lines.lines().zip(GOLDEN.lines()).enumerate() {
        assert_eq!(line, golden, "line {}", number + 1);
    }
    let known = GOLDEN.lines().count();
    let missing: Vec<_> = lines.lines().skip(known).collect();
    assert!(missing.is_empty(), "check by hand, and add:\n{}", missing.join("\n"));
    assert_eq!(lines.lines().count(), known, "a line for each value");
}

#[test]
fn version_1_is_read_for_ever() {
    let (commands, mut read) = (commands(), 0);
    for line in GOLDEN.lines() {
        let (hex, says) = line.split_once(' ').expect("bytes, then what they say");
        let bytes = bytes(hex);
        if says == "state" {
            assert_eq!(read_state(&mut bytes.as_slice()).expect("a state"), state());
            continue;
        }
        let record = Record::decode(&bytes).expect("a record");
        let said = record.command.as_ref().map_or("none".into(), |command| format!("{command:?}"));
        let side = says.split(' ').nth(1).expect("the side");
        assert_eq!(format!("side {side} {said}"), says);
        if let Some(command) = commands.get(read) {
            assert_eq!(record.command.as_ref(), Some(command));
        }
        let mut again = Vec::new();
        record.encode(&mut again);
        assert_eq!(again, bytes);
        read += 1;
    }
    assert_eq!(read, commands.len() + 2, "every command is written down");
    let kinds: BTreeSet<_> = commands.iter().map(first_word).collect();
    assert_eq!(kinds.len(), 33, "every kind of command is written down");
}

#[test]
fn what_is_unknown_is_refused_by_name() {
    let wrong = |bytes: &[u8]| Record::decode(bytes).expect_err("it is wrong").to_string();
    assert_eq!(
        wrong(&[9, 0, 1]),
        "byte 0: record version 9 is unknown; this program reads up to version 1"
    );
    assert_eq!(wrong(&[1, 0, 34]), "byte 2: unknown command 34");
    assert_eq!(wrong(&[1, 0, 4, 1, 11, 0]), "byte 4: unknown cause of an end 11");
    assert_eq!(wrong(&[1, 0, 3]), "byte 3: the bytes end before the value does");
    assert_eq!(wrong(&[1, 0x80, 0, 1]), "byte 1: a number is out of range");
    assert_eq!(wrong(&[]), "byte 0: the bytes end before the value does");
    let state = read_state(&mut [2_u8, 0].as_slice()).expect_err("it is wrong").to_string();
    let expected = "reading a state: byte 0: state version 2 is unknown; this program reads up to \
                    version 1";
    assert_eq!(state, expected);
    let cause = Cause::Truncated;
    assert_eq!(Record::decode(&[1, 0xFF]), Err(DecodeError { at: 2, cause }));
}
