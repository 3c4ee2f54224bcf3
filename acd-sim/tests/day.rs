//! A city's day in virtual time: everybody is accounted for, the same seed gives the same
//! decisions, and the day looks like the published ones.

use std::collections::BTreeMap;

use acd_core::{
    AgentDefinition, Channel, Command, Definitions, Effects, Engine, Nanos, QueueDefinition, Step,
    Term, Timestamp, WrapUpMode,
};
use acd_sim::{
    City, HANDLE_MEAN, Lockstep, Played, QueueTally, Tally, Visit, World, day, lockstep,
};

const TEN: Timestamp = Timestamp(10 * day::HOUR.0);
const SUBJECTS: [&str; 4] = ["roads", "revenue", "parking", "general"];

/// 42 agents who share four subjects and three languages, and a queue for each of them.
fn definitions() -> Definitions {
    let term = |skill: &str, level| Term { skill: skill.into(), level };
    let queue = |name: &str, skill: &str| {
        let strict = Step { alternatives: vec![vec![term(skill, 4)]], ..Step::admits_all() };
        let loose = vec![vec![term(skill, 1)], vec![term("general", 6)]];
        let loose = Step { after: Nanos::from_secs(20), alternatives: loose, ..Step::admits_all() };
        QueueDefinition { steps: vec![strict, loose], ..QueueDefinition::named(name) }
    };
    let mut queues: Vec<_> = SUBJECTS.iter().map(|name| queue(name, name)).collect();
    queues[1].wrap_up.mode = WrapUpMode::Fixed { length: Nanos::from_secs(40), mandatory: true };
    queues.push(QueueDefinition {
        steps: vec![Step { alternatives: vec![vec![term("lang.es", 4)]], ..Step::admits_all() }],
        ..QueueDefinition::named("spanish")
    });
    for name in ["chat", "email", "web", "kiosk"] {
        let mut queue = QueueDefinition::named(name);
        queue.wrap_up.mode = WrapUpMode::None;
        queues.push(queue);
    }
    let agents = (0..42).map(|n| {
        let own = SUBJECTS[n % 4];
        let mut skills = vec![term(own, 5 + (n % 3) as u8), term(SUBJECTS[(n + 1) % 4], 2)];
        skills.push(term("lang.en", 10));
        if n % 3 == 0 {
            skills.push(term(if n % 2 == 0 { "lang.es" } else { "lang.fr" }, 6));
        }
        AgentDefinition { skills, ..AgentDefinition::named(&format!("{}", 4430 + n)) }
    });
    let skills = SUBJECTS.iter().chain(&["lang.en", "lang.es", "lang.fr"]);
    Definitions {
        skills: skills.map(ToString::to_string).collect(),
        reasons: vec!["break".into(), "lunch".into()],
        queues,
        agents: agents.collect(),
        ..Definitions::default()
    }
}

fn play(seed: u64, from: Timestamp, city: impl FnOnce(City) -> City) -> Lockstep {
    let definitions = definitions();
    let mut engine = Engine::new(seed);
    let configure = Command::Configure(Box::new(definitions.clone()));
    engine.apply(Timestamp(0), configure, &mut Effects::new()).expect("valid definitions");
    Lockstep::new(engine, World::new(city(City::new(seed, &definitions)), from))
}

fn played(seed: u64, length: Nanos, city: impl FnOnce(City) -> City) -> (Played, Tally) {
    let mut play = play(seed, TEN, city);
    play.until(TEN.after(length), lockstep::apply);
    (play.played(), play.world().tally())
}

#[test]
fn the_same_seed_gives_the_same_decisions_and_another_seed_others() {
    let hour = |seed| played(seed, day::HOUR, |city| city);
    let (first, tally) = hour(311);
    assert!(first.decisions > 400, "{first:?}");
    assert_eq!(hour(311), (first, tally));
    assert_ne!(hour(312).0.decisions_hash, first.decisions_hash);
}

#[test]
fn everybody_is_accounted_for_whenever_the_day_is_stopped() {
    for seed in 1..=5 {
        let mut play =
            play(seed, TEN, |city| if seed % 2 == 0 { city.with_storm(TEN) } else { city });
        for minute in 1..=90 {
            play.until(TEN.after(Nanos::from_secs(60 * minute)), lockstep::apply);
            let tally = play.world().tally();
            assert!(tally.adds_up(), "seed {seed}, minute {minute}: {tally:?}");
            assert_eq!(tally.overtaken, 0, "in lockstep nobody comes too late");
            assert_same_contacts(&play);
        }
    }
}

/// What the front ends believe of their contacts is what the engine knows.
fn assert_same_contacts(play: &Lockstep) {
    let believed = play.world().live().map(|live| {
        (live.contact.expect("no request is on its way"), (live.queue, live.phase.name()))
    });
    let known = play.engine().contacts().map(|contact| {
        use acd_core::ContactState as S;
        let state = match contact.state {
            S::Waiting => "queued",
            S::Scheduled { .. } => "scheduled",
            S::Offered { .. } => "offered",
            S::Connected { .. } => "connected",
            S::Parked { .. } => "parked",
        };
        (contact.contact, (contact.queue, state))
    });
    assert_eq!(believed.collect::<BTreeMap<_, _>>(), known.collect::<BTreeMap<_, _>>());
}

