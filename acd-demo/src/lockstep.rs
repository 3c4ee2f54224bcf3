//! The day in virtual time: the real engine, no socket, no clock; the same seed gives the same
//! decisions.

use std::time::Instant;

use acd_core::{Command, Effects, Engine, Nanos, Timestamp};
use acd_server::config::Config;
use acd_sim::{City, Lockstep, World};
use hdrhistogram::Histogram;

use crate::DemoError;
use crate::options::Options;
use crate::report::{Measured, Report};

/// The longest decision told apart: 1 s.
const DECISION_NS_MAX: u64 = 1_000_000_000;
/// How long to play where nothing says.
const LENGTH: Nanos = Nanos::from_secs(3_600);

/// Plays as much of the day as would pass in `options.length` at `options.speed`; an hour of it
/// without a length.
pub fn lockstep(options: &Options, config: &Config) -> Result<Report, DemoError> {
    let begins = options.begins();
    let length = options.length.map_or(LENGTH, |real| {
        let ns = real.as_nanos().saturating_mul(options.speed().into());
        Nanos(ns.try_into().unwrap_or(u64::MAX))
    });
    let mut engine = Engine::new(options.seed);
    let configure = Command::Configure(Box::new(config.definitions.clone()));
    engine.apply(Timestamp(0), configure, &mut Effects::new()).map_err(DemoError::Definitions)?;
    let mut play = Lockstep::new(engine, world(options, config));
    let mut decision_ns = Histogram::<u64>::new_with_bounds(1, DECISION_NS_MAX, 3)
        .expect("1 and three digits are in bounds");
    play.until(begins.after(length), |engine, now, command, effects| {
        let began = Instant::now();
        let result = engine.apply(now, command, effects);
        let took = began.elapsed().as_nanos();
        decision_ns.saturating_record(took.try_into().unwrap_or(u64::MAX));
        result
    });
    let tally = play.world().tally();
    if !tally.adds_up() {
        return Err(DemoError::Mismatch("the counts do not add up".into()));
    }
    let measured = Measured {
        decision_ns: crate::quantiles(&decision_ns),
        events: play.played().effects,
        decisions: Some(play.played().decisions_hash),
        ..Measured::default()
    };
    Ok(Report::new(options, config, &tally, &measured))
}

/// The world that both ways of playing play.
pub(crate) fn world(options: &Options, config: &Config) -> World {
    let begins = options.begins();
    let mut city = City::new(options.seed, &config.definitions);
    if options.storm {
        city = city.with_storm(begins);
    }
    World::new(city, begins)
}