#[test]
fn a_whole_day_and_night_keeps_the_invariants() {
    let mut play = play(7, TEN, |city| city.with_storm(TEN));
    let mut commands = 0_u64;
    play.until(TEN.after(Nanos(24 * day::HOUR.0)), |engine, now, command, effects| {
        commands += 1;
        let result = engine.apply(now, command, effects);
        if commands.is_multiple_of(64) {
            engine.check_invariants().expect("every invariant holds");
        }
        result
    });
    let tally = play.world().tally();
    let (answered, all) = (tally.total(QueueTally::answered), tally.submitted);
    assert!(tally.adds_up() && answered * 10 > all * 7, "{answered} of {all} answered");
    assert!(tally.total(|q| q.ended) > answered / 2, "conversations end");
    let signed_in =
        play.engine().agents().filter(|agent| agent.presence != acd_core::Presence::SignedOut);
    assert!(signed_in.count() > 30, "the next morning's shift is there");
}

/// Visits of the hour that begins at `hour`, over the first `days` days of a seed.
fn hour_of(city: &City, hour: u64, days: u64) -> Vec<Visit> {
    let quarters = (0..days).flat_map(|d| (0..4).map(move |q| d * 96 + hour * 4 + q));
    quarters.flat_map(|quarter| city.visits(quarter)).collect()
}

#[test]
fn the_busy_hour_has_450_contacts_in_the_usual_mix() {
    const DAYS: u64 = 100;
    let city = City::new(311, &definitions());
    let visits = hour_of(&city, 10, DAYS);
    let share = |of: &dyn Fn(&&Visit) -> bool| {
        visits.iter().filter(of).count() as u64 * 1_000 / visits.len() as u64
    };
    // 45,000 arrivals with a standard error of 212: four of them.
    assert!((44_150..=45_850).contains(&(visits.len() as u64)), "{}", visits.len());
    let calls = share(&|v| v.channel == Channel::Voice);
    assert!((500..=560).contains(&calls), "{calls} thousandths call");
    for channel in [Channel::Chat, Channel::Email, Channel::Web, Channel::Kiosk] {
        assert!(share(&|v| v.channel == channel) > 20, "{channel:?}");
    }
    let definitions = definitions();
    let spanish = definitions.queues.iter().position(|q| q.name == "spanish").unwrap() as u32 + 1;
    let is_language =
        |need: &acd_core::Need| definitions.skills[need.skill.0 as usize - 1].starts_with("lang.");
    let foreign = share(&|v| v.queue.0 == spanish || v.needs.iter().any(is_language));
    assert!((100..=150).contains(&foreign), "{foreign} thousandths speak another language");
    assert!(hour_of(&city, 3, DAYS).len() < 2_000, "nights are quiet");
}

#[test]
fn a_storm_multiplies_calls_by_4_6_for_an_hour_and_nothing_else() {
    const DAYS: u64 = 1;
    let calls = |visits: &[Visit]| visits.iter().filter(|v| v.channel == Channel::Voice).count();
    let (mut usual, mut stormy) = (0, 0);
    for seed in 0..40 {
        let city = City::new(seed, &definitions());
        let storm = city.clone().with_storm(TEN);
        let (before, during) = (hour_of(&city, 10, DAYS), hour_of(&storm, 10, DAYS));
        usual += calls(&before);
        stormy += calls(&during);
        assert_eq!(before.len() - calls(&before), during.len() - calls(&during));
        assert!(before.iter().all(|visit| during.contains(visit)), "the usual calls come too");
        assert_eq!(hour_of(&city, 11, DAYS), hour_of(&storm, 11, DAYS));
        assert_eq!(hour_of(&city, 9, DAYS), hour_of(&storm, 9, DAYS));
    }
    let factor = stormy * 1_000 / usual;
    assert!((4_450..=4_750).contains(&factor), "{factor}");
}

#[test]
fn handling_transfers_and_service_are_a_citys() {
    let mut handled = Vec::new();
    let mut play = play(311, TEN, |city| city);
    play.until(TEN.after(Nanos(6 * day::HOUR.0)), |engine, now, command, effects| {
        let result = engine.apply(now, command, effects);
        for effect in &*effects {
            if let acd_core::Effect::WrapUpOver { handle, .. } = effect {
                handled.push(handle.0);
            }
        }
        result
    });
    let tally = play.world().tally();
    let mean = handled.iter().sum::<u64>() / handled.len() as u64;
    let (least, most) = (HANDLE_MEAN.0 * 8 / 10, HANDLE_MEAN.0 * 12 / 10);
    assert!((least..=most).contains(&mean), "{} s over {}", mean / 1_000_000_000, handled.len());
    let answered = tally.total(QueueTally::answered);
    assert!(tally.transfers * 10 < answered, "{} of {answered}", tally.transfers);
    assert!(tally.transfers * 50 > answered, "{} of {answered}", tally.transfers);
    let in_75_s = tally.total(|q| q.answered_within(75_000)) * 100 / answered;
    assert!((60..=100).contains(&in_75_s), "{in_75_s} % in 75 s");
    let abandoned = tally.total(|q| q.abandoned) * 100 / tally.submitted;
    assert!(abandoned < 10, "{abandoned} % abandoned");
}
